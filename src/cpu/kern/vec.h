// SPDX-License-Identifier: Apache-2.0
// vec.h - vectors of VL floats for kernels that are written once and compiled per instruction set: VL is set
// by the including file (16, 8 or 4). Arithmetic is the compiler's own vector arithmetic; intrinsics stand
// only where it has no words: tails, minimum and maximum, square root, half precision.
#ifndef TN_CPU_VEC_H
#define TN_CPU_VEC_H

#include "base/half.h"
#include "tenon/ext.h"

#include <math.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef VL
#error "define VL, the floats in a vector, before including vec.h"
#endif

typedef float vf __attribute__((vector_size(4 * VL)));
typedef int32_t vi __attribute__((vector_size(4 * VL)));
typedef uint32_t vu __attribute__((vector_size(4 * VL)));
typedef float vf_any __attribute__((vector_size(4 * VL), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline, unused))

INLINE vf v_set(float x) { return x - (vf){0}; } // x - 0 is x, for -0 too
INLINE vi vi_set(int32_t x) { return x - (vi){0}; }
INLINE vf v_load(const float *p) { return *(const vf_any *)p; }
INLINE void v_store(float *p, vf x) { *(vf_any *)p = x; }

// The first n lanes, 0 <= n <= VL; the others are zero, and memory behind them is not touched.
#if VL == 16
INLINE __mmask16 v_tail(int64_t n) { return (__mmask16)((1u << n) - 1u); }
INLINE vf v_load_n(const float *p, int64_t n) { return (vf)_mm512_maskz_loadu_ps(v_tail(n), p); }
INLINE void v_store_n(float *p, vf x, int64_t n) { _mm512_mask_storeu_ps(p, v_tail(n), (__m512)x); }
#elif VL == 8
static const int32_t v_tail_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
INLINE __m256i v_tail(int64_t n) {
    __m256i m;
    memcpy(&m, v_tail_mask + 8 - n, sizeof m);
    return m;
}
INLINE vf v_load_n(const float *p, int64_t n) { return (vf)_mm256_maskload_ps(p, v_tail(n)); }
INLINE void v_store_n(float *p, vf x, int64_t n) { _mm256_maskstore_ps(p, v_tail(n), (__m256)x); }
#else
INLINE vf v_load_n(const float *p, int64_t n) {
    vf x = {0};
    for (int64_t i = 0; i < n; i++) x[i] = p[i];
    return x;
}
INLINE void v_store_n(float *p, vf x, int64_t n) {
    for (int64_t i = 0; i < n; i++) p[i] = x[i];
}
#endif

// All bits set in the first n lanes, 0 <= n < VL.
#if VL == 16
INLINE vi v_mask(int64_t n) { return (vi)_mm512_maskz_set1_epi32(v_tail(n), -1); }
#elif VL == 8
INLINE vi v_mask(int64_t n) { return (vi)v_tail(n); }
#else
INLINE vi v_mask(int64_t n) {
    vi m = {0};
    for (int64_t i = 0; i < n; i++) m[i] = -1;
    return m;
}
#endif

INLINE vf v_select(vi mask, vf yes, vf no) { return (vf)(((vi)yes & mask) | ((vi)no & ~mask)); }
// a * b + c in one rounding where there is one: spelt out, for what a compiler contracts depends on its whim.
#if VL == 16
INLINE vf v_fma(vf a, vf b, vf c) { return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
#elif VL == 8
INLINE vf v_fma(vf a, vf b, vf c) { return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
#elif defined(__aarch64__)
#include "cpu/kern/neon.h"
#else
INLINE vf v_fma(vf a, vf b, vf c) { return a * b + c; }
#endif

// The second operand when either is NaN: what x86's maxps does.
#if VL == 16
INLINE vf v_max2(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vf v_min2(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }
INLINE vf v_sqrt(vf a) { return (vf)_mm512_sqrt_ps((__m512)a); }
#elif VL == 8
INLINE vf v_max2(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vf v_min2(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }
INLINE vf v_sqrt(vf a) { return (vf)_mm256_sqrt_ps((__m256)a); }
#elif defined(__SSE2__)
INLINE vf v_max2(vf a, vf b) { return (vf)_mm_max_ps((__m128)a, (__m128)b); }
INLINE vf v_min2(vf a, vf b) { return (vf)_mm_min_ps((__m128)a, (__m128)b); }
INLINE vf v_sqrt(vf a) { return (vf)_mm_sqrt_ps((__m128)a); }
#elif !defined(__aarch64__)
INLINE vf v_max2(vf a, vf b) { return v_select(a > b, a, b); }
INLINE vf v_min2(vf a, vf b) { return v_select(a < b, a, b); }
INLINE vf v_sqrt(vf a) {
    for (int i = 0; i < VL; i++) a[i] = sqrtf(a[i]);
    return a;
}
#endif

// NaN when either is: the rule of Max, MaxPool and ReduceMax.
#if VL == 16
INLINE __mmask16 v_numbers(vf a) { return _mm512_cmp_ps_mask((__m512)a, (__m512)a, _CMP_ORD_Q); }
INLINE vf v_max(vf a, vf b) { return (vf)_mm512_mask_max_ps((__m512)a, v_numbers(a), (__m512)a, (__m512)b); }
INLINE vf v_min(vf a, vf b) { return (vf)_mm512_mask_min_ps((__m512)a, v_numbers(a), (__m512)a, (__m512)b); }
#else
INLINE vf v_max(vf a, vf b) { return v_select(a != a, a, v_max2(a, b)); }
INLINE vf v_min(vf a, vf b) { return v_select(a != a, a, v_min2(a, b)); }
#endif
// NaN stays NaN; the bounds are numbers.
INLINE vf v_clamp(vf x, vf lo, vf hi) { return v_min2(hi, v_max2(lo, x)); }
INLINE vf v_abs(vf x) { return (vf)((vi)x & 0x7fffffff); }
INLINE vf v_copysign(vf magnitude, vf sign) {
    return (vf)(((vi)magnitude & 0x7fffffff) | ((vi)sign & INT32_MIN));
}

INLINE float s_max(float a, float b) { return a > b || a != a ? a : b; }
INLINE float s_min(float a, float b) { return a < b || a != a ? a : b; }

// Sums and extremes of rows run in SPAN lanes whatever the vector's width, LANES vectors of them, and are
// folded in one order: the bits do not depend on the instruction set that was chosen.
enum { SPAN = 64, LANES = SPAN / VL };

// Lane i meets lane i + w for w = SPAN / 2, SPAN / 4 .. 1; what is moved up is not read.
#if VL == 16
#define V_HALVES(join, v)                                                                                   \
    v = join(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)); \
    v = join(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7));             \
    v = join(v, __builtin_shufflevector(v, v, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3));             \
    v = join(v, __builtin_shufflevector(v, v, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))
#elif VL == 8
#define V_HALVES(join, v)                                               \
    v = join(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7)); \
    v = join(v, __builtin_shufflevector(v, v, 2, 3, 2, 3, 2, 3, 2, 3)); \
    v = join(v, __builtin_shufflevector(v, v, 1, 1, 1, 1, 1, 1, 1, 1))
#else
#define V_HALVES(join, v)                                   \
    v = join(v, __builtin_shufflevector(v, v, 2, 3, 2, 3)); \
    v = join(v, __builtin_shufflevector(v, v, 1, 1, 1, 1))
#endif
#define V_FOLD(name, join)                                                    \
    INLINE float name(const vf *lanes) {                                      \
        vf half[LANES];                                                       \
        memcpy(half, lanes, sizeof half);                                     \
        for (int w = LANES / 2; w; w /= 2)                                    \
            for (int j = 0; j < w; j++) half[j] = join(half[j], half[j + w]); \
        V_HALVES(join, half[0]);                                              \
        return half[0][0];                                                    \
    }
INLINE vf v_add(vf a, vf b) { return a + b; }
V_FOLD(v_fold_sum, v_add)
V_FOLD(v_fold_max, v_max)

// The last n < SPAN elements of a row, `fill` behind them, as LANES vectors.
INLINE void v_load_span(vf *lanes, const float *x, int64_t n, float fill) {
    for (int j = 0; j < LANES; j++) {
        int64_t left = n - j * VL;
        lanes[j] = left >= VL  ? v_load(x + j * VL)
                   : left <= 0 ? v_set(fill)
                               : v_select(v_mask(left), v_load_n(x + j * VL, left), v_set(fill));
    }
}

// The even lanes of the 2 * VL floats (a, b): a row read at stride 2.
#if VL == 16
INLINE vf v_even(vf a, vf b) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
#elif VL == 8
INLINE vf v_even(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14); }
#else
INLINE vf v_even(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 2, 4, 6); }
#endif

// Transposes a VL by VL block in place: log2(VL) rounds, each swapping halves of blocks of 2s by 2s.
#define V_LO(i, s) ((i) & (s) ? VL + (i) - (s) : (i))
#define V_HI(i, s) ((i) & (s) ? VL + (i) : (i) + (s))
#define V_LANES4(of, i, s) of(i, s), of(i + 1, s), of(i + 2, s), of(i + 3, s)
#if VL == 16
#define V_LANES(of, s) V_LANES4(of, 0, s), V_LANES4(of, 4, s), V_LANES4(of, 8, s), V_LANES4(of, 12, s)
#elif VL == 8
#define V_LANES(of, s) V_LANES4(of, 0, s), V_LANES4(of, 4, s)
#else
#define V_LANES(of, s) V_LANES4(of, 0, s)
#endif
#define V_TRANSPOSE_ROUND(s)                                                      \
    _Pragma("GCC unroll 16") for (int i = 0; i < VL; i++) {                       \
        if (i & (s)) continue;                                                    \
        vf lo = __builtin_shufflevector(x[i], x[i + (s)], V_LANES(V_LO, s));      \
        x[i + (s)] = __builtin_shufflevector(x[i], x[i + (s)], V_LANES(V_HI, s)); \
        x[i] = lo;                                                                \
    }
INLINE void v_transpose(vf x[VL]) {
    V_TRANSPOSE_ROUND(1)
    V_TRANSPOSE_ROUND(2)
#if VL >= 8
    V_TRANSPOSE_ROUND(4)
#endif
#if VL == 16
    V_TRANSPOSE_ROUND(8)
#endif
}

INLINE int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
INLINE int64_t round_up(int64_t n, int64_t to) { return ceil_div(n, to) * to; }

// to[j][i] = from[i][j] for `rows` by `columns` floats, rows <= VL; lanes behind the last row of a whole
// vector are stored as zeros when `wide`, else not touched. Lines that lie one behind the other are stored as
// whole vectors where the following lines overwrite the surplus: storing a part costs ten times as much with
// AVX2.
INLINE void v_transpose_strip(const float *from, int64_t ld, int64_t rows, int64_t columns, float *to,
                              int64_t to_ld, bool wide) {
    for (int64_t j = 0; j < columns; j += VL) {
        int64_t n = min64(VL, columns - j);
        vf x[VL];
        for (int i = 0; i < VL; i++)
            x[i] = i >= rows ? (vf){0} : n == VL ? v_load(from + i * ld + j) : v_load_n(from + i * ld + j, n);
        v_transpose(x);
        for (int i = 0; i < VL && i < n; i++) {
            float *line = to + (j + i) * to_ld;
            bool covered = to_ld == rows && (columns - j - i) * rows >= VL;
            if (wide || rows == VL || covered)
                v_store(line, x[i]);
            else
                v_store_n(line, x[i], rows);
        }
    }
}

// In a library that has to be small (TN_SMALL: cmake/only_ops.cmake) a function that is SHARED, or a table
// that is SHARED_DATA with all it leads to, is there once for all kernels of an instruction set.
#ifdef TN_SMALL
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define SHARED __attribute__((weak, noinline, visibility("hidden")))
#define SHARED_DATA __attribute__((weak, visibility("hidden")))
#define act_row ISA_PASTE(tni_act_row_, TN_CPU)
#define btiles ISA_PASTE(tni_btiles_, TN_CPU)
#else
#define SHARED static inline
#define SHARED_DATA static
#endif

#endif
