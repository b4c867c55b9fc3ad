// SPDX-License-Identifier: Apache-2.0
// gemm_f32.c - MatMul, Gemm and tn.Gemm, for AVX2: see ../kern/gemm_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/gemm_f32.inl"

TN_TACTIC(cpu_avx2_gemm_f32_matmul) = GEMM(AT("gemm.f32:MatMul"), "MatMul", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_gemm_f32) = GEMM(AT("gemm.f32:Gemm"), "Gemm", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_gemm_f32_fused) = GEMM(AT("gemm.f32:tn.Gemm"), "Gemm", "tn", ISA, ISA_RANK);
