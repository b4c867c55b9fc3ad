// SPDX-License-Identifier: Apache-2.0
// torch_file.h - what torch.save wrote: a pickle whose tensors point to storages beside it. Two containers: a
// zip archive (since PyTorch 1.6, and TorchScript's), or a row of pickles followed by the storages (before).
// A pickle without storages is read as well.
#ifndef TN_IMPORT_TORCH_FILE_H
#define TN_IMPORT_TORCH_FILE_H

#include "import/pickle.h"
#include "import/storage.h"
#include "import/zip.h"

typedef struct tni_torch_file {
    const char *name;       // for messages
    const tni_pickle *root; // what was saved
    bool script;            // a TorchScript archive: its program is not read
    bool swap;              // numbers are in the other byte order
    tni_arena *to;
    tni_zip_index zip;
    tni_map storage; // key -> tn_str
    size_t inflated; // packed bytes that were unpacked
    bool nomem;
} tni_torch_file;

// What it makes lies in `to`; storages stay in `data`. Release with tni_torch_close, also after a failure.
tn_status tni_torch_open(tni_torch_file *f, tni_arena *to, const void *data, size_t size, const char *name,
                         tn_diags *diags);
void tni_torch_close(tni_torch_file *f);

// What a saved value is. TNI_TORCH_UNUSABLE: a tensor that cannot be had, and *why.
typedef enum tni_torch_answer { TNI_TORCH_OTHER, TNI_TORCH_TENSOR, TNI_TORCH_UNUSABLE } tni_torch_answer;
// A tensor's or parameter's view is checked against its storage.
tni_torch_answer tni_torch_tensor(tni_torch_file *f, const tni_pickle *v, tni_storage_view *view,
                                  const char **why);
// PyTorch's name of an element type ("float32", "bfloat16") as ours; TN_UNDEFINED: none.
tn_dtype tni_torch_dtype(tn_str name);

// Calls `found` for every tensor in the file, with its name as state_dict() would have it: keys and indices
// joined with "."; a module's _parameters, _buffers and _modules leave no trace. `view` is NULL for one that
// is unusable, and `why` says so. `number` (NULL: none of them is told) is called for numbers and truth
// values among them. A status other than TN_OK ends the walk.
typedef struct tni_torch_walk {
    tn_status (*found)(void *user, const char *name, const tni_storage_view *view, const char *why);
    void *user;
    tn_status (*number)(void *user, const tni_pickle *v);
} tni_torch_walk;
tn_status tni_torch_each(tni_torch_file *f, const tni_torch_walk *walk, tn_diags *diags);

#endif
