// SPDX-License-Identifier: Apache-2.0
// slice.c - Slice: every step-th element from start to before end along some axes, as NumPy counts. Starts
// and ends may lie far outside (exporters write INT64_MAX for "to the end") and are clamped.
#include "op/move.h"

// ------------------------------------------------------------------------------------------- inference

enum { FAR = INT32_MAX }; // at or beyond it a bound means "to the end": int32 exporters write just that

// A bound as the distance from 0: negative ones count from the end.
static tn_dim from_start(tn_infer *c, tn_dim at, tn_dim dim) {
    if (!at.e) return at.k < 0 ? tn_dim_add(c->dims, at, dim) : at;
    if (tn_dim_equal(tni_dim_positive(c, at), at)) return at;
    // An expression whose sign depends on the sizes: dim is added where it is negative, exactly.
    tn_dim minus = tn_dim_max(c->dims, tn_dim_sub(c->dims, tn_k(0), at), tn_k(0));
    tn_dim negative = tn_dim_min(c->dims, minus, tn_k(1));
    return tn_dim_add(c->dims, at, tn_dim_mul(c->dims, negative, dim));
}

static tn_dim forward(tn_infer *c, tn_dim dim, tn_dim start, tn_dim end, int64_t step) {
    bool whole = (!end.e && end.k >= FAR) || tn_dim_equal(end, dim);
    if (whole && !dim.e && !end.e && dim.k > end.k) whole = false;
    if (!start.e && start.k <= -FAR) start = tn_k(0);
    if (!end.e && end.k <= -FAR) end = tn_k(0);
    if (!start.e && start.k >= FAR && dim.e) return tn_k(0);
    if (!start.e && start.k < 0 && whole) { // the last -start ones
        tn_dim tail = tn_dim_min(c->dims, tn_k(-start.k), dim);
        return step == 1 ? tail : tn_dim_ceil_div(c->dims, tail, tn_k(step));
    }
    tn_dim first = from_start(c, start, dim);
    if (first.e || first.k < 0) first = tni_dim_positive(c, first);
    tn_dim last = whole ? dim : tn_dim_min(c->dims, from_start(c, end, dim), dim);
    tn_dim way = tn_dim_sub(c->dims, last, first);
    if (!(whole && tn_dim_is(first, 0))) way = tni_dim_positive(c, way);
    return step == 1 ? way : tn_dim_ceil_div(c->dims, way, tn_k(step));
}

static tn_dim backward(tn_infer *c, tn_dim dim, tn_dim start, tn_dim end, int64_t step) {
    tn_dim top = tn_dim_sub(c->dims, dim, tn_k(1)), first = top, last = tn_k(-1);
    bool from_top = tn_dim_is(start, -1) || (!start.e && start.k >= FAR);
    bool to_bottom = !end.e && (end.k <= -FAR || tni_whole_back(end.k));
    if (!from_top) {
        first = tni_dim_positive(c, from_start(c, start, dim));
        first = tn_dim_min(c->dims, first, top);
    }
    if (!to_bottom) last = tn_dim_max(c->dims, from_start(c, end, dim), tn_k(-1));
    if (!to_bottom) last = tn_dim_min(c->dims, last, top);
    tn_dim way = tn_dim_sub(c->dims, first, last);
    if (!(from_top && to_bottom)) way = tni_dim_positive(c, way);
    return step == -1 ? way : tn_dim_ceil_div(c->dims, way, tn_k(-step));
}

typedef struct slice_lists {
    size_t n;
    bool known[2]; // starts, ends
    tn_dim at[2][TN_MAX_CONTENT];
    int64_t axes[TN_MAX_CONTENT], steps[TN_MAX_CONTENT];
    bool steps_known;
} slice_lists;

// *usable false: which axes are cut is not known.
static tn_status read_lists(tn_infer *c, slice_lists *l, bool *usable) {
    static const char *const names[] = {"", "starts", "ends", "axes", "steps"};
    size_t n;
    int64_t length = -1;
    for (int i = 1; i < 5; i++) {
        if (!tni_given(c, i)) continue;
        TN_TRY(tni_want_rank(c, i, names[i], 0, 1));
        int64_t known = tni_known_length(c, i);
        if (known >= 0 && length >= 0 && known != length)
            return tn_infer_fail(c, "%s has %lld entries, the lists before it have %lld", names[i],
                                 (long long)known, (long long)length);
        if (known >= 0) length = known;
    }
    if (length > TN_MAX_RANK)
        return tn_infer_fail(c, "starts has %lld entries, the limit is %d", (long long)length, TN_MAX_RANK);
    *usable = length >= 0;
    l->n = *usable ? (size_t)length : 0;
    for (int i = 0; i < 2; i++) l->known[i] = tni_content(c->in[1 + i], l->at[i], &n) && n == l->n;
    for (size_t k = 0; k < l->n; k++) {
        l->axes[k] = (int64_t)k;
        l->steps[k] = 1;
    }
    if (tni_given(c, 3) && (!tni_const_ints(c->in[3], l->axes, &n) || n != l->n)) *usable = false;
    l->steps_known = !tni_given(c, 4) || (tni_const_ints(c->in[4], l->steps, &n) && n == l->n);
    return TN_OK;
}

static tn_status cut(tn_infer *c, const slice_lists *l, size_t k, tn_dim *dim) {
    int64_t step = l->steps[k];
    if (l->steps_known && step == 0) return tn_infer_fail(c, "step %zu is zero", k);
    if (!l->steps_known || !l->known[0] || !l->known[1]) {
        *dim = tn_dim_fresh(c->dims);
        return TN_OK;
    }
    tn_dim start = l->at[0][k], end = l->at[1][k];
    if (step == INT64_MIN) step++;
    if (!dim->e && !start.e && !end.e)
        *dim = tn_k(tni_slice_exact(dim->k, &start.k, end.k, &step));
    else
        *dim = step > 0 ? forward(c, *dim, start, end, step) : backward(c, *dim, start, end, step);
    return TN_OK;
}

static void slice_content(tn_infer *c, const slice_lists *l) {
    tn_dim v[TN_MAX_CONTENT], cut_out[TN_MAX_CONTENT];
    size_t n;
    if (!tni_content(c->in[0], v, &n)) return;
    if (l->n == 0) {
        tn_infer_content(c, 0, v, n);
        return;
    }
    tn_dim start = l->at[0][0], end = l->at[1][0];
    if (!l->known[0] || !l->known[1] || !l->steps_known || start.e || end.e) return;
    int64_t first = start.k, step = l->steps[0];
    int64_t count = tni_slice_exact((int64_t)n, &first, end.k, &step);
    for (int64_t k = 0; k < count; k++) cut_out[k] = v[first + k * step];
    tn_infer_content(c, 0, cut_out, (size_t)count);
}

static tn_status slice_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    slice_lists l;
    bool usable = false;
    tn_dim dim[TN_MAX_RANK];
    unsigned seen;
    TN_TRY(read_lists(c, &l, &usable));
    if (in->rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    if (!usable) {
        tni_shape_fresh(c, 0, in->dtype, in->rank);
        return TN_OK;
    }
    TN_TRY(tni_axes_mask(c, l.axes, l.n, in->rank, &seen));
    memcpy(dim, in->dim, sizeof dim);
    for (size_t k = 0; k < l.n; k++)
        TN_TRY(cut(c, &l, k, &dim[l.axes[k] < 0 ? l.axes[k] + in->rank : l.axes[k]]));
    tni_shape_out(c, 0, in->dtype, in->rank, dim);
    if (in->rank == 1) slice_content(c, &l);
    return TN_OK;
}

// ------------------------------------------------------------------------------------------- execution

static tn_status slice_ref(tn_call *c) {
    return tni_call_moves(c, tni_slice_moves,
                          "starts, ends, axes and steps do not fit the input, or do not give the "
                          "output's sizes");
}

// A view when what is taken runs on without gaps: ones, then one cut dimension, then whole ones.
static bool slice_view(const tn_problem *p, int out, size_t *offset) {
    const tn_tensor *in = p->in[0];
    tni_slice s;
    int64_t stride[TN_MAX_RANK], at = 0;
    bool more = false; // a dimension before this one has more than one element
    if (out != 0 || !tni_slice_read(p->in, p->nin, &s)) return false;
    tni_strides(in->rank, in->dim, stride);
    *offset = 0;
    for (int d = 0; d < in->rank; d++)
        if (s.count[d] == 0) return true; // nothing, which is everywhere
    for (int d = 0; d < in->rank; d++) {
        at += s.start[d] * stride[d];
        if (s.count[d] > 1 && s.step[d] != 1) return false;
        if (more && s.count[d] != in->dim[d]) return false;
        more |= s.count[d] > 1;
    }
    return tni_byte_offset(in, at, offset);
}

// Until opset 9 the lists were attributes.
static tn_status slice_upgrade(tni_spec *s) {
    if (s->opset >= 10) return TN_OK;
    TN_TRY(tni_spec_ints_to_input(s, "starts", 1));
    TN_TRY(tni_spec_ints_to_input(s, "ends", 2));
    return tni_spec_ints_to_input(s, "axes", 3);
}

TN_OP(slice) = {
    TN_HERE,
    .name = "Slice",
    .since = 13,
    .first = 1,
    .doc = "Every step-th element from start to before end along axes",
    .in = {{"data", "T"},
           {"starts", "Tind"},
           {"ends", "Tind"},
           {"axes", "Tind", TN_OPTIONAL_IN},
           {"steps", "Tind", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    TNI_MOVABLE_TYPES,
    .infer = slice_infer,
    .ref = slice_ref,
    .upgrade = slice_upgrade,
    .view = slice_view,
};
