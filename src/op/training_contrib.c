// SPDX-License-Identifier: Apache-2.0
// training_contrib.c - com.microsoft operators that training leaves behind (BitmaskDropout,
// BitmaskBiasDropout) and the rotary embedding of Gemma as its training writes it: read as formulas. Nothing
// is dropped in inference.
#include "op/formula.h"

static tn_status no_mask(tni_spec *s) {
    if (s->nout > 1 && s->outs[1] && *s->outs[1])
        return tni_spec_fail(s, "leave the mask out: inference drops nothing",
                             "the mask in bits is not made");
    s->nout = 1;
    s->nattr = 0; // the seed
    return TN_OK;
}

static tn_status bitmask_dropout(tni_spec *s) {
    TN_TRY(no_mask(s));
    return tni_formula(s, "= Dropout(#0, #1, #2)");
}

static tn_status bitmask_bias_dropout(tni_spec *s) {
    TN_TRY(no_mask(s));
    return tni_formula(s, "a = Add(#0, #1); b = %s; = Dropout(b, #3, #4)",
                       tni_spec_has(s, 2) ? "Add(a, #2)" : "Identity(a)");
}

static tn_status gemma_rotary(tni_spec *s) {
    TN_TRY(tni_formula(s,
                       "si = Sin(#0); sc = CastLike(si, #1); sn = Unsqueeze(sc, [1]); co = Cos(#0);"
                       "cc = CastLike(co, #1); cs = Unsqueeze(cc, [1]); kc = Mul(#3, cs); ks = Mul(#4, sn);"
                       "$1 = Add(kc, ks); qc = Mul(#1, cs); qs = Mul(#2, sn); = Add(qc, qs)"));
    s->nout = 1;
    return TN_OK;
}

TN_OP(ms_bitmask_dropout) = {
    TN_HERE,
    .name = "BitmaskDropout",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Dropout whose mask is in bits",
    .in = {{"data", "T"}, {"ratio", "R", TN_OPTIONAL_IN}, {"training_mode", "bool", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"mask", "u32", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}, {"R", TN_FLOATS}},
    .upgrade = bitmask_dropout,
};
TN_OP(ms_bitmask_bias_dropout) = {
    TN_HERE,
    .name = "BitmaskBiasDropout",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Dropout of sums whose mask is in bits",
    .in = {{"data", "T"},
           {"bias", "T"},
           {"residual", "T", TN_OPTIONAL_IN},
           {"ratio", "R", TN_OPTIONAL_IN},
           {"training_mode", "bool", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"mask", "u32", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}, {"R", TN_FLOATS}},
    .upgrade = bitmask_bias_dropout,
};
TN_OP(ms_gemma_rotary_embedding) = {
    TN_HERE,
    .name = "GemmaRotaryEmbedding",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "queries and keys turned by the angles of an embedding",
    .in = {{"emb", "U"}, {"q", "T"}, {"q_rot", "T"}, {"k", "T"}, {"k_rot", "T"}},
    .out = {{"output1", "T"}, {"output2", "T", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}, {"U", TN_FLOATS}},
    .upgrade = gemma_rotary,
};
