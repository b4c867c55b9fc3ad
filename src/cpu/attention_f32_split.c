// SPDX-License-Identifier: Apache-2.0
// attention_f32_split.c - Attention (kern/attention.inl) on tiles of bf16: see kern/split.inl. Keys and
// values are split once a head, as rows of tiles; queries once a tile of them, and probabilities as the
// softmax makes them, as columns.
//
// A task walks over blocks of keys of one tile of queries after the other. While the unit of tiles multiplies
// the values of the block before and the scores of the block behind, the vectors' units make the softmax of
// the block between (att_some).
//
//     a head: | is it infinite somewhere | K [tile of keys][step] | V' [step of keys][tile of columns] |,
//     each
//             [part][16][32]
//     q [step][vector][part][16][16][2]
//     own: two of | S [ATT_KEYS][ATT_COLUMNS] | P [step of keys][vector][part][16][16][2] |
#include "cpu/isa.h"

#include "cpu/kern/attention.inl"

typedef struct att_feed { // the softmax of a block
    const float *s;
    uint16_t *p;
    int64_t left; // pairs of rows, of one vector, that are left
    int64_t each; // taken between products, in parts of ATT_TURN; `due`: of the next one
    int64_t due;
    int row, j, vectors; // of a step; the vector
    vf shift[ATT_VECTORS], sum[ATT_VECTORS];
} att_feed;
INLINE void att_some(att_feed *f, int64_t each);
#define SPLIT_FEED att_feed
#define SPLIT_SOME att_some
#include "cpu/kern/split.inl"

enum {
    PART = SPLIT_ROWS * SPLIT_K, // numbers of a part of a tile
    PARTS = 3 * PART,
    HEAD = 16,
    WIDEST = 2048,
    ATT_TURN = 64
};

_Static_assert((int)ATT_COLUMNS == 2 * VL && (int)ATT_KEYS % SPLIT_K == 0, "columns of a panel, whole steps");

static const char *attention_split_reject(const tn_problem *p) {
    attention a;
    const char *no = attention_reject(p);
    if (no) return no;
    attention_setup(p, &a);
    if (a.few) return "few queries: keys and values are better read once";
    if (a.width == 0 || a.v_width == 0) return "no products";
    if (a.width > WIDEST || a.v_width > WIDEST) return "heads are too wide";
    return NULL;
}

INLINE int64_t att_tiles(int64_t n) { return ceil_div(n, SPLIT_ROWS); }
INLINE int64_t att_key_floats(const attention *a) {
    return att_tiles(a->keys) * split_steps(a->width) * PARTS / 2;
}

enum { S_FLOATS = ATT_KEYS * ATT_COLUMNS, P_FLOATS = ATT_KEYS / SPLIT_K * 2 * PARTS / 2 };

// s and o are those of a row, where products are plain.
static att_room att_sizes(const attention *a) {
    att_room r = {.head = HEAD + att_key_floats(a) + split_steps(a->keys) * att_tiles(a->v_width) * PARTS / 2,
                  .q = split_b_room(split_steps(a->width)) / 2,
                  .s = round_up(a->keys, 16),
                  .o = round_up(a->v_width, SPLIT_ROWS) * ATT_COLUMNS,
                  .own = round_up(a->v_width, 16) + 2 * (S_FLOATS + P_FLOATS)};
    r.worker = r.q + r.s + r.o + r.own;
    return r;
}

// ---- keys, values and queries

enum { KEYS_AHEAD = 16 }; // rows that lie a page apart come late

INLINE void att_fetch(const float *row, int64_t n) {
    for (int64_t i = 0; i < n; i += 16) __builtin_prefetch(row + i, 0, 2);
}

static bool att_split_keys(const att_run *r, int64_t b, int64_t kv, uint16_t *to) {
    const attention *a = r->a;
    int64_t steps = split_steps(a->width);
    bool odd = false;
    for (int64_t k = 0; k < a->keys; k++) {
        if (k + KEYS_AHEAD < a->keys)
            att_fetch(att_keys(r, b, kv, k + KEYS_AHEAD, k + KEYS_AHEAD + 1).at, a->width);
        odd |= split_row(att_keys(r, b, kv, k, k + 1).at, a->width,
                         to + k / SPLIT_ROWS * steps * PARTS + k % SPLIT_ROWS * SPLIT_K, PARTS, PART);
    }
    return odd;
}

// The parts of 16 columns of 32 rows, turned: element i of a row beside that of the row 16 further on. There
// are `low` columns of the first 16 rows, `high` of the others; a row that is NULL is zeros.
static bool att_split_turned(const float *const row[SPLIT_K], int64_t at, int64_t low, int64_t high,
                             float scale, uint16_t *to) {
    vf x[VL], y[VL];
    bool odd = false;
    for (int i = 0; i < VL; i++) {
        x[i] = row[i] ? v_load_n(row[i] + at, low) * scale : (vf){0};
        y[i] = row[i + VL] ? v_load_n(row[i + VL] + at, high) * scale : (vf){0};
    }
    v_transpose(x);
    v_transpose(y);
    for (int i = 0; i < VL; i++) odd |= split_32(x[i], y[i], to + i * SPLIT_K, PART);
    return odd;
}

static bool att_split_values(const att_run *r, int64_t b, int64_t kv, uint16_t *to) {
    const attention *a = r->a;
    bool odd = false;
    for (int64_t k = 0; k < a->keys; k += SPLIT_K) {
        const float *row[SPLIT_K] = {0};
        for (int64_t i = k; i < min64(k + SPLIT_K, a->keys); i++)
            row[i - k] = att_values(r, b, kv, i, i + 1).at;
        for (int64_t i = k + SPLIT_K; i < min64(k + 2 * SPLIT_K, a->keys); i++)
            att_fetch(att_values(r, b, kv, i, i + 1).at, a->v_width);
        for (int64_t d = 0; d < a->v_width; d += SPLIT_ROWS, to += PARTS) {
            int64_t n = min64(SPLIT_ROWS, a->v_width - d);
            odd |= att_split_turned(row, d, n, n, 1, to);
        }
    }
    return odd;
}

static void att_pack(const att_run *r, int64_t i, float *head) {
    const attention *a = r->a;
    int64_t b = i / a->kv_heads, kv = i % a->kv_heads;
    uint16_t *keys = (uint16_t *)(void *)(head + HEAD);
    bool odd = att_split_keys(r, b, kv, keys);
    head[0] = odd | att_split_values(r, b, kv, keys + 2 * att_key_floats(a));
}

// The queries of the tile behind this one, and where its own results go.
static void att_fetch_tile(const att_run *r, const att_tile *t) {
    const attention *a = r->a;
    for (int64_t i = 0; i < t->columns; i++) {
        if (t->row0 + ATT_COLUMNS + i < a->rows)
            att_fetch(att_query(r, t) + (ATT_COLUMNS + i) * a->q.row, a->width);
        for (int64_t d = 0; d < a->v_width; d += 16)
            __builtin_prefetch(att_result(r, t) + i * a->y.row + d, 1, 2);
    }
}

// True: an operand of this tile's products is infinite.
static bool att_split_queries(const att_run *r, const att_tile *t) {
    const attention *a = r->a;
    uint16_t *to = (uint16_t *)(void *)t->q;
    bool odd = t->head[0] != 0;
    for (int64_t d = 0; d < a->width; d += SPLIT_K)
        for (int64_t j = 0; j < t->columns; j += VL, to += PARTS) {
            const float *row[SPLIT_K] = {0}, *q = att_query(r, t) + j * a->q.row;
            int64_t n = a->width - d;
            for (int64_t i = 0; i < min64(VL, t->columns - j); i++) {
                row[i] = q + i * a->q.row;
                if (n > VL) row[i + VL] = row[i] + VL;
            }
            odd |= att_split_turned(row, d, min64(VL, n), min64(VL, n - VL), a->scale, to);
        }
    return odd;
}

// ---- products

typedef struct att_product { // of tiles of rows by a panel
    const uint16_t *a;       // tiles lie `next` numbers apart, their steps `step`
    int64_t count, next, step;
} att_product;

static void att_multiply(const att_product *p, const uint16_t *b, int64_t steps, int vectors, bool more,
                         float *sum, att_feed *feed) {
    int32_t off[WIDEST / SPLIT_K];
    for (int64_t s = 0; s < steps; s++) off[s] = (int32_t)(s * p->step);
    split_tile t = {.off = off, .a_part = PART, .a_row = SPLIT_K * 2, .b = b, .steps = steps, .more = more};
    for (int64_t i = 0; i < p->count; i += 2) {
        t.a = p->a + i * p->next;
        t.below = i + 1 < p->count ? t.a + p->next : NULL;
        t.sum = sum + i * SPLIT_ROWS * ATT_COLUMNS;
        split_run(&t, vectors, feed);
    }
}
INLINE int64_t att_turns(int64_t tiles, int64_t steps) { return ceil_div(tiles, 2) * steps * SPLIT_GROUPS; }

typedef struct att_block { // of keys under a tile of queries
    att_tile *t;           // NULL: none
    int64_t k0, k1;
    bool first, last; // of the tile
    float *s;
    uint16_t *p;
    vf keep[ATT_VECTORS];
} att_block;

// s = scale * K Q', masked
static void att_scores(const att_run *r, const att_block *b, att_feed *feed) {
    att_tile *t = b->t;
    int64_t steps = split_steps(r->a->width), n = b->k1 - b->k0;
    const uint16_t *keys = (const uint16_t *)(const void *)(t->head + HEAD);
    att_product p = {.a = keys + att_tiles(b->k0) * steps * PARTS,
                     .count = att_tiles(n),
                     .next = steps * PARTS,
                     .step = PARTS};
    att_multiply(&p, (const uint16_t *)(const void *)t->q, steps, t->vectors, false, b->s, feed);
    t->s = b->s;
    att_cap(r->a, t, n);
    att_mask(r, t, b->k0, b->k1);
    for (int64_t k = n * ATT_COLUMNS; k < round_up(n, SPLIT_K) * ATT_COLUMNS; k++) b->s[k] = -INFINITY;
}

// o += V' P
static void att_add_values(const att_run *r, const att_block *b, att_feed *feed) {
    const att_tile *t = b->t;
    const uint16_t *values = (const uint16_t *)(const void *)(t->head + HEAD + att_key_floats(r->a));
    int64_t tiles = att_tiles(r->a->v_width);
    att_product p = {
        .a = values + b->k0 / SPLIT_K * tiles * PARTS, .count = tiles, .next = PARTS, .step = tiles * PARTS};
    if (!b->first) att_rescale(r->a, t, b->keep);
    att_multiply(&p, b->p, split_steps(b->k1 - b->k0), t->vectors, !b->first, t->o, feed);
    if (b->last) att_end(r, t);
}

// ---- the softmax, between products

// P of a key and the one 16 further on.
INLINE void att_some(att_feed *f, int64_t each) {
    for (f->due += each; f->due >= ATT_TURN && f->left > 0; f->due -= ATT_TURN, f->left--) {
        vf x = v_exp_negative(v_load(f->s) - f->shift[0]);
        vf y = v_exp_negative(v_load(f->s + VL * ATT_COLUMNS) - f->shift[0]);
        f->sum[0] += x + y;
        split_32(x, y, f->p, PART);
        f->s += ATT_COLUMNS;
        f->p += SPLIT_K;
        if (++f->row < VL) continue;
        f->row = 0;
        f->p += 2 * PART;
        if (f->vectors == 1) {
            f->s += VL * ATT_COLUMNS;
            continue;
        }
        f->s += f->j ? VL * ATT_COLUMNS - VL : VL - VL * ATT_COLUMNS;
        f->j = !f->j;
        vf shift = f->shift[0], sum = f->sum[0];
        f->shift[0] = f->shift[1];
        f->sum[0] = f->sum[1];
        f->shift[1] = shift;
        f->sum[1] = sum;
    }
}

// Of block b, while `turns` times four tiles are multiplied.
static att_feed att_softmax(att_block *b, int64_t turns) {
    att_feed f = {0};
    if (!b->t) return f;
    f = (att_feed){.s = b->s, .p = b->p, .vectors = b->t->vectors};
    f.left = round_up(b->k1 - b->k0, SPLIT_K) / 2 * f.vectors;
    f.each = ceil_div(f.left * ATT_TURN, max64(1, turns));
    b->t->s = b->s;
    att_shift(b->t, b->k1 - b->k0, f.shift, b->keep);
    return f;
}

static void att_softmax_end(const att_block *b, att_feed *f) {
    if (!b->t) return;
    att_some(f, f->left * ATT_TURN);
    for (int j = 0; j < b->t->vectors; j++) b->t->sum[j] = v_fma(b->t->sum[j], b->keep[j], f->sum[j]);
}

// ---- the walk

typedef struct att_walk { // over the blocks of a task
    const att_run *r;
    int64_t head, i, to; // tiles [i, to)
    int64_t blocks;      // so far
    int64_t k0;          // of the tile, -1: it has not begun
    att_tile tile[3];    // of three blocks one after the other
    int at;              // of them
    float *row, *sum;    // for a row that is made plainly
    float *own;
} att_walk;

// Whether the next tile is one of products.
static bool att_next_tile(att_walk *w) {
    att_tile *t = &w->tile[(w->at + 1) % 3];
    att_begin(w->r, w->head, w->i, t);
    if (t->end <= t->first) {
        att_end_blind(w->r, t);
        return false;
    }
    if (!att_split_queries(w->r, t)) {
        att_fetch_tile(w->r, t);
        return true;
    }
    for (int64_t j = 0; j < t->columns; j++) att_row(w->r, t->b, t->h, t->row0 + j, w->row, w->sum);
    return false;
}

static att_block att_next(att_walk *w) {
    for (; w->k0 < 0 && w->i < w->to; w->i++) {
        if (att_next_tile(w)) {
            w->at = (w->at + 1) % 3;
            w->k0 = w->tile[w->at].first / SPLIT_K * SPLIT_K;
            break;
        }
    }
    if (w->k0 < 0) return (att_block){0};
    att_tile *t = &w->tile[w->at];
    float *s = w->own + w->blocks++ % 2 * (S_FLOATS + P_FLOATS);
    att_block b = {.t = t,
                   .k0 = w->k0,
                   .k1 = min64(w->k0 + ATT_KEYS, t->end),
                   .first = w->k0 <= t->first,
                   .s = s,
                   .p = (uint16_t *)(void *)(s + S_FLOATS)};
    b.last = b.k1 == t->end;
    w->k0 = b.last ? -1 : b.k1;
    w->i += b.last;
    return b;
}

static int64_t att_block_turns(const attention *a, const att_block *values, const att_block *scores) {
    int64_t turns = 0;
    if (values->t) turns += att_turns(att_tiles(a->v_width), split_steps(values->k1 - values->k0));
    if (scores->t) turns += att_turns(att_tiles(scores->k1 - scores->k0), split_steps(a->width));
    return turns;
}

static void att_task(const att_run *r, int64_t head, int64_t from, int64_t to, float *space) {
    att_room room = att_sizes(r->a);
    att_walk w = {.r = r, .head = head, .i = from, .to = to, .k0 = -1, .row = space + room.q};
    for (int i = 0; i < 3; i++) w.tile[i].q = space, w.tile[i].o = w.row + room.s;
    w.sum = w.tile[0].o + room.o;
    w.own = w.sum + round_up(r->a->v_width, 16);
    att_block before = {0}, b = {0}, behind;
    split_begin(SPLIT_ROWS);
    do {
        behind = att_next(&w);
        att_feed feed = att_softmax(&b, att_block_turns(r->a, &before, &behind));
        if (before.t) att_add_values(r, &before, &feed);
        if (behind.t) att_scores(r, &behind, &feed);
        att_softmax_end(&b, &feed);
        before = b;
        b = behind;
    } while (before.t || b.t);
    split_end();
}

TN_ISAS(amx);

TN_KERNEL(attention_f32_split) = ATTENTION(AT("attention.f32.split"), ISA_RANK,
                                           "f32 as three bf16, six products", attention_split_reject);
