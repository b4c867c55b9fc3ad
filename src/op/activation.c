// SPDX-License-Identifier: Apache-2.0
// activation.c - activation functions. Each is a row function of x and up to two numbers from attributes,
// computed in double and rounded once. Comparisons are written so that a NaN stays a NaN,
// but for ThresholdedRelu and Shrink, whose formulas in ONNX say 0 for it.
#include "op/op.h"

typedef struct curve { // the attributes, by the names most of them have
    double alpha, beta;
} curve;

// Row function of x, alpha and beta.
#define CURVE(id, expr)                                                              \
    static void id##_row(double *y, const double *in_, int64_t n, const void *arg) { \
        const double alpha = ((const curve *)arg)->alpha;                            \
        const double beta = ((const curve *)arg)->beta;                              \
        (void)alpha, (void)beta;                                                     \
        for (int64_t k_ = 0; k_ < n; k_++) {                                         \
            double x = in_[k_];                                                      \
            y[k_] = (expr);                                                          \
        }                                                                            \
    }

static double clamp01(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
static double sigmoid(double x) {
    if (x >= 0) return 1 / (1 + exp(-x));
    double e = exp(x); // does not overflow for x < 0
    return e / (1 + e);
}
static double softplus(double x) { return log1p(exp(-fabs(x))) + (x < 0 ? 0 : x); }
static double gelu(double x) { return 0.5 * x * (1 + erf(x * 0.70710678118654752440)); }
static double gelu_tanh(double x) {
    const double root_2_over_pi = 0.79788456080286535588;
    return 0.5 * x * (1 + tanh(root_2_over_pi * (x + 0.044715 * x * x * x)));
}

CURVE(relu, x < 0 ? 0 : x)
CURVE(leaky_relu, x < 0 ? alpha * x : x)
CURVE(elu, x < 0 ? alpha * expm1(x) : x)
CURVE(celu, x < 0 ? alpha * expm1(x / alpha) : x)
CURVE(selu, beta *(x > 0 ? x : alpha * expm1(x)))
CURVE(gelu, gelu(x))
CURVE(gelu_tanh, gelu_tanh(x))
CURVE(sigmoid, sigmoid(x))
CURVE(hard_sigmoid, clamp01(alpha *x + beta))
CURVE(hard_swish, x *clamp01(x / 6 + 0.5))
CURVE(softplus, softplus(x))
CURVE(softsign, x / (1 + fabs(x)))
CURVE(mish, x *tanh(softplus(x)))
CURVE(swish, x *sigmoid(alpha *x))
CURVE(tanh, tanh(x))
CURVE(thresholded_relu, x > alpha ? x : 0)
CURVE(shrink, x<-alpha ? x + beta : x> alpha ? x - beta : 0)

static tn_status apply(tn_call *c, tni_map1 row, const char *alpha, const char *beta) {
    curve k = {alpha ? tn_attr_float(c->attrs, alpha) : 0, beta ? tn_attr_float(c->attrs, beta) : 0};
    return tni_call_map1(c, row, &k);
}

#define ACTIVATION_REF(id, alpha, beta) \
    static tn_status id##_ref(tn_call *c) { return apply(c, id##_row, alpha, beta); }

ACTIVATION_REF(leaky_relu, "alpha", NULL)
ACTIVATION_REF(elu, "alpha", NULL)
ACTIVATION_REF(celu, "alpha", NULL)
ACTIVATION_REF(selu, "alpha", "gamma")
ACTIVATION_REF(sigmoid, NULL, NULL)
ACTIVATION_REF(hard_sigmoid, "alpha", "beta")
ACTIVATION_REF(hard_swish, NULL, NULL)
ACTIVATION_REF(softplus, NULL, NULL)
ACTIVATION_REF(softsign, NULL, NULL)
ACTIVATION_REF(mish, NULL, NULL)
ACTIVATION_REF(swish, "alpha", NULL)
ACTIVATION_REF(tanh, NULL, NULL)
ACTIVATION_REF(thresholded_relu, "alpha", NULL)
ACTIVATION_REF(shrink, "lambd", "bias")

static void relu_row_int(int64_t *y, const int64_t *x, int64_t n, tn_dtype dtype) {
    (void)dtype;
    for (int64_t k = 0; k < n; k++) y[k] = x[k] < 0 ? 0 : x[k];
}

static tn_status relu_ref(tn_call *c) {
    if (!tni_is_float(c->in[0]->dtype)) return tni_call_map1_int(c, relu_row_int);
    return apply(c, relu_row, NULL, NULL);
}

static tn_status gelu_ref(tn_call *c) {
    return apply(c, tn_attr_is(c->attrs, "approximate", "tanh") ? gelu_tanh_row : gelu_row, NULL, NULL);
}

static tn_status gelu_infer(tn_infer *c) {
    const char *how = tn_attr_string(c->attrs, "approximate");
    if (strcmp(how, "none") != 0 && strcmp(how, "tanh") != 0)
        return tn_infer_fail(c, "approximate must be 'none' or 'tanh', not '%s'", how);
    return tn_infer_same(c);
}

static tn_status celu_infer(tn_infer *c) {
    if (tn_attr_float(c->attrs, "alpha") == 0) return tn_infer_fail(c, "alpha must not be 0");
    return tn_infer_same(c);
}

// --------------------------------------------------------------------------------- with a second input

TNI_MAP2(prelu_row, a < 0 ? a * b : a)

static void prelu_row_int(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) {
    bool positive = tni_is_unsigned(dtype);
    for (int64_t k = 0; k < n; k++)
        y[k] = a[k] < 0 && !positive ? (int64_t)((uint64_t)a[k] * (uint64_t)b[k]) : a[k];
}

static tn_status prelu_ref(tn_call *c) { return tni_call_either2(c, prelu_row, prelu_row_int); }

// In 1 broadcasts to in 0, whose shape the output has.
static tn_status one_way_infer(tn_infer *c) {
    TN_TRY(tn_infer_same(c));
    return tni_want_broadcast(c, 1, &c->in[0]->type, "in 1");
}

// Before opset 7 a slope of shape [C] belongs to dimension 1.
static tn_status prelu_upgrade(tni_spec *s) {
    TN_TRY(tni_upgrade_consumed(s));
    if (s->opset >= 7 || s->nin < 2 || !s->in[0] || !s->in[1]) return TN_OK;
    const tn_type *x = &s->in[0]->info.type, *slope = &s->in[1]->info.type;
    if (x->rank <= 2 || slope->rank != 1 || tn_dim_is(slope->dim[0], 1)) return TN_OK;
    int64_t axes[TN_MAX_RANK];
    for (int d = 0; d < x->rank - 2; d++) axes[d] = d + 1;
    tni_value *shaped;
    TN_TRY(tni_emit_ints(s, "Unsqueeze", s->in[1], axes, (size_t)x->rank - 2, &shaped));
    return tni_spec_input(s, 1, shaped);
}

// --------------------------------------------------------------------------------------- definitions

#define FLOAT_ATTR(name_, default_) \
    { name_, TN_ATTR_FLOAT, .f = default_ }
#define ACTIVATION(name_, first_, since_, doc_, ref_, ...)                                               \
    {                                                                                                    \
        TN_HERE, .name = name_, .since = since_, .first = first_, .doc = doc_, .traits = TN_ELEMENTWISE, \
                 .in = {{"X", "T"}}, .out = {{"Y", "T"}}, .types = {{"T", TN_FLOATS}},                   \
                 .infer = tn_infer_same, .ref = ref_, .upgrade = tni_upgrade_consumed, __VA_ARGS__       \
    }
#define ALPHA(default_) .attrs = {FLOAT_ATTR("alpha", default_)}
#define PLAIN .last = 0

TN_OP(celu) = {
    TN_HERE,
    .name = "Celu",
    .since = 28,
    .first = 12,
    .doc = "continuously differentiable Elu: max(0,x) + min(0, alpha*(exp(x/alpha) - 1))",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    ALPHA(1.0),
    .infer = celu_infer,
    .ref = celu_ref,
};

TN_OP(elu) = ACTIVATION("Elu", 1, 22, "x, or alpha*(exp(x) - 1) where x < 0", elu_ref, ALPHA(1.0));

TN_OP(gelu) = {
    TN_HERE,
    .name = "Gelu",
    .since = 20,
    .doc = "Gaussian error linear unit, exact or with tanh",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"approximate", TN_ATTR_STRING, .s = "none"}},
    .infer = gelu_infer,
    .ref = gelu_ref,
};

TN_OP(hard_sigmoid) = ACTIVATION("HardSigmoid", 1, 22, "alpha*x + beta held to [0, 1]", hard_sigmoid_ref,
                                 .attrs = {FLOAT_ATTR("alpha", 0.2), FLOAT_ATTR("beta", 0.5)});
TN_OP(hard_swish) = ACTIVATION("HardSwish", 14, 22, "x * (x/6 + 0.5 held to [0, 1])", hard_swish_ref, PLAIN);
TN_OP(leaky_relu) = ACTIVATION("LeakyRelu", 1, 16, "x, or alpha*x where x < 0", leaky_relu_ref, ALPHA(0.01));
TN_OP(mish) = ACTIVATION("Mish", 18, 22, "x * tanh(softplus(x))", mish_ref, PLAIN);

TN_OP(prelu) = {
    TN_HERE,
    .name = "PRelu",
    .since = 16,
    .first = 1,
    .doc = "x, or slope*x where x < 0",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}, {"slope", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS | TN_INDEXES | TN_BIT(TN_U32) | TN_BIT(TN_U64)}},
    .infer = one_way_infer,
    .ref = prelu_ref,
    .upgrade = prelu_upgrade,
};

TN_OP(relu) = {
    TN_HERE,
    .name = "Relu",
    .since = 14,
    .first = 1,
    .doc = "max(x, 0)",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS | TN_SIGNED}},
    .infer = tn_infer_same,
    .ref = relu_ref,
    .upgrade = tni_upgrade_consumed,
};

// Before opset 6 the constants had five digits.
static tn_status selu_upgrade(tni_spec *s) {
    TN_TRY(tni_upgrade_consumed(s));
    if (s->opset >= 6) return TN_OK;
    if (!tni_spec_attr(s, "alpha")) TN_TRY(tni_spec_put(s, TN_A_FLOAT("alpha", 1.6732)));
    return tni_spec_attr(s, "gamma") ? TN_OK : tni_spec_put(s, TN_A_FLOAT("gamma", 1.0507));
}

TN_OP(selu) = {
    TN_HERE,
    .name = "Selu",
    .since = 22,
    .first = 1,
    .doc = "gamma * (x, or alpha*(exp(x) - 1) where x <= 0)",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {FLOAT_ATTR("alpha", 1.67326319217681884765625), FLOAT_ATTR("gamma", 1.05070102214813232421875)},
    .infer = tn_infer_same,
    .ref = selu_ref,
    .upgrade = selu_upgrade,
};

TN_OP(shrink) = {
    TN_HERE,
    .name = "Shrink",
    .since = 9,
    .doc = "x moved by bias towards 0, and 0 where |x| <= lambd",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_NUMBERS}},
    .attrs = {FLOAT_ATTR("bias", 0.0), FLOAT_ATTR("lambd", 0.5)},
    .infer = tn_infer_same,
    .ref = shrink_ref,
};

TN_OP(sigmoid) = ACTIVATION("Sigmoid", 1, 13, "1 / (1 + exp(-x))", sigmoid_ref, PLAIN);
TN_OP(softplus) = ACTIVATION("Softplus", 1, 22, "log(1 + exp(x))", softplus_ref, PLAIN);
TN_OP(softsign) = ACTIVATION("Softsign", 1, 22, "x / (1 + |x|)", softsign_ref, PLAIN);
TN_OP(swish) = ACTIVATION("Swish", 24, 24, "x * sigmoid(alpha*x)", swish_ref, ALPHA(1.0));
TN_OP(tanh) = ACTIVATION("Tanh", 1, 13, "hyperbolic tangent", tanh_ref, PLAIN);
TN_OP(thresholded_relu) = ACTIVATION("ThresholdedRelu", 10, 22, "x, or 0 where x <= alpha",
                                     thresholded_relu_ref, ALPHA(1.0));
