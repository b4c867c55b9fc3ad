// SPDX-License-Identifier: Apache-2.0
// conv_split.inl - tn.BlockedConv on tiles of bf16 before it runs: the problem as numbers, how large bands
// are, and what is packed. See conv_f32_blocked_split.c.
//
//     packed: | are weights infinite somewhere | bias [group][panel] | B [group][panel] |
#ifndef TN_CPU_CONV_SPLIT_INL
#define TN_CPU_CONV_SPLIT_INL

#include "cpu/kern/blocked_conv.inl"
#include "cpu/kern/split.inl"

enum { FEW_PIXELS = 6, HEAD = 16 };

typedef struct csplit {
    bconv v;
    int64_t cin, cout, blocks, panels; // of a group: channels, blocks and panels of Y
    int64_t pairs, taps;
    int64_t down, across;     // rows and columns of A from one output to the next
    int64_t x_down, x_across; // those of X from one of A's to the next
    int64_t deep;             // pairs whose A is made at once
    int64_t rows, columns;    // of outputs, at most, in a band
} csplit;

// Rows (or columns) of A for n of outputs.
INLINE int64_t csplit_span(int64_t n, int64_t step, int64_t taps, int64_t dilation) {
    return (n - 1) * step + (taps - 1) * dilation + 1;
}
INLINE int64_t csplit_height(const csplit *d, int64_t rows) {
    return csplit_span(rows, d->down, d->v.kh, d->v.dh);
}
INLINE int64_t csplit_width(const csplit *d, int64_t columns) {
    return csplit_span(columns, d->across, d->v.kw, d->v.dw);
}
INLINE int64_t csplit_pixels(const csplit *d, int64_t rows, int64_t columns) {
    return csplit_height(d, rows) * csplit_width(d, columns);
}

// How many outputs along an axis fit, when each further one takes `step` of `room`, of which `fixed` is gone.
INLINE int64_t csplit_fit(int64_t room, int64_t step, int64_t fixed, int64_t most) {
    return max64(1, min64(most, (room - fixed) / step));
}

// The largest band whose A fits, `deep` pairs of it; evenly dealt.
static void csplit_band(csplit *d, int64_t deep) {
    const bconv *v = &d->v;
    int64_t room = TNI_SPLIT_BAND / (TNI_SPLIT_PIXEL * deep);
    int64_t reach = (v->kh - 1) * v->dh + 1, aside = (v->kw - 1) * v->dw + 1;
    d->deep = deep;
    d->columns = csplit_fit(room / reach, d->across, aside - d->across, min64(v->ow, TNI_SPLIT_PIXELS));
    d->columns = ceil_div(v->ow, ceil_div(v->ow, d->columns));
    d->rows = d->columns < v->ow ? 1
                                 : csplit_fit(room / csplit_width(d, v->ow), d->down, reach - d->down,
                                              min64(v->oh, ceil_div(TNI_SPLIT_PIXELS, v->ow)));
    d->rows = ceil_div(v->oh, ceil_div(v->oh, d->rows));
}

// What a band costs beside its products, in the time of a vector that is split: A, the weights read and split
// anew, sums that wait in Y.
static double csplit_cost(const csplit *d) {
    const bconv *v = &d->v;
    int64_t down = ceil_div(v->oh, d->rows), across = ceil_div(v->ow, d->columns);
    double bands = (double)(down * across), pixels = (double)csplit_pixels(d, d->rows, d->columns);
    double pieces = (double)ceil_div(d->pairs, d->deep);
    return bands * pixels * (double)(2 * d->pairs) + bands * (double)(d->pairs * d->taps * 2 * d->cout) +
           pieces * (double)(v->oh * v->ow * d->blocks);
}

static void csplit_plan(csplit *d) {
    csplit_band(d, d->pairs);
    csplit best = *d;
    double least = csplit_cost(d);
    for (int64_t deep = d->pairs; deep > 1;) {
        deep = ceil_div(deep, 2);
        csplit_band(d, deep);
        double cost = csplit_cost(d);
        if (cost < least) {
            least = cost;
            best = *d;
        }
    }
    *d = best;
}

static void csplit_shape(const tn_problem *p, csplit *d) {
    bconv *v = &d->v;
    *d = (csplit){0};
    bconv_setup(p, v);
    bool flat = v->kh * v->kw * v->sh * v->sw == 1 && !v->top && !v->left && v->oh == v->h && v->ow == v->w;
    if (flat) {
        v->w = v->ow = v->h * v->w;
        v->h = v->oh = 1;
    }
    d->cin = v->c / v->group;
    d->cout = v->oc / v->group;
    d->blocks = ceil_div(d->cout, BLOCK);
    d->panels = bpanels(d->blocks);
    d->pairs = ceil_div(d->cin, 2 * BLOCK);
    d->taps = v->kh * v->kw;
    d->down = v->kh == 1 ? 1 : v->sh;
    d->across = v->kw == 1 ? 1 : v->sw;
    d->x_down = v->kh == 1 ? v->sh : 1;
    d->x_across = v->kw == 1 ? v->sw : 1;
}

static void csplit_setup(const tn_problem *p, void *params) {
    csplit *d = params;
    csplit_shape(p, d);
    csplit_plan(d);
}

// Whether an order of few nests (plan/order.c: MOST, less some for edges) says where weights lie: a pair's
// second block with some of its channels needs two for each tap.
static bool csplit_ordered(const csplit *d) {
    enum { NESTS = 240 };
    bool uneven = d->cin % (2 * BLOCK) > BLOCK && d->cin % BLOCK;
    return d->v.group * (d->panels + (uneven ? d->blocks * d->taps * 2 : 0)) < NESTS;
}

static const char *csplit_reject(const tn_problem *p) {
    const char *why = bconv_reject(p);
    if (why) return why;
    csplit d;
    csplit_shape(p, &d);
    const bconv *v = &d.v;
    if (v->plain) return "X is not blocked";
    if ((why = bconv_reject_depth(v))) return why;
    if (v->group > 1 && (d.cin % BLOCK || d.cout % BLOCK))
        return "the channels of a group are not whole blocks";
    if (v->n * v->oh * v->ow == 0 || d.taps == 0) return "nothing to do";
    if (v->oh * v->ow < FEW_PIXELS) return "few pixels: weights are better read once";
    if (!csplit_ordered(&d)) return "packed weights would have no order";
    double reach = (double)((v->kh - 1) * v->dh + 1) * (double)((v->kw - 1) * v->dw + 1);
    if (reach * TNI_SPLIT_PIXEL > 2 * TNI_SPLIT_BAND) return "a window that reaches far";
    return NULL;
}

// ---- weights

INLINE int64_t csplit_b_floats(const csplit *d, int64_t panel) { // of a group, before a panel
    return split_b_floats(d->cout, d->pairs * d->taps * SPLIT_K, panel);
}
INLINE int64_t csplit_bias_floats(const csplit *d) { return d->v.group * d->panels * 2 * VL; }

static size_t csplit_pack_bytes(const tn_problem *p) {
    csplit d;
    csplit_shape(p, &d);
    return (size_t)(HEAD + csplit_bias_floats(&d) + d.v.group * csplit_b_floats(&d, d.panels)) * 4;
}

// A panel of a group, whose weights [cout][cin][taps] begin at w. True: some are infinite.
static bool csplit_pack_panel(const csplit *d, const float *w, int64_t panel, float *to) {
    int vectors = split_vectors(d->cout, panel);
    bool infinite = false;
    for (int64_t row = 0; row < d->pairs * d->taps * vectors * SPLIT_K; row++) {
        int64_t step = row / (vectors * SPLIT_K), c = step / d->taps * SPLIT_K + row % 2 * 16 + row / 2 % 16;
        int64_t m0 = (panel * 2 + row / SPLIT_K % vectors) * VL;
        for (int64_t m = m0; m < m0 + VL; m++)
            *to++ = c < d->cin && m < d->cout ? w[(m * d->cin + c) * d->taps + step % d->taps] : 0;
        infinite |= split_infinite(to - VL, VL);
    }
    return infinite;
}

static void csplit_pack(const tn_problem *p, void *packed) {
    csplit d;
    csplit_shape(p, &d);
    const float *w = p->in[1]->data, *bias = bconv_data(p->nin, p->in, 2);
    float *head = packed, *to = head + HEAD;
    memset(head, 0, HEAD * 4);
    for (int64_t i = 0; i < d.v.group; i++)
        for (int64_t m = 0; m < d.panels * 2 * VL; m++) *to++ = bias && m < d.cout ? bias[i * d.cout + m] : 0;
    for (int64_t i = 0; i < d.v.group; i++, to += csplit_b_floats(&d, d.panels))
        for (int64_t panel = 0; panel < d.panels; panel++)
            if (csplit_pack_panel(&d, w + i * d.cout * d.cin * d.taps, panel,
                                  to + csplit_b_floats(&d, panel)))
                head[0] = 1;
}

#endif
