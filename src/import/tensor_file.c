// SPDX-License-Identifier: Apache-2.0
// tensor_file.c - values from files: .npy and .npz by their first bytes, ONNX's TensorProto, SequenceProto
// and OptionalProto by the name's end, anything else as raw bytes of a type and shape that the caller knows.
#include "base/ck.h"
#include "import/import.h"
#include "import/npy.h"
#include "import/onnx.h"
#include "import/zip.h"

#include <string.h>

static tn_status fail(tn_diags *diags, const char *path, tn_status status, const char *what) {
    return tni_error(diags, status, "cannot read '%s': %s", path, what);
}

// ---- protobuf

typedef struct proto_file {
    tni_onnx_data data;
    tni_arena scratch;
    const char *path;
} proto_file;

static tn_status read_value(proto_file *p, tni_wire w, tn_kind kind, tn_tensor **t);

static tn_status read_tensor(proto_file *p, tni_wire w, tn_tensor **t) {
    tni_onnx_tensor message = {0};
    if (!tni_onnx_parse_tensor(&message, &p->scratch, w)) return w.fault->what ? TN_FORMAT : TN_NOMEM;
    tn_diag where = {.file = p->path};
    return tni_onnx_decode(&p->data, &message, &where, t);
}

static size_t count_fields(tni_wire w, uint32_t number) {
    tni_field f;
    size_t n = 0;
    while (tni_wire_next(&w, &f)) n += f.number == number;
    return n;
}

static tn_tensor *new_list(proto_file *p, tn_kind kind, size_t n) {
    tn_tensor *t = tni_arena_zalloc(p->data.arena, sizeof *t);
    if (!t) return NULL;
    t->kind = kind;
    t->pinned = true;
    t->item = tni_arena_zalloc(p->data.arena, (n + 1) * sizeof(tn_tensor *));
    return t->item ? t : NULL;
}

// Takes the items' type: a sequence is of one type.
static tn_status add_item(proto_file *p, tn_tensor *list, tn_tensor *item) {
    if (list->nitems && item->dtype != list->dtype)
        return fail(p->data.diags, p->path, TN_FORMAT, "the items of a sequence differ in type");
    list->dtype = item->dtype;
    list->item[list->nitems++] = item;
    return TN_OK;
}

// SequenceProto: name 1, elem_type 2, tensor_values 3; other kinds of items are not used.
static tn_status read_sequence(proto_file *p, tni_wire w, tn_tensor **t) {
    *t = new_list(p, TN_SEQUENCE, count_fields(w, 3));
    if (!*t) return TN_NOMEM;
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 4 || f.number == 5 || f.number == 6 || f.number == 7)
            return fail(p->data.diags, p->path, TN_UNSUPPORTED, "its items are not tensors");
        if (f.number != 3) continue;
        tn_tensor *item;
        if (!tni_wire_message(&w, &f, &sub)) return TN_FORMAT;
        TN_TRY(read_tensor(p, sub, &item));
        TN_TRY(add_item(p, *t, item));
    }
    return w.fault->what ? TN_FORMAT : TN_OK;
}

// OptionalProto: name 1, elem_type 2 (1 tensor, 3 sequence), tensor_value 3, sequence_value 5.
static tn_status read_optional(proto_file *p, tni_wire w, tn_kind kind, tn_tensor **t) {
    *t = new_list(p, kind, 1);
    if (!*t) return TN_NOMEM;
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        tn_tensor *item = NULL;
        if (f.number != 3 && f.number != 5) continue;
        if (!tni_wire_message(&w, &f, &sub)) return TN_FORMAT;
        TN_TRY(read_value(p, sub, f.number == 3 ? TN_TENSOR : TN_SEQUENCE, &item));
        (*t)->kind = f.number == 3 ? TN_OPTIONAL : TN_OPTIONAL_SEQUENCE;
        (*t)->dtype = item->dtype;
        (*t)->has_item = true;
        if (f.number == 3) {
            (*t)->item[0] = item;
            (*t)->nitems = 1;
        } else {
            (*t)->item = item->item;
            (*t)->nitems = item->nitems;
        }
    }
    return w.fault->what ? TN_FORMAT : TN_OK;
}

static tn_status read_value(proto_file *p, tni_wire w, tn_kind kind, tn_tensor **t) {
    if (kind == TN_TENSOR) return read_tensor(p, w, t);
    return kind == TN_SEQUENCE ? read_sequence(p, w, t) : read_optional(p, w, kind, t);
}

static bool is_inside(const tni_file *f, const void *data) {
    uintptr_t at = (uintptr_t)data, start = (uintptr_t)f->data;
    return at >= start && at < start + f->size;
}

// The file goes when the reading is over: what still points into it is copied.
static tn_status detach(tni_arena *to, const tni_file *f, tn_tensor *t) {
    for (size_t i = 0; i < t->nitems; i++) TN_TRY(detach(to, f, t->item[i]));
    if (t->kind != TN_TENSOR || !t->data) return TN_OK;
    if (is_inside(f, t->data)) {
        void *copy = tni_arena_tensor(to, t->bytes);
        if (!copy) return TN_NOMEM;
        t->data = memcpy(copy, t->data, t->bytes);
    }
    tn_str *s = t->dtype == TN_STRING ? t->data : NULL;
    for (size_t i = 0; s && i < t->bytes / sizeof *s; i++)
        if (!(s[i].text = tni_arena_text(to, s[i].text ? s[i].text : "", s[i].size))) return TN_NOMEM;
    return TN_OK;
}

static tn_status read_proto(tn_tensor **t, tni_arena *to, const tni_file *f, const char *path, tn_kind kind,
                            tn_diags *diags) {
    proto_file p = {.path = path};
    tni_wire_fault fault = {0};
    tni_arena_init(&p.scratch, to->env);
    p.data = (tni_onnx_data){.env = to->env, .scratch = &p.scratch, .arena = to, .diags = diags};
    p.data.external.env = to->env;
    tn_status status = read_value(&p, tni_wire_open(f->data, f->size, &fault), kind, t);
    if (fault.what)
        status = tni_error(diags, TN_FORMAT, "cannot read '%s': at byte %zu of %zu: %s", path, fault.offset,
                           f->size, fault.what);
    if (status == TN_OK) status = detach(to, f, *t);
    tni_map_free(&p.data.external);
    tni_arena_free(&p.scratch);
    return status;
}

// ---- .npz and raw

// Member names end in ".npy", which nobody types.
static bool is_member(tn_str member, const char *name) {
    size_t n = strlen(name);
    if (member.size == n + 4 && !memcmp(member.text + n, ".npy", 4)) member.size = n;
    return member.size == n && !memcmp(member.text, name, n);
}

static tn_status find_member(const tni_zip *z, const char *path, const char *name, tni_zip_member *m,
                             tn_diags *diags) {
    size_t at = z->directory, n = 0;
    for (tni_zip_member each; n < z->count && tni_zip_next(z, &at, &each); n++) {
        *m = each;
        if (name && is_member(each.name, name)) return TN_OK;
    }
    if (name) return tni_error(diags, TN_INVALID, "'%s' has no member '%s'", path, name);
    if (n == 1 && z->count == 1) return TN_OK;
    return tni_error(diags, TN_INVALID, "'%s' has %zu members: name one, as in %s:NAME", path, n, path);
}

static tn_status read_npz(tn_tensor **t, tni_arena *to, const tni_file *f, const char *path, const char *name,
                          tn_diags *diags) {
    tni_zip z;
    tni_zip_member m;
    TN_TRY(tni_zip_open(&z, f->data, f->size, diags));
    TN_TRY(find_member(&z, path, name, &m, diags));
    tni_arena unpacked;
    tn_str bytes = {0};
    tni_arena_init(&unpacked, to->env);
    tn_status status = tni_zip_read(&z, &m, &unpacked, &bytes, diags);
    if (status == TN_OK) status = tni_npy_read(t, to, bytes.text, bytes.size, path, diags);
    tni_arena_free(&unpacked);
    return status;
}

static tn_status read_raw(tn_tensor **t, tni_arena *to, const tni_file *f, const char *path,
                          const tn_tensor_format *format, tn_diags *diags) {
    size_t bytes;
    if (!format || format->dtype == TN_UNDEFINED)
        return fail(diags, path, TN_FORMAT,
                    "it is neither .npy, .npz nor .pb, and of raw bytes the type must be known");
    if (format->dtype == TN_STRING)
        return fail(diags, path, TN_UNSUPPORTED, "strings cannot be read from raw bytes");
    if (!tni_tensor_size(format->dtype, format->rank, format->dims, &bytes))
        return fail(diags, path, TN_INVALID, "the shape it should have is not known, or too large");
    if (bytes != f->size)
        return tni_error(diags, TN_FORMAT, "cannot read '%s': it has %zu bytes, its type and shape need %zu",
                         path, f->size, bytes);
    *t = tni_tensor_new(to, format->dtype, format->rank, format->dims);
    if (!*t) return TN_NOMEM;
    unsigned char *into = (*t)->data;
    if (bytes) memcpy(into, f->data, bytes);
    for (size_t i = 0; format->dtype == TN_BOOL && i < bytes; i++) into[i] = into[i] != 0;
    return TN_OK;
}

// ---- by content

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

static tn_status read_any(tn_tensor **t, tni_arena *to, const tni_file *f, const char *path,
                          const char *member, const tn_tensor_format *format, tn_diags *diags) {
    bool zip = f->size >= 4 && (!memcmp(f->data, "PK\3\4", 4) || !memcmp(f->data, "PK\5\6", 4));
    if (member && !zip) return fail(diags, path, TN_FORMAT, "it is no .npz file");
    if (zip && (member || ends_with(path, ".npz"))) return read_npz(t, to, f, path, member, diags);
    if (tni_npy_is(f->data, f->size)) return tni_npy_read(t, to, f->data, f->size, path, diags);
    if (ends_with(path, ".npy")) return fail(diags, path, TN_FORMAT, "it is no .npy file");
    if (ends_with(path, ".pb")) return read_proto(t, to, f, path, format ? format->kind : TN_TENSOR, diags);
    return read_raw(t, to, f, path, format, diags);
}

// "FILE.npz:NAME" in two; the file's name ends at the last ".npz:".
static const char *split_member(const char *path) {
    const char *found = NULL;
    for (const char *at = path; (at = strstr(at, ".npz:")); at++) found = at + 4;
    return found;
}

tn_status tni_tensor_file_load(tn_tensor **t, tni_arena *to, const char *path, const tn_tensor_format *format,
                               tn_diags *diags) {
    char *file = tni_strdup(to->env, path);
    if (!file) return TN_NOMEM;
    const char *colon = split_member(path), *member = NULL;
    if (colon) {
        file[colon - path] = 0;
        member = colon + 1;
    }
    tni_file f;
    tn_status status = tni_file_map(&f, file, diags);
    if (status == TN_OK) {
        *t = NULL;
        status = read_any(t, to, &f, file, member, format, diags);
        tni_file_close(&f);
    }
    tni_free(to->env, file);
    return status;
}
