// SPDX-License-Identifier: Apache-2.0
// gate_f32.c - the two products of squeeze-and-excitation, for any machine: see ../kern/gate_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/gate_f32.inl"

TN_TACTIC(cpu_generic_gate_f32) = GATE(AT("gate.f32"), ISA, ISA_RANK);
