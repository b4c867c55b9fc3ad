// SPDX-License-Identifier: Apache-2.0
// matmul_nbits_i8.c - MatMulNBits with activations of 8 bits, for AVX2: see ../kern/matmul_nbits_i8.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/matmul_nbits_i8.inl"

TN_TACTIC(cpu_avx2_matmul_nbits_i8) = MATMUL_NBITS_I8(AT("matmul.nbits.i8"), ISA, ISA_RANK + 10);
