// SPDX-License-Identifier: Apache-2.0
// contrib_quant.c - com.microsoft operators of quantised models that are others in a row: products of
// integers that become real, layers whose weights are integers, sums of integers.
#include "op/formula.h"

#define MS(name_, doc_, upgrade_, ...)                                                                   \
    {                                                                                                    \
        TN_HERE, .name = name_, .domain = "com.microsoft", .since = 1, .doc = doc_, .upgrade = upgrade_, \
                 __VA_ARGS__                                                                             \
    }

// ------------------------------------------------------------------------------------------- products

static tn_status integer_to_float(tni_spec *s) {
    return tni_formula(s, "p = MatMulInteger(#0, #1, #4, #5); f = CastLike(p, #2); k = Mul(#2, #3); %s",
                       tni_spec_has(s, 6) ? "y = Mul(f, k); = Add(y, #6)" : "= Mul(f, k)");
}

static tn_status dynamic_matmul(tni_spec *s) {
    return tni_formula(
        s,
        "q:a:z = DynamicQuantizeLinear(#0); p = MatMulInteger(q, #1, z, #3); f = Cast(p){to=1};"
        "k = Mul(a, #2); %s",
        tni_spec_has(s, 4) ? "y = Mul(f, k); = Add(y, #4)" : "= Mul(f, k)");
}

static tn_status matmul_16(tni_spec *s) {
    bool whole = tni_spec_has(s, 0) && tni_spec_has(s, 1) && s->in[0]->info.type.dtype == TN_U16 &&
                 s->in[1]->info.type.dtype == TN_U16;
    int to = whole ? TN_U32 : TN_I32;
    return tni_formula(s, "a = Cast(#0){to=%d}; b = Cast(#1){to=%d}; = MatMul(a, b)", to, to);
}

#define BYTES_TO_REAL .types = {{"T1", TNI_INT8S}, {"T2", TNI_INT8S}, {"T3", TN_FLOATS}}

TN_OP(ms_matmul_integer_to_float) = MS("MatMulIntegerToFloat", "MatMulInteger, scaled, with a bias",
                                       integer_to_float,
                                       .in = {{"A", "T1"},
                                              {"B", "T2"},
                                              {"a_scale", "T3"},
                                              {"b_scale", "T3"},
                                              {"a_zero_point", "T1", TN_OPTIONAL_IN},
                                              {"b_zero_point", "T2", TN_OPTIONAL_IN},
                                              {"bias", "T3", TN_OPTIONAL_IN}},
                                       .out = {{"Y", "T3"}}, BYTES_TO_REAL);
TN_OP(ms_dynamic_quantize_matmul) = MS("DynamicQuantizeMatMul",
                                       "product of A, quantised as it comes, and 8-bit weights",
                                       dynamic_matmul,
                                       .in = {{"A", "f32"},
                                              {"B", "T2"},
                                              {"b_scale", "f32"},
                                              {"b_zero_point", "T2", TN_OPTIONAL_IN},
                                              {"bias", "f32", TN_OPTIONAL_IN}},
                                       .out = {{"Y", "f32"}}, .types = {{"T2", TNI_INT8S}});
#define SHORTS (TN_BIT(TN_I16) | TN_BIT(TN_U16))
TN_OP(ms_matmul_integer_16) = MS(
    "MatMulInteger16", "product of 16-bit integers", matmul_16, .in = {{"A", "T1"}, {"B", "T2"}},
    .out = {{"Y", "T3"}}, .types = {{"T1", SHORTS}, {"T2", SHORTS}, {"T3", TN_BIT(TN_I32) | TN_BIT(TN_U32)}});

// ------------------------------------------------------------------------------- weights that are integers

// "name = DequantizeLinear(...)" for inputs number x, scale and zero; a scale of one element is a scalar.
static const char *real(tni_spec *s, const char *name, int x, int scale, int zero, int axis) {
    const tn_type *t = tni_spec_has(s, scale) ? &s->in[scale]->info.type : NULL;
    bool one = t && t->rank == 1 && tn_dim_is(t->dim[0], 1);
    tni_arena *a = &s->graph->root->arena;
    if (!tni_spec_has(s, x)) return tni_arena_printf(a, "%s = Identity(#0);", name); // not used
    if (!one)
        return tni_arena_printf(a, "%s = DequantizeLinear(#%d, #%d, #%d){axis=%d};", name, x, scale, zero,
                                axis);
    return tni_arena_printf(
        a, "%s.s = Reshape(#%d, []); %s %s = DequantizeLinear(#%d, %s.s, %s%s);", name, scale,
        tni_spec_has(s, zero) ? tni_arena_printf(a, "%s.z = Reshape(#%d, []);", name, zero) : "", name, x,
        name, tni_spec_has(s, zero) ? name : "_", tni_spec_has(s, zero) ? ".z" : "");
}

static tn_status q_attention(tni_spec *s) {
    const char *x = real(s, "x", 0, 3, 6, 1), *w = real(s, "w", 1, 4, 7, 1);
    if (!x || !w) return TN_NOMEM;
    return tni_formula(s, "%s %s = com.microsoft.Attention(x, w, #2, #5, #8)", x, w);
}

static tn_status q_embed(tni_spec *s) {
    const char *word = real(s, "w", 2, 8, 13, 1), *place = real(s, "p", 3, 9, 14, 1),
               *segment = real(s, "g", 4, 10, 15, 1), *gamma = real(s, "c", 5, 11, 16, 1),
               *beta = real(s, "b", 6, 12, 17, 1);
    if (!word || !place || !segment || !gamma || !beta) return TN_NOMEM;
    bool has = tni_spec_has(s, 4);
    return tni_formula(s,
                       "%s %s %s %s %s = com.microsoft.EmbedLayerNormalization(#0, #1, w, p, %s, c, b, #7)",
                       word, place, has ? segment : "", gamma, beta, has ? "g" : "_");
}

// W [directions, inputs, gates * hidden] with a scale for each direction, or for each gate's row too.
static tn_status real_gates(tni_spec *s, const char *name, int w, int scale, int zero, const char **to) {
    const tn_type *t = tni_spec_has(s, scale) ? &s->in[scale]->info.type : NULL;
    if (!t || !tni_spec_has(s, zero) || (t->rank != 1 && t->rank != 2))
        return tni_spec_fail(s, NULL, "scales and zero points of W and R must be given, of rank 1 or 2");
    const char *axes = t->rank == 1 ? "[1, 2]" : "[1]";
    *to = tni_arena_printf(&s->graph->root->arena,
                           "%s.q = Cast(#%d){to=1}; %s.n = Cast(#%d){to=1}; %s.z = Unsqueeze(%s.n, %s);"
                           "%s.s = Unsqueeze(#%d, %s); %s.d = Sub(%s.q, %s.z); %s.m = Mul(%s.d, %s.s);"
                           "%s = Transpose(%s.m){perm=[0,2,1]};",
                           name, w, name, zero, name, name, axes, name, scale, axes, name, name, name, name,
                           name, name, name, name);
    return *to ? TN_OK : TN_NOMEM;
}

static tn_status dynamic_lstm(tni_spec *s) {
    const char *w = NULL, *r = NULL;
    TN_TRY(real_gates(s, "w", 1, 8, 9, &w));
    TN_TRY(real_gates(s, "r", 2, 10, 11, &r));
    return tni_formula(s, "%s %s = LSTM(#0, w, r, #3, #4, #5, #6, #7)", w, r);
}

TN_OP(ms_q_attention) = MS("QAttention", "Attention of 8-bit inputs and weights", q_attention,
                           .in = {{"input", "T1"},
                                  {"weight", "T2"},
                                  {"bias", "T3"},
                                  {"input_scale", "T3"},
                                  {"weight_scale", "T3"},
                                  {"mask_index", "i32", TN_OPTIONAL_IN},
                                  {"input_zero_point", "T1", TN_OPTIONAL_IN},
                                  {"weight_zero_point", "T2", TN_OPTIONAL_IN},
                                  {"past", "T3", TN_OPTIONAL_IN}},
                           .out = {{"output", "T3"}, {"present", "T3", TN_OPTIONAL_IN}}, BYTES_TO_REAL);
TN_OP(ms_q_embed_layer_norm) = {
    TN_HERE,
    .name = "QEmbedLayerNormalization",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "EmbedLayerNormalization of 8-bit tables",
    .in = {{"inputs", "T", TN_VARIADIC | TN_MIXED}}, // eighteen, which the formula tells apart
    .out = {{"layernorm_out", "f32"}, {"mask_index_out", "i32"}},
    .types = {{"T", TNI_INT8S | TN_BIT(TN_I32) | TN_BIT(TN_F32)}},
    .upgrade = q_embed,
};
TN_OP(ms_dynamic_quantize_lstm) =
    MS("DynamicQuantizeLSTM", "LSTM with 8-bit weights; it computes in f32", dynamic_lstm,
       .in = {{"X", "f32"},
              {"W", "Q"},
              {"R", "Q"},
              {"B", "f32", TN_OPTIONAL_IN},
              {"sequence_lens", "i32", TN_OPTIONAL_IN},
              {"initial_h", "f32", TN_OPTIONAL_IN},
              {"initial_c", "f32", TN_OPTIONAL_IN},
              {"P", "f32", TN_OPTIONAL_IN},
              {"W_scale", "f32"},
              {"W_zero_point", "Q"},
              {"R_scale", "f32"},
              {"R_zero_point", "Q"}},
       .out = {{"Y", "f32", TN_OPTIONAL_IN}, {"Y_h", "f32", TN_OPTIONAL_IN}, {"Y_c", "f32", TN_OPTIONAL_IN}},
       .types = {{"Q", TNI_INT8S}});

// ----------------------------------------------------------------------------------------- element by
// element

static tn_status qlinear_where(tni_spec *s) {
    return tni_formula(
        s, "x = DequantizeLinear(#1, #2, #3); y = DequantizeLinear(#4, #5, #6); w = Where(#0, x, y);"
           "= QuantizeLinear(w, #7, #8)");
}

static tn_status qlinear_reduce_mean(tni_spec *s) {
    const char *axes = tni_formula_ints(s, "axes");
    long long keep = tni_spec_int(s, "keepdims", 1);
    if (!axes) return TN_NOMEM;
    s->nattr = 0;
    return tni_formula(s,
                       "x = DequantizeLinear(#0, #1, #2); m = ReduceMean(x, %s){keepdims=%lld};"
                       "= QuantizeLinear(m, #3, %s)",
                       axes, keep,
                       tni_spec_has(s, 4)   ? "#4"
                       : tni_spec_has(s, 2) ? "#2"
                                            : "_");
}

static tn_status reduce_sum_integer(tni_spec *s) {
    const char *axes = tni_formula_ints(s, "axes");
    long long keep = tni_spec_int(s, "keepdims", 1);
    bool whole = tni_spec_has(s, 0) && s->in[0]->info.type.dtype == TN_U8;
    if (!axes) return TN_NOMEM;
    s->nattr = 0;
    return tni_formula(s, "a = Cast(#0){to=%d}; = ReduceSum(a, %s){keepdims=%lld}", whole ? TN_U32 : TN_I32,
                       axes, keep);
}

static tn_status mul_integer(tni_spec *s) {
    return tni_formula(s, "a = Cast(#0){to=6}; %s b = Cast(#2){to=6}; %s = Mul(%s, %s)",
                       tni_spec_has(s, 1) ? "az = Cast(#1){to=6}; a0 = Sub(a, az);" : "",
                       tni_spec_has(s, 3) ? "bz = Cast(#3){to=6}; b0 = Sub(b, bz);" : "",
                       tni_spec_has(s, 1) ? "a0" : "a", tni_spec_has(s, 3) ? "b0" : "b");
}

TN_OP(ms_qlinear_where) = MS("QLinearWhere", "Where of quantised tensors", qlinear_where,
                             .in = {{"condition", "bool"},
                                    {"X", "T"},
                                    {"x_scale", "f32"},
                                    {"x_zero_point", "T"},
                                    {"Y", "T"},
                                    {"y_scale", "f32"},
                                    {"y_zero_point", "T"},
                                    {"z_scale", "f32"},
                                    {"z_zero_point", "T"}},
                             .out = {{"Z", "T"}}, .types = {{"T", TNI_INT8S}});
TN_OP(ms_qlinear_reduce_mean) = MS("QLinearReduceMean", "ReduceMean of a quantised tensor",
                                   qlinear_reduce_mean,
                                   .in = {{"data", "T"},
                                          {"data_scale", "f32"},
                                          {"data_zero_point", "T", TN_OPTIONAL_IN},
                                          {"reduced_scale", "f32"},
                                          {"reduced_zero_point", "T", TN_OPTIONAL_IN}},
                                   .out = {{"reduced", "T"}}, .types = {{"T", TNI_INT8S}});
TN_OP(ms_reduce_sum_integer) = MS("ReduceSumInteger", "sums of 8-bit integers", reduce_sum_integer,
                                  .in = {{"data", "T1"}}, .out = {{"reduced", "T2"}},
                                  .types = {{"T1", TNI_INT8S}, {"T2", TN_BIT(TN_I32) | TN_BIT(TN_U32)}});
TN_OP(ms_mul_integer) = MS("MulInteger", "products of 8-bit integers less their zero points", mul_integer,
                           .in = {{"A", "T"},
                                  {"A_zero_point", "T", TN_OPTIONAL_IN},
                                  {"B", "T"},
                                  {"B_zero_point", "T", TN_OPTIONAL_IN}},
                           .out = {{"C", "i32"}}, .types = {{"T", TNI_INT8S}});
