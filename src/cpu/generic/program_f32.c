// SPDX-License-Identifier: Apache-2.0
// program_f32.c - elementwise nodes as one step, for any machine: see ../kern/program_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/program_f32.inl"

TN_TACTIC(cpu_generic_program_f32) = PROGRAM(AT("program.f32:Program"), ISA, ISA_RANK);
