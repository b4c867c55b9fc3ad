// SPDX-License-Identifier: Apache-2.0
// pass.h - runs the passes over a model's graphs.
#ifndef TN_PASS_PASS_H
#define TN_PASS_PASS_H

#include "base/diag.h"
#include "ir/graph.h"

// Level after level; within a level every pass in the order of the files' names, again and again until none
// changes anything. A pass is given one graph at a time: bodies first, the main graph last. `options` may be
// NULL.
tn_status tni_passes_run(tn_graph *g, const tn_pass_options *options, tn_diags *diags);

#endif
