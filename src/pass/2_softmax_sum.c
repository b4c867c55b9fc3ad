// SPDX-License-Identifier: Apache-2.0
// 2_softmax_sum.c - a Softmax whose result is only weighted and summed along its axis is one tn.SoftmaxSum:
//
//     ReduceSum(Softmax(x) * w)      Conv of 1x1 from the axis to one filter      MatMul by a vector, either
//     side
//
// A Transpose before it is done behind it instead, where there is so much less to move.
#include "pass/rewrite.h"

typedef struct match {
    const tni_node *softmax;
    int axis;
    const tn_tensor *w; // as many elements as the axis has
    bool keep;          // the output has 1 in the axis' place
} match;

static bool read_softmax(const tni_node *n, const tni_value *v, match *to) {
    const tni_node *s = v ? tni_made_by(v, "Softmax") : NULL;
    int rank = v ? tni_rank(v) : -1;
    if (!s || s->graph != n->graph || !tni_used_once(v) || rank < 1 || !tni_is_float(tni_dtype(v)))
        return false;
    int64_t axis = tn_attr_int(tni_attrs(s), "axis");
    to->softmax = s;
    to->axis = (int)(axis < 0 ? axis + rank : axis);
    return true;
}

static int rank_of(const match *m) { return tni_rank(m->softmax->out[0]); }

// One constant number, and more than that, for every place along the axis.
static bool read_weights(const tni_value *v, match *to) {
    const tn_dim *axis = &to->softmax->out[0]->info.type.dim[to->axis];
    to->w = tni_known(v);
    return to->w && tn_count(to->w) > 1 && tn_dim_is(*axis, tn_count(to->w));
}

static bool read_sum(const tni_node *n, match *to) {
    const tn_tensor *axes = tni_known_in(n, 1);
    const tni_node *mul = tni_made_by(n->in[0].value, "Mul");
    int x, w;
    if (!mul || mul->graph != n->graph || !tni_used_once(mul->out[0]) || !tni_split_const(mul, &x, &w))
        return false;
    if (!read_softmax(n, mul->in[x].value, to) || !read_weights(mul->in[w].value, to)) return false;
    int rank = rank_of(to), before = rank - to->w->rank;
    if (!axes || tn_count(axes) != 1 || before < 0 || to->axis < before) return false;
    to->keep = tn_attr_int(tni_attrs(n), "keepdims") != 0;
    int64_t axis = tni_get_int(axes, 0);
    return (axis < 0 ? axis + rank : axis) == to->axis && to->w->dim[to->axis - before] == tn_count(to->w);
}

// Nothing but a product at every pixel.
static bool is_bare(const tni_node *n) {
    static const char *const lists[] = {"strides", "dilations", "pads"};
    if (tni_in(n, 2) || tn_attr_int(tni_attrs(n), "group") != 1) return false;
    for (int i = 0; i < 3; i++) {
        size_t count;
        const int64_t *list = tn_attr_ints(tni_attrs(n), lists[i], &count);
        for (size_t k = 0; k < count; k++)
            if (list[k] != (i < 2)) return false;
    }
    return true;
}

static bool read_conv(const tni_node *n, match *to) {
    if (!is_bare(n) || !read_softmax(n, n->in[0].value, to) || to->axis != 1) return false;
    to->keep = true;
    return read_weights(tni_in(n, 1), to) && to->w->dim[1] == tn_count(to->w);
}

static bool read_product(const tni_node *n, match *to) {
    for (int i = 0; i < 2; i++) {
        if (!read_softmax(n, n->in[i].value, to) || !read_weights(n->in[1 - i].value, to)) continue;
        int rank = rank_of(to), w = to->w->rank, along = i == 0 || rank == 1 ? rank - 1 : rank - 2;
        to->keep = w == 2;
        if (w > 2 || to->axis != along || (w == 2 && rank < 2)) continue;
        if (w == 1 || to->w->dim[i == 0 ? 0 : 1] == tn_count(to->w)) return true;
    }
    return false;
}

static bool read_any(const tni_node *n, match *to) {
    *to = (match){NULL};
    if (!n->nout || !n->out[0]) return false;
    if (tni_is(n, "ReduceSum")) return read_sum(n, to);
    if (tni_is(n, "Conv")) return read_conv(n, to);
    return tni_is(n, "MatMul") && read_product(n, to);
}

static tn_status fuse(tni_node *n, const match *m, tn_diags *diags) {
    int64_t dims[1] = {tn_count(m->w)};
    tn_tensor *row = tni_tensor_view(&n->graph->root->arena, m->w->dtype, 1, dims, m->w->data);
    tni_value *in[] = {m->softmax->in[0].value, row ? tni_value_const(n->graph, NULL, row) : NULL};
    const tn_attr attr[] = {TN_A_INT("axis", m->axis), TN_A_INT("keepdims", m->keep)};
    if (!in[1]) return TN_NOMEM;
    return tni_rewrite(n, (tni_new_node){.op = "tn.SoftmaxSum", .nin = 2, .in = in, .nattr = 2, .attr = attr},
                       NULL, diags);
}

// Of what is left when `axis` goes; false: it is in order.
static bool order_behind(const int *perm, int rank, int axis, bool keep, int64_t *order, size_t *count) {
    bool moves = false;
    *count = 0;
    for (int i = 0; i < rank; i++) {
        if (i == axis && !keep) continue;
        order[*count] = perm[i] - (!keep && perm[i] > perm[axis]);
        moves |= order[*count] != (int64_t)*count;
        ++*count;
    }
    return moves;
}

static tn_status move_transpose(tni_node *n, bool *changed, tn_diags *diags) {
    const tni_node *t = tni_made_by(n->in[0].value, "Transpose");
    int perm[TN_MAX_RANK], rank;
    int64_t order[TN_MAX_RANK], axis = tn_attr_int(tni_attrs(n), "axis");
    size_t count;
    tn_status status;
    if (!t || t->graph != n->graph || !tni_perm(t, perm, &rank)) return TN_OK;
    if (axis < 0) axis += rank;
    bool keep = tn_attr_int(tni_attrs(n), "keepdims") != 0;
    tni_value *in[] = {t->in[0].value, n->in[1].value};
    const tn_attr attr[] = {TN_A_INT("axis", perm[axis]), TN_A_INT("keepdims", keep)};
    tni_new_node sum = {.op = "tn.SoftmaxSum", .nin = 2, .in = in, .nattr = 2, .attr = attr, .like = n};
    *changed = true;
    if (!order_behind(perm, rank, (int)axis, keep, order, &count)) return tni_rewrite(n, sum, NULL, diags);
    tni_value *y = tni_emit(n, sum, &status, diags);
    const tn_attr by = TN_A_INTS("perm", order, count);
    if (!y) return status;
    return tni_rewrite(n, (tni_new_node){.op = "Transpose", .nin = 1, .in = &y, .nattr = 1, .attr = &by},
                       NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        match m;
        next = n->next;
        if (n->nout && tni_is(n, "tn.SoftmaxSum")) {
            TN_TRY(move_transpose(n, changed, diags));
        } else if (read_any(n, &m)) {
            TN_TRY(fuse(n, &m, diags));
            *changed = true;
        }
    }
    return TN_OK;
}

TN_PASS(softmax_sum) = {
    TN_HERE, .name = "softmax_sum", .level = 2, .run = run, .doc = "recognises weights summed over a softmax",
};
