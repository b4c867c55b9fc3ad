// SPDX-License-Identifier: Apache-2.0
// split.c - Split: pieces of the input along an axis, of given sizes or as equal as they come (all the same,
// the last one what is left over).
#include "ir/dim.h"
#include "op/move.h"

// Sizes in equal parts; all are ceil(dim / n), the last one the rest.
static tn_status equal_sizes(tn_infer *c, tn_dim dim, tn_dim *size) {
    int64_t n = tni_split_parts(c->attrs, c->nout);
    if (n < c->nout)
        return tn_infer_fail(c, "num_outputs is %lld, but there are %d outputs", (long long)n, c->nout);
    tn_dim chunk;
    bool exact = tni_dim_divide(c->dims, dim, tn_k(n), &chunk);
    if (!exact) chunk = tn_dim_ceil_div(c->dims, dim, tn_k(n));
    for (int i = 0; i < c->nout; i++) {
        tn_dim rest = tn_dim_sub(c->dims, dim, tn_dim_mul(c->dims, chunk, tn_k(i)));
        size[i] = exact ? chunk : tni_dim_positive(c, tn_dim_min(c->dims, chunk, rest));
    }
    return TN_OK;
}

static tn_status given_sizes(tn_infer *c, tn_dim dim, tn_dim *size) {
    tn_dim v[TN_MAX_CONTENT], sum = tn_k(0);
    size_t n;
    if (!tni_content(c->in[1], v, &n)) {
        const tn_tensor *list = c->in[1]->constant; // too long to be content
        for (int i = 0; i < c->nout; i++) {
            size[i] = tn_dim_fresh(c->dims);
            if (list && list->data && i < tn_count(list)) size[i] = tn_k(tni_get_int(list, i));
            if (!size[i].e && size[i].k < 0) return tn_infer_fail(c, "size %d is negative", i);
        }
        return TN_OK;
    }
    if (n < (size_t)c->nout)
        return tn_infer_fail(c, "split lists %zu sizes, but there are %d outputs", n, c->nout);
    for (size_t i = 0; i < n; i++) {
        if (!v[i].e && v[i].k < 0)
            return tn_infer_fail(c, "size %zu in split is negative: %lld", i, (long long)v[i].k);
        sum = tn_dim_add(c->dims, sum, v[i]);
        if (i < (size_t)c->nout) size[i] = v[i];
    }
    if (!sum.e && !dim.e && sum.k != dim.k)
        return tn_infer_fail(c, "the sizes in split add up to %lld, the dimension is %lld", (long long)sum.k,
                             (long long)dim.k);
    return TN_OK;
}

// Pieces of a known list of integers.
static void split_content(tn_infer *c, const tn_dim *size) {
    tn_dim v[TN_MAX_CONTENT];
    size_t n, at = 0;
    if (!tni_content(c->in[0], v, &n)) return;
    for (int i = 0; i < c->nout; i++) {
        if (size[i].e || (uint64_t)size[i].k > n - at) return;
        if (c->out[i]) tn_infer_content(c, i, v + at, (size_t)size[i].k);
        at += (size_t)size[i].k;
    }
}

static tn_status split_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    int axis;
    if (in->rank < 0) {
        for (int i = 0; i < c->nout; i++) tni_shape_unknown(c, i, in->dtype);
        return TN_OK;
    }
    if (c->nout == 0) return TN_OK;
    if (in->rank == 0) return tn_infer_fail(c, "a scalar cannot be split");
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), in->rank, &axis));
    tn_dim *size = tn_infer_alloc(c, (size_t)c->nout * sizeof *size), dim[TN_MAX_RANK];
    if (!size) return TN_NOMEM;
    memcpy(dim, in->dim, sizeof dim);
    TN_TRY(tni_given(c, 1) ? given_sizes(c, dim[axis], size) : equal_sizes(c, dim[axis], size));
    for (int i = 0; i < c->nout; i++) {
        dim[axis] = size[i];
        tni_shape_out(c, i, in->dtype, in->rank, dim);
    }
    if (in->rank == 1) split_content(c, size);
    return TN_OK;
}

static tn_status split_ref(tn_call *c) {
    return tni_call_moves(c, tni_split_moves, "the sizes in split do not fit the dimension that is split");
}

static bool split_view(const tn_problem *p, int out, size_t *offset) {
    const tn_tensor *in = p->in[0];
    int axis = tni_attr_axis(p->attrs, in->rank);
    int64_t at;
    if (tn_count_range(in, 0, axis) != 1) return false;
    if (!p->out[out] || !tni_split_start(p, axis, out, &at)) return false;
    return tni_byte_offset(in, at * tn_count_range(in, axis + 1, in->rank), offset);
}

// `split` was an input, then an attribute, then an input again; equal parts were by the number of outputs.
static tn_status split_upgrade(tni_spec *s) {
    if (s->opset < 13) TN_TRY(tni_spec_ints_to_input(s, "split", 1));
    if (s->opset < 18 && (s->nin < 2 || !s->in[1])) return tni_spec_put(s, TN_A_INT("num_outputs", s->nout));
    return TN_OK;
}

TN_OP(split) = {
    TN_HERE,
    .name = "Split",
    .since = 18,
    .first = 1,
    .doc = "Pieces of the input along an axis",
    .in = {{"input", "T"}, {"split", "i64", TN_OPTIONAL_IN}},
    .out = {{"outputs", "T", TN_VARIADIC}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"axis", TN_ATTR_INT}, {"num_outputs", TN_ATTR_INT, .min = 1, .max = INT32_MAX}},
    .infer = split_infer,
    .ref = split_ref,
    .upgrade = split_upgrade,
    .view = split_view,
};
