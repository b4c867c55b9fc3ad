// SPDX-License-Identifier: Apache-2.0
// pool_f32.c - pooling, for AVX-512: see ../kern/pool_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/pool_f32.inl"

TN_TACTIC(cpu_avx512_pool_f32_max) = POOL(AT("pool.f32:MaxPool"), "MaxPool", ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_pool_f32_average) = POOL(AT("pool.f32:AveragePool"), "AveragePool", ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_pool_f32_global_average) = POOL_GLOBAL(AT("pool.f32:GlobalAveragePool"),
                                                            "GlobalAveragePool", ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_pool_f32_global_max) = POOL_GLOBAL(AT("pool.f32:GlobalMaxPool"), "GlobalMaxPool", ISA,
                                                        ISA_RANK);
