// SPDX-License-Identifier: Apache-2.0
// quantize_f32.c - to and from quantised integers, for AVX-512: see ../kern/quantize_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/quantize_f32.inl"

TN_TACTIC(cpu_avx512_quantize_f32_quantize) = QUANTIZE(AT("quantize.f32:QuantizeLinear"), "QuantizeLinear",
                                                       quantize_reject, ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_quantize_f32_dequantize) = QUANTIZE(AT("quantize.f32:DequantizeLinear"),
                                                         "DequantizeLinear", dequantize_reject, ISA,
                                                         ISA_RANK);
TN_TACTIC(cpu_avx512_quantize_f32_dynamic) = QUANTIZE_DYNAMIC(AT("quantize.f32:DynamicQuantizeLinear"), ISA,
                                                              ISA_RANK);
