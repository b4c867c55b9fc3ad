// SPDX-License-Identifier: Apache-2.0
// pool_f32_blocked.c - MaxPool and AveragePool of blocked activations: to the operator they are windows
// over three dimensions of [N,C/16,H,W,16] (or four, of volumes) whose last one is 1. Every tap is a vector
// of channels. Windows that overlap along a row take each column of it once: columns first, into a line that
// stays in the first cache.
#include "cpu/isa.h"

#include "cpu/kern/pool.inl"

enum {
    BPOOL_TASKS = 8,   // of an image, at least
    BPOOL_COLUMNS = 64 // of a line
};

typedef struct bpool {
    plane p;
    pool_depth z;
    int64_t n, blocks, lanes; // lanes: floats of a pixel
    int64_t groups;           // of an image's planes: tasks of a row
    int64_t bottom, right;    // padding behind
    int64_t counted;          // columns of the image that an average counts: fewer where `right` is negative
    bool max, include_pad;
} bpool;

static const char *bpool_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "the output is not wanted";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (p->nout > 1 && p->out[1]) return "the indices are wanted";
    int rank = p->in[0]->rank, last = rank - 3; // the attributes' index of the lanes
    if (rank != 5 && rank != 6) return "not blocked (rank 5, or 6)";
    size_t n;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &n);
    if (window_int(p, "kernel_shape", last) != 1 || window_int(p, "strides", last) != 1 ||
        (n && (pads[last] || pads[last + rank - 2])) || p->in[0]->dim[rank - 1] % 16)
        return "the last dimension is not a block of channels";
    return NULL;
}

static void bpool_setup(const tn_problem *p, void *params) {
    bpool *s = params;
    const tn_tensor *x = p->in[0];
    int width = x->rank - 4;
    *s = (bpool){.n = x->dim[0],
                 .blocks = x->dim[1],
                 .lanes = x->dim[x->rank - 1],
                 .max = p->attrs.op->name[0] == 'M'};
    plane *v = &s->p;
    pool_depth *z = &s->z;
    pool_axis(p, width - 2, &z->d, &z->od, &z->kd, &z->sd, &z->dd, &z->front, &z->back);
    pool_axis(p, width - 1, &v->h, &v->oh, &v->kh, &v->sh, &v->dh, &v->top, &s->bottom);
    pool_axis(p, width, &v->w, &v->ow, &v->kw, &v->sw, &v->dw, &v->left, &s->right);
    s->counted = v->w + min64(0, s->right);
    s->include_pad = !s->max && tn_attr_int(p->attrs, "count_include_pad") != 0;
    s->groups = max64(1, min64(s->blocks, ceil_div(BPOOL_TASKS, max64(1, z->od * v->oh))));
}

typedef struct bpool_run {
    const bpool *s;
    const float *x;
    float *y;
} bpool_run;

#ifdef TN_SMALL // loops of any number of taps only, which are a third of the code and the same bits
enum { BPOOL_UNROLLED = 0 };
#else
enum { BPOOL_UNROLLED = 1 };
#endif

// Taps of one window along one axis that meet the input, and how many meet input and padding.
typedef struct taps {
    int64_t lo, hi, start, padded;
} taps;

static taps taps_of(int64_t start, int64_t step, int64_t k, int64_t in, int64_t end_pad) {
    inside real = inside_of(start, step, in, k);
    int64_t padded = in + end_pad > start ? min64(k, ceil_div(in + end_pad - start, step)) : 0;
    return (taps){real.lo, real.hi, start, padded};
}

typedef struct bpool_line { // an output row of a plane, VL lanes of it
    const bpool *s;
    const float *x; // [D,H,W,lanes]
    float *y;       // [OW,lanes]
    int64_t step;   // between rows of x
    taps v, z;
    int64_t slice; // between taps of the depth
} bpool_line;

// Taps along a row: what follows a first one. Empty windows: -infinity, or 0.
INLINE vf bpool_join(bool max, vf a, vf b) { return max ? v_max(a, b) : a + b; }
INLINE vf bpool_none(bool max) { return v_set(max ? -INFINITY : 0); }

// The `rows` taps below `x`, of all slices.
INLINE vf bpool_column(const bpool_line *l, bool max, const float *x, int64_t rows) {
    int64_t step = l->step * l->s->p.dh;
    vf sum = v_load(x);
    for (int64_t k = 1; k < rows; k++) sum = bpool_join(max, sum, v_load(x + k * step));
    for (int64_t z = l->z.hi - l->z.lo; z > 1; z--) {
        x += l->slice;
        for (int64_t k = 0; k < rows; k++) sum = bpool_join(max, sum, v_load(x + k * step));
    }
    return sum;
}

// A sum of taps as the result for output ox.
INLINE void bpool_store(const bpool_line *l, bool max, int64_t ox, const taps *u, vf sum) {
    const bpool *s = l->s;
    if (!max) {
        int64_t real = (l->z.hi - l->z.lo) * (l->v.hi - l->v.lo) * (u->hi - u->lo);
        int64_t count = s->include_pad ? l->z.padded * l->v.padded * u->padded : real;
        sum = count > 0 ? sum / v_set((float)count) : (vf){0};
    }
    v_store(l->y + ox * s->lanes, sum);
}

static taps bpool_across(const bpool *s, int64_t ox) {
    const plane *p = &s->p;
    int64_t start = ox * p->sw - p->left, last = start + (p->kw - 1) * p->dw;
    if (start >= 0 && last < s->counted) return (taps){0, p->kw, start, p->kw}; // without a division
    return taps_of(start, p->dw, p->kw, p->w, s->right);
}

// Outputs [ox, end), one by one.
INLINE void bpool_each(const bpool_line *l, bool max, int64_t ox, int64_t end) {
    const bpool *s = l->s;
    int64_t rows = l->v.hi - l->v.lo;
    for (; ox < end; ox++) {
        taps u = bpool_across(s, ox);
        vf sum = bpool_none(max);
        for (int64_t k = u.lo; k < u.hi && rows; k++) {
            vf column = bpool_column(l, max, l->x + (u.start + k * s->p.dw) * s->lanes, rows);
            sum = k == u.lo ? column : bpool_join(max, sum, column);
        }
        bpool_store(l, max, ox, &u, sum);
    }
}

// The same of windows that lie inside.
INLINE void bpool_inside(const bpool_line *l, bool max, int64_t rows, int64_t kw, int64_t ox, int64_t end) {
    const plane *p = &l->s->p;
    int64_t step = p->dw * l->s->lanes;
    const taps u = {0, kw, 0, kw};
    for (; ox < end; ox++) {
        const float *x = l->x + (ox * p->sw - p->left) * l->s->lanes;
        vf sum = bpool_column(l, max, x, rows);
        for (int64_t k = 1; k < kw; k++) sum = bpool_join(max, sum, bpool_column(l, max, x + k * step, rows));
        bpool_store(l, max, ox, &u, sum);
    }
}

// Windows that do not overlap, or are too wide for a line. Loops of two taps are the compiler's to unroll.
INLINE void bpool_apart(const bpool_line *l, bool max) {
    const plane *p = &l->s->p;
    int64_t rows = l->v.hi - l->v.lo;
    int64_t starts = rows ? l->s->counted - (p->kw - 1) * p->dw : 0; // of windows that lie inside
    inside in = inside_of(-p->left, p->sw, starts, p->ow);
    bpool_each(l, max, 0, in.lo);
    if (BPOOL_UNROLLED && rows == 2 && p->kw == 2)
        bpool_inside(l, max, 2, 2, in.lo, in.hi);
    else
        bpool_inside(l, max, rows, p->kw, in.lo, in.hi);
    bpool_each(l, max, in.hi, p->ow);
}

// Columns [c0, c1) of the plane.
INLINE void bpool_columns(const bpool_line *l, bool max, int64_t rows, int64_t c0, int64_t c1, vf *to) {
    for (int64_t c = c0; c < c1; c++) *to++ = bpool_column(l, max, l->x + c * l->s->lanes, rows);
}
// Outputs [0, n) of a piece whose windows lie inside: of the first ones.
INLINE void bpool_windows(const bpool_line *l, bool max, int64_t taps_across, int64_t ox, int64_t n,
                          const vf *line) {
    const plane *p = &l->s->p;
    const taps u = {0, taps_across, 0, taps_across};
    for (int64_t i = 0; i < n; i++, line += p->sw) {
        vf sum = line[0];
        for (int64_t k = 1; k < taps_across; k++) sum = bpool_join(max, sum, line[k * p->dw]);
        bpool_store(l, max, ox + i, &u, sum);
    }
}

// Outputs [ox, ox + n): their windows' columns as a line; loops of three taps unrolled.
INLINE void bpool_piece(const bpool_line *l, bool max, int64_t ox, int64_t n) {
    const plane *p = &l->s->p;
    vf line[BPOOL_COLUMNS];
    int64_t rows = l->v.hi - l->v.lo, start = ox * p->sw - p->left;
    int64_t end = start + (n - 1) * p->sw + (p->kw - 1) * p->dw + 1;
    int64_t c0 = min64(max64(start, 0), end), c1 = max64(c0, min64(end, p->w));
    if (!rows) c1 = c0;
    for (int64_t c = start; c < c0; c++) line[c - start] = bpool_none(max);
    for (int64_t c = c1; c < end; c++) line[c - start] = bpool_none(max);
    if (BPOOL_UNROLLED && rows == 3)
        bpool_columns(l, max, 3, c0, c1, line + (c0 - start));
    else
        bpool_columns(l, max, rows, c0, c1, line + (c0 - start));
    if ((start < 0 || end > l->s->counted) && !max)
        for (int64_t i = 0; i < n; i++) { // the borders count
            taps u = bpool_across(l->s, ox + i);
            vf sum = bpool_none(max);
            for (int64_t k = 0; k < p->kw; k++) sum += line[i * p->sw + k * p->dw];
            bpool_store(l, max, ox + i, &u, sum);
        }
    else if (BPOOL_UNROLLED && p->kw == 3)
        bpool_windows(l, max, 3, ox, n, line);
    else
        bpool_windows(l, max, p->kw, ox, n, line);
}

INLINE void bpool_across_row(const bpool_line *l, bool max) {
    const plane *p = &l->s->p;
    int64_t wide = (p->kw - 1) * p->dw + 1;
    if (p->kw <= p->sw || wide > BPOOL_COLUMNS) {
        bpool_apart(l, max);
        return;
    }
    int64_t most = (BPOOL_COLUMNS - wide) / p->sw + 1;
    for (int64_t ox = 0; ox < p->ow; ox += most) bpool_piece(l, max, ox, min64(most, p->ow - ox));
}

// Row oy of slice oz of a block of channels.
static void bpool_row(const bpool_run *r, int64_t block_at, int64_t oz, int64_t oy) {
    const bpool *s = r->s;
    const plane *p = &s->p;
    const pool_depth *d = &s->z;
    int64_t step = p->w * s->lanes;
    taps v = taps_of(oy * p->sh - p->top, p->dh, p->kh, p->h, s->bottom);
    taps z = taps_of(oz * d->sd - d->front, d->dd, d->kd, d->d, d->back);
    if (z.hi == z.lo) v.hi = v.lo;
    bool any = v.hi > v.lo;
    int64_t first = any ? (z.start + z.lo * d->dd) * p->h + v.start + v.lo * p->dh : 0;
    const float *x = r->x + (block_at * d->d * p->h + first) * step;
    float *y = r->y + ((block_at * d->od + oz) * p->oh + oy) * p->ow * s->lanes;
    for (int64_t lane = 0; lane < s->lanes; lane += VL) {
        bpool_line l = {s, x + lane, y + lane, step, v, z, d->dd * p->h * step};
        if (s->max)
            bpool_across_row(&l, true);
        else
            bpool_across_row(&l, false);
    }
}

// A row of a group of an image's planes: rows first, as the layers before and behind take them.
static void bpool_task(void *arg, int64_t i, int worker) {
    const bpool_run *r = arg;
    const bpool *s = r->s;
    int64_t group = i % s->groups, row = i / s->groups, oy = row % s->p.oh, slice = row / s->p.oh;
    int64_t oz = slice % s->z.od, image = slice / s->z.od;
    int64_t first = s->blocks * group / s->groups, last = s->blocks * (group + 1) / s->groups;
    (void)worker;
    for (int64_t k = first; k < last; k++) bpool_row(r, image * s->blocks + k, oz, oy);
}

static tn_status bpool_call(tn_call *c) {
    const bpool *s = c->params;
    bpool_run r = {s, c->in[0]->data, c->out[0]->data};
    tn_call_parallel(c, s->n * s->z.od * s->p.oh * s->groups, bpool_task, &r);
    return TN_OK;
}

#define POOL_BLOCKED(name_, op_)                                                                 \
    {                                                                                            \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                         \
                 .doc = "windows over blocked channels, a vector a tap", .reject = bpool_reject, \
                 .params_bytes = sizeof(bpool), .setup = bpool_setup, .run = bpool_call,         \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(pool_f32_blocked_max) = POOL_BLOCKED(AT("pool.f32.blocked:MaxPool"), "MaxPool");
TN_KERNEL(pool_f32_blocked_average) = POOL_BLOCKED(AT("pool.f32.blocked:AveragePool"), "AveragePool");
