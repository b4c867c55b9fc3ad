// SPDX-License-Identifier: Apache-2.0
// eltwise_int.c - arithmetic of integers, for any machine: see ../kern/eltwise_int.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/eltwise_int.inl"

TN_TACTIC(cpu_generic_eltwise_int_add) = INT_PAIR(AT("eltwise.int:Add"), "Add", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_bitwise_and) = INT_PAIR(AT("eltwise.int:BitwiseAnd"), "BitwiseAnd", ISA,
                                                          ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_bitwise_or) = INT_PAIR(AT("eltwise.int:BitwiseOr"), "BitwiseOr", ISA,
                                                         ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_bitwise_xor) = INT_PAIR(AT("eltwise.int:BitwiseXor"), "BitwiseXor", ISA,
                                                          ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_div) = INT_PAIR(AT("eltwise.int:Div"), "Div", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_max) = INT_PAIR(AT("eltwise.int:Max"), "Max", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_min) = INT_PAIR(AT("eltwise.int:Min"), "Min", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_mod) = INT_PAIR(AT("eltwise.int:Mod"), "Mod", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_mul) = INT_PAIR(AT("eltwise.int:Mul"), "Mul", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_sub) = INT_PAIR(AT("eltwise.int:Sub"), "Sub", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_clip) = INT_ONE(AT("eltwise.int:Clip"), "Clip", int_one_reject,
                                                  int_clip_call, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_neg) = INT_ONE(AT("eltwise.int:Neg"), "Neg", int_one_reject, int_neg_call,
                                                 ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_not) = INT_ONE(AT("eltwise.int:Not"), "Not", int_not_reject, int_not_call,
                                                 ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_abs) = INT_ONE(AT("eltwise.int:Abs"), "Abs", int_one_reject, int_abs_call,
                                                 ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_bitwise_not) = INT_ONE(AT("eltwise.int:BitwiseNot"), "BitwiseNot",
                                                         int_one_reject, int_flip_call, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_relu) = INT_ONE(AT("eltwise.int:Relu"), "Relu", int_one_reject,
                                                  int_relu_call, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_int_sign) = INT_ONE(AT("eltwise.int:Sign"), "Sign", int_one_reject,
                                                  int_sign_call, ISA, ISA_RANK);
