// SPDX-License-Identifier: Apache-2.0
// conv_f32_planar.c - Conv and tn.Conv of small images, for any machine: see
// ../kern/conv_f32_planar.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/conv_f32_planar.inl"

TN_TACTIC(cpu_generic_conv_f32_planar) = CONV_PLANAR(AT("conv.f32.planar:Conv"), "Conv", NULL, ISA,
                                                     ISA_RANK + 25);
TN_TACTIC(cpu_generic_conv_f32_planar_fused) = CONV_PLANAR(AT("conv.f32.planar:tn.Conv"), "Conv", "tn", ISA,
                                                           ISA_RANK + 25);
