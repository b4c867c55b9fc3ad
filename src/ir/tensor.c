// SPDX-License-Identifier: Apache-2.0
// tensor.c - element types and concrete tensors.
#include "ir/tensor.h"

#include "base/ck.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *text;
    size_t bits;
} dtypes[TN_DTYPE_COUNT] = {
#define DTYPE_ROW(name, number, bits, text) [number] = {text, bits},
    TN_DTYPE_TABLE(DTYPE_ROW)
#undef DTYPE_ROW
};

const char *tn_dtype_text(tn_dtype dtype) {
    return dtype > TN_UNDEFINED && dtype < TN_DTYPE_COUNT ? dtypes[dtype].text : "undefined";
}

size_t tn_dtype_bits(tn_dtype dtype) {
    return dtype > TN_UNDEFINED && dtype < TN_DTYPE_COUNT ? dtypes[dtype].bits : 0;
}

size_t tni_dtype_align(tn_dtype dtype) {
    if (dtype == TN_STRING) return _Alignof(tn_str);
    size_t bytes = tn_dtype_bits(dtype) / 8; // 0: packed into bytes
    if (dtype == TN_C64 || dtype == TN_C128) bytes /= 2;
    return bytes ? bytes : 1;
}

bool tni_dtype_parse(const char *text, size_t size, tn_dtype *to) {
    for (int i = 1; i < TN_DTYPE_COUNT; i++)
        if (strlen(dtypes[i].text) == size && !memcmp(dtypes[i].text, text, size))
            return *to = (tn_dtype)i, true;
    return false;
}

bool tni_tensor_size(tn_dtype dtype, int rank, const int64_t *dims, size_t *bytes) {
    return rank >= 0 && rank <= TN_MAX_RANK && ck_tensor_bytes(rank, dims, tn_dtype_bits(dtype), bytes);
}

int64_t tn_count_range(const tn_tensor *t, int first, int last) {
    int64_t n = 1;
    for (int i = first; i < last; i++) n *= t->dim[i];
    return n;
}

int64_t tn_count(const tn_tensor *t) { return tn_count_range(t, 0, t->rank); }

static tn_tensor *make(tni_arena *a, tn_dtype dtype, int rank, const int64_t *dims) {
    size_t bytes;
    if (!tni_tensor_size(dtype, rank, dims, &bytes)) return NULL;
    tn_tensor *t = tni_arena_zalloc(a, sizeof *t);
    if (!t) return NULL;
    t->dtype = dtype;
    t->rank = rank;
    t->bytes = bytes;
    t->pinned = true;
    if (rank) memcpy(t->dim, dims, (size_t)rank * sizeof *dims);
    return t;
}

tn_tensor *tni_tensor_new(tni_arena *a, tn_dtype dtype, int rank, const int64_t *dims) {
    tn_tensor *t = make(a, dtype, rank, dims);
    if (!t || !(t->data = tni_arena_tensor(a, t->bytes))) return NULL;
    memset(t->data, 0, t->bytes);
    return t;
}

tn_tensor *tni_tensor_view(tni_arena *a, tn_dtype dtype, int rank, const int64_t *dims, const void *data) {
    tn_tensor *t = make(a, dtype, rank, dims);
    if (t) t->data = tni_mutable(data);
    return t;
}

static bool copy_text(tni_arena *a, tn_tensor *t) {
    tn_str *s = t->data;
    for (size_t i = 0; i < t->bytes / sizeof *s; i++) {
        s[i].text = tni_arena_text(a, s[i].text, s[i].size);
        if (!s[i].text) return false;
    }
    return true;
}

tn_tensor *tni_tensor_copy(tni_arena *a, const tn_tensor *from) {
    tn_tensor *t = tni_arena_copy(a, from, sizeof *from);
    if (!t) return NULL;
    t->owner = NULL;
    t->pinned = true;
    if (from->data) {
        if (!(t->data = tni_arena_tensor(a, from->bytes))) return NULL;
        if (from->bytes) memcpy(t->data, from->data, from->bytes);
        if (t->dtype == TN_STRING && !copy_text(a, t)) return NULL;
    }
    if (from->nitems) {
        t->item = tni_arena_alloc(a, from->nitems * sizeof *t->item);
        for (size_t i = 0; t->item && i < from->nitems; i++)
            if (!(t->item[i] = tni_tensor_copy(a, from->item[i]))) return NULL;
        if (!t->item) return NULL;
    }
    return t;
}

static bool same_data(const tn_tensor *a, const tn_tensor *b) {
    if (a->dtype != TN_STRING) return a->bytes == 0 || !memcmp(a->data, b->data, a->bytes);
    const tn_str *x = a->data, *y = b->data;
    for (size_t i = 0; i < a->bytes / sizeof *x; i++)
        if (x[i].size != y[i].size || memcmp(x[i].text, y[i].text, x[i].size)) return false;
    return true;
}

bool tni_tensor_equal(const tn_tensor *a, const tn_tensor *b) {
    if (a == b) return true;
    if (a->kind != b->kind || a->dtype != b->dtype || a->rank != b->rank || a->nitems != b->nitems)
        return false;
    if (a->has_item != b->has_item || memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim)) return false;
    for (size_t i = 0; i < a->nitems; i++)
        if (!tni_tensor_equal(a->item[i], b->item[i])) return false;
    return a->kind != TN_TENSOR || (a->bytes == b->bytes && same_data(a, b));
}

// ---- elements

unsigned tni_get_bits(const tn_tensor *t, int64_t i, unsigned bits) {
    unsigned per = 8 / bits, shift = (unsigned)((uint64_t)i % per) * bits;
    return ((const uint8_t *)t->data)[(uint64_t)i / per] >> shift & ((1u << bits) - 1);
}

void tni_set_bits(const tn_tensor *t, int64_t i, unsigned bits, unsigned value) {
    unsigned per = 8 / bits, shift = (unsigned)((uint64_t)i % per) * bits, mask = ((1u << bits) - 1) << shift;
    uint8_t *at = (uint8_t *)t->data + (uint64_t)i / per;
    *at = (uint8_t)((*at & ~mask) | (value << shift & mask));
}

int64_t tni_truncate(double x, bool is_u64) {
    if (isnan(x)) return 0;
    if (x <= -0x1p63) return INT64_MIN;
    if (x < 0x1p63) return (int64_t)x;
    if (!is_u64) return INT64_MAX;
    return x < 0x1p64 ? (int64_t)(uint64_t)x : -1;
}

int64_t tni_get_int(const tn_tensor *t, int64_t i) {
    switch (t->dtype) {
    case TN_U8:
    case TN_BOOL: return ((const uint8_t *)t->data)[i];
    case TN_I8: return ((const int8_t *)t->data)[i];
    case TN_U16: return ((const uint16_t *)t->data)[i];
    case TN_I16: return ((const int16_t *)t->data)[i];
    case TN_U32: return ((const uint32_t *)t->data)[i];
    case TN_I32: return ((const int32_t *)t->data)[i];
    case TN_U64:
    case TN_I64: return ((const int64_t *)t->data)[i];
    case TN_U4: return tni_get_bits(t, i, 4);
    case TN_I4: return (int)(tni_get_bits(t, i, 4) ^ 8u) - 8;
    case TN_U2: return tni_get_bits(t, i, 2);
    case TN_I2: return (int)(tni_get_bits(t, i, 2) ^ 2u) - 2;
    default: return tni_truncate(tni_get(t, i), false);
    }
}

double tni_get(const tn_tensor *t, int64_t i) {
    switch (t->dtype) {
    case TN_F32:
    case TN_C64: return (double)((const float *)t->data)[i];
    case TN_F64:
    case TN_C128: return ((const double *)t->data)[i];
    case TN_F16: return (double)tni_f16_to_float(((const uint16_t *)t->data)[i]);
    case TN_BF16: return (double)tni_bf16_to_float(((const uint16_t *)t->data)[i]);
    case TN_F8E4M3FN:
    case TN_F8E4M3FNUZ:
    case TN_F8E5M2:
    case TN_F8E5M2FNUZ:
    case TN_F8E8M0: return (double)tni_f8_to_float((int)t->dtype, ((const uint8_t *)t->data)[i]);
    case TN_F4E2M1: return (double)tni_f8_to_float(TN_F4E2M1, (uint8_t)tni_get_bits(t, i, 4));
    case TN_U64: return (double)((const uint64_t *)t->data)[i];
    case TN_UNDEFINED:
    case TN_STRING: return 0;
    default: return (double)tni_get_int(t, i);
    }
}

void tni_set_int(const tn_tensor *t, int64_t i, int64_t value) {
    switch (t->dtype) {
    case TN_U8:
    case TN_I8: ((uint8_t *)t->data)[i] = (uint8_t)value; break;
    case TN_BOOL: ((uint8_t *)t->data)[i] = value != 0; break;
    case TN_U16:
    case TN_I16: ((uint16_t *)t->data)[i] = (uint16_t)value; break;
    case TN_U32:
    case TN_I32: ((uint32_t *)t->data)[i] = (uint32_t)value; break;
    case TN_U64:
    case TN_I64: ((int64_t *)t->data)[i] = value; break;
    case TN_U4:
    case TN_I4: tni_set_bits(t, i, 4, (unsigned)value & 15); break;
    case TN_U2:
    case TN_I2: tni_set_bits(t, i, 2, (unsigned)value & 3); break;
    default: tni_set(t, i, (double)value);
    }
}

void tni_set(const tn_tensor *t, int64_t i, double value) {
    switch (t->dtype) {
    case TN_F32:
    case TN_C64: ((float *)t->data)[i] = (float)value; break;
    case TN_F64:
    case TN_C128: ((double *)t->data)[i] = value; break;
    case TN_F16: ((uint16_t *)t->data)[i] = tni_double_to_f16(value); break;
    case TN_BF16: ((uint16_t *)t->data)[i] = tni_double_to_bf16(value); break;
    case TN_F8E4M3FN:
    case TN_F8E4M3FNUZ:
    case TN_F8E5M2:
    case TN_F8E5M2FNUZ:
    case TN_F8E8M0: ((uint8_t *)t->data)[i] = tni_float_to_f8((int)t->dtype, (float)value, true); break;
    case TN_F4E2M1: tni_set_bits(t, i, 4, tni_float_to_f8(TN_F4E2M1, (float)value, true)); break;
    case TN_BOOL: ((uint8_t *)t->data)[i] = value != 0; break;
    case TN_UNDEFINED:
    case TN_STRING: break;
    default: tni_set_int(t, i, tni_truncate(value, t->dtype == TN_U64));
    }
}

void tni_broadcast_strides(const tn_tensor *t, int rank, const int64_t *dims, int64_t *stride) {
    int64_t step = 1;
    (void)dims;
    for (int i = rank - 1, j = t->rank - 1; i >= 0; i--, j--) {
        stride[i] = j < 0 || t->dim[j] == 1 ? 0 : step;
        if (j >= 0) step *= t->dim[j];
    }
}

// ---- public

static tn_status new_owned(tn_tensor **t, tn_env *env, tn_dtype dtype, int rank, const int64_t *dims,
                           void *data) {
    size_t bytes;
    if (rank < 0 || rank > TN_MAX_RANK || !tn_dtype_bits(dtype)) return TN_INVALID;
    if (!tni_tensor_size(dtype, rank, dims, &bytes)) return TN_LIMIT;
    tni_arena *a = tni_alloc(env, sizeof *a);
    if (!a) return TN_NOMEM;
    tni_arena_init(a, env);
    a->chunk_bytes = 1024;
    *t = data ? tni_tensor_view(a, dtype, rank, dims, data) : tni_tensor_new(a, dtype, rank, dims);
    if (!*t) {
        tni_arena_free(a);
        tni_free(env, a);
        return TN_NOMEM;
    }
    (*t)->owner = a;
    return TN_OK;
}

tn_status tn_tensor_new(tn_tensor **t, tn_env *env, tn_dtype dtype, int rank, const int64_t *dims) {
    return new_owned(t, env, dtype, rank, dims, NULL);
}

tn_status tn_tensor_wrap(tn_tensor **t, tn_env *env, tn_dtype dtype, int rank, const int64_t *dims,
                         void *data) {
    static max_align_t nothing; // an empty tensor's data is never read
    return new_owned(t, env, dtype, rank, dims, data ? data : (void *)&nothing);
}

void tn_tensor_free(tn_tensor *t) {
    tni_arena *a = t ? t->owner : NULL;
    if (!a) return;
    tn_env *env = a->env;
    tni_arena_free(a);
    tni_free(env, a);
}

tn_kind tn_tensor_kind(const tn_tensor *t) { return t->kind; }
tn_dtype tn_tensor_dtype(const tn_tensor *t) { return t->dtype; }
int tn_tensor_rank(const tn_tensor *t) { return t->rank; }
const int64_t *tn_tensor_dims(const tn_tensor *t) { return t->dim; }
int64_t tn_tensor_count(const tn_tensor *t) { return t->kind == TN_TENSOR ? tn_count(t) : 0; }
size_t tn_tensor_bytes(const tn_tensor *t) { return t->bytes; }
void *tn_tensor_data(tn_tensor *t) { return t->data; }
const void *tn_tensor_const_data(const tn_tensor *t) { return t->data; }
size_t tn_tensor_items(const tn_tensor *t) { return t->nitems; }
const tn_tensor *tn_tensor_item(const tn_tensor *t, size_t i) { return i < t->nitems ? t->item[i] : NULL; }
double tn_tensor_get(const tn_tensor *t, int64_t i) { return tni_get(t, i); }
void tn_tensor_set(tn_tensor *t, int64_t i, double value) { tni_set(t, i, value); }
