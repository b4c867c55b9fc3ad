// SPDX-License-Identifier: Apache-2.0
// argmax.c - places of extremes, for any machine: see ../kern/argmax.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/argmax.inl"

TN_TACTIC(cpu_generic_argmax_max) = ARG(AT("argmax:ArgMax"), "ArgMax", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_argmax_min) = ARG(AT("argmax:ArgMin"), "ArgMin", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_argmax_hardmax) = HARDMAX(AT("argmax:Hardmax"), ISA, ISA_RANK);
