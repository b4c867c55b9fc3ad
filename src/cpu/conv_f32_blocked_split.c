// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_split.c - tn.BlockedConv of f32 on tiles of bf16: see kern/split.inl. A step is one tap of
// the window and two blocks of input channels; a row of a tile is a pixel, so the sums lie as Y does. A task
// is a band of outputs by a share of the panels of output channels. It splits what the band reads of X into
// its own memory, padding written out, and takes panel after panel over it:
//
//     A: [pair of blocks][part][row][column][32]
//
// Where not all of A fits the core's second level, it and the sums are made in pieces, some channels each: Y
// keeps the sums meanwhile. Pieces depend on the shape alone, and so do all bits.
//
//     workspace: each worker's: | sums | offsets of steps | infinite pixels of A | A | two chunks of B |
#include "cpu/isa.h"

#include "cpu/kern/blocked_conv.inl"

// The next chunk of B, split a row in turn from each of up to four places: a core fetches ahead so far in one
// page of memory, and farther in several.
typedef struct csplit_feed {
    const float *from; // the first stream's; `from_next` to the next stream
    uint16_t *to;
    int64_t from_next, to_next;
    int64_t rows, each;
    int streams, stream, row; // the next one, and its row of a vector
} csplit_feed;
INLINE void csplit_some(csplit_feed *f, int64_t count);
#define SPLIT_FEED csplit_feed
#define SPLIT_SOME csplit_some
#include "cpu/kern/conv_split.inl"

enum { CHUNK_STEPS = 36, STREAMS = 4 };

// ---- tasks

typedef struct csplit_cut {       // of an image and group
    int64_t down, across, shares; // bands each way, and shares of the panels
} csplit_cut;

static csplit_cut csplit_cut_of(const csplit *d, split_cut cut) { // an image of one row is cut across
    const bconv *v = &d->v;
    if (v->oh > 1) return (csplit_cut){cut.bands, ceil_div(v->ow, d->columns), cut.shares};
    return (csplit_cut){1, cut.bands, cut.shares};
}

static int64_t csplit_time(const void *problem, split_cut cut) {
    const csplit *d = problem;
    csplit_cut c = csplit_cut_of(d, cut);
    int64_t rows = ceil_div(d->v.oh, c.down), columns = ceil_div(d->v.ow, c.across);
    return split_time(rows * columns, ceil_div(d->panels, c.shares) * 2 * VL * d->taps,
                      csplit_pixels(d, rows, columns));
}

static csplit_cut csplit_tasks(const csplit *d, int threads) {
    const bconv *v = &d->v;
    bool rows = v->oh > 1;
    int64_t across = ceil_div(v->ow, d->columns), least = rows ? ceil_div(v->oh, d->rows) : across;
    int64_t outer = v->n * v->group * (rows ? across : 1);
    return csplit_cut_of(
        d, split_cut_of(d, csplit_time, outer, least, rows ? v->oh : v->ow, d->panels, threads));
}

typedef struct csplit_room { // of a worker, in floats
    int64_t off, odd, a, b, all;
} csplit_room;

static csplit_room csplit_sizes(const csplit *d) {
    int64_t pixels = csplit_pixels(d, d->rows, d->columns);
    int64_t tiles = d->rows * ceil_div(d->columns, SPLIT_ROWS); // no fewer than of rows in one
    csplit_room r = {.off = ceil_div(tiles, 2) * SPLIT_SUMS};
    r.odd = r.off + round_up(d->deep * d->taps, 16);
    r.a = r.odd + round_up(pixels, 64) / 4;
    r.b =
        r.a + (d->deep * 3 * pixels + SPLIT_ROWS * d->across) * SPLIT_K / 2; // a run's last tile reaches over
    r.all = r.b + split_b_room(CHUNK_STEPS);
    return r;
}

static size_t csplit_workspace(const tn_problem *p, int threads) {
    csplit d;
    csplit_setup(p, &d);
    return (size_t)(csplit_sizes(&d).all * threads) * 4;
}

typedef struct csplit_job {
    const csplit *d;
    csplit_cut cut;
    const float *x, *z, *bias, *b;
    float *y, *workers;
    bool all_odd; // weights are infinite somewhere
} csplit_job;

// A band: outputs [y0, y1) by [x0, x1) of an image and group, panels [p0, p1). Tiles go along runs, which are
// rows of outputs, or all of them with what A has between, whose sums nobody reads.
typedef struct csplit_task {
    const csplit_job *j;
    int64_t outer, y0, y1, x0, x1, p0, p1;
    int64_t width, part;        // pixels of a row of A, numbers of a part
    int64_t pixels;             // of a row that are outputs
    int64_t run, pitch;         // positions of a run, and from a row of outputs to the next in it
    int64_t tiles, height, all; // tiles of a run, most rows of one, tiles of all runs
    float *sum;
    int32_t *off;
    uint8_t *odd;
    bool any_odd;
    uint16_t *a;
} csplit_task;

// What is made at once: a panel by steps [step0, step0 + steps) of the piece of pairs [pair0, pair0 + pairs).
typedef struct csplit_unit {
    int64_t pair0, pairs, panel, step0, steps;
} csplit_unit;

INLINE bool csplit_begins(const csplit_task *k, const csplit_unit *u) { // the piece
    return u->step0 == u->pair0 * k->j->d->taps;
}
INLINE bool csplit_ends(const csplit_task *k, const csplit_unit *u) {
    return u->step0 + u->steps == (u->pair0 + u->pairs) * k->j->d->taps;
}

// ---- A

// A row of A, of the pair whose blocks begin at x and `next` behind, NULL: there is none.
static void csplit_row(const csplit_task *k, const float *x, const float *next, inside in, uint16_t *to,
                       uint8_t *odd) {
    int64_t step = k->j->d->x_across * BLOCK;
    for (int i = 0; i < 3; i++) {
        memset(to + i * k->part, 0, (size_t)in.lo * SPLIT_K * 2);
        memset(to + i * k->part + in.hi * SPLIT_K, 0, (size_t)(k->width - in.hi) * SPLIT_K * 2);
    }
    to += in.lo * SPLIT_K;
    for (int64_t i = in.lo; i < in.hi; i++, x += step, to += SPLIT_K) {
        vf high = {0};
        if (next) {
            high = v_load(next);
            next += step;
        }
        if (split_32(v_load(x), high, to, k->part)) odd[i] = 1;
    }
}

static void csplit_a(csplit_task *k, const csplit_unit *u) {
    const csplit *d = k->j->d;
    const bconv *v = &d->v;
    int64_t height = csplit_height(d, k->y1 - k->y0), area = v->h * v->w * BLOCK;
    int64_t column = k->x0 * v->sw - v->left, inputs = ceil_div(d->cin, BLOCK);
    inside in = inside_of(column, d->x_across, v->w, k->width);
    memset(k->odd, k->j->all_odd, (size_t)(height * k->width));
    uint16_t *to = k->a;
    for (int64_t pair = u->pair0; pair < u->pair0 + u->pairs; pair++, to += 2 * k->part) {
        const float *x = k->j->x + (k->outer * inputs + pair * 2) * area;
        for (int64_t r = 0; r < height; r++, to += k->width * SPLIT_K) {
            int64_t y = k->y0 * v->sh - v->top + r * d->x_down;
            bool meets = y >= 0 && y < v->h && in.lo < in.hi;
            const float *row = meets ? x + (y * v->w + column + in.lo * d->x_across) * BLOCK : NULL;
            csplit_row(k, row, row && pair * 2 + 1 < inputs ? row + area : NULL, meets ? in : (inside){0, 0},
                       to, k->odd + r * k->width);
        }
    }
    k->any_odd = memchr(k->odd, 1, (size_t)(height * k->width)) != NULL;
}

static void csplit_offsets(const csplit_task *k, const csplit_unit *u) {
    const bconv *v = &k->j->d->v;
    int64_t taps = v->kh * v->kw;
    for (int64_t s = 0; s < u->pairs * taps; s++) {
        int64_t tap = s % taps, pixel = tap / v->kw * v->dh * k->width + tap % v->kw * v->dw;
        k->off[s] = (int32_t)(s / taps * 3 * k->part + pixel * SPLIT_K);
    }
}

// ---- sums

typedef struct csplit_tile { // run, and position in it
    int64_t row, column, pixels;
} csplit_tile;

INLINE csplit_tile csplit_tile_at(const csplit_task *k, int64_t i) {
    csplit_tile t = {.row = i / k->tiles, .column = i % k->tiles * k->height};
    t.pixels = min64(k->height, k->run - t.column);
    return t;
}
INLINE int64_t csplit_a_pixel(const csplit_task *k, const csplit_tile *t) {
    return t->row * k->j->d->down * k->width + t->column * k->j->d->across;
}

typedef struct csplit_stretch { // sums from row `at` of a tile on: n pixels of Y from `pixel` on
    int64_t at, n, pixel;
} csplit_stretch;

// The next one of a tile; the first behind {0}.
INLINE bool csplit_stretch_next(const csplit_task *k, const csplit_tile *t, csplit_stretch *s) {
    for (s->at += s->n; s->at < t->pixels;) {
        int64_t at = t->column + s->at, row = at / k->pitch, column = at - row * k->pitch;
        s->n = min64(k->pixels - column, t->pixels - s->at);
        s->pixel = (k->y0 + t->row + row) * k->j->d->v.ow + k->x0 + column;
        if (s->n > 0) return true;
        s->at += k->pitch - column;
        s->n = 0;
    }
    return false;
}

// Floats of Y (and of Z) before the panel's first block.
INLINE int64_t csplit_y_at(const csplit_task *k, int64_t panel) {
    const csplit *d = k->j->d;
    return (k->outer * d->blocks + panel * 2) * d->v.oh * d->v.ow * BLOCK;
}
INLINE const float *csplit_weights(const csplit_task *k, int64_t panel, int64_t step) {
    const csplit *d = k->j->d;
    return k->j->b + k->outer % d->v.group * csplit_b_floats(d, d->panels) + csplit_b_floats(d, panel) +
           step * split_vectors(d->cout, panel) * SPLIT_VECTOR;
}

// Whether the window that begins at a pixel of A holds an infinity.
static bool csplit_odd(const csplit_task *k, int64_t pixel) {
    const bconv *v = &k->j->d->v;
    for (int64_t y = 0; y < v->kh; y++)
        for (int64_t x = 0; x < v->kw; x++)
            if (k->odd[pixel + y * v->dh * k->width + x * v->dw]) return true;
    return false;
}

// The sums of a piece for pixel `pixel` of Y, plainly.
static void csplit_plain(const csplit_task *k, const csplit_unit *u, int64_t pixel, float *sum) {
    const csplit *d = k->j->d;
    const bconv *v = &d->v;
    int vectors = split_vectors(d->cout, u->panel);
    int64_t area = v->h * v->w * BLOCK, inputs = ceil_div(d->cin, BLOCK);
    int64_t begin = u->pair0 * d->taps, end = begin + u->pairs * d->taps;
    const float *b = csplit_weights(k, u->panel, begin);
    float each[2 * VL];
    memset(sum, 0, (size_t)vectors * VL * 4);
    for (int64_t s = begin; s < end; s++, b += vectors * SPLIT_VECTOR) {
        int64_t pair = s / d->taps, tap = s % d->taps, n = min64(SPLIT_K, d->cin - pair * SPLIT_K);
        int64_t y = pixel / v->ow * v->sh - v->top + tap / v->kw * v->dh;
        int64_t x = pixel % v->ow * v->sw - v->left + tap % v->kw * v->dw;
        if (y < 0 || y >= v->h || x < 0 || x >= v->w) continue;
        const float *from = k->j->x + (k->outer * inputs + pair * 2) * area + (y * v->w + x) * BLOCK;
        float a[SPLIT_K];
        for (int64_t c = 0; c < n; c++) a[c] = from[c / BLOCK * area + c % BLOCK];
        split_plain(a, n, b, vectors, each);
        for (int i = 0; i < vectors * VL; i++) sum[i] += each[i];
    }
}

static void csplit_plains(const csplit_task *k, const csplit_unit *u, const csplit_tile *t, float *sum) {
    int64_t at = csplit_a_pixel(k, t);
    for (csplit_stretch s = {0}; csplit_stretch_next(k, t, &s);)
        for (int64_t i = 0; i < s.n; i++)
            if (csplit_odd(k, at + (s.at + i) * k->j->d->across))
                csplit_plain(k, u, s.pixel + i, sum + (s.at + i) * 2 * VL);
}

INLINE bool csplit_last(const csplit_task *k, const csplit_unit *u) { // of the pieces
    return u->pair0 + u->pairs == k->j->d->pairs;
}

// A vector of channels of a tile's sums goes to Y; what an activation needs more than a clamp for waits.
INLINE void csplit_store(const csplit_task *k, const csplit_unit *u, int64_t at, int64_t pixels,
                         const float *bias, const float *mask, bool waits, float *sum) {
    act a = k->j->d->v.act;
    bool first = u->pair0 == 0, clamps = csplit_last(k, u) && a.kind == ACT_CLAMP;
    vf lo = v_set(clamps ? a.alpha : -INFINITY), hi = v_set(clamps ? a.beta : INFINITY);
    vf start = first ? v_load(bias) : (vf){0};
    vi lanes = mask ? (vi)v_load(mask) : vi_set(-1);
    float *y = k->j->y + at;
    const float *more = first ? k->j->z ? k->j->z + at : NULL : y;
    for (int64_t i = 0; i < pixels; i++, sum += 2 * VL) {
        vf x = v_load(sum) + start;
        if (more) x += v_load(more + i * BLOCK);
        x = v_clamp(x, lo, hi);
        v_store(waits ? sum : y + i * BLOCK, waits ? x : (vf)((vi)x & lanes));
    }
}

static void csplit_end(const csplit_task *k, const csplit_unit *u, int64_t tile, float *sum) {
    const csplit *d = k->j->d;
    csplit_tile t = csplit_tile_at(k, tile);
    int vectors = split_vectors(d->cout, u->panel);
    int64_t to = csplit_y_at(k, u->panel), next = d->v.oh * d->v.ow * BLOCK, group = k->outer % d->v.group;
    const float *bias = k->j->bias + (group * d->panels + u->panel) * 2 * VL;
    act_kind kind = d->v.act.kind;
    bool waits = csplit_last(k, u) && kind != ACT_NONE && kind != ACT_CLAMP;
    int32_t lanes[PANEL];
    const float *mask = bconv_mask(u->panel * 2 * VL, d->cout, vectors, lanes);
    if (k->any_odd) csplit_plains(k, u, &t, sum);
    for (csplit_stretch s = {0}; csplit_stretch_next(k, &t, &s);)
        for (int i = 0; i < vectors; i++)
            csplit_store(k, u, to + i * next + s.pixel * BLOCK, s.n, bias + i * VL,
                         mask ? mask + i * VL : NULL, waits, sum + s.at * 2 * VL + i * VL);
    if (!waits) return;
    act_row(d->v.act, sum, sum, t.pixels * 2 * VL);
    for (csplit_stretch s = {0}; csplit_stretch_next(k, &t, &s);)
        for (int i = 0; i < vectors; i++) {
            vi real = mask ? (vi)v_load(mask + i * VL) : vi_set(-1);
            float *y = k->j->y + to + i * next + s.pixel * BLOCK;
            for (int64_t p = 0; p < s.n; p++)
                v_store(y + p * BLOCK, (vf)((vi)v_load(sum + (s.at + p) * 2 * VL + i * VL) & real));
        }
}

// ---- a task

// The unit behind this one; false: it was the last.
static bool csplit_next(const csplit_task *k, csplit_unit *u) {
    const csplit *d = k->j->d;
    bool ends = csplit_ends(k, u);
    u->step0 += u->steps;
    if (ends) {
        bool all = ++u->panel >= k->p1; // of the piece
        if (all) {
            u->panel = k->p0;
            u->pair0 += u->pairs;
            u->pairs = min64(d->deep, d->pairs - u->pair0);
            if (!u->pairs) return false;
        }
        u->step0 = u->pair0 * d->taps;
    }
    u->steps = min64(CHUNK_STEPS, (u->pair0 + u->pairs) * d->taps - u->step0);
    return true;
}

static csplit_feed csplit_ahead(const csplit_task *k, const csplit_unit *u, uint16_t *to, int64_t turns) {
    int64_t vectors = u->steps * split_vectors(k->j->d->cout, u->panel), rows = vectors * 16;
    csplit_feed f = {.from = csplit_weights(k, u->panel, u->step0), .to = to, .rows = rows};
    f.each = ceil_div(rows, max64(1, turns * SPLIT_GROUPS));
    f.streams = STREAMS;
    while (vectors % f.streams) f.streams--;
    f.from_next = vectors / f.streams * SPLIT_VECTOR;
    f.to_next = 3 * f.from_next;
    return f;
}

INLINE void csplit_some(csplit_feed *f, int64_t count) {
    for (count = min64(count, f->rows), f->rows -= count; count > 0; count--) {
        const float *from = f->from + f->stream * f->from_next;
        split_32(v_load(from), v_load(from + VL), f->to + f->stream * f->to_next, SPLIT_VECTOR);
        if (++f->stream < f->streams) continue;
        bool ends = ++f->row == 16;
        f->stream = 0;
        f->row = ends ? 0 : f->row;
        f->from += SPLIT_K;
        f->to += ends ? SPLIT_K + 2 * SPLIT_VECTOR : SPLIT_K;
    }
}

static void csplit_tiles(const csplit_task *k, const csplit_unit *u, const uint16_t *b, csplit_feed *feed) {
    const csplit *d = k->j->d;
    bool ends = csplit_ends(k, u);
    split_tile t = {.off = k->off + u->step0 - u->pair0 * d->taps,
                    .a_part = k->part,
                    .a_row = (size_t)d->across * SPLIT_K * 2,
                    .b = b,
                    .steps = u->steps,
                    .sum = k->sum,
                    .more = !csplit_begins(k, u)};
    for (int64_t i = 0; i < k->all; i += 2, t.sum += SPLIT_SUMS) {
        csplit_tile one = csplit_tile_at(k, i), two = csplit_tile_at(k, i + 1);
        bool below = i + 1 < k->all;
        t.a = k->a + csplit_a_pixel(k, &one) * SPLIT_K;
        t.below = below ? k->a + csplit_a_pixel(k, &two) * SPLIT_K : NULL;
        split_run(&t, split_vectors(d->cout, u->panel), feed);
        if (ends) csplit_end(k, u, i, t.sum);
        if (ends && below) csplit_end(k, u, i + 1, t.sum + SPLIT_ROWS * 2 * VL);
    }
}

static void csplit_units(csplit_task *k, uint16_t *b) {
    int64_t turns = ceil_div(k->all, 2);
    csplit_unit u = {.panel = k->p1}, next; // ahead of the first
    bool more = csplit_next(k, &u);
    csplit_feed feed = csplit_ahead(k, &u, b, 0);
    csplit_some(&feed, feed.rows);
    for (int64_t i = 0; more; i++, u = next) {
        if (u.panel == k->p0 && csplit_begins(k, &u)) {
            csplit_a(k, &u);
            csplit_offsets(k, &u);
        }
        next = u;
        more = csplit_next(k, &next);
        feed = (csplit_feed){0};
        if (more) feed = csplit_ahead(k, &next, b + (i + 1) % 2 * split_b_room(CHUNK_STEPS), turns * u.steps);
        csplit_tiles(k, &u, b + i % 2 * split_b_room(CHUNK_STEPS), &feed);
        csplit_some(&feed, feed.rows);
    }
}

// Runs and their tiles. A tile costs about as much as 14 rows more than it has.
static void csplit_runs(csplit_task *k) {
    const csplit *d = k->j->d;
    int64_t rows = k->y1 - k->y0;
    k->pixels = k->run = k->pitch = k->x1 - k->x0;
    k->tiles = ceil_div(k->run, SPLIT_ROWS);
    k->height = ceil_div(k->run, k->tiles);
    k->all = k->tiles * rows;
    if (d->down > 1 || d->across > 1) return;
    int64_t run = (rows - 1) * k->width + k->run, tiles = ceil_div(run, SPLIT_ROWS);
    int64_t height = ceil_div(run, tiles);
    if (tiles > k->all || tiles * (14 + height) >= k->all * (14 + k->height)) return;
    k->pitch = k->width;
    k->run = run;
    k->all = k->tiles = tiles;
    k->height = height;
    if (k->pixels == d->v.ow && k->width == d->v.ow) k->pixels = k->pitch = run; // as Y lies
}

static void csplit_run(void *arg, int64_t i, int worker) {
    const csplit_job *j = arg;
    const csplit *d = j->d;
    const bconv *v = &d->v;
    const csplit_cut *c = &j->cut;
    csplit_room room = csplit_sizes(d);
    float *own = j->workers + worker * room.all;
    int64_t share = i % c->shares, x = i / c->shares % c->across, y = i / (c->shares * c->across) % c->down;
    csplit_task k = {.j = j,
                     .outer = i / (c->shares * c->across * c->down),
                     .y0 = v->oh * y / c->down,
                     .y1 = v->oh * (y + 1) / c->down,
                     .x0 = v->ow * x / c->across,
                     .x1 = v->ow * (x + 1) / c->across,
                     .p0 = d->panels * share / c->shares,
                     .p1 = d->panels * (share + 1) / c->shares,
                     .sum = own,
                     .off = (int32_t *)(void *)(own + room.off),
                     .odd = (uint8_t *)(own + room.odd),
                     .a = (uint16_t *)(void *)(own + room.a)};
    k.width = csplit_width(d, k.x1 - k.x0);
    k.part = csplit_height(d, k.y1 - k.y0) * k.width * SPLIT_K;
    csplit_runs(&k);
    split_begin(k.height);
    csplit_units(&k, (uint16_t *)(void *)(own + room.b));
    split_end();
}

static tn_status csplit_call(tn_call *c) {
    const csplit *d = c->params;
    const float *packed = c->packed;
    csplit_job j = {.d = d,
                    .cut = csplit_tasks(d, tn_call_threads(c)),
                    .x = c->in[0]->data,
                    .z = bconv_data(c->nin, c->in, 3),
                    .bias = packed + HEAD,
                    .b = packed + HEAD + csplit_bias_floats(d),
                    .y = c->out[0]->data,
                    .workers = c->workspace,
                    .all_odd = packed[0] != 0};
    tn_call_parallel(c, d->v.n * d->v.group * j.cut.down * j.cut.across * j.cut.shares, csplit_run, &j);
    return TN_OK;
}

TN_ISAS(amx);

TN_KERNEL(conv_f32_blocked_split) = {
    TN_HERE,
    .name = AT("conv.f32.blocked.split"),
    .op = "BlockedConv",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "f32 as three bf16, six products",
    .reject = csplit_reject,
    .params_bytes = sizeof(csplit),
    .setup = csplit_setup,
    .pack_bytes = csplit_pack_bytes,
    .pack = csplit_pack,
    .workspace = csplit_workspace,
    .run = csplit_call,
    .inplace = 1u << 3,
};
