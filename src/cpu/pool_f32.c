// SPDX-License-Identifier: Apache-2.0
// pool_f32.c - MaxPool, AveragePool and their global forms. Windows: as the depthwise convolution, a plane
// with its padding (-infinity or zero) written out, SLOTS vectors of output at a time. Volumes: the slices
// that a window reaches over are pooled one by one, each once, and the results folded; that of slice z is
// number z % ring. Global: one sweep over each plane.
#include "cpu/isa.h"

#include "cpu/kern/pool.inl"

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
    if (p->in[0]->rank < 3 || p->in[0]->rank > 5) return "only 1-D, 2-D and 3-D windows";
    pool s;
    pool_setup(p, &s);
    return plane_fits(&s.p) ? NULL : "a plane with its padding is too large";
}

typedef struct pool_room {
    int64_t scale, plane, result, all;
} pool_room;

// Results of slices that wait; 0: windows of one slice.
static int64_t pool_ring(const pool *s) {
    return s->z.kd == 1 ? 0 : min64(s->z.d, (s->z.kd - 1) * s->z.dd + 1);
}

static pool_room pool_sizes(const pool *s) {
    pool_room r = {.scale = s->max ? 0 : ceil_div(s->p.ow + VL, 16) * 16,
                   .plane = plane_floats(&s->p),
                   .result = ceil_div(s->p.oh * s->p.ow, 16) * 16};
    r.all = r.scale + r.plane + r.result * (1 + pool_ring(s));
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

INLINE vf pool_join(bool max, vf a, vf b) { return max ? v_max(a, b) : a + b; }

// Whether windows are folded along rows first, each row once, and then along columns.
static bool pool_is_parted(const plane *p) {
    return plane_rows(p) * (p->kw + 2) + p->oh * p->kh < p->oh * p->kh * p->kw;
}

// Folds the rows' windows where they lie: into phase 0, whose elements are read before they are written.
static void pool_rows(const pool *s, float *x) {
    const plane *p = &s->p;
    int64_t width = plane_width(p);
    plane_taps first = plane_taps_of(p);
    for (int64_t r = 0; r < plane_rows(p); r++, x += width)
        for (int64_t ox = 0; ox < p->ow; ox += VL) {
            vf acc = v_load(x + ox);
            plane_taps t = first;
            for (int64_t kx = 1; kx < p->kw; kx++) {
                plane_taps_next(&t);
                acc = pool_join(s->max, acc, v_load(x + ox + t.off));
            }
            v_store_n(x + ox, acc, min64(VL, p->ow - ox));
        }
}

// x: the plane with its padding; is written to.
static void pool_plane(const pool *s, float *x, float *y) {
    const plane *p = &s->p;
    slots v = {0};
    bool parted = pool_is_parted(p);
    int64_t columns = parted ? 1 : p->kw, width = plane_width(p);
    plane_taps first = plane_taps_of(p);
    if (parted) pool_rows(s, x);
    while (plane_slots(p, &v)) {
        vf acc[SLOTS];
        const float *in[SLOTS];
        for (int j = 0; j < SLOTS; j++) acc[j] = v_set(s->max ? -INFINITY : 0), in[j] = x + v.in[j];
        for (int64_t ky = 0; ky < p->kh; ky++) {
            plane_taps t = first;
            t.off = ky * p->dh * width;
            for (int64_t kx = 0; kx < columns; kx++, plane_taps_next(&t)) {
                if (s->max)
                    for (int j = 0; j < SLOTS; j++) acc[j] = v_max(acc[j], v_load(in[j] + t.off));
                else
                    for (int j = 0; j < SLOTS; j++) acc[j] += v_load(in[j] + t.off);
            }
        }
        vf out[SLOTS];
        for (int j = 0; j < SLOTS; j++) out[j] = acc[j];
        for (int j = 0; j < v.count; j++) v_store_n(y + v.out[j], out[j], v.lanes[j]);
    }
}

// Sums of `slices` slices to means: divisors are products of one count per row and one per column.
static void pool_divide(const pool *s, int64_t slices, float *columns, float *y) {
    const plane *p = &s->p;
    for (int64_t x = 0; x < p->ow; x++)
        columns[x] = (float)pool_taps(x, p->sw, p->left, p->kw, p->dw, p->w, s->right, s->include_pad);
    for (int64_t r = 0; r < p->oh; r++, y += p->ow) {
        int64_t taps = pool_taps(r, p->sh, p->top, p->kh, p->dh, p->h, s->bottom, s->include_pad);
        float rows = (float)(taps * slices);
        for (int64_t x = 0; x < p->ow; x++) y[x] = columns[x] * rows > 0 ? y[x] / (columns[x] * rows) : 0;
    }
}

// pool_plane of pairs: the plane is read where it lies, in the same order. `count`: what sums are divided by.
static void pool_pairs(const pool *s, const float *x, float count, float *y) {
    const plane *p = &s->p;
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

// A worker's own memory.
typedef struct pool_space {
    float *columns, *x, *y, *ring;
} pool_space;

// Slice z of a volume (its first plane is `first`); not divided yet, but where it is the whole window and
// made of pairs. True: it is divided.
static bool pool_slice(const pool_run *r, const pool_space *o, int64_t plane_at, float *to) {
    const pool *s = r->s;
    int64_t in = s->p.h * s->p.w;
    if (s->type == TN_F32 && pool_is_pairs(s)) {
        bool whole = pool_ring(s) == 0;
        pool_pairs(s, (const float *)r->x + plane_at * in, whole ? (float)(s->p.kh * 2) : 1, to);
        return whole;
    }
    plane_load(&s->p, s->type, r->x, plane_at * in, s->max ? -INFINITY : 0, o->x);
    pool_plane(s, o->x, to);
    return false;
}

static void pool_fold_row(bool max, const float *from, float *to, int64_t n) {
    for (int64_t i = 0; i < n; i += VL) {
        int64_t m = min64(VL, n - i);
        vf a = v_load_n(to + i, m), b = v_load_n(from + i, m);
        v_store_n(to + i, max ? v_max(a, b) : a + b, m);
    }
}

// Folds the slices of one window; `loaded`: how many slices are done with.
static void pool_fold(const pool_run *r, const pool_space *o, int64_t first, int64_t oz, int64_t *loaded,
                      float *to) {
    const pool *s = r->s;
    const pool_depth *z = &s->z;
    int64_t z0 = oz * z->sd - z->front, out = s->p.oh * s->p.ow, ring = pool_ring(s);
    int64_t apart = ceil_div(out, 16) * 16;
    inside in = inside_of(z0, z->dd, z->d, z->kd);
    fill_floats(to, s->max ? -INFINITY : 0, out);
    for (int64_t k = in.lo; k < in.hi; k++) {
        int64_t at = z0 + k * z->dd;
        *loaded = max64(*loaded, z0); // what lies before is not read any more
        for (; *loaded <= at; ++*loaded) pool_slice(r, o, first + *loaded, o->ring + *loaded % ring * apart);
        pool_fold_row(s->max, o->ring + at % ring * apart, to, out);
    }
}

static void pool_volume(const pool_run *r, const pool_space *o, int64_t c) {
    const pool *s = r->s;
    const pool_depth *z = &s->z;
    int64_t out = s->p.oh * s->p.ow, loaded = 0;
    for (int64_t oz = 0; oz < z->od; oz++) {
        int64_t at = (c * z->od + oz) * out, slice = oz * z->sd - z->front;
        float *to = s->type == TN_F32 ? (float *)r->y + at : o->y;
        bool divided = false;
        if (pool_ring(s))
            pool_fold(r, o, c * z->d, oz, &loaded, to);
        else if (slice >= 0 && slice < z->d)
            divided = pool_slice(r, o, c * z->d + slice, to);
        else
            fill_floats(to, s->max ? -INFINITY : 0, out);
        int64_t slices = pool_taps(oz, z->sd, z->front, z->kd, z->dd, z->d, z->back, s->include_pad);
        if (!s->max && !divided) pool_divide(s, slices, o->columns, to);
        if (s->type != TN_F32) row_to(s->type, to, r->y, at, out);
    }
}

static void pool_task(void *arg, int64_t i, int worker) {
    const pool_run *r = arg;
    const pool *s = r->s;
    pool_room room = pool_sizes(s);
    pool_space o = {.columns = r->workspace + worker * room.all};
    o.x = o.columns + room.scale;
    o.y = o.x + room.plane;
    o.ring = o.y + room.result;
    for (int64_t c = i * s->group; c < min64((i + 1) * s->group, s->planes); c++) pool_volume(r, &o, c);
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
    return max ? v_fold_max(acc) : v_fold_sum(acc);
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

#define POOL(name_, op_)                                                                   \
    {                                                                                      \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                   \
                 .doc = "planes with their padding written out, vectors along the width",  \
                 .reject = pool_reject, .params_bytes = sizeof(pool), .setup = pool_setup, \
                 .workspace = pool_workspace, .run = pool_call,                            \
    }
#define POOL_GLOBAL(name_, op_)                                                                              \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK, .doc = "one sweep over each plane", \
                 .reject = global_reject, .params_bytes = sizeof(pool), .setup = global_setup,               \
                 .run = global_call,                                                                         \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(pool_f32_max) = POOL(AT("pool.f32:MaxPool"), "MaxPool");
TN_KERNEL(pool_f32_average) = POOL(AT("pool.f32:AveragePool"), "AveragePool");
TN_KERNEL(pool_f32_global_average) = POOL_GLOBAL(AT("pool.f32:GlobalAveragePool"), "GlobalAveragePool");
TN_KERNEL(pool_f32_global_max) = POOL_GLOBAL(AT("pool.f32:GlobalMaxPool"), "GlobalMaxPool");
