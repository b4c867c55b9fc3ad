// SPDX-License-Identifier: Apache-2.0
// storage.c - strided views checked against their storage, and made dense.
#include "import/storage.h"

#include "base/ck.h"

#include <string.h>

// What an expanded view (stride 0) may grow to: a file of some bytes must not ask for terabytes.
enum { LARGEST_REPEAT = 1 << 30 };

// 0: packed, several in a byte; such views are dense and begin at 0.
static size_t element_bytes(const tni_storage_view *v) { return tn_dtype_bits(v->dtype) / 8; }

void tni_storage_dense_strides(tni_storage_view *v) {
    int64_t n = 1;
    for (int i = v->rank - 1; i >= 0; i--) {
        v->stride[i] = n;
        if (!ck_mul64(n, v->dim[i] > 1 ? v->dim[i] : 1, &n)) n = INT64_MAX; // tni_storage_check will say it
    }
}

static bool is_empty(const tni_storage_view *v) {
    for (int i = 0; i < v->rank; i++)
        if (v->dim[i] == 0) return true;
    return false;
}

static bool is_dense(const tni_storage_view *v) {
    int64_t n = 1;
    for (int i = v->rank - 1; i >= 0; i--) {
        if (v->dim[i] != 1 && v->stride[i] != n) return false;
        n *= v->dim[i];
    }
    return true;
}

// Sizes of which none is negative and whose product, zeros left out, fits.
static bool has_size(const tni_storage_view *v, size_t *bytes) {
    int64_t n = 1;
    for (int i = 0; i < v->rank; i++)
        if (v->dim[i] < 0 || v->stride[i] < 0 || (v->dim[i] && !ck_mul64(n, v->dim[i], &n))) return false;
    return tni_tensor_size(v->dtype, v->rank, v->dim, bytes);
}

// The highest element that the view reaches, from the storage's beginning.
static bool last_element(const tni_storage_view *v, int64_t *last) {
    *last = v->offset;
    for (int i = 0; i < v->rank; i++) {
        int64_t reach;
        if (!ck_mul64(v->dim[i] - 1, v->stride[i], &reach) || !ck_add64(*last, reach, last)) return false;
    }
    return true;
}

static bool is_complex(const tni_storage_view *v) { return v->dtype == TN_C64 || v->dtype == TN_C128; }
static bool has_signs(const tni_storage_view *v) {
    return v->dtype == TN_F32 || v->dtype == TN_F64 || is_complex(v);
}

const char *tni_storage_check(const tni_storage_view *v) {
    static const char beyond[] = "it reaches beyond its storage";
    size_t bytes;
    int64_t last;
    if (v->rank < 0 || v->rank > TN_MAX_RANK) return "it has too many dimensions";
    if (!tn_dtype_bits(v->dtype) || v->dtype == TN_STRING) return "its element type is not known";
    if ((v->conjugate || v->negate) && !has_signs(v)) return "its numbers cannot be conjugated or negated";
    if (v->offset < 0) return "its offset is negative";
    if (!has_size(v, &bytes)) return "its shape is negative or too large";
    if (is_empty(v)) return NULL;
    if (!v->storage.text) return beyond;
    if (!element_bytes(v)) return bytes <= v->storage.size && !v->offset && is_dense(v) ? NULL : beyond;
    if (!last_element(v, &last) || (uint64_t)last >= v->storage.size / element_bytes(v)) return beyond;
    if (bytes > v->storage.size && bytes > LARGEST_REPEAT) return "it repeats its storage too often";
    return NULL;
}

static const unsigned char *first_byte(const tni_storage_view *v) {
    return (const unsigned char *)v->storage.text + (size_t)v->offset * element_bytes(v);
}

// Bytes of bools are looked at too: only 0 and 1 may become a tensor's.
static bool are_bools(const tni_storage_view *v) {
    const unsigned char *p = first_byte(v);
    size_t bytes;
    if (v->dtype != TN_BOOL || !tni_tensor_size(v->dtype, v->rank, v->dim, &bytes)) return true;
    for (size_t i = 0; i < bytes; i++)
        if (p[i] > 1) return false;
    return true;
}

bool tni_storage_in_place(const tni_storage_view *v) {
    if (is_empty(v)) return true;
    bool swapped = v->swap && element_bytes(v) > 1;
    return !swapped && !v->conjugate && !v->negate && is_dense(v) &&
           !((uintptr_t)first_byte(v) % tni_dtype_align(v->dtype)) && are_bools(v);
}

// One element; a complex one is two numbers.
static void copy_element(unsigned char *to, const unsigned char *from, size_t width, size_t number,
                         bool swap) {
    for (size_t i = 0; i < width; i++) to[i] = from[swap ? i - i % number + number - 1 - i % number : i];
}

// In row-major order, counted up like an odometer.
static void gather_elements(const tn_tensor *t, const tni_storage_view *v) {
    size_t width = element_bytes(v), number = is_complex(v) ? width / 2 : width;
    int64_t at[TN_MAX_RANK] = {0}, n = tn_count(t), source = 0;
    const unsigned char *from = first_byte(v);
    unsigned char *to = t->data;
    for (int64_t k = 0; k < n; k++, to += width) {
        copy_element(to, from + (size_t)source * width, width, number, v->swap);
        for (int i = v->rank - 1; i >= 0; i--) {
            source += v->stride[i];
            if (++at[i] < v->dim[i]) break;
            source -= v->stride[i] * v->dim[i];
            at[i] = 0;
        }
    }
}

// Conjugated: every second number changes its sign; negated: every number does.
static void change_signs(tn_tensor *t, const tni_storage_view *v) {
    bool wide = v->dtype == TN_F64 || v->dtype == TN_C128, complex = is_complex(v);
    size_t n = t->bytes / (wide ? sizeof(double) : sizeof(float));
    for (size_t i = 0; i < n; i++) {
        if (v->negate == (v->conjugate && complex && i % 2)) continue;
        if (wide)
            ((double *)t->data)[i] = -((double *)t->data)[i];
        else
            ((float *)t->data)[i] = -((float *)t->data)[i];
    }
}

tn_status tni_storage_copy(tn_tensor **t, tni_arena *to, const tni_storage_view *v) {
    *t = tni_tensor_new(to, v->dtype, v->rank, v->dim);
    if (!*t) return TN_NOMEM;
    if (is_empty(v)) return TN_OK;
    if (is_dense(v) && !v->swap)
        memcpy((*t)->data, first_byte(v), (*t)->bytes);
    else
        gather_elements(*t, v);
    if (v->conjugate || v->negate) change_signs(*t, v);
    unsigned char *bools = (*t)->data;
    for (size_t i = 0; v->dtype == TN_BOOL && i < (*t)->bytes; i++) bools[i] = bools[i] != 0;
    return TN_OK;
}

tn_status tni_storage_tensor(tn_tensor **t, tni_arena *to, const tni_storage_view *v) {
    if (is_empty(v) || !tni_storage_in_place(v)) return tni_storage_copy(t, to, v);
    *t = tni_tensor_view(to, v->dtype, v->rank, v->dim, first_byte(v));
    return *t ? TN_OK : TN_NOMEM;
}
