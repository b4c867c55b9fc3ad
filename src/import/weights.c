// SPDX-License-Identifier: Apache-2.0
// weights.c - which reader a weight file wants, told by its first bytes; and what readers have in common.
#include "import/weights.h"

#include "base/le.h"
#include "import/npy.h"
#include "import/zip.h"

#include <string.h>
#include <sys/stat.h>

static tn_status make_view(tn_weights *w, const tni_weight *row, tni_arena *to, tn_tensor **t,
                           tn_diags *diags) {
    (void)w, (void)diags;
    return tni_storage_tensor(t, to, row->source);
}

tn_status tni_weights_add_view(tn_weights *w, const char *name, const tni_storage_view *view,
                               tn_diags *diags) {
    tni_weight *row;
    const tni_storage_view *kept = tni_arena_copy(&w->arena, view, sizeof *view);
    if (!kept) return TN_NOMEM;
    TN_TRY(tni_weights_add(w, name, view->dtype, view->rank, view->dim, &row, diags));
    row->make = make_view;
    row->source = kept;
    return TN_OK;
}

tn_status tni_weights_left_out(tn_weights *w, const char *name, const char *why, tn_diags *diags) {
    tn_diag d = {.severity = TN_WARNING, .file = w->path, .tensor = name};
    tni_diag(diags, &d, "left out: %s", why);
    return TN_OK;
}

static bool begins(const tni_file *f, const char *bytes, size_t n) {
    return f->size >= n && !memcmp(f->data, bytes, n);
}

static bool has_arrays(const tni_zip *z) {
    size_t at = z->directory;
    tni_zip_member m;
    return tni_zip_next(z, &at, &m) && m.name.size > 4 && !memcmp(m.name.text + m.name.size - 4, ".npy", 4);
}

static tn_status read_zip(tn_weights *w, const tni_file *f, tn_diags *diags) {
    tni_zip z;
    TN_TRY(tni_zip_open(&z, f->data, f->size, diags));
    if (tni_pt2_has_weights(f)) return tni_pt2_weights(w, f, diags);
    return has_arrays(&z) ? tni_npz_weights(w, f, diags) : tni_torch_weights(w, f, diags);
}

tn_status tni_weights_read(tn_weights *w, const tni_file *f, const char *path, tn_diags *diags) {
    if (!f->size) return tni_error(diags, TN_FORMAT, "'%s' is empty: was it copied completely?", path);
    if (begins(f, "version https://git-lfs", 23))
        return tni_error(diags, TN_FORMAT,
                         "'%s' is a Git LFS pointer: the file itself was not downloaded (git lfs pull)",
                         path);
    if (tni_zip_is(f->data, f->size)) return read_zip(w, f, diags);
    if (tni_safetensors_is(f)) return tni_safetensors_read(w, f, diags);
    if (tni_npy_is(f->data, f->size)) return tni_npy_weights(w, f, diags);
    if (begins(f, "\x80", 1) || (f->size > 262 && !memcmp(f->data + 257, "ustar", 5)))
        return tni_torch_weights(w, f, diags);
    if (tni_wts_is(f)) return tni_wts_read(w, f, diags);
    return tni_onnx_weights(w, f, path, diags);
}

static bool is_folder(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

// What a folder of a checkpoint holds, as Hugging Face's libraries write it.
static const char *file_in_folder(tni_arena *a, const char *folder) {
    static const char *const names[] = {"model.safetensors.index.json", "model.safetensors",
                                        "pytorch_model.bin.index.json", "pytorch_model.bin"};
    struct stat st;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = tni_arena_printf(a, "%s/%s", folder, names[i]);
        if (path && !stat(path, &st)) return path;
    }
    return NULL;
}

tn_status tni_weights_load(tn_weights *w, const char *path, tn_diags *diags) {
    tni_file f;
    if (is_folder(path)) {
        const char *within = file_in_folder(&w->arena, path);
        if (!within)
            return tni_error(diags, TN_INVALID,
                             "the folder '%s' has neither model.safetensors nor pytorch_model.bin, nor the "
                             "index.json of either",
                             path);
        path = within;
    }
    TN_TRY(tni_file_map(&f, path, diags));
    TN_TRY(tni_weights_keep_file(w, f));
    return tni_shards_is(&f) ? tni_shards_read(w, &f, path, diags) : tni_weights_read(w, &f, path, diags);
}
