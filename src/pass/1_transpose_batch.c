// SPDX-License-Identifier: Apache-2.0
// 1_transpose_batch.c - a batch of matrices is transposed as it is. Exporters make it rank 3 first:
//
//     Reshape(Transpose(Reshape(x [A.., r, c] -> [n, r, c]), [0, 2, 1]) -> [A.., c, r])   -> Transpose(x)
#include "pass/rewrite.h"

// x, when `n` is the last Reshape.
static tni_value *matrices(const tni_node *n) {
    int perm[TN_MAX_RANK], rank;
    const tni_node *t = tni_made_by(n->in[0].value, "Transpose");
    const tni_node *first = t ? tni_made_by(t->in[0].value, "Reshape") : NULL;
    if (!first || !tni_perm(t, perm, &rank) || rank != 3 || perm[0] != 0 || perm[1] != 2) return NULL;
    tni_value *x = first->in[0].value;
    const tn_dim *from = x->info.type.dim, *mid = first->out[0]->info.type.dim,
                 *to = n->out[0]->info.type.dim;
    int last = tni_rank(x) - 1;
    if (last < 2 || tni_rank(n->out[0]) != last + 1) return NULL;
    for (int i = 0; i < last - 1; i++)
        if (!tn_dim_equal(from[i], to[i])) return NULL;
    bool is = tn_dim_equal(from[last], mid[2]) && tn_dim_equal(from[last - 1], mid[1]) &&
              tn_dim_equal(from[last], to[last - 1]) && tn_dim_equal(from[last - 1], to[last]);
    return is ? x : NULL;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        tni_value *x = tni_is(n, "Reshape") && n->out[0] ? matrices(n) : NULL;
        if (!x) continue;
        int64_t perm[TN_MAX_RANK];
        int rank = tni_rank(x);
        for (int i = 0; i < rank; i++) perm[i] = i == rank - 1 ? rank - 2 : i == rank - 2 ? rank - 1 : i;
        tn_attr attr = TN_A_INTS("perm", perm, (size_t)rank);
        TN_TRY(tni_rewrite(n,
                           (tni_new_node){.op = "Transpose", .nin = 1, .in = &x, .nattr = 1, .attr = &attr},
                           NULL, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(transpose_batch) = {
    TN_HERE,
    .name = "transpose_batch",
    .level = 1,
    .run = run,
    .doc = "transposes batches of matrices as they are",
};
