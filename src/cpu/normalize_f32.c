// SPDX-License-Identifier: Apache-2.0
// normalize_f32.c - tn.Normalize over axes that are neighbours, [outer, n, inner], and LpNormalization: a
// sweep for the norm, one for the division. With inner 1 a row at a time, else VL neighbouring columns.
#include "cpu/isa.h"

#include "cpu/kern/fold_f32.inl"

#include <float.h>

typedef struct normalize {
    fold_kind kind; // the norm
    int64_t outer, n, inner;
    int64_t task; // rows, or vectors of columns
    float epsilon;
} normalize;

enum { NORMALIZE_TASK = 1 << 14 };

static bool normalize_span(const tn_problem *p, int *first, int *last) {
    size_t n;
    const int64_t *axis = tn_attr_ints(p->attrs, "axes", &n);
    unsigned axes = 0;
    for (size_t i = 0; i < n; i++) axes |= 1u << (axis[i] < 0 ? axis[i] + p->in[0]->rank : axis[i]);
    return fold_span(p->in[0], axes, first, last);
}

static const char *normalize_reject(const tn_problem *p) {
    int first, last;
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (!normalize_span(p, &first, &last)) return "the axes are not neighbours";
    return tn_count(p->in[0]) ? NULL : "nothing to normalise";
}

static void normalize_setup(const tn_problem *p, void *params) {
    normalize *s = params;
    int first = 0, last = 0;
    double order = tn_attr_float(p->attrs, "p");
    normalize_span(p, &first, &last);
    *s = (normalize){.kind = order < 2   ? FOLD_L1
                             : order > 2 ? FOLD_LARGEST
                                         : FOLD_L2,
                     .outer = tn_count_range(p->in[0], 0, first),
                     .n = tn_count_range(p->in[0], first, last),
                     .inner = tn_count_range(p->in[0], last, p->in[0]->rank),
                     .epsilon = (float)tn_attr_float(p->attrs, "epsilon")};
    s->task = max64(1, NORMALIZE_TASK / max64(1, s->n));
}

// One axis, and what has no norm is zero: divided by anything.
static const char *lp_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    return tn_count(p->in[0]) ? NULL : "nothing to normalise";
}

static void lp_setup(const tn_problem *p, void *params) {
    const tn_tensor *x = p->in[0];
    int64_t axis = tn_attr_int(p->attrs, "axis");
    int at = (int)(axis < 0 ? axis + x->rank : axis);
    normalize s = {.kind = tn_attr_int(p->attrs, "p") == 1 ? FOLD_L1 : FOLD_L2,
                   .outer = tn_count_range(x, 0, at),
                   .n = x->dim[at],
                   .inner = tn_count_range(x, at + 1, x->rank),
                   .epsilon = FLT_MIN};
    s.task = max64(1, NORMALIZE_TASK / s.n);
    *(normalize *)params = s;
}

// Where squares over- or underflow the norm is summed again, in double. NaN stays NaN.
static float normalize_again(const float *x, int64_t n, int64_t step) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i * step] * (double)x[i * step];
    return (float)sqrt(sum);
}
INLINE float normalize_bound(const normalize *s, fold_kind kind, float norm, const float *x) {
    const float small = 0x1p-50f;
    if (kind == FOLD_L2 && ((norm < small && s->epsilon < small) || norm > FLT_MAX))
        norm = normalize_again(x, s->n, s->inner);
    return norm < s->epsilon ? s->epsilon : norm;
}

INLINE void normalize_row(const normalize *s, fold_kind kind, const float *x, float *y) {
    vf norm = v_set(normalize_bound(s, kind, fold_row_of(kind, x, s->n), x));
    int64_t i = 0;
    for (; i + VL <= s->n; i += VL) v_store(y + i, v_load(x + i) / norm);
    if (i < s->n) v_store_n(y + i, v_load_n(x + i, s->n - i) / norm, s->n - i);
}

INLINE void normalize_columns(const normalize *s, fold_kind kind, const float *x, int64_t lanes, float *y) {
    float each[VL];
    for (int j = 0; j < VL; j++) each[j] = 1;
    fold_columns_of(kind, x, s->n, s->inner, lanes, each);
    for (int64_t j = 0; j < min64(VL, lanes); j++) each[j] = normalize_bound(s, kind, each[j], x + j);
    vf norm = v_load(each);
    for (int64_t i = 0; i < s->n; i++, x += s->inner, y += s->inner) {
        if (lanes >= VL)
            v_store(y, v_load(x) / norm);
        else
            v_store_n(y, v_load_n(x, lanes) / norm, lanes);
    }
}

INLINE void normalize_one(const normalize *s, fold_kind kind, const float *x, int64_t lanes, float *y) {
    if (s->inner == 1)
        normalize_row(s, kind, x, y);
    else
        normalize_columns(s, kind, x, lanes, y);
}

typedef struct normalize_run {
    const normalize *s;
    const float *x; /* [outer, n, inner] */
    float *y;       /* the same */
} normalize_run;

static void normalize_task(void *arg, int64_t i, int worker) {
    const normalize_run *r = arg;
    const normalize *s = r->s;
    int64_t groups = s->inner == 1 ? 1 : ceil_div(s->inner, VL);
    (void)worker;
    for (int64_t k = i * s->task; k < min64((i + 1) * s->task, s->outer * groups); k++) {
        int64_t column = k % groups * VL, at = k / groups * s->n * s->inner + column;
        switch (s->kind) {
        case FOLD_L1: normalize_one(s, FOLD_L1, r->x + at, s->inner - column, r->y + at); break;
        case FOLD_L2: normalize_one(s, FOLD_L2, r->x + at, s->inner - column, r->y + at); break;
        default: normalize_one(s, FOLD_LARGEST, r->x + at, s->inner - column, r->y + at);
        }
    }
}

static tn_status normalize_call(tn_call *c) {
    const normalize *s = c->params;
    normalize_run r = {s, c->in[0]->data, c->out[0]->data};
    int64_t groups = s->inner == 1 ? 1 : ceil_div(s->inner, VL);
    tn_call_parallel(c, ceil_div(s->outer * groups, s->task), normalize_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(normalize_f32) = {
    TN_HERE,
    .name = AT("normalize.f32"),
    .op = "Normalize",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "a sweep for the norm, one for the division",
    .inplace = 1,
    .reject = normalize_reject,
    .params_bytes = sizeof(normalize),
    .setup = normalize_setup,
    .run = normalize_call,
};
TN_KERNEL(normalize_f32_lp) = {
    TN_HERE,
    .name = AT("normalize.f32:LpNormalization"),
    .op = "LpNormalization",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "a sweep for the norm, one for the division",
    .inplace = 1,
    .reject = lp_reject,
    .params_bytes = sizeof(normalize),
    .setup = lp_setup,
    .run = normalize_call,
};
