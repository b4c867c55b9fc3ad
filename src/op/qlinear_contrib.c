// SPDX-License-Identifier: Apache-2.0
// qlinear_contrib.c - com.microsoft operators on quantised tensors: each is the real operator between
// DequantizeLinear and QuantizeLinear. Joining reads a variable number of them and has a kernel of its own.
#include "op/formula.h"
#include "op/quant.h"

#include <stdio.h>

// Scale and zero point in inputs `at` and `at` + 1: of one element whatever their rank. "name" is dequantised
// from input `from`.
static void dequantized(const tni_spec *s, const char *name, int from, int at, char *to, size_t room) {
    if (tni_spec_has(s, at + 1))
        snprintf(to, room,
                 "%s_s = Reshape(#%d, []); %s_z = Reshape(#%d, []); %s = DequantizeLinear(#%d, %s_s, %s_z);",
                 name, at, name, at + 1, name, from, name, name);
    else
        snprintf(to, room, "%s_s = Reshape(#%d, []); %s = DequantizeLinear(#%d, %s_s);", name, at, name, from,
                 name);
}

// The node becomes QuantizeLinear of y with scale and zero point in inputs `at` and `at` + 1; `steps` lead
// from x (and b) to y.
static tn_status quantized(tni_spec *s, bool two, int at, const char *steps, const char *last) {
    char x[192] = "", b[192] = "", zero[64], how[64] = "";
    dequantized(s, "x", 0, 1, x, sizeof x);
    if (two) dequantized(s, "b", 3, 4, b, sizeof b);
    snprintf(zero, sizeof zero, "z = Reshape(#%d, []);", at + 1);
    bool pointed = tni_spec_has(s, at + 1);
    if (!pointed) snprintf(how, sizeof how, "{output_dtype=%d}", (int)s->in[0]->info.type.dtype);
    return tni_formula(s, "%s %s %s s = Reshape(#%d, []); %s %s = QuantizeLinear(y, s%s)%s%s", x, b, steps,
                       at, pointed ? zero : "", *last ? "q" : "", pointed ? ", z" : "", how, last);
}

static tn_status add(tni_spec *s) { return quantized(s, true, 6, "y = Add(x, b);", ""); }
static tn_status mul(tni_spec *s) { return quantized(s, true, 6, "y = Mul(x, b);", ""); }
static tn_status sigmoid(tni_spec *s) { return quantized(s, false, 3, "y = Sigmoid(x);", ""); }
static tn_status leaky_relu(tni_spec *s) { return quantized(s, false, 3, "y = LeakyRelu(x){*};", ""); }

// Before opset 13 (attribute `opset`) all dimensions from the axis on are one.
static tn_status softmax(tni_spec *s) {
    long long axis = tni_spec_int(s, "axis", -1);
    bool whole = tni_spec_int(s, "opset", 13) < 13;
    char steps[128];
    s->nattr = 0;
    snprintf(steps, sizeof steps,
             whole ? "f = Flatten(x){axis=%lld}; g = Softmax(f){axis=1}; h = Shape(x); y = Reshape(g, h);"
                   : "y = Softmax(x){axis=%lld};",
             axis);
    return quantized(s, false, 3, steps, "");
}

// With channels last: between two transpositions.
static tn_status pool(tni_spec *s, const char *op) {
    bool last = tni_spec_int(s, "channels_last", 0) != 0;
    char steps[128], end[64] = "";
    tni_spec_drop(s, "channels_last");
    if (last) {
        const char *front = tni_formula_perm(s, true), *back = tni_formula_perm(s, false);
        if (!front || !back) return TN_INVALID;
        snprintf(steps, sizeof steps, "t = Transpose(x){perm=%s}; y = %s(t){*};", front, op);
        snprintf(end, sizeof end, "; = Transpose(q){perm=%s}", back);
    } else {
        snprintf(steps, sizeof steps, "y = %s(x){*};", op);
    }
    return quantized(s, false, 3, steps, end);
}

static tn_status average_pool(tni_spec *s) { return pool(s, "AveragePool"); }
static tn_status global_average_pool(tni_spec *s) { return pool(s, "GlobalAveragePool"); }

#define MS(name_, doc_, upgrade_, ...)                                                                   \
    {                                                                                                    \
        TN_HERE, .name = name_, .domain = "com.microsoft", .since = 1, .doc = doc_, .upgrade = upgrade_, \
                 .types = {{"T", TNI_INT8S}}, __VA_ARGS__                                                \
    }
#define TWO_IN                                     \
    .in = {{"A", "T"},                             \
           {"A_scale", "f32"},                     \
           {"A_zero_point", "T", TN_OPTIONAL_IN},  \
           {"B", "T"},                             \
           {"B_scale", "f32"},                     \
           {"B_zero_point", "T", TN_OPTIONAL_IN},  \
           {"C_scale", "f32"},                     \
           {"C_zero_point", "T", TN_OPTIONAL_IN}}, \
    .out = {{"C", "T"}}
#define ONE_IN                                     \
    .in = {{"X", "T"},                             \
           {"X_scale", "f32"},                     \
           {"X_zero_point", "T", TN_OPTIONAL_IN},  \
           {"Y_scale", "f32"},                     \
           {"Y_zero_point", "T", TN_OPTIONAL_IN}}, \
    .out = {{"Y", "T"}}

TN_OP(qlinear_add) = MS("QLinearAdd", "Sum of quantised tensors", add, TWO_IN);
TN_OP(qlinear_mul) = MS("QLinearMul", "Product of quantised tensors", mul, TWO_IN);
TN_OP(qlinear_sigmoid) = MS("QLinearSigmoid", "Sigmoid of a quantised tensor", sigmoid, ONE_IN);
TN_OP(qlinear_leaky_relu) = MS("QLinearLeakyRelu", "LeakyRelu of a quantised tensor", leaky_relu, ONE_IN,
                               .attrs = {{.name = "alpha", .kind = TN_ATTR_FLOAT, .f = 0.01}});
TN_OP(qlinear_softmax) = MS("QLinearSoftmax", "Softmax of a quantised tensor", softmax, ONE_IN,
                            .attrs = {{.name = "axis", .kind = TN_ATTR_INT, .i = -1},
                                      {.name = "opset", .kind = TN_ATTR_INT, .i = 13}});
TN_OP(qlinear_average_pool) = MS("QLinearAveragePool", "AveragePool of a quantised tensor", average_pool,
                                 ONE_IN);
TN_OP(qlinear_global_average_pool) = MS("QLinearGlobalAveragePool", "GlobalAveragePool of a quantised tensor",
                                        global_average_pool, ONE_IN);

// ---- QLinearConcat

// Inputs: y_scale, y_zero_point, then (x, x_scale, x_zero_point) for each.
static tn_status concat_infer(tn_infer *c) {
    if (c->nin < 5 || (c->nin - 2) % 3)
        return tn_infer_fail(
            c, "%d inputs, expected the result's scale and zero point and three for each tensor", c->nin);
    tn_type to = c->in[2]->type;
    int axis = 0;
    to.dtype = c->in[1]->type.dtype;
    if (to.rank >= 0) TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), to.rank, &axis));
    for (int i = 5; i < c->nin; i += 3) {
        const tn_type *t = &c->in[i]->type;
        if (to.rank < 0 || t->rank < 0) {
            to.rank = -1;
            continue;
        }
        TN_TRY(tni_want_rank(c, i, "each tensor", to.rank, to.rank));
        for (int d = 0; d < to.rank; d++)
            if (d != axis) TN_TRY(tni_want_dim(c, t->dim[d], to.dim[d], "size beside the axis"));
        to.dim[axis] = tn_dim_add(c->dims, to.dim[axis], t->dim[axis]);
    }
    if (c->out[0]) c->out[0]->type = to;
    return TN_OK;
}

static tn_status concat_ref(tn_call *c) {
    const tn_tensor *y = c->out[0];
    tni_affine qx, qy;
    double row[TNI_ROW];
    TN_TRY(tni_affine_get(c, 0, 1, &qy));
    if (!y) return TN_OK;
    int axis = tni_attr_axis(c->attrs, y->rank);
    int64_t to = 0;
    int64_t outer = tn_count_range(y, 0, axis), wide = tn_count_range(y, axis, y->rank);
    for (int i = 2; i < c->nin; i += 3) {
        TN_TRY(tni_affine_get(c, i + 1, i + 2, &qx));
        int64_t piece = tn_count_range(c->in[i], axis, y->rank);
        for (int64_t o = 0; o < outer; o++)
            for (int64_t at = 0; at < piece; at += TNI_ROW) {
                int64_t n = piece - at < TNI_ROW ? piece - at : TNI_ROW;
                tni_dequantize(row, c->in[i], o * piece + at, 1, n, qx);
                tni_quantize(y, o * wide + to + at, n, row, qy);
            }
        to += piece;
    }
    return TN_OK;
}

TN_OP(qlinear_concat) = {
    TN_HERE,
    .name = "QLinearConcat",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Quantised tensors joined along an axis, each requantised",
    .in = {{"Y_scale", "f32"}, {"Y_zero_point", "T"}, {"inputs", "TV", TN_VARIADIC | TN_MIXED}},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_INT8S}, {"TV", TNI_INT8S | TN_BIT(TN_F32)}},
    .attrs = {{.name = "axis", .kind = TN_ATTR_INT, .flags = TN_REQUIRED}},
    .infer = concat_infer,
    .ref = concat_ref,
};
