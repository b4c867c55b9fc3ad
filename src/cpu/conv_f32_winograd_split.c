// SPDX-License-Identifier: Apache-2.0
// conv_f32_winograd_split.c - minimal filtering (winograd_layer.inl) whose products are made on tiles of bf16
// (split.inl). Inputs are split as they are transformed. Weights are packed as they are; some steps of them
// are transformed at a time, at a pair of rows of positions, and split a piece ahead, while the piece before
// is multiplied. Tile instructions store their sums where the outputs' transform reads them:
//
//     inputs   V [position][step][part][tile][32]
//     weights  U [panel][position][step][vector][16][2][16], f32; two pieces of it split
//     results  M [panel][position][pair of tiles of rows][32][2 * 16]
//
// A step is 32 channels, two blocks: pair i are channel i of the one and of the other.
//
// Products are so fast that what they read decides: a band has many tiles, so that its weights are not made
// often, and V, which no cache of a core holds then, is read once for a group of panels, from far away. A
// task is a band by a share of the panels; when there are shares, inputs are transformed by a first round.
#include "cpu/isa.h"

#include "cpu/kern/split.inl"
#include "cpu/kern/winograd_layer.inl"

enum {
    WSPLIT_TILES = 128,    // of a band, at least
    WSPLIT_FEWEST = 32,    // where there are threads
    WSPLIT_V = 16 << 20,   // bytes of V, at most
    WSPLIT_NEAR = 3 << 19, // of those that stay near
    WSPLIT_STEPS = 8,      // of U at a time, at most
    WSPLIT_GROUP = 8,      // panels, at most
    WSPLIT_CHANNELS = 96,  // at least, and tiles of all images: else too little comes of a transform
    WSPLIT_ALL = 64,
    PAIR_ROWS = 2 * SPLIT_ROWS
};

typedef struct wsplit {
    wino l;
    int64_t steps;   // of channels
    int64_t at_once; // of them, whose weights are transformed together
} wsplit;

static const char *wsplit_reject(const tn_problem *p, int m) {
    const char *why = wino_reject(p);
    if (why) return why;
    bconv v;
    bconv_setup(p, &v);
    if ((why = bconv_reject_depth(&v))) return why;
    if (!v.turned && (v.sh > 1 || v.sw > 1)) return "a stride: V would be four times as large";
    if (v.c < WSPLIT_CHANNELS) return "few channels: transforms take longer than products";
    wino l;
    wino_layer(p, m, &l);
    return l.tiles * v.n < WSPLIT_ALL ? "few tiles: weights take longer than products" : NULL;
}

static void wsplit_setup(const tn_problem *p, int m, wsplit *w) {
    *w = (wsplit){0};
    wino_layer(p, m, &w->l);
    w->steps = ceil_div(w->l.blocks, 2);
    w->at_once = ceil_div(w->steps, ceil_div(w->steps, WSPLIT_STEPS));
}

// How the work is shared out. Sums do not depend on it.
typedef struct wsplit_cut {
    int64_t bands, splits;   // of the tiles of an image; of the panels
    int64_t group;           // panels that are done together
    int64_t heights, height; // tiles of rows of a band; rows of one
    bool far;                // V is
} wsplit_cut;

static int64_t wsplit_positions(const wsplit *w) { return w->l.a * w->l.a; }

static wsplit_cut wsplit_cut_of(const wsplit *w, int threads) {
    int64_t tiles = w->l.tiles, images = w->l.v.n, wanted = threads > 1 ? 2 * threads : 1;
    int64_t bytes = wsplit_positions(w) * w->steps * 3 * SPLIT_K * 2; // of V, of a tile
    wsplit_cut c = {.bands = max64(1, tiles / WSPLIT_TILES), .splits = 1};
    c.bands = max64(c.bands, ceil_div(tiles * bytes, WSPLIT_V));
    while (images * c.bands < wanted && tiles >= 2 * WSPLIT_FEWEST * c.bands) c.bands *= 2;
    while (images * c.bands * c.splits < wanted && 2 * c.splits <= w->l.panels) c.splits *= 2;
    c.bands = min64(c.bands, tiles);
    int64_t most = ceil_div(tiles, c.bands), share = ceil_div(w->l.panels, c.splits);
    c.group = ceil_div(share, ceil_div(share, WSPLIT_GROUP));
    c.heights = ceil_div(most, SPLIT_ROWS);
    c.height = ceil_div(most, c.heights);
    c.far = most * bytes > WSPLIT_NEAR;
    return c;
}

// ---- weights

// Packed: bias [panels * PANEL], then [panel][step][vector][pair][tap][2][16].
static int64_t wsplit_rows(const wsplit *w, int64_t panel) { // before a panel
    return min64(2 * panel, w->l.out) * w->steps * SPLIT_ROWS;
}
static int64_t wsplit_row(const wsplit *w) { return w->l.v.kh * w->l.v.kw * SPLIT_K; } // floats

static size_t wsplit_pack_bytes(const wsplit *w) {
    return (size_t)(w->l.panels * PANEL + wsplit_rows(w, w->l.panels) * wsplit_row(w)) * 4;
}

// Channels c and c + 16 of the 16 columns from m on.
static void wsplit_pack_row(const wsplit *w, const float *from, int64_t c, int64_t m, float *to) {
    const bconv *v = &w->l.v;
    int64_t taps = v->kh * v->kw;
    for (int64_t i = 0; i < SPLIT_K; i++) {
        int64_t column = m + i % VL, channel = c + i / VL * BLOCK;
        bool real = column < v->oc && channel < v->c;
        int64_t at = v->turned ? channel * v->oc + column : column * v->c + channel;
        for (int64_t t = 0; t < taps; t++) to[t * SPLIT_K + i] = real ? from[at * taps + t] : 0;
    }
}

static void wsplit_pack(const wsplit *w, const tn_problem *p, float *to) {
    const float *from = p->in[1]->data, *bias = bconv_data(p->nin, p->in, 2);
    for (int64_t i = 0; i < w->l.panels * PANEL; i++) *to++ = bias && i < w->l.v.oc ? bias[i] : 0;
    for (int64_t panel = 0; panel < w->l.panels; panel++) {
        int64_t rows = bpanel_vectors(w->l.out, panel) * SPLIT_ROWS;
        for (int64_t i = 0; i < w->steps * rows; i++, to += wsplit_row(w))
            wsplit_pack_row(w, from, i / rows * SPLIT_K + i % SPLIT_ROWS,
                            panel * PANEL + i % rows / SPLIT_ROWS * VL, to);
    }
}

// ---- memory

// From one position to the next: an odd count of lines, or all would fall into a few sets of the cache.
static int64_t wsplit_part(const wsplit_cut *c) { return c->heights * c->height * SPLIT_K; } // numbers
static int64_t wsplit_v_apart(const wsplit *w, const wsplit_cut *c) {
    return w->steps * 3 * wsplit_part(c) | SPLIT_K;
}
static int64_t wsplit_v_floats(const wsplit *w, const wsplit_cut *c) {
    return wsplit_positions(w) * wsplit_v_apart(w, c) / 2;
}
static int64_t wsplit_m_apart(const wsplit_cut *c) { // floats
    return ceil_div(c->heights, 2) * PAIR_ROWS * PANEL + BLOCK;
}
static int64_t wsplit_m_floats(const wsplit *w, const wsplit_cut *c) { // of a panel
    return wsplit_positions(w) * wsplit_m_apart(c);
}
static int64_t wsplit_u_apart(const wsplit *w) { return w->at_once * 2 * SPLIT_VECTOR + 3 * BLOCK; }
static int64_t wsplit_u_floats(const wsplit *w) { return 2 * w->l.a * wsplit_u_apart(w); } // of a panel

// A worker's own, in floats: M, U, a position of it that has no value, U split, offsets of steps, V.
typedef struct wsplit_room {
    int64_t u, nowhere, split, off, v, all;
} wsplit_room;

static wsplit_room wsplit_room_of(const wsplit *w, const wsplit_cut *c) {
    wsplit_room r = {.u = c->group * wsplit_m_floats(w, c)};
    r.nowhere = r.u + c->group * wsplit_u_floats(w);
    r.split = r.nowhere + wsplit_u_apart(w);
    r.off = r.split + split_b_room(w->at_once);
    r.v = r.off + round_up(w->at_once, BLOCK);
    r.all = r.v + (c->splits > 1 ? 0 : wsplit_v_floats(w, c));
    return r;
}

static int64_t wsplit_shared(const wsplit *w, const wsplit_cut *c) {
    return c->splits > 1 ? w->l.v.n * c->bands * wsplit_v_floats(w, c) : 0;
}

static size_t wsplit_workspace(const wsplit *w, int threads) {
    wsplit_cut c = wsplit_cut_of(w, threads);
    return (size_t)(wsplit_shared(w, &c) + threads * wsplit_room_of(w, &c).all) * 4;
}

typedef struct wsplit_run {
    const wsplit *w;
    wsplit_cut cut;
    wsplit_room room;
    const float *x, *z, *bias, *weights;
    float *y, *shared, *workers;
} wsplit_run;

// ---- inputs

static int64_t wsplit_first(const wsplit_run *r, int64_t band) { return r->w->l.tiles * band / r->cut.bands; }

// The parts of 32 numbers; lines that are far away are not read before they are written.
INLINE void wsplit_store(vf low, vf high, uint16_t *to, int64_t part, bool far) {
    uint16_t line[3 * SPLIT_K];
    split_32(low, high, far ? line : to, far ? SPLIT_K : part);
    for (int i = 0; far && i < 3; i++)
        _mm512_stream_si512((void *)(to + i * part), _mm512_loadu_si512(line + i * SPLIT_K));
}

// A step of V: [position][part][tile][32].
static void wsplit_inputs(const wsplit_run *r, int64_t image, int64_t band, int64_t step, uint16_t *to) {
    const wino *l = &r->w->l;
    int64_t block = 2 * step, area = l->v.h * l->v.w * BLOCK, part = wsplit_part(&r->cut);
    int64_t positions = wsplit_positions(r->w), apart = wsplit_v_apart(r->w, &r->cut);
    bool whole = block + 1 < l->blocks;
    const float *from = r->x + (image * l->blocks + block) * area;
    float low[WINO_MOST * BLOCK], high[WINO_MOST * BLOCK];
    if (!whole) memset(high, 0, sizeof high);
    to += step * 3 * part;
    for (int64_t t = wsplit_first(r, band); t < wsplit_first(r, band + 1); t++, to += SPLIT_K) {
        bplace at = wino_tile(l, t);
        wino_input(l, from, 0, at, low, BLOCK);
        if (whole) wino_input(l, from + area, 0, at, high, BLOCK);
        for (int64_t k = 0; k < positions; k++)
            wsplit_store(v_load(low + k * BLOCK), v_load(high + k * BLOCK), to + k * apart, part, r->cut.far);
    }
    if (r->cut.far) _mm_sfence(); // for other threads
}

static void wsplit_share(void *arg, int64_t i, int worker) {
    const wsplit_run *r = arg;
    int64_t band = i / r->w->steps;
    (void)worker;
    wsplit_inputs(r, band / r->cut.bands, band % r->cut.bands, i % r->w->steps,
                  (uint16_t *)(void *)(r->shared + band * wsplit_v_floats(r->w, &r->cut)));
}

// ---- products

// Products of all tiles of a band with some steps of a panel at a position.
typedef struct wsplit_piece {
    const uint16_t *v;
    const float *u;
    float *m;
    int64_t steps; // 0: nothing is ready
    int vectors;
    bool more; // sums of this position are there
} wsplit_piece;

typedef struct wsplit_work {
    const wsplit_run *r;
    int64_t n;      // tiles
    int64_t p0, p1; // panels
    const uint16_t *v;
    float *m, *u, *nowhere;
    uint16_t *split[2]; // of this piece, of the next one
    int32_t *off;
    wsplit_piece now;
    bool begun[WINO_MOST];
} wsplit_work;

static void wsplit_products(const wsplit_work *o, split_feed *feed) {
    const wsplit_piece *a = &o->now;
    int64_t height = o->r->cut.height;
    split_tile t = {.off = o->off,
                    .a_part = wsplit_part(&o->r->cut),
                    .a_row = SPLIT_K * 2,
                    .b = o->split[0],
                    .steps = a->steps,
                    .sum = a->m,
                    .more = a->more};
    for (int64_t i = 0; i < o->n; i += 2 * height, t.sum += PAIR_ROWS * PANEL) {
        t.a = a->v + i * SPLIT_K;
        t.below = i + height < o->n ? t.a + height * SPLIT_K : NULL;
        split_run(&t, a->vectors, feed);
    }
}

// Multiplies the piece that is ready, while U of the next one is split (NULL: there is none).
static void wsplit_turn(wsplit_work *o, const wsplit_piece *next) {
    int64_t turns = o->now.steps * ceil_div(o->n, 2 * o->r->cut.height);
    split_feed feed = {0};
    if (next) feed = split_feed_of(next->u, next->steps, next->vectors, o->split[1], turns);
    if (o->now.steps) wsplit_products(o, &feed);
    split_some(&feed, feed.rows);
    uint16_t *spare = o->split[0];
    o->split[0] = o->split[1];
    o->split[1] = spare;
    o->now = next ? *next : (wsplit_piece){0};
}

// U of some steps from s0 on, at a pair of rows, for all panels of the group. The piece that is ready does
// not need what was there.
static void wsplit_filters(const wsplit_work *o, int f, int pair, int64_t s0, int64_t steps) {
    const wsplit *w = o->r->w;
    for (int64_t p = o->p0; p < o->p1; p++) {
        int64_t rows = SPLIT_ROWS * bpanel_vectors(w->l.out, p);
        wino_transform(&w->l, f, pair, o->r->weights + (wsplit_rows(w, p) + s0 * rows) * wsplit_row(w),
                       steps * rows, SPLIT_K, wsplit_u_apart(w), o->u + (p - o->p0) * wsplit_u_floats(w),
                       o->nowhere);
    }
}

static float *wsplit_m(const wsplit_work *o, int64_t panel, int k) {
    return o->m + (panel - o->p0) * wsplit_m_floats(o->r->w, &o->r->cut) + k * wsplit_m_apart(&o->r->cut);
}
static const uint16_t *wsplit_v(const wsplit_work *o, int k, int64_t step) {
    return o->v + k * wsplit_v_apart(o->r->w, &o->r->cut) + step * 3 * wsplit_part(&o->r->cut);
}

// Some steps from s0 on, at a pair of rows.
static void wsplit_pair(wsplit_work *o, int f, int pair, int64_t s0, int64_t steps) {
    const wsplit *w = o->r->w;
    const wino *l = &w->l;
    wsplit_filters(o, f, pair, s0, steps);
    const float *u = o->u;
    for (int i = 0; i < 2 * l->a; i++) {
        int k = wino_position(l, pair, i);
        if (!wino_value(l, f, k)) continue;
        for (int64_t p = o->p0; p < o->p1; p++)
            wsplit_turn(o, &(wsplit_piece){.v = wsplit_v(o, k, s0),
                                           .u = u + (p - o->p0) * wsplit_u_floats(w),
                                           .m = wsplit_m(o, p, k),
                                           .steps = steps,
                                           .vectors = bpanel_vectors(l->out, p),
                                           .more = o->begun[k]});
        o->begun[k] = true;
        u += wsplit_u_apart(w);
    }
}

static void wsplit_results(wsplit_work *o, int f) {
    const wsplit *w = o->r->w;
    memset(o->begun, 0, sizeof o->begun);
    for (int64_t s = 0; s < w->steps; s += w->at_once)
        for (int pair = 0; pair < w->l.a / 2; pair++)
            wsplit_pair(o, f, pair, s, min64(w->at_once, w->steps - s));
    wsplit_turn(o, NULL);
    for (int k = 0; k < wsplit_positions(w); k++)
        for (int64_t p = o->p0; p < o->p1 && !o->begun[k]; p++)
            memset(wsplit_m(o, p, k), 0, (size_t)wsplit_m_apart(&o->r->cut) * 4);
}

// ---- outputs

static void wsplit_outputs(const wsplit_work *o, int f, int64_t image, int64_t first, int64_t panel) {
    const wsplit_run *r = o->r;
    const wino *l = &r->w->l;
    int64_t channel = panel * PANEL, area = l->v.oh * l->v.ow, height = r->cut.height;
    int vectors = bpanel_vectors(l->out, panel);
    int32_t lanes[PANEL];
    const float *mask = bconv_mask(channel, l->v.oc, vectors, lanes);
    for (int64_t i = 0; i < o->n; i++) {
        const float *m = wsplit_m(o, panel, 0) + (i / height * SPLIT_ROWS + i % height) * PANEL;
        for (int j = 0; j < vectors; j++)
            wino_finish(l, r->z, r->y, wino_tile(l, first + i), f,
                        image * l->out * area * BLOCK + bchannel(channel + j * VL, area), m + j * VL,
                        wsplit_m_apart(&r->cut), r->bias + channel + j * VL, mask ? mask + j * VL : NULL);
    }
}

static wsplit_work wsplit_work_of(const wsplit_run *r, int64_t image, int64_t band, float *own) {
    const wsplit *w = r->w;
    uint16_t *split = (uint16_t *)(void *)(own + r->room.split), *v = (uint16_t *)(void *)(own + r->room.v);
    wsplit_work o = {.r = r,
                     .n = wsplit_first(r, band + 1) - wsplit_first(r, band),
                     .v = v,
                     .m = own,
                     .u = own + r->room.u,
                     .nowhere = own + r->room.nowhere,
                     .split = {split, split + split_b_room(w->at_once)},
                     .off = (int32_t *)(void *)(own + r->room.off)};
    for (int64_t s = 0; s < w->at_once; s++) o.off[s] = (int32_t)(s * 3 * wsplit_part(&r->cut));
    for (int64_t s = 0; s < w->steps && !r->shared; s++) wsplit_inputs(r, image, band, s, v);
    if (r->shared)
        o.v = (const uint16_t *)(const void *)(r->shared +
                                               (image * r->cut.bands + band) * wsplit_v_floats(w, &r->cut));
    return o;
}

static void wsplit_task(void *arg, int64_t i, int worker) {
    const wsplit_run *r = arg;
    const wsplit_cut *c = &r->cut;
    const wino *l = &r->w->l;
    int64_t split = i % c->splits, band = i / c->splits % c->bands, image = i / (c->splits * c->bands);
    int64_t first = wsplit_first(r, band), end = l->panels * (split + 1) / c->splits;
    wsplit_work o = wsplit_work_of(r, image, band, r->workers + worker * r->room.all);
    split_begin(c->height);
    for (o.p0 = l->panels * split / c->splits; o.p0 < end; o.p0 = o.p1) {
        o.p1 = min64(end, o.p0 + c->group);
        for (int f = 0; f < l->out_phases; f++) {
            wsplit_results(&o, f);
            for (int64_t p = o.p0; p < o.p1; p++) wsplit_outputs(&o, f, image, first, p);
        }
    }
    split_end();
}

static tn_status wsplit_call(tn_call *c) {
    const wsplit *w = c->params;
    wsplit_run r = {.w = w, .x = c->in[0]->data, .y = c->out[0]->data, .workers = c->workspace};
    r.cut = wsplit_cut_of(w, tn_call_threads(c));
    r.room = wsplit_room_of(w, &r.cut);
    r.z = bconv_data(c->nin, c->in, 3);
    r.shared = r.cut.splits > 1 ? c->workspace : NULL;
    r.workers += wsplit_shared(w, &r.cut);
    r.bias = c->packed;
    r.weights = r.bias + w->l.panels * PANEL;
    int64_t bands = w->l.v.n * r.cut.bands;
    if (r.shared) tn_call_parallel(c, bands * w->steps, wsplit_share, &r);
    tn_call_parallel(c, bands * r.cut.splits, wsplit_task, &r);
    return TN_OK;
}

#define WSPLIT_FUNCTIONS(m)                                                                         \
    static const char *wsplit_reject_##m(const tn_problem *p) { return wsplit_reject(p, m); }       \
    static void wsplit_setup_##m(const tn_problem *p, void *params) { wsplit_setup(p, m, params); } \
    static size_t wsplit_pack_bytes_##m(const tn_problem *p) {                                      \
        wsplit w;                                                                                   \
        wsplit_setup(p, m, &w);                                                                     \
        return wsplit_pack_bytes(&w);                                                               \
    }                                                                                               \
    static void wsplit_pack_##m(const tn_problem *p, void *to) {                                    \
        wsplit w;                                                                                   \
        wsplit_setup(p, m, &w);                                                                     \
        wsplit_pack(&w, p, to);                                                                     \
    }                                                                                               \
    static size_t wsplit_workspace_##m(const tn_problem *p, int threads) {                          \
        wsplit w;                                                                                   \
        wsplit_setup(p, m, &w);                                                                     \
        return wsplit_workspace(&w, threads);                                                       \
    }
WSPLIT_FUNCTIONS(4)
WSPLIT_FUNCTIONS(6)

#define CONV_WINOGRAD_SPLIT(name_, op_, m, place)                                                        \
    {                                                                                                    \
        TN_HERE, .name = name_, .op = op_, .domain = "tn", .isa = ISA, .rank = ISA_RANK + (place),       \
                 .doc = "minimal filtering, F(" #m "x" #m ", 3x3), of f32 as three bf16, six products",  \
                 .reject = wsplit_reject_##m, .params_bytes = sizeof(wsplit), .setup = wsplit_setup_##m, \
                 .pack_bytes = wsplit_pack_bytes_##m, .pack = wsplit_pack_##m,                           \
                 .workspace = wsplit_workspace_##m, .run = wsplit_call, .inplace = 1u << 3,              \
                 .error = WINO_ERROR_##m,                                                                \
    }

TN_ISAS(amx);

TN_KERNEL(conv_f32_winograd_split_4) = CONV_WINOGRAD_SPLIT(AT("conv.f32.winograd.split:F4"), "BlockedConv", 4,
                                                           1);
TN_KERNEL(conv_f32_winograd_split_6) = CONV_WINOGRAD_SPLIT(AT("conv.f32.winograd.split:F6"), "BlockedConv", 6,
                                                           2);
TN_KERNEL(conv_f32_winograd_split_4_transposed) = CONV_WINOGRAD_SPLIT(AT("conv.f32.winograd.split:T4"),
                                                                      "BlockedConvTranspose", 4, 2);
