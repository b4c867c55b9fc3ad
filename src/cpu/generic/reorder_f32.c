// SPDX-License-Identifier: Apache-2.0
// reorder_f32.c - to and from blocked activations, for any machine: see ../kern/reorder_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/reorder_f32.inl"

TN_TACTIC(cpu_generic_reorder_f32_to) = REORDER(AT("reorder.f32:tn.ToBlocked"), "ToBlocked", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_reorder_f32_from) = REORDER(AT("reorder.f32:tn.FromBlocked"), "FromBlocked", ISA,
                                                  ISA_RANK);
