// SPDX-License-Identifier: Apache-2.0
// weights.c - parameters, buffers and constants. A payload is a whole storage; a tensor is a view of it by
// sizes, strides and an offset, all in elements. Dense ones are used where they lie in the file, the others
// are copied into order.
#include "import/pt2/pt2.h"

#include "base/ck.h"

#include <string.h>

enum { SMALL = 64 << 10 }; // inference may look at tensors up to this size: they are aligned at once

typedef struct strided {
    tn_dtype dtype;
    int rank;
    int64_t size[TN_MAX_RANK], stride[TN_MAX_RANK], offset;
} strided;

static bool plain_int(const json_t *symint, int64_t *to) {
    return tni_json_int(json_object_get(symint, "as_int"), to);
}

static bool read_meta(const json_t *meta, strided *t) {
    const json_t *sizes = json_object_get(meta, "sizes"), *strides = json_object_get(meta, "strides");
    size_t n = json_array_size(sizes);
    t->dtype = tni_pt2_dtype(json_integer_value(json_object_get(meta, "dtype")));
    if (!t->dtype || n > TN_MAX_RANK || json_array_size(strides) != n) return false;
    t->rank = (int)n;
    for (size_t i = 0; i < n; i++)
        if (!plain_int(json_array_get(sizes, i), &t->size[i]) || t->size[i] < 0 ||
            !plain_int(json_array_get(strides, i), &t->stride[i]) || t->stride[i] < 0)
            return false;
    return plain_int(json_object_get(meta, "storage_offset"), &t->offset) && t->offset >= 0;
}

static bool is_dense(const strided *t) {
    int64_t expect = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        if (t->size[i] != 1 && t->stride[i] != expect) return false;
        if (!ck_mul64(expect, t->size[i], &expect)) return false;
    }
    return true;
}

// The last element that is used lies in the storage.
static bool in_range(const strided *t, size_t bytes) {
    int64_t last = t->offset, step, unit = (int64_t)tn_dtype_bits(t->dtype) / 8;
    for (int i = 0; i < t->rank; i++) {
        if (!t->size[i]) return true;
        if (!ck_mul64(t->size[i] - 1, t->stride[i], &step) || !ck_add64(last, step, &last)) return false;
    }
    return last < (int64_t)(bytes / (size_t)unit);
}

static void copy_strided(unsigned char *to, const unsigned char *from, const strided *t, size_t unit) {
    int64_t at[TN_MAX_RANK] = {0}, offset = t->offset;
    for (;;) {
        memcpy(to, from + (size_t)offset * unit, unit);
        to += unit;
        int d = t->rank - 1;
        for (; d >= 0; d--) {
            offset += t->stride[d];
            if (++at[d] < t->size[d]) break;
            offset -= t->stride[d] * t->size[d];
            at[d] = 0;
        }
        if (d < 0) return;
    }
}

static tn_tensor *make(tni_pt2 *x, const strided *t, tn_str bytes) {
    tni_arena *a = &x->graph->root->arena;
    size_t unit = tn_dtype_bits(t->dtype) / 8;
    const unsigned char *from = (const unsigned char *)bytes.text;
    bool empty = false;
    for (int i = 0; i < t->rank; i++) empty |= !t->size[i];
    if (!empty && is_dense(t) && t->dtype != TN_BOOL) {
        const unsigned char *at = from + (size_t)t->offset * unit;
        tn_tensor *view = tni_tensor_view(a, t->dtype, t->rank, t->size, at);
        if (!view || (uintptr_t)at % tni_dtype_align(t->dtype) == 0) return view;
        if (view->bytes > SMALL) return x->graph->root->unaligned = true, view; // see tni_graph_align
    }
    tn_tensor *copy = tni_tensor_new(a, t->dtype, t->rank, t->size);
    if (copy && !empty) copy_strided(copy->data, from, t, unit);
    if (copy && t->dtype == TN_BOOL) // any byte but 0 is true
        for (size_t i = 0; i < copy->bytes; i++)
            ((unsigned char *)copy->data)[i] = ((unsigned char *)copy->data)[i] != 0;
    return copy;
}

static tn_status fail(tni_pt2 *x, const char *name, const char *hint, const char *message) {
    return tni_pt2_error(x, &(tn_diag){.tensor = name}, TN_FORMAT, hint, "%s", message);
}

static tn_status find_payload(tni_pt2 *x, const char *name, const json_t **entry, tn_str *bytes) {
    const char *folder = "data/weights";
    *entry = json_object_get(json_object_get(x->weights, "config"), name);
    if (!*entry) {
        folder = "data/constants";
        *entry = json_object_get(json_object_get(x->constants, "config"), name);
    }
    if (!*entry) return fail(x, name, "was it saved without its weights?", "the archive has no data for it");
    if (json_is_true(json_object_get(*entry, "use_pickle")))
        return fail(x, name, "turn it into a plain tensor before exporting",
                    "it is stored as a Python pickle");
    const char *path = tni_arena_printf(&x->scratch, "%s/%s", folder, tni_json_text(*entry, "path_name"));
    const tni_zip_member *m = path ? tni_pt2_member(x, path) : NULL;
    if (!path) return TN_NOMEM;
    if (!m) return fail(x, name, "was it copied completely?", "its payload is not in the archive");
    return tni_zip_read(&x->zip, m, &x->graph->root->arena, bytes, x->diags);
}

tni_value *tni_pt2_weight(tni_pt2 *x, const char *name, const char *as) {
    const json_t *entry;
    strided t;
    tn_str bytes;
    tn_status status = find_payload(x, name, &entry, &bytes);
    if (status != TN_OK) {
        x->nomem |= status == TN_NOMEM;
        x->errors++;
        return NULL;
    }
    size_t total;
    if (!read_meta(json_object_get(entry, "tensor_meta"), &t)) {
        fail(x, name, NULL, "its description is malformed, or of an element type that is not known");
        return NULL;
    }
    if (!tni_tensor_size(t.dtype, t.rank, t.size, &total) || !in_range(&t, bytes.size)) {
        fail(x, name, "was it copied completely?", "its sizes and strides reach beyond its payload");
        return NULL;
    }
    tn_tensor *tensor = make(x, &t, bytes);
    tni_value *v = tensor ? tni_value_const(x->graph, as, tensor) : NULL;
    if (!v) x->nomem = true;
    return v;
}
