// SPDX-License-Identifier: Apache-2.0
// weights.c - the list of named tensors, and the public functions that look into it.
#include "ir/weights.h"

#include <string.h>

tn_status tni_weights_new(tn_weights **to, tn_env *env, const char *path) {
    tn_weights *w = tni_calloc(env, 1, sizeof *w);
    if (!w) return TN_NOMEM;
    w->env = w->by_name.env = env;
    w->format = "";
    tni_arena_init(&w->arena, env);
    w->path = tni_arena_text(&w->arena, path, strlen(path));
    if (!w->path) {
        tn_weights_free(w);
        return TN_NOMEM;
    }
    *to = w;
    return TN_OK;
}

void tn_weights_free(tn_weights *w) {
    if (!w) return;
    tn_env *env = w->env;
    if (w->close) w->close(w);
    for (size_t i = 0; i < w->files; i++) tni_file_close(&w->file[i]);
    tni_free(env, w->file);
    tni_free(env, w->row);
    tni_map_free(&w->by_name);
    tni_arena_free(&w->arena);
    tni_free(env, w);
}

tn_status tni_weights_keep_file(tn_weights *w, tni_file file) {
    if (!tni_grow(w->env, &w->file, w->files, &w->file_room, sizeof file)) {
        tni_file_close(&file);
        return TN_NOMEM;
    }
    w->file[w->files++] = file;
    return TN_OK;
}

// The row of this name, a new one when there is none.
static tni_weight *row_for(tn_weights *w, const char *name) {
    size_t n = strlen(name);
    tni_weight *row = tni_map_get(&w->by_name, name, n);
    if (row) return row;
    row = tni_arena_zalloc(&w->arena, sizeof *row);
    const char *kept = tni_arena_text(&w->arena, name, n);
    if (!row || !kept || !tni_grow(w->env, &w->row, w->count, &w->room, sizeof *w->row) ||
        !tni_map_set(&w->by_name, kept, n, row))
        return NULL;
    row->info.name = kept;
    w->row[w->count++] = row;
    return row;
}

tn_status tni_weights_add(tn_weights *w, const char *name, tn_dtype dtype, int rank, const int64_t *dims,
                          tni_weight **to, tn_diags *diags) {
    size_t bytes;
    if (w->count == TNI_MOST_WEIGHTS)
        return tni_error(diags, TN_LIMIT, "'%s' has more than a million tensors", w->path);
    if (!tni_tensor_size(dtype, rank, dims, &bytes))
        return tni_error(diags, TN_LIMIT, "'%s': tensor '%s' is too large", w->path, name);
    tni_weight *row = row_for(w, name);
    if (!row) return TN_NOMEM;
    *row = (tni_weight){.info = {row->info.name, dtype, rank, row->dim, bytes}};
    if (rank) memcpy(row->dim, dims, (size_t)rank * sizeof *dims);
    *to = row;
    return TN_OK;
}

tn_status tni_weights_make(tn_weights *w, const tni_weight *row, tni_arena *to, const tn_tensor **t,
                           tn_diags *diags) {
    tn_tensor *made;
    *t = row->value;
    if (row->value) return TN_OK;
    TN_TRY(row->make(w, row, to, &made, diags));
    *t = made;
    return TN_OK;
}

// ---- public

tn_status tn_weights_new(tn_weights **w, tn_env *env) {
    return w && env ? tni_weights_new(w, env, "(new)") : TN_INVALID;
}

tn_status tn_weights_add(tn_weights *w, const char *name, const tn_tensor *value) {
    tni_weight *row = NULL;
    if (!w || !name || !*name || !value || value->kind != TN_TENSOR) return TN_INVALID;
    tn_status status = tni_weights_add(w, name, value->dtype, value->rank, value->dim, &row, NULL);
    if (row) row->value = value;
    return status;
}

const char *tn_weights_format(const tn_weights *w) { return w ? w->format : ""; }
size_t tn_weights_count(const tn_weights *w) { return w ? w->count : 0; }

const tn_weight_info *tn_weights_get(const tn_weights *w, size_t i) {
    return w && i < w->count ? &w->row[i]->info : NULL;
}

const tn_weight_info *tn_weights_find(const tn_weights *w, const char *name) {
    const tni_weight *row = w && name ? tni_map_get(&w->by_name, name, strlen(name)) : NULL;
    return row ? &row->info : NULL;
}

tn_status tn_weights_tensor(tn_weights *w, const char *name, const tn_tensor **t, tn_diags *diags) {
    if (!w || !name || !t)
        return tni_error(diags, TN_INVALID, "a tensor is asked for without weights or a name");
    tni_weight *row = tni_map_get(&w->by_name, name, strlen(name));
    if (!row) return tni_error(diags, TN_INVALID, "'%s' has no tensor '%s'", w->path, name);
    TN_TRY(tni_weights_make(w, row, &w->arena, t, diags));
    row->value = *t;
    return TN_OK;
}
