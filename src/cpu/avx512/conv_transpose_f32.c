// SPDX-License-Identifier: Apache-2.0
// conv_transpose_f32.c - ConvTranspose and tn.ConvTranspose, for AVX-512: see ../kern/conv_transpose_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_transpose_f32.inl"

TN_TACTIC(cpu_avx512_conv_transpose_f32) = CONV_TRANSPOSE(AT("conv.transpose.f32"), "ConvTranspose", NULL,
                                                          ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_conv_transpose_f32_fused) = CONV_TRANSPOSE(AT("conv.transpose.f32:tn.ConvTranspose"),
                                                                "ConvTranspose", "tn", ISA, ISA_RANK);
