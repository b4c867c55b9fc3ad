// SPDX-License-Identifier: Apache-2.0
// matmul_nbits.c - MatMulNBits, for any machine: see ../kern/matmul_nbits.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/matmul_nbits.inl"

TN_TACTIC(cpu_generic_matmul_nbits) = MATMUL_NBITS(AT("matmul.nbits"), ISA, ISA_RANK);
