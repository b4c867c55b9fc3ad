// SPDX-License-Identifier: Apache-2.0
// sample_f32.c - GridSample, for AVX2: see ../kern/sample_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/sample_f32.inl"

TN_TACTIC(cpu_avx2_sample_f32) = SAMPLE(AT("sample.f32"), ISA, ISA_RANK);
