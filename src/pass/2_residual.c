// SPDX-License-Identifier: Apache-2.0
// 2_residual.c - the Add of a tensor to a convolution's (or product's) result becomes part of it. Of two that
// could take the other in, the later one does, because the other must be there before.
#include "pass/epilogue.h"

// A Gemm's C may be a whole matrix, which is a residual already.
static bool has_matrix(const tni_fusable *f) {
    const tni_value *c = f->in[2];
    return c && tni_rank(c) > 1 && !tn_dim_is(c->info.type.dim[tni_rank(c) - 2], 1);
}

static bool takes_residual(const tni_node *n, int i, tni_fusable *f) {
    tni_value *y = n->in[i].value, *z = n->in[1 - i].value;
    if (!tni_fusable_before(y, f) || !f->residual || f->activated || f->in[3] || has_matrix(f)) return false;
    return tni_same_type(y, n->out[0]) && tni_same_type(z, n->out[0]);
}

static bool comes_before(const tni_node *a, const tni_node *b) {
    while (a && a != b) a = a->next;
    return a != NULL;
}

static tn_status fuse(tni_node *n, bool *changed, tn_diags *diags) {
    tni_fusable f[2];
    bool can[2];
    if (!n->out[0] || n->in[0].value == n->in[1].value) return TN_OK;
    for (int i = 0; i < 2; i++) can[i] = takes_residual(n, i, &f[i]);
    if (!can[0] && !can[1]) return TN_OK;
    int i = can[0] && can[1] ? comes_before(f[0].node, f[1].node) : can[1];
    f[i].in[3] = n->in[1 - i].value;
    *changed = true;
    return tni_fuse(n, &f[i], 0, NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (tni_is(n, "Add")) TN_TRY(fuse(n, changed, diags));
    }
    return TN_OK;
}

TN_PASS(residual) = {
    TN_HERE,
    .name = "residual",
    .level = 2,
    .run = run,
    .doc = "puts the Add of another tensor into the convolution or product before",
};
