// SPDX-License-Identifier: Apache-2.0
// 1_layernorm.c - recognises LayerNormalization where an exporter wrote it out over the last dimensions:
//
//     d = x - ReduceMean(x)
//     d / Sqrt(ReduceMean(d * d) + epsilon) [* scale [+ bias]]   -> LayerNormalization(x, scale, bias)
#include "pass/rewrite.h"

typedef struct norm {
    tni_value *x, *scale, *bias; // scale NULL: 1; bias NULL: 0
    int axis;                    // first of the normalised dimensions
    double epsilon;
} norm;

// ReduceMean over the last dimensions, which stay as 1; its input, and the first of them.
static tni_value *mean_of(const tni_value *v, int *axis) {
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

// x, when `v` is x - mean(x).
static tni_value *centred(const tni_value *v, int *axis) {
    const tni_node *n = tni_made_by(v, "Sub");
    if (!n || mean_of(n->in[1].value, axis) != n->in[0].value) return NULL;
    return n->in[0].value;
}

static tni_value *square_of(const tni_value *v) {
    const tni_node *n = v ? v->def : NULL;
    if (!n) return NULL;
    bool power = tni_is(n, "Pow") && tni_known_is(n->in[1].value, 2);
    return power || (tni_is(n, "Mul") && n->in[0].value == n->in[1].value) ? n->in[0].value : NULL;
}

// `v` is Sqrt(ReduceMean(square) + epsilon) with the square of x - mean(x).
static bool is_deviation(const tni_value *v, norm *to) {
    int variable, constant, axis;
    const tni_node *root = tni_made_by(v, "Sqrt"), *sum = root ? tni_made_by(root->in[0].value, "Add") : NULL;
    if (!sum || !tni_split_const(sum, &variable, &constant)) return false;
    if (!tni_known_number(sum->in[constant].value, &to->epsilon)) return false;
    const tni_value *d = square_of(mean_of(sum->in[variable].value, &axis));
    return d && axis == to->axis && centred(d, &axis) == to->x && axis == to->axis;
}

static bool read_core(const tni_node *n, norm *to) {
    *to = (norm){NULL};
    if (!n || !tni_is(n, "Div") || !n->out[0] || !tni_is_float(tni_dtype(n->out[0]))) return false;
    to->x = centred(n->in[0].value, &to->axis);
    return to->x && is_deviation(n->in[1].value, to) && tni_same_type(to->x, n->out[0]);
}

// A constant of exactly the normalised dimensions beside `variable`.
static tni_value *parameter(const tni_node *n, const char *op, const norm *l, tni_value **variable) {
    int v, c;
    if (!n || !tni_is(n, op) || !tni_split_const(n, &v, &c)) return NULL;
    const tn_tensor *t = tni_known_in(n, c);
    int rank = l->x ? tni_rank(l->x) - l->axis : t->rank;
    *variable = n->in[v].value;
    if (t->rank != rank) return NULL;
    for (int i = 0; l->x && i < rank; i++)
        if (!tn_dim_is(l->x->info.type.dim[l->axis + i], t->dim[i])) return NULL;
    return n->in[c].value;
}

// What only `v`'s one reader does with it.
static bool goes_on(const tni_value *v, const char *op, const norm *l) {
    tni_value *variable;
    return parameter(tni_read_by(v, op), op, l, &variable) != NULL;
}

static bool read_scaled(const tni_node *n, norm *to) {
    norm any = {NULL};
    tni_value *v, *scale = parameter(n, "Mul", &any, &v);
    if (!scale || !tni_used_once(v) || !read_core(v->def, to)) return false;
    to->scale = parameter(n, "Mul", to, &v);
    return to->scale != NULL;
}

// Matches at the last node of the pattern only.
static bool read_norm(const tni_node *n, norm *to) {
    norm any = {NULL};
    tni_value *v;
    if (read_core(n, to)) return !goes_on(n->out[0], "Mul", to);
    if (read_scaled(n, to)) return !goes_on(n->out[0], "Add", to);
    if (!parameter(n, "Add", &any, &v) || !tni_used_once(v) || !v->def || !read_scaled(v->def, to))
        return false;
    to->bias = parameter(n, "Add", to, &v);
    return to->bias != NULL;
}

static tn_status make_ones(tn_graph *g, norm *l) {
    int64_t dims[TN_MAX_RANK];
    int rank = tni_rank(l->x) - l->axis;
    for (int i = 0; i < rank; i++) {
        if (l->x->info.type.dim[l->axis + i].e) return TN_OK; // the size is not known: no pattern
        dims[i] = l->x->info.type.dim[l->axis + i].k;
    }
    tn_tensor *t = tni_tensor_new(&g->root->arena, tni_dtype(l->x), rank, dims);
    if (!t) return TN_NOMEM;
    for (int64_t i = 0, n = tn_count(t); i < n; i++) tni_set(t, i, 1);
    l->scale = tni_value_const(g, NULL, t);
    return l->scale ? TN_OK : TN_NOMEM;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        norm l;
        next = n->next;
        if (!n->nout || !n->out[0] || !read_norm(n, &l)) continue;
        if (!l.scale) TN_TRY(make_ones(g, &l));
        if (!l.scale) continue;
        tni_value *in[] = {l.x, l.scale, l.bias};
        const tn_attr attr[] = {TN_A_INT("axis", l.axis - tni_rank(l.x)), TN_A_FLOAT("epsilon", l.epsilon)};
        tni_new_node spec = {
            .op = "LayerNormalization", .nin = l.bias ? 3 : 2, .in = in, .nattr = 2, .attr = attr};
        TN_TRY(tni_rewrite(n, spec, NULL, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(layernorm) = {
    TN_HERE, .name = "layernorm", .level = 1, .run = run, .doc = "recognises LayerNormalization",
};
