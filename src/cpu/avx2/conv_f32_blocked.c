// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked.c - tn.BlockedConv by register tiles, for AVX2: see ../kern/conv_f32_blocked.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_blocked.inl"

TN_TACTIC(cpu_avx2_conv_f32_blocked) = CONV_BLOCKED(AT("conv.f32.blocked:tn.BlockedConv"), ISA, ISA_RANK);
