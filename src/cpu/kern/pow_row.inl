// SPDX-License-Identifier: Apache-2.0
// pow_row.inl - a row of floats to the power of one exponent.
#ifndef TN_CPU_POW_ROW_INL
#define TN_CPU_POW_ROW_INL

#include "cpu/kern/vec.h"

INLINE float pow_exponent(tn_dtype type, const void *e, int64_t i) {
    return type == TN_F32   ? ((const float *)e)[i]
           : type == TN_I32 ? (float)((const int32_t *)e)[i]
                            : (float)((const int64_t *)e)[i];
}

// One exponent for all: products and roots where they are as exact.
static inline bool pow_simple(const float *x, float e, float *y, int64_t n) {
    if (e == 2)
        for (int64_t i = 0; i < n; i++) y[i] = x[i] * x[i];
    else if (e == 3)
        for (int64_t i = 0; i < n; i++) y[i] = (float)((double)x[i] * (double)x[i] * (double)x[i]);
    else if (e == 0.5f)
        for (int64_t i = 0; i < n; i++) y[i] = x[i] == -INFINITY ? INFINITY : sqrtf(x[i] + 0.0f); // not -0
    else if (e == -1)
        for (int64_t i = 0; i < n; i++) y[i] = 1 / x[i];
    else
        return false;
    return true;
}

static inline void pow_row_by(const float *x, bool steps, float e, float *y, int64_t n) {
    if (steps && pow_simple(x, e, y, n)) return;
    for (int64_t i = 0; i < n; i++) y[i] = powf(x[steps ? i : 0], e);
}

#endif
