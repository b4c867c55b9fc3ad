// SPDX-License-Identifier: Apache-2.0
// file.h - files: mapped or read whole, written atomically, opened only beneath a folder.
#ifndef TN_BASE_FILE_H
#define TN_BASE_FILE_H

#include "base/alloc.h"
#include "base/diag.h"

typedef struct tni_file {
    const unsigned char *data;
    size_t size;
    tn_env *env;   // set when `data` was read into memory instead of mapped
    bool borrowed; // `data` is somebody else's
} tni_file;

tn_status tni_file_map(tni_file *f, const char *path, tn_diags *diags);
tn_status tni_file_read(tni_file *f, tn_env *env, const char *path, tn_diags *diags);
void tni_file_close(tni_file *f);
// Lets the system take back the memory of these bytes of a mapped file; whoever reads them has them again.
void tni_file_release(const tni_file *f, size_t offset, size_t size);

// Maps `name`, which comes from a model, beneath `folder`: no absolute path, no "..", no symbolic link, a
// regular file only. With `follow` only "is a regular file" is asked.
tn_status tni_file_map_beneath(tni_file *f, const char *folder, const char *name, bool follow,
                               tn_diags *diags);

// A file that appears whole or not at all: written beside `path` (without a name where the
// system can), flushed, renamed over it.
typedef struct tni_save {
    int fd;
    bool unnamed;           // written without a name, which it gets at the end
    char *path, *temporary; // env memory
    tn_env *env;
    tn_status status; // the first failure sticks
} tni_save;
tn_status tni_save_begin(tni_save *s, tn_env *env, const char *path, tn_diags *diags);
void tni_save_write(tni_save *s, const void *data, size_t size);
// Renames into place when everything succeeded, else removes what was written.
tn_status tni_save_end(tni_save *s, tn_diags *diags);

#endif
