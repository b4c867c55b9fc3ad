// SPDX-License-Identifier: Apache-2.0
// gate_f32.c - the two products of squeeze-and-excitation, for AVX-512: see ../kern/gate_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/gate_f32.inl"

TN_TACTIC(cpu_avx512_gate_f32) = GATE(AT("gate.f32"), ISA, ISA_RANK);
