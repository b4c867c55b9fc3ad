// SPDX-License-Identifier: Apache-2.0
// argmax.c - places of extremes, for AVX2: see ../kern/argmax.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/argmax.inl"

TN_TACTIC(cpu_avx2_argmax_max) = ARG(AT("argmax:ArgMax"), "ArgMax", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_argmax_min) = ARG(AT("argmax:ArgMin"), "ArgMin", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_argmax_hardmax) = HARDMAX(AT("argmax:Hardmax"), ISA, ISA_RANK);
