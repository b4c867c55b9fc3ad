// SPDX-License-Identifier: Apache-2.0
// weights.c - opening a file of named tensors.
#include "import/weights.h"

tn_status tn_weights_open(tn_weights **to, tn_env *env, const char *path, tn_diags *diags) {
    tn_weights *w;
    if (!to || !env || !path)
        return tni_error(diags, TN_INVALID, "weights are opened without a path: NULL was given");
    TN_TRY(tni_weights_new(&w, env, path));
    tn_status status = tni_weights_load(w, path, diags);
    if (status == TN_OK)
        *to = w;
    else
        tn_weights_free(w);
    return status;
}
