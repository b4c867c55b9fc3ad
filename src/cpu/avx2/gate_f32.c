// SPDX-License-Identifier: Apache-2.0
// gate_f32.c - the two products of squeeze-and-excitation, for AVX2: see ../kern/gate_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/gate_f32.inl"

TN_TACTIC(cpu_avx2_gate_f32) = GATE(AT("gate.f32"), ISA, ISA_RANK);
