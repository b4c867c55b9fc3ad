// SPDX-License-Identifier: Apache-2.0
// profile.h - the sizes that kernels are chosen for: what min, opt and max shapes say, and what is usual
// where nobody said anything. They steer tuning; an engine runs any shape its model allows.
#ifndef TN_PLAN_PROFILE_H
#define TN_PLAN_PROFILE_H

#include "ir/graph.h"

// Every shape names an input, keeps its rank and fixed sizes, leaves nothing open, and min <= opt <= max.
tn_status tni_profile_check(const tn_graph *g, const tn_build_options *o, tn_diags *diags);
// Every size of input `v` (-1: open) lies within what the model is made for.
tn_status tni_profile_range(const tn_graph *g, const tni_value *v, int rank, const int64_t *dims,
                            tn_diags *diags);
// The sizes to tune input `i` for, one symbol having one size everywhere; -1 where an expression cannot be
// told.
void tni_profile_sizes(const tn_graph *g, const tn_build_options *o, size_t i, int64_t dims[TN_MAX_RANK]);

#endif
