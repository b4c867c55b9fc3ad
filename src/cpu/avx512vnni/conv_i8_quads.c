// SPDX-License-Identifier: Apache-2.0
// conv_i8_quads.c - QLinearConv and ConvInteger as a matrix product, for AVX-512 with VNNI: see
// ../kern/conv_i8_quads.inl.
#include "cpu/avx512vnni/isa.h"

#include "cpu/kern/conv_i8_quads.inl"

TN_TACTIC(cpu_avx512vnni_conv_i8_quads_qlinear) = CONV_I8_QUADS(AT("conv.i8.quads:QLinearConv"),
                                                                "QLinearConv", ISA, ISA_RANK + 30);
TN_TACTIC(cpu_avx512vnni_conv_i8_quads_integer) = CONV_I8_QUADS(AT("conv.i8.quads:ConvInteger"),
                                                                "ConvInteger", ISA, ISA_RANK + 30);
