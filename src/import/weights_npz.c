// SPDX-License-Identifier: Apache-2.0
// weights_npz.c - NumPy's arrays: one (.npy), or named ones in a zip archive (.npz). Stored ones are used in
// place where their alignment allows.
#include "import/npy.h"
#include "import/weights.h"
#include "import/zip.h"

#include <string.h>

typedef struct array {
    tni_zip zip;
    tni_zip_member member;
} array;

static tn_status make_array(tn_weights *w, const tni_weight *row, tni_arena *to, tn_tensor **t,
                            tn_diags *diags) {
    const array *a = row->source;
    tni_storage_view v;
    tn_str bytes;
    TN_TRY(tni_zip_read(&a->zip, &a->member, to, &bytes, diags));
    TN_TRY(tni_npy_view(&v, bytes.text, bytes.size, row->info.name, diags));
    const char *why = tni_storage_check(&v);
    if (!why && (v.dtype != row->info.dtype || v.rank != row->info.rank ||
                 memcmp(v.dim, row->dim, (size_t)v.rank * sizeof *v.dim)))
        why = "it changed while it was read";
    if (why) return tni_error(diags, TN_FORMAT, "'%s': array '%s': %s", w->path, row->info.name, why);
    return tni_storage_tensor(t, to, &v);
}

enum {
    HEADER_BYTES = 4096
}; // enough of an array for its type and shape; its data is unpacked when asked for

static tn_status add_array(tn_weights *w, const tni_zip *z, const tni_zip_member *m, tn_diags *diags) {
    char start[HEADER_BYTES];
    size_t got, n = m->name.size > 4 && !memcmp(m->name.text + m->name.size - 4, ".npy", 4) ? 4 : 0;
    tni_storage_view v;
    const char *name = tni_arena_text(&w->arena, m->name.text, m->name.size - n);
    const array *kept = tni_arena_copy(&w->arena, &(array){*z, *m}, sizeof *kept);
    if (!name || !kept) return TN_NOMEM;
    TN_TRY(tni_zip_peek(z, m, start, sizeof start, &got, diags));
    if (tni_npy_view(&v, start, got, name, NULL) != TN_OK)
        return tni_weights_left_out(w, name, "it is no array of numbers", diags);
    tni_weight *row;
    TN_TRY(tni_weights_add(w, name, v.dtype, v.rank, v.dim, &row, diags));
    row->make = make_array;
    row->source = kept;
    return TN_OK;
}

tn_status tni_npz_weights(tn_weights *w, const tni_file *f, tn_diags *diags) {
    tni_zip z;
    tni_zip_member m;
    w->format = "npz";
    TN_TRY(tni_zip_open(&z, f->data, f->size, diags));
    size_t at = z.directory, n = 0;
    for (; n < z.count && tni_zip_next(&z, &at, &m); n++) TN_TRY(add_array(w, &z, &m, diags));
    return n == z.count ? TN_OK : tni_error(diags, TN_FORMAT, "'%s': its directory is damaged", w->path);
}

// The array is called what the file is.
tn_status tni_npy_weights(tn_weights *w, const tni_file *f, tn_diags *diags) {
    const char *slash = strrchr(w->path, '/'), *name = slash ? slash + 1 : w->path;
    size_t n = strlen(name);
    tni_storage_view v;
    w->format = "npy";
    TN_TRY(tni_npy_view(&v, f->data, f->size, w->path, diags));
    const char *why = tni_storage_check(&v);
    if (why) return tni_error(diags, TN_FORMAT, "cannot read '%s': %s", w->path, why);
    if (n > 4 && !strcmp(name + n - 4, ".npy")) name = tni_arena_text(&w->arena, name, n - 4);
    return name ? tni_weights_add_view(w, name, &v, diags) : TN_NOMEM;
}
