// SPDX-License-Identifier: Apache-2.0
// eltwise_f32.c - functions of one element and of two, for any machine: see ../kern/eltwise_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/eltwise_f32.inl"

TN_TACTIC(cpu_generic_eltwise_f32_abs) = UNARY(AT("eltwise.f32:Abs"), "Abs", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_ceil) = UNARY(AT("eltwise.f32:Ceil"), "Ceil", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_clip) = UNARY(AT("eltwise.f32:Clip"), "Clip", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_cos) = UNARY(AT("eltwise.f32:Cos"), "Cos", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_elu) = UNARY(AT("eltwise.f32:Elu"), "Elu", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_erf) = UNARY(AT("eltwise.f32:Erf"), "Erf", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_exp) = UNARY(AT("eltwise.f32:Exp"), "Exp", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_floor) = UNARY(AT("eltwise.f32:Floor"), "Floor", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_gelu) = UNARY(AT("eltwise.f32:Gelu"), "Gelu", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_hardsigmoid) = UNARY(AT("eltwise.f32:HardSigmoid"), "HardSigmoid", NULL,
                                                       ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_hardswish) = UNARY(AT("eltwise.f32:HardSwish"), "HardSwish", NULL, ISA,
                                                     ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_leakyrelu) = UNARY(AT("eltwise.f32:LeakyRelu"), "LeakyRelu", NULL, ISA,
                                                     ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_log) = UNARY(AT("eltwise.f32:Log"), "Log", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_mish) = UNARY(AT("eltwise.f32:Mish"), "Mish", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_neg) = UNARY(AT("eltwise.f32:Neg"), "Neg", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_reciprocal) = UNARY(AT("eltwise.f32:Reciprocal"), "Reciprocal", NULL, ISA,
                                                      ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_relu) = UNARY(AT("eltwise.f32:Relu"), "Relu", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_round) = UNARY(AT("eltwise.f32:Round"), "Round", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_selu) = UNARY(AT("eltwise.f32:Selu"), "Selu", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_sigmoid) = UNARY(AT("eltwise.f32:Sigmoid"), "Sigmoid", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_sign) = UNARY(AT("eltwise.f32:Sign"), "Sign", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_sin) = UNARY(AT("eltwise.f32:Sin"), "Sin", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_softplus) = UNARY(AT("eltwise.f32:Softplus"), "Softplus", NULL, ISA,
                                                    ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_softsign) = UNARY(AT("eltwise.f32:Softsign"), "Softsign", NULL, ISA,
                                                    ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_sqrt) = UNARY(AT("eltwise.f32:Sqrt"), "Sqrt", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_swish) = UNARY(AT("eltwise.f32:Swish"), "Swish", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_tanh) = UNARY(AT("eltwise.f32:Tanh"), "Tanh", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_thresholdedrelu) = UNARY(AT("eltwise.f32:ThresholdedRelu"),
                                                           "ThresholdedRelu", NULL, ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_add) = BINARY(AT("eltwise.f32:Add"), "Add", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_div) = BINARY(AT("eltwise.f32:Div"), "Div", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_max) = BINARY(AT("eltwise.f32:Max"), "Max", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_min) = BINARY(AT("eltwise.f32:Min"), "Min", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_mul) = BINARY(AT("eltwise.f32:Mul"), "Mul", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_prelu) = BINARY(AT("eltwise.f32:PRelu"), "PRelu", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_sub) = BINARY(AT("eltwise.f32:Sub"), "Sub", ISA, ISA_RANK);
TN_TACTIC(cpu_generic_eltwise_f32_sum) = BINARY(AT("eltwise.f32:Sum"), "Sum", ISA, ISA_RANK);
