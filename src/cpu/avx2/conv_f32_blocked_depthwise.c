// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_depthwise.c - depthwise tn.BlockedConv, for AVX2: see
// ../kern/conv_f32_blocked_depthwise.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_blocked_depthwise.inl"

TN_TACTIC(cpu_avx2_conv_f32_blocked_depthwise) =
    CONV_BLOCKED_DEPTHWISE(AT("conv.f32.blocked.depthwise:tn.BlockedConv"), ISA, ISA_RANK + 10);
