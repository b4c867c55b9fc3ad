// SPDX-License-Identifier: Apache-2.0
// attend_masks.h - the masks of com.microsoft's Attention and MultiHeadAttention.
#ifndef TN_OP_ATTEND_MASKS_H
#define TN_OP_ATTEND_MASKS_H

#include "op/attend.h"

typedef struct tni_attend_masks {
    // [B] or [2B]: ends, then starts; [B, keys], [B, rows, keys] or [B, 1, most, most]: 0 hides. NULL: none.
    const tn_tensor *mask;
    const tn_tensor *bias; // [B or 1, heads or 1, rows, keys], or NULL
    int64_t batch, heads, rows, keys, past;
    bool causal;
    double filter; // added where nothing may be seen
} tni_attend_masks;

// For tni_attend's `bias`; `user` is the masks.
void tni_attend_mask(void *user, int64_t batch, int64_t head, int64_t row, double *scores);
// The bias (NULL: none) fits the scores.
tn_status tni_attend_check_bias(tn_call *c, const tn_tensor *bias, const tni_attend *a);

#endif
