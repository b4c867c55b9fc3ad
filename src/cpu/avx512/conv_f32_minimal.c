// SPDX-License-Identifier: Apache-2.0
// conv_f32_minimal.c - tn.BlockedConv by minimal filtering, windows other than 3x3, for AVX-512: see
// ../kern/conv_f32_minimal.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_f32_minimal.inl"

TN_TACTIC(cpu_avx512_conv_f32_minimal) = CONV_MINIMAL(AT("conv.f32.minimal"), ISA, ISA_RANK);
