// SPDX-License-Identifier: Apache-2.0
// roi_f32.c - RoiAlign, for any machine: see ../kern/roi_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/roi_f32.inl"

TN_TACTIC(cpu_generic_roi_f32) = ROI(AT("roi.f32"), ISA, ISA_RANK);
