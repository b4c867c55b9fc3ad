// SPDX-License-Identifier: Apache-2.0
// topk.c - the best k, for AVX2: see ../kern/topk.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/topk.inl"

TN_TACTIC(cpu_avx2_topk) = TOPK(AT("topk"), ISA, ISA_RANK);
