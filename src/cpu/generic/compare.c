// SPDX-License-Identifier: Apache-2.0
// compare.c - comparisons, logic, Where, for any machine: see ../kern/compare.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/compare.inl"

TN_TACTIC(cpu_generic_compare_and) = COMPARE(AT("compare:And"), "And", 3, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_equal) = COMPARE(AT("compare:Equal"), "Equal", 0, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_greater) = COMPARE(AT("compare:Greater"), "Greater", 0, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_greater_equal) = COMPARE(AT("compare:GreaterOrEqual"), "GreaterOrEqual", 0, ISA,
                                                       ISA_RANK);
TN_TACTIC(cpu_generic_compare_isinf) = TESTED(AT("compare:IsInf"), "IsInf", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_isnan) = TESTED(AT("compare:IsNaN"), "IsNaN", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_less) = COMPARE(AT("compare:Less"), "Less", 0, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_less_equal) = COMPARE(AT("compare:LessOrEqual"), "LessOrEqual", 0, ISA,
                                                    ISA_RANK);
TN_TACTIC(cpu_generic_compare_or) = COMPARE(AT("compare:Or"), "Or", 3, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_xor) = COMPARE(AT("compare:Xor"), "Xor", 3, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_compare_where) = WHERE(AT("compare:Where"), ISA, ISA_RANK);
