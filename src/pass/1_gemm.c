// SPDX-License-Identifier: Apache-2.0
// 1_gemm.c - MatMul of two matrices and an Add of a constant bias are one Gemm.
#include "pass/rewrite.h"

// The bias must broadcast to the product, not the product to it.
static tni_node *product_below(const tni_node *n, int *bias) {
    int variable;
    if (!tni_is(n, "Add") || !tni_split_const(n, &variable, bias)) return NULL;
    tni_value *v = n->in[variable].value;
    tni_node *m = tni_made_by(v, "MatMul");
    if (!m || m->graph != n->graph || !tni_used_once(v) || !tni_same_type(v, n->out[0])) return NULL;
    if (tni_rank(m->in[0].value) != 2 || tni_rank(m->in[1].value) != 2) return NULL;
    return tni_is_float(tni_dtype(v)) ? m : NULL;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        int bias;
        next = n->next;
        tni_node *m = n->nout && n->out[0] ? product_below(n, &bias) : NULL;
        if (!m) continue;
        tni_value *in[] = {m->in[0].value, m->in[1].value, n->in[bias].value};
        TN_TRY(tni_rewrite(n, (tni_new_node){.op = "Gemm", .like = m, .nin = 3, .in = in}, NULL, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(gemm) = {
    TN_HERE,
    .name = "gemm",
    .level = 1,
    .run = run,
    .doc = "makes a MatMul of matrices and its bias one Gemm",
};
