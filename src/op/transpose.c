// SPDX-License-Identifier: Apache-2.0
// transpose.c - Transpose: out[i_perm[0], i_perm[1], ...] = in[i_0, i_1, ...].
#include "op/move.h"

// perm[d] is the input's dimension that becomes the output's d-th; reversed order when not given.
static tn_status permutation(tn_infer *c, int rank, int *perm) {
    size_t n;
    unsigned seen = 0;
    const int64_t *given = tn_attr_ints(c->attrs, "perm", &n);
    if (n && n != (size_t)rank)
        return tn_infer_fail(c, "perm has %zu entries for an input of rank %d", n, rank);
    for (int d = 0; d < rank; d++) {
        perm[d] = rank - 1 - d;
        if (n) TN_TRY(tn_infer_axis(c, given[d], rank, &perm[d]));
        if (seen >> perm[d] & 1) return tn_infer_fail(c, "perm names dimension %d twice", perm[d]);
        seen |= 1u << perm[d];
    }
    return TN_OK;
}

static tn_status transpose_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[TN_MAX_RANK];
    int perm[TN_MAX_RANK];
    if (in->rank < 0) {
        size_t n;
        tn_attr_ints(c->attrs, "perm", &n);
        if (n && n <= TN_MAX_RANK)
            tni_shape_fresh(c, 0, in->dtype, (int)n);
        else
            tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    TN_TRY(permutation(c, in->rank, perm));
    for (int d = 0; d < in->rank; d++) dim[d] = in->dim[perm[d]];
    tni_shape_out(c, 0, in->dtype, in->rank, dim);
    tni_content_same(c);
    return TN_OK;
}

static tn_status transpose_ref(tn_call *c) {
    return tni_call_moves(c, tni_transpose_moves, "perm does not fit");
}

// A view when only dimensions of size 1 change places.
static bool transpose_view(const tn_problem *p, int out, size_t *offset) {
    const tn_tensor *in = p->in[0];
    int perm[TN_MAX_RANK], last = -1;
    tni_permutation(p->attrs, in->rank, perm);
    for (int d = 0; d < in->rank; d++) {
        if (in->dim[perm[d]] == 1) continue;
        if (perm[d] < last) return false;
        last = perm[d];
    }
    *offset = 0;
    return out == 0;
}

TN_OP(transpose) = {
    TN_HERE,
    .name = "Transpose",
    .since = 25,
    .first = 1,
    .doc = "The input with its dimensions in another order",
    .in = {{"data", "T"}},
    .out = {{"transposed", "T"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .attrs = {{"perm", TN_ATTR_INTS}},
    .infer = transpose_infer,
    .ref = transpose_ref,
    .view = transpose_view,
};
