// SPDX-License-Identifier: Apache-2.0
// gemm_i8.inl - the product of 8-bit matrices that quantised convolutions and products are made of. Operands
// lose their zero points when they are packed, as pairs of 16-bit numbers along k; a register tile adds the
// products of pairs into 32-bit sums, which wrap and so are the same in any order:
//
//     A packed [block of k][panel][pair of k][h <= MR rows]      B packed [block of k][tile][pair of k][NR]
//
// The sums of a task lie in its worker's memory, and are requantised from there.
#ifndef TN_CPU_GEMM_I8_INL
#define TN_CPU_GEMM_I8_INL

#include "cpu/kern/gemm.inl"
#include "cpu/kern/int8.inl"

enum { KI = 512, PAIRS = KI / 2 }; // values and pairs of k in a block

// acc + low * low + high * high of 16-bit halves.
#if VL == 16 && defined(__AVX512VNNI__)
INLINE vu vu_dot(vu acc, vu a, vu b) { return (vu)_mm512_dpwssd_epi32((__m512i)acc, (__m512i)a, (__m512i)b); }
#elif VL == 16
INLINE vu vu_dot(vu acc, vu a, vu b) { return acc + (vu)_mm512_madd_epi16((__m512i)a, (__m512i)b); }
#elif VL == 8
INLINE vu vu_dot(vu acc, vu a, vu b) { return acc + (vu)_mm256_madd_epi16((__m256i)a, (__m256i)b); }
#elif defined(__SSE2__)
INLINE vu vu_dot(vu acc, vu a, vu b) { return acc + (vu)_mm_madd_epi16((__m128i)a, (__m128i)b); }
#elif !defined(__aarch64__)
INLINE vu vu_dot(vu acc, vu a, vu b) {
    vi high = ((vi)a >> 16) * ((vi)b >> 16), low = ((vi)(a << 16) >> 16) * ((vi)(b << 16) >> 16);
    return acc + (vu)high + (vu)low;
}
#endif

// Word p of k of B's columns lies at b + off[p].
typedef void tile_i8_fn(const uint32_t *a, const uint32_t *b, const int32_t *off, int64_t steps, bool first,
                        uint32_t *c, int64_t ldc);

// By `dot`, for words of two numbers or of four.
#define TILE_I8(name, dot, rows, vectors)                                                           \
    static void name##_##rows##x##vectors(const uint32_t *a, const uint32_t *b, const int32_t *off, \
                                          int64_t steps, bool first, uint32_t *c, int64_t ldc) {    \
        vu acc[rows][vectors];                                                                      \
        for (int i = 0; i < rows; i++)                                                              \
            for (int j = 0; j < vectors; j++) acc[i][j] = (vu){0};                                  \
        for (; steps > 0; steps--, a += rows) {                                                     \
            const uint32_t *line = b + *off++;                                                      \
            vu x[vectors];                                                                          \
            for (int j = 0; j < vectors; j++) x[j] = vu_load(line + j * VL);                        \
            for (int i = 0; i < rows; i++) {                                                        \
                vu w = vu_set(a[i]);                                                                \
                for (int j = 0; j < vectors; j++) acc[i][j] = dot(acc[i][j], w, x[j]);              \
            }                                                                                       \
        }                                                                                           \
        vu sum[rows][vectors]; /* indexed by variables: acc itself stays in registers */            \
        for (int i = 0; i < rows; i++)                                                              \
            for (int j = 0; j < vectors; j++) sum[i][j] = acc[i][j];                                \
        for (int i = 0; i < rows; i++)                                                              \
            for (int j = 0; j < vectors; j++) {                                                     \
                vu_any *to = (vu_any *)(c + i * ldc + j * VL);                                      \
                *to = first ? sum[i][j] : sum[i][j] + *to;                                          \
            }                                                                                       \
    }
#define TILE_I8_PAIR(name, dot, rows) TILE_I8(name, dot, rows, 1) TILE_I8(name, dot, rows, 2)
#define TILE_I8_ROW(name, rows) \
    { name##_##rows##x1, name##_##rows##x2 }
#define TILES_I8_4(name, dot)  \
    TILE_I8_PAIR(name, dot, 1) \
    TILE_I8_PAIR(name, dot, 2) TILE_I8_PAIR(name, dot, 3) TILE_I8_PAIR(name, dot, 4)
#define TILE_I8_ROWS_4(name) \
    TILE_I8_ROW(name, 1), TILE_I8_ROW(name, 2), TILE_I8_ROW(name, 3), TILE_I8_ROW(name, 4)
#if VL >= 8
#define TILES_I8_6(name, dot) TILES_I8_4(name, dot) TILE_I8_PAIR(name, dot, 5) TILE_I8_PAIR(name, dot, 6)
#define TILE_I8_ROWS_6(name) TILE_I8_ROWS_4(name), TILE_I8_ROW(name, 5), TILE_I8_ROW(name, 6)
#endif
#if VL == 16
#define TILES_I8_ALL(name, dot)                                                             \
    TILES_I8_6(name, dot)                                                                   \
    TILE_I8_PAIR(name, dot, 7)                                                              \
    TILE_I8_PAIR(name, dot, 8) TILE_I8_PAIR(name, dot, 9) TILE_I8_PAIR(name, dot, 10)       \
        TILE_I8_PAIR(name, dot, 11) TILE_I8_PAIR(name, dot, 12) TILE_I8_PAIR(name, dot, 13) \
            TILE_I8_PAIR(name, dot, 14)
#define TILE_I8_ROWS_ALL(name)                                                                      \
    TILE_I8_ROWS_6(name), TILE_I8_ROW(name, 7), TILE_I8_ROW(name, 8), TILE_I8_ROW(name, 9),         \
        TILE_I8_ROW(name, 10), TILE_I8_ROW(name, 11), TILE_I8_ROW(name, 12), TILE_I8_ROW(name, 13), \
        TILE_I8_ROW(name, 14)
#elif VL == 8
#define TILES_I8_ALL TILES_I8_6
#define TILE_I8_ROWS_ALL TILE_I8_ROWS_6
#else
#define TILES_I8_ALL TILES_I8_4
#define TILE_I8_ROWS_ALL TILE_I8_ROWS_4
#endif

// The tiles `name`_HxV, and a table of them by H - 1 and V - 1.
#define TILES_I8(name, dot) \
    TILES_I8_ALL(name, dot) \
    static tile_i8_fn *const name##s[MR][NV] = {TILE_I8_ROWS_ALL(name)};
TILES_I8(tile_pair, vu_dot)

INLINE int64_t pair_count(int64_t k) { return (k + 1) / 2; }
INLINE int64_t blocks_i8(int64_t k) { return max64(1, ceil_div(k, KI)); }

// --------------------------------------------------------------------------------------------- packing

// to[i] = x[first + i * step] - zero
static void row_i16(tn_dtype type, const void *x, int64_t first, int64_t step, int32_t zero, int16_t *to,
                    int64_t n) {
    const uint8_t *u = (const uint8_t *)x + first;
    const int8_t *s = (const int8_t *)x + first;
    if (type == TN_U8 && step == 1)
        for (int64_t i = 0; i < n; i++) to[i] = (int16_t)(u[i] - zero);
    else if (type == TN_U8)
        for (int64_t i = 0; i < n; i++) to[i] = (int16_t)(u[i * step] - zero);
    else if (step == 1)
        for (int64_t i = 0; i < n; i++) to[i] = (int16_t)(s[i] - zero);
    else
        for (int64_t i = 0; i < n; i++) to[i] = (int16_t)(s[i * step] - zero);
}

INLINE uint32_t pair_i16(int16_t low, int16_t high) {
    return (uint32_t)(uint16_t)low | (uint32_t)(uint16_t)high << 16;
}

// Panels [p0, p1) of all blocks of k of an [m,k] matrix whose rows lie `step` apart; zero points by row.
static inline void pack_a_i8(tn_dtype type, const void *x, int64_t first, int64_t step, const tn_tensor *zero,
                             int64_t zero0, int64_t m, int64_t k, int64_t p0, int64_t p1, uint32_t *to) {
    int16_t line[KI + 1];
    for (int64_t k0 = 0; k0 < k; k0 += KI) {
        int64_t n = min64(KI, k - k0);
        for (int64_t p = p0; p < p1; p++) {
            int64_t row0 = panel_row(m, p), h = panel_row(m, p + 1) - row0;
            uint32_t *panel = to + m * (k0 / 2) + row0 * pair_count(n);
            for (int64_t i = 0; i < h; i++) {
                row_i16(type, x, first + (row0 + i) * step + k0, 1, zero_at(zero, zero0 + row0 + i), line, n);
                line[n] = 0;
                for (int64_t q = 0; q < pair_count(n); q++)
                    panel[q * h + i] = pair_i16(line[2 * q], line[2 * q + 1]);
            }
        }
    }
}

// Two rows of numbers as one of pairs.
static void pair_rows(const int16_t *low, const int16_t *high, uint32_t *to, int64_t n) {
    for (int64_t j = 0; j < n; j++) to[j] = pair_i16(low[j], high[j]);
}

// Columns [n0, n0 + NR) of row k of a [k,n] matrix; zeros behind its last row and column.
static inline void line_b_i8(tn_dtype type, const void *x, int64_t first, const tn_tensor *zero, int64_t k,
                             int64_t rows, int64_t n0, int64_t n, int16_t *line) {
    int64_t columns = k < rows ? min64(NR, n - n0) : 0;
    bool many = zero && tn_count(zero) > 1;
    memset(line, 0, NR * sizeof *line);
    row_i16(type, x, first + k * n + n0, 1, many ? 0 : zero_at(zero, 0), line, columns);
    for (int64_t j = 0; many && j < columns; j++) line[j] = (int16_t)(line[j] - zero_at(zero, n0 + j));
}

// Tiles [t0, t1) of all blocks of k of a [k,n] matrix with contiguous rows; zero points by column.
static inline void pack_b_i8(tn_dtype type, const void *x, int64_t first, const tn_tensor *zero, int64_t k,
                             int64_t n, int64_t t0, int64_t t1, uint32_t *to) {
    int64_t tile_count = ceil_div(n, NR);
    int16_t low[NR], high[NR];
    for (int64_t k0 = 0; k0 < k; k0 += KI) {
        int64_t pairs = pair_count(min64(KI, k - k0));
        for (int64_t t = t0; t < t1; t++)
            for (int64_t q = 0; q < pairs; q++) {
                line_b_i8(type, x, first, zero, k0 + 2 * q, k, t * NR, n, low);
                line_b_i8(type, x, first, zero, k0 + 2 * q + 1, k, t * NR, n, high);
                pair_rows(low, high, to + (tile_count * (k0 / 2) + t * pairs + q) * NR, NR);
            }
    }
}

// One block of k: panels [p0, p1) of `m` rows from `a` on by the tiles of `columns` columns from `b` on.
static inline void strip_i8(const uint32_t *a, const uint32_t *b, int64_t pairs, int64_t m, int64_t p0,
                            int64_t p1, int64_t columns, bool first, uint32_t *c, int64_t ldc) {
    int32_t off[PAIRS];
    for (int64_t q = 0; q < pairs; q++) off[q] = (int32_t)q * NR;
    for (int64_t n = 0; n < columns; n += NR, b += pairs * NR) {
        const uint32_t *panel = a;
        for (int64_t p = p0; p < p1; p++) {
            int64_t row = panel_row(m, p) - panel_row(m, p0), h = panel_row(m, p + 1) - panel_row(m, p);
            tile_pairs[h - 1][columns - n > VL ? 1 : 0](panel, b, off, pairs, first, c + row * ldc + n, ldc);
            panel += h * pairs;
        }
    }
}

#endif
