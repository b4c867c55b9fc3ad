// SPDX-License-Identifier: Apache-2.0
// 2_transposed.c - a Transpose of a product's operand that swaps its last two dimensions is the product's to
// undo: tn.Gemm reads either side transposed.
#include "pass/epilogue.h"

#include <string.h>

// What is transposed, when `v` is that and nothing else reads it.
static tni_value *swapped(const tni_value *v) {
    int perm[TN_MAX_RANK], rank;
    const tni_node *n = tni_made_by(v, "Transpose");
    if (!n || n->graph != v->graph || !tni_used_once(v) || !tni_perm(n, perm, &rank) || rank < 2) return NULL;
    for (int i = 0; i < rank - 2; i++)
        if (perm[i] != i) return NULL;
    return perm[rank - 1] == rank - 2 ? n->in[0].value : NULL;
}

static bool is_product(const tni_node *n) {
    return n->nout && n->out[0] && tni_is_float(tni_dtype(n->out[0])) &&
           (tni_is(n, "MatMul") || tni_is(n, "Gemm") || tni_is(n, "tn.Gemm"));
}

static bool flag(const tni_node *n, const char *name) {
    return !tni_is(n, "MatMul") && tn_attr_int(tni_attrs(n), name);
}

static tn_status undo(tni_node *n, bool *changed, tn_diags *diags) {
    static const char *const name[] = {"transA", "transB"};
    tn_attr given[TNI_MAX_ATTRS], attr[TNI_MAX_ATTRS + 2];
    tni_value *in[4];
    size_t count = 0, total = tni_given_attrs(n, given);
    for (int i = 0; i < 4; i++) in[i] = tni_in(n, i);
    if (tni_rank(in[0]) < 2 || tni_rank(in[1]) < 2) return TN_OK;
    for (size_t i = 0; i < total; i++)
        if (strcmp(given[i].name, name[0]) != 0 && strcmp(given[i].name, name[1]) != 0)
            attr[count++] = given[i];
    bool any = false;
    for (int i = 0; i < 2; i++) {
        tni_value *x = swapped(in[i]);
        bool turned = flag(n, name[i]) != (x != NULL);
        if (x) in[i] = x, any = true;
        if (turned) attr[count++] = TN_A_INT(name[i], 1);
    }
    if (!any) return TN_OK;
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "tn.Gemm", .nin = 4, .in = in, .nattr = count, .attr = attr},
                       NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (is_product(n)) TN_TRY(undo(n, changed, diags));
    }
    return TN_OK;
}

TN_PASS(transposed) = {
    TN_HERE,
    .name = "transposed",
    .level = 2,
    .run = run,
    .doc = "lets products read a transposed operand as it is",
};
