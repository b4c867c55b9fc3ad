// SPDX-License-Identifier: Apache-2.0
// conv_i8_direct.c - QLinearConv and ConvInteger without patches, for any machine: see
// ../kern/conv_i8_direct.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/conv_i8_direct.inl"

TN_TACTIC(cpu_generic_conv_i8_direct_qlinear) = CONV_I8_DIRECT(AT("conv.i8.direct:QLinearConv"),
                                                               "QLinearConv", ISA, ISA_RANK + 20);
TN_TACTIC(cpu_generic_conv_i8_direct_integer) = CONV_I8_DIRECT(AT("conv.i8.direct:ConvInteger"),
                                                               "ConvInteger", ISA, ISA_RANK + 20);
