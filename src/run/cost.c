// SPDX-License-Identifier: Apache-2.0
// cost.c - operations and bytes of a step. A multiply-add counts two; every input and output is counted once.
#include "run/cost.h"

#include "ir/chain.h"

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

// Multiply-adds of a step from its input, its weights and its output.
typedef double (*rule)(const tn_tensor *x, const tn_tensor *w, const tn_tensor *y, tn_attrs a);

static double filter(const tn_tensor *w) { return w->rank > 1 ? (double)tn_count_range(w, 1, w->rank) : 0; }

static double of_conv(const tn_tensor *x, const tn_tensor *w, const tn_tensor *y, tn_attrs a) {
    (void)x, (void)a;
    return (double)tn_count(y) * filter(w);
}

// Lanes behind the last channel are no work.
static double of_blocked_conv(const tn_tensor *x, const tn_tensor *w, const tn_tensor *y, tn_attrs a) {
    (void)x, (void)a;
    return w->rank && y->rank > 4
               ? (double)(y->dim[0] * tn_count_range(y, 2, y->rank - 1)) * (double)tn_count(w)
               : 0;
}

static double of_conv_transpose(const tn_tensor *x, const tn_tensor *w, const tn_tensor *y, tn_attrs a) {
    (void)y, (void)a;
    return (double)tn_count(x) * filter(w);
}

static double of_blocked_conv_transpose(const tn_tensor *x, const tn_tensor *w, const tn_tensor *y,
                                        tn_attrs a) {
    (void)y, (void)a;
    return w->rank && x->rank == 5 ? (double)(x->dim[0] * x->dim[2] * x->dim[3]) * (double)tn_count(w) : 0;
}

static double of_matmul(const tn_tensor *x, const tn_tensor *w, const tn_tensor *y, tn_attrs a) {
    (void)w, (void)a;
    return x->rank ? (double)tn_count(y) * (double)x->dim[x->rank - 1] : 0;
}

static double of_gemm(const tn_tensor *x, const tn_tensor *w, const tn_tensor *y, tn_attrs a) {
    (void)w;
    if (x->rank < 2) return 0;
    return (double)tn_count(y) * (double)x->dim[x->rank - (tn_attr_int(a, "transA") ? 2 : 1)];
}

// By the operator's name: those of domain tn do the same work as what they were fused from.
static const struct {
    const char *op;
    int weights; // which input
    rule rule;
} rules[] = {
    {"Conv", 1, of_conv},
    {"BlockedConv", 1, of_blocked_conv},
    {"ConvInteger", 1, of_conv},
    {"QLinearConv", 3, of_conv},
    {"ConvTranspose", 1, of_conv_transpose},
    {"BlockedConvTranspose", 1, of_blocked_conv_transpose},
    {"MatMul", 1, of_matmul},
    {"MatMulInteger", 1, of_matmul},
    {"QLinearMatMul", 3, of_matmul},
    {"Gemm", 1, of_gemm},
};

static double of_chain(const tn_call *c) {
    int64_t size[TNI_LINKS][2];
    double sum = 0;
    tni_chain_sizes(c->attrs, c->nin, c->in, size);
    for (int i = 0; i < tni_chain_links(c->nin, c->in); i++)
        sum += (double)(c->in[0]->dim[0] * size[i][0] * size[i][1]) *
               (double)tn_count(c->in[tni_link_weights(i)]);
    return sum;
}

static double multiply_adds(const tn_op_def *op, const tn_call *c) {
    if (!strcmp(op->name, "BlockedChain")) return of_chain(c);
    const tn_tensor *x = c->nin > 0 ? c->in[0] : NULL, *y = c->nout > 0 ? c->out[0] : NULL;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rules[i].op, op->name)) continue;
        const tn_tensor *w = rules[i].weights < c->nin ? c->in[rules[i].weights] : NULL;
        return x && w && y ? rules[i].rule(x, w, y, c->attrs) : 0;
    }
    return 0;
}

void tni_step_cost(const tni_frame *f, const tni_step *s, tn_step *to) {
    const tni_exec *e = find(f, s);
    if (!e || e->skip) {
        if (e) to->tactic = "view";
        return;
    }
    to->tactic = e->tactic ? e->tactic->name : "ref";
    for (int i = 0; i < e->call.nin; i++)
        if (e->call.in[i]) to->bytes += (double)e->call.in[i]->bytes;
    for (int i = 0; i < e->call.nout; i++)
        if (e->call.out[i]) to->bytes += (double)e->call.out[i]->bytes;
    to->flops = 2 * multiply_adds(s->node->op, &e->call);
}
