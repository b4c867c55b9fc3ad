// SPDX-License-Identifier: Apache-2.0
// program.h - programs: what the pass `program` makes of elementwise nodes that read each other, and what its
// kernels take. A tn.Program has a body of ordinary nodes; every result has one shape, to which the inputs
// are broadcast; what lies between two nodes is f32 or bool. The limits are those of a kernel's tables.
#ifndef TN_IR_PROGRAM_H
#define TN_IR_PROGRAM_H

#include "ir/graph.h"

enum { TNI_PROGRAM_IN = 16, TNI_PROGRAM_OUT = 4, TNI_PROGRAM_NODES = 24 };

// A node's bodies describe what it does: its kernels read them, and only where there is none are they run.
// Passes, the tuner and whatever runs bodies by steps of their own leave them alone.
static inline bool tni_bodies_describe(const tni_node *n) { return !(n->op->traits & TN_CONTROL); }

#endif
