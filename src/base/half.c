// SPDX-License-Identifier: Apache-2.0
// half.c - rounding to the narrow floating types, all by one routine over (exponent bits, mantissa bits,
// bias, what the top codes mean).
#include "base/half.h"

#include "tenon.h"

#include <math.h>

// Rounds |x| (finite, > 0) to `mbits` mantissa bits with least exponent `emin`; returns the significand
// as an integer times 2^(*exponent - mbits), ties to even.
static uint32_t round_to(double x, int mbits, int emin, int *exponent) {
    int e;
    frexp(x, &e);
    e -= 1; // x = f * 2^e, 1 <= f < 2
    if (e < emin) e = emin;
    double scaled = ldexp(x, mbits - e); // exact: a power of two
    double r = nearbyint(scaled);
    *exponent = e;
    return (uint32_t)r;
}

// The code without its sign; a significand that rounds up to the next binade carries by plain addition.
static uint32_t encode(double x, int mbits, int bias) {
    int e, emin = 1 - bias;
    uint32_t m = round_to(x, mbits, emin, &e);
    uint32_t hidden = 1u << mbits;
    if (m < hidden) return m; // subnormal (e == emin)
    return ((uint32_t)(e + bias) << mbits) + (m - hidden);
}

uint16_t tni_double_to_f16(double x) {
    uint16_t sign = signbit(x) ? 0x8000u : 0;
    if (isnan(x)) return sign | 0x7e00u;
    if (x == 0) return sign;
    if (isinf(x) || fabs(x) >= 65520.0) return sign | 0x7c00u;
    return (uint16_t)(sign | encode(fabs(x), 10, 15));
}

uint16_t tni_float_to_f16(float x) {
    uint32_t u = tni_float_bits(x), sign = u >> 16 & 0x8000u, rest = u & 0x7fffffffu;
    if (rest > 0x7f800000u) return (uint16_t)(sign | 0x7e00u | (rest >> 13 & 0x3ffu));
    if (rest >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u); // rounds to 65536 or more
    if (rest < 0x38800000u) return (uint16_t)(sign | (uint32_t)nearbyintf(tni_bits_float(rest) * 0x1p24f));
    return (uint16_t)(sign | ((rest - (112u << 23) + 0xfffu + (rest >> 13 & 1u)) >> 13));
}

uint16_t tni_double_to_bf16(double x) {
    uint16_t sign = signbit(x) ? 0x8000u : 0;
    if (isnan(x)) return sign | 0x7fc0u;
    if (x == 0) return sign;
    if (isinf(x) || fabs(x) >= 0x1.ffp127) return sign | 0x7f80u;
    return (uint16_t)(sign | encode(fabs(x), 7, 127));
}

typedef struct format {
    int mbits, bias;
    uint8_t nan, inf; // codes; inf == nan: no infinity
    uint8_t max;      // code of the largest finite value
    bool zero_nan;    // NaN is the code of negative zero; there is no negative zero
} format;

static format format_of(int dtype) {
    switch (dtype) {
    case TN_F8E4M3FN: return (format){3, 7, 0x7f, 0x7f, 0x7e, false};
    case TN_F8E4M3FNUZ: return (format){3, 8, 0x80, 0x80, 0x7f, true};
    case TN_F8E5M2: return (format){2, 15, 0x7e, 0x7c, 0x7b, false};
    case TN_F8E5M2FNUZ: return (format){2, 16, 0x80, 0x80, 0x7f, true};
    default: return (format){1, 1, 0x07, 0x07, 0x07, false}; // E2M1 has neither NaN nor infinity
    }
}

float tni_f8_to_float(int dtype, uint8_t bits) {
    if (dtype == TN_F8E8M0) return bits == 0xff ? NAN : ldexpf(1.0f, bits - 127);
    format f = format_of(dtype);
    bool narrow = dtype == TN_F4E2M1;
    uint8_t sign_bit = narrow ? 8 : 0x80, rest = bits & (uint8_t)(sign_bit - 1);
    bool negative = bits & sign_bit;
    if (f.zero_nan && bits == 0x80) return NAN;
    if (!narrow && !f.zero_nan && rest > f.max) {
        if (rest == f.inf && f.inf != f.nan) return negative ? -INFINITY : INFINITY;
        return NAN;
    }
    int e = rest >> f.mbits, m = rest & ((1 << f.mbits) - 1);
    float x =
        e ? ldexpf((float)(m | 1 << f.mbits), e - f.bias - f.mbits) : ldexpf((float)m, 1 - f.bias - f.mbits);
    return negative ? -x : x;
}

static uint8_t to_e8m0(float x, bool saturate) {
    if (isnan(x) || x < 0) return 0xff;
    if (isinf(x)) return saturate ? 0xfe : 0xff;
    if (x < 0x1p-127f) return 0;
    int e;
    float f = frexpf(x, &e); // x = f * 2^e, 1/2 <= f < 1
    int code = e - 1 + 127 + (f >= 0.75f);
    if (code > 254) return saturate ? 0xfe : 0xff;
    return (uint8_t)(code < 0 ? 0 : code);
}

uint8_t tni_float_to_f8(int dtype, float x, bool saturate) {
    if (dtype == TN_F8E8M0) return to_e8m0(x, saturate);
    format f = format_of(dtype);
    bool narrow = dtype == TN_F4E2M1;
    uint8_t sign = signbit(x) ? (narrow ? 8 : 0x80) : 0;
    if (isnan(x)) return f.zero_nan ? f.nan : narrow ? 8 : (uint8_t)(sign | 0x7f); // E2M1: negative zero
    float largest = tni_f8_to_float(dtype, f.max);
    uint8_t beyond = narrow || saturate ? f.max : f.inf;
    uint8_t code = 0;
    if (isinf(x))
        code = beyond;
    else if (x != 0) {
        // The first value past `largest` on the grid, less half a step, is where rounding leaves the range.
        uint32_t raw = fabsf(x) > 2 * largest ? 0x100u : encode((double)fabsf(x), f.mbits, f.bias);
        code = raw > f.max ? beyond : (uint8_t)raw;
    }
    if (f.zero_nan && (code == 0 || code == 0x80)) return code; // no negative zero; NaN has no sign
    return sign | code;
}
