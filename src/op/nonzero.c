// SPDX-License-Identifier: Apache-2.0
// nonzero.c - NonZero, Compress, Unique: how much comes out depends on the data.
#include "op/move.h"
#include "op/order.h"

// --------------------------------------------------------------------------------------------- NonZero

static tn_status nonzero_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[2] = {in->rank < 0 ? tn_dim_fresh(c->dims) : tn_k(in->rank ? in->rank : 1),
                     tn_dim_fresh(c->dims)};
    tni_shape_out(c, 0, TN_I64, 2, dim);
    return TN_OK;
}

static bool is_zero(const tn_tensor *t, int64_t i) {
    if (t->dtype == TN_STRING) return tni_strings(t)[i].size == 0;
    if ((TN_INTEGERS | TN_BIT(TN_BOOL)) >> t->dtype & 1) return tni_get_int(t, i) == 0;
    if (t->dtype == TN_C64)
        return ((const float *)t->data)[2 * i] == 0 && ((const float *)t->data)[2 * i + 1] == 0;
    if (t->dtype == TN_C128)
        return ((const double *)t->data)[2 * i] == 0 && ((const double *)t->data)[2 * i + 1] == 0;
    return tni_get(t, i) == 0; // NaN is not zero
}

static tn_status nonzero_ref(tn_call *c) {
    const tn_tensor *in = c->in[0];
    int64_t n = tn_count(in), count = 0, at = 0, index[TN_MAX_RANK] = {0};
    int rank = in->rank ? in->rank : 1; // a scalar counts as one element, as in NumPy
    if (!c->out[0]) return TN_OK;
    for (int64_t i = 0; i < n; i++) count += !is_zero(in, i);
    int64_t dim[2] = {rank, count};
    TN_TRY(tn_call_resize(c, 0, 2, dim));
    int64_t *to = c->out[0]->data;
    for (int64_t i = 0; i < n; i++) {
        if (!is_zero(in, i)) {
            for (int d = 0; d < rank; d++) to[d * count + at] = index[d];
            at++;
        }
        tni_next_index(in->rank, in->dim, index);
    }
    return TN_OK;
}

TN_OP(nonzero) = {
    TN_HERE,
    .name = "NonZero",
    .since = 13,
    .first = 9,
    .doc = "The coordinates of elements that are not zero, a column each",
    .traits = TN_DATA_SHAPE,
    .in = {{"X", "T"}},
    .out = {{"Y", "i64"}},
    .types = {{"T", TNI_MOVABLE}},
    .infer = nonzero_infer,
    .ref = nonzero_ref,
};

// -------------------------------------------------------------------------------------------- Compress

static tn_status compress_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[TN_MAX_RANK] = {tn_dim_fresh(c->dims)};
    int axis;
    TN_TRY(tni_want_rank(c, 1, "the condition", 1, 1));
    if (!tn_attr_has(c->attrs, "axis")) {
        tni_shape_out(c, 0, in->dtype, 1, dim);
        return TN_OK;
    }
    if (in->rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    TN_TRY(tni_want_rank(c, 0, "the input", 1, TN_MAX_RANK));
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), in->rank, &axis));
    tn_dim kept = dim[0];
    memcpy(dim, in->dim, sizeof dim);
    dim[axis] = kept;
    tni_shape_out(c, 0, in->dtype, in->rank, dim);
    return TN_OK;
}

static tn_status compress_ref(tn_call *c) {
    const tn_tensor *in = c->in[0], *condition = c->in[1];
    const uint8_t *keep = condition->data;
    int64_t dim[TN_MAX_RANK], n = condition->dim[0], kept = 0, at = 0;
    if (!c->out[0]) return TN_OK;
    int rank = in->rank, axis = -1;
    if (tn_attr_has(c->attrs, "axis")) {
        int64_t a = tn_attr_int(c->attrs, "axis");
        axis = (int)(a < 0 ? a + rank : a);
    }
    int64_t length = axis < 0 ? tn_count(in) : in->dim[axis];
    if (n > length) n = length;
    for (int64_t i = 0; i < n; i++) kept += keep[i] != 0;
    memcpy(dim, in->dim, sizeof dim);
    if (axis < 0) rank = 1;
    dim[axis < 0 ? 0 : axis] = kept;
    TN_TRY(tn_call_resize(c, 0, rank, dim));
    int64_t outer = axis < 0 ? 1 : tn_count_range(in, 0, axis);
    int64_t inner = axis < 0 ? 1 : tn_count_range(in, axis + 1, in->rank);
    for (int64_t i = 0; i < n; i++) {
        if (!keep[i]) continue;
        for (int64_t o = 0; o < outer; o++)
            tni_copy(c->out[0], (o * kept + at) * inner, in, (o * length + i) * inner, 1, inner);
        at++;
    }
    return TN_OK;
}

TN_OP(compress) = {
    TN_HERE,
    .name = "Compress",
    .since = 28,
    .first = 9,
    .doc = "The elements, or slices along an axis, whose condition is true",
    .traits = TN_DATA_SHAPE,
    .in = {{"input", "T"}, {"condition", "bool"}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"axis", TN_ATTR_INT, TN_PRESENCE}},
    .infer = compress_infer,
    .ref = compress_ref,
};

// ---------------------------------------------------------------------------------------------- Unique

static tn_status unique_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[TN_MAX_RANK], count = tn_dim_fresh(c->dims), all;
    int axis, rank = 1;
    bool by_axis = tn_attr_has(c->attrs, "axis");
    for (int i = 1; i < 4; i++) tni_shape_fresh(c, i, TN_I64, 1);
    for (int i = 1; i < 4; i += 2) tni_shape_out(c, i, TN_I64, 1, &count);
    if (in->rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        if (!by_axis) tni_shape_out(c, 0, in->dtype, 1, &count);
        return TN_OK;
    }
    dim[0] = count;
    all = tni_dim_product(c, in->dim, 0, in->rank);
    if (by_axis) {
        TN_TRY(tni_want_rank(c, 0, "the input", 1, TN_MAX_RANK));
        TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), in->rank, &axis));
        rank = in->rank;
        memcpy(dim, in->dim, sizeof dim);
        all = dim[axis];
        dim[axis] = count;
    }
    tni_shape_out(c, 0, in->dtype, rank, dim);
    tni_shape_out(c, 2, TN_I64, 1, &all);
    return TN_OK;
}

// Slices along the axis: [outer, length, inner].
typedef struct slices {
    const tn_tensor *in;
    int64_t outer, length, inner;
} slices;

static int order_slices(const slices *s, int64_t a, int64_t b) {
    for (int64_t o = 0; o < s->outer; o++)
        for (int64_t i = 0; i < s->inner; i++) {
            int64_t base = o * s->length * s->inner + i;
            int way = tni_order(s->in, base + a * s->inner, s->in, base + b * s->inner);
            if (way) return way;
        }
    return 0;
}

static bool slice_less(const void *arg, int64_t a, int64_t b) { return order_slices(arg, a, b) < 0; }
static bool index_less(const void *arg, int64_t a, int64_t b) {
    const int64_t *first = arg;
    return first[a] < first[b];
}

typedef struct unique {
    int64_t n;                                              // distinct slices
    int64_t *first, *count, *group, *order, *spare, *place; // [length]
} unique;

// Groups equal slices: of group g, first[g] is the lowest index; group[i] is slice i's.
static void find_groups(const slices *s, unique *u) {
    for (int64_t i = 0; i < s->length; i++) u->order[i] = i;
    tni_sort(u->order, u->spare, s->length, slice_less, s);
    u->n = 0;
    for (int64_t k = 0; k < s->length; k++) {
        int64_t i = u->order[k];
        if (k == 0 || order_slices(s, u->order[k - 1], i) != 0) {
            u->first[u->n] = i; // the sort is stable: the lowest index comes first
            u->count[u->n++] = 0;
        }
        u->group[i] = u->n - 1;
        u->count[u->n - 1]++;
    }
}

static tn_status unique_indices(tn_call *c, const slices *s, const unique *u) {
    int64_t *to[4] = {NULL, NULL, NULL, NULL};
    for (int i = 1; i < c->nout && i < 4; i++) {
        if (!c->out[i]) continue;
        TN_TRY(tn_call_resize(c, i, 1, i == 2 ? &s->length : &u->n));
        to[i] = c->out[i]->data;
    }
    for (int64_t k = 0; k < u->n; k++) {
        if (to[1]) to[1][k] = u->first[u->order[k]];
        if (to[3]) to[3][k] = u->count[u->order[k]];
    }
    for (int64_t i = 0; to[2] && i < s->length; i++) to[2][i] = u->place[u->group[i]];
    return TN_OK;
}

static tn_status unique_ref(tn_call *c) {
    const tn_tensor *in = c->in[0];
    slices s = {in, 1, tn_count(in), 1};
    unique u = {0};
    int64_t dim[TN_MAX_RANK], axis = 0,
                              **lists[] = {&u.first, &u.count, &u.group, &u.order, &u.spare, &u.place};
    int rank = 1;
    if (tn_attr_has(c->attrs, "axis")) {
        axis = tni_attr_axis(c->attrs, in->rank);
        s = (slices){in, tn_count_range(in, 0, (int)axis), in->dim[axis],
                     tn_count_range(in, (int)axis + 1, in->rank)};
        rank = in->rank;
        memcpy(dim, in->dim, sizeof dim);
    }
    for (int i = 0; i < 6; i++)
        if (!(*lists[i] = tn_call_scratch(c, ((size_t)s.length + 1) * sizeof(int64_t)))) return TN_NOMEM;
    find_groups(&s, &u);
    for (int64_t k = 0; k < u.n; k++) u.order[k] = k; // from here on: the groups in the order they come out
    if (!tn_attr_int(c->attrs, "sorted")) tni_sort(u.order, u.spare, u.n, index_less, u.first);
    for (int64_t k = 0; k < u.n; k++) u.place[u.order[k]] = k;
    TN_TRY(unique_indices(c, &s, &u));
    if (!c->out[0]) return TN_OK;
    dim[axis] = u.n;
    TN_TRY(tn_call_resize(c, 0, rank, dim));
    for (int64_t k = 0; k < u.n; k++)
        for (int64_t o = 0; o < s.outer; o++)
            tni_copy(c->out[0], (o * u.n + k) * s.inner, in, (o * s.length + u.first[u.order[k]]) * s.inner,
                     1, s.inner);
    return TN_OK;
}

TN_OP(unique) = {
    TN_HERE,
    .name = "Unique",
    .since = 28,
    .first = 11,
    .doc = "The distinct elements, or slices along an axis, and where they are",
    .traits = TN_DATA_SHAPE,
    .in = {{"X", "T"}},
    .out = {{"Y", "T"},
            {"indices", "i64", TN_OPTIONAL_IN},
            {"inverse_indices", "i64", TN_OPTIONAL_IN},
            {"counts", "i64", TN_OPTIONAL_IN}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"axis", TN_ATTR_INT, TN_PRESENCE}, {"sorted", TN_ATTR_INT, .i = 1}},
    .infer = unique_infer,
    .ref = unique_ref,
};
