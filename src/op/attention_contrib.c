// SPDX-License-Identifier: Apache-2.0
// attention_contrib.c - com.microsoft Attention: the projection of X to queries, keys and values, a mask in
// one of five shapes, past and present keys and values stacked in one tensor. ONNX Runtime's optimiser makes
// it of GPT-2 and BERT.
#include "op/attend_masks.h"
#include "op/mac.h"

enum { X, W, BIAS, MASK, PAST, SCORE_BIAS };

// Widths of the projected queries (and keys), and of the values.
static tn_status widths(tn_infer *c, tn_dim *q, tn_dim *v) {
    size_t n;
    const int64_t *list = tn_attr_ints(c->attrs, "qkv_hidden_sizes", &n);
    if (n && (n != 3 || list[0] != list[1]))
        return tn_infer_fail(c, "qkv_hidden_sizes must be three widths, the first two equal");
    *q = n ? tn_k(list[0]) : tn_dim_fresh(c->dims);
    *v = n ? tn_k(list[2]) : *q;
    if (!n && tni_ranked(c, W)) *q = *v = tn_dim_div(c->dims, c->in[W]->type.dim[1], tn_k(3));
    return TN_OK;
}

static tn_status check_attributes(tn_infer *c, tn_dim q, tn_dim v) {
    int64_t heads = tn_attr_int(c->attrs, "num_heads");
    if (tn_attr_int(c->attrs, "do_rotary") || tn_attr_int(c->attrs, "past_present_share_buffer"))
        return tn_infer_fail(c, "do_rotary and past_present_share_buffer are not supported");
    if ((!q.e && q.k % heads) || (!v.e && v.k % heads))
        return tn_infer_fail(c, "widths %lld and %lld do not divide into %lld heads", (long long)q.k,
                             (long long)v.k, (long long)heads);
    return TN_OK;
}

static tn_status check_weights(tn_infer *c, tn_dim q, tn_dim v) {
    tn_dim all = tn_dim_add(c->dims, tn_dim_add(c->dims, q, q), v);
    if (tni_ranked(c, W)) {
        TN_TRY(tni_want_rank(c, W, "the weights", 2, 2));
        TN_TRY(
            tni_want_dim(c, c->in[W]->type.dim[0], c->in[X]->type.dim[2], "number of rows of the weights"));
        TN_TRY(tni_want_dim(c, c->in[W]->type.dim[1], all, "number of columns of the weights"));
    }
    if (!tni_ranked(c, BIAS)) return TN_OK;
    TN_TRY(tni_want_rank(c, BIAS, "the bias", 1, 1));
    return tni_want_dim(c, c->in[BIAS]->type.dim[0], all, "size of the bias");
}

// Mask: [B] or [2B] lengths, [B, keys], [B, rows, keys], or [B, 1, most, most].
static tn_status check_mask(tn_infer *c, tn_dim batch, tn_dim rows, tn_dim keys) {
    if (!tni_ranked(c, MASK)) return TN_OK;
    const tn_type *m = &c->in[MASK]->type;
    TN_TRY(tni_want_rank(c, MASK, "mask_index", 1, 4));
    if (m->rank == 1) {
        if (!m->dim[0].e && !batch.e && m->dim[0].k != batch.k && m->dim[0].k != 2 * batch.k)
            return tn_infer_fail(
                c, "mask_index has %lld entries, expected one or two for each of %lld sequences",
                (long long)m->dim[0].k, (long long)batch.k);
        return TN_OK;
    }
    TN_TRY(tni_want_dim(c, m->dim[0], batch, "batch of mask_index"));
    if (m->rank == 2) return tni_want_dim(c, m->dim[1], keys, "length of mask_index");
    if (m->rank == 3) {
        TN_TRY(tni_want_dim(c, m->dim[1], rows, "number of rows of mask_index"));
        return tni_want_dim(c, m->dim[2], keys, "length of mask_index");
    }
    bool room = m->dim[2].e || keys.e || (m->dim[2].k >= keys.k && (m->dim[3].e || m->dim[3].k >= keys.k));
    return room ? TN_OK : tn_infer_fail(c, "mask_index is smaller than %lld keys", (long long)keys.k);
}

static tn_status infer(tn_infer *c) {
    tn_dtype dtype = c->in[X]->type.dtype;
    tn_dim q, v, past = tn_k(0), heads = tn_k(tn_attr_int(c->attrs, "num_heads"));
    const tn_type *x = &c->in[X]->type;
    TN_TRY(tni_want_rank(c, X, "the input", 3, 3));
    TN_TRY(tni_want_rank(c, W, "the weights", 2, 2));
    tni_shape_unknown(c, 0, dtype);
    tni_shape_unknown(c, 1, dtype);
    if (x->rank < 0) return TN_OK;
    TN_TRY(widths(c, &q, &v));
    TN_TRY(check_attributes(c, q, v));
    TN_TRY(check_weights(c, q, v));
    if (tni_given(c, PAST) || tni_out_type(c, 1)) {
        if (!tn_dim_equal(q, v))
            return tn_infer_fail(c, "past and present need queries and values of one width");
    }
    if (tni_given(c, PAST)) past = tn_dim_fresh(c->dims);
    if (tni_ranked(c, PAST)) {
        TN_TRY(tni_want_rank(c, PAST, "past", 5, 5));
        const tn_type *p = &c->in[PAST]->type;
        TN_TRY(tni_want_dim(c, p->dim[0], tn_k(2), "first dimension of past"));
        TN_TRY(tni_want_dim(c, p->dim[1], x->dim[0], "batch of past"));
        TN_TRY(tni_want_dim(c, p->dim[2], heads, "number of heads of past"));
        TN_TRY(tni_want_dim(c, p->dim[4], tn_dim_div(c->dims, q, heads), "head size of past"));
        past = p->dim[3];
    }
    tn_dim keys = tn_dim_add(c->dims, past, x->dim[1]);
    TN_TRY(check_mask(c, x->dim[0], x->dim[1], keys));
    if (tni_ranked(c, SCORE_BIAS)) TN_TRY(tni_want_rank(c, SCORE_BIAS, "attention_bias", 4, 4));
    tn_dim y[] = {x->dim[0], x->dim[1], v};
    tn_dim present[] = {tn_k(2), x->dim[0], heads, keys, tn_dim_div(c->dims, v, heads)};
    tni_shape_out(c, 0, dtype, 3, y);
    tni_shape_out(c, 1, dtype, 5, present);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- projection

typedef struct projection {
    const tn_tensor *to, *bias; // [B * rows, wide]
} projection;

static void store(void *user, const tni_run *run, void *sum) {
    const projection *p = user;
    double *s = sum, b[TNI_ROW];
    for (int64_t at = 0; at < run->count && p->bias; at += TNI_ROW) {
        int64_t n = run->count - at < TNI_ROW ? run->count - at : TNI_ROW;
        tni_load(b, p->bias, run->column + at, 1, n);
        for (int64_t i = 0; i < n; i++) s[at + i] += b[i];
    }
    tni_store(p->to, run->first, 1, run->count, s);
}

// X * W + bias as a tensor of X's type: what present keeps is rounded, so what is attended to is as well.
static tn_status project(tn_call *c, tn_tensor *to) {
    const tn_tensor *x = c->in[X], *w = c->in[W];
    projection p = {.to = to, .bias = tni_arg(c, BIAS)};
    *to = (tn_tensor){
        .kind = TN_TENSOR, .dtype = x->dtype, .rank = 3, .dim = {x->dim[0], x->dim[1], w->dim[1]}};
    if (!tni_tensor_size(to->dtype, 3, to->dim, &to->bytes)) return TN_NOMEM;
    to->data = tn_call_scratch(c, to->bytes + 1);
    tni_product m = {.m = x->dim[0] * x->dim[1], .n = w->dim[1], .k = x->dim[2]};
    m.a_row = m.k;
    m.a_step = 1;
    m.b_row = m.n;
    m.a = tni_as_real(c, x, &m.type);
    m.b = tni_as_real(c, w, &m.type);
    m.store = store;
    m.user = &p;
    if (!to->data || !m.a || !m.b) return TN_NOMEM;
    tni_product_run(c, &m);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- kernel

static void load_cache(tn_call *c, tni_attend *a, const tn_tensor *qkv, const tn_tensor *past, int64_t old) {
    int64_t q_wide = a->heads * a->width, wide = qkv->dim[2];
    tni_heads s = {a->rows * wide, a->width, wide}, vs = {a->rows * wide, a->v_width, wide};
    const tn_tensor *present = tni_result(c, 1);
    int64_t half = a->batch * a->heads * old * a->width, all = a->batch * a->heads * a->keys * a->width;
    tni_heads ps = {a->heads * old * a->width, old * a->width, a->width};
    if (past) {
        tni_attend_keys(past, 0, ps, a, 0, old);
        tni_attend_values(past, half, ps, a, 0, old);
    }
    tni_attend_keys(qkv, q_wide, s, a, old, a->rows);
    tni_attend_values(qkv, 2 * q_wide, vs, a, old, a->rows);
    if (!present) return;
    tni_attend_present(present, 0, past, 0, old, qkv, q_wide, s, a->batch, a->heads, a->rows, a->width);
    tni_attend_present(present, all, past, half, old, qkv, 2 * q_wide, vs, a->batch, a->heads, a->rows,
                       a->v_width);
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[X], *past = tni_arg(c, PAST);
    tn_tensor qkv;
    size_t n;
    const int64_t *sizes = tn_attr_ints(c->attrs, "qkv_hidden_sizes", &n);
    tni_attend a = {.batch = x->dim[0], .rows = x->dim[1], .heads = tn_attr_int(c->attrs, "num_heads")};
    int64_t q_wide = n ? sizes[0] : c->in[W]->dim[1] / 3, v_wide = n ? sizes[2] : q_wide,
            old = past ? past->dim[3] : 0;
    a.kv_heads = a.heads;
    a.width = q_wide / a.heads;
    a.v_width = v_wide / a.heads;
    a.keys = old + a.rows;
    a.scale = tn_attr_float(c->attrs, "scale");
    if (a.scale == 0) a.scale = 1 / sqrt((double)a.width);
    a.y = tni_result(c, 0);
    a.y_heads = (tni_heads){a.rows * v_wide, a.v_width, v_wide};
    TN_TRY(tni_attend_check_bias(c, tni_arg(c, SCORE_BIAS), &a));
    TN_TRY(project(c, &qkv));
    int64_t wide = qkv.dim[2];
    a.q = tni_attend_queries(c, &qkv, 0, (tni_heads){a.rows * wide, a.width, wide}, &a);
    if (!a.q || !tni_attend_room(c, &a)) return TN_NOMEM;
    load_cache(c, &a, &qkv, past, old);
    tni_attend_masks m = {
        tni_arg(c, MASK), tni_arg(c, SCORE_BIAS), a.batch, a.heads, a.rows, a.keys, old, false, 0};
    m.causal = tn_attr_int(c->attrs, "unidirectional") != 0;
    m.filter = tn_attr_float(c->attrs, "mask_filter_value");
    a.bias = tni_attend_mask;
    a.user = &m;
    return tni_attend_run(c, &a);
}

TN_OP(ms_attention) = {
    TN_HERE,
    .name = "Attention",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Multi-head self-attention with its projection, masks and a cache",
    .in = {{"input", "T"},
           {"weights", "T"},
           {"bias", "T", TN_OPTIONAL_IN},
           {"mask_index", "i32", TN_OPTIONAL_IN},
           {"past", "T", TN_OPTIONAL_IN},
           {"attention_bias", "T", TN_OPTIONAL_IN},
           {"past_sequence_length", "i32", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"present", "T", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "num_heads", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {.name = "unidirectional", .kind = TN_ATTR_INT, .max = 1},
              {.name = "mask_filter_value", .kind = TN_ATTR_FLOAT, .f = -10000},
              {.name = "scale", .kind = TN_ATTR_FLOAT},
              {.name = "qkv_hidden_sizes", .kind = TN_ATTR_INTS, .min = 0, .max = INT32_MAX},
              {.name = "do_rotary", .kind = TN_ATTR_INT},
              {.name = "rotary_embedding_dim", .kind = TN_ATTR_INT},
              {.name = "past_present_share_buffer", .kind = TN_ATTR_INT}},
    .infer = infer,
    .ref = ref,
};
