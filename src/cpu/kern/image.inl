// SPDX-License-Identifier: Apache-2.0
// image.inl - rows of an image as it comes into a first layer (ir/blocked.h): bytes or floats, pixels of one
// channel or of several side by side, made floats of one channel, x * scale + shift.
#ifndef TN_CPU_IMAGE_INL
#define TN_CPU_IMAGE_INL

#include "cpu/kern/convert.inl"
#include "ir/blocked.h"

typedef struct image_form {
    bool raw; // else it is f32 [N,C,H,W] already
    bool last;
    tn_dtype type;
    float scale[TNI_STEM_CHANNELS], shift[TNI_STEM_CHANNELS];
} image_form;

// A shift of -0 leaves -0 as it is.
static void image_setup(const tn_problem *p, image_form *m) {
    *m = (image_form){.raw = tni_image_raw(p->attrs, p->in[0]->dtype, TN_F32),
                      .last = tni_channels_last(p->attrs),
                      .type = p->in[0]->dtype};
    for (int c = 0; c < TNI_STEM_CHANNELS; c++) {
        m->scale[c] = tni_floats_at(p->attrs, "scale", c, 1);
        m->shift[c] = tni_floats_at(p->attrs, "shift", c, -0.0f);
    }
}

// Every third lane of the 3 * VL floats (a, b, c).
#if VL == 16
INLINE vf v_third(vf a, vf b, vf c) {
    vf ab = __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, -1, -1, -1, -1, -1);
    return __builtin_shufflevector(ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
}
#elif VL == 8
INLINE vf v_third(vf a, vf b, vf c) {
    vf ab = __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, -1, -1);
    return __builtin_shufflevector(ab, c, 0, 1, 2, 3, 4, 5, 10, 13);
}
#else
INLINE vf v_third(vf a, vf b, vf c) {
    vf ab = __builtin_shufflevector(a, b, 0, 3, 6, -1);
    return __builtin_shufflevector(ab, c, 0, 1, 2, 5);
}
#endif

INLINE vf v_from_f32(const void *p) { return v_load(p); }

// to[i] = x[i * step] * scale + shift, in whole vectors: `to` has room for that. Nothing is read behind the
// last element that is asked for.
#define IMAGE_LINE(name, T)                                                                              \
    INLINE vf image_pick_##name(const T *x, int64_t step) {                                              \
        vf a = v_from_##name(x);                                                                         \
        if (step == 1) return a;                                                                         \
        if (step == 2) return v_even(a, v_from_##name(x + VL));                                          \
        if (step == 3) return v_third(a, v_from_##name(x + VL), v_from_##name(x + 2 * VL));              \
        return v_even(v_even(a, v_from_##name(x + VL)),                                                  \
                      v_even(v_from_##name(x + 2 * VL), v_from_##name(x + 3 * VL)));                     \
    }                                                                                                    \
    INLINE void image_steps_##name(const T *x, int64_t step, int64_t n, vf scale, vf shift, float *to) { \
        int64_t i = 0;                                                                                   \
        for (; i + VL + (step > 1) <= n; i += VL)                                                        \
            v_store(to + i, v_fma(image_pick_##name(x + i * step, step), scale, shift));                 \
        for (; i < n; i += VL) {                                                                         \
            vf rest = {0};                                                                               \
            for (int64_t j = 0; j < VL && i + j < n; j++) rest[j] = (float)x[(i + j) * step];            \
            v_store(to + i, v_fma(rest, scale, shift));                                                  \
        }                                                                                                \
    }                                                                                                    \
    static void image_line_##name(const void *from, int64_t first, int64_t step, int64_t n, vf scale,    \
                                  vf shift, float *to) {                                                 \
        const T *x = (const T *)from + first;                                                            \
        if (step == 1) image_steps_##name(x, 1, n, scale, shift, to);                                    \
        if (step == 2) image_steps_##name(x, 2, n, scale, shift, to);                                    \
        if (step == 3) image_steps_##name(x, 3, n, scale, shift, to);                                    \
        if (step == 4) image_steps_##name(x, 4, n, scale, shift, to);                                    \
    }
IMAGE_LINE(u8, uint8_t)
IMAGE_LINE(i8, int8_t)
IMAGE_LINE(f32, float)

// Row y of channel c of image n, of `channels` of h by w, in `line`, which has room for VL floats more.
static void image_row(const image_form *m, const void *x, int64_t n, int64_t c, int64_t channels, int64_t h,
                      int64_t w, int64_t y, float *line) {
    int64_t first = m->last ? (n * h + y) * w * channels + c : ((n * channels + c) * h + y) * w;
    int64_t step = m->last ? channels : 1;
    vf scale = v_set(m->scale[c]), shift = v_set(m->shift[c]);
    if (m->type == TN_U8)
        image_line_u8(x, first, step, w, scale, shift, line);
    else if (m->type == TN_I8)
        image_line_i8(x, first, step, w, scale, shift, line);
    else
        image_line_f32(x, first, step, w, scale, shift, line);
}

// Rows that are read next, fetched a bit with each tile while there is something to compute: copying them
// does nothing but wait.
typedef struct image_ahead {
    uintptr_t at;
    int64_t plane, each; // bytes: from plane to plane, with each tile
    int64_t planes;
} image_ahead;

// Rows [y0, y1) of image n, with so many tiles.
static inline image_ahead image_ahead_of(const image_form *m, const void *x, int64_t n, int64_t channels,
                                         int64_t h, int64_t w, int64_t y0, int64_t y1, int64_t tiles) {
    int64_t row = w * (m->type == TN_F32 ? 4 : 1) * (m->last ? channels : 1);
    image_ahead a = {.plane = h * row, .planes = m->last ? 1 : channels};
    y0 = max64(0, y0);
    y1 = min64(y1, h);
    if (y0 >= y1 || tiles < 1) return (image_ahead){0};
    a.at = (uintptr_t)x + (uintptr_t)(n * a.planes * a.plane + y0 * row);
    a.each = round_up(ceil_div((y1 - y0) * row, tiles), 64);
    return a;
}

INLINE void image_fetch(image_ahead *a) {
    for (int64_t c = 0; c < a->planes; c++)
        for (int64_t b = 0; b < a->each; b += 64)
            __builtin_prefetch((const void *)(a->at + (uintptr_t)(c * a->plane + b)), 0, 2);
    a->at += (uintptr_t)a->each;
}

#endif
