// SPDX-License-Identifier: Apache-2.0
// pool.c - MaxPool, AveragePool, LpPool. One unit of work is one plane (image and channel): it is widened to
// double once, then every window folds its taps. Padding takes no part, except in the divisor of
// count_include_pad.
#include "op/pool.h"

typedef struct job {
    const tn_tensor *x, *y, *indices;
    tni_window window;
    tni_fold fold;
    double p; // LpPool
    bool include_pad, column_major;
    int64_t in_plane, out_plane;
    double *planes; // per worker: an input plane and an output plane
    int64_t per_worker;
} job;

// Taps of one window along one dimension that meet the input: first and one past the last, and how many lie
// within the padded input (the divisor of count_include_pad).
typedef struct span {
    int64_t from, to, start, padded;
} span;

static int64_t limit(int64_t v, int64_t low, int64_t high) { return v < low ? low : v > high ? high : v; }

static span span_of(const tni_window *w, int d, int64_t o) {
    int64_t start = o * w->stride[d] - w->pad[d], step = w->dilation[d];
    span s = {.start = start};
    s.from = limit(tni_ceil_div(-start, step), 0, w->kernel[d]);
    s.to = limit(tni_ceil_div(w->in[d] - start, step), s.from, w->kernel[d]);
    s.padded = limit(tni_ceil_div(w->in[d] + w->pad_end[d] - start, step), 0, w->kernel[d]);
    return s;
}

static double fold_start(tni_fold fold) { return fold == TNI_FOLD_MAX ? -HUGE_VAL : 0; }

typedef struct sum {
    double value;
    int64_t at; // MaxPool: index in the plane, -1: none yet
} sum;

static void fold_row(const job *j, const double *x, int64_t base, int64_t first, int64_t step, int64_t n,
                     sum *s) {
    switch (j->fold) {
    case TNI_FOLD_MAX:
        for (int64_t i = 0; i < n; i++) {
            double v = x[base + first + i * step];
            if (s->at >= 0 && !(v > s->value) && !(isnan(v) && !isnan(s->value))) continue;
            if (s->at >= 0 && isnan(s->value)) continue; // NaN is the greatest, the first one wins
            s->value = v;
            s->at = base + first + i * step;
        }
        return;
    case TNI_FOLD_MEAN:
        for (int64_t i = 0; i < n; i++) s->value += x[base + first + i * step];
        return;
    case TNI_FOLD_LP:
        for (int64_t i = 0; i < n; i++) s->value += pow(fabs(x[base + first + i * step]), j->p);
    }
}

// Folds the window whose spans are `s`; *count is its number of taps for the mean.
static sum fold_window(const job *j, const double *x, const span *s, int64_t *count) {
    const tni_window *w = &j->window;
    int last = w->rank - 1;
    int64_t rows = 1, k[TNI_SPATIAL];
    sum total = {fold_start(j->fold), -1};
    *count = 1;
    for (int d = 0; d <= last; d++) *count *= j->include_pad ? s[d].padded : s[d].to - s[d].from;
    for (int d = 0; d < last; d++) rows *= s[d].to - s[d].from, k[d] = s[d].from;
    for (int64_t r = 0; r < rows; r++) {
        int64_t base = 0;
        for (int d = 0; d < last; d++) base = (base + s[d].start + k[d] * w->dilation[d]) * w->in[d + 1];
        fold_row(j, x, base, s[last].start + s[last].from * w->dilation[last], w->dilation[last],
                 s[last].to - s[last].from, &total);
        for (int d = last - 1; d >= 0 && ++k[d] == s[d].to; d--) k[d] = s[d].from;
    }
    return total;
}

// Index within the plane as storage_order asks for it.
static int64_t stored_index(const job *j, int64_t at) {
    const tni_window *w = &j->window;
    if (!j->column_major || at < 0) return at;
    int64_t index = 0, coordinate[TNI_SPATIAL];
    for (int d = w->rank - 1; d >= 0; d--) coordinate[d] = at % w->in[d], at /= w->in[d];
    for (int d = w->rank - 1; d >= 0; d--) index = index * w->in[d] + coordinate[d];
    return index;
}

static double finish(const job *j, sum s, int64_t count) {
    if (j->fold == TNI_FOLD_MEAN) return count > 0 ? s.value / (double)count : 0;
    return j->fold == TNI_FOLD_LP ? pow(s.value, 1 / j->p) : s.value;
}

static void pool_unit(void *user, int64_t plane, int worker) {
    const job *j = user;
    const tni_window *w = &j->window;
    double *x = j->planes + (int64_t)worker * j->per_worker, *y = x + j->in_plane;
    int64_t o[TNI_SPATIAL] = {0};
    span s[TNI_SPATIAL];
    tni_load(x, j->x, plane * j->in_plane, 1, j->in_plane);
    for (int d = 0; d < w->rank; d++) s[d] = span_of(w, d, 0);
    for (int64_t at = 0; at < j->out_plane; at++) {
        int64_t count, index;
        sum total = fold_window(j, x, s, &count);
        y[at] = finish(j, total, count);
        index = stored_index(j, total.at);
        if (index >= 0) index += plane * j->in_plane;
        if (j->indices) tni_store_int(j->indices, plane * j->out_plane + at, 1, 1, &index);
        for (int d = w->rank - 1; d >= 0; d--) {
            bool wrapped = ++o[d] == w->out[d];
            if (wrapped) o[d] = 0;
            s[d] = span_of(w, d, o[d]);
            if (!wrapped) break;
        }
    }
    if (!j->y) return;
    if (TN_INTEGERS >> j->y->dtype & 1) // an empty window of integers has the type's least value
        for (int64_t at = 0; at < j->out_plane; at++) y[at] = (double)tni_saturate(y[at], j->y->dtype);
    tni_store(j->y, plane * j->out_plane, 1, j->out_plane, y);
}

tn_status tni_pooling_run(tn_call *c, const tni_pooling *p) {
    const tn_tensor *x = p->x;
    const tn_tensor *shaped = p->y ? p->y : p->indices;
    if (!shaped || tn_count(shaped) == 0) return TN_OK;
    job j = {.x = x, .y = p->y, .indices = p->indices, .fold = p->fold, .p = p->p, .window = p->window};
    j.include_pad = p->include_pad;
    j.column_major = p->column_major;
    j.in_plane = tn_count_range(x, 2, x->rank);
    j.out_plane = tn_count_range(shaped, 2, shaped->rank);
    if (!ck_add64(j.in_plane, j.out_plane, &j.per_worker)) return TN_NOMEM;
    size_t bytes;
    if (!ck_mul((size_t)j.per_worker, sizeof(double), &bytes)) return TN_NOMEM;
    j.planes = tni_scratch(c, tn_call_threads(c), bytes);
    if (!j.planes) return TN_NOMEM;
    tn_call_parallel(c, x->dim[0] * x->dim[1], pool_unit, &j);
    return TN_OK;
}

tn_status tni_pooling_infer(tn_infer *c, int outs) {
    TN_TRY(tni_want_rank(c, 0, "the input", 3, TN_MAX_RANK));
    const tn_type *x = &c->in[0]->type;
    tn_type to = *x;
    tn_dim kernel[TNI_SPATIAL];
    if (!tn_attr_has(c->attrs, "kernel_shape"))
        return tn_infer_fail(c, "the attribute 'kernel_shape' is missing");
    if (x->rank >= 0) {
        TN_TRY(tni_window_check(c, x->rank - 2));
        for (int i = 0; i < x->rank - 2; i++) kernel[i] = tn_k(tni_ints_at(c->attrs, "kernel_shape", i, 1));
        TN_TRY(tni_window_infer(c, x, kernel, &to));
    }
    for (int i = 0; i < outs; i++) {
        if (x->rank < 0)
            tni_shape_unknown(c, i, i ? TN_I64 : x->dtype);
        else
            tni_shape_out(c, i, i ? TN_I64 : x->dtype, to.rank, to.dim);
    }
    return TN_OK;
}

void tni_pooling_bind(tni_window *w, tn_attrs attrs, const tn_tensor *x, const tn_tensor *y) {
    int64_t kernel[TNI_SPATIAL];
    for (int i = 0; i < x->rank - 2; i++) kernel[i] = tni_ints_at(attrs, "kernel_shape", i, 1);
    tni_window_bind(w, attrs, x->rank - 2, x->dim + 2, kernel, y->dim + 2);
}

// ---------------------------------------------------------------------------------------------- definitions

static tn_status max_infer(tn_infer *c) { return tni_pooling_infer(c, 2); }
static tn_status one_infer(tn_infer *c) { return tni_pooling_infer(c, 1); }

static tn_status max_ref(tn_call *c) {
    tn_tensor *y = c->out[0], *indices = tni_result(c, 1);
    if (!y && !indices) return TN_OK;
    tni_pooling p = {.x = c->in[0], .y = y, .indices = indices, .fold = TNI_FOLD_MAX};
    p.column_major = tn_attr_int(c->attrs, "storage_order") == 1;
    tni_pooling_bind(&p.window, c->attrs, p.x, y ? y : indices);
    return tni_pooling_run(c, &p);
}

static tn_status average_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    tni_pooling p = {.x = c->in[0], .y = c->out[0], .fold = TNI_FOLD_MEAN};
    p.include_pad = tn_attr_int(c->attrs, "count_include_pad") != 0;
    tni_pooling_bind(&p.window, c->attrs, p.x, p.y);
    return tni_pooling_run(c, &p);
}

static tn_status lp_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    tni_pooling p = {.x = c->in[0], .y = c->out[0], .fold = TNI_FOLD_LP};
    p.p = (double)tn_attr_int(c->attrs, "p");
    tni_pooling_bind(&p.window, c->attrs, p.x, p.y);
    return tni_pooling_run(c, &p);
}

// Opset 1 has p as a float.
static tn_status lp_upgrade(tni_spec *s) {
    const tn_attr *p = tni_spec_attr(s, "p");
    if (s->opset < 2 && p && p->kind == TN_ATTR_FLOAT) {
        if (!(p->f >= 1 && p->f <= 1e6)) return tni_spec_fail(s, NULL, "p is %g, expected 1 or more", p->f);
        TN_TRY(tni_spec_put(s, TN_A_INT("p", (int64_t)p->f)));
    }
    return tni_upgrade_unbatched(s);
}

#define WINDOW \
    TNI_WINDOW_ATTRS, { .name = "ceil_mode", .kind = TN_ATTR_INT, .max = 1 }

TN_OP(max_pool) = {
    TN_HERE,
    .name = "MaxPool",
    .since = 22,
    .first = 1,
    .doc = "Greatest element of each window, and where it is in the whole input",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}, {"Indices", "i64", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS | TNI_INT8S}},
    .attrs = {WINDOW, {.name = "storage_order", .kind = TN_ATTR_INT, .max = 1}},
    .infer = max_infer,
    .ref = max_ref,
    .upgrade = tni_upgrade_unbatched,
};

TN_OP(average_pool) = {
    TN_HERE,
    .name = "AveragePool",
    .since = 22,
    .first = 1,
    .doc = "Mean of each window, over its elements or (count_include_pad) over its size",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {WINDOW, {.name = "count_include_pad", .kind = TN_ATTR_INT, .max = 1}},
    .infer = one_infer,
    .ref = average_ref,
    .upgrade = tni_upgrade_unbatched,
};

TN_OP(lp_pool) = {
    TN_HERE,
    .name = "LpPool",
    .since = 22,
    .first = 1,
    .doc = "p-norm of each window",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {WINDOW, {.name = "p", .kind = TN_ATTR_INT, .i = 2, .min = 1, .max = 1000000}},
    .infer = one_infer,
    .ref = lp_ref,
    .upgrade = lp_upgrade,
};
