// SPDX-License-Identifier: Apache-2.0
// plane.inl - windows over a plane: rows with padding, and a whole plane with its padding written out, so
// that kernels have no borders. A stride along the width is taken apart into phases, which makes neighbours
// in the output neighbours in memory:
//
//     phase f, row r:  column q holds the padded plane's (r, q * stride + f)      [phase][rows][width]
#ifndef TN_CPU_PLANE_INL
#define TN_CPU_PLANE_INL

#include "cpu/kern/convert.inl"
#include "ir/attr.h"

// Head padding of one axis: explicit, or what auto_pad makes of the output's size.
static inline int64_t window_pad(const tn_problem *p, int axis, int64_t in, int64_t out, int64_t k,
                                 int64_t stride, int64_t dilation) {
    size_t n;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &n);
    const char *how = tn_attr_string(p->attrs, "auto_pad");
    if (!how || !strcmp(how, "NOTSET")) return n ? pads[axis] : 0;
    if (!strcmp(how, "VALID")) return 0;
    int64_t total = max64(0, (out - 1) * stride + (k - 1) * dilation + 1 - in);
    return strcmp(how, "SAME_LOWER") ? total / 2 : (total + 1) / 2;
}

// Head padding of axis i (ConvTranspose-22): given, or half of what the sizes leave over.
static inline int64_t window_pad_turned(const tn_problem *p, int i, int64_t in, int64_t out, int64_t k,
                                        int64_t stride, int64_t dilation) {
    size_t npads, nshape, nextra;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &npads);
    const int64_t *extra = tn_attr_ints(p->attrs, "output_padding", &nextra);
    tn_attr_ints(p->attrs, "output_shape", &nshape);
    const char *how = tn_attr_string(p->attrs, "auto_pad");
    bool same = how && !strncmp(how, "SAME", 4), valid = how && !strcmp(how, "VALID");
    if (!same && !nshape) return npads && !valid ? pads[i] : 0;
    int64_t total = max64(0, stride * (in - 1) + (nextra ? extra[i] : 0) + (k - 1) * dilation + 1 - out);
    return how && !strcmp(how, "SAME_UPPER") ? total / 2 : total - total / 2;
}

static inline int64_t window_int(const tn_problem *p, const char *name, int i) {
    return tni_ints_at(p->attrs, name, i, 1);
}

typedef int64_t window_pad_of(const tn_problem *p, int i, int64_t in, int64_t out, int64_t k, int64_t stride,
                              int64_t dilation);

// Numbers of the axis that is number i behind the channels; one of size 1 when i < 0. The window is as large
// as the weights W are, a pool's (W is NULL) as it says. One copy for three axes: a library has to be small,
// and setting up is done once.
static __attribute__((noinline, unused)) void window_axis(const tn_problem *p, int i, const tn_tensor *w,
                                                          window_pad_of *pad_of, int64_t *in, int64_t *out,
                                                          int64_t *k, int64_t *stride, int64_t *dilation,
                                                          int64_t *pad) {
    *in = *out = *k = *stride = *dilation = 1;
    *pad = 0;
    if (i < 0) return;
    *in = p->in[0]->dim[2 + i];
    *out = p->out[0]->dim[2 + i];
    *k = w ? w->dim[2 + i] : window_int(p, "kernel_shape", i);
    *stride = window_int(p, "strides", i);
    *dilation = window_int(p, "dilations", i);
    *pad = pad_of(p, i, *in, *out, *k, *stride, *dilation);
}

// The same of f16 and bf16: widened a piece at a time, then picked from.
static void row_strided_narrow(tn_dtype type, const void *x, int64_t first, int64_t stride, float *to,
                               int64_t n) {
    enum { WIDENED = 512 };
    float piece[WIDENED];
    int64_t most = max64(1, WIDENED / stride);
    if (stride == 1) {
        row_from(type, x, first, to, n);
        return;
    }
    for (int64_t i = 0; i < n; i += most) {
        int64_t m = min64(most, n - i);
        row_from(type, x, first + i * stride, piece, (m - 1) * stride + 1);
        for (int64_t j = 0; j < m; j++) to[i + j] = piece[j * stride];
    }
}

// to[i] = row[i * stride], n > 0 of them, rounded up to whole vectors: `to` has room for that. The row is
// not read behind its last element that is asked for.
static void row_strided(tn_dtype type, const void *x, int64_t first, int64_t stride, float *to, int64_t n) {
    if (type != TN_F32) {
        row_strided_narrow(type, x, first, stride, to, n);
        return;
    }
    const float *row = (const float *)x + first;
    int64_t i = 0;
    if (stride == 1) {
        for (; i + VL <= n; i += VL) v_store(to + i, v_load(row + i));
        if (i < n) v_store(to + i, v_load_n(row + i, n - i));
    } else if (stride == 2) {
        for (; i + VL < n; i += VL) v_store(to + i, v_even(v_load(row + 2 * i), v_load(row + 2 * i + VL)));
        int64_t left = 2 * (n - i) - 1; // elements of the row from the first wanted to the last wanted
        vf low = v_load_n(row + 2 * i, min64(left, VL));
        vf high = left > VL ? v_load_n(row + 2 * i + VL, left - VL) : (vf){0};
        v_store(to + i, v_even(low, high));
    } else {
        for (; stride == 4 && i + VL < n; i += VL) {
            const float *four = row + 4 * i;
            vf low = v_even(v_load(four), v_load(four + VL)),
               high = v_even(v_load(four + 2 * VL), v_load(four + 3 * VL));
            v_store(to + i, v_even(low, high));
        }
        for (; i < n; i++) to[i] = row[i * stride];
    }
}

// Which of n outputs along an axis, reading j * stride + at, lie inside [0, w).
typedef struct inside {
    int64_t lo, hi; // j in [lo, hi)
} inside;

static inside inside_of(int64_t at, int64_t stride, int64_t w, int64_t n) {
    inside r = {at >= 0 ? 0 : min64(n, ceil_div(-at, stride)),
                w > at ? min64(n, ceil_div(w - at, stride)) : 0};
    if (r.hi < r.lo) r.hi = r.lo;
    return r;
}

// n times x, in whole vectors.
INLINE void row_fill(float *to, float x, int64_t n) {
    for (int64_t i = 0; i < n; i += VL) v_store(to + i, v_set(x));
}

// to[j] = row[j * stride + at] for j inside, else `fill`, j in [0, n). `to` has VL floats of slack.
static void row_padded(tn_dtype type, const void *x, int64_t first, int64_t at, int64_t stride, inside in,
                       float fill, float *to, int64_t n) {
    row_fill(to, fill, in.lo);
    if (in.hi > in.lo) row_strided(type, x, first + at + in.lo * stride, stride, to + in.lo, in.hi - in.lo);
    row_fill(to + in.hi, fill, n - in.hi);
}

enum { PLANE_MOST = 1 << 28 }; // floats

typedef struct plane {
    int64_t h, w, oh, ow, kh, kw, sh, sw, dh, dw, top, left;
} plane;

INLINE int64_t plane_rows(const plane *p) { return (p->oh - 1) * p->sh + (p->kh - 1) * p->dh + 1; }
INLINE int64_t plane_width(const plane *p) { return p->ow + (p->kw - 1) * p->dw / p->sw; }
INLINE int64_t plane_floats(const plane *p) { // with room for what vectors read and write behind the end
    return ceil_div(p->sw * plane_rows(p) * plane_width(p) + 2 * VL, 16) * 16;
}
// Whether its floats are few enough to be written out: the numbers of a file may say anything.
INLINE bool plane_fits(const plane *p) {
    return (double)p->sw * (double)plane_rows(p) * (double)plane_width(p) <= PLANE_MOST;
}
// Where window element (ky, kx) of output (0, 0) lies.
INLINE int64_t plane_offset(const plane *p, int64_t ky, int64_t kx) {
    int64_t column = kx * p->dw;
    return (column % p->sw * plane_rows(p) + ky * p->dh) * plane_width(p) + column / p->sw;
}

// Where the window's elements of a row lie, one after the other, without the divisions of plane_offset.
typedef struct plane_taps {
    int64_t off, f, sw, f_step, step, wrap; // f: the phase
} plane_taps;

INLINE plane_taps plane_taps_of(const plane *p) {
    int64_t phase = plane_rows(p) * plane_width(p), f_step = p->dw % p->sw;
    return (plane_taps){
        .sw = p->sw, .f_step = f_step, .step = f_step * phase + p->dw / p->sw, .wrap = p->sw * phase - 1};
}
INLINE void plane_taps_next(plane_taps *t) {
    t->off += t->step;
    t->f += t->f_step;
    if (t->f < t->sw) return;
    t->f -= t->sw;
    t->off -= t->wrap;
}

// The odd lanes of the 2 * VL floats (a, b).
#if VL == 16
INLINE vf v_odd(vf a, vf b) {
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
#elif VL == 8
INLINE vf v_odd(vf a, vf b) { return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15); }
#else
INLINE vf v_odd(vf a, vf b) { return __builtin_shufflevector(a, b, 1, 3, 5, 7); }
#endif

// n floats by turns: the first of each two to `even`, the second to `odd`, of which the first n_even and
// n_odd are wanted; neither is written behind its last.
static void row_halves(const float *x, int64_t n, float *even, int64_t n_even, float *odd, int64_t n_odd) {
    int64_t i = 0, both = min64(min64(n_even, n_odd), n / 2);
    for (; i + VL <= both; i += VL) {
        vf low = v_load(x + 2 * i), high = v_load(x + 2 * i + VL);
        v_store(even + i, v_even(low, high));
        v_store(odd + i, v_odd(low, high));
    }
    for (; i < max64(n_even, n_odd); i += VL) {
        int64_t left = min64(2 * VL, n - 2 * i);
        vf low = v_load_n(x + 2 * i, min64(VL, left));
        vf high = left > VL ? v_load_n(x + 2 * i + VL, left - VL) : (vf){0};
        v_store_n(even + i, v_even(low, high), max64(0, min64(VL, n_even - i)));
        v_store_n(odd + i, v_odd(low, high), max64(0, min64(VL, n_odd - i)));
    }
}

static void fill_floats(float *to, float x, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = x;
}

// Both phases of a padded row at a stride of 2, `width` columns of each, in one reading; x NULL: padding
// alone. Column c of the row is at c + left of the padded one.
static void row_phases(const float *x, int64_t w, int64_t left, int64_t width, float fill, float *even,
                       float *odd) {
    float *phase[2] = {left % 2 ? odd : even, left % 2 ? even : odd}; // of even columns of x, of odd ones
    int64_t n[2], at[2];
    for (int c = 0; c < 2; c++) {
        at[c] = x ? min64((left + c) / 2, width) : width;
        n[c] = max64(0, min64((w + 1 - c) / 2, width - at[c]));
        fill_floats(phase[c], fill, at[c]);
        fill_floats(phase[c] + at[c] + n[c], fill, width - at[c] - n[c]);
    }
    if (x) row_halves(x, w, phase[0] + at[0], n[0], phase[1] + at[1], n[1]);
}

static void plane_load_halves(const plane *p, const float *x, float fill, float *to) {
    int64_t width = plane_width(p), rows = plane_rows(p);
    for (int64_t r = 0; r < rows; r++, to += width) {
        int64_t y = r - p->top;
        row_phases(y >= 0 && y < p->h ? x + y * p->w : NULL, p->w, p->left, width, fill, to,
                   to + rows * width);
    }
    row_fill(to + rows * width, fill, 2 * VL);
}

static inline void plane_load(const plane *p, tn_dtype type, const void *x, int64_t first, float fill,
                              float *to) {
    int64_t width = plane_width(p), rows = plane_rows(p);
    if (p->sw == 2 && p->left >= 0 && type == TN_F32) {
        plane_load_halves(p, (const float *)x + first, fill, to);
        return;
    }
    for (int64_t f = 0; f < p->sw; f++) {
        inside in = inside_of(f - p->left, p->sw, p->w, width);
        for (int64_t r = 0; r < rows; r++, to += width) {
            int64_t y = r - p->top;
            if (y < 0 || y >= p->h)
                row_fill(to, fill, width);
            else
                row_padded(type, x, first + y * p->w, f - p->left, p->sw, in, fill, to, width);
        }
    }
    row_fill(to, fill, 2 * VL); // never used, but read
}

enum { SLOTS = 6 }; // vectors of output computed together

// Vectors of a plane's output, row by row: where each begins in the loaded plane and in the output.
typedef struct slots {
    int count;
    int64_t in[SLOTS], out[SLOTS], lanes[SLOTS];
    int64_t y, x; // of the next one
} slots;

static inline bool plane_slots(const plane *p, slots *s) {
    int64_t width = plane_width(p);
    for (s->count = 0; s->count < SLOTS && s->y < p->oh; s->count++) {
        s->in[s->count] = s->y * p->sh * width + s->x;
        s->out[s->count] = s->y * p->ow + s->x;
        s->lanes[s->count] = min64(VL, p->ow - s->x);
        s->x += VL;
        if (s->x >= p->ow) s->x = 0, s->y++;
    }
    int count = s->count;
    for (int i = count; i < SLOTS && count; i++) s->in[i] = s->in[0], s->out[i] = s->out[0], s->lanes[i] = 0;
    return count > 0;
}

#endif
