// SPDX-License-Identifier: Apache-2.0
// 4_blocked_constant.c - what a region of blocked layers reads of constants, a position embedding for one, is
// put into blocks once, not in every run.
#include "ir/eval.h"
#include "pass/rewrite.h"

static tn_status convert(tni_node *n, const tn_tensor *t, bool *changed) {
    tn_tensor *out[1] = {NULL};
    tn_status status = tni_eval_node(n, &n->graph->root->arena, &t, out, NULL, NULL, NULL, NULL);
    if (status != TN_OK) return status == TN_NOMEM ? status : TN_OK; // it will fail when it runs
    tni_value *to = tni_value_const(n->graph, NULL, out[0]);
    if (!to) return TN_NOMEM;
    tni_forward(n, to, changed);
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    (void)diags;
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        const tn_tensor *t = tni_is(n, "tn.ToBlocked") ? tni_known_in(n, 0) : NULL;
        if (t) TN_TRY(convert(n, t, changed));
    }
    return TN_OK;
}

TN_PASS(blocked_constant) = {TN_HERE, .name = "blocked_constant", .level = 4, .run = run,
                             .doc = "puts constants into blocks once"};
