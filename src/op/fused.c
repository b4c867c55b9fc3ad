// SPDX-License-Identifier: Apache-2.0
// fused.c - tn.Conv, tn.ConvTranspose and tn.Gemm: what the fusing passes make of Conv, ConvTranspose, Gemm
// and MatMul with what follows them,
//
//     Y = activation(sum + bias + Z)
//
// in one rounding. Their kernels are those of Conv and Gemm with an epilogue. B of tn.Gemm may be narrower
// than A: weights that are stored in 16 bits. Where A stands for a tensor of B's type as well (`rounds_a`), a
// kernel may round it to that type first; so may one X and W of a tn.Conv that is marked `bf16`.
#include "op/conv.h"
#include "op/matmul.h"

// The residual has exactly the result's shape, so that it may be read and written at one index.
static tn_status check_residual(tn_infer *c, int i) {
    const tn_type *y = tni_out_type(c, 0);
    if (!tni_ranked(c, i) || !y || y->rank < 0) return TN_OK;
    const tn_type *z = &c->in[i]->type;
    TN_TRY(tni_want_rank(c, i, "the residual", y->rank, y->rank));
    for (int d = 0; d < y->rank; d++) TN_TRY(tni_want_dim(c, z->dim[d], y->dim[d], "size of the residual"));
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- tn.Conv

static tn_status conv_infer(tn_infer *c) {
    TN_TRY(tni_activation_check(c));
    TN_TRY(tni_conv_infer(c, 0, 1, c->in[0]->type.dtype));
    TN_TRY(tni_conv_check_bias(c, 1, 2));
    return check_residual(c, 3);
}

static tn_status conv_ref(tn_call *c) { return tni_conv_ref(c, tni_arg(c, 3)); }

TN_OP(tn_conv) = {
    TN_HERE,
    .name = "Conv",
    .domain = "tn",
    .since = 1,
    .doc = "Conv, plus a residual, through an activation",
    .in = {{"X", "T"}, {"W", "T"}, {"B", "T", TN_OPTIONAL_IN}, {"Z", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {TNI_CONV_ATTRS, TNI_ACTIVATION_ATTRS, {.name = "bf16", .kind = TN_ATTR_INT, .max = 1}},
    .infer = conv_infer,
    .ref = conv_ref,
};

// ---------------------------------------------------------------------------------------- tn.ConvTranspose

static tn_status transpose_infer(tn_infer *c) {
    TN_TRY(tni_activation_check(c));
    return tni_conv_transpose_infer(c);
}

TN_OP(tn_conv_transpose) = {
    TN_HERE,
    .name = "ConvTranspose",
    .domain = "tn",
    .since = 1,
    .doc = "ConvTranspose through an activation",
    .in = {{"X", "T"}, {"W", "T"}, {"B", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {TNI_CONV_TRANSPOSE_ATTRS, TNI_ACTIVATION_ATTRS},
    .infer = transpose_infer,
    .ref = tni_conv_transpose_ref,
};

// ---------------------------------------------------------------------------------------------- tn.Gemm

static tn_status gemm_infer(tn_infer *c) {
    TN_TRY(tni_activation_check(c));
    TN_TRY(tni_want_rank(c, 0, "A", 2, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "B", 2, TN_MAX_RANK));
    TN_TRY(tni_matmul_infer(c, 0, 1, tn_attr_int(c->attrs, "transA") != 0,
                            tn_attr_int(c->attrs, "transB") != 0, c->in[0]->type.dtype));
    TN_TRY(tni_check_bias(c, 2));
    return check_residual(c, 3);
}

static tn_status gemm_ref(tn_call *c) { return tni_gemm_ref(c, tni_arg(c, 3)); }

TN_OP(tn_gemm) = {
    TN_HERE,
    .name = "Gemm",
    .domain = "tn",
    .since = 1,
    .doc = "alpha * A * B + beta * C + Z through an activation; batched as MatMul, either side transposed",
    .in = {{"A", "T"}, {"B", "TB"}, {"C", "T", TN_OPTIONAL_IN}, {"Z", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}, {"TB", TN_FLOATS}},
    .attrs = {TNI_GEMM_ATTRS, TNI_ACTIVATION_ATTRS, {.name = "rounds_a", .kind = TN_ATTR_INT, .max = 1}},
    .infer = gemm_infer,
    .ref = gemm_ref,
};
