// SPDX-License-Identifier: Apache-2.0
// scan.c - CumSum and CumProd on any axis of [outer, n, inner]: strips of neighbours along inner axes, a
// few rows at once along the last, whose totals wait for each other less. Totals of floats are doubles, in
// the reference's order: the same bits.
#include "cpu/isa.h"

#include "cpu/kern/vec.h"

#include "ir/tensor.h"

enum { SCAN_LANES = 128, SCAN_ROWS = 4 };

typedef struct scan {
    bool product, exclusive, reverse;
    int64_t outer, n, inner, strips;
} scan;

static const char *scan_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0] || !p->in[0]->rank) return "nothing to do, or a scalar";
    if (!p->in[1] || !p->in[1]->data || tn_count(p->in[1]) != 1) return "the axis is not constant";
    tn_dtype t = p->in[0]->dtype;
    return t == TN_F32 || t == TN_I32 || t == TN_I64 ? NULL : "only f32, i32 and i64";
}

static void scan_setup(const tn_problem *p, void *params) {
    const tn_tensor *x = p->in[0];
    int64_t axis = tni_get_int(p->in[1], 0);
    int at = (int)(axis < 0 ? axis + x->rank : axis);
    scan s = {.product = !strcmp(p->attrs.op->name, "CumProd"),
              .exclusive = tn_attr_int(p->attrs, "exclusive") != 0,
              .reverse = tn_attr_int(p->attrs, "reverse") != 0,
              .outer = tn_count_range(x, 0, at),
              .n = x->dim[at],
              .inner = tn_count_range(x, at + 1, x->rank)};
    s.strips = s.inner == 1 ? 1 : ceil_div(s.inner, SCAN_LANES);
    *(scan *)params = s;
}

// `lanes` totals side by side: x[k * along + j * beside], j < lanes. T: of an element, S: of a total.
#define SCAN_LOOP(T, S)                                                                                     \
    INLINE void scan_loop_##T(const scan *s, bool product, bool exclusive, const T *x, T *y, int64_t along, \
                              int64_t beside, int64_t lanes) {                                              \
        S total[SCAN_LANES];                                                                                \
        for (int64_t j = 0; j < lanes; j++) total[j] = product;                                             \
        for (int64_t k = 0; k < s->n; k++) {                                                                \
            int64_t at = (s->reverse ? s->n - 1 - k : k) * along;                                           \
            for (int64_t j = 0; j < lanes; j++) {                                                           \
                S v = (S)x[at + j * beside], next = product ? total[j] * v : total[j] + v;                  \
                y[at + j * beside] = (T)(exclusive ? total[j] : next);                                      \
                total[j] = next;                                                                            \
            }                                                                                               \
        }                                                                                                   \
    }                                                                                                       \
    INLINE void scan_lanes_##T(const scan *s, const T *x, T *y, int64_t along, int64_t beside,              \
                               int64_t lanes) {                                                             \
        if (s->product)                                                                                     \
            scan_loop_##T(s, true, s->exclusive, x, y, along, beside, lanes);                               \
        else if (s->exclusive)                                                                              \
            scan_loop_##T(s, false, true, x, y, along, beside, lanes);                                      \
        else                                                                                                \
            scan_loop_##T(s, false, false, x, y, along, beside, lanes);                                     \
    }                                                                                                       \
    static void scan_piece_##T(const scan *s, const void *x_, void *y_, int64_t first, int64_t lanes) {     \
        const T *x = (const T *)x_ + first;                                                                 \
        T *y = (T *)y_ + first;                                                                             \
        if (s->inner > 1)                                                                                   \
            scan_lanes_##T(s, x, y, s->inner, 1, lanes);                                                    \
        else if (lanes == SCAN_ROWS)                                                                        \
            scan_lanes_##T(s, x, y, 1, s->n, SCAN_ROWS);                                                    \
        else                                                                                                \
            for (int64_t j = 0; j < lanes; j++) scan_lanes_##T(s, x + j * s->n, y + j * s->n, 1, 0, 1);     \
    }
SCAN_LOOP(float, double)
SCAN_LOOP(int32_t, uint32_t)
SCAN_LOOP(int64_t, uint64_t)

static void scan_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const scan *s = c->params;
    const void *x = c->in[0]->data; /* [outer, n, inner] */
    void *y = c->out[0]->data;
    int64_t first = i * SCAN_ROWS * s->n, lanes = min64(SCAN_ROWS, s->outer - i * SCAN_ROWS);
    (void)worker;
    if (s->inner > 1) {
        int64_t column = i % s->strips * SCAN_LANES;
        first = i / s->strips * s->n * s->inner + column;
        lanes = min64(SCAN_LANES, s->inner - column);
    }
    switch (c->in[0]->dtype) {
    case TN_F32: scan_piece_float(s, x, y, first, lanes); break;
    case TN_I32: scan_piece_int32_t(s, x, y, first, lanes); break;
    default: scan_piece_int64_t(s, x, y, first, lanes);
    }
}

static tn_status scan_call(tn_call *c) {
    const scan *s = c->params;
    int64_t tasks = s->inner == 1 ? ceil_div(s->outer, SCAN_ROWS) : s->outer * s->strips;
    if (s->n > 0) tn_call_parallel(c, tasks, scan_task, c);
    return TN_OK;
}

#define SCAN(name_, op_)                                                                                   \
    {                                                                                                      \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                                   \
                 .doc = "strips of neighbours, or four rows at once", .inplace = 1, .reject = scan_reject, \
                 .params_bytes = sizeof(scan), .setup = scan_setup, .run = scan_call,                      \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(scan_sum) = SCAN(AT("scan:CumSum"), "CumSum");
TN_KERNEL(scan_product) = SCAN(AT("scan:CumProd"), "CumProd");
