// SPDX-License-Identifier: Apache-2.0
// isa.h - what the kernels in this folder are compiled for: the baseline of any machine.
#ifndef TN_CPU_ISA_H
#define TN_CPU_ISA_H

#include "tenon/ext.h"

#define VL 4
#define ISA 0
#define ISA_RANK 100
#define AT(name) "cpu.generic." name

#endif
