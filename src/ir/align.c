// SPDX-License-Identifier: Apache-2.0
// align.c - brings constants to their natural alignment. Weights are views on the model's file, where
// protobuf puts them at any byte. Reading a model leaves them so, and touches none; what reads their elements
// calls this first. Only the large ones are concerned: readers copy small tensors at once, because inference
// looks at them.
#include "ir/graph.h"

static bool aligned(const tn_tensor *t) {
    return !t || t->kind != TN_TENSOR || (uintptr_t)t->data % tni_dtype_align(t->dtype) == 0;
}

static bool align(tni_arena *a, const tn_tensor **t) {
    if (aligned(*t)) return true;
    const tn_tensor *copy = tni_tensor_copy(a, *t);
    if (copy) *t = copy;
    return copy != NULL;
}

static bool align_node(tni_arena *a, tni_node *n) {
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value && !align(a, &n->in[i].value->info.constant)) return false;
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (!align(a, &n->attr[i].tensor)) return false;
    return true;
}

tn_status tni_graph_align(tn_graph *g) {
    tni_root *r = g->root;
    if (!r->unaligned) return TN_OK;
    for (tn_graph *each = r->graphs; each; each = each->sibling) {
        for (tni_node *n = each->first; n; n = n->next)
            if (!align_node(&r->arena, n)) return TN_NOMEM;
        for (size_t i = 0; i < each->noutput; i++)
            if (each->output[i]->value && !align(&r->arena, &each->output[i]->value->info.constant))
                return TN_NOMEM;
    }
    r->unaligned = false;
    return TN_OK;
}
