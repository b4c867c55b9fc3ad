// SPDX-License-Identifier: Apache-2.0
// contrib_formula.c - com.microsoft operators that are other operators under another name or a few of them in
// a row: each is read as a formula.
#include "op/formula.h"

#include <stdio.h>

#define MS(name_, doc_, upgrade_, ...)                                                                   \
    {                                                                                                    \
        TN_HERE, .name = name_, .domain = "com.microsoft", .since = 1, .doc = doc_, .upgrade = upgrade_, \
                 __VA_ARGS__                                                                             \
    }
#define REALS .types = {{"T", TN_FLOATS}}
#define ANY .types = {{"T", TN_ANY_DTYPE}}

// ---------------------------------------------------------------------------------------- other names

static tn_status expand_dims(tni_spec *s) {
    return tni_formula(s, "a = Cast(#1){to=7}; b = Reshape(a, [-1]); = Unsqueeze(#0, b)");
}
static tn_status gather_nd(tni_spec *s) { return tni_formula(s, "i = Cast(#1){to=7}; = GatherND(#0, i)"); }
static tn_status grid_sample(tni_spec *s) { return tni_formula(s, "= GridSample(#0, #1)"); }
static tn_status trilu(tni_spec *s) { return tni_formula(s, "= Trilu(#0, #1)"); }
static tn_status torch_embedding(tni_spec *s) { return tni_formula(s, "= Gather(#0, #1)"); }
static tn_status quantize(tni_spec *s) { return tni_formula(s, "= QuantizeLinear(#0, #1, #2)"); }
static tn_status dequantize(tni_spec *s) { return tni_formula(s, "= DequantizeLinear(#0, #1, #2)"); }

static tn_status transpose_matmul(tni_spec *s) {
    tni_spec_drop(s, "activation_gamma"); // of no activation that is fused
    tni_spec_drop(s, "activation_axis");
    return tni_formula(s, "= com.microsoft.FusedMatMul(#0, #1)");
}

static tn_status pad(tni_spec *s) {
    if (!tni_spec_has(s, 2)) return tni_formula(s, "p = Reshape(#1, [-1]); = Pad(#0, p)");
    return tni_formula(s, "p = Reshape(#1, [-1]); v = Reshape(#2, []); = Pad(#0, p, v)");
}

static tn_status range(tni_spec *s) {
    if (!tni_spec_has(s, 2))
        return tni_formula(s, "a = Reshape(#0, []); b = Reshape(#1, []); = Range(a, b, 1)");
    return tni_formula(s, "a = Reshape(#0, []); b = Reshape(#1, []); d = Reshape(#2, []); = Range(a, b, d)");
}

// Its outputs are ONNX' first, third and fourth.
static tn_status unique(tni_spec *s) {
    const char **outs = tni_arena_zalloc(&s->graph->root->arena, 4 * sizeof *outs);
    if (!outs) return TN_NOMEM;
    for (int i = 0; i < s->nout && i < 3; i++) outs[i ? i + 1 : 0] = s->outs[i];
    if (s->nout > 1) s->nout++;
    s->outs = outs;
    TN_TRY(tni_spec_put(s, TN_A_INT("sorted", 0)));
    return tni_formula(s, "= Unique(#0)");
}

TN_OP(ms_expand_dims) = MS("ExpandDims", "read as Unsqueeze", expand_dims,
                           .in = {{"X", "T"}, {"axis", "i32"}}, .out = {{"Y", "T"}}, ANY);
TN_OP(ms_gather_nd) = MS("GatherND", "read as GatherND", gather_nd, .in = {{"data", "T"}, {"indices", "I"}},
                         .out = {{"output", "T"}}, .types = {{"T", TN_ANY_DTYPE}, {"I", TN_INDEXES}});
TN_OP(ms_grid_sample) = MS("GridSample", "read as GridSample", grid_sample, .in = {{"X", "T"}, {"Grid", "T"}},
                           .out = {{"Y", "T"}}, REALS);
TN_OP(ms_trilu) = MS("Trilu", "read as Trilu", trilu, .in = {{"X", "T"}, {"k", "i64", TN_OPTIONAL_IN}},
                     .out = {{"Y", "T"}}, ANY);
TN_OP(ms_torch_embedding) = MS("TorchEmbedding", "read as Gather", torch_embedding,
                               .in = {{"weight", "T"},
                                      {"indices", "i64"},
                                      {"padding_idx", "i64", TN_OPTIONAL_IN},
                                      {"scale_grad_by_freq", "bool", TN_OPTIONAL_IN}},
                               .out = {{"Y", "T"}}, ANY);
TN_OP(ms_quantize_linear) = MS("QuantizeLinear", "read as QuantizeLinear", quantize,
                               .in = {{"x", "T"}, {"y_scale", "T"}, {"y_zero_point", "Q", TN_OPTIONAL_IN}},
                               .out = {{"y", "Q"}}, .types = {{"T", TN_FLOATS}, {"Q", TN_ANY_DTYPE}});
TN_OP(ms_dequantize_linear) = MS("DequantizeLinear", "read as DequantizeLinear", dequantize,
                                 .in = {{"x", "Q"}, {"x_scale", "T"}, {"x_zero_point", "Q", TN_OPTIONAL_IN}},
                                 .out = {{"y", "T"}}, .types = {{"T", TN_FLOATS}, {"Q", TN_ANY_DTYPE}});
TN_OP(ms_transpose_matmul) = MS("TransposeMatMul", "read as FusedMatMul", transpose_matmul,
                                .in = {{"A", "T"}, {"B", "T"}}, .out = {{"Y", "T"}}, REALS);
TN_OP(ms_matmul_activation) = MS("FusedMatMulActivation", "read as FusedMatMul", transpose_matmul,
                                 .in = {{"A", "T"}, {"B", "T"}}, .out = {{"Y", "T"}}, REALS);
TN_OP(ms_pad) = MS("Pad", "read as Pad", pad,
                   .in = {{"data", "T"}, {"pads", "i64"}, {"value", "T", TN_OPTIONAL_IN}},
                   .out = {{"output", "T"}}, REALS);
TN_OP(ms_range) = MS("Range", "read as Range", range,
                     .in = {{"start", "T"}, {"limit", "T"}, {"delta", "T", TN_OPTIONAL_IN}},
                     .out = {{"Y", "T"}}, .types = {{"T", TN_NUMBERS}});
TN_OP(ms_unique) = MS("Unique", "read as Unique that keeps the order", unique, .in = {{"x", "T"}},
                      .out = {{"y", "T"}, {"idx", "i64"}, {"counts", "i64"}}, ANY);

// ------------------------------------------------------------------------------- sums, then an activation

static tn_status gemm_fast_gelu(tni_spec *s) {
    return tni_formula(s, "m = MatMul(#0, #1); = com.microsoft.FastGelu(m, #2)");
}
static tn_status gelu(tni_spec *s) { return tni_formula(s, "= Gelu(#0)"); }
static tn_status bias_gelu(tni_spec *s) { return tni_formula(s, "a = Add(#0, #1); = Gelu(a)"); }
static tn_status fast_gelu(tni_spec *s) {
    if (!tni_spec_has(s, 1)) return tni_formula(s, "= Gelu(#0){approximate='tanh'}");
    return tni_formula(s, "a = Add(#0, #1); = Gelu(a){approximate='tanh'}");
}
static tn_status quick_gelu(tni_spec *s) {
    if (!tni_spec_attr(s, "alpha")) TN_TRY(tni_spec_put(s, TN_A_FLOAT("alpha", 1.7020000219345093)));
    return tni_formula(s, "= Swish(#0)");
}
static tn_status bias_add(tni_spec *s) { return tni_formula(s, "a = Add(#0, #1); = Add(a, #2)"); }
static tn_status bias_split_gelu(tni_spec *s) {
    return tni_formula(s,
                       "a = Add(#0, #1); l:r = Split(a){axis=-1, num_outputs=2}; g = Gelu(r); = Mul(l, g)");
}
static tn_status bias_dropout(tni_spec *s) {
    return tni_formula(s, "a = Add(#0, #1); %s = Dropout(%s, #3, #4)",
                       tni_spec_has(s, 2) ? "b = Add(a, #2);" : "", tni_spec_has(s, 2) ? "b" : "a");
}

// All dimensions from the axis on are one, as in Softmax before opset 13.
static tn_status bias_softmax(tni_spec *s) {
    tni_spec_drop(s, "is_inner_broadcast"); // the shapes say it too
    if (!tni_spec_attr(s, "axis")) TN_TRY(tni_spec_put(s, TN_A_INT("axis", 1)));
    TN_TRY(tni_formula(s, "a = Add(#0, #1); = Softmax(a)"));
    s->opset = 11;
    return TN_OK;
}

TN_OP(ms_gemm_fast_gelu) = MS("GemmFastGelu", "FastGelu of a product with a bias", gemm_fast_gelu,
                              .in = {{"X", "T"}, {"W", "T"}, {"bias", "T", TN_OPTIONAL_IN}},
                              .out = {{"Y", "T"}}, REALS);
TN_OP(ms_gelu) = MS("Gelu", "exact Gelu", gelu, .in = {{"X", "T"}}, .out = {{"Y", "T"}}, REALS);
TN_OP(ms_quick_gelu) = MS("QuickGelu", "x * sigmoid(alpha*x)", quick_gelu, .in = {{"X", "T"}},
                          .out = {{"Y", "T"}}, REALS, .attrs = {{"alpha", TN_ATTR_FLOAT}});
TN_OP(ms_bias_gelu) = MS("BiasGelu", "exact Gelu of x + bias", bias_gelu, .in = {{"A", "T"}, {"B", "T"}},
                         .out = {{"C", "T"}}, REALS);
TN_OP(ms_fast_gelu) = MS("FastGelu", "Gelu with tanh, of x + bias when there is one", fast_gelu,
                         .in = {{"X", "T"}, {"bias", "T", TN_OPTIONAL_IN}}, .out = {{"Y", "T"}}, REALS);
TN_OP(ms_bias_add) = MS("BiasAdd", "X + bias + skip", bias_add,
                        .in = {{"X", "T"}, {"bias", "T"}, {"skip", "T"}}, .out = {{"Y", "T"}}, REALS);
TN_OP(ms_bias_split_gelu) = MS("BiasSplitGelu", "one half of X + bias times Gelu of the other",
                               bias_split_gelu, .in = {{"X", "T"}, {"bias", "T"}}, .out = {{"Y", "T"}},
                               REALS);
TN_OP(ms_bias_dropout) = MS("BiasDropout", "Dropout of sums", bias_dropout,
                            .in = {{"data", "T"},
                                   {"bias", "T"},
                                   {"residual", "T", TN_OPTIONAL_IN},
                                   {"ratio", "R", TN_OPTIONAL_IN},
                                   {"training_mode", "bool", TN_OPTIONAL_IN}},
                            .out = {{"output", "T"}, {"mask", "bool", TN_OPTIONAL_IN}},
                            .types = {{"T", TN_FLOATS}, {"R", TN_FLOATS}});
TN_OP(ms_bias_softmax) = MS("BiasSoftmax", "Softmax of data + bias", bias_softmax,
                            .in = {{"data", "T"}, {"bias", "T"}}, .out = {{"output", "T"}}, REALS);

// ---------------------------------------------------------------------------------- group normalisation

// Channels are last by default; the activation is Swish or none.
static tn_status group_norm_of(tni_spec *s, const char *first, const char *x) {
    bool last = tni_spec_int(s, "channels_last", 1) != 0, act = tni_spec_int(s, "activation", 0) != 0;
    long long groups = tni_spec_int(s, "groups", 1);
    double epsilon = tni_spec_float(s, "epsilon", 1e-5);
    const char *front = last ? tni_formula_perm(s, true) : "", *back = last ? tni_formula_perm(s, false) : "";
    if (!front || !back) return TN_INVALID;
    s->nattr = 0;
    char in[128] = "", out[96] = "";
    if (last) {
        snprintf(in, sizeof in, "t = Transpose(%s){perm=%s};", x, front);
        snprintf(out, sizeof out, "%s = Transpose(%s){perm=%s}", act ? "a = Swish(g);" : "", act ? "a" : "g",
                 back);
    } else {
        snprintf(out, sizeof out, "= %s(g)", act ? "Swish" : "Identity");
    }
    return tni_formula(s,
                       "%s %s b = CastLike(#1, #0); c = CastLike(#2, #0);"
                       "g = GroupNormalization(%s, b, c){num_groups=%lld, epsilon=%.16e}; %s",
                       first, in, last ? "t" : x, groups, epsilon, out);
}

static tn_status group_norm(tni_spec *s) { return group_norm_of(s, "", "#0"); }

// skip may be [N, C]; the sum that is normalised is the second output.
static tn_status skip_group_norm(tni_spec *s) {
    if (!tni_spec_has(s, 3)) return tni_spec_fail(s, NULL, "skip is missing");
    const char *skip = s->in[3]->info.type.rank == 2 ? "k = Unsqueeze(#3, [1, 2]); " : "k = Identity(#3); ";
    char first[160];
    bool sum = s->nout > 1 && s->outs[1] && *s->outs[1];
    snprintf(first, sizeof first, "%s a0 = Add(#0, k); %s $1 = Identity(%s);", skip,
             tni_spec_has(s, 4) ? "a1 = Add(a0, #4);" : "a1 = Identity(a0);", "a1");
    if (!sum) *strchr(first, '$') = 0; // nobody wants it
    TN_TRY(group_norm_of(s, first, "a1"));
    s->nout = 1;
    return TN_OK;
}

#define GROUP_ATTRS                                                                         \
    {"channels_last", TN_ATTR_INT}, {"activation", TN_ATTR_INT}, {"groups", TN_ATTR_INT}, { \
        "epsilon", TN_ATTR_FLOAT                                                            \
    }

TN_OP(ms_group_norm) = MS("GroupNorm", "GroupNormalization, channels last, with Swish", group_norm,
                          .in = {{"X", "T"}, {"gamma", "M"}, {"beta", "M"}}, .out = {{"Y", "T"}},
                          .types = {{"T", TN_FLOATS}, {"M", TN_FLOATS}}, .attrs = {GROUP_ATTRS});
TN_OP(ms_skip_group_norm) =
    MS("SkipGroupNorm", "GroupNorm of a sum", skip_group_norm,
       .in = {{"X", "T"}, {"gamma", "M"}, {"beta", "M"}, {"skip", "T"}, {"bias", "T", TN_OPTIONAL_IN}},
       .out = {{"Y", "T"}, {"S", "T", TN_OPTIONAL_IN}}, .types = {{"T", TN_FLOATS}, {"M", TN_FLOATS}},
       .attrs = {GROUP_ATTRS});

// ---------------------------------------------------------------------------------------------- spectra

static tn_status spectrum_dims(tni_spec *s, long long *n, bool *onesided) {
    *n = tni_spec_int(s, "signal_ndim", 1);
    *onesided = tni_spec_int(s, "onesided", 1) != 0;
    if (*n < 1 || *n > 3) return tni_spec_fail(s, NULL, "signal_ndim is %lld; 1 to 3 can be read", *n);
    if (tni_spec_int(s, "normalized", 0)) return tni_spec_fail(s, NULL, "normalized = 1 is not defined");
    s->nattr = 0;
    return TN_OK;
}

// Along the last axis first, then the others; the last dimension of DFT's values is the part.
static tn_status rfft(tni_spec *s) {
    long long n;
    bool onesided;
    TN_TRY(spectrum_dims(s, &n, &onesided));
    return tni_formula(s, "u = Unsqueeze(#0, [-1]); a = DFT(u, _, -2i){onesided=%d}; %s %s", onesided,
                       n > 1 ? "b = DFT(a, _, -3i);" : "",
                       n == 1   ? "= Identity(a)"
                       : n == 2 ? "= Identity(b)"
                                : "= DFT(b, _, -4i)");
}

static tn_status irfft(tni_spec *s) {
    long long n;
    bool onesided;
    TN_TRY(spectrum_dims(s, &n, &onesided));
    const char *outer[] = {"a = Identity(#0);", "a = DFT(#0, _, -3i){inverse=1};",
                           "b = DFT(#0, _, -4i){inverse=1}; a = DFT(b, _, -3i){inverse=1};"};
    return tni_formula(s, "%s r = DFT(a, _, -2i){inverse=1, onesided=%d}; %s = Squeeze(%s, [-1])",
                       outer[n - 1], onesided, onesided ? "" : "p = Slice(r, [0], [1], [-1]);",
                       onesided ? "r" : "p");
}

TN_OP(ms_rfft) = MS("Rfft", "spectrum of real signals", rfft, .in = {{"X", "T"}}, .out = {{"Y", "T"}}, REALS);
TN_OP(ms_irfft) = MS("Irfft", "real signals of spectra", irfft, .in = {{"X", "T"}}, .out = {{"Y", "T"}},
                     REALS);

// ------------------------------------------------------------------------------------- channels last, pads

static tn_status channels_last(tni_spec *s, const char *op, const char *operands) {
    const char *front = tni_formula_perm(s, true), *back = tni_formula_perm(s, false);
    if (!front || !back) return TN_INVALID;
    return tni_formula(s, "x = Transpose(#0){perm=%s}; y = %s(x%s){*}; = Transpose(y){perm=%s}", front, op,
                       operands, back);
}

static tn_status nhwc_conv(tni_spec *s) { return channels_last(s, "Conv", ", #1, #2"); }
static tn_status nhwc_max_pool(tni_spec *s) { return channels_last(s, "MaxPool", ""); }

static tn_status nhwc_fused_conv(tni_spec *s) {
    const char *front = tni_formula_perm(s, true), *back = tni_formula_perm(s, false);
    if (!front || !back) return TN_INVALID;
    if (!tni_spec_has(s, 3)) return channels_last(s, "com.microsoft.FusedConv", ", #1, #2");
    return tni_formula(s,
                       "x = Transpose(#0){perm=%s}; z = Transpose(#3){perm=%s};"
                       "y = com.microsoft.FusedConv(x, #1, #2, z){*}; = Transpose(y){perm=%s}",
                       front, front, back);
}

static tn_status qlinear_conv(tni_spec *s) {
    bool last = tni_spec_int(s, "channels_last", 0) != 0;
    tni_spec_drop(s, "channels_last");
    if (last) return channels_last(s, "QLinearConv", ", #1, #2, #3, #4, #5, #6, #7, #8");
    return tni_formula(s, "= QLinearConv(#0, #1, #2, #3, #4, #5, #6, #7, #8)");
}

// Pads that the run brings: the whole result is made, and what they name is cut off.
static tn_status cut_conv_transpose(tni_spec *s) {
    int n = s->in[1]->info.type.rank - 2;
    char axes[64] = "";
    if (n < 1 || n > 6) return tni_spec_fail(s, NULL, "W must have a known rank of 3 to 8");
    if (strcmp(tni_spec_string(s, "auto_pad", "NOTSET"), "NOTSET") != 0)
        return tni_spec_fail(s, NULL, "auto_pad and the input Pads exclude each other");
    for (int d = 0; d < n; d++)
        snprintf(axes + strlen(axes), sizeof axes - strlen(axes), "%s%d", d ? "," : "", d + 2);
    return tni_formula(
        s,
        "y = ConvTranspose(#0, #1, #3){*}; z = Shape(y){start=2}; b = Slice(#2, [0], [%d], [0]);"
        "e = Slice(#2, [%d], [%d], [0]); f = Sub(z, e); = Slice(y, b, f, [%s])",
        n, n, 2 * n, axes);
}

static tn_status conv_transpose(tni_spec *s) {
    int64_t pads[TN_MAX_CONTENT];
    size_t n;
    if (tni_spec_has(s, 2)) {
        if (!tni_const_ints(&s->in[2]->info, pads, &n)) return cut_conv_transpose(s);
        TN_TRY(tni_spec_put(s, TN_A_INTS("pads", pads, n)));
    }
    return tni_formula(s, "= ConvTranspose(#0, #1, #3)");
}

#define CONV_IN \
    {"X", "T"}, {"W", "T"}, { "B", "T", TN_OPTIONAL_IN }

TN_OP(ms_nhwc_conv) = MS("NhwcConv", "Conv, channels last", nhwc_conv, .in = {CONV_IN}, .out = {{"Y", "T"}},
                         REALS);
TN_OP(ms_nhwc_fused_conv) = MS("NhwcFusedConv", "FusedConv, channels last", nhwc_fused_conv,
                               .in = {CONV_IN, {"Z", "T", TN_OPTIONAL_IN}}, .out = {{"Y", "T"}}, REALS);
TN_OP(ms_nhwc_max_pool) = MS("NhwcMaxPool", "MaxPool, channels last", nhwc_max_pool, .in = {{"x", "T"}},
                             .out = {{"y", "T"}}, .types = {{"T", TN_NUMBERS}});
TN_OP(ms_qlinear_conv) = MS("QLinearConv", "QLinearConv, perhaps channels last", qlinear_conv,
                            .in = {{"x", "T1"},
                                   {"x_scale", "f32"},
                                   {"x_zero_point", "T1"},
                                   {"w", "T2"},
                                   {"w_scale", "f32"},
                                   {"w_zero_point", "T2"},
                                   {"y_scale", "f32"},
                                   {"y_zero_point", "T3"},
                                   {"B", "i32", TN_OPTIONAL_IN}},
                            .out = {{"y", "T3"}},
                            .types = {{"T1", TNI_INT8S}, {"T2", TNI_INT8S}, {"T3", TNI_INT8S}});
TN_OP(ms_conv_transpose) =
    MS("ConvTransposeWithDynamicPads", "ConvTranspose, pads as an input", conv_transpose,
       .in = {{"X", "T"}, {"W", "T"}, {"Pads", "i64", TN_OPTIONAL_IN}, {"B", "T", TN_OPTIONAL_IN}},
       .out = {{"Y", "T"}}, REALS);

// ------------------------------------------------------------------------------------------ one-step
// decoders

// One new token with its cache, as MultiHeadAttention has it; beams and shared buffers are for generation
// loops.
static tn_status decoder_attention(tni_spec *s) {
    if (tni_spec_has(s, 8) || tni_spec_has(s, 9) || tni_spec_int(s, "past_present_share_buffer", 0))
        return tni_spec_fail(s, "export the model without the beam search fused in",
                             "shared past and present buffers and beams cannot be read");
    tni_spec_drop(s, "past_present_share_buffer");
    tni_spec_drop(s, "output_qk");
    return tni_formula(s, "= com.microsoft.MultiHeadAttention(#0, #1, #2, #10, #3, #4, #5, #6)");
}

TN_OP(ms_decoder_attention) = MS("DecoderMaskedMultiHeadAttention", "MultiHeadAttention of one new token",
                                 decoder_attention,
                                 .in = {{"query", "T"},
                                        {"key", "T", TN_OPTIONAL_IN},
                                        {"value", "T", TN_OPTIONAL_IN},
                                        {"mask_index", "i32", TN_OPTIONAL_IN},
                                        {"attention_bias", "T", TN_OPTIONAL_IN},
                                        {"past_key", "T", TN_OPTIONAL_IN},
                                        {"past_value", "T", TN_OPTIONAL_IN},
                                        {"past_sequence_length", "i32", TN_OPTIONAL_IN},
                                        {"beam_width", "i32", TN_OPTIONAL_IN},
                                        {"cache_indirection", "i32", TN_OPTIONAL_IN},
                                        {"bias", "T", TN_OPTIONAL_IN}},
                                 .out = {{"output", "T"},
                                         {"present_key", "T", TN_OPTIONAL_IN},
                                         {"present_value", "T", TN_OPTIONAL_IN},
                                         {"qk", "T", TN_OPTIONAL_IN}},
                                 REALS);
