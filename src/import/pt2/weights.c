// SPDX-License-Identifier: Apache-2.0
// weights.c - parameters, buffers and constants. In the newest layout a payload is a whole storage and a
// table says which view of it a tensor is; in the older ones they are what torch.save wrote, archives within
// the archive. Either way it ends in a view on a storage.
#include "import/pt2/pt2.h"

#include "import/torch_file.h"

#include <string.h>

enum { SMALL = 64 << 10 }; // inference may look at tensors up to this size: they are aligned at once

static bool plain_int(const json_t *symint, int64_t *to) {
    return tni_json_int(json_object_get(symint, "as_int"), to);
}

static bool read_meta(const json_t *meta, tni_storage_view *t) {
    const json_t *sizes = json_object_get(meta, "sizes"), *strides = json_object_get(meta, "strides");
    size_t n = json_array_size(sizes);
    *t = (tni_storage_view){.dtype = tni_pt2_dtype(json_integer_value(json_object_get(meta, "dtype")))};
    if (!t->dtype || n > TN_MAX_RANK || json_array_size(strides) != n) return false;
    t->rank = (int)n;
    for (size_t i = 0; i < n; i++)
        if (!plain_int(json_array_get(sizes, i), &t->dim[i]) ||
            !plain_int(json_array_get(strides, i), &t->stride[i]))
            return false;
    return plain_int(json_object_get(meta, "storage_offset"), &t->offset);
}

static tn_status fail(tni_pt2 *x, const char *name, const char *hint, const char *message) {
    return tni_pt2_error(x, &(tn_diag){.tensor = name}, TN_FORMAT, hint, "%s", message);
}

// ---- the newest layout: a table of views

static const json_t *find_entry(const tni_pt2 *x, const char *name, const char **folder) {
    const json_t *entry = json_object_get(json_object_get(x->weights, "config"), name);
    *folder = entry ? "data/weights" : "data/constants";
    return entry ? entry : json_object_get(json_object_get(x->constants, "config"), name);
}

static tn_status from_table(tni_pt2 *x, const json_t *entry, const char *folder, const char *name,
                            tni_storage_view *view) {
    if (json_is_true(json_object_get(entry, "use_pickle")))
        return fail(x, name, "turn it into a plain tensor before exporting",
                    "it is stored as a Python pickle");
    if (!read_meta(json_object_get(entry, "tensor_meta"), view))
        return fail(x, name, NULL, "its description is malformed, or of an element type that is not known");
    const char *path = tni_arena_printf(&x->scratch, "%s/%s", folder, tni_json_text(entry, "path_name"));
    const tni_zip_member *m = path ? tni_pt2_member(x, path) : NULL;
    if (!path) return TN_NOMEM;
    if (!m) return fail(x, name, "was it copied completely?", "its payload is not in the archive");
    return tni_zip_read(&x->zip, m, &x->graph->root->arena, &view->storage, x->diags);
}

// ---- the older layouts: archives of torch.save

typedef struct saved {
    tni_storage_view view;
    const char *why; // it cannot be had
} saved;

static tn_status keep(void *user, const char *name, const tni_storage_view *view, const char *why) {
    tni_pt2 *x = user;
    saved *s = tni_arena_zalloc(&x->scratch, sizeof *s);
    char *key = tni_arena_text(&x->scratch, name, strlen(name));
    if (!s || !key || !tni_map_set(&x->saved, key, strlen(key), s)) return TN_NOMEM;
    if (view) s->view = *view;
    s->why = view ? NULL : why ? why : "it cannot be had";
    return TN_OK;
}

tn_status tni_pt2_read_saved(tni_pt2 *x, const char *path) {
    const tni_zip_member *m = tni_pt2_member(x, path);
    tni_torch_file file;
    tn_str bytes;
    if (!m) return TN_OK;
    TN_TRY(tni_zip_read(&x->zip, m, &x->graph->root->arena, &bytes, x->diags));
    tn_status status = tni_torch_open(&file, &x->graph->root->arena, bytes.text, bytes.size, path, x->diags);
    if (status == TN_OK) status = tni_torch_each(&file, &(tni_torch_walk){keep, x}, x->diags);
    tni_torch_close(&file);
    return status;
}

// ---- either

static tn_status find_view(tni_pt2 *x, const char *name, tni_storage_view *view) {
    const char *folder;
    const json_t *entry = find_entry(x, name, &folder);
    const saved *s = tni_map_get(&x->saved, name, strlen(name));
    if (entry) return from_table(x, entry, folder, name, view);
    if (!s) return fail(x, name, "was it saved without its weights?", "the archive has no data for it");
    if (s->why) return fail(x, name, NULL, s->why);
    *view = s->view;
    return TN_OK;
}

// Large ones that lie unaligned in the file are copied when it is known that they are needed:
// tni_graph_align.
static tn_status make(tni_pt2 *x, const tni_storage_view *view, tn_tensor **t) {
    tni_arena *a = &x->graph->root->arena;
    if (!view->storage.text) return tni_storage_tensor(t, a, view); // nothing is in it
    const char *at = view->storage.text + (size_t)view->offset * (tn_dtype_bits(view->dtype) / 8);
    tni_storage_view aligned = *view;
    aligned.storage.text = (const char *)((uintptr_t)aligned.storage.text & ~(uintptr_t)(TN_ALIGN - 1));
    bool late = !tni_storage_in_place(view) && tni_storage_in_place(&aligned) && view->dtype != TN_BOOL;
    if (!late) return tni_storage_tensor(t, a, view);
    *t = tni_tensor_view(a, view->dtype, view->rank, view->dim, at);
    if (*t && (*t)->bytes <= SMALL) return tni_storage_tensor(t, a, view);
    x->graph->root->unaligned = true;
    return *t ? TN_OK : TN_NOMEM;
}

const tn_tensor *tni_pt2_weight_tensor(tni_pt2 *x, const char *name) {
    tni_storage_view view;
    tn_tensor *tensor = NULL;
    tn_status status = find_view(x, name, &view);
    const char *why = status == TN_OK ? tni_storage_check(&view) : NULL;
    if (why) status = fail(x, name, "was it copied completely?", why);
    if (status == TN_OK) status = make(x, &view, &tensor);
    if (status == TN_NOMEM) x->nomem = true;
    if (status != TN_OK) x->errors++;
    return status == TN_OK ? tensor : NULL;
}

tni_value *tni_pt2_weight(tni_pt2 *x, const char *name, const char *as) {
    const tn_tensor *tensor = tni_pt2_weight_tensor(x, name);
    tni_value *v = tensor ? tni_value_const(x->graph, as, tensor) : NULL;
    if (tensor && !v) x->nomem = true;
    return v;
}
