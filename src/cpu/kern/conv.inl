// SPDX-License-Identifier: Apache-2.0
// conv.inl - what the convolution kernels share: the problem as numbers, and rows of the input with padding.
// 1-D convolutions are 2-D ones of height 1.
#ifndef TN_CPU_CONV_INL
#define TN_CPU_CONV_INL

#include "cpu/kern/convert.inl"
#include "cpu/kern/fused.inl"

typedef struct conv {
    tn_dtype type;
    int64_t n, c, h, w, oc, oh, ow, kh, kw; // X [n,c,h,w], W [oc,c/group,kh,kw], Y [n,oc,oh,ow]
    int64_t sh, sw, dh, dw, top, left, group;
    act act;
} conv;

static const char *conv_reject(const tn_problem *p) {
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

// Head padding of one axis: explicit, or what auto_pad makes of the output's size.
static int64_t conv_pad(const tn_problem *p, int axis, int64_t in, int64_t out, int64_t k, int64_t stride,
                        int64_t dilation) {
    size_t n;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &n);
    const char *how = tn_attr_string(p->attrs, "auto_pad");
    if (!how || !strcmp(how, "NOTSET")) return n ? pads[axis] : 0;
    if (!strcmp(how, "VALID")) return 0;
    int64_t total = max64(0, (out - 1) * stride + (k - 1) * dilation + 1 - in);
    return strcmp(how, "SAME_LOWER") ? total / 2 : (total + 1) / 2;
}

static int64_t conv_int(const tn_problem *p, const char *name, int i) {
    size_t n;
    const int64_t *v = tn_attr_ints(p->attrs, name, &n);
    return n ? v[i] : 1;
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
                .sh = flat ? 1 : conv_int(p, "strides", 0),
                .sw = conv_int(p, "strides", last),
                .dh = flat ? 1 : conv_int(p, "dilations", 0),
                .dw = conv_int(p, "dilations", last),
                .group = tn_attr_int(p->attrs, "group")};
    v->top = flat ? 0 : conv_pad(p, 0, v->h, v->oh, v->kh, v->sh, v->dh);
    v->left = conv_pad(p, last, v->w, v->ow, v->kw, v->sw, v->dw);
    fused_act(p, &v->act);
}

static const tn_tensor *conv_bias(int nin, const tn_tensor *const *in) { return nin > 2 ? in[2] : NULL; }
static const tn_tensor *conv_residual(int nin, const tn_tensor *const *in) { return nin > 3 ? in[3] : NULL; }

// to[i] = row[i * stride], n > 0 of them, rounded up to whole vectors: `to` has room for that. The row is
// not read behind its last element that is asked for.
static void row_strided(tn_dtype type, const void *x, int64_t first, int64_t stride, float *to, int64_t n) {
    if (type != TN_F32) {
        if (stride == 1) {
            row_from(type, x, first, to, n);
        } else {
            for (int64_t i = 0; i < n; i++) to[i] = scalar_from(type, x, first + i * stride);
        }
        return;
    }
    const float *row = (const float *)x + first;
    int64_t i = 0;
    if (stride == 1) {
        for (; i + VL <= n; i += VL) v_store(to + i, v_load(row + i));
        if (i < n) v_store(to + i, v_load_n(row + i, n - i));
    } else if (stride == 2) {
        for (; i + VL < n; i += VL) v_store(to + i, v_even(v_load(row + 2 * i), v_load(row + 2 * i + VL)));
        int64_t left = 2 * (n - i) - 1; // elements of the row from the first wanted to the last wanted
        vf low = v_load_n(row + 2 * i, min64(left, VL));
        vf high = left > VL ? v_load_n(row + 2 * i + VL, left - VL) : (vf){0};
        v_store(to + i, v_even(low, high));
    } else {
        for (; i < n; i++) to[i] = row[i * stride];
    }
}

// Which of n outputs along an axis, reading j * stride + at, lie inside [0, w).
typedef struct inside {
    int64_t lo, hi; // j in [lo, hi)
} inside;

static inside inside_of(int64_t at, int64_t stride, int64_t w, int64_t n) {
    inside r = {at >= 0 ? 0 : min64(n, ceil_div(-at, stride)),
                w > at ? min64(n, ceil_div(w - at, stride)) : 0};
    if (r.hi < r.lo) r.hi = r.lo;
    return r;
}

// n zeros, in whole vectors.
INLINE void row_zero(float *to, int64_t n) {
    for (int64_t i = 0; i < n; i += VL) v_store(to + i, (vf){0});
}

// to[j] = row[j * stride + at] for j inside, else zero, j in [0, n). `to` has VL floats of slack.
static void row_padded(tn_dtype type, const void *x, int64_t first, int64_t at, int64_t stride, inside in,
                       float *to, int64_t n) {
    row_zero(to, in.lo);
    if (in.hi > in.lo) row_strided(type, x, first + at + in.lo * stride, stride, to + in.lo, in.hi - in.lo);
    row_zero(to + in.hi, n - in.hi);
}

#endif
