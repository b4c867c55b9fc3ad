// SPDX-License-Identifier: Apache-2.0
// unary.c - operators of one input that work element by element: mathematics, rounding, tests, bits.
// Floating types are computed in double and rounded once; integers wrap.
#include "op/op.h"

// One row function and the reference kernel around it.
#define UNARY_REF(id, expr)  \
    TNI_MAP1(id##_row, expr) \
    static tn_status id##_ref(tn_call *c) { return tni_call_map1(c, id##_row, NULL); }

UNARY_REF(acos, acos(x))
UNARY_REF(acosh, acosh(x))
UNARY_REF(asin, asin(x))
UNARY_REF(asinh, asinh(x))
UNARY_REF(atan, atan(x))
UNARY_REF(atanh, atanh(x))
UNARY_REF(ceil, ceil(x))
UNARY_REF(cos, cos(x))
UNARY_REF(cosh, cosh(x))
UNARY_REF(erf, erf(x))
UNARY_REF(exp, exp(x))
UNARY_REF(floor, floor(x))
UNARY_REF(log, log(x))
UNARY_REF(reciprocal, 1.0 / x)
UNARY_REF(round, rint(x))
UNARY_REF(sin, sin(x))
UNARY_REF(sinh, sinh(x))
UNARY_REF(sqrt, sqrt(x))
UNARY_REF(tan, tan(x))
UNARY_REF(isnan, isnan(x) ? 1.0 : 0.0)
UNARY_REF(not, x != 0 ? 0.0 : 1.0)

// ------------------------------------------------------------------------- with a form for integers

TNI_MAP1(abs_row, fabs(x))
TNI_MAP1(neg_row, -x)
TNI_MAP1(sign_row, x > 0 ? 1.0 : x < 0 ? -1.0 : x)

static int64_t negate(int64_t x) { return (int64_t)(0 - (uint64_t)x); }

static void abs_row_int(int64_t *y, const int64_t *x, int64_t n, tn_dtype dtype) {
    bool as_is = tni_is_unsigned(dtype);
    for (int64_t k = 0; k < n; k++) y[k] = as_is || x[k] >= 0 ? x[k] : negate(x[k]);
}

static void neg_row_int(int64_t *y, const int64_t *x, int64_t n, tn_dtype dtype) {
    (void)dtype;
    for (int64_t k = 0; k < n; k++) y[k] = negate(x[k]);
}

static void sign_row_int(int64_t *y, const int64_t *x, int64_t n, tn_dtype dtype) {
    bool positive = tni_is_unsigned(dtype);
    for (int64_t k = 0; k < n; k++) y[k] = x[k] == 0 ? 0 : x[k] > 0 || positive ? 1 : -1;
}

static void bitwise_not_row(int64_t *y, const int64_t *x, int64_t n, tn_dtype dtype) {
    (void)dtype;
    for (int64_t k = 0; k < n; k++) y[k] = ~x[k];
}

static tn_status abs_ref(tn_call *c) { return tni_call_either1(c, abs_row, abs_row_int); }
static tn_status neg_ref(tn_call *c) { return tni_call_either1(c, neg_row, neg_row_int); }
static tn_status sign_ref(tn_call *c) { return tni_call_either1(c, sign_row, sign_row_int); }
static tn_status bitwise_not_ref(tn_call *c) { return tni_call_map1_int(c, bitwise_not_row); }

// Which infinities IsInf looks for.
static void isinf_row(double *y, const double *x, int64_t n, const void *arg) {
    const bool *wanted = arg; // [negative, positive]
    for (int64_t k = 0; k < n; k++) y[k] = isinf(x[k]) && wanted[x[k] > 0] ? 1.0 : 0.0;
}

static tn_status isinf_ref(tn_call *c) {
    bool wanted[] = {tn_attr_int(c->attrs, "detect_negative") != 0,
                     tn_attr_int(c->attrs, "detect_positive") != 0};
    return tni_call_map1(c, isinf_row, wanted);
}

// ----------------------------------------------------------------------------------------- inference

static bool neg_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    *to = in[0].e ? tn_dim_sub(c->dims, tn_k(0), in[0]) : tn_k(negate(in[0].k));
    return true;
}

static bool abs_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    *to = in[0].e ? tn_dim_max(c->dims, in[0], tn_dim_sub(c->dims, tn_k(0), in[0]))
                  : tn_k(in[0].k < 0 ? negate(in[0].k) : in[0].k);
    return true;
}

static bool sign_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)c, (void)n;
    *to = tn_k((in[0].k > 0) - (in[0].k < 0));
    return !in[0].e;
}

static bool not_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)c, (void)n;
    *to = tn_k(in[0].k == 0);
    return !in[0].e;
}

static bool same_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)c, (void)n;
    *to = in[0];
    return true;
}

static tn_status neg_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_same, neg_content); }
static tn_status abs_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_same, abs_content); }
static tn_status sign_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_same, sign_content); }
static tn_status not_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_same, not_content); }
static tn_status whole_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_same, same_content); }

// --------------------------------------------------------------------------------------- definitions

#define UNARY_FULL(name_, first_, since_, doc_, dtypes_, infer_, ref_)                                   \
    {                                                                                                    \
        TN_HERE, .name = name_, .since = since_, .first = first_, .doc = doc_, .traits = TN_ELEMENTWISE, \
                 .in = {{"X", "T"}}, .out = {{"Y", "T"}}, .types = {{"T", dtypes_}}, .infer = infer_,    \
                 .ref = ref_, .upgrade = tni_upgrade_consumed                                            \
    }
#define UNARY(name_, first_, since_, doc_, ref_) \
    UNARY_FULL(name_, first_, since_, doc_, TN_FLOATS, tn_infer_same, ref_)

TN_OP(abs) = UNARY_FULL("Abs", 1, 13, "absolute value", TN_NUMBERS, abs_infer, abs_ref);
TN_OP(acos) = UNARY("Acos", 7, 22, "arc cosine", acos_ref);
TN_OP(acosh) = UNARY("Acosh", 9, 22, "inverse hyperbolic cosine", acosh_ref);
TN_OP(asin) = UNARY("Asin", 7, 22, "arc sine", asin_ref);
TN_OP(asinh) = UNARY("Asinh", 9, 22, "inverse hyperbolic sine", asinh_ref);
TN_OP(atan) = UNARY("Atan", 7, 22, "arc tangent", atan_ref);
TN_OP(atanh) = UNARY("Atanh", 9, 22, "inverse hyperbolic tangent", atanh_ref);
TN_OP(bitwise_not) = UNARY_FULL("BitwiseNot", 18, 18, "every bit inverted", TN_INTEGERS, tn_infer_same,
                                bitwise_not_ref);
TN_OP(ceil) = UNARY_FULL("Ceil", 1, 13, "smallest integer not below x", TN_FLOATS, whole_infer, ceil_ref);
TN_OP(cos) = UNARY("Cos", 7, 22, "cosine", cos_ref);
TN_OP(cosh) = UNARY("Cosh", 9, 22, "hyperbolic cosine", cosh_ref);
TN_OP(erf) = UNARY_FULL("Erf", 9, 13, "error function", TN_NUMBERS, tn_infer_same, erf_ref);
TN_OP(exp) = UNARY("Exp", 1, 13, "e to the x", exp_ref);
TN_OP(floor) = UNARY_FULL("Floor", 1, 13, "largest integer not above x", TN_FLOATS, whole_infer, floor_ref);
TN_OP(log) = UNARY("Log", 1, 13, "natural logarithm", log_ref);
TN_OP(neg) = UNARY_FULL("Neg", 1, 13, "-x", TN_FLOATS | TN_SIGNED, neg_infer, neg_ref);
TN_OP(logical_not) = UNARY_FULL("Not", 1, 1, "logical negation", TN_BIT(TN_BOOL), not_infer, not_ref);
TN_OP(reciprocal) = UNARY("Reciprocal", 1, 13, "1 / x", reciprocal_ref);
TN_OP(round) = UNARY_FULL("Round", 11, 22, "nearest integer, halves to even", TN_FLOATS, whole_infer,
                          round_ref);
TN_OP(sign) = UNARY_FULL("Sign", 9, 13, "-1, 0 or 1", TN_NUMBERS, sign_infer, sign_ref);
TN_OP(sin) = UNARY("Sin", 7, 22, "sine", sin_ref);
TN_OP(sinh) = UNARY("Sinh", 9, 22, "hyperbolic sine", sinh_ref);
TN_OP(sqrt) = UNARY("Sqrt", 1, 13, "square root", sqrt_ref);
TN_OP(tan) = UNARY("Tan", 7, 22, "tangent", tan_ref);

#define TESTED (TN_FLOATS | TNI_FLOAT8S)

TN_OP(isinf) = {
    TN_HERE,
    .name = "IsInf",
    .since = 20,
    .first = 10,
    .doc = "whether x is an infinity of a wanted sign",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "bool"}},
    .types = {{"T", TESTED}},
    .attrs = {{"detect_negative", TN_ATTR_INT, .i = 1}, {"detect_positive", TN_ATTR_INT, .i = 1}},
    .infer = tni_infer_bool,
    .ref = isinf_ref,
};

TN_OP(isnan) = {
    TN_HERE,
    .name = "IsNaN",
    .since = 20,
    .first = 9,
    .doc = "whether x is not a number",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "bool"}},
    .types = {{"T", TESTED}},
    .infer = tni_infer_bool,
    .ref = isnan_ref,
};
