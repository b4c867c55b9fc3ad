// SPDX-License-Identifier: Apache-2.0
// conv_i8_quads.inl - QLinearConv and ConvInteger as conv_i8_gemm.inl has them, by instructions that multiply
// 8-bit numbers as they are (quads.inl): A is the weights, B the patches of a task's pixels.
//
//     packed:                | weights of each group | sums of their rows |
//     workspace of a worker: | patches | sums of their columns | four lines of pixels | sums |
#ifndef TN_CPU_CONV_I8_QUADS_INL
#define TN_CPU_CONV_I8_QUADS_INL

#include "cpu/kern/quads.inl"

#include "cpu/kern/conv_i8.inl"

enum { CONV_QUADS_PATCHES = 512 << 10, CONV_QUADS_TILES = 8, CONV_QUADS_TASKS = 16, CONV_QUADS_PANELS = 4 };

typedef struct conv_quads {
    conv v;
    int64_t m, k, pixels;   // of one group: [m,k] times [k,pixels]
    int64_t words;          // of k
    int64_t blocks, splits; // tasks of one image and group: of pixels, of output channels
    int64_t columns;        // pixels of a task, at most
    bool packed;            // weights packed at build time
} conv_quads;

static void conv_quads_setup(const tn_problem *p, void *params) {
    conv_quads *s = params;
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    *s = (conv_quads){.splits = 1};
    conv_i8_shape(p, &s->v);
    s->m = s->v.oc / s->v.group;
    s->k = s->v.c / s->v.group * s->v.kh * s->v.kw;
    s->pixels = s->v.oh * s->v.ow;
    s->words = dot_words(s->k, 4);
    s->packed = in.w->data && (!in.w_zero || in.w_zero->data);
    int64_t tile_count = max64(1, dot_tiles(s->pixels)), panels = max64(1, dot_panels(s->m));
    int64_t fit = CONV_QUADS_PATCHES / max64(1, s->words * DOT_COLUMNS * 4);
    s->blocks = ceil_div(tile_count, max64(1, min64(CONV_QUADS_TILES, fit)));
    while (s->v.n * s->v.group * s->blocks * s->splits < CONV_QUADS_TASKS) {
        if (tile_count >= 4 * s->blocks)
            s->blocks *= 2;
        else if (panels >= 2 * s->splits)
            s->splits *= 2;
        else
            break;
    }
    s->columns = ceil_div(tile_count, s->blocks) * DOT_COLUMNS;
}

// The weights' half of the product, of one group.
INLINE dot conv_quads_dot(const conv_quads *s, int64_t pixels) { return (dot){s->m, pixels, s->words}; }
INLINE int64_t conv_quads_group(const conv_quads *s) {
    dot d = conv_quads_dot(s, 0);
    return dot_a_words(&d);
}
INLINE int64_t conv_quads_weights(const conv_quads *s) {
    return s->v.group * conv_quads_group(s) + ceil_div(s->v.oc, 16) * 16;
}

static void conv_quads_pack_from(const conv_quads *s, const conv_i8_inputs *in, uint32_t *to) {
    int32_t *sums = (int32_t *)(to + s->v.group * conv_quads_group(s));
    dot d = conv_quads_dot(s, 0);
    for (int64_t g = 0; g < s->v.group; g++)
        for (int64_t p = 0; p < dot_panels(s->m); p++)
            quads_pack_a(&d, s->k, (const uint8_t *)in->w->data + g * s->m * s->k, s->k,
                         quads_shift_a(in->w->dtype), p, to + g * conv_quads_group(s), sums + g * s->m);
}

static size_t conv_quads_pack_bytes(const tn_problem *p) {
    conv_quads s;
    conv_quads_setup(p, &s);
    return s.packed ? (size_t)conv_quads_weights(&s) * 4 : 0;
}

static void conv_quads_pack(const tn_problem *p, void *to) {
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    conv_quads s;
    conv_quads_setup(p, &s);
    conv_quads_pack_from(&s, &in, to);
}

typedef struct conv_quads_room { // 32-bit words of a worker
    int64_t patches, sums, lines, all;
} conv_quads_room;

static conv_quads_room conv_quads_sizes(const conv_quads *s) {
    conv_quads_room r = {.patches = s->words * s->columns, .sums = s->columns, .lines = s->columns};
    r.all = r.patches + r.sums + r.lines + CONV_QUADS_PANELS * DOT_ROWS * s->columns;
    return r;
}

static size_t conv_quads_workspace(const tn_problem *p, int threads) {
    conv_quads s;
    conv_quads_setup(p, &s);
    return (size_t)(conv_quads_sizes(&s).all * threads + (s.packed ? 0 : conv_quads_weights(&s))) * 4;
}

typedef struct conv_quads_run {
    const conv_quads *s;
    conv_i8_inputs in;
    result_i8 result;
    const uint32_t *weights;
    uint32_t *workspace;
    bool column_sums; // a channel's zero point is not 0
} conv_quads_run;

// Row k of the patches for pixels [first, first + n): outside the image it is the zero point.
static void conv_quads_line(const conv_quads_run *r, int64_t channel0, int64_t k, int64_t first, int64_t n,
                            uint8_t *line) {
    const conv *v = &r->s->v;
    int64_t area = v->kh * v->kw, ky = k % area / v->kw, kx = k % v->kw, at = kx * v->dw - v->left, run;
    const uint8_t *map = (const uint8_t *)r->in.x->data + (channel0 + k / area) * v->h * v->w;
    uint8_t zero = (uint8_t)zero_at(r->in.x_zero, 0);
    for (int64_t oy = first / v->ow, skip = first % v->ow; n > 0; n -= run, line += run, oy++, skip = 0) {
        int64_t iy = oy * v->sh - v->top + ky * v->dh, start = at + skip * v->sw;
        run = min64(v->ow - skip, n);
        inside in = iy < 0 || iy >= v->h ? (inside){0, 0} : inside_of(start, v->sw, v->w, run);
        const uint8_t *from = map + iy * v->w + start;
        if (in.lo > 0) memset(line, zero, (size_t)in.lo);
        if (v->sw == 1)
            memcpy(line + in.lo, in.hi > in.lo ? from + in.lo : map, (size_t)(in.hi - in.lo));
        else
            for (int64_t i = in.lo; i < in.hi; i++) line[i] = from[i * v->sw];
        if (in.hi < run) memset(line + in.hi, zero, (size_t)(run - in.hi));
    }
}

// All patches of `n` pixels from `first` on; the sums of their columns as well, when they are needed.
static void conv_quads_patches(const conv_quads_run *r, const dot *d, int64_t channel0, int64_t first,
                               int64_t n, uint8_t *lines, uint32_t *to, int32_t *sums) {
    const conv_quads *s = r->s;
    int32_t shift = quads_shift_b(r->in.x->dtype);
    memset(sums, 0, (size_t)s->columns * sizeof *sums);
    memset(lines, 0, (size_t)s->columns * 4);
    for (int64_t w0 = 0; w0 < d->words; w0 += DOT_BLOCK) {
        int64_t count = dot_block_words(d, w0);
        for (int64_t w = w0; w < w0 + count; w++) {
            int rows = (int)max64(0, min64(4, s->k - 4 * w));
            for (int i = 0; i < rows; i++)
                conv_quads_line(r, channel0, 4 * w + i, first, n, lines + i * s->columns);
            for (int64_t t = 0; t < dot_tiles(n); t++) {
                const uint8_t *row[4];
                for (int i = 0; i < 4; i++) row[i] = lines + i * s->columns + t * DOT_COLUMNS;
                quads_interleave(row, rows, shift, to + dot_b_at(d, w0, count, t) + (w - w0) * DOT_COLUMNS,
                                 r->column_sums ? sums + t * DOT_COLUMNS : NULL);
            }
        }
    }
}

// The rows of panels [p0, p1) to y.
static void conv_quads_store(const conv_quads_run *r, int64_t image, int64_t group, int64_t p0, int64_t p1,
                             int64_t first, int64_t n, const int32_t *column_sums, const uint32_t *sums) {
    const conv_quads *s = r->s;
    const conv_i8_inputs *in = &r->in;
    const int32_t *row_sums = (const int32_t *)(r->weights + s->v.group * conv_quads_group(s));
    uint32_t zb = (uint32_t)(zero_at(in->x_zero, 0) + quads_shift_b(in->x->dtype));
    float x_scale = in->x_scale ? (float)tni_get(in->x_scale, 0) : 1;
    for (int64_t row = dot_row(s->m, p0); row < dot_row(s->m, p1); row++, sums += s->columns) {
        int64_t channel = group * s->m + row;
        float w_scale =
            in->w_scale ? (float)tni_get(in->w_scale, tn_count(in->w_scale) > 1 ? channel : 0) : 1;
        quads_row q = {.za = zero_at(in->w_zero, channel) + quads_shift_a(in->w->dtype), .cs = column_sums};
        q.plus = zb * ((uint32_t)s->k * (uint32_t)q.za - (uint32_t)row_sums[channel]);
        if (in->bias) q.plus += ((const uint32_t *)in->bias->data)[channel];
        quads_store(&r->result, &q, sums, x_scale, &w_scale, false,
                    (image * s->v.oc + channel) * s->pixels + first, n);
    }
}

static void conv_quads_task(void *arg, int64_t i, int worker) {
    const conv_quads_run *r = arg;
    const conv_quads *s = r->s;
    int64_t split = i % s->splits, block = i / s->splits % s->blocks, outer = i / (s->splits * s->blocks);
    int64_t group = outer % s->v.group, image = outer / s->v.group;
    int64_t panels = dot_panels(s->m), tile_count = dot_tiles(s->pixels);
    int64_t p0 = panels * split / s->splits, p1 = panels * (split + 1) / s->splits;
    int64_t t0 = tile_count * block / s->blocks, t1 = tile_count * (block + 1) / s->blocks;
    int64_t first = t0 * DOT_COLUMNS, n = min64(t1 * DOT_COLUMNS, s->pixels) - first;
    if (p0 == p1 || t0 == t1) return;
    conv_quads_room room = conv_quads_sizes(s);
    uint32_t *patches = r->workspace + worker * room.all, *lines = patches + room.patches + room.sums;
    int32_t *column_sums = (int32_t *)(patches + room.patches);
    uint32_t *sums = lines + room.lines;
    dot d = conv_quads_dot(s, n);
    conv_quads_patches(r, &d, outer * (s->v.c / s->v.group), first, n, (uint8_t *)lines, patches,
                       column_sums);
    for (int64_t p = p0; p < p1; p += CONV_QUADS_PANELS) {
        int64_t end = min64(p + CONV_QUADS_PANELS, p1);
        dot_product(&d, dot_quads, r->weights + group * conv_quads_group(s), patches, p, end, 0, t1 - t0,
                    sums, s->columns);
        conv_quads_store(r, image, group, p, end, first, n, column_sums, sums);
    }
}

static tn_status conv_quads_call(tn_call *c) {
    const conv_quads *s = c->params;
    conv_quads_run r = {.s = s, .weights = c->packed, .workspace = c->workspace};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.in = conv_i8_in(&c->attrs, c->nin, c->in);
    r.result = result_of(c->out[0], r.in.y_scale, r.in.y_zero);
    for (int64_t i = 0; i < (r.in.w_zero ? tn_count(r.in.w_zero) : 1); i++)
        r.column_sums |= zero_at(r.in.w_zero, i) + quads_shift_a(r.in.w->dtype) != 0;
    if (!s->packed) {
        uint32_t *to = r.workspace + conv_quads_sizes(s).all * tn_call_threads(c);
        conv_quads_pack_from(s, &r.in, to);
        r.weights = to;
    }
    tn_call_parallel(c, s->v.n * s->v.group * s->blocks * s->splits, conv_quads_task, &r);
    return TN_OK;
}

#define CONV_I8_QUADS(name_, op_, isa_, rank_)                                                            \
    {                                                                                                     \
        TN_HERE, .name = name_, .op = op_, .isa = isa_, .rank = rank_,                                    \
                 .doc = "a matrix product over patches, 8-bit numbers four at a time",                    \
                 .reject = conv_i8_reject, .params_bytes = sizeof(conv_quads), .setup = conv_quads_setup, \
                 .pack_bytes = conv_quads_pack_bytes, .pack = conv_quads_pack,                            \
                 .workspace = conv_quads_workspace, .run = conv_quads_call,                               \
    }

#endif
