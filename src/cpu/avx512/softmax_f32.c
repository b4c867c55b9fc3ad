// SPDX-License-Identifier: Apache-2.0
// softmax_f32.c - Softmax and LogSoftmax, for AVX-512: see ../kern/softmax_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/softmax_f32.inl"

TN_TACTIC(cpu_avx512_softmax_f32_softmax) = SOFTMAX(AT("softmax.f32:Softmax"), "Softmax", ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_softmax_f32_logsoftmax) = SOFTMAX(AT("softmax.f32:LogSoftmax"), "LogSoftmax", ISA,
                                                       ISA_RANK);
