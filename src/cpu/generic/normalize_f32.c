// SPDX-License-Identifier: Apache-2.0
// normalize_f32.c - tn.Normalize and LpNormalization, for any machine: see ../kern/normalize_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/normalize_f32.inl"

TN_TACTIC(cpu_generic_normalize_f32) = NORMALIZE(AT("normalize.f32"), ISA, ISA_RANK);
TN_TACTIC(cpu_generic_normalize_f32_lp) = LP_NORMALIZE(AT("normalize.f32:LpNormalization"), ISA, ISA_RANK);
