// SPDX-License-Identifier: Apache-2.0
// minimal.inl - minimal filtering at winograd.inl's eight points, whatever they are shared between: m = 2 to
// 7 outputs of 9 - m taps. The transform of inputs does not depend on m; lines of values are transformed,
// many at a time.
#ifndef TN_CPU_MINIMAL_INL
#define TN_CPU_MINIMAL_INL

#include "cpu/kern/winograd.inl"
#include "tactic/minimal.h"

enum {
    MINIMAL_POINTS = TNI_MINIMAL_POINTS,
    MINIMAL_TAPS = TNI_MINIMAL_TAPS,
    MINIMAL_PLACES = MINIMAL_POINTS * MINIMAL_POINTS,
};

static void minimal_inputs(const float *from, lines f, float *to, lines t) {
    for (int64_t i = 0; i < f.count; i++) {
        vf x[MINIMAL_POINTS], y[MINIMAL_POINTS];
        for (int k = 0; k < MINIMAL_POINTS; k++) x[k] = v_load(from + i * f.line + k * f.next);
        wino_input_6(x, y);
        for (int k = 0; k < MINIMAL_POINTS; k++) v_store(to + i * t.line + k * t.next, y[k]);
    }
}

// Output i is the sum of the points' values times the points to the power of i; infinity's is in the last.
#define MINIMAL_OUTPUTS(m)                                                                          \
    static void minimal_outputs_##m(const float *from, lines f, float *to, lines t) {               \
        for (int64_t i = 0; i < f.count; i++) {                                                     \
            vf x[MINIMAL_POINTS], y[m];                                                             \
            for (int k = 0; k < MINIMAL_POINTS; k++) x[k] = v_load(from + i * f.line + k * f.next); \
            vf one[2] = {x[1] + x[2], x[1] - x[2]}, two[2] = {x[3] + x[4], x[3] - x[4]};            \
            vf half[2] = {x[5] + x[6], x[5] - x[6]};                                                \
            for (int k = 0; k < m; k++)                                                             \
                y[k] = v_fma(v_set(1.0f / (float)(1 << k)), half[k % 2],                            \
                             v_fma(v_set((float)(1 << k)), two[k % 2], one[k % 2]));                \
            y[0] += x[0];                                                                           \
            y[m - 1] += x[MINIMAL_POINTS - 1];                                                      \
            for (int k = 0; k < m; k++) v_store(to + i * t.line + k * t.next, y[k]);                \
        }                                                                                           \
    }
MINIMAL_OUTPUTS(2)
MINIMAL_OUTPUTS(3)
MINIMAL_OUTPUTS(4)
MINIMAL_OUTPUTS(5)
MINIMAL_OUTPUTS(6)
MINIMAL_OUTPUTS(7)

static void (*const minimal_outputs[])(const float *, lines, float *, lines) = {NULL,
                                                                                NULL,
                                                                                minimal_outputs_2,
                                                                                minimal_outputs_3,
                                                                                minimal_outputs_4,
                                                                                minimal_outputs_5,
                                                                                minimal_outputs_6,
                                                                                minimal_outputs_7};

// Row `point` of G: what each of r taps counts for there.
static double minimal_weight(int64_t r, int64_t point, int64_t tap) {
    static const double at[] = {0, 1, -1, 2, -2, 0.5, -0.5};
    static const double scale[] = {1, -2 / 9., -2 / 9., 1 / 90., 1 / 90., 32 / 45., 32 / 45.};
    if (r == 1) return 1;
    if (point == MINIMAL_POINTS - 1) return tap == r - 1;
    double w = scale[point];
    for (int64_t i = 0; i < tap; i++) w *= at[point];
    return w;
}

#endif
