// SPDX-License-Identifier: Apache-2.0
// onnx_tensor.c - TensorProto's numbers. Raw bytes stay in the file where their alignment allows; the typed
// fields (float_data...) are decoded. How much data there is is known before anything is allocated, so a
// shape that lies costs nothing.
#include "base/ck.h"
#include "import/onnx.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    SMALL = 64 << 10,       // inference may look at tensors up to this size: they are aligned at once
    DENSE_LIMIT = 64 << 20, // bytes of a sparse tensor made dense
};

tn_status tni_onnx_fail(tn_diags *diags, const tn_diag *where, tn_status status, const char *hint,
                        const char *message, ...) {
    tn_diag d = *where;
    d.severity = TN_ERROR;
    d.status = status;
    if (hint) d.hint = hint;
    va_list args;
    va_start(args, message);
    tni_vdiag(diags, &d, message, args);
    va_end(args);
    return status;
}

// Which typed field holds an element type, how, and how many bytes one of its values fills.
typedef struct storage {
    uint32_t field;
    tni_wire_type wire;
    size_t unit;
} storage;

static storage storage_of(tn_dtype dtype) {
    switch (dtype) {
    case TN_F32:
    case TN_C64: return (storage){4, TNI_WIRE_FIXED32, 4};
    case TN_F64:
    case TN_C128: return (storage){10, TNI_WIRE_FIXED64, 8};
    case TN_I64: return (storage){7, TNI_WIRE_VARINT, 8};
    case TN_U64: return (storage){11, TNI_WIRE_VARINT, 8};
    case TN_U32: return (storage){11, TNI_WIRE_VARINT, 4};
    case TN_STRING: return (storage){6, TNI_WIRE_BYTES, sizeof(tn_str)};
    default: {
        size_t bytes = tn_dtype_bits(dtype) / 8; // narrower types are packed into bytes
        return (storage){5, TNI_WIRE_VARINT, bytes ? bytes : 1};
    }
    }
}

// A byte other than 0 and 1 is no bool in C: such files exist, so bools are always copied.
static void normalise_bools(tn_tensor *t) {
    unsigned char *p = t->data;
    for (size_t i = 0; i < t->bytes; i++) p[i] = p[i] != 0;
}

static tn_status from_bytes(tni_onnx_data *d, tn_dtype dtype, int rank, const int64_t *dims, tn_str bytes,
                            tn_tensor **to) {
    bool aligned = (uintptr_t)bytes.text % tni_dtype_align(dtype) == 0 && dtype != TN_BOOL;
    if (!aligned && d->graph && bytes.size > SMALL && dtype != TN_BOOL) // see tni_graph_align
        aligned = d->graph->root->unaligned = true;
    *to = tni_tensor_view(d->arena, dtype, rank, dims, bytes.text);
    if (!*to) return TN_NOMEM;
    if (aligned) return TN_OK;
    (*to)->data = tni_arena_tensor(d->arena, bytes.size);
    if (!(*to)->data) return TN_NOMEM;
    if (bytes.size) memcpy((*to)->data, bytes.text, bytes.size);
    if (dtype == TN_BOOL) normalise_bools(*to);
    return TN_OK;
}

// ---- typed fields

// How many values the tensor's typed field has; *whole is that field when it came in one piece.
// False: the field is malformed.
static bool count_values(const tni_onnx_tensor *t, storage s, tn_str *whole, size_t *count) {
    size_t pieces = 0;
    tni_wire_fault fault = {0};
    *count = 0;
    for (const tni_onnx_body *b = t->body; b; b = b->next) {
        tni_wire w = b->wire, values;
        tni_field f;
        w.fault = &fault;
        while (tni_wire_next(&w, &f)) {
            size_t n = 1;
            if (f.number != s.field) continue;
            if (s.wire != TNI_WIRE_BYTES && !tni_wire_values(&w, &f, s.wire, &values, &n)) return false;
            if (s.wire == TNI_WIRE_BYTES && f.type != TNI_WIRE_BYTES) return false;
            *count += n;
            pieces++;
            *whole = f.bytes;
        }
    }
    if (pieces != 1) whole->text = NULL;
    return true;
}

static void store(unsigned char *to, size_t unit, uint64_t value) {
    uint16_t v16 = (uint16_t)value;
    uint32_t v32 = (uint32_t)value;
    switch (unit) {
    case 1: *to = (unsigned char)value; break;
    case 2: memcpy(to, &v16, 2); break;
    case 4: memcpy(to, &v32, 4); break;
    default: memcpy(to, &value, 8); break;
    }
}

static bool read_values(const tni_onnx_tensor *t, storage s, unsigned char *to) {
    tni_wire_fault fault = {0};
    for (const tni_onnx_body *b = t->body; b; b = b->next) {
        tni_wire w = b->wire, values;
        tni_field f;
        size_t n;
        w.fault = &fault;
        while (tni_wire_next(&w, &f)) {
            if (f.number != s.field || !tni_wire_values(&w, &f, s.wire, &values, &n)) continue;
            for (; n; n--, to += s.unit)
                store(to, s.unit,
                      s.wire == TNI_WIRE_VARINT    ? tni_wire_varint(&values)
                      : s.wire == TNI_WIRE_FIXED32 ? tni_wire_fixed32(&values)
                                                   : tni_wire_fixed64(&values));
        }
    }
    return !fault.what;
}

static void read_strings(const tni_onnx_tensor *t, storage s, tn_str *to) {
    for (const tni_onnx_body *b = t->body; b; b = b->next) {
        tni_wire w = b->wire;
        tni_field f;
        while (tni_wire_next(&w, &f))
            if (f.number == s.field && tni_wire_bytes(&w, &f, to)) to++;
    }
}

static tn_status from_fields(tni_onnx_data *d, const tni_onnx_tensor *t, tn_dtype dtype, size_t bytes,
                             const tn_diag *where, tn_tensor **to) {
    storage s = storage_of(dtype);
    tn_str whole = {0};
    size_t count;
    bool fine = count_values(t, s, &whole, &count);
    if (fine && count != bytes / s.unit)
        return tni_onnx_fail(d->diags, where, TN_FORMAT, NULL,
                             "its shape and type %s need %zu values, but the file holds %zu",
                             tn_dtype_text(dtype), bytes / s.unit, count);
    if (fine && whole.text && (s.wire == TNI_WIRE_FIXED32 || s.wire == TNI_WIRE_FIXED64))
        return from_bytes(d, dtype, (int)t->rank, t->dim, whole, to);
    if (fine && !(*to = tni_tensor_new(d->arena, dtype, (int)t->rank, t->dim))) return TN_NOMEM;
    if (fine && s.wire == TNI_WIRE_BYTES)
        read_strings(t, s, (*to)->data);
    else
        fine = fine && read_values(t, s, (*to)->data);
    if (!fine) return tni_onnx_fail(d->diags, where, TN_FORMAT, NULL, "its values are malformed");
    if (dtype == TN_BOOL) normalise_bools(*to);
    return TN_OK;
}

// ---- the whole

static tn_status check_shape(tni_onnx_data *d, const tni_onnx_tensor *t, const tn_diag *where,
                             size_t *bytes) {
    if (t->dtype <= TN_UNDEFINED || t->dtype >= TN_DTYPE_COUNT)
        return tni_onnx_fail(d->diags, where, TN_UNSUPPORTED, NULL, "element type %lld is not known",
                             (long long)t->dtype);
    if (t->rank > TN_MAX_RANK)
        return tni_onnx_fail(d->diags, where, TN_LIMIT, NULL, "it has %zu dimensions; %d are the most",
                             t->rank, TN_MAX_RANK);
    for (size_t i = 0; i < t->rank; i++)
        if (t->dim[i] < 0)
            return tni_onnx_fail(d->diags, where, TN_FORMAT, NULL, "dimension %zu is %lld", i,
                                 (long long)t->dim[i]);
    if (!tni_tensor_size((tn_dtype)t->dtype, (int)t->rank, t->dim, bytes))
        return tni_onnx_fail(d->diags, where, TN_LIMIT, NULL,
                             "its shape has more bytes than can be addressed");
    return TN_OK;
}

static tn_diag named(const tn_diag *where, const tni_onnx_data *d, tn_str name) {
    tn_diag at = *where;
    if (name.size) at.tensor = tni_arena_text(d->scratch, name.text, name.size);
    return at;
}

tn_status tni_onnx_decode(tni_onnx_data *d, const tni_onnx_tensor *t, const tn_diag *where, tn_tensor **to) {
    tn_diag at = named(where, d, t->name);
    size_t bytes;
    TN_TRY(check_shape(d, t, &at, &bytes));
    tn_dtype dtype = (tn_dtype)t->dtype;
    tn_str raw = t->raw;
    if (dtype == TN_STRING && (t->external || raw.size))
        return tni_onnx_fail(d->diags, &at, TN_FORMAT, NULL,
                             "strings cannot be stored as raw or external data");
    if (t->external && bytes)
        TN_TRY(tni_onnx_external_bytes(d, t, bytes, &at, &raw));
    else if (!raw.size)
        return from_fields(d, t, dtype, bytes, &at, to);
    if (raw.size != bytes)
        return tni_onnx_fail(d->diags, &at, TN_FORMAT, NULL,
                             "its shape and type %s need %zu bytes, but the file holds %zu",
                             tn_dtype_text(dtype), bytes, raw.size);
    return from_bytes(d, dtype, (int)t->rank, t->dim, raw, to);
}

// ---- sparse

// Where value k goes: `index` is [nnz] of row-major positions or [nnz, rank] of coordinates.
static bool position(const tn_tensor *index, const tn_tensor *dense, int64_t k, int64_t *to) {
    const int64_t *at = index->data;
    if (index->rank == 1) return *to = at[k], at[k] >= 0 && at[k] < tn_count(dense);
    *to = 0;
    for (int i = 0; i < dense->rank; i++) {
        int64_t x = at[k * dense->rank + i];
        if (x < 0 || x >= dense->dim[i]) return false;
        *to = *to * dense->dim[i] + x;
    }
    return true;
}

static tn_status scatter(tni_onnx_data *d, const tn_tensor *values, const tn_tensor *index, const tn_diag *at,
                         tn_tensor *dense) {
    int64_t nnz = tn_count(values);
    bool fits = index->dtype == TN_I64 &&
                ((index->rank == 1 && index->dim[0] == nnz) ||
                 (index->rank == 2 && index->dim[0] == nnz && index->dim[1] == dense->rank));
    if (!fits)
        return tni_onnx_fail(d->diags, at, TN_FORMAT, NULL,
                             "the indices of a sparse tensor must be i64[%lld] or i64[%lld,%d]",
                             (long long)nnz, (long long)nnz, dense->rank);
    size_t width = tn_dtype_bits(values->dtype) / 8;
    for (int64_t k = 0; k < nnz; k++) {
        int64_t to;
        if (!position(index, dense, k, &to))
            return tni_onnx_fail(d->diags, at, TN_FORMAT, NULL,
                                 "index %lld of a sparse tensor is outside its shape", (long long)k);
        memcpy((char *)dense->data + (size_t)to * width, (const char *)values->data + (size_t)k * width,
               width);
    }
    return TN_OK;
}

tn_status tni_onnx_decode_sparse(tni_onnx_data *d, const tni_onnx_sparse *t, const tn_diag *where,
                                 tn_tensor **to) {
    tn_diag at = named(where, d, t->values.name);
    tn_tensor *values, *index;
    TN_TRY(tni_onnx_decode(d, &t->values, &at, &values));
    TN_TRY(tni_onnx_decode(d, &t->indices, &at, &index));
    tni_onnx_tensor shape = {.dtype = t->values.dtype, .rank = t->rank};
    memcpy(shape.dim, t->dim, sizeof shape.dim);
    size_t bytes;
    TN_TRY(check_shape(d, &shape, &at, &bytes));
    if (tn_dtype_bits(values->dtype) % 8 || values->dtype == TN_STRING)
        return tni_onnx_fail(d->diags, &at, TN_UNSUPPORTED, NULL,
                             "sparse tensors of type %s are not supported", tn_dtype_text(values->dtype));
    if (bytes > DENSE_LIMIT)
        return tni_onnx_fail(d->diags, &at, TN_LIMIT, "store the tensor dense",
                             "a sparse tensor would need %zu bytes once made dense; %d are the most", bytes,
                             (int)DENSE_LIMIT);
    *to = tni_tensor_new(d->arena, values->dtype, (int)t->rank, t->dim);
    if (!*to) return TN_NOMEM;
    return scatter(d, values, index, &at, *to);
}
