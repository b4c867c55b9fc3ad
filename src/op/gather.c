// SPDX-License-Identifier: Apache-2.0
// gather.c - Gather (slices along an axis), GatherElements (one element per index), GatherND (slices named by
// index tuples). Negative indices count from the end; what lies outside is an error, never clamped.
#include "op/move.h"

// ---------------------------------------------------------------------------------------------- Gather

static void gather_content(tn_infer *c) {
    tn_dim data[TN_MAX_CONTENT], v[TN_MAX_CONTENT];
    int64_t index[TN_MAX_CONTENT];
    size_t n, count;
    if (!tni_content(c->in[0], data, &n) || !tni_const_ints(c->in[1], index, &count)) return;
    for (size_t k = 0; k < count; k++) {
        if (index[k] < -(int64_t)n || index[k] >= (int64_t)n) return; // for the run to refuse
        v[k] = data[index[k] < 0 ? index[k] + (int64_t)n : index[k]];
    }
    tn_infer_content(c, 0, v, count);
}

static tn_status gather_infer(tn_infer *c) {
    const tn_type *data = &c->in[0]->type, *index = &c->in[1]->type;
    tn_dim dim[2 * TN_MAX_RANK];
    int axis, rank = 0;
    if (data->rank < 0 || index->rank < 0) {
        tni_shape_unknown(c, 0, data->dtype);
        return TN_OK;
    }
    TN_TRY(tni_want_rank(c, 0, "the data", 1, TN_MAX_RANK));
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), data->rank, &axis));
    if (data->rank + index->rank - 1 > TN_MAX_RANK)
        return tn_infer_fail(c, "the result would have rank %d, the limit is %d",
                             data->rank + index->rank - 1, TN_MAX_RANK);
    for (int d = 0; d < axis; d++) dim[rank++] = data->dim[d];
    for (int d = 0; d < index->rank; d++) dim[rank++] = index->dim[d];
    for (int d = axis + 1; d < data->rank; d++) dim[rank++] = data->dim[d];
    tni_shape_out(c, 0, data->dtype, rank, dim);
    if (data->rank == 1 && index->rank <= 1) gather_content(c);
    return TN_OK;
}

static tn_status gather_ref(tn_call *c) {
    const tn_tensor *data = c->in[0], *index = c->in[1];
    tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    int axis = tni_attr_axis(c->attrs, data->rank);
    int64_t outer = tn_count_range(data, 0, axis), inner = tn_count_range(data, axis + 1, data->rank);
    int64_t n = tn_count(index), bound = data->dim[axis], at;
    for (int64_t k = 0; k < n; k++) {
        TN_TRY(tni_call_index(c, tni_get_int(index, k), bound, "index", &at));
        for (int64_t o = 0; o < outer; o++)
            tni_copy(out, (o * n + k) * inner, data, (o * bound + at) * inner, 1, inner);
    }
    return TN_OK;
}

// A view when constant indices run upwards by one in what is one piece of the data.
static bool gather_view(const tn_problem *p, int out, size_t *offset) {
    const tn_tensor *data = p->in[0], *index = p->in[1];
    int axis = tni_attr_axis(p->attrs, data->rank);
    int64_t n = tn_count(index), bound = data->dim[axis];
    if (out != 0 || !index->data || n == 0 || tn_count_range(data, 0, axis) != 1) return false;
    int64_t first = tni_get_int(index, 0);
    if (first < -bound || first >= bound) return false;
    if (first < 0) first += bound;
    for (int64_t k = 1; k < n; k++) {
        int64_t at = tni_get_int(index, k);
        if ((at < 0 ? at + bound : at) != first + k || first + k >= bound) return false;
    }
    return tni_byte_offset(data, first * tn_count_range(data, axis + 1, data->rank), offset);
}

TN_OP(gather) = {
    TN_HERE,
    .name = "Gather",
    .since = 13,
    .first = 1,
    .doc = "Slices of the data along an axis, chosen by indices",
    .in = {{"data", "T"}, {"indices", "Tind"}},
    .out = {{"output", "T"}},
    TNI_MOVABLE_TYPES,
    .attrs = {{"axis", TN_ATTR_INT}},
    .infer = gather_infer,
    .ref = gather_ref,
    .view = gather_view,
};

// -------------------------------------------------------------------------------------- GatherElements

static tn_status gather_elements_infer(tn_infer *c) {
    const tn_type *data = &c->in[0]->type, *index = &c->in[1]->type;
    int axis;
    if (index->rank < 0) {
        tni_shape_unknown(c, 0, data->dtype);
        return TN_OK;
    }
    tni_shape_out(c, 0, data->dtype, index->rank, index->dim);
    if (data->rank < 0) return TN_OK;
    TN_TRY(tni_want_rank(c, 1, "the indices", data->rank, data->rank));
    TN_TRY(tni_want_rank(c, 0, "the data", 1, TN_MAX_RANK));
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), data->rank, &axis));
    for (int d = 0; d < data->rank; d++)
        if (d != axis && !data->dim[d].e && !index->dim[d].e && index->dim[d].k > data->dim[d].k)
            return tn_infer_fail(c, "dimension %d of the indices is %lld, the data has %lld", d,
                                 (long long)index->dim[d].k, (long long)data->dim[d].k);
    return TN_OK;
}

static tn_status gather_elements_ref(tn_call *c) {
    const tn_tensor *data = c->in[0], *index = c->in[1];
    tn_tensor *out = c->out[0];
    int64_t at[TN_MAX_RANK] = {0}, stride[TN_MAX_RANK], row[TNI_ROW];
    if (!out || tn_count(index) == 0) return TN_OK;
    int axis = tni_attr_axis(c->attrs, data->rank), last = data->rank - 1;
    int64_t n = index->dim[last], done = 0;
    tni_strides(data->rank, data->dim, stride);
    do { // a row along the last dimension
        int64_t base = 0;
        for (int d = 0; d < last; d++)
            if (d != axis) base += at[d] * stride[d];
        for (int64_t k = 0; k < n; k++, done++) {
            if (k % TNI_ROW == 0) tni_load_int(row, index, done, 1, n - k < TNI_ROW ? n - k : TNI_ROW);
            int64_t i;
            TN_TRY(tni_call_index(c, row[k % TNI_ROW], data->dim[axis], "index", &i));
            tni_copy(out, done, data, base + i * stride[axis] + (axis == last ? 0 : k), 1, 1);
        }
    } while (tni_next_index(last, index->dim, at));
    return TN_OK;
}

TN_OP(gather_elements) = {
    TN_HERE,
    .name = "GatherElements",
    .since = 13,
    .first = 11,
    .doc = "One element of the data per index, the axis' coordinate replaced by it",
    .in = {{"data", "T"}, {"indices", "Tind"}},
    .out = {{"output", "T"}},
    TNI_MOVABLE_TYPES,
    .attrs = {{"axis", TN_ATTR_INT}},
    .infer = gather_elements_infer,
    .ref = gather_elements_ref,
};

// -------------------------------------------------------------------------------------------- GatherND

static tn_status gather_nd_infer(tn_infer *c) {
    const tn_type *data = &c->in[0]->type, *index = &c->in[1]->type;
    int64_t batch = tn_attr_int(c->attrs, "batch_dims");
    tn_dim dim[2 * TN_MAX_RANK];
    int rank = 0;
    tni_shape_unknown(c, 0, data->dtype);
    if (data->rank < 0 || index->rank < 0) return TN_OK;
    TN_TRY(tni_want_rank(c, 0, "the data", 1, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "the indices", 1, TN_MAX_RANK));
    if (batch < 0 || batch >= data->rank || batch >= index->rank)
        return tn_infer_fail(c, "batch_dims is %lld, but must be below the ranks %d and %d", (long long)batch,
                             data->rank, index->rank);
    for (int d = 0; d < batch; d++)
        TN_TRY(tni_want_dim(c, index->dim[d], data->dim[d], "batch of the indices"));
    tn_dim tuple = index->dim[index->rank - 1];
    if (tuple.e) return TN_OK;
    if (tuple.k < 1 || tuple.k > data->rank - batch)
        return tn_infer_fail(c, "the indices' last dimension is %lld, but must be in [1, %lld]",
                             (long long)tuple.k, (long long)(data->rank - batch));
    for (int d = 0; d < index->rank - 1; d++) dim[rank++] = index->dim[d];
    for (int d = (int)(batch + tuple.k); d < data->rank; d++) dim[rank++] = data->dim[d];
    if (rank > TN_MAX_RANK)
        return tn_infer_fail(c, "the result would have rank %d, the limit is %d", rank, TN_MAX_RANK);
    tni_shape_out(c, 0, data->dtype, rank, dim);
    return TN_OK;
}

static tn_status gather_nd_ref(tn_call *c) {
    const tn_tensor *data = c->in[0], *index = c->in[1];
    tn_tensor *out = c->out[0];
    if (!out || tn_count(out) == 0) return TN_OK;
    int b = (int)tn_attr_int(c->attrs, "batch_dims"), k = (int)index->dim[index->rank - 1];
    int64_t slice = tn_count_range(data, b + k, data->rank), batches = tn_count_range(data, 0, b);
    int64_t tuples = tn_count_range(index, b, index->rank - 1), block = tn_count_range(data, b, data->rank);
    for (int64_t t = 0; t < batches * tuples; t++) {
        int64_t from = 0;
        for (int d = 0; d < k; d++) {
            int64_t i;
            TN_TRY(tni_call_index(c, tni_get_int(index, t * k + d), data->dim[b + d], "index", &i));
            from = from * data->dim[b + d] + i;
        }
        tni_copy(out, t * slice, data, t / tuples * block + from * slice, 1, slice);
    }
    return TN_OK;
}

TN_OP(gather_nd) = {
    TN_HERE,
    .name = "GatherND",
    .since = 13,
    .first = 11,
    .doc = "Slices of the data named by tuples of indices",
    .in = {{"data", "T"}, {"indices", "i64"}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"batch_dims", TN_ATTR_INT, .min = 0, .max = TN_MAX_RANK}},
    .infer = gather_nd_infer,
    .ref = gather_nd_ref,
};
