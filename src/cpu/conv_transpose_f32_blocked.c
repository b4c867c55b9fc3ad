// SPDX-License-Identifier: Apache-2.0
// conv_transpose_f32_blocked.c - transposed convolution of blocked activations, output phase by output
// phase: the outputs i * stride + p of one p are a plain convolution of stride 1 with every stride-th tap, so
// the register tile of blocked.inl makes them. The image is copied once, with its padding written out; a tile
// stands in a small buffer until it is done, because neighbours of a phase are `stride` pixels apart in Y.
//
//     task: a band of rows i of every phase, by a share of the panels of all phases
#include "cpu/isa.h"

#include "cpu/kern/blocked_conv.inl"

enum { TURN_CHUNK = 96 /* taps at a time */, TURN_TASKS = 16 };

// One axis. Output i * stride + p reads pixels i + first(p) - j, j in [0, taps(p)), through kernel index
// (p + pad) % stride + stride * j.
typedef struct turn_axis {
    int64_t kernel, stride, pad, lo, size, padded; // lo: least offset; size: rows of a phase, of the copy
} turn_axis;

typedef struct turn {
    bconv v;
    turn_axis y, x;
    int64_t phases, blocks, out, panels, bands, splits;
} turn;

INLINE int64_t turn_taps(const turn_axis *a, int64_t p) {
    int64_t first = (p + a->pad) % a->stride;
    return first < a->kernel ? (a->kernel - 1 - first) / a->stride + 1 : 0;
}

static turn_axis turn_axis_of(int64_t kernel, int64_t stride, int64_t pad, int64_t size) {
    turn_axis a = {.kernel = kernel, .stride = stride, .pad = pad, .size = ceil_div(size, stride)};
    int64_t hi = 0;
    for (int64_t p = 0; p < stride; p++) {
        int64_t first = (p + pad) / stride;
        hi = max64(hi, first);
        a.lo = min64(a.lo, first - turn_taps(&a, p) + 1);
    }
    a.padded = a.size + hi - a.lo;
    return a;
}

static void turn_setup(const tn_problem *p, void *params) {
    turn *t = params;
    *t = (turn){0};
    bconv_setup(p, &t->v);
    const bconv *v = &t->v;
    t->y = turn_axis_of(v->kh, v->sh, v->top, v->oh);
    t->x = turn_axis_of(v->kw, v->sw, v->left, v->ow);
    t->phases = v->sh * v->sw;
    t->blocks = ceil_div(v->c, BLOCK);
    t->out = ceil_div(v->oc, BLOCK);
    t->panels = bpanels(t->out);
    t->bands = t->splits = 1;
    while (v->n * t->bands * t->splits < TURN_TASKS) {
        if (2 * t->bands <= t->y.size)
            t->bands *= 2;
        else if (2 * t->splits <= t->panels * t->phases)
            t->splits *= 2;
        else
            break;
    }
}

static const char *turn_reject(const tn_problem *p) {
    const char *why = bconv_reject(p);
    if (why) return why;
    turn t;
    turn_setup(p, &t);
    const bconv *v = &t.v;
    if (v->group != 1) return "it has groups";
    if (v->dh != 1 || v->dw != 1) return "it is dilated";
    if (v->n * v->oh * v->ow == 0) return "nothing to do";
    double copied = (double)t.y.padded * (double)t.x.padded * (double)(v->n * t.blocks * BLOCK);
    return copied > 1e9 ? "the image is too large" : NULL;
}

static int64_t turn_phase_taps(const turn *t, int64_t phase) { // of one block of channels
    return turn_taps(&t->y, phase / t->v.sw) * turn_taps(&t->x, phase % t->v.sw);
}
// Weights before this phase.
static int64_t turn_weights(const turn *t, int64_t phase) {
    int64_t n = 0;
    for (int64_t f = 0; f < phase; f++) n += turn_phase_taps(t, f) * t->v.c * t->out * BLOCK;
    return n;
}

// Packed: bias [panels * PANEL], then [phase][panel][tap][k][channel], a tap being one of a block of
// channels.
static size_t turn_pack_bytes(const tn_problem *p) {
    turn t;
    turn_setup(p, &t);
    return (size_t)(t.panels * PANEL + turn_weights(&t, t.phases)) * 4;
}

static float *turn_pack_panel(const turn *t, const float *from, int64_t phase, int64_t panel, float *to) {
    const bconv *v = &t->v;
    int64_t py = phase / v->sw, px = phase % v->sw, nx = turn_taps(&t->x, px), m0 = panel * PANEL;
    int64_t ky0 = (py + v->top) % v->sh, kx0 = (px + v->left) % v->sw,
            width = bpanel_vectors(t->out, panel) * VL;
    for (int64_t c0 = 0; c0 < v->c; c0 += BLOCK)
        for (int64_t tap = 0; tap < turn_phase_taps(t, phase); tap++) {
            int64_t ky = ky0 + tap / nx * v->sh, kx = kx0 + tap % nx * v->sw;
            for (int64_t c = c0; c < min64(c0 + BLOCK, v->c); c++)
                for (int64_t m = m0; m < m0 + width; m++)
                    *to++ = m < v->oc ? from[((c * v->oc + m) * v->kh + ky) * v->kw + kx] : 0;
        }
    return to;
}

static void turn_pack(const tn_problem *p, void *packed) {
    turn t;
    turn_setup(p, &t);
    const float *bias = bconv_data(p->nin, p->in, 2);
    float *to = packed;
    for (int64_t i = 0; i < t.panels * PANEL; i++) *to++ = bias && i < t.v.oc ? bias[i] : 0;
    for (int64_t phase = 0; phase < t.phases; phase++)
        for (int64_t panel = 0; panel < t.panels; panel++)
            to = turn_pack_panel(&t, p->in[1]->data, phase, panel, to);
}

static int64_t turn_plane(const turn *t) { return t->y.padded * t->x.padded * BLOCK; }
static int64_t turn_most_taps(const turn *t) {
    return t->blocks * ceil_div(t->v.kh, t->v.sh) * ceil_div(t->v.kw, t->v.sw);
}

static size_t turn_workspace(const tn_problem *p, int threads) {
    turn t;
    turn_setup(p, &t);
    return (size_t)(t.v.n * t.blocks * turn_plane(&t) + threads * round_up(turn_most_taps(&t), 16)) * 4;
}

typedef struct turn_run {
    const turn *t;
    const float *x, *bias, *weights;
    float *y, *copy;
    int32_t *off; // [worker][taps]
} turn_run;

// Block i of all images, with its padding.
static void turn_share(void *arg, int64_t i, int worker) {
    const turn_run *r = arg;
    const turn *t = r->t;
    const bconv *v = &t->v;
    inside in = inside_of(t->x.lo, 1, v->w, t->x.padded);
    (void)worker;
    for (int64_t row = 0; row < t->y.padded; row++) {
        int64_t y = row + t->y.lo;
        float *to = r->copy + i * turn_plane(t) + row * t->x.padded * BLOCK;
        memset(to, 0, (size_t)(t->x.padded * BLOCK) * 4);
        if (y < 0 || y >= v->h || in.lo == in.hi) continue;
        memcpy(to + in.lo * BLOCK, r->x + ((i * v->h + y) * v->w + t->x.lo + in.lo) * BLOCK,
               (size_t)((in.hi - in.lo) * BLOCK) * 4);
    }
}

// Where the taps of a phase lie, from what row 0 and column 0 of the copy's first block hold.
static int64_t turn_offsets(const turn *t, int64_t phase, int32_t *off) {
    int64_t py = phase / t->v.sw, px = phase % t->v.sw, n = 0;
    int64_t ny = turn_taps(&t->y, py), nx = turn_taps(&t->x, px);
    int64_t y0 = (py + t->y.pad) / t->v.sh - t->y.lo, x0 = (px + t->x.pad) / t->v.sw - t->x.lo;
    for (int64_t b = 0; b < t->blocks; b++)
        for (int64_t j = 0; j < ny * nx; j++)
            off[n++] = (int32_t)(b * turn_plane(t) + ((y0 - j / nx) * t->x.padded + x0 - j % nx) * BLOCK);
    return n;
}

// One tile: chunk by chunk of taps in its buffer.
static void turn_tile(const turn *t, btile *b, int64_t taps, int64_t pixels, int vectors, const float *mask) {
    const float *w = b->w;
    const int32_t *off = b->off;
    int64_t full = b->full, rest = b->rest, chunks = max64(1, ceil_div(taps, TURN_CHUNK));
    for (int64_t c = 0; c < chunks; c++) {
        int64_t first = taps * c / chunks, last = taps * (c + 1) / chunks;
        int64_t before = first <= full ? first * BLOCK : full * BLOCK + (first - full) * rest;
        b->off = off + first;
        b->taps = last - first;
        b->full = max64(0, full - first);
        b->w = w + before * vectors * VL;
        b->first = c == 0;
        if (c + 1 == chunks) {
            b->mask = mask;
            bconv_clamps(t->v.act, b);
        }
        btiles[0][pixels - 1][vectors - 1](b);
    }
    bconv_activate(b, t->v.act, pixels, vectors);
}

// All rows of a band for one panel of one phase.
static void turn_panel(const turn_run *r, int64_t image, int64_t phase, int64_t panel, int64_t i0, int64_t i1,
                       int32_t *off) {
    const turn *t = r->t;
    const bconv *v = &t->v;
    int vectors = bpanel_vectors(t->out, panel);
    int64_t channel = panel * PANEL, area = v->oh * v->ow, py = phase / v->sw, px = phase % v->sw;
    int64_t taps = turn_offsets(t, phase, off), columns = ceil_div(v->ow - px, v->sw);
    const float *w = r->weights + turn_weights(t, phase) + turn_phase_taps(t, phase) * v->c * channel;
    const float *x = r->copy + image * t->blocks * turn_plane(t);
    float buffer[2 * PX * BLOCK], *y = r->y + image * t->out * area * BLOCK + bchannel(channel, area);
    int32_t lanes[PANEL];
    const float *mask = bconv_mask(channel, v->oc, vectors, lanes);
    for (int64_t i = i0; i < i1 && i * v->sh + py < v->oh; i++)
        for (int64_t k = 0; k < btile_count(columns); k++) {
            int64_t column = btile_start(columns, k), pixels = btile_start(columns, k + 1) - column;
            btile b = {.x = x + (i * t->x.padded + column) * BLOCK,
                       .w = w,
                       .off = off,
                       .full = v->c / BLOCK * turn_phase_taps(t, phase),
                       .rest = v->c % BLOCK,
                       .y = buffer,
                       .y_next = bpanel_next(PX),
                       .lo = -INFINITY,
                       .hi = INFINITY,
                       .bias = r->bias + channel};
            turn_tile(t, &b, taps, pixels, vectors, mask);
            float *to = y + ((i * v->sh + py) * v->ow + column * v->sw + px) * BLOCK;
            for (int j = 0; j < vectors; j++)
                for (int64_t p = 0; p < pixels; p++)
                    v_store(to + j * bpanel_next(area) + p * v->sw * BLOCK,
                            v_load(buffer + j * b.y_next + p * BLOCK));
        }
}

static void turn_task(void *arg, int64_t i, int worker) {
    const turn_run *r = arg;
    const turn *t = r->t;
    int64_t split = i % t->splits, band = i / t->splits % t->bands, image = i / (t->splits * t->bands);
    int64_t i0 = t->y.size * band / t->bands, i1 = t->y.size * (band + 1) / t->bands;
    int64_t panels = t->panels * t->phases;
    int32_t *off = r->off + worker * round_up(turn_most_taps(t), 16);
    for (int64_t p = panels * split / t->splits; p < panels * (split + 1) / t->splits; p++)
        turn_panel(r, image, p / t->panels, p % t->panels, i0, i1, off);
}

static tn_status turn_call(tn_call *c) {
    const turn *t = c->params;
    turn_run r = {.t = t, .x = c->in[0]->data, .y = c->out[0]->data, .copy = c->workspace, .bias = c->packed};
    r.off = (int32_t *)(void *)(r.copy + t->v.n * t->blocks * turn_plane(t));
    r.weights = r.bias + t->panels * PANEL;
    tn_call_parallel(c, t->v.n * t->blocks, turn_share, &r);
    tn_call_parallel(c, t->v.n * t->bands * t->splits, turn_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_transpose_f32_blocked) = {
    TN_HERE,
    .name = AT("conv.transpose.f32.blocked:tn.BlockedConvTranspose"),
    .op = "BlockedConvTranspose",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "phase by phase of the output, register tiles along rows of blocked pixels",
    .reject = turn_reject,
    .params_bytes = sizeof(turn),
    .setup = turn_setup,
    .pack_bytes = turn_pack_bytes,
    .pack = turn_pack,
    .workspace = turn_workspace,
    .run = turn_call,
};
