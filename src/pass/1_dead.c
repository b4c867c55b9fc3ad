// SPDX-License-Identifier: Apache-2.0
// 1_dead.c - removes nodes nobody reads, and optional outputs nobody reads. Backwards, so that a whole chain
// goes in one walk.
#include "pass/rewrite.h"

static bool read_by_anyone(const tni_node *n) {
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && n->out[i]->uses) return true;
    return false;
}

static bool optional(const tn_op_def *op, int i) {
    enum { MAX = sizeof op->out / sizeof *op->out };
    return i < MAX && op->out[i].name && (op->out[i].flags & TN_OPTIONAL_IN);
}

static void trim_outputs(tni_node *n, bool *changed) {
    for (int i = 0; i < n->nout; i++) {
        if (!n->out[i] || n->out[i]->uses || !optional(n->op, i)) continue;
        n->out[i] = NULL;
        *changed = true;
    }
    while (n->nout > 1 && !n->out[n->nout - 1] && optional(n->op, n->nout - 1)) n->nout--;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    (void)diags;
    for (tni_node *n = g->last, *prev; n; n = prev) {
        prev = n->prev;
        if (read_by_anyone(n)) {
            trim_outputs(n, changed);
        } else {
            tni_node_remove(n);
            *changed = true;
        }
    }
    return TN_OK;
}

TN_PASS(dead) = {TN_HERE, .name = "dead", .level = 1, .run = run,
                 .doc = "removes nodes and optional outputs that nobody reads"};
