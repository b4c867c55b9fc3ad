// SPDX-License-Identifier: Apache-2.0
// pool_f32_lp.c - LpPool and GlobalLpPool, for AVX-512: see ../kern/pool_f32_lp.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/pool_f32_lp.inl"

TN_TACTIC(cpu_avx512_pool_f32_lp) = POOL_LP(AT("pool.f32.lp:LpPool"), ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_pool_f32_lp_global) = POOL_LP_GLOBAL(AT("pool.f32.lp:GlobalLpPool"), ISA, ISA_RANK);
