// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_depthwise.c - depthwise tn.BlockedConv, and in small groups: see
// kern/conv_f32_blocked_depthwise.inl and conv_f32_blocked_grouped.inl.
#include "cpu/isa.h"

#include "cpu/kern/conv_f32_blocked_grouped.inl"

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_blocked_depthwise) =
    CONV_BLOCKED_DEPTHWISE(AT("conv.f32.blocked.depthwise:tn.BlockedConv"), ISA_RANK + 10);
TN_KERNEL(conv_f32_blocked_depthwise_grouped) = CONV_BLOCKED_GROUPED(AT("conv.f32.blocked.depthwise:grouped"),
                                                                     ISA_RANK + 10);
