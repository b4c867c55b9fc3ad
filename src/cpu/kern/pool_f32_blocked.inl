// SPDX-License-Identifier: Apache-2.0
// pool_f32_blocked.inl - MaxPool and AveragePool of blocked activations: to the operator they are windows
// over three dimensions of [N,C/16,H,W,16] whose last one is 1. Every tap is a vector of channels.
#ifndef TN_CPU_POOL_F32_BLOCKED_INL
#define TN_CPU_POOL_F32_BLOCKED_INL

#include "cpu/kern/plane.inl"

enum { BPOOL_TASKS = 8 }; // of an image, at least

typedef struct bpool {
    plane p;
    int64_t n, blocks, lanes; // lanes: floats of a pixel
    int64_t groups;           // of an image's planes: tasks of a row
    int64_t bottom, right;    // padding behind
    bool max, include_pad;
} bpool;

static const char *bpool_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "the output is not wanted";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (p->nout > 1 && p->out[1]) return "the indices are wanted";
    if (p->in[0]->rank != 5) return "not blocked (rank 5)";
    size_t n;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &n);
    if (window_int(p, "kernel_shape", 2) != 1 || window_int(p, "strides", 2) != 1 ||
        (n && (pads[2] || pads[5])) || p->in[0]->dim[4] % 16)
        return "the last dimension is not a block of channels";
    return NULL;
}

// What auto_pad leaves for the end of an axis.
static int64_t bpool_end(const tn_problem *p, int axis, int64_t head, int64_t in, int64_t out, int64_t k,
                         int64_t stride, int64_t dilation) {
    size_t n;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &n);
    if (tn_attr_is(p->attrs, "auto_pad", "NOTSET")) return n ? pads[axis + 3] : 0;
    if (tn_attr_is(p->attrs, "auto_pad", "VALID")) return 0;
    return max64(0, (out - 1) * stride + (k - 1) * dilation + 1 - in) - head;
}

static void bpool_setup(const tn_problem *p, void *params) {
    bpool *s = params;
    const tn_tensor *x = p->in[0], *y = p->out[0];
    *s = (bpool){.n = x->dim[0], .blocks = x->dim[1], .lanes = x->dim[4], .max = p->attrs.op->name[0] == 'M'};
    plane *v = &s->p;
    *v = (plane){.h = x->dim[2],
                 .w = x->dim[3],
                 .oh = y->dim[2],
                 .ow = y->dim[3],
                 .kh = window_int(p, "kernel_shape", 0),
                 .kw = window_int(p, "kernel_shape", 1),
                 .sh = window_int(p, "strides", 0),
                 .sw = window_int(p, "strides", 1),
                 .dh = window_int(p, "dilations", 0),
                 .dw = window_int(p, "dilations", 1)};
    v->top = window_pad(p, 0, v->h, v->oh, v->kh, v->sh, v->dh);
    v->left = window_pad(p, 1, v->w, v->ow, v->kw, v->sw, v->dw);
    s->bottom = bpool_end(p, 0, v->top, v->h, v->oh, v->kh, v->sh, v->dh);
    s->right = bpool_end(p, 1, v->left, v->w, v->ow, v->kw, v->sw, v->dw);
    s->include_pad = !s->max && tn_attr_int(p->attrs, "count_include_pad") != 0;
    s->groups = max64(1, min64(s->blocks, ceil_div(BPOOL_TASKS, max64(1, v->oh))));
}

typedef struct bpool_run {
    const bpool *s;
    const float *x;
    float *y;
} bpool_run;

// Taps of one window along one axis that meet the input, and how many meet input and padding.
typedef struct taps {
    int64_t lo, hi, start, padded;
} taps;

static taps taps_of(int64_t start, int64_t step, int64_t k, int64_t in, int64_t end_pad) {
    inside real = inside_of(start, step, in, k);
    int64_t padded = in + end_pad > start ? min64(k, ceil_div(in + end_pad - start, step)) : 0;
    return (taps){real.lo, real.hi, start, padded};
}

static void bpool_row(const bpool_run *r, int64_t plane_at, int64_t oy) {
    const bpool *s = r->s;
    const plane *p = &s->p;
    int64_t line = p->w * s->lanes;
    const float *x = r->x + plane_at * p->h * line;
    float *y = r->y + (plane_at * p->oh + oy) * p->ow * s->lanes;
    taps v = taps_of(oy * p->sh - p->top, p->dh, p->kh, p->h, s->bottom);
    for (int64_t ox = 0; ox < p->ow; ox++) {
        taps u = taps_of(ox * p->sw - p->left, p->dw, p->kw, p->w, s->right);
        int64_t count = s->include_pad ? v.padded * u.padded : (v.hi - v.lo) * (u.hi - u.lo);
        for (int64_t lane = 0; lane < s->lanes; lane += VL) {
            vf sum = v_set(s->max ? -INFINITY : 0);
            for (int64_t ky = v.lo; ky < v.hi; ky++) {
                const float *from = x + (v.start + ky * p->dh) * line + u.start * s->lanes + lane;
                for (int64_t kx = u.lo; kx < u.hi; kx++) {
                    vf a = v_load(from + kx * p->dw * s->lanes);
                    sum = s->max ? v_max(sum, a) : sum + a;
                }
            }
            if (!s->max) sum = count > 0 ? sum / v_set((float)count) : (vf){0};
            v_store(y + ox * s->lanes + lane, sum);
        }
    }
}

// A row of a group of an image's planes: rows first, as the layers before and behind take them.
static void bpool_task(void *arg, int64_t i, int worker) {
    const bpool_run *r = arg;
    const bpool *s = r->s;
    int64_t group = i % s->groups, oy = i / s->groups % s->p.oh, image = i / (s->groups * s->p.oh);
    int64_t first = s->blocks * group / s->groups, last = s->blocks * (group + 1) / s->groups;
    (void)worker;
    for (int64_t k = first; k < last; k++) bpool_row(r, image * s->blocks + k, oy);
}

static tn_status bpool_call(tn_call *c) {
    const bpool *s = c->params;
    bpool_run r = {s, c->in[0]->data, c->out[0]->data};
    tn_call_parallel(c, s->n * s->p.oh * s->groups, bpool_task, &r);
    return TN_OK;
}

#define POOL_BLOCKED(name_, op_, isa_, rank_)                                                    \
    {                                                                                            \
        TN_HERE, .name = name_, .op = op_, .isa = isa_, .rank = rank_,                           \
                 .doc = "windows over blocked channels, a vector a tap", .reject = bpool_reject, \
                 .params_bytes = sizeof(bpool), .setup = bpool_setup, .run = bpool_call,         \
    }

#endif
