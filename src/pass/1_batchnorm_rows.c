// SPDX-License-Identifier: Apache-2.0
// 1_batchnorm_rows.c - a BatchNormalization of rows, behind a Reshape that made them rows, is done before it:
//
//     BatchNormalization(Reshape(x [.., c] -> [n, c]))   ->   Reshape(x * scale + shift)
//
// LeViT and its kin norm the rows of a product so; with the Reshape out of the way the scale goes into the
// product's weights and the shift is its bias.
#include "pass/affine.h"

// The Reshape before `n`, when its last dimension is x's and nothing else reads it.
static tni_node *rows_before(const tni_node *n) {
    if (!tni_is(n, "BatchNormalization") || !n->out[0] || !tni_only_first(n)) return NULL;
    const tni_value *v = n->in[0].value;
    tni_node *r = tni_made_by(v, "Reshape");
    if (!r || r->graph != n->graph || !tni_used_once(v) || tni_rank(v) != 2) return NULL;
    const tni_value *x = r->in[0].value;
    int rank = tni_rank(x);
    return rank > 2 && tn_dim_equal(x->info.type.dim[rank - 1], v->info.type.dim[1]) ? r : NULL;
}

static tn_status rewrite(tni_node *n, tni_node *r, tni_arena *a, bool *changed, tn_diags *diags) {
    tni_affine f;
    tn_status status = TN_OK;
    if (!tni_affine_read(n, 1, a, &f, &status)) return status;
    tni_value *x = r->in[0].value;
    tni_value *scale = tni_affine_vector(n->graph, tni_dtype(x), f.scale, f.n, &status);
    tni_value *shift = scale ? tni_affine_vector(n->graph, tni_dtype(x), f.shift, f.n, &status) : NULL;
    if (!shift) return status;
    tni_value *y =
        tni_emit(n, (tni_new_node){.op = "Mul", .nin = 2, .in = (tni_value *[]){x, scale}}, &status, diags);
    if (y)
        y = tni_emit(n, (tni_new_node){.op = "Add", .nin = 2, .in = (tni_value *[]){y, shift}}, &status,
                     diags);
    if (!y) return status;
    tn_attr attr[TNI_MAX_ATTRS];
    tni_value *in[] = {y, r->in[1].value};
    *changed = true;
    return tni_rewrite(
        n,
        (tni_new_node){.op = "Reshape", .nin = 2, .in = in, .nattr = tni_given_attrs(r, attr), .attr = attr},
        NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    tni_arena a;
    tn_status status = TN_OK;
    tni_arena_init(&a, g->root->env);
    for (tni_node *n = g->first, *next; n && status == TN_OK; n = next) {
        next = n->next;
        tni_mark mark = tni_arena_mark(&a);
        tni_node *r = rows_before(n);
        if (r) status = rewrite(n, r, &a, changed, diags);
        tni_arena_reset(&a, mark);
    }
    tni_arena_free(&a);
    return status;
}

TN_PASS(batchnorm_rows) = {
    TN_HERE,
    .name = "batchnorm_rows",
    .level = 1,
    .run = run,
    .doc = "norms the rows of a tensor before a Reshape makes them rows",
};
