// SPDX-License-Identifier: Apache-2.0
// gemm.inl - the matrix product that convolutions, MatMul and Gemm are made of: C = alpha A B + bias, then an
// activation. A register tile is h rows by NV vectors of columns; the K loop broadcasts a value of A and
// multiplies it into a row of B:
//
//             NV * VL columns            A packed in panels of h <= MR rows:  [panel][k][h]
//           +-----------------+          B as rows of floats, row k of a tile at b + off[k]:
//    h rows |  accumulators   |             packed tiles [tile][k][NR], or the tensor itself
//           +-----------------+          both cut into blocks of about KC values of k
//
// The panels of m rows have heights that differ by one at most, so nothing is padded.
#ifndef TN_CPU_GEMM_INL
#define TN_CPU_GEMM_INL

#include "cpu/kern/activation.inl"
#include "cpu/kern/convert.inl"

#if VL == 16
enum { MR = 14 };
#elif VL == 8
enum { MR = 6 };
#else
enum { MR = 4 };
#endif
enum { NV = 2, NR = NV * VL, KC = 384 };
// How near the next tile is fetched. With vectors of 8 a tile and a panel fill a first-level cache of 32 KiB,
// and what comes too early drives them out; with 16 they do not fit anyway.
enum { AHEAD_LEVEL = VL == 8 ? 2 : 3 };
// And where they do not fit, a tile's own rows come from the second level: so many rows ahead into the first.
enum { ROWS_AHEAD = 8 };

typedef struct tile {
    const float *a;
    int64_t a_step; // from one k to the next: the tile's height when packed
    const float *b;
    const int32_t *off; // of row k of b
    int64_t k;
    float *c;
    int64_t ldc, columns; // columns stored, at most NR
    bool first, last;     // block of k: starts from zero, ends with the epilogue
    float alpha, lo, hi;
    const float *row_bias, *column_bias; // NULL: none
    const float *z;                      // added, with c's stride; NULL: none
    bool z_first; // with the first block of k instead of the last: c may then be z's memory
    float z_scale;
    const float *ahead; // what to have in the cache next, `ahead_step` floats on for each k
    int64_t ahead_step;
} tile;

INLINE vf tile_z(const tile *t, int i, int j) {
    int64_t left = t->columns - j * VL;
    const float *z = t->z + i * t->ldc + j * VL;
    return t->z_scale * (left >= VL ? v_load(z) : v_load_n(z, left));
}

INLINE vf tile_end(const tile *t, int i, int j, vf x) {
    if (t->alpha != 1) x *= t->alpha;
    if (t->row_bias) x += t->row_bias[i];
    if (t->column_bias) x += v_load(t->column_bias + j * VL);
    if (t->z && !t->z_first) x += tile_z(t, i, j);
    return v_clamp(x, v_set(t->lo), v_set(t->hi));
}

// For all of a tile's accumulators, unrolled: indexed by constants they stay in registers.
#define TILE_EACH(rows, vectors, statement)                                      \
    _Pragma("GCC unroll 16") for (int i = 0; i < rows; i++) {                    \
        _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) { statement; } \
    }
// The end of a tile whose columns are all there: the steps of the loop below, one after the other.
#define TILE_FULL(rows, vectors)                                                                   \
    float *c = t->c;                                                                               \
    int64_t ldc = t->ldc;                                                                          \
    if (!t->first) TILE_EACH(rows, vectors, acc[i][j] += v_load(c + i * ldc + j * VL))             \
    if (t->first && t->z_first)                                                                    \
        TILE_EACH(rows, vectors, acc[i][j] += t->z_scale * v_load(t->z + i * ldc + j * VL))        \
    if (t->last) {                                                                                 \
        if (t->alpha != 1) TILE_EACH(rows, vectors, acc[i][j] *= t->alpha)                         \
        if (t->row_bias) TILE_EACH(rows, vectors, acc[i][j] += t->row_bias[i])                     \
        if (t->column_bias) TILE_EACH(rows, vectors, acc[i][j] += v_load(t->column_bias + j * VL)) \
        if (t->z && !t->z_first)                                                                   \
            TILE_EACH(rows, vectors, acc[i][j] += t->z_scale * v_load(t->z + i * ldc + j * VL))    \
        TILE_EACH(rows, vectors, acc[i][j] = v_clamp(acc[i][j], v_set(t->lo), v_set(t->hi)))       \
    }                                                                                              \
    TILE_EACH(rows, vectors, v_store(c + i * ldc + j * VL, acc[i][j]))

// The end of a tile with columns left out: its sums, vectors * VL a row, one vector after the other.
static __attribute__((noinline)) void tile_ragged(const tile *t, const float *sum, int rows, int vectors) {
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < vectors; j++) {
            int64_t left = t->columns - j * VL;
            float *c = t->c + i * t->ldc + j * VL;
            vf y = v_load(sum + (i * vectors + j) * VL);
            if (left <= 0) break;
            if (!t->first) y += left >= VL ? v_load(c) : v_load_n(c, left);
            if (t->first && t->z_first) y += tile_z(t, i, j);
            if (t->last) y = tile_end(t, i, j, y);
            left >= VL ? v_store(c, y) : v_store_n(c, y, left);
        }
    }
}

// C is fetched while the sums are made: its stores would wait for lines from far away.
INLINE void tile_will_store(const tile *t, int i, int j) {
    __builtin_prefetch(t->c + i * t->ldc + j * VL, 1, 3);
}

// Rows of the tile are `rows`, vectors in a row `vectors`: constants in each instance.
#define TILE(rows, vectors)                                                                         \
    static void tile_##rows##x##vectors(const tile *t) {                                            \
        vf acc[rows][vectors];                                                                      \
        const float *a = t->a, *b = t->b, *ahead = t->ahead;                                        \
        const int32_t *off = t->off;                                                                \
        int64_t ahead_step = t->ahead_step, a_step = t->a_step;                                     \
        TILE_EACH(rows, vectors, if (j * VL % 16 == 0) tile_will_store(t, i, j))                    \
        TILE_EACH(rows, vectors, acc[i][j] = (vf){0})                                               \
        for (int64_t k = t->k; k > 0; k--, a += a_step, ahead += ahead_step) {                      \
            __builtin_prefetch(ahead, 0, AHEAD_LEVEL);                                              \
            const float *line = b + *off++;                                                         \
            _Pragma("GCC unroll 2") for (int j = 0; VL == 16 && j < vectors; j++)                   \
                __builtin_prefetch(line + ROWS_AHEAD * NR + j * VL, 0, 3);                          \
            vf x[vectors];                                                                          \
            _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) x[j] = v_load(line + j * VL); \
            _Pragma("GCC unroll 16") for (int i = 0; i < rows; i++) {                               \
                vf w = v_set(a[i]);                                                                 \
                _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) acc[i][j] =               \
                    v_fma(w, x[j], acc[i][j]);                                                      \
            }                                                                                       \
        }                                                                                           \
        if (t->columns == vectors * VL) {                                                           \
            TILE_FULL(rows, vectors)                                                                \
            return;                                                                                 \
        }                                                                                           \
        float sum[rows * vectors * VL];                                                             \
        TILE_EACH(rows, vectors, v_store(sum + (i * vectors + j) * VL, acc[i][j]))                  \
        tile_ragged(t, sum, rows, vectors);                                                         \
    }
#define TILE_ROWS(rows) TILE(rows, 1) TILE(rows, 2)
TILE_ROWS(1)
TILE_ROWS(2)
TILE_ROWS(3)
TILE_ROWS(4)
#if VL >= 8
TILE_ROWS(5)
TILE_ROWS(6)
#endif
#if VL == 16
TILE_ROWS(7)
TILE_ROWS(8)
TILE_ROWS(9)
TILE_ROWS(10)
TILE_ROWS(11)
TILE_ROWS(12)
TILE_ROWS(13)
TILE_ROWS(14)
#endif

static void (*const tiles[MR][NV])(const tile *) = {
#define TILE_ROW(rows) \
    { tile_##rows##x1, tile_##rows##x2 }
    TILE_ROW(1),  TILE_ROW(2),  TILE_ROW(3),  TILE_ROW(4),
#if VL >= 8
    TILE_ROW(5),  TILE_ROW(6),
#endif
#if VL == 16
    TILE_ROW(7),  TILE_ROW(8),  TILE_ROW(9),  TILE_ROW(10),
    TILE_ROW(11), TILE_ROW(12), TILE_ROW(13), TILE_ROW(14),
#endif
};

// Rows are dealt to panels, and values of k to blocks, as evenly as whole numbers allow.
INLINE int64_t panel_count(int64_t m) { return ceil_div(m, MR); }
INLINE int64_t panel_row(int64_t m, int64_t i) {
    int64_t n = panel_count(m), base = m / n, extra = m % n; // the first `extra` panels are one higher
    return i * base + min64(i, extra);
}
INLINE int64_t block_count(int64_t k) { return max64(1, ceil_div(k, KC)); }
INLINE int64_t block_start(int64_t k, int64_t i) {
    return k / block_count(k) * i + min64(i, k % block_count(k));
}

INLINE int64_t packed_a_floats(int64_t m, int64_t k) { return m * k; }
INLINE int64_t packed_b_floats(int64_t n, int64_t k) { return ceil_div(n, NR) * NR * k; }

// Panels [p0, p1) of rows of an [m,k] matrix with element strides, for k in [k0, k1).
static void pack_a_block(tn_dtype type, const void *a, int64_t row_stride, int64_t k_stride, int64_t m,
                         int64_t p0, int64_t p1, int64_t k0, int64_t k1, float *to) {
    for (int64_t p = p0; p < p1; p++) {
        int64_t first = panel_row(m, p), h = panel_row(m, p + 1) - first;
        int64_t at = first * row_stride + k0 * k_stride;
        if (type == TN_F32 && k_stride == 1)
            v_transpose_strip((const float *)a + at, row_stride, h, k1 - k0, to, h, false);
        else
            for (int64_t i = 0; i < h; i++)
                for (int64_t k = 0; k < k1 - k0; k++)
                    to[k * h + i] = scalar_from(type, a, at + i * row_stride + k * k_stride);
        to += h * (k1 - k0);
    }
}

// All of A: [block of k][panel][k][h].
static inline void pack_a(tn_dtype type, const void *a, int64_t row_stride, int64_t k_stride, int64_t m,
                          int64_t k, float *to) {
    for (int64_t i = 0; i < block_count(k); i++) {
        int64_t k0 = block_start(k, i), k1 = block_start(k, i + 1);
        pack_a_block(type, a, row_stride, k_stride, m, 0, panel_count(m), k0, k1, to + m * k0);
    }
}

// One tile of columns from n0 of a [k,n] matrix with element strides: [k][NR], zeros behind the last column.
static void pack_b_tile(tn_dtype type, const void *b, int64_t k_stride, int64_t column_stride, int64_t n,
                        int64_t n0, int64_t k0, int64_t k1, float *to) {
    int64_t columns = min64(NR, n - n0);
    if (type == TN_F32 && k_stride == 1 && column_stride != 1) {
        const float *from = (const float *)b + n0 * column_stride + k0;
        for (int j = 0; j < NR; j += VL)
            v_transpose_strip(from + j * column_stride, column_stride, max64(0, min64(VL, columns - j)),
                              k1 - k0, to + j, NR, true);
        return;
    }
    for (int64_t k = k0; k < k1; k++, to += NR) {
        int64_t at = k * k_stride + n0 * column_stride;
        if (column_stride == 1)
            row_from(type, b, at, to, columns);
        else
            for (int64_t j = 0; j < columns; j++) to[j] = scalar_from(type, b, at + j * column_stride);
        for (int64_t j = columns; j < NR; j++) to[j] = 0;
    }
}

// All of B: [block of k][tile][k][NR].
static inline void pack_b(tn_dtype type, const void *b, int64_t k_stride, int64_t column_stride, int64_t k,
                          int64_t n, float *to) {
    for (int64_t i = 0; i < block_count(k); i++) {
        int64_t k0 = block_start(k, i), k1 = block_start(k, i + 1);
        for (int64_t t = 0; t < ceil_div(n, NR); t++, to += NR * (k1 - k0))
            pack_b_tile(type, b, k_stride, column_stride, n, t * NR, k0, k1, to);
    }
}

// The same of 16-bit elements, as they are.
static inline void pack_b_narrow(const uint16_t *b, int64_t k_stride, int64_t column_stride, int64_t k,
                                 int64_t n, uint16_t *to) {
    for (int64_t i = 0; i < block_count(k); i++)
        for (int64_t n0 = 0; n0 < n; n0 += NR)
            for (int64_t r = block_start(k, i); r < block_start(k, i + 1); r++, to += NR)
                for (int64_t j = 0; j < NR; j++)
                    to[j] = n0 + j < n ? b[r * k_stride + (n0 + j) * column_stride] : 0;
}

// What happens to a finished sum.
typedef struct epilogue {
    float alpha;
    const float *row_bias, *column_bias; // of row 0 and column 0; column_bias readable to a multiple of NR
    const float *z;                      // of row 0, column 0, strided as c; NULL: none
    float z_scale;
    act act;
} epilogue;

// One block of k of panels [p0, p1) by the tile of columns at n0.
typedef struct strip {
    int64_t m, p0, p1, n0, columns;
    const float *a;     // panel p0
    int64_t a_step;     // A read where it lies, rows of its transpose this far apart; 0: packed
    const float *b;     // column n0
    const int32_t *off; // rows of b
    int64_t k;
    bool first, last;
    float *c; // of panel p0's first row, column n0
    int64_t ldc;
    int64_t epilogue_row; // p0's first row in the epilogue's pointers
    bool far_a;           // the panels come from far away: fetch the next one
    const float *next_b;  // a packed tile that comes from far away, next; NULL: none
} strip;

// What panel p's loop fetches: rows of A that lie apart, the next panel, or its share of the next tile, as
// thin as there are panels: a burst of lines from far away holds up those that the loop itself waits for.
INLINE void strip_ahead(const strip *s, int64_t p, const float *next_panel, tile *t) {
    int64_t at = p - s->p0, share = min64(16, ceil_div(NR, s->p1 - s->p0));
    t->ahead = t->a + ROWS_AHEAD * s->a_step;
    t->ahead_step = s->a_step;
    if (s->far_a && p + 1 < s->p1) {
        t->ahead = next_panel;
        t->ahead_step = MR;
    } else if (s->next_b && at * share < NR) {
        t->ahead = s->next_b + at * share * s->k;
        t->ahead_step = share;
    }
}

static inline void run_strip(const strip *s, const epilogue *e) {
    int vectors = s->columns > VL ? 2 : 1;
    bool clamps = e->act.kind == ACT_CLAMP;
    tile t = {.b = s->b,
              .off = s->off,
              .k = s->k,
              .ldc = s->ldc,
              .columns = s->columns,
              .first = s->first,
              .last = s->last,
              .alpha = e->alpha,
              .z_scale = e->z_scale,
              .lo = clamps ? e->act.alpha : -INFINITY,
              .hi = clamps ? e->act.beta : INFINITY};
    const float *a = s->a;
    int64_t row0 = panel_row(s->m, s->p0);
    if (e->column_bias) t.column_bias = e->column_bias + s->n0;
    for (int64_t p = s->p0; p < s->p1; p++) {
        int64_t row = panel_row(s->m, p) - row0, h = panel_row(s->m, p + 1) - row0 - row;
        t.a = a;
        t.c = s->c + row * s->ldc;
        t.row_bias = e->row_bias ? e->row_bias + s->epilogue_row + row : NULL;
        t.z = e->z ? e->z + (s->epilogue_row + row) * s->ldc + s->n0 : NULL;
        t.z_first = t.z && e->alpha == 1;
        t.a_step = s->a_step ? s->a_step : h;
        a += s->a_step ? h : h * s->k;
        strip_ahead(s, p, a, &t);
        tiles[h - 1][vectors - 1](&t);
        if (s->last && !clamps && e->act.kind != ACT_NONE)
            for (int64_t i = 0; i < h; i++) act_row(e->act, t.c + i * s->ldc, t.c + i * s->ldc, s->columns);
    }
}

#endif
