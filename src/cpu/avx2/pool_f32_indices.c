// SPDX-License-Identifier: Apache-2.0
// pool_f32_indices.c - MaxPool with indices, for AVX2: see ../kern/pool_f32_indices.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/pool_f32_indices.inl"

TN_TACTIC(cpu_avx2_pool_f32_indices) = POOL_INDICES(AT("pool.f32.indices"), ISA, ISA_RANK);
