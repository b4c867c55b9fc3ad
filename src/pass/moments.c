// SPDX-License-Identifier: Apache-2.0
// moments.c - see moments.h.
#include "pass/moments.h"

tni_value *tni_mean_of(const tni_value *v, int *axis) {
    const tni_node *n = tni_made_by(v, "ReduceMean");
    const tn_tensor *axes = n ? tni_known_in(n, 1) : NULL;
    if (!axes || !tn_attr_int(tni_attrs(n), "keepdims") || tni_rank(v) < 1) return NULL;
    int rank = tni_rank(v), seen = 0;
    *axis = rank;
    for (int64_t i = 0; i < tn_count(axes); i++) {
        int64_t a = tni_get_int(axes, i);
        if (a < 0) a += rank;
        if (a < 0 || a >= rank) return NULL;
        seen |= 1 << a;
        if (a < *axis) *axis = (int)a;
    }
    return seen && seen == (1 << rank) - (1 << *axis) ? n->in[0].value : NULL;
}

tni_value *tni_square_of(const tni_value *v) {
    const tni_node *n = v ? v->def : NULL;
    if (!n) return NULL;
    bool power = tni_is(n, "Pow") && tni_known_is(n->in[1].value, 2);
    return power || (tni_is(n, "Mul") && n->in[0].value == n->in[1].value) ? n->in[0].value : NULL;
}

tni_value *tni_root_mean_square_of(const tni_value *v, int *axis, double *epsilon) {
    int variable, constant;
    const tni_node *root = tni_made_by(v, "Sqrt"), *sum = root ? tni_made_by(root->in[0].value, "Add") : NULL;
    if (!sum || !tni_split_const(sum, &variable, &constant)) return NULL;
    if (!tni_known_number(sum->in[constant].value, epsilon)) return NULL;
    return tni_square_of(tni_mean_of(sum->in[variable].value, axis));
}

tni_value *tni_ones_from(tn_graph *g, const tni_value *x, int axis, tn_status *status) {
    int64_t dims[TN_MAX_RANK];
    int rank = tni_rank(x) - axis;
    *status = TN_OK;
    for (int i = 0; i < rank; i++) {
        if (x->info.type.dim[axis + i].e) return NULL;
        dims[i] = x->info.type.dim[axis + i].k;
    }
    tn_tensor *t = tni_tensor_new(&g->root->arena, tni_dtype(x), rank, dims);
    for (int64_t i = 0, n = t ? tn_count(t) : 0; i < n; i++) tni_set(t, i, 1);
    tni_value *made = t ? tni_value_const(g, NULL, t) : NULL;
    if (!made) *status = TN_NOMEM;
    return made;
}
