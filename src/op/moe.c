// SPDX-License-Identifier: Apache-2.0
// moe.c - com.microsoft MoE and QMoE: a mixture of experts. Each token goes through the k experts that the
// router likes best, weighted by the softmax over all experts:
//
//     y[t] = sum over e: weight[t,e] * (fc2[e] * act(fc1[e] * x[t] + b1[e]) + b2[e])
//
// With SwiGLU, fc1 gives pairs (gate, linear), or fc3 the linear ones. QMoE's weights have 4 or 8 bits (the
// low half of a byte first, 8 or 128 stands for 0) and a scale for each row, or each block of one. One unit
// of work is one row of an expert's matrix: it is read once and multiplied with all tokens of that expert.
#include "op/buffer.h"

enum { X, ROUTER, FIRST }; // then fc1, fc2 and fc3: weights, (scales,) bias

typedef struct matrix {
    const tn_tensor *w, *scales, *bias; // [experts, n, k or packed], [experts, n (, blocks)], [experts, n]
    int64_t n, k;
} matrix;

typedef struct mixture {
    int64_t tokens, width, experts, chosen, inner, bits; // bits 0: real weights
    matrix fc[3];
    char kind; // of the activation: its first letter, 'w' for SwiGLU
    int64_t fusion;
    double alpha, beta, limit;
} mixture;

// ---------------------------------------------------------------------------------------------- inference

static bool quantised(tn_attrs a) { return tn_attr_int(a, "expert_weight_bits") != 0; }
static int stride(tn_attrs a) { return quantised(a) ? 3 : 2; } // inputs of each matrix

static const char *const activations[] = {"relu", "gelu", "silu", "swiglu", "identity"};

static tn_status check_attributes(tn_infer *c) {
    bool known = false, swiglu = tn_attr_is(c->attrs, "activation_type", "swiglu");
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        known |= tn_attr_is(c->attrs, "activation_type", activations[i]);
    if (!known)
        return tn_infer_fail(c, "activation_type '%s' is none of relu, gelu, silu, swiglu and identity",
                             tn_attr_string(c->attrs, "activation_type"));
    if (tn_attr_int(c->attrs, "use_sparse_mixer"))
        return tn_infer_fail(c, "use_sparse_mixer is not supported");
    bool third = tni_given(c, FIRST + 2 * stride(c->attrs)),
         fused = tn_attr_int(c->attrs, "swiglu_fusion") != 0;
    if (swiglu && third == fused)
        return tn_infer_fail(c, "swiglu takes either fc3_experts_weights or a swiglu_fusion other than 0");
    if (!quantised(c->attrs)) return TN_OK;
    int64_t bits = tn_attr_int(c->attrs, "expert_weight_bits"), block = tn_attr_int(c->attrs, "block_size");
    if (bits != 4 && bits != 8)
        return tn_infer_fail(c, "expert_weight_bits is %lld, supported are 4 and 8", (long long)bits);
    if (block && (block < 16 || (block & (block - 1))))
        return tn_infer_fail(c, "block_size is %lld, expected a power of two from 16 on", (long long)block);
    return TN_OK;
}

// Matrix i is [experts, n, k], k divided by the numbers in a byte; what goes with it follows.
static tn_status check_matrix(tn_infer *c, int i, const char *what, tn_dim experts, tn_dim n, tn_dim k) {
    int at = FIRST + i * stride(c->attrs);
    int64_t bits = tn_attr_int(c->attrs, "expert_weight_bits"), block = tn_attr_int(c->attrs, "block_size");
    if (!tni_given(c, at)) return TN_OK;
    TN_TRY(tni_want_rank(c, at, what, 3, 3));
    if (!tni_ranked(c, at)) return TN_OK;
    const tn_type *w = &c->in[at]->type;
    TN_TRY(tni_want_dim(c, w->dim[0], experts, "number of experts"));
    TN_TRY(tni_want_dim(c, w->dim[1], n, "rows of an expert's weights"));
    if (!k.e && ((bits == 4 && k.k % 2) || (block && k.k % block)))
        return tn_infer_fail(c,
                             "%s has %lld columns, which bytes of %lld bits and blocks of %lld do not fill",
                             what, (long long)k.k, (long long)bits, (long long)block);
    TN_TRY(tni_want_dim(c, w->dim[2], bits == 4 ? tn_dim_div(c->dims, k, tn_k(2)) : k,
                        "columns of an expert's weights"));
    if (bits && tni_ranked(c, at + 1)) {
        const tn_type *s = &c->in[at + 1]->type;
        TN_TRY(tni_want_rank(c, at + 1, "the scales", block ? 3 : 2, block ? 3 : 2));
        TN_TRY(tni_want_dim(c, s->dim[0], experts, "experts of the scales"));
        TN_TRY(tni_want_dim(c, s->dim[1], n, "rows of the scales"));
        if (block)
            TN_TRY(tni_want_dim(c, s->dim[2], tn_dim_div(c->dims, k, tn_k(block)), "blocks of the scales"));
    }
    if (!tni_ranked(c, at + stride(c->attrs) - 1)) return TN_OK;
    const tn_type *b = &c->in[at + stride(c->attrs) - 1]->type;
    TN_TRY(tni_want_rank(c, at + stride(c->attrs) - 1, "an expert's bias", 2, 2));
    TN_TRY(tni_want_dim(c, b->dim[0], experts, "experts of a bias"));
    return tni_want_dim(c, b->dim[1], n, "size of a bias");
}

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[X]->type, *r = &c->in[ROUTER]->type;
    int second = FIRST + stride(c->attrs);
    TN_TRY(check_attributes(c));
    TN_TRY(tni_want_rank(c, X, "the input", 2, 3));
    TN_TRY(tni_want_rank(c, ROUTER, "router_probs", 2, 2));
    if (x->rank >= 0 && r->rank >= 0 && tni_ranked(c, second)) {
        tn_dim width = x->dim[x->rank - 1], inner = c->in[second]->type.dim[2];
        tn_dim tokens = x->rank == 3 ? tn_dim_mul(c->dims, x->dim[0], x->dim[1]) : x->dim[0];
        if (tn_attr_int(c->attrs, "expert_weight_bits") == 4) inner = tn_dim_mul(c->dims, inner, tn_k(2));
        bool fused =
            tn_attr_is(c->attrs, "activation_type", "swiglu") && tn_attr_int(c->attrs, "swiglu_fusion");
        TN_TRY(tni_want_dim(c, r->dim[0], tokens, "rows of router_probs"));
        if (!r->dim[1].e && tn_attr_int(c->attrs, "k") > r->dim[1].k)
            return tn_infer_fail(c, "k is %lld, but there are %lld experts",
                                 (long long)tn_attr_int(c->attrs, "k"), (long long)r->dim[1].k);
        TN_TRY(check_matrix(c, 0, "fc1_experts_weights", r->dim[1],
                            fused ? tn_dim_mul(c->dims, inner, tn_k(2)) : inner, width));
        TN_TRY(check_matrix(c, 1, "fc2_experts_weights", r->dim[1], width, inner));
        TN_TRY(check_matrix(c, 2, "fc3_experts_weights", r->dim[1], inner, width));
    }
    return tn_infer_same(c);
}

// ------------------------------------------------------------------------------------------------ routing

// The k experts of each token, best first (equal ones by number, NaN before all), and their weights.
static void choose(const tn_tensor *router, int64_t t, int64_t experts, int64_t k, bool normal, double *p,
                   int64_t *chosen, double *weight) {
    double most = -HUGE_VAL, sum = 0, taken = 0;
    tni_load(p, router, t * experts, 1, experts);
    for (int64_t e = 0; e < experts; e++) most = fmax(most, p[e]);
    for (int64_t e = 0; e < experts; e++) sum += p[e] = exp(p[e] - most);
    for (int64_t i = 0; i < k; i++) {
        int64_t best = 0;
        for (int64_t e = 1; e < experts; e++)
            if (p[e] > p[best] || (isnan(p[e]) && !isnan(p[best]))) best = e;
        chosen[i] = best;
        taken += weight[i] = p[best] / sum;
        p[best] = -1;
    }
    for (int64_t i = 0; i < k && normal; i++) weight[i] /= taken;
}

// ------------------------------------------------------------------------------------------------- layers

typedef struct layer {
    const mixture *m;
    const matrix *fc;
    int64_t expert, rows; // rows: tokens that pass
    const double *in;     // [rows, k]
    double *out, *room;   // [rows, n]; k for each worker
} layer;

static void load_row(const mixture *m, const matrix *fc, int64_t row, double *to) {
    if (!m->bits) {
        tni_load(to, fc->w, row * fc->k, 1, fc->k);
        return;
    }
    const uint8_t *p = (const uint8_t *)fc->w->data + row * (fc->k * m->bits / 8);
    int64_t blocks = fc->scales->rank == 3 ? fc->scales->dim[2] : 1, block = blocks ? fc->k / blocks : 0;
    int zero = 1 << (m->bits - 1);
    for (int64_t i = 0; i < fc->k; i++) {
        int v = m->bits == 8 ? p[i] : p[i / 2] >> (i % 2 * 4) & 15;
        to[i] = (v - zero) * tni_get(fc->scales, row * blocks + i / block);
    }
}

static void run_row(void *user, int64_t n, int worker) {
    const layer *l = user;
    const matrix *fc = l->fc;
    int64_t row = l->expert * fc->n + n;
    double *w = l->room + worker * (fc->k > 0 ? fc->k : 1), bias = fc->bias ? tni_get(fc->bias, row) : 0;
    load_row(l->m, fc, row, w);
    for (int64_t r = 0; r < l->rows; r++) {
        double sum = bias;
        for (int64_t i = 0; i < fc->k; i++) sum += l->in[r * fc->k + i] * w[i];
        l->out[r * fc->n + n] = sum;
    }
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double activated(const mixture *m, double x) {
    switch (m->kind) {
    case 'r': return x > 0 || isnan(x) ? x : 0;
    case 'g': return 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    case 's': return x * sigmoid(x);
    default: return x;
    }
}

static double swiglu(const mixture *m, double gate, double linear) {
    if (gate > m->limit) gate = m->limit;
    if (linear > m->limit) linear = m->limit;
    if (linear < -m->limit) linear = -m->limit;
    return gate * sigmoid(m->alpha * gate) * (linear + m->beta);
}

// h [rows, fc1.n] and third [rows, inner] (or NULL) to h [rows, inner]; rows move to the front only.
static void activate(const mixture *m, double *h, const double *third, int64_t rows) {
    int64_t inner = m->inner, wide = m->fc[0].n;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < inner; i++) {
            const double *from = h + r * wide;
            double y;
            if (m->kind != 'w')
                y = activated(m, from[i]) * (third ? third[r * inner + i] : 1);
            else if (third)
                y = swiglu(m, from[i], third[r * inner + i]);
            else
                y = m->fusion == 1 ? swiglu(m, from[2 * i], from[2 * i + 1])
                                   : swiglu(m, from[i], from[inner + i]);
            h[r * inner + i] = y;
        }
}

// ------------------------------------------------------------------------------------------------- kernel

typedef struct work {
    const double *x;                                      // [tokens, width]
    double *y, *in, *h, *third, *out, *room, *p, *weight; // y [tokens, width]; weight [tokens, chosen]
    int64_t *chosen, *token;
    double *share; // of each token of the expert
} work;

static bool make_room(tn_call *c, const mixture *m, work *w) {
    int64_t wide = m->fc[0].n > m->inner ? m->fc[0].n : m->inner,
            most = m->width > m->inner ? m->width : m->inner, tokens, hidden, room, routes;
    if (!ck_mul64(m->tokens, m->width, &tokens) || !ck_mul64(m->tokens, wide, &hidden) ||
        !ck_mul64(most + 1, tn_call_threads(c), &room) || !ck_mul64(m->tokens, m->chosen, &routes))
        return false;
    w->x = tni_as_double(c, c->in[X]);
    w->y = tni_scratch(c, tokens, sizeof(double));
    w->in = tni_scratch(c, tokens, sizeof(double));
    w->out = tni_scratch(c, tokens, sizeof(double));
    w->h = tni_scratch(c, hidden, sizeof(double));
    w->third = tni_scratch(c, m->fc[2].w ? hidden : 1, sizeof(double));
    w->room = tni_scratch(c, room, sizeof(double));
    w->p = tni_scratch(c, m->experts, sizeof(double));
    w->weight = tni_scratch(c, routes, sizeof(double));
    w->share = tni_scratch(c, m->tokens, sizeof(double));
    w->chosen = tni_scratch(c, routes, sizeof(int64_t));
    w->token = tni_scratch(c, m->tokens, sizeof(int64_t));
    return w->x && w->y && w->in && w->out && w->h && w->third && w->room && w->p && w->weight && w->share &&
           w->chosen && w->token;
}

// The tokens that chose the expert, side by side.
static int64_t collect(const mixture *m, const work *w, int64_t expert) {
    int64_t n = 0;
    for (int64_t i = 0; i < m->tokens * m->chosen; i++) {
        if (w->chosen[i] != expert) continue;
        w->token[n] = i / m->chosen;
        w->share[n] = w->weight[i];
        memcpy(w->in + n * m->width, w->x + w->token[n] * m->width, (size_t)m->width * sizeof(double));
        n++;
    }
    return n;
}

static void run_layer(tn_call *c, const mixture *m, const work *w, int fc, int64_t expert, int64_t rows,
                      const double *in, double *out) {
    layer l = {m, &m->fc[fc], expert, rows, in, out, w->room};
    tn_call_parallel(c, l.fc->n, run_row, &l);
}

static void run_expert(tn_call *c, const mixture *m, const work *w, int64_t expert) {
    int64_t rows = collect(m, w, expert);
    if (!rows) return;
    run_layer(c, m, w, 0, expert, rows, w->in, w->h);
    if (m->fc[2].w) run_layer(c, m, w, 2, expert, rows, w->in, w->third);
    activate(m, w->h, m->fc[2].w ? w->third : NULL, rows);
    run_layer(c, m, w, 1, expert, rows, w->h, w->out);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < m->width; i++)
            w->y[w->token[r] * m->width + i] += w->share[r] * w->out[r * m->width + i];
}

static void read_mixture(tn_call *c, mixture *m) {
    const tn_tensor *x = c->in[X];
    int step = stride(c->attrs);
    bool swiglu = tn_attr_is(c->attrs, "activation_type", "swiglu");
    *m = (mixture){
        .width = x->dim[x->rank - 1], .experts = c->in[ROUTER]->dim[1], .tokens = c->in[ROUTER]->dim[0]};
    m->chosen = tn_attr_int(c->attrs, "k");
    m->bits = tn_attr_int(c->attrs, "expert_weight_bits");
    m->inner = c->in[FIRST + step]->dim[2] * (m->bits == 4 ? 2 : 1);
    m->kind = swiglu ? 'w' : tn_attr_string(c->attrs, "activation_type")[0];
    m->fusion = tn_attr_int(c->attrs, "swiglu_fusion");
    m->alpha = tn_attr_float(c->attrs, "activation_alpha");
    m->beta = tn_attr_float(c->attrs, "activation_beta");
    m->limit = tn_attr_float(c->attrs, "swiglu_limit");
    for (int i = 0; i < 3; i++) {
        int at = FIRST + i * step;
        m->fc[i].w = tni_arg(c, at);
        m->fc[i].scales = m->bits ? tni_arg(c, at + 1) : NULL;
        m->fc[i].bias = tni_arg(c, at + step - 1);
        m->fc[i].k = i == 1 ? m->inner : m->width;
        m->fc[i].n = m->fc[i].w ? m->fc[i].w->dim[1] : 0;
    }
}

static tn_status ref(tn_call *c) {
    mixture m;
    work w;
    if (!c->out[0] || tn_count(c->out[0]) == 0) return TN_OK;
    read_mixture(c, &m);
    if (!make_room(c, &m, &w)) return TN_NOMEM;
    memset(w.y, 0, (size_t)(m.tokens * m.width) * sizeof(double));
    bool normal = tn_attr_int(c->attrs, "normalize_routing_weights") != 0;
    for (int64_t t = 0; t < m.tokens; t++)
        choose(c->in[ROUTER], t, m.experts, m.chosen, normal, w.p, w.chosen + t * m.chosen,
               w.weight + t * m.chosen);
    for (int64_t e = 0; e < m.experts; e++) run_expert(c, &m, &w, e);
    tni_store(c->out[0], 0, 1, m.tokens * m.width, w.y);
    return TN_OK;
}

#define EXPERT_ATTRS                                                                                   \
    {.name = "k", .kind = TN_ATTR_INT, .i = 1, .min = 1, .max = INT32_MAX},                            \
        {"activation_type", TN_ATTR_STRING, .s = "relu"}, {"activation_alpha", TN_ATTR_FLOAT, .f = 1}, \
        {"activation_beta", TN_ATTR_FLOAT}, {"normalize_routing_weights", TN_ATTR_INT},                \
        {"swiglu_fusion", TN_ATTR_INT, .max = 2}, {"swiglu_limit", TN_ATTR_FLOAT, .f = HUGE_VAL}, {    \
        "use_sparse_mixer", TN_ATTR_INT                                                                \
    }

TN_OP(ms_moe) = {
    TN_HERE,
    .name = "MoE",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "a mixture of experts: each token through the best of them",
    .in = {{"input", "T"},
           {"router_probs", "T"},
           {"fc1_experts_weights", "T"},
           {"fc1_experts_bias", "T", TN_OPTIONAL_IN},
           {"fc2_experts_weights", "T"},
           {"fc2_experts_bias", "T", TN_OPTIONAL_IN},
           {"fc3_experts_weights", "T", TN_OPTIONAL_IN},
           {"fc3_experts_bias", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {EXPERT_ATTRS},
    .infer = infer,
    .ref = ref,
};

TN_OP(ms_qmoe) = {
    TN_HERE,
    .name = "QMoE",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "MoE with weights of 4 or 8 bits",
    .in = {{"input", "T"},
           {"router_probs", "T"},
           {"fc1_experts_weights", "u8"},
           {"fc1_scales", "T2"},
           {"fc1_experts_bias", "T", TN_OPTIONAL_IN},
           {"fc2_experts_weights", "u8"},
           {"fc2_scales", "T2"},
           {"fc2_experts_bias", "T", TN_OPTIONAL_IN},
           {"fc3_experts_weights", "u8", TN_OPTIONAL_IN},
           {"fc3_scales", "T2", TN_OPTIONAL_IN},
           {"fc3_experts_bias", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}, {"T2", TN_FLOATS}},
    .attrs = {EXPERT_ATTRS, {"expert_weight_bits", TN_ATTR_INT, .i = 4}, {"block_size", TN_ATTR_INT}},
    .infer = infer,
    .ref = ref,
};
