// SPDX-License-Identifier: Apache-2.0
// reduce_f32.inl - ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceSumSquare, ReduceL1, ReduceL2 over axes
// that are neighbours: [outer, reduced, inner]. One sum is never split between threads.
#ifndef TN_CPU_REDUCE_F32_INL
#define TN_CPU_REDUCE_F32_INL

#include "cpu/kern/fold_f32.inl"

#include "ir/tensor.h"

static const struct {
    const char *op;
    fold_kind kind;
} fold_ops[] = {
    {"ReduceL1", FOLD_L1},
    {"ReduceL2", FOLD_L2},
    {"ReduceMax", FOLD_MAX},
    {"ReduceMean", FOLD_MEAN},
    {"ReduceMin", FOLD_MIN},
    {"ReduceSum", FOLD_SUM},
    {"ReduceSumSquare", FOLD_SQUARE},
};

typedef struct reduce {
    fold_kind kind;
    int64_t outer, n, inner;
    int64_t group; // of a task
} reduce;

enum { REDUCE_TASK = 1 << 14 };

// Which axes are reduced, as bits; false: not known before it runs.
static bool reduce_axes(const tn_problem *p, unsigned *axes) {
    int rank = p->in[0]->rank;
    const tn_tensor *given = p->nin > 1 ? p->in[1] : NULL;
    *axes = 0;
    if (given && !given->data && tn_count(given)) return false;
    if (!given || !tn_count(given)) {
        if (!tn_attr_int(p->attrs, "noop_with_empty_axes")) *axes = (1u << rank) - 1;
        return true;
    }
    for (int64_t i = 0; i < tn_count(given); i++) {
        int64_t a = tni_get_int(given, i);
        *axes |= 1u << (a < 0 ? a + rank : a);
    }
    return true;
}

static bool reduce_span(const tn_problem *p, int *first, int *last) {
    unsigned axes;
    return reduce_axes(p, &axes) && fold_span(p->in[0], axes, first, last);
}

static const char *reduce_reject(const tn_problem *p) {
    int first, last;
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (!reduce_span(p, &first, &last)) return "the axes are not neighbours, or not constant";
    return tn_count(p->in[0]) ? NULL : "nothing to reduce";
}

static void reduce_setup(const tn_problem *p, void *params) {
    reduce *r = params;
    int first = 0, last = 0;
    reduce_span(p, &first, &last);
    *r = (reduce){.outer = tn_count_range(p->in[0], 0, first),
                  .n = tn_count_range(p->in[0], first, last),
                  .inner = tn_count_range(p->in[0], last, p->in[0]->rank)};
    for (size_t i = 0; i < sizeof fold_ops / sizeof *fold_ops; i++)
        if (!strcmp(fold_ops[i].op, p->attrs.op->name)) r->kind = fold_ops[i].kind;
    r->group = max64(1, REDUCE_TASK / max64(1, r->n));
}

static void fold_one(const reduce *r, const float *x, int64_t lanes, float *y) {
    switch (r->kind) {
#define FOLD_CASE(kind_)                                         \
    case kind_:                                                  \
        if (r->inner == 1)                                       \
            *y = fold_row_of(kind_, x, r->n);                    \
        else                                                     \
            fold_columns_of(kind_, x, r->n, r->inner, lanes, y); \
        return;
        FOLD_CASE(FOLD_SUM)
        FOLD_CASE(FOLD_MEAN)
        FOLD_CASE(FOLD_MAX)
        FOLD_CASE(FOLD_MIN)
        FOLD_CASE(FOLD_SQUARE)
        FOLD_CASE(FOLD_L1)
        FOLD_CASE(FOLD_L2)
        FOLD_CASE(FOLD_LARGEST)
#undef FOLD_CASE
    }
}

typedef struct reduce_run {
    const reduce *r;
    const float *x; /* [outer, n, inner] */
    float *y;       /* [outer, inner] */
} reduce_run;

static void reduce_task(void *arg, int64_t i, int worker) {
    const reduce_run *run = arg;
    const reduce *r = run->r;
    int64_t groups = r->inner == 1 ? 1 : ceil_div(r->inner, VL);
    (void)worker;
    for (int64_t k = i * r->group; k < min64((i + 1) * r->group, r->outer * groups); k++) {
        int64_t row = k / groups, column = k % groups * VL;
        fold_one(r, run->x + row * r->n * r->inner + column, r->inner - column,
                 run->y + row * r->inner + column);
    }
}

static tn_status reduce_call(tn_call *c) {
    const reduce *r = c->params;
    reduce_run run = {r, c->in[0]->data, c->out[0]->data};
    int64_t groups = r->inner == 1 ? 1 : ceil_div(r->inner, VL);
    tn_call_parallel(c, ceil_div(r->outer * groups, r->group), reduce_task, &run);
    return TN_OK;
}

#define REDUCE(name_, op_, isa_, rank_)                                                      \
    {                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = isa_, .rank = rank_,                       \
                 .doc = "rows, or vectors of neighbouring columns", .reject = reduce_reject, \
                 .params_bytes = sizeof(reduce), .setup = reduce_setup, .run = reduce_call,  \
    }

#endif
