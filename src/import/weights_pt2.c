// SPDX-License-Identifier: Apache-2.0
// weights_pt2.c - the parameters, buffers and constants of a .pt2 file (torch.export.save) as named tensors;
// the program is not looked at. Three layouts: one raw payload a storage with a table that says what is a
// view of which (the newest), or a torch.save archive within the archive.
#include "import/torch_file.h"
#include "import/weights.h"

#include <string.h>

#ifdef TN_JSON
#include "import/pt2/pt2.h"

static bool ends_with(tn_str s, const char *end) {
    size_t n = strlen(end);
    return s.size >= n && !memcmp(s.text + s.size - n, end, n);
}

// ---- raw payloads

static bool read_ints(const json_t *list, int rank, int64_t *to) {
    for (int i = 0; i < rank; i++)
        if (!tni_json_int(json_object_get(json_array_get(list, (size_t)i), "as_int"), &to[i])) return false;
    return json_array_size(list) == (size_t)rank;
}

// A TensorMeta of known sizes.
static bool read_meta(const json_t *meta, tni_storage_view *v) {
    const json_t *sizes = json_object_get(meta, "sizes");
    if (json_array_size(sizes) > TN_MAX_RANK) return false;
    *v = (tni_storage_view){.rank = (int)json_array_size(sizes)};
    v->dtype = tni_pt2_dtype(json_integer_value(json_object_get(meta, "dtype")));
    return read_ints(sizes, v->rank, v->dim) &&
           read_ints(json_object_get(meta, "strides"), v->rank, v->stride) &&
           tni_json_int(json_object_get(json_object_get(meta, "storage_offset"), "as_int"), &v->offset);
}

static const char *find_view(tn_weights *w, const tni_zip_index *x, const char *path, const json_t *entry,
                             tni_storage_view *v) {
    if (json_is_true(json_object_get(entry, "use_pickle"))) return "it is stored as a Python object";
    if (!read_meta(json_object_get(entry, "tensor_meta"), v)) return "its description is malformed";
    const tni_zip_member *m = tni_zip_find(x, path, strlen(path));
    if (!m || tni_zip_read(&x->zip, m, &w->arena, &v->storage, NULL) != TN_OK)
        return "its payload is not in the archive";
    return tni_storage_check(v);
}

// {"config": {name: {"path_name", "tensor_meta", ...}}}; payloads lie beside the table.
static tn_status read_config(tn_weights *w, const tni_zip_index *x, const tni_zip_member *m, bool swap,
                             tn_diags *diags) {
    tn_str text, folder = m->name;
    json_t *root, *entry;
    const char *name;
    TN_TRY(tni_zip_read(&x->zip, m, &w->arena, &text, diags));
    TN_TRY(tni_json_parse(&root, w->env, text, "a table of weights", diags));
    while (folder.size && folder.text[folder.size - 1] != '/') folder.size--;
    tn_status status = TN_OK;
    json_object_foreach(json_object_get(root, "config"), name, entry) {
        tni_storage_view v;
        const char *path = tni_arena_printf(&w->arena, "%.*s%s", (int)folder.size, folder.text,
                                            tni_json_text(entry, "path_name"));
        if (!path) status = TN_NOMEM;
        if (status != TN_OK) break;
        const char *why = find_view(w, x, path, entry, &v);
        v.swap = swap;
        status = why ? tni_weights_left_out(w, name, why, diags) : tni_weights_add_view(w, name, &v, diags);
    }
    json_decref(root);
    return status;
}

// ---- archives within

static tn_status read_inner(tn_weights *w, const tni_zip_index *x, const tni_zip_member *m, tn_diags *diags) {
    tn_str bytes;
    TN_TRY(tni_zip_read(&x->zip, m, &w->arena, &bytes, diags));
    return tni_torch_weights(w, &(tni_file){.data = (const unsigned char *)bytes.text, .size = bytes.size},
                             diags);
}

static bool is_inner(tn_str name) {
    static const char *const ends[] = {"serialized_state_dict.pt", "serialized_state_dict.json",
                                       "serialized_constants.pt", "serialized_constants.json"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(name, ends[i])) return true;
    bool payloads = tni_find(name.text, name.text + name.size, "/data/weights/") ||
                    tni_find(name.text, name.text + name.size, "/data/constants/");
    return payloads && ends_with(name, ".pt");
}

static bool is_config(tn_str name) {
    return ends_with(name, "weights_config.json") || ends_with(name, "constants_config.json") ||
           ends_with(name, "model_param_config.json");
}

static tn_status read_members(tn_weights *w, const tni_zip_index *x, tn_diags *diags) {
    const tni_zip_member *m = tni_zip_find_in_root(x, "byteorder", 9);
    tn_str order = {"", 0};
    if (m) TN_TRY(tni_zip_read(&x->zip, m, &w->arena, &order, diags));
    bool swap = order.size >= 3 && !memcmp(order.text, "big", 3);
    for (size_t i = 0; i < x->count; i++) {
        if (is_config(x->member[i].name)) TN_TRY(read_config(w, x, &x->member[i], swap, diags));
        if (is_inner(x->member[i].name)) TN_TRY(read_inner(w, x, &x->member[i], diags));
    }
    return TN_OK;
}

bool tni_pt2_has_weights(const tni_file *f) { return tni_pt2_is(f->data, f->size); }

tn_status tni_pt2_weights(tn_weights *w, const tni_file *f, tn_diags *diags) {
    tni_zip_index x;
    tn_status status = tni_zip_index_open(&x, &w->arena, f->data, f->size, diags);
    if (status == TN_OK) status = read_members(w, &x, diags);
    tni_zip_index_free(&x);
    w->format = "pt2";
    return status;
}

#else
bool tni_pt2_has_weights(const tni_file *f) { return (void)f, false; }

tn_status tni_pt2_weights(tn_weights *w, const tni_file *f, tn_diags *diags) {
    (void)f;
    return tni_error(diags, TN_UNSUPPORTED, "cannot read '%s': this build has no JSON (libjansson)", w->path);
}
#endif
