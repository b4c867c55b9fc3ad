// SPDX-License-Identifier: Apache-2.0
// topk.c - the best k, for any machine: see ../kern/topk.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/topk.inl"

TN_TACTIC(cpu_generic_topk) = TOPK(AT("topk"), ISA, ISA_RANK);
