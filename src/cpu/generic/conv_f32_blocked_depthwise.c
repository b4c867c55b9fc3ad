// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_depthwise.c - depthwise tn.BlockedConv, for any machine: see
// ../kern/conv_f32_blocked_depthwise.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/conv_f32_blocked_depthwise.inl"

TN_TACTIC(cpu_generic_conv_f32_blocked_depthwise) =
    CONV_BLOCKED_DEPTHWISE(AT("conv.f32.blocked.depthwise:tn.BlockedConv"), ISA, ISA_RANK + 10);
