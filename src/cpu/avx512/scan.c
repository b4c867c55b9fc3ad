// SPDX-License-Identifier: Apache-2.0
// scan.c - running totals, for AVX-512: see ../kern/scan.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/scan.inl"

TN_TACTIC(cpu_avx512_scan_sum) = SCAN(AT("scan:CumSum"), "CumSum", ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_scan_product) = SCAN(AT("scan:CumProd"), "CumProd", ISA, ISA_RANK);
