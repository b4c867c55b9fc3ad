// SPDX-License-Identifier: Apache-2.0
// reshape.c - Reshape, Flatten, Squeeze, Unsqueeze: the same elements under another shape. Only inference has
// work to do; at run time the output is a view of the input.
#include "ir/dim.h"
#include "op/move.h"

// --------------------------------------------------------------------------------------------- Reshape

// total / (product of the others), with equal factors cancelled first, so that [N, C, H] -> [N, -1] is C*H
// even where division of whole products could not tell.
static tn_status wildcard(tn_infer *c, const tn_type *in, int rank, tn_dim *dim, int at) {
    bool used[TN_MAX_RANK] = {false};
    tn_dim others = tn_k(1), total = tn_k(1);
    for (int d = 0; d < rank; d++) {
        if (d == at) continue;
        int same = 0;
        while (same < in->rank && (used[same] || !tn_dim_equal(in->dim[same], dim[d]))) same++;
        if (same < in->rank && !tn_dim_is(dim[d], 0))
            used[same] = true;
        else
            others = tn_dim_mul(c->dims, others, dim[d]);
    }
    for (int d = 0; d < in->rank; d++)
        if (!used[d]) total = tn_dim_mul(c->dims, total, in->dim[d]);
    if (tn_dim_is(others, 0)) {
        dim[at] = tn_k(0); // 0 elements: any size would do, as in PyTorch the model should not ask
        return tn_dim_is(total, 0) || total.e
                   ? TN_OK
                   : tn_infer_fail(c, "-1 in the shape stands beside a dimension of size 0");
    }
    if (!others.e && !total.e && total.k % others.k)
        return tn_infer_fail(c, "-1 in the shape: %lld elements cannot be divided into pieces of %lld",
                             (long long)total.k, (long long)others.k);
    if (!tni_dim_divide(c->dims, total, others, &dim[at])) dim[at] = tn_dim_div(c->dims, total, others);
    return TN_OK;
}

static tn_status check_count(tn_infer *c, const tn_type *in, int rank, const tn_dim *dim) {
    tn_dim have = tni_dim_product(c, in->dim, 0, in->rank), want = tni_dim_product(c, dim, 0, rank);
    if (have.e || want.e || have.k == want.k) return TN_OK;
    return tn_infer_hint(
        c, "a model exported with a fixed batch size says so here; use -1 for that dimension",
        "the input has %lld elements, the shape asked for holds %lld", (long long)have.k, (long long)want.k);
}

// The shape as asked for: 0 copies the input's dimension unless allowzero, one -1 is what is left over.
static tn_status reshape_dims(tn_infer *c, const tn_type *in, int rank, tn_dim *dim) {
    bool allowzero = tn_attr_int(c->attrs, "allowzero") != 0;
    int at = -1;
    for (int d = 0; d < rank; d++) {
        if (dim[d].e) continue;
        if (dim[d].k < -1)
            return tn_infer_fail(c, "dimension %d of the shape is %lld", d, (long long)dim[d].k);
        if (dim[d].k == -1 && at >= 0) return tn_infer_fail(c, "the shape has more than one -1");
        if (dim[d].k == -1) at = d;
        if (dim[d].k != 0 || allowzero) continue;
        if (in->rank >= 0 && d >= in->rank)
            return tn_infer_fail(c, "0 in the shape copies dimension %d, but the input has rank %d", d,
                                 in->rank);
        dim[d] = in->rank < 0 ? tn_dim_fresh(c->dims) : in->dim[d];
    }
    if (in->rank < 0) {
        if (at >= 0) dim[at] = tn_dim_fresh(c->dims);
        return TN_OK;
    }
    return at >= 0 ? wildcard(c, in, rank, dim, at) : check_count(c, in, rank, dim);
}

static tn_status reshape_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[TN_MAX_CONTENT];
    size_t n;
    TN_TRY(tni_want_rank(c, 1, "the shape", 0, 1));
    bool known = tni_content(c->in[1], dim, &n);
    int64_t length = known ? (int64_t)n : tni_known_length(c, 1);
    if (length > TN_MAX_RANK)
        return tn_infer_fail(c, "the shape has %lld dimensions, the limit is %d", (long long)length,
                             TN_MAX_RANK);
    if (length < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    if (!known) {
        tni_shape_fresh(c, 0, in->dtype, (int)length);
        return TN_OK;
    }
    TN_TRY(reshape_dims(c, in, (int)n, dim));
    tni_shape_out(c, 0, in->dtype, (int)n, dim);
    tni_content_same(c);
    return TN_OK;
}

static tn_status reshape_upgrade(tni_spec *s) {
    TN_TRY(tni_upgrade_consumed(s));
    return s->opset < 5 ? tni_spec_ints_to_input(s, "shape", 1) : TN_OK;
}

TN_OP(reshape) = {
    TN_HERE,
    .name = "Reshape",
    .since = 25,
    .first = 1,
    .doc = "The same elements under another shape",
    .traits = TN_SAME_DATA,
    .in = {{"data", "T"}, {"shape", "i64"}},
    .out = {{"reshaped", "T"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .attrs = {{"allowzero", TN_ATTR_INT, .max = 1}},
    .infer = reshape_infer,
    .ref = tni_call_same,
    .upgrade = reshape_upgrade,
    .view = tni_view_same,
};

// --------------------------------------------------------------------------------------------- Flatten

static tn_status flatten_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    int64_t axis = tn_attr_int(c->attrs, "axis");
    if (in->rank < 0) {
        tni_shape_fresh(c, 0, in->dtype, 2);
        return TN_OK;
    }
    if (axis < -in->rank || axis > in->rank)
        return tn_infer_fail(c, "axis %lld is outside [%d, %d]", (long long)axis, -in->rank, in->rank);
    if (axis < 0) axis += in->rank;
    tn_dim dim[2] = {tni_dim_product(c, in->dim, 0, (int)axis),
                     tni_dim_product(c, in->dim, (int)axis, in->rank)};
    tni_shape_out(c, 0, in->dtype, 2, dim);
    return TN_OK;
}

TN_OP(flatten) = {
    TN_HERE,
    .name = "Flatten",
    .since = 25,
    .first = 1,
    .doc = "The dimensions before and from an axis on, each as one",
    .traits = TN_SAME_DATA,
    .in = {{"input", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .attrs = {{"axis", TN_ATTR_INT, .i = 1}},
    .infer = flatten_infer,
    .ref = tni_call_same,
    .upgrade = tni_upgrade_consumed,
    .view = tni_view_same,
};

// --------------------------------------------------------------------------------- Squeeze, Unsqueeze

static tn_status axes_upgrade(tni_spec *s) {
    return s->opset < 13 ? tni_spec_ints_to_input(s, "axes", 1) : TN_OK;
}

static tn_status squeeze_unknown(tn_infer *c, const tn_type *in) {
    int64_t length = tni_given(c, 1) ? tni_known_length(c, 1) : -1;
    if (in->rank >= 0 && length >= 0 && length <= in->rank)
        tni_shape_fresh(c, 0, in->dtype, in->rank - (int)length);
    else
        tni_shape_unknown(c, 0, in->dtype);
    return TN_OK;
}

// Without axes every dimension of size 1 goes; that cannot be told while a size is an expression.
static bool ones(const tn_type *in, unsigned *mask) {
    *mask = 0;
    for (int d = 0; d < in->rank; d++) {
        if (in->dim[d].e) return false;
        if (in->dim[d].k == 1) *mask |= 1u << d;
    }
    return true;
}

static tn_status squeeze_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    int64_t axes[TN_MAX_CONTENT];
    size_t n;
    unsigned mask;
    tn_dim dim[TN_MAX_RANK];
    int rank = 0;
    if (in->rank < 0) return squeeze_unknown(c, in);
    if (tni_given(c, 1)) {
        if (!tni_const_ints(c->in[1], axes, &n)) return squeeze_unknown(c, in);
        TN_TRY(tni_axes_mask(c, axes, n, in->rank, &mask));
    } else if (!ones(in, &mask)) {
        return squeeze_unknown(c, in);
    }
    for (int d = 0; d < in->rank; d++) {
        if (!(mask >> d & 1))
            dim[rank++] = in->dim[d];
        else if (!in->dim[d].e && in->dim[d].k != 1)
            return tn_infer_fail(c, "dimension %d is to be removed, but its size is %lld, not 1", d,
                                 (long long)in->dim[d].k);
    }
    tni_shape_out(c, 0, in->dtype, rank, dim);
    tni_content_same(c);
    return TN_OK;
}

TN_OP(squeeze) = {
    TN_HERE,
    .name = "Squeeze",
    .since = 25,
    .first = 1,
    .doc = "The input without dimensions of size 1",
    .traits = TN_SAME_DATA,
    .in = {{"data", "T"}, {"axes", "i64", TN_OPTIONAL_IN}},
    .out = {{"squeezed", "T"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .infer = squeeze_infer,
    .ref = tni_call_same,
    .upgrade = axes_upgrade,
    .view = tni_view_same,
};

static tn_status unsqueeze_unknown(tn_infer *c, const tn_type *in) {
    int64_t length = tni_known_length(c, 1);
    if (in->rank >= 0 && length >= 0 && length <= TN_MAX_RANK - in->rank)
        tni_shape_fresh(c, 0, in->dtype, in->rank + (int)length);
    else
        tni_shape_unknown(c, 0, in->dtype);
    return TN_OK;
}

static tn_status unsqueeze_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    int64_t axes[TN_MAX_CONTENT];
    size_t n;
    unsigned mask;
    tn_dim dim[TN_MAX_RANK];
    if (in->rank < 0 || !tni_const_ints(c->in[1], axes, &n)) return unsqueeze_unknown(c, in);
    if (n > (size_t)(TN_MAX_RANK - in->rank))
        return tn_infer_fail(c, "the result would have rank %zu, the limit is %d", n + (size_t)in->rank,
                             TN_MAX_RANK);
    int rank = in->rank + (int)n;
    TN_TRY(tni_axes_mask(c, axes, n, rank, &mask));
    for (int d = 0, from = 0; d < rank; d++) dim[d] = mask >> d & 1 ? tn_k(1) : in->dim[from++];
    tni_shape_out(c, 0, in->dtype, rank, dim);
    tni_content_same(c);
    return TN_OK;
}

TN_OP(unsqueeze) = {
    TN_HERE,
    .name = "Unsqueeze",
    .since = 25,
    .first = 1,
    .doc = "The input with dimensions of size 1 added",
    .traits = TN_SAME_DATA,
    .in = {{"data", "T"}, {"axes", "i64"}},
    .out = {{"expanded", "T"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .infer = unsqueeze_infer,
    .ref = tni_call_same,
    .upgrade = axes_upgrade,
    .view = tni_view_same,
};
