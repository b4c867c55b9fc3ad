// SPDX-License-Identifier: Apache-2.0
// pool_f32.inl - MaxPool, AveragePool and their global forms. Windows: as the depthwise convolution, a plane
// with its padding (-infinity or zero) written out, SLOTS vectors of output at a time. Global: one sweep over
// each plane.
#ifndef TN_CPU_POOL_F32_INL
#define TN_CPU_POOL_F32_INL

#include "cpu/kern/pool.inl"

enum { POOL_TAPS = 4096 };

static const char *pool_type_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "the output is not wanted";
    tn_dtype t = p->in[0]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    return NULL;
}

static const char *pool_reject(const tn_problem *p) {
    const char *why = pool_type_reject(p);
    if (why) return why;
    if (p->nout > 1 && p->out[1]) return "the indices are wanted";
    if (p->in[0]->rank != 3 && p->in[0]->rank != 4) return "only 1-D and 2-D windows";
    return NULL;
}

typedef struct pool_room {
    int64_t scale, plane, result, all;
} pool_room;

static pool_room pool_sizes(const pool *s) {
    pool_room r = {.scale = s->max ? 0 : ceil_div(s->p.ow + VL, 16) * 16,
                   .plane = plane_floats(&s->p),
                   .result = ceil_div(s->p.oh * s->p.ow, 16) * 16};
    r.all = r.scale + r.plane + r.result;
    return r;
}

static size_t pool_workspace(const tn_problem *p, int threads) {
    pool s;
    pool_setup(p, &s);
    return s.p.oh * s.p.ow > 0 ? (size_t)(pool_sizes(&s).all * threads) * 4 : 0;
}

// How many elements output `o` averages along one axis.
static int64_t pool_taps(int64_t o, int64_t stride, int64_t head, int64_t k, int64_t dilation, int64_t size,
                         int64_t tail, bool include_pad) {
    int64_t at = o * stride - head;
    if (include_pad) return inside_of(0, dilation, size + tail - at, k).hi;
    inside in = inside_of(at, dilation, size, k);
    return in.hi - in.lo;
}

static void pool_plane(const pool *s, const float *x, float *y) {
    const plane *p = &s->p;
    slots v = {0};
    while (plane_slots(p, &v)) {
        vf acc[SLOTS];
        const float *in[SLOTS];
        for (int j = 0; j < SLOTS; j++) acc[j] = v_set(s->max ? -INFINITY : 0), in[j] = x + v.in[j];
        for (int64_t ky = 0; ky < p->kh; ky++) {
            for (int64_t kx = 0; kx < p->kw; kx++) {
                int64_t off = plane_offset(p, ky, kx);
                if (s->max)
                    for (int j = 0; j < SLOTS; j++) acc[j] = v_max(acc[j], v_load(in[j] + off));
                else
                    for (int j = 0; j < SLOTS; j++) acc[j] += v_load(in[j] + off);
            }
        }
        vf out[SLOTS];
        for (int j = 0; j < SLOTS; j++) out[j] = acc[j];
        for (int j = 0; j < v.count; j++) v_store_n(y + v.out[j], out[j], v.lanes[j]);
    }
}

// Sums to means: divisors are products of one count per row and one per column.
static void pool_divide(const pool *s, float *columns, float *y) {
    const plane *p = &s->p;
    for (int64_t x = 0; x < p->ow; x++)
        columns[x] = (float)pool_taps(x, p->sw, p->left, p->kw, p->dw, p->w, s->right, s->include_pad);
    for (int64_t r = 0; r < p->oh; r++, y += p->ow) {
        float rows = (float)pool_taps(r, p->sh, p->top, p->kh, p->dh, p->h, s->bottom, s->include_pad);
        for (int64_t x = 0; x < p->ow; x++) y[x] = columns[x] * rows > 0 ? y[x] / (columns[x] * rows) : 0;
    }
}

// pool_plane of pairs: the plane is read where it lies, in the same order.
static void pool_pairs(const pool *s, const float *x, float *y) {
    const plane *p = &s->p;
    float count = (float)(p->kh * 2);
    for (int64_t oy = 0; oy < p->oh; oy++, y += p->ow)
        for (int64_t ox = 0; ox < p->ow; ox += VL) {
            int64_t n = min64(VL, p->ow - ox), high = 2 * n - VL;
            vf acc = v_set(s->max ? -INFINITY : 0);
            for (int64_t ky = 0; ky < p->kh; ky++) {
                const float *in = x + (oy * p->sh + ky * p->dh) * p->w + 2 * ox;
                vf a = high >= 0 ? v_load(in) : v_load_n(in, 2 * n);
                vf b = high == VL ? v_load(in + VL) : high > 0 ? v_load_n(in + VL, high) : (vf){0};
                vf even = v_even(a, b), odd = v_odd(a, b);
                acc = s->max ? v_max(v_max(acc, even), odd) : acc + even + odd;
            }
            v_store_n(y + ox, s->max ? acc : acc / count, n);
        }
}

typedef struct pool_run {
    const pool *s;
    const void *x;
    void *y;
    float *workspace;
} pool_run;

static void pool_task(void *arg, int64_t i, int worker) {
    const pool_run *r = arg;
    const pool *s = r->s;
    pool_room room = pool_sizes(s);
    float *columns = r->workspace + worker * room.all, *x = columns + room.scale, *y = x + room.plane;
    int64_t in = s->p.h * s->p.w, out = s->p.oh * s->p.ow;
    for (int64_t c = i * s->group; c < min64((i + 1) * s->group, s->planes); c++) {
        float *to = s->type == TN_F32 ? (float *)r->y + c * out : y;
        if (s->type == TN_F32 && pool_is_pairs(s)) {
            pool_pairs(s, (const float *)r->x + c * in, to);
            continue;
        }
        plane_load(&s->p, s->type, r->x, c * in, s->max ? -INFINITY : 0, x);
        pool_plane(s, x, to);
        if (!s->max) pool_divide(s, columns, to);
        if (s->type != TN_F32) row_to(s->type, to, r->y, c * out, out);
    }
}

static tn_status pool_call(tn_call *c) {
    const pool *s = c->params;
    pool_run r = {s, c->in[0]->data, c->out[0]->data, c->workspace};
    if (s->p.oh * s->p.ow > 0) tn_call_parallel(c, ceil_div(s->planes, s->group), pool_task, &r);
    return TN_OK;
}

// ------------------------------------------------------------------------------------------ global forms

enum { PIECE = 1024 }; // elements converted at a time

static float plane_fold(bool max, tn_dtype type, const void *x, int64_t first, int64_t n) {
    vf acc[LANES], last[LANES];
    float piece[PIECE], start = max ? -INFINITY : 0;
    for (int j = 0; j < LANES; j++) acc[j] = v_set(start);
    for (int64_t at = 0; at < n; at += PIECE) {
        int64_t i = 0, count = min64(PIECE, n - at);
        const float *from = type == TN_F32 ? (const float *)x + first + at : piece;
        if (type != TN_F32) row_from(type, x, first + at, piece, count);
        for (; i + SPAN <= count; i += SPAN)
            for (int j = 0; j < LANES; j++) {
                vf v = v_load(from + i + j * VL);
                acc[j] = max ? v_max(acc[j], v) : acc[j] + v;
            }
        if (i == count) continue;
        v_load_span(last, from + i, count - i, start);
        for (int j = 0; j < LANES; j++) acc[j] = max ? v_max(acc[j], last[j]) : acc[j] + last[j];
    }
    return max ? v_fold_max(acc, n) : v_fold_sum(acc, n);
}

static void global_setup(const tn_problem *p, void *params) {
    pool *s = params;
    const tn_tensor *x = p->in[0];
    *s = (pool){
        .type = x->dtype, .planes = x->dim[0] * x->dim[1], .max = strstr(p->attrs.op->name, "Max") != NULL};
    s->p.w = tn_count_range(x, 2, x->rank);
    s->group = max64(1, POOL_TASK / max64(1, s->p.w));
}

static void global_task(void *arg, int64_t i, int worker) {
    const pool_run *r = arg;
    const pool *s = r->s;
    int64_t n = s->p.w;
    (void)worker;
    for (int64_t c = i * s->group; c < min64((i + 1) * s->group, s->planes); c++) {
        float y = plane_fold(s->max, s->type, r->x, c * n, n);
        if (!s->max) y /= (float)n;
        row_to(s->type, &y, r->y, c, 1);
    }
}

static const char *global_reject(const tn_problem *p) {
    const char *why = pool_type_reject(p);
    if (why) return why;
    return tn_count_range(p->in[0], 2, p->in[0]->rank) ? NULL : "planes without elements";
}

static tn_status global_call(tn_call *c) {
    const pool *s = c->params;
    pool_run r = {s, c->in[0]->data, c->out[0]->data, NULL};
    tn_call_parallel(c, ceil_div(s->planes, s->group), global_task, &r);
    return TN_OK;
}

#define POOL(name_, op_, isa_, rank_)                                                      \
    {                                                                                      \
        TN_HERE, .name = name_, .op = op_, .isa = isa_, .rank = rank_,                     \
                 .doc = "planes with their padding written out, vectors along the width",  \
                 .reject = pool_reject, .params_bytes = sizeof(pool), .setup = pool_setup, \
                 .workspace = pool_workspace, .run = pool_call,                            \
    }
#define POOL_GLOBAL(name_, op_, isa_, rank_)                                                               \
    {                                                                                                      \
        TN_HERE, .name = name_, .op = op_, .isa = isa_, .rank = rank_, .doc = "one sweep over each plane", \
                 .reject = global_reject, .params_bytes = sizeof(pool), .setup = global_setup,             \
                 .run = global_call,                                                                       \
    }

#endif
