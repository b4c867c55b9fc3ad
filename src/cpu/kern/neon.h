// SPDX-License-Identifier: Apache-2.0
// neon.h - what vec.h, convert.inl and gemm_i8.inl have no words for, on AArch64: vectors of four floats.
// Included by vec.h once its types and v_select are there.
#ifndef TN_CPU_NEON_H
#define TN_CPU_NEON_H

#include <arm_neon.h>

INLINE vf v_fma(vf a, vf b, vf c) { return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }

// The second operand when either is NaN, as x86 has it: fmax and fmin would give a NaN, fmaxnm the number.
INLINE vf v_max2(vf a, vf b) { return v_select(a > b, a, b); }
INLINE vf v_min2(vf a, vf b) { return v_select(a < b, a, b); }
INLINE vf v_sqrt(vf a) { return (vf)vsqrtq_f32((float32x4_t)a); }

INLINE vf v_from_f16(const uint16_t *p) { return (vf)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
INLINE void v_to_f16(uint16_t *p, vf x) { vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)x))); }
INLINE vf v_from_bf16(const uint16_t *p) { return (vf)vshll_n_u16(vld1_u16(p), 16); }

// acc + low * low + high * high of 16-bit halves.
INLINE vu vu_dot(vu acc, vu a, vu b) {
    int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
    return acc + (vu)vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y));
}

#endif
