// SPDX-License-Identifier: Apache-2.0
// conv.inl - what the convolution kernels share: the problem as numbers.
// 1-D convolutions are 2-D ones of height 1.
#ifndef TN_CPU_CONV_INL
#define TN_CPU_CONV_INL

#include "cpu/kern/fused.inl"
#include "cpu/kern/plane.inl"

typedef struct conv {
    tn_dtype type;
    int64_t n, c, h, w, oc, oh, ow, kh, kw; // X [n,c,h,w], W [oc,c/group,kh,kw], Y [n,oc,oh,ow]
    int64_t sh, sw, dh, dw, top, left, group;
    act act;
} conv;

static inline const char *conv_reject(const tn_problem *p) {
    act a;
    if (p->nin < 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "an input is missing";
    int rank = p->in[0]->rank;
    if (rank != 3 && rank != 4) return "only 1-D and 2-D convolutions";
    tn_dtype t = p->in[0]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    if (p->nin > 3 && p->in[3] && tn_count(p->in[3]) != tn_count(p->out[0]))
        return "the residual input is broadcast";
    if (!fused_act(p, &a)) return "an activation it does not know";
    return NULL;
}

static void conv_setup_shape(const tn_problem *p, conv *v) {
    const tn_tensor *x = p->in[0], *w = p->in[1], *y = p->out[0];
    bool flat = x->rank == 3;
    int last = flat ? 0 : 1; // the attributes' index of the width
    *v = (conv){.type = x->dtype,
                .n = x->dim[0],
                .c = x->dim[1],
                .h = flat ? 1 : x->dim[2],
                .w = x->dim[x->rank - 1],
                .oc = y->dim[1],
                .oh = flat ? 1 : y->dim[2],
                .ow = y->dim[y->rank - 1],
                .kh = flat ? 1 : w->dim[2],
                .kw = w->dim[w->rank - 1],
                .sh = flat ? 1 : window_int(p, "strides", 0),
                .sw = window_int(p, "strides", last),
                .dh = flat ? 1 : window_int(p, "dilations", 0),
                .dw = window_int(p, "dilations", last),
                .group = tn_attr_int(p->attrs, "group")};
    v->top = flat ? 0 : window_pad(p, 0, v->h, v->oh, v->kh, v->sh, v->dh);
    v->left = window_pad(p, last, v->w, v->ow, v->kw, v->sw, v->dw);
    fused_act(p, &v->act);
}

static inline plane conv_plane(const conv *v) {
    return (plane){v->h, v->w, v->oh, v->ow, v->kh, v->kw, v->sh, v->sw, v->dh, v->dw, v->top, v->left};
}

static inline const tn_tensor *conv_bias(int nin, const tn_tensor *const *in) {
    return nin > 2 ? in[2] : NULL;
}
static inline const tn_tensor *conv_residual(int nin, const tn_tensor *const *in) {
    return nin > 3 ? in[3] : NULL;
}

#endif
