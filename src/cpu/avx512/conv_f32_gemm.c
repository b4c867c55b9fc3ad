// SPDX-License-Identifier: Apache-2.0
// conv_f32_gemm.c - Conv and tn.Conv as a matrix product, for AVX-512: see ../kern/conv_f32_gemm.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_f32_gemm.inl"

TN_TACTIC(cpu_avx512_conv_f32_gemm) = CONV_GEMM(AT("conv.f32.gemm:Conv"), "Conv", NULL, ISA, ISA_RANK + 20,
                                                0);
TN_TACTIC(cpu_avx512_conv_f32_gemm_fused) = CONV_GEMM(AT("conv.f32.gemm:tn.Conv"), "Conv", "tn", ISA,
                                                      ISA_RANK + 20, 1u << 3);
