// SPDX-License-Identifier: Apache-2.0
// cost.c - operations and bytes of a step. A multiply-add counts two; every input and output is counted once.
#include "run/cost.h"

#include <string.h>

static const tni_exec *find(const tni_frame *f, const tni_step *s) {
    for (size_t i = 0; f->current && i < f->current->nexec; i++)
        if (f->current->exec[i].step == s) return &f->current->exec[i];
    for (const tni_frame *child = f->child; child; child = child->sibling) {
        const tni_exec *e = find(child, s);
        if (e) return e;
    }
    return NULL;
}

// Multiply-adds per output element of Conv: a filter; of MatMul: the shared dimension.
static double per_output(const tn_op_def *op, const tn_tensor *x, const tn_tensor *w, const tn_attrs a) {
    if (!strcmp(op->name, "Conv") || !strcmp(op->name, "FusedConv"))
        return w->rank > 1 ? (double)tn_count_range(w, 1, w->rank) : 0;
    if (!strcmp(op->name, "MatMul")) return x->rank ? (double)x->dim[x->rank - 1] : 0;
    if (!strcmp(op->name, "Gemm")) return x->rank == 2 ? (double)x->dim[tn_attr_int(a, "transA") ? 0 : 1] : 0;
    return 0;
}

void tni_step_cost(const tni_frame *f, const tni_step *s, tn_step *to) {
    const tni_exec *e = find(f, s);
    if (!e || e->skip) {
        if (e) to->tactic = "view";
        return;
    }
    to->tactic = e->tactic ? e->tactic->name : "ref";
    const tn_tensor *x = e->call.nin > 0 ? e->call.in[0] : NULL, *w = e->call.nin > 1 ? e->call.in[1] : NULL;
    for (int i = 0; i < e->call.nin; i++)
        if (e->call.in[i]) to->bytes += (double)e->call.in[i]->bytes;
    for (int i = 0; i < e->call.nout; i++)
        if (e->call.out[i]) to->bytes += (double)e->call.out[i]->bytes;
    const tn_tensor *y = e->call.nout > 0 ? e->call.out[0] : NULL;
    if (!x || !w || !y || y->kind != TN_TENSOR) return;
    if (!strcmp(s->node->op->name, "ConvTranspose"))
        to->flops = w->rank > 1 ? 2.0 * (double)tn_count(x) * (double)tn_count_range(w, 1, w->rank) : 0;
    else
        to->flops = 2.0 * (double)tn_count(y) * per_output(s->node->op, x, w, e->call.attrs);
}
