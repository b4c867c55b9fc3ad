// SPDX-License-Identifier: Apache-2.0
// winograd.inl - the transforms of minimal filtering, F(m x m, 3 x 3) for m = 2, 4 and 6, on vectors of
// channels (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015; points 0, 1, -1, 2,
// -2, 1/2, -1/2, infinity in that order):
//
//     Y = A' [ (G g G') * (B' d B) ] A      d: (m+2) x (m+2) inputs, g: 3 x 3 weights, Y: m x m outputs
//
// One dimension is written out in named values; two dimensions are that on all columns, then on all rows.
// Products are spelt as v_fma, so that every instruction set rounds alike.
#ifndef TN_CPU_WINOGRAD_INL
#define TN_CPU_WINOGRAD_INL

#include "cpu/kern/vec.h"

enum { WINO_MOST = 64 /* positions of the largest tile */ };

// ---- B': inputs

INLINE void wino_input_2(const vf *x, vf *y) {
    y[0] = x[0] - x[2];
    y[1] = x[1] + x[2];
    y[2] = x[2] - x[1];
    y[3] = x[1] - x[3];
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

INLINE void wino_output_4(const vf *x, vf *y) {
    vf s1 = x[1] + x[2], d1 = x[1] - x[2], s2 = x[3] + x[4], d2 = x[3] - x[4];
    y[0] = x[0] + s1 + s2;
    y[1] = v_fma(v_set(2), d2, d1);
    y[2] = v_fma(v_set(4), s2, s1);
    y[3] = v_fma(v_set(8), d2, d1) + x[5];
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

// ---- G: weights, in double, once at build time

static const double wino_g2[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
static const double wino_g4[6][3] = {{1.0 / 4, 0, 0},
                                     {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                     {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                     {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                     {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                     {0, 0, 1}};
static const double wino_g6[8][3] = {{1, 0, 0},
                                     {-2.0 / 9, -2.0 / 9, -2.0 / 9},
                                     {-2.0 / 9, 2.0 / 9, -2.0 / 9},
                                     {1.0 / 90, 1.0 / 45, 2.0 / 45},
                                     {1.0 / 90, -1.0 / 45, 2.0 / 45},
                                     {32.0 / 45, 16.0 / 45, 8.0 / 45},
                                     {32.0 / 45, -16.0 / 45, 8.0 / 45},
                                     {0, 0, 1}};

// u[a * a] = G g G' of a 3 x 3 filter.
static inline void wino_filter(int m, const float *g, double *u) {
    const double(*G)[3] = m == 2 ? wino_g2 : m == 4 ? wino_g4 : wino_g6;
    int a = m + 2;
    for (int i = 0; i < a; i++)
        for (int j = 0; j < a; j++) {
            double sum = 0;
            for (int k = 0; k < 3; k++)
                for (int l = 0; l < 3; l++) sum += G[i][k] * (double)g[k * 3 + l] * G[j][l];
            u[i * a + j] = sum;
        }
}

#endif
