// SPDX-License-Identifier: Apache-2.0
// 1_merge_batchnorm_ahead.c - a BatchNormalization (or arithmetic by channel) ahead of a Conv, Gemm or MatMul
// goes into its weights and bias, through a Flatten as well:
//
//     W (x * scale + shift) + b  =  (W scale) x + (W shift + b)
//
// Not where a Conv pads: its zeros would have to be shifted too.
#include "pass/affine.h"

// How w's elements belong to input channels, and to which output channel each goes.
typedef struct columns {
    tni_channels in;
    int64_t n; // input channels
} columns;

static bool no_padding(const tni_node *n) {
    size_t count;
    const int64_t *pads = tn_attr_ints(tni_attrs(n), "pads", &count);
    for (size_t i = 0; i < count; i++)
        if (pads[i]) return false;
    return tn_attr_is(tni_attrs(n), "auto_pad", "NOTSET") || tn_attr_is(tni_attrs(n), "auto_pad", "VALID");
}

// Weights of a Conv are [output channel][input channel of the group][kernel].
static bool conv_columns(const tni_linear *l, columns *to) {
    const tn_tensor *w = tni_known(l->w);
    int64_t group = tn_attr_int(tni_attrs(l->node), "group"), kernel = tn_count_range(w, 2, w->rank);
    if (group < 1 || w->dim[0] % group) return false;
    to->in = (tni_channels){kernel, w->dim[1], w->dim[0] / group * w->dim[1] * kernel};
    to->n = w->dim[1] * group;
    return true;
}

// `repeat` elements in a row of the flattened input belong to one channel.
static bool product_columns(const tni_linear *l, int64_t repeat, columns *to) {
    const tn_tensor *w = tni_known(l->w);
    bool rows = l->gemm && tn_attr_int(tni_attrs(l->node), "transB"); // w is [output][input]
    int64_t inputs = w->dim[rows ? 1 : 0];
    if (l->gemm && tn_attr_int(tni_attrs(l->node), "transA")) return false;
    if (repeat < 1 || inputs % repeat) return false;
    to->n = inputs / repeat;
    to->in = (tni_channels){rows ? repeat : repeat * w->dim[1], to->n, tn_count(w)};
    return true;
}

// [N,C,...] -> [N,C*...]: how many elements each channel has; 0: it is no such shape change.
static int64_t flattened(const tni_node *n) {
    const tn_type *from = &n->in[0].value->info.type, *to = n->out[0] ? &n->out[0]->info.type : NULL;
    if (!to || !(tni_is(n, "Flatten") || tni_is(n, "Reshape"))) return 0;
    if (from->rank < 2 || to->rank != 2 || !tn_dim_equal(from->dim[0], to->dim[0])) return 0;
    int64_t repeat = 1;
    for (int i = 2; i < from->rank; i++)
        if (from->dim[i].e || from->dim[i].k > INT32_MAX || (repeat *= from->dim[i].k) > INT32_MAX) return 0;
    return repeat;
}

// The node that may be affine, seen from the linear one; `shape` is the Flatten between.
static tni_node *node_ahead(const tni_linear *l, tni_node **shape, int64_t *repeat) {
    tni_value *v = l->node->in[0].value;
    *shape = NULL;
    *repeat = 1;
    if (l->gemm && v->def && tni_used_once(v) && v->def->graph == l->node->graph &&
        (*repeat = flattened(v->def)) > 0) {
        *shape = v->def;
        v = v->def->in[0].value;
    }
    if (*repeat < 1) *repeat = 1;
    return v->def && v->def->graph == l->node->graph && tni_used_once(v) ? v->def : NULL;
}

// beta * b + alpha * W shift
static bool shifted_bias(const tni_linear *l, const columns *k, const double *shift, double *bias) {
    const tn_tensor *w = tni_known(l->w);
    if (!tni_linear_bias(l, bias)) return false;
    for (int64_t i = 0, n = tn_count(w); i < n; i++)
        bias[tni_channel(&l->out, i)] += l->alpha * tni_get(w, i) * shift[tni_channel(&k->in, i)];
    return true;
}

// The linear node on `x`, which is read through the Flatten again when there was one.
static tn_status remake(tni_node *n, const tni_linear *l, tni_node *shape, tni_value *x, tni_value *w,
                        tni_value *b, tn_diags *diags) {
    tn_status status;
    if (shape) {
        char op[96];
        tn_attr attr[TNI_MAX_ATTRS];
        tni_value *in[] = {x, tni_in(shape, 1)};
        tni_new_node same = {.op = tni_op_text(shape->op, op),
                             .nin = shape->nin,
                             .in = in,
                             .nattr = tni_given_attrs(shape, attr),
                             .attr = attr};
        if (!(x = tni_emit(n, same, &status, diags))) return status;
    }
    return tni_linear_remake(n, l, x, w, b, diags);
}

static bool is_product(const tni_linear *l) { return l->gemm || tni_is(l->node, "MatMul"); }

static tn_status fold(tni_node *n, const tni_linear *l, tni_arena *a, bool *changed, tn_diags *diags) {
    columns k;
    tni_node *shape;
    tni_affine f;
    int64_t repeat;
    tn_status status;
    tni_node *ahead = node_ahead(l, &shape, &repeat);
    // Scale and offset ahead of a product may be the end of a LayerNormalization, where they cost nothing.
    if (!ahead || (is_product(l) && !tni_is(ahead, "BatchNormalization"))) return TN_OK;
    if (!(is_product(l) ? product_columns(l, repeat, &k) : conv_columns(l, &k))) return TN_OK;
    if (!tni_affine_read(ahead, is_product(l) && !shape ? -1 : 1, a, &f, &status) || f.n != k.n)
        return status;
    bool shifts = tni_affine_shifts(&f), matmul = tni_is(l->node, "MatMul");
    if (shifts && (matmul ? tni_rank(l->node->in[0].value) != 2 : !l->gemm && !no_padding(l->node)))
        return TN_OK;
    double *bias = tni_arena_alloc(a, (size_t)l->n * sizeof *bias);
    if (!bias) return TN_NOMEM;
    if (!shifted_bias(l, &k, f.shift, bias)) return TN_OK;
    tni_value *w = tni_affine_scale(n->graph, l->w, &k.in, f.scale, &status), *b = NULL;
    if (!w) return status;
    if ((l->b || shifts) && !(b = tni_affine_vector(n->graph, tni_dtype(l->w), bias, l->n, &status)))
        return status;
    *changed = true;
    return remake(n, l, shape, ahead->in[f.input].value, w, b, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    tni_arena a;
    tn_status status = TN_OK;
    tni_arena_init(&a, g->root->env);
    for (tni_node *n = g->first, *next; n && status == TN_OK; n = next) {
        tni_linear l;
        next = n->next;
        tni_mark mark = tni_arena_mark(&a);
        if (n->nout && n->out[0] && tni_linear_read(n, &l) && !tni_is(n, "ConvTranspose"))
            status = fold(n, &l, &a, changed, diags);
        tni_arena_reset(&a, mark);
    }
    tni_arena_free(&a);
    return status;
}

TN_PASS(merge_batchnorm_ahead) = {
    TN_HERE,
    .name = "merge_batchnorm_ahead",
    .level = 1,
    .run = run,
    .doc = "folds BatchNormalization and arithmetic by channel into the Conv, Gemm or MatMul behind",
};
