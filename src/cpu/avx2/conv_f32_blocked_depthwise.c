// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_depthwise.c - depthwise tn.BlockedConv, and in small groups, for AVX2: see
// ../kern/conv_f32_blocked_depthwise.inl and conv_f32_blocked_grouped.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_blocked_grouped.inl"

TN_TACTIC(cpu_avx2_conv_f32_blocked_depthwise) =
    CONV_BLOCKED_DEPTHWISE(AT("conv.f32.blocked.depthwise:tn.BlockedConv"), ISA, ISA_RANK + 10);
TN_TACTIC(cpu_avx2_conv_f32_blocked_depthwise_grouped) =
    CONV_BLOCKED_GROUPED(AT("conv.f32.blocked.depthwise:grouped"), ISA, ISA_RANK + 10);
