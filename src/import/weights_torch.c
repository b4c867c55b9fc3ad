// SPDX-License-Identifier: Apache-2.0
// weights_torch.c - PyTorch's checkpoints as named tensors.
#include "import/torch_file.h"
#include "import/weights.h"

typedef struct target {
    tn_weights *w;
    tn_diags *diags;
} target;

static tn_status found(void *user, const char *name, const tni_storage_view *view, const char *why) {
    target *to = user;
    if (!*name) name = "value"; // the file is one tensor
    return view ? tni_weights_add_view(to->w, name, view, to->diags)
                : tni_weights_left_out(to->w, name, why, to->diags);
}

tn_status tni_torch_weights(tn_weights *w, const tni_file *f, tn_diags *diags) {
    tni_torch_file file;
    target to = {w, diags};
    tn_status status = tni_torch_open(&file, &w->arena, f->data, f->size, w->path, diags);
    w->format = file.script ? "TorchScript" : file.zip.count ? "PyTorch" : "PyTorch (legacy)";
    if (status == TN_OK) status = tni_torch_each(&file, &(tni_torch_walk){found, &to}, diags);
    tni_torch_close(&file);
    return status;
}
