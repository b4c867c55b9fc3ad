// SPDX-License-Identifier: Apache-2.0
// resize_f32.c - Resize, for any machine: see ../kern/resize_f32.inl.
#include "cpu/generic/isa.h"

#include "cpu/kern/resize_f32.inl"

TN_TACTIC(cpu_generic_resize_f32) = RESIZE(AT("resize.f32:Resize"), ISA, ISA_RANK);
