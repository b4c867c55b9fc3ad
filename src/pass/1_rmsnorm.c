// SPDX-License-Identifier: Apache-2.0
// 1_rmsnorm.c - recognises RMSNormalization where it was written out over the last dimensions, by itself or
// in f32 between two Casts:
//
//     x / Sqrt(ReduceMean(x * x) + epsilon) [* scale]   or   x * Reciprocal(Sqrt(...)) [* scale]
//
// One operator sums the squares in a wide type: in f16 they would overflow from 256 on.
#include "pass/moments.h"

typedef struct norm {
    tni_value *x, *scale; // scale NULL: 1
    int axis;             // first of the normalised dimensions
    double epsilon;
} norm;

// The value whose inverse `v` is.
static const tni_value *inverse_of(const tni_value *v) {
    const tni_node *n = v ? v->def : NULL;
    if (n && tni_is(n, "Reciprocal")) return n->in[0].value;
    return n && tni_is(n, "Div") && tni_known_is(n->in[0].value, 1) ? n->in[1].value : NULL;
}

static bool is_root(const tni_value *v, const tni_value *x, norm *to) {
    return v && x && tni_root_mean_square_of(v, &to->axis, &to->epsilon) == x;
}

// x divided by its root mean square.
static bool read_ratio(const tni_node *n, norm *to) {
    *to = (norm){NULL};
    if (!n || !n->nout || !n->out[0] || !tni_is_float(tni_dtype(n->out[0]))) return false;
    if (tni_is(n, "Div") && is_root(n->in[1].value, n->in[0].value, to)) to->x = n->in[0].value;
    for (int i = 0; i < 2 && tni_is(n, "Mul") && !to->x; i++)
        if (is_root(inverse_of(n->in[i].value), n->in[1 - i].value, to)) to->x = n->in[1 - i].value;
    return to->x && tni_same_type(to->x, n->out[0]);
}

// The same, done in f32 for an x of a narrow type and cast back.
static bool read_core(const tni_node *n, norm *to) {
    if (read_ratio(n, to)) return true;
    if (!n || !tni_is(n, "Cast") || !n->out[0] || !tni_used_once(n->in[0].value)) return false;
    if (!read_ratio(n->in[0].value->def, to) || tni_dtype(to->x) != TN_F32) return false;
    const tni_node *widened = tni_made_by(to->x, "Cast");
    if (!widened || tni_dtype(widened->in[0].value) != tni_dtype(n->out[0])) return false;
    to->x = widened->in[0].value;
    return tni_is_float(tni_dtype(to->x));
}

// The constant beside `variable` in a Mul.
static tni_value *factor(const tni_node *n, tni_value **variable) {
    int v, c;
    if (!n || !tni_is(n, "Mul") || !tni_split_const(n, &v, &c)) return NULL;
    *variable = n->in[v].value;
    return n->in[c].value;
}

static bool is_scale(const tni_value *scale, const norm *l) {
    int rank = tni_rank(l->x) - l->axis;
    if (!scale || tni_rank(scale) != rank || tni_dtype(scale) != tni_dtype(l->x)) return false;
    for (int i = 0; i < rank; i++)
        if (!tn_dim_equal(scale->info.type.dim[i], l->x->info.type.dim[l->axis + i])) return false;
    return true;
}

// Matches at the last node of the pattern only.
static bool read_norm(const tni_node *n, norm *to) {
    tni_value *v, *scale;
    if (read_core(n, to)) {
        const tni_node *next = tni_read_by(n->out[0], NULL);
        if (next && is_scale(factor(next, &v), to)) return false;
        norm wide;
        return !(next && tni_is(next, "Cast") && read_core(next, &wide)); // the Cast back is the last one
    }
    scale = factor(n, &v);
    if (!scale || !n->out[0] || !tni_used_once(v) || !read_core(v->def, to) || !is_scale(scale, to))
        return false;
    to->scale = scale;
    return true;
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
        const tn_attr attr[] = {TN_A_INT("axis", l.axis - tni_rank(l.x)), TN_A_FLOAT("epsilon", l.epsilon)};
        tni_value *in[] = {l.x, l.scale};
        tni_new_node spec = {.op = "RMSNormalization", .nin = 2, .in = in, .nattr = 2, .attr = attr};
        TN_TRY(tni_rewrite(n, spec, NULL, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(rmsnorm) = {
    TN_HERE, .name = "rmsnorm", .level = 1, .run = run, .doc = "recognises RMSNormalization",
};
