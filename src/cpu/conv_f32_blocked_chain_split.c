// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_chain_split.c - tn.BlockedChain as kern/conv_f32_blocked_chain.inl has it, the 1x1 links
// as products of bf16 parts on tiles (kern/split.inl). A pair of tiles of pixels is split before the first
// panel of weights comes, and meets all of them while it is in the first-level cache. Weights are split once
// by each worker, for what another one has written comes slower; with factors of X on them once an image.
//
//     A [step][part][pixel][16][2]       a step: two blocks of channels; pairs are of one of each
//     B [panel][step][vector][part][16][16][2], from [panel][step][vector][16][2][16] in f32
//
// Where the blocks are odd in number, the last step is of one of them, and its pairs are of two parts: three
// products make what else takes six,
//
//     (a0, a1) by (b0, b0)     (a0, a1) by (b1, b1)     (a0, a2) by (b2, b0)
//
// Where an infinity, which has no parts, is found while numbers are split, sums of such pixels (or all, where
// it is a weight's) are made again, plainly.
#include "cpu/isa.h"

#include "cpu/kern/conv_f32_blocked_chain.inl"
#include "cpu/kern/split.inl"

enum {
    CHAIN_SPLIT_RING = 16 << 10,           // floats of two blocks of what the first link keeps
    CHAIN_SPLIT_OWN = 128 << 10,           // floats of a worker that a turn may take
    CHAIN_SPLIT_ROWS = 16,                 // of Y in a turn
    CHAIN_SPLIT_TILE = 2 * SPLIT_ROWS * VL // floats of the sums of a tile of two vectors
};

// ---- the problem

// Few channels are made faster by register tiles: of those that go in, splitting takes as long as products.
static bool chain_split_splits(const bconv *v) {
    return !v->plain && chain_pointwise(v) && v->c > BLOCK && v->oc > 2 * BLOCK;
}

static int64_t chain_split_in_blocks(const direct *d) { return ceil_div(d->cin, BLOCK); }
static int64_t chain_split_steps(const direct *d) { return ceil_div(chain_split_in_blocks(d), 2); }

static int64_t chain_split_a_floats(const chain_link *l) { // a turn's pixels
    const direct *d = &l->dense;
    int64_t blocks = chain_split_in_blocks(d);
    return (blocks / 2 * 3 + blocks % 2 * 2) * l->kept * d->v.ow * SPLIT_K / 2;
}

// Numbers of B before a panel, of `panels`: of all.
static int64_t chain_split_b_numbers(const direct *d, int64_t panel) {
    return min64(panel * 2, d->blocks) * chain_split_steps(d) * 3 * SPLIT_VECTOR;
}

// A tile: pixels [from, from + n) of a row; those before, `skip` of them, were made by the tile before.
typedef struct chain_split_spot {
    int64_t y, from, n, skip;
    int64_t pixel; // of A
    float *to;     // of the row's first block
    const float *z;
} chain_split_spot;

// What a worker knows of its memory and of a turn.
typedef struct chain_split_own {
    int64_t image;       // whose weights are split; -1: none
    bool all_odd;        // one of them has no parts
    bool odd[TNI_LINKS]; // something that a link reads has none
    int64_t height;      // that tiles have
    int64_t tiles;       // of the link that is made
    int64_t turn;        // which sums are written next
    image_ahead ahead;   // what the next turn reads
} chain_split_own;

static int64_t chain_split_row_tiles(const direct *d) { return ceil_div(d->v.ow, SPLIT_ROWS); }
static int64_t chain_split_spot_floats(const chain *c) {
    int64_t most = 0;
    for (int i = 0; i < c->links; i++)
        if (c->link[i].split) most = max64(most, c->link[i].kept * chain_split_row_tiles(&c->link[i].dense));
    return round_up(most * (int64_t)sizeof(chain_split_spot) / 4, 16);
}

// Of a worker: sums of two pairs of tiles, what it knows, tiles, A, and B.
enum {
    CHAIN_SPLIT_SUMS = 4 * CHAIN_SPLIT_TILE,
    CHAIN_SPLIT_SPOTS = CHAIN_SPLIT_SUMS + (sizeof(chain_split_own) + 63) / 64 * 16
};
static int64_t chain_split_more_floats(const chain *c) {
    int64_t floats = CHAIN_SPLIT_SPOTS + chain_split_spot_floats(c);
    for (int i = 0; i < c->links; i++)
        if (c->link[i].split) floats += chain_split_a_floats(&c->link[i]);
    return floats;
}

static int64_t chain_split_b_floats(const chain *c, int links) { // of the first ones
    int64_t numbers = 0;
    for (int i = 0; i < links; i++)
        if (c->link[i].split) numbers += chain_split_b_numbers(&c->link[i].dense, c->link[i].dense.panels);
    return numbers / 2;
}

static int64_t chain_split_worker_floats(const chain *c) {
    return chain_worker_floats(c) + chain_split_more_floats(c) + chain_split_b_floats(c, c->links);
}

// As many rows in a turn as leave what a worker has in the second-level cache.
static void chain_split_keep(chain *c) {
    for (int64_t rows = CHAIN_SPLIT_ROWS; rows > 0; rows /= 2) {
        chain_keep(c, rows);
        int64_t ring = c->link[0].kept * c->link[0].dense.v.ow * PANEL;
        int64_t own = chain_worker_floats(c) + chain_split_more_floats(c);
        if (ring <= CHAIN_SPLIT_RING && own <= CHAIN_SPLIT_OWN) return;
    }
}

static void chain_split_setup(const tn_problem *p, void *params) {
    chain *c = params;
    chain_setup_links(p, c, chain_split_splits);
    chain_split_keep(c);
}

static const char *chain_split_reject(const tn_problem *p) {
    const char *why = chain_reject_links(p);
    if (why) return why;
    chain c;
    chain_split_setup(p, &c);
    if (chain_has(p, TNI_CHAIN_FACTORS) && (c.links > 1 || !c.link[0].split))
        return "factors of X, which is not read by one 1x1 convolution";
    const bconv *last = &c.link[c.links - 1].dense.v;
    if (last->oh * last->ow < SPLIT_ROWS) return "few pixels";
    for (int i = 0; i < c.links; i++)
        if (c.link[i].split) return NULL;
    return "no link is a 1x1 convolution of many channels";
}

// ---- B

static size_t chain_split_pack_bytes(const tn_problem *p) {
    chain c;
    chain_split_setup(p, &c);
    return chain_packed_bytes(&c);
}

static float *chain_split_pack_panel(const direct *d, const float *w, int64_t panel, float *to) {
    int vectors = bpanel_vectors(d->blocks, panel);
    int64_t k_all = round_up(d->cin, BLOCK);
    for (int64_t k0 = 0; k0 < k_all; k0 += SPLIT_K)
        for (int64_t m0 = panel * PANEL; m0 < panel * PANEL + vectors * VL; m0 += VL)
            for (int64_t i = 0, rows = min64(SPLIT_K, k_all - k0); i < rows * VL; i++) {
                int64_t row = i / VL, m = m0 + i % VL,
                        k = k0 + (rows < SPLIT_K ? row : row / 2 + row % 2 * BLOCK);
                *to++ = k < d->cin && m < d->cout ? w[m * d->cin + k] : 0;
            }
    return to;
}

static void chain_split_pack(const tn_problem *p, void *packed) {
    chain c;
    chain_split_setup(p, &c);
    for (int i = 0; i < c.links; i++) {
        const chain_link *l = &c.link[i];
        const direct *d = &l->dense;
        float *to = (float *)packed + l->packed;
        if (!l->split) {
            chain_pack_link(p, l, i, to);
            continue;
        }
        const float *bias = bconv_data(p->nin, p->in, tni_link_bias(i));
        for (int64_t m = 0; m < d->panels * PANEL; m++) *to++ = bias && m < d->cout ? bias[m] : 0;
        for (int64_t j = 0; j < d->panels; j++)
            to = chain_split_pack_panel(d, p->in[tni_link_weights(i)]->data, j, to);
    }
}

// A step of a vector, k from `s` on of the factors. True: a weight has no parts.
static bool chain_split_b_step(const float *from, const float *s, bool half, uint16_t *to) {
    bool odd = false;
    for (int k = 0; k < BLOCK; k++, from += half ? VL : SPLIT_K, to += SPLIT_K) {
        vf low = v_load(from) * (s ? s[k] : 1);
        if (half) {
            split_parts x = split_16(low);
            odd |= split_infinities(x.part[0]) != 0;
            split_store(x.part[0], x.part[0], to);
            split_store(x.part[1], x.part[1], to + SPLIT_VECTOR);
            split_store(x.part[2], x.part[0], to + 2 * SPLIT_VECTOR);
        } else {
            odd |= split_32(low, v_load(from + VL) * (s ? s[k + BLOCK] : 1), to, SPLIT_VECTOR);
        }
    }
    return odd;
}

// A panel of a link.
static bool chain_split_b_panel(const chain_run *r, int i, int64_t panel, const float *s, uint16_t *to) {
    const direct *d = &r->c->link[i].dense;
    int64_t k_all = round_up(d->cin, BLOCK), vectors = bpanel_vectors(d->blocks, panel);
    const float *from = r->packed + r->c->link[i].packed + direct_bias_floats(d) + k_all * panel * PANEL;
    bool odd = false;
    for (int64_t k = 0; k < k_all; k += SPLIT_K)
        for (int64_t j = 0; j < vectors; j++, to += 3 * SPLIT_VECTOR) {
            int64_t rows = min64(SPLIT_K, k_all - k);
            odd |= chain_split_b_step(from, s ? s + k : NULL, rows < SPLIT_K, to);
            from += rows * VL;
        }
    return odd;
}

// The factors of an image, or NULL.
static const float *chain_split_factors(const chain_run *r, int64_t image) {
    const float *factors = r->more;
    return factors ? factors + image * round_up(r->c->link[0].dense.cin, BLOCK) : NULL;
}

static uint16_t *chain_split_b_of(const chain *c, float *more, int i) {
    return (uint16_t *)(void *)(more + chain_split_more_floats(c) + chain_split_b_floats(c, i));
}

static bool chain_split_b(const chain_run *r, int64_t image, float *more) {
    bool odd = false;
    for (int i = 0; i < r->c->links; i++) {
        const direct *d = &r->c->link[i].dense;
        uint16_t *to = chain_split_b_of(r->c, more, i);
        for (int64_t p = 0; r->c->link[i].split && p < d->panels; p++)
            odd |=
                chain_split_b_panel(r, i, p, chain_split_factors(r, image), to + chain_split_b_numbers(d, p));
    }
    return odd;
}

// ---- A

// Pixels of a row that link i reads, `part` numbers from one part to the next. True: something has no parts.
static bool chain_split_a(const chain_task *t, int i, const chain_split_spot *at, int64_t part,
                          uint16_t *to) {
    int64_t blocks = chain_split_in_blocks(&t->r->c->link[i].dense), n = at->n * BLOCK;
    chain_from from = chain_read(t, i, at->y);
    const float *low = from.at + at->from * BLOCK, *high = low + from.step;
    bool odd = false;
    to += (at->pixel + at->skip) * SPLIT_K;
    for (int64_t b = 0; b + 1 < blocks; b += 2, low += 2 * from.step, high += 2 * from.step, to += 3 * part)
        for (int64_t x = 0; x < n; x += BLOCK)
            odd |= split_32(v_load(low + x), v_load(high + x), to + 2 * x, part);
    for (int64_t x = 0; blocks % 2 && x < n; x += BLOCK) {
        split_parts v = split_16(v_load(low + x));
        odd |= split_infinities(v.part[0]) != 0;
        split_store(v.part[0], v.part[1], to + 2 * x);
        split_store(v.part[0], v.part[2], to + 2 * x + part);
    }
    return odd;
}

// ---- rows

// What a panel of a link's turn is made with.
typedef struct chain_split_share {
    const chain_task *t;
    const direct *d;
    int link, vectors;
    int64_t panel, first; // its first channel's place in a row
    int64_t step;         // floats from a vector to the next
    vf lo, hi;
    const float *bias, *mask, *lanes; // lanes: the last panel's mask
    bool odd, all_odd;                // something read in this turn has no parts; a weight has none
} chain_split_share;

static chain_split_spot *chain_split_spots(const chain_task *t) {
    return (chain_split_spot *)(void *)(t->more + CHAIN_SPLIT_SPOTS);
}
static chain_split_own *chain_split_own_of(const chain_task *t) {
    return (chain_split_own *)(void *)(t->more + CHAIN_SPLIT_SUMS);
}

// The tiles of what link i makes in a turn.
static void chain_split_deal(const chain_task *t, int i, chain_split_own *own) {
    const direct *d = &t->r->c->link[i].dense;
    int64_t w = d->v.ow, count = chain_split_row_tiles(d), height = ceil_div(w, count), pixel = 0;
    chain_split_spot *to = chain_split_spots(t);
    for (int64_t y = t->from[i]; y < t->to[i]; y++, pixel += w) {
        float *row = chain_made(t, i, y).at;
        const float *z = chain_residual(t, i, y);
        for (int64_t from = 0; from < w; from += height, to++) {
            int64_t n = min64(height, w - from), skip = height - n;
            *to = (chain_split_spot){
                y, from, n, skip, pixel + from - skip, row + from * BLOCK, z ? z + from * BLOCK : NULL};
        }
    }
    own->tiles = (t->to[i] - t->from[i]) * count;
    if (own->height != height) split_begin(height);
    own->height = height;
}

// Sums of a pixel in f32.
static __attribute__((noinline)) vf chain_split_plain(const chain_split_share *s, int64_t y, int64_t x,
                                                      int j) {
    const chain_run *r = s->t->r;
    chain_from from = chain_read(s->t, s->link, y);
    int64_t k_all = round_up(s->d->cin, BLOCK), m0 = s->panel * PANEL;
    const float *bias = r->packed + r->c->link[s->link].packed;
    const float *w = bias + direct_bias_floats(s->d) + k_all * m0;
    const float *factors = chain_split_factors(r, s->t->image);
    vf sum = {0};
    for (int64_t k = 0; k < s->d->cin; k++) {
        int64_t step = k / SPLIT_K * SPLIT_K, rows = min64(SPLIT_K, k_all - step), at = k - step;
        if (rows == SPLIT_K) at = at % BLOCK * 2 + at / BLOCK;
        const float *row = w + (step * s->vectors + j * rows + at) * VL;
        float f = factors ? factors[k] : 1, v = from.at[k / BLOCK * from.step + x * BLOCK + k % BLOCK];
        for (int i = 0; i < VL; i++) sum[i] += v * (row[i] * f);
    }
    return sum;
}

// Does a pixel hold what has no parts?
static bool chain_split_is_odd(const chain_split_share *s, int64_t y, int64_t x) {
    chain_from from = chain_read(s->t, s->link, y);
    for (int64_t b = 0; b < chain_split_in_blocks(s->d); b++)
        if (split_infinite(from.at + b * from.step + x * BLOCK, BLOCK)) return true;
    return false;
}

static __attribute__((noinline)) void chain_split_mend(const chain_split_share *s, const chain_split_spot *at,
                                                       int j, float *sum) {
    for (int64_t k = 0; k < at->n; k++, sum += BLOCK)
        if (s->all_odd || chain_split_is_odd(s, at->y, at->from + k))
            v_store(sum, chain_split_plain(s, at->y, at->from + k, j));
}

// A vector of a tile of sums that are made, on its way to where it is stored.
typedef struct chain_split_end {
    const float *sum, *z;
    float *to;
    int64_t n;
    const float *bias, *mask;
} chain_split_end;

// Up to four of them, between the products of the next tiles.
typedef struct chain_split_feed {
    int count, at;
    act act;
    vf lo, hi;
    chain_split_end end[4];
} chain_split_feed;

static void chain_split_finish(chain_split_feed *f) {
    if (f->at == f->count) return;
    const chain_split_end *e = &f->end[f->at++];
    const float *sum = e->sum, *z = e->z;
    float *to = e->to;
    int64_t n = e->n * BLOCK;
    vf lo = f->lo, hi = f->hi, bias = v_load(e->bias);
    if (z) {
        _Pragma("GCC unroll 4") for (int64_t k = 0; k < n; k += BLOCK)
            v_store(to + k, v_clamp(v_load(sum + k) + bias + v_load(z + k), lo, hi));
    } else {
        _Pragma("GCC unroll 4") for (int64_t k = 0; k < n; k += BLOCK)
            v_store(to + k, v_clamp(v_load(sum + k) + bias, lo, hi));
    }
    if (f->act.kind != ACT_CLAMP && f->act.kind != ACT_NONE) act_row(f->act, to, to, n);
    for (int64_t k = 0; e->mask && k < n; k += BLOCK) btile_clear(to + k, e->mask);
}

INLINE void chain_split_wait(const chain_split_share *s, const chain_split_spot *at, float *sum,
                             chain_split_feed *f) {
    int64_t place = s->first;
    sum += at->skip * BLOCK;
    for (int j = 0; j < s->vectors; j++, sum += SPLIT_ROWS * BLOCK, place += s->step) {
        if (s->odd) chain_split_mend(s, at, j, sum);
        chain_split_end *e = &f->end[f->count++];
        e->sum = sum;
        e->z = at->z ? at->z + place : NULL;
        e->to = at->to + place;
        e->n = at->n;
        e->bias = s->bias + j * VL;
        e->mask = s->mask ? s->mask + j * VL : NULL;
    }
}

// ---- tiles

#define CHAIN_SPLIT_TILES(high, wide)                                                                \
    static void chain_split_tile_##high##wide(const split_tile *t, bool half, chain_split_feed *f) { \
        const uint16_t *b = t->b;                                                                    \
        int64_t part = t->a_part, off = 0;                                                           \
        size_t row = t->a_row;                                                                       \
        __asm__ volatile("" ::: "memory"); /* tile loads do not say what they read */                \
        _tile_zero(0);                                                                               \
        if (wide) _tile_zero(1);                                                                     \
        if (high) _tile_zero(2);                                                                     \
        if (high && wide) _tile_zero(3);                                                             \
        for (int64_t s = 0; s < t->steps; s++, b += 3 * (1 + wide) * SPLIT_VECTOR) {                 \
            SPLIT_STEP(high, wide, chain_split_finish(f));                                           \
            off += 3 * part;                                                                         \
        }                                                                                            \
        if (half) {                                                                                  \
            SPLIT_A(0, high);                                                                        \
            SPLIT_B(0, wide);                                                                        \
            SPLIT_MULTIPLY(high, wide);                                                              \
            chain_split_finish(f);                                                                   \
            SPLIT_B(1, wide);                                                                        \
            SPLIT_MULTIPLY(high, wide);                                                              \
            chain_split_finish(f);                                                                   \
            SPLIT_A(1, high);                                                                        \
            SPLIT_B(2, wide);                                                                        \
            SPLIT_MULTIPLY(high, wide);                                                              \
            chain_split_finish(f);                                                                   \
        }                                                                                            \
        while (f->at < f->count) chain_split_finish(f);                                              \
        _tile_stored(0, t->sum, VL * 4);                                                             \
        if (wide) _tile_stored(1, t->sum + SPLIT_ROWS * VL, VL * 4);                                 \
        float *below = t->sum + CHAIN_SPLIT_TILE;                                                    \
        if (high) _tile_stored(2, below, VL * 4);                                                    \
        if (high && wide) _tile_stored(3, below + SPLIT_ROWS * VL, VL * 4);                          \
    }
CHAIN_SPLIT_TILES(0, 0)
CHAIN_SPLIT_TILES(0, 1)
CHAIN_SPLIT_TILES(1, 0)
CHAIN_SPLIT_TILES(1, 1)

static void chain_split_tile_run(const split_tile *t, bool half, int vectors, chain_split_feed *f) {
    if (t->below)
        (vectors > 1 ? chain_split_tile_11 : chain_split_tile_10)(t, half, f);
    else
        (vectors > 1 ? chain_split_tile_01 : chain_split_tile_00)(t, half, f);
}

static uint16_t *chain_split_a_of(const chain_task *t, int i) {
    const chain *c = t->r->c;
    float *at = t->more + CHAIN_SPLIT_SPOTS + chain_split_spot_floats(c);
    for (int k = 0; k < i; k++)
        if (c->link[k].split) at += chain_split_a_floats(&c->link[k]);
    return (uint16_t *)(void *)at;
}

// As many rows of X as this turn reads, while its tiles are made.
static image_ahead chain_split_ahead(const chain_task *t, const chain_split_own *own) {
    const direct *d = &t->r->c->link[0].dense;
    int64_t rows = min64(t->to[0] - t->from[0], d->v.h - t->to[0]), row = d->v.w * BLOCK * 4;
    int64_t turns = ceil_div(own->tiles, 2) * d->panels;
    if (rows <= 0) return (image_ahead){0};
    return (image_ahead){.at = (uintptr_t)chain_read(t, 0, t->to[0]).at,
                         .plane = d->v.h * row,
                         .each = round_up(ceil_div(rows * row, turns), 64),
                         .planes = chain_split_in_blocks(d)};
}

// A panel of channels for a pair of tiles, or one.
static void chain_split_pair(chain_split_share *s, chain_split_own *own, int64_t panel, int64_t i,
                             split_tile *t, chain_split_feed *feed) {
    const direct *d = s->d;
    const chain *c = s->t->r->c;
    const chain_split_spot *spot = chain_split_spots(s->t) + i;
    bool pair = i + 1 < own->tiles;
    s->panel = panel;
    s->vectors = bpanel_vectors(d->blocks, panel);
    s->first = panel * PANEL / BLOCK * s->step;
    s->bias = s->t->r->packed + c->link[s->link].packed + panel * PANEL;
    s->mask = panel + 1 < d->panels ? NULL : s->lanes;
    t->b = chain_split_b_of(c, s->t->more, s->link) + chain_split_b_numbers(d, panel);
    t->sum = s->t->more + own->turn * 2 * CHAIN_SPLIT_TILE;
    own->turn = !own->turn;
    chain_split_tile_run(t, chain_split_in_blocks(d) % 2, s->vectors, feed);
    if (s->link == 0) image_fetch(&own->ahead);
    feed->at = feed->count = 0;
    chain_split_wait(s, &spot[0], t->sum, feed);
    if (pair) chain_split_wait(s, &spot[1], t->sum + CHAIN_SPLIT_TILE, feed);
}

// Sums of a pair of tiles end while the next one is multiplied; what is read is split as its first panel
// comes.
static void chain_split_pairs(chain_split_share *s, chain_split_own *own) {
    const chain_task *t = s->t;
    const chain_split_spot *spot = chain_split_spots(t);
    uint16_t *a = chain_split_a_of(t, s->link);
    split_tile tile = {.a_part = (t->to[s->link] - t->from[s->link]) * s->d->v.ow * SPLIT_K,
                       .a_row = SPLIT_K * 2,
                       .steps = chain_split_in_blocks(s->d) / 2};
    chain_split_feed feed = {.act = s->d->v.act, .lo = s->lo, .hi = s->hi};
    bool *odd = &own->odd[s->link];
    for (int64_t i = 0; i < own->tiles; i += 2) {
        bool pair = i + 1 < own->tiles;
        for (int64_t k = i; k < min64(i + 2, own->tiles); k++)
            *odd |= chain_split_a(t, s->link, &spot[k], tile.a_part, a);
        s->odd = *odd || own->all_odd;
        tile.a = a + spot[i].pixel * SPLIT_K;
        tile.below = pair ? a + spot[i + 1].pixel * SPLIT_K : NULL;
        for (int64_t p = 0; p < s->d->panels; p++) chain_split_pair(s, own, p, i, &tile, &feed);
    }
    while (feed.at < feed.count) chain_split_finish(&feed);
}

static void chain_split_rows(chain_task *t, int i) {
    const chain_link *l = &t->r->c->link[i];
    const direct *d = &l->dense;
    chain_split_own *own = chain_split_own_of(t);
    if (!l->split) {
        chain_dense_rows(t, i);
        return;
    }
    if (t->from[i] == t->to[i]) return;
    chain_split_deal(t, i, own);
    own->odd[i] = false;
    if (i == 0) own->ahead = chain_split_ahead(t, own);
    int64_t last = (d->panels - 1) * PANEL;
    int32_t lanes[PANEL];
    btile clamps;
    bconv_clamps(d->v.act, &clamps);
    chain_split_share s = {.t = t,
                           .d = d,
                           .link = i,
                           .step = chain_made(t, i, t->from[i]).step,
                           .lo = v_set(clamps.lo),
                           .hi = v_set(clamps.hi),
                           .all_odd = own->all_odd};
    s.lanes = bconv_mask(last, d->cout, bpanel_vectors(d->blocks, d->panels - 1), lanes);
    chain_split_pairs(&s, own);
}

static float *chain_split_more_of(const chain_run *r, int64_t worker) {
    return r->workers + worker * r->worker_floats + chain_worker_floats(r->c);
}

static void chain_split_band(void *run, int64_t i, int worker) {
    const chain_run *r = run;
    float *more = chain_split_more_of(r, worker);
    chain_split_own *own = (chain_split_own *)(void *)(more + CHAIN_SPLIT_SUMS);
    int64_t image = r->more ? i / r->bands : 0;
    if (own->image != image) own->all_odd = chain_split_b(r, image, more);
    own->image = image;
    own->height = SPLIT_ROWS;
    split_begin(SPLIT_ROWS);
    chain_band(run, i, worker);
    split_end();
}

static size_t chain_split_workspace(const tn_problem *p, int threads) {
    chain c;
    chain_split_setup(p, &c);
    return (size_t)(chain_shared_floats(&c, chain_means(p->nout, p->out)) +
                    threads * chain_split_worker_floats(&c)) *
           4;
}

static tn_status chain_split_call(tn_call *call) {
    const chain *c = call->params;
    chain_run r = chain_begin(call, c);
    r.worker_floats = chain_split_worker_floats(c);
    r.dense = chain_split_rows;
    r.more = bconv_data(call->nin, call->in, TNI_CHAIN_FACTORS);
    for (int w = 0; w < tn_call_threads(call); w++)
        *(chain_split_own *)(void *)(chain_split_more_of(&r, w) + CHAIN_SPLIT_SUMS) =
            (chain_split_own){.image = -1};
    chain_go(call, &r, chain_split_band);
    return TN_OK;
}

TN_ISAS(amx);

TN_KERNEL(conv_f32_blocked_chain_split) = {
    TN_HERE,
    .name = AT("conv.f32.blocked.split:tn.BlockedChain"),
    .op = "BlockedChain",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "depth first, 1x1 links as products of three bf16",
    .reject = chain_split_reject,
    .params_bytes = sizeof(chain),
    .setup = chain_split_setup,
    .pack_bytes = chain_split_pack_bytes,
    .pack = chain_split_pack,
    .workspace = chain_split_workspace,
    .run = chain_split_call,
};
