// SPDX-License-Identifier: Apache-2.0
// reduce_f32.c - ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceSumSquare, ReduceL1, ReduceL2,
// ReduceLogSum and ReduceLogSumExp over axes that are neighbours: [outer, reduced, inner]. One sum is never
// split between threads.
#include "cpu/isa.h"

#include "cpu/kern/reduce.inl"
#include "cpu/kern/vec_math.h"

static const struct {
    const char *op;
    fold_kind kind;
} fold_ops[] = {
    {"ReduceL1", FOLD_L1},
    {"ReduceL2", FOLD_L2},
    {"ReduceLogSum", FOLD_LOG_SUM},
    {"ReduceLogSumExp", FOLD_LOG_SUM_EXP},
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

// log(sum(exp(x))) = m + log(sum(exp(x - m))), m the greatest x; where that is infinite or NaN it is all.
static float log_sum_exp_row(const float *x, int64_t n) {
    float most = fold_row_of(FOLD_MAX, x, n);
    vf sum[LANES], last[LANES];
    int64_t i = 0;
    if (!isfinite(most)) return most;
    for (int j = 0; j < LANES; j++) sum[j] = (vf){0};
    for (; i + SPAN <= n; i += SPAN)
        for (int j = 0; j < LANES; j++) sum[j] += v_exp(v_load(x + i + j * VL) - most);
    v_load_span(last, x + i, n - i, -INFINITY);
    for (int j = 0; j < LANES; j++) sum[j] += v_exp(last[j] - most);
    return most + logf(v_fold_sum(sum));
}

static void log_sum_exp_columns(const reduce *r, const float *x, int64_t lanes, float *y) {
    float most[VL], lane[VL];
    vf sum = {0};
    fold_columns_of(FOLD_MAX, x, r->n, r->inner, lanes, most);
    vf top = v_load_n(most, min64(VL, lanes));
    for (int64_t i = 0; i < r->n; i++, x += r->inner)
        sum += v_exp((lanes >= VL ? v_load(x) : v_load_n(x, lanes)) - top);
    v_store(lane, sum);
    for (int64_t j = 0; j < min64(VL, lanes); j++)
        y[j] = isfinite(most[j]) ? most[j] + logf(lane[j]) : most[j];
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
        FOLD_CASE(FOLD_LOG_SUM)
#undef FOLD_CASE
    case FOLD_LOG_SUM_EXP:
        if (r->inner == 1)
            *y = log_sum_exp_row(x, r->n);
        else
            log_sum_exp_columns(r, x, lanes, y);
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

#define REDUCE(name_, op_)                                                                   \
    {                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                     \
                 .doc = "rows, or vectors of neighbouring columns", .reject = reduce_reject, \
                 .params_bytes = sizeof(reduce), .setup = reduce_setup, .run = reduce_call,  \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(reduce_f32_l1) = REDUCE(AT("reduce.f32:ReduceL1"), "ReduceL1");
TN_KERNEL(reduce_f32_l2) = REDUCE(AT("reduce.f32:ReduceL2"), "ReduceL2");
TN_KERNEL(reduce_f32_logsum) = REDUCE(AT("reduce.f32:ReduceLogSum"), "ReduceLogSum");
TN_KERNEL(reduce_f32_logsumexp) = REDUCE(AT("reduce.f32:ReduceLogSumExp"), "ReduceLogSumExp");
TN_KERNEL(reduce_f32_max) = REDUCE(AT("reduce.f32:ReduceMax"), "ReduceMax");
TN_KERNEL(reduce_f32_mean) = REDUCE(AT("reduce.f32:ReduceMean"), "ReduceMean");
TN_KERNEL(reduce_f32_min) = REDUCE(AT("reduce.f32:ReduceMin"), "ReduceMin");
TN_KERNEL(reduce_f32_sum) = REDUCE(AT("reduce.f32:ReduceSum"), "ReduceSum");
TN_KERNEL(reduce_f32_sumsquare) = REDUCE(AT("reduce.f32:ReduceSumSquare"), "ReduceSumSquare");
