// SPDX-License-Identifier: Apache-2.0
// isa.h - what the kernels in this folder are compiled for: AMX tiles of bf16 and of 8-bit numbers, beside
// AVX-512 with its instructions for both.
#ifndef TN_CPU_ISA_H
#define TN_CPU_ISA_H

#include "tenon/ext.h"

#define VL 16
#define ISA (TN_ISA_AVX512 | TN_ISA_VNNI | TN_ISA_BF16 | TN_ISA_AMX)
#define ISA_RANK 600
#define AT(name) "cpu.amx." name

#endif
