// SPDX-License-Identifier: Apache-2.0
// 1_reshape.c - of a chain of Reshape, Flatten, Squeeze and Unsqueeze only the last shape counts: one Reshape
// of the chain's input, or nothing when that has the shape already.
#include "pass/rewrite.h"

static tni_node *reshaping(tni_node *n) {
    bool is =
        n && (tni_is(n, "Reshape") || tni_is(n, "Flatten") || tni_is(n, "Squeeze") || tni_is(n, "Unsqueeze"));
    return is && n->out[0] ? n : NULL;
}

// The shape asked for says every size by itself: nothing is copied from the input or left over.
static bool shape_stands_alone(const tni_node *n) {
    if (!tni_is(n, "Reshape")) return false;
    const tn_info *shape = &n->in[1].value->info;
    for (size_t i = 0; shape->content && i < shape->ncontent; i++)
        if (!shape->content[i].e && shape->content[i].k <= 0) return false;
    return shape->content != NULL;
}

static tn_status skip_first(tni_node *n, tni_value *x, bool *changed, tn_diags *diags) {
    tn_status status;
    tni_node *first = n->in[0].value->def;
    tni_value *shape = tni_shape_for(n->graph, x, &n->out[0]->info.type, &status);
    TN_TRY(status);
    if (shape) {
        tni_new_node reshape = {.op = "Reshape", .nin = 2, .in = (tni_value *[]){x, shape}};
        TN_TRY(tni_rewrite(n, reshape, NULL, diags));
    } else if (shape_stands_alone(n)) {
        TN_TRY(tni_node_set_attr(n, &TN_A_INT("allowzero", 1))); // a size may come out as 0, and means it
        tni_node_set_input(n, 0, x);
        tni_sweep(first);
    } else {
        return TN_OK;
    }
    *changed = true;
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        const tni_node *first = reshaping(n) ? reshaping(n->in[0].value->def) : NULL;
        if (!first || first->graph != g) continue;
        tni_value *x = first->in[0].value;
        if (tni_same_shape(x, n->out[0]) && tni_may_replace(n->out[0], x))
            tni_forward(n, x, changed);
        else
            TN_TRY(skip_first(n, x, changed, diags));
    }
    return TN_OK;
}

TN_PASS(reshape) = {
    TN_HERE,
    .name = "reshape",
    .level = 1,
    .run = run,
    .doc = "merges chains of Reshape, Flatten, Squeeze and Unsqueeze",
};
