// SPDX-License-Identifier: Apache-2.0
// qlinear_contrib.c - com.microsoft operators on quantised tensors: each computes the real function of the
// dequantised inputs in double and quantises the result, rounding half to even.
#include "op/formula.h"
#include "op/pool.h"
#include "op/quant.h"

// Out 0 has in `x`'s element type and shape.
static tn_status same_as(tn_infer *c, int x) {
    if (c->out[0]) c->out[0]->type = c->in[x]->type;
    return TN_OK;
}

// ---- QLinearAdd, QLinearMul

static tn_status binary_infer(tn_infer *c) {
    tn_type to = c->in[0]->type;
    TN_TRY(tn_broadcast_dims(c, &c->in[0]->type, &c->in[3]->type, &to));
    if (c->out[0]) c->out[0]->type = to;
    return TN_OK;
}

static tn_status binary_run(tn_call *c, bool multiply) {
    tni_affine qa, qb, qy;
    double a[TNI_ROW], b[TNI_ROW];
    TN_TRY(tni_affine_get(c, 1, 2, &qa));
    TN_TRY(tni_affine_get(c, 4, 5, &qb));
    TN_TRY(tni_affine_get(c, 6, 7, &qy));
    if (!c->out[0]) return TN_OK;
    const tn_tensor *in[] = {c->in[0], c->in[3]};
    tni_walk w;
    tni_walk_begin(&w, c->out[0], 2, in);
    while (tni_walk_next(&w)) {
        tni_dequantize(a, in[0], w.in_at[0], w.step[0], w.n, qa);
        tni_dequantize(b, in[1], w.in_at[1], w.step[1], w.n, qb);
        for (int64_t i = 0; i < w.n; i++) a[i] = multiply ? a[i] * b[i] : a[i] + b[i];
        tni_quantize(c->out[0], w.at, w.n, a, qy);
    }
    return TN_OK;
}

static tn_status add_ref(tn_call *c) { return binary_run(c, false); }
static tn_status mul_ref(tn_call *c) { return binary_run(c, true); }

#define BINARY(text, what, kernel)                                                                       \
    {                                                                                                    \
        TN_HERE, .name = text, .domain = "com.microsoft", .since = 1, .doc = what,                       \
                 .in = {{"A", "T"},                                                                      \
                        {"A_scale", "f32"},                                                              \
                        {"A_zero_point", "T", TN_OPTIONAL_IN},                                           \
                        {"B", "T"},                                                                      \
                        {"B_scale", "f32"},                                                              \
                        {"B_zero_point", "T", TN_OPTIONAL_IN},                                           \
                        {"C_scale", "f32"},                                                              \
                        {"C_zero_point", "T", TN_OPTIONAL_IN}},                                          \
                 .out = {{"C", "T"}}, .types = {{"T", TNI_INT8S}}, .infer = binary_infer, .ref = kernel, \
    }

TN_OP(qlinear_add) = BINARY("QLinearAdd", "Sum of quantised tensors", add_ref);
TN_OP(qlinear_mul) = BINARY("QLinearMul", "Product of quantised tensors", mul_ref);

// ---- element by element

static tn_status unary_infer(tn_infer *c) { return same_as(c, 0); }

static tn_status unary_run(tn_call *c, double (*fn)(double x, double alpha), double alpha) {
    tni_affine qx, qy;
    double row[TNI_ROW];
    TN_TRY(tni_affine_get(c, 1, 2, &qx));
    TN_TRY(tni_affine_get(c, 3, 4, &qy));
    int64_t count = c->out[0] ? tn_count(c->out[0]) : 0;
    for (int64_t at = 0; at < count; at += TNI_ROW) {
        int64_t n = count - at < TNI_ROW ? count - at : TNI_ROW;
        tni_dequantize(row, c->in[0], at, 1, n, qx);
        for (int64_t i = 0; i < n; i++) row[i] = fn(row[i], alpha);
        tni_quantize(c->out[0], at, n, row, qy);
    }
    return TN_OK;
}

static double sigmoid(double x, double alpha) {
    (void)alpha;
    return 1 / (1 + exp(-x));
}
static double leaky_relu(double x, double alpha) { return x < 0 ? alpha * x : x; }

static tn_status sigmoid_ref(tn_call *c) { return unary_run(c, sigmoid, 0); }
static tn_status leaky_ref(tn_call *c) { return unary_run(c, leaky_relu, tn_attr_float(c->attrs, "alpha")); }

#define ONE_IN                                                                                   \
    {"X", "T"}, {"X_scale", "f32"}, {"X_zero_point", "T", TN_OPTIONAL_IN}, {"Y_scale", "f32"}, { \
        "Y_zero_point", "T", TN_OPTIONAL_IN                                                      \
    }

TN_OP(qlinear_sigmoid) = {
    TN_HERE,
    .name = "QLinearSigmoid",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Sigmoid of a quantised tensor",
    .in = {ONE_IN},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_INT8S}},
    .infer = unary_infer,
    .ref = sigmoid_ref,
};

TN_OP(qlinear_leaky_relu) = {
    TN_HERE,
    .name = "QLinearLeakyRelu",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "LeakyRelu of a quantised tensor",
    .in = {ONE_IN},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_INT8S}},
    .attrs = {{.name = "alpha", .kind = TN_ATTR_FLOAT, .f = 0.01}},
    .infer = unary_infer,
    .ref = leaky_ref,
};

// ---- QLinearSoftmax

static tn_status softmax_infer(tn_infer *c) {
    int axis;
    if (c->in[0]->type.rank > 0)
        TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), c->in[0]->type.rank, &axis));
    return same_as(c, 0);
}

static void softmax(double *x, int64_t n) {
    double most = -HUGE_VAL, sum = 0;
    for (int64_t i = 0; i < n; i++) most = x[i] > most ? x[i] : most;
    for (int64_t i = 0; i < n; i++) sum += x[i] = exp(x[i] - most);
    for (int64_t i = 0; i < n; i++) x[i] /= sum;
}

// Before opset 13 (attribute `opset`) all dimensions from the axis on are one.
static tn_status softmax_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    tni_affine qx, qy;
    int axis = tni_attr_axis(c->attrs, x->rank);
    int64_t length = x->rank ? x->dim[axis] : 1, inner = tn_count_range(x, axis + 1, x->rank);
    if (x->rank == 0) inner = 1;
    if (tn_attr_int(c->attrs, "opset") < 13) length *= inner, inner = 1;
    int64_t outer = length && inner ? tn_count(x) / (length * inner) : 0;
    double *row = tni_scratch(c, length, sizeof *row);
    if (!row) return TN_NOMEM;
    TN_TRY(tni_affine_get(c, 1, 2, &qx));
    TN_TRY(tni_affine_get(c, 3, 4, &qy));
    for (int64_t o = 0; o < outer && c->out[0]; o++)
        for (int64_t i = 0; i < inner; i++) {
            int64_t first = o * length * inner + i;
            tni_dequantize(row, x, first, inner, length, qx);
            softmax(row, length);
            for (int64_t k = 0; k < length; k++) tni_quantize(c->out[0], first + k * inner, 1, row + k, qy);
        }
    return TN_OK;
}

TN_OP(qlinear_softmax) = {
    TN_HERE,
    .name = "QLinearSoftmax",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Softmax of a quantised tensor",
    .in = {{"X", "T"},
           {"X_scale", "f32"},
           {"x_zero_point", "T", TN_OPTIONAL_IN},
           {"y_scale", "f32"},
           {"y_zero_point", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_INT8S}},
    .attrs = {{.name = "axis", .kind = TN_ATTR_INT, .i = -1},
              {.name = "opset", .kind = TN_ATTR_INT, .i = 13}},
    .infer = softmax_infer,
    .ref = softmax_ref,
};

// ---------------------------------------------------------------------------------------------- pools

// With channels last: between two transpositions.
static tn_status pool_upgrade(tni_spec *s) {
    bool last = tni_spec_int(s, "channels_last", 0) != 0;
    tni_spec_drop(s, "channels_last");
    if (!last) return TN_OK;
    const char *front = tni_formula_perm(s, true), *back = tni_formula_perm(s, false);
    if (!front || !back) return TN_INVALID;
    return tni_formula(s,
                       "x = Transpose(#0){perm=%s}; y = com.microsoft.%s(x, #1, #2, #3, #4){*};"
                       "= Transpose(y){perm=%s}",
                       front, s->op, back);
}

static tn_status average_infer(tn_infer *c) { return tni_pooling_infer(c, 1); }

static tn_status global_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    TN_TRY(same_as(c, 0));
    for (int d = 2; c->out[0] && d < c->out[0]->type.rank; d++) c->out[0]->type.dim[d] = tn_k(1);
    return TN_OK;
}

// Pools the dequantised input and quantises the means.
static tn_status pool_run(tn_call *c, tni_pooling *p) {
    tni_affine qx, qy;
    tn_tensor x, y = *c->out[0];
    int64_t n = tn_count(&y);
    TN_TRY(tni_affine_get(c, 1, 2, &qx));
    TN_TRY(tni_affine_get(c, 3, 4, &qy));
    y.dtype = TN_F64;
    y.data = tni_scratch(c, n, sizeof(double));
    if (!y.data || !tni_dequantized(c, c->in[0], qx, &x)) return TN_NOMEM;
    p->x = &x;
    p->y = &y;
    p->fold = TNI_FOLD_MEAN;
    TN_TRY(tni_pooling_run(c, p));
    tni_quantize(c->out[0], 0, n, y.data, qy);
    return TN_OK;
}

static tn_status average_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    tni_pooling p = {.include_pad = tn_attr_int(c->attrs, "count_include_pad") != 0};
    tni_pooling_bind(&p.window, c->attrs, c->in[0], c->out[0]);
    return pool_run(c, &p);
}

static tn_status global_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    tni_pooling p = {.window.rank = 1};
    p.window.in[0] = p.window.kernel[0] = tn_count_range(c->in[0], 2, c->in[0]->rank);
    p.window.out[0] = p.window.stride[0] = p.window.dilation[0] = 1;
    return pool_run(c, &p);
}

TN_OP(qlinear_average_pool) = {
    TN_HERE,
    .name = "QLinearAveragePool",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "AveragePool of a quantised tensor",
    .in = {ONE_IN},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_INT8S}},
    .attrs = {TNI_WINDOW_ATTRS,
              {.name = "ceil_mode", .kind = TN_ATTR_INT, .max = 1},
              {.name = "count_include_pad", .kind = TN_ATTR_INT, .max = 1},
              {.name = "channels_last", .kind = TN_ATTR_INT, .max = 1}},
    .infer = average_infer,
    .ref = average_ref,
    .upgrade = pool_upgrade,
};

TN_OP(qlinear_global_average_pool) = {
    TN_HERE,
    .name = "QLinearGlobalAveragePool",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "GlobalAveragePool of a quantised tensor",
    .in = {ONE_IN},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_INT8S}},
    .attrs = {{.name = "channels_last", .kind = TN_ATTR_INT, .max = 1}},
    .infer = global_infer,
    .ref = global_ref,
    .upgrade = pool_upgrade,
};

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
