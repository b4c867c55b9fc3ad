// SPDX-License-Identifier: Apache-2.0
// isa.h - what the kernels in this folder are compiled for.
#ifndef TN_CPU_ISA_H
#define TN_CPU_ISA_H

#include "tenon/ext.h"

#define VL 8
#define ISA TN_ISA_AVX2
#define ISA_RANK 200
#define AT(name) "cpu.avx2." name

#endif
