// SPDX-License-Identifier: Apache-2.0
// isa.h - what a kernel is compiled for. A source in src/cpu/ is compiled once for each instruction set that
// it names with TN_ISAS, as TN_CPU (cmake/kernels.cmake), and each TN_KERNEL in it is one tactic of each.
#ifndef TN_CPU_ISA_H
#define TN_CPU_ISA_H

#include "tenon/ext.h"

// A row: floats in a vector, what the processor must have, the rank of a kernel that nothing sets apart.
#define VL_generic 4 // the baseline of any machine
#define ISA_generic 0
#define RANK_generic 100
#define VL_avx2 8
#define ISA_avx2 TN_ISA_AVX2
#define RANK_avx2 200
#define VL_avx512 16
#define ISA_avx512 TN_ISA_AVX512
#define RANK_avx512 300
#define VL_avx512vnni 16
#define ISA_avx512vnni (TN_ISA_AVX512 | TN_ISA_VNNI)
#define RANK_avx512vnni 400
#define VL_avx512bf16 16
#define ISA_avx512bf16 (TN_ISA_AVX512 | TN_ISA_BF16)
#define RANK_avx512bf16 500
#define VL_amx 16 // beside tiles of bf16 and of 8-bit numbers
#define ISA_amx (TN_ISA_AVX512 | TN_ISA_VNNI | TN_ISA_BF16 | TN_ISA_AMX)
#define RANK_amx 600

#define ISA_PASTE_(a, b) a##b
#define ISA_PASTE(a, b) ISA_PASTE_(a, b)
#define ISA_TEXT_(a) #a
#define ISA_TEXT(a) ISA_TEXT_(a)

#define VL ISA_PASTE(VL_, TN_CPU)
#define ISA ISA_PASTE(ISA_, TN_CPU)
#define ISA_RANK ISA_PASTE(RANK_, TN_CPU)
#define AT(name) "cpu." ISA_TEXT(TN_CPU) "." name

#define TN_ISAS(...) struct tni_isas // read by cmake/kernels.cmake; nothing to the compiler
#define TN_KERNEL_(isa, name) TN_TACTIC(cpu_##isa##_##name)
#define TN_KERNEL__(isa, name) TN_KERNEL_(isa, name)
#define TN_KERNEL(name) TN_KERNEL__(TN_CPU, name)

#endif
