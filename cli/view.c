// SPDX-License-Identifier: Apache-2.0
// view.c - collects what the visitor shows, and counts operators and parameters.
#include "view.h"

#include <stdlib.h>
#include <string.h>

// --------------------------------------------------------------------------------------- the map

static size_t hash(const char *name) { // FNV-1a
    uint64_t h = 0xCBF29CE484222325u;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001B3u;
    return (size_t)(h ^ (h >> 32));
}

// The row of `name`, or the free one where it belongs.
static view_row *probe(const view_map *m, const char *name) {
    size_t i = hash(name) & (m->capacity - 1);
    while (m->row[i].name && strcmp(m->row[i].name, name)) i = (i + 1) & (m->capacity - 1);
    return &m->row[i];
}

void view_set(cli *c, view_map *m, const char *name, size_t index) {
    if (2 * m->count >= m->capacity) {
        view_map bigger = {.capacity = m->capacity ? 2 * m->capacity : 64};
        bigger.row = cli_alloc(c, bigger.capacity, sizeof *bigger.row);
        for (size_t i = 0; i < m->capacity; i++)
            if (m->row[i].name) *probe(&bigger, m->row[i].name) = m->row[i];
        bigger.count = m->count;
        *m = bigger;
    }
    view_row *row = probe(m, name);
    if (row->name) return;
    *row = (view_row){name, index};
    m->count++;
}

int64_t view_get(const view_map *m, const char *name) {
    if (!m->capacity) return VIEW_NONE;
    const view_row *row = probe(m, name);
    return row->name ? (int64_t)row->index : VIEW_NONE;
}

// ------------------------------------------------------------------------------------- collecting

static const char *keep(cli *c, const char *text) { return text ? cli_copy(c, text, strlen(text)) : NULL; }

static const tn_edge *keep_edges(cli *c, const tn_edge *from, size_t n) {
    tn_edge *to = cli_alloc(c, n, sizeof *to);
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
        to[i].name = keep(c, from[i].name);
        to[i].type = keep(c, from[i].type);
    }
    return to;
}

static void count_constants(view *v, const tn_node *n) {
    for (size_t i = 0; i < n->inputs; i++) {
        const tn_edge *e = &n->input[i];
        if (!e->name || !e->constant || view_get(&v->constants, e->name) != VIEW_NONE) continue;
        view_set(v->c, &v->constants, e->name, v->constants.count);
        v->parameters += e->count;
        v->parameter_bytes += (double)e->bytes;
    }
}

static void count_op(view *v, const char *op) {
    size_t i = 0;
    while (i < v->ops && strcmp(v->op[i].name, op)) i++;
    if (i == v->ops) {
        v->op = cli_grow(v->c, v->op, &v->op_capacity, v->ops + 1, sizeof *v->op);
        v->op[v->ops++] = (view_count){op, 0};
    }
    v->op[i].count++;
}

static void see(void *user, const tn_node *node) {
    view *v = user;
    v->node = cli_grow(v->c, v->node, &v->capacity, v->nodes + 1, sizeof *v->node);
    tn_node *n = &v->node[v->nodes++];
    *n = *node;
    n->name = keep(v->c, node->name);
    n->op = keep(v->c, node->op);
    n->source = keep(v->c, node->source);
    n->input = keep_edges(v->c, node->input, node->inputs);
    n->output = keep_edges(v->c, node->output, node->outputs);
    count_constants(v, n);
    count_op(v, n->op);
}

static int by_count(const void *a, const void *b) {
    const view_count *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

int view_graph(cli *c, view *v, const tn_graph *graph) {
    *v = (view){.c = c};
    int status = cli_report(c, tn_graph_visit(graph, see, v));
    if (v->ops) qsort(v->op, v->ops, sizeof *v->op, by_count);
    return status;
}
