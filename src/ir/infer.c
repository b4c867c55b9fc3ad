// SPDX-License-Identifier: Apache-2.0
// infer.c - types and shapes before running: drives the operators' `infer`, and the inferences many share.
#include "base/ck.h"
#include "ir/host.h"

#include <stdio.h>
#include <string.h>

static tn_info *info_of(tni_infer_env *env, tni_value *v) {
    return env->info ? env->info(env->user, v) : &v->info;
}

// What an operator may not hand out: negative sizes, unknown element types of tensors it made.
static tn_status check_outputs(tni_infer_env *env, const tni_node *n, tn_info *const *out) {
    for (int i = 0; i < n->nout; i++) {
        if (!out[i]) continue;
        const tn_type *t = &out[i]->type;
        if (t->rank > TN_MAX_RANK)
            return tni_node_diag(n, env->diags, TN_ERROR, TN_LIMIT, n->out[i]->name, NULL,
                                 "rank %d is above the limit of %d", t->rank, TN_MAX_RANK);
        for (int d = 0; d < t->rank; d++)
            if (!t->dim[d].e && t->dim[d].k < 0)
                return tni_node_diag(n, env->diags, TN_ERROR, TN_INVALID, n->out[i]->name, NULL,
                                     "dimension %d comes out as %lld", d, (long long)t->dim[d].k);
    }
    return TN_OK;
}

static tn_status run_infer(tni_infer_env *env, const tni_node *n, const tn_info *const *in,
                           tn_info *const *out) {
    struct tn_infer_host host = {.env = env, .node = n};
    tn_infer c = {.attrs = tni_attrs(n),
                  .nin = n->nin,
                  .nout = n->nout,
                  .in = in,
                  .out = out,
                  .dims = env->dims,
                  .host = &host};
    tn_status status = n->op->infer(&c);
    if (status == TN_OK && host.nomem) status = TN_NOMEM;
    if (env->dims->status != TN_OK) {
        if (status == TN_OK) {
            status = env->dims->status;
            tni_node_diag(n, env->diags, TN_ERROR, status, NULL, NULL,
                          "a dimension is too large to be computed");
        }
        env->dims->status = TN_OK;
    }
    return status == TN_OK ? check_outputs(env, n, out) : status;
}

static tn_status infer_strict(tni_infer_env *env, const tni_node *n) {
    const tn_info **in = tni_arena_zalloc(env->arena, (size_t)(n->nin + 1) * sizeof *in);
    tn_info **out = tni_arena_zalloc(env->arena, (size_t)(n->nout + 1) * sizeof *out);
    if (!in || !out) return TN_NOMEM;
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value) in[i] = info_of(env, n->in[i].value);
    for (int i = 0; i < n->nout; i++) {
        if (!n->out[i]) continue;
        out[i] = info_of(env, n->out[i]);
        *out[i] = (tn_info){.type.rank = -1};
    }
    return run_infer(env, n, in, out);
}

tn_status tni_infer_values(tni_infer_env *env, const tni_node *n, const tn_tensor *const *in, tn_info *out) {
    tn_info *known = tni_arena_zalloc(env->arena, (size_t)(n->nin + 1) * sizeof *known);
    const tn_info **pin = tni_arena_zalloc(env->arena, (size_t)(n->nin + 1) * sizeof *pin);
    tn_info **pout = tni_arena_zalloc(env->arena, (size_t)(n->nout + 1) * sizeof *pout);
    if (!known || !pin || !pout) return TN_NOMEM;
    for (int i = 0; i < n->nin; i++) {
        if (!in[i]) continue;
        if (!tni_tensor_info(&known[i], env->arena, in[i])) return TN_NOMEM;
        pin[i] = &known[i];
    }
    for (int i = 0; i < n->nout; i++) {
        out[i] = (tn_info){.type.rank = -1};
        if (n->out[i]) pout[i] = &out[i];
    }
    return run_infer(env, n, pin, pout);
}

static bool make_unknown(tni_infer_env *env, const tni_node *n) {
    bool any = false;
    for (int i = 0; i < n->nout; i++) {
        if (!n->out[i]) continue;
        *info_of(env, n->out[i]) = (tn_info){.type.rank = -1};
        any = true;
    }
    return any;
}

// In a conditional graph a node that fails has outputs of unknown type: they are inferred again, and the
// failure told, when the node runs. One without outputs would run unseen.
tn_status tni_infer_node(tni_infer_env *env, const tni_node *n) {
    if (!n->graph->conditional) return infer_strict(env, n);
    tn_diags *diags = env->diags;
    env->diags = NULL;
    tn_status status = infer_strict(env, n);
    env->diags = diags;
    return status == TN_INVALID && make_unknown(env, n) ? TN_OK : status;
}

tn_status tni_infer_graph(tni_infer_env *env, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) TN_TRY(tni_infer_node(env, n));
    return TN_OK;
}

static tni_infer_env own_env(tni_root *r, tn_diags *diags) {
    return (tni_infer_env){.dims = &r->dims, .arena = &r->arena, .diags = diags};
}

tn_status tni_node_infer(tni_node *n, tn_diags *diags) {
    tni_infer_env env = own_env(n->graph->root, diags);
    tn_status status = infer_strict(&env, n);
    if (status != TN_OK) make_unknown(&env, n);
    return status;
}

tn_status tni_graph_infer(tn_graph *g, tn_diags *diags) {
    tni_infer_env env = own_env(g->root, diags);
    return tni_infer_graph(&env, g);
}

tn_status tn_infer_graph(tn_infer *c, const char *attr, int nin, const tn_info *const *in, int nout,
                         tn_info *out) {
    tni_infer_env *env = c->host->env;
    tn_graph *g = tn_attr_graph(c->attrs, attr);
    if (!g) return tn_infer_fail(c, "attribute '%s' holds no graph", attr);
    if (g->ninput != (size_t)nin)
        return tn_infer_fail(c, "'%s' has %zu inputs, the node gives it %d", attr, g->ninput, nin);
    if (g->noutput != (size_t)nout)
        return tn_infer_fail(c, "'%s' has %zu outputs, the node wants %d", attr, g->noutput, nout);
    if (++env->depth > TNI_MAX_DEPTH)
        return tn_infer_fail(c, "bodies are nested deeper than %d", TNI_MAX_DEPTH);
    for (int i = 0; i < nin; i++)
        if (in[i]) *info_of(env, g->input[i]) = *in[i];
    tn_status status = tni_infer_graph(env, g);
    env->depth--;
    if (status != TN_OK) return status;
    for (int i = 0; i < nout; i++) out[i] = *info_of(env, g->output[i]->value);
    return TN_OK;
}

// ---- what inferences call

TN_PRINTF(4, 0)
static tn_status vfail(tn_infer *c, tn_severity severity, const char *hint, const char *message,
                       va_list args) {
    char text[1024];
    vsnprintf(text, sizeof text, message, args);
    return tni_node_diag(c->host->node, c->host->env->diags, severity, TN_INVALID, NULL, hint, "%s", text);
}

tn_status tn_infer_fail(tn_infer *c, const char *message, ...) {
    va_list args;
    va_start(args, message);
    tn_status status = vfail(c, TN_ERROR, NULL, message, args);
    va_end(args);
    return status;
}

tn_status tn_infer_hint(tn_infer *c, const char *hint, const char *message, ...) {
    va_list args;
    va_start(args, message);
    tn_status status = vfail(c, TN_ERROR, hint, message, args);
    va_end(args);
    return status;
}

void tn_infer_warn(tn_infer *c, const char *message, ...) {
    va_list args;
    va_start(args, message);
    vfail(c, TN_WARNING, NULL, message, args);
    va_end(args);
}

void *tn_infer_alloc(tn_infer *c, size_t bytes) {
    void *p = tni_arena_alloc(c->host->env->arena, bytes);
    if (!p) c->host->nomem = true;
    return p;
}

void tn_infer_content(tn_infer *c, int i, const tn_dim *content, size_t n) {
    if (i >= c->nout || !c->out[i] || n > TN_MAX_CONTENT) return;
    tn_dim *copy = tn_infer_alloc(c, (n + 1) * sizeof *copy);
    if (!copy) return;
    if (n) memcpy(copy, content, n * sizeof *copy);
    c->out[i]->content = copy;
    c->out[i]->ncontent = n;
}

// ---- common inferences

tn_status tn_infer_axis(tn_infer *c, int64_t axis, int rank, int *to) {
    if (axis < -rank || axis >= rank)
        return tn_infer_fail(c, "axis %lld is outside [%d, %d] of a rank-%d tensor", (long long)axis, -rank,
                             rank - 1, rank);
    *to = (int)(axis < 0 ? axis + rank : axis);
    return TN_OK;
}

tn_status tn_infer_same(tn_infer *c) {
    if (c->out[0]) c->out[0]->type = c->in[0]->type;
    return TN_OK;
}

static tn_status broadcast_dim(tn_infer *c, tn_dim a, tn_dim b, int axis, tn_dim *to) {
    if (tn_dim_equal(a, b) || tn_dim_is(b, 1))
        *to = a;
    else if (tn_dim_is(a, 1))
        *to = b;
    else if (!a.e && !b.e)
        return tn_infer_fail(c, "shapes do not broadcast: %lld against %lld (axis %d from the end)",
                             (long long)a.k, (long long)b.k, axis);
    else if (!a.e || !b.e)
        *to = a.e ? b : a; // a symbol against a constant above 1: it must be that or 1
    else
        *to = tn_dim_max(c->dims, a, b);
    return TN_OK;
}

tn_status tn_broadcast_dims(tn_infer *c, const tn_type *a, const tn_type *b, tn_type *to) {
    if (a->rank < 0 || b->rank < 0) {
        to->rank = -1;
        return TN_OK;
    }
    int rank = a->rank > b->rank ? a->rank : b->rank;
    tn_dim dim[TN_MAX_RANK];
    for (int i = 0; i < rank; i++) {
        int ia = i - (rank - a->rank), ib = i - (rank - b->rank);
        TN_TRY(broadcast_dim(c, ia < 0 ? tn_k(1) : a->dim[ia], ib < 0 ? tn_k(1) : b->dim[ib], rank - i,
                             &dim[i]));
    }
    to->rank = rank;
    memcpy(to->dim, dim, (size_t)rank * sizeof *dim);
    return TN_OK;
}

tn_status tn_infer_broadcast(tn_infer *c) {
    tn_type type = c->in[0]->type;
    for (int i = 1; i < c->nin; i++)
        if (c->in[i]) TN_TRY(tn_broadcast_dims(c, &type, &c->in[i]->type, &type));
    if (c->out[0]) c->out[0]->type = type;
    return TN_OK;
}

tn_status tn_infer_compare(tn_infer *c) {
    TN_TRY(tn_infer_broadcast(c));
    if (c->out[0]) c->out[0]->type.dtype = TN_BOOL;
    return TN_OK;
}
