// SPDX-License-Identifier: Apache-2.0
// 1_arrange.c - the numbers of a shape that are only put into another order, through Reshape, Slice and
// Transpose of two dimensions, are a Gather from the list they were in:
//
//     Reshape(Transpose(Slice(Reshape(pads, [-1, 2]))))   -> Gather(pads, [6, 4, 2, 0, 7, 5, 3, 1])
//
// Inference follows the contents of lists only, and so knows them again.
#include "ir/eval.h"
#include "pass/rewrite.h"

enum { MAX_STEPS = 8, MAX_LENGTH = TN_MAX_CONTENT };

typedef struct chain { // from the list on, the last first
    const tni_node *node[MAX_STEPS];
    int n;
    tni_value *list;
} chain;

static bool is_list(const tni_value *v) {
    const tn_type *t = &v->info.type;
    return t->kind == TN_TENSOR && t->rank == 1 && !t->dim[0].e && t->dim[0].k <= MAX_LENGTH &&
           (TN_INTEGERS >> t->dtype & 1);
}

// Moves elements, in a way that constants say.
static bool only_moves(const tni_node *n, const tn_graph *g) {
    static const char *const ops[] = {"Reshape", "Slice", "Transpose", "Squeeze", "Unsqueeze", "Flatten"};
    bool is = false;
    for (size_t i = 0; n && n->graph == g && i < sizeof ops / sizeof *ops; i++) is |= tni_is(n, ops[i]);
    for (int i = 1; is && i < n->nin; i++)
        if (n->in[i].value && !tni_known_in(n, i)) return false;
    return is;
}

static bool read_chain(const tni_node *n, chain *c) {
    bool moved = false;
    *c = (chain){.n = 0};
    if (!n->nout || !n->out[0] || !is_list(n->out[0]) || n->out[0]->info.content) return false;
    while (only_moves(n, n->graph) && c->n < MAX_STEPS) {
        c->node[c->n++] = n;
        tni_value *from = n->in[0].value;
        moved |= tni_is(n, "Transpose");
        if (is_list(from) && from->info.content) return c->list = from, moved && !tni_known(from);
        if (!(n = from->def)) return false;
    }
    return false;
}

// Where each element comes from: what the chain makes of 0, 1, 2...
static tn_status places(const chain *c, tni_arena *a, const tn_tensor **to) {
    static const tni_eval_limits limits = {.max_trips = 64};
    tn_tensor *x = tni_tensor_new(a, TN_I64, 1, &c->list->info.type.dim[0].k);
    if (!x) return TN_NOMEM;
    for (int64_t i = 0, n = tn_count(x); i < n; i++) tni_set_int(x, i, i);
    for (int k = c->n - 1; k >= 0; k--) {
        const tni_node *n = c->node[k];
        const tn_tensor *in[TN_MAX_RANK] = {x};
        tn_tensor *out[1];
        for (int i = 1; i < n->nin && i < TN_MAX_RANK; i++) in[i] = tni_known_in(n, i);
        TN_TRY(tni_eval_node(n, a, in, out, NULL, NULL, &limits, NULL));
        x = out[0];
    }
    *to = x;
    return TN_OK;
}

static tn_status make_gather(tni_node *n, const chain *c, bool *changed, tn_diags *diags) {
    const tn_tensor *at = NULL;
    tni_arena *a = &n->graph->root->arena;
    tn_status status = places(c, a, &at);
    if (status == TN_NOMEM) return status;
    if (status != TN_OK || at->dtype != TN_I64 || at->rank != 1) return TN_OK; // it will fail when it runs
    tni_value *index = tni_value_const(n->graph, NULL, at);
    if (!index) return TN_NOMEM;
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "Gather", .nin = 2, .in = (tni_value *[]){c->list, index}},
                       NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        chain c;
        next = n->next;
        if (read_chain(n, &c)) TN_TRY(make_gather(n, &c, changed, diags));
    }
    return TN_OK;
}

TN_PASS(arrange) = {
    TN_HERE,
    .name = "arrange",
    .level = 1,
    .run = run,
    .doc = "makes a shape's numbers in another order a Gather",
};
