// SPDX-License-Identifier: Apache-2.0
// pool.h - pooling as its quantised and global forms share it.
#ifndef TN_OP_POOL_H
#define TN_OP_POOL_H

#include "op/buffer.h"
#include "op/window.h"

typedef enum tni_fold { TNI_FOLD_MAX, TNI_FOLD_MEAN, TNI_FOLD_LP } tni_fold;

typedef struct tni_pooling {
    const tn_tensor *x, *y;
    const tn_tensor *indices; // of MAX, i64; y or indices may be NULL
    tni_window window;
    tni_fold fold;
    double p; // of LP
    bool include_pad, column_major;
} tni_pooling;
tn_status tni_pooling_run(tn_call *c, const tni_pooling *p);

// Outs 0..outs-1 of a pool over in 0: out 0 of its type, out 1 of indices.
tn_status tni_pooling_infer(tn_infer *c, int outs);
void tni_pooling_bind(tni_window *w, tn_attrs attrs, const tn_tensor *x, const tn_tensor *y);

#endif
