// SPDX-License-Identifier: Apache-2.0
// skip_layer_norm.c - com.microsoft's fused transformer pieces, as the formulas that they are: normalisation
// of input + skip + bias, and LayerNormalization of word + position + segment embeddings. What was fused for
// one runtime is fused again for this one: the sums belong to the products ahead.
#include "op/formula.h"

#include <stdio.h>

static bool wanted(const tni_spec *s, int out) { return out < s->nout && s->outs[out] && *s->outs[out]; }

static double take_epsilon(tni_spec *s) {
    double epsilon = tni_spec_float(s, "epsilon", 1e-12);
    tni_spec_drop(s, "epsilon");
    return epsilon;
}

// ------------------------------------------------------------------------- input + skip (+ bias)

// Outputs 1 and 2 of a norm that takes no mean off: 0, and one over the root of the mean square.
static void rms_statistics(const tni_spec *s, double epsilon, char to[256]) {
    to[0] = 0;
    if (!wanted(s, 1) && !wanted(s, 2)) return;
    snprintf(to, 256,
             "w = Cast(a){to=1}; q = Mul(w, w); m = ReduceMean(q, [-1]); %s e = CastLike(%.16e, m);"
             "v = Add(m, e); r = Sqrt(v); %s",
             wanted(s, 1) ? "$1 = Sub(m, m);" : "", epsilon, wanted(s, 2) ? "$2 = Reciprocal(r);" : "");
}

static tn_status skip_norm(tni_spec *s, bool rms) {
    double epsilon = take_epsilon(s);
    char sum[64], more[256] = "";
    int bias = rms ? 3 : 4, most = rms ? 1 : 3;
    snprintf(sum, sizeof sum, "b = Add(#0, #%d); a = Add(b, #1);", bias);
    if (rms) rms_statistics(s, epsilon, more);
    TN_TRY(tni_formula(s, "%s %s %s = %s(a, #2%s){axis=-1, epsilon=%.16e}",
                       tni_spec_has(s, bias) ? sum : "a = Add(#0, #1);",
                       wanted(s, 3) ? "$3 = Identity(a);" : "", more,
                       rms ? "RMSNormalization" : "LayerNormalization", rms ? "" : ", #3", epsilon));
    if (s->nout > most) s->nout = most;
    return TN_OK;
}

static tn_status skip_layer_norm(tni_spec *s) { return skip_norm(s, false); }
static tn_status skip_rms_norm(tni_spec *s) { return skip_norm(s, true); }

// ----------------------------------------------------------------------------------------- embedding

enum { IDS, SEGMENTS, WORDS, POSITIONS, SEGMENT_TABLE, GAMMA, BETA, MASK, POSITION_IDS };

// Output 1: how many of a sample's words the mask keeps.
static const char *mask_lengths(const tni_spec *s) {
    if (!wanted(s, 1)) return "";
    if (tni_spec_has(s, MASK))
        return "one = CastLike(1i, #7); kept = Equal(#7, one); n = Cast(kept){to=6};"
               "$1 = ReduceSum(n, [1]){keepdims=0};";
    return "n = Sub(#0, #0); $1 = ReduceSum(n, [1]){keepdims=0};";
}

static tn_status embed_layer_norm(tni_spec *s) {
    double epsilon = take_epsilon(s);
    tni_spec_drop(s, "mask_index_type");
    const char *places = tni_spec_has(s, POSITION_IDS)
                             ? "p = Gather(#3, #8);"
                             : "l = Shape(#0){start=1, end=2}; p = Slice(#3, [0], l, [0]);";
    const char *segments = !tni_spec_has(s, SEGMENT_TABLE) ? "a = Identity(b);"
                           : tni_spec_has(s, SEGMENTS)     ? "t = Gather(#4, #1); a = Add(b, t);"
                                                           : "t = Slice(#4, [0], [1], [0]); a = Add(b, t);";
    TN_TRY(tni_formula(s,
                       "%s w = Gather(#2, #0); %s b = Add(w, p); %s %s"
                       "= LayerNormalization(a, #5, #6){axis=-1, epsilon=%.16e}",
                       mask_lengths(s), places, segments, wanted(s, 2) ? "$2 = Identity(a);" : "", epsilon));
    s->nout = 1;
    return TN_OK;
}

// --------------------------------------------------------------------------------------- definitions

#define MICROSOFT .domain = "com.microsoft", .since = 1, .types = {{"T", TN_FLOATS}, {"U", TN_FLOATS}}
#define EPSILON \
    { "epsilon", TN_ATTR_FLOAT, .f = 1e-12 }
#define SKIP_OUTPUTS \
    .out = {{"output", "T"}, {"mean", "U"}, {"inv_std_var", "U"}, {"input_skip_bias_sum", "T"}}

TN_OP(ms_skip_layer_norm) = {
    TN_HERE,
    .name = "SkipLayerNormalization",
    MICROSOFT,
    .doc = "LayerNormalization of input + skip + bias",
    .in = {{"input", "T"},
           {"skip", "T"},
           {"gamma", "T"},
           {"beta", "T", TN_OPTIONAL_IN},
           {"bias", "T", TN_OPTIONAL_IN}},
    SKIP_OUTPUTS,
    .attrs = {EPSILON},
    .upgrade = skip_layer_norm,
};

TN_OP(ms_skip_rms_norm) = {
    TN_HERE,
    .name = "SkipSimplifiedLayerNormalization",
    MICROSOFT,
    .doc = "RMSNormalization of input + skip + bias",
    .in = {{"input", "T"}, {"skip", "T"}, {"gamma", "T"}, {"bias", "T", TN_OPTIONAL_IN}},
    SKIP_OUTPUTS,
    .attrs = {EPSILON},
    .upgrade = skip_rms_norm,
};

TN_OP(ms_embed_layer_norm) = {
    TN_HERE,
    .name = "EmbedLayerNormalization",
    MICROSOFT,
    .doc = "LayerNormalization of word + position + segment embeddings",
    .in = {{"input_ids", "i32"},
           {"segment_ids", "i32", TN_OPTIONAL_IN},
           {"word_embedding", "T"},
           {"position_embedding", "T"},
           {"segment_embedding", "T", TN_OPTIONAL_IN},
           {"gamma", "T"},
           {"beta", "T"},
           {"mask", "i32", TN_OPTIONAL_IN},
           {"position_ids", "i32", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"mask_index", "i32"}, {"embedding_sum", "T"}},
    .attrs = {EPSILON, {"mask_index_type", TN_ATTR_INT, .i = 0}},
    .upgrade = embed_layer_norm,
};
