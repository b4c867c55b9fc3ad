// SPDX-License-Identifier: Apache-2.0
// complex_function.c - functions of complex numbers by their real and imaginary parts, products of many, and
// sums of a product and something else. Rows as in complex.c.
#include "import/aten/complex.h"

#include <string.h>

static void give(tn_aten *c, tni_at_complex z) { tni_at_give(c, 0, tni_at_joined(c, z)); }

static tni_at_complex self(tn_aten *c) { return tni_at_operand(c, "self"); }

// `re` and `im` as expressions over the parts $0 and $1.
static tni_at_complex formed(tn_aten *c, tni_at_complex z, const char *re, const char *im) {
    return (tni_at_complex){tni_at_expr(c, re, z.re, z.im), tni_at_expr(c, im, z.re, z.im)};
}

static void sin_(tn_aten *c) {
    give(c, formed(c, self(c), "Mul(Sin($0), Cosh($1))", "Mul(Cos($0), Sinh($1))"));
}
static void cos_(tn_aten *c) {
    give(c, formed(c, self(c), "Mul(Cos($0), Cosh($1))", "Neg(Mul(Sin($0), Sinh($1)))"));
}
static void sinh_(tn_aten *c) {
    give(c, formed(c, self(c), "Mul(Sinh($0), Cos($1))", "Mul(Cosh($0), Sin($1))"));
}
static void cosh_(tn_aten *c) {
    give(c, formed(c, self(c), "Mul(Cosh($0), Cos($1))", "Mul(Sinh($0), Sin($1))"));
}

// With t the tangent of the imaginary part and s the hyperbolic sine of the real one
//     (s (1 + t^2) sqrt(1 + s^2) + i t) / (1 + s^2 (1 + t^2))
// (Kahan, Branch Cuts for Complex Elementary Functions). Beyond 20 the result is 1 or -1 to the last digit.
static tni_at_complex tangent(tn_aten *c, tni_at_complex z) {
    tn_dtype type = tni_at_type(z.re);
    double far = type == TN_F64 ? 40 : 20;
    tni_value *held = tni_at_expr(c, "Min(Max($0, $1), $2)", z.re, tni_at_scalar(c, type, -far),
                                  tni_at_scalar(c, type, far));
    tni_value *s = tni_at_expr(c, "Sinh($0)", held), *t = tni_at_expr(c, "Tan($0)", z.im),
              *one = tni_at_scalar(c, type, 1);
    tni_value *b = tni_at_expr(c, "Add(Mul($0, $0), $1)", t, one),
              *r = tni_at_expr(c, "Add(Mul($0, $0), $1)", s, one);
    tni_value *n = tni_at_expr(c, "Add(Mul(Mul($0, $0), $1), $2)", s, b, one);
    return (tni_at_complex){tni_at_expr(c, "Div(Mul(Mul($0, $1), Sqrt($2)), $3)", s, b, r, n),
                            tni_at_expr(c, "Div($0, $1)", t, n)};
}

static void tanh_(tn_aten *c) { give(c, tangent(c, self(c))); }

static void tan_(tn_aten *c) { // -i tanh(iz)
    tni_at_complex z = self(c);
    z = tangent(c, (tni_at_complex){tni_at_expr(c, "Neg($0)", z.im), z.re});
    give(c, (tni_at_complex){z.im, tni_at_expr(c, "Neg($0)", z.re)});
}

static tni_at_complex number(tn_aten *c, tni_at_complex like, double re) {
    tn_dtype type = tni_at_type(like.re);
    return (tni_at_complex){tni_at_scalar(c, type, re), tni_at_scalar(c, type, 0)};
}

static void sigmoid(tn_aten *c) { // 1 / (1 + exp(-z))
    tni_at_complex z = formed(c, self(c), "Neg($0)", "Neg($1)");
    tni_at_complex e = tni_at_exponential(c, z), one = number(c, z, 1);
    e.re = tni_at_expr(c, "Add($0, $1)", e.re, one.re);
    give(c, tni_at_quotient(c, one, e));
}

// Its real part is expm1(x) cos y - (1 - cos y): what cancels near 0 is written otherwise.
static void expm1_(tn_aten *c) {
    tni_at_complex z = self(c), y = tni_at_exponential(c, z);
    tni_value *half = tni_at_expr(c, "Sin(Mul($0, $1))", z.im, tni_at_scalar(c, tni_at_type(z.im), 0.5));
    y.re = tni_at_expr(c, "Sub(Mul($0, Cos($1)), Mul(Mul($2, $2), $3))", tni_at_expm1(c, z.re), z.im, half,
                       number(c, z, 2).re);
    give(c, y);
}

// Near 0 by |1 + z|^2 - 1.
static void log1p_(tn_aten *c) {
    tni_at_complex z = self(c), two = number(c, z, 2), far = z;
    tni_value *half = tni_at_scalar(c, tni_at_type(z.re), 0.5);
    far.re = tni_at_expr(c, "Add($0, $1)", z.re, number(c, z, 1).re);
    far = tni_at_logarithm(c, far);
    tni_value *more = tni_at_expr(c, "Add(Mul($0, Add($0, $1)), Mul($2, $2))", z.re, two.re, z.im);
    far.re = tni_at_expr(c, "Where(Less(Max(Abs($0), Abs($1)), $2), Mul($3, $2), $4)", z.re, z.im, half,
                         tni_at_log1p(c, more), far.re);
    give(c, far);
}

static void log_of_base(tn_aten *c) {
    tni_at_complex z = tni_at_logarithm(c, self(c));
    tni_value *base = tni_at_scalar(
        c, tni_at_type(z.re), strstr(c->target, "log2") ? 0.69314718055994530942 : 2.30258509299404568402);
    give(c, (tni_at_complex){tni_at_expr(c, "Div($0, $1)", z.re, base),
                             tni_at_expr(c, "Div($0, $1)", z.im, base)});
}

static void exp2_(tn_aten *c) {
    tni_at_complex z = self(c);
    tni_value *log2 = tni_at_scalar(c, tni_at_type(z.re), 0.69314718055994530942);
    z = (tni_at_complex){tni_at_expr(c, "Mul($0, $1)", z.re, log2),
                         tni_at_expr(c, "Mul($0, $1)", z.im, log2)};
    give(c, tni_at_exponential(c, z));
}

static void rsqrt(tn_aten *c) {
    tni_at_complex z = tni_at_root(c, self(c));
    give(c, tni_at_quotient(c, number(c, z, 1), z));
}

// ---- what either part has

static void told(tn_aten *c, const char *of_parts) {
    tni_at_complex z = self(c);
    tni_at_give(c, 0, tni_at_expr(c, of_parts, z.re, z.im));
}
static void isnan_(tn_aten *c) { told(c, "Or(IsNaN($0), IsNaN($1))"); }
static void isinf_(tn_aten *c) { told(c, "Or(IsInf($0), IsInf($1))"); }
static void isfinite_(tn_aten *c) { told(c, "Not(Or(Or(IsNaN($0), IsNaN($1)), Or(IsInf($0), IsInf($1))))"); }
static void isreal(tn_aten *c) {
    tni_at_complex z = self(c);
    tni_at_give(c, 0, tni_at_expr(c, "Equal($0, $1)", z.im, tni_at_scalar(c, tni_at_type(z.im), 0)));
}

// ---- products

// A product of many turns by the sum of their angles: in double, as the sum may be long.
static tni_at_complex multiplied(tn_aten *c, const char *lengths, const char *angles, tni_value *axis) {
    tni_at_complex z = tni_at_parts(c, tni_at_tensor(c, "self"), TN_F64);
    tni_value *r = tni_at_magnitude(c, z), *phi = tni_at_angle(c, z.im, z.re);
    z = tni_at_turned(c, tni_at_expr(c, lengths, r, axis), tni_at_expr(c, angles, phi, axis));
    tn_dtype real = tni_at_real(c->out);
    return (tni_at_complex){tni_at_cast(c, z.re, real), tni_at_cast(c, z.im, real)};
}

static void prod(tn_aten *c) {
    tni_value *self = tni_at_tensor(c, "self"), *axis = NULL;
    bool whole = !tni_at_has(c, "dim");
    int rank = tni_at_rank(c, self);
    if (!whole) {
        int64_t at = tni_at_axis(c, "dim", rank);
        if (rank) axis = tni_at_vector(c, &at, 1);
    }
    tni_at_set_int(c, "keep", !whole && tni_at_bool(c, "keepdim"));
    give(c, axis
                ? multiplied(c, "ReduceProd($0, $1){keepdims=keep}", "ReduceSum($0, $1){keepdims=keep}", axis)
                : multiplied(c, "ReduceProd($0){keepdims=keep}", "ReduceSum($0){keepdims=keep}", NULL));
}

static void cumprod(tn_aten *c) {
    int at = tni_at_axis(c, "dim", tni_at_rank(c, tni_at_tensor(c, "self")));
    give(c, multiplied(c, "CumProd($0, $1)", "CumSum($0, $1)", tni_at_scalar(c, TN_I64, at)));
}

// beta self + alpha product
static void plus_product(tn_aten *c, const char *a, const char *b, const char *how) {
    tni_at_complex x = tni_at_operand(c, a), y = tni_at_operand(c, b), sum = self(c), z;
    tni_value *part[] = {tni_at_expr(c, how, x.re, y.re), tni_at_expr(c, how, x.im, y.im),
                         tni_at_expr(c, how, x.re, y.im), tni_at_expr(c, how, x.im, y.re)};
    z.re = tni_at_expr(c, "Sub($0, $1)", part[0], part[1]);
    z.im = tni_at_expr(c, "Add($0, $1)", part[2], part[3]);
    if (tni_at_has(c, "alpha")) z = tni_at_times(c, z, tni_at_operand(c, "alpha"));
    if (tni_at_has(c, "value")) z = tni_at_times(c, z, tni_at_operand(c, "value"));
    if (tni_at_has(c, "beta")) sum = tni_at_times(c, sum, tni_at_operand(c, "beta"));
    give(c, (tni_at_complex){tni_at_expr(c, "Add($0, $1)", sum.re, z.re),
                             tni_at_expr(c, "Add($0, $1)", sum.im, z.im)});
}

static void addmm(tn_aten *c) { plus_product(c, "mat1", "mat2", "MatMul($0, $1)"); }
static void addmv(tn_aten *c) { plus_product(c, "mat", "vec", "MatMul($0, $1)"); }
static void baddbmm(tn_aten *c) { plus_product(c, "batch1", "batch2", "MatMul($0, $1)"); }
static void addcmul(tn_aten *c) { plus_product(c, "tensor1", "tensor2", "Mul($0, $1)"); }

TN_ATEN(complex_function) = {
    {"complex.sin", NULL, sin_, 0},         {"complex.cos", NULL, cos_, 0},
    {"complex.tan", NULL, tan_, 0},         {"complex.sinh", NULL, sinh_, 0},
    {"complex.cosh", NULL, cosh_, 0},       {"complex.tanh", NULL, tanh_, 0},
    {"complex.sigmoid", NULL, sigmoid, 0},  {"complex.expm1", NULL, expm1_, 0},
    {"complex.exp2", NULL, exp2_, 0},       {"complex.log1p", NULL, log1p_, 0},
    {"complex.log2", NULL, log_of_base, 0}, {"complex.log10", NULL, log_of_base, 0},
    {"complex.rsqrt", NULL, rsqrt, 0},      {"complex.isnan", NULL, isnan_, 0},
    {"complex.isinf", NULL, isinf_, 0},     {"complex.isfinite", NULL, isfinite_, 0},
    {"complex.isreal", NULL, isreal, 0},    {"complex.prod", NULL, prod, 0},
    {"complex.cumprod", NULL, cumprod, 0},  {"complex.addmm", NULL, addmm, 0},
    {"complex.addmv", NULL, addmv, 0},      {"complex.baddbmm", NULL, baddbmm, 0},
    {"complex.addcmul", NULL, addcmul, 0},  {0},
};
