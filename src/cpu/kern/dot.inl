// SPDX-License-Identifier: Apache-2.0
// dot.inl - matrix products by instructions that add two products of bf16, or four of 8-bit numbers, to each
// 32-bit sum (vdpbf16ps, vpdpbusd; tdpbf16ps, tdpbsud). A word is two or four neighbours along k:
//
//     A packed [block of k][panel][chunk of 16 words][h rows][16 words]     C [row][ldc], 32-bit sums
//     B packed [block of k][tile][word of k][DOT_COLUMNS]
//
// k is filled up with zeros to whole chunks. A panel is as many rows as the registers hold sums of: for AMX
// two tiles of 16 rows, the last ones filled up with zeros; else up to 14 rows of two vectors. 8-bit A is
// signed and B unsigned, whatever the operands were: shifting by 128 is the zero point's affair (quads.inl).
#ifndef TN_CPU_DOT_INL
#define TN_CPU_DOT_INL

#include "cpu/kern/vec.h"

enum { DOT_CHUNK = 16, DOT_COLUMNS = 32, DOT_AHEAD = 1024 };

#if defined(__AMX_TILE__)
enum { DOT_ROWS = 32, DOT_BLOCK = 512 }; // of a panel; words of k in a block

INLINE int64_t dot_row(int64_t m, int64_t p) { return min64(p * DOT_ROWS, m); }
INLINE int64_t dot_padded(int64_t rows) { return ceil_div(rows, 16) * 16; } // rows as packed, and of C
#else
enum { DOT_ROWS = 14, DOT_BLOCK = 128 };

// Rows are dealt to panels as evenly as whole numbers allow.
INLINE int64_t dot_row(int64_t m, int64_t p) {
    int64_t n = ceil_div(m, DOT_ROWS);
    return p * (m / n) + min64(p, m % n);
}
INLINE int64_t dot_padded(int64_t rows) { return rows; }
#endif

INLINE int64_t dot_panels(int64_t m) { return ceil_div(m, DOT_ROWS); }
INLINE int64_t dot_tiles(int64_t n) { return ceil_div(n, DOT_COLUMNS); }
INLINE int64_t dot_words(int64_t k, int64_t each) { return ceil_div(k, DOT_CHUNK * each) * DOT_CHUNK; }

typedef struct dot {
    int64_t m, n, words; // of k
} dot;

INLINE int64_t dot_a_words(const dot *d) { return dot_padded(d->m) * d->words; }
INLINE int64_t dot_b_words(const dot *d) { return dot_tiles(d->n) * DOT_COLUMNS * d->words; }

// Where word w0 of panel p, of tile t lies; `count` words are in its block. Within a panel, row i of a chunk
// is DOT_CHUNK words behind row i - 1, and chunks are `dot_padded(rows of the panel)` rows long.
INLINE int64_t dot_a_at(const dot *d, int64_t w0, int64_t count, int64_t p) {
    return dot_padded(d->m) * w0 + dot_row(d->m, p) * count;
}
INLINE int64_t dot_b_at(const dot *d, int64_t w0, int64_t count, int64_t t) {
    return (dot_tiles(d->n) * w0 + t * count) * DOT_COLUMNS;
}
INLINE int64_t dot_block_words(const dot *d, int64_t w0) { return min64(DOT_BLOCK, d->words - w0); }

// `chunks` chunks of a panel of `rows` rows by the first `columns` columns of a tile.
typedef void dot_kernel(const uint32_t *a, int64_t rows, const uint32_t *b, int64_t columns, int64_t chunks,
                        bool first, uint32_t *c, int64_t ldc);

#if defined(__AMX_TILE__)

// All eight tiles: 16 rows of 64 bytes. What is computed beyond the rows wanted is of zeros.
INLINE void dot_begin(void) {
    struct {
        uint8_t palette, start, zero[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int i = 0; i < 8; i++) config.bytes[i] = 64, config.rows[i] = 16;
    __asm__ volatile("" : "+m"(config)); // all of it: the intrinsic says that it reads 8 bytes
    _tile_loadconfig(&config);
}
INLINE void dot_end(void) { _tile_release(); }

// Sums are tiles 0 to 3, two rows of two; A 4 and 5, B 6 and 7.
#define DOT_AMX(name, multiply, high, wide)                                                      \
    static void name##_##high##wide(const uint32_t *a, const uint32_t *b, int64_t chunks,        \
                                    int64_t chunk_words, bool first, uint32_t *c, int64_t ldc) { \
        size_t step = (size_t)ldc * 4;                                                           \
        uint32_t *low = c + 16 * ldc;                                                            \
        if (first) {                                                                             \
            _tile_zero(0);                                                                       \
            if (wide) _tile_zero(1);                                                             \
            if (high) _tile_zero(2);                                                             \
            if (high && wide) _tile_zero(3);                                                     \
        } else {                                                                                 \
            _tile_loadd(0, c, step);                                                             \
            if (wide) _tile_loadd(1, c + 16, step);                                              \
            if (high) _tile_loadd(2, low, step);                                                 \
            if (high && wide) _tile_loadd(3, low + 16, step);                                    \
        }                                                                                        \
        for (; chunks > 0; chunks--, a += chunk_words, b += DOT_CHUNK * DOT_COLUMNS) {           \
            _tile_loadd(6, b, DOT_COLUMNS * 4);                                                  \
            _tile_loadd(4, a, 64);                                                               \
            multiply(0, 4, 6);                                                                   \
            if (wide) _tile_loadd(7, b + 16, DOT_COLUMNS * 4);                                   \
            if (wide) multiply(1, 4, 7);                                                         \
            if (high) _tile_loadd(5, a + 256, 64);                                               \
            if (high) multiply(2, 5, 6);                                                         \
            if (high && wide) multiply(3, 5, 7);                                                 \
            for (int i = 0; i < DOT_CHUNK * DOT_COLUMNS; i += 16)                                \
                __builtin_prefetch(b + DOT_CHUNK * DOT_COLUMNS * 2 + i, 0, 3);                   \
        }                                                                                        \
        _tile_stored(0, c, step);                                                                \
        if (wide) _tile_stored(1, c + 16, step);                                                 \
        if (high) _tile_stored(2, low, step);                                                    \
        if (high && wide) _tile_stored(3, low + 16, step);                                       \
    }
#define DOT_KERNEL(name, multiply)                                                                        \
    DOT_AMX(name, multiply, 0, 0)                                                                         \
    DOT_AMX(name, multiply, 0, 1)                                                                         \
    DOT_AMX(name, multiply, 1, 0)                                                                         \
    DOT_AMX(name, multiply, 1, 1)                                                                         \
    static void name(const uint32_t *a, int64_t rows, const uint32_t *b, int64_t columns, int64_t chunks, \
                     bool first, uint32_t *c, int64_t ldc) {                                              \
        if (rows > 16)                                                                                    \
            (columns > 16 ? name##_11 : name##_10)(a, b, chunks, 32 * DOT_CHUNK, first, c, ldc);          \
        else                                                                                              \
            (columns > 16 ? name##_01 : name##_00)(a, b, chunks, 16 * DOT_CHUNK, first, c, ldc);          \
    }

#else

INLINE void dot_begin(void) {}
INLINE void dot_end(void) {}

#define DOT_TILE(name, add, rows, vectors)                                                                  \
    static void name##_##rows##x##vectors(const uint32_t *a, const uint32_t *b, int64_t chunks, bool first, \
                                          uint32_t *c, int64_t ldc) {                                       \
        __m512i acc[rows][vectors];                                                                         \
        for (int i = 0; i < rows; i++)                                                                      \
            for (int j = 0; j < vectors; j++) acc[i][j] = _mm512_setzero_si512();                           \
        for (; chunks > 0; chunks--, a += rows * DOT_CHUNK)                                                 \
            for (int w = 0; w < DOT_CHUNK; w++, b += DOT_COLUMNS) {                                         \
                __m512i x[vectors];                                                                         \
                for (int j = 0; j < vectors; j++) {                                                         \
                    __builtin_prefetch(b + DOT_AHEAD + j * 16, 0, 3);                                       \
                    x[j] = _mm512_loadu_si512(b + j * 16);                                                  \
                }                                                                                           \
                for (int i = 0; i < rows; i++) {                                                            \
                    __m512i y = _mm512_set1_epi32((int)a[i * DOT_CHUNK + w]);                               \
                    for (int j = 0; j < vectors; j++) acc[i][j] = add(acc[i][j], y, x[j]);                  \
                }                                                                                           \
            }                                                                                               \
        _Pragma("GCC unroll 16") for (int i = 0; i < rows; i++)                                             \
            _Pragma("GCC unroll 2") for (int j = 0; j < vectors; j++) {                                     \
            uint32_t *to = c + i * ldc + j * 16;                                                            \
            _mm512_storeu_si512(to, first ? acc[i][j] : name##_sum(acc[i][j], _mm512_loadu_si512(to)));     \
        }                                                                                                   \
    }
#define DOT_PAIR(name, add, rows) DOT_TILE(name, add, rows, 1) DOT_TILE(name, add, rows, 2)
#define DOT_ROW(name, rows) \
    { name##_##rows##x1, name##_##rows##x2 }
#define DOT_KERNEL(name, add)                                                                             \
    DOT_PAIR(name, add, 1)                                                                                \
    DOT_PAIR(name, add, 2)                                                                                \
    DOT_PAIR(name, add, 3)                                                                                \
    DOT_PAIR(name, add, 4)                                                                                \
    DOT_PAIR(name, add, 5)                                                                                \
    DOT_PAIR(name, add, 6)                                                                                \
    DOT_PAIR(name, add, 7)                                                                                \
    DOT_PAIR(name, add, 8)                                                                                \
    DOT_PAIR(name, add, 9)                                                                                \
    DOT_PAIR(name, add, 10)                                                                               \
    DOT_PAIR(name, add, 11)                                                                               \
    DOT_PAIR(name, add, 12)                                                                               \
    DOT_PAIR(name, add, 13)                                                                               \
    DOT_PAIR(name, add, 14)                                                                               \
    static void name(const uint32_t *a, int64_t rows, const uint32_t *b, int64_t columns, int64_t chunks, \
                     bool first, uint32_t *c, int64_t ldc) {                                              \
        static void (*const heights[DOT_ROWS][2])(const uint32_t *, const uint32_t *, int64_t, bool,      \
                                                  uint32_t *, int64_t) = {                                \
            DOT_ROW(name, 1),  DOT_ROW(name, 2),  DOT_ROW(name, 3),  DOT_ROW(name, 4), DOT_ROW(name, 5),  \
            DOT_ROW(name, 6),  DOT_ROW(name, 7),  DOT_ROW(name, 8),  DOT_ROW(name, 9), DOT_ROW(name, 10), \
            DOT_ROW(name, 11), DOT_ROW(name, 12), DOT_ROW(name, 13), DOT_ROW(name, 14)};                  \
        heights[rows - 1][columns > 16](a, b, chunks, first, c, ldc);                                     \
    }

#endif

// Panels [p0, p1) by tiles [t0, t1) to c, whose row 0 is p0's first and whose column 0 is t0's; it has
// dot_padded(rows) rows. A tile of B stays in the cache while the panels pass.
static void dot_product(const dot *d, dot_kernel *kernel, const uint32_t *a, const uint32_t *b, int64_t p0,
                        int64_t p1, int64_t t0, int64_t t1, uint32_t *c, int64_t ldc) {
    int64_t row0 = dot_row(d->m, p0), w0 = 0;
    dot_begin();
    do {
        int64_t count = dot_block_words(d, w0);
        for (int64_t t = t0; t < t1; t++)
            for (int64_t p = p0; p < p1; p++) {
                int64_t row = dot_row(d->m, p), rows = dot_row(d->m, p + 1) - row;
                kernel(a + dot_a_at(d, w0, count, p), rows, b + dot_b_at(d, w0, count, t),
                       d->n - t * DOT_COLUMNS, count / DOT_CHUNK, w0 == 0,
                       c + (row - row0) * ldc + (t - t0) * DOT_COLUMNS, ldc);
            }
        w0 += DOT_BLOCK;
    } while (w0 < d->words);
    dot_end();
}

#endif
