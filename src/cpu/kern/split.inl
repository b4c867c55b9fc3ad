// SPDX-License-Identifier: Apache-2.0
// split.inl - products of f32 on tiles of bf16. The 24 bits of a float are the exact sum of three bf16
// numbers, x = x0 + x1 + x2 with |x1| <= 2^-8 |x|, |x2| < 2^-15 |x|. Of the nine products of parts, the six
// ai bj with i + j <= 2 are computed, exactly, and added up in f32; what is left out is below 2^-22 |a b|,
// and 2^-25 of it on average, of either sign (Henry, Tang, Heinecke: Leveraging the bfloat16 Artificial
// Intelligence Datatype for Higher-Precision Computations, 2019). A tile instruction makes sixteen times the
// products of a vector's in the same time, so six of them are 2.7 times as fast.
//
//     A split [step of k][part][row][32]       a step: 32 values of k, zeros behind the last, i beside i + 16
//     B as it is [panel][step][vector][16][2][16] floats; a panel: one or two vectors of 16 columns
//     B split [step][vector][part][16][16][2]  values k and k + 16 of a column side by side
//     sums [row][2 * 16] of two tiles of rows
//
// B stays f32 in memory, where two thirds of the bytes are read faster, and is split a panel ahead,
// between the products: the unit of tiles is busy for 16 cycles with each, the vectors' units are idle. It is
// a little between every four: what waits for the tiles must not fill the core's window before more comes.
//
// An infinity has no such parts (nor has what bf16 rounds to one): its rows are found while A is split, and
// computed plainly (split_plain).
#ifndef TN_CPU_SPLIT_INL
#define TN_CPU_SPLIT_INL

#include "cpu/kern/vec_math.h"
#include "tactic/split.h"

enum {
    SPLIT_K = TNI_SPLIT_K,
    SPLIT_ROWS = TNI_SPLIT_ROWS,
    SPLIT_VECTOR = SPLIT_K * VL,         // numbers of a part of a step of a vector of columns
    SPLIT_SUMS = 2 * SPLIT_ROWS * 2 * VL // floats
};

INLINE int64_t split_steps(int64_t k) { return ceil_div(k, SPLIT_K); }
INLINE int split_vectors(int64_t n, int64_t panel) { return n - panel * 2 * VL > VL ? 2 : 1; }
INLINE int64_t split_panels(int64_t n) { return ceil_div(n, 2 * VL); }
// Floats of B before a panel; of all of it for the panel behind the last.
INLINE int64_t split_b_floats(int64_t n, int64_t k, int64_t panel) {
    return min64(panel * 2, ceil_div(n, VL)) * split_steps(k) * SPLIT_VECTOR;
}
// Numbers of a split panel.
INLINE int64_t split_b_room(int64_t steps) { return steps * 3 * 2 * SPLIT_VECTOR; }

// ---- parts

// Two vectors whose lower halves are zero as one of bf16, element by element side by side.
INLINE void split_store(vi low, vi high, uint16_t *to) {
    _mm512_storeu_si512(to, (__m512i)((vi)((vu)low >> 16) | high));
}

// The parts of 16 numbers, their lower halves zero: the first one rounded (half away from zero), the second
// one cut, for the third to be what is left.
typedef struct split_parts {
    vi part[3];
} split_parts;
INLINE split_parts split_16(vf x) {
    vi upper = vi_set((int32_t)0xffff0000), x0 = ((vi)x + vi_set(0x8000)) & upper;
    x -= (vf)x0;
    vi x1 = (vi)x & upper;
    return (split_parts){{x0, x1, (vi)(x - (vf)x1) & upper}};
}

INLINE unsigned split_infinities(vi x0) { // which they are
    enum { INFINITIES = 0x18 };
    return _mm512_fpclass_ps_mask((__m512)x0, INFINITIES);
}

// The parts of 32 numbers, `part` from one to the next. True: a number is infinite, or becomes it.
INLINE bool split_32(vf low, vf high, uint16_t *to, int64_t part) {
    split_parts x = split_16(low), y = split_16(high);
    for (int i = 0; i < 3; i++) split_store(x.part[i], y.part[i], to + i * part);
    return (split_infinities(x.part[0]) | split_infinities(y.part[0])) != 0;
}

// Is one of n numbers infinite, or as large as what bf16 rounds to an infinity? n: whole vectors.
INLINE bool split_infinite(const float *x, int64_t n) {
    vi infinite = {0};
    for (int64_t i = 0; i < n; i += VL) infinite |= v_abs(v_load(x + i)) >= v_set(0x1.ffp127f);
    return v_any(infinite);
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
    const float *from;
    uint16_t *to;
    int64_t rows; // pairs of rows of B that are left
    int64_t each; // taken between products
    int row;      // taken of a vector
} split_feed;

enum {
    SPLIT_GROUPS = 6,               // of products in a step
    SPLIT_AHEAD = 8 * SPLIT_VECTOR, // floats: 16 KB
    // Rows between products up to which B is fetched that far ahead. Where it passes faster, fetches would
    // hold the buffers that tiles are read through, and the processor's own do better.
    SPLIT_FETCHED = 2
};

// Of `steps` steps of a panel. It is to be done when `turns` steps were multiplied meanwhile.
INLINE split_feed split_feed_of(const float *from, int64_t steps, int vectors, uint16_t *to, int64_t turns) {
    int64_t rows = steps * vectors * 16;
    return (split_feed){from, to, rows, ceil_div(rows, max64(1, turns * SPLIT_GROUPS)), 0};
}

INLINE void split_some(split_feed *f, int64_t count) {
    for (count = min64(count, f->rows), f->rows -= count; count > 0; count--, f->from += SPLIT_K) {
        if (f->each <= SPLIT_FETCHED) {
            __builtin_prefetch(f->from + SPLIT_AHEAD, 0, 2);
            __builtin_prefetch(f->from + SPLIT_AHEAD + VL, 0, 2);
        }
        split_32(v_load(f->from), v_load(f->from + VL), f->to, SPLIT_VECTOR);
        bool ends = ++f->row == 16;
        f->row = ends ? 0 : f->row;
        f->to += ends ? SPLIT_K + 2 * SPLIT_VECTOR : SPLIT_K;
    }
}

// What is done between products, where it is something else.
#ifndef SPLIT_FEED
#define SPLIT_FEED split_feed
#define SPLIT_SOME split_some
#endif

// ---- a tile

typedef struct split_tile {
    const uint16_t *a, *below; // the first row of each of its tiles of rows; NULL: there is one
    const int32_t *off;        // of each step, from there
    int64_t a_part;            // from one part to the next
    size_t a_row;              // bytes from one row to the next
    const uint16_t *b;
    int64_t steps;
    float *sum;
    bool more; // sums go on from what is there
} split_tile;

// Tiles of sums and of A have `rows` rows, those of B 16.
INLINE void split_begin(int64_t rows) {
    struct {
        uint8_t palette, start, zero[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int i = 0; i < 8; i++) config.bytes[i] = 64, config.rows[i] = i < 6 ? (uint8_t)rows : 16;
    __asm__ volatile("" : "+m"(config)); // all of it: the intrinsic says that it reads 8 bytes
    _tile_loadconfig(&config);
}
INLINE void split_end(void) { _tile_release(); }

// Sums are tiles 0 to 3, two rows of two; A 4 and 5, B 6 and 7. Each part of A meets those of B that are
// there still, so that 14 tiles are read for 24 products. Another B than before takes the unit 16 cycles
// whatever the rows of A are: two products by the same one follow each other.
#define SPLIT_A(i, high)                        \
    _tile_loadd(4, t->a + off + (i)*part, row); \
    if (high) _tile_loadd(5, t->below + off + (i)*part, row)
#define SPLIT_B(i, wide)                      \
    _tile_loadd(6, b + (i)*SPLIT_VECTOR, 64); \
    if (wide) _tile_loadd(7, b + (3 + (i)) * SPLIT_VECTOR, 64)
#define SPLIT_MULTIPLY(high, wide)     \
    _tile_dpbf16ps(0, 4, 6);           \
    if (high) _tile_dpbf16ps(2, 5, 6); \
    if (wide) _tile_dpbf16ps(1, 4, 7); \
    if (high && wide) _tile_dpbf16ps(3, 5, 7)
// A step, `beside` done after every four products.
#define SPLIT_STEP(high, wide, beside) \
    SPLIT_A(0, high);                  \
    SPLIT_B(0, wide);                  \
    SPLIT_MULTIPLY(high, wide);        \
    beside;                            \
    SPLIT_B(2, wide);                  \
    SPLIT_MULTIPLY(high, wide);        \
    beside;                            \
    SPLIT_B(1, wide);                  \
    SPLIT_MULTIPLY(high, wide);        \
    beside;                            \
    SPLIT_A(1, high);                  \
    SPLIT_MULTIPLY(high, wide);        \
    beside;                            \
    SPLIT_B(0, wide);                  \
    SPLIT_MULTIPLY(high, wide);        \
    beside;                            \
    SPLIT_A(2, high);                  \
    SPLIT_MULTIPLY(high, wide);        \
    beside
#define SPLIT_TILE(high, wide)                                                        \
    static void split_tile_##high##wide(const split_tile *t, SPLIT_FEED *feed) {      \
        const uint16_t *b = t->b;                                                     \
        int64_t part = t->a_part;                                                     \
        SPLIT_FEED f = *feed; /* in registers */                                      \
        size_t row = t->a_row;                                                        \
        __asm__ volatile("" ::: "memory"); /* tile loads do not say what they read */ \
        float *below = t->sum + SPLIT_ROWS * 2 * VL;                                  \
        if (t->more) {                                                                \
            _tile_loadd(0, t->sum, 2 * VL * 4);                                       \
            if (wide) _tile_loadd(1, t->sum + VL, 2 * VL * 4);                        \
            if (high) _tile_loadd(2, below, 2 * VL * 4);                              \
            if (high && wide) _tile_loadd(3, below + VL, 2 * VL * 4);                 \
        } else {                                                                      \
            _tile_zero(0);                                                            \
            if (wide) _tile_zero(1);                                                  \
            if (high) _tile_zero(2);                                                  \
            if (high && wide) _tile_zero(3);                                          \
        }                                                                             \
        for (int64_t s = 0; s < t->steps; s++, b += 3 * (1 + wide) * SPLIT_VECTOR) {  \
            int64_t off = t->off[s];                                                  \
            SPLIT_STEP(high, wide, SPLIT_SOME(&f, f.each));                           \
        }                                                                             \
        *feed = f;                                                                    \
        _tile_stored(0, t->sum, 2 * VL * 4);                                          \
        if (wide) _tile_stored(1, t->sum + VL, 2 * VL * 4);                           \
        if (high) _tile_stored(2, below, 2 * VL * 4);                                 \
        if (high && wide) _tile_stored(3, below + VL, 2 * VL * 4);                    \
    }
SPLIT_TILE(0, 0)
SPLIT_TILE(0, 1)
SPLIT_TILE(1, 0)
SPLIT_TILE(1, 1)

// One or two tiles of rows by a panel, all of its steps; the second tile's sums begin at row SPLIT_ROWS.
INLINE void split_run(const split_tile *t, int vectors, SPLIT_FEED *feed) {
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
            int64_t step = k / SPLIT_K * vectors + j / VL;
            s += a[k] * b[step * SPLIT_VECTOR + k % 16 * SPLIT_K + k / 16 % 2 * VL + j % VL];
        }
        sum[j] = s;
    }
}

// ---- tasks

// Rows of A are cut into bands, panels of B into shares. Every share splits its band's A again, and every
// band all of B: with few threads both stay long.
typedef struct split_cut {
    int64_t bands, shares;
} split_cut;

// What a task takes, as products of a value of k: panels take nine rows' time more than those they have, and
// no less than reading them from memory; splitting a row takes the time of 33 columns (docs/design/030).
INLINE int64_t split_time(int64_t rows, int64_t columns, int64_t split) {
    enum { MORE = 9, READ = 54, SPLITTING = 33 };
    return columns * max64(rows + MORE, READ) + split * SPLITTING;
}

typedef int64_t split_task(const void *problem, split_cut cut); // split_time of the largest

// The cut of `outer` equal problems that takes least, as one to four rounds of tasks for all threads: sums do
// not depend on it.
static inline split_cut split_cut_of(const void *problem, split_task *task, int64_t outer, int64_t least,
                                     int64_t most, int64_t shares, int threads) {
    enum { ROUNDS = 4 };
    split_cut best = {least, 1};
    int64_t time = INT64_MAX, tasks = (int64_t)threads * ROUNDS;
    for (int64_t share = 1; threads > 1 && share <= min64(shares, tasks); share *= 2)
        for (int64_t round = 1; round <= ROUNDS; round++) {
            int64_t bands = round * threads / (outer * share);
            split_cut cut = {max64(least, min64(most, bands)), share};
            int64_t takes = ceil_div(outer * cut.bands * share, threads) * task(problem, cut);
            if (takes >= time) continue;
            time = takes;
            best = cut;
        }
    return best;
}

#endif
