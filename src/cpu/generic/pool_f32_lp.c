// SPDX-License-Identifier: Apache-2.0
// pool_f32_lp.c - LpPool and GlobalLpPool, for any machine: see ../kern/pool_f32_lp.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/pool_f32_lp.inl"

TN_TACTIC(cpu_generic_pool_f32_lp) = POOL_LP(AT("pool.f32.lp:LpPool"), ISA, ISA_RANK);
TN_TACTIC(cpu_generic_pool_f32_lp_global) = POOL_LP_GLOBAL(AT("pool.f32.lp:GlobalLpPool"), ISA, ISA_RANK);
