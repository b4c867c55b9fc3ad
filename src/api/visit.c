// SPDX-License-Identifier: Apache-2.0
// visit.c - a graph's nodes for people who only look: names and types as text, bodies after their nodes.
#include "ir/graph.h"

typedef struct visitor {
    void (*visit)(void *user, const tn_node *node);
    void *user;
    tni_arena arena; // of one node at a time
} visitor;

static const char *type_text(tni_arena *a, const tn_type *type) {
    tni_text t = {.env = a->env};
    tni_type_print(&t, type);
    return tni_arena_keep(a, &t);
}

static bool edge(tni_arena *a, const tni_value *v, tn_edge *e) {
    *e = (tn_edge){.name = NULL};
    if (!v) return true;
    const tn_tensor *constant = tni_constant(v);
    *e = (tn_edge){.name = v->name, .type = type_text(a, &v->info.type), .constant = constant != NULL};
    if (constant) {
        e->count = tn_tensor_count(constant);
        e->bytes = tn_tensor_bytes(constant);
    }
    return e->type != NULL;
}

static bool edges(tni_arena *a, const tni_node *n, tn_edge *input, tn_edge *output) {
    bool fine = input && output;
    for (int i = 0; fine && i < n->nin; i++) fine = edge(a, tni_in(n, i), &input[i]);
    for (int i = 0; fine && i < n->nout; i++) fine = edge(a, tni_out(n, i), &output[i]);
    return fine;
}

static tn_status visit_node(visitor *v, const tni_node *n, int depth) {
    tni_arena *a = &v->arena;
    tni_mark mark = tni_arena_mark(a);
    char op[96];
    tn_edge *input = tni_arena_alloc(a, (size_t)n->nin * sizeof *input);
    tn_edge *output = tni_arena_alloc(a, (size_t)n->nout * sizeof *output);
    tn_status status = edges(a, n, input, output) ? TN_OK : TN_NOMEM;
    if (status == TN_OK)
        v->visit(v->user, &(tn_node){n->name, tni_op_text(n->op, op), n->source, depth, (size_t)n->nin,
                                     (size_t)n->nout, input, output});
    tni_arena_reset(a, mark);
    return status;
}

static tn_status visit_graph(visitor *v, const tn_graph *g, int depth) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        TN_TRY(visit_node(v, n, depth));
        for (size_t i = 0; (body = tni_next_body(n, &i));) TN_TRY(visit_graph(v, body, depth + 1));
    }
    return TN_OK;
}

tn_status tn_graph_visit(const tn_graph *graph, void (*visit)(void *user, const tn_node *node), void *user) {
    visitor v = {.visit = visit, .user = user};
    tni_arena_init(&v.arena, graph->root->env);
    tn_status status = visit_graph(&v, graph, 0);
    tni_arena_free(&v.arena);
    return status;
}
