// SPDX-License-Identifier: Apache-2.0
// roi_f32.c - RoiAlign, for AVX-512: see ../kern/roi_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/roi_f32.inl"

TN_TACTIC(cpu_avx512_roi_f32) = ROI(AT("roi.f32"), ISA, ISA_RANK);
