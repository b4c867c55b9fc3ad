// SPDX-License-Identifier: Apache-2.0
// shape.c - Shape and Size: dimensions as data. Their contents are known as soon as the input's shape is,
// which is where the folding of exporters' shape arithmetic begins.
#include "op/move.h"

static int64_t clamp_axis(int64_t at, int rank) {
    if (at < 0) at += rank;
    return at < 0 ? 0 : at > rank ? rank : at;
}

// Dims [*first, *last) are wanted.
static void shape_range(tn_attrs a, int rank, int *first, int *last) {
    *first = (int)clamp_axis(tn_attr_int(a, "start"), rank);
    *last = tn_attr_has(a, "end") ? (int)clamp_axis(tn_attr_int(a, "end"), rank) : rank;
    if (*last < *first) *last = *first;
}

static tn_status shape_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    int first, last;
    if (in->rank < 0) {
        tni_shape_fresh(c, 0, TN_I64, 1);
        return TN_OK;
    }
    shape_range(c->attrs, in->rank, &first, &last);
    tn_dim length = tn_k(last - first);
    tni_shape_out(c, 0, TN_I64, 1, &length);
    tn_infer_content(c, 0, in->dim + first, (size_t)(last - first));
    return TN_OK;
}

static tn_status shape_ref(tn_call *c) {
    int first, last;
    if (!c->out[0]) return TN_OK;
    shape_range(c->attrs, c->in[0]->rank, &first, &last);
    int64_t *to = c->out[0]->data;
    for (int d = first; d < last; d++) to[d - first] = c->in[0]->dim[d];
    return TN_OK;
}

TN_OP(shape) = {
    TN_HERE,
    .name = "Shape",
    .since = 25,
    .first = 1,
    .doc = "The input's dimensions [start, end)",
    .traits = TN_SHAPE_ONLY,
    .in = {{"data", "T"}},
    .out = {{"shape", "i64"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .attrs = {{"start", TN_ATTR_INT}, {"end", TN_ATTR_INT, TN_PRESENCE}},
    .infer = shape_infer,
    .ref = shape_ref,
};

static tn_status size_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tni_shape_out(c, 0, TN_I64, 0, NULL);
    if (in->rank < 0) return TN_OK;
    tn_dim count = tni_dim_product(c, in->dim, 0, in->rank);
    tn_infer_content(c, 0, &count, 1);
    return TN_OK;
}

static tn_status size_ref(tn_call *c) {
    if (c->out[0]) *(int64_t *)c->out[0]->data = tn_count(c->in[0]);
    return TN_OK;
}

TN_OP(size) = {
    TN_HERE,
    .name = "Size",
    .since = 25,
    .first = 1,
    .doc = "The number of the input's elements",
    .traits = TN_SHAPE_ONLY,
    .in = {{"data", "T"}},
    .out = {{"size", "i64"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .infer = size_infer,
    .ref = size_ref,
};
