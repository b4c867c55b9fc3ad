// SPDX-License-Identifier: Apache-2.0
// layout.h - which nodes of a graph work on blocked activations, where each has a twin that does.
#ifndef TN_PASS_LAYOUT_H
#define TN_PASS_LAYOUT_H

#include "ir/attr.h"
#include "pass/pass.h"

// What tn.FromBlocked has to be told to make a value of this type. Returns how many attributes.
static inline size_t tni_from_blocked_attrs(const tn_type *plain, tn_attr attr[2]) {
    attr[0] = TN_A_INT("channels", plain->dim[1].k);
    attr[1] = TN_A_INT("line", 1);
    return plain->rank == 3 ? 2 : 1;
}

// Nodes with mark 1 have a twin: twin[id] of a value is its blocked form. Those that are faster as they are,
// conversions between the forms counted, lose their twin and get mark 0.
tn_status tni_layout_choose(tn_graph *g, tni_value **twin, size_t ntwin, const tni_costs *costs,
                            tn_diags *diags);

#endif
