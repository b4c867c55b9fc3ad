// SPDX-License-Identifier: Apache-2.0
// winograd.inl - the transforms of minimal filtering, F(m x m, 3 x 3) for m = 2 to 6, on vectors of channels
// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015; the first m + 1 of the points
// 0, 1, -1, 2, -2, 1/2, -1/2, and infinity, in that order):
//
//     Y = A' [ (G g G') * (B' d B) ] A      d: (m+2) x (m+2) inputs, g: 3 x 3 weights, Y: m x m outputs
//
// One dimension is written out in named values; two dimensions are that on all columns, then on all rows.
// Products are spelt as v_fma, so that every instruction set rounds alike.
#ifndef TN_CPU_WINOGRAD_INL
#define TN_CPU_WINOGRAD_INL

#include "cpu/kern/vec.h"

enum {
    WINO_ROW = 8,
    WINO_MOST = 64 /* positions of the largest tile */,
    WINO_AHEAD = 2048 /* floats of plain weights */
};

// ---- B': inputs

INLINE void wino_input_2(const vf *x, vf *y) {
    y[0] = x[0] - x[2];
    y[1] = x[1] + x[2];
    y[2] = x[2] - x[1];
    y[3] = x[1] - x[3];
}

// Rows of points a and -a: t(t + a) and t(t - a) times what is left of the polynomial, here t - 2.
INLINE void wino_input_3(const vf *x, vf *y) {
    vf one = v_fma(v_set(-2), x[1], x[2]), next = v_fma(v_set(-2), x[2], x[3]);
    y[0] = v_fma(v_set(2), x[0] - x[2], x[3] - x[1]);
    y[1] = next + one;
    y[2] = next - one;
    y[3] = x[3] - x[1];
    y[4] = v_fma(v_set(2), x[1] - x[3], x[4] - x[2]);
}

INLINE void wino_input_4(const vf *x, vf *y) {
    vf even = v_fma(v_set(-4), x[2], x[4]), odd = v_fma(v_set(-4), x[1], x[3]);
    vf r = x[4] - x[2], s = x[3] - x[1];
    y[0] = v_fma(v_set(4), x[0], v_fma(v_set(-5), x[2], x[4]));
    y[1] = even + odd;
    y[2] = even - odd;
    y[3] = v_fma(v_set(2), s, r);
    y[4] = v_fma(v_set(-2), s, r);
    y[5] = v_fma(v_set(4), x[1], v_fma(v_set(-5), x[3], x[5]));
}

// (t^2 - 4)(t - 1/2) for 1 and -1, (t^2 - 1)(t - 1/2) for 2 and -2, by powers of t from the first x on.
INLINE vf wino_cubic(vf a, vf b, vf c, vf d, float square) {
    return v_fma(v_set(-square), v_fma(v_set(-0.5f), a, b), v_fma(v_set(-0.5f), c, d));
}
INLINE void wino_input_5(const vf *x, vf *y) {
    vf one = wino_cubic(x[1], x[2], x[3], x[4], 4), next = wino_cubic(x[2], x[3], x[4], x[5], 4);
    y[1] = next + one;
    y[2] = next - one;
    one = wino_cubic(x[1], x[2], x[3], x[4], 1), next = wino_cubic(x[2], x[3], x[4], x[5], 1);
    y[3] = v_fma(v_set(2), one, next);
    y[4] = v_fma(v_set(-2), one, next);
    vf half[3]; // (t^2 - 1)(t^2 - 4)
    for (int i = 0; i < 3; i++) half[i] = v_fma(v_set(4), x[i], v_fma(v_set(-5), x[i + 2], x[i + 4]));
    y[0] = v_fma(v_set(-0.5f), half[0], half[1]);
    y[5] = half[1];
    y[6] = v_fma(v_set(-0.5f), half[1], half[2]);
}

INLINE void wino_input_6(const vf *x, vf *y) {
    vf even = v_fma(v_set(-4.25f), x[4], x[2] + x[6]), odd = v_fma(v_set(-4.25f), x[3], x[1] + x[5]);
    y[0] = v_fma(v_set(5.25f), x[4] - x[2], x[0] - x[6]);
    y[7] = v_fma(v_set(5.25f), x[3] - x[5], x[7] - x[1]);
    y[1] = even + odd;
    y[2] = even - odd;
    even = v_fma(v_set(0.25f), x[2], v_fma(v_set(-1.25f), x[4], x[6]));
    odd = v_fma(v_set(0.5f), x[1], v_fma(v_set(-2.5f), x[3], x[5] + x[5]));
    y[3] = even + odd;
    y[4] = even - odd;
    even = v_fma(v_set(4), x[2], v_fma(v_set(-5), x[4], x[6]));
    odd = v_fma(v_set(0.5f), x[5], v_fma(v_set(-2.5f), x[3], x[1] + x[1]));
    y[5] = even + odd;
    y[6] = even - odd;
}

// ---- A': outputs

INLINE void wino_output_2(const vf *x, vf *y) {
    y[0] = x[0] + x[1] + x[2];
    y[1] = x[1] - x[2] - x[3];
}

INLINE void wino_output_3(const vf *x, vf *y) {
    y[0] = x[0] + (x[1] + x[2]) + x[3];
    y[1] = v_fma(v_set(2), x[3], x[1] - x[2]);
    y[2] = v_fma(v_set(4), x[3], x[1] + x[2]) + x[4];
}

INLINE void wino_output_4(const vf *x, vf *y) {
    vf s1 = x[1] + x[2], d1 = x[1] - x[2], s2 = x[3] + x[4], d2 = x[3] - x[4];
    y[0] = x[0] + s1 + s2;
    y[1] = v_fma(v_set(2), d2, d1);
    y[2] = v_fma(v_set(4), s2, s1);
    y[3] = v_fma(v_set(8), d2, d1) + x[5];
}

INLINE void wino_output_5(const vf *x, vf *y) {
    vf s1 = x[1] + x[2], d1 = x[1] - x[2], s2 = x[3] + x[4], d2 = x[3] - x[4];
    y[0] = x[0] + s1 + s2 + x[5];
    y[1] = v_fma(v_set(0.5f), x[5], v_fma(v_set(2), d2, d1));
    y[2] = v_fma(v_set(0.25f), x[5], v_fma(v_set(4), s2, s1));
    y[3] = v_fma(v_set(0.125f), x[5], v_fma(v_set(8), d2, d1));
    y[4] = v_fma(v_set(0.0625f), x[5], v_fma(v_set(16), s2, s1)) + x[6];
}

INLINE void wino_output_6(const vf *x, vf *y) {
    vf s1 = x[1] + x[2], d1 = x[1] - x[2], s2 = x[3] + x[4], d2 = x[3] - x[4], s3 = x[5] + x[6],
       d3 = x[5] - x[6];
    y[0] = x[0] + s1 + s2 + s3;
    y[1] = v_fma(v_set(0.5f), d3, v_fma(v_set(2), d2, d1));
    y[2] = v_fma(v_set(0.25f), s3, v_fma(v_set(4), s2, s1));
    y[3] = v_fma(v_set(0.125f), d3, v_fma(v_set(8), d2, d1));
    y[4] = v_fma(v_set(0.0625f), s3, v_fma(v_set(16), s2, s1));
    y[5] = v_fma(v_set(0.03125f), d3, v_fma(v_set(32), d2, d1)) + x[7];
}

// Lines that are transformed one by one: `count` of them, `line` floats apart, of values `next` apart.
typedef struct lines {
    int64_t count, line, next;
} lines;

// ---- two dimensions

// Input: pixels `row` and `column` floats apart; position p of the result at to + p * step. Output: the same
// the other way round, results side by side in `to`.
#define WINO_PLANE(m, a)                                                                                     \
    static void wino_plane_in_##m(const float *from, int64_t row, int64_t column, float *to, int64_t step) { \
        vf half[a][a];                                                                                       \
        for (int j = 0; j < a; j++) {                                                                        \
            vf x[a], y[a];                                                                                   \
            for (int i = 0; i < a; i++) x[i] = v_load(from + i * row + j * column);                          \
            wino_input_##m(x, y);                                                                            \
            for (int i = 0; i < a; i++) half[i][j] = y[i];                                                   \
        }                                                                                                    \
        for (int i = 0; i < a; i++) {                                                                        \
            vf y[a];                                                                                         \
            wino_input_##m(half[i], y);                                                                      \
            for (int j = 0; j < a; j++, to += step) v_store(to, y[j]);                                       \
        }                                                                                                    \
    }                                                                                                        \
    static void wino_plane_out_##m(const float *from, int64_t step, vf *to) {                                \
        vf half[m][a];                                                                                       \
        for (int j = 0; j < a; j++) {                                                                        \
            vf x[a], y[m];                                                                                   \
            for (int i = 0; i < a; i++) x[i] = v_load(from + (i * a + j) * step);                            \
            wino_output_##m(x, y);                                                                           \
            for (int i = 0; i < m; i++) half[i][j] = y[i];                                                   \
        }                                                                                                    \
        for (int i = 0; i < m; i++) wino_output_##m(half[i], to + i * m);                                    \
    }
WINO_PLANE(2, 4)
WINO_PLANE(4, 6)
WINO_PLANE(6, 8)

static inline void wino_plane_in(int m, const float *from, int64_t row, int64_t column, float *to,
                                 int64_t step) {
    if (m == 2)
        wino_plane_in_2(from, row, column, to, step);
    else if (m == 4)
        wino_plane_in_4(from, row, column, to, step);
    else
        wino_plane_in_6(from, row, column, to, step);
}

static inline void wino_plane_out(int m, const float *from, int64_t step, vf *to) {
    if (m == 2)
        wino_plane_out_2(from, step, to);
    else if (m == 4)
        wino_plane_out_4(from, step, to);
    else
        wino_plane_out_6(from, step, to);
}

// ---- G: weights. Rows are small powers of two, which products keep exactly, times a scale that is applied
// once, to the result.

static const float wino_g2[4][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}};
static const float wino_g4[6][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};
static const float wino_g6[8][3] = {{1, 0, 0},  {1, 1, 1}, {1, -1, 1}, {1, 2, 4},
                                    {1, -2, 4}, {4, 2, 1}, {4, -2, 1}, {0, 0, 1}};
static const double wino_scale2[4] = {1, 1 / 2., 1 / 2., 1};
static const double wino_scale4[6] = {1 / 4., -1 / 6., -1 / 6., 1 / 24., 1 / 24., 1};
static const double wino_scale6[8] = {1, -2 / 9., -2 / 9., 1 / 90., 1 / 90., 8 / 45., 8 / 45., 1};

// Two points of opposite sign, whose first is row `g`.
INLINE void wino_filter_pair(const float *g, const vf *x, vf *y) {
    vf even = v_fma(v_set(g[0]), x[0], v_set(g[2]) * x[2]);
    y[0] = v_fma(v_set(g[1]), x[1], even);
    y[1] = v_fma(v_set(-g[1]), x[1], even);
}

#define WINO_FILTER_ROW(m, a)                                                        \
    INLINE void wino_filter_##m(const vf *x, vf *y) {                                \
        y[0] = x[0];                                                                 \
        for (int i = 1; i < a - 1; i += 2) wino_filter_pair(wino_g##m[i], x, y + i); \
        y[a - 1] = x[2];                                                             \
    }
WINO_FILTER_ROW(2, 4)
WINO_FILTER_ROW(4, 6)
WINO_FILTER_ROW(6, 8)

// Filters side by side: value i of channel c at from + c * every + tap[i], or zero where there is no has[i].
typedef struct wino_filters {
    const float *from;
    int64_t every, width; // of them, a whole number of vectors
    int64_t tap[9];
    int32_t has[9]; // 0 or -1
} wino_filters;

// Rows of positions come in pairs: the points 0 and infinity, then those of opposite sign.
static inline int wino_pair_row(int a, int pair, int i) { return pair ? 2 * pair - 1 + i : i * (a - 1); }

// What the filters of a pair of rows are made with, in registers.
typedef struct wino_rows {
    int64_t tap[9];
    vi has[9];
    vf scale[2 * WINO_ROW];
    const float *row;
    int pair;
} wino_rows;

#define WINO_ROWS(m, a)                                                                                  \
    INLINE wino_rows wino_rows_##m(const wino_filters *g, int pair) {                                    \
        wino_rows r = {.row = wino_g##m[wino_pair_row(a, pair, 0)], .pair = pair};                       \
        memcpy(r.tap, g->tap, sizeof r.tap);                                                             \
        for (int i = 0; i < 9; i++) r.has[i] = vi_set(g->has[i]);                                        \
        for (int i = 0; i < 2 * (a); i++)                                                                \
            r.scale[i] =                                                                                 \
                v_set((float)(wino_scale##m[wino_pair_row(a, pair, i / (a))] * wino_scale##m[i % (a)])); \
        return r;                                                                                        \
    }
WINO_ROWS(2, 4)
WINO_ROWS(4, 6)
WINO_ROWS(6, 8)

// The three columns of the filters at `from`, at both rows.
INLINE void wino_columns(const wino_rows *r, const float *from, vf half[2][3]) {
    for (int i = 0; i < 9 && !r->pair; i++) __builtin_prefetch(from + r->tap[i] + WINO_AHEAD, 0, 2);
    for (int j = 0; j < 3; j++) {
        vf x[3], two[2];
        for (int i = 0; i < 3; i++) x[i] = (vf)((vi)v_load(from + r->tap[i * 3 + j]) & r->has[i * 3 + j]);
        two[0] = x[0], two[1] = x[2];
        if (r->pair) wino_filter_pair(r->row, x, two);
        half[0][j] = two[0], half[1][j] = two[1];
    }
}

// Position p of a pair of rows of `channels` channels, to at[p] + c * width.
#define WINO_FILTER(m, a)                                                                   \
    static void wino_filter_channels_##m(const wino_filters *g, int pair, int64_t channels, \
                                         float *const *to) {                                \
        wino_rows r = wino_rows_##m(g, pair);                                               \
        float *at[2 * (a)];                                                                 \
        memcpy(at, to, sizeof at);                                                          \
        for (int64_t c = 0; c < channels; c++)                                              \
            for (int64_t lane = 0; lane < g->width; lane += VL) {                           \
                int64_t next = c * g->width + lane;                                         \
                vf half[2][3], y[a];                                                        \
                wino_columns(&r, g->from + c * g->every + lane, half);                      \
                for (int i = 0; i < 2; i++) {                                               \
                    wino_filter_##m(half[i], y);                                            \
                    for (int j = 0; j < a; j++)                                             \
                        v_store(at[i * (a) + j] + next, y[j] * r.scale[i * (a) + j]);       \
                }                                                                           \
            }                                                                               \
    }
WINO_FILTER(2, 4)
WINO_FILTER(4, 6)
WINO_FILTER(6, 8)

static inline void wino_filter_channels(int m, const wino_filters *g, int pair, int64_t channels,
                                        float *const *at) {
    if (m == 2)
        wino_filter_channels_2(g, pair, channels, at);
    else if (m == 4)
        wino_filter_channels_4(g, pair, channels, at);
    else
        wino_filter_channels_6(g, pair, channels, at);
}

#endif
