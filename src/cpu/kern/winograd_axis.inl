// SPDX-License-Identifier: Apache-2.0
// winograd_axis.inl - how a window becomes one of three taps and stride 1, along one axis. A stride of 2
// takes the input apart into even and odd pixels (a transposed convolution's takes the output apart): the
// window's taps fall into two phases, each with some of the three slots:
//
//     stride 2, kernel 3, padding 1          slot   0  1  2
//         even pixels (phase 0)                     -  1  -
//         odd pixels (phase 1)                      0  2  -
//     transposed, kernel 4, padding 1        slot   0  1  2
//         even outputs (phase 0)                    3  1  -
//         odd outputs (phase 1)                     -  2  0
//
// A phase's filter has no value at the point 0 without slot 0, none at infinity without slot 2: these
// products are left out, and what remains is the least that minimal filtering needs.
#ifndef TN_CPU_WINOGRAD_AXIS_INL
#define TN_CPU_WINOGRAD_AXIS_INL

#include <stdbool.h>
#include <stdint.h>

enum { WINO_PHASES = 2, WINO_SLOTS = 3 };

typedef struct wino_axis {
    int phases;
    int64_t lo;                       // slot 0 of output i reads pixel (i + lo) of its phase
    int tap[WINO_PHASES][WINO_SLOTS]; // the kernel's index, or -1
} wino_axis;

// Does the transformed filter of `phase` have a value at position `a` of `n`?
static inline bool wino_has(const wino_axis *x, int phase, int a, int n) {
    const int *tap = x->tap[phase];
    if (a == 0) return tap[0] >= 0;
    if (a == n - 1) return tap[2] >= 0;
    return tap[0] >= 0 || tap[1] >= 0 || tap[2] >= 0;
}

// Taps put into slots, slot 0 at `lo`. False: one does not fit.
static inline bool wino_place_taps(int64_t kernel, int64_t stride, int64_t pad, bool turned, int64_t lo,
                                   wino_axis *x) {
    *x = (wino_axis){(int)stride, lo, {{-1, -1, -1}, {-1, -1, -1}}};
    for (int64_t k = 0; k < kernel; k++)
        for (int64_t phase = 0; phase < stride; phase++) {
            int64_t at = turned ? phase + pad - k : k - pad - phase; // of the pixel, in strides
            if (at % stride) continue;
            int64_t slot = at / stride - lo;
            if (slot < 0 || slot >= WINO_SLOTS) return false;
            x->tap[phase][slot] = (int)k;
        }
    return true;
}

static inline int wino_values(const wino_axis *x) {
    int n = 0;
    for (int phase = 0; phase < x->phases; phase++)
        for (int a = 0; a < WINO_SLOTS; a++) n += wino_has(x, phase, a, WINO_SLOTS);
    return n;
}

// False: the window is not one for this. Of several places for slot 0 the one that leaves out most is taken.
static inline bool wino_axis_of(int64_t kernel, int64_t stride, int64_t dilation, int64_t pad, bool turned,
                                wino_axis *x) {
    wino_axis one;
    int best = 0;
    if (stride > WINO_PHASES || (turned && stride == 1) || kernel < 3) return false;
    if (stride > 1 && dilation > 1) return false;
    if (stride == 1) return wino_place_taps(kernel, 1, 0, false, 0, x);
    for (int64_t lo = -(kernel + pad); lo <= kernel + pad; lo++) {
        if (!wino_place_taps(kernel, stride, pad, turned, lo, &one)) continue;
        if (best && wino_values(&one) >= best) continue;
        best = wino_values(&one);
        *x = one;
    }
    return best > 0;
}

#endif
