// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked.c - tn.BlockedConv and tn.BlockedChain by register tiles: see
// kern/conv_f32_blocked.inl, conv_f32_blocked_chain.inl and conv_f32_blocked_scaled.inl.
#include "cpu/isa.h"

#include "cpu/kern/conv_f32_blocked_scaled.inl"

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_blocked) = CONV_BLOCKED(AT("conv.f32.blocked:tn.BlockedConv"), ISA_RANK);
TN_KERNEL(conv_f32_blocked_chain) = CONV_BLOCKED_CHAIN(AT("conv.f32.blocked:tn.BlockedChain"), ISA_RANK);
TN_KERNEL(conv_f32_blocked_scaled) = CONV_BLOCKED_SCALED(AT("conv.f32.blocked:scaled"), ISA_RANK);
