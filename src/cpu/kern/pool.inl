// SPDX-License-Identifier: Apache-2.0
// pool.inl - what a pool's window is, for kernels that work plane by plane.
#ifndef TN_CPU_POOL_INL
#define TN_CPU_POOL_INL

#include "cpu/kern/plane.inl"

// Slices of a volume along its depth; an image is one of them.
typedef struct pool_depth {
    int64_t d, od, kd, sd, dd, front, back;
} pool_depth;

typedef struct pool {
    tn_dtype type;
    plane p;
    pool_depth z;
    int64_t planes, group; // of the tensor (volumes, if it has slices), of a task
    int64_t bottom, right; // padding behind
    bool max, include_pad;
} pool;

enum { POOL_TASK = 1 << 16 };

// Windows two wide, two apart, and all inside: pairs of neighbours, in place.
static inline bool pool_is_pairs(const pool *s) {
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

// An axis of a pool, and its padding behind.
static void pool_axis(const tn_problem *p, int i, int64_t *in, int64_t *out, int64_t *k, int64_t *stride,
                      int64_t *dilation, int64_t *head, int64_t *tail) {
    window_axis(p, i, NULL, window_pad, in, out, k, stride, dilation, head);
    *tail = i < 0 ? 0 : pool_end_pad(p, i, *head, *in, *out, *k, *stride, *dilation);
}

static inline void pool_setup(const tn_problem *p, void *params) {
    pool *s = params;
    const tn_tensor *x = p->in[0];
    *s = (pool){.type = x->dtype, .planes = x->dim[0] * x->dim[1], .max = p->attrs.op->name[0] == 'M'};
    plane *v = &s->p;
    pool_depth *z = &s->z;
    int width = x->rank - 3;
    pool_axis(p, width - 2, &z->d, &z->od, &z->kd, &z->sd, &z->dd, &z->front, &z->back);
    pool_axis(p, width - 1, &v->h, &v->oh, &v->kh, &v->sh, &v->dh, &v->top, &s->bottom);
    pool_axis(p, width, &v->w, &v->ow, &v->kw, &v->sw, &v->dw, &v->left, &s->right);
    s->include_pad = !s->max && tn_attr_int(p->attrs, "count_include_pad") != 0;
    s->group = max64(1, POOL_TASK / max64(1, z->od * v->oh * v->ow * z->kd * v->kh * v->kw));
}

#endif
