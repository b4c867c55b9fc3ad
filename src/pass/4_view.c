// SPDX-License-Identifier: Apache-2.0
// 4_view.c - a Reshape by a computed shape takes the sizes that the shape was computed from itself, as
// tn.View: one node, whose output is a view, and nothing to run. It comes last, because passes know Reshape
// better.
#include "pass/rewrite.h"

#include <string.h>

static bool none_below_zero(const tni_value *shape) {
    for (size_t i = 0; i < shape->info.ncontent; i++)
        if (!shape->info.content[i].e && shape->info.content[i].k < 1) return false;
    return true;
}

// 0 and -1 in a shape speak of the input; a shape that is all sizes needs no such thing.
static const tni_node *sizes_of(const tni_node *n) {
    if (!tni_is(n, "Reshape") || !n->nout || !n->out[0] || tni_rank(n->out[0]) < 0) return NULL;
    const tni_node *dims = tni_made_by(n->in[1].value, "tn.Dims");
    if (!dims || !dims->out[0]->info.content || !none_below_zero(dims->out[0])) return NULL;
    return tn_attr_int(tni_attrs(dims), "scalar") ? NULL : dims;
}

static tn_status make_view(tni_node *n, const tni_node *dims, tn_diags *diags) {
    tni_arena *a = &n->graph->root->arena;
    tn_attr attr[TNI_MAX_ATTRS];
    size_t nattr = tni_given_attrs(dims, attr);
    tni_value **in = tni_arena_zalloc(a, ((size_t)dims->nin + 1) * sizeof *in);
    int64_t *place = NULL;
    if (!in) return TN_NOMEM;
    in[0] = n->in[0].value;
    for (int i = 0; i < dims->nin; i++) in[i + 1] = dims->in[i].value;
    for (size_t i = 0; i < nattr; i++) {
        if (attr[i].kind != TN_ATTR_INTS || strcmp(attr[i].name, "inputs") != 0) continue;
        if (!(place = tni_arena_copy(a, attr[i].ints, attr[i].n * sizeof *place))) return TN_NOMEM;
        for (size_t k = 0; k < attr[i].n; k++) place[k]++; // behind x
        attr[i].ints = place;
    }
    tni_new_node view = {.op = "tn.View", .nin = dims->nin + 1, .in = in, .nattr = nattr, .attr = attr};
    return tni_rewrite(n, view, NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        const tni_node *dims = sizes_of(n);
        if (!dims) continue;
        TN_TRY(make_view(n, dims, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(view) = {
    TN_HERE, .name = "view", .level = 4, .run = run, .doc = "makes a Reshape by computed sizes one node",
};
