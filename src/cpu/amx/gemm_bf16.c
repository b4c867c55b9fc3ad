// SPDX-License-Identifier: Apache-2.0
// gemm_bf16.c - MatMul, Gemm and tn.Gemm of bf16, for AMX: see ../kern/gemm_bf16.inl.
#include "cpu/amx/isa.h"

#include "cpu/kern/gemm_bf16.inl"

TN_TACTIC(cpu_amx_gemm_bf16_matmul) = GEMM_BF16(AT("gemm.bf16:MatMul"), "MatMul", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_amx_gemm_bf16) = GEMM_BF16(AT("gemm.bf16:Gemm"), "Gemm", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_amx_gemm_bf16_fused) = GEMM_BF16(AT("gemm.bf16:tn.Gemm"), "Gemm", "tn", ISA, ISA_RANK);
