// SPDX-License-Identifier: Apache-2.0
// conv_transpose_f32_blocked.c - tn.BlockedConvTranspose by register tiles, for AVX-512: see
// ../kern/conv_transpose_f32_blocked.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_transpose_f32_blocked.inl"

TN_TACTIC(cpu_avx512_conv_transpose_f32_blocked) =
    CONV_TRANSPOSE_BLOCKED(AT("conv.transpose.f32.blocked:tn.BlockedConvTranspose"), ISA, ISA_RANK);
