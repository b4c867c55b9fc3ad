// SPDX-License-Identifier: Apache-2.0
// npy.h - NumPy's array files, read.
#ifndef TN_IMPORT_NPY_H
#define TN_IMPORT_NPY_H

#include "base/file.h"
#include "import/storage.h"

bool tni_npy_is(const void *data, size_t size);
// What the header says, and what follows it as the storage, which is not compared with the shape: `data` may
// be a file's beginning.
tn_status tni_npy_view(tni_storage_view *v, const void *data, size_t size, const char *name, tn_diags *diags);
// The array becomes a tensor in the arena, whatever its byte order and layout.
tn_status tni_npy_read(tn_tensor **t, tni_arena *to, const void *data, size_t size, const char *name,
                       tn_diags *diags);
#endif
