// SPDX-License-Identifier: Apache-2.0
// cast.c - Cast, for AVX-512: see ../kern/cast.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/cast.inl"

TN_TACTIC(cpu_avx512_cast) = CAST(AT("cast:Cast"), ISA, ISA_RANK);
