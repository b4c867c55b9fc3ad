// SPDX-License-Identifier: Apache-2.0
// settle.c - forgets how a graph came to be: names that nobody has any more are free again, made-up names are
// counted from the start, uses are linked in the order of running. What passes make of a graph then depends
// on what it says alone, whether it was read from a file, written by hand or printed and parsed.
#include "ir/graph.h"

#include <string.h>

static bool name_value(tni_value *v) {
    return !v || tni_map_set(&v->graph->names, v->name, strlen(v->name), v);
}

static bool name_values(tn_graph *g) {
    bool fine = true;
    for (size_t i = 0; i < g->ninput; i++) fine &= name_value(g->input[i]);
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) fine &= name_value(n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) fine &= name_values(body);
        for (int i = 0; i < n->nout; i++) fine &= name_value(n->out[i]);
    }
    for (size_t i = 0; i < g->noutput; i++) fine &= name_value(g->output[i]->value);
    return fine;
}

static void forget_names(tn_graph *g) {
    tni_map_clear(&g->names);
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; (body = tni_next_body(n, &i));) forget_names(body);
    }
}

// Each use becomes the first of its value's list, as when nodes are added one by one.
static void relink(tni_use *u) {
    tni_value *v = u->value;
    if (!v || v->uses == u) return;
    if (u->prev) u->prev->next = u->next;
    if (u->next) u->next->prev = u->prev;
    u->prev = NULL;
    u->next = v->uses;
    if (v->uses) v->uses->prev = u;
    v->uses = u;
}

static void relink_uses(tn_graph *g) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; (body = tni_next_body(n, &i));) relink_uses(body);
        for (int i = 0; i < n->nin; i++) relink(&n->in[i]);
    }
    for (size_t i = 0; i < g->noutput; i++) relink(g->output[i]);
}

tn_status tni_graph_settle(tn_graph *g) {
    forget_names(g);
    g->root->fresh = 0;
    relink_uses(g);
    return name_values(g) ? TN_OK : TN_NOMEM;
}
