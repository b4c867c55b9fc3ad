// SPDX-License-Identifier: Apache-2.0
// gather.inl - a vector of elements from here and there.
#ifndef TN_CPU_GATHER_INL
#define TN_CPU_GATHER_INL

#include "cpu/kern/vec.h"

// x[off[i]] in lane i.
INLINE vf v_gather(const float *x, const int32_t *off) {
#if VL == 16
    return (vf)_mm512_i32gather_ps(_mm512_loadu_si512(off), x, 4);
#elif VL == 8
    return (vf)_mm256_i32gather_ps(x, _mm256_loadu_si256((const void *)off), 4);
#else
    vf v;
    for (int i = 0; i < VL; i++) v[i] = x[off[i]];
    return v;
#endif
}

// sum + w * x[off], where a weight of 0 counts for nothing whatever it meets.
INLINE vf v_gather_add(vf sum, vf w, const float *x, const int32_t *off) {
    return v_fma(w, v_select(w == 0, w, v_gather(x, off)), sum);
}

#endif
