// SPDX-License-Identifier: Apache-2.0
// share.h - what the contexts of a plan find out for each other, although it never changes: which parts of
// the block were held against their digests, which constants were made from what was packed, and constants
// that were packed while running (for kernels that were not the builder's choice, because a body's sizes were
// not known then or because other sizes came).
#ifndef TN_PLAN_SHARE_H
#define TN_PLAN_SHARE_H

#include "plan/plan.h"

tn_status tni_shared_new(tn_plan *p, bool checked); // `checked`: all of it is known to be whole
void tni_shared_free(tn_plan *p);

// What `t` packs for the problem of step `s`: what was packed before by any context, else packed now and kept
// as long as the plan. NULL with *full: the step has too many different ones already, nothing was packed;
// else out of memory. `bytes` is more than 0.
const void *tni_shared_pack(const tn_plan *p, const tni_step *s, const tn_tactic_def *t,
                            const tn_problem *problem, size_t bytes, bool *full);

#endif
