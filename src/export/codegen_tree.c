// SPDX-License-Identifier: Apache-2.0
// codegen_tree.c - the modules of a model: nodes that follow each other below the same module path belong
// together. A module is a range of nodes; what is too small to be a function dissolves in its parent.
#include "export/codegen.h"

#include <string.h>

enum { DISSOLVE = 2 }; // modules of so many operators are no functions

// ---- the tree

typedef struct planter {
    codegen *c;
    tni_node **node; // of the main graph
    const char **path;
    size_t count;
} planter;

static tni_cg_item *add_item(codegen *c, tni_cg_module *m) {
    if (!tni_arena_grow(c->arena, &m->item, m->items, &m->citems, sizeof *m->item)) {
        c->nomem = true;
        return NULL;
    }
    return &m->item[m->items++];
}

static void add_node(codegen *c, tni_cg_module *m, tni_node *n) {
    tni_cg_item *item = add_item(c, m);
    if (item) *item = (tni_cg_item){.node = n};
}

static bool below(const char *path, const char *module, size_t n) {
    return !strncmp(path, module, n) && (!n || path[n] == '.' || !path[n]);
}

static void splice(codegen *c, tni_cg_module *into, const tni_cg_module *m) {
    for (size_t i = 0; i < m->items; i++) {
        tni_cg_item *item = add_item(c, into);
        if (!item) return;
        *item = m->item[i];
        if (!item->call) continue;
        item->call->parent = into;
        item->call->name = tni_cg_print(c, "%s.%s", m->name, item->call->name);
    }
}

static size_t number_at(const planter *p, size_t i) {
    return i < p->count ? (size_t)p->node[i]->mark : p->c->nodes;
}

// Without an output there is nothing that a function could return.
static bool makes_something(codegen *c, size_t begin, size_t end, planter *p) {
    for (size_t i = begin; i < end; i++)
        for (int k = 0; k < p->node[i]->nout; k++)
            if (p->node[i]->out[k] && tni_cg_read_from(c, p->node[i]->out[k], number_at(p, end))) return true;
    return false;
}

static void fill(planter *p, tni_cg_module *m, size_t begin, size_t end, int depth);

// A linear layer is one.
static size_t operators(const planter *p, size_t begin, size_t end) {
    size_t count = 0;
    for (size_t i = begin; i < end; count++) {
        int nodes = tni_cg_linear_nodes(&p->node[i], end - i);
        i += nodes ? (size_t)nodes : 1;
    }
    return count;
}

// The module that the nodes [begin, end) make below `m`.
static void plant(planter *p, tni_cg_module *m, const char *path, size_t begin, size_t end, int depth) {
    codegen *c = p->c;
    tni_cg_module *child = tni_cg_alloc(c, sizeof *child);
    if (!child) return;
    child->parent = m;
    child->begin = number_at(p, begin);
    child->end = number_at(p, end);
    child->path = path;
    child->name = *m->path ? path + strlen(m->path) + 1 : path;
    fill(p, child, begin, end, depth + 1);
    child->ops = operators(p, begin, end);
    bool wrapper = child->items == 1 && child->item[0].call;
    if (child->ops <= DISSOLVE || wrapper || !makes_something(c, begin, end, p)) {
        splice(c, m, child);
        return;
    }
    tni_cg_item *item = add_item(c, m);
    if (item) *item = (tni_cg_item){.call = child, .count = 1};
}

static void fill(planter *p, tni_cg_module *m, size_t begin, size_t end, int depth) {
    size_t n = strlen(m->path);
    for (size_t i = begin, j; i < end && !p->c->nomem; i = j) {
        const char *rest = p->path[i] + n + (n && p->path[i][n] == '.');
        j = i + 1;
        if (!*rest || depth > TNI_MAX_DEPTH) {
            add_node(p->c, m, p->node[i]);
            continue;
        }
        size_t whole = (size_t)(rest - p->path[i]) + strcspn(rest, ".");
        const char *path = tni_cg_print(p->c, "%.*s", (int)whole, p->path[i]);
        while (j < end && below(p->path[j], path, whole)) j++;
        plant(p, m, path, i, j, depth);
    }
}

// A node without a place of its own between two of one module is of that module: exporters lose some.
static const char *between(codegen *c, const char *before, const char *path, const char *behind) {
    size_t n = strlen(path), common = 0;
    for (size_t i = 0; before[i] && before[i] == behind[i]; i++)
        if (before[i + 1] == '.' || !before[i + 1])
            if (behind[i + 1] == '.' || !behind[i + 1]) common = i + 1;
    return common > n && below(before, path, n) ? tni_cg_print(c, "%.*s", (int)common, before) : path;
}

static void close_gaps(planter *p) {
    for (size_t i = 1, next = 1; i < p->count; i++) {
        if (next <= i) next = i + 1;
        while (next < p->count && !*p->path[next]) next++;
        if (next < p->count) p->path[i] = between(p->c, p->path[i - 1], p->path[i], p->path[next]);
        p->c->path[p->node[i]->mark] = p->path[i];
    }
}

// The length of the path of the module around that a Concat begins; SIZE_MAX: it begins none.
static size_t joined_for(const planter *p, size_t i) {
    const char *path = p->path[i], *dot = strrchr(path, '.');
    size_t n = strlen(path);
    if (!tni_is(p->node[i], "Concat") || !n || (i && below(p->path[i - 1], path, n))) return SIZE_MAX;
    return dot ? (size_t)(dot - path) : 0;
}

// Layers that begin with a Concat of ever more tensors, as in a dense block, are one function where it is for
// the caller to put them together.
static void leave_joins(planter *p) {
    const char **path = tni_cg_alloc(p->c, (p->count + 1) * sizeof *path);
    for (size_t i = 0; path && i < p->count; i++) {
        size_t n = joined_for(p, i);
        for (size_t k = 0; n != SIZE_MAX && k < p->count && !path[i]; k++)
            if (joined_for(p, k) == n && !strncmp(p->path[k], p->path[i], n) &&
                p->node[k]->nin != p->node[i]->nin)
                path[i] = tni_cg_print(p->c, "%.*s", (int)n, p->path[i]);
    }
    for (size_t i = 0; path && i < p->count; i++)
        if (path[i]) p->c->path[p->node[i]->mark] = p->path[i] = path[i];
}

tn_status tni_cg_tree(codegen *c) {
    planter p = {.c = c, .node = c->order, .count = c->norder};
    p.path = tni_cg_alloc(c, (c->norder + 1) * sizeof *p.path);
    c->main = tni_cg_alloc(c, sizeof *c->main);
    if (c->nomem) return TN_NOMEM;
    for (size_t i = 0; i < c->norder; i++) p.path[i] = tni_cg_module_path(c, c->order[i]);
    close_gaps(&p);
    leave_joins(&p);
    c->main->path = c->main->name = "";
    c->main->end = c->nodes;
    fill(&p, c->main, 0, p.count, 0);
    return c->nomem ? TN_NOMEM : TN_OK;
}
