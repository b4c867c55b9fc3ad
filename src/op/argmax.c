// SPDX-License-Identifier: Apache-2.0
// argmax.c - ArgMax and ArgMin: the place of the extreme along an axis. The first of equals wins, or the last
// when asked for; a NaN counts as more extreme than any number, as in PyTorch.
#include "op/op.h"

typedef struct search {
    bool least, last;
} search;

static bool beats(double a, double b, const search *s) {
    if (isnan(b)) return s->last && isnan(a);
    if (isnan(a)) return true;
    if (a == b) return s->last;
    return s->least ? a < b : a > b;
}

static int64_t place(const double *x, int64_t n, const search *s) {
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++)
        if (beats(x[k], x[best], s)) best = k;
    return best;
}

static int64_t place_int(const int64_t *x, int64_t n, const search *s, bool is_u64) {
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++) {
        int64_t a = s->least ? x[best] : x[k], b = s->least ? x[k] : x[best];
        if (is_u64 ? (uint64_t)a > (uint64_t)b : a > b) best = k;
        if (s->last && a == b) best = k;
    }
    return best;
}

static tn_status find(tn_call *c, bool least) {
    const tn_tensor *in = c->in[0], *out = c->out[0];
    if (!out || tn_count(out) == 0) return TN_OK;
    search s = {least, tn_attr_int(c->attrs, "select_last_index") != 0};
    int axis = tni_attr_axis(c->attrs, in->rank);
    int64_t n = in->dim[axis], inner = tn_count_range(in, axis + 1, in->rank), count = tn_count(out);
    if (n == 0) return tn_call_fail(c, TN_INVALID, "axis %d has no elements to choose from", axis);
    void *row = tni_scratch(c, n, sizeof(double)); // or of int64
    if (!row) return TN_NOMEM;
    int64_t *y = out->data;
    for (int64_t k = 0; k < count; k++) {
        int64_t at = tni_row_at(k, n, inner);
        if (tni_is_float(in->dtype)) {
            tni_load(row, in, at, inner, n);
            y[k] = place(row, n, &s);
        } else {
            tni_load_int(row, in, at, inner, n);
            y[k] = place_int(row, n, &s, in->dtype == TN_U64);
        }
    }
    return TN_OK;
}

static tn_status argmax_ref(tn_call *c) { return find(c, false); }
static tn_status argmin_ref(tn_call *c) { return find(c, true); }

static tn_status arg_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    int axis;
    if (x->rank < 0) return tni_shape_unknown(c, 0, TN_I64), TN_OK;
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), x->rank, &axis));
    tni_shape_reduced(c, TN_I64, x, 1u << axis, tn_attr_int(c->attrs, "keepdims") != 0);
    return TN_OK;
}

#define ARG(name_, doc_, ref_)                                                               \
    {                                                                                        \
        TN_HERE, .name = name_, .since = 13, .first = 1, .doc = doc_, .in = {{"data", "T"}}, \
                 .out = {{"reduced", "i64"}}, .types = {{"T", TN_NUMBERS}},                  \
                 .attrs = {{"axis", TN_ATTR_INT, .i = 0},                                    \
                           {"keepdims", TN_ATTR_INT, .i = 1},                                \
                           {"select_last_index", TN_ATTR_INT, .i = 0}},                      \
                 .infer = arg_infer, .ref = ref_                                             \
    }

TN_OP(argmax) = ARG("ArgMax", "index of the largest element along an axis", argmax_ref);
TN_OP(argmin) = ARG("ArgMin", "index of the smallest element along an axis", argmin_ref);
