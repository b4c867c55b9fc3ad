// SPDX-License-Identifier: Apache-2.0
// conv_f32_deform.c - DeformConv, for AVX2: see ../kern/conv_f32_deform.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_deform.inl"

TN_TACTIC(cpu_avx2_conv_f32_deform) = CONV_DEFORM(AT("conv.f32.deform"), ISA, ISA_RANK);
