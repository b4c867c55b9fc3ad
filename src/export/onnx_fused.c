// SPDX-License-Identifier: Apache-2.0
// onnx_fused.c - tn.Conv, tn.ConvTranspose, tn.Gemm, tn.Normalize and tn.SoftmaxSum taken apart into ONNX's
// own operators: the sum, the residual, the activation; the norm, its bound, the division; the softmax, the
// product, the sum. A tn.Program gives way to its body. The graph is changed; it computes the same up to
// rounding in between.
#include "export/onnx.h"

#include <math.h>
#include <string.h>

typedef struct taking {
    tni_node *node;
    tn_graph *g;
    tn_dtype dtype;
    tn_diags *diags;
    tn_status status;
} taking;

static tni_value *emit(taking *t, const char *op, int nin, tni_value *const *in, size_t nattr,
                       const tn_attr *attr) {
    tni_node *n = NULL;
    tni_new_node spec = {.op = op,
                         .like = t->node,
                         .before = t->node,
                         .nin = nin,
                         .nout = 1,
                         .in = in,
                         .nattr = nattr,
                         .attr = attr};
    if (t->status == TN_OK) t->status = tni_node_new(&n, t->g, &spec, t->diags);
    return t->status == TN_OK ? n->out[0] : NULL;
}

static tni_value *one(taking *t, const char *op, tni_value *x, size_t nattr, const tn_attr *attr) {
    return x ? emit(t, op, 1, &x, nattr, attr) : NULL;
}

static tni_value *two(taking *t, const char *op, tni_value *a, tni_value *b) {
    return a && b ? emit(t, op, 2, (tni_value *[]){a, b}, 0, NULL) : NULL;
}

static tni_value *number(taking *t, double x) {
    tn_tensor *made = tni_tensor_new(&t->g->root->arena, t->dtype, 0, NULL);
    if (made) tni_set(made, 0, x);
    tni_value *v = made ? tni_value_const(t->g, NULL, made) : NULL;
    if (!v) t->status = TN_NOMEM;
    return v;
}

static tni_value *activate(taking *t, tni_value *x) {
    tn_attrs a = tni_attrs(t->node);
    const char *name = tn_attr_string(a, "activation");
    double alpha = tn_attr_float(a, "activation_alpha"), beta = tn_attr_float(a, "activation_beta");
    const tn_attr attr[] = {TN_A_FLOAT("alpha", alpha), TN_A_FLOAT("beta", beta)};
    if (!*name || !x) return x;
    if (!strcmp(name, "Clip")) {
        tni_value *in[] = {x, number(t, alpha), number(t, beta)};
        return in[1] && in[2] ? emit(t, "Clip", 3, in, 0, NULL) : NULL;
    }
    if (!strcmp(name, "Silu")) return two(t, "Mul", x, one(t, "Sigmoid", x, 0, NULL));
    if (!strcmp(name, "LeakyRelu")) return one(t, name, x, 1, attr);
    return one(t, name, x, strcmp(name, "HardSigmoid") ? 0 : 2, attr); // ONNX has the others by this name
}

// The attributes that Conv has too.
static size_t conv_attrs(const tni_node *n, tn_attr *to) {
    size_t count = 0;
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (n->attr[i].present && strncmp(n->op->attrs[i].name, "activation", 10)) {
            to[count] = n->attr[i];
            to[count++].name = n->op->attrs[i].name;
        }
    return count;
}

static tni_value *take_conv(taking *t) {
    tni_node *n = t->node;
    tn_attr attr[32];
    tni_value *in[] = {tni_in(n, 0), tni_in(n, 1), tni_in(n, 2)};
    tni_value *sum = emit(t, "Conv", in[2] ? 3 : 2, in, conv_attrs(n, attr), attr);
    return tni_in(n, 3) ? two(t, "Add", sum, tni_in(n, 3)) : sum;
}

static tni_value *take_conv_transpose(taking *t) {
    tni_node *n = t->node;
    tn_attr attr[32];
    tni_value *in[] = {tni_in(n, 0), tni_in(n, 1), tni_in(n, 2)};
    return emit(t, "ConvTranspose", in[2] ? 3 : 2, in, conv_attrs(n, attr), attr);
}

static tni_value *transposed(taking *t, tni_value *x, const char *attr) {
    int64_t perm[TN_MAX_RANK];
    if (!tn_attr_int(tni_attrs(t->node), attr)) return x;
    int rank = x->info.type.rank;
    if (rank < 2) return t->status = TN_UNSUPPORTED, NULL;
    for (int i = 0; i < rank; i++) perm[i] = i;
    perm[rank - 1] = rank - 2;
    perm[rank - 2] = rank - 1;
    return one(t, "Transpose", x, 1, &TN_A_INTS("perm", perm, (size_t)rank));
}

static tni_value *scaled(taking *t, tni_value *x, const char *attr) {
    double by = tn_attr_float(tni_attrs(t->node), attr);
    return by < 1 || by > 1 ? two(t, "Mul", x, number(t, by)) : x;
}

// A matrix of 16 bits beside A of 32.
static tni_value *same_type(taking *t, tni_value *x) {
    if (!x || x->info.type.dtype == t->dtype) return x;
    return one(t, "Cast", x, 1, &TN_A_INT("to", (int64_t)t->dtype));
}

static tni_value *take_gemm(taking *t) {
    tni_node *n = t->node;
    tni_value *b = same_type(t, tni_in(n, 1));
    tni_value *product = two(t, "MatMul", transposed(t, tni_in(n, 0), "transA"), transposed(t, b, "transB"));
    tni_value *sum = scaled(t, product, "alpha");
    if (tni_in(n, 2)) sum = two(t, "Add", sum, scaled(t, tni_in(n, 2), "beta"));
    return tni_in(n, 3) ? two(t, "Add", sum, tni_in(n, 3)) : sum;
}

static tni_value *cast(taking *t, tni_value *x, tn_dtype to) {
    return one(t, "Cast", x, 1, &TN_A_INT("to", to));
}

static tni_value *integers(taking *t, const int64_t *list, size_t n) {
    tni_value *v = tni_value_ints(t->g, NULL, list, n);
    if (!v) t->status = TN_NOMEM;
    return v;
}

static tni_value *norm(taking *t, tni_value *x) {
    double p = tn_attr_float(tni_attrs(t->node), "p");
    size_t n;
    const int64_t *axes = tn_attr_ints(tni_attrs(t->node), "axes", &n);
    if (isinf(p)) x = one(t, "Abs", x, 0, NULL);
    tni_value *v = integers(t, axes, n);
    const char *op = isinf(p) ? "ReduceMax" : p < 2 ? "ReduceL1" : "ReduceL2";
    const tn_attr noop = TN_A_INT("noop_with_empty_axes", 1);
    return x && v ? emit(t, op, 2, (tni_value *[]){x, v}, 1, &noop) : NULL;
}

// The bound is of f32 and so are the norms, also for an x of a narrower type.
static tni_value *take_normalize(taking *t) {
    double epsilon = tn_attr_float(tni_attrs(t->node), "epsilon");
    tn_dtype given = t->dtype;
    bool narrow = given == TN_F16 || given == TN_BF16;
    if (narrow) t->dtype = TN_F32;
    tni_value *x = tni_in(t->node, 0);
    if (narrow) x = cast(t, x, TN_F32);
    tni_value *by = norm(t, x);
    if (epsilon > 0 && by) by = two(t, "Max", by, number(t, epsilon));
    tni_value *y = two(t, "Div", x, by);
    return narrow ? cast(t, y, given) : y;
}

// W gets a 1 for every dimension behind the axis.
static tni_value *along_axis(taking *t, tni_value *w, int axis, int rank) {
    int64_t ones[TN_MAX_RANK];
    size_t n = 0;
    for (int d = axis + 1; d < rank; d++, n++) ones[n] = (int64_t)n + 1;
    return n ? two(t, "Unsqueeze", w, integers(t, ones, n)) : w;
}

static tni_value *take_softmax_sum(taking *t) {
    tni_value *x = t->node->in[0].value;
    int rank = x->info.type.rank;
    int64_t axis = tn_attr_int(tni_attrs(t->node), "axis");
    if (rank < 0) return t->status = TN_UNSUPPORTED, NULL;
    if (axis < 0) axis += rank;
    const tn_attr along = TN_A_INT("axis", axis),
                  keep = TN_A_INT("keepdims", tn_attr_int(tni_attrs(t->node), "keepdims"));
    tni_value *p = one(t, "Softmax", x, 1, &along);
    tni_value *weighted = two(t, "Mul", p, along_axis(t, tni_in(t->node, 1), (int)axis, rank));
    tni_value *axes = integers(t, &axis, 1);
    return weighted && axes ? emit(t, "ReduceSum", 2, (tni_value *[]){weighted, axes}, 1, &keep) : NULL;
}

static bool is_fused(const tni_node *n) {
    static const char *const fused[] = {"tn.Conv", "tn.ConvTranspose", "tn.Gemm", "tn.Normalize",
                                        "tn.SoftmaxSum"};
    for (size_t i = 0; i < sizeof fused / sizeof *fused; i++)
        if (tni_is(n, fused[i])) return tni_out(n, 0) != NULL;
    return false;
}

static tni_value *taken(taking *t) {
    if (tni_is(t->node, "tn.Normalize")) return take_normalize(t);
    if (tni_is(t->node, "tn.SoftmaxSum")) return take_softmax_sum(t);
    if (tni_is(t->node, "tn.ConvTranspose")) return activate(t, take_conv_transpose(t));
    return activate(t, tni_is(t->node, "tn.Conv") ? take_conv(t) : take_gemm(t));
}

static tn_status take(tni_node *n, tn_diags *diags) {
    taking t = {.node = n, .g = n->graph, .dtype = n->in[0].value->info.type.dtype, .diags = diags};
    tni_value *made = taken(&t);
    if (!made) return t.status != TN_OK ? t.status : TN_NOMEM;
    tni_replace_value(n->out[0], made);
    tni_node_remove(n);
    return TN_OK;
}

// ---- programs

// A node of the body once more, where the program stands; what reads its results reads the new one's.
static tn_status lift(taking *t, tni_node *m) {
    tni_arena *a = &t->g->root->arena;
    tni_value **in = tni_arena_zalloc(a, ((size_t)m->nin + 1) * sizeof *in);
    tn_attr attr[TNI_MAX_ATTRS];
    char op[96];
    if (!in) return TN_NOMEM;
    for (int i = 0; i < m->nin; i++) in[i] = m->in[i].value;
    tni_node *made;
    tni_new_node spec = {.op = tni_op_text(m->op, op),
                         .like = m,
                         .before = t->node,
                         .nin = m->nin,
                         .nout = m->nout,
                         .in = in,
                         .nattr = tni_given_attrs(m, attr),
                         .attr = attr};
    TN_TRY(tni_node_new(&made, t->g, &spec, t->diags));
    for (int i = 0; i < m->nout; i++)
        if (m->out[i]) tni_replace_uses(m->out[i], made->out[i]);
    return TN_OK;
}

static tn_status take_program(taking *t) {
    tni_node *n = t->node;
    tn_graph *body = tn_attr_graph(tni_attrs(n), "body");
    for (size_t i = 0; i < body->ninput; i++) tni_replace_uses(body->input[i], n->in[i].value);
    for (tni_node *m = body->first; m; m = m->next) TN_TRY(lift(t, m));
    for (int i = 0; i < n->nout; i++) {
        tni_value *v = body->output[i]->value;
        tni_graph_set_output(body, (size_t)i, NULL);
        if (!n->out[i]) continue;
        bool own = v->def && v->graph == t->g && !tni_is_graph_output(v);
        if (!own && !(v = one(t, "Identity", v, 0, NULL))) return t->status;
        tni_replace_value(n->out[i], v);
    }
    tni_node_remove(n);
    return TN_OK;
}

tn_status tni_onnx_lower_fused(tn_graph *g, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        tn_graph *body;
        next = n->next;
        for (size_t i = 0; (body = tni_next_body(n, &i));) TN_TRY(tni_onnx_lower_fused(body, diags));
        taking program = {.node = n, .g = g, .diags = diags};
        if (tni_is(n, "tn.Program"))
            TN_TRY(take_program(&program));
        else if (is_fused(n))
            TN_TRY(take(n, diags));
    }
    return TN_OK;
}
