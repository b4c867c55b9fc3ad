// SPDX-License-Identifier: Apache-2.0
// cumsum.c - CumSum and CumProd: running totals along an axis, from either end, with or without the element
// itself. Floating totals are kept in double; integers wrap.
#include "op/op.h"

typedef struct scan {
    bool product, exclusive, reverse;
} scan;

// k-th in the order of running.
static int64_t place(const scan *s, int64_t k, int64_t n) { return s->reverse ? n - 1 - k : k; }

static void scan_row(double *y, const double *x, int64_t n, const void *arg) {
    const scan *s = arg;
    double total = s->product ? 1 : 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t i = place(s, k, n);
        double next = s->product ? total * x[i] : total + x[i];
        y[i] = s->exclusive ? total : next;
        total = next;
    }
}

static void scan_row_int(int64_t *row, int64_t n, const scan *s) {
    uint64_t total = s->product ? 1 : 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t i = place(s, k, n);
        uint64_t x = (uint64_t)row[i], next = s->product ? total * x : total + x;
        row[i] = (int64_t)(s->exclusive ? total : next);
        total = next;
    }
}

static tn_status scan_ints(tn_call *c, int axis, const scan *s) {
    const tn_tensor *in = c->in[0], *out = c->out[0];
    int64_t n = in->dim[axis], inner = tn_count_range(in, axis + 1, in->rank);
    if (tn_count(in) == 0) return TN_OK;
    int64_t *row = tni_scratch(c, n, sizeof *row);
    if (!row) return TN_NOMEM;
    for (int64_t k = 0; k < tn_count(in) / n; k++) {
        int64_t at = tni_row_at(k, n, inner);
        tni_load_int(row, in, at, inner, n);
        scan_row_int(row, n, s);
        tni_store_int(out, at, inner, n, row);
    }
    return TN_OK;
}

static tn_status run(tn_call *c, bool product) {
    int rank = c->in[0]->rank;
    int64_t axis = tn_count(c->in[1]) ? tni_get_int(c->in[1], 0) : 0;
    if (!c->out[0]) return TN_OK;
    if (axis < -rank || axis >= rank)
        return tn_call_fail(c, TN_INVALID, "axis %lld is outside [-%d, %d)", (long long)axis, rank, rank);
    scan s = {product, tn_attr_int(c->attrs, "exclusive") != 0, tn_attr_int(c->attrs, "reverse") != 0};
    if (!tni_is_float(c->in[0]->dtype)) return scan_ints(c, tni_axis(axis, rank), &s);
    return tni_call_rows(c, tni_axis(axis, rank), scan_row, &s);
}

static tn_status cumsum_ref(tn_call *c) { return run(c, false); }
static tn_status cumprod_ref(tn_call *c) { return run(c, true); }

static tn_status scan_infer(tn_infer *c) {
    int64_t axis;
    return tni_const_int(c->in[1], &axis) ? tni_infer_same_axis(c, axis) : tn_infer_same(c);
}

#define SCAN(name_, first_, since_, doc_, ref_)                                                             \
    {                                                                                                       \
        TN_HERE,                                                                                            \
            .name = name_, .since = since_, .first = first_, .doc = doc_,                                   \
            .in = {{"x", "T"}, {"axis", "T2"}}, .out = {{"y", "T"}},                                        \
            .types = {{"T", TN_FLOATS | TN_INDEXES | TN_BIT(TN_U32) | TN_BIT(TN_U64)}, {"T2", TN_INDEXES}}, \
            .attrs = {{"exclusive", TN_ATTR_INT, .i = 0}, {"reverse", TN_ATTR_INT, .i = 0}},                \
            .infer = scan_infer, .ref = ref_                                                                \
    }

TN_OP(cumprod) = SCAN("CumProd", 26, 26, "running products along an axis", cumprod_ref);
TN_OP(cumsum) = SCAN("CumSum", 11, 14, "running sums along an axis", cumsum_ref);
