// SPDX-License-Identifier: Apache-2.0
// softmax_sum_f32.c - tn.SoftmaxSum, for any machine: see ../kern/softmax_sum_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/softmax_sum_f32.inl"

TN_TACTIC(cpu_generic_softmax_sum_f32) = SOFTMAX_SUM(AT("softmax_sum.f32"), ISA, ISA_RANK);
