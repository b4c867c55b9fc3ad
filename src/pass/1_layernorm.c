// SPDX-License-Identifier: Apache-2.0
// 1_layernorm.c - recognises LayerNormalization where an exporter wrote it out over the last dimensions:
//
//     d = x - ReduceMean(x)
//     d / Sqrt(ReduceMean(d * d) + epsilon) [* scale [+ bias]]   -> LayerNormalization(x, scale, bias)
#include "pass/moments.h"

typedef struct norm {
    tni_value *x, *scale, *bias; // scale NULL: 1; bias NULL: 0
    int axis;                    // first of the normalised dimensions
    double epsilon;
} norm;

// x, when `v` is x - mean(x).
static tni_value *centred(const tni_value *v, int *axis) {
    const tni_node *n = tni_made_by(v, "Sub");
    if (!n || tni_mean_of(n->in[1].value, axis) != n->in[0].value) return NULL;
    return n->in[0].value;
}

// `v` is Sqrt(ReduceMean(square) + epsilon) with the square of x - mean(x).
static bool is_deviation(const tni_value *v, norm *to) {
    int axis;
    const tni_value *d = tni_root_mean_square_of(v, &axis, &to->epsilon);
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

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        norm l;
        next = n->next;
        if (!n->nout || !n->out[0] || !read_norm(n, &l)) continue;
        tn_status status = TN_OK;
        if (!l.scale) l.scale = tni_ones_from(g, l.x, l.axis, &status);
        TN_TRY(status);
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
