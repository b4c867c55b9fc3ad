// SPDX-License-Identifier: Apache-2.0
// qordered.c - com.microsoft operators of 8-bit matrices in cublasLt's orders (QuantizeWithOrder,
// DequantizeWithOrder, QOrderedMatMul, QOrderedGelu, QOrderedLayerNormalization), read as formulas in the
// orders that are no more than rows or columns: 1 is row after row, 0 a transposed B. Numbers are symmetric:
// x = q * scale, q from -128 to 127.
#include "op/formula.h"

enum { COLUMNS, ROWS };

static tn_status want_order(tni_spec *s, const char *name, int64_t otherwise, int64_t order) {
    int64_t given = tni_spec_int(s, name, otherwise);
    tni_spec_drop(s, name);
    if (given == order) return TN_OK;
    return tni_spec_fail(s, "quantise the model with row-major activations and column-major weights",
                         "%s is %lld, a tiled order of cublasLt; %d can be read here", name, (long long)given,
                         (int)order);
}

static tn_status quantize(tni_spec *s) {
    TN_TRY(want_order(s, "order_input", ROWS, ROWS));
    TN_TRY(want_order(s, "order_output", ROWS, ROWS));
    return tni_formula(s, "x = Cast(#0){to=1}; z = Cast(0i){to=3}; = QuantizeLinear(x, #1, z)");
}

static tn_status dequantize(tni_spec *s) {
    TN_TRY(want_order(s, "order_input", ROWS, ROWS));
    TN_TRY(want_order(s, "order_output", ROWS, ROWS));
    return tni_formula(s, "x = DequantizeLinear(#0, #1); = Cast(x){*}");
}

static tn_status gelu(tni_spec *s) {
    TN_TRY(want_order(s, "order_X", ROWS, ROWS));
    TN_TRY(want_order(s, "order_Y", ROWS, ROWS));
    return tni_formula(s, "x = DequantizeLinear(#0, #1); g = Gelu(x); z = Cast(0i){to=3};"
                          "= QuantizeLinear(g, #2, z)");
}

static tn_status layer_norm(tni_spec *s) {
    TN_TRY(want_order(s, "order_X", ROWS, ROWS));
    TN_TRY(want_order(s, "order_Y", ROWS, ROWS));
    return tni_formula(s,
                       "x = DequantizeLinear(#0, #1); g = Cast(#2){to=1}; %s"
                       "n = LayerNormalization(x, g%s){*}; z = Cast(0i){to=3}; = QuantizeLinear(n, #4, z)",
                       tni_spec_has(s, 3) ? "b = Cast(#3){to=1};" : "", tni_spec_has(s, 3) ? ", b" : "");
}

// B lies column after column: its memory is the transposed matrix'. The product of the steps is exact.
static tn_status matmul(tni_spec *s) {
    TN_TRY(want_order(s, "order_A", ROWS, ROWS));
    TN_TRY(want_order(s, "order_B", COLUMNS, COLUMNS));
    TN_TRY(want_order(s, "order_Y", ROWS, ROWS));
    const tn_type *b = &s->in[2]->info.type;
    if (b->rank < 2 || b->rank > 3 || b->dim[b->rank - 1].e || b->dim[b->rank - 2].e)
        return tni_spec_fail(s, NULL, "B must be of known shape, of rank 2 or 3");
    long long k = b->dim[b->rank - 2].k, n = b->dim[b->rank - 1].k;
    return tni_formula(
        s,
        "r = Reshape(#2, [%s%lld, %lld]); t = Transpose(r){perm=[%s]}; p = MatMulInteger(#0, t);"
        "f = Cast(p){to=1}; sb = Mul(#1, #3); v = Mul(f, sb); %s %s z = Cast(0i){to=3};"
        "= QuantizeLinear(%s, #4, z)",
        b->rank == 3 ? "0, " : "", n, k, b->rank == 3 ? "0, 2, 1" : "1, 0",
        tni_spec_has(s, 5) ? "w = Add(v, #5);" : "w = Identity(v);",
        tni_spec_has(s, 6) ? "c = DequantizeLinear(#6, #7); y = Add(w, c);" : "",
        tni_spec_has(s, 6) ? "y" : "w");
}

#define QORDERED(name_, doc_, upgrade_, ...)                                                             \
    {                                                                                                    \
        TN_HERE, .name = name_, .domain = "com.microsoft", .since = 1, .doc = doc_, .upgrade = upgrade_, \
                 .types = {{"F", TN_BIT(TN_F32) | TN_BIT(TN_F16)}}, __VA_ARGS__                          \
    }

TN_OP(ms_quantize_with_order) = QORDERED("QuantizeWithOrder", "8-bit steps of a matrix", quantize,
                                         .in = {{"input", "F"}, {"scale_input", "f32"}},
                                         .out = {{"output", "i8"}});
TN_OP(ms_dequantize_with_order) = QORDERED("DequantizeWithOrder", "a matrix of 8-bit steps made real",
                                           dequantize, .in = {{"input", "i8"}, {"scale_input", "f32"}},
                                           .out = {{"output", "F"}});
TN_OP(ms_qordered_gelu) = QORDERED("QOrderedGelu", "Gelu of 8-bit steps", gelu,
                                   .in = {{"X", "i8"}, {"scale_X", "f32"}, {"scale_Y", "f32"}},
                                   .out = {{"Y", "i8"}});
TN_OP(ms_qordered_layer_norm) = QORDERED(
    "QOrderedLayerNormalization", "LayerNormalization of 8-bit steps", layer_norm,
    .in = {{"X", "i8"}, {"scale_X", "f32"}, {"scale", "F"}, {"B", "F", TN_OPTIONAL_IN}, {"scale_Y", "f32"}},
    .out = {{"Y", "i8"}});
TN_OP(ms_qordered_matmul) = QORDERED("QOrderedMatMul", "product of 8-bit matrices, B column after column",
                                     matmul,
                                     .in = {{"A", "i8"},
                                            {"scale_A", "f32"},
                                            {"B", "i8"},
                                            {"scale_B", "f32"},
                                            {"scale_Y", "f32"},
                                            {"bias", "f32", TN_OPTIONAL_IN},
                                            {"C", "i8", TN_OPTIONAL_IN},
                                            {"scale_C", "f32", TN_OPTIONAL_IN}},
                                     .out = {{"Y", "i8"}});
