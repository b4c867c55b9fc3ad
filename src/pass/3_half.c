// SPDX-License-Identifier: Apache-2.0
// 3_half.c - where a graph computes in f16 or bf16, sums and functions are computed in f32 from one node to
// the next: processors convert 16-bit numbers, but do not multiply them. A value is converted at most once
// each way, where a region begins or ends, and rounded only there, so that results are nearer to the exact
// ones, never further. Constant matrices of products keep their 16 bits: what they cost is the reading of
// them.
#include "base/half.h"
#include "pass/rewrite.h"

enum { MANY_IN = 64 };

typedef struct halves {
    tn_graph *g;
    tni_value **twin; // by value id: the value in f32
    size_t ntwin;
    tn_diags *diags;
} halves;

// What a region is made of. Arithmetic makes a region; what only moves elements follows one.
typedef enum role { STAYS, COMPUTES, MOVES, MULTIPLIES } role;

static const struct {
    const char *op;
    role role;
} roles[] = {
    {"Abs", COMPUTES},
    {"Add", COMPUTES},
    {"Attention", COMPUTES},
    {"AveragePool", COMPUTES},
    {"BatchNormalization", COMPUTES},
    {"Clip", COMPUTES},
    {"Concat", MOVES},
    {"Conv", COMPUTES},
    {"ConvTranspose", COMPUTES},
    {"DepthToSpace", MOVES},
    {"Div", COMPUTES},
    {"Elu", COMPUTES},
    {"Erf", COMPUTES},
    {"Exp", COMPUTES},
    {"Expand", MOVES},
    {"Flatten", MOVES},
    {"Gather", MOVES},
    {"Gelu", COMPUTES},
    {"Gemm", MULTIPLIES},
    {"GlobalAveragePool", COMPUTES},
    {"GlobalMaxPool", COMPUTES},
    {"GroupNormalization", COMPUTES},
    {"HardSigmoid", COMPUTES},
    {"HardSwish", COMPUTES},
    {"Identity", MOVES},
    {"InstanceNormalization", COMPUTES},
    {"LayerNormalization", COMPUTES},
    {"LeakyRelu", COMPUTES},
    {"Log", COMPUTES},
    {"LogSoftmax", COMPUTES},
    {"MatMul", MULTIPLIES},
    {"Max", COMPUTES},
    {"MaxPool", COMPUTES},
    {"Min", COMPUTES},
    {"Mish", COMPUTES},
    {"Mul", COMPUTES},
    {"Neg", COMPUTES},
    {"PRelu", COMPUTES},
    {"Pad", MOVES},
    {"Pow", COMPUTES},
    {"RMSNormalization", COMPUTES},
    {"Reciprocal", COMPUTES},
    {"ReduceMax", COMPUTES},
    {"ReduceMean", COMPUTES},
    {"ReduceSum", COMPUTES},
    {"Relu", COMPUTES},
    {"Reshape", MOVES},
    {"Resize", COMPUTES},
    {"Selu", COMPUTES},
    {"Sigmoid", COMPUTES},
    {"Slice", MOVES},
    {"Softmax", COMPUTES},
    {"Softplus", COMPUTES},
    {"SpaceToDepth", MOVES},
    {"Split", MOVES},
    {"Sqrt", COMPUTES},
    {"Squeeze", MOVES},
    {"Sub", COMPUTES},
    {"Sum", COMPUTES},
    {"Swish", COMPUTES},
    {"Tanh", COMPUTES},
    {"Transpose", MOVES},
    {"Unsqueeze", MOVES},
    {"Where", MOVES},
    {"com.microsoft.GroupQueryAttention", COMPUTES},
    {"tn.Conv", COMPUTES},
    {"tn.Gemm", MULTIPLIES},
    {"tn.Normalize", COMPUTES},
    {"tn.SoftmaxSum", COMPUTES},
};

static role role_of(const tni_node *n) {
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (tni_is(n, roles[i].op)) return roles[i].role;
    return STAYS;
}

static bool is_half(const tni_value *v) {
    return v && v->info.type.kind == TN_TENSOR && (tni_dtype(v) == TN_F16 || tni_dtype(v) == TN_BF16);
}

static tni_value *twin_of(const halves *h, const tni_value *v) {
    return v->id < h->ntwin ? h->twin[v->id] : NULL;
}

static void set_twin(const halves *h, const tni_value *v, tni_value *twin) {
    if (v->id < h->ntwin) h->twin[v->id] = twin;
}

static tni_value *cast(const halves *h, tni_node *n, tni_value *v, tn_dtype to, tn_status *status) {
    tn_attr attr = TN_A_INT("to", (int64_t)to);
    return tni_emit(n, (tni_new_node){.op = "Cast", .nin = 1, .in = &v, .nattr = 1, .attr = &attr}, status,
                    h->diags);
}

// A constant's elements in f32.
static tni_value *widened(const halves *h, const tn_tensor *t, tn_status *status) {
    tn_tensor *to = tni_tensor_new(&h->g->root->arena, TN_F32, t->rank, t->dim);
    tni_value *made = NULL;
    int64_t n = tn_count(t);
    const uint16_t *from = t->data;
    if (to) {
        for (int64_t i = 0; i < n; i++)
            ((float *)to->data)[i] =
                t->dtype == TN_F16 ? tni_f16_to_float(from[i]) : tni_bf16_to_float(from[i]);
        made = tni_value_const(h->g, NULL, to);
    }
    if (!made) *status = TN_NOMEM;
    return made;
}

// v in f32 for node `n`, made on the way when there is none.
static tni_value *wide(const halves *h, tni_node *n, tni_value *v, tn_status *status) {
    tni_value *twin = twin_of(h, v);
    if (twin) return twin;
    twin = tni_known(v) ? widened(h, tni_known(v), status) : cast(h, n, v, TN_F32, status);
    if (twin) set_twin(h, v, twin);
    return twin;
}

// Every 16-bit input is there in f32 already, or is constant; the first is not constant.
static bool follows(const halves *h, const tni_node *n) {
    bool any = false;
    for (int i = 0; i < n->nin; i++) {
        const tni_value *v = n->in[i].value;
        if (!is_half(v)) continue;
        if (!twin_of(h, v) && !tni_known(v)) return false;
        any |= !tni_known(v);
    }
    return any && !(is_half(n->in[0].value) && tni_known(n->in[0].value));
}

// The whole matrix is read for each row of results, or nearly: it stays as it is, in a tn.Gemm.
static bool keeps_matrix(const tni_node *n, role what) {
    const tn_tensor *b = what == MULTIPLIES ? tni_known_in(n, 1) : NULL;
    return b && b->rank == 2 && tni_rank(n->in[0].value) >= 2 && !tni_known_in(n, 0);
}

// X and W may be rounded to bf16 still: that is what they were.
static bool is_bf16_conv(const tni_node *n) {
    return (tni_is(n, "Conv") || tni_is(n, "tn.Conv")) && tni_dtype(n->in[0].value) == TN_BF16;
}

static bool fits(const halves *h, const tni_node *n, role what) {
    bool half = false;
    if (what == STAYS || n->nin > MANY_IN || n->nin < 1 || !n->in[0].value) return false;
    for (int i = 0; i < n->nin; i++) half |= is_half(n->in[i].value);
    return half && n->nout > 0 && is_half(n->out[0]) && (what != MOVES || follows(h, n));
}

static tn_status make_twin(const halves *h, tni_node *n, role what, bool *changed) {
    tn_status status = TN_OK;
    tni_value *in[MANY_IN];
    tn_attr attr[TNI_MAX_ATTRS + 1];
    char text[96];
    tni_node *made;
    bool matrix = keeps_matrix(n, what), conv = is_bf16_conv(n);
    for (int i = 0; i < n->nin; i++) {
        in[i] = n->in[i].value;
        if (!is_half(in[i]) || (matrix && i == 1)) continue;
        if (!(in[i] = wide(h, n, in[i], &status))) return status;
    }
    tni_new_node spec = {.op = matrix ? "tn.Gemm"
                               : conv ? "tn.Conv"
                                      : tni_op_text(n->op, text),
                         .like = n,
                         .before = n,
                         .nin = n->nin,
                         .nout = n->nout,
                         .in = in,
                         .nattr = tni_given_attrs(n, attr),
                         .attr = attr};
    if (matrix && tni_dtype(in[0]) == TN_F32 && tni_dtype(in[1]) == TN_BF16) // A was bf16 too
        attr[spec.nattr++] = TN_A_INT("rounds_a", 1);
    if (conv) attr[spec.nattr++] = TN_A_INT("bf16", 1);
    TN_TRY(tni_node_new(&made, h->g, &spec, h->diags));
    for (int i = 0; i < n->nout; i++)
        if (n->out[i]) set_twin(h, n->out[i], made->out[i]);
    n->mark = 1; // replaced
    *changed = true;
    return TN_OK;
}

// To f32 of what is there in f32.
static void take_cast(const halves *h, tni_node *n) {
    tni_value *v = n->in[0].value, *twin = is_half(v) ? twin_of(h, v) : NULL;
    if (!twin || !n->out[0] || tni_dtype(n->out[0]) != TN_F32 || !tni_may_replace(n->out[0], twin)) return;
    tni_replace_value(n->out[0], twin);
    n->mark = 1;
}

// What is still read in 16 bits comes from the twin; then nothing reads the node.
static tn_status retire(const halves *h, tni_node *n) {
    for (int i = 0; i < n->nout; i++) {
        tni_value *v = n->out[i], *half, *twin = v ? twin_of(h, v) : NULL;
        tn_status status;
        if (!v || !v->uses || !twin) continue;
        half = tni_dtype(v) == tni_dtype(twin) ? twin : cast(h, n, twin, tni_dtype(v), &status);
        if (!half) return status;
        tni_replace_value(v, half);
    }
    tni_node_remove(n);
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    halves h = {.g = g, .ntwin = g->root->nvalues, .diags = diags};
    bool any = false;
    for (tni_node *n = g->first; n; n = n->next) {
        n->mark = 0;
        role what = role_of(n);
        any |= (what == COMPUTES || what == MULTIPLIES) && fits(&h, n, what);
    }
    if (!any) return TN_OK;
    h.twin = tni_arena_zalloc(&g->root->arena, (h.ntwin + 1u) * sizeof(tni_value *));
    if (!h.twin) return TN_NOMEM;
    for (tni_node *n = g->first; n; n = n->next) {
        role what = role_of(n);
        if (tni_is(n, "Cast"))
            take_cast(&h, n);
        else if (fits(&h, n, what))
            TN_TRY(make_twin(&h, n, what, changed));
    }
    for (tni_node *n = g->last, *prev; n; n = prev) {
        prev = n->prev;
        if (n->mark) TN_TRY(retire(&h, n));
    }
    return TN_OK;
}

TN_PASS(half) = {
    TN_HERE,
    .name = "half",
    .level = 3,
    .run = run,
    .doc = "computes in f32 between nodes of f16 and bf16; matrices keep their 16 bits",
};
