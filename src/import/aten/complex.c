// SPDX-License-Identifier: Apache-2.0
// complex.c - PyTorch's operators on complex tensors. What only moves elements works on them as on others;
// for arithmetic the parts are taken apart and put together again. A row "complex.add" is taken before
// "aten.add" when an operand or the result is complex.
#include "import/aten/complex.h"

#include <math.h>
#include <string.h>

tni_at_complex tni_at_parts(tn_aten *c, tni_value *v, tn_dtype real) {
    tni_at_complex z;
    if (tni_at_is_complex(tni_at_type(v))) {
        tni_value *pair = tni_at_expr(c, "tn.ViewAsReal($0)", v);
        tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1);
        z.re = tni_at_expr(c, "Gather($0, $1){axis=-1}", pair, zero);
        z.im = tni_at_expr(c, "Gather($0, $1){axis=-1}", pair, one);
        z.re = tni_at_cast(c, z.re, real);
        z.im = tni_at_cast(c, z.im, real);
        return z;
    }
    z.re = tni_at_cast(c, v, real);
    z.im = tni_at_expr(c, "Expand($0, Shape($1))", tni_at_scalar(c, real, 0), z.re);
    return z;
}

tni_value *tni_at_joined(tn_aten *c, tni_at_complex z) {
    return tni_at_expr(c, "tn.ViewAsComplex(Concat(Unsqueeze($0, [-1]), Unsqueeze($1, [-1])){axis=-1})", z.re,
                       z.im);
}

tni_value *tni_at_cast_complex(tn_aten *c, tni_value *v, tn_dtype dtype) {
    if (!tni_at_is_complex(dtype))
        return tni_at_cast(c, tni_at_parts(c, v, tni_at_real(tni_at_type(v))).re, dtype);
    return tni_at_joined(c, tni_at_parts(c, v, tni_at_real(dtype)));
}

// ---- operands

// The type of the parts that this call computes in.
static tn_dtype part_type(tn_aten *c) {
    if (tni_at_is_complex(c->out)) return tni_at_real(c->out);
    tn_dtype type = TN_F32;
    for (size_t i = 0; i < c->ncomplex; i++)
        if (tni_at_type(tni_pt2_read(c->x, c->complex[i])) == TN_C128) type = TN_F64;
    return type;
}

tni_at_complex tni_at_operand(tn_aten *c, const char *name) {
    tn_dtype real = part_type(c);
    double re, im;
    if (tni_at_is_tensor(c, name)) return tni_at_parts(c, tni_at_tensor(c, name), real);
    if (tni_at_complex_number(c, name, &re, &im))
        return (tni_at_complex){tni_at_scalar(c, real, re), tni_at_scalar(c, real, im)};
    return (tni_at_complex){tni_at_number(c, name, real), tni_at_scalar(c, real, 0)};
}

static void give(tn_aten *c, tni_value *re, tni_value *im) {
    tni_at_give(c, 0, tni_at_joined(c, (tni_at_complex){re, im}));
}

// ---- arithmetic

tni_at_complex tni_at_times(tn_aten *c, tni_at_complex a, tni_at_complex b) {
    return (tni_at_complex){tni_at_expr(c, "Sub(Mul($0, $2), Mul($1, $3))", a.re, a.im, b.re, b.im),
                            tni_at_expr(c, "Add(Mul($0, $3), Mul($1, $2))", a.re, a.im, b.re, b.im)};
}

// Scaled by the larger part of the divisor, so that its square neither over- nor underflows; by 0 each part
// is infinite by itself, as PyTorch has it.
tni_at_complex tni_at_quotient(tn_aten *c, tni_at_complex a, tni_at_complex b) {
    tni_value *size = tni_at_expr(c, "Max(Abs($0), Abs($1))", b.re, b.im);
    tni_value *none = tni_at_expr(c, "Equal($0, $1)", size, tni_at_scalar(c, tni_at_type(size), 0));
    tni_value *re = tni_at_expr(c, "Div($0, $1)", b.re, size),
              *im = tni_at_expr(c, "Div($0, $1)", b.im, size);
    tni_value *n = tni_at_expr(c, "Mul(Add(Mul($0, $0), Mul($1, $1)), $2)", re, im, size);
    static const char over_re[] = "Where($0, Div($1, $2), Div(Add(Mul($1, $3), Mul($4, $5)), $6))";
    static const char over_im[] = "Where($0, Div($1, $2), Div(Sub(Mul($1, $3), Mul($4, $5)), $6))";
    return (tni_at_complex){tni_at_expr(c, over_re, none, a.re, size, re, a.im, im, n),
                            tni_at_expr(c, over_im, none, a.im, size, re, a.re, im, n)};
}

static void add(tn_aten *c) {
    bool minus = strstr(c->target, "sub") != NULL, swapped = strstr(c->target, "rsub") != NULL;
    tni_at_complex a = tni_at_operand(c, swapped ? "other" : "self"),
                   b = tni_at_operand(c, swapped ? "self" : "other");
    if (tni_at_has(c, "alpha")) b = tni_at_times(c, b, tni_at_operand(c, "alpha"));
    give(c, tni_at_expr(c, minus ? "Sub($0, $1)" : "Add($0, $1)", a.re, b.re),
         tni_at_expr(c, minus ? "Sub($0, $1)" : "Add($0, $1)", a.im, b.im));
}

static void mul(tn_aten *c) {
    tni_at_give(c, 0,
                tni_at_joined(c, tni_at_times(c, tni_at_operand(c, "self"), tni_at_operand(c, "other"))));
}

static void div_(tn_aten *c) {
    tni_at_give(c, 0,
                tni_at_joined(c, tni_at_quotient(c, tni_at_operand(c, "self"), tni_at_operand(c, "other"))));
}

static void reciprocal(tn_aten *c) {
    tn_dtype real = part_type(c);
    tni_at_complex one = {tni_at_scalar(c, real, 1), tni_at_scalar(c, real, 0)};
    tni_at_give(c, 0, tni_at_joined(c, tni_at_quotient(c, one, tni_at_operand(c, "self"))));
}

static void square(tn_aten *c) {
    tni_at_complex z = tni_at_operand(c, "self");
    tni_at_give(c, 0, tni_at_joined(c, tni_at_times(c, z, z)));
}

// |z| is `scaled` / `scale`, a power of 4 that keeps squares from over- and underflowing; it is 1 for what
// needs none.
typedef struct length {
    tni_value *scaled, *scale;
} length;

static length length_of(tn_aten *c, tni_at_complex z) {
    static const struct {
        double large, shrink, little, grow;
    } of[2] = {{0x1p60, 0x1p-80, 0x1p-40, 0x1p100}, {0x1p500, 0x1p-600, 0x1p-400, 0x1p700}};
    tn_dtype type = tni_at_type(z.re);
    int f64 = type == TN_F64;
    tni_value *size = tni_at_expr(c, "Max(Abs($0), Abs($1))", z.re, z.im);
    tni_value *scale =
        tni_at_expr(c, "Where(Greater($0, $1), $2, Where(Less($0, $3), $4, $5))", size,
                    tni_at_scalar(c, type, of[f64].large), tni_at_scalar(c, type, of[f64].shrink),
                    tni_at_scalar(c, type, of[f64].little), tni_at_scalar(c, type, of[f64].grow),
                    tni_at_scalar(c, type, 1));
    tni_value *re = tni_at_expr(c, "Mul($0, $1)", z.re, scale),
              *im = tni_at_expr(c, "Mul($0, $1)", z.im, scale);
    return (length){tni_at_expr(c, "Sqrt(Add(Mul($0, $0), Mul($1, $1)))", re, im), scale};
}

tni_value *tni_at_magnitude(tn_aten *c, tni_at_complex z) {
    length l = length_of(c, z);
    return tni_at_expr(c, "Div($0, $1)", l.scaled, l.scale);
}

// r and phi as a number.
tni_at_complex tni_at_turned(tn_aten *c, tni_value *r, tni_value *phi) {
    return (tni_at_complex){tni_at_expr(c, "Mul($0, Cos($1))", r, phi),
                            tni_at_expr(c, "Mul($0, Sin($1))", r, phi)};
}

tni_at_complex tni_at_exponential(tn_aten *c, tni_at_complex z) {
    return tni_at_turned(c, tni_at_expr(c, "Exp($0)", z.re), z.im);
}

tni_at_complex tni_at_logarithm(tn_aten *c, tni_at_complex z) {
    length l = length_of(c, z); // |z| itself may be beyond the largest number
    return (tni_at_complex){tni_at_expr(c, "Sub(Log($0), Log($1))", l.scaled, l.scale),
                            tni_at_angle(c, z.im, z.re)};
}

static void exp_(tn_aten *c) {
    tni_at_give(c, 0, tni_at_joined(c, tni_at_exponential(c, tni_at_operand(c, "self"))));
}
static void log_(tn_aten *c) {
    tni_at_give(c, 0, tni_at_joined(c, tni_at_logarithm(c, tni_at_operand(c, "self"))));
}

// Small whole powers are products; else exp(e log z).
static void pow_(tn_aten *c) {
    double re = 0, im = 0;
    bool number = !tni_at_is_tensor(c, "exponent");
    if (number && !tni_at_complex_number(c, "exponent", &re, &im)) re = tni_at_float(c, "exponent");
    tni_at_complex z = tni_at_operand(c, "self"), power = z;
    if (number && im == 0 && re >= 1 && re <= 16 && re == floor(re)) {
        for (int i = 1; i < (int)re; i++) power = tni_at_times(c, power, z);
        tni_at_give(c, 0, tni_at_joined(c, power));
        return;
    }
    tni_at_give(c, 0,
                tni_at_joined(c, tni_at_exponential(c, tni_at_times(c, tni_at_operand(c, "exponent"),
                                                                    tni_at_logarithm(c, z)))));
}

tni_at_complex tni_at_root(tn_aten *c, tni_at_complex z) {
    tni_value *half = tni_at_scalar(c, tni_at_type(z.re), 0.5);
    tni_value *phi = tni_at_expr(c, "Mul($0, $1)", tni_at_angle(c, z.im, z.re), half);
    length l = length_of(c, z);
    return tni_at_turned(c, tni_at_expr(c, "Div(Sqrt($0), Sqrt($1))", l.scaled, l.scale), phi);
}

static void sqrt_(tn_aten *c) {
    tni_at_give(c, 0, tni_at_joined(c, tni_at_root(c, tni_at_operand(c, "self"))));
}

static void abs_(tn_aten *c) { tni_at_give(c, 0, tni_at_magnitude(c, tni_at_operand(c, "self"))); }

static void angle(tn_aten *c) {
    tni_at_complex z = tni_at_operand(c, "self");
    tni_at_give(c, 0, tni_at_angle(c, z.im, z.re));
}

static void sgn(tn_aten *c) { // 0 stays 0
    tni_at_complex z = tni_at_operand(c, "self");
    tni_value *zero = tni_at_scalar(c, part_type(c), 0), *r = tni_at_magnitude(c, z);
    give(c, tni_at_expr(c, "Where(Equal($0, $1), $1, Div($2, $0))", r, zero, z.re),
         tni_at_expr(c, "Where(Equal($0, $1), $1, Div($2, $0))", r, zero, z.im));
}

static void compare(tn_aten *c) {
    tni_at_complex a = tni_at_operand(c, "self"), b = tni_at_operand(c, "other");
    const char *as = strstr(c->target, ".ne.") ? "Not(And(Equal($0, $1), Equal($2, $3)))"
                                               : "And(Equal($0, $1), Equal($2, $3))";
    tni_at_give(c, 0, tni_at_expr(c, as, a.re, b.re, a.im, b.im));
}

// ---- parts

static void real_(tn_aten *c) { tni_at_give(c, 0, tni_at_operand(c, "self").re); }
static void imag_(tn_aten *c) { tni_at_give(c, 0, tni_at_operand(c, "self").im); }

static void conj_(tn_aten *c) {
    tni_at_complex z = tni_at_operand(c, "self");
    give(c, z.re, tni_at_expr(c, "Neg($0)", z.im));
}

static void complex_(tn_aten *c) { // of one shape
    give(c, tni_at_expr(c, "Expand(real, Shape(imag))"), tni_at_expr(c, "Expand(imag, Shape(real))"));
}

static void polar(tn_aten *c) {
    tni_at_give(c, 0, tni_at_joined(c, tni_at_turned(c, tni_at_tensor(c, "abs"), tni_at_tensor(c, "angle"))));
}

// ---- what is linear in its complex operands: by the converter for real tensors, on parts

static tni_value *on_parts(tn_aten *c, const tni_at_complex *z, unsigned imaginary) {
    tn_aten part = *c;
    part.def = tni_aten_find(c->x->env, c->target);
    part.ncomplex = 0;
    part.nlocal = 0;
    memset(part.result, 0, sizeof part.result);
    if (tni_at_is_complex(part.out)) part.out = part.compute = tni_at_real(part.out);
    for (size_t i = 0; i < c->ncomplex; i++) {
        part.instead_of[i] = c->complex[i];
        part.instead[i] = imaginary >> i & 1 ? z[i].im : z[i].re;
    }
    if (!part.def || c->failed) return NULL;
    tni_at_convert(&part);
    c->failed |= part.failed;
    return part.result[0];
}

// The parts of all complex operands.
static bool take_apart(tn_aten *c, tni_at_complex z[2]) {
    if (c->ncomplex < 1 || c->ncomplex > 2)
        tni_at_fail(c, NULL, "it takes %zu complex tensors; one or two different ones can be read",
                    c->ncomplex);
    for (size_t i = 0; i < c->ncomplex && !c->failed; i++)
        z[i] = tni_at_parts(c, tni_pt2_read(c->x, c->complex[i]), part_type(c));
    return !c->failed;
}

// Linear in all of them together: real parts make the real part.
static void linear(tn_aten *c) {
    tni_at_complex z[2];
    if (take_apart(c, z)) give(c, on_parts(c, z, 0), on_parts(c, z, 3));
}

static void pad(tn_aten *c) {
    if (tni_at_has(c, "value") && tni_at_float(c, "value") != 0)
        tni_at_fail(c, "pad the real and the imaginary part by themselves",
                    "a complex tensor can be padded with 0 only");
    linear(c);
}

// A product: linear in each of two factors. Of a square f(z, z) the imaginary part is f(a + b, a + b) -
// f(a, a) - f(b, b), a and b being the parts.
static void product(tn_aten *c) {
    tni_at_complex z[2];
    if (c->complex_uses < 2) {
        linear(c);
        return;
    }
    if (c->complex_uses > 2) tni_at_fail(c, NULL, "it multiplies more than two complex tensors");
    if (!take_apart(c, z)) return;
    tni_value *re = on_parts(c, z, 0), *im = on_parts(c, z, 3), *mixed;
    if (c->ncomplex == 2) {
        mixed = tni_at_expr(c, "Add($0, $1)", on_parts(c, z, 1), on_parts(c, z, 2));
    } else {
        z[0].re = tni_at_expr(c, "Add($0, $1)", z[0].re, z[0].im);
        mixed = tni_at_expr(c, "Sub(Sub($0, $1), $2)", on_parts(c, z, 0), re, im);
    }
    give(c, tni_at_expr(c, "Sub($0, $1)", re, im), mixed);
}

TN_ATEN(complex) = {
    {"complex.add", NULL, add, 0},
    {"complex.sub", NULL, add, 0},
    {"complex.rsub", NULL, add, 0},
    {"complex.mul", NULL, mul, 0},
    {"complex.multiply", NULL, mul, 0},
    {"complex.div", NULL, div_, 0},
    {"complex.true_divide", NULL, div_, 0},
    {"complex.reciprocal", NULL, reciprocal, 0},
    {"complex.square", NULL, square, 0},
    {"complex.pow", NULL, pow_, 0},
    {"complex.exp", NULL, exp_, 0},
    {"complex.log", NULL, log_, 0},
    {"complex.sqrt", NULL, sqrt_, 0},
    {"complex.abs", NULL, abs_, 0},
    {"complex.angle", NULL, angle, 0},
    {"complex.sgn", NULL, sgn, 0},
    {"complex.eq", NULL, compare, 0},
    {"complex.ne", NULL, compare, 0},
    {"complex.real", NULL, real_, TN_ATEN_VIEW},
    {"complex.imag", NULL, imag_, TN_ATEN_VIEW},
    {"complex.conj", NULL, conj_, TN_ATEN_VIEW},
    {"complex._conj", NULL, conj_, TN_ATEN_VIEW},
    {"complex._conj_physical", NULL, conj_, 0},
    {"complex.conj_physical", NULL, conj_, 0},
    {"complex.complex", NULL, complex_, 0},
    {"complex.polar", NULL, polar, 0},
    {"complex.view_as_real", "tn.ViewAsReal(self)", NULL, TN_ATEN_VIEW},
    {"complex.view_as_complex", "tn.ViewAsComplex(self)", NULL, TN_ATEN_VIEW},
    {"complex.view_as_real_copy", "tn.ViewAsReal(self)", NULL, 0},
    {"complex.view_as_complex_copy", "tn.ViewAsComplex(self)", NULL, 0},
    {"complex.neg", NULL, linear, 0},
    {"complex.sum", NULL, linear, 0},
    {"complex.mean", NULL, linear, 0},
    {"complex.cumsum", NULL, linear, 0},
    {"complex.diff", NULL, linear, 0},
    {"complex.tril", NULL, linear, 0},
    {"complex.triu", NULL, linear, 0},
    {"complex.constant_pad_nd", NULL, pad, 0},
    {"complex.pad", NULL, pad, 0},
    {"complex.index_add", NULL, linear, 0},
    {"complex.index_put", NULL, linear, 0},
    {"complex._unsafe_index_put", NULL, linear, 0},
    {"complex.scatter_add", NULL, linear, 0},
    {"complex.matmul", NULL, product, 0},
    {"complex.mm", NULL, product, 0},
    {"complex.bmm", NULL, product, 0},
    {"complex.mv", NULL, product, 0},
    {"complex.dot", NULL, product, 0},
    {"complex.outer", NULL, product, 0},
    {"complex.einsum", NULL, product, 0},
    {"complex.linear", NULL, product, 0},
    {"complex.conv1d", NULL, product, 0},
    {"complex.conv2d", NULL, product, 0},
    {"complex.conv3d", NULL, product, 0},
    {0},
};
