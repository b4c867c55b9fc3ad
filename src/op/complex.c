// SPDX-License-Identifier: Apache-2.0
// complex.c - ViewAsReal and ViewAsComplex: a complex number is its real part and its imaginary part behind
// each other, so that either is the other's bytes: [d0, ..., dn] complex is [d0, ..., dn, 2] real. ONNX has
// no arithmetic on complex tensors; what reads PyTorch's does it on the parts.
#include "op/move.h"

static tn_dtype real_of(tn_dtype t) { return t == TN_C64 ? TN_F32 : TN_F64; }
static tn_dtype complex_of(tn_dtype t) { return t == TN_F32 ? TN_C64 : TN_C128; }

static tn_status to_real_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    tn_dim dim[TN_MAX_RANK];
    if (x->rank < 0) return tni_shape_unknown(c, 0, real_of(x->dtype)), TN_OK;
    if (x->rank == TN_MAX_RANK) return tn_infer_fail(c, "the input has as many dimensions as there may be");
    for (int d = 0; d < x->rank; d++) dim[d] = x->dim[d];
    dim[x->rank] = tn_k(2);
    tni_shape_out(c, 0, real_of(x->dtype), x->rank + 1, dim);
    return TN_OK;
}

static tn_status to_complex_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    if (x->rank < 0) return tni_shape_unknown(c, 0, complex_of(x->dtype)), TN_OK;
    if (x->rank == 0 || (!x->dim[x->rank - 1].e && x->dim[x->rank - 1].k != 2))
        return tn_infer_fail(c, "the last dimension must be 2: a real and an imaginary part");
    tni_shape_out(c, 0, complex_of(x->dtype), x->rank - 1, x->dim);
    return TN_OK;
}

static tn_status copy_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    if (y && x->bytes) memcpy(y->data, x->data, x->bytes);
    return TN_OK;
}

TN_OP(tn_view_as_real) = {
    TN_HERE,
    .name = "ViewAsReal",
    .domain = "tn",
    .since = 1,
    .doc = "The parts of complex numbers, as a last dimension of 2",
    .in = {{"input", "C"}},
    .out = {{"output", "R"}},
    .types = {{"C", TN_COMPLEX}, {"R", TN_BIT(TN_F32) | TN_BIT(TN_F64)}},
    .infer = to_real_infer,
    .ref = copy_ref,
    .view = tni_view_same,
};

TN_OP(tn_view_as_complex) = {
    TN_HERE,
    .name = "ViewAsComplex",
    .domain = "tn",
    .since = 1,
    .doc = "Complex numbers out of their parts, which are a last dimension of 2",
    .in = {{"input", "R"}},
    .out = {{"output", "C"}},
    .types = {{"R", TN_BIT(TN_F32) | TN_BIT(TN_F64)}, {"C", TN_COMPLEX}},
    .infer = to_complex_infer,
    .ref = copy_ref,
    .view = tni_view_same,
};
