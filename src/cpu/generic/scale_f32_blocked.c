// SPDX-License-Identifier: Apache-2.0
// scale_f32_blocked.c - a factor for each channel, for any machine: see
// ../kern/scale_f32_blocked.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/scale_f32_blocked.inl"

TN_TACTIC(cpu_generic_scale_f32_blocked) = SCALE_BLOCKED(AT("scale.f32.blocked:Mul"), ISA, ISA_RANK + 10);
