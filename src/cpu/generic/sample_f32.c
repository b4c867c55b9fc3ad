// SPDX-License-Identifier: Apache-2.0
// sample_f32.c - GridSample, for any machine: see ../kern/sample_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/sample_f32.inl"

TN_TACTIC(cpu_generic_sample_f32) = SAMPLE(AT("sample.f32"), ISA, ISA_RANK);
