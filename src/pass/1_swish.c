// SPDX-License-Identifier: Apache-2.0
// 1_swish.c - x * Sigmoid(x) is Swish(x), which PyTorch calls SiLU.
#include "pass/rewrite.h"

static tni_value *swish_input(const tni_node *n) {
    for (int i = 0; i < 2; i++) {
        const tni_node *s = tni_made_by(n->in[i].value, "Sigmoid");
        if (s && s->in[0].value == n->in[1 - i].value && tni_used_once(s->out[0])) return s->in[0].value;
    }
    return NULL;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        tni_value *x = tni_is(n, "Mul") && n->out[0] ? swish_input(n) : NULL;
        if (!x) continue;
        TN_TRY(tni_rewrite(n, (tni_new_node){.op = "Swish", .nin = 1, .in = &x}, NULL, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(swish) = {
    TN_HERE, .name = "swish", .level = 1, .run = run, .doc = "recognises x * Sigmoid(x)",
};
