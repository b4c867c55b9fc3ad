// SPDX-License-Identifier: Apache-2.0
// scatter.c - ScatterElements, ScatterND, Scatter (their older name), TensorScatter (key/value caches): the
// data with some elements replaced by, or combined with, updates. Updates are applied in their own order, so
// the last of several to one place wins and sums are the same on every machine.
#include "op/move.h"

enum reduction { REPLACE, ADD, MUL, MAX, MIN };

static bool reduction_of(tn_attrs a, enum reduction *r) {
    static const char *const names[] = {"none", "add", "mul", "max", "min"};
    for (int i = 0; i < 5; i++)
        if (tn_attr_is(a, "reduction", names[i])) return *r = (enum reduction)i, true;
    return false;
}

static tn_status check_reduction(tn_infer *c) {
    enum reduction r;
    if (!reduction_of(c->attrs, &r))
        return tn_infer_fail(c, "reduction '%s' is none of none, add, mul, max, min",
                             tn_attr_string(c->attrs, "reduction"));
    tn_dtype t = c->in[0]->type.dtype;
    if (r != REPLACE && (t == TN_STRING || TN_COMPLEX >> t & 1))
        return tn_infer_fail(c, "reduction '%s' is not defined for %s", tn_attr_string(c->attrs, "reduction"),
                             tn_dtype_text(t));
    return TN_OK;
}

static double combine_float(enum reduction r, double a, double b) {
    switch (r) {
    case ADD: return a + b;
    case MUL: return a * b;
    case MAX: return isnan(a) || a > b ? a : b; // b when it is NaN
    case MIN: return isnan(a) || a < b ? a : b;
    default: return b;
    }
}

static int64_t combine_int(enum reduction r, int64_t a, int64_t b, bool is_unsigned) {
    bool less = is_unsigned ? (uint64_t)a < (uint64_t)b : a < b;
    switch (r) {
    case ADD: return (int64_t)((uint64_t)a + (uint64_t)b);
    case MUL: return (int64_t)((uint64_t)a * (uint64_t)b);
    case MAX: return less ? b : a;
    case MIN: return less ? a : b;
    default: return b;
    }
}

// Elements [at, at + n) of out with the same number of updates from `from` on.
static void combine(const tn_tensor *out, int64_t at, const tn_tensor *updates, int64_t from, int64_t n,
                    enum reduction r) {
    double a[TNI_ROW], b[TNI_ROW];
    int64_t ia[TNI_ROW], ib[TNI_ROW];
    if (r == REPLACE) {
        tni_copy(out, at, updates, from, 1, n);
        return;
    }
    for (int64_t k = 0; k < n; k += TNI_ROW) {
        int64_t m = n - k < TNI_ROW ? n - k : TNI_ROW;
        if (tni_is_float(out->dtype)) {
            tni_load(a, out, at + k, 1, m);
            tni_load(b, updates, from + k, 1, m);
            for (int64_t i = 0; i < m; i++) a[i] = combine_float(r, a[i], b[i]);
            tni_store(out, at + k, 1, m, a);
        } else {
            tni_load_int(ia, out, at + k, 1, m);
            tni_load_int(ib, updates, from + k, 1, m);
            for (int64_t i = 0; i < m; i++) ia[i] = combine_int(r, ia[i], ib[i], tni_is_unsigned(out->dtype));
            tni_store_int(out, at + k, 1, m, ia);
        }
    }
}

// ------------------------------------------------------------------------------------- ScatterElements

static tn_status scatter_elements_infer(tn_infer *c) {
    const tn_type *data = &c->in[0]->type, *index = &c->in[1]->type, *updates = &c->in[2]->type;
    int axis;
    TN_TRY(check_reduction(c));
    TN_TRY(tn_infer_same(c));
    if (data->rank < 0) return TN_OK;
    TN_TRY(tni_want_rank(c, 0, "the data", 1, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "the indices", data->rank, data->rank));
    TN_TRY(tni_want_rank(c, 2, "the updates", data->rank, data->rank));
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), data->rank, &axis));
    for (int d = 0; d < data->rank && index->rank >= 0; d++) {
        if (updates->rank >= 0)
            TN_TRY(tni_want_dim(c, updates->dim[d], index->dim[d], "size of the updates"));
        if (d != axis && !data->dim[d].e && !index->dim[d].e && index->dim[d].k > data->dim[d].k)
            return tn_infer_fail(c, "dimension %d of the indices is %lld, the data has %lld", d,
                                 (long long)index->dim[d].k, (long long)data->dim[d].k);
    }
    return TN_OK;
}

static tn_status scatter_elements_ref(tn_call *c) {
    const tn_tensor *data = c->in[0], *index = c->in[1], *updates = c->in[2];
    tn_tensor *out = c->out[0];
    int64_t at[TN_MAX_RANK] = {0}, stride[TN_MAX_RANK], i;
    enum reduction r = REPLACE;
    if (!out) return TN_OK;
    reduction_of(c->attrs, &r);
    TN_TRY(tni_call_same(c));
    if (tn_count(index) == 0) return TN_OK;
    int axis = tni_attr_axis(c->attrs, data->rank);
    int64_t k = 0;
    tni_strides(data->rank, data->dim, stride);
    do {
        int64_t to = 0;
        for (int d = 0; d < data->rank; d++)
            if (d != axis) to += at[d] * stride[d];
        TN_TRY(tni_call_index(c, tni_get_int(index, k), data->dim[axis], "index", &i));
        combine(out, to + i * stride[axis], updates, k++, 1, r);
    } while (tni_next_index(index->rank, index->dim, at));
    return TN_OK;
}

TN_OP(scatter_elements) = {
    TN_HERE,
    .name = "ScatterElements",
    .since = 18,
    .first = 11,
    .doc = "The data with one element per index replaced or combined",
    .in = {{"data", "T"}, {"indices", "Tind"}, {"updates", "T"}},
    .out = {{"output", "T"}},
    TNI_MOVABLE_TYPES,
    .attrs = {{"axis", TN_ATTR_INT}, {"reduction", TN_ATTR_STRING, .s = "none"}},
    .infer = scatter_elements_infer,
    .ref = scatter_elements_ref,
};

static tn_status scatter_upgrade(tni_spec *s) {
    s->op = "ScatterElements";
    return TN_OK;
}

TN_OP(scatter) = {
    TN_HERE,
    .name = "Scatter",
    .since = 9,
    .last = 10,
    .doc = "The older name of ScatterElements",
    .in = {{"data", "T"}, {"indices", "Tind"}, {"updates", "T"}},
    .out = {{"output", "T"}},
    TNI_MOVABLE_TYPES,
    .attrs = {{"axis", TN_ATTR_INT}},
    .upgrade = scatter_upgrade,
};

// ------------------------------------------------------------------------------------------- ScatterND

static tn_status scatter_nd_infer(tn_infer *c) {
    const tn_type *data = &c->in[0]->type, *index = &c->in[1]->type, *updates = &c->in[2]->type;
    TN_TRY(check_reduction(c));
    TN_TRY(tn_infer_same(c));
    TN_TRY(tni_want_rank(c, 0, "the data", 1, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "the indices", 1, TN_MAX_RANK));
    if (data->rank < 0 || index->rank < 0 || index->dim[index->rank - 1].e) return TN_OK;
    int64_t tuple = index->dim[index->rank - 1].k;
    if (tuple < 0 || tuple > data->rank)
        return tn_infer_fail(c, "the indices' last dimension is %lld, but the data has rank %d",
                             (long long)tuple, data->rank);
    int batch = index->rank - 1, rank = batch + data->rank - (int)tuple;
    if (updates->rank < 0) return TN_OK;
    if (updates->rank != rank)
        return tn_infer_fail(c,
                             "the updates must have rank %d (the indices' dimensions but the last, then "
                             "the data's from %lld on), but have rank %d",
                             rank, (long long)tuple, updates->rank);
    for (int d = 0; d < rank; d++) {
        tn_dim want = d < batch ? index->dim[d] : data->dim[d - batch + (int)tuple];
        TN_TRY(tni_want_dim(c, updates->dim[d], want, "size of the updates"));
    }
    return TN_OK;
}

static tn_status scatter_nd_ref(tn_call *c) {
    const tn_tensor *data = c->in[0], *index = c->in[1], *updates = c->in[2];
    tn_tensor *out = c->out[0];
    enum reduction r = REPLACE;
    if (!out) return TN_OK;
    reduction_of(c->attrs, &r);
    TN_TRY(tni_call_same(c));
    int k = (int)index->dim[index->rank - 1];
    int64_t tuples = tn_count_range(index, 0, index->rank - 1), slice = tn_count_range(data, k, data->rank);
    for (int64_t t = 0; t < tuples; t++) {
        int64_t to = 0, i;
        for (int d = 0; d < k; d++) {
            TN_TRY(tni_call_index(c, tni_get_int(index, t * k + d), data->dim[d], "index", &i));
            to = to * data->dim[d] + i;
        }
        combine(out, to * slice, updates, t * slice, slice, r);
    }
    return TN_OK;
}

TN_OP(scatter_nd) = {
    TN_HERE,
    .name = "ScatterND",
    .since = 18,
    .first = 11,
    .doc = "The data with slices named by tuples of indices replaced or combined",
    .in = {{"data", "T"}, {"indices", "i64"}, {"updates", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"reduction", TN_ATTR_STRING, .s = "none"}},
    .infer = scatter_nd_infer,
    .ref = scatter_nd_ref,
};

// --------------------------------------------------------------------------------------- TensorScatter

static tn_status tensor_scatter_infer(tn_infer *c) {
    const tn_type *cache = &c->in[0]->type, *update = &c->in[1]->type;
    int axis;
    if (!tn_attr_is(c->attrs, "mode", "linear") && !tn_attr_is(c->attrs, "mode", "circular"))
        return tn_infer_fail(c, "mode '%s' is neither linear nor circular", tn_attr_string(c->attrs, "mode"));
    TN_TRY(tn_infer_same(c));
    if (cache->rank < 0) return TN_OK;
    TN_TRY(tni_want_rank(c, 0, "the cache", 2, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "the update", cache->rank, cache->rank));
    TN_TRY(tni_want_rank(c, 2, "write_indices", 1, 1));
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), cache->rank, &axis));
    if (axis == 0) return tn_infer_fail(c, "axis may not be the batch, dimension 0");
    if (tni_ranked(c, 2))
        TN_TRY(tni_want_dim(c, c->in[2]->type.dim[0], cache->dim[0], "length of write_indices"));
    for (int d = 0; d < cache->rank && update->rank >= 0; d++) {
        tn_dim u = update->dim[d], k = cache->dim[d];
        if (d != axis) TN_TRY(tni_want_dim(c, u, k, "size of the update"));
        if (d == axis && !u.e && !k.e && u.k > k.k)
            return tn_infer_fail(c, "the update is %lld long, the cache %lld", (long long)u.k,
                                 (long long)k.k);
    }
    return TN_OK;
}

static tn_status tensor_scatter_ref(tn_call *c) {
    const tn_tensor *cache = c->in[0], *update = c->in[1], *write = c->nin > 2 ? c->in[2] : NULL;
    tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    TN_TRY(tni_call_same(c));
    bool circular = tn_attr_is(c->attrs, "mode", "circular");
    int axis = tni_attr_axis(c->attrs, cache->rank);
    int64_t inner = tn_count_range(cache, axis + 1, cache->rank), max = cache->dim[axis];
    int64_t per_batch = tn_count_range(cache, 1, axis), length = update->dim[axis];
    for (int64_t p = 0; p < cache->dim[0] * per_batch; p++) {
        int64_t first = write ? tni_get_int(write, p / per_batch) : 0;
        if (first < 0 || (!circular && first > max - length))
            return tn_call_fail(c, TN_INVALID, "write index %lld: %lld entries do not fit a cache of %lld",
                                (long long)first, (long long)length, (long long)max);
        for (int64_t s = 0; s < length; s++)
            tni_copy(out, (p * max + (first % max + s) % max) * inner, update, (p * length + s) * inner, 1,
                     inner);
    }
    return TN_OK;
}

TN_OP(tensor_scatter) = {
    TN_HERE,
    .name = "TensorScatter",
    .since = 24,
    .doc = "A key/value cache with new entries written at each sample's index",
    .in = {{"past_cache", "T"}, {"update", "T"}, {"write_indices", "i64", TN_OPTIONAL_IN}},
    .out = {{"present_cache", "T"}},
    .types = {{"T", TN_ANY_DTYPE & ~(TN_BIT(TN_U2) | TN_BIT(TN_I2))}},
    .attrs = {{"mode", TN_ATTR_STRING, .s = "linear"}, {"axis", TN_ATTR_INT, .i = -2}},
    .infer = tensor_scatter_infer,
    .ref = tensor_scatter_ref,
};
