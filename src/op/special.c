// SPDX-License-Identifier: Apache-2.0
// special.c - special functions that PyTorch has and ONNX has not, element by element, in double: log Gamma
// and its derivative, modified Bessel functions, the normal distribution and what is scaled of them. Formulas
// with the numbers of Abramowitz and Stegun, "Handbook of Mathematical Functions".
#include "op/op.h"

static const double pi = 3.14159265358979323846, root_half = 0.70710678118654752440;

// ---- log Gamma's derivative

// By the recurrence (6.3.5) up to 10, from where the asymptotic series (6.3.18) has all digits; (6.3.7) for x
// < 0.
static double digamma(double x) {
    double sum = 0;
    if (x == 0) return copysign(HUGE_VAL, -x);
    if (x < 0) {
        double rest = fmod(x, 1);
        if (rest == 0) return (double)NAN;
        sum = -pi / tan(pi * rest);
        x = 1 - x;
    }
    for (; x < 10; x++) sum -= 1 / x;
    double z = 1 / (x * x);
    double series = z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z / 132))));
    return sum + log(x) - 0.5 / x - series;
}

// ---- modified Bessel functions of the first kind, orders 0 and 1

// exp(-x) I_n(x) for x >= 0: the ascending series (9.6.10), beyond 20 the asymptotic one (9.7.1).
static double scaled_bessel(int n, double x) {
    double term = n ? x / 2 : 1, sum = term;
    if (x <= 20) {
        for (int k = 1; k < 200 && term > sum * 1e-17; k++) sum += term *= x * x / 4 / ((double)k * (k + n));
        return sum * exp(-x);
    }
    double mu = 4.0 * n * n;
    term = sum = 1;
    for (int k = 1; k < 20; k++) {
        double odd = 2 * k - 1;
        sum += term *= (odd * odd - mu) / (k * 8 * x);
    }
    return sum / (sqrt(2 * pi) * sqrt(x)); // 2 pi x overflows first
}

static double bessel(int n, double x, bool scaled) {
    double size = fabs(x), half = scaled ? 1 : exp(size / 2); // in halves: the whole overflows first
    if (isinf(x)) return scaled ? 0 : n ? x : size;
    double y = half * scaled_bessel(n, size) * half;
    return n && x < 0 ? -y : y;
}

// ---- the normal distribution

static double ndtr(double x) { return erfc(-x * root_half) / 2; }

// exp(x^2) erfc(x); (7.1.23) where the one overflows and the other vanishes.
static double erfcx(double x) {
    if (x < 25) return exp(x * x) * erfc(x);
    double z = 1 / (2 * x * x), sum = 1;
    for (int odd = 11; odd > 0; odd -= 2) sum = 1 - odd * z * sum;
    return sum / (x * sqrt(pi));
}

static double log_ndtr(double x) {
    double z = -x * root_half;
    return x < -1 ? log(erfcx(z) / 2) - z * z : log1p(-erfc(-z) / 2);
}

// The inverse of ndtr: (26.2.23) in the lower half, which has three digits, then Halley's steps.
static double ndtri(double p) {
    if (isnan(p) || p < 0 || p > 1) return (double)NAN;
    if (p == 0 || p == 1) return p > 0 ? HUGE_VAL : -HUGE_VAL;
    double q = p < 0.5 ? p : 1 - p, t = sqrt(-2 * log(q));
    double x =
        (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
    for (int i = 0; i < 3; i++) {
        double step = (ndtr(x) / q - 1) * (q * sqrt(2 * pi) * exp(x * x / 2)); // neither factor vanishes
        x -= step / (1 + x * step / 2);
    }
    return p < 0.5 ? x : -x;
}

// ---- the operators

#define SPECIAL_REF(id, expr) \
    TNI_MAP1(id##_row, expr)  \
    static tn_status id##_ref(tn_call *c) { return tni_call_map1(c, id##_row, NULL); }

SPECIAL_REF(lgamma, lgamma(x))
SPECIAL_REF(digamma, digamma(x))
SPECIAL_REF(bessel_i0, bessel(0, x, false))
SPECIAL_REF(bessel_i0e, bessel(0, x, true))
SPECIAL_REF(bessel_i1, bessel(1, x, false))
SPECIAL_REF(bessel_i1e, bessel(1, x, true))
SPECIAL_REF(ndtr, ndtr(x))
SPECIAL_REF(log_ndtr, log_ndtr(x))
SPECIAL_REF(ndtri, ndtri(x))
SPECIAL_REF(erfcx, erfcx(x))

#define SPECIAL(name_, doc_, ref_)                                                                 \
    {                                                                                              \
        TN_HERE, .name = name_, .domain = "tn", .since = 1, .doc = doc_, .traits = TN_ELEMENTWISE, \
                 .in = {{"X", "T"}}, .out = {{"Y", "T"}}, .types = {{"T", TN_FLOATS}},             \
                 .infer = tn_infer_same, .ref = ref_                                               \
    }

TN_OP(tn_lgamma) = SPECIAL("Lgamma", "logarithm of |Gamma(X)|", lgamma_ref);
TN_OP(tn_digamma) = SPECIAL("Digamma", "derivative of the logarithm of Gamma(X)", digamma_ref);
TN_OP(tn_bessel_i0) = SPECIAL("BesselI0", "modified Bessel function of the first kind, order 0",
                              bessel_i0_ref);
TN_OP(tn_bessel_i0e) = SPECIAL("BesselI0e", "BesselI0(X) exp(-|X|)", bessel_i0e_ref);
TN_OP(tn_bessel_i1) = SPECIAL("BesselI1", "modified Bessel function of the first kind, order 1",
                              bessel_i1_ref);
TN_OP(tn_bessel_i1e) = SPECIAL("BesselI1e", "BesselI1(X) exp(-|X|)", bessel_i1e_ref);
TN_OP(tn_ndtr) = SPECIAL("Ndtr", "how much of the normal distribution lies below X", ndtr_ref);
TN_OP(tn_log_ndtr) = SPECIAL("LogNdtr", "logarithm of Ndtr(X)", log_ndtr_ref);
TN_OP(tn_ndtri) = SPECIAL("Ndtri", "the number that a part X of the normal distribution lies below",
                          ndtri_ref);
TN_OP(tn_erfcx) = SPECIAL("Erfcx", "exp(X^2) (1 - Erf(X))", erfcx_ref);
