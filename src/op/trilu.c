// SPDX-License-Identifier: Apache-2.0
// trilu.c - Trilu: the upper or lower triangle of each matrix, zeros elsewhere.
#include "op/move.h"

static tn_status trilu_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "k", 0, 1));
    return tn_infer_same(c);
}

// Columns [*first, *last) of row r are kept.
static void kept(bool upper, int64_t r, int64_t k, int64_t cols, int64_t *first, int64_t *last) {
    int64_t at; // the diagonal's column, or the first after it
    if (!ck_add64(r, k, &at) || (!upper && !ck_add64(at, 1, &at))) at = k < 0 ? 0 : cols;
    at = at < 0 ? 0 : at > cols ? cols : at;
    *first = upper ? at : 0;
    *last = upper ? cols : at;
}

static tn_status trilu_ref(tn_call *c) {
    const tn_tensor *in = c->in[0];
    tn_tensor *out = c->out[0];
    tni_zero_room room;
    if (!out) return TN_OK;
    int64_t k = c->nin > 1 && c->in[1] && tn_count(c->in[1]) ? tni_get_int(c->in[1], 0) : 0, first, last;
    bool upper = tn_attr_int(c->attrs, "upper") != 0;
    int64_t rows = in->dim[in->rank - 2], cols = in->dim[in->rank - 1];
    tn_tensor zero = tni_zero_element(in->dtype, &room);
    for (int64_t i = 0, n = tn_count_range(in, 0, in->rank - 2) * rows; i < n; i++) {
        kept(upper, i % rows, k, cols, &first, &last);
        tni_copy(out, i * cols, &zero, 0, 0, first);
        tni_copy(out, i * cols + first, in, i * cols + first, 1, last - first);
        tni_copy(out, i * cols + last, &zero, 0, 0, cols - last);
    }
    return TN_OK;
}

TN_OP(trilu) = {
    TN_HERE,
    .name = "Trilu",
    .since = 14,
    .doc = "The upper or lower triangle of each matrix",
    .in = {{"input", "T"}, {"k", "i64", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"upper", TN_ATTR_INT, .i = 1}},
    .infer = trilu_infer,
    .ref = trilu_ref,
};
