// SPDX-License-Identifier: Apache-2.0
// conv_i8_depthwise.c - depthwise QLinearConv and ConvInteger, for AVX2: see ../kern/conv_i8_depthwise.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_i8_depthwise.inl"

TN_TACTIC(cpu_avx2_conv_i8_depthwise_qlinear) = CONV_I8_DEPTHWISE(AT("conv.i8.depthwise:QLinearConv"),
                                                                  "QLinearConv", ISA, ISA_RANK + 40);
TN_TACTIC(cpu_avx2_conv_i8_depthwise_integer) = CONV_I8_DEPTHWISE(AT("conv.i8.depthwise:ConvInteger"),
                                                                  "ConvInteger", ISA, ISA_RANK + 40);
