// SPDX-License-Identifier: Apache-2.0
// gemm_f32_split.c - MatMul, Gemm and tn.Gemm of f32 on tiles of bf16: see kern/split.inl. B is packed at
// build time when it is constant, else a round of batches at a time. A task splits a block of rows and of k
// of A into memory that its core's second level holds, and takes the panels of B one after the other; where k
// is cut into blocks, Y keeps their sums.
//
//     packed: | is B infinite somewhere | B [block of k] [panel], a gap behind each block |
//     workspace: | bias | B of a round | is a panel of it infinite | each worker's: sums | rows of A that are
//     infinite | A | two panels of B |
#include "cpu/isa.h"

#include "cpu/kern/activation.inl"
#include "cpu/kern/gemm_problem.inl"
#include "cpu/kern/split.inl"

// A block: 128 rows of 768 values are 0.6 MB, two panels 0.3 MB: a guest may have half of a second level of 2
// MB. Rows of one or two thirds of a pair of tiles cost as much as whole ones.
enum {
    BLOCK_ROWS = TNI_SPLIT_BLOCK,
    BLOCK_STEPS = 24,
    FEW_ROWS = 6,
    ROUND_FLOATS = 1 << 18,
    HEAD = 16,
    GAP = 16
};

static void gemm_split_setup(const tn_problem *p, void *params) {
    gemm *g = params;
    gemm_shape(p, g);
    gemm_batches(p, g);
    g->packed = p->in[1]->data && p->in[1]->rank <= 2;
}

static const char *gemm_split_reject(const tn_problem *p) {
    gemm g;
    const char *no = gemm_reject(p);
    if (no) return no;
    if (p->in[0]->dtype != TN_F32 || p->in[1]->dtype != TN_F32) return "only f32";
    gemm_split_setup(p, &g);
    if (g.a_k != 1 || (g.packed && g.batch != 1)) return "A is transposed";
    if (g.m < (g.packed ? FEW_ROWS : SPLIT_ROWS)) return "few rows: B is better read once";
    if (g.k == 0 || g.batch == 0) return "no products";
    return NULL;
}

// ---- B

static int64_t gemm_split_block_steps(const gemm *g) {
    int64_t steps = split_steps(g->k);
    return ceil_div(steps, ceil_div(steps, BLOCK_STEPS));
}

// Floats before a panel of the block of `steps` steps from step0 on. The number behind a block's last one in
// B is often the next block's first: without a gap one run of numbers crosses from block to block, and the
// order of B (plan/order.h) is not found.
static int64_t gemm_split_b_at(const gemm *g, int64_t step0, int64_t steps, int64_t panel) {
    int64_t blocks = ceil_div(step0, gemm_split_block_steps(g)), vectors = ceil_div(g->n, VL);
    return (vectors * step0 + min64(panel * 2, vectors) * steps) * SPLIT_VECTOR + blocks * GAP;
}

static int64_t gemm_split_b_all(const gemm *g) { return gemm_split_b_at(g, split_steps(g->k), 0, 0); }

static size_t gemm_split_pack_bytes(const tn_problem *p) {
    gemm g;
    gemm_split_setup(p, &g);
    return g.packed ? (size_t)(HEAD + gemm_split_b_all(&g)) * 4 : 0;
}

// A step of a vector of columns from column n0 on, `b` its first number: rows of [k,n], or of [n,k].
static void gemm_split_pack_step(const gemm *g, const float *b, int64_t k0, int64_t n0, float *to) {
    int64_t ks = min64(SPLIT_K, g->k - k0), ns = min64(VL, g->n - n0);
    for (int half = 0; half < 2; half++) {
        vf x[VL];
        int64_t k1 = half * VL, left = max64(0, min64(VL, ks - k1));
        for (int i = 0; i < VL; i++)
            if (g->b_column == 1)
                x[i] = i < left ? v_load_n(b + (k1 + i) * g->b_k, ns) : (vf){0};
            else
                x[i] = i < ns ? v_load_n(b + k1 + i * g->b_column, left) : (vf){0};
        if (g->b_column != 1) v_transpose(x);
        for (int i = 0; i < VL; i++) v_store(to + (i * 2 + half) * VL, x[i]);
    }
}

// All blocks of a panel. True: one of the numbers is infinite.
static bool gemm_split_pack_panel(const gemm *g, const float *b, int64_t panel, float *to) {
    int64_t most = gemm_split_block_steps(g), steps = split_steps(g->k), vectors = split_vectors(g->n, panel);
    bool infinite = false;
    for (int64_t step0 = 0, count; step0 < steps; step0 += count) {
        count = min64(most, steps - step0);
        float *at = to + gemm_split_b_at(g, step0, count, panel);
        for (int64_t i = 0; i < count * vectors; i++) {
            int64_t k0 = (step0 + i / vectors) * SPLIT_K, n0 = (panel * 2 + i % vectors) * VL;
            gemm_split_pack_step(g, b + k0 * g->b_k + n0 * g->b_column, k0, n0, at + i * SPLIT_VECTOR);
        }
        infinite |= split_infinite(at, count * vectors * SPLIT_VECTOR);
    }
    return infinite;
}

static void gemm_split_pack(const tn_problem *p, void *to) {
    gemm g;
    gemm_split_setup(p, &g);
    float *head = to;
    bool infinite = false;
    memset(to, 0, gemm_split_pack_bytes(p));
    for (int64_t j = 0; j < split_panels(g.n); j++)
        infinite |= gemm_split_pack_panel(&g, p->in[1]->data, j, head + HEAD);
    head[0] = infinite;
}

// Batches whose B is packed at a time: about what the cores' second levels hold.
static int64_t gemm_split_round(const gemm *g, int threads) {
    return g->packed
               ? 1
               : min64(g->batch, max64(1, (int64_t)threads * ROUND_FLOATS / max64(1, gemm_split_b_all(g))));
}

// ---- tasks

typedef struct gemm_split_cut { // blocks of rows, and slices of panels, of all; what a task has at most
    int64_t rows, columns, height, tiles, steps;
} gemm_split_cut;

static int64_t gemm_split_time(const void *problem, split_cut cut) {
    const gemm *g = problem;
    int64_t rows = ceil_div(g->m, cut.bands);
    return split_time(rows, ceil_div(split_panels(g->n), cut.shares) * 2 * VL, rows);
}

static gemm_split_cut gemm_split_tasks(const gemm *g, int threads) {
    split_cut of = split_cut_of(g, gemm_split_time, gemm_split_round(g, threads), ceil_div(g->m, BLOCK_ROWS),
                                g->m, split_panels(g->n), threads);
    gemm_split_cut cut = {.rows = of.bands, .columns = of.shares};
    int64_t most = ceil_div(g->m, cut.rows);
    cut.tiles = ceil_div(most, SPLIT_ROWS);
    cut.height = ceil_div(most, cut.tiles);
    cut.steps = gemm_split_block_steps(g);
    return cut;
}

// A split: [pair of tiles of rows][step][part][tile][16][32], in the order in which it is read.
enum { PART = 2 * SPLIT_ROWS * SPLIT_K };

typedef struct gemm_split_room { // of a worker, in floats
    int64_t odd, a, b, all;
} gemm_split_room;

static gemm_split_room gemm_split_sizes(const gemm_split_cut *c) {
    gemm_split_room r = {.odd = SPLIT_SUMS};
    r.a = r.odd + BLOCK_ROWS / 4;
    r.b = r.a + ceil_div(c->tiles, 2) * c->steps * 3 * PART / 2;
    r.all = r.b + split_b_room(c->steps); // two of 16 bits each
    return r;
}

static int64_t gemm_split_bias(const gemm *g) { return gemm_bias_count(g, 2 * VL); }

static int64_t gemm_split_round_floats(const gemm *g, int threads) {
    int64_t n = gemm_split_round(g, threads);
    return g->packed ? 0 : n * round_up(gemm_split_b_all(g), 16) + round_up(n * split_panels(g->n), 64) / 4;
}

static size_t gemm_split_workspace(const tn_problem *p, int threads) {
    gemm g;
    gemm_split_setup(p, &g);
    gemm_split_cut c = gemm_split_tasks(&g, threads);
    return (size_t)(gemm_split_bias(&g) + gemm_split_round_floats(&g, threads) +
                    gemm_split_sizes(&c).all * threads) *
           4;
}

typedef struct gemm_split_job {
    const gemm *g;
    gemm_split_cut cut;
    const float *a, *b, *bias, *z;
    float z_scale, *y, *workers;
    bool all_odd;   // B is infinite somewhere
    int64_t batch0; // of a round
    float *round;   // its B
    uint8_t *odd;   // its panels
} gemm_split_job;

// What a task works on; a block of k at a time.
typedef struct gemm_split_part {
    int64_t row0, row1, panel0, panel1;
    int64_t step0, steps; // of this block
    bool first, last;
    uint8_t *odd;
    bool any_odd;
    float *sum;
} gemm_split_part;

// n sums of row i from column `column` on, finished.
static void gemm_split_end(const gemm_split_job *j, const gemm_split_part *p, int64_t i, int64_t column,
                           int64_t n, const float *sum) {
    const gemm *g = j->g;
    int64_t at = i * g->n + column;
    vf lo = v_set(g->act.kind == ACT_CLAMP ? g->act.alpha : -INFINITY);
    vf hi = v_set(g->act.kind == ACT_CLAMP ? g->act.beta : INFINITY);
    for (int64_t k = 0; k < n; k += VL, sum += VL) {
        int64_t left = min64(VL, n - k);
        float *y = j->y + at + k;
        vf x = v_load(sum);
        if (!p->first) x += v_load_n(y, left);
        if (p->last) {
            if (g->alpha != 1) x *= g->alpha;
            if (g->bias == BIAS_ROW) x += j->bias[i];
            if (g->bias == BIAS_COLUMN) x += v_load(j->bias + column + k);
            if (j->z) x += j->z_scale * v_load_n(j->z + at + k, left);
            x = v_clamp(x, lo, hi);
        }
        v_store_n(y, x, left);
    }
    if (p->last && g->act.kind != ACT_CLAMP && g->act.kind != ACT_NONE)
        act_row(g->act, j->y + at, j->y + at, n);
}

// The sums of up to `count` rows from `row` on.
static void gemm_split_rows(const gemm_split_job *j, const gemm_split_part *p, int64_t row, int64_t count,
                            int64_t panel, float *sum) {
    const gemm *g = j->g;
    int64_t n = min64(2 * VL, g->n - panel * 2 * VL), k0 = p->step0 * SPLIT_K;
    int vectors = split_vectors(g->n, panel);
    const float *b = j->b + gemm_split_b_at(g, p->step0, p->steps, panel);
    for (int64_t i = row; i < min64(row + count, p->row1); i++, sum += 2 * VL) {
        if (p->any_odd && p->odd[i - p->row0])
            split_plain(j->a + i * g->a_row + k0, min64(p->steps * SPLIT_K, g->k - k0), b, vectors, sum);
        gemm_split_end(j, p, i, panel * 2 * VL, n, sum);
    }
}

static void gemm_split_a(const gemm_split_job *j, gemm_split_part *p, uint16_t *to) {
    const gemm *g = j->g;
    int64_t k0 = p->step0 * SPLIT_K, n = min64(p->steps * SPLIT_K, g->k - k0), rows = p->row1 - p->row0;
    int64_t height = j->cut.height;
    const float *a = j->a + p->row0 * g->a_row + k0;
    memset(p->odd, j->all_odd, (size_t)rows);
    for (int64_t row0 = 0, tile = 0; row0 < rows; row0 += height, tile++) {
        uint16_t *at = to + tile / 2 * p->steps * 3 * PART + tile % 2 * PART / 2;
        for (int64_t s = 0; s < p->steps; s++, at += 3 * PART)
            for (int64_t i = row0; i < min64(row0 + height, rows); i++)
                p->odd[i] |= split_row(a + i * g->a_row + s * SPLIT_K, min64(SPLIT_K, n - s * SPLIT_K),
                                       at + (i - row0) * SPLIT_K, 0, PART);
    }
    p->any_odd = memchr(p->odd, 1, (size_t)rows) != NULL;
}

// Where sums go, and what is added to them, is fetched while they are made.
static void gemm_split_fetch(const gemm_split_job *j, int64_t row, int64_t rows, int64_t panel) {
    int64_t at = row * j->g->n + panel * 2 * VL;
    for (int64_t i = 0; i < rows; i++, at += j->g->n)
        for (int64_t k = 0; k < 2 * VL; k += VL) {
            __builtin_prefetch(j->y + at + k, 1, 3);
            if (j->z) __builtin_prefetch(j->z + at + k, 0, 3);
        }
}

// All rows by a panel.
static void gemm_split_panel(const gemm_split_job *j, const gemm_split_part *p, int64_t panel, split_tile *t,
                             const uint16_t *a, split_feed *feed) {
    int64_t height = j->cut.height, rows = p->row1 - p->row0;
    for (int64_t i = 0; i < rows; i += 2 * height, a += p->steps * 3 * PART) {
        t->a = a;
        t->below = i + height < rows ? a + PART / 2 : NULL;
        gemm_split_fetch(j, p->row0 + i, min64(2 * height, rows - i), panel);
        split_run(t, split_vectors(j->g->n, panel), feed);
        gemm_split_rows(j, p, p->row0 + i, height, panel, t->sum);
        if (t->below)
            gemm_split_rows(j, p, p->row0 + i + height, height, panel, t->sum + SPLIT_ROWS * 2 * VL);
    }
}

static split_feed gemm_split_feed(const gemm_split_job *j, const gemm_split_part *p, int64_t panel,
                                  uint16_t *to, int64_t turns) {
    const float *b = j->b + gemm_split_b_at(j->g, p->step0, p->steps, panel);
    return split_feed_of(b, p->steps, split_vectors(j->g->n, panel), to, turns);
}

static void gemm_split_block(const gemm_split_job *j, gemm_split_part *p, uint16_t *a, uint16_t *b) {
    int64_t turns = ceil_div(j->cut.tiles, 2) * p->steps;
    int32_t off[BLOCK_STEPS];
    for (int32_t s = 0; s < p->steps; s++) off[s] = s * 3 * PART;
    gemm_split_a(j, p, a);
    split_tile t = {.off = off, .a_part = PART, .a_row = SPLIT_K * 2, .steps = p->steps, .sum = p->sum};
    split_feed feed = gemm_split_feed(j, p, p->panel0, b, 0);
    split_some(&feed, feed.rows);
    for (int64_t panel = p->panel0; panel < p->panel1; panel++) {
        uint16_t *ahead = b + (panel + 1 - p->panel0) % 2 * split_b_room(j->cut.steps);
        if (panel + 1 < p->panel1) feed = gemm_split_feed(j, p, panel + 1, ahead, turns);
        t.b = b + (panel - p->panel0) % 2 * split_b_room(j->cut.steps);
        gemm_split_panel(j, p, panel, &t, a, &feed);
        split_some(&feed, feed.rows);
    }
}

static void gemm_split_pack_task(void *arg, int64_t i, int worker) {
    const gemm_split_job *j = arg;
    const gemm *g = j->g;
    int64_t panels = split_panels(g->n), batch = i / panels;
    (void)worker;
    j->odd[i] = gemm_split_pack_panel(g, j->b + gemm_matrix(g, j->batch0 + batch, g->b_step), i % panels,
                                      j->round + batch * round_up(gemm_split_b_all(g), 16));
}

// One of the batches, with its B packed.
static gemm_split_job gemm_split_batch(const gemm_split_job *round, int64_t i) {
    gemm_split_job j = *round;
    const gemm *g = j.g;
    int64_t batch = j.batch0 + i, panels = split_panels(g->n);
    if (g->packed) return j;
    j.a += gemm_matrix(g, batch, g->a_step);
    j.b = j.round + i * round_up(gemm_split_b_all(g), 16);
    j.y += batch * g->m * g->n;
    if (j.z) j.z += batch * g->m * g->n;
    j.all_odd = memchr(j.odd + i * panels, 1, (size_t)panels) != NULL;
    return j;
}

static void gemm_split_task(void *arg, int64_t i, int worker) {
    const gemm_split_job *round = arg;
    const gemm_split_cut *c = &round->cut;
    gemm_split_job batch = gemm_split_batch(round, i / (c->rows * c->columns)), *j = &batch;
    i %= c->rows * c->columns;
    int64_t row = i / c->columns, column = i % c->columns, panels = split_panels(j->g->n);
    gemm_split_room room = gemm_split_sizes(c);
    float *own = j->workers + worker * room.all;
    gemm_split_part p = {.row0 = j->g->m * row / c->rows,
                         .row1 = j->g->m * (row + 1) / c->rows,
                         .panel0 = panels * column / c->columns,
                         .panel1 = panels * (column + 1) / c->columns,
                         .odd = (uint8_t *)(own + room.odd),
                         .sum = own};
    int64_t steps = split_steps(j->g->k);
    split_begin(c->height);
    for (; p.step0 < steps; p.step0 += p.steps) {
        p.steps = min64(c->steps, steps - p.step0);
        p.first = p.step0 == 0;
        p.last = p.step0 + p.steps == steps;
        gemm_split_block(j, &p, (uint16_t *)(void *)(own + room.a), (uint16_t *)(void *)(own + room.b));
    }
    split_end();
}

static tn_status gemm_split_call(tn_call *c) {
    const gemm *g = c->params;
    const float *packed = c->packed;
    int threads = tn_call_threads(c);
    int64_t round = gemm_split_round(g, threads);
    if (g->batch == 0 || g->m == 0 || g->n == 0) return TN_OK;
    const tn_tensor *bias = gemm_in(c->nin, c->in, 2), *z = gemm_in(c->nin, c->in, 3);
    gemm_split_job j = {.g = g,
                        .cut = gemm_split_tasks(g, threads),
                        .a = c->in[0]->data,
                        .b = g->packed ? packed + HEAD : c->in[1]->data,
                        .all_odd = g->packed && packed[0] != 0,
                        .y = c->out[0]->data,
                        .z = z ? z->data : NULL,
                        .z_scale = 1};
    j.bias = gemm_bias_fill(g, bias, gemm_split_bias(g), c->workspace);
    j.round = (float *)c->workspace + gemm_split_bias(g);
    j.odd = (uint8_t *)(j.round + round * round_up(gemm_split_b_all(g), 16));
    j.workers = j.round + gemm_split_round_floats(g, threads);
    if (g->bias == BIAS_FULL) {
        j.z = bias->data;
        j.z_scale = g->beta;
    }
    for (; j.batch0 < g->batch; j.batch0 += round) {
        int64_t batches = min64(round, g->batch - j.batch0);
        if (!g->packed) tn_call_parallel(c, batches * split_panels(g->n), gemm_split_pack_task, &j);
        tn_call_parallel(c, batches * j.cut.rows * j.cut.columns, gemm_split_task, &j);
    }
    return TN_OK;
}

#define GEMM_SPLIT(name_, op_, domain_)                                                     \
    {                                                                                       \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK, \
                 .doc = "f32 as three bf16, six products", .reject = gemm_split_reject,     \
                 .params_bytes = sizeof(gemm), .setup = gemm_split_setup,                   \
                 .pack_bytes = gemm_split_pack_bytes, .pack = gemm_split_pack,              \
                 .workspace = gemm_split_workspace, .run = gemm_split_call,                 \
    }

TN_ISAS(amx);

TN_KERNEL(gemm_f32_split_matmul) = GEMM_SPLIT(AT("gemm.f32.split:MatMul"), "MatMul", NULL);
TN_KERNEL(gemm_f32_split) = GEMM_SPLIT(AT("gemm.f32.split:Gemm"), "Gemm", NULL);
TN_KERNEL(gemm_f32_split_fused) = GEMM_SPLIT(AT("gemm.f32.split:tn.Gemm"), "Gemm", "tn");
