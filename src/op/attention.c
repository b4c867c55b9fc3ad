// SPDX-License-Identifier: Apache-2.0
// attention.c - ONNX Attention: grouped heads, masks, causal and sliding windows, key-value caches inside the
// operator (past and present) or outside (nonpad_kv_seqlen).
#include "op/attend.h"

enum { Q, K, V, MASK, PAST_KEY, PAST_VALUE, NONPAD };

// ---------------------------------------------------------------------------------------------- inference

// Q, K or V as [batch, heads, rows, width]; `heads` 0: from the tensor (rank 4).
static tn_status split_heads(tn_infer *c, int i, int64_t heads, tn_dim to[4]) {
    const tn_type *t = &c->in[i]->type;
    if (t->rank == 4) {
        memcpy(to, t->dim, 4 * sizeof *to);
        return TN_OK;
    }
    if (heads <= 0) return tn_infer_fail(c, "rank-3 inputs need the attributes q_num_heads and kv_num_heads");
    if (!t->dim[2].e && t->dim[2].k % heads)
        return tn_infer_fail(c, "input %d is %lld wide, which does not divide into %lld heads", i,
                             (long long)t->dim[2].k, (long long)heads);
    to[0] = t->dim[0];
    to[1] = tn_k(heads);
    to[2] = t->dim[1];
    to[3] = tn_dim_div(c->dims, t->dim[2], tn_k(heads));
    return TN_OK;
}

static tn_status check_past(tn_infer *c, int i, const tn_dim *like, tn_dim *rows) {
    *rows = tn_k(0);
    if (!tni_given(c, i)) return TN_OK;
    *rows = tn_dim_fresh(c->dims);
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_type *t = &c->in[i]->type;
    TN_TRY(tni_want_rank(c, i, "past_key and past_value", 4, 4));
    TN_TRY(tni_want_dim(c, t->dim[0], like[0], "batch of the past"));
    TN_TRY(tni_want_dim(c, t->dim[1], like[1], "number of heads of the past"));
    TN_TRY(tni_want_dim(c, t->dim[3], like[3], "head size of the past"));
    *rows = t->dim[2];
    return TN_OK;
}

// Every dim of the mask is that of the scores or 1; the last may be shorter.
static tn_status check_mask(tn_infer *c, const tn_dim scores[4]) {
    if (!tni_ranked(c, MASK)) return TN_OK;
    const tn_type *m = &c->in[MASK]->type;
    TN_TRY(tni_want_rank(c, MASK, "attn_mask", 1, 4));
    for (int d = 0; d < m->rank; d++) {
        tn_dim got = m->dim[d], want = scores[4 - m->rank + d];
        bool last = d == m->rank - 1;
        if (got.e || want.e || got.k == want.k || got.k == 1 || (last && got.k < want.k)) continue;
        return tn_infer_fail(c, "dimension %d of attn_mask is %lld, expected %lld or 1", d, (long long)got.k,
                             (long long)want.k);
    }
    return TN_OK;
}

static tn_status check_sizes(tn_infer *c, const tn_dim *q, const tn_dim *k, const tn_dim *v) {
    TN_TRY(tni_want_dim(c, k[0], q[0], "batch of K"));
    TN_TRY(tni_want_dim(c, v[0], q[0], "batch of V"));
    TN_TRY(tni_want_dim(c, k[3], q[3], "head size of K"));
    TN_TRY(tni_want_dim(c, v[2], k[2], "number of rows of V"));
    TN_TRY(tni_want_dim(c, v[1], k[1], "number of heads of V"));
    if (!q[1].e && !k[1].e && (k[1].k == 0 || q[1].k % k[1].k))
        return tn_infer_fail(c, "%lld query heads do not divide over %lld key heads", (long long)q[1].k,
                             (long long)k[1].k);
    return TN_OK;
}

static void give_shapes(tn_infer *c, const tn_dim *q, const tn_dim *k, const tn_dim *v, tn_dim keys) {
    tn_dtype t = c->in[Q]->type.dtype;
    tn_dim y4[] = {q[0], q[1], q[2], v[3]}, y3[] = {q[0], q[2], tn_dim_mul(c->dims, q[1], v[3])};
    tn_dim present_k[] = {k[0], k[1], keys, k[3]}, present_v[] = {v[0], v[1], keys, v[3]};
    tn_dim scores[] = {q[0], q[1], q[2], keys};
    if (c->in[Q]->type.rank == 3)
        tni_shape_out(c, 0, t, 3, y3);
    else
        tni_shape_out(c, 0, t, 4, y4);
    tni_shape_out(c, 1, c->in[K]->type.dtype, 4, present_k);
    tni_shape_out(c, 2, c->in[V]->type.dtype, 4, present_v);
    tni_shape_out(c, 3, t, 4, scores);
}

static tn_status infer(tn_infer *c) {
    tn_dim q[4], k[4], v[4], past, past_v;
    int64_t heads = tn_attr_int(c->attrs, "q_num_heads"), kv_heads = tn_attr_int(c->attrs, "kv_num_heads");
    for (int i = Q; i <= V; i++) TN_TRY(tni_want_rank(c, i, "each of Q, K and V", 3, 4));
    if (!tni_ranked(c, Q) || !tni_ranked(c, K) || !tni_ranked(c, V)) {
        for (int i = 0; i < 4; i++) tni_shape_unknown(c, i, c->in[i == 0 || i == 3 ? Q : i]->type.dtype);
        return TN_OK;
    }
    if (c->in[K]->type.rank != c->in[Q]->type.rank || c->in[V]->type.rank != c->in[Q]->type.rank)
        return tn_infer_fail(c, "Q, K and V have different ranks");
    if (tni_given(c, PAST_KEY) != tni_given(c, PAST_VALUE))
        return tn_infer_fail(c, "past_key and past_value go together");
    if (tni_given(c, PAST_KEY) && tni_given(c, NONPAD))
        return tn_infer_fail(c, "nonpad_kv_seqlen is for a cache outside the operator: it excludes past_key");
    TN_TRY(split_heads(c, Q, heads, q));
    TN_TRY(split_heads(c, K, kv_heads, k));
    TN_TRY(split_heads(c, V, kv_heads, v));
    TN_TRY(check_sizes(c, q, k, v));
    TN_TRY(check_past(c, PAST_KEY, k, &past));
    TN_TRY(check_past(c, PAST_VALUE, v, &past_v));
    TN_TRY(tni_want_dim(c, past_v, past, "length of past_value"));
    tn_dim keys = tn_dim_add(c->dims, past, k[2]), scores[] = {q[0], q[1], q[2], keys};
    TN_TRY(check_mask(c, scores));
    if (tni_ranked(c, NONPAD)) {
        TN_TRY(tni_want_rank(c, NONPAD, "nonpad_kv_seqlen", 1, 1));
        TN_TRY(tni_want_dim(c, c->in[NONPAD]->type.dim[0], q[0], "length of nonpad_kv_seqlen"));
    }
    give_shapes(c, q, k, v, keys);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- kernel

typedef struct masks {
    const tn_tensor *mask, *nonpad; // NULL: none
    int64_t stride[4], columns;     // of the mask; columns it has
    int64_t rows, keys, past, left, right;
    bool causal;
} masks;

// Keys a query may see by position: [*from, *to).
static void visible(const masks *m, int64_t batch, int64_t row, int64_t *from, int64_t *to) {
    int64_t nonpad = m->nonpad ? tni_get_int(m->nonpad, batch) : m->keys;
    int64_t at = row + (m->nonpad ? nonpad - m->rows : m->past);
    *from = 0;
    *to = nonpad < m->keys ? nonpad : m->keys;
    if (m->causal && at + 1 < *to) *to = at + 1;
    if (m->left >= 0 && at - m->left > 0) *from = at - m->left;
    if (m->right >= 0 && m->right < m->keys && at + m->right + 1 < *to) *to = at + m->right + 1;
}

static void add_mask(void *user, int64_t batch, int64_t head, int64_t row, double *s) {
    const masks *m = user;
    int64_t from, to;
    double add[TNI_ROW];
    visible(m, batch, row, &from, &to);
    if (m->mask) {
        int64_t base = batch * m->stride[0] + head * m->stride[1] + row * m->stride[2];
        if (m->columns < m->keys && m->columns < to) to = m->columns;
        for (int64_t j = 0; j < to; j += TNI_ROW) {
            int64_t n = to - j < TNI_ROW ? to - j : TNI_ROW;
            tni_load(add, m->mask, base + j * m->stride[3], m->stride[3], n);
            for (int64_t i = 0; i < n; i++)
                s[j + i] = m->mask->dtype != TN_BOOL ? s[j + i] + add[i] : add[i] != 0 ? s[j + i] : -HUGE_VAL;
        }
    }
    for (int64_t j = 0; j < m->keys; j++)
        if (j < from || j >= to) s[j] = -HUGE_VAL;
}

static void bind_masks(tn_call *c, masks *m, const tni_attend *a, int64_t past) {
    *m = (masks){.mask = tni_arg(c, MASK),
                 .nonpad = tni_arg(c, NONPAD),
                 .rows = a->rows,
                 .keys = a->keys,
                 .past = past};
    m->causal = tn_attr_int(c->attrs, "is_causal") != 0;
    m->left = tn_attr_int(c->attrs, "left_window_size");
    m->right = tn_attr_int(c->attrs, "right_window_size");
    if (!m->mask) return;
    int64_t step = 1;
    for (int d = m->mask->rank - 1, to = 3; d >= 0; d--, to--) {
        m->stride[to] = m->mask->dim[d] == 1 ? 0 : step;
        step *= m->mask->dim[d];
    }
    m->columns = m->mask->dim[m->mask->rank - 1];
    if (m->columns == 1) m->columns = a->keys; // repeats
}

static void give_present(tn_call *c, int out, int past_in, int in, const tni_attend *a, int64_t past,
                         int64_t width, tni_heads s) {
    const tn_tensor *to = tni_result(c, out);
    if (to)
        tni_attend_present(to, 0, tni_arg(c, past_in), 0, past, c->in[in], 0, s, a->batch, a->kv_heads,
                           a->keys - past, width);
}

static tn_status check_nonpad(tn_call *c, const tni_attend *a) {
    const tn_tensor *t = tni_arg(c, NONPAD);
    for (int64_t b = 0; t && b < a->batch; b++) {
        int64_t n = tni_get_int(t, b);
        if (n < 0 || n > a->keys)
            return tn_call_fail(c, TN_INVALID, "nonpad_kv_seqlen[%lld] is %lld, outside [0, %lld]",
                                (long long)b, (long long)n, (long long)a->keys);
    }
    return TN_OK;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *q = c->in[Q], *k = c->in[K], *v = c->in[V], *past = tni_arg(c, PAST_KEY);
    bool flat = q->rank == 3;
    tni_attend a = {.batch = q->dim[0], .y = tni_result(c, 0), .scores = tni_result(c, 3)};
    a.heads = flat ? tn_attr_int(c->attrs, "q_num_heads") : q->dim[1];
    a.kv_heads = flat ? tn_attr_int(c->attrs, "kv_num_heads") : k->dim[1];
    a.rows = q->dim[flat ? 1 : 2];
    a.width = flat ? q->dim[2] / a.heads : q->dim[3];
    a.v_width = flat ? v->dim[2] / a.kv_heads : v->dim[3];
    int64_t old = past ? past->dim[2] : 0, fresh = k->dim[flat ? 1 : 2];
    a.keys = old + fresh;
    a.scale = tn_attr_has(c->attrs, "scale") ? tn_attr_float(c->attrs, "scale") : 1 / sqrt((double)a.width);
    a.softcap = tn_attr_float(c->attrs, "softcap");
    a.blind_nan = tn_attr_int(c->attrs, "blind_nan") != 0;
    a.scores_mode = (int)tn_attr_int(c->attrs, "qk_matmul_output_mode");
    TN_TRY(check_nonpad(c, &a));
    tni_heads ks = tni_heads_of(k, a.kv_heads, a.width), vs = tni_heads_of(v, a.kv_heads, a.v_width);
    a.y_heads = flat ? (tni_heads){a.rows * a.heads * a.v_width, a.v_width, a.heads * a.v_width}
                     : (tni_heads){a.heads * a.rows * a.v_width, a.rows * a.v_width, a.v_width};
    a.q = tni_attend_queries(c, q, 0, tni_heads_of(q, a.heads, a.width), &a);
    if (!a.q || !tni_attend_room(c, &a)) return TN_NOMEM;
    if (past) {
        tni_attend_keys(past, 0, tni_heads_of(past, 0, 0), &a, 0, old);
        tni_attend_values(c->in[PAST_VALUE], 0, tni_heads_of(c->in[PAST_VALUE], 0, 0), &a, 0, old);
    }
    tni_attend_keys(k, 0, ks, &a, old, fresh);
    tni_attend_values(v, 0, vs, &a, old, fresh);
    give_present(c, 1, PAST_KEY, K, &a, old, a.width, ks);
    give_present(c, 2, PAST_VALUE, V, &a, old, a.v_width, vs);
    masks m;
    bind_masks(c, &m, &a, old);
    a.bias = add_mask;
    a.user = &m;
    return tni_attend_run(c, &a);
}

TN_OP(attention) = {
    TN_HERE,
    .name = "Attention",
    .since = 25,
    .first = 23,
    .doc = "Scaled dot-product attention with grouped heads, masks, windows and caches",
    .in = {{"Q", "T1"},
           {"K", "T1"},
           {"V", "T2"},
           {"attn_mask", "U", TN_OPTIONAL_IN},
           {"past_key", "T1", TN_OPTIONAL_IN},
           {"past_value", "T2", TN_OPTIONAL_IN},
           {"nonpad_kv_seqlen", "i64", TN_OPTIONAL_IN}},
    .out = {{"Y", "T1"},
            {"present_key", "T1", TN_OPTIONAL_IN},
            {"present_value", "T2", TN_OPTIONAL_IN},
            {"qk_matmul_output", "T1", TN_OPTIONAL_IN}},
    .types = {{"T1", TN_FLOATS}, {"T2", TN_FLOATS}, {"U", TN_NUMBERS | TN_BIT(TN_BOOL)}},
    .attrs = {{.name = "is_causal", .kind = TN_ATTR_INT, .max = 1},
              {.name = "scale", .kind = TN_ATTR_FLOAT, .flags = TN_PRESENCE},
              {.name = "softcap", .kind = TN_ATTR_FLOAT},
              {.name = "q_num_heads", .kind = TN_ATTR_INT, .max = INT32_MAX},
              {.name = "kv_num_heads", .kind = TN_ATTR_INT, .max = INT32_MAX},
              {.name = "left_window_size", .kind = TN_ATTR_INT, .i = -1, .min = -1, .max = INT32_MAX},
              {.name = "right_window_size", .kind = TN_ATTR_INT, .i = -1, .min = -1, .max = INT32_MAX},
              {.name = "qk_matmul_output_mode", .kind = TN_ATTR_INT, .max = 3},
              {.name = "blind_nan", .kind = TN_ATTR_INT, .max = 1}, // ours: see src/pass/2_attention.c
              {.name = "softmax_precision", .kind = TN_ATTR_INT, .max = TN_DTYPE_COUNT - 1}},
    .infer = infer,
    .ref = ref,
};
