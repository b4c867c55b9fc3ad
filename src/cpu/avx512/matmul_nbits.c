// SPDX-License-Identifier: Apache-2.0
// matmul_nbits.c - MatMulNBits, for AVX-512: see ../kern/matmul_nbits.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/matmul_nbits.inl"

TN_TACTIC(cpu_avx512_matmul_nbits) = MATMUL_NBITS(AT("matmul.nbits"), ISA, ISA_RANK);
