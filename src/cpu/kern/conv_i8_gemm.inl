// SPDX-License-Identifier: Apache-2.0
// conv_i8_gemm.inl - QLinearConv and ConvInteger as a matrix product: rows are output channels, columns are
// output pixels of one image, k runs over input channel and kernel position. A task packs the patches of its
// pixels, one block of k at a time:
//
//     workspace of a worker: | two lines of pixels | patches [tile][pair of k][NR] | sums |
#ifndef TN_CPU_CONV_I8_GEMM_INL
#define TN_CPU_CONV_I8_GEMM_INL

#include "cpu/kern/conv_i8.inl"

typedef struct conv_i8 {
    conv v;
    int64_t m, k, pixels;   // of one group: [m,k] times [k,pixels]
    int64_t blocks, splits; // tasks of one image and group: of pixels, of output channels
    bool packed;            // weights packed at build time
} conv_i8;

enum { CONV_I8_TILES = 8, CONV_I8_TASKS = 16 };

static void conv_i8_setup(const tn_problem *p, void *params) {
    conv_i8 *s = params;
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    *s = (conv_i8){.splits = 1};
    conv_i8_shape(p, &s->v);
    s->m = s->v.oc / s->v.group;
    s->k = s->v.c / s->v.group * s->v.kh * s->v.kw;
    s->pixels = s->v.oh * s->v.ow;
    s->packed = in.w->data && (!in.w_zero || in.w_zero->data);
    int64_t tile_count = max64(1, ceil_div(s->pixels, NR)), panels = max64(1, panel_count(s->m));
    s->blocks = ceil_div(tile_count, CONV_I8_TILES);
    while (s->v.n * s->v.group * s->blocks * s->splits < CONV_I8_TASKS) {
        if (tile_count >= 4 * s->blocks)
            s->blocks *= 2;
        else if (panels >= 2 * s->splits)
            s->splits *= 2;
        else
            break;
    }
}

static int64_t conv_i8_weights(const conv_i8 *s) { return s->v.oc * pair_count(s->k); }

static void conv_i8_pack_from(const conv_i8 *s, const conv_i8_inputs *in, uint32_t *to) {
    for (int64_t g = 0; g < s->v.group && s->m; g++)
        pack_a_i8(in->w->dtype, in->w->data, g * s->m * s->k, s->k, in->w_zero, g * s->m, s->m, s->k, 0,
                  panel_count(s->m), to + g * s->m * pair_count(s->k));
}

static size_t conv_i8_pack_bytes(const tn_problem *p) {
    conv_i8 s;
    conv_i8_setup(p, &s);
    return s.packed ? (size_t)conv_i8_weights(&s) * 4 : 0;
}

static void conv_i8_pack(const tn_problem *p, void *to) {
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    conv_i8 s;
    conv_i8_setup(p, &s);
    conv_i8_pack_from(&s, &in, to);
}

typedef struct conv_i8_room { // 32-bit words of a worker
    int64_t columns, lines, patches, all;
} conv_i8_room;

static conv_i8_room conv_i8_sizes(const conv_i8 *s) {
    conv_i8_room r = {.columns = ceil_div(ceil_div(s->pixels, NR), s->blocks) * NR};
    int64_t rows = ceil_div(panel_count(s->m), s->splits) * MR;
    r.lines = r.columns; // two of 16-bit numbers
    r.patches = min64(PAIRS, pair_count(s->k)) * r.columns;
    r.all = ceil_div(r.lines + r.patches + rows * r.columns, 16) * 16;
    return r;
}

static size_t conv_i8_workspace(const tn_problem *p, int threads) {
    conv_i8 s;
    conv_i8_setup(p, &s);
    return (size_t)(conv_i8_sizes(&s).all * threads + (s.packed ? 0 : conv_i8_weights(&s))) * 4;
}

typedef struct conv_i8_run {
    const conv_i8 *s;
    conv_i8_inputs in;
    result_i8 result;
    const uint32_t *weights;
    uint32_t *workspace;
} conv_i8_run;

// The row k of the patches for pixels [first, first + n), less the zero point: outside the image it is 0.
static void patch_line_i8(const conv *v, const conv_i8_inputs *in, int64_t channel0, int64_t k, int64_t first,
                          int64_t n, int16_t *line) {
    int64_t area = v->kh * v->kw, channel = channel0 + k / area, ky = k % area / v->kw, kx = k % v->kw;
    int64_t oy = first / v->ow, skip = first % v->ow, at = kx * v->dw - v->left, run = 0;
    int32_t zero = zero_at(in->x_zero, 0);
    for (; n > 0; n -= run, line += run, oy++, skip = 0) {
        int64_t iy = oy * v->sh - v->top + ky * v->dh, start = at + skip * v->sw;
        run = min64(v->ow - skip, n);
        inside in_row = iy < 0 || iy >= v->h ? (inside){0, 0} : inside_of(start, v->sw, v->w, run);
        memset(line, 0, (size_t)run * sizeof *line);
        if (in_row.hi == in_row.lo) continue;
        row_i16(in->x->dtype, in->x->data, (channel * v->h + iy) * v->w + start + in_row.lo * v->sw, v->sw,
                zero, line + in_row.lo, in_row.hi - in_row.lo);
    }
}

// Patches of `n` pixels from `first` on, pairs of k from k0 on.
static void patches_i8(const conv_i8_run *r, int64_t channel0, int64_t first, int64_t n, int64_t k0,
                       int64_t pairs, int16_t *lines, int64_t columns, uint32_t *to) {
    const conv_i8 *s = r->s;
    int16_t *low = lines, *high = lines + columns;
    memset(lines, 0, (size_t)(2 * columns) * sizeof *lines);
    for (int64_t q = 0; q < pairs; q++) {
        patch_line_i8(&s->v, &r->in, channel0, k0 + 2 * q, first, n, low);
        if (k0 + 2 * q + 1 < s->k)
            patch_line_i8(&s->v, &r->in, channel0, k0 + 2 * q + 1, first, n, high);
        else
            memset(high, 0, (size_t)n * sizeof *high);
        for (int64_t t = 0; t * NR < n; t++)
            pair_rows(low + t * NR, high + t * NR, to + (t * pairs + q) * NR, NR);
    }
}

static void conv_i8_task(void *arg, int64_t i, int worker) {
    const conv_i8_run *r = arg;
    const conv_i8 *s = r->s;
    int64_t split = i % s->splits, block = i / s->splits % s->blocks, outer = i / (s->splits * s->blocks);
    int64_t group = outer % s->v.group, image = outer / s->v.group;
    int64_t panels = panel_count(s->m), tile_count = ceil_div(s->pixels, NR);
    int64_t p0 = panels * split / s->splits, p1 = panels * (split + 1) / s->splits;
    int64_t t0 = tile_count * block / s->blocks, t1 = tile_count * (block + 1) / s->blocks;
    if (p0 == p1 || t0 == t1) return;
    conv_i8_room room = conv_i8_sizes(s);
    uint32_t *lines = r->workspace + worker * room.all, *patches = lines + room.lines;
    uint32_t *sums = patches + room.patches;
    int64_t row0 = panel_row(s->m, p0), row1 = panel_row(s->m, p1), n = min64(t1 * NR, s->pixels) - t0 * NR;
    const uint32_t *weights = r->weights + group * s->m * pair_count(s->k);
    for (int64_t b = 0; b < blocks_i8(s->k); b++) {
        int64_t pairs = pair_count(min64(KI, s->k - b * KI));
        patches_i8(r, outer * (s->v.c / s->v.group), t0 * NR, n, b * KI, pairs, (int16_t *)(void *)lines,
                   room.columns, patches);
        strip_i8(weights + s->m * b * PAIRS + row0 * pairs, patches, pairs, s->m, p0, p1, n, b == 0, sums,
                 room.columns);
    }
    for (int64_t row = row0; row < row1; row++) {
        int64_t channel = group * s->m + row;
        conv_i8_store(&r->in, &r->result, sums + (row - row0) * room.columns, channel,
                      (image * s->v.oc + channel) * s->pixels + t0 * NR, n);
    }
}

static tn_status conv_i8_call(tn_call *c) {
    const conv_i8 *s = c->params;
    conv_i8_run r = {.s = s, .weights = c->packed, .workspace = c->workspace};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.in = conv_i8_in(&c->attrs, c->nin, c->in);
    r.result = result_of(c->out[0], r.in.y_scale, r.in.y_zero);
    if (!s->packed) {
        uint32_t *to = r.workspace + conv_i8_sizes(s).all * tn_call_threads(c);
        conv_i8_pack_from(s, &r.in, to);
        r.weights = to;
    }
    tn_call_parallel(c, s->v.n * s->v.group * s->blocks * s->splits, conv_i8_task, &r);
    return TN_OK;
}

#define CONV_I8_GEMM(name_, op_, isa_, rank_)                                                            \
    {                                                                                                    \
        TN_HERE, .name = name_, .op = op_, .isa = isa_, .rank = rank_,                                   \
                 .doc = "a matrix product over patches packed as pairs of 16-bit numbers",               \
                 .reject = conv_i8_reject, .params_bytes = sizeof(conv_i8), .setup = conv_i8_setup,      \
                 .pack_bytes = conv_i8_pack_bytes, .pack = conv_i8_pack, .workspace = conv_i8_workspace, \
                 .run = conv_i8_call,                                                                    \
    }

#endif
