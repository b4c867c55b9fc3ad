// SPDX-License-Identifier: Apache-2.0
// isa.h - what the kernels in this folder are compiled for.
#ifndef TN_CPU_ISA_H
#define TN_CPU_ISA_H

#include "tenon/ext.h"

#define VL 16
#define ISA (TN_ISA_AVX512 | TN_ISA_BF16)
#define ISA_RANK 500
#define AT(name) "cpu.avx512bf16." name

#endif
