// SPDX-License-Identifier: Apache-2.0
// rest_f32.c - Mod with fmod, for AVX2: see ../kern/rest_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/rest_f32.inl"

TN_TACTIC(cpu_avx2_rest_f32) = REST(AT("rest.f32"), ISA, ISA_RANK);
