// SPDX-License-Identifier: Apache-2.0
// contrib.c - com.microsoft operators that ONNX Runtime's optimiser leaves in saved models and that are fused
// forms of ours: FusedConv, FusedGemm, FusedMatMul. They become tn.Conv and tn.Gemm when they are read.
#include "op/op.h"

static tn_status become(tni_spec *s, const char *op) {
    s->domain = "tn";
    s->op = op;
    return TN_OK;
}

#define FLOAT_IN \
    { "T", TN_FLOATS }

// ---------------------------------------------------------------------------------------------- FusedConv

// activation_params are the activation's factors in order.
static tn_status conv_upgrade(tni_spec *s) {
    static const char *const names[] = {"activation_alpha", "activation_beta"};
    const tn_attr *list = tni_spec_attr(s, "activation_params");
    if (list && (list->kind != TN_ATTR_FLOATS || list->n > 2))
        return tni_spec_fail(s, NULL, "activation_params must be at most two floats");
    float params[2] = {0};
    size_t n = list ? list->n : 0;
    for (size_t i = 0; i < n; i++) params[i] = list->floats[i];
    tni_spec_drop(s, "activation_params");
    for (size_t i = 0; i < n; i++) TN_TRY(tni_spec_put(s, TN_A_FLOAT(names[i], (double)params[i])));
    return become(s, "Conv");
}

TN_OP(fused_conv) = {
    TN_HERE,
    .name = "FusedConv",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Conv with an activation: read as tn.Conv",
    .in = {{"X", "T"}, {"W", "T"}, {"B", "T", TN_OPTIONAL_IN}, {"Z", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {FLOAT_IN},
    .upgrade = conv_upgrade,
};

// ---------------------------------------------------------------------------------------------- FusedGemm

static tn_status gemm_upgrade(tni_spec *s) {
    tni_spec_drop(s, "activation_gamma"); // of no activation that is fused
    return become(s, "Gemm");
}

TN_OP(fused_gemm) = {
    TN_HERE,
    .name = "FusedGemm",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Gemm with an activation: read as tn.Gemm",
    .in = {{"A", "T"}, {"B", "T"}, {"C", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {FLOAT_IN},
    .upgrade = gemm_upgrade,
};

// ---------------------------------------------------------------------------------------------- FusedMatMul

// [m, batch..., k] -> [batch..., m, k]
static tn_status move_batch(tni_spec *s, const char *flag, int i) {
    bool wanted = tni_spec_int(s, flag, 0) != 0;
    tni_spec_drop(s, flag);
    if (!wanted) return TN_OK;
    int rank = i < s->nin && s->in[i] ? s->in[i]->info.type.rank : -1;
    if (rank < 2) return tni_spec_fail(s, NULL, "%s needs an input of known rank, 2 or more", flag);
    int64_t perm[TN_MAX_RANK];
    for (int d = 0; d < rank - 2; d++) perm[d] = d + 1;
    perm[rank - 2] = 0;
    perm[rank - 1] = rank - 1;
    const tn_attr attr = TN_A_INTS("perm", perm, (size_t)rank);
    tni_value *v = tni_spec_emit(s, "Transpose", 1, &s->in[i], 1, &attr);
    return v ? tni_spec_input(s, i, v) : TN_INVALID;
}

static tn_status matmul_upgrade(tni_spec *s) {
    TN_TRY(move_batch(s, "transBatchA", 0));
    TN_TRY(move_batch(s, "transBatchB", 1));
    return become(s, "Gemm");
}

TN_OP(fused_matmul) = {
    TN_HERE,
    .name = "FusedMatMul",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "MatMul with transposed inputs and a factor: read as tn.Gemm",
    .in = {{"A", "T"}, {"B", "T"}},
    .out = {{"Y", "T"}},
    .types = {FLOAT_IN},
    .upgrade = matmul_upgrade,
};
