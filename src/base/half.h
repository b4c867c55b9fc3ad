// SPDX-License-Identifier: Apache-2.0
// half.h - conversions between float and the 16-, 8- and 4-bit floating types, round to nearest even.
// Formats: IEEE 754 binary16; bfloat16; float8 as in "FP8 Formats for Deep Learning" (Micikevicius et al.,
// 2022) and the FNUZ variants (Noune et al., 2022); E8M0 and E2M1 as in the OCP MX specification 1.0.
#ifndef TN_BASE_HALF_H
#define TN_BASE_HALF_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t tni_float_bits(float x) {
    uint32_t u;
    memcpy(&u, &x, 4);
    return u;
}
static inline float tni_bits_float(uint32_t u) {
    float x;
    memcpy(&x, &u, 4);
    return x;
}

static inline float tni_bf16_to_float(uint16_t h) { return tni_bits_float((uint32_t)h << 16); }
static inline uint16_t tni_float_to_bf16(float x) {
    uint32_t u = tni_float_bits(x);
    if ((u & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(u >> 16 | 0x40u); // quiet NaN
    return (uint16_t)((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
}

static inline float tni_f16_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, rest = h & 0x7fffu;
    if (rest >= 0x7c00u) return tni_bits_float(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    if (rest >= 0x400u) return tni_bits_float(sign | ((rest << 13) + (112u << 23)));
    float tiny = (float)rest * 0x1p-24f; // subnormals: exact
    return sign ? -tiny : tiny;
}
uint16_t tni_float_to_f16(float x);
uint16_t tni_double_to_f16(double x);
uint16_t tni_double_to_bf16(double x); // correctly rounded: no double rounding through float

// `dtype` is one of the 8-bit floating types (TN_F8...), or TN_F4E2M1 in the low four bits.
// With `saturate`, what is too large becomes the largest finite value; else infinity or NaN.
float tni_f8_to_float(int dtype, uint8_t bits);
uint8_t tni_float_to_f8(int dtype, float x, bool saturate);

#endif
