// SPDX-License-Identifier: Apache-2.0
// storage.h - a tensor as PyTorch keeps it: sizes and strides over a storage, the bytes of which may be
// shared with other tensors and lie in a file. Dense, aligned ones in our byte order are used where they lie.
#ifndef TN_IMPORT_STORAGE_H
#define TN_IMPORT_STORAGE_H

#include "ir/tensor.h"

typedef struct tni_storage_view {
    tn_dtype dtype;
    int rank;
    int64_t dim[TN_MAX_RANK], stride[TN_MAX_RANK]; // strides and offset in elements
    int64_t offset;
    tn_str storage; // text NULL: the bytes are not there
    bool swap;      // they are in the other byte order
    bool conjugate,
        negate; // what the storage holds is not yet (PyTorch's lazy conj() and its imaginary part)
} tni_storage_view;

void tni_storage_dense_strides(tni_storage_view *v); // row-major
// Why the view cannot be one of its storage; NULL: it can. To be asked before anything else.
const char *tni_storage_check(const tni_storage_view *v);
bool tni_storage_in_place(const tni_storage_view *v); // no copy is needed
// The tensor, in the arena: a view on the storage where that can be, else a dense copy.
tn_status tni_storage_tensor(tn_tensor **t, tni_arena *to, const tni_storage_view *v);
tn_status tni_storage_copy(tn_tensor **t, tni_arena *to, const tni_storage_view *v); // always a copy

#endif
