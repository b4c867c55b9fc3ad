// SPDX-License-Identifier: Apache-2.0
// pool.inl - what a pool's window is, for kernels that work plane by plane.
#ifndef TN_CPU_POOL_INL
#define TN_CPU_POOL_INL

#include "cpu/kern/plane.inl"

typedef struct pool {
    tn_dtype type;
    plane p;
    int64_t planes, group; // of the tensor, of a task
    int64_t bottom, right; // padding behind
    bool max, include_pad;
} pool;

enum { POOL_TASK = 1 << 16 };

// Windows two wide, two apart, and all inside: pairs of neighbours, in place.
static bool pool_is_pairs(const pool *s) {
    const plane *p = &s->p;
    return p->kw == 2 && p->sw == 2 && p->dw == 1 && p->left == 0 && 2 * p->ow <= p->w && p->top == 0 &&
           (p->oh - 1) * p->sh + (p->kh - 1) * p->dh < p->h;
}

static int64_t pool_end_pad(const tn_problem *p, int axis, int64_t head, int64_t in, int64_t out, int64_t k,
                            int64_t stride, int64_t dilation) {
    size_t n;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &n);
    if (tn_attr_is(p->attrs, "auto_pad", "NOTSET")) return n ? pads[axis + p->in[0]->rank - 2] : 0;
    if (tn_attr_is(p->attrs, "auto_pad", "VALID")) return 0;
    return max64(0, (out - 1) * stride + (k - 1) * dilation + 1 - in) - head;
}

static void pool_setup(const tn_problem *p, void *params) {
    pool *s = params;
    const tn_tensor *x = p->in[0], *y = p->out[0];
    bool flat = x->rank == 3;
    int last = flat ? 0 : 1;
    *s = (pool){.type = x->dtype, .planes = x->dim[0] * x->dim[1], .max = p->attrs.op->name[0] == 'M'};
    plane *v = &s->p;
    *v = (plane){.h = flat ? 1 : x->dim[2],
                 .w = x->dim[x->rank - 1],
                 .oh = flat ? 1 : y->dim[2],
                 .ow = y->dim[y->rank - 1],
                 .kh = flat ? 1 : window_int(p, "kernel_shape", 0),
                 .kw = window_int(p, "kernel_shape", last),
                 .sh = flat ? 1 : window_int(p, "strides", 0),
                 .sw = window_int(p, "strides", last),
                 .dh = flat ? 1 : window_int(p, "dilations", 0),
                 .dw = window_int(p, "dilations", last)};
    v->left = window_pad(p, last, v->w, v->ow, v->kw, v->sw, v->dw);
    s->right = pool_end_pad(p, last, v->left, v->w, v->ow, v->kw, v->sw, v->dw);
    if (!flat) {
        v->top = window_pad(p, 0, v->h, v->oh, v->kh, v->sh, v->dh);
        s->bottom = pool_end_pad(p, 0, v->top, v->h, v->oh, v->kh, v->sh, v->dh);
    }
    s->include_pad = !s->max && tn_attr_int(p->attrs, "count_include_pad") != 0;
    s->group = max64(1, POOL_TASK / max64(1, v->oh * v->ow * v->kh * v->kw));
}

#endif
