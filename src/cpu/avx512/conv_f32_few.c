// SPDX-License-Identifier: Apache-2.0
// conv_f32_few.c - Conv and tn.Conv with few output channels, for AVX-512: see ../kern/conv_f32_few.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_f32_few.inl"

TN_TACTIC(cpu_avx512_conv_f32_few) = CONV_FEW(AT("conv.f32.few:Conv"), "Conv", NULL, ISA, ISA_RANK + 30);
TN_TACTIC(cpu_avx512_conv_f32_few_fused) = CONV_FEW(AT("conv.f32.few:tn.Conv"), "Conv", "tn", ISA,
                                                    ISA_RANK + 30);
