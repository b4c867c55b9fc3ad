// SPDX-License-Identifier: Apache-2.0
// pad.c - Pad and CenterCropPad. Every output dimension is a short table that says which input index each
// output index shows, or -1 for the fill value; all modes, crops (negative pads) included, are such tables.
#include "op/move.h"

// ------------------------------------------------------------------------------------------------- Pad

// Which dimensions the pads are for, in order. *known false: axes is given but not constant.
static tn_status pad_axes(tn_infer *c, int rank, int *axes, int *n, bool *known) {
    int64_t v[TN_MAX_CONTENT];
    size_t count;
    unsigned mask;
    *known = true;
    *n = rank;
    for (int d = 0; d < rank; d++) axes[d] = d;
    if (!tni_given(c, 3)) return TN_OK;
    TN_TRY(tni_want_rank(c, 3, "axes", 0, 1));
    *known = tni_const_ints(c->in[3], v, &count);
    if (!*known) return TN_OK;
    TN_TRY(tni_axes_mask(c, v, count, rank, &mask));
    for (size_t k = 0; k < count; k++) axes[k] = (int)(v[k] < 0 ? v[k] + rank : v[k]);
    *n = (int)count;
    return TN_OK;
}

// PyTorch refuses to reflect by the whole size or more, and to go round by more than once; ONNX's formula
// goes on. Told where the sizes are known before it runs.
static void warn_of_long_pad(tn_infer *c, tni_pad_mode mode, int axis, tn_dim size, tn_dim begin,
                             tn_dim end) {
    if (size.e || begin.e || end.e || (mode != TNI_PAD_REFLECT && mode != TNI_PAD_WRAP)) return;
    int64_t most = mode == TNI_PAD_REFLECT ? size.k - 1 : size.k, pad = begin.k > end.k ? begin.k : end.k;
    if (pad > most)
        tn_infer_warn(
            c,
            "dimension %d has %lld elements and is padded by %lld of its own (mode %s): PyTorch refuses "
            "more than %lld; it goes on back and forth here, as ONNX defines it",
            axis, (long long)size.k, (long long)pad, tn_attr_string(c->attrs, "mode"), (long long)most);
}

static tn_status pad_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim pads[TN_MAX_CONTENT], dim[TN_MAX_RANK];
    int axes[TN_MAX_RANK], n;
    size_t count;
    bool known;
    tni_pad_mode mode;
    if (!tni_pad_mode_of(c->attrs, &mode))
        return tn_infer_fail(c, "mode '%s' is none of constant, reflect, edge, wrap",
                             tn_attr_string(c->attrs, "mode"));
    TN_TRY(tni_want_rank(c, 1, "pads", 1, 2)); // [1, 2n] is seen in old files
    if (in->rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    TN_TRY(pad_axes(c, in->rank, axes, &n, &known));
    if (!known || !tni_content(c->in[1], pads, &count)) {
        tni_shape_fresh(c, 0, in->dtype, in->rank);
        return TN_OK;
    }
    if (count != 2 * (size_t)n)
        return tn_infer_hint(c, "pads lists all begins, then all ends", "pads has %zu entries, %d are needed",
                             count, 2 * n);
    memcpy(dim, in->dim, sizeof dim);
    for (int k = 0; k < n; k++) {
        tn_dim *to = &dim[axes[k]], from = *to;
        *to = tn_dim_add(c->dims, tn_dim_add(c->dims, from, pads[k]), pads[n + k]);
        if (!to->e && to->k < 0)
            return tn_infer_fail(c, "pads remove more of dimension %d than its size", axes[k]);
        if (mode != TNI_PAD_CONSTANT && tn_dim_is(from, 0) && !tn_dim_is(*to, 0))
            return tn_infer_fail(c, "dimension %d has size 0: there is nothing to repeat", axes[k]);
        warn_of_long_pad(c, mode, axes[k], from, pads[k], pads[n + k]);
    }
    tni_shape_out(c, 0, in->dtype, in->rank, dim);
    return TN_OK;
}

// Index i of a line of n elements continued without end on both sides; -1: not part of it.
static int64_t continued(tni_pad_mode mode, int64_t i, int64_t n) {
    if (i >= 0 && i < n) return i;
    if (mode == TNI_PAD_CONSTANT || n == 0) return -1;
    if (mode == TNI_PAD_EDGE) return i < 0 ? 0 : n - 1;
    int64_t period = mode == TNI_PAD_WRAP ? n : 2 * (n - 1);
    if (period == 0) return 0;
    i %= period;
    if (i < 0) i += period;
    return i < n ? i : period - i;
}

// Negative pads crop first; what is left is then continued.
static tn_status pad_line(tn_call *c, tni_pad_mode mode, int64_t n, int64_t begin, int64_t end, int64_t size,
                          int64_t *from) {
    int64_t cut = begin < 0 ? -begin : 0, kept = n - cut - (end < 0 ? -end : 0);
    if (kept < 0) kept = 0;
    for (int64_t i = 0; i < size; i++) {
        int64_t at = continued(mode, i - (begin > 0 ? begin : 0), kept);
        if (at < 0 && mode != TNI_PAD_CONSTANT)
            return tn_call_fail(c, TN_INVALID, "there is nothing to repeat in a dimension of size 0");
        from[i] = at < 0 ? -1 : at + cut;
    }
    return TN_OK;
}

static tn_status pad_ref(tn_call *c) {
    const tn_tensor *in = c->in[0], *pads = c->in[1], *value = c->nin > 2 ? c->in[2] : NULL;
    const tn_tensor *axes = c->nin > 3 ? c->in[3] : NULL;
    tn_tensor *out = c->out[0];
    tni_pick t;
    tni_zero_room room;
    tni_pad_mode mode = TNI_PAD_CONSTANT;
    if (!out) return TN_OK;
    tni_pad_mode_of(c->attrs, &mode);
    TN_TRY(tni_pick_new(c, out, &t));
    for (int d = 0; d < in->rank; d++)
        for (int64_t i = 0; i < out->dim[d]; i++) t.from[d][i] = i;
    int64_t n = axes ? tn_count(axes) : in->rank;
    for (int64_t k = 0; k < n; k++) {
        int64_t d = axes ? tni_get_int(axes, k) : k, begin = tni_get_int(pads, k), sum;
        int64_t end = tni_get_int(pads, n + k);
        if (d < 0) d += in->rank;
        if (!ck_add64(begin, end, &sum) || !ck_add64(sum, in->dim[d], &sum) || sum != out->dim[d])
            return tn_call_fail(c, TN_INVALID, "the pads of dimension %lld do not give its size",
                                (long long)d);
        TN_TRY(pad_line(c, mode, in->dim[d], begin, end, out->dim[d], t.from[d]));
    }
    tn_tensor zero = tni_zero_element(in->dtype, &room);
    tni_pick_copy(out, in, &t, value && tn_count(value) ? value : &zero);
    return TN_OK;
}

// Opset 1 called them `paddings`; until 10 pads and value were attributes.
static tn_status pad_upgrade(tni_spec *s) {
    if (s->opset >= 11) return TN_OK;
    tn_attr *value = tni_spec_attr(s, "value");
    double fill = value ? value->f : 0;
    tni_spec_drop(s, "value");
    TN_TRY(tni_spec_ints_to_input(s, tni_spec_attr(s, "pads") ? "pads" : "paddings", 1));
    if (s->nin < 1 || !s->in[0]) return TN_OK; // the check that follows says what is missing
    return tni_spec_input_scalar(s, 2, s->in[0]->info.type.dtype, fill);
}

TN_OP(pad) = {
    TN_HERE,
    .name = "Pad",
    .since = 25,
    .first = 1,
    .doc = "The input with elements added (or, by negative pads, removed) at both ends of dimensions",
    .in = {{"data", "T"},
           {"pads", "i64"},
           {"constant_value", "T", TN_OPTIONAL_IN},
           {"axes", "Tind", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_ANY_DTYPE}, {"Tind", TN_INDEXES}},
    .attrs = {{"mode", TN_ATTR_STRING, .s = "constant"}},
    .infer = pad_infer,
    .ref = pad_ref,
    .upgrade = pad_upgrade,
};

// --------------------------------------------------------------------------------------- CenterCropPad

static tn_status center_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim want[TN_MAX_CONTENT], dim[TN_MAX_RANK];
    size_t n, count;
    unsigned mask;
    const int64_t *axes = tn_attr_ints(c->attrs, "axes", &n);
    TN_TRY(tni_want_rank(c, 1, "the shape", 0, 1));
    if (in->rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    TN_TRY(tni_axes_mask(c, axes, n, in->rank, &mask));
    if (n == 0) n = (size_t)in->rank;
    if (!tni_content(c->in[1], want, &count)) {
        tni_shape_fresh(c, 0, in->dtype, in->rank);
        return TN_OK;
    }
    if (count != n) return tn_infer_fail(c, "the shape has %zu entries, %zu are needed", count, n);
    memcpy(dim, in->dim, sizeof dim);
    for (size_t k = 0; k < n; k++) {
        if (!want[k].e && want[k].k < 0)
            return tn_infer_fail(c, "entry %zu of the shape is negative: %lld", k, (long long)want[k].k);
        dim[mask ? axes[k] + (axes[k] < 0 ? in->rank : 0) : (int64_t)k] = want[k];
    }
    tni_shape_out(c, 0, in->dtype, in->rank, dim);
    return TN_OK;
}

static tn_status center_ref(tn_call *c) {
    const tn_tensor *in = c->in[0];
    tn_tensor *out = c->out[0];
    tni_pick t;
    tni_zero_room room;
    if (!out) return TN_OK;
    TN_TRY(tni_pick_new(c, out, &t));
    for (int d = 0; d < in->rank; d++) {
        int64_t more = out->dim[d] - in->dim[d], shift = more >= 0 ? -(more / 2) : -more / 2;
        for (int64_t i = 0; i < out->dim[d]; i++) {
            int64_t from = i + shift;
            t.from[d][i] = from < 0 || from >= in->dim[d] ? -1 : from;
        }
    }
    tn_tensor zero = tni_zero_element(in->dtype, &room);
    tni_pick_copy(out, in, &t, &zero);
    return TN_OK;
}

TN_OP(center_crop_pad) = {
    TN_HERE,
    .name = "CenterCropPad",
    .since = 18,
    .doc = "The input cropped or padded with zeros around its centre to a shape",
    .in = {{"input_data", "T"}, {"shape", "Tind"}},
    .out = {{"output_data", "T"}},
    TNI_MOVABLE_TYPES,
    .attrs = {{"axes", TN_ATTR_INTS}},
    .infer = center_infer,
    .ref = center_ref,
};
