// SPDX-License-Identifier: Apache-2.0
// sequence.c - sequences of tensors: made, read, changed, joined and split. A sequence's type is that of its
// items, with the shape they have in common; how many there are is known at run time only.
#include "op/sequence.h"

tn_type tni_sequence_type(const tn_type *item) {
    tn_type t = *item;
    t.kind = TN_SEQUENCE;
    return t;
}

// Adds the shape of one more item to what is known of all.
void tni_join_items(tn_dims *dims, tn_type *all, const tn_type *item) {
    if (all->rank != item->rank) all->rank = -1;
    for (int d = 0; d < all->rank; d++)
        if (!tn_dim_equal(all->dim[d], item->dim[d])) all->dim[d] = tn_dim_fresh(dims);
}

// A position in [-n, limit], made non-negative.
static tn_status position(tn_call *c, const tn_tensor *t, int64_t n, int64_t limit, int64_t *to) {
    if (tn_count(t) != 1) return tn_call_fail(c, TN_INVALID, "the position is not one number");
    *to = tni_get_int(t, 0);
    if (*to < -n || *to > limit)
        return tn_call_fail(c, TN_INVALID, "position %lld is outside a sequence of %lld items",
                            (long long)*to, (long long)n);
    if (*to < 0) *to += n;
    return TN_OK;
}

// Room for n items to be given to tn_call_items.
static const tn_tensor **list_of(tn_call *c, size_t n) {
    return tni_scratch(c, (int64_t)n, sizeof(tn_tensor *));
}

#define ITEM_TYPES TN_ANY_DTYPE
#define SEQUENCE_ROW \
    { "S", ITEM_TYPES, 1u << TN_SEQUENCE }
#define TENSOR_ROW \
    { "T", ITEM_TYPES }
#define POSITION_ROW \
    { "I", TN_INDEXES }

// ---------------------------------------------------------------------------------------------- make

static tn_status empty_infer(tn_infer *c) {
    int64_t dtype = tn_attr_has(c->attrs, "dtype") ? tn_attr_int(c->attrs, "dtype") : TN_F32;
    if (dtype <= TN_UNDEFINED || dtype >= TN_DTYPE_COUNT)
        return tn_infer_fail(c, "dtype %lld is not an element type", (long long)dtype);
    if (c->out[0]) c->out[0]->type = (tn_type){.kind = TN_SEQUENCE, .dtype = (tn_dtype)dtype, .rank = -1};
    return TN_OK;
}

static tn_status empty_ref(tn_call *c) { return tn_call_items(c, 0, 0, NULL); }

TN_OP(sequence_empty) = {
    TN_HERE,
    .name = "SequenceEmpty",
    .since = 11,
    .doc = "A sequence of no items",
    .out = {{"output", "S"}},
    .types = {SEQUENCE_ROW},
    .attrs = {{.name = "dtype", .kind = TN_ATTR_INT, .flags = TN_PRESENCE}},
    .infer = empty_infer,
    .ref = empty_ref,
};

static tn_status construct_infer(tn_infer *c) {
    if (c->nin == 0) return tn_infer_fail(c, "there are no inputs");
    tn_type all = c->in[0]->type;
    for (int i = 1; i < c->nin; i++) tni_join_items(c->dims, &all, &c->in[i]->type);
    if (c->out[0]) c->out[0]->type = tni_sequence_type(&all);
    return TN_OK;
}

static tn_status construct_ref(tn_call *c) { return tn_call_items(c, 0, (size_t)c->nin, c->in); }

TN_OP(sequence_construct) = {
    TN_HERE,
    .name = "SequenceConstruct",
    .since = 11,
    .doc = "A sequence of the inputs",
    .in = {{"inputs", "T", TN_VARIADIC}},
    .out = {{"output_sequence", "S"}},
    .types = {TENSOR_ROW, SEQUENCE_ROW},
    .infer = construct_infer,
    .ref = construct_ref,
};

// ---------------------------------------------------------------------------------------------- change

static tn_status insert_infer(tn_infer *c) {
    tn_type all = c->in[0]->type;
    if (all.dtype && c->in[1]->type.dtype && all.dtype != c->in[1]->type.dtype)
        return tn_infer_fail(c, "a %s tensor cannot go into a sequence of %s",
                             tn_dtype_text(c->in[1]->type.dtype), tn_dtype_text(all.dtype));
    tni_join_items(c->dims, &all, &c->in[1]->type);
    if (c->out[0]) c->out[0]->type = all;
    return TN_OK;
}

static tn_status insert_ref(tn_call *c) {
    const tn_tensor *s = c->in[0];
    size_t n = s->nitems;
    int64_t at = (int64_t)n;
    const tn_tensor **items = list_of(c, n + 1);
    if (!items) return TN_NOMEM;
    if (tni_arg(c, 2)) TN_TRY(position(c, c->in[2], (int64_t)n, (int64_t)n, &at));
    for (size_t i = 0; i <= n; i++)
        items[i] = i == (size_t)at ? c->in[1] : s->item[i < (size_t)at ? i : i - 1];
    return tn_call_items(c, 0, n + 1, items);
}

TN_OP(sequence_insert) = {
    TN_HERE,
    .name = "SequenceInsert",
    .since = 11,
    .doc = "The sequence with a tensor added at a position, by default the end",
    .in = {{"input_sequence", "S"}, {"tensor", "T"}, {"position", "I", TN_OPTIONAL_IN}},
    .out = {{"output_sequence", "S"}},
    .types = {SEQUENCE_ROW, TENSOR_ROW, POSITION_ROW},
    .infer = insert_infer,
    .ref = insert_ref,
};

static tn_status erase_ref(tn_call *c) {
    const tn_tensor *s = c->in[0];
    size_t n = s->nitems;
    int64_t at = (int64_t)n - 1;
    if (n == 0) return tn_call_fail(c, TN_INVALID, "the sequence is empty: nothing to erase");
    const tn_tensor **items = list_of(c, n);
    if (!items) return TN_NOMEM;
    if (tni_arg(c, 1)) TN_TRY(position(c, c->in[1], (int64_t)n, (int64_t)n - 1, &at));
    for (size_t i = 0; i < n - 1; i++) items[i] = s->item[i < (size_t)at ? i : i + 1];
    return tn_call_items(c, 0, n - 1, items);
}

TN_OP(sequence_erase) = {
    TN_HERE,
    .name = "SequenceErase",
    .since = 11,
    .doc = "The sequence without the item at a position, by default the last",
    .in = {{"input_sequence", "S"}, {"position", "I", TN_OPTIONAL_IN}},
    .out = {{"output_sequence", "S"}},
    .types = {SEQUENCE_ROW, POSITION_ROW},
    .infer = tn_infer_same,
    .ref = erase_ref,
};

// ---------------------------------------------------------------------------------------------- read

static tn_status at_infer(tn_infer *c) {
    if (!c->out[0]) return TN_OK;
    c->out[0]->type = c->in[0]->type;
    c->out[0]->type.kind = TN_TENSOR;
    return TN_OK;
}

static tn_status at_ref(tn_call *c) {
    int64_t at = 0, n = (int64_t)c->in[0]->nitems;
    TN_TRY(position(c, c->in[1], n, n - 1, &at));
    const tn_tensor *item = c->in[0]->item[at];
    TN_TRY(tn_call_resize(c, 0, item->rank, item->dim));
    return tn_call_assign(c, 0, item);
}

TN_OP(sequence_at) = {
    TN_HERE,
    .name = "SequenceAt",
    .since = 11,
    .doc = "The item at a position",
    .traits = TN_DATA_SHAPE,
    .in = {{"input_sequence", "S"}, {"position", "I"}},
    .out = {{"tensor", "T"}},
    .types = {SEQUENCE_ROW, TENSOR_ROW, POSITION_ROW},
    .infer = at_infer,
    .ref = at_ref,
};

static tn_status length_infer(tn_infer *c) {
    tni_shape_out(c, 0, TN_I64, 0, NULL);
    return TN_OK;
}

static tn_status length_ref(tn_call *c) {
    if (c->out[0]) tni_set_int(c->out[0], 0, (int64_t)c->in[0]->nitems);
    return TN_OK;
}

TN_OP(sequence_length) = {
    TN_HERE,
    .name = "SequenceLength",
    .since = 11,
    .doc = "How many items there are",
    .in = {{"input_sequence", "S"}},
    .out = {{"length", "i64"}},
    .types = {SEQUENCE_ROW},
    .infer = length_infer,
    .ref = length_ref,
};
