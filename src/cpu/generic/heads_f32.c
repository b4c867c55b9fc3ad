// SPDX-License-Identifier: Apache-2.0
// heads_f32.c - heads of detectors from blocked activations, for any machine: see ../kern/heads_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/heads_f32.inl"

TN_TACTIC(cpu_generic_heads_f32) = HEADS_OF(AT("heads.f32"), ISA, ISA_RANK);
