// SPDX-License-Identifier: Apache-2.0
// softmax_sum_f32.c - tn.SoftmaxSum on any axis of [outer, axis, inner]: a sweep for the greatest, one for
// both sums, nothing is stored in between. Neighbours along `inner` are lanes, SPAN of them at once; where
// inner is 1, VL rows are transposed into such columns, a strip of them at a time.
#include "cpu/isa.h"

#include "cpu/kern/vec_math.h"

typedef struct softmax_sum {
    int64_t outer, axis, inner;
    int64_t task; // spans of columns, or VLs of rows
} softmax_sum;

enum { SOFTMAX_SUM_TASK = 1 << 14, SOFTMAX_SUM_STRIP = 64 };

static const char *softmax_sum_reject(const tn_problem *p) {
    if (!p->in[0] || !p->in[1] || !p->out[0]) return "nothing to do";
    return p->in[0]->dtype == TN_F32 ? NULL : "only f32";
}

static void softmax_sum_setup(const tn_problem *p, void *params) {
    softmax_sum *s = params;
    const tn_tensor *x = p->in[0];
    int64_t axis = tn_attr_int(p->attrs, "axis");
    int at = (int)(axis < 0 ? axis + x->rank : axis);
    *s = (softmax_sum){
        .outer = tn_count_range(x, 0, at), .axis = x->dim[at], .inner = tn_count_range(x, at + 1, x->rank)};
    s->task = max64(1, SOFTMAX_SUM_TASK / max64(1, s->axis) / (s->inner == 1 ? VL : SPAN));
}

// Columns `ld` apart from one row to the next; the last vector of them has `lanes`.
typedef struct softmax_columns_of {
    const float *x;
    int64_t ld, lanes;
} softmax_columns_of;

INLINE vf softmax_sum_load(const softmax_columns_of *c, int64_t k, int j, int vectors) {
    const float *at = c->x + k * c->ld + j * VL;
    return j + 1 < vectors || c->lanes == VL ? v_load(at) : v_load_n(at, c->lanes);
}

// NaN is passed over: it comes up in the sums.
INLINE void softmax_sum_greatest(const softmax_columns_of *c, int64_t n, int vectors, vf *most) {
    for (int64_t k = 0; k < n; k++)
        for (int j = 0; j < vectors; j++) most[j] = v_max2(softmax_sum_load(c, k, j, vectors), most[j]);
}

INLINE void softmax_sum_add(const softmax_columns_of *c, const float *w, int64_t n, int vectors,
                            const vf *most, vf *sum, vf *top) {
    for (int64_t k = 0; k < n; k++)
        for (int j = 0; j < vectors; j++) {
            vf e = v_exp_negative(softmax_sum_load(c, k, j, vectors) - most[j]);
            sum[j] += e;
            top[j] = v_fma(e, v_set(w[k]), top[j]);
        }
}

INLINE void softmax_sum_store(float *y, vf v, int64_t lanes) {
    if (lanes >= VL)
        v_store(y, v);
    else
        v_store_n(y, v, lanes);
}

INLINE void softmax_sum_columns(const softmax_sum *s, const float *x, const float *w, int64_t lanes,
                                int vectors, float *y) {
    softmax_columns_of c = {x, s->inner, lanes};
    vf most[LANES], sum[LANES], top[LANES];
    for (int j = 0; j < vectors; j++) most[j] = v_set(-INFINITY), sum[j] = top[j] = (vf){0};
    softmax_sum_greatest(&c, s->axis, vectors, most);
    softmax_sum_add(&c, w, s->axis, vectors, most, sum, top);
    for (int j = 0; j < vectors; j++)
        softmax_sum_store(y + j * VL, top[j] / sum[j], j + 1 < vectors ? VL : lanes);
}

// The columns [at, at + SPAN) that there are.
static void softmax_sum_span(const softmax_sum *s, const float *x, const float *w, int64_t columns,
                             float *y) {
    int64_t j = 0;
    if (columns >= SPAN) {
        softmax_sum_columns(s, x, w, VL, LANES, y);
        return;
    }
    for (; j < columns; j += VL) softmax_sum_columns(s, x + j, w, min64(VL, columns - j), 1, y + j);
}

// Up to VL rows.
static void softmax_sum_rows(const softmax_sum *s, const float *x, const float *w, int64_t rows, float *y) {
    float t[SOFTMAX_SUM_STRIP * VL];
    softmax_columns_of c = {t, VL, VL};
    vf most = v_set(-INFINITY), sum = {0}, top = {0};
    for (int64_t k = 0; k < s->axis; k += SOFTMAX_SUM_STRIP) {
        int64_t n = min64(SOFTMAX_SUM_STRIP, s->axis - k);
        v_transpose_strip(x + k, s->axis, rows, n, t, VL, true);
        softmax_sum_greatest(&c, n, 1, &most);
    }
    for (int64_t k = 0; k < s->axis; k += SOFTMAX_SUM_STRIP) {
        int64_t n = min64(SOFTMAX_SUM_STRIP, s->axis - k);
        if (s->axis > SOFTMAX_SUM_STRIP) v_transpose_strip(x + k, s->axis, rows, n, t, VL, true);
        softmax_sum_add(&c, w + k, n, 1, &most, &sum, &top);
    }
    softmax_sum_store(y, top / sum, rows);
}

typedef struct softmax_sum_run {
    const softmax_sum *s;
    const float *x; /* [outer, axis, inner] */
    const float *w; /* [axis] */
    float *y;       /* [outer, inner] */
} softmax_sum_run;

// Groups of columns (of rows where inner is 1) and how many there are.
INLINE int64_t softmax_sum_groups(const softmax_sum *s) {
    return s->inner == 1 ? ceil_div(s->outer, VL) : s->outer * ceil_div(s->inner, SPAN);
}

static void softmax_sum_task(void *arg, int64_t i, int worker) {
    const softmax_sum_run *r = arg;
    const softmax_sum *s = r->s;
    int64_t end = min64((i + 1) * s->task, softmax_sum_groups(s)), spans = ceil_div(s->inner, SPAN);
    (void)worker;
    for (int64_t k = i * s->task; k < end; k++) {
        int64_t row = k * VL, outer = k / spans, column = k % spans * SPAN;
        if (s->inner == 1)
            softmax_sum_rows(s, r->x + row * s->axis, r->w, min64(VL, s->outer - row), r->y + row);
        else
            softmax_sum_span(s, r->x + outer * s->axis * s->inner + column, r->w, s->inner - column,
                             r->y + outer * s->inner + column);
    }
}

static tn_status softmax_sum_call(tn_call *c) {
    const softmax_sum *s = c->params;
    softmax_sum_run r = {s, c->in[0]->data, c->in[1]->data, c->out[0]->data};
    if (s->axis > 0)
        tn_call_parallel(c, ceil_div(softmax_sum_groups(s), s->task), softmax_sum_task, &r);
    else if (c->out[0]->bytes)
        memset(r.y, 0, c->out[0]->bytes);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(softmax_sum_f32) = {
    TN_HERE,
    .name = AT("softmax_sum.f32"),
    .op = "SoftmaxSum",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "two sweeps over columns in lanes",
    .reject = softmax_sum_reject,
    .params_bytes = sizeof(softmax_sum),
    .setup = softmax_sum_setup,
    .run = softmax_sum_call,
};
