// SPDX-License-Identifier: Apache-2.0
// pool_f32_blocked.c - pooling of blocked activations, for AVX-512: see ../kern/pool_f32_blocked.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/pool_f32_blocked.inl"

TN_TACTIC(cpu_avx512_pool_f32_blocked_max) = POOL_BLOCKED(AT("pool.f32.blocked:MaxPool"), "MaxPool", ISA,
                                                          ISA_RANK);
TN_TACTIC(cpu_avx512_pool_f32_blocked_average) = POOL_BLOCKED(AT("pool.f32.blocked:AveragePool"),
                                                              "AveragePool", ISA, ISA_RANK);
