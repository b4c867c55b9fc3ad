// SPDX-License-Identifier: Apache-2.0
// rewrite.c - see rewrite.h.
#include "pass/rewrite.h"

#include <math.h>
#include <string.h>

// ---- what is known

const tn_tensor *tni_known(const tni_value *v) {
    return v && !v->def && !v->is_input ? v->info.constant : NULL;
}

static bool has_numbers(const tn_tensor *t) {
    return t && t->kind == TN_TENSOR && ((TN_NUMBERS | TN_BIT(TN_BOOL)) >> t->dtype & 1);
}

bool tni_all_are(const tn_tensor *t, double x) {
    if (!has_numbers(t)) return false;
    int64_t n = tn_count(t);
    for (int64_t i = 0; i < n; i++)
        if (tni_get(t, i) != x) return false;
    return n > 0;
}

bool tni_known_is(const tni_value *v, double x) { return tni_all_are(tni_known(v), x); }

bool tni_known_number(const tni_value *v, double *to) {
    const tn_tensor *t = tni_known(v);
    if (!has_numbers(t) || tn_count(t) != 1) return false;
    *to = tni_get(t, 0);
    return true;
}

bool tni_near(const tni_value *v, double x) {
    double got;
    return tni_known_number(v, &got) && fabs(got - x) <= fabs(x) * 1e-3;
}

bool tni_contents_are(const tni_value *v, int64_t k) {
    if (!v || !v->info.content) return false;
    for (size_t i = 0; i < v->info.ncontent; i++)
        if (!tn_dim_is(v->info.content[i], k)) return false;
    return true;
}

bool tni_same_shape(const tni_value *a, const tni_value *b) {
    const tn_type *s = &a->info.type, *t = &b->info.type;
    if (s->kind != TN_TENSOR || t->kind != TN_TENSOR || s->rank < 0 || s->rank != t->rank) return false;
    for (int i = 0; i < s->rank; i++)
        if (!tn_dim_equal(s->dim[i], t->dim[i])) return false;
    return true;
}

bool tni_same_type(const tni_value *a, const tni_value *b) {
    return tni_dtype(a) == tni_dtype(b) && tni_same_shape(a, b);
}

bool tni_perm(const tni_node *n, int *perm, int *rank) {
    size_t given;
    const int64_t *p = tn_attr_ints(tni_attrs(n), "perm", &given);
    *rank = tni_rank(n->in[0].value);
    if (*rank < 0 || (given && given != (size_t)*rank)) return false;
    for (int i = 0; i < *rank; i++) perm[i] = given ? (int)p[i] : *rank - 1 - i;
    return true;
}

// ---- who makes and who reads

tni_node *tni_made_by(const tni_value *v, const char *op) {
    return v && v->def && tni_is(v->def, op) ? v->def : NULL;
}

bool tni_used_once(const tni_value *v) {
    return v->uses && !v->uses->next && v->uses->node && v->uses->node->graph == v->graph;
}

tni_node *tni_read_by(const tni_value *v, const char *op) {
    if (!tni_used_once(v)) return NULL;
    return !op || tni_is(v->uses->node, op) ? v->uses->node : NULL;
}

bool tni_only_first(const tni_node *n) {
    for (int i = 1; i < n->nout; i++)
        if (n->out[i] && n->out[i]->uses) return false;
    return n->nout > 0 && n->out[0];
}

bool tni_split_const(const tni_node *n, int *variable, int *constant) {
    if (n->nin != 2 || !n->in[0].value || !n->in[1].value) return false;
    bool first = tni_known_in(n, 0), second = tni_known_in(n, 1);
    *constant = first ? 0 : 1;
    *variable = 1 - *constant;
    return first != second;
}

// ---- changing

bool tni_may_replace(const tni_value *from, const tni_value *to) {
    if (!tni_is_graph_output(from)) return true;
    return to->graph == from->graph && !to->is_input && !tni_is_graph_output(to);
}

void tni_forward(tni_node *n, tni_value *to, bool *changed) {
    if (!tni_only_first(n) || !tni_may_replace(n->out[0], to)) return;
    tni_replace_value(n->out[0], to);
    tni_sweep(n);
    *changed = true;
}

static bool linked(const tni_node *n) { return n->prev ? n->prev->next == n : n->graph->first == n; }

static void sweep(tni_node *n, int depth) {
    enum { MANY = 16, MAX_DEPTH = 64 }; // what lies beyond is left to the pass `dead`
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && n->out[i]->uses) return;
    tni_node *maker[MANY];
    int makers = 0;
    for (int i = 0; i < n->nin && makers < MANY; i++) {
        tni_node *m = n->in[i].value ? n->in[i].value->def : NULL;
        if (m && m->graph == n->graph) maker[makers++] = m;
    }
    tni_node_remove(n);
    for (int k = 0; k < makers && depth < MAX_DEPTH; k++)
        if (linked(maker[k])) sweep(maker[k], depth + 1);
}

void tni_sweep(tni_node *n) { sweep(n, 0); }

tn_status tni_rewrite(tni_node *n, tni_new_node spec, tni_node **made, tn_diags *diags) {
    const char **outs = tni_arena_zalloc(&n->graph->root->arena, ((size_t)n->nout + 1) * sizeof *outs);
    if (!outs) return TN_NOMEM;
    for (int i = 0; i < n->nout; i++) {
        outs[i] = "";
        if (n->out[i] &&
            !(outs[i] = tni_arena_printf(&n->graph->root->arena, "t.%u", ++n->graph->root->fresh)))
            return TN_NOMEM;
    }
    if (!spec.like) spec.like = n;
    spec.before = n;
    spec.nout = n->nout;
    spec.outs = outs;
    tni_node *m;
    TN_TRY(tni_node_new(&m, n->graph, &spec, diags));
    for (int i = 0; i < n->nout; i++)
        if (n->out[i]) tni_replace_value(n->out[i], m->out[i]);
    tni_sweep(n);
    if (made) *made = m;
    return TN_OK;
}

tni_value *tni_emit(tni_node *n, tni_new_node spec, tn_status *status, tn_diags *diags) {
    tni_node *m;
    spec.like = n;
    spec.before = n;
    spec.nout = 1;
    *status = tni_node_new(&m, n->graph, &spec, diags);
    return *status == TN_OK ? m->out[0] : NULL;
}

tni_value *tni_numbers(tn_graph *g, const char *name, tn_dtype dtype, int rank, const int64_t *dims,
                       const double *x) {
    tn_tensor *t = tni_tensor_new(&g->root->arena, dtype, rank, dims);
    if (!t) return NULL;
    int64_t n = tn_count(t);
    for (int64_t i = 0; i < n; i++) tni_set(t, i, x[i]);
    return tni_value_const(g, name, t);
}

// ---- shapes for Reshape

// Where each size of `type` can come from: itself, a copy of x's, or (once) the rest.
static bool shape_entries(const tni_value *x, const tn_type *type, int64_t *to) {
    int rest = -1;
    bool others_positive = true;
    for (int i = 0; i < type->rank; i++) {
        tn_dim d = type->dim[i];
        if (!d.e) {
            // A size of 0 would mean "copy", so it must be one.
            if (d.k == 0 && !(i < tni_rank(x) && tn_dim_is(x->info.type.dim[i], 0))) return false;
            to[i] = d.k;
            others_positive &= d.k > 0;
        } else if (i < tni_rank(x) && tn_dim_equal(d, x->info.type.dim[i])) {
            to[i] = 0;
            others_positive = false;
        } else {
            if (rest >= 0) return false;
            to[rest = i] = -1;
        }
    }
    return rest < 0 || others_positive;
}

tni_value *tni_shape_for(tn_graph *g, const tni_value *x, const tn_type *type, tn_status *status) {
    int64_t shape[TN_MAX_RANK];
    *status = TN_OK;
    if (type->kind != TN_TENSOR || type->rank < 0 || tni_rank(x) < 0 || !shape_entries(x, type, shape))
        return NULL;
    tni_value *v = tni_value_ints(g, NULL, shape, (size_t)type->rank);
    if (!v) *status = TN_NOMEM;
    return v;
}
