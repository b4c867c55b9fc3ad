// SPDX-License-Identifier: Apache-2.0
// special.c - PyTorch's rarer functions of single elements.
#include "import/aten/complex.h"

#include <math.h>
#include <string.h>

// ---- functions

static tni_value *number(tn_aten *c, const char *name) { return tni_at_number(c, name, c->out); }

static void float_power(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Pow($0, $1)", number(c, "self"), number(c, "exponent")));
}

static void logaddexp(tn_aten *c) { // of equal infinities their sum is one of them
    bool two = strstr(c->target, "exp2") != NULL;
    tni_value *k = tni_at_scalar(c, c->out, two ? 0.69314718055994530942 : 1);
    tni_value *most = tni_at_expr(c, "Max(self, other)"), *gap = tni_at_expr(c, "Abs(Sub(self, other))");
    tni_value *more = tni_at_expr(c, "Div(Log(Add(Exp(Neg(Mul($0, $1))), 1)), $1)", gap, k);
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Where(Equal(self, other), Add($0, Div(0.69314718055994530942, $1)), Add($0, $2))",
                    most, k, more));
}

static void logit(tn_aten *c) {
    tni_value *x = number(c, "self");
    if (tni_at_has(c, "eps")) {
        double eps = tni_at_float(c, "eps");
        x = tni_at_expr(c, "Clip($0, $1, $2)", x, tni_at_scalar(c, c->out, eps),
                        tni_at_scalar(c, c->out, 1 - eps));
    }
    tni_at_give(c, 0, tni_at_expr(c, "Log(Div($0, Sub(1, $0)))", x));
}

// 0 log y is 0, but NaN where y is.
static void xlogy(tn_aten *c) {
    tni_value *x = number(c, "self"), *y = number(c, "other");
    if (strstr(c->target, "log1py")) y = tni_at_expr(c, "Add($0, 1)", y);
    tni_value *zero = tni_at_expr(c, "And(Equal($0, 0), Not(IsNaN($1)))", x, y);
    tni_at_give(c, 0, tni_at_expr(c, "Where($0, 0, Mul($1, Log($2)))", zero, x, y));
}

static void hypot_(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Sqrt(Add(Mul(self, self), Mul(other, other)))"));
}

// The sign of 0 tells it apart too: 1 / -0 is below 0.
static tni_value *negative(tn_aten *c, tni_value *x) {
    if (!tni_is_float(tni_at_type(x)))
        return tni_at_expr(c, "Less($0, $1)", x, tni_at_scalar(c, tni_at_type(x), 0));
    return tni_at_expr(c, "Or(Less($0, $1), Less(Reciprocal($0), $1))", x,
                       tni_at_scalar(c, tni_at_type(x), 0));
}

static void signbit_(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "self");
    if (tni_at_type(x) == TN_BOOL) x = tni_at_cast(c, x, TN_I32);
    tni_at_give(c, 0, negative(c, x));
}

static void copysign_(tn_aten *c) {
    tni_value *a = tni_at_expr(c, "Abs($0)", number(c, "self"));
    tni_at_give(c, 0, tni_at_expr(c, "Where($0, Neg($1), $1)", negative(c, number(c, "other")), a));
}

static void heaviside(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Where(Equal(self, 0), values, Where(Greater(self, 0), 1, 0))"));
}

static void ldexp_(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Mul(self, Pow(2, other))")); }

static void isclose(tn_aten *c) {
    tn_dtype in = tni_is_float(tni_at_type(tni_at_tensor(c, "self"))) ? TN_F64 : TN_I64;
    tni_value *a = tni_at_number(c, "self", in), *b = tni_at_number(c, "other", in);
    tni_value *x = tni_at_cast(c, a, TN_F64), *y = tni_at_cast(c, b, TN_F64);
    tni_value *allowed =
        tni_at_expr(c, "Add(Mul(Abs($0), $1), $2)", y, tni_at_scalar(c, TN_F64, tni_at_float(c, "rtol")),
                    tni_at_scalar(c, TN_F64, tni_at_float(c, "atol")));
    tni_value *near =
        tni_at_expr(c, "And(LessOrEqual(Abs(Sub($0, $1)), $2), Not(IsInf(Sub($0, $1))))", x, y, allowed);
    tni_value *same = tni_at_expr(c, "Or(Equal($0, $1), $2)", a, b, near);
    if (tni_at_bool(c, "equal_nan")) same = tni_at_expr(c, "Or($0, And(IsNaN($1), IsNaN($2)))", same, x, y);
    tni_at_give(c, 0, same);
}

static void one_infinity(tn_aten *c) {
    bool positive = strstr(c->target, "posinf") != NULL;
    tni_value *x = tni_at_tensor(c, "self");
    if (!tni_is_float(tni_at_type(x))) x = tni_at_cast(c, x, TN_F32);
    tni_at_give(
        c, 0, tni_at_expr(c, positive ? "IsInf($0){detect_negative=0}" : "IsInf($0){detect_positive=0}", x));
}

static void isreal(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Expand($0, Shape(self))", tni_at_scalar(c, TN_BOOL, 1)));
}

static void isin(tn_aten *c) {
    bool tensors = tni_at_is_tensor(c, "elements");
    tn_dtype in = tni_at_promote(c, tensors ? "elements" : "test_elements",
                                 tni_at_has(c, "test_element") ? "test_element"
                                 : tensors                     ? "elements"
                                                               : "element");
    tni_value *x = tni_at_number(c, tensors ? "elements" : "element", in);
    tni_value *of = tni_at_number(c, tni_at_has(c, "test_elements") ? "test_elements" : "test_element", in);
    tni_value *y = tni_at_expr(c, "Equal(Unsqueeze($0, [-1]), Reshape($1, [-1]))", x, of);
    y = tni_at_expr(c, "bool(ReduceMax(i32($0), [-1]){keepdims=0})", y);
    tni_at_give(c, 0, tni_at_bool(c, "invert") ? tni_at_expr(c, "Not($0)", y) : y);
}

// Giles, "Approximating the erfinv function" (2012), in single precision; then one step of Newton's.
static void erfinv(tn_aten *c) {
    static const double near[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
                                  -4.39150654e-06, 0.00021858087,  -0.00125372503,
                                  -0.00417768164,  0.246640727,    1.50140941};
    static const double far[] = {-0.000200214257, 0.000100950558, 0.00134934322,
                                 -0.00367342844,  0.00573950773,  -0.0076224613,
                                 0.00943887047,   1.00167406,     2.83297682};
    tni_value *x = number(c, "self"), *p[2];
    tni_value *w = tni_at_expr(c, "Neg(Log(Mul(Sub(1, $0), Add(1, $0))))", x);
    for (int k = 0; k < 2; k++) {
        const double *a = k ? far : near;
        tni_value *t = k ? tni_at_expr(c, "Sub(Sqrt($0), 3)", w) : tni_at_expr(c, "Sub($0, 2.5)", w);
        p[k] = tni_at_scalar(c, c->out, a[0]);
        for (int i = 1; i < 9; i++)
            p[k] = tni_at_expr(c, "Add(Mul($0, $1), $2)", p[k], t, tni_at_scalar(c, c->out, a[i]));
    }
    tni_value *y = tni_at_expr(c, "Mul(Where(Less($0, 5), $1, $2), $3)", w, p[0], p[1], x);
    tni_value *step =
        tni_at_expr(c, "Mul(Mul(Sub(Erf($0), $1), Exp(Mul($0, $0))), 0.88622692545275801365)", y, x);
    y = tni_at_expr(c, "Where(Less(Abs($0), 0.99), Sub($1, $2), $1)", x, y, step);
    tni_value *end = tni_at_expr(c, "Mul($0, $1)", x, tni_at_scalar(c, c->out, HUGE_VAL));
    tni_at_give(c, 0, tni_at_expr(c, "Where(Equal(Abs($0), 1), $1, $2)", x, end, y));
}

static void extreme(tn_aten *c) {                    // of truth values they are logic
    bool clamp = strstr(c->target, "clamp") != NULL; // from below: no less than
    bool most = (strstr(c->target, "max") != NULL) != clamp;
    const char *other = tni_at_has(c, "other") ? "other" : strstr(c->target, "clamp_min") ? "min" : "max";
    tni_value *a = number(c, "self"), *b = number(c, other);
    if (c->out == TN_BOOL)
        tni_at_give(c, 0, tni_at_expr(c, most ? "Or($0, $1)" : "And($0, $1)", a, b));
    else
        tni_at_give(c, 0, tni_at_expr(c, most ? "Max($0, $1)" : "Min($0, $1)", a, b));
}

static void fextreme(tn_aten *c) { // NaN loses
    bool most = strstr(c->target, "max") != NULL;
    if (!tni_is_float(c->out)) {
        extreme(c);
        return;
    }
    tni_at_give(
        c, 0,
        tni_at_expr(c, most ? "Where(IsNaN(self), other, Where(IsNaN(other), self, Max(self, other)))"
                            : "Where(IsNaN(self), other, Where(IsNaN(other), self, Min(self, other)))"));
}

static void sign_(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "self");
    tni_at_give(c, 0, tni_at_type(x) == TN_BOOL ? x : tni_at_expr(c, "Sign($0)", x));
}

static void frexp_(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "self");
    tni_value *two = tni_at_scalar(c, tni_at_type(x), 2), *zero = tni_at_scalar(c, tni_at_type(x), 0);
    tni_value *e = tni_at_expr(c, "Add(Floor(Mul(Log(Abs($0)), 1.44269504088896340736)), 1)", x);
    e = tni_at_expr(c, "Where(Equal($0, $1), $1, $2)", x, zero, e);
    tni_value *m = tni_at_expr(c, "Div($0, Pow($1, $2))", x, two, e);
    tni_value *big = tni_at_expr(c, "GreaterOrEqual(Abs($0), $1)", m, tni_at_scalar(c, tni_at_type(x), 1));
    tni_value *small = tni_at_expr(c, "And(Less(Abs($0), $1), Not(Equal($0, $2)))", m,
                                   tni_at_scalar(c, tni_at_type(x), 0.5), zero); // the logarithm was rounded
    e = tni_at_expr(c, "Where($0, Add($1, $2), Where($3, Sub($1, $2), $1))", big, e,
                    tni_at_scalar(c, tni_at_type(x), 1), small);
    tni_at_give(c, 0, tni_at_expr(c, "Div($0, Pow($1, $2))", x, two, e));
    tni_at_give(c, 1, tni_at_cast(c, e, TN_I32));
}

// The sum of log Gamma(x - i/2) for i below p, and p (p - 1) / 4 log pi.
static void mvlgamma(tn_aten *c) {
    tni_value *x = tni_at_number(c, "self", c->out);
    int64_t p = tni_at_int(c, "p");
    if (p < 1 || p > 64) tni_at_fail(c, NULL, "the dimension must be from 1 to 64");
    tni_value *sum = tni_at_scalar(c, c->out, (double)(p * (p - 1)) / 4 * 1.14472988584940017414);
    for (int64_t i = 0; i < p && !c->failed; i++)
        sum = tni_at_expr(c, "Add($0, tn.Lgamma(Sub($1, $2)))", sum, x,
                          tni_at_scalar(c, c->out, (double)i / 2));
    tni_at_give(c, 0, sum);
}

#define OUT TN_ATEN_OUT

// ---- Euclid's steps on all elements, until none of them has a remainder

static tni_value *euclid(tn_aten *c, tni_value **v) {
    tni_value *next = tni_at_expr(c, "Where(Equal($1, 0), $0, $1)", v[0], v[1]);
    v[1] = tni_at_expr(c, "Mod($0, Max($1, 1))", v[0], v[1]); // 0 where $1 is
    v[0] = next;
    return tni_at_expr(c, "bool(ReduceSum(i64(bool($0))){keepdims=0})", v[1]);
}

static tni_value *divisor(tn_aten *c) {
    tni_value *v[] = {tni_at_expr(c, "Abs(Add(self, Mul(other, 0)))"),
                      tni_at_expr(c, "Abs(Add(other, Mul(self, 0)))")};
    return tni_at_loop(c, NULL, 2, v, euclid) ? v[0] : NULL;
}

static void gcd(tn_aten *c) { tni_at_give(c, 0, divisor(c)); }

static void lcm(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Abs(Mul(Div(self, Max($0, 1)), other))", divisor(c)));
}

TN_ATEN(special) = {
    {"aten.maximum", NULL, extreme, OUT},
    {"aten.minimum", NULL, extreme, OUT},
    {"aten.max.other", NULL, extreme, OUT},
    {"aten.min.other", NULL, extreme, OUT},
    {"aten.clamp_min.Tensor", NULL, extreme, OUT},
    {"aten.clamp_max.Tensor", NULL, extreme, OUT},
    {"aten.fmax", NULL, fextreme, OUT},
    {"aten.fmin", NULL, fextreme, OUT},
    {"aten.sign", NULL, sign_, 0},
    {"aten.sgn", NULL, sign_, 0},
    {"aten.float_power", NULL, float_power, 0},
    {"aten.logaddexp", NULL, logaddexp, OUT},
    {"aten.logaddexp2", NULL, logaddexp, OUT},
    {"aten.logit", NULL, logit, 0},
    {"aten.special_logit", NULL, logit, 0},
    {"aten.xlogy", NULL, xlogy, 0},
    {"aten.special_xlog1py", NULL, xlogy, 0},
    {"aten.special_entr", "Where(Equal(self, 0), 0, Neg(Mul(self, Log(self))))", NULL, OUT},
    {"aten.special_ndtr", "tn.Ndtr(self)", NULL, OUT},
    {"aten.special_log_ndtr", "tn.LogNdtr(self)", NULL, OUT},
    {"aten.special_ndtri", "tn.Ndtri(self)", NULL, OUT},
    {"aten.special_erfcx", "tn.Erfcx(self)", NULL, OUT},
    {"aten.gcd", NULL, gcd, OUT},
    {"aten.lcm", NULL, lcm, OUT},
    {"aten.lgamma", "tn.Lgamma(self)", NULL, OUT},
    {"aten.special_gammaln", "tn.Lgamma(self)", NULL, OUT},
    {"aten.mvlgamma", NULL, mvlgamma, OUT},
    {"aten.special_multigammaln", NULL, mvlgamma, OUT},
    {"aten.digamma", "tn.Digamma(self)", NULL, OUT},
    {"aten.special_psi", "tn.Digamma(self)", NULL, OUT},
    {"aten.special_digamma", "tn.Digamma(self)", NULL, OUT},
    {"aten.i0", "tn.BesselI0(self)", NULL, OUT},
    {"aten.special_i0", "tn.BesselI0(self)", NULL, OUT},
    {"aten.special_i0e", "tn.BesselI0e(self)", NULL, OUT},
    {"aten.special_i1", "tn.BesselI1(self)", NULL, OUT},
    {"aten.special_i1e", "tn.BesselI1e(self)", NULL, OUT},
    {"aten.special_modified_bessel_i0", "tn.BesselI0(self)", NULL, OUT},
    {"aten.special_modified_bessel_i1", "tn.BesselI1(self)", NULL, OUT},
    {"aten.hypot", NULL, hypot_, OUT},
    {"aten.signbit", NULL, signbit_, 0},
    {"aten.copysign", NULL, copysign_, 0},
    {"aten.heaviside", NULL, heaviside, OUT},
    {"aten.ldexp", NULL, ldexp_, OUT},
    {"aten.isclose", NULL, isclose, 0},
    {"aten.isposinf", NULL, one_infinity, 0},
    {"aten.isneginf", NULL, one_infinity, 0},
    {"aten.isreal", NULL, isreal, 0},
    {"aten.isin", NULL, isin, 0},
    {"aten.erfinv", NULL, erfinv, 0},
    {"aten.frexp.Tensor", NULL, frexp_, 0},
    {0},
};
