// SPDX-License-Identifier: Apache-2.0
// conv_i8_direct_quads.c - QLinearConv and ConvInteger without patches, four numbers at a time, for AVX-512
// with VNNI: see ../kern/conv_i8_direct_quads.inl.
#include "cpu/avx512vnni/isa.h"

#include "cpu/kern/conv_i8_direct_quads.inl"

TN_TACTIC(cpu_avx512vnni_conv_i8_direct_quads_qlinear) =
    CONV_I8_DIRECT_QUADS(AT("conv.i8.direct.quads:QLinearConv"), "QLinearConv", ISA, ISA_RANK + 25);
TN_TACTIC(cpu_avx512vnni_conv_i8_direct_quads_integer) =
    CONV_I8_DIRECT_QUADS(AT("conv.i8.direct.quads:ConvInteger"), "ConvInteger", ISA, ISA_RANK + 25);
