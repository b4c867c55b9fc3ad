// SPDX-License-Identifier: Apache-2.0
// weights.h - the writers of weight files. Tensors are made one at a time, written and dropped: a checkpoint
// need not fit into memory.
#ifndef TN_EXPORT_WEIGHTS_H
#define TN_EXPORT_WEIGHTS_H

#include "ir/weights.h"

// Each writes the rows in the order given to an open file.
typedef struct tni_weights_out {
    tn_weights *w;
    tni_weight *const *row;
    size_t count;
    tni_save *to;
    tni_arena made; // the tensor at hand
    tn_diags *diags;
} tni_weights_out;

// The tensor of row `i`, until the next one is asked for.
tn_status tni_weights_next(tni_weights_out *o, size_t i, const tn_tensor **t);
tn_status tni_safetensors_write(tni_weights_out *o);
tn_status tni_npz_write(tni_weights_out *o);
tn_status tni_wts_write(tni_weights_out *o);

#endif
