// SPDX-License-Identifier: Apache-2.0
// vec_math.h - rounding, exp, tanh, sigmoid, erf, sin and log of vectors; the functions are within about 2
// units in the last place where the result is a normal number. Polynomials are weighted minimax fits
// (Lawson's iteration) to the functions named beside them. NaN gives NaN.
#ifndef TN_CPU_VEC_MATH_H
#define TN_CPU_VEC_MATH_H

#include "cpu/kern/vec.h"

// 2^n for |n| <= 252, in two factors so that both are normal.
INLINE vf v_scale2(vf x, vi n) {
    vi half = n >> 1;
    return x * (vf)((half + 127) << 23) * (vf)((n - half + 127) << 23);
}

INLINE vi v_to_int(vf x) { return __builtin_convertvector(x, vi); }
INLINE vf v_from_int(vi x) { return __builtin_convertvector(x, vf); }

// The nearest integer of |x| < 2^22, ties to even: adding 1.5 * 2^23 leaves no fraction bits.
INLINE vf v_round_small(vf x) {
    vf magic = v_set(0x1.8p23f);
    return (x + magic) - magic;
}

// |x| < 2^23 may have a fraction; what is larger, infinite or NaN is itself.
INLINE vf v_round(vf x) {
    vf a = v_abs(x), magic = v_set(0x1p23f); // adding it leaves no fraction bits: ties to even
    return v_copysign(v_select(a < 0x1p23f, (a + magic) - magic, x), x);
}
INLINE vf v_floor(vf x) {
    vf t = v_select(v_abs(x) < 0x1p23f, v_from_int(v_to_int(v_select(v_abs(x) < 0x1p23f, x, (vf){0}))), x);
    return v_copysign(t - v_select(t > x, v_set(1.0f), (vf){0}), x); // t is x cut towards zero
}

// exp(x + y) = 2^n exp(r), |r| <= ln 2 / 2, exp(r) by its Taylor series; y is what x, rounded, left over.
INLINE vf v_exp_of(vf x, vf y) {
    vf n = v_round_small((x + y) * 0x1.715476p+0f);
    vf r =
        v_fma(n, v_set(-0x1.62e4p-1f), x); // ln 2 in two pieces: the first has 15 bits, its product is exact
    r = v_fma(n, v_set(-0x1.7f7d1cp-20f), r) + y;
    vf p = v_set(1.0f / 5040);
    p = v_fma(p, r, v_set(1.0f / 720));
    p = v_fma(p, r, v_set(1.0f / 120));
    p = v_fma(p, r, v_set(1.0f / 24));
    p = v_fma(p, r, v_set(1.0f / 6));
    p = v_fma(p, r, v_set(0.5f));
    p = v_fma(p, r * r, r) + 1.0f;
    return v_scale2(p, v_to_int(v_select(x == x, n, (vf){0})));
}
INLINE vf v_exp(vf x) { return v_exp_of(v_clamp(x, v_set(-104.0f), v_set(89.0f)), (vf){0}); }

// x = n ln 2 + r, |r| <= ln 2 / 2, for |x| <= 88; n is the low bits of *t (1.5 * 2^23 + n).
INLINE vf v_exp_rest(vf x, vf *t) {
    vf magic = v_set(0x1.8p23f);
    *t = v_fma(x, v_set(0x1.715476p+0f), magic);
    vf n = *t - magic;
    return v_fma(n, v_set(-0x1.7f7d1cp-20f), v_fma(n, v_set(-0x1.62e4p-1f), x));
}
// e^r - 1 = r + r^2 q(r), q within 3e-9 of exp.
INLINE vf v_exp_small(vf r) {
    vf q = v_fma(v_set(0x1.6a242cp-10f), r, v_set(0x1.1239e4p-7f));
    q = v_fma(q, r, v_set(0x1.5558f2p-5f));
    q = v_fma(q, r, v_set(0x1.555492p-3f));
    q = v_fma(q, r, v_set(0x1.fffffcp-2f));
    return v_fma(q, r * r, r);
}

// e^x for x <= 0; 0 where that is below the normal numbers.
INLINE vf v_exp_negative(vf x) {
    vf least = v_set(-87.3365f), t, e = v_exp_small(v_exp_rest(v_max2(least, x), &t)) + 1.0f;
    e = v_select(x == x, (vf)((vu)e + ((vu)t << 23)), x);
    return v_select(x < least, (vf){0}, e);
}

// A small |x| goes through an odd polynomial, tanh(x)/x = 1 + z P(z), z = x^2; a large one through exp.
INLINE vf v_tanh(vf x) {
    vf a = v_abs(x), z = x * x;
    vf p = v_set(0x1.197b62p-9f);
    p = v_fma(p, z, v_set(-0x1.0c213ep-7f));
    p = v_fma(p, z, v_set(0x1.6394d8p-6f));
    p = v_fma(p, z, v_set(-0x1.b9ef7cp-5f));
    p = v_fma(p, z, v_set(0x1.11106cp-3f));
    p = v_fma(p, z, v_set(-0x1.555554p-2f));
    vf small = v_fma(x * z, p, x);
    vf large = 1.0f - 2.0f / (v_exp(a + a) + 1.0f);
    return v_copysign(v_select(a < 0.625f, small, large), x);
}

// 1 / (1 + e^-x) = w / (w + 1 + p) with e^-x = 2^n (1 + p), w = 2^-n: the sum takes the only rounding that
// counts, and w + 1 is exact but for |n| >= 24, where what it lost of w goes to p. w is zero where the result
// is below 2^-126.5; what lies between that and 2^-126 is flushed like every result below the normal numbers.
INLINE vf v_sigmoid(vf x) {
    vf t, r = v_exp_rest(v_clamp(-x, v_set(-88.0f), v_set(88.0f)), &t);
    vf w = (vf)(0x3f800000u - ((vu)t << 23)), sum = w + 1.0f;
    vf p = v_exp_small(r) + (w - (sum - 1.0f));
    return w / (sum + p);
}

// What `square`, x * x rounded, lacks of x^2.
INLINE vf v_square_rest(vf x, vf square) {
#if VL >= 8
    return v_fma(x, x, -square);
#else
    vf hi = (vf)((vi)x & ~0xfff), lo = x - hi; // 12 bits each: their products are exact
    return (hi * hi - square) + 2.0f * hi * lo + lo * lo;
#endif
}

// erf(x)/x - 1 over z = x^2, for |x| < 1: the 1 is added last, so that little is lost.
INLINE vf v_erf_small(vf x) {
    vf z = x * x, p = v_set(0x1.496a28p-14f);
    p = v_fma(p, z, v_set(-0x1.a3f6fcp-11f));
    p = v_fma(p, z, v_set(0x1.5405b2p-8f));
    p = v_fma(p, z, v_set(-0x1.b7f90cp-6f));
    p = v_fma(p, z, v_set(0x1.ce2cf8p-4f));
    p = v_fma(p, z, v_set(-0x1.81273ep-2f));
    p = v_fma(p, z, v_set(0x1.06eba8p-3f));
    return v_fma(x, p, x);
}

// erfc(t), 0.9 <= t: exp(-t^2) P(q) / (1 + 2t) with q = (t - 2) / (t + 2).
INLINE vf v_erfc_large(vf t) {
    t = v_clamp(t, v_set(0.0f), v_set(14.0f)); // erfc(14) is zero
    vf q = (t - 2.0f) / (t + 2.0f), p = v_set(-0x1.8dd428p-10f);
    p = v_fma(p, q, v_set(0x1.23809ap-10f));
    p = v_fma(p, q, v_set(0x1.1f264ap-7f));
    p = v_fma(p, q, v_set(-0x1.06985ep-7f));
    p = v_fma(p, q, v_set(-0x1.bc3698p-5f));
    p = v_fma(p, q, v_set(0x1.4ff994p-3f));
    p = v_fma(p, q, v_set(-0x1.5407a4p-3f));
    p = v_fma(p, q, v_set(-0x1.7bf5e8p-4f));
    p = v_fma(p, q, v_set(0x1.46e80ep+0f));
    // t^2 exactly as hi^2 + (t - hi)(t + hi), hi with 12 bits: exp would magnify its rounding
    vf hi = (vf)((vi)t & ~0xfff);
    return v_exp_of(v_max2(v_set(-104.0f), -hi * hi), (hi - t) * (hi + t)) * p / (1.0f + 2.0f * t);
}

INLINE vf v_erf(vf x) {
    vf a = v_abs(x);
    return v_select(a < 0.9f, v_erf_small(x), v_copysign(1.0f - v_erfc_large(a), x));
}

// x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2; on the negative side by the tail alone, where 1 + erf
// cancels: Phi(-t) = e^(-t^2 / 2) P(q) / (t + 3), q = (t - 3) / (t + 3), P within 5e-8.
INLINE vf v_gelu(vf x) {
    vf t = v_min2(v_set(13.2f), v_abs(x)), d = 1.0f / (t + 3.0f), q = v_fma(d, v_set(-6.0f), v_set(1.0f));
    vf p = v_fma(v_set(-0x1.1d6d3ep-12f), q, v_set(-0x1.ddd8cap-11f));
    p = v_fma(p, q, v_set(0x1.1a74c6p-10f));
    p = v_fma(p, q, v_set(0x1.c621b8p-8f));
    p = v_fma(p, q, v_set(-0x1.576494p-7f));
    p = v_fma(p, q, v_set(-0x1.832194p-5f));
    p = v_fma(p, q, v_set(0x1.d71456p-3f));
    p = v_fma(p, q, v_set(-0x1.04c732p-1f));
    p = v_fma(p, q, v_set(0x1.754a74p-1f));
    // t^2 is hi + lo exactly, for exp would magnify its rounding
    vf bits, hi = t * t, r = v_exp_rest(-0.5f * hi, &bits);
    vf e = v_exp_small(v_fma(v_square_rest(t, hi), v_set(-0.5f), r));
    vf w = (vf)(((vu)bits << 23) + 0x3f800000u) * (p * d), tail = v_fma(w, e, w);
    vf phi = v_select(x < 0.0f, tail, 1.0f - tail);
    return x * v_select(x < -13.2f, (vf){0}, phi); // -infinity: NaN, as the formula has it
}

INLINE bool v_any(vi mask) {
#if VL == 16
    return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif VL == 8
    return !_mm256_testz_si256((__m256i)mask, (__m256i)mask);
#else
    return (mask[0] | mask[1] | mask[2] | mask[3]) != 0;
#endif
}

// sin(x + quarter * pi / 2). x = n pi / 2 + r, |r| <= pi / 4, in pieces of pi / 2 whose products with n are
// exact (or fused); what lies far out goes to the C library. Polynomials: Cephes' sinf and cosf (Moshier).
INLINE vf v_sine(vf x, int32_t quarter) {
    vf n = v_round_small(v_select(v_abs(x) <= 8192.0f, x * 0x1.45f306p-1f, (vf){0}));
    vi q = v_to_int(n) + quarter;
#if VL >= 8
    vf r = v_fma(n, v_set(-0x1.921fb6p+0f), x);
    r = v_fma(n, v_set(0x1.777a5cp-25f), r);
#else
    vf r = x - n * 0x1.92p+0f - n * 0x1.fb4p-12f;
    r = r - n * 0x1.4442dp-24f;
#endif
    vf z = r * r;
    vf sine = v_fma(
        v_fma(v_fma(v_set(-0x1.9943f2p-13f), z, v_set(0x1.11073cp-7f)), z, v_set(-0x1.555546p-3f)), z * r, r);
    vf cosine = v_fma(v_fma(v_set(0x1.99eb9cp-16f), z, v_set(-0x1.6c0c34p-10f)), z, v_set(0x1.55554ap-5f));
    cosine = v_fma(cosine, z * z, v_fma(z, v_set(-0.5f), v_set(1.0f)));
    vf y = v_select((q & 1) != 0, cosine, sine);
    y = (vf)((vi)y ^ ((q & 2) << 30));
    vi far = ~(v_abs(x) <= 8192.0f); // NaN too
    for (int i = 0; v_any(far) && i < VL; i++)
        if (far[i]) y[i] = quarter ? cosf(x[i]) : sinf(x[i]);
    return y;
}

// log(x) = e ln 2 + log(m), sqrt(1/2) <= m < sqrt 2, log(m) = 2 atanh(s), s = (m - 1) / (m + 1).
INLINE vf v_log(vf x) {
    vi bits = (vi)((vu)x - 0x3f3504f3u); // sqrt(1/2); negative x wraps and is NaN in the end
    vi e = bits >> 23;
    vf m = (vf)((bits & 0x7fffff) + 0x3f3504f3) - 1.0f;
    vf s = m / (2.0f + m), z = s * s;
    vf p = v_set(2.0f / 9);
    p = v_fma(p, z, v_set(2.0f / 7));
    p = v_fma(p, z, v_set(2.0f / 5));
    p = v_fma(p, z, v_set(2.0f / 3));
    vf ef = v_from_int(e), h = 0.5f * m * m; // log(1+m) = m - (h - s (h + z p))
    vf y = ef * 0x1.62e4p-1f + (m - (h - (s * (h + z * p) + ef * 0x1.7f7d1cp-20f)));
    y = v_select(x == v_set(INFINITY), x, y);
    y = v_select(x == 0.0f, v_set(-INFINITY), y);
    return v_select((x < 0.0f) | (x != x), v_set(NAN), y);
}

#endif
