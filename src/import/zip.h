// SPDX-License-Identifier: Apache-2.0
// zip.h - a bounded reader of zip archives (.npz, .pth, .pt2): members are found through the central
// directory, which is the one place that tells their sizes; stored ones are used where they lie.
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
    bool encrypted;
    size_t header; // of the local header
    size_t packed, unpacked;
} tni_zip_member;

bool tni_zip_is(const void *data, size_t size); // by its first bytes
tn_status tni_zip_open(tni_zip *z, const void *data, size_t size, tn_diags *diags);
// The entry at *at (begin with z->directory), which is moved on. False at the end, or when it is malformed.
bool tni_zip_next(const tni_zip *z, size_t *at, tni_zip_member *m);
// The member's bytes: in the archive when stored, else unpacked into the arena.
tn_status tni_zip_read(const tni_zip *z, const tni_zip_member *m, tni_arena *to, tn_str *bytes,
                       tn_diags *diags);
// The member's first `size` bytes (fewer when it is shorter: *got), without unpacking the rest.
tn_status tni_zip_peek(const tni_zip *z, const tni_zip_member *m, void *to, size_t size, size_t *got,
                       tn_diags *diags);

// All members, found by name in constant time. What it needs lies in `to`, names in the archive.
typedef struct tni_zip_index {
    tni_zip zip;
    tni_zip_member *member; // in the directory's order
    size_t count;
    tn_str root; // the first member's first folder without its "/", empty when it lies in none
    tni_map by_name;
} tni_zip_index;

// A name that occurs twice is an error: two readers would see two different files. Release with
// tni_zip_index_free, also after a failure.
tn_status tni_zip_index_open(tni_zip_index *x, tni_arena *to, const void *data, size_t size, tn_diags *diags);
void tni_zip_index_free(tni_zip_index *x);
const tni_zip_member *tni_zip_find(const tni_zip_index *x, const char *name, size_t size); // NULL: none
// The member "ROOT/name", or "name" when there is no root. What does not fit 1024 bytes is not there.
const tni_zip_member *tni_zip_find_in_root(const tni_zip_index *x, const char *name, size_t size);

#endif
