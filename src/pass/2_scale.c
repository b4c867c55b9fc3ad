// SPDX-License-Identifier: Apache-2.0
// 2_scale.c - a product of two tensors times a number (attention's 1/sqrt(d)) is a tn.Gemm with alpha,
// whether the number stands behind the product or at one of its operands.
#include "pass/epilogue.h"

#include <string.h>

// x * number, or x / number: *to is the factor.
static tni_value *scaled(const tni_node *n, double *to) {
    int variable, constant;
    bool divides = tni_is(n, "Div");
    if (!(divides || tni_is(n, "Mul")) || !n->out[0] || !tni_split_const(n, &variable, &constant))
        return NULL;
    if ((divides && constant == 0) || !tni_known_number(n->in[constant].value, to) || *to == 0) return NULL;
    if (divides) *to = 1 / *to;
    return tni_same_type(n->in[variable].value, n->out[0]) ? n->in[variable].value : NULL;
}

static bool is_alpha(const tn_attr *a) { return !strcmp(a->name, "alpha"); }

// Makes `f` where `at` stands, its alpha times `factor`.
static tn_status fuse(tni_node *at, const tni_fusable *f, double factor, bool *changed, tn_diags *diags) {
    tn_attr attr[TNI_MAX_ATTRS + 1];
    size_t n = tni_given_attrs(f->node, attr), kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_alpha(&attr[i]))
            factor *= attr[i].f;
        else
            attr[kept++] = attr[i];
    }
    attr[kept++] = TN_A_FLOAT("alpha", factor);
    tni_value *in[] = {f->in[0], f->in[1]};
    *changed = true;
    return tni_rewrite(
        at, (tni_new_node){.op = "tn.Gemm", .like = f->node, .nin = 2, .in = in, .nattr = kept, .attr = attr},
        NULL, diags);
}

// Sums alone: what has a bias, a residual or an activation would have to scale them too.
static bool is_bare(const tni_fusable *f) {
    return !strcmp(f->op, "tn.Gemm") && !f->activated && !f->in[2] && !f->in[3];
}

static tn_status scale_behind(tni_node *n, bool *changed, tn_diags *diags) {
    double factor;
    tni_fusable f;
    const tni_value *product = scaled(n, &factor);
    if (!product || !tni_fusable_before(product, &f) || !is_bare(&f)) return TN_OK;
    return fuse(n, &f, factor, changed, diags);
}

static tn_status scale_ahead(tni_node *n, bool *changed, tn_diags *diags) {
    if (!tni_is(n, "MatMul") || !n->out[0] || tni_rank(n->in[0].value) < 2 || tni_rank(n->in[1].value) < 2)
        return TN_OK;
    double product = 1, factor;
    tni_fusable f = {.node = n, .op = "tn.Gemm", .in = {n->in[0].value, n->in[1].value}};
    for (int i = 0; i < 2; i++) {
        tni_value *v = f.in[i],
                  *x = v->def && v->graph == n->graph && tni_used_once(v) ? scaled(v->def, &factor) : NULL;
        if (!x) continue;
        f.in[i] = x;
        product *= factor;
    }
    if (f.in[0] == n->in[0].value && f.in[1] == n->in[1].value) return TN_OK;
    return fuse(n, &f, product, changed, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        bool done = false;
        next = n->next;
        if (!n->nout || !n->out[0] || !tni_is_float(tni_dtype(n->out[0]))) continue;
        TN_TRY(scale_behind(n, &done, diags));
        if (!done) TN_TRY(scale_ahead(n, &done, diags));
        *changed |= done;
    }
    return TN_OK;
}

TN_PASS(scale) = {
    TN_HERE,
    .name = "scale",
    .level = 2,
    .run = run,
    .doc = "makes a number times a product the product's alpha",
};
