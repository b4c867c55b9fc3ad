// SPDX-License-Identifier: Apache-2.0
// response_f32.c - LRN, for AVX-512: see ../kern/response_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/response_f32.inl"

TN_TACTIC(cpu_avx512_response_f32) = RESPONSE(AT("response.f32"), ISA, ISA_RANK);
