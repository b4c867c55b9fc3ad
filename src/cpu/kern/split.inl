// SPDX-License-Identifier: Apache-2.0
// split.inl - products of f32 on tiles of bf16. The 24 bits of a float are the exact sum of three bf16
// numbers, each the rounding of what those before it leave: x = x0 + x1 + x2 with |x1| <= 2^-8 |x|, |x2| <=
// 2^-16 |x|. Of the nine products of parts, the six ai bj with i + j <= 2 are computed, exactly, and added up
// in f32; what is left out is below 2^-23 |a b|, as much as one rounding (Henry, Tang, Heinecke: Leveraging
// the bfloat16 Artificial Intelligence Datatype for Higher-Precision Computations, 2019). A tile instruction
// makes sixteen times the products of a vector's in the same time, so six of them are 2.7 times as fast.
//
//     A split [step of k][part][row][32]       a step: 32 values of k; zeros behind the last
//     B as it is [panel][step][vector][16][16][2], floats: pair of k, column, which of the pair
//     B split [step][part][vector][16][16][2]  one panel, of one or two vectors of 16 columns
//     sums [row][2 * 16], of two tiles of rows
//
// B stays f32 in memory, where two thirds of the bytes are read faster, and is split a panel ahead, between
// the products: the unit of tiles is busy for 16 cycles with each, the vectors' units are idle.
//
// An infinity has no such parts (nor has what bf16 rounds to one): its rows are found while A is split, and
// computed plainly (split_plain).
#ifndef TN_CPU_SPLIT_INL
#define TN_CPU_SPLIT_INL

#include "cpu/kern/vec.h"

enum {
    SPLIT_K = 32,                        // values of k in a step
    SPLIT_ROWS = 16,                     // of a tile, at most
    SPLIT_PAIR = 32,                     // numbers in a row of B: 16 columns of two
    SPLIT_VECTOR = 16 * SPLIT_PAIR,      // numbers of a part of a step of a vector of columns
    SPLIT_SUMS = 2 * SPLIT_ROWS * 2 * VL // floats
};

INLINE int64_t split_steps(int64_t k) { return ceil_div(k, SPLIT_K); }
INLINE int split_vectors(int64_t n, int64_t panel) { return n - panel * 2 * VL > VL ? 2 : 1; }
INLINE int64_t split_panels(int64_t n) { return ceil_div(n, 2 * VL); }
// Floats of B before a panel; of all of it for the panel behind the last.
INLINE int64_t split_b_floats(int64_t n, int64_t k, int64_t panel) {
    return min64(panel * 2, ceil_div(n, VL)) * split_steps(k) * SPLIT_VECTOR;
}
INLINE int64_t split_b_room(int64_t steps) {
    return steps * 3 * 2 * SPLIT_VECTOR;
} // numbers of a split panel

// ---- parts

INLINE vf split_low(__m512i pair) {
    return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(pair)), 16);
}
INLINE vf split_high(__m512i pair) {
    return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(pair, 1)), 16);
}

// The parts of 32 numbers, `part` from one to the next. True: one of them is infinite, or becomes it.
INLINE bool split_32(vf low, vf high, uint16_t *to, int64_t part) {
    __m512i x0 = (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
    _mm512_storeu_si512(to, x0);
    vf low0 = split_low(x0), high0 = split_high(x0);
    low -= low0;
    high -= high0;
    __m512i x1 = (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
    _mm512_storeu_si512(to + part, x1);
    low -= split_low(x1);
    high -= split_high(x1);
    _mm512_storeu_si512(to + 2 * part, (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
    enum { INFINITIES = 0x18 };
    return _mm512_fpclass_ps_mask((__m512)low0, INFINITIES) |
           _mm512_fpclass_ps_mask((__m512)high0, INFINITIES);
}

// A row of n numbers, `step` apart in `to` for each 32 of them.
INLINE bool split_row(const float *x, int64_t n, uint16_t *to, int64_t step, int64_t part) {
    bool infinite = false;
    for (; n >= SPLIT_K; n -= SPLIT_K, x += SPLIT_K, to += step)
        infinite |= split_32(v_load(x), v_load(x + VL), to, part);
    if (n > VL)
        infinite |= split_32(v_load(x), v_load_n(x + VL, n - VL), to, part);
    else if (n > 0)
        infinite |= split_32(v_load_n(x, n), (vf){0}, to, part);
    return infinite;
}

// ---- the next panel of B, split while this one is multiplied

typedef struct split_feed {
    const float *from; // of what is left
    uint16_t *to;      // of its step
    int64_t rows;      // left
    int64_t each;      // taken between the products of a step
    int vectors, row;  // of a step; the next one of it
} split_feed;

// Of `steps` steps of a panel. It is to be done when `turns` steps were multiplied meanwhile.
INLINE split_feed split_feed_of(const float *from, int64_t steps, int vectors, uint16_t *to, int64_t turns) {
    int64_t rows = steps * vectors * 16;
    return (split_feed){from, to, rows, ceil_div(rows, max64(1, turns)), vectors, 0};
}

enum { SPLIT_AHEAD = 64 * SPLIT_PAIR }; // floats: 8 KB

INLINE void split_some(split_feed *f, int64_t count) {
    int64_t part = f->vectors * SPLIT_VECTOR;
    for (count = min64(count, f->rows), f->rows -= count; count > 0; count--, f->from += SPLIT_PAIR) {
        __builtin_prefetch(f->from + SPLIT_AHEAD, 0, 2);
        __builtin_prefetch(f->from + SPLIT_AHEAD + VL, 0, 2);
        split_32(v_load(f->from), v_load(f->from + VL), f->to + f->row * SPLIT_PAIR, part);
        if (++f->row < f->vectors * 16) continue;
        f->row = 0;
        f->to += 3 * part;
    }
}

// ---- a tile

typedef struct split_tile {
    const uint16_t *a, *below; // the first row of each of its tiles of rows; NULL: there is one
    const int32_t *off;        // of each step, from there
    int64_t a_part;            // from one part to the next
    size_t a_row;              // bytes from one row to the next
    const uint16_t *b;
    int64_t steps;
    float *sum;
} split_tile;

// Tiles of sums and of A have `rows` rows, those of B 16.
INLINE void split_begin(int64_t rows) {
    struct {
        uint8_t palette, start, zero[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int i = 0; i < 8; i++) config.bytes[i] = 64, config.rows[i] = i < 6 ? (uint8_t)rows : 16;
    _tile_loadconfig(&config);
}
INLINE void split_end(void) { _tile_release(); }

// Sums are tiles 0 to 3, two rows of two; A 4 and 5, B 6 and 7. Each part of A meets those of B that are
// there still, so that 14 tiles are read for 24 products.
#define SPLIT_A(i, high)                        \
    _tile_loadd(4, t->a + off + (i)*part, row); \
    if (high) _tile_loadd(5, t->below + off + (i)*part, row)
#define SPLIT_B(i, wide)                                                 \
    _tile_loadd(6, b + (i) * (1 + wide) * SPLIT_VECTOR, SPLIT_PAIR * 2); \
    if (wide) _tile_loadd(7, b + ((i)*2 + 1) * SPLIT_VECTOR, SPLIT_PAIR * 2)
#define SPLIT_MULTIPLY(high, wide)     \
    _tile_dpbf16ps(0, 4, 6);           \
    if (wide) _tile_dpbf16ps(1, 4, 7); \
    if (high) _tile_dpbf16ps(2, 5, 6); \
    if (high && wide) _tile_dpbf16ps(3, 5, 7)
#define SPLIT_TILE(high, wide)                                                        \
    static void split_tile_##high##wide(const split_tile *t, split_feed *feed) {      \
        const uint16_t *b = t->b;                                                     \
        int64_t part = t->a_part;                                                     \
        size_t row = t->a_row;                                                        \
        __asm__ volatile("" ::: "memory"); /* tile loads do not say what they read */ \
        _tile_zero(0);                                                                \
        if (wide) _tile_zero(1);                                                      \
        if (high) _tile_zero(2);                                                      \
        if (high && wide) _tile_zero(3);                                              \
        for (int64_t s = 0; s < t->steps; s++, b += 3 * (1 + wide) * SPLIT_VECTOR) {  \
            int64_t off = t->off[s];                                                  \
            SPLIT_A(0, high);                                                         \
            SPLIT_B(0, wide);                                                         \
            SPLIT_MULTIPLY(high, wide);                                               \
            SPLIT_B(2, wide);                                                         \
            SPLIT_MULTIPLY(high, wide);                                               \
            SPLIT_B(1, wide);                                                         \
            SPLIT_MULTIPLY(high, wide);                                               \
            SPLIT_A(1, high);                                                         \
            SPLIT_MULTIPLY(high, wide);                                               \
            SPLIT_B(0, wide);                                                         \
            SPLIT_MULTIPLY(high, wide);                                               \
            SPLIT_A(2, high);                                                         \
            SPLIT_MULTIPLY(high, wide);                                               \
            split_some(feed, feed->each);                                             \
        }                                                                             \
        _tile_stored(0, t->sum, 2 * VL * 4);                                          \
        if (wide) _tile_stored(1, t->sum + VL, 2 * VL * 4);                           \
        float *below = t->sum + SPLIT_ROWS * 2 * VL;                                  \
        if (high) _tile_stored(2, below, 2 * VL * 4);                                 \
        if (high && wide) _tile_stored(3, below + VL, 2 * VL * 4);                    \
    }
SPLIT_TILE(0, 0)
SPLIT_TILE(0, 1)
SPLIT_TILE(1, 0)
SPLIT_TILE(1, 1)

// One or two tiles of rows by a panel, all of its steps; the second tile's sums begin at row SPLIT_ROWS.
INLINE void split_run(const split_tile *t, int vectors, split_feed *feed) {
    if (t->below)
        (vectors > 1 ? split_tile_11 : split_tile_10)(t, feed);
    else
        (vectors > 1 ? split_tile_01 : split_tile_00)(t, feed);
}

// A row of `n` numbers of A by a panel of B as it is, in f32, to 2 * VL sums.
static __attribute__((noinline, unused)) void split_plain(const float *a, int64_t n, const float *b,
                                                          int vectors, float *sum) {
    for (int j = 0; j < vectors * VL; j++) {
        float s = 0;
        for (int64_t k = 0; k < n; k++) {
            int64_t step = k / SPLIT_K * vectors + j / VL, pair = k % SPLIT_K / 2;
            s += a[k] * b[(step * 16 + pair) * SPLIT_PAIR + j % VL * 2 + k % 2];
        }
        sum[j] = s;
    }
}

#endif
