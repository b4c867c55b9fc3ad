// SPDX-License-Identifier: Apache-2.0
// bf16.inl - what products of bf16 (dot.inl) share: the kernel, words of f32 that are rounded to bf16, and
// results.
#ifndef TN_CPU_BF16_INL
#define TN_CPU_BF16_INL

#include "cpu/kern/convert.inl"
#include "cpu/kern/dot.inl"

#if defined(__AMX_TILE__)
DOT_KERNEL(dot_bf16, _tile_dpbf16ps)
#else
INLINE __m512i dot_bf16_add(__m512i sum, __m512i a, __m512i b) {
    return (__m512i)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}
INLINE __m512i dot_bf16_sum(__m512i a, __m512i b) { return (__m512i)_mm512_add_ps((__m512)a, (__m512)b); }
DOT_KERNEL(dot_bf16, dot_bf16_add)
#endif

// Element i of bf16, or of f32 rounded to it.
INLINE uint16_t bf16_at(tn_dtype type, const void *data, int64_t i) {
    return type == TN_BF16 ? ((const uint16_t *)data)[i] : tni_float_to_bf16(((const float *)data)[i]);
}

// 16 of them as the low halves of words; zeros where `tail` is not set.
INLINE __m512i bf16_words(tn_dtype type, const void *data, int64_t i, __mmask16 tail) {
    __m256i half = type == TN_BF16
                       ? _mm256_maskz_loadu_epi16(tail, (const uint16_t *)data + i)
                       : (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(tail, (const float *)data + i));
    return _mm512_cvtepu16_epi32(half);
}

// sum += scale * x[first...]
static void bf16_plus(const tn_tensor *x, float scale, int64_t first, float *sum, float *line, int64_t n) {
    row_from(x->dtype, x->data, first, line, n);
    for (int64_t i = 0; i < n; i++) sum[i] += scale * line[i];
}

static void bf16_store(tn_dtype type, const float *sum, void *y, int64_t at, int64_t n) {
    if (type != TN_BF16) {
        row_to(type, sum, y, at, n);
        return;
    }
    for (int64_t i = 0; i < n; i += VL) {
        __mmask16 tail = v_tail(min64(VL, n - i));
        __m256i half = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(tail, sum + i));
        _mm256_mask_storeu_epi16((uint16_t *)y + at + i, tail, half);
    }
}

#endif
