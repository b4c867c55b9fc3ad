// SPDX-License-Identifier: Apache-2.0
// rest_f32.c - Mod with fmod, for AVX-512: see ../kern/rest_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/rest_f32.inl"

TN_TACTIC(cpu_avx512_rest_f32) = REST(AT("rest.f32"), ISA, ISA_RANK);
