// SPDX-License-Identifier: Apache-2.0
// onehot.c - OneHot: a new dimension that is on where an index points and off elsewhere.
#include "op/move.h"

static tn_status onehot_depth(tn_infer *c, tn_dim *depth) {
    tn_dim v[TN_MAX_CONTENT];
    size_t n;
    double x;
    *depth = tn_dim_fresh(c->dims);
    if (tni_content(c->in[1], v, &n)) {
        if (n != 1) return tn_infer_fail(c, "depth must be one number, but has %zu", n);
        *depth = v[0];
    } else if (tni_const_float(c->in[1], &x)) {
        if (!(x >= 0 && x < 0x1p53)) return tn_infer_fail(c, "depth %g is not a size", x);
        *depth = tn_k((int64_t)x);
    }
    if (!depth->e && depth->k < 0) return tn_infer_fail(c, "depth %lld is negative", (long long)depth->k);
    return TN_OK;
}

static tn_status onehot_infer(tn_infer *c) {
    const tn_type *index = &c->in[0]->type;
    tn_dtype dtype = c->in[2]->type.dtype;
    tn_dim dim[TN_MAX_RANK + 1], depth;
    int axis, rank = 0;
    TN_TRY(tni_want_rank(c, 1, "depth", 0, 1));
    TN_TRY(tni_want_rank(c, 2, "values", 1, 1));
    if (tni_ranked(c, 2)) TN_TRY(tni_want_dim(c, c->in[2]->type.dim[0], tn_k(2), "length of values"));
    TN_TRY(onehot_depth(c, &depth));
    if (index->rank < 0) {
        tni_shape_unknown(c, 0, dtype);
        return TN_OK;
    }
    if (index->rank == TN_MAX_RANK)
        return tn_infer_fail(c, "the result would have rank %d, the limit is %d", TN_MAX_RANK + 1,
                             TN_MAX_RANK);
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), index->rank + 1, &axis));
    for (int d = 0; d <= index->rank; d++) dim[d] = d == axis ? depth : index->dim[rank++];
    tni_shape_out(c, 0, dtype, index->rank + 1, dim);
    return TN_OK;
}

// Indices that are no integers are truncated; what points outside is off everywhere.
static int64_t onehot_index(const tn_tensor *index, int64_t i, int64_t depth) {
    int64_t k;
    if (tni_is_float(index->dtype)) {
        double x = tni_get(index, i);
        k = x > -0x1p62 && x < 0x1p62 ? (int64_t)x : -1 - depth;
    } else {
        k = tni_get_int(index, i);
        if (index->dtype == TN_U64 && k < 0) return -1;
    }
    return k < -depth || k >= depth ? -1 : k < 0 ? k + depth : k;
}

static tn_status onehot_ref(tn_call *c) {
    const tn_tensor *index = c->in[0], *values = c->in[2];
    tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    int axis = tni_attr_axis(c->attrs, out->rank);
    int64_t depth = out->dim[axis], inner = tn_count_range(out, axis + 1, out->rank);
    tni_copy(out, 0, values, 0, 0, tn_count(out));
    for (int64_t i = 0, n = tn_count(index); i < n; i++) {
        int64_t k = onehot_index(index, i, depth);
        if (k >= 0) tni_copy(out, (i / inner * depth + k) * inner + i % inner, values, 1, 1, 1);
    }
    return TN_OK;
}

#define ONEHOT_NUMBERS (TN_NUMBERS & ~TN_BIT(TN_BF16))

TN_OP(onehot) = {
    TN_HERE,
    .name = "OneHot",
    .since = 28,
    .first = 9,
    .doc = "A new dimension, on where the index points and off elsewhere",
    .in = {{"indices", "T1"}, {"depth", "T2"}, {"values", "T3"}},
    .out = {{"output", "T3"}},
    .types = {{"T1", ONEHOT_NUMBERS}, {"T2", ONEHOT_NUMBERS}, {"T3", TNI_MOVABLE}},
    .attrs = {{"axis", TN_ATTR_INT, .i = -1}},
    .infer = onehot_infer,
    .ref = onehot_ref,
};
