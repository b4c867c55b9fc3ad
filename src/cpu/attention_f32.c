// SPDX-License-Identifier: Apache-2.0
// attention_f32.c - Attention and GroupQueryAttention: see kern/attention.inl and
// kern/group_query_f32.inl.
#include "cpu/isa.h"

#include "cpu/kern/group_query_f32.inl"

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(attention_f32) = ATTENTION(AT("attention.f32"), ISA_RANK,
                                     "blocks of keys under tiles of queries, softmax on the way",
                                     attention_reject);
TN_KERNEL(attention_f32_grouped) = GROUP_QUERY(AT("attention.f32.grouped"), ISA_RANK);
