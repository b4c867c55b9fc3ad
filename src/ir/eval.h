// SPDX-License-Identifier: Apache-2.0
// eval.h - the reference interpreter: runs a node or a graph with the operators' reference kernels, tensors
// in an arena. It folds constants, replays fused-away tensors for taps, and is the oracle of the tests.
#ifndef TN_IR_EVAL_H
#define TN_IR_EVAL_H

#include "ir/graph.h"

typedef struct tni_eval_limits {
    size_t max_bytes;  // of results and temporaries; 0: none
    int64_t max_trips; // of node executions; 0: none
} tni_eval_limits;

// Runs one node. `in[i]` NULL: omitted. `out[i]` is made in `arena`. Captured values of its bodies are looked
// up as constants first, then through `get` (may be NULL).
typedef const tn_tensor *(*tni_lookup)(void *user, const tni_value *v);
tn_status tni_eval_node(const tni_node *n, tni_arena *arena, const tn_tensor *const *in, tn_tensor **out,
                        tni_lookup get, void *user, const tni_eval_limits *limits, tn_diags *diags);
// Runs a graph: `in` has one tensor per graph input, `out` gets one per graph output.
tn_status tni_eval_graph(const tn_graph *g, tni_arena *arena, const tn_tensor *const *in,
                         const tn_tensor **out, tni_lookup get, void *user, const tni_eval_limits *limits,
                         tn_diags *diags);

#endif
