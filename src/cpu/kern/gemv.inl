// SPDX-License-Identifier: Apache-2.0
// gemv.inl - MatMul, Gemm and tn.Gemm of few rows by a constant matrix: what it costs is the reading of B, so
// B is read once, in order, in the type it is stored in (f32, f16, bf16), and widened in registers. A tile is
// all rows by V <= WIDE vectors of columns, the last one as few as it takes; B is packed tile behind tile,
// [tile][k][V * VL].
#ifndef TN_CPU_GEMV_INL
#define TN_CPU_GEMV_INL

#include "cpu/kern/gemm_f32.inl"

enum {
    WIDE = VL == 16 ? 4 : 2,
    FEW = 4, // rows: their sums are kept in registers
    WIDE_COLUMNS = WIDE * VL,
    PIECE_BYTES = 64 << 10, // of B, that a thread takes at least
    AHEAD = 2048,           // bytes that are fetched ahead
};

typedef struct gemv {
    gemm g;
    int64_t tiles, pieces;
} gemv;

static const char *gemv_reject(const tn_problem *p) {
    const char *no = gemm_reject(p);
    gemm g;
    if (no) return no;
    if (!p->in[1]->data || p->in[1]->rank > 2) return "B is not a constant matrix";
    gemm_shape(p, &g);
    gemm_batches(p, &g);
    if (g.batch != 1 || g.m < 1 || g.n < 1) return "several products, or none";
    return g.m > FEW ? "too many rows" : NULL;
}

static void gemv_setup(const tn_problem *p, void *params) {
    gemv *v = params;
    gemm_shape(p, &v->g);
    gemm_batches(p, &v->g);
    int64_t bytes = v->g.k * v->g.n * (int64_t)element_bytes(v->g.b_type);
    v->tiles = ceil_div(v->g.n, WIDE_COLUMNS);
    v->pieces = max64(1, min64(v->tiles, bytes / PIECE_BYTES));
}

// Columns of B as packed: whole vectors.
INLINE int64_t gemv_columns(int64_t n) { return ceil_div(n, VL) * VL; }

static size_t gemv_pack_bytes(const tn_problem *p) {
    gemv v;
    gemv_setup(p, &v);
    return (size_t)(gemv_columns(v.g.n) * v.g.k) * element_bytes(v.g.b_type);
}

#define GEMV_PACK(type)                                                          \
    static void gemv_pack_##type(const gemm *g, const type *b, type *to) {       \
        for (int64_t n0 = 0; n0 < g->n; n0 += WIDE_COLUMNS) {                    \
            int64_t n = min64(WIDE_COLUMNS, g->n - n0), width = gemv_columns(n); \
            for (int64_t k = 0; k < g->k; k++, to += width)                      \
                for (int64_t j = 0; j < width; j++)                              \
                    to[j] = j < n ? b[k * g->b_k + (n0 + j) * g->b_column] : 0;  \
        }                                                                        \
    }
GEMV_PACK(float)
GEMV_PACK(uint16_t)

static void gemv_pack(const tn_problem *p, void *to) {
    gemv v;
    gemv_setup(p, &v);
    if (v.g.b_type == TN_F32)
        gemv_pack_float(&v.g, p->in[1]->data, to);
    else
        gemv_pack_uint16_t(&v.g, p->in[1]->data, to);
}

// ---- tiles: to[row][WIDE_COLUMNS] = A B

typedef struct gemv_tile {
    const float *a; // [rows][k], lda apart
    int64_t lda, k;
    const void *b;
    float *to;
} gemv_tile;

INLINE vf v_load_any(const float *p) { return v_load(p); }

// Sums are carried over blocks of KC values of k, as the panels of gemm.inl carry them.
#define GEMV_TILE(name, type, load, rows, vectors)                                                   \
    static void gemv_##name##_##rows##x##vectors(const gemv_tile *t) {                               \
        const type *b = t->b;                                                                        \
        vf sum[rows][vectors];                                                                       \
        for (int i = 0; i < rows; i++)                                                               \
            for (int j = 0; j < vectors; j++) sum[i][j] = (vf){0};                                   \
        for (int64_t k0 = 0; k0 < t->k; k0 += KC) {                                                  \
            vf acc[rows][vectors];                                                                   \
            for (int i = 0; i < rows; i++)                                                           \
                for (int j = 0; j < vectors; j++) acc[i][j] = (vf){0};                               \
            const float *a = t->a + k0;                                                              \
            for (int64_t k = min64(KC, t->k - k0); k > 0; k--, a++, b += vectors * VL) {             \
                vf x[vectors];                                                                       \
                for (int j = 0; j < vectors; j++) {                                                  \
                    if (j * VL * (int)sizeof *b % 64 == 0)                                           \
                        __builtin_prefetch((const char *)(b + j * VL) + AHEAD, 0, 3);                \
                    x[j] = load(b + j * VL);                                                         \
                }                                                                                    \
                for (int i = 0; i < rows; i++) {                                                     \
                    vf w = v_set(a[i * t->lda]);                                                     \
                    for (int j = 0; j < vectors; j++) acc[i][j] = v_fma(w, x[j], acc[i][j]);         \
                }                                                                                    \
            }                                                                                        \
            for (int i = 0; i < rows; i++)                                                           \
                for (int j = 0; j < vectors; j++) sum[i][j] += acc[i][j];                            \
        }                                                                                            \
        for (int i = 0; i < rows; i++)                                                               \
            for (int j = 0; j < vectors; j++) v_store(t->to + i * WIDE_COLUMNS + j * VL, sum[i][j]); \
    }
#if VL == 16
#define GEMV_VECTORS(name, type, load, rows) \
    GEMV_TILE(name, type, load, rows, 1)     \
    GEMV_TILE(name, type, load, rows, 2)     \
    GEMV_TILE(name, type, load, rows, 3)     \
    GEMV_TILE(name, type, load, rows, 4)
#define GEMV_ROW(name, rows) \
    { gemv_##name##_##rows##x1, gemv_##name##_##rows##x2, gemv_##name##_##rows##x3, gemv_##name##_##rows##x4 }
#else
#define GEMV_VECTORS(name, type, load, rows) \
    GEMV_TILE(name, type, load, rows, 1)     \
    GEMV_TILE(name, type, load, rows, 2)
#define GEMV_ROW(name, rows) \
    { gemv_##name##_##rows##x1, gemv_##name##_##rows##x2 }
#endif
#define GEMV_TILES(name, type, load)  \
    GEMV_VECTORS(name, type, load, 1) \
    GEMV_VECTORS(name, type, load, 2) \
    GEMV_VECTORS(name, type, load, 3) \
    GEMV_VECTORS(name, type, load, 4)
#define GEMV_TABLE(name) \
    { GEMV_ROW(name, 1), GEMV_ROW(name, 2), GEMV_ROW(name, 3), GEMV_ROW(name, 4) }
GEMV_TILES(f32, float, v_load_any)
GEMV_TILES(f16, uint16_t, v_from_f16)
GEMV_TILES(bf16, uint16_t, v_from_bf16)

typedef void (*gemv_tile_fn)(const gemv_tile *);
static const gemv_tile_fn gemv_tiles[3][FEW][WIDE] = {GEMV_TABLE(f32), GEMV_TABLE(f16), GEMV_TABLE(bf16)};

// ---- running

typedef struct gemv_job {
    const gemv *v;
    const tn_tensor *c, *z, *y;
    const float *a;
    int64_t lda;
    const void *b;
} gemv_job;

static size_t gemv_workspace(const tn_problem *p, int threads) {
    gemv v;
    (void)threads;
    gemv_setup(p, &v);
    return (size_t)(v.g.m * v.g.k) * 4;
}

// Adds scale * from[first + i * step] to n sums.
static void gemv_add(tn_dtype type, float scale, const void *from, int64_t first, bool steps, float *sum,
                     int64_t n) {
    float line[WIDE_COLUMNS];
    if (!steps) {
        line[0] = scalar_from(type, from, first);
        for (int64_t j = 0; j < n; j++) sum[j] += scale * line[0];
        return;
    }
    row_from(type, from, first, line, n);
    for (int64_t j = 0; j < n; j++) sum[j] += scale * line[j];
}

// n sums of row i from column n0 on, finished.
static void gemv_end(const gemv_job *j, int64_t i, int64_t n0, int64_t n, float *sum) {
    const gemm *g = &j->v->g;
    int64_t at = i * g->n + n0;
    if (g->alpha != 1)
        for (int64_t k = 0; k < n; k++) sum[k] *= g->alpha;
    if (g->bias == BIAS_FULL)
        gemv_add(g->type, g->beta, j->c->data, at, true, sum, n);
    else if (g->bias == BIAS_ROW)
        gemv_add(g->type, g->beta, j->c->data, tn_count(j->c) == 1 ? 0 : i, false, sum, n);
    else if (g->bias == BIAS_COLUMN)
        gemv_add(g->type, g->beta, j->c->data, tn_count(j->c) == 1 ? 0 : n0, tn_count(j->c) > 1, sum, n);
    if (j->z) gemv_add(g->type, 1, j->z->data, at, true, sum, n);
    if (g->act.kind != ACT_NONE) act_row(g->act, sum, sum, n);
    row_to(g->type, sum, j->y->data, at, n);
}

static void gemv_piece(void *arg, int64_t piece, int worker) {
    const gemv_job *j = arg;
    const gemm *g = &j->v->g;
    float sum[FEW * WIDE_COLUMNS];
    int64_t t0 = j->v->tiles * piece / j->v->pieces, t1 = j->v->tiles * (piece + 1) / j->v->pieces;
    int form = g->b_type == TN_F32 ? 0 : g->b_type == TN_F16 ? 1 : 2;
    (void)worker;
    for (int64_t at = t0; at < t1; at++) {
        int64_t n0 = at * WIDE_COLUMNS, n = min64(WIDE_COLUMNS, g->n - n0);
        gemv_tile t = {j->a, j->lda, g->k, element_at(g->b_type, j->b, n0 * g->k), sum};
        gemv_tiles[form][g->m - 1][ceil_div(n, VL) - 1](&t);
        for (int64_t i = 0; i < g->m; i++) gemv_end(j, i, n0, n, sum + i * WIDE_COLUMNS);
    }
}

static tn_status gemv_call(tn_call *c) {
    const gemv *v = c->params;
    const gemm *g = &v->g;
    gemv_job j = {
        v,        gemm_in(c->nin, c->in, 2), gemm_in(c->nin, c->in, 3), c->out[0], c->in[0]->data, g->a_row,
        c->packed};
    if (g->type != TN_F32 || g->a_k != 1) {
        float *a = c->workspace;
        for (int64_t i = 0; i < g->m; i++)
            for (int64_t k = 0; k < g->k; k++)
                a[i * g->k + k] = scalar_from(g->type, c->in[0]->data, i * g->a_row + k * g->a_k);
        j.a = a;
        j.lda = g->k;
    }
    tn_call_parallel(c, v->pieces, gemv_piece, &j);
    return TN_OK;
}

#define GEMV(name_, op_, domain_, rank_)                                                           \
    {                                                                                              \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = rank_,           \
                 .doc = "few rows: B read once, in order, as it is stored", .reject = gemv_reject, \
                 .params_bytes = sizeof(gemv), .setup = gemv_setup, .pack_bytes = gemv_pack_bytes, \
                 .pack = gemv_pack, .workspace = gemv_workspace, .run = gemv_call,                 \
    }

#endif
