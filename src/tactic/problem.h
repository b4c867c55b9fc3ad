// SPDX-License-Identifier: Apache-2.0
// problem.h - a problem as text: two nodes with the same key want the same kernel. The key says the operator,
// its attributes, every type and shape, what is constant, and the contents of small constant integers.
//
//     Conv(f32[1,64,56,56], f32[64,64,3,3]c, f32[64]c) f32[1,64,56,56] {group=1,pads=[1,1,1,1]}
#ifndef TN_TACTIC_PROBLEM_H
#define TN_TACTIC_PROBLEM_H

#include "base/str.h"
#include "tenon/ext.h"

void tni_problem_key(tni_text *t, const tn_problem *p); // one line, no tab

#endif
