// SPDX-License-Identifier: Apache-2.0
// roi_f32.c - RoiAlign, for AVX2: see ../kern/roi_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/roi_f32.inl"

TN_TACTIC(cpu_avx2_roi_f32) = ROI(AT("roi.f32"), ISA, ISA_RANK);
