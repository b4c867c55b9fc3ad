// SPDX-License-Identifier: Apache-2.0
// attention_f32.c - Attention, for any machine: see ../kern/attention_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/attention_f32.inl"

TN_TACTIC(cpu_generic_attention_f32) = ATTENTION(AT("attention.f32"), ISA, ISA_RANK);
