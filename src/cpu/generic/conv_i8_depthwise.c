// SPDX-License-Identifier: Apache-2.0
// conv_i8_depthwise.c - depthwise QLinearConv and ConvInteger, for any machine: see
// ../kern/conv_i8_depthwise.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/conv_i8_depthwise.inl"

TN_TACTIC(cpu_generic_conv_i8_depthwise_qlinear) = CONV_I8_DEPTHWISE(AT("conv.i8.depthwise:QLinearConv"),
                                                                     "QLinearConv", ISA, ISA_RANK + 40);
TN_TACTIC(cpu_generic_conv_i8_depthwise_integer) = CONV_I8_DEPTHWISE(AT("conv.i8.depthwise:ConvInteger"),
                                                                     "ConvInteger", ISA, ISA_RANK + 40);
