// SPDX-License-Identifier: Apache-2.0
// unary_f32.c - tangent, inverse and hyperbolic functions, for AVX2: see ../kern/unary_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/unary_f32.inl"

TN_TACTIC(cpu_avx2_unary_f32_acos) = CURVE(AT("unary.f32:Acos"), "Acos", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_acosh) = CURVE(AT("unary.f32:Acosh"), "Acosh", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_asin) = CURVE(AT("unary.f32:Asin"), "Asin", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_asinh) = CURVE(AT("unary.f32:Asinh"), "Asinh", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_atan) = CURVE(AT("unary.f32:Atan"), "Atan", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_atanh) = CURVE(AT("unary.f32:Atanh"), "Atanh", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_celu) = CURVE(AT("unary.f32:Celu"), "Celu", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_cosh) = CURVE(AT("unary.f32:Cosh"), "Cosh", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_shrink) = CURVE(AT("unary.f32:Shrink"), "Shrink", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_sinh) = CURVE(AT("unary.f32:Sinh"), "Sinh", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_unary_f32_tan) = CURVE(AT("unary.f32:Tan"), "Tan", ISA, ISA_RANK);
