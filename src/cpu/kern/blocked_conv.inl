// SPDX-License-Identifier: Apache-2.0
// blocked_conv.inl - what the kernels of tn.BlockedConv share: the problem as numbers, and where weights lie.
#ifndef TN_CPU_BLOCKED_CONV_INL
#define TN_CPU_BLOCKED_CONV_INL

#include "cpu/kern/blocked.inl"
#include "cpu/kern/fused.inl"
#include "cpu/kern/plane.inl"
#include "ir/blocked.h"

typedef struct bconv {
    bool plain;  // X is not blocked
    bool turned; // a transposed convolution: W is [C,M,kh,kw]
    int64_t n, c, oc, h, w, oh, ow, kh, kw, sh, sw, dh, dw, top, left, group;
    int64_t d, od, kd, sd, dd, front; // slices of a volume; of an image one
    act act;
} bconv;

// An image as it comes (ir/blocked.h) may be of bytes.
static const char *bconv_reject_inputs(const tn_problem *p) {
    if (p->nin < 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "an input is missing";
    if (p->in[1]->dtype != TN_F32) return "only f32";
    if (!tn_count(p->in[0])) return "nothing to do";
    tn_dtype x = p->in[0]->dtype;
    return x == TN_F32 || x == TN_U8 || x == TN_I8 ? NULL : "only f32, and images of bytes";
}

static const char *bconv_reject_layer(const tn_problem *p) {
    act a;
    const char *why = bconv_reject_inputs(p);
    if (why) return why;
    if (!p->in[1]->data || (p->nin > 2 && p->in[2] && !p->in[2]->data))
        return "weights and bias are not constant";
    if (!fused_act(p, &a)) return "an activation it does not know";
    return NULL;
}

static inline const char *bconv_reject(const tn_problem *p) {
    const char *why = bconv_reject_layer(p);
    if (why || !tni_image_raw(p->attrs, p->in[0]->dtype, TN_F32)) return why;
    return "X is an image as it comes: not plain floats";
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

// Windows that are lines along the depth are columns of an image [d, h * w].
static void bconv_flatten(bconv *v) {
    if (v->kh * v->kw != 1 || v->sh != 1 || v->sw != 1 || v->top || v->left || v->oh != v->h || v->ow != v->w)
        return;
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

static void bconv_depth(const tn_problem *p, bconv *v) {
    v->d = p->in[0]->dim[2];
    v->od = p->out[0]->dim[2];
    v->kd = p->in[1]->dim[2];
    v->sd = window_int(p, "strides", 0);
    v->dd = window_int(p, "dilations", 0);
    v->front = window_pad(p, 0, v->d, v->od, v->kd, v->sd, v->dd);
    bconv_flatten(v);
}

static void bconv_setup(const tn_problem *p, bconv *v) {
    const tn_tensor *x = p->in[0], *w = p->in[1], *y = p->out[0];
    int last = w->rank - 4; // the attributes' index of the height
    int high = tni_height_axis(p->attrs, w->rank);
    bool turned = !strcmp(p->attrs.op->name, "BlockedConvTranspose");
    *v = (bconv){.plain = x->rank == w->rank,
                 .turned = turned,
                 .n = x->dim[0],
                 .oc = w->dim[0],
                 .h = x->dim[high],
                 .w = x->dim[high + 1],
                 .oh = y->dim[2 + last],
                 .ow = y->dim[3 + last],
                 .kh = w->dim[2 + last],
                 .kw = w->dim[3 + last],
                 .sh = window_int(p, "strides", last),
                 .sw = window_int(p, "strides", last + 1),
                 .dh = window_int(p, "dilations", last),
                 .dw = window_int(p, "dilations", last + 1),
                 .d = 1,
                 .od = 1,
                 .kd = 1,
                 .sd = 1,
                 .dd = 1,
                 .group = tn_attr_int(p->attrs, "group")};
    v->c = w->dim[1] * v->group;
    if (turned) {
        v->c = w->dim[0];
        v->oc = w->dim[1] * v->group;
        v->top = window_pad_turned(p, 0, v->h, v->oh, v->kh, v->sh, v->dh);
        v->left = window_pad_turned(p, 1, v->w, v->ow, v->kw, v->sw, v->dw);
    } else {
        v->top = window_pad(p, last, v->h, v->oh, v->kh, v->sh, v->dh);
        v->left = window_pad(p, last + 1, v->w, v->ow, v->kw, v->sw, v->dw);
        if (last) bconv_depth(p, v);
        bconv_turn_column(v);
    }
    fused_act(p, &v->act);
}

// Volumes are [N,C/16,D,H,W,16]: an output slice is an image, a sum over the slices that its window meets.
// Kernels without such sums take what is left of volumes without depth.
static inline const char *bconv_reject_depth(const bconv *v) {
    return v->d * v->od * v->kd == 1 && v->front == 0 ? NULL : "windows that reach over slices";
}

INLINE int64_t bconv_images(const bconv *v) { return v->n * v->od; }
// Which taps of the window's depth meet slices of the input.
INLINE inside bconv_slices(const bconv *v, int64_t image) {
    return inside_of(image % v->od * v->sd - v->front, v->dd, v->d, v->kd);
}
// Plane of the input: block `block` of `blocks` at tap kz of the window's depth.
INLINE int64_t bconv_plane_in(const bconv *v, int64_t image, int64_t blocks, int64_t block, int64_t kz) {
    int64_t z = image % v->od * v->sd - v->front + kz * v->dd;
    return (image / v->od * blocks + block) * v->d + z;
}
// Plane of the output: its first block; each further one is od planes on.
INLINE int64_t bconv_plane_out(const bconv *v, int64_t image, int64_t blocks) {
    return image / v->od * blocks * v->od + image % v->od;
}

// A dilation takes the image apart into interleaved ones: those down and across that have outputs.
INLINE int64_t bconv_apart_down(const bconv *v) { return min64(v->dh, v->oh); }
INLINE int64_t bconv_apart_across(const bconv *v) { return min64(v->dw, v->ow); }

// Where tile i of an image begins in the output, when an interleaved one has `down` by `across` tiles of m_y
// by m_x outputs.
typedef struct bplace {
    int64_t y, x;
} bplace;
INLINE bplace bconv_tile_at(const bconv *v, int64_t i, int64_t down, int64_t across, int64_t m_y,
                            int64_t m_x) {
    int64_t image = v->dh * v->dw == 1 ? 0 : i / (down * across), y = 0, x = 0;
    i -= image * down * across;
    if (image) y = image / bconv_apart_across(v), x = image % bconv_apart_across(v);
    int64_t row = i / across;
    return (bplace){y + row * m_y * v->dh, x + (i - row * across) * m_x * v->dw};
}

INLINE const float *bconv_data(int n, const tn_tensor *const *in, int i) {
    return n > i && in[i] ? in[i]->data : NULL;
}

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

// Tiles of a row side by side are activated together: a call that does a few pixels is over before its loop
// runs full. `waiting` of them, in the first-level cache; the last are tile t's, which may end them.
enum { BCONV_WAIT = 96 };
static inline int64_t bconv_wait(btile *t, act a, int64_t waiting, int64_t pixels, int vectors, bool ends) {
    waiting += pixels;
    if (waiting < BCONV_WAIT && !ends) return waiting;
    t->y -= (waiting - pixels) * BLOCK;
    bconv_activate(t, a, waiting, vectors);
    return 0;
}

static inline void bconv_clamps(act a, btile *t) {
    t->lo = a.kind == ACT_CLAMP ? a.alpha : -INFINITY;
    t->hi = a.kind == ACT_CLAMP ? a.beta : INFINITY;
}

// A vector of channels of a tile that a kernel summed by itself: its rows, and where they go in Y.
typedef struct bsums {
    float *sums; // [row][across], of VL
    int64_t across, rows, columns;
    int64_t row, column; // floats of Y from one to the next
    const float *bias, *mask;
} bsums;

// Bias, residual, activation; only pixels of the image are stored, from element `to` of Y on. What an
// activation needs more than a clamp for waits until the whole tile is there.
static inline void bconv_finish(const bconv *v, const bsums *s, const float *z, float *y, int64_t to) {
    bool clamps = v->act.kind == ACT_CLAMP, waits = !clamps && v->act.kind != ACT_NONE;
    vf lo = v_set(clamps ? v->act.alpha : -INFINITY), hi = v_set(clamps ? v->act.beta : INFINITY);
    vf b = v_load(s->bias);
    vi lanes = s->mask ? (vi)v_load(s->mask) : vi_set(-1);
    for (int64_t i = 0; i < s->rows; i++)
        for (int64_t j = 0; j < s->columns; j++) {
            int64_t at = to + i * s->row + j * s->column;
            float *from = s->sums + (i * s->across + j) * VL;
            vf sum = v_load(from) + b;
            if (z) sum += v_load(z + at);
            sum = v_clamp(sum, lo, hi);
            v_store(waits ? from : y + at, waits ? sum : (vf)((vi)sum & lanes));
        }
    if (!waits) return;
    act_row(v->act, s->sums, s->sums, s->rows * s->across * VL);
    for (int64_t i = 0; i < s->rows; i++)
        for (int64_t j = 0; j < s->columns; j++)
            v_store(y + to + i * s->row + j * s->column,
                    (vf)((vi)v_load(s->sums + (i * s->across + j) * VL) & lanes));
}

#endif
