// SPDX-License-Identifier: Apache-2.0
// conv_bf16.c - Conv and tn.Conv of bf16, for AMX: see ../kern/conv_bf16.inl.
#include "cpu/amx/isa.h"

#include "cpu/kern/conv_bf16.inl"

TN_TACTIC(cpu_amx_conv_bf16) = CONV_BF16(AT("conv.bf16:Conv"), "Conv", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_amx_conv_bf16_fused) = CONV_BF16(AT("conv.bf16:tn.Conv"), "Conv", "tn", ISA, ISA_RANK);
