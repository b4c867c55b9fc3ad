// SPDX-License-Identifier: Apache-2.0
// onnx_external.c - weights that lie in files beside the model. Each file is mapped once; one that cannot be
// is reported once, however many weights it holds. No path leaves the model's folder unless the user said so.
#include "base/ck.h"
#include "import/onnx.h"

#include <string.h>

static bool parse_number(tn_str s, uint64_t *to) {
    *to = 0;
    for (size_t i = 0; i < s.size; i++) {
        unsigned digit = (unsigned)(unsigned char)s.text[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(*to, 10u, to) || __builtin_add_overflow(*to, digit, to))
            return false;
    }
    return s.size > 0;
}

// Maps the file and tells why not in terms of the tensor that needs it.
static tn_status map_file(tni_onnx_data *d, const char *name, const tn_diag *where, tni_file *file) {
    static const char hint[] =
        "external data must lie in the model's folder; if you trust the model, allow it "
        "to be followed elsewhere";
    if (!d->folder || !d->graph)
        return tni_onnx_fail(d->diags, where, TN_INVALID,
                             "load the model from its file instead of from memory",
                             "its data lies in '%s', and where to look for that is not known", name);
    tn_diags *reasons;
    TN_TRY(tn_diags_new(&reasons, d->env));
    tn_status status = tni_file_map_beneath(file, d->folder, name, d->follow, reasons);
    const tn_diag *why = tn_diags_get(reasons, 0);
    if (status != TN_OK)
        tni_onnx_fail(d->diags, where, status, status == TN_INVALID ? hint : NULL, "%s",
                      why ? why->message : tn_status_text(status));
    tn_diags_free(reasons);
    if (status == TN_OK && tni_graph_keep_file(d->graph, *file) != TN_OK) {
        tni_file_close(file);
        status = TN_NOMEM;
    }
    return status;
}

static tn_status find_file(tni_onnx_data *d, tn_str location, const tn_diag *where, const tni_file **file) {
    tni_onnx_external *known = tni_map_get(&d->external, location.text, location.size);
    if (!known) {
        known = tni_arena_zalloc(d->scratch, sizeof *known);
        const char *name = tni_arena_text(d->scratch, location.text, location.size);
        if (!known || !name || !tni_map_set(&d->external, location.text, location.size, known))
            return TN_NOMEM;
        known->status = map_file(d, name, where, &known->file);
    }
    *file = &known->file;
    return known->status;
}

tn_status tni_onnx_external_bytes(tni_onnx_data *d, const tni_onnx_tensor *t, size_t size,
                                  const tn_diag *where, tn_str *bytes) {
    uint64_t offset = 0, length = size;
    if (!t->location.size || memchr(t->location.text, 0, t->location.size))
        return tni_onnx_fail(d->diags, where, TN_FORMAT, NULL, "its data is external, but no file is named");
    if ((t->offset.text && !parse_number(t->offset, &offset)) ||
        (t->length.text && !parse_number(t->length, &length)))
        return tni_onnx_fail(d->diags, where, TN_FORMAT, NULL,
                             "the offset or length of its external data is not a number");
    if (length != size)
        return tni_onnx_fail(d->diags, where, TN_FORMAT, NULL,
                             "its shape and type need %zu bytes, but its external data is given as %llu",
                             size, (unsigned long long)length);
    const tni_file *file;
    TN_TRY(find_file(d, t->location, where, &file));
    if (!ck_range(offset, length, file->size))
        return tni_onnx_fail(
            d->diags, where, TN_FORMAT, "the external file is truncated, or belongs to another model",
            "its data is bytes %llu to %llu of '%.*s', which has %zu", (unsigned long long)offset,
            (unsigned long long)(offset + length), (int)(t->location.size < 200 ? t->location.size : 200),
            t->location.text, file->size);
    *bytes = (tn_str){(const char *)file->data + offset, size};
    return TN_OK;
}
