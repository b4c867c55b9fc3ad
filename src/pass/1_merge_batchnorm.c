// SPDX-License-Identifier: Apache-2.0
// 1_merge_batchnorm.c - a BatchNormalization (or Mul, Div, Add, Sub with one constant a channel) behind a
// Conv, ConvTranspose, Gemm or MatMul goes into its weights and bias:
//
//     (W x + b) * scale + shift  =  (scale W) x + (scale b + shift)
#include "pass/affine.h"

static bool is_affine_op(const tni_node *n) {
    static const char *const ops[] = {"BatchNormalization", "Mul", "Add", "Sub", "Div"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (tni_is(n, ops[i])) return n->nout && n->out[0];
    return false;
}

// The linear node right before `n`, which only `n` reads.
static bool linear_before(const tni_node *n, tni_linear *l) {
    for (int i = 0; i < n->nin && i < 2; i++) {
        const tni_value *v = n->in[i].value;
        if (v && v->def && v->def->graph == n->graph && tni_used_once(v)) return tni_linear_read(v->def, l);
    }
    return false;
}

// A MatMul has no place for a bias unless it can be a Gemm.
static bool bias_fits(const tni_linear *l) {
    return !tni_is(l->node, "MatMul") || tni_rank(l->node->in[0].value) == 2;
}

static tn_status fold(tni_node *n, const tni_linear *l, tni_arena *a, bool *changed, tn_diags *diags) {
    tni_affine f;
    tn_status status;
    if (!tni_affine_read(n, l->axis, a, &f, &status) || f.n != l->n) return status;
    bool biased = l->b || tni_affine_shifts(&f);
    double *bias = tni_arena_alloc(a, (size_t)l->n * sizeof *bias);
    if (!bias) return TN_NOMEM;
    if ((biased && !bias_fits(l)) || !tni_linear_bias(l, bias)) return TN_OK;
    for (int64_t c = 0; c < l->n; c++) bias[c] = bias[c] * f.scale[c] + f.shift[c];
    tni_value *w = tni_affine_scale(n->graph, l->w, &l->out, f.scale, &status), *b = NULL;
    if (!w) return status;
    if (biased && !(b = tni_affine_vector(n->graph, tni_dtype(l->w), bias, l->n, &status))) return status;
    *changed = true;
    return tni_linear_remake(n, l, l->node->in[0].value, w, b, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    tni_arena a;
    tn_status status = TN_OK;
    tni_arena_init(&a, g->root->env);
    for (tni_node *n = g->first, *next; n && status == TN_OK; n = next) {
        tni_linear l;
        next = n->next;
        tni_mark mark = tni_arena_mark(&a);
        if (is_affine_op(n) && linear_before(n, &l)) status = fold(n, &l, &a, changed, diags);
        tni_arena_reset(&a, mark);
    }
    tni_arena_free(&a);
    return status;
}

TN_PASS(merge_batchnorm) = {
    TN_HERE,
    .name = "merge_batchnorm",
    .level = 1,
    .run = run,
    .doc = "folds BatchNormalization and arithmetic by channel into the Conv, ConvTranspose, Gemm or MatMul "
           "before",
};
