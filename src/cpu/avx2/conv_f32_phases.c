// SPDX-License-Identifier: Apache-2.0
// conv_f32_phases.c - tn.BlockedConv with dilations that leave phases of few pixels, for AVX2: see
// ../kern/conv_f32_phases.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_phases.inl"

TN_TACTIC(cpu_avx2_conv_f32_phases_2) = CONV_PHASES(AT("conv.f32.phases:2"), 2, ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_phases_4) = CONV_PHASES(AT("conv.f32.phases:4"), 4, ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_phases_6) = CONV_PHASES(AT("conv.f32.phases:6"), 6, ISA, ISA_RANK);
