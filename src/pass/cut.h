// SPDX-License-Identifier: Apache-2.0
// cut.h - minimum cuts: which of two sides each place takes, so that what the edges between the sides cost is
// least (Boykov and Kolmogorov, "An Experimental Comparison of Min-Cut/Max-Flow Algorithms", 2004, say what
// sums of costs are cuts).
#ifndef TN_PASS_CUT_H
#define TN_PASS_CUT_H

#include "base/arena.h"

enum { TNI_CUT_FIRST, TNI_CUT_SECOND }; // places 0 and 1 are the sides themselves
#define TNI_CUT_NEVER (INT64_MAX / 4)

typedef struct tni_cut tni_cut;
tni_cut *tni_cut_new(tni_arena *a, size_t places, size_t edges); // room for `edges`; NULL: out of memory
// Costs `cost` when `from` is on the first side and `to` on the second.
void tni_cut_edge(tni_cut *c, int from, int to, int64_t cost);
// Fills second[place]; where both sides cost the same, a place is on the first. Returns what it costs.
int64_t tni_cut_solve(tni_cut *c, bool *second);

#endif
