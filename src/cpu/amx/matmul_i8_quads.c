// SPDX-License-Identifier: Apache-2.0
// matmul_i8_quads.c - QLinearMatMul and MatMulInteger, for AMX: see ../kern/matmul_i8_quads.inl.
#include "cpu/amx/isa.h"

#include "cpu/kern/matmul_i8_quads.inl"

TN_TACTIC(cpu_amx_matmul_i8_quads_qlinear) = MATMUL_I8_QUADS(AT("matmul.i8.quads:QLinearMatMul"),
                                                             "QLinearMatMul", ISA, ISA_RANK + 30);
TN_TACTIC(cpu_amx_matmul_i8_quads_integer) = MATMUL_I8_QUADS(AT("matmul.i8.quads:MatMulInteger"),
                                                             "MatMulInteger", ISA, ISA_RANK + 30);
