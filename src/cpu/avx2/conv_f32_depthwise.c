// SPDX-License-Identifier: Apache-2.0
// conv_f32_depthwise.c - depthwise Conv and tn.Conv, for AVX2: see ../kern/conv_f32_depthwise.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_depthwise.inl"

TN_TACTIC(cpu_avx2_conv_f32_depthwise) = CONV_DEPTHWISE(AT("conv.f32.depthwise:Conv"), "Conv", NULL, ISA,
                                                        ISA_RANK + 40, 0);
TN_TACTIC(cpu_avx2_conv_f32_depthwise_fused) = CONV_DEPTHWISE(AT("conv.f32.depthwise:tn.Conv"), "Conv", "tn",
                                                              ISA, ISA_RANK + 40, 1u << 3);
