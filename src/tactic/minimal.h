// SPDX-License-Identifier: Apache-2.0
// minimal.h - tiles of minimal filtering along an axis: what the kernels (cpu/conv_f32_minimal.c,
// conv_f32_phases.c) work in and the cost model counts.
#ifndef TN_TACTIC_MINIMAL_H
#define TN_TACTIC_MINIMAL_H

#include <stdint.h>

enum {
    TNI_MINIMAL_POINTS = 8, // inputs of a tile
    TNI_MINIMAL_TAPS = 5,   // of a part, at most
    TNI_MINIMAL_PARTS = 3,  // of a window, at most
};

// `parts` times `taps` cover a window of `kernel` taps; a tile has n inputs and m outputs. A window of one
// tap is left alone. A stride takes the input apart into phases, each with every stride-th tap.
typedef struct tni_minimal_axis {
    int64_t kernel, stride, phases, parts, taps, n, m;
} tni_minimal_axis;

static inline tni_minimal_axis tni_minimal_axis_of(int64_t kernel, int64_t stride) {
    tni_minimal_axis a = {kernel, stride, .phases = stride < kernel ? stride : kernel};
    int64_t taps = (kernel + stride - 1) / stride; // of the first phase
    int64_t parts = (taps + TNI_MINIMAL_TAPS - 1) / TNI_MINIMAL_TAPS;
    a.parts = a.phases * parts;
    a.taps = (taps + parts - 1) / parts;
    a.n = taps > 1 ? TNI_MINIMAL_POINTS : 1;
    a.m = a.n - a.taps + 1;
    return a;
}

// Which tap of the window is the first of a part, and how many taps it has.
static inline int64_t tni_minimal_first(const tni_minimal_axis *a, int64_t part) {
    return part % a->phases + part / a->phases * a->taps * a->stride;
}
static inline int64_t tni_minimal_count(const tni_minimal_axis *a, int64_t part) {
    int64_t left = a->kernel - tni_minimal_first(a, part), taps = (left + a->stride - 1) / a->stride;
    return left <= 0 ? 0 : taps < a->taps ? taps : a->taps;
}

// Three taps along an axis of `size` pixels and as much padding as the dilation: every `dilation`-th pixel is
// a phase. The first phases may have a pixel more than the others.
enum { TNI_PHASE_PIXELS = 6 /* at most */, TNI_PHASE_KINDS = 2 };
typedef struct tni_phases {
    int64_t pixels, first, count;
} tni_phases;

static inline tni_phases tni_phases_of(int64_t size, int64_t dilation, int kind) {
    int64_t longer = size % dilation;
    if (kind == 0) return (tni_phases){size / dilation + (longer > 0), 0, longer ? longer : dilation};
    return (tni_phases){size / dilation, longer, longer && size > dilation ? dilation - longer : 0};
}

// Products of a phase along the axis.
static inline int64_t tni_phase_products(int64_t pixels) { return pixels < 3 ? 2 * pixels - 1 : pixels + 2; }

#endif
