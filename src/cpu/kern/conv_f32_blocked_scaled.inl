// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_scaled.inl - tn.BlockedChain of one 1x1 convolution whose X has factors, as a projection
// behind squeeze-and-excitation. Once an image the factors go onto the weights, which are fewer numbers than
// X where an image has more pixels than the result has channels; then X is read as it lies:
//
//     y[p,m] = sum x[p,c] (s[c] w[c,m])
#ifndef TN_CPU_CONV_F32_BLOCKED_SCALED_INL
#define TN_CPU_CONV_F32_BLOCKED_SCALED_INL

#include "cpu/kern/conv_f32_blocked_chain.inl"

static const char *scaled_reject(const tn_problem *p) {
    if (!chain_has(p, 0) || !chain_has(p, 1) || !p->out[0]) return "an input or output is missing";
    if (!chain_has(p, TNI_CHAIN_FACTORS)) return "X has no factors";
    if (p->in[0]->dtype != TN_F32 || p->in[0]->rank != 5) return "only f32 in blocks";
    if (tni_chain_links(p->nin, p->in) != 1) return "more than one convolution";
    if (chain_means(p->nout, p->out)) return "the mean is wanted";
    bconv v = chain_conv(p, 0, p->in[0]->dim[2], p->in[0]->dim[3]);
    if (!chain_pointwise(&v)) return "not 1x1";
    return chain_reject_link(p, 0, &v);
}

static void scaled_setup(const tn_problem *p, void *params) {
    direct *d = params;
    *d = (direct){.v = chain_conv(p, 0, p->in[0]->dim[2], p->in[0]->dim[3])};
    direct_plan(d);
}

static size_t scaled_pack_bytes(const tn_problem *p) {
    direct d;
    scaled_setup(p, &d);
    return (size_t)(direct_bias_floats(&d) + direct_weight_floats(&d)) * 4;
}

static void scaled_pack(const tn_problem *p, void *packed) {
    direct d;
    scaled_setup(p, &d);
    direct_pack_from(&d, p->in[1]->data, bconv_data(p->nin, p->in, 2), packed);
}

// Weights of each image, then each worker's offsets.
static int64_t scaled_floats(const direct *d) { return round_up(direct_weight_floats(d), 16); }

static size_t scaled_workspace(const tn_problem *p, int threads) {
    direct d;
    scaled_setup(p, &d);
    return (size_t)(d.v.n * scaled_floats(&d) + threads * round_up(d.taps, 16)) * 4;
}

typedef struct scaled_run {
    direct_run run;       // its weights are those that were packed
    const float *factors; // [N][blocks of X][16]
    float *weights;       // [N]
} scaled_run;

// The weights of a panel for an image.
static void scaled_share(void *arg, int64_t i, int worker) {
    const scaled_run *r = arg;
    const direct *d = r->run.d;
    int64_t image = i / d->panels, panel = i % d->panels, first = d->k * panel * PANEL;
    int vectors = bpanel_vectors(d->blocks, panel);
    const float *s = r->factors + image * round_up(d->cin, BLOCK), *w = r->run.weights + first;
    float *to = r->weights + image * scaled_floats(d) + first;
    (void)worker;
    for (int64_t c = 0; c < d->cin; c++)
        for (int j = 0; j < vectors; j++, w += VL, to += VL) v_store(to, v_set(s[c]) * v_load(w));
}

static void scaled_task(void *arg, int64_t i, int worker) {
    const scaled_run *r = arg;
    direct_run own = r->run;
    own.weights = r->weights + i / (own.d->bands * own.d->splits) * scaled_floats(own.d);
    direct_task(&own, i, worker);
}

static tn_status scaled_call(tn_call *c) {
    const direct *d = c->params;
    const float *bias = c->packed;
    scaled_run r = {.run = {.d = d,
                            .x = c->in[0]->data,
                            .z = bconv_data(c->nin, c->in, TNI_CHAIN_RESIDUAL),
                            .bias = bias,
                            .weights = bias + direct_bias_floats(d),
                            .y = c->out[0]->data},
                    .factors = c->in[TNI_CHAIN_FACTORS]->data,
                    .weights = c->workspace};
    r.run.off = (int32_t *)(void *)(r.weights + d->v.n * scaled_floats(d));
    tn_call_parallel(c, d->v.n * d->panels, scaled_share, &r);
    tn_call_parallel(c, d->v.n * d->bands * d->splits, scaled_task, &r);
    return TN_OK;
}

#define CONV_BLOCKED_SCALED(name_, rank_)                                                                \
    {                                                                                                    \
        TN_HERE, .name = name_, .op = "BlockedChain", .domain = "tn", .isa = ISA, .rank = rank_,         \
                 .doc = "1x1, the factors of X on the weights", .reject = scaled_reject,                 \
                 .params_bytes = sizeof(direct), .setup = scaled_setup, .pack_bytes = scaled_pack_bytes, \
                 .pack = scaled_pack, .workspace = scaled_workspace, .run = scaled_call,                 \
    }

#endif
