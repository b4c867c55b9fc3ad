// SPDX-License-Identifier: Apache-2.0
// conv.inl - what the convolution kernels share: the problem as numbers. 1-D convolutions are 2-D ones of
// height 1, those are 3-D ones of depth 1; and a 3-D one whose windows are lines along the depth is a 2-D one
// down the image [d, h * w].
#ifndef TN_CPU_CONV_INL
#define TN_CPU_CONV_INL

#include "cpu/kern/fused.inl"
#include "cpu/kern/plane.inl"

typedef struct conv {
    tn_dtype type;
    int64_t n, c, h, w, oc, oh, ow, kh, kw; // X [n,c,h,w], W [oc,c/group,kh,kw], Y [n,oc,oh,ow]
    int64_t sh, sw, dh, dw, top, left, group;
    int64_t d, od, kd, sd, dd, front; // depth: X [n,c,d,h,w]
    act act;
} conv;

static inline const char *conv_reject_volumes(const tn_problem *p) {
    act a;
    if (p->nin < 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "an input is missing";
    int rank = p->in[0]->rank;
    if (rank < 3 || rank > 5) return "only 1-D, 2-D and 3-D convolutions";
    tn_dtype t = p->in[0]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    if (p->nin > 3 && p->in[3] && tn_count(p->in[3]) != tn_count(p->out[0]))
        return "the residual input is broadcast";
    if (!fused_act(p, &a)) return "an activation it does not know";
    return NULL;
}

// Windows that are lines along the depth: rows of all pixels of a slice.
static void conv_flatten(conv *v) {
    bool line = v->kh * v->kw == 1 && v->sh == 1 && v->sw == 1 && v->top == 0 && v->left == 0 &&
                v->oh == v->h && v->ow == v->w;
    if (v->d * v->od * v->kd == 1 && v->front == 0) return;
    if (!line) return;
    v->w = v->ow = v->h * v->w;
    v->h = v->d;
    v->oh = v->od;
    v->kh = v->kd;
    v->sh = v->sd;
    v->dh = v->dd;
    v->top = v->front;
    v->d = v->od = v->kd = v->sd = v->dd = 1;
    v->front = 0;
}

static void conv_setup_shape(const tn_problem *p, conv *v) {
    const tn_tensor *x = p->in[0], *y = p->out[0];
    *v = (conv){.type = x->dtype,
                .n = x->dim[0],
                .c = x->dim[1],
                .oc = y->dim[1],
                .group = tn_attr_int(p->attrs, "group")};
    const tn_tensor *w = p->in[1];
    int width = x->rank - 3; // its number behind the channels
    window_axis(p, width - 2, w, window_pad, &v->d, &v->od, &v->kd, &v->sd, &v->dd, &v->front);
    window_axis(p, width - 1, w, window_pad, &v->h, &v->oh, &v->kh, &v->sh, &v->dh, &v->top);
    window_axis(p, width, w, window_pad, &v->w, &v->ow, &v->kw, &v->sw, &v->dw, &v->left);
    conv_flatten(v);
    fused_act(p, &v->act);
}

static inline plane conv_plane(const conv *v) {
    return (plane){v->h, v->w, v->oh, v->ow, v->kh, v->kw, v->sh, v->sw, v->dh, v->dw, v->top, v->left};
}

// Of kernels that work plane by plane.
static inline const char *conv_reject(const tn_problem *p) {
    const char *why = conv_reject_volumes(p);
    if (why) return why;
    conv v;
    conv_setup_shape(p, &v);
    if (v.d != 1 || v.kd != 1 || v.od != 1 || v.front != 0) return "windows that reach over slices";
    plane one = conv_plane(&v);
    return plane_fits(&one) ? NULL : "a plane with its padding is too large";
}

static inline const tn_tensor *conv_bias(int nin, const tn_tensor *const *in) {
    return nin > 2 ? in[2] : NULL;
}
static inline const tn_tensor *conv_residual(int nin, const tn_tensor *const *in) {
    return nin > 3 ? in[3] : NULL;
}

#endif
