// SPDX-License-Identifier: Apache-2.0
// many_f32.c - functions of many inputs, and Pow, for AVX2: see ../kern/many_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/many_f32.inl"

TN_TACTIC(cpu_avx2_many_f32_max) = MANY(AT("many.f32:Max"), "Max", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_many_f32_mean) = MANY(AT("many.f32:Mean"), "Mean", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_many_f32_min) = MANY(AT("many.f32:Min"), "Min", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_many_f32_pow) = POW(AT("many.f32:Pow"), ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_many_f32_sum) = MANY(AT("many.f32:Sum"), "Sum", ISA, ISA_RANK);
