// SPDX-License-Identifier: Apache-2.0
// weights.h - the readers of weight files. Each fills a tn_weights from a file that it was told is of its
// format and that stays open; what it cannot read in a file that is otherwise fine it leaves out with a
// warning.
#ifndef TN_IMPORT_WEIGHTS_H
#define TN_IMPORT_WEIGHTS_H

#include "import/storage.h"
#include "ir/weights.h"

// By content: `path` is a file, or the folder or index of a sharded checkpoint.
tn_status tni_weights_load(tn_weights *w, const char *path, tn_diags *diags);
// One file, already mapped and kept by `w`, of any format but an index.
tn_status tni_weights_read(tn_weights *w, const tni_file *f, const char *path, tn_diags *diags);

bool tni_safetensors_is(const tni_file *f);
tn_status tni_safetensors_read(tn_weights *w, const tni_file *f, tn_diags *diags);
bool tni_shards_is(const tni_file *f);
tn_status tni_shards_read(tn_weights *w, const tni_file *index, const char *path, tn_diags *diags);
bool tni_wts_is(const tni_file *f);
tn_status tni_wts_read(tn_weights *w, const tni_file *f, tn_diags *diags);
tn_status tni_torch_weights(tn_weights *w, const tni_file *f, tn_diags *diags);
bool tni_pt2_has_weights(const tni_file *f);
tn_status tni_pt2_weights(tn_weights *w, const tni_file *f, tn_diags *diags);
tn_status tni_npz_weights(tn_weights *w, const tni_file *f, tn_diags *diags);
tn_status tni_npy_weights(tn_weights *w, const tni_file *f, tn_diags *diags);
tn_status tni_onnx_weights(tn_weights *w, const tni_file *f, const char *path, tn_diags *diags);

// Adds a tensor that is a checked view on a file kept by `w`.
tn_status tni_weights_add_view(tn_weights *w, const char *name, const tni_storage_view *view,
                               tn_diags *diags);
// Tells that `name` was left out, and why.
tn_status tni_weights_left_out(tn_weights *w, const char *name, const char *why, tn_diags *diags);

#endif
