// SPDX-License-Identifier: Apache-2.0
// bitcast.c - BitCast: the same bits read as another element type of the same width. Packed types keep their
// packing, so that all of it is a copy of bytes.
#include "op/move.h"

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    int64_t to = tn_attr_int(c->attrs, "to");
    if (to <= 0 || to >= TN_DTYPE_COUNT || to == TN_STRING)
        return tn_infer_fail(c, "to = %lld is not an element type to cast to", (long long)to);
    if (tni_bits((tn_dtype)to) != tni_bits(x->dtype))
        return tn_infer_fail(c, "%s has %zu bits and %s has %zu: only types of one width can be exchanged",
                             tn_dtype_text(x->dtype), tni_bits(x->dtype), tn_dtype_text((tn_dtype)to),
                             tni_bits((tn_dtype)to));
    if (x->rank < 0)
        tni_shape_unknown(c, 0, (tn_dtype)to);
    else
        tni_shape_out(c, 0, (tn_dtype)to, x->rank, x->dim);
    return TN_OK;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    if (y && x->bytes) memcpy(y->data, x->data, x->bytes);
    return TN_OK;
}

#define BITS (TN_ANY_DTYPE & ~TN_BIT(TN_STRING))

TN_OP(bitcast) = {
    TN_HERE,
    .name = "BitCast",
    .since = 26,
    .doc = "the same bits as another type of the same width",
    .in = {{"input", "T1"}},
    .out = {{"output", "T2"}},
    .types = {{"T1", BITS}, {"T2", BITS}},
    .attrs = {{"to", TN_ATTR_INT, TN_REQUIRED}},
    .infer = infer,
    .ref = ref,
    .view = tni_view_same,
};
