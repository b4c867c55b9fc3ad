// SPDX-License-Identifier: Apache-2.0
// program_f32.c - elementwise nodes as one step, for AVX2: see ../kern/program_f32.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/program_f32.inl"

TN_TACTIC(cpu_avx2_program_f32) = PROGRAM(AT("program.f32:Program"), ISA, ISA_RANK);
