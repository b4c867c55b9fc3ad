// SPDX-License-Identifier: Apache-2.0
// topk.c - the best k, for AVX-512: see ../kern/topk.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/topk.inl"

TN_TACTIC(cpu_avx512_topk) = TOPK(AT("topk"), ISA, ISA_RANK);
