// SPDX-License-Identifier: Apache-2.0
// 1_transpose.c - fewer Transposes: two in a row become one; one that only moves dimensions of size 1 becomes
// a Reshape; one behind element-wise nodes, and a softmax along whatever axis, is pulled up through them
// where it meets others, and is so lost:
//
//     Transpose(Relu(Transpose(x)))            -> Relu(x)
//     Transpose(Add(Transpose(x), constant))   -> Add(x, constant transposed)
#include "pass/rewrite.h"

#include <string.h>

typedef struct order { // output dimension i is the input's dimension perm[i]
    int rank, perm[TN_MAX_RANK];
} order;

static bool order_of(const tni_node *n, order *o) { return tni_perm(n, o->perm, &o->rank); }

// `then` after `first`.
static order composed(const order *first, const order *then) {
    order o = {.rank = then->rank};
    for (int i = 0; i < o.rank; i++) o.perm[i] = first->perm[then->perm[i]];
    return o;
}

static bool keeps_order(const order *o) {
    for (int i = 0; i < o->rank; i++)
        if (o->perm[i] != i) return false;
    return true;
}

static tn_attr perm_attr(const order *o, int64_t perm[TN_MAX_RANK]) {
    for (int i = 0; i < o->rank; i++) perm[i] = o->perm[i];
    return TN_A_INTS("perm", perm, (size_t)o->rank);
}

static tni_node *transpose_of(const tni_value *v, const tn_graph *g) {
    tni_node *n = tni_made_by(v, "Transpose");
    return n && n->graph == g ? n : NULL;
}

// ---- two in a row

static tn_status merge(tni_node *n, bool *changed, tn_diags *diags) {
    order first, then, both;
    int64_t perm[TN_MAX_RANK];
    tni_node *m = transpose_of(n->in[0].value, n->graph);
    if (!m || !order_of(m, &first) || !order_of(n, &then) || first.rank != then.rank) return TN_OK;
    both = composed(&first, &then);
    tni_value *x = m->in[0].value;
    *changed = true;
    if (keeps_order(&both)) // or the name of an output keeps it: then the pass `identity` has the last word
        return tni_rewrite(n, (tni_new_node){.op = "Identity", .nin = 1, .in = &x}, NULL, diags);
    tn_attr attr = perm_attr(&both, perm);
    return tni_rewrite(n, (tni_new_node){.op = "Transpose", .nin = 1, .in = &x, .nattr = 1, .attr = &attr},
                       NULL, diags);
}

// ---- a Reshape in disguise

static bool moves_ones_only(const tni_node *n) {
    order o;
    const tn_type *type = &n->in[0].value->info.type;
    if (!order_of(n, &o) || keeps_order(&o)) return false;
    for (int i = 0, last = -1; i < o.rank; i++) {
        if (tn_dim_is(type->dim[o.perm[i]], 1)) continue;
        if (o.perm[i] < last) return false;
        last = o.perm[i];
    }
    return true;
}

static tn_status make_reshape(tni_node *n, bool *changed, tn_diags *diags) {
    tn_status status;
    if (!moves_ones_only(n)) return TN_OK;
    tni_value *x = n->in[0].value, *shape = tni_shape_for(n->graph, x, &n->out[0]->info.type, &status);
    if (!shape) return status;
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "Reshape", .nin = 2, .in = (tni_value *[]){x, shape}}, NULL,
                       diags);
}

// ---- pulling one up through element-wise nodes

enum { NEVER = 1000, MAX_DEPTH = 12 };

static bool is_single(const tni_value *v) { // broadcasts in any order of dimensions
    for (int i = 0; i < tni_rank(v); i++)
        if (!tn_dim_is(v->info.type.dim[i], 1)) return false;
    return tni_rank(v) >= 0;
}

static bool is_softmax(const tni_node *n) { return tni_is(n, "Softmax") || tni_is(n, "LogSoftmax"); }

static tni_node *elementwise_of(const tni_value *v, const tn_graph *g) {
    tni_node *n = v->def;
    bool is = n && n->graph == g && (n->op->traits & TN_ELEMENTWISE || is_softmax(n)) && n->nout == 1 &&
              !(n->op->traits & TN_RANDOM);
    return is && tni_used_once(v) ? n : NULL;
}

// How many Transposes more (or fewer) there are when `v` is wanted in another order.
static int cost(const tni_value *v, const order *o, const tn_graph *g, int depth) {
    order first, both;
    tni_node *n;
    if (is_single(v) && tni_rank(v) <= o->rank) return 0;
    if (tni_known(v)) return tni_rank(v) <= o->rank ? 0 : NEVER;
    if (tni_rank(v) != o->rank) return NEVER;
    if ((n = transpose_of(v, g)) && order_of(n, &first)) {
        both = composed(&first, o);
        return (keeps_order(&both) ? 0 : 1) - (tni_used_once(v) ? 1 : 0);
    }
    if (depth == MAX_DEPTH || !(n = elementwise_of(v, g))) return 1;
    int total = 0;
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value) total += cost(n->in[i].value, o, g, depth + 1);
    return total;
}

static tni_value *emit_transpose(tni_node *at, tni_value *x, const order *o, tn_status *status,
                                 tn_diags *diags) {
    int64_t perm[TN_MAX_RANK];
    tn_attr attr = perm_attr(o, perm);
    return tni_emit(at, (tni_new_node){.op = "Transpose", .nin = 1, .in = &x, .nattr = 1, .attr = &attr},
                    status, diags);
}

// A constant with ones in front, so that it has the rank it broadcasts to.
static tni_value *widened(tn_graph *g, tni_value *v, int rank, tn_status *status) {
    const tn_tensor *t = tni_known(v);
    int64_t dims[TN_MAX_RANK];
    if (t->rank == rank) return v;
    for (int i = 0; i < rank; i++) dims[i] = i < rank - t->rank ? 1 : t->dim[i - (rank - t->rank)];
    tn_tensor *wide = tni_tensor_view(&g->root->arena, t->dtype, rank, dims, t->data);
    tni_value *to = wide ? tni_value_const(g, v->name, wide) : NULL;
    if (!to) *status = TN_NOMEM;
    return to;
}

static tni_value *reordered(tni_node *at, tni_value *v, const order *o, int depth, tn_status *status,
                            tn_diags *diags);

// Where the axis of a softmax is in that order.
static int64_t axis_in(const tni_node *n, const order *o) {
    int64_t axis = tn_attr_int(tni_attrs(n), "axis"), to = 0;
    if (axis < 0) axis += o->rank;
    while (o->perm[to] != axis) to++;
    return to;
}

static tni_value *remake(tni_node *at, const tni_node *n, const order *o, int depth, tn_status *status,
                         tn_diags *diags) {
    char op[96];
    tn_attr attr[TNI_MAX_ATTRS];
    tni_value **in = tni_arena_zalloc(&at->graph->root->arena, ((size_t)n->nin + 1) * sizeof *in);
    if (!in) return *status = TN_NOMEM, NULL;
    for (int i = 0; i < n->nin; i++) {
        in[i] = n->in[i].value ? reordered(at, n->in[i].value, o, depth + 1, status, diags) : NULL;
        if (*status != TN_OK) return NULL;
    }
    size_t nattr = tni_given_attrs(n, attr);
    if (is_softmax(n)) attr[0] = TN_A_INT("axis", axis_in(n, o)), nattr = 1;
    tni_new_node spec = {.op = tni_op_text(n->op, op), .nin = n->nin, .in = in, .nattr = nattr, .attr = attr};
    return tni_emit(at, spec, status, diags);
}

// `v` in another order; takes the same turns as cost().
static tni_value *reordered(tni_node *at, tni_value *v, const order *o, int depth, tn_status *status,
                            tn_diags *diags) {
    order first, both;
    tni_node *n;
    if (is_single(v) && tni_rank(v) <= o->rank) return v;
    if (tni_known(v)) {
        tni_value *wide = widened(at->graph, v, o->rank, status);
        return wide ? emit_transpose(at, wide, o, status, diags) : NULL;
    }
    if ((n = transpose_of(v, at->graph)) && order_of(n, &first)) {
        both = composed(&first, o);
        return keeps_order(&both) ? n->in[0].value : emit_transpose(at, n->in[0].value, &both, status, diags);
    }
    if (depth == MAX_DEPTH || !(n = elementwise_of(v, at->graph)))
        return emit_transpose(at, v, o, status, diags);
    return remake(at, n, o, depth, status, diags);
}

static tn_status pull(tni_node *n, bool *changed, tn_diags *diags) {
    order o;
    tn_status status = TN_OK;
    const tni_node *above = elementwise_of(n->in[0].value, n->graph);
    if (!above || !order_of(n, &o) || cost(n->in[0].value, &o, n->graph, 0) > 0) return TN_OK;
    tni_value *to = remake(n, above, &o, 0, &status, diags);
    if (status == TN_OK) tni_forward(n, to, changed);
    return status;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    tn_status (*const steps[])(tni_node *, bool *, tn_diags *) = {merge, make_reshape, pull};
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        bool done = !tni_is(n, "Transpose") || !n->out[0];
        for (size_t i = 0; i < sizeof steps / sizeof *steps && !done; i++) {
            TN_TRY(steps[i](n, &done, diags));
            *changed |= done;
        }
    }
    return TN_OK;
}

TN_PASS(transpose) = {
    TN_HERE,
    .name = "transpose",
    .level = 1,
    .run = run,
    .doc = "merges Transposes, and pulls them together through element-wise nodes",
};
