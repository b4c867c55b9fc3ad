// SPDX-License-Identifier: Apache-2.0
// pass.h - runs the passes over a model's graphs.
#ifndef TN_PASS_PASS_H
#define TN_PASS_PASS_H

#include "base/diag.h"
#include "ir/graph.h"

// What a node's fastest kernel takes in the shapes tuned for.
typedef struct tni_costs {
    tn_status (*begin)(void *user); // the graph has changed
    // Nanoseconds; 0: not known. `measured`: by timing it (if anything is timed at all), else about.
    double (*of)(void *user, const tni_node *n, bool measured);
    void *user;
    bool (*served)(void *user, const tni_node *n); // some kernel takes it; NULL: not known
} tni_costs;

// Level after level; within a level every pass in the order of the files' names, again and again until none
// changes anything. Levels 1 and 2, which simplify and fuse, take turns until nothing is left to fuse. A pass
// is given one graph at a time: bodies first, the main graph last. `options` may be NULL.
tn_status tni_passes_run(tn_graph *g, const tn_pass_options *options, tn_diags *diags);
// The same where costs are known: without them the pass `blocked` blocks whatever it can.
tn_status tni_passes_run_by(tn_graph *g, const tn_pass_options *options, const tni_costs *costs,
                            tn_diags *diags);

#endif
