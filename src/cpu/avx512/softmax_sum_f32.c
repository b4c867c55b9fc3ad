// SPDX-License-Identifier: Apache-2.0
// softmax_sum_f32.c - tn.SoftmaxSum, for AVX-512: see ../kern/softmax_sum_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/softmax_sum_f32.inl"

TN_TACTIC(cpu_avx512_softmax_sum_f32) = SOFTMAX_SUM(AT("softmax_sum.f32"), ISA, ISA_RANK);
