// SPDX-License-Identifier: Apache-2.0
// where.c - Where: each element from X or from Y, as the condition says; any element type.
#include "op/op.h"

// Rows of elements of SIZE bytes.
#define PICK(SIZE)                                                                                     \
    case SIZE:                                                                                         \
        for (int64_t k = 0; k < w->n; k++)                                                             \
            memcpy(to + k * SIZE,                                                                      \
                   yes[k * w->step[0]] ? x + k * w->step[1] * SIZE : y + k * w->step[2] * SIZE, SIZE); \
        break;

static void pick_row(const tni_walk *w, size_t size, uint8_t *to, const uint8_t *yes, const uint8_t *x,
                     const uint8_t *y) {
    switch (size) {
        PICK(1)
        PICK(2)
        PICK(4)
        PICK(8)
        PICK(16)
    default: break;
    }
}

static tn_status where_ref(tn_call *c) {
    const tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    size_t size = tni_bits(out->dtype) / 8;
    const uint8_t *yes = c->in[0]->data, *x = c->in[1]->data, *y = c->in[2]->data;
    uint8_t *to = out->data;
    tni_walk w;
    tni_walk_begin(&w, out, 3, c->in);
    while (tni_walk_next(&w))
        pick_row(&w, size, to + (size_t)w.at * size, yes + w.in_at[0], x + (size_t)w.in_at[1] * size,
                 y + (size_t)w.in_at[2] * size);
    return TN_OK;
}

// in[0] says which; when it is not known both must be the same.
static bool pick_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)c, (void)n;
    *to = !in[0].e && !in[0].k ? in[2] : in[1];
    return !in[0].e || tn_dim_equal(in[1], in[2]);
}

static tn_status where_infer(tn_infer *c) {
    tn_type type = c->in[1]->type;
    TN_TRY(tn_broadcast_dims(c, &c->in[0]->type, &c->in[1]->type, &type));
    TN_TRY(tn_broadcast_dims(c, &type, &c->in[2]->type, &type));
    if (c->out[0]) c->out[0]->type = type;
    tni_content_map(c, pick_content);
    return TN_OK;
}

TN_OP(where) = {
    TN_HERE,
    .name = "Where",
    .since = 16,
    .first = 9,
    .doc = "X where the condition is true, else Y",
    .traits = TN_ELEMENTWISE,
    .in = {{"condition", "bool"}, {"X", "T"}, {"Y", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_NUMBERS | TN_COMPLEX | TN_BIT(TN_BOOL) | TN_BIT(TN_STRING)}},
    .infer = where_infer,
    .ref = where_ref,
};
