// SPDX-License-Identifier: Apache-2.0
// pick.h - the kernel for a step once its shapes are known.
#ifndef TN_PLAN_PICK_H
#define TN_PLAN_PICK_H

#include "plan/plan.h"

// The tactic the engine chose when it takes this problem; else the highest-ranked one that does (and, unless
// `may_pack`, needs nothing packed); NULL: the reference kernel. The answer depends on the shapes and the CPU
// level only.
const tn_tactic_def *tni_step_pick(const tni_step *step, const tn_problem *p, bool may_pack, unsigned isa);
size_t tni_pack_bytes(const tn_tactic_def *tactic, const tn_problem *p);
// The input whose constant a kernel does not read while running, as it is in the `packed` bytes that it
// packed: the first constant matrix (or more) behind input 0. -1: there is none.
int tni_packed_input(const tn_problem *p, size_t packed);

#endif
