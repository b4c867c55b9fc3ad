// SPDX-License-Identifier: Apache-2.0
// once.h - weights once: a constant that a kernel packed need not be in the engine beside what was packed.
#ifndef TN_BUILD_ONCE_H
#define TN_BUILD_ONCE_H

#include "plan/writer.h"

// How input `i` of the problem, a constant, can be made from what the kernel packs; empty where packing does
// more than move its numbers, or nothing has to be found out. To be asked before packing, so that not all of
// what both need is in memory at once. False: out of memory.
bool tni_weights_order(tni_text *order, const tni_writer *w, const tn_tactic_def *t, const tn_problem *p,
                       int i);
// Tells the writer so (the order becomes its own), if the constant is really in piece `from`, `packed`.
void tni_weights_once(tni_writer *w, tni_text *order, const tn_tensor *constant, const void *packed,
                      uint32_t from);

#endif
