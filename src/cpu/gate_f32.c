// SPDX-License-Identifier: Apache-2.0
// gate_f32.c - tn.BlockedChain of two 1x1 convolutions over images of one pixel: the two products of
// squeeze-and-excitation, y = f2(W2 f1(W1 x + b1) + b2). Each weight is read once, so what counts is that
// reading: panels of two vectors of outputs, and four sums side by side that additions need not wait.
//
//     W   [panel][input][up to 2 * VL outputs]
//
// Small weights are one task, with no barrier between the products; of large ones each panel is a task.
#include "cpu/isa.h"

#include "cpu/kern/chain.inl"

enum {
    GATE_LANES = 16,
    GATE_VECTORS = 2,
    GATE_TURNS = 4,
    GATE_PANEL = GATE_VECTORS * VL,
    GATE_ALONE = 32 << 10 /* weights */
};

typedef struct gate_layer {
    int64_t in, out, outs, panels; // outs: whole blocks
    act act;
} gate_layer;

typedef struct gate {
    int64_t n;
    gate_layer layer[2];
    bool alone; // an image is one task
} gate;

static const char *gate_reject_layer(const tn_problem *p, int i) {
    act a;
    const tn_tensor *w = p->in[tni_link_weights(i)];
    bool bias = chain_has(p, tni_link_bias(i));
    if (w->dim[2] * w->dim[3] != 1 || tni_ints_at(p->attrs, "groups", i, 1) != 1)
        return "not 1x1 of all channels";
    if (!w->data || (bias && !p->in[tni_link_bias(i)]->data)) return "weights and bias are not constant";
    for (int k = 0; k < 4; k++)
        if (tni_ints_at(p->attrs, "pads", 4 * i + k, 0)) return "padding";
    return chain_act(p, i, &a) ? NULL : "an activation it does not know";
}

static const char *gate_reject(const tn_problem *p) {
    if (!chain_has(p, 0) || !chain_has(p, 1) || !p->out[0]) return "an input or output is missing";
    const tn_tensor *x = p->in[0];
    if (x->dtype != TN_F32 || x->rank != 5) return "only f32 in blocks";
    if (x->dim[2] != 1 || x->dim[3] != 1) return "images of more than one pixel";
    if (tni_chain_links(p->nin, p->in) != 2) return "not two layers";
    if (chain_has(p, TNI_CHAIN_RESIDUAL) || chain_has(p, TNI_CHAIN_FACTORS) || chain_means(p->nout, p->out))
        return "a residual, factors or a mean";
    if (x->dim[0] == 0) return "nothing to do";
    const char *why = gate_reject_layer(p, 0);
    return why ? why : gate_reject_layer(p, 1);
}

static void gate_setup(const tn_problem *p, void *params) {
    gate *g = params;
    *g = (gate){.n = p->in[0]->dim[0]};
    int64_t weights = 0;
    for (int i = 0; i < 2; i++) {
        const tn_tensor *w = p->in[tni_link_weights(i)];
        gate_layer *l = &g->layer[i];
        *l = (gate_layer){.in = w->dim[1], .out = w->dim[0]};
        l->outs = ceil_div(l->out, GATE_LANES) * GATE_LANES;
        l->panels = ceil_div(l->outs, GATE_PANEL);
        chain_act(p, i, &l->act);
        weights += l->in * l->outs;
    }
    g->alone = g->n > 4 || weights <= GATE_ALONE;
}

// ---- weights: bias and panels of the one, then of the other

static int64_t gate_layer_floats(const gate_layer *l) { return l->outs * (l->in + 1); }

static size_t gate_pack_bytes(const tn_problem *p) {
    gate g;
    gate_setup(p, &g);
    return (size_t)(gate_layer_floats(&g.layer[0]) + gate_layer_floats(&g.layer[1])) * 4;
}

static void gate_pack_layer(const gate_layer *l, const float *w, const float *bias, float *to) {
    for (int64_t i = 0; i < l->outs; i++) *to++ = bias && i < l->out ? bias[i] : 0;
    for (int64_t first = 0; first < l->outs; first += GATE_PANEL)
        for (int64_t k = 0; k < l->in; k++)
            for (int64_t i = first; i < min64(first + GATE_PANEL, l->outs); i++)
                *to++ = i < l->out ? w[i * l->in + k] : 0;
}

static void gate_pack(const tn_problem *p, void *packed) {
    gate g;
    gate_setup(p, &g);
    float *to = packed;
    for (int i = 0; i < 2; to += gate_layer_floats(&g.layer[i++])) {
        const tn_tensor *bias = chain_has(p, tni_link_bias(i)) ? p->in[tni_link_bias(i)] : NULL;
        gate_pack_layer(&g.layer[i], p->in[tni_link_weights(i)]->data, bias ? bias->data : NULL, to);
    }
}

static size_t gate_workspace(const tn_problem *p, int threads) { // what the first layer makes
    gate g;
    gate_setup(p, &g);
    (void)threads;
    return (size_t)(g.n * g.layer[0].outs) * 4;
}

typedef struct gate_run {
    const gate *g;
    const float *x, *packed; // [N,outs of X]
    float *hidden, *y;
    int64_t step; // of x
} gate_run;

// `vectors` is a constant in each instance. The order of additions does not depend on a vector's width.
INLINE void gate_sums(const float *x, const float *w, int64_t n, int vectors, vf *y) {
    vf sum[GATE_TURNS][GATE_VECTORS] = {{{0}}};
    int64_t k = 0;
    for (; k + GATE_TURNS <= n; k += GATE_TURNS)
        for (int t = 0; t < GATE_TURNS; t++, w += vectors * VL)
            for (int j = 0; j < vectors; j++)
                sum[t][j] = v_fma(v_set(x[k + t]), v_load(w + j * VL), sum[t][j]);
    for (; k < n; k++, w += vectors * VL)
        for (int j = 0; j < vectors; j++) sum[0][j] = v_fma(v_set(x[k]), v_load(w + j * VL), sum[0][j]);
    for (int j = 0; j < vectors; j++) y[j] = (sum[0][j] + sum[1][j]) + (sum[2][j] + sum[3][j]);
}

// Outputs of one panel of an image.
static void gate_panel(const gate_layer *l, const float *packed, int64_t panel, const float *x, float *y) {
    int64_t first = panel * GATE_PANEL, width = min64(GATE_PANEL, l->outs - first);
    const float *w = packed + l->outs + first * l->in;
    vf sum[GATE_VECTORS];
    if (width > VL)
        gate_sums(x, w, l->in, 2, sum);
    else
        gate_sums(x, w, l->in, 1, sum);
    for (int64_t j = 0; j < width / VL; j++)
        v_store(y + first + j * VL, sum[j] + v_load(packed + first + j * VL));
    act_row(l->act, y + first, y + first, width);
    for (int64_t i = max64(first, l->out); i < first + width; i++) y[i] = 0; // lanes behind the last channel
}

static const float *gate_packed(const gate_run *r, int i) {
    return r->packed + (i ? gate_layer_floats(&r->g->layer[0]) : 0);
}
static void gate_first(void *arg, int64_t i, int worker) {
    const gate_run *r = arg;
    const gate_layer *l = &r->g->layer[0];
    int64_t image = i / l->panels;
    (void)worker;
    gate_panel(l, gate_packed(r, 0), i % l->panels, r->x + image * r->step, r->hidden + image * l->outs);
}
static void gate_second(void *arg, int64_t i, int worker) {
    const gate_run *r = arg;
    const gate_layer *l = &r->g->layer[1];
    int64_t image = i / l->panels;
    (void)worker;
    gate_panel(l, gate_packed(r, 1), i % l->panels, r->hidden + image * r->g->layer[0].outs,
               r->y + image * l->outs);
}
static void gate_image(void *arg, int64_t i, int worker) {
    const gate_layer *l = ((const gate_run *)arg)->g->layer;
    for (int64_t k = 0; k < l[0].panels; k++) gate_first(arg, i * l[0].panels + k, worker);
    for (int64_t k = 0; k < l[1].panels; k++) gate_second(arg, i * l[1].panels + k, worker);
}

static tn_status gate_call(tn_call *c) {
    const gate *g = c->params;
    gate_run r = {g, c->in[0]->data, c->packed, c->workspace, c->out[0]->data, 0};
    r.step = ceil_div(g->layer[0].in, GATE_LANES) * GATE_LANES;
    if (g->alone) {
        tn_call_parallel(c, g->n, gate_image, &r);
        return TN_OK;
    }
    tn_call_parallel(c, g->n * g->layer[0].panels, gate_first, &r);
    tn_call_parallel(c, g->n * g->layer[1].panels, gate_second, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(gate_f32) = {
    TN_HERE,
    .name = AT("gate.f32"),
    .op = "BlockedChain",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "two layers over one pixel, as squeeze-and-excitation has them",
    .reject = gate_reject,
    .params_bytes = sizeof(gate),
    .setup = gate_setup,
    .pack_bytes = gate_pack_bytes,
    .pack = gate_pack,
    .workspace = gate_workspace,
    .run = gate_call,
};
