// SPDX-License-Identifier: Apache-2.0
// int8.inl - what kernels for products of 8-bit numbers share: zero points, and how 32-bit sums become
// results.
#ifndef TN_CPU_INT8_INL
#define TN_CPU_INT8_INL

#include "cpu/kern/vec_math.h"

#include "ir/tensor.h"

typedef uint32_t vu_any __attribute__((vector_size(4 * VL), aligned(4), may_alias));

INLINE vu vu_load(const uint32_t *p) { return *(const vu_any *)p; }
INLINE vu vu_set(uint32_t x) { return x + (vu){0}; }

INLINE int32_t int8_at(tn_dtype type, const void *x, int64_t i) {
    return type == TN_U8 ? ((const uint8_t *)x)[i] : ((const int8_t *)x)[i];
}

// Zero points: one for all, or one for each of many; absent: 0.
INLINE int32_t zero_at(const tn_tensor *zero, int64_t i) {
    return zero ? int8_at(zero->dtype, zero->data, tn_count(zero) > 1 ? i : 0) : 0;
}

// What numbers are shifted by where one operand has to be signed (weights, A) and the other unsigned.
INLINE int32_t quads_shift_a(tn_dtype type) { return type == TN_U8 ? -128 : 0; }
INLINE int32_t quads_shift_b(tn_dtype type) { return type == TN_I8 ? 128 : 0; }

typedef struct result_i8 {
    tn_dtype type; // I32: the sums themselves
    int32_t zero;
    float y_scale;
    void *y;
} result_i8;

static inline result_i8 result_of(const tn_tensor *y, const tn_tensor *scale, const tn_tensor *zero) {
    result_i8 r = {.type = y->dtype, .y_scale = 1, .y = y->data};
    if (zero) r.zero = zero_at(zero, 0);
    if (scale) r.y_scale = (float)tni_get(scale, 0);
    return r;
}

typedef uint8_t v_bytes __attribute__((vector_size(VL)));

// saturate(round(x) + zero), to even; NaN is 0. The bounds are applied before the zero point is added.
INLINE vi requantised(vf x, vf lo, vf hi, int32_t zero) {
    vf r = v_clamp(v_round(x), lo, hi);
    vi q = v_to_int(v_select(r == r, r, (vf){0})) + zero;
    return q & (vi)(r == r);
}

// y[at + i] = requantised((sum[i] + bias) * (x_scale * w[i] / y_scale)); w repeats its first when not
// w_steps. Memory behind sum and w can be read to a whole vector.
static inline void store_i8(const result_i8 *r, const uint32_t *sum, uint32_t bias, float x_scale,
                            const float *w, bool w_steps, int64_t at, int64_t n) {
    int32_t low = r->type == TN_U8 ? 0 : -128;
    vf lo = v_set((float)(low - r->zero)), hi = v_set((float)(low + 255 - r->zero));
    vf factor = v_set(x_scale * *w / r->y_scale);
    uint8_t *y = r->y;
    if (r->type == TN_I32) {
        for (int64_t i = 0; i < n; i++) ((uint32_t *)r->y)[at + i] = sum[i] + bias;
        return;
    }
    for (int64_t i = 0; i < n; i += VL) {
        if (n >= VL && i > n - VL) i = n - VL; // some again: no piece of a vector is stored
        if (w_steps) factor = x_scale * v_load(w + i) / r->y_scale;
        vi q = requantised(v_from_int((vi)(vu_load(sum + i) + bias)) * factor, lo, hi, r->zero);
        v_bytes bytes = __builtin_convertvector(q, v_bytes);
        if (n - i >= VL)
            memcpy(y + at + i, &bytes, VL);
        else
            memcpy(y + at + i, &bytes, (size_t)(n - i));
    }
}

#endif
