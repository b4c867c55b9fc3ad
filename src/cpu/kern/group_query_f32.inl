// SPDX-License-Identifier: Apache-2.0
// group_query_f32.inl - com.microsoft GroupQueryAttention: the cache is copied once, with the new keys
// (turned) and values put behind the old ones; then each query of each head is a row of dot products with it,
// a softmax, and a sum of values. What lies where: src/op/group_query_attention.c.
#ifndef TN_CPU_GROUP_QUERY_F32_INL
#define TN_CPU_GROUP_QUERY_F32_INL

#include "cpu/kern/attention_f32.inl"

enum {
    GQ_Q,
    GQ_K,
    GQ_V,
    GQ_PAST_K,
    GQ_PAST_V,
    GQ_LENGTHS,
    GQ_TOTAL,
    GQ_COSINE,
    GQ_SINE,
    GQ_POSITIONS,
    GQ_BIAS,
    GQ_SINK
};

typedef struct group_query {
    int64_t batch, rows, heads, kv_heads, width, pairs; // pairs: that are turned
    int64_t wide[3];                                    // elements of a row of Q, K and V
    int64_t at[3];                                      // where their heads begin in it
    int64_t past, cache, window;                        // rows of the past and of the present
    bool causal, interleaved, apart;
    float scale, softcap;
} group_query;

static const char *group_query_reject(const tn_problem *p) {
    if (p->in[GQ_Q]->dtype != TN_F32) return "only f32";
    if (!att_given(p->nout, p->out, 1) || !att_given(p->nout, p->out, 2)) return "the cache is not wanted";
    if (!p->out[0] || tn_count(p->out[0]) == 0) return "nothing to do";
    if (att_given(p->nin, p->in, GQ_POSITIONS)) return "position_ids";
    if (att_given(p->nin, p->in, GQ_BIAS)) return "attention_bias";
    if (att_given(p->nin, p->in, GQ_SINK) || tn_attr_int(p->attrs, "smooth_softmax") == 1) return "a sink";
    return NULL;
}

static void group_query_setup(const tn_problem *p, void *params) {
    group_query *g = params;
    const tn_tensor *q = p->in[GQ_Q], *past = att_given(p->nin, p->in, GQ_PAST_K);
    *g = (group_query){.batch = q->dim[0],
                       .rows = q->dim[1],
                       .heads = tn_attr_int(p->attrs, "num_heads"),
                       .kv_heads = tn_attr_int(p->attrs, "kv_num_heads"),
                       .past = past ? past->dim[2] : 0,
                       .cache = p->out[1]->dim[2],
                       .window = tn_attr_int(p->attrs, "local_window_size"),
                       .causal = tn_attr_int(p->attrs, "causal") != 0,
                       .interleaved = tn_attr_int(p->attrs, "rotary_interleaved") != 0,
                       .apart = att_given(p->nin, p->in, GQ_K) != NULL,
                       .scale = (float)tn_attr_float(p->attrs, "scale"),
                       .softcap = (float)tn_attr_float(p->attrs, "softcap")};
    g->width = p->out[1]->dim[3];
    if (g->scale == 0) g->scale = (float)(1 / sqrt((double)g->width));
    if (tn_attr_int(p->attrs, "do_rotary")) g->pairs = p->in[GQ_COSINE]->dim[1];
    for (int i = 0; i < 3; i++) {
        g->wide[i] = g->apart && i > 0 ? g->kv_heads * g->width : q->dim[2];
        g->at[i] = g->apart || i == 0 ? 0 : (g->heads + (i - 1) * g->kv_heads) * g->width;
    }
}

INLINE int64_t group_query_worker(const group_query *g) {
    return ceil_div(g->width, 16) * 16 + ceil_div(g->cache, 16) * 16;
}

static size_t group_query_workspace(const tn_problem *p, int threads) {
    group_query g;
    group_query_setup(p, &g);
    return (size_t)(group_query_worker(&g) * threads) * 4;
}

typedef struct gq_run {
    const group_query *g;
    const float *in[3], *past[2], *cosine, *sine;
    const int32_t *lengths; // of each sequence, less one
    int64_t all;            // tokens of the longest sequence
    float *present[2], *y, *workers;
} gq_run;

// Tokens of sequence b that are in the cache already.
INLINE int64_t gq_old(const gq_run *r, int64_t b) {
    return r->g->rows == r->all ? 0 : (int64_t)r->lengths[b] + 1 - r->g->rows;
}

// A head's row of the token at position `at`, turned.
static void gq_turn(const gq_run *r, int64_t at, const float *from, float *to) {
    const group_query *g = r->g;
    const float *cosine = r->cosine + at * g->pairs, *sine = r->sine + at * g->pairs;
    memcpy(to, from, (size_t)g->width * 4);
    for (int64_t k = 0; k < g->pairs; k++) {
        int64_t i = g->interleaved ? 2 * k : k, j = g->interleaved ? 2 * k + 1 : k + g->pairs;
        to[i] = cosine[k] * from[i] - sine[k] * from[j];
        to[j] = sine[k] * from[i] + cosine[k] * from[j];
    }
}

static void gq_cache_task(void *arg, int64_t i, int worker) {
    const gq_run *r = arg;
    const group_query *g = r->g;
    int64_t b = i / g->kv_heads, h = i % g->kv_heads, old = min64(g->past, g->cache), first = gq_old(r, b);
    (void)worker;
    for (int v = 0; v < 2; v++) {
        float *to = r->present[v] + i * g->cache * g->width;
        if (old) memcpy(to, r->past[v] + i * g->past * g->width, (size_t)(old * g->width) * 4);
        memset(to + old * g->width, 0, (size_t)((g->cache - old) * g->width) * 4);
        for (int64_t row = 0; row < g->rows; row++) {
            const float *from = r->in[1 + v] + (b * g->rows + row) * g->wide[1 + v] + h * g->width;
            float *line = to + (first + row) * g->width;
            if (v == 0 && g->pairs)
                gq_turn(r, first + row, from, line);
            else
                memcpy(line, from, (size_t)g->width * 4);
        }
    }
}

static void gq_row_task(void *arg, int64_t i, int worker) {
    const gq_run *r = arg;
    const group_query *g = r->g;
    int64_t row = i % g->rows, h = i / g->rows % g->heads, b = i / (g->rows * g->heads), old = gq_old(r, b);
    int64_t kv = b * g->kv_heads + h / (g->heads / g->kv_heads), from = 0, to = old + g->rows;
    if (g->causal) to = old + row + 1;
    if (g->window > 0) from = max64(0, old + row + 1 - g->window);
    const float *q = r->in[0] + (b * g->rows + row) * g->wide[0] + h * g->width;
    float *turned = r->workers + worker * group_query_worker(g), *s = turned + ceil_div(g->width, 16) * 16;
    if (g->pairs) {
        gq_turn(r, old + row, q, turned);
        q = turned;
    }
    const float *k = r->present[0] + kv * g->cache * g->width, *v = r->present[1] + kv * g->cache * g->width;
    for (int64_t j = from; j < to; j++) {
        float x = g->scale * att_dot(q, k + j * g->width, g->width);
        s[j - from] = g->softcap != 0 ? g->softcap * tanhf(x / g->softcap) : x;
    }
    float sum = att_row_softmax(s, to - from);
    float *y = r->y + ((b * g->rows + row) * g->heads + h) * g->width;
    memset(y, 0, (size_t)g->width * 4);
    for (int64_t j = from; j < to; j++) att_axpy(s[j - from], v + j * g->width, y, g->width);
    for (int64_t d = 0; d < g->width; d++) y[d] /= sum;
}

static tn_status gq_check(tn_call *c, const gq_run *r) {
    const group_query *g = r->g;
    if (tn_count(c->in[GQ_LENGTHS]) != g->batch)
        return tn_call_fail(c, TN_INVALID, "seqlens_k must have one entry for each sequence");
    if (tn_count(c->in[GQ_TOTAL]) != 1)
        return tn_call_fail(c, TN_INVALID, "total_sequence_length must be one number");
    if (r->all < g->rows)
        return tn_call_fail(c, TN_INVALID, "total_sequence_length is below the number of new tokens");
    if (g->cache < r->all) return tn_call_fail(c, TN_INVALID, "the cache is too short");
    for (int64_t b = 0; b < g->batch; b++) {
        int64_t total = (int64_t)r->lengths[b] + 1, old = gq_old(r, b);
        if (total < 1 || total > r->all || old < 0 || old > g->past)
            return tn_call_fail(
                c, TN_INVALID,
                "sequence %lld has %lld tokens, %lld of them new: it does not fit a cache of %lld "
                "and a longest of %lld",
                (long long)b, (long long)total, (long long)g->rows, (long long)g->past, (long long)r->all);
        if (!g->pairs) continue;
        int64_t known = min64(c->in[GQ_COSINE]->dim[0], c->in[GQ_SINE]->dim[0]), last = old + g->rows - 1;
        if (last >= known || c->in[GQ_SINE]->dim[1] != g->pairs || 2 * g->pairs > g->width)
            return tn_call_fail(c, TN_INVALID, "position %lld is outside the caches' %lld rows",
                                (long long)last, (long long)known);
    }
    return TN_OK;
}

static tn_status group_query_call(tn_call *c) {
    const group_query *g = c->params;
    const float *q = c->in[GQ_Q]->data;
    gq_run r = {.g = g,
                .lengths = c->in[GQ_LENGTHS]->data,
                .all = tn_count(c->in[GQ_TOTAL]) ? ((const int32_t *)c->in[GQ_TOTAL]->data)[0] : 0,
                .y = c->out[0]->data,
                .workers = c->workspace};
    for (int i = 0; i < 3; i++) r.in[i] = (g->apart ? (const float *)c->in[i]->data : q) + g->at[i];
    for (int i = 0; i < 2; i++) {
        const tn_tensor *past = att_given(c->nin, c->in, GQ_PAST_K + i);
        r.past[i] = past ? past->data : NULL;
        r.present[i] = c->out[1 + i]->data;
    }
    if (g->pairs) {
        r.cosine = c->in[GQ_COSINE]->data;
        r.sine = c->in[GQ_SINE]->data;
    }
    tn_status status = gq_check(c, &r);
    if (status != TN_OK) return status;
    tn_call_parallel(c, g->batch * g->kv_heads, gq_cache_task, &r);
    tn_call_parallel(c, g->batch * g->heads * g->rows, gq_row_task, &r);
    return TN_OK;
}

#define GROUP_QUERY(name_, rank_)                                                                         \
    {                                                                                                     \
        TN_HERE, .name = name_, .op = "GroupQueryAttention", .domain = "com.microsoft", .isa = ISA,       \
                 .rank = rank_, .doc = "a cache copied once, then rows of dot products",                  \
                 .reject = group_query_reject, .params_bytes = sizeof(group_query),                       \
                 .setup = group_query_setup, .workspace = group_query_workspace, .run = group_query_call, \
    }

#endif
