// SPDX-License-Identifier: Apache-2.0
// 2_normalize.c - recognises x / max(norm of x, epsilon) where it was written out:
//
//     x / [Expand, Unsqueeze or Reshape of] [Clip or Max of] a norm of x
//
// A norm is ReduceL2, ReduceL1, ReduceMax(Abs) or Sqrt(ReduceSum(x * x)). tn.Normalize keeps it in a wide
// type. In f16 the exporters' epsilon of 1e-12 is 0 in the file, and a row of zeros was 0 / 0 = NaN: a bound
// of 0 says that one was meant, so the row stays 0.
#include "pass/moments.h"

#include <math.h>

typedef struct norm {
    tni_value *x;
    double p, epsilon;
    unsigned axes;
    bool bounded; // with an epsilon
} norm;

static const tni_node *only_reader(const tni_value *v) {
    return v && v->def && tni_used_once(v) ? v->def : NULL;
}

// The axes of a reduction as bits; false: not known.
static bool read_axes(const tni_node *n, int rank, unsigned *axes) {
    const tn_tensor *given = tni_known_in(n, 1);
    *axes = 0;
    if (rank < 0 || (tni_in(n, 1) && !given)) return false;
    if (!given || tn_count(given) == 0) {
        *axes = tn_attr_int(tni_attrs(n), "noop_with_empty_axes") ? 0 : (1u << rank) - 1;
        return *axes != 0;
    }
    for (int64_t i = 0; i < tn_count(given); i++) {
        int64_t a = tni_get_int(given, i);
        if (a < -rank || a >= rank) return false;
        *axes |= 1u << (a < 0 ? a + rank : a);
    }
    return true;
}

// The value whose norm `v` is.
static bool read_reduction(const tni_value *v, norm *to) {
    const tni_node *n = only_reader(v), *inner = NULL;
    if (n && tni_is(n, "Sqrt")) {
        n = only_reader(n->in[0].value);
        if (!n || (!tni_is(n, "ReduceSum") && !tni_is(n, "ReduceSumSquare"))) return false;
        to->x = tni_is(n, "ReduceSum") ? tni_square_of(n->in[0].value) : n->in[0].value;
        to->p = 2;
    } else if (n && (tni_is(n, "ReduceL2") || tni_is(n, "ReduceL1"))) {
        to->x = n->in[0].value;
        to->p = tni_is(n, "ReduceL2") ? 2 : 1;
    } else if (n && (tni_is(n, "ReduceMax") || tni_is(n, "ReduceSum"))) {
        inner = tni_made_by(n->in[0].value, "Abs");
        to->x = inner ? inner->in[0].value : NULL;
        to->p = tni_is(n, "ReduceMax") ? HUGE_VAL : 1;
    } else {
        return false;
    }
    return to->x && tni_is_float(tni_dtype(to->x)) && read_axes(n, tni_rank(to->x), &to->axes);
}

// A norm of everything does not ask for the shape: x.norm() is exported as that of x.reshape(-1).
static void look_through_shape(norm *l, tni_value *x) {
    tni_value *v = l->x;
    if (l->axes != (1u << tni_rank(v)) - 1) return;
    while (v != x && v->def && v->def->op->traits & TN_SAME_DATA) v = v->def->in[0].value;
    if (v != x || tni_rank(x) < 0) return;
    l->x = x;
    l->axes = (1u << tni_rank(x)) - 1;
}

// A lower bound and nothing else.
static const tni_value *bounded(const tni_node *n, double *bound) {
    int variable = 0, constant = 1;
    double most = HUGE_VAL;
    if (tni_is(n, "Max")) {
        if (n->nin != 2 || !tni_split_const(n, &variable, &constant)) return NULL;
    } else if (!tni_is(n, "Clip") || !tni_in(n, 1)) {
        return NULL;
    }
    if (tni_is(n, "Clip") && tni_in(n, 2) && !tni_known_number(n->in[2].value, &most)) return NULL;
    bool is = tni_known_number(n->in[constant].value, bound) && *bound >= 0 && !(most < HUGE_VAL);
    return is ? n->in[variable].value : NULL;
}

// The divisor is a norm, seen through what changes its shape only.
static bool read_divisor(const tni_value *v, norm *to) {
    for (const tni_node *n; (n = only_reader(v));) {
        const tni_value *inside = to->bounded ? NULL : bounded(n, &to->epsilon);
        if (!inside && read_reduction(v, to)) return true;
        if (!inside && !(n->op->traits & TN_SAME_DATA)) return false;
        to->bounded |= inside != NULL;
        v = inside ? inside : n->in[0].value;
    }
    return false;
}

// `v` has x's sizes, 1 at the axes, so that its elements stand where the norms belong.
static bool is_kept_shape(const tni_value *v, const norm *l) {
    const tn_type *x = &l->x->info.type, *t = &v->info.type;
    if (t->rank < 0 || t->rank > x->rank) return false;
    for (int d = 0; d < x->rank; d++) {
        int at = d - (x->rank - t->rank);
        tn_dim size = at < 0 ? tn_k(1) : t->dim[at], want = l->axes >> d & 1 ? tn_k(1) : x->dim[d];
        if (!tn_dim_equal(size, want)) return false;
    }
    return true;
}

static bool read_ratio(const tni_node *n, norm *to) {
    *to = (norm){NULL};
    if (!tni_is(n, "Div") || !n->out[0] || !read_divisor(n->in[1].value, to)) return false;
    look_through_shape(to, n->in[0].value);
    if (to->x != n->in[0].value || !tni_same_type(to->x, n->out[0])) return false;
    if (to->bounded && !(to->epsilon > 0) && tni_dtype(to->x) == TN_F16) to->epsilon = 1e-12;
    return is_kept_shape(n->in[1].value, to);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        norm l;
        int64_t axes[TN_MAX_RANK];
        size_t count = 0;
        next = n->next;
        if (!n->nout || !read_ratio(n, &l)) continue;
        for (int d = 0; d < tni_rank(l.x); d++)
            if (l.axes >> d & 1) axes[count++] = d;
        const tn_attr attr[] = {TN_A_INTS("axes", axes, count), TN_A_FLOAT("p", l.p),
                                TN_A_FLOAT("epsilon", l.epsilon)};
        tni_new_node spec = {.op = "tn.Normalize", .nin = 1, .in = &l.x, .nattr = 3, .attr = attr};
        TN_TRY(tni_rewrite(n, spec, NULL, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(normalize) = {
    TN_HERE, .name = "normalize", .level = 2, .run = run, .doc = "recognises a division by a norm",
};
