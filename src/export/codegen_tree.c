// SPDX-License-Identifier: Apache-2.0
// codegen_tree.c - the modules of a model: nodes that follow each other below the same module path belong
// together. A module is a range of nodes; what is too small to be a function dissolves in its parent.
#include "export/codegen.h"

#include <string.h>

enum { DISSOLVE = 2 }; // modules of so many operators are no functions

// ---- paths

static const char *fail_text(codegen *c, const char *text) {
    if (!text) c->nomem = true;
    return text ? text : "";
}

// "/layer1/layer1.0/conv1/Conv", as the older exporter names nodes, is "layer1.0.conv1": a part that begins
// with the one before it repeats it.
static const char *path_of_name(codegen *c, const char *name) {
    tni_text t = {.env = c->g->root->env};
    const char *before = "", *end = strrchr(name, '/');
    size_t nbefore = 0;
    for (const char *at = name + 1, *next; at < end; at = next + 1) {
        next = strchr(at, '/');
        size_t n = (size_t)(next - at), skip = 0;
        if (nbefore && n > nbefore + 1 && !memcmp(at, before, nbefore) && at[nbefore] == '.')
            skip = nbefore + 1;
        if (t.length) tni_text_puts(&t, ".");
        tni_text_add(&t, at + skip, n - skip);
        before = at, nbefore = n;
    }
    if (!t.length) return "";
    return fail_text(c, tni_arena_keep(c->arena, &t));
}

const char *cg_module_path(codegen *c, const tni_node *n) {
    if (n->module) return n->module;
    return *n->name == '/' ? path_of_name(c, n->name) : "";
}

bool cg_read_from(const codegen *c, const tni_value *v, size_t number) {
    size_t last = c->last[v->id];
    return last != CG_NEVER && last >= number;
}

// ---- the tree

typedef struct planter {
    codegen *c;
    tni_node **node; // of the main graph
    const char **path;
    size_t count;
} planter;

static cg_item *add_item(codegen *c, cg_module *m) {
    if (!tni_arena_grow(c->arena, &m->item, m->items, &m->citems, sizeof *m->item)) {
        c->nomem = true;
        return NULL;
    }
    return &m->item[m->items++];
}

static void add_node(codegen *c, cg_module *m, tni_node *n) {
    cg_item *item = add_item(c, m);
    if (item) *item = (cg_item){.node = n};
    m->ops++;
}

static bool below(const char *path, const char *module, size_t n) {
    return !strncmp(path, module, n) && (!n || path[n] == '.' || !path[n]);
}

static void splice(codegen *c, cg_module *into, const cg_module *m) {
    for (size_t i = 0; i < m->items; i++) {
        cg_item *item = add_item(c, into);
        if (!item) return;
        *item = m->item[i];
        if (!item->call) continue;
        item->call->parent = into;
        item->call->name = cg_print(c, "%s.%s", m->name, item->call->name);
    }
    into->ops += m->ops;
}

static size_t number_at(const planter *p, size_t i) {
    return i < p->count ? (size_t)p->node[i]->mark : p->c->nodes;
}

// Without an output there is nothing that a function could return.
static bool makes_something(codegen *c, size_t begin, size_t end, planter *p) {
    for (size_t i = begin; i < end; i++)
        for (int k = 0; k < p->node[i]->nout; k++)
            if (p->node[i]->out[k] && cg_read_from(c, p->node[i]->out[k], number_at(p, end))) return true;
    return false;
}

static void fill(planter *p, cg_module *m, size_t begin, size_t end, int depth);

// The module that the nodes [begin, end) make below `m`.
static void plant(planter *p, cg_module *m, const char *path, size_t begin, size_t end, int depth) {
    codegen *c = p->c;
    cg_module *child = cg_alloc(c, sizeof *child);
    if (!child) return;
    child->parent = m;
    child->begin = number_at(p, begin);
    child->end = number_at(p, end);
    child->path = path;
    child->name = *m->path ? path + strlen(m->path) + 1 : path;
    fill(p, child, begin, end, depth + 1);
    bool wrapper = child->items == 1 && child->item[0].call;
    if (child->ops <= DISSOLVE || wrapper || !makes_something(c, begin, end, p)) {
        splice(c, m, child);
        return;
    }
    cg_item *item = add_item(c, m);
    if (item) *item = (cg_item){.call = child, .count = 1};
    m->ops += child->ops;
}

static void fill(planter *p, cg_module *m, size_t begin, size_t end, int depth) {
    size_t n = strlen(m->path);
    for (size_t i = begin, j; i < end && !p->c->nomem; i = j) {
        const char *rest = p->path[i] + n + (n && p->path[i][n] == '.');
        j = i + 1;
        if (!*rest || depth > TNI_MAX_DEPTH) {
            add_node(p->c, m, p->node[i]);
            continue;
        }
        size_t whole = (size_t)(rest - p->path[i]) + strcspn(rest, ".");
        const char *path = cg_print(p->c, "%.*s", (int)whole, p->path[i]);
        while (j < end && below(p->path[j], path, whole)) j++;
        plant(p, m, path, i, j, depth);
    }
}

// ---- numbers: nodes in the order of running, those of bodies after the node they belong to

static size_t number(tn_graph *g, size_t next) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        n->mark = (int)next++;
        for (size_t i = 0; (body = tni_next_body(n, &i));) next = number(body, next);
    }
    return next;
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

// c->last: by value, the number of the last node that reads it.
static void find_reads(codegen *c, const tn_graph *g, const place *outer) {
    for (const tni_node *n = g->first; n; n = n->next) {
        place here = {g, (size_t)n->mark, outer};
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) read_at(c, n->in[i].value, &here);
        for (size_t i = 0; (body = tni_next_body(n, &i));) find_reads(c, body, &here);
    }
    for (size_t i = 0; i < g->noutput; i++) read_at(c, g->output[i]->value, &(place){g, CG_END, outer});
}

tn_status cg_tree(codegen *c) {
    tn_graph *g = c->g;
    planter p = {.c = c, .node = cg_alloc(c, (g->nnodes + 1) * sizeof *p.node)};
    p.path = cg_alloc(c, (g->nnodes + 1) * sizeof *p.path);
    c->main = cg_alloc(c, sizeof *c->main);
    c->last = cg_alloc(c, (g->root->nvalues + 1u) * sizeof *c->last);
    c->nodes = number(g, 0);
    if (c->nomem) return TN_NOMEM;
    for (size_t i = 0; i < g->root->nvalues; i++) c->last[i] = CG_NEVER;
    find_reads(c, g, NULL);
    for (tni_node *n = g->first; n; n = n->next) {
        p.node[p.count] = n;
        p.path[p.count++] = cg_module_path(c, n);
    }
    c->main->path = c->main->name = "";
    c->main->end = c->nodes;
    fill(&p, c->main, 0, p.count, 0);
    return c->nomem ? TN_NOMEM : TN_OK;
}
