// SPDX-License-Identifier: Apache-2.0
// conv_transpose_f32.c - ConvTranspose and tn.ConvTranspose, for any machine: see
// ../kern/conv_transpose_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/conv_transpose_f32.inl"

TN_TACTIC(cpu_generic_conv_transpose_f32) = CONV_TRANSPOSE(AT("conv.transpose.f32"), "ConvTranspose", NULL,
                                                           ISA, ISA_RANK);
TN_TACTIC(cpu_generic_conv_transpose_f32_fused) = CONV_TRANSPOSE(AT("conv.transpose.f32:tn.ConvTranspose"),
                                                                 "ConvTranspose", "tn", ISA, ISA_RANK);
