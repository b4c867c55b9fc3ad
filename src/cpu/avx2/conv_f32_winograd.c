// SPDX-License-Identifier: Apache-2.0
// conv_f32_winograd.c - tn.BlockedConv and tn.BlockedConvTranspose by minimal filtering, for AVX2: see
// ../kern/conv_f32_winograd.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/conv_f32_winograd.inl"

TN_TACTIC(cpu_avx2_conv_f32_winograd_2) = CONV_WINOGRAD(AT("conv.f32.winograd:F2"), "BlockedConv", 2, ahead,
                                                        ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_4) = CONV_WINOGRAD(AT("conv.f32.winograd:F4"), "BlockedConv", 4, ahead,
                                                        ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_6) = CONV_WINOGRAD(AT("conv.f32.winograd:F6"), "BlockedConv", 6, ahead,
                                                        ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_4_late) = CONV_WINOGRAD(AT("conv.f32.winograd:F4-late"), "BlockedConv",
                                                             4, late, ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_6_late) = CONV_WINOGRAD(AT("conv.f32.winograd:F6-late"), "BlockedConv",
                                                             6, late, ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_2_transposed) = CONV_WINOGRAD(AT("conv.f32.winograd:T2"),
                                                                   "BlockedConvTranspose", 2, ahead, ISA,
                                                                   ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_4_transposed) = CONV_WINOGRAD(AT("conv.f32.winograd:T4"),
                                                                   "BlockedConvTranspose", 4, ahead, ISA,
                                                                   ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_6_transposed) = CONV_WINOGRAD(AT("conv.f32.winograd:T6"),
                                                                   "BlockedConvTranspose", 6, ahead, ISA,
                                                                   ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_4_transposed_late) = CONV_WINOGRAD(AT("conv.f32.winograd:T4-late"),
                                                                        "BlockedConvTranspose", 4, late, ISA,
                                                                        ISA_RANK);
TN_TACTIC(cpu_avx2_conv_f32_winograd_6_transposed_late) = CONV_WINOGRAD(AT("conv.f32.winograd:T6-late"),
                                                                        "BlockedConvTranspose", 6, late, ISA,
                                                                        ISA_RANK);
