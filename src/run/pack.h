// SPDX-License-Identifier: Apache-2.0
// pack.h - constants packed while running: for kernels that were not the builder's choice, because a body's
// sizes were not known then or because other sizes came.
#ifndef TN_RUN_PACK_H
#define TN_RUN_PACK_H

#include "run/frame.h"

// Whether the kernels of this step may have constants packed now: what the problem has data of is constant
// for good, and not for these shapes only.
bool tni_may_pack(const tni_exec *e, const tn_problem *p);
// What `t` packs for the problem: from the plan when it was packed before (share.h), else packed there, or,
// when the step has too many different ones, in `a`. NULL: out of memory. `bytes` is more than 0.
const void *tni_pack(const tn_context *c, const tni_step *s, const tn_tactic_def *t, const tn_problem *p,
                     size_t bytes, tni_arena *a);

#endif
