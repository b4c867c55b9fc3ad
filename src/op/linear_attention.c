// SPDX-License-Identifier: Apache-2.0
// linear_attention.c - LinearAttention: attention through a state that is carried from token to token. For
// each head, with S [d_k, d_v] and a decay g (one a head, or one a row of S):
//
//     S *= exp(g)                              'gated', 'gated_delta'
//     S += k (x) v                             'linear', 'gated'
//     S += beta * k (x) (v - S' k)             'delta', 'gated_delta'
//     o  = scale * S' q                        for each query head that shares S
//
// One unit of work is one key head of one sample; tokens follow one another.
#include "op/buffer.h"

enum { Q, K, V, PAST, DECAY, BETA };

typedef struct shape {
    int64_t batch, rows, q_heads, heads, width, v_width;
} shape;

typedef struct job {
    shape h;
    const tn_tensor *q, *k, *v, *past, *decay, *beta, *y, *present;
    bool gated, delta;
    int64_t decays; // of a head: width, 1, or 0
    double scale;
    double *room; // of each worker: S, then q, k, v, g and an output row
    int64_t room_size;
} job;

// ---------------------------------------------------------------------------------------------- inference

static tn_status want_part(tn_infer *c, int i, const char *what, tn_dim batch, tn_dim rows) {
    if (!tni_ranked(c, i)) return TN_OK;
    TN_TRY(tni_want_rank(c, i, what, 3, 3));
    TN_TRY(tni_want_dim(c, c->in[i]->type.dim[0], batch, "batch of key, value, decay and beta"));
    return tni_want_dim(c, c->in[i]->type.dim[1], rows, "length of key, value, decay and beta");
}

// The width of one head of input i.
static tn_status head_width(tn_infer *c, int i, const char *what, int64_t count, tn_dim *to) {
    *to = tn_dim_fresh(c->dims);
    if (!tni_ranked(c, i)) return TN_OK;
    tn_dim all = c->in[i]->type.dim[2];
    if (!all.e && all.k % count)
        return tn_infer_fail(c, "%s is %lld wide, which does not divide into %lld heads", what,
                             (long long)all.k, (long long)count);
    *to = tn_dim_div(c->dims, all, tn_k(count));
    return TN_OK;
}

static tn_status check_rule(tn_infer *c) {
    static const char *const known[] = {"linear", "gated", "delta", "gated_delta"};
    int rule = 0;
    while (rule < 4 && !tn_attr_is(c->attrs, "update_rule", known[rule])) rule++;
    if (rule == 4)
        return tn_infer_fail(c, "update_rule must be 'linear', 'gated', 'delta' or 'gated_delta', not '%s'",
                             tn_attr_string(c->attrs, "update_rule"));
    if ((rule & 1) && !tni_given(c, DECAY))
        return tn_infer_fail(c, "update_rule '%s' needs the input decay", known[rule]);
    if ((rule & 2) && !tni_given(c, BETA))
        return tn_infer_fail(c, "update_rule '%s' needs the input beta", known[rule]);
    int64_t heads = tn_attr_int(c->attrs, "q_num_heads"), kv_heads = tn_attr_int(c->attrs, "kv_num_heads");
    if (heads % kv_heads)
        return tn_infer_fail(c, "%lld query heads do not divide over %lld key heads", (long long)heads,
                             (long long)kv_heads);
    return TN_OK;
}

// Decay: one number a head, or one a head and row of the state; beta: one a head, or one for all.
static tn_status check_gates(tn_infer *c, tn_dim heads, tn_dim width) {
    tn_dim all = tn_dim_mul(c->dims, heads, width);
    if (tni_ranked(c, DECAY)) {
        tn_dim got = c->in[DECAY]->type.dim[2];
        if (!got.e && !all.e && got.k != all.k && got.k != heads.k)
            return tn_infer_fail(c, "decay is %lld wide, expected %lld or %lld", (long long)got.k,
                                 (long long)heads.k, (long long)all.k);
    }
    if (tni_ranked(c, BETA) && !tn_dim_is(c->in[BETA]->type.dim[2], 1))
        return tni_want_dim(c, c->in[BETA]->type.dim[2], heads, "width of beta");
    return TN_OK;
}

static tn_status check_past(tn_infer *c, const tn_dim state[4]) {
    if (!tni_ranked(c, PAST)) return TN_OK;
    TN_TRY(tni_want_rank(c, PAST, "past_state", 4, 4));
    for (int d = 0; d < 4; d++)
        TN_TRY(tni_want_dim(c, c->in[PAST]->type.dim[d], state[d], "past_state's size"));
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    tn_dtype dtype = c->in[Q]->type.dtype, state_dtype = tni_given(c, PAST) ? c->in[PAST]->type.dtype : dtype;
    tn_dim heads = tn_k(tn_attr_int(c->attrs, "kv_num_heads")), q_heads, width, q_width, v_width;
    const tn_type *q = &c->in[Q]->type;
    TN_TRY(check_rule(c));
    TN_TRY(tni_want_rank(c, Q, "query", 3, 3));
    q_heads = tn_k(tn_attr_int(c->attrs, "q_num_heads"));
    tni_shape_unknown(c, 0, dtype);
    tni_shape_unknown(c, 1, state_dtype);
    if (q->rank < 0) return TN_OK;
    TN_TRY(want_part(c, K, "key", q->dim[0], q->dim[1]));
    TN_TRY(want_part(c, V, "value", q->dim[0], q->dim[1]));
    TN_TRY(want_part(c, DECAY, "decay", q->dim[0], q->dim[1]));
    TN_TRY(want_part(c, BETA, "beta", q->dim[0], q->dim[1]));
    TN_TRY(head_width(c, Q, "query", q_heads.k, &q_width));
    TN_TRY(head_width(c, K, "key", heads.k, &width));
    TN_TRY(head_width(c, V, "value", heads.k, &v_width));
    TN_TRY(tni_want_dim(c, width, q_width, "width of a key"));
    TN_TRY(check_gates(c, heads, q_width));
    tn_dim state[] = {q->dim[0], heads, q_width, v_width};
    TN_TRY(check_past(c, state));
    tn_dim y[] = {q->dim[0], q->dim[1], tn_dim_mul(c->dims, q_heads, v_width)};
    tni_shape_out(c, 0, dtype, 3, y);
    tni_shape_out(c, 1, state_dtype, 4, state);
    return TN_OK;
}

// ----------------------------------------------------------------------------------------------- kernel

static void decay_state(const job *j, double *s, const double *g) {
    int64_t v_width = j->h.v_width;
    for (int64_t r = 0; r < j->h.width; r++) {
        double f = exp(g[j->decays == 1 ? 0 : r]);
        for (int64_t i = 0; i < v_width; i++) s[r * v_width + i] *= f;
    }
}

// to = S' x, the product that keys and queries see of the state.
static void read_state(const shape *h, const double *s, const double *x, double *to) {
    memset(to, 0, (size_t)h->v_width * sizeof *to);
    for (int64_t r = 0; r < h->width; r++)
        for (int64_t i = 0; i < h->v_width; i++) to[i] += s[r * h->v_width + i] * x[r];
}

static void write_state(const shape *h, double *s, const double *k, const double *v) {
    for (int64_t r = 0; r < h->width; r++)
        for (int64_t i = 0; i < h->v_width; i++) s[r * h->v_width + i] += k[r] * v[i];
}

static void step(const job *j, int64_t at, int64_t head, double *s, double *k, double *v, double *g,
                 double *seen) {
    const shape *h = &j->h;
    double beta = 1;
    tni_load(k, j->k, (at * h->heads + head) * h->width, 1, h->width);
    tni_load(v, j->v, (at * h->heads + head) * h->v_width, 1, h->v_width);
    if (j->gated) {
        tni_load(g, j->decay, (at * h->heads + head) * j->decays, 1, j->decays);
        decay_state(j, s, g);
    }
    if (j->delta) {
        int64_t wide = j->beta->dim[2];
        tni_load(&beta, j->beta, at * wide + (wide == 1 ? 0 : head), 1, 1);
        read_state(h, s, k, seen);
        for (int64_t i = 0; i < h->v_width; i++) v[i] = beta * (v[i] - seen[i]);
    }
    write_state(h, s, k, v);
}

static void run_head(void *user, int64_t unit, int worker) {
    const job *j = user;
    const shape *h = &j->h;
    int64_t b = unit / h->heads, head = unit % h->heads, share = h->q_heads / h->heads;
    int64_t size = h->width * h->v_width;
    double *s = j->room + worker * j->room_size, *q = s + size, *k = q + h->width, *g = k + h->width;
    double *v = g + h->width, *o = v + h->v_width;
    memset(s, 0, (size_t)size * sizeof *s);
    if (j->past) tni_load(s, j->past, unit * size, 1, size);
    for (int64_t t = 0; t < h->rows; t++) {
        int64_t at = b * h->rows + t;
        step(j, at, head, s, k, v, g, o);
        for (int64_t i = head * share; i < (head + 1) * share && j->y; i++) {
            tni_load(q, j->q, (at * h->q_heads + i) * h->width, 1, h->width);
            for (int64_t r = 0; r < h->width; r++) q[r] *= j->scale;
            read_state(h, s, q, o);
            tni_store(j->y, (at * h->q_heads + i) * h->v_width, 1, h->v_width, o);
        }
    }
    if (j->present) tni_store(j->present, unit * size, 1, size, s);
}

static tn_status make_room(tn_call *c, job *j) {
    int64_t size;
    const shape *h = &j->h;
    if (!ck_mul64(h->width + 2, h->v_width, &size)) return TN_NOMEM;
    for (int i = 0; i < 3; i++)
        if (!ck_add64(size, h->width, &size)) return TN_NOMEM;
    j->room_size = size;
    if (!ck_mul64(size, tn_call_threads(c), &size)) return TN_NOMEM;
    j->room = tni_scratch(c, size, sizeof *j->room);
    return j->room ? TN_OK : TN_NOMEM;
}

static tn_status ref(tn_call *c) {
    job j = {.q = c->in[Q], .k = c->in[K], .v = c->in[V], .past = tni_arg(c, PAST)};
    j.decay = tni_arg(c, DECAY);
    j.beta = tni_arg(c, BETA);
    j.y = tni_result(c, 0);
    j.present = tni_result(c, 1);
    j.h = (shape){j.q->dim[0],
                  j.q->dim[1],
                  tn_attr_int(c->attrs, "q_num_heads"),
                  tn_attr_int(c->attrs, "kv_num_heads"),
                  0,
                  0};
    j.h.width = j.q->dim[2] / j.h.q_heads;
    j.h.v_width = j.v->dim[2] / j.h.heads;
    j.delta = strstr(tn_attr_string(c->attrs, "update_rule"), "delta") != NULL;
    j.gated = strstr(tn_attr_string(c->attrs, "update_rule"), "gated") != NULL;
    if (j.gated) j.decays = j.decay->dim[2] / j.h.heads;
    j.scale = tn_attr_float(c->attrs, "scale");
    if (j.scale == 0) j.scale = 1 / sqrt((double)j.h.width);
    TN_TRY(make_room(c, &j));
    tn_call_parallel(c, j.h.batch * j.h.heads, run_head, &j);
    return TN_OK;
}

#define REAL (TN_BIT(TN_F32) | TN_BIT(TN_F16) | TN_BIT(TN_BF16))

TN_OP(linear_attention) = {
    TN_HERE,
    .name = "LinearAttention",
    .since = 27,
    .doc = "Attention through a carried state: linear, gated, delta and gated delta rules",
    .in = {{"query", "T"},
           {"key", "T"},
           {"value", "T"},
           {"past_state", "S", TN_OPTIONAL_IN},
           {"decay", "T", TN_OPTIONAL_IN},
           {"beta", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"present_state", "S"}},
    .types = {{"T", REAL}, {"S", REAL}},
    .attrs = {{.name = "q_num_heads", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {.name = "kv_num_heads", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {.name = "update_rule", .kind = TN_ATTR_STRING, .s = "gated_delta"},
              {.name = "scale", .kind = TN_ATTR_FLOAT},
              {.name = "chunk_size", .kind = TN_ATTR_INT, .i = 64}}, // how others block it; not what it gives
    .infer = infer,
    .ref = ref,
};
