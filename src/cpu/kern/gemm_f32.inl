// SPDX-License-Identifier: Apache-2.0
// gemm_f32.inl - MatMul, Gemm and tn.Gemm: Y = act(alpha A B + beta C + Z), batches broadcast. Where B has no
// batch of its own, the batches of A are rows of one product. B is packed at build time when it is constant.
// Rounds bound the workspace; a round packs rows of A (and B, when it is dynamic), then multiplies:
//
//     workspace: | off[KC], NR apart | off[KC], b_k apart | bias | A [batch][block of k][panel][k][h] |
//                | B [batch][block of k][tile][k][NR] | each worker's: tail tile of B, results if not f32 |
#ifndef TN_CPU_GEMM_F32_INL
#define TN_CPU_GEMM_F32_INL

#include "cpu/kern/gemm.inl"
#include "cpu/kern/gemm_problem.inl"

// A task's block of A, KC values of k of it, and its slice of C are to stay in a second level of 1 MiB.
enum { ROUND_FLOATS = 2 << 20, BLOCK_PANELS = 224 / MR, BLOCK_TILES = 12, SLICE_TILES = 4 };

static int64_t gemm_a_floats(const gemm *g) { return g->batches * g->panels * MR * g->k; }
static int64_t gemm_b_floats(const gemm *g) {
    return g->packed || g->in_place ? 0 : g->batches * packed_b_floats(g->n, g->k);
}

static void gemm_blocks(gemm *g) {
    int64_t panels = max64(1, panel_count(g->m));
    int64_t matrix = g->m * g->k + (g->packed ? 0 : g->n * g->k);
    g->batches = min64(max64(1, g->batch), max64(1, ROUND_FLOATS / max64(1, matrix)));
    g->panels = panels;
    if (g->batches == 1) g->panels = min64(panels, max64(BLOCK_PANELS, ROUND_FLOATS / max64(1, g->k * MR)));
}

static void gemm_setup(const tn_problem *p, void *params) {
    gemm *g = params;
    gemm_shape(p, g);
    gemm_batches(p, g);
    g->packed = p->in[1]->data && p->in[1]->rank <= 2;
    g->in_place = !g->packed && g->b_type == TN_F32 && g->b_column == 1 && g->m <= MR && g->k > 0 &&
                  g->b_k <= INT32_MAX / KC;
    gemm_blocks(g);
}

INLINE bool gemm_narrow_b(const gemm *g) { return g->packed && g->b_type != TN_F32; }

// Tasks of one matrix of a round: blocks of panels by slices of tiles. Which task a sum belongs to does not
// change it, so there are as many as keep the threads busy, four for each: a core that others work on, too,
// is slower. The wider a slice, the more use is made of A. Blocks that were cut for the threads follow each
// other slice by slice: mostly one thread takes the slice, and finds it in its cache.
typedef struct gemm_tasks {
    int64_t rows, columns, beside; // `beside` of the rows follow each other
} gemm_tasks;

static gemm_tasks gemm_cut(const gemm *g, int threads) {
    int64_t tile_count = max64(1, ceil_div(g->n, NR)), wanted = threads > 1 ? 4 * threads : 1;
    int64_t least = gemm_narrow_b(g) ? 1 : SLICE_TILES; // each block of panels widens its tiles anew
    gemm_tasks t = {ceil_div(g->panels, BLOCK_PANELS), ceil_div(tile_count, BLOCK_TILES), 1};
    while (g->batches * t.rows * t.columns < wanted) {
        if (tile_count >= 2 * least * t.columns)
            t.columns *= 2;
        else if (g->panels >= 4 * t.rows)
            t.rows *= 2, t.beside *= 2;
        else if (tile_count >= 2 * t.columns)
            t.columns *= 2;
        else
            break;
    }
    return t;
}

static size_t gemm_pack_bytes(const tn_problem *p) {
    gemm g;
    gemm_setup(p, &g);
    return g.packed ? (size_t)packed_b_floats(g.n, g.k) * element_bytes(g.b_type) : 0;
}

static void gemm_pack(const tn_problem *p, void *to) {
    gemm g;
    gemm_setup(p, &g);
    if (g.b_type == TN_F32)
        pack_b(g.b_type, p->in[1]->data, g.b_k, g.b_column, g.k, g.n, to);
    else
        pack_b_narrow(p->in[1]->data, g.b_k, g.b_column, g.k, g.n, to);
}

typedef struct gemm_room { // floats
    int64_t bias, tail, result, worker;
} gemm_room;

static gemm_room gemm_sizes(const gemm *g, gemm_tasks tasks) {
    gemm_room r = {.bias = gemm_bias_count(g, NR)};
    int64_t tile_count = ceil_div(ceil_div(g->n, NR), tasks.columns);
    r.tail = g->in_place || gemm_narrow_b(g) ? KC * NR : 0;
    if (g->type != TN_F32) r.result = (ceil_div(g->panels, tasks.rows) * MR + 1) * tile_count * NR;
    r.worker = ceil_div(r.tail + r.result, 16) * 16;
    return r;
}

static size_t gemm_workspace(const tn_problem *p, int threads) {
    gemm g;
    gemm_setup(p, &g);
    if (g.batch == 0 || g.m == 0 || g.n == 0) return 0;
    gemm_room r = gemm_sizes(&g, gemm_cut(&g, threads));
    int64_t a = ceil_div(gemm_a_floats(&g), 16) * 16, b = ceil_div(gemm_b_floats(&g), 16) * 16;
    return (size_t)(2 * KC + r.bias + a + b + r.worker * threads) * 4;
}

typedef struct gemm_job {
    const gemm *g;
    gemm_tasks tasks;
    const void *a, *b;
    const void *packed_b;
    void *y;
    const void *z; // C or Z as a matrix, in y's type; NULL: none
    float z_scale;
    const float *row_bias, *column_bias;
    const int32_t *off_packed, *off_b;
    float *round_a, *round_b, *workers;
    int64_t batch0, batches, p0, p1; // of the round
} gemm_job;

// Rows of panels [p0, p) in the round.
static int64_t round_rows(const gemm_job *j, int64_t p) {
    return panel_row(j->g->m, p) - panel_row(j->g->m, j->p0);
}
static float *round_panel(const gemm_job *j, int64_t batch, int64_t k0, int64_t kc, int64_t p) {
    float *matrix = j->round_a + batch * round_rows(j, j->p1) * j->g->k;
    return matrix + round_rows(j, j->p1) * k0 + round_rows(j, p) * kc;
}

enum { PACK_FLOATS = 8 << 10, PACK_TILES = 4 };

// Panels that are packed at a time: one of long rows, so that no thread waits for another's four.
static int64_t gemm_pack_panels(const gemm *g) { return max64(1, PACK_FLOATS / max64(1, g->k * MR)); }

static void gemm_pack_a_task(void *arg, int64_t i, int worker) {
    const gemm_job *j = arg;
    const gemm *g = j->g;
    int64_t many = gemm_pack_panels(g), groups = ceil_div(j->p1 - j->p0, many), batch = i / groups;
    int64_t first = j->p0 + i % groups * many, last = min64(first + many, j->p1);
    const void *a = element_at(g->type, j->a, gemm_matrix(g, j->batch0 + batch, g->a_step));
    (void)worker;
    for (int64_t b = 0; b < block_count(g->k); b++) {
        int64_t k0 = block_start(g->k, b), k1 = block_start(g->k, b + 1);
        pack_a_block(g->type, a, g->a_row, g->a_k, g->m, first, last, k0, k1,
                     round_panel(j, batch, k0, k1 - k0, first));
    }
}

static void gemm_pack_b_task(void *arg, int64_t i, int worker) {
    const gemm_job *j = arg;
    const gemm *g = j->g;
    int64_t tile_count = ceil_div(g->n, NR), groups = ceil_div(tile_count, PACK_TILES), batch = i / groups;
    int64_t first = i % groups * PACK_TILES, last = min64(first + PACK_TILES, tile_count);
    const void *b = element_at(g->b_type, j->b, gemm_matrix(g, j->batch0 + batch, g->b_step));
    float *matrix = j->round_b + batch * packed_b_floats(g->n, g->k);
    (void)worker;
    for (int64_t k = 0; k < block_count(g->k); k++) {
        int64_t k0 = block_start(g->k, k), k1 = block_start(g->k, k + 1);
        for (int64_t t = first; t < last; t++)
            pack_b_tile(g->b_type, b, g->b_k, g->b_column, g->n, t * NR, k0, k1,
                        matrix + (tile_count * k0 + t * (k1 - k0)) * NR);
    }
}

// Tile t of a block of k of B, which is packed as floats.
static const float *gemm_packed_tile(const gemm_job *j, int64_t batch, int64_t block, int64_t t) {
    const gemm *g = j->g;
    const float *matrix = g->packed ? j->packed_b : j->round_b + batch * packed_b_floats(g->n, g->k);
    int64_t k0 = block_start(g->k, block), kc = block_start(g->k, block + 1) - k0;
    return matrix + (ceil_div(g->n, NR) * k0 + t * kc) * NR;
}

// The tile's rows of B: packed, in place, or (its last columns, 16-bit ones) in the worker's own memory.
static void gemm_tile_of_b(const gemm_job *j, int64_t batch, int64_t block, int64_t t, float *tail,
                           strip *s) {
    const gemm *g = j->g;
    int64_t tile_count = ceil_div(g->n, NR);
    int64_t k0 = block_start(g->k, block), k1 = block_start(g->k, block + 1);
    s->off = j->off_packed;
    if (g->in_place) {
        const float *b = (const float *)j->b + gemm_matrix(g, j->batch0 + batch, g->b_step);
        s->b = b + k0 * g->b_k + t * NR;
        s->off = j->off_b;
        if (s->columns == NR) return;
        pack_b_tile(TN_F32, b, g->b_k, 1, g->n, t * NR, k0, k1, tail);
        s->b = tail;
        s->off = j->off_packed;
        return;
    }
    if (gemm_narrow_b(g)) {
        row_from(g->b_type, j->packed_b, (tile_count * k0 + t * (k1 - k0)) * NR, tail, NR * (k1 - k0));
        s->b = tail;
        return;
    }
    s->b = gemm_packed_tile(j, batch, block, t);
}

// A task: panels [p0, p1) by tiles [t0, t1) of one matrix.
typedef struct gemm_part {
    int64_t batch, p0, p1, t0, t1;
    int64_t next; // tile that the next task begins with
} gemm_part;

static gemm_part gemm_part_of(const gemm_job *j, int64_t i) {
    const gemm_tasks *of = &j->tasks;
    int64_t tile_count = ceil_div(j->g->n, NR), panels = j->p1 - j->p0;
    int64_t inner = i % of->beside, column = i / of->beside % of->columns;
    int64_t row = i / (of->beside * of->columns) * of->beside % of->rows + inner;
    gemm_part p = {.batch = i / (of->rows * of->columns),
                   .p0 = j->p0 + panels * row / of->rows,
                   .p1 = j->p0 + panels * (row + 1) / of->rows,
                   .t0 = tile_count * column / of->columns,
                   .t1 = tile_count * (column + 1) / of->columns};
    p.next = inner + 1 < of->beside ? p.t0 : p.t1;
    return p;
}

// The tile to fetch while tile t is computed: of this block of k, of the next, of the next task.
static const float *gemm_next_tile(const gemm_job *j, const gemm_part *p, int64_t block, int64_t t) {
    const gemm *g = j->g;
    if (g->in_place || gemm_narrow_b(g)) return NULL;
    if (t + 1 < p->t1) return gemm_packed_tile(j, p->batch, block, t + 1);
    if (block + 1 < block_count(g->k)) return gemm_packed_tile(j, p->batch, block + 1, p->t0);
    return p->next < ceil_div(g->n, NR) ? gemm_packed_tile(j, p->batch, 0, p->next) : NULL;
}

// Results in c, whose row 0 is p0's first.
static void gemm_block(const gemm_job *j, const gemm_part *p, const epilogue *e, float *tail, float *c,
                       int64_t ldc) {
    const gemm *g = j->g;
    for (int64_t b = 0; b < block_count(g->k); b++) {
        int64_t k0 = block_start(g->k, b), k1 = block_start(g->k, b + 1);
        for (int64_t t = p->t0; t < p->t1; t++) {
            strip s = {.m = g->m,
                       .p0 = p->p0,
                       .p1 = p->p1,
                       .n0 = (t - p->t0) * NR,
                       .columns = min64(NR, g->n - t * NR),
                       .a = round_panel(j, p->batch, k0, k1 - k0, p->p0),
                       .k = k1 - k0,
                       .first = b == 0,
                       .last = b + 1 == block_count(g->k),
                       .c = c + (t - p->t0) * NR,
                       .ldc = ldc};
            gemm_tile_of_b(j, p->batch, b, t, tail, &s);
            s.next_b = gemm_next_tile(j, p, b, t);
            run_strip(&s, e);
        }
    }
}

// Results that are not f32: from the worker's memory, with the matrix that is added, to y.
static void gemm_narrow(const gemm_job *j, const float *result, int64_t ldc, int64_t rows, int64_t at,
                        int64_t n, float *line) {
    const gemm *g = j->g;
    for (int64_t i = 0; i < rows; i++) {
        const float *from = result + i * ldc;
        if (j->z) {
            row_from(g->type, j->z, at + i * g->n, line, n);
            for (int64_t k = 0; k < n; k++) line[k] = from[k] + j->z_scale * line[k];
            act_row(g->act, line, line, n);
            from = line;
        }
        row_to(g->type, from, j->y, at + i * g->n, n);
    }
}

static void gemm_task(void *arg, int64_t i, int worker) {
    const gemm_job *j = arg;
    const gemm *g = j->g;
    gemm_room room = gemm_sizes(g, j->tasks);
    gemm_part p = gemm_part_of(j, i);
    if (p.p0 == p.p1 || p.t0 == p.t1) return;
    int64_t row0 = panel_row(g->m, p.p0), rows = panel_row(g->m, p.p1) - row0;
    int64_t n0 = p.t0 * NR, n = min64(p.t1 * NR, g->n) - n0;
    int64_t at = ((j->batch0 + p.batch) * g->m + row0) * g->n + n0;
    float *tail = j->workers + worker * room.worker, *result = tail + room.tail;
    epilogue e = {.alpha = g->alpha, .z_scale = j->z_scale, .act = g->act};
    e.row_bias = j->row_bias ? j->row_bias + row0 : NULL;
    e.column_bias = j->column_bias ? j->column_bias + n0 : NULL;
    if (g->type == TN_F32) {
        e.z = j->z ? (const float *)j->z + at : NULL;
        gemm_block(j, &p, &e, tail, (float *)j->y + at, g->n);
        return;
    }
    if (j->z) e.act.kind = ACT_NONE; // what is added comes first
    int64_t ldc = (p.t1 - p.t0) * NR;
    gemm_block(j, &p, &e, tail, result, ldc);
    gemm_narrow(j, result, ldc, rows, at, n, result + rows * ldc);
}

static void gemm_set_bias(gemm_job *j, const tn_tensor *c, float *to) {
    const gemm *g = j->g;
    const float *bias = gemm_bias_fill(g, c, gemm_bias_count(g, NR), to);
    if (g->bias == BIAS_FULL) {
        j->z = c->data;
        j->z_scale = g->beta;
    }
    if (g->bias == BIAS_ROW) j->row_bias = bias;
    if (g->bias == BIAS_COLUMN) j->column_bias = bias;
}

static tn_status gemm_call(tn_call *c) {
    const gemm *g = c->params;
    if (g->batch == 0 || g->m == 0 || g->n == 0) return TN_OK;
    const tn_tensor *z = gemm_in(c->nin, c->in, 3);
    gemm_tasks tasks = gemm_cut(g, tn_call_threads(c));
    gemm_room room = gemm_sizes(g, tasks);
    float *space = c->workspace;
    int32_t *off = c->workspace;
    for (int64_t k = 0; k < KC; k++) off[k] = (int32_t)(k * NR);
    for (int64_t k = 0; g->in_place && k < KC; k++) off[KC + k] = (int32_t)(k * g->b_k);
    gemm_job j = {.g = g,
                  .tasks = tasks,
                  .a = c->in[0]->data,
                  .b = c->in[1]->data,
                  .packed_b = c->packed,
                  .y = c->out[0]->data,
                  .z = z ? z->data : NULL,
                  .z_scale = 1,
                  .off_packed = off,
                  .off_b = off + KC,
                  .round_a = space + 2 * KC + room.bias};
    j.round_b = j.round_a + ceil_div(gemm_a_floats(g), 16) * 16;
    j.workers = j.round_b + ceil_div(gemm_b_floats(g), 16) * 16;
    gemm_set_bias(&j, gemm_in(c->nin, c->in, 2), space + 2 * KC);
    for (j.batch0 = 0; j.batch0 < g->batch; j.batch0 += g->batches) {
        j.batches = min64(g->batches, g->batch - j.batch0);
        if (gemm_b_floats(g))
            tn_call_parallel(c, j.batches * ceil_div(ceil_div(g->n, NR), PACK_TILES), gemm_pack_b_task, &j);
        for (j.p0 = 0; j.p0 < panel_count(g->m); j.p0 += g->panels) {
            j.p1 = min64(j.p0 + g->panels, panel_count(g->m));
            tn_call_parallel(c, j.batches * ceil_div(j.p1 - j.p0, gemm_pack_panels(g)), gemm_pack_a_task, &j);
            tn_call_parallel(c, j.batches * tasks.rows * tasks.columns, gemm_task, &j);
        }
    }
    return TN_OK;
}

#define GEMM(name_, op_, domain_, rank_)                                                           \
    {                                                                                              \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = rank_,           \
                 .doc = "packed panels of A by packed tiles of B", .reject = gemm_reject,          \
                 .params_bytes = sizeof(gemm), .setup = gemm_setup, .pack_bytes = gemm_pack_bytes, \
                 .pack = gemm_pack, .workspace = gemm_workspace, .run = gemm_call,                 \
    }

#endif
