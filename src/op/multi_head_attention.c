// SPDX-License-Identifier: Apache-2.0
// multi_head_attention.c - com.microsoft MultiHeadAttention: queries, keys and values that are projected
// already, in one of these layouts (ONNX Runtime's optimiser makes all of them):
//
//     query [B,S,H*D]       key, value [B,L,H*D]     or [B,H,L,D] (a cache that is used again)
//     query [B,S,H*D]       key [B,L,H,2,D]          keys and values packed
//     query [B,S,H,3,D]                              everything packed
#include "op/attend_masks.h"

enum { Q, K, V, BIAS, MASK, SCORE_BIAS, PAST_KEY, PAST_VALUE, PAST_LENGTH, INDIRECTION };

// ---------------------------------------------------------------------------------------------- inference

typedef struct sizes {
    tn_dim batch, rows, fresh, width, v_width; // fresh: keys that come with the node, without the past
} sizes;

static tn_status head_width(tn_infer *c, tn_dim all, tn_dim *to) {
    int64_t heads = tn_attr_int(c->attrs, "num_heads");
    if (!all.e && all.k % heads)
        return tn_infer_fail(c, "%lld elements do not divide into %lld heads", (long long)all.k,
                             (long long)heads);
    *to = tn_dim_div(c->dims, all, tn_k(heads));
    return TN_OK;
}

// [B,S,H,parts,D]
static tn_status packed(tn_infer *c, int i, int64_t parts, tn_dim *fresh, tn_dim *width) {
    const tn_dim *d = c->in[i]->type.dim;
    TN_TRY(tni_want_dim(c, d[2], tn_k(tn_attr_int(c->attrs, "num_heads")), "number of packed heads"));
    TN_TRY(tni_want_dim(c, d[3], tn_k(parts), "number of packed parts"));
    *fresh = d[1];
    *width = d[4];
    return TN_OK;
}

static tn_status separate(tn_infer *c, int i, tn_dim *fresh, tn_dim *width) {
    const tn_type *t = &c->in[i]->type;
    TN_TRY(tni_want_rank(c, i, "key and value", 3, 4));
    if (t->rank == 3) {
        *fresh = t->dim[1];
        return head_width(c, t->dim[2], width);
    }
    TN_TRY(tni_want_dim(c, t->dim[1], tn_k(tn_attr_int(c->attrs, "num_heads")), "number of heads"));
    *fresh = t->dim[2];
    *width = t->dim[3];
    return TN_OK;
}

static tn_status key_sizes(tn_infer *c, sizes *s) {
    tn_dim width, fresh;
    if (c->in[Q]->type.rank == 5) return TN_OK;
    if (!tni_given(c, K)) return tn_infer_fail(c, "the input key is missing");
    if (c->in[K]->type.rank == 5) {
        if (tni_given(c, V)) return tn_infer_fail(c, "values are packed with the keys and given again");
        TN_TRY(packed(c, K, 2, &s->fresh, &width));
        s->v_width = width;
    } else {
        if (!tni_given(c, V)) return tn_infer_fail(c, "the input value is missing");
        TN_TRY(separate(c, K, &s->fresh, &width));
        TN_TRY(separate(c, V, &fresh, &s->v_width));
        TN_TRY(tni_want_dim(c, fresh, s->fresh, "number of values"));
        if (c->in[V]->type.rank != c->in[K]->type.rank)
            return tn_infer_fail(c, "key has rank %d and value rank %d", c->in[K]->type.rank,
                                 c->in[V]->type.rank);
        TN_TRY(tni_want_dim(c, c->in[V]->type.dim[0], s->batch, "batch of value"));
    }
    TN_TRY(tni_want_dim(c, c->in[K]->type.dim[0], s->batch, "batch of key"));
    return tni_want_dim(c, width, s->width, "width of a key");
}

static tn_status find_sizes(tn_infer *c, sizes *s) {
    const tn_type *q = &c->in[Q]->type;
    if (q->rank == 4) return tn_infer_fail(c, "query has rank 4, expected 3 or 5");
    s->batch = q->dim[0];
    s->rows = s->fresh = q->dim[1];
    if (q->rank == 3) return head_width(c, q->dim[2], &s->width);
    if (tni_given(c, K) || tni_given(c, V))
        return tn_infer_fail(c, "keys and values are packed with the queries and given again");
    TN_TRY(packed(c, Q, 3, &s->fresh, &s->width));
    s->v_width = s->width;
    return TN_OK;
}

static tn_status check_bias(tn_infer *c, const sizes *s) {
    if (!tni_given(c, BIAS)) return TN_OK;
    if (c->in[Q]->type.rank == 5 || c->in[K]->type.rank == 5)
        return tn_infer_fail(c, "a bias is not supported with packed inputs");
    tn_dim heads = tn_k(tn_attr_int(c->attrs, "num_heads"));
    tn_dim all = tn_dim_add(c->dims, tn_dim_mul(c->dims, tn_k(2), s->width), s->v_width);
    return tni_want_vector(c, BIAS, "bias", tn_dim_mul(c->dims, heads, all));
}

static tn_status check_mask(tn_infer *c, const sizes *s, tn_dim keys) {
    if (!tni_ranked(c, MASK)) return TN_OK;
    const tn_type *m = &c->in[MASK]->type;
    TN_TRY(tni_want_rank(c, MASK, "key_padding_mask", 1, 3));
    TN_TRY(tni_want_dim(c, m->dim[0], s->batch, "batch of key_padding_mask"));
    if (m->rank == 3) TN_TRY(tni_want_dim(c, m->dim[1], s->rows, "number of rows of key_padding_mask"));
    return m->rank > 1 ? tni_want_dim(c, m->dim[m->rank - 1], keys, "length of key_padding_mask") : TN_OK;
}

static tn_status past_length(tn_infer *c, const sizes *s, int i, tn_dim width, tn_dim *past) {
    *past = tn_k(0);
    if (!tni_given(c, i)) return TN_OK;
    *past = tn_dim_fresh(c->dims);
    TN_TRY(tni_want_rank(c, i, "past_key and past_value", 4, 4));
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_dim *d = c->in[i]->type.dim;
    TN_TRY(tni_want_dim(c, d[0], s->batch, "batch of the past"));
    TN_TRY(tni_want_dim(c, d[1], tn_k(tn_attr_int(c->attrs, "num_heads")), "number of heads of the past"));
    TN_TRY(tni_want_dim(c, d[3], width, "head size of the past"));
    *past = d[2];
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    tn_dtype dtype = c->in[Q]->type.dtype;
    sizes s;
    tn_dim heads = tn_k(tn_attr_int(c->attrs, "num_heads")), past, past_v;
    TN_TRY(tni_want_rank(c, Q, "query", 3, 5));
    if (tni_given(c, PAST_LENGTH) || tni_given(c, INDIRECTION))
        return tn_infer_fail(c, "past_sequence_length and cache_indirection are not supported");
    if (tni_given(c, PAST_KEY) != tni_given(c, PAST_VALUE))
        return tn_infer_fail(c, "past_key and past_value go together");
    for (int i = 0; i < 4; i++) tni_shape_unknown(c, i, dtype);
    bool known =
        tni_ranked(c, Q) && (!tni_given(c, K) || tni_ranked(c, K)) && (!tni_given(c, V) || tni_ranked(c, V));
    if (!known) return TN_OK;
    TN_TRY(find_sizes(c, &s));
    TN_TRY(key_sizes(c, &s));
    TN_TRY(check_bias(c, &s));
    TN_TRY(past_length(c, &s, PAST_KEY, s.width, &past));
    TN_TRY(past_length(c, &s, PAST_VALUE, s.v_width, &past_v));
    TN_TRY(tni_want_dim(c, past_v, past, "length of past_value"));
    tn_dim keys = tn_dim_add(c->dims, past, s.fresh);
    TN_TRY(check_mask(c, &s, keys));
    TN_TRY(tni_want_rank(c, SCORE_BIAS, "attention_bias", 4, 4));
    tn_dim y[] = {s.batch, s.rows, tn_dim_mul(c->dims, heads, s.v_width)};
    tn_dim present[] = {s.batch, heads, keys, s.width}, present_v[] = {s.batch, heads, keys, s.v_width};
    tn_dim scores[] = {s.batch, heads, s.rows, keys};
    tni_shape_out(c, 0, dtype, 3, y);
    tni_shape_out(c, 1, dtype, 4, present);
    tni_shape_out(c, 2, dtype, 4, present_v);
    tni_shape_out(c, 3, dtype, 4, scores);
    return TN_OK;
}

// ----------------------------------------------------------------------------------------------- kernel

// Where queries, keys or values are: from element `first` of `t`.
typedef struct operand {
    const tn_tensor *t;
    int64_t first, rows, width;
    tni_heads at;
} operand;

static operand find(const tn_call *c, int i, int64_t heads) {
    const tn_tensor *q = c->in[Q], *t = q->rank == 5 ? q : i == V && !tni_arg(c, V) ? c->in[K] : c->in[i];
    operand o = {.t = t};
    if (t->rank == 5) { // [B,rows,H,parts,D]
        int64_t parts = t->dim[3], part = parts == 3 ? i : i - K;
        o.width = t->dim[4];
        o.rows = t->dim[1];
        o.first = part * o.width;
        o.at = (tni_heads){o.rows * heads * parts * o.width, parts * o.width, heads * parts * o.width};
        return o;
    }
    o.rows = t->dim[t->rank == 3 ? 1 : 2];
    o.width = t->rank == 3 ? t->dim[2] / heads : t->dim[3];
    o.at = tni_heads_of(t, heads, o.width);
    return o;
}

// The operand plus its part of the bias, in its own type.
static tn_status add_bias(tn_call *c, operand *o, int64_t from, tn_tensor *room) {
    const tn_tensor *bias = tni_arg(c, BIAS);
    if (!bias || o->t->rank != 3) return TN_OK;
    int64_t n = o->t->dim[2];
    double *row = tni_scratch(c, n, sizeof *row), *add = tni_scratch(c, n, sizeof *add);
    *room = *o->t;
    room->data = tn_call_scratch(c, room->bytes + 1);
    if (!row || !add || !room->data) return TN_NOMEM;
    tni_load(add, bias, from, 1, n);
    for (int64_t i = 0; i < o->t->dim[0] * o->rows; i++) {
        tni_load(row, o->t, i * n, 1, n);
        for (int64_t k = 0; k < n; k++) row[k] += add[k];
        tni_store(room, i * n, 1, n, row);
    }
    o->t = room;
    return TN_OK;
}

static void give_present(tn_call *c, int out, const tn_tensor *past, int64_t old, const operand *o,
                         const tni_attend *a) {
    const tn_tensor *to = tni_result(c, out);
    if (to)
        tni_attend_present(to, 0, past, 0, old, o->t, o->first, o->at, a->batch, a->heads, o->rows, o->width);
}

static tn_status ref(tn_call *c) {
    int64_t heads = tn_attr_int(c->attrs, "num_heads");
    operand q = find(c, Q, heads), k = find(c, K, heads), v = find(c, V, heads);
    const tn_tensor *past = tni_arg(c, PAST_KEY), *past_v = tni_arg(c, PAST_VALUE);
    int64_t old = past ? past->dim[2] : 0;
    tn_tensor room[3];
    tni_attend a = {
        .batch = q.t->dim[0], .heads = heads, .kv_heads = heads, .rows = q.rows, .width = q.width};
    a.v_width = v.width;
    a.keys = old + k.rows;
    a.scale = tn_attr_float(c->attrs, "scale");
    if (a.scale == 0) a.scale = 1 / sqrt((double)a.width);
    a.y = tni_result(c, 0);
    a.y_heads = (tni_heads){a.rows * heads * a.v_width, a.v_width, heads * a.v_width};
    a.scores = tni_result(c, 3);
    a.scores_mode = 0;
    TN_TRY(tni_attend_check_bias(c, tni_arg(c, SCORE_BIAS), &a));
    TN_TRY(add_bias(c, &q, 0, &room[0]));
    TN_TRY(add_bias(c, &k, heads * a.width, &room[1]));
    TN_TRY(add_bias(c, &v, 2 * heads * a.width, &room[2]));
    a.q = tni_attend_queries(c, q.t, q.first, q.at, &a);
    if (!a.q || !tni_attend_room(c, &a)) return TN_NOMEM;
    if (past) {
        tni_attend_keys(past, 0, tni_heads_of(past, 0, 0), &a, 0, old);
        tni_attend_values(past_v, 0, tni_heads_of(past_v, 0, 0), &a, 0, old);
    }
    tni_attend_keys(k.t, k.first, k.at, &a, old, k.rows);
    tni_attend_values(v.t, v.first, v.at, &a, old, v.rows);
    give_present(c, 1, past, old, &k, &a);
    give_present(c, 2, past_v, old, &v, &a);
    tni_attend_masks m = {
        tni_arg(c, MASK), tni_arg(c, SCORE_BIAS), a.batch, heads, a.rows, a.keys, old, false, 0};
    m.causal = tn_attr_int(c->attrs, "unidirectional") != 0;
    m.filter = tn_attr_float(c->attrs, "mask_filter_value");
    a.bias = tni_attend_mask;
    a.user = &m;
    return tni_attend_run(c, &a);
}

TN_OP(ms_multi_head_attention) = {
    TN_HERE,
    .name = "MultiHeadAttention",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Attention of projected queries, keys and values, packed or not, with masks and a cache",
    .in = {{"query", "T"},
           {"key", "T", TN_OPTIONAL_IN},
           {"value", "T", TN_OPTIONAL_IN},
           {"bias", "T", TN_OPTIONAL_IN},
           {"key_padding_mask", "i32", TN_OPTIONAL_IN},
           {"attention_bias", "T", TN_OPTIONAL_IN},
           {"past_key", "T", TN_OPTIONAL_IN},
           {"past_value", "T", TN_OPTIONAL_IN},
           {"past_sequence_length", "i32", TN_OPTIONAL_IN},
           {"cache_indirection", "i32", TN_OPTIONAL_IN}},
    .out = {{"output", "T"},
            {"present_key", "T", TN_OPTIONAL_IN},
            {"present_value", "T", TN_OPTIONAL_IN},
            {"qk", "T", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "num_heads", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {.name = "unidirectional", .kind = TN_ATTR_INT, .max = 1},
              {.name = "mask_filter_value", .kind = TN_ATTR_FLOAT, .f = -10000},
              {.name = "scale", .kind = TN_ATTR_FLOAT}},
    .infer = infer,
    .ref = ref,
};
