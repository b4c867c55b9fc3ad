// SPDX-License-Identifier: Apache-2.0
// conv_f32_pixels.c - Conv and tn.Conv with few output pixels, for AVX-512: see ../kern/conv_f32_pixels.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/conv_f32_pixels.inl"

TN_TACTIC(cpu_avx512_conv_f32_pixels) = CONV_PIXELS(AT("conv.f32.pixels:Conv"), "Conv", NULL, ISA,
                                                    ISA_RANK + 35);
TN_TACTIC(cpu_avx512_conv_f32_pixels_fused) = CONV_PIXELS(AT("conv.f32.pixels:tn.Conv"), "Conv", "tn", ISA,
                                                          ISA_RANK + 35);
