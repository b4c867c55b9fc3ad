// SPDX-License-Identifier: Apache-2.0
// npy.h - NumPy's array files, both ways.
#ifndef TN_IMPORT_NPY_H
#define TN_IMPORT_NPY_H

#include "base/arena.h"
#include "base/file.h"

bool tni_npy_is(const void *data, size_t size);
// The array becomes a tensor in the arena, whatever its byte order and layout.
tn_status tni_npy_read(tn_tensor **t, tni_arena *to, const void *data, size_t size, const char *name,
                       tn_diags *diags);
// Types that NumPy has no name for are written as it would see them: bf16 as V2, the 8-bit floats as u1,
// narrower ones one byte an element.
tn_status tni_npy_write(const tn_tensor *t, tn_env *env, const char *path, tn_diags *diags);

#endif
