// SPDX-License-Identifier: Apache-2.0
// npy.c - NumPy's .npy, versions 1 to 3: a magic, a header that is a Python dictionary of three entries, then
// the elements. Big-endian and Fortran-order arrays are brought into ours.
#include "import/npy.h"

#include "base/ck.h"
#include "base/le.h"
#include "base/str.h"
#include "ir/tensor.h"

#include <string.h>

static const char magic[] = "\x93NUMPY";

bool tni_npy_is(const void *data, size_t size) { return size >= 10 && !memcmp(data, magic, 6); }

typedef struct header {
    char kind; // 'f', 'i', 'u', 'b', 'c', 'V'...
    bool swap, fortran;
    size_t width; // bytes of an element
    int rank;
    int64_t dim[TN_MAX_RANK];
    const char *why; // what is wrong with it
} header;

// NumPy's kinds and widths as element types. V2 is what NumPy makes of a bfloat16.
static const struct {
    char kind;
    unsigned char width;
    tn_dtype dtype;
} numpy_types[] = {{'f', 4, TN_F32}, {'f', 8, TN_F64},   {'f', 2, TN_F16}, {'i', 1, TN_I8},
                   {'i', 2, TN_I16}, {'i', 4, TN_I32},   {'i', 8, TN_I64}, {'u', 1, TN_U8},
                   {'u', 2, TN_U16}, {'u', 4, TN_U32},   {'u', 8, TN_U64}, {'b', 1, TN_BOOL},
                   {'c', 8, TN_C64}, {'c', 16, TN_C128}, {'V', 2, TN_BF16}};
enum { NUMPY_TYPES = sizeof numpy_types / sizeof *numpy_types };

// ---- reading

// What stands behind "'key':" in the dictionary.
static const char *value_of(const char *at, const char *end, const char *key) {
    at = tni_find(at, end, key);
    if (!at) return NULL;
    at += strlen(key);
    while (at < end && (*at == ' ' || *at == ':')) at++;
    return at;
}

static bool read_descr(const char *at, const char *end, header *h) {
    if (!at || end - at < 4 || (*at != '\'' && *at != '"')) return false;
    at++;
    h->swap = *at == '>';
    if (*at == '<' || *at == '>' || *at == '|' || *at == '=') at++;
    h->kind = *at++;
    for (; at < end && *at >= '0' && *at <= '9' && h->width < 1000; at++)
        h->width = h->width * 10 + (size_t)(*at - '0');
    return at < end;
}

static bool read_shape(const char *at, const char *end, header *h) {
    if (!at || at == end || *at++ != '(') return false;
    while (at < end && *at != ')') {
        if (*at == ' ' || *at == ',' || *at == 'L') {
            at++;
            continue;
        }
        if (*at < '0' || *at > '9') return false;
        int64_t n = 0;
        for (; at < end && *at >= '0' && *at <= '9'; at++)
            if (!ck_mul64(n, 10, &n) || !ck_add64(n, *at - '0', &n)) return false;
        if (h->rank == TN_MAX_RANK) return h->why = "it has too many dimensions", false;
        h->dim[h->rank++] = n;
    }
    return at < end;
}

static bool read_header(const unsigned char *p, size_t size, header *h, size_t *data_at) {
    size_t wide = p[6] >= 2 ? 4 : 2;
    h->why = "its header is malformed";
    if (p[6] < 1 || p[6] > 3) return h->why = "its version is not known", false;
    if (size < 8 + wide) return false;
    size_t length = (size_t)le_load(p + 8, wide);
    if (!ck_range(8 + wide, length, size)) return false;
    const char *at = (const char *)p + 8 + wide, *end = at + length;
    const char *order = value_of(at, end, "'fortran_order'");
    h->fortran = order && order < end && *order == 'T';
    *data_at = 8 + wide + length;
    return order && read_descr(value_of(at, end, "'descr'"), end, h) &&
           read_shape(value_of(at, end, "'shape'"), end, h);
}

static void swap_bytes(unsigned char *p, size_t bytes, size_t width) {
    for (size_t at = 0; at + width <= bytes; at += width)
        for (size_t i = 0; i < width / 2; i++) {
            unsigned char c = p[at + i];
            p[at + i] = p[at + width - 1 - i];
            p[at + width - 1 - i] = c;
        }
}

// Fortran order has the first axis innermost: element k of ours, counted up like an odometer.
static void from_fortran(const tn_tensor *t, size_t width, const unsigned char *from) {
    int64_t at[TN_MAX_RANK] = {0}, stride[TN_MAX_RANK], n = 1;
    unsigned char *to = t->data;
    for (int i = 0; i < t->rank; i++) {
        stride[i] = n;
        n *= t->dim[i];
    }
    for (int64_t k = 0, source = 0; k < n; k++, to += width) {
        memcpy(to, from + (size_t)source * width, width);
        for (int i = t->rank - 1; i >= 0; i--) {
            source += stride[i];
            if (++at[i] < t->dim[i]) break;
            source -= stride[i] * t->dim[i];
            at[i] = 0;
        }
    }
}

static tn_status fail(tn_diags *diags, const char *name, tn_status status, const char *what) {
    return tni_error(diags, status, "cannot read '%s': %s", name, what);
}

tn_status tni_npy_read(tn_tensor **t, tni_arena *to, const void *data, size_t size, const char *name,
                       tn_diags *diags) {
    header h = {0};
    size_t at, bytes;
    if (!tni_npy_is(data, size)) return fail(diags, name, TN_FORMAT, "it is no .npy file");
    if (!read_header(data, size, &h, &at)) return fail(diags, name, TN_FORMAT, h.why);
    int type = 0;
    while (type < NUMPY_TYPES && (numpy_types[type].kind != h.kind || numpy_types[type].width != h.width))
        type++;
    if (type == NUMPY_TYPES)
        return fail(diags, name, TN_UNSUPPORTED,
                    "its element type is none of a tensor's (objects and strings are not read)");
    tn_dtype dtype = numpy_types[type].dtype;
    if (!tni_tensor_size(dtype, h.rank, h.dim, &bytes))
        return fail(diags, name, TN_LIMIT, "its shape is too large");
    if (bytes > size - at) return fail(diags, name, TN_FORMAT, "it is shorter than its shape says");
    *t = tni_tensor_new(to, dtype, h.rank, h.dim);
    if (!*t) return TN_NOMEM;
    const unsigned char *from = (const unsigned char *)data + at;
    unsigned char *into = (*t)->data;
    if (h.fortran && h.rank > 1)
        from_fortran(*t, h.width, from);
    else if (bytes)
        memcpy(into, from, bytes);
    if (h.swap) swap_bytes(into, bytes, h.kind == 'c' ? h.width / 2 : h.width);
    for (size_t i = 0; dtype == TN_BOOL && i < bytes; i++) into[i] = into[i] != 0;
    return TN_OK;
}

// ---- writing

// How an element type is written: its own NumPy type, or bytes.
static void written_as(tn_dtype dtype, char *kind, size_t *width) {
    for (int i = 0; i < NUMPY_TYPES; i++)
        if (numpy_types[i].dtype == dtype) {
            *kind = numpy_types[i].kind;
            *width = numpy_types[i].width;
            return;
        }
    *kind = dtype == TN_I4 || dtype == TN_I2 ? 'i' : 'u';
    *width = 1;
}

static void write_header(tni_text *text, const tn_tensor *t, char kind, size_t width) {
    tni_text_printf(text, "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (",
                    width == 1 || kind == 'V' ? '|' : '<', kind, width);
    for (int i = 0; i < t->rank; i++) tni_text_printf(text, "%lld, ", (long long)t->dim[i]);
    tni_text_puts(text, "), }");
    while (!text->failed && (10 + text->length + 1) % 64) tni_text_puts(text, " ");
    tni_text_puts(text, "\n");
}

static void write_narrow(tni_save *s, const tn_tensor *t) {
    unsigned char buffer[4096];
    size_t n = 0;
    bool bits = t->dtype == TN_F4E2M1;
    for (int64_t i = 0, count = tn_count(t); i < count; i++) {
        buffer[n++] = bits ? (unsigned char)(((const uint8_t *)t->data)[i / 2] >> (i % 2 * 4) & 15)
                           : (unsigned char)tni_get_int(t, i);
        if (n < sizeof buffer && i + 1 < count) continue;
        tni_save_write(s, buffer, n);
        n = 0;
    }
}

static tn_status write_file(const tni_text *text, const tn_tensor *t, const char *path, tn_diags *diags) {
    unsigned char start[10] = "\x93NUMPY\1"; // version 1.0, then the header's length
    tni_save s;
    TN_TRY(tni_save_begin(&s, text->env, path, diags));
    le_store(start + 8, text->length, 2);
    tni_save_write(&s, start, sizeof start);
    tni_save_write(&s, text->data, text->length);
    if (tn_dtype_bits(t->dtype) < 8)
        write_narrow(&s, t);
    else
        tni_save_write(&s, t->data, t->bytes);
    return tni_save_end(&s, diags);
}

tn_status tni_npy_write(const tn_tensor *t, tn_env *env, const char *path, tn_diags *diags) {
    if (t->kind != TN_TENSOR)
        return tni_error(diags, TN_UNSUPPORTED, "cannot write '%s': a .npy file holds one tensor", path);
    if (t->dtype == TN_STRING)
        return tni_error(diags, TN_UNSUPPORTED, "cannot write '%s': strings have no .npy form", path);
    char kind;
    size_t width;
    written_as(t->dtype, &kind, &width);
    tni_text text = {.env = env};
    write_header(&text, t, kind, width);
    tn_status status = text.failed ? TN_NOMEM : write_file(&text, t, path, diags);
    tni_text_free(&text);
    return status;
}
