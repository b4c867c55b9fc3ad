// SPDX-License-Identifier: Apache-2.0
// chain.h - which layers of blocked activations are taken together.
#ifndef TN_PASS_CHAIN_H
#define TN_PASS_CHAIN_H

#include "pass/pass.h"

extern const tn_pass_def tn_pass_chain;

// The pass `chain`, with costs: what is faster together goes together. Without them (NULL) what makes more
// between two layers than a core's own cache holds.
tn_status tni_chain_run(tn_graph *g, const tni_costs *costs, bool *changed, tn_diags *diags);

#endif
