// SPDX-License-Identifier: Apache-2.0
// attention_f32.c - Attention and GroupQueryAttention, for any machine: see ../kern/attention_f32.inl and
// ../kern/group_query_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/group_query_f32.inl"

TN_TACTIC(cpu_generic_attention_f32) = ATTENTION(AT("attention.f32"), ISA, ISA_RANK);
TN_TACTIC(cpu_generic_attention_f32_grouped) = GROUP_QUERY(AT("attention.f32.grouped"), ISA, ISA_RANK);
