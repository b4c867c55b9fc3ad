// SPDX-License-Identifier: Apache-2.0
// elementwise.c - PyTorch's operators on single elements: arithmetic, functions, comparisons, logic, choice.
#include "import/aten/complex.h"

#include <math.h>
#include <string.h>

// ---- arithmetic

// self + alpha * other, for add, sub and their Scalar forms; bool with bool is logic.
static void add(tn_aten *c) {
    bool minus = strstr(c->target, "sub") != NULL;
    if (c->out == TN_BOOL)
        tni_at_give(c, 0, tni_at_expr(c, "Or(self, other)"));
    else if (!tni_at_has(c, "alpha") || tni_at_float(c, "alpha") == 1)
        tni_at_give(c, 0, tni_at_expr(c, minus ? "Sub(self, other)" : "Add(self, other)"));
    else
        tni_at_give(c, 0,
                    tni_at_expr(c, minus ? "Sub(self, Mul(other, alpha))" : "Add(self, Mul(other, alpha))"));
}

static void rsub(tn_aten *c) {
    bool scaled = tni_at_float(c, "alpha") != 1;
    tni_at_give(c, 0, tni_at_expr(c, scaled ? "Sub(other, Mul(self, alpha))" : "Sub(other, self)"));
}

static void mul(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, c->out == TN_BOOL ? "And(self, other)" : "Mul(self, other)"));
}

// ONNX's integer division truncates and has no fractions; PyTorch says which of them is meant.
static tni_value *floor_of_quotient(tn_aten *c) {
    if (tni_is_float(c->out)) return tni_at_expr(c, "Floor(Div(self, other))");
    return tni_at_expr(c, "Div(Sub(self, Mod(self, other)), other)");
}

static tni_value *whole_part(tn_aten *c, tni_value *v) {
    return tni_at_expr(c, "Mul(Sign($0), Floor(Abs($0)))", v);
}

static void div_mode(tn_aten *c) {
    const char *mode = tni_at_string(c, "rounding_mode");
    if (!strcmp(mode, "floor"))
        tni_at_give(c, 0, floor_of_quotient(c));
    else if (!strcmp(mode, "trunc") && tni_is_float(c->out))
        tni_at_give(c, 0, whole_part(c, tni_at_expr(c, "Div(self, other)")));
    else
        tni_at_give(c, 0, tni_at_expr(c, "Div(self, other)"));
}

static void floor_divide(tn_aten *c) { tni_at_give(c, 0, floor_of_quotient(c)); }

// The remainder has the divisor's sign: of integers that is Mod, of floats it is written out.
static void remainder_(tn_aten *c) {
    bool floats = tni_is_float(c->out);
    tni_at_give(
        c, 0, tni_at_expr(c, floats ? "Sub(self, Mul(Floor(Div(self, other)), other))" : "Mod(self, other)"));
}

static void trunc_(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    tni_at_give(c, 0, tni_is_float(tni_at_type(v)) ? whole_part(c, v) : v);
}

static void whole(tn_aten *c, const char *op) { // of integers nothing is to be rounded
    tni_value *v = tni_at_tensor(c, "self");
    tni_at_give(c, 0, tni_is_float(tni_at_type(v)) ? tni_at_list(c, op, 1, &v) : v);
}

static void floor_(tn_aten *c) { whole(c, "Floor"); }
static void ceil_(tn_aten *c) { whole(c, "Ceil"); }
static void round_(tn_aten *c) { whole(c, "Round"); }

static void round_decimals(tn_aten *c) {
    double scale = pow(10, (double)tni_at_int(c, "decimals"));
    tni_value *s = tni_at_scalar(c, c->out, scale);
    tni_at_give(c, 0, tni_at_expr(c, "Div(Round(Mul(self, $0)), $0)", s));
}

// Quadrants told apart by the signs of both.
tni_value *tni_at_angle(tn_aten *c, tni_value *y, tni_value *x) {
    tn_dtype type = tni_at_type(y);
    tni_value *zero = tni_at_scalar(c, type, 0), *pi = tni_at_scalar(c, type, 3.14159265358979323846);
    tni_value *angle = tni_at_expr(c, "Atan(Div($0, $1))", y, x);
    tni_value *left = tni_at_expr(c, "Where(Less($0, $1), Sub($2, $3), Add($2, $3))", y, zero, angle, pi);
    tni_value *side = tni_at_expr(c, "Where(Less($0, $1), $2, $3)", x, zero, left, angle);
    tni_value *none = tni_at_expr(c, "And(Equal($0, $2), Equal($1, $2))", x, y, zero);
    return tni_at_expr(c, "Where($0, Mul($1, $2), $3)", none, y, zero, side);
}

static void atan2_(tn_aten *c) {
    tni_at_give(c, 0, tni_at_angle(c, tni_at_number(c, "self", c->out), tni_at_number(c, "other", c->out)));
}

static void pow_(tn_aten *c) {
    bool number = tni_at_has(c, "exponent") && !tni_at_is_tensor(c, "exponent");
    double e = number && tni_at_kind(c, "exponent") != TN_ATTR_TENSOR ? tni_at_float(c, "exponent") : 0;
    const char *as = number && e == 0.5    ? "Sqrt(self)"
                     : number && e == -0.5 ? "Reciprocal(Sqrt(self))"
                                           : "Pow(self, exponent)";
    tni_at_give(c, 0, tni_at_expr(c, tni_is_float(c->out) ? as : "Pow(self, exponent)"));
}

// ---- clamps

static void clamp(tn_aten *c) {
    bool tensor = tni_at_is_tensor(c, "min") || tni_at_is_tensor(c, "max");
    tni_value *v = tni_at_number(c, "self", c->out);
    if (!tensor) {
        tni_at_give(c, 0, tni_at_expr(c, "Clip($0, min, max)", v));
        return;
    }
    if (tni_at_has(c, "min")) v = tni_at_expr(c, "Max($0, $1)", v, tni_at_number(c, "min", c->out));
    if (tni_at_has(c, "max")) v = tni_at_expr(c, "Min($0, $1)", v, tni_at_number(c, "max", c->out));
    tni_at_give(c, 0, v);
}

// ---- activations

static void gelu(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Gelu(self){approximate=approximate}")); }

// In evaluation the slope is the middle of the range that it is drawn from while training.
static void rrelu(tn_aten *c) {
    if (tni_at_bool(c, "training"))
        tni_at_fail(c, "export the model in evaluation: model.eval()", "it draws its slopes at random");
    tni_at_set_float(c, "slope", (tni_at_float(c, "lower") + tni_at_float(c, "upper")) / 2);
    tni_value *y = tni_at_expr(c, "LeakyRelu(self){alpha=slope}");
    tni_at_clear(c);
    tni_at_give(c, 0, y);
}

static void elu(tn_aten *c) {
    if (tni_at_float(c, "scale") == 1 && tni_at_float(c, "input_scale") == 1)
        tni_at_give(c, 0, tni_at_expr(c, "Elu(self){alpha=alpha}"));
    else
        tni_at_give(c, 0,
                    tni_at_expr(c,
                                "Mul(Where(Greater(self, 0), self, Mul(Sub(Exp(Mul(self, input_scale)), 1), "
                                "alpha)), scale)"));
}

// Where beta * x is above the threshold it is x itself.
static void softplus(tn_aten *c) {
    double beta = tni_at_float(c, "beta"), threshold = tni_at_float(c, "threshold");
    if (beta == 1 && threshold == 20)
        tni_at_give(c, 0, tni_at_expr(c, "Softplus(self)"));
    else
        tni_at_give(c, 0,
                    tni_at_expr(c, "Where(Greater(Mul(self, beta), threshold), self, Div(Softplus(Mul(self, "
                                   "beta)), beta))"));
}

static void prelu(tn_aten *c) { // one slope a channel, the second dimension
    tni_value *v = tni_at_tensor(c, "self"), *w = tni_at_tensor(c, "weight");
    int rank = tni_at_rank(c, v);
    int64_t shape[TN_MAX_RANK];
    for (int i = 0; i < rank; i++) shape[i] = i == 1 ? -1 : 1;
    if (rank > 1) w = tni_at_expr(c, "Reshape($0, $1)", w, tni_at_vector(c, shape, (size_t)rank));
    tni_at_give(c, 0, tni_at_expr(c, "PRelu($0, $1)", v, w));
}

static void hardtanh(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Clip(self, min_val, max_val)")); }

// Halves along a dimension: the first times the sigmoid of the second.
static void glu(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *half[2];
    tni_at_set_int(c, "axis", tni_at_axis(c, "dim", tni_at_rank(c, v)));
    tni_at_set_int(c, "num_outputs", 2);
    if (tni_at_node(c, "Split", 1, &v, 2, half))
        tni_at_give(c, 0, tni_at_expr(c, "Mul($0, Sigmoid($1))", half[0], half[1]));
}

// ---- logic

static void logic(tn_aten *c, const char *logical, const char *bitwise) {
    tni_at_give(c, 0, tni_at_expr(c, c->out == TN_BOOL ? logical : bitwise));
}

static void and_(tn_aten *c) { logic(c, "And(self, other)", "BitwiseAnd(self, other)"); }
static void or_(tn_aten *c) { logic(c, "Or(self, other)", "BitwiseOr(self, other)"); }
static void xor_(tn_aten *c) { logic(c, "Xor(self, other)", "BitwiseXor(self, other)"); }
static void not_(tn_aten *c) { logic(c, "Not(self)", "BitwiseNot(self)"); }

static void shift(tn_aten *c) {
    bool left = strstr(c->target, "left") || strstr(c->target, "lshift");
    if (c->out == TN_U8) { // BitShift knows what has no sign
        tni_at_set_text(c, "direction", left ? "LEFT" : "RIGHT");
        tni_at_give(c, 0,
                    tni_at_expr(c, "BitShift($0, $1){direction=direction}", tni_at_number(c, "self", TN_U8),
                                tni_at_number(c, "other", TN_U8)));
        return;
    }
    if (c->out == TN_I8 || c->out == TN_I16) { // wraps around as it is put back
        tni_value *v = tni_at_number(c, "self", TN_I32), *two = tni_at_scalar(c, TN_I32, 2);
        tni_value *by = tni_at_expr(c, "Pow($0, $1)", two, tni_at_number(c, "other", TN_I32));
        tni_at_give(c, 0,
                    tni_at_expr(c, left ? "out(Mul($0, $1))" : "out(Div(Sub($0, Mod($0, $1)), $1))", v, by));
        return;
    }
    tni_at_give(c, 0,
                tni_at_expr(c, left ? "Mul(self, Pow(2, other))"
                                    : "Div(Sub(self, Mod(self, Pow(2, other))), Pow(2, other))"));
}

// Of booleans, equality is what Xor denies; the others are told in integers.
static void compare(tn_aten *c) {
    static const struct {
        const char *packet, *as;
    } table[] = {{"eq", "Equal($0, $1)"},   {"ne", "Not(Equal($0, $1))"},
                 {"lt", "Less($0, $1)"},    {"le", "LessOrEqual($0, $1)"},
                 {"gt", "Greater($0, $1)"}, {"ge", "GreaterOrEqual($0, $1)"}};
    tn_dtype in = tni_at_promote(c, "self", "other");
    const char *packet = strchr(c->target, '.') + 1;
    bool equality = packet[0] == 'e' || packet[0] == 'n';
    if (in == TN_BOOL && !equality) in = TN_I32;
    tni_value *a = tni_at_number(c, "self", in), *b = tni_at_number(c, "other", in);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strncmp(packet, table[i].packet, 2)) tni_at_give(c, 0, tni_at_expr(c, table[i].as, a, b));
}

static void isfinite_(tn_aten *c) {
    bool f = tni_is_float(tni_at_type(tni_at_tensor(c, "self")));
    tni_at_give(c, 0, tni_at_expr(c, f ? "Not(Or(IsInf(self), IsNaN(self)))" : "Equal(self, self)"));
}

static void isinf_(tn_aten *c) {
    bool f = tni_is_float(tni_at_type(tni_at_tensor(c, "self")));
    tni_at_give(c, 0, tni_at_expr(c, f ? "IsInf(self)" : "IsInf(f32(self))"));
}

static void isnan_(tn_aten *c) {
    bool f = tni_is_float(tni_at_type(tni_at_tensor(c, "self")));
    tni_at_give(c, 0, tni_at_expr(c, f ? "IsNaN(self)" : "IsNaN(f32(self))"));
}

static void where(tn_aten *c) {
    tni_value *condition = tni_at_cast(c, tni_at_tensor(c, "condition"), TN_BOOL);
    tni_at_give(c, 0,
                tni_at_expr(c, "Where($0, $1, $2)", condition, tni_at_number(c, "self", c->out),
                            tni_at_number(c, "other", c->out)));
}

static void masked_fill(tn_aten *c) {
    tni_at_give(c, 0,
                tni_at_expr(c, "Where($0, $1, $2)", tni_at_tensor(c, "mask"),
                            tni_at_number(c, "value", c->out), tni_at_number(c, "self", c->out)));
}

static void nan_to_num(tn_aten *c) {
    double top = c->out == TN_F16 ? 65504 : c->out == TN_BF16 ? 3.3895313892515355e38 : 3.4028234663852886e38;
    double nan = tni_at_has(c, "nan") ? tni_at_float(c, "nan") : 0;
    double most = tni_at_has(c, "posinf") ? tni_at_float(c, "posinf") : top;
    double least = tni_at_has(c, "neginf") ? tni_at_float(c, "neginf") : -top;
    tni_value *v = tni_at_tensor(c, "self");
    if (!tni_is_float(tni_at_type(v))) { // all of it is a number
        tni_at_give(c, 0, v);
        return;
    }
    v = tni_at_expr(c, "Where(IsNaN($0), $1, $0)", v, tni_at_scalar(c, c->out, nan));
    v = tni_at_expr(c, "Where(IsInf($0){detect_negative=0}, $1, $0)", v, tni_at_scalar(c, c->out, most));
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Where(IsInf($0){detect_positive=0}, $1, $0)", v, tni_at_scalar(c, c->out, least)));
}

// Both are exact where the plain formula cancels: near 0.
tni_value *tni_at_expm1(tn_aten *c, tni_value *x) {
    tni_value *half = tni_at_scalar(c, tni_at_type(x), 0.5), *one = tni_at_scalar(c, tni_at_type(x), 1);
    tni_value *t = tni_at_expr(c, "Tanh(Mul($0, $1))", x, half);
    return tni_at_expr(c, "Where(Less(Abs($0), $1), Div(Add($2, $2), Sub($3, $2)), Sub(Exp($0), $3))", x,
                       half, t, one);
}

tni_value *tni_at_log1p(tn_aten *c, tni_value *x) {
    tni_value *half = tni_at_scalar(c, tni_at_type(x), 0.5), *one = tni_at_scalar(c, tni_at_type(x), 1),
              *two = tni_at_scalar(c, tni_at_type(x), 2);
    return tni_at_expr(c, "Where(Less(Abs($0), $1), Mul(Atanh(Div($0, Add($0, $2))), $2), Log(Add($0, $3)))",
                       x, half, two, one);
}

static void expm1_(tn_aten *c) { tni_at_give(c, 0, tni_at_expm1(c, tni_at_number(c, "self", c->out))); }
static void log1p_(tn_aten *c) { tni_at_give(c, 0, tni_at_log1p(c, tni_at_number(c, "self", c->out))); }

static void abs_(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Abs(self)")); }

static void lerp(tn_aten *c) {
    tni_value *w = tni_at_number(c, "weight", c->out);
    tni_at_give(c, 0, tni_at_expr(c, "Add(self, Mul(Sub(end, self), $0))", w));
}

static void addcmul(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Add(self, Mul(Mul(tensor1, tensor2), value))"));
}

static void addcdiv(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Add(self, Mul(Div(tensor1, tensor2), value))"));
}

#define OUT TN_ATEN_OUT

TN_ATEN(elementwise) = {
    {"aten.add", NULL, add, OUT},
    {"aten.sub", NULL, add, OUT},
    {"aten.subtract", NULL, add, OUT},
    {"aten.rsub", NULL, rsub, OUT},
    {"aten.mul", NULL, mul, OUT},
    {"aten.multiply", NULL, mul, OUT},
    {"aten.div.Tensor", "Div(self, other)", NULL, OUT},
    {"aten.div.Scalar", "Div(self, other)", NULL, OUT},
    {"aten.div", NULL, div_mode, OUT},
    {"aten.divide.Tensor", "Div(self, other)", NULL, OUT},
    {"aten.true_divide", "Div(self, other)", NULL, OUT},
    {"aten.floor_divide", NULL, floor_divide, OUT},
    {"aten.remainder", NULL, remainder_, OUT},
    {"aten.fmod", "Mod(self, other){fmod=1}", NULL, OUT},
    {"aten.pow", NULL, pow_, OUT},
    {"aten.atan2", NULL, atan2_, OUT},
    {"aten.arctan2", NULL, atan2_, OUT},
    {"aten.angle", "Where(IsNaN(self), self, Where(Less(self, 0), 3.14159265358979323846, 0))", NULL, OUT},
    {"aten.lerp", NULL, lerp, OUT},
    {"aten.addcmul", NULL, addcmul, OUT},
    {"aten.addcdiv", NULL, addcdiv, OUT},
    {"aten.abs", NULL, abs_, OUT},
    {"aten.absolute", NULL, abs_, OUT},
    {"aten.neg", "Neg(self)", NULL, OUT},
    {"aten.negative", "Neg(self)", NULL, OUT},
    {"aten.acos", "Acos(self)", NULL, OUT},
    {"aten.acosh", "Acosh(self)", NULL, OUT},
    {"aten.asin", "Asin(self)", NULL, OUT},
    {"aten.asinh", "Asinh(self)", NULL, OUT},
    {"aten.atan", "Atan(self)", NULL, OUT},
    {"aten.atanh", "Atanh(self)", NULL, OUT},
    {"aten.arccos", "Acos(self)", NULL, OUT},
    {"aten.arcsin", "Asin(self)", NULL, OUT},
    {"aten.arctan", "Atan(self)", NULL, OUT},
    {"aten.cos", "Cos(self)", NULL, OUT},
    {"aten.cosh", "Cosh(self)", NULL, OUT},
    {"aten.erf", "Erf(self)", NULL, OUT},
    {"aten.erfc", "Sub(1, Erf(self))", NULL, OUT},
    {"aten.exp", "Exp(self)", NULL, OUT},
    {"aten.exp2", "Pow(2, self)", NULL, OUT},
    {"aten.expm1", NULL, expm1_, OUT},
    {"aten.log", "Log(self)", NULL, OUT},
    {"aten.log10", "Mul(Log(self), 0.43429448190325182765)", NULL, OUT},
    {"aten.log1p", NULL, log1p_, OUT},
    {"aten.log2", "Mul(Log(self), 1.44269504088896340736)", NULL, OUT},
    {"aten.reciprocal", "Reciprocal(self)", NULL, OUT},
    {"aten.rsqrt", "Reciprocal(Sqrt(self))", NULL, OUT},
    {"aten.sigmoid", "Sigmoid(self)", NULL, OUT},
    {"aten.sin", "Sin(self)", NULL, OUT},
    {"aten.sinc",
     "Where(Equal(self, 0), 1, Div(Sin(Mul(self, 3.14159265358979323846)), Mul(self, "
     "3.14159265358979323846)))",
     NULL, OUT},
    {"aten.sinh", "Sinh(self)", NULL, OUT},
    {"aten.sqrt", "Sqrt(self)", NULL, OUT},
    {"aten.square", "Mul(self, self)", NULL, OUT},
    {"aten.tan", "Tan(self)", NULL, OUT},
    {"aten.tanh", "Tanh(self)", NULL, OUT},
    {"aten.deg2rad", "Mul(self, 0.01745329251994329577)", NULL, OUT},
    {"aten.rad2deg", "Mul(self, 57.2957795130823208768)", NULL, OUT},
    {"aten.floor", NULL, floor_, 0},
    {"aten.ceil", NULL, ceil_, 0},
    {"aten.round.default", NULL, round_, 0},
    {"aten.round.decimals", NULL, round_decimals, OUT},
    {"aten.trunc", NULL, trunc_, 0},
    {"aten.fix", NULL, trunc_, 0},
    {"aten.frac", "Sub(self, Mul(Sign(self), Floor(Abs(self))))", NULL, OUT},
    {"aten.clamp", NULL, clamp, 0},
    {"aten.clip", NULL, clamp, 0},
    {"aten.clamp_min.default", "Clip(self, min)", NULL, OUT},
    {"aten.clamp_max.default", "Clip(self, _, max)", NULL, OUT},
    {"aten.relu", "Relu(self)", NULL, 0},
    {"aten.relu6", "Clip(self, 0, 6)", NULL, 0},
    {"aten.leaky_relu", "LeakyRelu(self){alpha=negative_slope}", NULL, 0},
    {"aten.prelu", NULL, prelu, 0},
    {"aten._prelu_kernel", NULL, prelu, 0},
    {"aten.rrelu", NULL, rrelu, 0},
    {"aten.rrelu_with_noise", NULL, rrelu, 0},
    {"aten.rrelu_with_noise_functional", NULL, rrelu, 0},
    {"aten.elu", NULL, elu, OUT},
    {"aten.celu", "Celu(self){alpha=alpha}", NULL, 0},
    {"aten.selu", "Selu(self)", NULL, 0},
    {"aten.gelu", NULL, gelu, 0},
    {"aten.silu", "Swish(self)", NULL, 0},
    {"aten.mish", "Mish(self)", NULL, 0},
    {"aten.softplus", NULL, softplus, OUT},
    {"aten.hardtanh", NULL, hardtanh, OUT},
    {"aten.hardsigmoid", "HardSigmoid(self){alpha=0.16666666666666666, beta=0.5}", NULL, 0},
    {"aten.hardswish", "HardSwish(self)", NULL, 0},
    {"aten.log_sigmoid", "Neg(Softplus(Neg(self)))", NULL, OUT},
    {"aten.threshold", "Where(Greater(self, threshold), self, value)", NULL, OUT},
    {"aten.hardshrink", "Shrink(self){lambd=lambd}", NULL, 0},
    {"aten.softshrink", "Shrink(self){lambd=lambd, bias=lambd}", NULL, 0},
    {"aten.glu", NULL, glu, 0},
    {"aten.logical_and", "And(bool(self), bool(other))", NULL, 0},
    {"aten.logical_or", "Or(bool(self), bool(other))", NULL, 0},
    {"aten.logical_xor", "Xor(bool(self), bool(other))", NULL, 0},
    {"aten.logical_not", "Not(bool(self))", NULL, 0},
    {"aten.bitwise_and", NULL, and_, OUT},
    {"aten.bitwise_or", NULL, or_, OUT},
    {"aten.bitwise_xor", NULL, xor_, OUT},
    {"aten.bitwise_not", NULL, not_, OUT},
    {"aten.bitwise_left_shift", NULL, shift, OUT},
    {"aten.bitwise_right_shift", NULL, shift, OUT},
    {"aten.__and__", NULL, and_, OUT},
    {"aten.__or__", NULL, or_, OUT},
    {"aten.__xor__", NULL, xor_, OUT},
    {"aten.__lshift__", NULL, shift, OUT},
    {"aten.__rshift__", NULL, shift, OUT},
    {"aten.eq", NULL, compare, 0},
    {"aten.ne", NULL, compare, 0},
    {"aten.lt", NULL, compare, 0},
    {"aten.le", NULL, compare, 0},
    {"aten.gt", NULL, compare, 0},
    {"aten.ge", NULL, compare, 0},
    {"aten.isinf", NULL, isinf_, 0},
    {"aten.isnan", NULL, isnan_, 0},
    {"aten.isfinite", NULL, isfinite_, 0},
    {"aten.where.self", NULL, where, 0},
    {"aten.where.ScalarSelf", NULL, where, 0},
    {"aten.where.ScalarOther", NULL, where, 0},
    {"aten.where.Scalar", NULL, where, 0},
    {"aten.masked_fill", NULL, masked_fill, 0},
    {"aten.nan_to_num", NULL, nan_to_num, 0},
    {0},
};
