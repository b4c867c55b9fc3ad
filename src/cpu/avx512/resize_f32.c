// SPDX-License-Identifier: Apache-2.0
// resize_f32.c - Resize, for AVX-512: see ../kern/resize_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/resize_f32.inl"

TN_TACTIC(cpu_avx512_resize_f32) = RESIZE(AT("resize.f32:Resize"), ISA, ISA_RANK);
