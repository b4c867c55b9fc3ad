// SPDX-License-Identifier: Apache-2.0
// cast.c - Cast, for any machine: see ../kern/cast.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/cast.inl"

TN_TACTIC(cpu_generic_cast) = CAST(AT("cast:Cast"), ISA, ISA_RANK);
