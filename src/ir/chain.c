// SPDX-License-Identifier: Apache-2.0
// chain.c - see chain.h.
#include "ir/chain.h"

#include "ir/attr.h"
#include "ir/blocked.h"

int64_t tni_link_places(tn_attrs chain, int link, int axis, int64_t in, int64_t kernel) {
    int64_t stride = tni_ints_at(chain, "strides", 2 * link + axis, 1);
    int64_t reach = (kernel - 1) * tni_ints_at(chain, "dilations", 2 * link + axis, 1) + 1;
    int64_t pads =
        tni_ints_at(chain, "pads", 4 * link + axis, 0) + tni_ints_at(chain, "pads", 4 * link + axis + 2, 0);
    return in + pads < reach ? 0 : (in + pads - reach) / stride + 1;
}

void tni_chain_sizes(tn_attrs chain, int nin, const tn_tensor *const *in, int64_t size[TNI_LINKS][2]) {
    for (int i = 0; i < tni_chain_links(nin, in); i++)
        for (int axis = 0; axis < 2; axis++) {
            int64_t from = i ? size[i - 1][axis] : in[0]->dim[tni_height_axis(chain, 4) + axis];
            size[i][axis] = tni_link_places(chain, i, axis, from, in[tni_link_weights(i)]->dim[2 + axis]);
        }
}
