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

extern const tn_op_def tn_op_tn_blocked_conv;

// Between the two forms; `plain` says how many channels there are. Padded lanes are filled with zeros.
void tni_to_blocked(const tn_tensor *blocked, const tn_tensor *plain);
void tni_from_blocked(const tn_tensor *plain, const tn_tensor *blocked);

#endif
