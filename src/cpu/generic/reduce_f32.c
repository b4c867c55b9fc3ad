// SPDX-License-Identifier: Apache-2.0
// reduce_f32.c - reductions, for any machine: see ../kern/reduce_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/reduce_f32.inl"

TN_TACTIC(cpu_generic_reduce_f32_l1) = REDUCE(AT("reduce.f32:ReduceL1"), "ReduceL1", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_l2) = REDUCE(AT("reduce.f32:ReduceL2"), "ReduceL2", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_logsum) = REDUCE(AT("reduce.f32:ReduceLogSum"), "ReduceLogSum", ISA,
                                                  ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_logsumexp) = REDUCE(AT("reduce.f32:ReduceLogSumExp"), "ReduceLogSumExp", ISA,
                                                     ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_max) = REDUCE(AT("reduce.f32:ReduceMax"), "ReduceMax", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_mean) = REDUCE(AT("reduce.f32:ReduceMean"), "ReduceMean", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_min) = REDUCE(AT("reduce.f32:ReduceMin"), "ReduceMin", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_sum) = REDUCE(AT("reduce.f32:ReduceSum"), "ReduceSum", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reduce_f32_sumsquare) = REDUCE(AT("reduce.f32:ReduceSumSquare"), "ReduceSumSquare", ISA,
                                                     ISA_RANK);
