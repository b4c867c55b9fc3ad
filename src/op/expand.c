// SPDX-License-Identifier: Apache-2.0
// expand.c - Expand (broadcast to a shape) and Tile (repeat along dimensions).
#include "op/move.h"

// The shape in input 1 into `shape`; *known false: only its length is, or nothing (*length -1).
static tn_status wanted_shape(tn_infer *c, const char *what, tn_dim dim[TN_MAX_CONTENT], bool *known,
                              int *length) {
    size_t n = 0;
    TN_TRY(tni_want_rank(c, 1, what, 0, 1));
    *known = tni_content(c->in[1], dim, &n);
    int64_t count = *known ? (int64_t)n : tni_known_length(c, 1);
    if (count > TN_MAX_RANK)
        return tn_infer_fail(c, "%s has %lld entries, the limit is %d", what, (long long)count, TN_MAX_RANK);
    *length = (int)count;
    for (size_t k = 0; k < n; k++)
        if (!dim[k].e && dim[k].k < 0)
            return tn_infer_fail(c, "entry %zu of %s is negative: %lld", k, what, (long long)dim[k].k);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- Expand

// In 0's content, repeated until out 0 is full.
static void repeat_content(tn_infer *c) {
    tn_dim v[TN_MAX_CONTENT];
    size_t n;
    const tn_type *out = tni_out_type(c, 0);
    if (!out || out->rank > 1 || !tni_content(c->in[0], v, &n)) return;
    int64_t want = out->rank == 0 ? 1 : out->dim[0].e ? -1 : out->dim[0].k;
    if (want < 0 || want > TN_MAX_CONTENT) return;
    for (int64_t k = (int64_t)n; n && k < want; k++) v[k] = v[k - (int64_t)n];
    tn_infer_content(c, 0, v, (size_t)want);
}

static tn_status expand_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[TN_MAX_CONTENT];
    tn_type shape = {.kind = TN_TENSOR}, to;
    bool known;
    TN_TRY(wanted_shape(c, "the shape", dim, &known, &shape.rank));
    if (in->rank < 0 || shape.rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    if (!known) {
        tni_shape_fresh(c, 0, in->dtype, in->rank > shape.rank ? in->rank : shape.rank);
        return TN_OK;
    }
    for (int d = 0; d < shape.rank; d++) shape.dim[d] = dim[d];
    to = *in;
    TN_TRY(tn_broadcast_dims(c, in, &shape, &to));
    tni_shape_out(c, 0, in->dtype, to.rank, to.dim);
    repeat_content(c);
    return TN_OK;
}

static tn_status expand_ref(tn_call *c) {
    return tni_call_moves(c, tni_expand_moves, "the shape does not fit");
}

// A view when nothing is repeated.
static bool expand_view(const tn_problem *p, int out, size_t *offset) {
    *offset = 0;
    return out == 0 && p->out[0] && tn_count(p->in[0]) == tn_count(p->out[0]);
}

TN_OP(expand) = {
    TN_HERE,
    .name = "Expand",
    .since = 13,
    .first = 8,
    .doc = "The input broadcast to a shape",
    .in = {{"input", "T"}, {"shape", "i64"}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .infer = expand_infer,
    .ref = expand_ref,
    .view = expand_view,
};

// ------------------------------------------------------------------------------------------------ Tile

static tn_status tile_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[TN_MAX_CONTENT];
    bool known;
    int length;
    TN_TRY(wanted_shape(c, "repeats", dim, &known, &length));
    if (in->rank >= 0 && length >= 0 && length != in->rank)
        return tn_infer_fail(c, "repeats has %d entries for an input of rank %d", length, in->rank);
    int rank = in->rank >= 0 ? in->rank : length;
    if (rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    if (!known || in->rank < 0) {
        tni_shape_fresh(c, 0, in->dtype, rank);
        return TN_OK;
    }
    for (int d = 0; d < rank; d++) dim[d] = tn_dim_mul(c->dims, in->dim[d], dim[d]);
    tni_shape_out(c, 0, in->dtype, rank, dim);
    repeat_content(c);
    return TN_OK;
}

static tn_status tile_ref(tn_call *c) { return tni_call_moves(c, tni_tile_moves, "repeats does not fit"); }

// Opset 1 had inputs `tiles` and `axis`, one number each.
static tn_status tile_upgrade(tni_spec *s) {
    if (s->opset >= 6) return TN_OK;
    int64_t tiles, axis, repeats[TN_MAX_RANK];
    int rank = s->nin > 0 && s->in[0] ? s->in[0]->info.type.rank : -1;
    if (s->nin < 3 || !s->in[1] || !s->in[2] || rank < 0 || !tni_const_int(&s->in[1]->info, &tiles) ||
        !tni_const_int(&s->in[2]->info, &axis) || axis < 0 || axis >= rank)
        return tni_spec_fail(s, "convert the model to opset 6 or later",
                             "tiles and axis must be constants that fit the input's rank");
    for (int d = 0; d < rank; d++) repeats[d] = d == axis ? tiles : 1;
    s->nin = 2;
    return tni_spec_input_ints(s, 1, repeats, (size_t)rank);
}

TN_OP(tile) = {
    TN_HERE,
    .name = "Tile",
    .since = 13,
    .first = 1,
    .doc = "The input repeated along its dimensions",
    .in = {{"input", "T"}, {"repeats", "i64"}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .infer = tile_infer,
    .ref = tile_ref,
    .upgrade = tile_upgrade,
    .view = expand_view,
};
