// SPDX-License-Identifier: Apache-2.0
// pool_i8.c - MaxPool of bytes, for AVX-512: see ../kern/pool_i8.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/pool_i8.inl"

TN_TACTIC(cpu_avx512_pool_i8_max) = POOL_MAX_I8(AT("pool.i8:MaxPool"), ISA, ISA_RANK);
