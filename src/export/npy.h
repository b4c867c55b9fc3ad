// SPDX-License-Identifier: Apache-2.0
// npy.h - NumPy's array files, written.
#ifndef TN_EXPORT_NPY_H
#define TN_EXPORT_NPY_H

#include "base/file.h"
#include "ir/tensor.h"

// Atomically. Types that NumPy has no name for are written as it would see them: bf16 as V2, the 8-bit floats
// as u1, narrower ones one byte an element.
tn_status tni_npy_write(const tn_tensor *t, tn_env *env, const char *path, tn_diags *diags);

// The same file as pieces given to `put`, in order.
typedef struct tni_npy_sink {
    void (*put)(void *user, const void *data, size_t size);
    void *user;
} tni_npy_sink;
tn_status tni_npy_pieces(const tn_tensor *t, tn_env *env, const tni_npy_sink *to, tn_diags *diags);

#endif
