// SPDX-License-Identifier: Apache-2.0
// weights_safetensors.c - Hugging Face's format: the length of a header, the header (JSON: name to type,
// shape and place), then the bytes, without gaps. Also the index of a checkpoint in several files.
#include "base/ck.h"
#include "base/le.h"
#include "import/weights.h"

#include <stdlib.h>
#include <string.h>

bool tni_safetensors_is(const tni_file *f) {
    // A cut file is told apart too, by the beginning that every writer gives the header.
    return f->size >= 10 && f->data[8] == '{' && (f->data[9] == '"' || f->data[9] == '}') &&
           le_load(f->data, 8) < UINT64_C(1) << 32;
}

bool tni_shards_is(const tni_file *f) {
    const char *at = (const char *)f->data, *end = at + (f->size < 4096 ? f->size : 4096);
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
    return at < end && *at == '{' &&
           tni_find((const char *)f->data, (const char *)f->data + f->size, "\"weight_map\"");
}

#ifdef TN_JSON
#include "import/json.h"

enum { LARGEST_HEADER = 32 << 20 }; // the format allows three times that; nobody needs it

static bool has_header(const tni_file *f, uint64_t *length) {
    if (f->size < 10) return false;
    *length = le_load(f->data, 8);
    return *length >= 2 && ck_range(8, *length, f->size) && f->data[8] == '{';
}

static tn_status fail(const tn_weights *w, const char *what, tn_diags *diags) {
    return tni_error(diags, TN_FORMAT, "cannot read '%s': %s", w->path, what);
}

// ---- one file

static tn_dtype dtype_of(const char *name) {
    static const struct {
        const char *name;
        tn_dtype dtype;
    } types[] = {{"F32", TN_F32},
                 {"F16", TN_F16},
                 {"BF16", TN_BF16},
                 {"F64", TN_F64},
                 {"I64", TN_I64},
                 {"I32", TN_I32},
                 {"I16", TN_I16},
                 {"I8", TN_I8},
                 {"U64", TN_U64},
                 {"U32", TN_U32},
                 {"U16", TN_U16},
                 {"U8", TN_U8},
                 {"BOOL", TN_BOOL},
                 {"C64", TN_C64},
                 {"F8_E4M3", TN_F8E4M3FN},
                 {"F8_E5M2", TN_F8E5M2},
                 {"F8_E4M3FNUZ", TN_F8E4M3FNUZ},
                 {"F8_E5M2FNUZ", TN_F8E5M2FNUZ},
                 {"F8_E8M0", TN_F8E8M0},
                 {"F4", TN_F4E2M1}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name)) return types[i].dtype;
    return TN_UNDEFINED;
}

typedef struct span {
    uint64_t begin, end;
} span;

static bool read_span(const json_t *entry, uint64_t size, span *s) {
    const json_t *offsets = json_object_get(entry, "data_offsets");
    int64_t begin, end;
    if (json_array_size(offsets) != 2 || !tni_json_int(json_array_get(offsets, 0), &begin) ||
        !tni_json_int(json_array_get(offsets, 1), &end) || begin < 0 || end < begin || (uint64_t)end > size)
        return false;
    *s = (span){(uint64_t)begin, (uint64_t)end};
    return true;
}

static bool read_shape(const json_t *entry, tni_storage_view *v) {
    const json_t *shape = json_object_get(entry, "shape");
    if (!json_is_array(shape) || json_array_size(shape) > TN_MAX_RANK) return false;
    v->rank = (int)json_array_size(shape);
    for (int i = 0; i < v->rank; i++)
        if (!tni_json_int(json_array_get(shape, (size_t)i), &v->dim[i]) || v->dim[i] < 0) return false;
    tni_storage_dense_strides(v);
    return true;
}

static tn_status add_entry(tn_weights *w, const char *name, const json_t *entry, tn_str data, span *s,
                           tn_diags *diags) {
    tni_storage_view v = {.dtype = dtype_of(tni_json_text(entry, "dtype"))};
    size_t bytes;
    const char *why = NULL;
    if (!read_span(entry, data.size, s)) return fail(w, "an entry's data_offsets are out of range", diags);
    if (!read_shape(entry, &v)) return fail(w, "an entry's shape is malformed", diags);
    if (!v.dtype) return tni_weights_left_out(w, name, "its element type is not known here", diags);
    v.storage = (tn_str){data.text + s->begin, (size_t)(s->end - s->begin)};
    if (!tni_tensor_size(v.dtype, v.rank, v.dim, &bytes) || bytes != v.storage.size)
        why = "an entry's shape and type do not fit its data_offsets";
    if (!why) why = tni_storage_check(&v);
    return why ? fail(w, why, diags) : tni_weights_add_view(w, name, &v, diags);
}

static int by_place(const void *a, const void *b) {
    const span *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

// The bytes belong to one tensor each: what overlaps or is hidden between them is an attack.
static bool covers(span *spans, size_t n, uint64_t size) {
    uint64_t at = 0;
    qsort(spans, n, sizeof *spans, by_place);
    for (size_t i = 0; i < n; i++) {
        if (spans[i].begin != at) return false;
        at = spans[i].end;
    }
    return at == size;
}

static tn_status read_entries(tn_weights *w, json_t *header, tn_str data, tn_diags *diags) {
    size_t n = 0;
    const char *name;
    json_t *entry;
    span *spans = tni_calloc(w->env, json_object_size(header) + 1, sizeof *spans);
    tn_status status = spans ? TN_OK : TN_NOMEM;
    json_object_foreach(header, name, entry) {
        if (status != TN_OK || !strcmp(name, "__metadata__")) continue;
        status = add_entry(w, name, entry, data, &spans[n++], diags);
    }
    if (status == TN_OK && !covers(spans, n, data.size))
        status = fail(w, "its tensors overlap, or leave out bytes of the file", diags);
    tni_free(w->env, spans);
    return status;
}

tn_status tni_safetensors_read(tn_weights *w, const tni_file *f, tn_diags *diags) {
    uint64_t length;
    json_t *header;
    w->format = "safetensors";
    if (!has_header(f, &length)) return fail(w, "its header is truncated", diags);
    if (length > LARGEST_HEADER) return fail(w, "its header is larger than 32 MiB", diags);
    tn_str text = {(const char *)f->data + 8, (size_t)length};
    tn_str data = {text.text + length, f->size - 8 - (size_t)length};
    TN_TRY(tni_json_parse(&header, w->env, text, "its header", diags));
    tn_status status = json_is_object(header) ? read_entries(w, header, data, diags)
                                              : fail(w, "its header is no JSON object", diags);
    json_decref(header);
    return status;
}

// ---- several files

// Shards lie beside the index; links are followed, as caches of downloads are made of them.
static tn_status read_shard(tn_weights *w, const char *folder, const char *name, tn_diags *diags) {
    tni_file f;
    if (strchr(name, '/') || !strcmp(name, ".."))
        return fail(w, "its weight_map names a file in another folder", diags);
    TN_TRY(tni_file_map_beneath(&f, folder, name, true, diags));
    TN_TRY(tni_weights_keep_file(w, f));
    return tni_safetensors_is(&f) ? tni_safetensors_read(w, &f, diags) : tni_torch_weights(w, &f, diags);
}

static tn_status read_map(tn_weights *w, json_t *map, const char *folder, tn_diags *diags) {
    tni_map seen = {.env = w->env};
    const char *name;
    json_t *file;
    tn_status status = TN_OK;
    json_object_foreach(map, name, file) {
        const char *shard = json_string_value(file);
        if (status != TN_OK || (shard && tni_map_get(&seen, shard, strlen(shard)))) continue;
        if (!shard) status = fail(w, "its weight_map names something that is no file", diags);
        if (status == TN_OK && !tni_map_set(&seen, shard, strlen(shard), w)) status = TN_NOMEM;
        if (status == TN_OK) status = read_shard(w, folder, shard, diags);
    }
    json_object_foreach(map, name, file) {
        if (status == TN_OK && !tn_weights_find(w, name))
            status = tni_error(diags, TN_FORMAT, "'%s': tensor '%s' is not in '%s'", w->path, name,
                               json_string_value(file));
    }
    tni_map_free(&seen);
    return status;
}

tn_status tni_shards_read(tn_weights *w, const tni_file *index, const char *path, tn_diags *diags) {
    json_t *root;
    tn_str text = {(const char *)index->data, index->size};
    const char *slash = strrchr(path, '/');
    const char *folder = tni_arena_text(&w->arena, path, slash ? (size_t)(slash - path) + 1 : 0);
    if (!folder) return TN_NOMEM;
    if (text.size > LARGEST_HEADER) return fail(w, "it is larger than 32 MiB", diags);
    TN_TRY(tni_json_parse(&root, w->env, text, path, diags));
    json_t *map = json_object_get(root, "weight_map");
    tn_status status =
        json_is_object(map) ? read_map(w, map, folder, diags) : fail(w, "it has no weight_map", diags);
    json_decref(root);
    return status;
}

#else
static tn_status no_json(const tn_weights *w, tn_diags *diags) {
    return tni_error(diags, TN_UNSUPPORTED, "cannot read '%s': this build has no JSON (libjansson)", w->path);
}

tn_status tni_safetensors_read(tn_weights *w, const tni_file *f, tn_diags *diags) {
    (void)f;
    return no_json(w, diags);
}

tn_status tni_shards_read(tn_weights *w, const tni_file *index, const char *path, tn_diags *diags) {
    (void)index, (void)path;
    return no_json(w, diags);
}
#endif
