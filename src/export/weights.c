// SPDX-License-Identifier: Apache-2.0
// weights.c - named tensors into a file whose format its name says.
#include "export/weights.h"

#include <stdlib.h>
#include <string.h>

tn_status tni_weights_next(tni_weights_out *o, size_t i, const tn_tensor **t) {
    tni_arena_reset(&o->made, (tni_mark){0});
    return tni_weights_make(o->w, o->row[i], &o->made, t, o->diags);
}

// Wide types first: then every tensor is aligned although there are no gaps. Equal ones by name.
static int by_width_and_name(const void *a, const void *b) {
    const tn_weight_info *x = &(*(tni_weight *const *)a)->info, *y = &(*(tni_weight *const *)b)->info;
    size_t wide = tni_dtype_align(x->dtype), other = tni_dtype_align(y->dtype);
    return wide != other ? (wide > other ? -1 : 1) : strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(tni_weight *const *)a)->info.name, (*(tni_weight *const *)b)->info.name);
}

static const struct {
    const char *end;
    tn_status (*write)(tni_weights_out *o);
    int (*order)(const void *, const void *);
} writers[] = {{".safetensors", tni_safetensors_write, by_width_and_name},
               {".npz", tni_npz_write, by_name},
               {".wts", tni_wts_write, by_name}};
enum { WRITERS = sizeof writers / sizeof *writers };

static int writer_for(const char *path) {
    size_t n = strlen(path);
    for (int i = 0; i < WRITERS; i++) {
        size_t end = strlen(writers[i].end);
        if (n > end && !strcmp(path + n - end, writers[i].end)) return i;
    }
    return -1;
}

static tn_status write_rows(tn_weights *w, int writer, tni_weight *const *row, const char *path,
                            tn_diags *diags) {
    tni_save save;
    TN_TRY(tni_save_begin(&save, w->env, path, diags));
    tni_weights_out o = {.w = w, .row = row, .count = w->count, .to = &save, .diags = diags};
    tni_arena_init(&o.made, w->env);
    tn_status status = writers[writer].write(&o);
    tni_arena_free(&o.made);
    if (status != TN_OK) save.status = status; // then nothing appears
    tn_status saved = tni_save_end(&save, diags);
    return status != TN_OK ? status : saved;
}

tn_status tn_weights_save(tn_weights *w, const char *path, tn_diags *diags) {
    if (!w || !path)
        return tni_error(diags, TN_INVALID, "no weights, or no path to write them to: NULL was given");
    int writer = writer_for(path);
    if (writer < 0)
        return tni_error(diags, TN_UNSUPPORTED,
                         "cannot write '%s': weights are written as .safetensors, .npz or .wts", path);
    tni_weight **row = tni_calloc(w->env, w->count + 1, sizeof *row);
    if (!row) return TN_NOMEM;
    if (w->count) {
        memcpy(row, w->row, w->count * sizeof *row);
        qsort(row, w->count, sizeof *row, writers[writer].order);
    }
    tn_status status = write_rows(w, writer, row, path, diags);
    tni_free(w->env, row);
    return status;
}
