// SPDX-License-Identifier: Apache-2.0
// winograd_layer.inl - a convolution by minimal filtering, whatever its products are made with: the problem
// as numbers, and what leads to the products of each position and away from them: transformed filters of a
// pair of rows, inputs and outputs of a tile.
#ifndef TN_CPU_WINOGRAD_LAYER_INL
#define TN_CPU_WINOGRAD_LAYER_INL

#include "cpu/kern/blocked_conv.inl"
#include "cpu/kern/winograd.inl"
#include "cpu/kern/winograd_axis.inl"

// The error of a tile of m by m (tn_tactic_def.error).
#define WINO_ERROR_2 0
#define WINO_ERROR_4 6e-5
#define WINO_ERROR_6 1e-4

enum { WINO_TAPS = WINO_PHASES * WINO_SLOTS /* of a window, each way */ };

typedef struct wino {
    bconv v;
    int m, a; // outputs and inputs of a tile, each way
    wino_axis y, x;
    int in_phases, out_phases;
    int64_t blocks, in, out; // blocks of channels: of X, of its phases together, of Y
    int64_t panels;          // of each phase of the output
    int64_t down, across;    // tiles of an interleaved image
    int64_t tiles;           // of an image
} wino;

static const char *wino_reject(const tn_problem *p) {
    const char *why = bconv_reject(p);
    if (why) return why;
    bconv v;
    bconv_setup(p, &v);
    if (v.plain) return "X is plain";
    if (v.group != 1) return "it has groups";
    wino_axis axis;
    if (!wino_axis_of(v.kh, v.sh, v.dh, v.top, v.turned, &axis) ||
        !wino_axis_of(v.kw, v.sw, v.dw, v.left, v.turned, &axis))
        return "the window is neither 3x3 nor, at stride 2, two that fit into 3x3";
    return bconv_images(&v) * v.oh * v.ow > 0 ? NULL : "nothing to do";
}

static void wino_layer(const tn_problem *p, int m, wino *w) {
    *w = (wino){.m = m, .a = m + 2};
    bconv_setup(p, &w->v);
    const bconv *v = &w->v;
    wino_axis_of(v->kh, v->sh, v->dh, v->top, v->turned, &w->y);
    wino_axis_of(v->kw, v->sw, v->dw, v->left, v->turned, &w->x);
    if (v->sh == 1) w->y.lo = -v->top;
    if (v->sw == 1) w->x.lo = -v->left;
    int phases = w->y.phases * w->x.phases;
    w->in_phases = v->turned ? 1 : phases;
    w->out_phases = v->turned ? phases : 1;
    w->blocks = ceil_div(v->c, BLOCK);
    w->in = w->blocks * w->in_phases;
    w->out = ceil_div(v->oc, BLOCK);
    w->panels = bpanels(w->out);
    int64_t every_y = v->turned ? v->sh : v->dh, every_x = v->turned ? v->sw : v->dw;
    w->down = ceil_div(ceil_div(v->oh, every_y), m);
    w->across = ceil_div(ceil_div(v->ow, every_x), m);
    w->tiles = bconv_apart_down(v) * bconv_apart_across(v) * w->down * w->across;
}

// Does the filter of phase f have a value at position k?
INLINE bool wino_value(const wino *w, int f, int k) {
    return wino_has(&w->y, f / w->x.phases, k / w->a, w->a) &&
           wino_has(&w->x, f % w->x.phases, k % w->a, w->a);
}
// Positions of a pair of rows (winograd.inl): 0 <= i < 2a.
static int wino_position(const wino *w, int pair, int i) {
    return wino_pair_row(w->a, pair, i / w->a) * w->a + i % w->a;
}

// Filters of phase f whose taps are given, `width` of each side by side.
static wino_filters wino_filters_of(const wino *w, int f, const float *taps, int64_t width) {
    wino_filters g = {.from = taps, .every = w->v.kh * w->v.kw * width, .width = width};
    for (int i = 0; i < 9; i++) {
        int ky = w->y.tap[f / w->x.phases][i / 3], kx = w->x.tap[f % w->x.phases][i % 3];
        g.has[i] = ky < 0 || kx < 0 ? 0 : -1;
        g.tap[i] = g.has[i] ? (ky * w->v.kw + kx) * width : 0;
    }
    return g;
}

// The filters of phase f at a pair of rows, for n input channels whose taps are given: each position `step`
// floats behind the one before; what has no value goes to `nowhere`.
static void wino_transform(const wino *w, int f, int pair, const float *taps, int64_t n, int64_t width,
                           int64_t step, float *to, float *nowhere) {
    wino_filters g = wino_filters_of(w, f, taps, width);
    float *at[2 * WINO_ROW];
    for (int i = 0; i < 2 * w->a; i++) {
        bool has = wino_value(w, f, wino_position(w, pair, i));
        at[i] = has ? to : nowhere;
        to += has ? step : 0;
    }
    wino_filter_channels(w->m, &g, pair, n, at);
}

// ---- tiles

// Of each phase of the output.
static bplace wino_tile(const wino *w, int64_t i) {
    return bconv_tile_at(&w->v, i, w->down, w->across, w->m, w->m);
}

// One tile of one block; what lies outside the image is zero.
static void wino_input(const wino *w, const float *plane_at, int f, bplace at, float *to, int64_t step) {
    const bconv *v = &w->v;
    int64_t sh = v->turned ? 1 : v->sh, sw = v->turned ? 1 : v->sw, dh = sh * v->dh, dw = sw * v->dw;
    int64_t y0 = (at.y + w->y.lo) * sh + f / w->x.phases, x0 = (at.x + w->x.lo) * sw + f % w->x.phases;
    int64_t row = dh * v->w * BLOCK, column = dw * BLOCK, last = w->a - 1;
    bool whole = y0 >= 0 && x0 >= 0 && y0 + last * dh < v->h && x0 + last * dw < v->w;
    for (int lane = 0; lane < BLOCK; lane += VL) {
        int64_t first = (y0 * v->w + x0) * BLOCK + lane;
        if (whole) {
            wino_plane_in(w->m, plane_at + first, row, column, to + lane, step);
            continue;
        }
        float square[WINO_MOST * VL];
        inside ys = inside_of(y0, dh, v->h, w->a), xs = inside_of(x0, dw, v->w, w->a);
        memset(square, 0, sizeof square);
        for (int64_t i = ys.lo; i < ys.hi; i++)
            for (int64_t j = xs.lo; j < xs.hi; j++)
                v_store(square + (i * w->a + j) * VL, v_load(plane_at + (first + i * row + j * column)));
        wino_plane_in(w->m, square, w->a * VL, VL, to + lane, step);
    }
}

// One tile of one vector of channels.
static void wino_finish(const wino *w, const float *z, float *y, bplace at, int f, int64_t to,
                        const float *results, int64_t step, const float *bias, const float *mask) {
    const bconv *v = &w->v;
    int64_t dh = v->turned ? v->sh : v->dh, dw = v->turned ? v->sw : v->dw;
    if (v->turned) at = (bplace){at.y * dh + f / w->x.phases, at.x * dw + f % w->x.phases};
    vf sums[36];
    wino_plane_out(w->m, results, step, sums);
    bconv_finish(v,
                 &(bsums){.sums = (float *)sums,
                          .across = w->m,
                          .rows = min64(w->m, ceil_div(v->oh - at.y, dh)),
                          .columns = min64(w->m, ceil_div(v->ow - at.x, dw)),
                          .row = dh * v->ow * BLOCK,
                          .column = dw * BLOCK,
                          .bias = bias,
                          .mask = mask},
                 z, y, to + (at.y * v->ow + at.x) * BLOCK);
}

#endif
