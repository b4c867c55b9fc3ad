// SPDX-License-Identifier: Apache-2.0
// conv_i8_direct.c - QLinearConv and ConvInteger without patches, for AVX-512: see
// ../kern/conv_i8_direct.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_i8_direct.inl"

TN_TACTIC(cpu_avx512_conv_i8_direct_qlinear) = CONV_I8_DIRECT(AT("conv.i8.direct:QLinearConv"), "QLinearConv",
                                                              ISA, ISA_RANK + 20);
TN_TACTIC(cpu_avx512_conv_i8_direct_integer) = CONV_I8_DIRECT(AT("conv.i8.direct:ConvInteger"), "ConvInteger",
                                                              ISA, ISA_RANK + 20);
