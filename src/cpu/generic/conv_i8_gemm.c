// SPDX-License-Identifier: Apache-2.0
// conv_i8_gemm.c - QLinearConv and ConvInteger as a matrix product, for any machine: see
// ../kern/conv_i8_gemm.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/conv_i8_gemm.inl"

TN_TACTIC(cpu_generic_conv_i8_gemm_qlinear) = CONV_I8_GEMM(AT("conv.i8.gemm:QLinearConv"), "QLinearConv", ISA,
                                                           ISA_RANK + 20);
TN_TACTIC(cpu_generic_conv_i8_gemm_integer) = CONV_I8_GEMM(AT("conv.i8.gemm:ConvInteger"), "ConvInteger", ISA,
                                                           ISA_RANK + 20);
