// SPDX-License-Identifier: Apache-2.0
// chain.h - tn.BlockedChain as numbers: inputs X, then weights and bias of each link, the residual, and last
// the factors of X; a list attribute has the links' values one behind the other.
#ifndef TN_IR_CHAIN_H
#define TN_IR_CHAIN_H

#include "ir/graph.h"

enum { TNI_LINKS = 3, TNI_CHAIN_RESIDUAL = 2 * TNI_LINKS + 1, TNI_CHAIN_FACTORS };

static inline int tni_link_weights(int link) { return 1 + 2 * link; }
static inline int tni_link_bias(int link) { return 2 + 2 * link; }

static inline int tni_chain_links(int nin, const tn_tensor *const *in) {
    int n = 1;
    while (n < TNI_LINKS && tni_link_weights(n) < nin && in[tni_link_weights(n)]) n++;
    return n;
}

// Positions of a link's window along an axis (0: height).
int64_t tni_link_places(tn_attrs chain, int link, int axis, int64_t in, int64_t kernel);
// What each link makes: rows, columns. Weights and X are there.
void tni_chain_sizes(tn_attrs chain, int nin, const tn_tensor *const *in, int64_t size[TNI_LINKS][2]);

#endif
