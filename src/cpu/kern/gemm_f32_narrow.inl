// SPDX-License-Identifier: Apache-2.0
// gemm_f32_narrow.inl - MatMul, Gemm and tn.Gemm of few columns: packing A, as gemm_f32.inl does, would take
// a good part of the time, up to all of it, so A is read where it lies, h rows side by side. B is packed in
// tiles of at most NR columns, the last one as many vectors as it takes, or read where it lies:
//
//     B          [tile][k][width]
//     workspace  | bias | each worker's: B, if it is neither constant nor in place |
//
// The order of a sum is gemm_f32.inl's, so that the bits are.
#ifndef TN_CPU_GEMM_F32_NARROW_INL
#define TN_CPU_GEMM_F32_NARROW_INL

#include "cpu/kern/gemm_f32.inl"

enum {
    NARROW_COLUMNS = 128,
    NARROW_SMALL = 1 << 16, // floats of a B that may be wider
    NARROW_B = 1 << 20,     // floats that a worker packs
    NARROW_ROWS = 64,
};

static void narrow_setup(const tn_problem *p, void *params) {
    gemm *g = params;
    gemm_shape(p, g);
    gemm_batches(p, g);
    g->packed = p->in[1]->data && p->in[1]->rank <= 2;
    g->in_place = !g->packed && g->b_column == 1 && g->n % VL == 0;
}

static int64_t narrow_b_floats(const gemm *g) { return g->k * round_up(g->n, VL); }
static int64_t narrow_room(const gemm *g) { // floats of a worker
    return g->packed || g->in_place ? 0 : round_up(narrow_b_floats(g), 16);
}

static const char *narrow_reject(const tn_problem *p) {
    const char *why = gemm_reject(p);
    gemm g;
    if (why) return why;
    if (p->in[0]->dtype != TN_F32 || p->in[1]->dtype != TN_F32) return "only f32";
    narrow_setup(p, &g);
    if (g.a_k != 1 && g.k != 1) return "A is transposed";
    if (g.n > NARROW_COLUMNS && g.n > NARROW_SMALL / max64(1, g.k))
        return "more than 128 columns, and B is not small";
    if (narrow_room(&g) > NARROW_B) return "B is large, and neither a constant matrix nor whole vectors";
    return g.batch * g.m * g.n == 0 ? "nothing to do" : NULL;
}

// Columns of the tile at n0, as it is packed.
INLINE int64_t narrow_width(const gemm *g, int64_t n0) { return round_up(min64(NR, g->n - n0), VL); }

static void narrow_pack_from(const gemm *g, const float *b, float *to) {
    for (int64_t n0 = 0; n0 < g->n; n0 += NR)
        for (int64_t k = 0, width = narrow_width(g, n0); k < g->k; k++)
            for (int64_t j = n0; j < n0 + width; j++) *to++ = j < g->n ? b[k * g->b_k + j * g->b_column] : 0;
}

static size_t narrow_pack_bytes(const tn_problem *p) {
    gemm g;
    narrow_setup(p, &g);
    return g.packed ? (size_t)narrow_b_floats(&g) * 4 : 0;
}

static void narrow_pack(const tn_problem *p, void *to) {
    gemm g;
    narrow_setup(p, &g);
    narrow_pack_from(&g, p->in[1]->data, to);
}

static size_t narrow_workspace(const tn_problem *p, int threads) {
    gemm g;
    narrow_setup(p, &g);
    return (size_t)(gemm_bias_count(&g, NR) + threads * narrow_room(&g)) * 4;
}

// ---- tiles: those of gemm.inl, but for where A and B lie

typedef struct narrow_tile {
    tile of;
    int64_t lda, b_step, k0;
} narrow_tile;

// Four rows share a pointer: their distances to it are factors of an address.
#define NARROW_TILE(rows, vectors)                                                               \
    static void narrow_##rows##x##vectors(const narrow_tile *o) {                                \
        const tile *t = &o->of;                                                                  \
        vf acc[rows][vectors];                                                                   \
        const float *b = t->b, *a[((rows) + 3) / 4];                                             \
        int64_t lda = o->lda, b_step = o->b_step;                                                \
        _Pragma("GCC unroll 4") for (int i = 0; i < (rows); i += 4) a[i / 4] = t->a + i * lda;   \
        TILE_EACH(rows, vectors, acc[i][j] = (vf){0})                                            \
        for (int64_t k = t->k; k > 0; k--, b += b_step) {                                        \
            vf x[vectors];                                                                       \
            _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) x[j] = v_load(b + j * VL); \
            _Pragma("GCC unroll 16") for (int i = 0; i < rows; i++) {                            \
                vf w = v_set(a[i / 4][i % 4 * lda]);                                             \
                _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) acc[i][j] =            \
                    v_fma(w, x[j], acc[i][j]);                                                   \
            }                                                                                    \
            _Pragma("GCC unroll 4") for (int i = 0; i < (rows); i += 4) a[i / 4]++;              \
        }                                                                                        \
        if (t->columns == vectors * VL) {                                                        \
            TILE_FULL(rows, vectors)                                                             \
            return;                                                                              \
        }                                                                                        \
        float sum[rows * vectors * VL];                                                          \
        TILE_EACH(rows, vectors, v_store(sum + (i * vectors + j) * VL, acc[i][j]))               \
        tile_ragged(t, sum, rows, vectors);                                                      \
    }
#define NARROW_TILES(rows) NARROW_TILE(rows, 1) NARROW_TILE(rows, 2)
NARROW_TILES(1)
NARROW_TILES(2)
NARROW_TILES(4)
#if VL == 16
NARROW_TILES(8)
NARROW_TILES(14)
#elif VL == 8
NARROW_TILES(6)
NARROW_TILE(12, 1)
#else
NARROW_TILE(8, 1)
#endif

typedef struct narrow_height {
    int rows;
    void (*run)(const narrow_tile *);
} narrow_height;

#define NARROW_HEIGHT(rows, vectors) \
    { rows, narrow_##rows##x##vectors }
static const narrow_height narrow_tiles[NV][5] = {
#if VL == 16
    {NARROW_HEIGHT(14, 1), NARROW_HEIGHT(8, 1), NARROW_HEIGHT(4, 1), NARROW_HEIGHT(2, 1),
     NARROW_HEIGHT(1, 1)},
    {NARROW_HEIGHT(14, 2), NARROW_HEIGHT(8, 2), NARROW_HEIGHT(4, 2), NARROW_HEIGHT(2, 2),
     NARROW_HEIGHT(1, 2)},
#elif VL == 8
    {NARROW_HEIGHT(12, 1), NARROW_HEIGHT(6, 1), NARROW_HEIGHT(4, 1), NARROW_HEIGHT(2, 1),
     NARROW_HEIGHT(1, 1)},
    {NARROW_HEIGHT(6, 2), NARROW_HEIGHT(4, 2), NARROW_HEIGHT(2, 2), NARROW_HEIGHT(1, 2)},
#else
    {NARROW_HEIGHT(8, 1), NARROW_HEIGHT(4, 1), NARROW_HEIGHT(2, 1), NARROW_HEIGHT(1, 1)},
    {NARROW_HEIGHT(4, 2), NARROW_HEIGHT(2, 2), NARROW_HEIGHT(1, 2)},
#endif
};

// ---- running

typedef struct narrow_job {
    gemm_job of;
    int64_t pieces; // of a matrix's rows
    float *rooms;
} narrow_job;

// A task: rows [r0, r1) of a matrix.
typedef struct narrow_part {
    const float *a, *b;
    float *y;
    const float *z;
    int64_t r0, r1;
} narrow_part;

// What all tiles of a block of k have in common.
static narrow_tile narrow_block(const narrow_job *j, int64_t block) {
    const gemm *g = j->of.g;
    bool clamps = g->act.kind == ACT_CLAMP;
    int64_t k0 = block_start(g->k, block);
    return (narrow_tile){.of = {.k = block_start(g->k, block + 1) - k0,
                                .ldc = g->n,
                                .first = block == 0,
                                .last = block + 1 == block_count(g->k),
                                .alpha = g->alpha,
                                .lo = clamps ? g->act.alpha : -INFINITY,
                                .hi = clamps ? g->act.beta : INFINITY,
                                .z_scale = j->of.z_scale},
                         .lda = g->a_row,
                         .k0 = k0};
}

// Rows from r on, h of them, by the columns from n0 on. Whole vectors are stored where the surplus falls on
// rows that come later.
static void narrow_step(const narrow_job *j, const narrow_part *p, const narrow_height *h, int64_t r,
                        int64_t n0, narrow_tile *t) {
    const gemm *g = j->of.g;
    int64_t width = narrow_width(g, n0), columns = min64(NR, g->n - n0);
    bool covered =
        t->of.first && t->of.last && !p->z && g->n < VL && (p->r1 - r - h->rows) * g->n >= VL - g->n;
    t->b_step = g->in_place ? g->b_k : width;
    t->of.a = p->a + r * g->a_row + t->k0;
    t->of.b = p->b + (g->in_place ? n0 : n0 * g->k) + t->k0 * t->b_step;
    t->of.c = p->y + r * g->n + n0;
    t->of.columns = covered ? VL : columns;
    t->of.z = p->z ? p->z + r * g->n + n0 : NULL;
    t->of.z_first = p->z && g->alpha == 1;
    if (j->of.row_bias) t->of.row_bias = j->of.row_bias + r;
    if (j->of.column_bias) t->of.column_bias = j->of.column_bias + n0;
    h->run(t);
    if (t->of.last && g->act.kind != ACT_CLAMP && g->act.kind != ACT_NONE)
        for (int64_t i = 0; i < h->rows; i++)
            act_row(g->act, t->of.c + i * g->n, t->of.c + i * g->n, columns);
}

// All rows and columns for a block of k: a tile is as high as one of its width may be, and the widest.
static void narrow_rows(const narrow_job *j, const narrow_part *p, int64_t block) {
    const gemm *g = j->of.g;
    narrow_tile t = narrow_block(j, block);
    const narrow_height *widest = narrow_tiles[g->n > VL], *h;
    for (int64_t r = p->r0; r < p->r1; r += widest->rows) {
        while (widest->rows > p->r1 - r) widest++;
        for (int64_t n0 = 0; n0 < g->n; n0 += NR) {
            for (h = narrow_tiles[narrow_width(g, n0) > VL]; h->rows != widest->rows; h++) continue;
            narrow_step(j, p, h, r, n0, &t);
        }
    }
}

static void narrow_task(void *arg, int64_t i, int worker) {
    const narrow_job *j = arg;
    const gemm *g = j->of.g;
    int64_t batch = i / j->pieces, piece = i % j->pieces, at = batch * g->m * g->n;
    narrow_part p = {.a = (const float *)j->of.a + gemm_matrix(g, batch, g->a_step),
                     .b = g->packed ? j->of.packed_b
                                    : (const float *)j->of.b + gemm_matrix(g, batch, g->b_step),
                     .y = (float *)j->of.y + at,
                     .z = j->of.z ? (const float *)j->of.z + at : NULL,
                     .r0 = g->m * piece / j->pieces,
                     .r1 = g->m * (piece + 1) / j->pieces};
    if (!g->packed && !g->in_place) {
        float *room = j->rooms + worker * narrow_room(g);
        narrow_pack_from(g, p.b, room);
        p.b = room;
    }
    for (int64_t block = 0; block < block_count(g->k); block++) narrow_rows(j, &p, block);
}

static tn_status narrow_call(tn_call *c) {
    const gemm *g = c->params;
    const tn_tensor *z = gemm_in(c->nin, c->in, 3);
    int threads = tn_call_threads(c);
    narrow_job j = {.of = {.g = g,
                           .a = c->in[0]->data,
                           .b = c->in[1]->data,
                           .packed_b = c->packed,
                           .y = c->out[0]->data,
                           .z = z ? z->data : NULL,
                           .z_scale = 1}};
    int64_t least = narrow_room(g) ? NARROW_ROWS : MR; // rows that are worth packing B for
    j.pieces = threads > 1 ? max64(1, min64(ceil_div(4 * threads, g->batch), g->m / least)) : 1;
    j.rooms = (float *)c->workspace + gemm_bias_count(g, NR);
    gemm_set_bias(&j.of, gemm_in(c->nin, c->in, 2), c->workspace);
    tn_call_parallel(c, g->batch * j.pieces, narrow_task, &j);
    return TN_OK;
}

#define GEMM_NARROW(name_, op_, domain_, rank_)                                                        \
    {                                                                                                  \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = rank_,               \
                 .doc = "few columns: rows of A read where they lie", .reject = narrow_reject,         \
                 .params_bytes = sizeof(gemm), .setup = narrow_setup, .pack_bytes = narrow_pack_bytes, \
                 .pack = narrow_pack, .workspace = narrow_workspace, .run = narrow_call,               \
    }

#endif
