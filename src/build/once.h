// SPDX-License-Identifier: Apache-2.0
// once.h - weights once: a constant that a kernel packed need not be in the engine beside what was packed.
#ifndef TN_BUILD_ONCE_H
#define TN_BUILD_ONCE_H

#include "plan/writer.h"

// Tells the writer how input `i` of the problem, a constant, is made from piece `from`, which is what the
// kernel packed (`packed`); nothing where packing did more than move its numbers. Fails only for want of
// memory.
tn_status tni_weights_once(tni_writer *w, const tn_tactic_def *t, const tn_problem *p, int i,
                           const void *packed, uint32_t from);

#endif
