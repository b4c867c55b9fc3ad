// SPDX-License-Identifier: Apache-2.0
// conv_f32_winograd.c - 3x3 tn.BlockedConv by minimal filtering, for AVX2: see ../kern/conv_f32_winograd.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_winograd.inl"

TN_TACTIC(cpu_avx2_conv_f32_winograd_2) = CONV_WINOGRAD(AT("conv.f32.winograd:F2"), 2, ISA, ISA_RANK + 1, 0);
TN_TACTIC(cpu_avx2_conv_f32_winograd_4) = CONV_WINOGRAD(AT("conv.f32.winograd:F4"), 4, ISA, ISA_RANK + 2,
                                                        6e-5);
TN_TACTIC(cpu_avx2_conv_f32_winograd_6) = CONV_WINOGRAD(AT("conv.f32.winograd:F6"), 6, ISA, ISA_RANK - 1,
                                                        1e-4);
TN_TACTIC(cpu_avx2_conv_f32_winograd_2_transposed) = CONV_WINOGRAD_OF("BlockedConvTranspose",
                                                                      AT("conv.f32.winograd:T2"), 2, ISA,
                                                                      ISA_RANK + 1, 0);
TN_TACTIC(cpu_avx2_conv_f32_winograd_4_transposed) = CONV_WINOGRAD_OF("BlockedConvTranspose",
                                                                      AT("conv.f32.winograd:T4"), 4, ISA,
                                                                      ISA_RANK + 2, 6e-5);
TN_TACTIC(cpu_avx2_conv_f32_winograd_6_transposed) = CONV_WINOGRAD_OF("BlockedConvTranspose",
                                                                      AT("conv.f32.winograd:T6"), 6, ISA,
                                                                      ISA_RANK - 1, 1e-4);
