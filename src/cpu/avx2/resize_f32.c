// SPDX-License-Identifier: Apache-2.0
// resize_f32.c - Resize, for AVX2: see ../kern/resize_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/resize_f32.inl"

TN_TACTIC(cpu_avx2_resize_f32) = RESIZE(AT("resize.f32:Resize"), ISA, ISA_RANK);
