// SPDX-License-Identifier: Apache-2.0
// conv_f32_planar.c - Conv and tn.Conv of small images, for AVX-512: see ../kern/conv_f32_planar.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_f32_planar.inl"

TN_TACTIC(cpu_avx512_conv_f32_planar) = CONV_PLANAR(AT("conv.f32.planar:Conv"), "Conv", NULL, ISA,
                                                    ISA_RANK + 25);
TN_TACTIC(cpu_avx512_conv_f32_planar_fused) = CONV_PLANAR(AT("conv.f32.planar:tn.Conv"), "Conv", "tn", ISA,
                                                          ISA_RANK + 25);
