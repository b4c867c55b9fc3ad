// SPDX-License-Identifier: Apache-2.0
// blocked_conv.inl - what the kernels of tn.BlockedConv share: the problem as numbers, and where weights lie.
#ifndef TN_CPU_BLOCKED_CONV_INL
#define TN_CPU_BLOCKED_CONV_INL

#include "cpu/kern/blocked.inl"
#include "cpu/kern/fused.inl"
#include "cpu/kern/plane.inl"
#include "ir/blocked.h"

typedef struct bconv {
    bool plain;  // X is [N,C,H,W]
    bool turned; // a transposed convolution: W is [C,M,kh,kw]
    int64_t n, c, oc, h, w, oh, ow, kh, kw, sh, sw, dh, dw, top, left, group;
    act act;
} bconv;

static const char *bconv_reject(const tn_problem *p) {
    act a;
    if (p->nin < 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "an input is missing";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (!p->in[1]->data || (p->nin > 2 && p->in[2] && !p->in[2]->data))
        return "weights and bias are not constant";
    if (!fused_act(p, &a)) return "an activation it does not know";
    return NULL;
}

static inline void bconv_swap(int64_t *a, int64_t *b) {
    int64_t t = *a;
    *a = *b;
    *b = t;
}

// A column of single pixels lies in memory as a row does, and only rows give long tiles.
static void bconv_turn_column(bconv *v) {
    if (v->w != 1 || v->ow != 1 || v->kw != 1 || v->left) return;
    bconv_swap(&v->h, &v->w);
    bconv_swap(&v->oh, &v->ow);
    bconv_swap(&v->kh, &v->kw);
    bconv_swap(&v->sh, &v->sw);
    bconv_swap(&v->dh, &v->dw);
    bconv_swap(&v->top, &v->left);
}

static void bconv_setup(const tn_problem *p, bconv *v) {
    const tn_tensor *x = p->in[0], *w = p->in[1], *y = p->out[0];
    bool turned = !strcmp(p->attrs.op->name, "BlockedConvTranspose");
    *v = (bconv){.plain = x->rank == 4,
                 .turned = turned,
                 .n = x->dim[0],
                 .oc = w->dim[0],
                 .h = x->dim[2],
                 .w = x->dim[3],
                 .oh = y->dim[2],
                 .ow = y->dim[3],
                 .kh = w->dim[2],
                 .kw = w->dim[3],
                 .sh = window_int(p, "strides", 0),
                 .sw = window_int(p, "strides", 1),
                 .dh = window_int(p, "dilations", 0),
                 .dw = window_int(p, "dilations", 1),
                 .group = tn_attr_int(p->attrs, "group")};
    v->c = w->dim[1] * v->group;
    if (turned) {
        v->c = w->dim[0];
        v->oc = w->dim[1] * v->group;
        v->top = window_pad_turned(p, 0, v->h, v->oh, v->kh, v->sh, v->dh);
        v->left = window_pad_turned(p, 1, v->w, v->ow, v->kw, v->sw, v->dw);
    } else {
        v->top = window_pad(p, 0, v->h, v->oh, v->kh, v->sh, v->dh);
        v->left = window_pad(p, 1, v->w, v->ow, v->kw, v->sw, v->dw);
        bconv_turn_column(v);
    }
    fused_act(p, &v->act);
}

INLINE const float *bconv_data(int n, const tn_tensor *const *in, int i) {
    return n > i && in[i] ? in[i]->data : NULL;
}

INLINE int64_t round_up(int64_t n, int64_t to) { return ceil_div(n, to) * to; }

// Lanes of the panel at channel `first` of a group of `oc` channels that are real; NULL: all of them.
static inline const float *bconv_mask(int64_t first, int64_t oc, int vectors, int32_t room[PANEL]) {
    if (oc - first >= vectors * VL) return NULL;
    for (int64_t i = 0; i < PANEL; i++) room[i] = first + i < oc ? -1 : 0;
    return (const float *)(const void *)room;
}

// The activation of a finished tile, unless a clamp was enough; padded lanes go back to zero.
static inline void bconv_activate(const btile *t, act a, int64_t pixels, int vectors) {
    int64_t side = VL < BLOCK ? (int64_t)vectors * VL : BLOCK; // floats of a pixel that lie side by side
    if (a.kind == ACT_NONE || a.kind == ACT_CLAMP) return;
    for (int64_t j = 0; j < vectors; j += side / VL) {
        float *y = t->y + j * t->y_next;
        if (side == BLOCK) { // so do the pixels: a call for all of them, not for each vector
            act_row(a, y, y, pixels * BLOCK);
        } else {
            for (int64_t i = 0; i < pixels; i++) act_row(a, y + i * BLOCK, y + i * BLOCK, side);
        }
    }
    for (int j = 0; t->mask && j < vectors; j++)
        for (int64_t i = 0; i < pixels; i++) btile_clear(t->y + j * t->y_next + i * BLOCK, t->mask + j * VL);
}

static inline void bconv_clamps(act a, btile *t) {
    t->lo = a.kind == ACT_CLAMP ? a.alpha : -INFINITY;
    t->hi = a.kind == ACT_CLAMP ? a.beta : INFINITY;
}

#endif
