// SPDX-License-Identifier: Apache-2.0
// matmul_i8.c - QLinearMatMul and MatMulInteger, for any machine: see ../kern/matmul_i8.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/matmul_i8.inl"

TN_TACTIC(cpu_generic_matmul_i8_qlinear) = MATMUL_I8(AT("matmul.i8:QLinearMatMul"), "QLinearMatMul", ISA,
                                                     ISA_RANK);
TN_TACTIC(cpu_generic_matmul_i8_integer) = MATMUL_I8(AT("matmul.i8:MatMulInteger"), "MatMulInteger", ISA,
                                                     ISA_RANK);
