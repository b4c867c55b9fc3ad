// SPDX-License-Identifier: Apache-2.0
// conv_f32_winograd.c - 3x3 convolution of stride 1 over blocked activations with fewer multiplications
// (winograd.inl): m x m outputs cost (m+2)^2 products a channel instead of 9 m^2. The products of one
// position over all tiles are a matrix product, made with the register tile of blocked.inl.
//
//     a block of tiles:   inputs  V [position][block of channels][tile][16]     stays in the core's own cache
//     panel by panel:     results M [position][tile][PANEL]                     then Y, with the epilogue
//
// A dilation takes the image apart into dh x dw interleaved ones. A stride of 2 makes four inputs of it,
// whose products are summed before the one output transform; a transposed convolution's makes four outputs of
// one input transform (winograd_axis.inl). A task is a block of tiles by a share of the panels; when there
// are shares, inputs are transformed by a first round of tasks.
//
// Weights are packed transformed, or plainly and transformed as a panel comes up ("late"), some channels at a
// time: a quarter of the memory for F4, and arithmetic that many tiles share. Both give the same bits.
//
// A window with depth (3x3x3) has filters for each of its slices: products of all of them are summed before
// the one output transform. A task takes a group of frames (slices of Y) together, so that slices of X are
// transformed once for all frames that read them, and weights are read once for all of them: V is [position]
// [block of channels][slice][tile], M [position][frame][tile], and a filter's slice kz multiplies a run of V,
// shifted by kz slices, into a run of M.
#include "cpu/isa.h"

#include "cpu/kern/winograd_layer.inl"

enum {
    WINO_CACHE = 512 << 10,   // bytes of V that stay near
    WINO_SHARED = 48 << 20,   // bytes of V beyond which workers have their own, one band at a time
    WINO_FILTERS = 288 << 10, // of late weights, in panels of 32
    RESULTS = PANEL < BLOCK ? BLOCK : PANEL // floats of a tile in M: pixels are a block apart
};

typedef struct wino_cut { // into tasks
    wino l;
    int64_t frames, groups; // of Y: in a group; groups of a volume
    int64_t images, slices; // groups of all volumes; slices of X that a group reads, at most
    int64_t most;           // tiles of a block
    int64_t bands, splits;  // tasks of one image
    bool shared;
    int64_t step; // channels whose products are made, and whose late weights are transformed, at a time
    bool late;    // weights are packed plainly
} wino_cut;

static void wino_group(wino_cut *w, int64_t frames) {
    const bconv *v = &w->l.v;
    w->frames = frames;
    w->groups = ceil_div(v->od, frames);
    w->images = v->n * w->groups;
    w->slices = min64(v->d, (frames - 1) * v->sd + (v->kd - 1) * v->dd + 1);
}

// As few blocks of tiles as keep V near: each block streams all the weights, but when V is far every panel
// streams it. Frames that are neighbours are taken together where their slices are, too.
static void wino_blocks(wino_cut *w) {
    double positions = w->l.a * w->l.a, best = HUGE_VAL;
    double weights = positions * (double)(w->l.in * w->l.v.kd * w->l.out * BLOCK * BLOCK) * 4;
    int64_t most = w->l.v.kd > 1 && w->l.v.sd == 1 ? w->l.v.od : 1, frames = 1;
    for (int64_t n = most; n > 0; n = n > 1 ? ceil_div(n, 2) : 0) {
        wino_group(w, n);
        double inputs = positions * (double)(w->l.in * BLOCK * w->slices * w->l.tiles) * 4;
        int64_t last = min64(w->l.tiles, max64(1, n * w->l.tiles / 14));
        for (int64_t bands = 1; bands <= last; bands++) {
            bool near = inputs / (double)bands <= WINO_CACHE;
            double bytes = (double)bands * weights + (near ? 0 : (double)w->l.panels * inputs);
            bytes *= (double)w->groups;
            if (bytes < best) best = bytes, w->bands = bands, frames = n;
        }
    }
    wino_group(w, frames);
}

static void wino_split(wino_cut *w) {
    wino_blocks(w);
    double inputs = w->l.a * w->l.a * (double)(w->l.in * BLOCK * w->slices * w->l.tiles) * 4;
    int64_t fewest = w->late && inputs <= WINO_SHARED ? 28 : 14;
    while (w->images * w->bands < 8 && w->frames * w->l.tiles / (2 * w->bands) >= fewest &&
           2 * w->bands <= w->l.tiles)
        w->bands *= 2;
    w->splits = 1;
    int64_t panels = w->l.panels * w->l.out_phases;
    while (w->images * w->bands * w->splits < 8 && 2 * w->splits <= panels) w->splits *= 2;
    w->most = ceil_div(w->l.tiles, w->bands);
}

static int wino_pair_values(const wino *w, int f, int pair) {
    int n = 0;
    for (int i = 0; i < 2 * w->a; i++) n += wino_value(w, f, wino_position(w, pair, i));
    return n;
}
// Products of one result of phase f of the output with one slice, over all positions.
static int64_t wino_slice(const wino_cut *w, int f) {
    int64_t n = 0;
    for (int in = 0; in < w->l.in_phases; in++)
        for (int pair = 0; pair < w->l.a / 2; pair++) n += wino_pair_values(&w->l, f + in, pair) * w->l.v.c;
    return n;
}
static int64_t wino_depth(const wino_cut *w, int f) {
    return w->l.v.kd * wino_slice(w, f);
} // with all slices
static int64_t wino_weight_floats(const wino_cut *w, int phases) { // of the first phases of the output
    int64_t n = 0;
    for (int f = 0; f < phases; f++) n += wino_depth(w, f) * w->l.out * BLOCK;
    return n;
}

// As many channels as keep late weights near, in equal shares of whole blocks. The same for every vector's
// width: sums are made in the same order.
static int64_t wino_step(const wino_cut *w) {
    int64_t channel = 2 * w->l.a * 32 * 4, most = max64(1, WINO_FILTERS / (channel * BLOCK));
    return ceil_div(w->l.blocks, ceil_div(w->l.blocks, most)) * BLOCK;
}

static void wino_setup(const tn_problem *p, int m, bool late, wino_cut *w) {
    *w = (wino_cut){.late = late};
    wino_layer(p, m, &w->l);
    w->step = wino_step(w);
    wino_split(w);
    w->shared = w->splits > 1;
}

// Packed: bias [panels * PANEL], then [phase of Y][panel][slice][phase of X][step][pair of rows][position]
// [channel][PANEL or what is left], only where the filter has a value. Late: [panel][slice][channel][tap]
// [PANEL or what is left].
static size_t wino_pack_bytes(const wino_cut *w) {
    int64_t plain = w->l.v.c * w->l.v.kd * w->l.v.kh * w->l.v.kw * w->l.out * BLOCK;
    return (size_t)(w->l.panels * PANEL + (w->late ? plain : wino_weight_floats(w, w->l.out_phases))) * 4;
}

// The taps of one input channel at one slice: [tap][width].
static void wino_taps(const wino_cut *w, const float *from, int64_t c, int64_t kz, int64_t panel,
                      int64_t width, float *to) {
    const bconv *v = &w->l.v;
    int64_t taps = v->kh * v->kw;
    for (int64_t i = 0; i < width; i++) {
        int64_t m = panel * PANEL + i, at = v->turned ? c * v->oc + m : m * v->c + c;
        for (int64_t t = 0; t < taps; t++)
            to[t * width + i] = m < v->oc ? from[(at * v->kd + kz) * taps + t] : 0;
    }
}

// Input channel c of a panel, transformed.
static void wino_pack_channel(const wino_cut *w, int f, const float *taps, int64_t c, int64_t width,
                              float *to) {
    float nowhere[PANEL];
    for (int in = 0; in < w->l.in_phases; in++)
        for (int64_t from = 0; from < w->l.v.c; from += w->step) {
            int64_t n = min64(w->step, w->l.v.c - from);
            for (int pair = 0; pair < w->l.a / 2; pair++) {
                if (c >= from && c < from + n)
                    wino_transform(&w->l, f + in, pair, taps, 1, width, n * width, to + (c - from) * width,
                                   nowhere);
                to += wino_pair_values(&w->l, f + in, pair) * n * width;
            }
        }
}

static void wino_pack(const wino_cut *w, const tn_problem *p, float *to) {
    const float *from = p->in[1]->data, *bias = bconv_data(p->nin, p->in, 2);
    for (int64_t i = 0; i < w->l.panels * PANEL; i++) *to++ = bias && i < w->l.v.oc ? bias[i] : 0;
    for (int f = 0; f < (w->late ? 1 : w->l.out_phases); f++)
        for (int64_t i = 0; i < w->l.panels * w->l.v.kd; i++) {
            int64_t panel = i / w->l.v.kd, kz = i % w->l.v.kd;
            int64_t width = bpanel_vectors(w->l.out, panel) * VL, one = w->l.v.kh * w->l.v.kw * width;
            for (int64_t c = 0; c < w->l.v.c; c++) {
                float taps[WINO_TAPS * WINO_TAPS * PANEL];
                wino_taps(w, from, c, kz, panel, width, w->late ? to + c * one : taps);
                if (!w->late) wino_pack_channel(w, f, taps, c, width, to);
            }
            to += w->late ? w->l.v.c * one : wino_slice(w, f) * width;
        }
}

// From one position of n blocks to the next: an odd count of them, or all would fall into a few sets of the
// cache.
static int64_t wino_apart(int64_t n) { return (n | 1) * BLOCK; }
static int64_t wino_v_floats(const wino_cut *w) {
    return w->l.a * w->l.a * wino_apart(w->l.in * w->slices * w->most);
}
// A worker's own: results, offsets, late weights, inputs that are not shared.
static int64_t wino_result_floats(const wino_cut *w) {
    return w->l.a * w->l.a * wino_apart(RESULTS / BLOCK * w->frames * w->most);
}
// Positions lie a little further apart than they must, or all would fall into one set of the cache.
static int64_t wino_late_apart(const wino_cut *w) { return w->step * PANEL + 3 * BLOCK; }
static int64_t wino_late_floats(const wino_cut *w) {
    return w->late ? wino_late_apart(w) * (2 * w->l.a + 1) : 0;
}
static int64_t wino_worker_floats(const wino_cut *w) {
    int64_t own = wino_result_floats(w) + round_up(w->l.in, 16) + wino_late_floats(w);
    return own + (w->shared ? 0 : wino_v_floats(w));
}

static size_t wino_workspace(const wino_cut *w, int threads) {
    int64_t shared = w->shared ? w->images * w->bands * wino_v_floats(w) : 0;
    return (size_t)(shared + threads * wino_worker_floats(w)) * 4;
}

typedef struct wino_run {
    const wino_cut *w;
    const float *x, *z, *bias, *weights;
    float *y, *shared, *workers;
} wino_run;

// ---- inputs

static int64_t wino_first(const wino_cut *w, int64_t band) { return w->l.tiles * band / w->bands; }

// A group of frames, and the slices of X that it reads.
typedef struct wino_frames {
    int64_t image, f0, f1, s0, s1;
} wino_frames;

static wino_frames wino_frames_of(const wino_cut *w, int64_t i) {
    const bconv *v = &w->l.v;
    wino_frames g = {.image = i / w->groups, .f0 = i % w->groups * w->frames};
    g.f1 = min64(v->od, g.f0 + w->frames);
    g.s0 = max64(0, g.f0 * v->sd - v->front);
    g.s1 = max64(g.s0, min64(v->d, (g.f1 - 1) * v->sd - v->front + (v->kd - 1) * v->dd + 1));
    return g;
}

// Block `block` of channels of the phases of a band's tiles, in all slices.
static void wino_inputs(const wino_run *r, const wino_frames *g, int64_t band, int64_t block, float *to) {
    const wino_cut *w = r->w;
    int64_t t0 = wino_first(w, band), t1 = wino_first(w, band + 1), n = t1 - t0, all = (g->s1 - g->s0) * n;
    int64_t first = (g->image * w->l.blocks + block % w->l.blocks) * w->l.v.d + g->s0;
    int f = (int)(block / w->l.blocks);
    const float *from = r->x + first * w->l.v.h * w->l.v.w * BLOCK;
    to += block * all * BLOCK;
    for (int64_t z = g->s0; z < g->s1; z++, from += w->l.v.h * w->l.v.w * BLOCK)
        for (int64_t t = 0; t < n; t++, to += BLOCK)
            wino_input(&w->l, from, f, wino_tile(&w->l, t0 + t), to, wino_apart(w->l.in * all));
}

static void wino_share(void *arg, int64_t i, int worker) {
    const wino_run *r = arg;
    const wino_cut *w = r->w;
    int64_t block = i % w->l.in, band = i / w->l.in;
    (void)worker;
    wino_frames g = wino_frames_of(w, band / w->bands);
    wino_inputs(r, &g, band % w->bands, block, r->shared + band * wino_v_floats(w));
}

// ---- outputs

static const float wino_no_bias[PANEL];

// What a task works with.
typedef struct wino_work {
    wino_frames g;
    int64_t first, n;  // tiles of the band
    int64_t run, from; // tiles of M, and of a block of V: in all frames, in all slices
    const float *inputs;
    float *results, *late;
    int32_t *off;
} wino_work;

// What the products of a panel are made of: channels [c, end) of phase `in` of slice kz of the window, with
// `count` tiles from `from` of V on, into those from `to` of M on. Weights
// of a position lie `apart` floats behind those of the one before.
typedef struct wino_part {
    int f, in, vectors;
    int64_t kz, from, to, count;
    int64_t c, end, apart;
    const float *weights;
    const float *ahead;  // weights that come next: they are fetched meanwhile, all tiles a share of them,
    int64_t ahead_share; // at each position so many floats a channel
} wino_part;

// Added to the results at a pair of rows, where the filter has a value.
static void wino_products(const wino_cut *w, const wino_work *o, wino_part *a, int pair, bool *begun) {
    int64_t floats = wino_apart(o->run * ceil_div(a->vectors * VL, BLOCK)), block = a->c / BLOCK;
    btile t = {.off = o->off + a->in * w->l.blocks + block,
               .w = a->weights,
               .taps = ceil_div(a->end - a->c, BLOCK),
               .full = w->l.v.c / BLOCK - block,
               .rest = w->l.v.c % BLOCK,
               .y_next = bpanel_next(o->run),
               .bias = wino_no_bias,
               .lo = -INFINITY,
               .hi = INFINITY};
    int64_t tiles = btile_count(a->count), ahead = (a->end - a->c) * a->ahead_share;
    t.ahead_step = ceil_div(a->ahead_share, tiles);
    for (int i = 0; i < 2 * w->l.a; i++) {
        int k = wino_position(&w->l, pair, i);
        if (!wino_value(&w->l, a->f + a->in, k)) continue;
        t.first = !begun[k];
        begun[k] = true;
        for (int64_t j = 0; j < tiles; j++) {
            int64_t first = btile_start(a->count, j);
            t.ahead = a->ahead + ahead * j / tiles;
            t.x = o->inputs + k * wino_apart(w->l.in * o->from) + (a->from + first) * BLOCK;
            t.y = o->results + k * floats + (a->to + first) * BLOCK;
            btiles[0][btile_start(a->count, j + 1) - first - 1][a->vectors - 1](&t);
        }
        t.w += a->apart;
        a->ahead += ahead;
    }
}

// Packed weights come next as they lie. Late ones of this step are near; the plain ones of the next step take
// their place once the last pair of rows is transformed.
static void wino_ahead(const wino_cut *w, wino_part *a, int pair, const float *plain) {
    bool plain_next = w->late && pair + 1 == w->l.a / 2;
    int64_t width = a->vectors * VL, one = w->l.v.kh * w->l.v.kw * width;
    a->ahead = plain_next ? plain + a->end * one : a->weights + a->apart;
    a->ahead_share =
        plain_next ? ceil_div(one, max64(1, wino_pair_values(&w->l, a->f + a->in, pair))) : width;
}

// The products of a panel with slice a->kz.
static void wino_with_slice(const wino_cut *w, const wino_work *o, wino_part *a, const float *weights,
                            bool *begun) {
    int64_t width = a->vectors * VL, one = w->l.v.kh * w->l.v.kw * width;
    a->weights = w->late ? o->late : weights + a->kz * wino_slice(w, a->f) * width;
    weights += a->kz * w->l.v.c * one;
    for (a->in = 0; a->in < w->l.in_phases; a->in++)
        for (a->c = 0; a->c < w->l.v.c; a->c = a->end) {
            a->end = min64(w->l.v.c, a->c + w->step);
            a->apart = w->late ? wino_late_apart(w) : (a->end - a->c) * width;
            for (int pair = 0; pair < w->l.a / 2; pair++) {
                if (w->late)
                    wino_transform(&w->l, a->f + a->in, pair, weights + a->c * one, a->end - a->c, width,
                                   a->apart, o->late, o->late + 2 * w->l.a * a->apart);
                wino_ahead(w, a, pair, weights);
                wino_products(w, o, a, pair, begun);
                if (!w->late) a->weights += wino_pair_values(&w->l, a->f + a->in, pair) * a->apart;
            }
        }
}

// The runs of slice kz of the window; false: there are none.
static bool wino_reach(const wino_cut *w, const wino_work *o, int64_t kz, wino_part *a) {
    const bconv *v = &w->l.v;
    int64_t z0 = o->g.f0 * v->sd - v->front + kz * v->dd;
    inside f = inside_of(z0, v->sd, v->d, o->g.f1 - o->g.f0);
    a->kz = kz;
    a->to = f.lo * o->n;
    a->count = (f.hi - f.lo) * o->n;
    a->from = (z0 + f.lo * v->sd - o->g.s0) * o->n;
    return a->count > 0;
}

// All products of a panel, from its weights on: first those of a slice that all frames meet, if there is one.
static void wino_results(const wino_run *r, const wino_work *o, int f, int vectors, const float *weights) {
    const wino_cut *w = r->w;
    int64_t floats = wino_apart(o->run * ceil_div(vectors * VL, BLOCK)), whole = 0;
    bool begun[WINO_MOST] = {false};
    wino_part a = {.f = f, .vectors = vectors};
    while (whole < w->l.v.kd && !(wino_reach(w, o, whole, &a) && a.count == o->run)) whole++;
    if (whole < w->l.v.kd) wino_with_slice(w, o, &a, weights, begun);
    for (int k = 0; k < w->l.a * w->l.a; k++) {
        if (!begun[k]) memset(o->results + k * floats, 0, (size_t)floats * 4);
        begun[k] = true;
    }
    for (int64_t kz = 0; kz < w->l.v.kd; kz++)
        if (kz != whole && wino_reach(w, o, kz, &a)) wino_with_slice(w, o, &a, weights, begun);
}

// One panel of a band: the products of every position, then the outputs of every tile.
static void wino_panel(const wino_run *r, const wino_work *o, int f, int64_t panel) {
    const wino_cut *w = r->w;
    int64_t channel = panel * PANEL, area = w->l.v.oh * w->l.v.ow;
    int64_t y = (o->g.image * w->l.out * w->l.v.od + o->g.f0) * area * BLOCK;
    int vectors = bpanel_vectors(w->l.out, panel);
    int64_t floats = wino_apart(o->run * ceil_div(vectors * VL, BLOCK));
    int32_t lanes[PANEL];
    const float *mask = bconv_mask(channel, w->l.v.oc, vectors, lanes);
    const float *weights = r->weights;
    weights += w->late ? w->l.v.kd * w->l.v.kh * w->l.v.kw * w->l.v.c * channel
                       : wino_weight_floats(w, f) + wino_depth(w, f) * channel;
    wino_results(r, o, f, vectors, weights);
    for (int64_t i = 0; i < o->run; i++)
        for (int j = 0; j < vectors; j++)
            wino_finish(&w->l, r->z, r->y, wino_tile(&w->l, o->first + i % o->n), f,
                        y + i / o->n * area * BLOCK + bchannel(channel + j * VL, w->l.v.od * area),
                        o->results + j * bpanel_next(o->run) + i * BLOCK, floats, r->bias + channel + j * VL,
                        mask ? mask + j * VL : NULL);
}

static void wino_task(void *arg, int64_t i, int worker) {
    const wino_run *r = arg;
    const wino_cut *w = r->w;
    int64_t split = i % w->splits, band = i / w->splits % w->bands, image = i / (w->splits * w->bands);
    wino_work o = {.g = wino_frames_of(w, image), .first = wino_first(w, band)};
    o.n = wino_first(w, band + 1) - o.first;
    o.run = (o.g.f1 - o.g.f0) * o.n;
    o.from = (o.g.s1 - o.g.s0) * o.n;
    o.results = r->workers + worker * wino_worker_floats(w);
    o.late = o.results + wino_result_floats(w);
    float *own = o.late + wino_late_floats(w);
    o.off = (int32_t *)(void *)own;
    own += round_up(w->l.in, 16);
    for (int64_t b = 0; b < w->l.in; b++) o.off[b] = (int32_t)(b * o.from * BLOCK);
    o.inputs = w->shared ? r->shared + (image * w->bands + band) * wino_v_floats(w) : own;
    for (int64_t b = 0; b < w->l.in && !w->shared; b++) wino_inputs(r, &o.g, band, b, own);
    int64_t panels = w->l.panels * w->l.out_phases;
    for (int64_t p = panels * split / w->splits; p < panels * (split + 1) / w->splits; p++)
        wino_panel(r, &o, (int)(p / w->l.panels), p % w->l.panels);
}

static tn_status wino_call(tn_call *c) {
    const wino_cut *w = c->params;
    wino_run r = {.w = w, .x = c->in[0]->data, .y = c->out[0]->data, .shared = c->workspace};
    r.z = bconv_data(c->nin, c->in, 3);
    r.workers = r.shared + (w->shared ? w->images * w->bands * wino_v_floats(w) : 0);
    r.bias = c->packed;
    r.weights = r.bias + w->l.panels * PANEL;
    if (w->shared) tn_call_parallel(c, w->images * w->bands * w->l.in, wino_share, &r);
    tn_call_parallel(c, w->images * w->bands * w->splits, wino_task, &r);
    return TN_OK;
}

#define WINOGRAD_FUNCTIONS(m, when)                                               \
    static void wino_setup_##m##_##when(const tn_problem *p, void *params) {      \
        wino_setup(p, m, WINO_##when, params);                                    \
    }                                                                             \
    static size_t wino_pack_bytes_##m##_##when(const tn_problem *p) {             \
        wino_cut w;                                                               \
        wino_setup(p, m, WINO_##when, &w);                                        \
        return wino_pack_bytes(&w);                                               \
    }                                                                             \
    static void wino_pack_##m##_##when(const tn_problem *p, void *to) {           \
        wino_cut w;                                                               \
        wino_setup(p, m, WINO_##when, &w);                                        \
        wino_pack(&w, p, to);                                                     \
    }                                                                             \
    static size_t wino_workspace_##m##_##when(const tn_problem *p, int threads) { \
        wino_cut w;                                                               \
        wino_setup(p, m, WINO_##when, &w);                                        \
        return wino_workspace(&w, threads);                                       \
    }
enum { WINO_ahead = false, WINO_late = true };
WINOGRAD_FUNCTIONS(2, ahead) // late: F4's weights are as many, and fewer products
WINOGRAD_FUNCTIONS(4, ahead)
WINOGRAD_FUNCTIONS(6, ahead)
WINOGRAD_FUNCTIONS(4, late)
WINOGRAD_FUNCTIONS(6, late)

// The place among the kernels of an instruction set.
enum {
    WINO_RANK_2_ahead = 1,
    WINO_RANK_4_late = 2,
    WINO_RANK_4_ahead = 3,
    WINO_RANK_6_late = -2,
    WINO_RANK_6_ahead = -1,
};
#define WINO_DOC_ahead ""
#define WINO_DOC_late ", from weights that stay as they are"

#define CONV_WINOGRAD(name_, op_, m, when)                                                                 \
    {                                                                                                      \
        TN_HERE, .name = name_, .op = op_, .domain = "tn", .isa = ISA,                                     \
                 .rank = ISA_RANK + WINO_RANK_##m##_##when,                                                \
                 .doc = "minimal filtering, F(" #m "x" #m ", 3x3)" WINO_DOC_##when, .reject = wino_reject, \
                 .params_bytes = sizeof(wino_cut), .setup = wino_setup_##m##_##when,                       \
                 .pack_bytes = wino_pack_bytes_##m##_##when, .pack = wino_pack_##m##_##when,               \
                 .workspace = wino_workspace_##m##_##when, .run = wino_call, .inplace = 1u << 3,           \
                 .error = WINO_ERROR_##m,                                                                  \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_winograd_2) = CONV_WINOGRAD(AT("conv.f32.winograd:F2"), "BlockedConv", 2, ahead);
TN_KERNEL(conv_f32_winograd_4) = CONV_WINOGRAD(AT("conv.f32.winograd:F4"), "BlockedConv", 4, ahead);
TN_KERNEL(conv_f32_winograd_6) = CONV_WINOGRAD(AT("conv.f32.winograd:F6"), "BlockedConv", 6, ahead);
TN_KERNEL(conv_f32_winograd_4_late) = CONV_WINOGRAD(AT("conv.f32.winograd:F4-late"), "BlockedConv", 4, late);
TN_KERNEL(conv_f32_winograd_6_late) = CONV_WINOGRAD(AT("conv.f32.winograd:F6-late"), "BlockedConv", 6, late);
TN_KERNEL(conv_f32_winograd_2_transposed) = CONV_WINOGRAD(AT("conv.f32.winograd:T2"), "BlockedConvTranspose",
                                                          2, ahead);
TN_KERNEL(conv_f32_winograd_4_transposed) = CONV_WINOGRAD(AT("conv.f32.winograd:T4"), "BlockedConvTranspose",
                                                          4, ahead);
TN_KERNEL(conv_f32_winograd_6_transposed) = CONV_WINOGRAD(AT("conv.f32.winograd:T6"), "BlockedConvTranspose",
                                                          6, ahead);
TN_KERNEL(conv_f32_winograd_4_transposed_late) = CONV_WINOGRAD(AT("conv.f32.winograd:T4-late"),
                                                               "BlockedConvTranspose", 4, late);
TN_KERNEL(conv_f32_winograd_6_transposed_late) = CONV_WINOGRAD(AT("conv.f32.winograd:T6-late"),
                                                               "BlockedConvTranspose", 6, late);
