// SPDX-License-Identifier: Apache-2.0
// eval.c - the reference interpreter. Each node: infer with the concrete inputs, make the outputs, call
// `ref`. What is known of each value is kept in tables by the value's id, so a body sees what its parents
// computed.
#include "ir/eval.h"

#include "ir/host.h"

#include <string.h>

typedef struct eval {
    tni_arena *arena;
    tn_dims dims;
    const tn_tensor **slot; // by value id; NULL: not computed (yet)
    tn_info *info;          // by value id
    unsigned nvalues;
    tni_lookup get;
    void *user;
    tni_eval_limits limits;
    size_t start_bytes;
    int64_t trips;
    int depth;
    tn_diags *diags;
} eval;

typedef struct eval_host { // tn_call_host first: the kernels see only that
    struct tn_call_host call;
    eval *e;
} eval_host;

static bool within(const eval *e) {
    return !e->limits.max_bytes || atomic_load(&e->arena->env->bytes) - e->start_bytes <= e->limits.max_bytes;
}

static void *memory(struct tn_call_host *h, size_t bytes) {
    eval *e = ((eval_host *)h)->e;
    size_t held = atomic_load(&e->arena->env->bytes) - e->start_bytes;
    if (e->limits.max_bytes && (bytes > e->limits.max_bytes || held > e->limits.max_bytes - bytes))
        return NULL;
    void *p = tni_arena_tensor(e->arena, bytes);
    if (p) memset(p, 0, bytes);
    return p;
}

// The tensor of a value: computed here, a constant, or the caller's.
static const tn_tensor *tensor_of(eval *e, const tni_value *v) {
    if (v->id < e->nvalues && e->slot[v->id]) return e->slot[v->id];
    if (v->info.constant) return v->info.constant;
    return e->get ? e->get(e->user, v) : NULL;
}

static tn_info *info_of(void *user, const tni_value *v) {
    eval *e = user;
    tn_info *info = &e->info[v->id];
    const tn_tensor *t = e->slot[v->id] ? NULL : tensor_of(e, v);
    if (t && info->type.dtype == TN_UNDEFINED) tni_tensor_info(info, e->arena, t);
    return info;
}

static bool store(eval *e, const tni_value *v, const tn_tensor *t) {
    e->slot[v->id] = t;
    return tni_tensor_info(&e->info[v->id], e->arena, t);
}

// The outputs' types with the inputs as concrete as they are. In a body's inference the tables serve.
static tn_status infer(eval *e, const tni_node *n, const tn_tensor *const *in, tn_info *out) {
    tni_infer_env env = {
        .info = e->slot ? info_of : NULL, .user = e, .dims = &e->dims, .arena = e->arena, .diags = e->diags};
    return tni_infer_values(&env, n, in, out);
}

static tn_status make_output(eval *e, eval_host *h, const tn_info *info, tn_tensor **to) {
    tn_tensor *t = tni_arena_zalloc(e->arena, sizeof *t);
    if (!t) return TN_NOMEM;
    *to = t;
    t->kind = info->type.kind;
    t->dtype = info->type.dtype;
    return tni_call_place(&h->call, info, t);
}

static tn_status run_body(struct tn_call_host *h, tn_graph *g, int nin, const tn_tensor *const *in, int nout,
                          const tn_tensor **out);

static tn_status run_node(eval *e, const tni_node *n, const tn_tensor *const *in, tn_tensor **out) {
    if (e->limits.max_trips && ++e->trips > e->limits.max_trips) return TN_LIMIT;
    if (!within(e)) return TN_LIMIT;
    eval_host host = {.call = {.node = n,
                               .diags = e->diags,
                               .pins = true,
                               .memory = memory,
                               .keep = memory,
                               .scratch = memory,
                               .graph = run_body},
                      .e = e};
    tn_info *info = tni_arena_zalloc(e->arena, (size_t)(n->nout + 1) * sizeof *info);
    if (!info) return TN_NOMEM;
    TN_TRY(infer(e, n, in, info));
    for (int i = 0; i < n->nout; i++) {
        out[i] = NULL;
        if (n->out[i]) TN_TRY(make_output(e, &host, &info[i], &out[i]));
    }
    tn_call c = {
        .attrs = tni_attrs(n), .nin = n->nin, .nout = n->nout, .in = in, .out = out, .host = &host.call};
    TN_TRY(n->op->ref(&c));
    return tni_call_check(&host.call, out);
}

static tn_status run_graph(eval *e, const tn_graph *g, const tn_tensor *const *in, const tn_tensor **out) {
    for (size_t i = 0; i < g->ninput; i++)
        if (!in[i] || !store(e, g->input[i], in[i])) return in[i] ? TN_NOMEM : TN_INVALID;
    for (const tni_node *n = g->first; n; n = n->next) {
        const tn_tensor **args = tni_arena_zalloc(e->arena, (size_t)(n->nin + 1) * sizeof *args);
        tn_tensor **results = tni_arena_zalloc(e->arena, (size_t)(n->nout + 1) * sizeof *results);
        if (!args || !results) return TN_NOMEM;
        for (int i = 0; i < n->nin; i++) {
            if (!n->in[i].value) continue;
            args[i] = tensor_of(e, n->in[i].value);
            if (!args[i])
                return tni_node_diag(n, e->diags, TN_ERROR, TN_INVALID, n->in[i].value->name, NULL,
                                     "its value is not known");
        }
        TN_TRY(run_node(e, n, args, results));
        for (int i = 0; i < n->nout; i++)
            if (results[i] && !store(e, n->out[i], results[i])) return TN_NOMEM;
    }
    for (size_t i = 0; i < g->noutput; i++)
        if (!(out[i] = tensor_of(e, g->output[i]->value))) return TN_INVALID;
    return TN_OK;
}

static tn_status run_body(struct tn_call_host *h, tn_graph *g, int nin, const tn_tensor *const *in, int nout,
                          const tn_tensor **out) {
    eval *e = ((eval_host *)h)->e;
    if (!g || (size_t)nin != g->ninput || (size_t)nout != g->noutput) return TN_INVALID;
    if (++e->depth > TNI_MAX_DEPTH) return TN_LIMIT;
    // What the last iteration computed must not pass for this one's.
    for (const tni_node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->nout; i++)
            if (n->out[i]) e->slot[n->out[i]->id] = NULL, e->info[n->out[i]->id] = (tn_info){.type.rank = -1};
    tn_status status = run_graph(e, g, in, out);
    e->depth--;
    return status;
}

static tn_status begin(eval *e, const tn_graph *g, bool tables, tni_arena *arena, tni_lookup get, void *user,
                       const tni_eval_limits *limits, tn_diags *diags) {
    *e = (eval){.arena = arena, .get = get, .user = user, .diags = diags};
    e->start_bytes = atomic_load(&arena->env->bytes);
    if (limits) e->limits = *limits;
    tni_dims_init(&e->dims, arena->env);
    if (!tables) return TN_OK;
    e->nvalues = g->root->nvalues;
    e->slot = tni_calloc(arena->env, e->nvalues + 1u, sizeof *e->slot);
    e->info = tni_calloc(arena->env, e->nvalues + 1u, sizeof *e->info);
    return e->slot && e->info ? TN_OK : TN_NOMEM;
}

static void end(eval *e) {
    tni_free(e->arena->env, e->slot);
    tni_free(e->arena->env, e->info);
    tni_dims_free(&e->dims);
}

tn_status tni_eval_node(const tni_node *n, tni_arena *arena, const tn_tensor *const *in, tn_tensor **out,
                        tni_lookup get, void *user, const tni_eval_limits *limits, tn_diags *diags) {
    eval e;
    size_t first = 0;
    bool bodies = tni_next_body(n, &first) != NULL;
    tn_status status = begin(&e, n->graph, bodies, arena, get, user, limits, diags);
    if (status == TN_OK) status = run_node(&e, n, in, out);
    end(&e);
    return status;
}

tn_status tni_eval_graph(const tn_graph *g, tni_arena *arena, const tn_tensor *const *in,
                         const tn_tensor **out, tni_lookup get, void *user, const tni_eval_limits *limits,
                         tn_diags *diags) {
    eval e;
    tn_status status = begin(&e, g, true, arena, get, user, limits, diags);
    if (status == TN_OK) status = run_graph(&e, g, in, out);
    end(&e);
    return status;
}
