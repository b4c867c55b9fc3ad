// SPDX-License-Identifier: Apache-2.0
// norm_f32.c - normalisations, for any machine: see ../kern/norm_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/norm_f32.inl"

TN_TACTIC(cpu_generic_norm_f32_batch) = NORM(AT("norm.f32:BatchNormalization"), "BatchNormalization", ISA,
                                             ISA_RANK, batch_reject);
TN_TACTIC(cpu_generic_norm_f32_group) = NORM(AT("norm.f32:GroupNormalization"), "GroupNormalization", ISA,
                                             ISA_RANK, norm_reject);
TN_TACTIC(cpu_generic_norm_f32_instance) = NORM(AT("norm.f32:InstanceNormalization"), "InstanceNormalization",
                                                ISA, ISA_RANK, norm_reject);
TN_TACTIC(cpu_generic_norm_f32_layer) = NORM(AT("norm.f32:LayerNormalization"), "LayerNormalization", ISA,
                                             ISA_RANK, row_reject);
TN_TACTIC(cpu_generic_norm_f32_rms) = NORM(AT("norm.f32:RMSNormalization"), "RMSNormalization", ISA, ISA_RANK,
                                           row_reject);
TN_TACTIC(cpu_generic_norm_f32_moments) = NORM_MOMENTS(AT("norm.f32:MeanVarianceNormalization"), ISA,
                                                       ISA_RANK);
