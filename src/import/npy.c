// SPDX-License-Identifier: Apache-2.0
// npy.c - reads NumPy's .npy, versions 1 to 3: a magic, a header that is a Python dictionary of three
// entries, then the elements. Big-endian and Fortran-order arrays are brought into ours.
#include "import/npy.h"

#include "base/ck.h"
#include "base/le.h"
#include "base/str.h"
#include "ir/numpy.h"

#include <string.h>

bool tni_npy_is(const void *data, size_t size) { return size >= 10 && !memcmp(data, "\x93NUMPY", 6); }

typedef struct header {
    char kind; // 'f', 'i', 'u', 'b', 'c', 'V'...
    bool swap, fortran;
    size_t width; // bytes of an element
    int rank;
    int64_t dim[TN_MAX_RANK];
    const char *why; // what is wrong with it
} header;

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

static tn_status fail(tn_diags *diags, const char *name, tn_status status, const char *what) {
    return tni_error(diags, status, "cannot read '%s': %s", name, what);
}

// Fortran order has the first axis innermost.
static void fortran_strides(tni_storage_view *v) {
    int64_t n = 1;
    for (int i = 0; i < v->rank; i++) {
        v->stride[i] = n;
        if (!ck_mul64(n, v->dim[i] ? v->dim[i] : 1, &n)) n = INT64_MAX; // tni_storage_check will say it
    }
}

static tn_dtype dtype_of(const header *h) {
    for (int i = 0; i < TNI_NUMPY_TYPES; i++)
        if (tni_numpy_types[i].kind == h->kind && tni_numpy_types[i].width == h->width)
            return tni_numpy_types[i].dtype;
    return TN_UNDEFINED;
}

tn_status tni_npy_view(tni_storage_view *v, const void *data, size_t size, const char *name,
                       tn_diags *diags) {
    header h = {0};
    size_t at;
    if (!tni_npy_is(data, size)) return fail(diags, name, TN_FORMAT, "it is no .npy file");
    if (!read_header(data, size, &h, &at)) return fail(diags, name, TN_FORMAT, h.why);
    *v = (tni_storage_view){.dtype = dtype_of(&h), .rank = h.rank, .swap = h.swap};
    if (!v->dtype)
        return fail(diags, name, TN_UNSUPPORTED,
                    "its element type is none of a tensor's (objects and strings are not read)");
    memcpy(v->dim, h.dim, sizeof v->dim);
    v->storage = (tn_str){(const char *)data + at, size - at};
    if (h.fortran)
        fortran_strides(v);
    else
        tni_storage_dense_strides(v);
    return TN_OK;
}

tn_status tni_npy_read(tn_tensor **t, tni_arena *to, const void *data, size_t size, const char *name,
                       tn_diags *diags) {
    tni_storage_view v;
    size_t bytes;
    TN_TRY(tni_npy_view(&v, data, size, name, diags));
    if (!tni_tensor_size(v.dtype, v.rank, v.dim, &bytes))
        return fail(diags, name, TN_LIMIT, "its shape is too large");
    if (bytes > v.storage.size) return fail(diags, name, TN_FORMAT, "it is shorter than its shape says");
    const char *why = tni_storage_check(&v);
    return why ? fail(diags, name, TN_FORMAT, why) : tni_storage_copy(t, to, &v);
}
