// SPDX-License-Identifier: Apache-2.0
// weights.h - named tensors, in the order of their file. A row says what a tensor is without having it; its
// numbers are looked for when somebody wants them, and are the file's own bytes wherever those can be used.
//
//     file --src/import/weights*--> tn_weights --src/export/weights*--> file
#ifndef TN_IR_WEIGHTS_H
#define TN_IR_WEIGHTS_H

#include "base/file.h"
#include "ir/tensor.h"

typedef struct tni_weight tni_weight;
struct tni_weight {
    tn_weight_info info; // what the public header shows; dims points to `dim`
    int64_t dim[TN_MAX_RANK];
    const tn_tensor *value; // once it was made to stay
    // Makes the tensor in `to`, from `source`.
    tn_status (*make)(tn_weights *w, const tni_weight *row, tni_arena *to, tn_tensor **t, tn_diags *diags);
    const void *source;
};

struct tn_weights {
    tn_env *env;
    tni_arena arena; // names, rows' sources, tensors that were made
    const char *path, *format;
    tni_weight **row;
    size_t count, room;
    tni_map by_name; // -> tni_weight
    tni_file *file;  // kept open
    size_t files, file_room;
    void (*close)(tn_weights *w); // releases `reader`; NULL: nothing to do
    void *reader;                 // the format's own
};

enum { TNI_MOST_WEIGHTS = 1 << 20 };

tn_status tni_weights_new(tn_weights **w, tn_env *env, const char *path);
// Adds a row; a name that is there already gets the new meaning. `dims` is copied.
tn_status tni_weights_add(tn_weights *w, const char *name, tn_dtype dtype, int rank, const int64_t *dims,
                          tni_weight **row, tn_diags *diags);
tn_status tni_weights_keep_file(tn_weights *w, tni_file file); // closed with `w`, and at once when it fails
// The row's tensor: the one that stays, or one made in `to`.
tn_status tni_weights_make(tn_weights *w, const tni_weight *row, tni_arena *to, const tn_tensor **t,
                           tn_diags *diags);

#endif
