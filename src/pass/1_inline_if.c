// SPDX-License-Identifier: Apache-2.0
// 1_inline_if.c - an If whose condition is known gives way to the nodes of the branch that is taken. The
// branch's nodes are made anew in the If's graph, because values belong to one graph for good.
#include "ir/spec.h"
#include "pass/rewrite.h"

#include <string.h>

static bool takes_else(const tni_node *n, bool *to) {
    const tn_tensor *t = tni_known_in(n, 0);
    if (!t || t->dtype != TN_BOOL || tn_count(t) != 1) return false;
    *to = tni_get_int(t, 0) == 0;
    return true;
}

// A constant of the branch becomes one of `g`.
static tn_status lift_constant(tn_graph *g, const tn_graph *branch, tni_value *v) {
    if (!v || v->graph != branch || !tni_known(v)) return TN_OK;
    tni_value *to = tni_value_const(g, v->name, v->info.constant);
    if (!to) return TN_NOMEM;
    tni_replace_uses(v, to);
    return TN_OK;
}

// Constants of the branch that bodies nested in it read.
static tn_status lift_constants(tn_graph *g, const tn_graph *branch, tn_graph *inner) {
    for (tni_node *n = inner->first; n; n = n->next) {
        for (int i = 0; i < n->nin; i++) TN_TRY(lift_constant(g, branch, n->in[i].value));
        for (size_t i = 0; n->op->attrs[i].name; i++)
            if (n->attr[i].graph) TN_TRY(lift_constants(g, branch, n->attr[i].graph));
    }
    for (size_t i = 0; i < inner->noutput; i++) TN_TRY(lift_constant(g, branch, inner->output[i]->value));
    return TN_OK;
}

// Makes `m` anew in `g` before `before`; its nested bodies move along.
static tn_status lift_node(tn_graph *g, tni_node *m, tni_node *before) {
    tni_arena *a = &g->root->arena;
    tni_value **in = tni_arena_zalloc(a, ((size_t)m->nin + 1) * sizeof *in);
    const char **outs = tni_arena_zalloc(a, ((size_t)m->nout + 1) * sizeof *outs);
    size_t rows = 0;
    while (m->op->attrs[rows].name) rows++;
    tn_attr *attr = tni_arena_copy(a, m->attr, (rows + 1) * sizeof *attr);
    if (!in || !outs || !attr) return TN_NOMEM;
    for (int i = 0; i < m->nin; i++) in[i] = m->in[i].value;
    for (int i = 0; i < m->nout; i++) outs[i] = m->out[i] ? m->out[i]->name : "";
    tni_node proto = *m, *made;
    proto.attr = attr;
    TN_TRY(tni_node_place(&made, g, &proto, in, outs, before));
    for (size_t i = 0; i < rows; i++) {
        if (attr[i].graph) attr[i].graph->parent = g;
        m->attr[i].graph = NULL;
    }
    for (int i = 0; i < m->nout; i++) {
        if (!m->out[i]) continue;
        made->out[i]->info = m->out[i]->info;
        tni_replace_uses(m->out[i], made->out[i]);
    }
    return TN_OK;
}

// The If's output becomes the branch's, through an Identity where the names forbid that.
static tn_status hand_over(tni_node *n, tni_value *from, tni_value *to, tn_diags *diags) {
    if (!from) return TN_OK;
    tn_status status = TN_OK;
    if (!tni_may_replace(from, to))
        to = tni_emit(n, (tni_new_node){.op = "Identity", .nin = 1, .in = &to}, &status, diags);
    if (status == TN_OK) tni_replace_value(from, to);
    return status;
}

static tn_status inline_branch(tni_node *n, tn_graph *branch, tn_diags *diags) {
    TN_TRY(lift_constants(n->graph, branch, branch));
    for (tni_node *m = branch->first; m; m = m->next) TN_TRY(lift_node(n->graph, m, n));
    for (int i = 0; i < n->nout && (size_t)i < branch->noutput; i++) {
        tni_value *to = branch->output[i]->value;
        tni_graph_set_output(branch, (size_t)i, NULL);
        TN_TRY(hand_over(n, n->out[i], to, diags));
    }
    tni_sweep(n);
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        bool other;
        next = n->next;
        if (!tni_is(n, "If") || !takes_else(n, &other)) continue;
        tn_graph *branch = tn_attr_graph(tni_attrs(n), other ? "else_branch" : "then_branch");
        if (!branch) continue;
        TN_TRY(inline_branch(n, branch, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(inline_if) = {TN_HERE, .name = "inline_if", .level = 1, .run = run,
                      .doc = "puts the branch that is taken in place of an If with a known condition"};
