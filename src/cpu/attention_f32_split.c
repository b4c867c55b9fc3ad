// SPDX-License-Identifier: Apache-2.0
// attention_f32_split.c - Attention (kern/attention.inl) on tiles of bf16: see kern/split.inl. Keys and
// values are split once a head, as rows of tiles; queries once a tile of them, and probabilities as the
// softmax leaves them, as columns.
//
//     a head: | is it infinite somewhere | K [tile of keys][step] | V' [step of keys][tile of columns] |,
//     each
//             [part][16][32]
//     q [step][vector][part][16][16][2]     own: P [step of keys][vector][part][16][16][2]
#include "cpu/isa.h"

#include "cpu/kern/attention.inl"
#include "cpu/kern/split.inl"

enum {
    TILE = SPLIT_ROWS * SPLIT_K, // numbers of a part of a tile
    PARTS = 3 * TILE,
    HEAD = 16,
    WIDEST = 2048
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

static att_room att_sizes(const attention *a) {
    att_room r = {.head = HEAD + att_key_floats(a) + split_steps(a->keys) * att_tiles(a->v_width) * PARTS / 2,
                  .q = split_b_room(split_steps(a->width)) / 2,
                  .s = max64(ATT_KEYS * ATT_COLUMNS, round_up(a->keys, 16)), // of a row, where it is plain
                  .o = round_up(a->v_width, SPLIT_ROWS) * ATT_COLUMNS,
                  .own = split_b_room(ATT_KEYS / SPLIT_K) / 2};
    r.worker = r.q + r.s + r.o + r.own;
    return r;
}

static int64_t att_block_end(const attention *a, int64_t k0, int64_t end) {
    (void)a;
    return min64(k0 + ATT_KEYS, end);
}

// ---- keys and values

static bool att_split_keys(const att_run *r, int64_t b, int64_t kv, uint16_t *to) {
    const attention *a = r->a;
    int64_t steps = split_steps(a->width);
    bool odd = false;
    for (int64_t k = 0; k < a->keys; k++)
        odd |= split_row(att_keys(r, b, kv, k, k + 1).at, a->width,
                         to + k / SPLIT_ROWS * steps * PARTS + k % SPLIT_ROWS * SPLIT_K, PARTS, TILE);
    return odd;
}

// Up to 16 columns of 32 rows (NULL: zeros) to rows of a tile.
static bool att_split_turned(const float *const row[SPLIT_K], int64_t at, int64_t columns, uint16_t *to) {
    vf low[VL], high[VL];
    bool odd = false;
    for (int i = 0; i < VL; i++) {
        low[i] = row[i] ? v_load_n(row[i] + at, columns) : (vf){0};
        high[i] = row[i + VL] ? v_load_n(row[i + VL] + at, columns) : (vf){0};
    }
    v_transpose(low);
    v_transpose(high);
    for (int i = 0; i < SPLIT_ROWS; i++) odd |= split_32(low[i], high[i], to + i * SPLIT_K, TILE);
    return odd;
}

static bool att_split_values(const att_run *r, int64_t b, int64_t kv, uint16_t *to) {
    const attention *a = r->a;
    bool odd = false;
    for (int64_t k = 0; k < a->keys; k += SPLIT_K) {
        const float *row[SPLIT_K] = {0};
        for (int64_t i = k; i < min64(k + SPLIT_K, a->keys); i++)
            row[i - k] = att_values(r, b, kv, i, i + 1).at;
        for (int64_t d = 0; d < a->v_width; d += SPLIT_ROWS, to += PARTS)
            odd |= att_split_turned(row, d, min64(SPLIT_ROWS, a->v_width - d), to);
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

// ---- queries

// 32 numbers of up to 16 rows, times `scale`, to a vector of columns of a step.
static bool att_split_columns(const float *x, int64_t ld, int64_t rows, int64_t n, float scale,
                              uint16_t *to) {
    uint16_t parts[PARTS];
    bool odd = false;
    for (int64_t i = 0; i < SPLIT_ROWS; i++, x += ld) {
        vf low = {0}, high = {0};
        if (i < rows) {
            low = v_load_n(x, min64(VL, n)) * scale;
            high = v_load_n(x + VL, max64(0, n - VL)) * scale;
        }
        odd |= split_32(low, high, parts + i * SPLIT_K, TILE);
    }
    for (int i = 0; i < 3; i++) {
        vf pair[VL];
        memcpy(pair, parts + i * TILE, sizeof pair);
        v_transpose(pair);
        memcpy(to + i * SPLIT_VECTOR, pair, sizeof pair);
    }
    return odd;
}

static bool att_queries(const att_run *r, const att_tile *t) {
    const attention *a = r->a;
    const float *q = r->q + t->b * a->q.batch + t->h * a->q.head + t->row0 * a->q.row;
    uint16_t *to = (uint16_t *)(void *)t->q;
    bool odd = t->head[0] != 0;
    for (int64_t d = 0; d < a->width; d += SPLIT_K)
        for (int64_t j = 0; j < t->columns; j += VL, to += 3 * SPLIT_VECTOR)
            odd |= att_split_columns(q + j * a->q.row + d, a->q.row, min64(VL, t->columns - j),
                                     min64(SPLIT_K, a->width - d), a->scale, to);
    return !odd;
}

// ---- products

typedef struct att_product { // of tiles of rows by a panel
    const uint16_t *a;       // tiles lie `next` numbers apart, their steps `step`
    int64_t count, next, step;
} att_product;

static void att_multiply(const att_product *p, const uint16_t *b, int64_t steps, int vectors, bool more,
                         float *sum) {
    int32_t off[WIDEST / SPLIT_K];
    split_feed nothing = {0};
    for (int64_t s = 0; s < steps; s++) off[s] = (int32_t)(s * p->step);
    split_tile t = {.off = off, .a_part = TILE, .a_row = SPLIT_K * 2, .b = b, .steps = steps, .more = more};
    split_begin(SPLIT_ROWS);
    for (int64_t i = 0; i < p->count; i += 2) {
        t.a = p->a + i * p->next;
        t.below = i + 1 < p->count ? t.a + p->next : NULL;
        t.sum = sum + i * SPLIT_ROWS * ATT_COLUMNS;
        split_run(&t, vectors, &nothing);
    }
    split_end();
}

static void att_products(const att_run *r, const att_tile *t, int64_t k0, int64_t k1) {
    int64_t steps = split_steps(r->a->width);
    const uint16_t *q = (const uint16_t *)(const void *)t->q;
    const uint16_t *keys = (const uint16_t *)(const void *)(t->head + HEAD);
    att_product p = {.a = keys + att_tiles(k0) * steps * PARTS,
                     .count = att_tiles(k1 - k0),
                     .next = steps * PARTS,
                     .step = PARTS};
    att_multiply(&p, q, steps, t->vectors, false, t->s);
}

INLINE vf att_score(const att_tile *t, int64_t k, int64_t n, int j) {
    return k < n ? v_load(t->s + k * ATT_COLUMNS + j * VL) : (vf){0};
}

// P of n keys; zeros behind them.
static void att_split_scores(const att_tile *t, int64_t n, uint16_t *to) {
    for (int64_t k = 0; k < n; k += SPLIT_K)
        for (int j = 0; j < t->vectors; j++, to += 3 * SPLIT_VECTOR)
            for (int64_t i = 0; i < VL; i++)
                split_32(att_score(t, k + i, n, j), att_score(t, k + i + VL, n, j), to + i * SPLIT_K,
                         SPLIT_VECTOR);
}

static void att_add_values(const att_run *r, const att_tile *t, int64_t k0, int64_t k1, bool first) {
    const attention *a = r->a;
    const uint16_t *values = (const uint16_t *)(const void *)(t->head + HEAD + att_key_floats(a));
    int64_t tiles = att_tiles(a->v_width);
    uint16_t *b = (uint16_t *)(void *)t->own;
    att_split_scores(t, k1 - k0, b);
    att_product p = {
        .a = values + k0 / SPLIT_K * tiles * PARTS, .count = tiles, .next = PARTS, .step = tiles * PARTS};
    att_multiply(&p, b, split_steps(k1 - k0), t->vectors, !first, t->o);
}

TN_ISAS(amx);

TN_KERNEL(attention_f32_split) = ATTENTION(AT("attention.f32.split"), ISA_RANK,
                                           "f32 as three bf16, six products", attention_split_reject);
