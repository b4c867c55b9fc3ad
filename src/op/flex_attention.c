// SPDX-License-Identifier: Apache-2.0
// flex_attention.c - FlexAttention (ai.onnx.preview): attention whose scores, and whose probabilities, may
// each pass through a graph of the model's own. Both exist as whole tensors [B, heads, rows, keys] in the
// precision of the softmax, since that is what the graphs take. A row that sees no key gives zeros.
#include "op/attend.h"

enum { Q, K, V };

static const char *const bodies[] = {"score_mod", "prob_mod"};

// ---------------------------------------------------------------------------------------------- inference

static bool precision(tn_attrs a, tn_dtype input, tn_dtype *to) {
    int64_t wanted = tn_attr_int(a, "softmax_precision");
    *to = wanted ? (tn_dtype)wanted : input == TN_F64 ? TN_F64 : TN_F32;
    return tni_is_float(*to);
}

static tn_status check_sizes(tn_infer *c, const tn_dim *q, const tn_dim *k, const tn_dim *v) {
    TN_TRY(tni_want_dim(c, k[0], q[0], "batch of K"));
    TN_TRY(tni_want_dim(c, v[0], q[0], "batch of V"));
    TN_TRY(tni_want_dim(c, v[1], k[1], "number of heads of V"));
    TN_TRY(tni_want_dim(c, v[2], k[2], "number of rows of V"));
    TN_TRY(tni_want_dim(c, k[3], q[3], "head size of K"));
    if (!q[1].e && !k[1].e && (k[1].k == 0 || q[1].k % k[1].k))
        return tn_infer_fail(c, "%lld query heads do not divide over %lld key heads", (long long)q[1].k,
                             (long long)k[1].k);
    return TN_OK;
}

// The graph must keep the shape and type of what it is given.
static tn_status check_body(tn_infer *c, const char *body, const tn_info *given) {
    tn_info got;
    if (!tn_attr_graph(c->attrs, body)) return TN_OK;
    TN_TRY(tn_infer_graph(c, body, 1, &given, 1, &got));
    if (got.type.kind != TN_TENSOR || got.type.dtype != given->type.dtype)
        return tn_infer_fail(c, "%s gives %s, expected %s", body, tn_dtype_text(got.type.dtype),
                             tn_dtype_text(given->type.dtype));
    if (got.type.rank >= 0 && got.type.rank != 4)
        return tn_infer_fail(c, "%s gives rank %d, expected 4", body, got.type.rank);
    for (int d = 0; d < got.type.rank; d++)
        TN_TRY(tni_want_dim(c, got.type.dim[d], given->type.dim[d], "size of what a graph gives"));
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    const tn_type *q = &c->in[Q]->type, *k = &c->in[K]->type, *v = &c->in[V]->type;
    tn_info scores = {.type.kind = TN_TENSOR, .type.rank = 4};
    for (int i = Q; i <= V; i++) TN_TRY(tni_want_rank(c, i, "each of Q, K and V", 4, 4));
    if (!precision(c->attrs, q->dtype, &scores.type.dtype))
        return tn_infer_fail(c, "softmax_precision is no floating type");
    for (int d = 0; d < 4; d++) scores.type.dim[d] = tn_dim_fresh(c->dims);
    for (int d = 0; d < 3 && q->rank >= 0; d++) scores.type.dim[d] = q->dim[d];
    if (k->rank >= 0) scores.type.dim[3] = k->dim[2];
    tni_shape_unknown(c, 0, q->dtype);
    if (q->rank >= 0 && k->rank >= 0 && v->rank >= 0) {
        TN_TRY(check_sizes(c, q->dim, k->dim, v->dim));
        tn_dim y[] = {q->dim[0], q->dim[1], q->dim[2], v->dim[3]};
        tni_shape_out(c, 0, q->dtype, 4, y);
    }
    for (int i = 0; i < 2; i++) TN_TRY(check_body(c, bodies[i], &scores));
    return TN_OK;
}

// ----------------------------------------------------------------------------------------------- kernel

// Scaled products of queries and keys, rounded to the type of the scores.
static tn_status score(tn_call *c, tni_attend a, const tn_tensor *scores) {
    a.v_width = 0;
    a.scores = scores;
    a.q = tni_attend_queries(c, c->in[Q], 0, tni_heads_of(c->in[Q], 0, 0), &a);
    if (!a.q || !tni_attend_room(c, &a)) return TN_NOMEM;
    tni_attend_keys(c->in[K], 0, tni_heads_of(c->in[K], 0, 0), &a, 0, a.keys);
    return tni_attend_run(c, &a);
}

static tn_status modify(tn_call *c, const char *body, const tn_tensor **t) {
    const tn_tensor *got;
    if (!tn_attr_graph(c->attrs, body)) return TN_OK;
    TN_TRY(tn_call_graph(c, body, 1, t, 1, &got));
    bool fits = got->kind == TN_TENSOR && got->dtype == (*t)->dtype && got->rank == 4;
    for (int d = 0; d < 4 && fits; d++) fits = got->dim[d] == (*t)->dim[d];
    if (!fits) return tn_call_fail(c, TN_INVALID, "%s must keep the shape [B, heads, rows, keys]", body);
    *t = got;
    return TN_OK;
}

// What the scores were, as tni_attend would have gone on.
static void softmax(double *s, int64_t n) {
    double most = -HUGE_VAL, sum = 0;
    for (int64_t j = 0; j < n; j++)
        if (s[j] > most || isnan(s[j])) most = s[j];
    for (int64_t j = 0; j < n; j++) sum += s[j] = most == -HUGE_VAL ? 0 : exp(s[j] - most);
    for (int64_t j = 0; j < n && sum != 0; j++) s[j] /= sum;
}

typedef struct job {
    const tn_tensor *from, *to; // rows of scores or probabilities; the rows they become
    const tni_attend *a;
    double *rows; // of each worker
} job;

static void softmax_row(void *user, int64_t row, int worker) {
    const job *j = user;
    double *s = j->rows + worker * j->a->keys;
    tni_load(s, j->from, row * j->a->keys, 1, j->a->keys);
    softmax(s, j->a->keys);
    tni_store(j->to, row * j->a->keys, 1, j->a->keys, s);
}

static void value_row(void *user, int64_t row, int worker) {
    const job *j = user;
    const tni_attend *a = j->a;
    int64_t head = row / a->rows % a->heads, b = row / a->rows / a->heads;
    int64_t kv = b * a->kv_heads + head / (a->heads / a->kv_heads);
    double *p = j->rows + worker * (a->keys + a->v_width), *y = p + a->keys;
    memset(y, 0, (size_t)a->v_width * sizeof *y);
    tni_load(p, j->from, row * a->keys, 1, a->keys);
    for (int64_t n = 0; n < a->keys; n++)
        for (int64_t d = 0; d < a->v_width; d++) y[d] += p[n] * a->v[(kv * a->keys + n) * a->v_width + d];
    tni_store(j->to, row * a->v_width, 1, a->v_width, y);
}

static tn_status over_rows(tn_call *c, const tni_attend *a, const tn_tensor *from, const tn_tensor *to,
                           void (*fn)(void *, int64_t, int)) {
    job j = {from, to, a, NULL};
    int64_t room;
    if (!ck_add64(a->keys, a->v_width, &room) || !ck_mul64(room, tn_call_threads(c), &room)) return TN_NOMEM;
    j.rows = tni_scratch(c, room, sizeof *j.rows);
    if (!j.rows) return TN_NOMEM;
    tn_call_parallel(c, a->batch * a->heads * a->rows, fn, &j);
    return TN_OK;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *q = c->in[Q], *k = c->in[K], *v = c->in[V], *t;
    tni_attend a = {.batch = q->dim[0], .heads = q->dim[1], .kv_heads = k->dim[1], .rows = q->dim[2]};
    tn_tensor scores = {.kind = TN_TENSOR, .rank = 4}, probabilities;
    if (!c->out[0]) return TN_OK;
    a.keys = k->dim[2];
    a.width = q->dim[3];
    a.v_width = v->dim[3];
    a.scale = tn_attr_has(c->attrs, "scale") ? tn_attr_float(c->attrs, "scale") : 1 / sqrt((double)a.width);
    precision(c->attrs, q->dtype, &scores.dtype);
    memcpy(scores.dim, (int64_t[]){a.batch, a.heads, a.rows, a.keys}, 4 * sizeof *scores.dim);
    if (!tni_tensor_size(scores.dtype, 4, scores.dim, &scores.bytes)) return TN_NOMEM;
    scores.data = tn_call_scratch(c, scores.bytes + 1);
    probabilities = scores;
    probabilities.data = tn_call_scratch(c, scores.bytes + 1);
    if (!scores.data || !probabilities.data) return TN_NOMEM;
    TN_TRY(score(c, a, &scores));
    t = &scores;
    TN_TRY(modify(c, bodies[0], &t));
    TN_TRY(over_rows(c, &a, t, &probabilities, softmax_row));
    t = &probabilities;
    TN_TRY(modify(c, bodies[1], &t));
    int64_t y[] = {a.batch, a.heads, a.rows, a.v_width};
    TN_TRY(tn_call_resize(c, 0, 4, y));
    if (!tni_attend_room(c, &a)) return TN_NOMEM;
    tni_attend_values(v, 0, tni_heads_of(v, 0, 0), &a, 0, a.keys);
    return over_rows(c, &a, t, c->out[0], value_row);
}

TN_OP(flex_attention) = {
    TN_HERE,
    .name = "FlexAttention",
    .domain = "ai.onnx.preview",
    .since = 1,
    .doc = "Attention whose scores and probabilities pass through graphs",
    .traits = TN_CONTROL,
    .in = {{"Q", "T1"}, {"K", "T1"}, {"V", "T1"}},
    .out = {{"Y", "T1"}},
    .types = {{"T1", TN_FLOATS}},
    .attrs = {{.name = "score_mod", .kind = TN_ATTR_GRAPH},
              {.name = "prob_mod", .kind = TN_ATTR_GRAPH},
              {.name = "scale", .kind = TN_ATTR_FLOAT, .flags = TN_PRESENCE},
              {.name = "softmax_precision", .kind = TN_ATTR_INT, .max = TN_DTYPE_COUNT - 1}},
    .infer = infer,
    .ref = ref,
};
