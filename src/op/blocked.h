// SPDX-License-Identifier: Apache-2.0
// blocked.h - the blocked form of an activation: [N,C,H,W] as the ordinary rank-5 tensor
//
//     [N, ceil(C/16), H, W, 16]      element (n, c, y, x) at (n, c / 16, y, x, c % 16)
//
// and a volume [N,C,D,H,W] as one of rank 6, the depth before the height.
// Lanes behind the last channel are zero: whoever makes a blocked tensor writes zeros there, so that nothing
// has to ask how many channels are real, and no junk becomes infinite on the way.
#ifndef TN_OP_BLOCKED_H
#define TN_OP_BLOCKED_H

#include "op/op.h"

enum { TNI_BLOCK = 16 };

static inline int64_t tni_blocks(int64_t channels) { return (channels + TNI_BLOCK - 1) / TNI_BLOCK; }

// Channel c of image n: where its first element lies in a blocked tensor.
static inline int64_t tni_lane_at(const tn_tensor *blocked, int64_t n, int64_t c) {
    int64_t plane = tn_count_range(blocked, 2, blocked->rank - 1);
    return ((n * blocked->dim[1] + c / TNI_BLOCK) * plane) * TNI_BLOCK + c % TNI_BLOCK;
}

// In i is a blocked tensor, or of a rank that is not known; `what` names it.
tn_status tni_want_blocked(tn_infer *c, int i, const char *what);

extern const tn_op_def tn_op_tn_blocked_conv;

// Between the two forms; `plain` says how many channels there are. Padded lanes are filled with zeros.
void tni_to_blocked(const tn_tensor *blocked, const tn_tensor *plain);
void tni_from_blocked(const tn_tensor *plain, const tn_tensor *blocked);

#endif
