// SPDX-License-Identifier: Apache-2.0
// gemm_f32.c - MatMul, Gemm and tn.Gemm: see kern/gemm_f32.inl,
// kern/gemm_f32_narrow.inl and kern/gemv.inl.
#include "cpu/isa.h"

#include "cpu/kern/gemm_f32_narrow.inl"
#include "cpu/kern/gemv.inl"

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(gemm_f32_matmul) = GEMM(AT("gemm.f32:MatMul"), "MatMul", NULL, ISA_RANK);
TN_KERNEL(gemm_f32) = GEMM(AT("gemm.f32:Gemm"), "Gemm", NULL, ISA_RANK);
TN_KERNEL(gemm_f32_fused) = GEMM(AT("gemm.f32:tn.Gemm"), "Gemm", "tn", ISA_RANK);
TN_KERNEL(gemm_f32_row_matmul) = GEMV(AT("gemm.f32.row:MatMul"), "MatMul", NULL, ISA_RANK + 20);
TN_KERNEL(gemm_f32_row_gemm) = GEMV(AT("gemm.f32.row:Gemm"), "Gemm", NULL, ISA_RANK + 20);
TN_KERNEL(gemm_f32_row_fused) = GEMV(AT("gemm.f32.row:tn.Gemm"), "Gemm", "tn", ISA_RANK + 20);
TN_KERNEL(gemm_f32_narrow_matmul) = GEMM_NARROW(AT("gemm.f32.narrow:MatMul"), "MatMul", NULL, ISA_RANK - 5);
TN_KERNEL(gemm_f32_narrow_gemm) = GEMM_NARROW(AT("gemm.f32.narrow:Gemm"), "Gemm", NULL, ISA_RANK - 5);
TN_KERNEL(gemm_f32_narrow_fused) = GEMM_NARROW(AT("gemm.f32.narrow:tn.Gemm"), "Gemm", "tn", ISA_RANK - 5);
