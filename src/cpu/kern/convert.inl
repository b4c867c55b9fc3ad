// SPDX-License-Identifier: Apache-2.0
// convert.inl - rows of f32, f16 and bf16 to and from f32: kernels compute in f32 whatever is stored.
#ifndef TN_CPU_CONVERT_INL
#define TN_CPU_CONVERT_INL

#include "cpu/kern/vec.h"

#if VL >= 8
typedef uint16_t v_half __attribute__((vector_size(2 * VL), aligned(2), may_alias));
#endif
#if VL == 16
INLINE vf v_from_f16(const uint16_t *p) { return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const void *)p)); }
INLINE void v_to_f16(uint16_t *p, vf x) {
    _mm256_storeu_si256((void *)p, _mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT));
}
#elif VL == 8
INLINE vf v_from_f16(const uint16_t *p) { return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const void *)p)); }
INLINE void v_to_f16(uint16_t *p, vf x) {
    _mm_storeu_si128((void *)p, _mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT));
}
#endif

#if VL == 16
INLINE vf v_from_bf16(const uint16_t *p) {
    return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)p)), 16);
}
#elif VL == 8
INLINE vf v_from_bf16(const uint16_t *p) {
    return (vf)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)p)), 16);
}
#elif !defined(__aarch64__)
INLINE vf v_from_f16(const uint16_t *p) {
    vf x;
    for (int i = 0; i < VL; i++) x[i] = tni_f16_to_float(p[i]);
    return x;
}
INLINE vf v_from_bf16(const uint16_t *p) {
    vf x;
    for (int i = 0; i < VL; i++) x[i] = tni_bf16_to_float(p[i]);
    return x;
}
#endif

// Bytes. Spelt out: gcc 12 converts the bytes of a vector one by one.
#if VL == 16
INLINE vf v_from_u8(const void *p) {
    return (vf)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(p)));
}
INLINE vf v_from_i8(const void *p) {
    return (vf)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(p)));
}
#elif VL == 8
INLINE vf v_from_u8(const void *p) {
    return (vf)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p)));
}
INLINE vf v_from_i8(const void *p) {
    return (vf)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(p)));
}
#else
typedef uint8_t v_unsigned_bytes __attribute__((vector_size(VL), aligned(1), may_alias));
typedef int8_t v_signed_bytes __attribute__((vector_size(VL), aligned(1), may_alias));
INLINE vf v_from_u8(const void *p) { return __builtin_convertvector(*(const v_unsigned_bytes *)p, vf); }
INLINE vf v_from_i8(const void *p) { return __builtin_convertvector(*(const v_signed_bytes *)p, vf); }
#endif

static inline void f16_to_row(const uint16_t *from, float *to, int64_t n) {
    int64_t i = 0;
#if VL >= 8 || defined(__aarch64__)
    for (; i + VL <= n; i += VL) v_store(to + i, v_from_f16(from + i));
#endif
    for (; i < n; i++) to[i] = tni_f16_to_float(from[i]);
}

static inline void row_to_f16(const float *from, uint16_t *to, int64_t n) {
    int64_t i = 0;
#if VL >= 8 || defined(__aarch64__)
    for (; i + VL <= n; i += VL) v_to_f16(to + i, v_load(from + i));
#endif
    for (; i < n; i++) to[i] = tni_float_to_f16(from[i]);
}

INLINE size_t element_bytes(tn_dtype type) { return type == TN_F32 ? 4 : 2; }
INLINE const void *element_at(tn_dtype type, const void *data, int64_t i) {
    return (const char *)data + i * (int64_t)element_bytes(type);
}
INLINE void *element_to(tn_dtype type, void *data, int64_t i) {
    return (char *)data + i * (int64_t)element_bytes(type);
}

// to[i] = data[first + i]
static inline void row_from(tn_dtype type, const void *data, int64_t first, float *to, int64_t n) {
    const void *from = element_at(type, data, first);
    if (type == TN_F16) {
        f16_to_row(from, to, n);
    } else if (type == TN_BF16) {
        for (int64_t i = 0; i < n; i++) to[i] = tni_bf16_to_float(((const uint16_t *)from)[i]);
    } else {
        memcpy(to, from, (size_t)n * 4);
    }
}

// data[first + i] = from[i]
static inline void row_to(tn_dtype type, const float *from, void *data, int64_t first, int64_t n) {
    void *to = element_to(type, data, first);
    if (type == TN_F16) {
        row_to_f16(from, to, n);
    } else if (type == TN_BF16) {
        for (int64_t i = 0; i < n; i++) ((uint16_t *)to)[i] = tni_float_to_bf16(from[i]);
    } else {
        memcpy(to, from, (size_t)n * 4);
    }
}

INLINE float scalar_from(tn_dtype type, const void *data, int64_t i) {
    const void *from = element_at(type, data, i);
    if (type == TN_F32) return *(const float *)from;
    uint16_t bits = *(const uint16_t *)from;
    return type == TN_F16 ? tni_f16_to_float(bits) : tni_bf16_to_float(bits);
}

#endif
