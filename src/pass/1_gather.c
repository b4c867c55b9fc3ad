// SPDX-License-Identifier: Apache-2.0
// 1_gather.c - gathers by grids of indices, as interpolations and views are exported, fall apart into simpler
// nodes:
//
//     GatherND(x, tuples)    every place of the tuples counts along its own dimensions -> a Gather for each
//     Gather(Transpose(x))   -> Transpose(Gather(x)), where the next Transpose undoes it
//     Gather(x, 0, 1, 2...)  all of a vector in its order -> Reshape
#include "pass/grid.h"

// ---- GatherND

// One place of constant tuples: t's last dimension, of size k, holds a tuple; those before are the batch.
typedef struct place {
    const tn_tensor *t;
    int64_t k, tuples;
    int c;
} place;

static int64_t number(const place *p, int64_t tuple) { return tni_get_int(p->t, tuple * p->k + p->c); }

// Elements of one step along batch dimension d.
static int64_t inner_of(const place *p, int d) { return tn_count_range(p->t, d + 1, p->t->rank - 1); }

static bool depends_on(const place *p, int d) {
    int64_t inner = inner_of(p, d), n = p->t->dim[d];
    for (int64_t i = 0; i < p->tuples; i++)
        if (number(p, i) != number(p, i - i / inner % n * inner)) return true;
    return false;
}

// The batch dimensions [first, *end) that the place counts along, as a tensor of indices; NULL: it depends on
// others, or *status.
static tni_value *along(tn_graph *g, const place *p, int first, int *end, tn_status *status) {
    int batch = p->t->rank - 1, last = first;
    *status = TN_OK;
    for (int d = 0; d < batch; d++) {
        if (!depends_on(p, d)) continue;
        if (d < first) return NULL;
        last = d;
    }
    *end = p->c == p->k - 1 ? batch : last + 1;
    if (*end <= first || *end > batch) return NULL;
    tn_tensor *to = tni_tensor_new(&g->root->arena, TN_I64, *end - first, p->t->dim + first);
    tni_value *v = NULL;
    if (to) {
        for (int64_t i = 0, n = tn_count(to), inner = inner_of(p, *end - 1); i < n; i++)
            tni_set_int(to, i, number(p, i * inner));
        v = tni_value_const(g, NULL, to);
    }
    if (!v) *status = TN_NOMEM;
    return v;
}

static tn_status separate(tni_node *n, bool *changed, tn_diags *diags) {
    const tn_tensor *t = tni_known_in(n, 1);
    tni_value *index[TN_MAX_RANK], *x = n->in[0].value;
    int axis[TN_MAX_RANK], end = 0;
    tn_status status = TN_OK;
    if (!t || !(TN_INDEXES >> t->dtype & 1) || tn_count(t) == 0 || t->rank < 2) return TN_OK;
    place p = {.t = t, .k = t->dim[t->rank - 1], .tuples = tn_count_range(t, 0, t->rank - 1)};
    if (tn_attr_int(tni_attrs(n), "batch_dims") || p.k > TN_MAX_RANK || tni_rank(x) < p.k) return TN_OK;
    for (; p.c < p.k; p.c++) {
        axis[p.c] = end;
        if (!(index[p.c] = along(n->graph, &p, axis[p.c], &end, &status))) return status;
    }
    *changed = true;
    for (int c = 0; c < p.k; c++) {
        const tn_attr at = TN_A_INT("axis", axis[c]);
        tni_value *in[] = {x, index[c]};
        tni_new_node gather = {.op = "Gather", .nin = 2, .in = in, .nattr = 1, .attr = &at};
        if (c == p.k - 1) return tni_rewrite(n, gather, NULL, diags);
        if (!(x = tni_emit(n, gather, &status, diags))) return status;
    }
    return TN_OK;
}

// ---- behind a Transpose

static bool leads_to_transpose(const tni_value *v) {
    const tni_node *next = tni_read_by(v, NULL);
    while (next && tni_is(next, "Gather") && next->in[0].value == v && tni_rank(next->in[1].value) == 1 &&
           next->out[0]) {
        v = next->out[0];
        next = tni_read_by(v, NULL);
    }
    return next && tni_is(next, "Transpose");
}

static tn_status behind_transpose(tni_node *n, bool *changed, tn_diags *diags) {
    int perm[TN_MAX_RANK], rank;
    tn_status status;
    const tni_node *t = tni_made_by(n->in[0].value, "Transpose");
    if (!t || t->graph != n->graph || tni_rank(n->in[1].value) != 1 || !tni_perm(t, perm, &rank))
        return TN_OK;
    if (!leads_to_transpose(n->out[0])) return TN_OK;
    int64_t axis = tn_attr_int(tni_attrs(n), "axis"), order[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) order[d] = perm[d];
    const tn_attr at = TN_A_INT("axis", perm[axis < 0 ? axis + rank : axis]);
    const tn_attr back = TN_A_INTS("perm", order, (size_t)rank);
    tni_value *in[] = {t->in[0].value, n->in[1].value};
    tni_value *x = tni_emit(n, (tni_new_node){.op = "Gather", .nin = 2, .in = in, .nattr = 1, .attr = &at},
                            &status, diags);
    if (!x) return status;
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "Transpose", .nin = 1, .in = &x, .nattr = 1, .attr = &back},
                       NULL, diags);
}

// ---- all of it

static bool takes_all(const tni_node *n) {
    const tn_tensor *t = tni_known_in(n, 1);
    if (tni_rank(n->in[0].value) != 1 || !t || !tn_dim_is(n->in[0].value->info.type.dim[0], tn_count(t)))
        return false;
    for (int64_t i = 0; i < tn_count(t); i++)
        if (tni_get_int(t, i) != i) return false;
    return true;
}

static tn_status as_reshape(tni_node *n, bool *changed, tn_diags *diags) {
    tn_status status;
    tni_value *x = n->in[0].value, *shape;
    if (!takes_all(n) || !(shape = tni_shape_for(n->graph, x, &n->out[0]->info.type, &status)))
        return takes_all(n) ? status : TN_OK;
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "Reshape", .nin = 2, .in = (tni_value *[]){x, shape}}, NULL,
                       diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        bool done = false;
        if (!n->nout || !n->out[0]) continue;
        if (tni_is(n, "GatherND")) TN_TRY(separate(n, &done, diags));
        if (!done && tni_is(n, "Gather")) TN_TRY(as_reshape(n, &done, diags));
        if (!done && tni_is(n, "Gather")) TN_TRY(behind_transpose(n, &done, diags));
        *changed |= done;
    }
    return TN_OK;
}

TN_PASS(gather) = {
    TN_HERE, .name = "gather", .level = 1, .run = run, .doc = "takes gathers by grids of indices apart",
};
