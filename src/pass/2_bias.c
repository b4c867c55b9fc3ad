// SPDX-License-Identifier: Apache-2.0
// 2_bias.c - a constant row added to a batched product becomes the bias of a tn.Gemm. (Products of two
// matrices are Gemm already.)
#include "pass/epilogue.h"

// One number for each column, or one for all.
static bool is_row(const tni_value *v, const tni_value *y) {
    const tn_tensor *t = tni_known(v);
    int rank = tni_rank(y);
    if (!t || rank < 1 || t->rank > rank) return false;
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i] != 1 && (i != t->rank - 1 || !tn_dim_is(y->info.type.dim[rank - 1], t->dim[i])))
            return false;
    return true;
}

static tn_status fuse(tni_node *n, bool *changed, tn_diags *diags) {
    tni_fusable f;
    int variable, constant;
    if (!n->out[0] || !tni_split_const(n, &variable, &constant)) return TN_OK;
    tni_value *product = n->in[variable].value, *bias = n->in[constant].value;
    if (!tni_fusable_before(product, &f) || !tni_is(f.node, "MatMul")) return TN_OK;
    if (!tni_same_type(product, n->out[0]) || !is_row(bias, product)) return TN_OK;
    f.in[2] = bias;
    *changed = true;
    return tni_fuse(n, &f, 0, NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (tni_is(n, "Add")) TN_TRY(fuse(n, changed, diags));
    }
    return TN_OK;
}

TN_PASS(bias) = {
    TN_HERE,
    .name = "bias",
    .level = 2,
    .run = run,
    .doc = "puts a constant row into the batched product before",
};
