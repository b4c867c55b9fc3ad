// SPDX-License-Identifier: Apache-2.0
// reduce_plain.c - reductions whose order does not matter, as plain loops: of integers, which wrap, and
// products of f32 in double, which neither over- nor underflow on their way. Totals stand side by side, for
// one row as for neighbouring columns of [outer, reduced, inner].
#include "cpu/isa.h"

#include "cpu/kern/reduce.inl"

enum { PLAIN_LANES = 64, PLAIN_TASK = 1 << 14 };

// One row (inner is 1), or `lanes` neighbouring columns.
typedef void plain_fold(const void *x, int64_t n, int64_t inner, int64_t lanes, void *y);

// T: of an element, S: of a total; `total` and x are of S, `end` is the result of a total.
#define PLAIN_FOLD(name, T, S, start, step, end)                                         \
    static void name(const void *x_, int64_t n, int64_t inner, int64_t lanes, void *y) { \
        const T *from = x_;                                                              \
        S sum[PLAIN_LANES];                                                              \
        int64_t i = 0;                                                                   \
        for (int64_t j = 0; j < PLAIN_LANES; j++) sum[j] = start;                        \
        if (inner > 1)                                                                   \
            for (; i < n; i++, from += inner)                                            \
                for (int64_t j = 0; j < lanes; j++) {                                    \
                    S total = sum[j], x = (S)from[j];                                    \
                    sum[j] = step;                                                       \
                }                                                                        \
        for (; i + PLAIN_LANES <= n; i += PLAIN_LANES)                                   \
            for (int64_t j = 0; j < PLAIN_LANES; j++) {                                  \
                S total = sum[j], x = (S)from[i + j];                                    \
                sum[j] = step;                                                           \
            }                                                                            \
        for (int64_t j = 0; i + j < n; j++) {                                            \
            S total = sum[j], x = (S)from[i + j];                                        \
            sum[j] = step;                                                               \
        }                                                                                \
        for (int64_t w = PLAIN_LANES / 2; inner == 1 && w; w /= 2)                       \
            for (int64_t j = 0; j < w; j++) {                                            \
                S total = sum[j], x = sum[j + w];                                        \
                sum[j] = step;                                                           \
            }                                                                            \
        for (int64_t j = 0; j < lanes; j++) {                                            \
            S total = sum[j];                                                            \
            ((T *)y)[j] = (T)(end);                                                      \
        }                                                                                \
    }
#define PLAIN_EXTREMES(suffix, T, lowest, highest)                             \
    PLAIN_FOLD(plain_max_##suffix, T, T, lowest, x > total ? x : total, total) \
    PLAIN_FOLD(plain_min_##suffix, T, T, highest, x < total ? x : total, total)
PLAIN_EXTREMES(i32, int32_t, INT32_MIN, INT32_MAX)
PLAIN_EXTREMES(i64, int64_t, INT64_MIN, INT64_MAX)
PLAIN_EXTREMES(i8, int8_t, INT8_MIN, INT8_MAX)
PLAIN_EXTREMES(u8, uint8_t, 0, UINT8_MAX)
PLAIN_FOLD(plain_sum_i32, int32_t, uint32_t, 0, total + x, total)
PLAIN_FOLD(plain_sum_i64, int64_t, uint64_t, 0, total + x, total)
PLAIN_FOLD(plain_mean_i32, int32_t, int64_t, 0, total + x, total / n)
PLAIN_FOLD(plain_mean_i64, int64_t, uint64_t, 0, total + x, (int64_t)total / n)
PLAIN_FOLD(plain_prod_i32, int32_t, uint32_t, 1, total *x, total)
PLAIN_FOLD(plain_prod_i64, int64_t, uint64_t, 1, total *x, total)
PLAIN_FOLD(plain_prod_f32, float, double, 1, total *x, total)

static const struct {
    const char *op;
    tn_dtype type;
    plain_fold *fold;
} plain_folds[] = {
    {"ReduceMax", TN_I32, plain_max_i32},   {"ReduceMax", TN_I64, plain_max_i64},
    {"ReduceMax", TN_I8, plain_max_i8},     {"ReduceMax", TN_U8, plain_max_u8},
    {"ReduceMax", TN_BOOL, plain_max_u8},   {"ReduceMin", TN_I32, plain_min_i32},
    {"ReduceMin", TN_I64, plain_min_i64},   {"ReduceMin", TN_I8, plain_min_i8},
    {"ReduceMin", TN_U8, plain_min_u8},     {"ReduceMin", TN_BOOL, plain_min_u8},
    {"ReduceSum", TN_I32, plain_sum_i32},   {"ReduceSum", TN_I64, plain_sum_i64},
    {"ReduceMean", TN_I32, plain_mean_i32}, {"ReduceMean", TN_I64, plain_mean_i64},
    {"ReduceProd", TN_I32, plain_prod_i32}, {"ReduceProd", TN_I64, plain_prod_i64},
    {"ReduceProd", TN_F32, plain_prod_f32},
};

typedef struct plain {
    int row;                                      // of the table
    int64_t outer, n, inner, strips, each, bytes; // strips of `inner`; of them in a task; of an element
} plain;

static int plain_row(const tn_problem *p) {
    for (int i = 0; i < (int)(sizeof plain_folds / sizeof *plain_folds); i++)
        if (!strcmp(plain_folds[i].op, p->attrs.op->name) && plain_folds[i].type == p->in[0]->dtype) return i;
    return -1;
}

static const char *plain_reject(const tn_problem *p) {
    int first, last;
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (plain_row(p) < 0) return "only integers, and products of f32";
    if (!reduce_span(p, &first, &last)) return "the axes are not neighbours, or not constant";
    return tn_count(p->in[0]) ? NULL : "nothing to reduce";
}

static void plain_setup(const tn_problem *p, void *params) {
    plain *s = params;
    int first = 0, last = 0;
    reduce_span(p, &first, &last);
    *s = (plain){.row = plain_row(p),
                 .outer = tn_count_range(p->in[0], 0, first),
                 .n = tn_count_range(p->in[0], first, last),
                 .inner = tn_count_range(p->in[0], last, p->in[0]->rank),
                 .bytes = (int64_t)(tni_bits(p->in[0]->dtype) / 8)};
    s->strips = ceil_div(s->inner, PLAIN_LANES);
    s->each = max64(1, PLAIN_TASK / (s->n * min64(s->inner, PLAIN_LANES)));
}

static void plain_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const plain *s = c->params;
    (void)worker;
    for (int64_t k = i * s->each; k < min64((i + 1) * s->each, s->outer * s->strips); k++) {
        int64_t row = k / s->strips, column = k % s->strips * PLAIN_LANES;
        const char *x = (const char *)c->in[0]->data + (row * s->n * s->inner + column) * s->bytes;
        char *y = (char *)c->out[0]->data + (row * s->inner + column) * s->bytes;
        plain_folds[s->row].fold(x, s->n, s->inner, min64(PLAIN_LANES, s->inner - column), y);
    }
}

static tn_status plain_call(tn_call *c) {
    const plain *s = c->params;
    tn_call_parallel(c, ceil_div(s->outer * s->strips, s->each), plain_task, c);
    return TN_OK;
}

#define PLAIN(name_, op_)                                                                                  \
    {                                                                                                      \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                                   \
                 .doc = "rows, or strips of neighbouring columns, in plain loops", .reject = plain_reject, \
                 .params_bytes = sizeof(plain), .setup = plain_setup, .run = plain_call,                   \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(reduce_plain_max) = PLAIN(AT("reduce.plain:ReduceMax"), "ReduceMax");
TN_KERNEL(reduce_plain_mean) = PLAIN(AT("reduce.plain:ReduceMean"), "ReduceMean");
TN_KERNEL(reduce_plain_min) = PLAIN(AT("reduce.plain:ReduceMin"), "ReduceMin");
TN_KERNEL(reduce_plain_prod) = PLAIN(AT("reduce.plain:ReduceProd"), "ReduceProd");
TN_KERNEL(reduce_plain_sum) = PLAIN(AT("reduce.plain:ReduceSum"), "ReduceSum");
