// SPDX-License-Identifier: Apache-2.0
// onnx_order.c - nodes in an order of running. ONNX asks for it, some exporters do not deliver. A graph
// already in order is left as it is; else a depth-first walk in the file's order moves only what must move.
// What the bodies of a node capture counts as read by the node.
#include "import/onnx_graph.h"

#include <string.h>

enum { MAX_CYCLES = 10 }; // that are told

typedef struct visit {
    const tni_onnx_node *node;
    size_t first, count; // its dependencies, in walk.edge
    enum { NEW, OPEN, DONE } state;
} visit;

typedef struct walk {
    tni_onnx *x;
    tni_map producer; // name -> visit
    visit *visit;
    size_t nvisit, nedge, cedge;
    size_t *edge; // indices of visits, each node's in a row
    unsigned cycles;
} walk;

// ---- what a node reads

// Names that are local to the bodies we are inside of.
typedef struct locals {
    tni_map names;
    const struct locals *outer;
} locals;

static bool is_local(const locals *l, tn_str name) {
    for (; l; l = l->outer)
        if (tni_map_get(&l->names, name.text, name.size)) return true;
    return false;
}

static void add_local(walk *w, locals *l, tn_str name) {
    if (name.size && !tni_map_set(&l->names, name.text, name.size, l)) w->x->nomem = true;
}

static void add_edge(walk *w, tn_str name) {
    visit *from = tni_map_get(&w->producer, name.text, name.size);
    if (!from) return;
    if (tni_grow(w->x->env, &w->edge, w->nedge, &w->cedge, sizeof *w->edge))
        w->edge[w->nedge++] = (size_t)(from - w->visit);
    else
        w->x->nomem = true;
}

static void add_reads(walk *w, const tni_onnx_node *n, const locals *outer);

static void add_captures(walk *w, const tni_onnx_graph *g, const locals *outer) {
    locals own = {.names = {.env = w->x->env}, .outer = outer};
    for (const tni_onnx_value *v = g->inputs; v; v = v->next) add_local(w, &own, v->name);
    for (const tni_onnx_tensor *t = g->initializers; t; t = t->next) add_local(w, &own, t->name);
    for (const tni_onnx_sparse *t = g->sparse; t; t = t->next) add_local(w, &own, t->values.name);
    for (const tni_onnx_node *n = g->nodes; n; n = n->next)
        for (size_t i = 0; i < n->nout; i++) add_local(w, &own, n->out[i]);
    for (const tni_onnx_node *n = g->nodes; n; n = n->next) add_reads(w, n, &own);
    for (const tni_onnx_value *v = g->outputs; v; v = v->next)
        if (!is_local(&own, v->name)) add_edge(w, v->name);
    tni_map_free(&own.names);
}

static void add_reads(walk *w, const tni_onnx_node *n, const locals *outer) {
    for (size_t i = 0; i < n->nin; i++)
        if (n->in[i].size && !is_local(outer, n->in[i])) add_edge(w, n->in[i]);
    for (const tni_onnx_attr *a = n->attrs; a; a = a->next)
        if (a->g) add_captures(w, a->g, outer);
}

// ---- the walk

static const char *node_name(walk *w, const tni_onnx_node *n) {
    tn_str s = n->name.size || !n->nout ? n->name : n->out[0];
    return tni_onnx_text(w->x, &w->x->temp, s);
}

// The nodes on the stack from `first` on lead back to the first of them.
static void report_cycle(walk *w, const size_t *stack, size_t first, size_t top) {
    tni_text t = {.env = w->x->env};
    for (size_t i = first; i < top && i < first + 8; i++)
        tni_text_printf(&t, "'%s' -> ", node_name(w, w->visit[stack[i]].node));
    if (top > first + 8) tni_text_puts(&t, "... -> ");
    const tni_onnx_node *n = w->visit[stack[first]].node;
    tni_text_printf(&t, "'%s'", node_name(w, n));
    tn_diag where = {.node = node_name(w, n), .op = tni_onnx_text(w->x, &w->x->temp, n->op)};
    tni_onnx_error(w->x, &where, TN_INVALID,
                   "a graph must not feed a node with its own results; use Loop or Scan",
                   "nodes depend on each other in a circle: %s", t.data ? t.data : "");
    tni_text_free(&t);
}

static size_t position(const size_t *stack, size_t top, size_t i) {
    while (top && stack[top - 1] != i) top--;
    return top ? top - 1 : 0;
}

// Depth first from visit `root`; its dependencies go to `order` before it.
static void walk_from(walk *w, size_t root, size_t *stack, size_t *next, const tni_onnx_node **order,
                      size_t *count) {
    size_t top = 0;
    if (w->visit[root].state != NEW) return;
    w->visit[root].state = OPEN;
    next[0] = 0;
    stack[top++] = root;
    while (top) {
        visit *v = &w->visit[stack[top - 1]];
        if (next[top - 1] == v->count) {
            v->state = DONE;
            order[(*count)++] = v->node;
            top--;
            continue;
        }
        size_t to = w->edge[v->first + next[top - 1]++];
        if (w->visit[to].state == OPEN && w->cycles++ < MAX_CYCLES)
            report_cycle(w, stack, position(stack, top, to), top);
        if (w->visit[to].state != NEW) continue;
        w->visit[to].state = OPEN;
        next[top] = 0;
        stack[top++] = to;
    }
}

static void collect(walk *w, const tni_onnx_graph *g, tni_onnx_scope *s) {
    size_t i = 0;
    for (tni_onnx_node *n = g->nodes; n; n = n->next, i++) {
        w->visit[i] = (visit){.node = n};
        for (size_t o = 0; o < n->nout; o++) {
            tn_str name = n->out[o];
            if (!name.size || tni_map_get(&w->producer, name.text, name.size)) continue;
            if (!tni_map_set(&w->producer, name.text, name.size, &w->visit[i]) ||
                !tni_map_set(&s->produced, name.text, name.size, n))
                w->x->nomem = true;
        }
    }
    for (i = 0; i < w->nvisit; i++) {
        w->visit[i].first = w->nedge;
        add_reads(w, w->visit[i].node, NULL);
        w->visit[i].count = w->nedge - w->visit[i].first;
    }
}

static bool in_order(const walk *w) {
    for (size_t i = 0; i < w->nvisit; i++)
        for (size_t e = 0; e < w->visit[i].count; e++)
            if (w->edge[w->visit[i].first + e] >= i) return false;
    return true;
}

static void sort(walk *w, const tni_onnx_node **order) {
    tni_onnx *x = w->x;
    size_t errors = x->errors, count = 0;
    size_t *stack = tni_calloc(x->env, w->nvisit, 2 * sizeof *stack);
    if (!stack) x->nomem = true;
    for (size_t i = 0; stack && i < w->nvisit; i++) walk_from(w, i, stack, stack + w->nvisit, order, &count);
    tni_free(x->env, stack);
    if (!x->told_order && x->errors == errors)
        tni_onnx_warn(x, NULL, NULL, "its nodes are not in an order of running; they were sorted");
    x->told_order = true;
}

const tni_onnx_node **tni_onnx_order(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_graph *g) {
    const tni_onnx_node **order = tni_arena_zalloc(&x->scratch, (g->nnodes + 1) * sizeof(tni_onnx_node *));
    walk w = {.x = x, .producer = {.env = x->env}, .nvisit = g->nnodes};
    w.visit = tni_calloc(x->env, g->nnodes + 1, sizeof *w.visit);
    if (order && w.visit) {
        collect(&w, g, s);
        for (size_t i = 0; i < w.nvisit; i++) order[i] = w.visit[i].node;
        if (!x->nomem && !in_order(&w)) sort(&w, order);
    } else {
        x->nomem = true;
    }
    tni_map_free(&w.producer);
    tni_free(x->env, w.edge);
    tni_free(x->env, w.visit);
    return x->nomem ? NULL : order;
}
