// SPDX-License-Identifier: Apache-2.0
// reduce_plain.c - reductions of integers, and products, for any machine: see ../kern/reduce_plain.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/reduce_plain.inl"

TN_TACTIC(cpu_generic_reduce_plain_max) = PLAIN(AT("reduce.plain:ReduceMax"), "ReduceMax", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_plain_mean) = PLAIN(AT("reduce.plain:ReduceMean"), "ReduceMean", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_plain_min) = PLAIN(AT("reduce.plain:ReduceMin"), "ReduceMin", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_plain_prod) = PLAIN(AT("reduce.plain:ReduceProd"), "ReduceProd", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_plain_sum) = PLAIN(AT("reduce.plain:ReduceSum"), "ReduceSum", ISA, ISA_RANK);
