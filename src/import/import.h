// SPDX-License-Identifier: Apache-2.0
// import.h - everything that comes in from files: models, and tensors for inputs and expected outputs.
#ifndef TN_IMPORT_IMPORT_H
#define TN_IMPORT_IMPORT_H

#include "base/file.h"
#include "ir/graph.h"

// Reads a model, its kind told by its content: ONNX or the text form. Other files that people have (engines,
// PyTorch archives, pickles, HDF5...) are named in the message. `options` may be NULL.
tn_status tni_import_file(tn_graph **g, tn_env *env, const char *path, const tn_load_options *options,
                          tn_diags *diags);
// `data` must outlive the graph. External data is looked for in `folder`; NULL: refused.
tn_status tni_import_memory(tn_graph **g, tn_env *env, const void *data, size_t size, const char *name,
                            const char *folder, const tn_load_options *options, tn_diags *diags);

// Reads a value from .npy, .npz ("FILE.npz:NAME"), .pb or raw bytes, told apart by content, name last, into
// `to`. `format` may be NULL.
tn_status tni_tensor_file_load(tn_tensor **t, tni_arena *to, const char *path, const tn_tensor_format *format,
                               tn_diags *diags);
#endif
