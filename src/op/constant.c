// SPDX-License-Identifier: Apache-2.0
// constant.c - tensors out of nothing but attributes and shapes: Constant, ConstantOfShape, EyeLike, Range.
// What they produce is known before the model runs wherever the shapes are, so inference says so.
#include "op/move.h"

// -------------------------------------------------------------------------------------------- Constant

static void vector(tn_tensor *t, tn_dtype dtype, size_t n, const void *data) {
    t->dtype = dtype;
    t->rank = 1;
    t->dim[0] = (int64_t)n;
    t->data = tni_mutable(data);
    t->bytes = n * tni_bits(dtype) / 8;
}

static void scalar(tn_tensor *t, tn_dtype dtype, const void *data) {
    vector(t, dtype, 1, data);
    t->rank = 0;
}

typedef union scalar_room {
    int64_t i;
    float f;
    tn_str s;
} scalar_room;

// The value as a tensor that borrows the attribute's memory; `room` holds a scalar. False: none was given.
static bool attribute_tensor(tn_attrs a, tn_tensor *t, scalar_room *room) {
    size_t n;
    memset(t, 0, sizeof *t);
    if (tn_attr_tensor(a, "value")) return *t = *tn_attr_tensor(a, "value"), true;
    if (tn_attr_tensor(a, "sparse_value")) return *t = *tn_attr_tensor(a, "sparse_value"), true;
    if (tn_attr_has(a, "value_int")) {
        room->i = tn_attr_int(a, "value_int");
        return scalar(t, TN_I64, &room->i), true;
    }
    if (tn_attr_has(a, "value_float")) {
        room->f = (float)tn_attr_float(a, "value_float");
        return scalar(t, TN_F32, &room->f), true;
    }
    if (tn_attr_has(a, "value_string")) {
        const char *text = tn_attr_string(a, "value_string");
        room->s = (tn_str){text, strlen(text)};
        return scalar(t, TN_STRING, &room->s), true;
    }
    if (tn_attr_has(a, "value_ints")) {
        const int64_t *v = tn_attr_ints(a, "value_ints", &n);
        return vector(t, TN_I64, n, v), true;
    }
    if (tn_attr_has(a, "value_floats")) {
        const float *v = tn_attr_floats(a, "value_floats", &n);
        return vector(t, TN_F32, n, v), true;
    }
    if (tn_attr_has(a, "value_strings")) {
        const tn_str *v = tn_attr_strings(a, "value_strings", &n);
        return vector(t, TN_STRING, n, v), true;
    }
    return false;
}

static tn_status constant_infer(tn_infer *c) {
    typedef struct constant {
        tn_tensor t;
        scalar_room room;
    } constant;
    constant *k = tn_infer_alloc(c, sizeof *k);
    if (!k) return TN_NOMEM;
    if (!attribute_tensor(c->attrs, &k->t, &k->room))
        return tn_infer_fail(c, "none of the attributes value, value_int, value_ints, value_float, "
                                "value_floats, value_string, value_strings, sparse_value is given");
    tn_dim dim[TN_MAX_RANK], content[TN_MAX_CONTENT];
    for (int d = 0; d < k->t.rank; d++) dim[d] = tn_k(k->t.dim[d]);
    tni_shape_out(c, 0, k->t.dtype, k->t.rank, dim);
    if (!c->out[0]) return TN_OK;
    c->out[0]->constant = &k->t;
    size_t n;
    if (k->t.rank <= 1 && tni_content(c->out[0], content, &n)) tn_infer_content(c, 0, content, n);
    return TN_OK;
}

static tn_status constant_ref(tn_call *c) {
    tn_tensor t;
    scalar_room room;
    if (!c->out[0]) return TN_OK;
    if (!attribute_tensor(c->attrs, &t, &room))
        return tn_call_fail(c, TN_INVALID, "the constant has no value");
    return tn_call_assign(c, 0, &t);
}

TN_OP(constant) = {
    TN_HERE,
    .name = "Constant",
    .since = 25,
    .first = 1,
    .doc = "A constant tensor",
    .out = {{"output", "T"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .attrs =
        {
            {"value", TN_ATTR_TENSOR},
            {"sparse_value", TN_ATTR_TENSOR}, // readers hand it over dense
            {"value_int", TN_ATTR_INT, TN_PRESENCE},
            {"value_ints", TN_ATTR_INTS},
            {"value_float", TN_ATTR_FLOAT, TN_PRESENCE},
            {"value_floats", TN_ATTR_FLOATS},
            {"value_string", TN_ATTR_STRING},
            {"value_strings", TN_ATTR_STRINGS},
        },
    .infer = constant_infer,
    .ref = constant_ref,
};

// ------------------------------------------------------------------------------------- ConstantOfShape

static tn_status fill_content(tn_infer *c, const tn_tensor *value, int rank, const tn_dim *dim) {
    tn_dim content[TN_MAX_CONTENT];
    tn_dtype dtype = value ? value->dtype : TN_F32;
    if (rank > 1 || !((TN_INTEGERS | TN_BIT(TN_BOOL)) >> dtype & 1)) return TN_OK;
    if (rank == 1 && (dim[0].e || dim[0].k > TN_MAX_CONTENT)) return TN_OK;
    size_t n = rank == 0 ? 1 : (size_t)dim[0].k;
    for (size_t k = 0; k < n; k++) content[k] = tn_k(tni_get_int(value, 0));
    tn_infer_content(c, 0, content, n);
    return TN_OK;
}

static tn_status constant_of_shape_infer(tn_infer *c) {
    const tn_tensor *value = tn_attr_tensor(c->attrs, "value");
    tn_dtype dtype = value ? value->dtype : TN_F32;
    tn_dim dim[TN_MAX_CONTENT];
    size_t n;
    if (value && tn_count(value) != 1)
        return tn_infer_fail(c, "attribute 'value' must have one element, but has %lld",
                             (long long)tn_count(value));
    TN_TRY(tni_want_rank(c, 0, "the shape", 0, 1));
    if (!tni_content(c->in[0], dim, &n)) {
        int64_t length = tni_known_length(c, 0);
        if (length > TN_MAX_RANK)
            return tn_infer_fail(c, "the shape has %lld dimensions, the limit is %d", (long long)length,
                                 TN_MAX_RANK);
        if (length < 0)
            tni_shape_unknown(c, 0, dtype);
        else
            tni_shape_fresh(c, 0, dtype, (int)length);
        return TN_OK;
    }
    if (n > TN_MAX_RANK)
        return tn_infer_fail(c, "the shape has %zu dimensions, the limit is %d", n, TN_MAX_RANK);
    for (size_t k = 0; k < n; k++)
        if (!dim[k].e && dim[k].k < 0)
            return tn_infer_fail(c, "dimension %zu of the shape is negative: %lld", k, (long long)dim[k].k);
    tni_shape_out(c, 0, dtype, (int)n, dim);
    return fill_content(c, value, (int)n, dim);
}

static tn_status constant_of_shape_ref(tn_call *c) {
    const tn_tensor *value = tn_attr_tensor(c->attrs, "value");
    tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    if (value)
        tni_copy(out, 0, value, 0, 0, tn_count(out));
    else if (out->bytes)
        memset(out->data, 0, out->bytes);
    return TN_OK;
}

TN_OP(constant_of_shape) = {
    TN_HERE,
    .name = "ConstantOfShape",
    .since = 25,
    .first = 9,
    .doc = "A tensor of the given shape, all elements the same",
    .in = {{"input", "T1"}},
    .out = {{"output", "T2"}},
    .types = {{"T1", TN_BIT(TN_I64)}, {"T2", TN_NUMBERS | TN_BIT(TN_BOOL) | TN_FLOAT8S | TN_NARROWS}},
    .attrs = {{"value", TN_ATTR_TENSOR}},
    .infer = constant_of_shape_infer,
    .ref = constant_of_shape_ref,
};

// --------------------------------------------------------------------------------------------- EyeLike

#define EYE_TYPES (TN_NUMBERS | TN_BIT(TN_BOOL))

static tn_status eye_like_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    int64_t dtype = tn_attr_has(c->attrs, "dtype") ? tn_attr_int(c->attrs, "dtype") : (int64_t)in->dtype;
    if (dtype < 0 || dtype >= TN_DTYPE_COUNT || !((uint64_t)EYE_TYPES >> dtype & 1))
        return tn_infer_fail(c, "attribute 'dtype' is %lld, which is no type of EyeLike", (long long)dtype);
    TN_TRY(tni_want_rank(c, 0, "the input", 2, 2));
    if (in->rank < 0)
        tni_shape_fresh(c, 0, (tn_dtype)dtype, 2);
    else
        tni_shape_out(c, 0, (tn_dtype)dtype, 2, in->dim);
    return TN_OK;
}

static tn_status eye_like_ref(tn_call *c) {
    tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    int64_t rows = out->dim[0], cols = out->dim[1], k = tn_attr_int(c->attrs, "k");
    const double one = 1;
    if (out->bytes) memset(out->data, 0, out->bytes);
    if (k >= cols || k <= -rows) return TN_OK;
    for (int64_t i = k < 0 ? -k : 0; i < rows && i + k < cols; i++)
        tni_store(out, i * cols + i + k, 1, 1, &one);
    return TN_OK;
}

TN_OP(eye_like) = {
    TN_HERE,
    .name = "EyeLike",
    .since = 22,
    .first = 9,
    .doc = "Ones on the k-th diagonal, zeros elsewhere, in the input's shape",
    .traits = TN_SHAPE_ONLY,
    .in = {{"input", "T1"}},
    .out = {{"output", "T2"}},
    .types = {{"T1", EYE_TYPES}, {"T2", EYE_TYPES}},
    .attrs = {{"dtype", TN_ATTR_INT, TN_PRESENCE}, {"k", TN_ATTR_INT}},
    .infer = eye_like_infer,
    .ref = eye_like_ref,
};

// ----------------------------------------------------------------------------------------------- Range

// ceil((limit - start) / delta), or 0. Unsigned differences cannot overflow.
static uint64_t range_count(int64_t start, int64_t limit, int64_t delta) {
    if (delta > 0 && limit > start) return ((uint64_t)limit - (uint64_t)start - 1) / (uint64_t)delta + 1;
    if (delta < 0 && limit < start) return ((uint64_t)start - (uint64_t)limit - 1) / -(uint64_t)delta + 1;
    return 0;
}

static tn_status range_float(tn_infer *c, tn_dim *count) {
    double start, limit, delta;
    *count = tn_dim_fresh(c->dims);
    if (!tni_const_float(c->in[0], &start) || !tni_const_float(c->in[1], &limit) ||
        !tni_const_float(c->in[2], &delta))
        return TN_OK;
    if (delta == 0) return tn_infer_fail(c, "delta is zero");
    double n = ceil((limit - start) / delta);
    if (!(n < 0x1p53))
        return tn_infer_fail(c, "the range from %g to %g by %g has no end", start, limit, delta);
    *count = tn_k(n > 0 ? (int64_t)n : 0);
    return TN_OK;
}

static void range_content(tn_infer *c, tn_dim count, tn_dim start, tn_dim delta) {
    tn_dim v[TN_MAX_CONTENT], at = start;
    if (count.e || count.k > TN_MAX_CONTENT) return;
    for (int64_t k = 0; k < count.k; k++) {
        v[k] = at;
        if (k + 1 < count.k) at = tn_dim_add(c->dims, at, delta);
    }
    tn_infer_content(c, 0, v, (size_t)count.k);
}

static tn_status range_int(tn_infer *c, tn_dim *count, tn_dim at[3]) {
    size_t n;
    tn_dim v[TN_MAX_CONTENT];
    *count = tn_dim_fresh(c->dims);
    for (int i = 0; i < 3; i++) {
        if (!tni_content(c->in[i], v, &n) || n != 1) return TN_OK;
        at[i] = v[0];
    }
    if (at[2].e) return TN_OK;
    int64_t delta = at[2].k;
    if (delta == 0) return tn_infer_fail(c, "delta is zero");
    if (!at[0].e && !at[1].e) {
        uint64_t exact = range_count(at[0].k, at[1].k, delta);
        if (exact > INT64_MAX / 2) return tn_infer_fail(c, "the range has too many elements");
        *count = tn_k((int64_t)exact);
    } else if (delta > INT64_MIN) {
        tn_dim way = delta > 0 ? tn_dim_sub(c->dims, at[1], at[0]) : tn_dim_sub(c->dims, at[0], at[1]);
        way = tn_dim_ceil_div(c->dims, way, tn_k(delta > 0 ? delta : -delta));
        *count = tni_dim_positive(c, way);
    }
    return TN_OK;
}

static tn_status range_infer(tn_infer *c) {
    static const char *const what[] = {"start", "limit", "delta"};
    tn_dtype dtype = c->in[0]->type.dtype;
    tn_dim count, at[3] = {{0, NULL}, {0, NULL}, {0, NULL}};
    for (int i = 0; i < 3; i++) TN_TRY(tni_want_rank(c, i, what[i], 0, 1));
    bool whole = TN_INTEGERS >> dtype & 1;
    TN_TRY(whole ? range_int(c, &count, at) : range_float(c, &count));
    tni_shape_out(c, 0, dtype, 1, &count);
    if (whole && !count.e) range_content(c, count, at[0], at[2]);
    return TN_OK;
}

static tn_status range_ref(tn_call *c) {
    tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    double start = tni_get(c->in[0], 0), delta = tni_get(c->in[2], 0);
    bool whole = TN_INTEGERS >> out->dtype & 1;
    uint64_t from = whole ? (uint64_t)tni_get_int(c->in[0], 0) : 0;
    uint64_t step = whole ? (uint64_t)tni_get_int(c->in[2], 0) : 0;
    for (int64_t k = 0; k < out->dim[0]; k++) {
        if (whole)
            tni_set_int(out, k, (int64_t)(from + (uint64_t)k * step));
        else
            tni_set(out, k, start + (double)k * delta);
    }
    return TN_OK;
}

TN_OP(range) = {
    TN_HERE,
    .name = "Range",
    .since = 27,
    .first = 11,
    .doc = "start, start + delta, ... up to but without limit",
    .in = {{"start", "T"}, {"limit", "T"}, {"delta", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS | TN_BIT(TN_I16) | TN_INDEXES}},
    .attrs = {{"stash_type", TN_ATTR_INT, .i = 1}}, // we compute in double and round once
    .infer = range_infer,
    .ref = range_ref,
};
