// SPDX-License-Identifier: Apache-2.0
// verify.c - the invariants of a graph. What breaks one is our own mistake in a pass, or a forged engine
// file.
#include "ir/graph.h"

#include <string.h>

static tn_status broken(const tni_node *n, tn_diags *diags, const char *tensor, const char *what) {
    return tni_node_diag(n, diags, TN_ERROR, TN_INTERNAL, tensor, NULL, "the graph is inconsistent: %s",
                         what);
}

static bool linked(const tni_use *use) {
    const tni_use *u = use->value->uses;
    if (use->prev) return use->prev->next == use;
    return u == use;
}

// `v` can be read by a node of `g` that stands at `at` (NULL: at the end): it is a constant, an input, or
// made by a node before. mark 1: already passed.
static bool visible(const tn_graph *g, const tni_value *v) {
    const tn_graph *owner = g;
    while (owner && owner != v->graph) owner = owner->parent;
    if (!owner) return false;
    if (v->is_input) return true;
    return v->def ? v->def->mark == 1 : v->info.constant != NULL;
}

static tn_status verify_graph(const tn_graph *g, tn_diags *diags, int depth);

static tn_status verify_node(const tn_graph *g, tni_node *n, tn_diags *diags, int depth) {
    if (n->graph != g || (n->next && n->next->prev != n)) return broken(n, diags, NULL, "a node's links");
    for (int i = 0; i < n->nin; i++) {
        const tni_use *u = &n->in[i];
        if (!u->value) continue;
        if (u->node != n || !linked(u)) return broken(n, diags, u->value->name, "a use is not linked");
        if (!visible(g, u->value))
            return broken(n, diags, u->value->name, "a value is read before it is made");
    }
    for (int i = 0; i < n->nout; i++) {
        const tni_value *v = n->out[i];
        if (!v) continue;
        if (v->def != n || v->def_index != i || v->graph != g)
            return broken(n, diags, v->name, "an output's maker");
        if (tni_value_find(g, v->name) != v) return broken(n, diags, v->name, "two values have one name");
    }
    tn_graph *body;
    for (size_t i = 0; (body = tni_next_body(n, &i));) TN_TRY(verify_graph(body, diags, depth + 1));
    n->mark = 1;
    return TN_OK;
}

static tn_status verify_graph(const tn_graph *g, tn_diags *diags, int depth) {
    if (depth > TNI_MAX_DEPTH) return broken(NULL, diags, NULL, "bodies are nested too deep");
    size_t count = 0;
    for (tni_node *n = g->first; n; n = n->next) n->mark = 0, count++;
    if (count != g->nnodes) return broken(g->first, diags, NULL, "the count of nodes");
    for (tni_node *n = g->first; n; n = n->next) TN_TRY(verify_node(g, n, diags, depth));
    for (size_t i = 0; i < g->noutput; i++) {
        const tni_use *u = g->output[i];
        if (!u->value || u->node || !linked(u))
            return broken(g->last, diags, NULL, "an output is not linked");
        if (!visible(g, u->value)) return broken(g->last, diags, u->value->name, "an output is never made");
    }
    return TN_OK;
}

tn_status tni_verify(const tn_graph *g, tn_diags *diags) { return verify_graph(g, diags, 0); }
