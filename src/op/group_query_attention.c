// SPDX-License-Identifier: Apache-2.0
// group_query_attention.c - com.microsoft GroupQueryAttention, what language models for ONNX Runtime are made
// of: causal attention with fewer key heads than query heads, rotary embedding, and a cache whose length
// differs from sequence to sequence. Of sequence b with total(b) = seqlens_k[b] + 1 tokens:
//
//     cache rows   [ past: total(b) - S rows | S new ones | not used ]
//
// and in the first call, where S is total_sequence_length, there is no past, whatever total(b) is.
#include "op/attend.h"
#include "op/rotary.h"

enum {
    Q,
    K,
    V,
    PAST_KEY,
    PAST_VALUE,
    LENGTHS,
    TOTAL,
    COSINE,
    SINE,
    POSITIONS,
    SCORE_BIAS,
    SINK,
    FIRST_OTHER
};

// ---------------------------------------------------------------------------------------------- inference

static tn_status check_attributes(tn_infer *c) {
    int64_t heads = tn_attr_int(c->attrs, "num_heads"), kv_heads = tn_attr_int(c->attrs, "kv_num_heads");
    bool quantized =
        !tn_attr_is(c->attrs, "k_quant_type", "NONE") || !tn_attr_is(c->attrs, "v_quant_type", "NONE");
    if (heads % kv_heads)
        return tn_infer_fail(c, "%lld query heads do not divide over %lld key heads", (long long)heads,
                             (long long)kv_heads);
    for (int i = FIRST_OTHER; i < c->nin; i++)
        if (c->in[i]) return tn_infer_fail(c, "scales and norms of keys and queries are not supported");
    if (quantized || tn_attr_int(c->attrs, "sliding_window_cache") || tni_out_type(c, 3))
        return tn_infer_fail(c, "quantised and windowed caches and the output of scores are not supported");
    if (tn_attr_int(c->attrs, "do_rotary") && (!tni_given(c, COSINE) || !tni_given(c, SINE)))
        return tn_infer_fail(c, "do_rotary needs the inputs cos_cache and sin_cache");
    if (tni_given(c, K) != tni_given(c, V)) return tn_infer_fail(c, "key and value go together");
    if (tni_given(c, PAST_KEY) != tni_given(c, PAST_VALUE))
        return tn_infer_fail(c, "past_key and past_value go together");
    return TN_OK;
}

static tn_status head_width(tn_infer *c, tn_dim all, int64_t heads, tn_dim *to) {
    if (!all.e && all.k % heads)
        return tn_infer_fail(c, "%lld elements do not divide into %lld heads", (long long)all.k,
                             (long long)heads);
    *to = tn_dim_div(c->dims, all, tn_k(heads));
    return TN_OK;
}

static tn_status check_keys(tn_infer *c, int i, const tn_type *q, tn_dim width) {
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_type *t = &c->in[i]->type;
    TN_TRY(tni_want_rank(c, i, "key and value", 3, 3));
    TN_TRY(tni_want_dim(c, t->dim[0], q->dim[0], "batch of key and value"));
    TN_TRY(tni_want_dim(c, t->dim[1], q->dim[1], "length of key and value"));
    tn_dim all = tn_dim_mul(c->dims, tn_k(tn_attr_int(c->attrs, "kv_num_heads")), width);
    return tni_want_dim(c, t->dim[2], all, "width of key and value");
}

static tn_status check_past(tn_infer *c, int i, tn_dim batch, tn_dim width, tn_dim *rows) {
    *rows = tni_given(c, i) ? tn_dim_fresh(c->dims) : tn_k(0);
    TN_TRY(tni_want_rank(c, i, "past_key and past_value", 4, 4));
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_dim *d = c->in[i]->type.dim;
    TN_TRY(tni_want_dim(c, d[0], batch, "batch of the past"));
    TN_TRY(tni_want_dim(c, d[1], tn_k(tn_attr_int(c->attrs, "kv_num_heads")), "number of heads of the past"));
    TN_TRY(tni_want_dim(c, d[3], width, "head size of the past"));
    *rows = d[2];
    return TN_OK;
}

static tn_status check_others(tn_infer *c, tn_dim batch, tn_dim width) {
    TN_TRY(tni_want_rank(c, LENGTHS, "seqlens_k", 1, 2));
    TN_TRY(tni_want_rank(c, POSITIONS, "position_ids", 2, 2));
    TN_TRY(tni_want_rank(c, SCORE_BIAS, "attention_bias", 4, 4));
    TN_TRY(tni_want_vector(c, SINK, "head_sink", tn_k(tn_attr_int(c->attrs, "num_heads"))));
    if (tni_ranked(c, LENGTHS))
        TN_TRY(tni_want_dim(c, c->in[LENGTHS]->type.dim[0], batch, "length of seqlens_k"));
    for (int i = COSINE; i <= SINE; i++) {
        TN_TRY(tni_want_rank(c, i, "cos_cache and sin_cache", 2, 2));
        if (!tni_ranked(c, i)) continue;
        tn_dim pairs = c->in[i]->type.dim[1];
        if (!pairs.e && !width.e && 2 * pairs.k > width.k)
            return tn_infer_fail(c, "%lld pairs do not fit into heads of %lld", (long long)pairs.k,
                                 (long long)width.k);
    }
    return TN_OK;
}

// Rows of present: the past's, or the longest sequence when that is longer.
static tn_dim present_rows(tn_infer *c, tn_dim past) {
    tn_dim v[TN_MAX_CONTENT];
    size_t n;
    if (!tni_content(c->in[TOTAL], v, &n) || n != 1) return tn_dim_fresh(c->dims);
    return tn_dim_max(c->dims, past, v[0]);
}

static tn_status infer(tn_infer *c) {
    const tn_type *q = &c->in[Q]->type;
    int64_t heads = tn_attr_int(c->attrs, "num_heads"), kv_heads = tn_attr_int(c->attrs, "kv_num_heads");
    tn_dim width, past, past_v;
    TN_TRY(check_attributes(c));
    TN_TRY(tni_want_rank(c, Q, "query", 3, 3));
    TN_TRY(tni_want_rank(c, TOTAL, "total_sequence_length", 0, 1));
    for (int i = 0; i < 3; i++) tni_shape_unknown(c, i, q->dtype);
    if (q->rank < 0) return TN_OK;
    TN_TRY(head_width(c, q->dim[2], tni_given(c, K) ? heads : heads + 2 * kv_heads, &width));
    for (int i = K; i <= V; i++) TN_TRY(check_keys(c, i, q, width));
    TN_TRY(check_past(c, PAST_KEY, q->dim[0], width, &past));
    TN_TRY(check_past(c, PAST_VALUE, q->dim[0], width, &past_v));
    TN_TRY(tni_want_dim(c, past_v, past, "length of past_value"));
    TN_TRY(check_others(c, q->dim[0], width));
    tn_dim y[] = {q->dim[0], q->dim[1], tn_dim_mul(c->dims, tn_k(heads), width)};
    tn_dim present[] = {q->dim[0], tn_k(kv_heads), present_rows(c, past), width};
    tni_shape_out(c, 0, q->dtype, 3, y);
    tni_shape_out(c, 1, q->dtype, 4, present);
    tni_shape_out(c, 2, q->dtype, 4, present);
    return TN_OK;
}

// ----------------------------------------------------------------------------------------------- kernel

typedef struct job {
    tni_attend a;
    const tn_tensor *bias;
    const int64_t *total, *past; // [batch]: tokens of each sequence, and how many of them are old
    int64_t window;              // keys before a query that it sees, itself among them; 0: all
    bool causal;
} job;

static void add_mask(void *user, int64_t b, int64_t h, int64_t row, double *s) {
    const job *j = user;
    const tn_tensor *t = j->bias;
    int64_t at = j->past[b] + row, keys = j->a.keys, to = j->past[b] + j->a.rows, from = 0;
    if (j->causal) to = at + 1;
    if (j->window > 0 && at + 1 > j->window) from = at + 1 - j->window;
    if (t) {
        int64_t first = ((t->dim[0] == 1 ? 0 : b) * t->dim[1] + (t->dim[1] == 1 ? 0 : h)) * t->dim[2] + row;
        for (int64_t k = 0; k < keys; k++) s[k] += tni_get(t, first * keys + k);
    }
    for (int64_t k = 0; k < keys; k++)
        if (k < from || k >= to) s[k] = -HUGE_VAL;
}

static tn_status find_lengths(tn_call *c, job *j, int64_t past_rows) {
    if (tn_count(c->in[TOTAL]) != 1)
        return tn_call_fail(c, TN_INVALID, "total_sequence_length must be one number");
    int64_t rows = j->a.rows, all = tni_get_int(c->in[TOTAL], 0);
    int64_t *total = tni_scratch(c, j->a.batch, sizeof *total),
            *past = tni_scratch(c, j->a.batch, sizeof *past);
    if (!total || !past) return TN_NOMEM;
    if (tn_count(c->in[LENGTHS]) != j->a.batch)
        return tn_call_fail(c, TN_INVALID, "seqlens_k must have one entry for each sequence");
    for (int64_t b = 0; b < j->a.batch; b++) {
        total[b] = tni_get_int(c->in[LENGTHS], b) + 1;
        past[b] = rows == all ? 0 : total[b] - rows;
        if (total[b] < 1 || total[b] > all || past[b] < 0 || past[b] > past_rows)
            return tn_call_fail(
                c, TN_INVALID,
                "sequence %lld has %lld tokens, %lld of them new: it does not fit a cache of %lld "
                "and a longest of %lld",
                (long long)b, (long long)total[b], (long long)rows, (long long)past_rows, (long long)all);
    }
    if (all < rows)
        return tn_call_fail(c, TN_INVALID, "total_sequence_length is below the number of new tokens");
    j->total = total;
    j->past = past;
    j->a.keys = all;
    return TN_OK;
}

// cos and sin of the angles of row `row` in sequence b, into angles[2 * pairs].
static tn_status load_angles(tn_call *c, const job *j, int64_t b, int64_t row, double *angles) {
    const tn_tensor *cosine = c->in[COSINE], *sine = c->in[SINE], *ids = tni_arg(c, POSITIONS);
    int64_t at = j->past[b] + row, pairs = cosine->dim[1], known = cosine->dim[0];
    bool first = j->a.keys == j->a.rows;
    if (ids && tn_count(ids) == 0) ids = NULL;
    if (ids && first) at = tni_get_int(ids, 0) + row;
    if (ids && !first && tn_count(ids) == j->a.batch * j->a.rows) at = tni_get_int(ids, b * j->a.rows + row);
    if (sine->dim[0] < known) known = sine->dim[0];
    if (at < 0 || at >= known || sine->dim[1] != pairs || 2 * pairs > j->a.width)
        return tn_call_fail(c, TN_INVALID, "position %lld is outside the caches' %lld rows", (long long)at,
                            (long long)known);
    tni_load(angles, cosine, at * pairs, 1, pairs);
    tni_load(angles + pairs, sine, at * pairs, 1, pairs);
    return TN_OK;
}

static tn_status turn_queries(tn_call *c, const job *j, double *q, double *angles) {
    int64_t pairs = c->in[COSINE]->dim[1];
    bool interleaved = tn_attr_int(c->attrs, "rotary_interleaved") != 0;
    for (int64_t b = 0; b < j->a.batch; b++)
        for (int64_t row = 0; row < j->a.rows; row++) {
            TN_TRY(load_angles(c, j, b, row, angles));
            for (int64_t h = 0; h < j->a.heads; h++)
                tni_rotary_turn(q + ((b * j->a.heads + h) * j->a.rows + row) * j->a.width, angles,
                                angles + pairs, pairs, interleaved);
        }
    return TN_OK;
}

// Where new keys or values are: heads from `first` on in the rows of `t`.
typedef struct fresh {
    const tn_tensor *t;
    int64_t first;
    bool turned;
} fresh;

// One head of one sequence: the past's rows, then the new ones, in [rows, width] from element `at` of `to`.
static tn_status fill_head(tn_call *c, const job *j, const fresh *f, const tn_tensor *past, int64_t b,
                           int64_t h, const tn_tensor *to, int64_t at, double *row) {
    int64_t width = j->a.width, wide = f->t->dim[2], rows = to->dim[2], old = past ? past->dim[2] : 0;
    int64_t pairs = f->turned ? c->in[COSINE]->dim[1] : 0;
    bool interleaved = tn_attr_int(c->attrs, "rotary_interleaved") != 0;
    if (old > rows) old = rows;
    if (past) tni_copy(to, at, past, (b * past->dim[1] + h) * past->dim[2] * width, 1, old * width);
    for (int64_t i = 0; i < j->a.rows; i++) {
        tni_load(row, f->t, (b * j->a.rows + i) * wide + f->first + h * width, 1, width);
        if (f->turned) {
            TN_TRY(load_angles(c, j, b, i, row + width));
            tni_rotary_turn(row, row + width, row + width + pairs, pairs, interleaved);
        }
        tni_store(to, at + (j->past[b] + i) * width, 1, width, row);
    }
    return TN_OK;
}

// The cache after this call: in the output, or in scratch when nobody wants it.
static tn_status fill_cache(tn_call *c, const job *j, const fresh *f, const tn_tensor *past, tn_tensor *to,
                            double *row) {
    const tn_tensor *in = c->in[Q];
    int64_t rows = past && past->dim[2] > j->a.keys ? past->dim[2] : j->a.keys;
    if (!to->data) {
        *to = (tn_tensor){.kind = TN_TENSOR, .dtype = in->dtype, .rank = 4};
        memcpy(to->dim, (int64_t[]){j->a.batch, j->a.kv_heads, rows, j->a.width}, 4 * sizeof *to->dim);
        if (!tni_tensor_size(to->dtype, 4, to->dim, &to->bytes)) return TN_NOMEM;
        if (!(to->data = tn_call_scratch(c, to->bytes + 1))) return TN_NOMEM;
    }
    if (to->dim[2] < j->a.keys) return tn_call_fail(c, TN_INVALID, "the cache is too short");
    if (to->bytes) memset(to->data, 0, to->bytes);
    for (int64_t b = 0; b < j->a.batch; b++)
        for (int64_t h = 0; h < j->a.kv_heads; h++)
            TN_TRY(
                fill_head(c, j, f, past, b, h, to, (b * j->a.kv_heads + h) * to->dim[2] * j->a.width, row));
    return TN_OK;
}

static tn_status give_sink(tn_call *c, tni_attend *a) {
    const tn_tensor *t = tni_arg(c, SINK);
    double *sink = t ? tni_as_double(c, t) : tni_scratch(c, a->heads, sizeof *sink);
    if (!sink) return TN_NOMEM;
    for (int64_t h = 0; h < a->heads && !t; h++) sink[h] = 0;
    if (t || tn_attr_int(c->attrs, "smooth_softmax") == 1) a->sink = sink;
    return TN_OK;
}

static void begin(tn_call *c, job *j) {
    const tn_tensor *q = c->in[Q];
    tni_attend *a = &j->a;
    *j = (job){.bias = tni_arg(c, SCORE_BIAS)};
    a->batch = q->dim[0];
    a->rows = q->dim[1];
    a->heads = tn_attr_int(c->attrs, "num_heads");
    a->kv_heads = tn_attr_int(c->attrs, "kv_num_heads");
    a->width = a->v_width = q->dim[2] / (tni_arg(c, K) ? a->heads : a->heads + 2 * a->kv_heads);
    a->scale = tn_attr_float(c->attrs, "scale");
    if (a->scale == 0) a->scale = 1 / sqrt((double)a->width);
    a->softcap = tn_attr_float(c->attrs, "softcap");
    a->y = tni_result(c, 0);
    a->y_heads = (tni_heads){a->rows * a->heads * a->width, a->width, a->heads * a->width};
    a->bias = add_mask;
    a->user = j;
    j->causal = tn_attr_int(c->attrs, "causal") != 0;
    j->window = tn_attr_int(c->attrs, "local_window_size");
}

static tn_status ref(tn_call *c) {
    const tn_tensor *q = c->in[Q], *past = tni_arg(c, PAST_KEY), *past_v = tni_arg(c, PAST_VALUE);
    tn_tensor none[2] = {{.data = NULL}, {.data = NULL}};
    tn_tensor *keys = tni_result(c, 1) ? c->out[1] : &none[0],
              *values = tni_result(c, 2) ? c->out[2] : &none[1];
    bool rotary = tn_attr_int(c->attrs, "do_rotary") != 0, apart = tni_arg(c, K) != NULL;
    job j;
    begin(c, &j);
    tni_attend *a = &j.a;
    TN_TRY(find_lengths(c, &j, past ? past->dim[2] : 0));
    TN_TRY(give_sink(c, a));
    if (j.bias && (j.bias->dim[2] != a->rows || j.bias->dim[3] != a->keys))
        return tn_call_fail(c, TN_INVALID, "attention_bias does not fit the scores");
    double *row = tni_scratch(c, 2 * a->width, sizeof *row);
    double *queries = tni_attend_queries(c, q, 0, (tni_heads){a->rows * q->dim[2], a->width, q->dim[2]}, a);
    if (!row || !queries) return TN_NOMEM;
    if (rotary) TN_TRY(turn_queries(c, &j, queries, row));
    fresh k = {apart ? c->in[K] : q, apart ? 0 : a->heads * a->width, rotary};
    fresh v = {apart ? c->in[V] : q, apart ? 0 : (a->heads + a->kv_heads) * a->width, false};
    TN_TRY(fill_cache(c, &j, &k, past, keys, row));
    TN_TRY(fill_cache(c, &j, &v, past_v, values, row));
    a->q = queries;
    if (!tni_attend_room(c, a)) return TN_NOMEM;
    tni_attend_keys(keys, 0, tni_heads_of(keys, 0, 0), a, 0, a->keys);
    tni_attend_values(values, 0, tni_heads_of(values, 0, 0), a, 0, a->keys);
    return tni_attend_run(c, a);
}

TN_OP(ms_group_query_attention) = {
    TN_HERE,
    .name = "GroupQueryAttention",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Causal attention with grouped heads, rotary embedding and a cache of uneven lengths",
    .in = {{"query", "T"},
           {"key", "T", TN_OPTIONAL_IN},
           {"value", "T", TN_OPTIONAL_IN},
           {"past_key", "T", TN_OPTIONAL_IN},
           {"past_value", "T", TN_OPTIONAL_IN},
           {"seqlens_k", "i32"},
           {"total_sequence_length", "i32"},
           {"cos_cache", "T", TN_OPTIONAL_IN},
           {"sin_cache", "T", TN_OPTIONAL_IN},
           {"position_ids", "i64", TN_OPTIONAL_IN},
           {"attention_bias", "T", TN_OPTIONAL_IN},
           {"head_sink", "T", TN_OPTIONAL_IN},
           {"k_scale", "f32", TN_OPTIONAL_IN},
           {"v_scale", "f32", TN_OPTIONAL_IN},
           {"q_norm_weight", "T", TN_OPTIONAL_IN},
           {"k_norm_weight", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"},
            {"present_key", "T", TN_OPTIONAL_IN},
            {"present_value", "T", TN_OPTIONAL_IN},
            {"output_qk", "T", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "num_heads", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {.name = "kv_num_heads", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {.name = "scale", .kind = TN_ATTR_FLOAT},
              {.name = "softcap", .kind = TN_ATTR_FLOAT},
              {.name = "causal", .kind = TN_ATTR_INT, .i = 1, .max = 1},
              {.name = "local_window_size", .kind = TN_ATTR_INT, .i = -1, .min = -1, .max = INT32_MAX},
              {.name = "do_rotary", .kind = TN_ATTR_INT, .max = 1},
              {.name = "rotary_interleaved", .kind = TN_ATTR_INT, .max = 1},
              {.name = "smooth_softmax", .kind = TN_ATTR_INT, .i = -1, .min = -1, .max = 1},
              {.name = "sliding_window_cache", .kind = TN_ATTR_INT},
              {.name = "qk_output", .kind = TN_ATTR_INT},
              {.name = "qk_norm_epsilon", .kind = TN_ATTR_FLOAT, .f = 1e-6},
              {.name = "kv_cache_bit_width", .kind = TN_ATTR_INT},
              {.name = "k_quant_type", .kind = TN_ATTR_STRING, .s = "NONE"},
              {.name = "v_quant_type", .kind = TN_ATTR_STRING, .s = "NONE"}},
    .infer = infer,
    .ref = ref,
};
