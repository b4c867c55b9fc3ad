// SPDX-License-Identifier: Apache-2.0
// codegen_order.c - the order of statements. It is the graph's, except that what is made of constants alone
// (an exporter's Identity of a shared bias, a transposed weight) and is used once stands where it is used, in
// the module that uses it; names.txt keeps the model's order. Nodes are numbered in this order, those of
// bodies after the node they belong to.
#include "export/codegen.h"

#include "ir/module.h"

#include <string.h>

// ---- paths

const char *tni_cg_module_path(codegen *c, const tni_node *n) {
    char own[TNI_MODULE];
    if (!n) return "";
    if (n->graph == c->g && c->path && c->path[n->mark]) return c->path[n->mark];
    const char *path = tni_module_of(n, own);
    if (path != own) return path;
    path = tni_arena_text(c->arena, own, strlen(own));
    if (!path) c->nomem = true;
    return path ? path : "";
}

// ---- order

typedef struct sorter {
    codegen *c;
    tni_node **node;
    tni_node **first, **next; // by place in the graph: what stands before a node, as a list
    size_t to;
} sorter;

static bool is_made_of_constants(const tni_node *n, const bool *made) {
    size_t at = 0;
    if (tni_next_body(n, &at) || n->op->traits & TN_RANDOM || !n->nin) return false;
    for (int i = 0; i < n->nin; i++) {
        const tni_value *v = n->in[i].value;
        if (v && !tni_cg_is_constant(v) && !(v->def && v->graph == n->graph && made[v->def->mark]))
            return false;
    }
    return true;
}

// The one node that uses what `n` makes, in the same graph; NULL when that is not all.
static tni_node *only_user(const tni_node *n) {
    tni_node *user = NULL;
    for (int i = 0; i < n->nout; i++)
        for (const tni_use *u = n->out[i] ? n->out[i]->uses : NULL; u; u = u->next) {
            if (!u->node || u->node->graph != n->graph || (user && user != u->node)) return NULL;
            user = u->node;
        }
    return user;
}

static void put(sorter *s, tni_node *n) {
    int at = n->mark;
    for (tni_node *before = s->first[at]; before; before = s->next[before->mark]) {
        s->c->path[before->mark] = tni_cg_module_path(s->c, n);
        put(s, before);
    }
    s->c->order[s->to++] = n;
}

static void sort_nodes(codegen *c) {
    size_t n = c->g->nnodes;
    sorter s = {.c = c, .node = tni_cg_alloc(c, (n + 1) * sizeof *s.node)};
    s.first = tni_cg_alloc(c, (n + 1) * sizeof *s.first);
    s.next = tni_cg_alloc(c, (n + 1) * sizeof *s.next);
    bool *made = tni_cg_alloc(c, n + 1), *moved = tni_cg_alloc(c, n + 1);
    if (c->nomem) return;
    size_t count = 0;
    for (tni_node *each = c->g->first; each; each = each->next) {
        each->mark = (int)count;
        s.node[count] = each;
        made[count++] = is_made_of_constants(each, made);
    }
    for (size_t i = count; i-- > 0;) { // backwards: lists come out in order
        tni_node *user = made[i] ? only_user(s.node[i]) : NULL;
        if (!user) continue;
        moved[i] = true;
        s.next[i] = s.first[user->mark];
        s.first[user->mark] = s.node[i];
    }
    for (size_t i = 0; i < count; i++)
        if (!moved[i]) put(&s, s.node[i]);
    c->norder = s.to;
}

// ---- numbers

static size_t number(codegen *c, tn_graph *g, size_t next);

static size_t number_node(codegen *c, tni_node *n, size_t next) {
    tn_graph *body;
    size_t own = next++;
    n->mark = (int)own;
    for (size_t i = 0; (body = tni_next_body(n, &i));) next = number(c, body, next);
    return c->behind[own] = next;
}

static size_t number(codegen *c, tn_graph *g, size_t next) {
    for (tni_node *n = g->first; n; n = n->next) next = number_node(c, n, next);
    return next;
}

static size_t count_nodes(const tn_graph *g) {
    size_t count = 0;
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        count++;
        for (size_t i = 0; (body = tni_next_body(n, &i));) count += count_nodes(body);
    }
    return count;
}

// ---- readings

bool tni_cg_read_from(const codegen *c, const tni_value *v, size_t at) {
    size_t last = c->last[v->id];
    return last != CG_NEVER && last >= at;
}

// Where a reading happens, in each of the graphs around it: bodies read for the node they belong to.
typedef struct place {
    const tn_graph *g;
    size_t at;
    const struct place *outer;
} place;

static void read_at(codegen *c, const tni_value *v, const place *p) {
    if (!v) return;
    while (p && p->g != v->graph) p = p->outer;
    size_t at = p ? p->at : CG_END;
    if (at > c->last[v->id] || c->last[v->id] == CG_NEVER) c->last[v->id] = at;
}

static void find_reads(codegen *c, const tn_graph *g, const place *outer) {
    for (const tni_node *n = g->first; n; n = n->next) {
        place here = {g, (size_t)n->mark, outer};
        tn_graph *body;
        for (int i = 0; i < n->nin && !tni_cg_sizes_of(c, n); i++) read_at(c, n->in[i].value, &here);
        for (size_t i = 0; (body = tni_next_body(n, &i));) find_reads(c, body, &here);
    }
    for (size_t i = 0; i < g->noutput; i++) read_at(c, g->output[i]->value, &(place){g, CG_END, outer});
}

tn_status tni_cg_order(codegen *c) {
    tn_graph *g = c->g;
    const char **paths = tni_cg_alloc(c, (g->nnodes + 1) * sizeof *paths);
    c->order = tni_cg_alloc(c, (g->nnodes + 1) * sizeof *c->order);
    c->last = tni_cg_alloc(c, (g->root->nvalues + 1u) * sizeof *c->last);
    c->behind = tni_cg_alloc(c, (count_nodes(g) + 1) * sizeof *c->behind);
    if (c->nomem) return TN_NOMEM;
    c->path =
        tni_cg_alloc(c, (g->nnodes + 1) * sizeof *c->path); // by place in the graph while nodes are sorted
    if (!c->nomem) sort_nodes(c);
    if (c->nomem) return TN_NOMEM;
    for (size_t i = 0; i < c->norder; i++) paths[i] = tni_cg_module_path(c, c->order[i]);
    for (size_t i = 0; i < c->norder; i++) c->nodes = number_node(c, c->order[i], c->nodes);
    c->path = tni_cg_alloc(c, (c->nodes + 1) * sizeof *c->path); // and by number from here on
    for (size_t i = 0; c->path && i < c->norder; i++) c->path[c->order[i]->mark] = paths[i];
    for (size_t i = 0; i < g->root->nvalues; i++) c->last[i] = CG_NEVER;
    tni_cg_note_sizes(c);
    if (!c->nomem) find_reads(c, g, NULL);
    return c->nomem ? TN_NOMEM : TN_OK;
}
