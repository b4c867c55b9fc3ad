// SPDX-License-Identifier: Apache-2.0
// sequence_split.c - ConcatFromSequence and SplitToSequence: between a tensor and a sequence of its pieces
// along an axis.
#include "op/sequence.h"

// ---------------------------------------------------------------------------------------------- join

static tn_status concat_infer(tn_infer *c) {
    const tn_type *s = &c->in[0]->type;
    bool stack = tn_attr_int(c->attrs, "new_axis") != 0;
    tn_dim shape[TN_MAX_RANK];
    int axis, rank = s->rank + (stack ? 1 : 0);
    if (s->rank < 0) return tni_shape_unknown(c, 0, s->dtype), TN_OK;
    if (rank > TN_MAX_RANK) return tn_infer_fail(c, "the rank of the result is too large");
    if (rank == 0) return tn_infer_fail(c, "scalars are joined along a new axis only: new_axis must be 1");
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), rank, &axis));
    for (int d = 0, n = 0; d < rank; d++) {
        if (stack && d == axis)
            shape[d] = tn_dim_fresh(c->dims);
        else
            shape[d] = d == axis ? (n++, tn_dim_fresh(c->dims)) : s->dim[n++];
    }
    tni_shape_out(c, 0, s->dtype, rank, shape);
    return TN_OK;
}

// The result's shape; every item must have the first one's but for the axis.
static tn_status joined_shape(tn_call *c, int axis, bool stack, int64_t *dims) {
    const tn_tensor *s = c->in[0], *first = s->item[0];
    int rank = first->rank + (stack ? 1 : 0);
    for (int d = 0, n = 0; d < rank; d++) dims[d] = stack && d == axis ? 0 : first->dim[n++];
    dims[axis] = 0;
    for (size_t i = 0; i < s->nitems; i++) {
        const tn_tensor *t = s->item[i];
        bool fits = t->rank == first->rank;
        for (int d = 0; d < first->rank && fits; d++)
            fits = t->dim[d] == first->dim[d] || (!stack && d == axis);
        if (!fits) return tn_call_fail(c, TN_INVALID, "item %zu has another shape than item 0", i);
        if (!ck_add64(dims[axis], stack ? 1 : t->dim[axis], &dims[axis])) return TN_LIMIT;
    }
    return TN_OK;
}

static tn_status concat_ref(tn_call *c) {
    const tn_tensor *s = c->in[0];
    tn_tensor *y = c->out[0];
    bool stack = tn_attr_int(c->attrs, "new_axis") != 0;
    if (s->nitems == 0)
        return tn_call_fail(c, TN_INVALID, "the sequence is empty: the result would have no shape");
    int rank = s->item[0]->rank + (stack ? 1 : 0);
    int64_t axis = tn_attr_int(c->attrs, "axis"), dims[TN_MAX_RANK];
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank || rank > TN_MAX_RANK)
        return tn_call_fail(c, TN_INVALID, "axis %lld is outside the rank %d", (long long)axis, rank);
    TN_TRY(joined_shape(c, (int)axis, stack, dims));
    TN_TRY(tn_call_resize(c, 0, rank, dims));
    if (!y) return TN_OK;
    int64_t outer = tn_count_range(y, 0, (int)axis), row = tn_count_range(y, (int)axis, rank), at = 0;
    for (size_t i = 0; i < s->nitems; i++) {
        int64_t piece = outer ? tn_count(s->item[i]) / outer : 0;
        for (int64_t o = 0; o < outer; o++) tni_copy(y, o * row + at, s->item[i], o * piece, 1, piece);
        at += piece;
    }
    return TN_OK;
}

TN_OP(concat_from_sequence) = {
    TN_HERE,
    .name = "ConcatFromSequence",
    .since = 11,
    .doc = "The items joined along an axis, or stacked along a new one",
    .traits = TN_DATA_SHAPE,
    .in = {{"input_sequence", "S"}},
    .out = {{"concat_result", "T"}},
    .types = {{"S", TN_ANY_DTYPE, 1u << TN_SEQUENCE}, {"T", TN_ANY_DTYPE}},
    .attrs = {{.name = "axis", .kind = TN_ATTR_INT, .flags = TN_REQUIRED},
              {.name = "new_axis", .kind = TN_ATTR_INT, .max = 1}},
    .infer = concat_infer,
    .ref = concat_ref,
};

// ---------------------------------------------------------------------------------------------- split

static tn_status split_infer(tn_infer *c) {
    tn_type item = c->in[0]->type;
    int axis;
    if (item.rank == 0) return tn_infer_fail(c, "a scalar cannot be split");
    if (item.rank > 0) {
        TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), item.rank, &axis));
        if (tni_given(c, 1) || tn_attr_int(c->attrs, "keepdims")) {
            item.dim[axis] = tni_given(c, 1) ? tn_dim_fresh(c->dims) : tn_k(1);
        } else {
            memmove(item.dim + axis, item.dim + axis + 1, (size_t)(item.rank - axis - 1) * sizeof *item.dim);
            item.rank--;
        }
    }
    if (c->out[0]) c->out[0]->type = tni_sequence_type(&item);
    return TN_OK;
}

// Length of piece i of a dimension of `size` split into pieces of `each`, or of the lengths listed.
static int64_t piece_length(const tn_tensor *split, int64_t i, int64_t size, int64_t each) {
    if (split && split->rank > 0) return tni_get_int(split, i);
    return size - i * each < each ? size - i * each : each;
}

static tn_status count_pieces(tn_call *c, int64_t size, int64_t *each, int64_t *pieces) {
    const tn_tensor *split = tni_arg(c, 1);
    *each = 1;
    if (split && split->rank > 0) {
        int64_t sum = 0;
        *pieces = tn_count(split);
        for (int64_t i = 0; i < *pieces; i++) {
            int64_t n = tni_get_int(split, i);
            if (n < 0 || !ck_add64(sum, n, &sum))
                return tn_call_fail(c, TN_INVALID, "piece %lld has length %lld", (long long)i, (long long)n);
        }
        if (sum == size) return TN_OK;
        return tn_call_fail(c, TN_INVALID, "the pieces add up to %lld, the dimension has %lld",
                            (long long)sum, (long long)size);
    }
    if (split) *each = tni_get_int(split, 0);
    if (*each <= 0) return tn_call_fail(c, TN_INVALID, "pieces of length %lld", (long long)*each);
    *pieces = size / *each + (size % *each != 0);
    return TN_OK;
}

static tn_status split_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *split = tni_arg(c, 1);
    int axis = tni_attr_axis(c->attrs, x->rank);
    int64_t each = 1, pieces = 0, at = 0;
    bool drop = !split && !tn_attr_int(c->attrs, "keepdims");
    int64_t size = x->dim[axis], outer = tn_count_range(x, 0, axis),
            inner = tn_count_range(x, axis + 1, x->rank);
    TN_TRY(count_pieces(c, size, &each, &pieces));
    tn_tensor *item = tni_scratch(c, pieces, sizeof *item);
    const tn_tensor **items = tni_scratch(c, pieces, sizeof *items);
    if (!item || !items) return TN_NOMEM;
    for (int64_t i = 0; i < pieces; i++) {
        int64_t n = piece_length(split, i, size, each);
        tn_tensor *t = &item[i];
        *t = (tn_tensor){.kind = TN_TENSOR, .dtype = x->dtype, .rank = x->rank};
        memcpy(t->dim, x->dim, sizeof t->dim);
        t->dim[axis] = n;
        if (!tni_tensor_size(t->dtype, t->rank, t->dim, &t->bytes)) return TN_LIMIT;
        t->data = tn_call_scratch(c, t->bytes + 1);
        if (!t->data) return TN_NOMEM;
        for (int64_t o = 0; o < outer; o++)
            tni_copy(t, o * n * inner, x, (o * size + at) * inner, 1, n * inner);
        if (drop) memmove(t->dim + axis, t->dim + axis + 1, (size_t)(--t->rank - axis) * sizeof *t->dim);
        at += n;
        items[i] = t;
    }
    return tn_call_items(c, 0, (size_t)pieces, items);
}

TN_OP(split_to_sequence) = {
    TN_HERE,
    .name = "SplitToSequence",
    .since = 24,
    .first = 11,
    .doc = "The pieces of a tensor along an axis",
    .in = {{"input", "T"}, {"split", "I", TN_OPTIONAL_IN}},
    .out = {{"output_sequence", "S"}},
    .types = {{"T", TN_ANY_DTYPE}, {"I", TN_INDEXES}, {"S", TN_ANY_DTYPE, 1u << TN_SEQUENCE}},
    .attrs = {{.name = "axis", .kind = TN_ATTR_INT}, {.name = "keepdims", .kind = TN_ATTR_INT, .i = 1}},
    .infer = split_infer,
    .ref = split_ref,
};
