// SPDX-License-Identifier: Apache-2.0
// scan.c - running totals, for AVX2: see ../kern/scan.inl.
#include "cpu/avx2/isa.h"

#include "cpu/kern/scan.inl"

TN_TACTIC(cpu_avx2_scan_sum) = SCAN(AT("scan:CumSum"), "CumSum", ISA, ISA_RANK);
TN_TACTIC(cpu_avx2_scan_product) = SCAN(AT("scan:CumProd"), "CumProd", ISA, ISA_RANK);
