// SPDX-License-Identifier: Apache-2.0
// normalize_f32.c - tn.Normalize and LpNormalization, for AVX2: see ../kern/normalize_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/normalize_f32.inl"

TN_TACTIC(cpu_avx2_normalize_f32) = NORMALIZE(AT("normalize.f32"), ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_normalize_f32_lp) = LP_NORMALIZE(AT("normalize.f32:LpNormalization"), ISA, ISA_RANK);
