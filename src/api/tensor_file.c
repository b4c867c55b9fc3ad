// SPDX-License-Identifier: Apache-2.0
// tensor_file.c - tensors from and to files: each is owned by an arena of its own.
#include "export/npy.h"
#include "import/import.h"
#include "ir/tensor.h"

tn_status tn_tensor_load(tn_tensor **t, tn_env *env, const char *path, const tn_tensor_format *format,
                         tn_diags *diags) {
    tni_arena *a = tni_alloc(env, sizeof *a);
    if (!a) return TN_NOMEM;
    tni_arena_init(a, env);
    tn_status status = tni_tensor_file_load(t, a, path, format, diags);
    if (status == TN_OK) {
        (*t)->owner = a;
        return TN_OK;
    }
    tni_arena_free(a);
    tni_free(env, a);
    return status;
}

tn_status tn_tensor_save(const tn_tensor *t, tn_env *env, const char *path, tn_diags *diags) {
    return tni_npy_write(t, env, path, diags);
}
