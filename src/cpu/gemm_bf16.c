// SPDX-License-Identifier: Apache-2.0
// gemm_bf16.c - MatMul, Gemm and tn.Gemm of bf16 matrices, multiplied as they are: products are exact, sums
// f32, and Y is rounded once. A tn.Gemm whose A stands for a tensor of bf16 (`rounds_a`) has A rounded while
// it is packed, which is where the model rounds it. B is packed at build time when it is a constant matrix.
//
//     workspace: | bias | A | B, when dynamic | each worker's sums |
#include "cpu/isa.h"

#include "cpu/kern/bf16.inl"
#include "cpu/kern/gemm_problem.inl"

enum { BF16_PANELS = DOT_ROWS > 16 ? 4 : 8, BF16_TILES = 4, BF16_FEW = 4, BF16_TASKS = 16 };

typedef struct gemm_bf16 {
    gemm g;
    dot d;
    int64_t a_count, b_count;                       // matrices
    int64_t row_tasks, column_tasks, panels, tiles; // of one product; of a task, at most
} gemm_bf16;

static void gemm_bf16_setup(const tn_problem *p, void *params) {
    gemm_bf16 *s = params;
    gemm_shape(p, &s->g);
    gemm_batches(p, &s->g);
    gemm *g = &s->g;
    g->packed = p->in[1]->data && p->in[1]->rank <= 2;
    s->d = (dot){g->m, g->n, dot_words(g->k, 2)};
    int64_t a = g->m * g->k, b = g->k * g->n;
    s->a_count = a ? tn_count(p->in[0]) / a : 0;
    s->b_count = b ? tn_count(p->in[1]) / b : 0;
    int64_t panels = max64(1, dot_panels(g->m)), tile_count = max64(1, dot_tiles(g->n));
    s->row_tasks = ceil_div(panels, BF16_PANELS);
    s->column_tasks = ceil_div(tile_count, BF16_TILES);
    if (g->batch * s->row_tasks * s->column_tasks < BF16_TASKS)
        s->column_tasks = min64(tile_count, ceil_div(BF16_TASKS, max64(1, g->batch) * s->row_tasks));
    s->panels = ceil_div(panels, s->row_tasks);
    s->tiles = ceil_div(tile_count, s->column_tasks);
}

static const char *gemm_bf16_reject(const tn_problem *p) {
    const char *no = gemm_reject(p);
    gemm_bf16 s;
    if (no) return no;
    if (p->in[1]->dtype != TN_BF16) return "B is not bf16";
    if (p->in[0]->dtype != TN_BF16 && !(p->in[0]->dtype == TN_F32 && gemm_flag(p, "rounds_a")))
        return "A is not bf16, nor may it be rounded to it";
    gemm_bf16_setup(p, &s);
    if (s.g.k == 0) return "no products";
    if (s.g.packed && s.g.m * s.g.batch <= BF16_FEW) return "few rows: better read B once";
    return NULL;
}

// ---- packing

// Words of up to 32 numbers from `from`, `step` apart, zeros behind the last.
INLINE void bf16_chunk(tn_dtype type, const void *from, int64_t step, int64_t n, uint32_t *to) {
    if (step == 1 && type == TN_BF16) {
        __mmask32 tail = n >= 32 ? (__mmask32)-1 : (__mmask32)((1u << n) - 1);
        _mm512_storeu_si512(to, _mm512_maskz_loadu_epi16(tail, from));
    } else if (step == 1) {
        const float *x = from;
        vf low = n >= VL ? v_load(x) : v_load_n(x, n);
        vf high = n >= 2 * VL ? v_load(x + VL) : v_load_n(x + VL, max64(0, n - VL));
        _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
    } else {
        uint16_t line[32] = {0};
        for (int64_t i = 0; i < min64(n, 32); i++)
            line[i] = type == TN_BF16 ? ((const uint16_t *)from)[i * step]
                                      : tni_float_to_bf16(((const float *)from)[i * step]);
        memcpy(to, line, sizeof line);
    }
}

static void bf16_pack_a(const gemm *g, const dot *d, const void *a, int64_t p, uint32_t *to) {
    int64_t row0 = dot_row(d->m, p), rows = dot_row(d->m, p + 1) - row0, step = dot_padded(rows) * DOT_CHUNK;
    for (int64_t w0 = 0; w0 < d->words; w0 += DOT_BLOCK) {
        int64_t count = dot_block_words(d, w0);
        uint32_t *panel = to + dot_a_at(d, w0, count, p);
        for (int64_t i = 0; i < dot_padded(rows); i++)
            for (int64_t w = 0; w < count; w += DOT_CHUNK) {
                uint32_t *line = panel + w / DOT_CHUNK * step + i * DOT_CHUNK;
                int64_t k = (w0 + w) * 2, at = (row0 + i) * g->a_row + k * g->a_k;
                if (i < rows)
                    bf16_chunk(g->type, element_at(g->type, a, at), g->a_k, g->k - k, line);
                else
                    memset(line, 0, DOT_CHUNK * 4);
            }
    }
}

static void bf16_pack_b(const gemm *g, const dot *d, const uint16_t *b, int64_t t, uint32_t *to) {
    int64_t n0 = t * DOT_COLUMNS, columns = min64(DOT_COLUMNS, g->n - n0);
    for (int64_t w0 = 0; w0 < d->words; w0 += DOT_BLOCK) {
        int64_t count = dot_block_words(d, w0);
        uint32_t *line = to + dot_b_at(d, w0, count, t);
        for (int64_t k = 2 * w0; k < 2 * (w0 + count); k += 2, line += DOT_COLUMNS) {
            const uint16_t *low = b + k * g->b_k + n0 * g->b_column, *high = low + g->b_k;
            memset(line, 0, DOT_COLUMNS * 4);
            if (k + 1 < g->k)
                for (int64_t j = 0; j < columns; j++)
                    line[j] = low[j * g->b_column] | (uint32_t)high[j * g->b_column] << 16;
            else if (k < g->k)
                for (int64_t j = 0; j < columns; j++) line[j] = low[j * g->b_column];
        }
    }
}

static size_t gemm_bf16_pack_bytes(const tn_problem *p) {
    gemm_bf16 s;
    gemm_bf16_setup(p, &s);
    return s.g.packed ? (size_t)dot_b_words(&s.d) * 4 : 0;
}

static void gemm_bf16_pack(const tn_problem *p, void *to) {
    gemm_bf16 s;
    gemm_bf16_setup(p, &s);
    for (int64_t t = 0; t < dot_tiles(s.g.n); t++) bf16_pack_b(&s.g, &s.d, p->in[1]->data, t, to);
}

typedef struct gemm_bf16_room { // words
    int64_t bias, a, b, worker;
} gemm_bf16_room;

static gemm_bf16_room gemm_bf16_sizes(const gemm_bf16 *s) {
    return (gemm_bf16_room){.bias = gemm_bias_count(&s->g, 16),
                            .a = ceil_div(s->a_count * dot_a_words(&s->d), 16) * 16,
                            .b = s->g.packed ? 0 : s->b_count * dot_b_words(&s->d),
                            .worker = (s->panels * DOT_ROWS + 1) * s->tiles * DOT_COLUMNS};
}

static size_t gemm_bf16_workspace(const tn_problem *p, int threads) {
    gemm_bf16 s;
    gemm_bf16_setup(p, &s);
    gemm_bf16_room r = gemm_bf16_sizes(&s);
    return (size_t)(r.bias + r.a + r.b + r.worker * threads) * 4;
}

// ---- running

typedef struct gemm_bf16_job {
    const gemm_bf16 *s;
    const tn_tensor *a, *b, *c, *z, *y;
    const float *bias; // of columns or rows, times beta
    uint32_t *packed_a, *fresh_b, *workers;
    const uint32_t *packed_b;
} gemm_bf16_job;

static void gemm_bf16_a_task(void *arg, int64_t i, int worker) {
    const gemm_bf16_job *j = arg;
    const gemm *g = &j->s->g;
    int64_t panels = dot_panels(g->m), matrix = i / panels;
    (void)worker;
    bf16_pack_a(g, &j->s->d, element_at(g->type, j->a->data, matrix * g->m * g->k), i % panels,
                j->packed_a + matrix * dot_a_words(&j->s->d));
}

static void gemm_bf16_b_task(void *arg, int64_t i, int worker) {
    const gemm_bf16_job *j = arg;
    const gemm *g = &j->s->g;
    int64_t tile_count = dot_tiles(g->n), matrix = i / tile_count;
    (void)worker;
    bf16_pack_b(g, &j->s->d, (const uint16_t *)j->b->data + matrix * g->k * g->n, i % tile_count,
                j->fresh_b + matrix * dot_b_words(&j->s->d));
}

// n sums of a row from column n0 on, finished: they are Y's elements from `at` on.
static void gemm_bf16_end(const gemm_bf16_job *j, int64_t row, int64_t n0, int64_t at, int64_t n, float *sum,
                          float *line) {
    const gemm *g = &j->s->g;
    if (g->alpha != 1)
        for (int64_t i = 0; i < n; i++) sum[i] *= g->alpha;
    if (g->bias == BIAS_COLUMN)
        for (int64_t i = 0; i < n; i++) sum[i] += j->bias[n0 + i];
    if (g->bias == BIAS_ROW)
        for (int64_t i = 0; i < n; i++) sum[i] += j->bias[row];
    if (g->bias == BIAS_FULL) bf16_plus(j->c, g->beta, at, sum, line, n);
    if (j->z) bf16_plus(j->z, 1, at, sum, line, n);
    if (g->act.kind != ACT_NONE) act_row(g->act, sum, sum, n);
    bf16_store(g->type, sum, j->y->data, at, n);
}

static int64_t bf16_matrix(const gemm *g, int64_t batch, const int64_t *step, int64_t elements) {
    return gemm_matrix(g, batch, step) / elements;
}

static void gemm_bf16_task(void *arg, int64_t i, int worker) {
    const gemm_bf16_job *j = arg;
    const gemm_bf16 *s = j->s;
    const gemm *g = &s->g;
    int64_t column = i % s->column_tasks, row = i / s->column_tasks % s->row_tasks;
    int64_t batch = i / (s->column_tasks * s->row_tasks);
    int64_t p0 = dot_panels(g->m) * row / s->row_tasks, p1 = dot_panels(g->m) * (row + 1) / s->row_tasks;
    int64_t t0 = dot_tiles(g->n) * column / s->column_tasks;
    int64_t t1 = dot_tiles(g->n) * (column + 1) / s->column_tasks;
    int64_t row0 = dot_row(g->m, p0), row1 = dot_row(g->m, p1), ldc = (t1 - t0) * DOT_COLUMNS;
    int64_t n0 = t0 * DOT_COLUMNS, n = min64(t1 * DOT_COLUMNS, g->n) - n0;
    uint32_t *sums = j->workers + worker * gemm_bf16_sizes(s).worker;
    float *line = (float *)(void *)sums, *spare = line + s->panels * DOT_ROWS * ldc;
    dot_product(&s->d, dot_bf16,
                j->packed_a + bf16_matrix(g, batch, g->a_step, g->m * g->k) * dot_a_words(&s->d),
                j->packed_b + bf16_matrix(g, batch, g->b_step, g->k * g->n) * dot_b_words(&s->d), p0, p1, t0,
                t1, sums, ldc);
    for (int64_t r = row0; r < row1; r++, line += ldc)
        gemm_bf16_end(j, r, n0, (batch * g->m + r) * g->n + n0, n, line, spare);
}

static tn_status gemm_bf16_call(tn_call *c) {
    const gemm_bf16 *s = c->params;
    const gemm *g = &s->g;
    gemm_bf16_room room = gemm_bf16_sizes(s);
    uint32_t *space = c->workspace;
    gemm_bf16_job j = {.s = s, .a = c->in[0], .b = c->in[1], .y = c->out[0], .packed_b = c->packed};
    if (g->batch == 0 || g->m == 0 || g->n == 0) return TN_OK;
    j.c = gemm_in(c->nin, c->in, 2);
    j.z = gemm_in(c->nin, c->in, 3);
    j.bias = gemm_bias_fill(g, j.c, room.bias, c->workspace);
    j.packed_a = space + room.bias;
    j.fresh_b = j.packed_a + room.a;
    j.workers = j.fresh_b + room.b;
    tn_call_parallel(c, s->a_count * dot_panels(g->m), gemm_bf16_a_task, &j);
    if (!g->packed) {
        j.packed_b = j.fresh_b;
        tn_call_parallel(c, s->b_count * dot_tiles(g->n), gemm_bf16_b_task, &j);
    }
    tn_call_parallel(c, g->batch * s->row_tasks * s->column_tasks, gemm_bf16_task, &j);
    return TN_OK;
}

#define GEMM_BF16(name_, op_, domain_)                                                      \
    {                                                                                       \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK, \
                 .doc = "bf16 as it is, sums in f32", .reject = gemm_bf16_reject,           \
                 .params_bytes = sizeof(gemm_bf16), .setup = gemm_bf16_setup,               \
                 .pack_bytes = gemm_bf16_pack_bytes, .pack = gemm_bf16_pack,                \
                 .workspace = gemm_bf16_workspace, .run = gemm_bf16_call,                   \
    }

TN_ISAS(avx512bf16, amx);

TN_KERNEL(gemm_bf16_matmul) = GEMM_BF16(AT("gemm.bf16:MatMul"), "MatMul", NULL);
TN_KERNEL(gemm_bf16) = GEMM_BF16(AT("gemm.bf16:Gemm"), "Gemm", NULL);
TN_KERNEL(gemm_bf16_fused) = GEMM_BF16(AT("gemm.bf16:tn.Gemm"), "Gemm", "tn");
