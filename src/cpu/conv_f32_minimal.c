// SPDX-License-Identifier: Apache-2.0
// conv_f32_minimal.c - convolution over blocked activations with fewer multiplications, for windows that
// are not 3x3 (those: conv_f32_winograd.c). Along an axis of r taps, 2 to 5, a tile is n = 8 inputs and
// m = 9 - r outputs, at winograd.inl's eight points; an axis of one tap is left alone (n = m = 1). More taps
// are parts side by side, whose products are summed before the one output transform. A stride makes parts
// too: the pixels of one phase meet every stride-th tap, as a window of stride 1.
//
//     5x5: 64 products for 400     6x6: 4 x 64 for 36 x 36     8x8: 4 x 64 for 25 x 64     1x5: 8 for 20
//     7x7 at stride 2: 225 for 25 x 49
//
//     a band of tiles:    inputs  V [position][block of channels][part][tile][16]
//     panel by panel:     results M [position][tile][PANEL]      then Y, with the epilogue
//
// A first layer's X may be plain, or an image as it comes (image.inl): lanes are then VL tiles of a row,
// which lie side by side in planes taken apart with the tiles' stride (plane.inl), and V is [position][part
// and channel][tile]. A dilation takes the image apart into dh x dw interleaved ones. A task is a band of
// tiles by a share of the panels; when there are shares, inputs are transformed by a first round of tasks.
#include "cpu/isa.h"

#include "cpu/kern/blocked_conv.inl"
#include "cpu/kern/image.inl"
#include "cpu/kern/minimal.inl"

enum {
    MINIMAL_CACHE = 512 << 10, // bytes of V that stay near
    MINIMAL_TASKS = 8,
    MINIMAL_KINDS = 4,
    MINIMAL_WIDTH = PANEL < BLOCK ? BLOCK : PANEL // floats of a tile in M: pixels are a block apart
};

// ---- the problem

typedef struct minimal {
    bconv v;
    image_form image;
    tni_minimal_axis y, x;
    int64_t parts, positions, depth; // depth: of a product of all parts
    int64_t kept[MINIMAL_KINDS];     // parts that have a value at positions of a kind
    int64_t values;                  // of a filter: at all positions
    int64_t in, out;                 // blocks of V (channels of a plain X); of channels of Y
    int64_t panels, down, across;    // tiles of an interleaved image
    int64_t tiles, most;             // of an image; of a band
    int64_t bands, splits;           // tasks of one image
    bool shared;
} minimal;

// A part that lacks the last tap has no value at infinity: there its products are left out. Kinds of
// positions: 1, infinity across; 2, down.
static int minimal_kind(const minimal *s, int64_t position) {
    return (position / s->x.n == s->y.n - 1) * 2 + (position % s->x.n == s->x.n - 1);
}
static bool minimal_has(const minimal *s, int kind, int64_t part) {
    return (!(kind & 2) || tni_minimal_count(&s->y, part / s->x.parts) == s->y.taps) &&
           (!(kind & 1) || tni_minimal_count(&s->x, part % s->x.parts) == s->x.taps);
}

// As few bands as keep V near; panels are shared out until there are enough tasks. A plain X's bands are
// whole rows of tiles.
static void minimal_split(minimal *s) {
    int64_t bytes = s->positions * (s->v.plain ? s->depth + 2 * BLOCK : s->in * BLOCK) * s->tiles * 4;
    int64_t most = min64(s->tiles / PX, s->v.plain ? s->down : s->tiles);
    s->bands = max64(1, min64(ceil_div(bytes, MINIMAL_CACHE), most));
    while (s->v.n * s->bands < MINIMAL_TASKS && 2 * s->bands <= most && s->tiles / (2 * s->bands) >= 2 * PX)
        s->bands *= 2;
    s->splits = 1;
    while (s->v.n * s->bands * s->splits < MINIMAL_TASKS && 2 * s->splits <= s->panels) s->splits *= 2;
    s->most = s->v.plain ? ceil_div(s->down, s->bands) * s->across : ceil_div(s->tiles, s->bands);
    s->shared = s->splits > 1;
}

static void minimal_setup(const tn_problem *p, void *params) {
    minimal *s = params;
    *s = (minimal){0};
    bconv_setup(p, &s->v);
    const bconv *v = &s->v;
    image_setup(p, &s->image);
    s->y = tni_minimal_axis_of(v->kh, v->sh);
    s->x = tni_minimal_axis_of(v->kw, v->sw);
    s->parts = s->y.parts * s->x.parts;
    s->positions = s->y.n * s->x.n;
    s->depth = v->c * s->parts;
    for (int kind = 0; kind < MINIMAL_KINDS; kind++)
        for (int64_t part = 0; part < s->parts; part++) s->kept[kind] += minimal_has(s, kind, part);
    for (int64_t k = 0; k < s->positions; k++) s->values += v->c * s->kept[minimal_kind(s, k)];
    s->in = v->plain ? v->c : ceil_div(v->c, BLOCK) * s->parts;
    s->out = ceil_div(v->oc, BLOCK);
    s->panels = bpanels(s->out);
    s->down = ceil_div(ceil_div(v->oh, v->dh), s->y.m);
    s->across = ceil_div(ceil_div(v->ow, v->dw), s->x.m);
    s->tiles = bconv_apart_down(v) * bconv_apart_across(v) * s->down * s->across;
    minimal_split(s);
}

// From one position of n blocks to the next: an odd count of them, or all would fall into a few sets of the
// cache.
static int64_t minimal_apart(int64_t n) { return (n | 1) * BLOCK; }
// A row of V of a plain X, with room for what vectors write behind its end.
static int64_t minimal_line(int64_t n) { return round_up(n, BLOCK) + BLOCK; }
// What is summed for a product over n tiles: lines, or blocks of channels.
static int64_t minimal_terms(const minimal *s) { return s->v.plain ? s->depth : s->in; }
static int64_t minimal_offsets(const minimal *s) { return round_up(MINIMAL_KINDS * minimal_terms(s), 16); }
static int64_t minimal_term(const minimal *s, int64_t n) { return s->v.plain ? minimal_line(n) : n * BLOCK; }
static int64_t minimal_step(const minimal *s, int64_t n) { // of a position
    return minimal_apart(minimal_terms(s) * minimal_term(s, n) / BLOCK);
}
static int64_t minimal_v_floats(const minimal *s) { return s->positions * minimal_step(s, s->most); }
static int64_t minimal_m_floats(const minimal *s) {
    return s->positions * minimal_apart(MINIMAL_WIDTH / BLOCK * s->most);
}

// Pixels from an input of a tile to the next, and taps from the first of a window to the end of the last
// part's tile.
static int64_t minimal_every(int64_t stride, int64_t dilation) { return stride > 1 ? stride : dilation; }
static int64_t minimal_reach(const tni_minimal_axis *a) {
    return tni_minimal_first(a, a->parts - 1) + (a->n - 1) * a->stride + 1;
}

// The padded plane under n tiles from the first of a row on, its columns taken apart by tiles.
static plane minimal_plane(const minimal *s, int64_t first, int64_t n) {
    const bconv *v = &s->v;
    int64_t down = s->y.m * v->sh;
    return (plane){.h = v->h,
                   .w = v->w,
                   .oh = n / s->across,
                   .ow = s->across,
                   .kh = minimal_reach(&s->y),
                   .kw = minimal_reach(&s->x),
                   .sh = down,
                   .sw = s->x.m * v->sw,
                   .dh = 1,
                   .dw = 1,
                   .top = v->top - first / s->across * down,
                   .left = v->left};
}
static int64_t minimal_line_floats(const plane *p) { // a padded row, and all of the image's
    int64_t left = max64(0, p->left);
    return round_up(max64(left + p->w, left - p->left + p->sw * plane_width(p)) + VL, 16);
}
static int64_t minimal_plane_floats(const minimal *s) {
    plane p = minimal_plane(s, 0, s->most);
    return s->v.plain ? plane_floats(&p) + minimal_line_floats(&p) : 0;
}

// A worker's own: offsets of terms, M, a plane, V unless it is shared.
static int64_t minimal_worker_floats(const minimal *s) {
    int64_t own = minimal_offsets(s) + minimal_m_floats(s) + minimal_plane_floats(s);
    return own + (s->shared ? 0 : minimal_v_floats(s));
}

static const char *minimal_reject(const tn_problem *p) {
    const char *why = bconv_reject_layer(p);
    if (why) return why;
    bconv v;
    bconv_setup(p, &v);
    if (v.turned || v.group != 1) return "it is transposed or has groups";
    if ((why = bconv_reject_depth(&v))) return why;
    if ((v.sh > 1 && v.dh > 1) || (v.sw > 1 && v.dw > 1)) return "an axis has a stride and a dilation";
    enum { MOST = TNI_MINIMAL_PARTS * TNI_MINIMAL_TAPS };
    _Static_assert(MOST == 15, "the sentence below says so");
    if (v.kh > MOST || v.kw > MOST) return "the window has more than 15 taps along an axis";
    if (v.kh <= v.sh && v.kw <= v.sw) return "the window is not larger than its stride";
    if (v.kh == 3 && v.kw == 3) return "the window is 3x3";
    if (v.plain && v.c > TNI_STEM_CHANNELS) return "a plain X of more than 4 channels";
    if (v.plain && (v.dh > 1 || v.dw > 1)) return "X is plain and the window dilated";
    if (v.plain && (v.sh > v.kh || v.sw > v.kw)) return "X is plain and a stride larger than the window";
    if (v.n * v.oh * v.ow == 0 || v.c == 0) return "nothing to do";
    minimal s;
    minimal_setup(p, &s);
    if (minimal_plane_floats(&s) > INT32_MAX) return "X is plain and its padding too large";
    return minimal_step(&s, s.most) > INT32_MAX ? "offsets in V do not fit in 32 bits" : NULL;
}

static size_t minimal_workspace(const tn_problem *p, int threads) {
    minimal s;
    minimal_setup(p, &s);
    int64_t shared = s.shared ? s.v.n * s.bands * minimal_v_floats(&s) : 0;
    return (size_t)(shared + threads * minimal_worker_floats(&s)) * 4;
}

// Packed: bias [panels * PANEL], then [panel][position][products of it][PANEL or what is left].
static size_t minimal_pack_bytes(const tn_problem *p) {
    minimal s;
    minimal_setup(p, &s);
    return (size_t)(s.panels * PANEL + s.values * s.out * BLOCK) * 4;
}

// One part of a filter [kh,kw], position by position.
static void minimal_filter(const minimal *s, const float *w, int64_t part, float *to) {
    double half[MINIMAL_POINTS][MINIMAL_TAPS] = {{0}};
    int64_t py = part / s->x.parts, px = part % s->x.parts;
    int64_t rows = tni_minimal_count(&s->y, py), columns = tni_minimal_count(&s->x, px);
    w += tni_minimal_first(&s->y, py) * s->v.kw + tni_minimal_first(&s->x, px);
    for (int64_t y = 0; y < s->y.n; y++)
        for (int64_t k = 0; k < rows; k++)
            for (int64_t j = 0; j < columns; j++)
                half[y][j] +=
                    minimal_weight(s->y.taps, y, k) * (double)w[k * s->y.stride * s->v.kw + j * s->x.stride];
    for (int64_t y = 0; y < s->y.n; y++)
        for (int64_t x = 0; x < s->x.n; x++) {
            double sum = 0;
            for (int64_t j = 0; j < columns; j++) sum += minimal_weight(s->x.taps, x, j) * half[y][j];
            *to++ = (float)sum;
        }
}

// Which of the inputs of a product channel c of the part is that has `before` parts before it:
// [block][part][channel], or [channel][part].
static int64_t minimal_depth_at(const minimal *s, int kind, int64_t c, int64_t before) {
    if (s->v.plain) return c * s->kept[kind] + before;
    int64_t first = c / BLOCK * BLOCK;
    return first * s->kept[kind] + before * min64(BLOCK, s->v.c - first) + (c - first);
}

// A channel of a filter, in a panel of so many.
static void minimal_pack_channel(const minimal *s, const float *from, int64_t c, int64_t width,
                                 float *panel) {
    int64_t before[MINIMAL_KINDS] = {0};
    for (int64_t part = 0; part < s->parts; part++) {
        float value[MINIMAL_PLACES], *to = panel;
        minimal_filter(s, from, part, value);
        for (int64_t k = 0; k < s->positions; k++) {
            int kind = minimal_kind(s, k);
            if (minimal_has(s, kind, part)) to[minimal_depth_at(s, kind, c, before[kind]) * width] = value[k];
            to += s->v.c * s->kept[kind] * width;
        }
        for (int kind = 0; kind < MINIMAL_KINDS; kind++) before[kind] += minimal_has(s, kind, part);
    }
}

static void minimal_pack(const tn_problem *p, void *packed) {
    minimal s;
    minimal_setup(p, &s);
    const bconv *v = &s.v;
    const float *from = p->in[1]->data, *bias = bconv_data(p->nin, p->in, 2); /* [oc,c,kh,kw], [oc] */
    float *to = packed;
    memset(packed, 0, minimal_pack_bytes(p));
    if (bias) memcpy(to, bias, (size_t)v->oc * 4);
    to += s.panels * PANEL;
    for (int64_t panel = 0; panel < s.panels; panel++) {
        int64_t width = bpanel_vectors(s.out, panel) * VL, left = min64(width, v->oc - panel * PANEL);
        for (int64_t i = 0; i < left; i++)
            for (int64_t c = 0; c < v->c; c++, from += v->kh * v->kw)
                minimal_pack_channel(&s, from, c, width, to + i);
        to += s.values * width;
    }
}

typedef struct minimal_run {
    const minimal *s;
    const void *x;
    const float *z, *bias, *weights;
    float *y, *shared, *workers;
} minimal_run;

static bplace minimal_tile(const minimal *s, int64_t i) {
    return bconv_tile_at(&s->v, i, s->down, s->across, s->y.m, s->x.m);
}
// How many of m outputs from `at` on lie before `end`, if they are `every` apart.
static int64_t minimal_kept(int64_t m, int64_t at, int64_t end, int64_t every) {
    return min64(m, every == 1 ? end - at : ceil_div(end - at, every));
}
static int64_t minimal_first(const minimal *s, int64_t band) {
    return s->v.plain ? s->down * band / s->bands * s->across : s->tiles * band / s->bands;
}

// ---- inputs

// VL lanes of one tile, pixels `row` and `column` floats apart; position p goes to to + p * step.
static void minimal_transform(const minimal *s, const float *from, int64_t row, int64_t column, float *to,
                              int64_t step) {
    float half[MINIMAL_PLACES * VL];
    if (s->y.n == 1)
        minimal_inputs(from, (lines){1, 0, column}, to, (lines){1, 0, step});
    else if (s->x.n == 1)
        minimal_inputs(from, (lines){1, 0, row}, to, (lines){1, 0, step});
    else {
        minimal_inputs(from, (lines){s->x.n, column, row}, half, (lines){s->x.n, VL, s->x.n * VL});
        minimal_inputs(half, (lines){s->y.n, s->x.n * VL, VL}, to, (lines){s->y.n, s->x.n * step, step});
    }
}

// Where a part of the window of the tile at `at` begins to read.
static bplace minimal_corner(const minimal *s, bplace at, int64_t part) {
    const bconv *v = &s->v;
    int64_t y = tni_minimal_first(&s->y, part / s->x.parts), x = tni_minimal_first(&s->x, part % s->x.parts);
    return (bplace){at.y * v->sh - v->top + y * v->dh, at.x * v->sw - v->left + x * v->dw};
}

// One tile of one block, from `plane_at`, beginning at `at`; what lies outside the image is zero.
static void minimal_input(const minimal *s, const float *plane_at, bplace at, float *to, int64_t step) {
    const bconv *v = &s->v;
    int64_t down = minimal_every(v->sh, v->dh), right = minimal_every(v->sw, v->dw);
    int64_t y0 = at.y, x0 = at.x, row = down * v->w * BLOCK, column = right * BLOCK;
    bool whole = y0 >= 0 && x0 >= 0 && y0 + (s->y.n - 1) * down < v->h && x0 + (s->x.n - 1) * right < v->w;
    inside ys = inside_of(y0, down, v->h, s->y.n), xs = inside_of(x0, right, v->w, s->x.n);
    for (int lane = 0; lane < BLOCK; lane += VL) {
        int64_t first = (y0 * v->w + x0) * BLOCK + lane;
        if (whole) {
            minimal_transform(s, plane_at + first, row, column, to + lane, step);
            continue;
        }
        float square[MINIMAL_PLACES * VL];
        memset(square, 0, sizeof square);
        for (int64_t i = ys.lo; i < ys.hi; i++)
            for (int64_t j = xs.lo; j < xs.hi; j++)
                v_store(square + (i * s->x.n + j) * VL, v_load(plane_at + (first + i * row + j * column)));
        minimal_transform(s, square, s->x.n * VL, VL, to + lane, step);
    }
}

// VL tiles of a part of a plain X, whose first reads at `from`.
static void minimal_transform_plain(const minimal *s, const plane *p, const float *from, int64_t part,
                                    float *to, int64_t step) {
    float half[MINIMAL_PLACES * VL];
    int64_t ky = tni_minimal_first(&s->y, part / s->x.parts),
            kx = tni_minimal_first(&s->x, part % s->x.parts);
    lines rows = {1, 0, s->y.stride * plane_width(p)}, squares = {1, 0, s->x.n == 1 ? step : s->x.n * VL};
    for (int64_t j = 0; j < s->x.n; j++) {
        const float *column = from + plane_offset(p, ky, kx + j * s->x.stride);
        if (s->y.n == 1)
            v_store(half + j * VL, v_load(column));
        else
            minimal_inputs(column, rows, s->x.n == 1 ? to : half + j * VL, squares);
    }
    if (s->x.n > 1)
        minimal_inputs(half, (lines){s->y.n, s->x.n * VL, VL}, to, (lines){s->y.n, s->x.n * step, step});
}

// A padded row [width][sw] to its phases, which are `apart` floats apart, in squares: the last one lies over
// the one before it.
static void minimal_phases(const plane *p, const float *row, float *to, int64_t apart) {
    int64_t width = plane_width(p);
    if (p->sw == 1) {
        memcpy(to, row, (size_t)width * sizeof *to);
        return;
    }
    for (int64_t t = 0; t < width; t += VL) {
        int64_t at = width < VL ? 0 : min64(t, width - VL);
        v_transpose_strip(row + at * p->sw, p->sw, min64(VL, width), p->sw, to + at, apart, false);
    }
}

// Channel c of image `image` of a plain X, in whatever form it comes. Each row goes by way of a line.
static void minimal_load(const minimal *s, const plane *p, const void *x, int64_t image, int64_t c,
                         float *to) {
    const bconv *v = &s->v;
    int64_t width = plane_width(p), rows = plane_rows(p), left = max64(0, p->left);
    float *line = to + plane_floats(p), *first = line + left;
    fill_floats(line, 0, left);
    for (int64_t r = 0; r < rows; r++) {
        int64_t y = r - p->top;
        bool real = y >= 0 && y < p->h;
        if (real && s->image.raw)
            image_row(&s->image, x, image, c, v->c, v->h, v->w, y, first);
        else if (real)
            memcpy(first, (const float *)x + ((image * v->c + c) * v->h + y) * v->w, (size_t)v->w * 4);
        fill_floats(first + (real ? v->w : 0), 0, minimal_line_floats(p) - left - (real ? v->w : 0));
        minimal_phases(p, first - p->left, to + r * width, rows * width);
    }
    row_fill(to + p->sw * rows * width, 0, 2 * VL); // never used, but read
}

// Channel c of a plain X, for a band whose first tile and count of tiles are given.
static void minimal_channel(const minimal *s, const void *x, int64_t image, int64_t c, int64_t first,
                            int64_t n, float *room, float *to) {
    plane p = minimal_plane(s, first, n);
    int64_t line = minimal_line(n), step = minimal_step(s, n), row = s->y.m * s->v.sh * plane_width(&p);
    minimal_load(s, &p, x, image, c, room);
    to += c * s->parts * line;
    for (int64_t part = 0; part < s->parts; part++, to += line)
        for (int64_t y = 0; y < n / s->across; y++)
            for (int64_t t = 0; t < s->across; t += VL)
                minimal_transform_plain(s, &p, room + y * row + t, part, to + y * s->across + t, step);
}

// Block `block` of V, [block of X][part], of a band's tiles.
static void minimal_block(const minimal *s, const float *x, int64_t block, int64_t first, int64_t n,
                          float *to) {
    int64_t step = minimal_step(s, n), part = block % s->parts;
    const float *plane_at = x + block / s->parts * s->v.h * s->v.w * BLOCK;
    to += block * n * BLOCK;
    for (int64_t t = 0; t < n; t++, to += BLOCK)
        minimal_input(s, plane_at, minimal_corner(s, minimal_tile(s, first + t), part), to, step);
}

// Part i of V, for whichever X there is.
static void minimal_share_of(const minimal_run *r, int64_t image, int64_t band, int64_t i, float *room,
                             float *to) {
    const minimal *s = r->s;
    const bconv *v = &s->v;
    int64_t first = minimal_first(s, band), n = minimal_first(s, band + 1) - first;
    if (v->plain)
        minimal_channel(s, r->x, image, i, first, n, room, to);
    else
        minimal_block(s, (const float *)r->x + image * ceil_div(v->c, BLOCK) * BLOCK * v->h * v->w, i, first,
                      n, to);
}

static float *minimal_own(const minimal_run *r, int worker) { // behind the offsets: M, a plane, V
    return r->workers + worker * minimal_worker_floats(r->s) + minimal_offsets(r->s);
}

static void minimal_share(void *arg, int64_t i, int worker) {
    const minimal_run *r = arg;
    const minimal *s = r->s;
    int64_t band = i / s->in;
    minimal_share_of(r, band / s->bands, band % s->bands, i % s->in,
                     minimal_own(r, worker) + minimal_m_floats(s), r->shared + band * minimal_v_floats(s));
}

// ---- outputs

// Results of one tile of one vector of channels, [my][mx].
static void minimal_back(const minimal *s, const float *from, int64_t step, float *to) {
    float half[MINIMAL_PLACES * VL];
    if (s->y.n == 1)
        minimal_outputs[s->x.m](from, (lines){1, 0, step}, to, (lines){1, 0, VL});
    else if (s->x.n == 1)
        minimal_outputs[s->y.m](from, (lines){1, 0, step}, to, (lines){1, 0, VL});
    else {
        minimal_outputs[s->y.m](from, (lines){s->x.n, step, s->x.n * step}, half,
                                (lines){s->x.n, VL, s->x.n * VL});
        minimal_outputs[s->x.m](half, (lines){s->y.m, s->x.n * VL, VL}, to, (lines){s->y.m, s->x.m * VL, VL});
    }
}

// What a first layer makes is large and far away: its lines are fetched some tiles before they are written.
static void minimal_fetch(const minimal *s, const float *y) {
    enum { TILES = 6 };
    y += TILES * s->x.m * BLOCK;
    for (int64_t i = 0; i < s->y.m; i++, y += s->v.ow * BLOCK)
        for (int64_t j = 0; j < s->x.m; j++) __builtin_prefetch(y + j * BLOCK, 1, 3);
}

static void minimal_finish(const minimal_run *r, bplace at, int64_t to, const float *results, int64_t step,
                           const float *bias, const float *mask) {
    const minimal *s = r->s;
    const bconv *v = &s->v;
    float y[MINIMAL_PLACES * VL];
    if (v->plain) minimal_fetch(s, r->y + to + (at.y * v->ow + at.x) * BLOCK);
    minimal_back(s, results, step, y);
    bconv_finish(v,
                 &(bsums){.sums = y,
                          .across = s->x.m,
                          .rows = minimal_kept(s->y.m, at.y, v->oh, v->dh),
                          .columns = minimal_kept(s->x.m, at.x, v->ow, v->dw),
                          .row = v->dh * v->ow * BLOCK,
                          .column = v->dw * BLOCK,
                          .bias = bias,
                          .mask = mask},
                 r->z, r->y, to + (at.y * v->ow + at.x) * BLOCK);
}

static const float minimal_no_bias[PANEL];

// A band of tiles, with what a task makes of it.
typedef struct minimal_band {
    int64_t image, first, n;
    const float *inputs;
    float *results;
    int32_t *off;
} minimal_band;

// One panel of a band: the products of every position, then the outputs of every tile.
static void minimal_panel(const minimal_run *r, const minimal_band *b, int64_t panel) {
    const minimal *s = r->s;
    const bconv *v = &s->v;
    int64_t channel = panel * PANEL, area = v->oh * v->ow;
    int vectors = bpanel_vectors(s->out, panel);
    int64_t floats = minimal_apart(b->n * ceil_div(vectors * VL, BLOCK)), step = minimal_step(s, b->n);
    int32_t lanes[PANEL];
    const float *mask = bconv_mask(channel, v->oc, vectors, lanes);
    btile t = {.w = r->weights + s->values * channel,
               .rest = v->c % BLOCK,
               .y_next = bpanel_next(b->n),
               .first = true,
               .lo = -INFINITY,
               .hi = INFINITY,
               .bias = minimal_no_bias};
    for (int64_t k = 0; k < s->positions; k++) {
        int kind = minimal_kind(s, k);
        t.off = b->off + kind * minimal_terms(s);
        t.taps = minimal_terms(s) / s->parts * s->kept[kind];
        t.full = v->c / BLOCK * s->kept[kind];
        for (int64_t j = 0; j < btile_count(b->n); j++) {
            int64_t first = btile_start(b->n, j), pixels = btile_start(b->n, j + 1) - first;
            t.x = b->inputs + k * step + first * (v->plain ? 1 : BLOCK);
            t.y = b->results + k * floats + first * BLOCK;
            btile_run(&t, v->plain, pixels, vectors, channel, v->oc);
        }
        t.w += v->c * s->kept[kind] * vectors * VL;
    }
    for (int64_t i = 0; i < b->n; i++) {
        bplace at = minimal_tile(s, b->first + i);
        for (int j = 0; j < vectors; j++)
            minimal_finish(r, at, b->image * s->out * area * BLOCK + bchannel(channel + j * VL, area),
                           b->results + j * bpanel_next(b->n) + i * BLOCK, floats, r->bias + channel + j * VL,
                           mask ? mask + j * VL : NULL);
    }
}

// Where the terms of positions of each kind lie in V.
static void minimal_lists(const minimal *s, int64_t n, int32_t *off) {
    for (int kind = 0; kind < MINIMAL_KINDS; kind++, off += minimal_terms(s))
        for (int64_t term = 0, i = 0; term < minimal_terms(s); term++)
            if (minimal_has(s, kind, term % s->parts)) off[i++] = (int32_t)(term * minimal_term(s, n));
}

static void minimal_task(void *arg, int64_t i, int worker) {
    const minimal_run *r = arg;
    const minimal *s = r->s;
    int64_t split = i % s->splits, band = i / s->splits % s->bands, image = i / (s->splits * s->bands);
    float *own = minimal_own(r, worker), *room = own + minimal_m_floats(s);
    float *inputs = room + minimal_plane_floats(s);
    minimal_band b = {.image = image, .first = minimal_first(s, band), .results = own};
    b.n = minimal_first(s, band + 1) - b.first;
    b.off = (int32_t *)(void *)(own - minimal_offsets(s));
    minimal_lists(s, b.n, b.off);
    for (int64_t k = 0; k < s->in && !s->shared; k++) minimal_share_of(r, image, band, k, room, inputs);
    b.inputs = s->shared ? r->shared + (image * s->bands + band) * minimal_v_floats(s) : inputs;
    for (int64_t p = s->panels * split / s->splits; p < s->panels * (split + 1) / s->splits; p++)
        minimal_panel(r, &b, p);
}

static tn_status minimal_call(tn_call *c) {
    const minimal *s = c->params;
    minimal_run r = {.s = s, .x = c->in[0]->data, .y = c->out[0]->data, .shared = c->workspace};
    r.z = bconv_data(c->nin, c->in, 3);
    r.workers = r.shared + (s->shared ? s->v.n * s->bands * minimal_v_floats(s) : 0);
    r.bias = c->packed;
    r.weights = r.bias + s->panels * PANEL;
    if (s->shared) tn_call_parallel(c, s->v.n * s->bands * s->in, minimal_share, &r);
    tn_call_parallel(c, s->v.n * s->bands * s->splits, minimal_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_minimal) = {
    TN_HERE,
    .name = AT("conv.f32.minimal"),
    .op = "BlockedConv",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK - 3,
    .doc = "minimal filtering of windows that are not 3x3: eight products an axis and tile",
    .reject = minimal_reject,
    .params_bytes = sizeof(minimal),
    .setup = minimal_setup,
    .pack_bytes = minimal_pack_bytes,
    .pack = minimal_pack,
    .workspace = minimal_workspace,
    .run = minimal_call,
    .inplace = 1u << 3,
    .error = 1e-4,
};
