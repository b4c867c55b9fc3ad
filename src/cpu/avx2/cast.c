// SPDX-License-Identifier: Apache-2.0
// cast.c - Cast, for AVX2: see ../kern/cast.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/cast.inl"

TN_TACTIC(cpu_avx2_cast) = CAST(AT("cast:Cast"), ISA, ISA_RANK);
