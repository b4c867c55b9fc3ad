// SPDX-License-Identifier: Apache-2.0
// fold_columns_f32.c - Col2Im, for AVX-512: see ../kern/fold_columns_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/fold_columns_f32.inl"

TN_TACTIC(cpu_avx512_fold_columns_f32) = FOLD_COLUMNS(AT("fold.columns.f32"), ISA, ISA_RANK);
