// SPDX-License-Identifier: Apache-2.0
// zip.h - a bounded reader of zip archives (.npz): members are found through the central directory, which is
// the one place that tells their sizes.
#ifndef TN_IMPORT_ZIP_H
#define TN_IMPORT_ZIP_H

#include "base/arena.h"
#include "base/file.h"

typedef struct tni_zip {
    const unsigned char *data;
    size_t size;
    size_t directory, count; // where the entries begin, and how many there are
} tni_zip;

typedef struct tni_zip_member {
    tn_str name;
    unsigned method; // 0 stored, 8 deflated
    size_t header;   // of the local header
    size_t packed, unpacked;
} tni_zip_member;

tn_status tni_zip_open(tni_zip *z, const void *data, size_t size, tn_diags *diags);
// The entry at *at (begin with z->directory), which is moved on. False at the end, or when it is malformed.
bool tni_zip_next(const tni_zip *z, size_t *at, tni_zip_member *m);
// The member's bytes: in the archive when stored, else unpacked into the arena.
tn_status tni_zip_read(const tni_zip *z, const tni_zip_member *m, tni_arena *to, tn_str *bytes,
                       tn_diags *diags);

#endif
