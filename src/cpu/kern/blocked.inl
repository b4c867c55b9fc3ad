// SPDX-License-Identifier: Apache-2.0
// blocked.inl - the register tile that blocked convolutions are made of. Activations are [N,C/16,H,W,16], so
// neighbouring pixels of one channel block are 16 floats apart. A tile is up to PX pixels by NV vectors of
// output channels; the loop broadcasts one input channel of a pixel and multiplies it into a row of weights:
//
//                     NV * VL output channels (a panel)
//                   +-----------------+       X   pixel p, tap t, channel k at x + off[t] + p*step + k
//       PX pixels   |  accumulators   |       W   [panel][tap][k][NV * VL]
//                   +-----------------+       Y   pixel p, vector j at y[j] + 16 p
//
// A tap is one kernel position of one block of input channels (of one channel, when X is plain).
#ifndef TN_CPU_BLOCKED_INL
#define TN_CPU_BLOCKED_INL

#include "cpu/kern/activation.inl"

enum { BLOCK = 16, PANEL = 2 * VL, AHEAD = 2048 /* floats of weights: the next pages of 4 KB */ };
#if VL == 16
enum { PX = 14 };
#elif VL == 8
enum { PX = 6 };
#else
enum { PX = 4 };
#endif

typedef struct btile {
    const float *x, *w;
    const float *ahead; // what is fetched meanwhile; NULL: weights that come soon
    int64_t ahead_step; // and how much of it for each k, in floats
    const int32_t *off; // floats, of each tap
    int64_t taps;
    int64_t full, rest; // taps before `full` have 16 channels, the others `rest` (one in plain X)
    float *y;
    int64_t y_next;    // from a pixel's first vector to its second
    bool first;        // chunk of taps: starts from bias and residual, the others from what Y holds
    float lo, hi;      // the clamp behind the last chunk; infinite before
    const float *bias; // of the panel
    const float *mask; // lanes that are real channels, in the last chunk; NULL: all
    const float *z;    // residual of the first vector, laid out as y
} btile;

// Lanes behind the last channel go back to zero.
INLINE void btile_clear(float *y, const float *mask) { v_store(y, (vf)((vi)v_load(y) & (vi)v_load(mask))); }

#ifdef TN_SMALL // how a tile ends, with its sums in memory: one of these for all instances
static __attribute__((noinline)) void btile_end(const btile *t, int pixels, int vectors, const vf *sum) {
    vf lo = v_set(t->lo), hi = v_set(t->hi);
    for (int i = 0; i < pixels; i++)
        for (int j = 0; j < vectors; j++) {
            int64_t at = j * t->y_next + i * BLOCK;
            vf start = v_load(t->first ? t->bias + j * VL : t->y + at);
            if (t->first && t->z) start += v_load(t->z + at);
            v_store(t->y + at, v_clamp(*sum++ + start, lo, hi));
            if (t->mask) btile_clear(t->y + at, t->mask + j * VL);
        }
}
#endif

// Of the last vector of a panel that has no more than half of its lanes real, half is computed: where a wide
// product takes two turns of the unit, that is half of the time.
#if VL == 16
typedef float vh __attribute__((vector_size(2 * VL)));
typedef float vh_any __attribute__((vector_size(2 * VL), aligned(4), may_alias));
INLINE vh h_fma(vf a, vh b, vh c) {
    return (vh)_mm256_fmadd_ps(_mm512_castps512_ps256((__m512)a), (__m256)b, (__m256)c);
}
INLINE vf h_widen(vh x) { return (vf)_mm512_zextps256_ps512((__m256)x); }
#endif

// Pixels `pixels` and vectors `vectors`, the last of them `half` a one, `step` floats from a pixel to the
// next: constants in each instance. The loops over sums are unrolled by demand: else gcc keeps the sums in
// memory around the loop over taps.
#define BTILE_EACH(pixels, vectors)                           \
    _Pragma("GCC unroll 16") for (int i = 0; i < pixels; i++) \
        _Pragma("GCC unroll 2") for (int j = 0; j < vectors; j++)
// Sums end in registers; in a library that has to be small they go through memory, and all instances share
// one end.
#ifdef TN_SMALL
#define BTILE_END(pixels, vectors)                                                                \
    vf sum[pixels][vectors]; /* handed on by address: acc itself stays in registers until here */ \
    BTILE_EACH(pixels, vectors) sum[i][j] = acc[i][j];                                            \
    btile_end(t, pixels, vectors, sum[0]);
#else
#define BTILE_END(pixels, vectors)                                                                  \
    float *y = t->y;                                                                                \
    int64_t y_next = t->y_next;                                                                     \
    vf lo = v_set(t->lo), hi = v_set(t->hi);                                                        \
    if (!t->first) {                                                                                \
        BTILE_EACH(pixels, vectors) acc[i][j] += v_load(y + j * y_next + i * BLOCK);                \
    } else if (t->z) {                                                                              \
        BTILE_EACH(pixels, vectors)                                                                 \
        acc[i][j] += v_load(t->bias + j * VL) + v_load(t->z + j * y_next + i * BLOCK);              \
    } else {                                                                                        \
        BTILE_EACH(pixels, vectors) acc[i][j] += v_load(t->bias + j * VL);                          \
    }                                                                                               \
    if (t->mask) {                                                                                  \
        BTILE_EACH(pixels, vectors) acc[i][j] = (vf)((vi)acc[i][j] & (vi)v_load(t->mask + j * VL)); \
    }                                                                                               \
    if (t->lo > -INFINITY) {                                                                        \
        BTILE_EACH(pixels, vectors) acc[i][j] = v_max2(lo, acc[i][j]);                              \
    }                                                                                               \
    if (t->hi < INFINITY) {                                                                         \
        BTILE_EACH(pixels, vectors) acc[i][j] = v_min2(hi, acc[i][j]);                              \
    }                                                                                               \
    BTILE_EACH(pixels, vectors) v_store(y + j * y_next + i * BLOCK, acc[i][j]);                     \
    if (t->mask && (t->lo > 0 || t->hi < 0)) {                                                      \
        BTILE_EACH(pixels, vectors) btile_clear(y + j * y_next + i * BLOCK, t->mask + j * VL);      \
    }
#endif
#ifdef TN_SMALL // it would be bytes of every instance
#define BTILE_AHEAD(t) ((t)->w + AHEAD)
#define BTILE_AHEAD_STEP(t, vectors) ((vectors)*VL)
#else
#define BTILE_AHEAD(t) ((t)->ahead ? (t)->ahead : (t)->w + AHEAD)
#define BTILE_AHEAD_STEP(t, vectors) ((t)->ahead ? (t)->ahead_step : (vectors)*VL)
#endif
#define BTILE_WHOLE(pixels, vectors) (void)0
#define BTILE_NO_SUMS(pixels) (void)0
#define BTILE_NO_STEP(pixels, vectors) (void)0
#define BTILE_HALF_SUMS(pixels) \
    vh half[pixels];            \
    _Pragma("GCC unroll 16") for (int i = 0; i < pixels; i++) half[i] = (vh) { 0 }
#define BTILE_HALF_STEP(i, vectors) half[i] = h_fma(b, *(const vh_any *)(w + ((vectors)-1) * VL), half[i])
#define BTILE_HALF_WIDEN(pixels, vectors) \
    _Pragma("GCC unroll 16") for (int i = 0; i < pixels; i++) acc[i][(vectors)-1] = h_widen(half[i])
#define BTILE_OF(name, pixels, vectors, wide, step, SUMS, STEP, WIDEN)                              \
    static void name(const btile *t) {                                                              \
        vf acc[pixels][vectors];                                                                    \
        const float *w = t->w, *ahead = BTILE_AHEAD(t);                                             \
        int64_t ahead_step = BTILE_AHEAD_STEP(t, vectors);                                          \
        BTILE_EACH(pixels, vectors) acc[i][j] = (vf){0};                                            \
        SUMS(pixels);                                                                               \
        for (int64_t tap = 0; tap < t->taps; tap++) {                                               \
            const float *x = t->x + t->off[tap];                                                    \
            int64_t n = step == 1 ? 1 : tap < t->full ? BLOCK : t->rest;                            \
            for (int64_t k = 0; k < n; k++, x++, w += (vectors)*VL) {                               \
                vf f[vectors];                                                                      \
                _Pragma("GCC unroll 2") for (int j = 0; j < (wide); j++) f[j] = v_load(w + j * VL); \
                for (int j = 0; j < (vectors)*VL; j += 16) __builtin_prefetch(ahead + j, 0, 2);     \
                ahead += ahead_step;                                                                \
                _Pragma("GCC unroll 16") for (int i = 0; i < pixels; i++) {                         \
                    vf b = v_set(x[i * (step)]);                                                    \
                    _Pragma("GCC unroll 2") for (int j = 0; j < (wide); j++) acc[i][j] =            \
                        v_fma(b, f[j], acc[i][j]);                                                  \
                    STEP(i, vectors);                                                               \
                }                                                                                   \
            }                                                                                       \
        }                                                                                           \
        WIDEN(pixels, vectors);                                                                     \
        BTILE_END(pixels, vectors)                                                                  \
    }
#define BTILE(name, pixels, vectors, step) \
    BTILE_OF(name, pixels, vectors, vectors, step, BTILE_NO_SUMS, BTILE_NO_STEP, BTILE_WHOLE)
#define BTILE_HALF(name, pixels, vectors, step) \
    BTILE_OF(name, pixels, vectors, (vectors)-1, step, BTILE_HALF_SUMS, BTILE_HALF_STEP, BTILE_HALF_WIDEN)
#define BTILE_PIXELS(pixels)                 \
    BTILE(btile_##pixels##x1, pixels, 1, 16) \
    BTILE(btile_##pixels##x2, pixels, 2, 16) \
    BTILE(bstem_##pixels##x1, pixels, 1, 1)  \
    BTILE(bstem_##pixels##x2, pixels, 2, 1)
BTILE_PIXELS(1)
BTILE_PIXELS(2)
BTILE_PIXELS(3)
BTILE_PIXELS(4)
#if VL >= 8
BTILE_PIXELS(5)
BTILE_PIXELS(6)
#endif
#if VL == 16
BTILE_PIXELS(7)
BTILE_PIXELS(8)
BTILE_PIXELS(9)
BTILE_PIXELS(10)
BTILE_PIXELS(11)
BTILE_PIXELS(12)
BTILE_PIXELS(13)
BTILE_PIXELS(14)
#endif

#if VL == 16
#define BHALF_PIXELS(pixels)                          \
    BTILE_HALF(bhalf_##pixels##x1, pixels, 1, 16)     \
    BTILE_HALF(bhalf_##pixels##x2, pixels, 2, 16)     \
    BTILE_HALF(bstem_half_##pixels##x1, pixels, 1, 1) \
    BTILE_HALF(bstem_half_##pixels##x2, pixels, 2, 1)
BHALF_PIXELS(1)
BHALF_PIXELS(2)
BHALF_PIXELS(3)
BHALF_PIXELS(4)
BHALF_PIXELS(5)
BHALF_PIXELS(6)
BHALF_PIXELS(7)
BHALF_PIXELS(8)
BHALF_PIXELS(9)
BHALF_PIXELS(10)
BHALF_PIXELS(11)
BHALF_PIXELS(12)
BHALF_PIXELS(13)
BHALF_PIXELS(14)
#endif

SHARED_DATA void (*const btiles[2][PX][2])(const btile *) = {
#define BTILE_ROW(pixels) \
    { btile_##pixels##x1, btile_##pixels##x2 }
#define BSTEM_ROW(pixels) \
    { bstem_##pixels##x1, bstem_##pixels##x2 }
#if VL == 16
#define BTILE_TABLE(ROW)                                                                                   \
    {                                                                                                      \
        ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6), ROW(7), ROW(8), ROW(9), ROW(10), ROW(11), ROW(12), \
            ROW(13), ROW(14)                                                                               \
    }
#elif VL == 8
#define BTILE_TABLE(ROW) \
    { ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6) }
#else
#define BTILE_TABLE(ROW) \
    { ROW(1), ROW(2), ROW(3), ROW(4) }
#endif
    BTILE_TABLE(BTILE_ROW), BTILE_TABLE(BSTEM_ROW)};

#if VL == 16
#define BHALF_ROW(pixels) \
    { bhalf_##pixels##x1, bhalf_##pixels##x2 }
#define BSTEM_HALF_ROW(pixels) \
    { bstem_half_##pixels##x1, bstem_half_##pixels##x2 }
__attribute__((unused)) static void (*const bhalves[2][PX][2])(const btile *) = {BTILE_TABLE(BHALF_ROW),
                                                                                 BTILE_TABLE(BSTEM_HALF_ROW)};
#else
#define bhalves btiles
#endif

// The tile for so many pixels of a panel that begins at channel `first` of `channels`.
INLINE void btile_run(const btile *t, bool plain, int64_t pixels, int vectors, int64_t first,
                      int64_t channels) {
    bool half = channels - first <= (vectors - 1) * VL + VL / 2;
    (half ? bhalves : btiles)[plain][pixels - 1][vectors - 1](t);
}

// What a tile ends with is fetched while the sums are made, where it comes from far away: what is added, or
// the lines that are stored.
INLINE void btile_fetch_end(const btile *t, int64_t pixels, int vectors) {
    const float *end = t->first && t->z ? t->z : t->y;
    for (int j = 0; j < vectors; j += BLOCK / VL, end += t->y_next)
        for (int64_t i = 0; i < pixels; i++) __builtin_prefetch(end + i * BLOCK, 0, 3);
}

// A row of n pixels is dealt to tiles as evenly as whole numbers allow.
INLINE int64_t btile_count(int64_t n) { return ceil_div(n, PX); }
INLINE int64_t btile_start(int64_t n, int64_t i) {
    int64_t count = btile_count(n);
    return n / count * i + min64(i, n % count);
}

// From tile to tile along rows of n pixels, without dividing at each.
typedef struct bwalk {
    int64_t each, more, count, tile; // of a row: pixels of every tile, and one more of the first `more`
    int64_t row, column, pixels;     // of this tile
} bwalk;
INLINE bwalk bwalk_from(int64_t n, int64_t i) {
    int64_t count = btile_count(n);
    bwalk b = {.each = n / count, .more = n % count, .count = count, .tile = i % count, .row = i / count};
    b.column = b.each * b.tile + min64(b.tile, b.more);
    b.pixels = b.each + (b.tile < b.more);
    return b;
}
INLINE bool bwalk_ends_row(const bwalk *b) { return b->tile + 1 == b->count; }
INLINE void bwalk_next(bwalk *b) {
    bool ends = bwalk_ends_row(b);
    b->column = ends ? 0 : b->column + b->pixels;
    b->tile = ends ? 0 : b->tile + 1;
    b->row += ends;
    b->pixels = b->each + (b->tile < b->more);
}

// Where channel `c` of a plane's blocks begins.
INLINE int64_t bchannel(int64_t c, int64_t plane) { return c / BLOCK * plane * BLOCK + c % BLOCK; }
// From a panel's first vector to its second.
INLINE int64_t bpanel_next(int64_t plane) { return VL == BLOCK ? plane * BLOCK : VL; }
// Vectors of panel p of `blocks` blocks of channels: the last one of an odd count has one.
INLINE int bpanel_vectors(int64_t blocks, int64_t p) { return blocks * BLOCK - p * PANEL >= PANEL ? 2 : 1; }
INLINE int64_t bpanels(int64_t blocks) { return ceil_div(blocks * BLOCK, PANEL); }

#endif
