// SPDX-License-Identifier: Apache-2.0
// conv_transpose_f32_blocked.c - tn.BlockedConvTranspose by register tiles, for any machine: see
// ../kern/conv_transpose_f32_blocked.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/conv_transpose_f32_blocked.inl"

TN_TACTIC(cpu_generic_conv_transpose_f32_blocked) =
    CONV_TRANSPOSE_BLOCKED(AT("conv.transpose.f32.blocked:tn.BlockedConvTranspose"), ISA, ISA_RANK);
