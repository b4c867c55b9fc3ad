// SPDX-License-Identifier: Apache-2.0
// matmul_i8.c - QLinearMatMul and MatMulInteger, batches broadcast. B is packed at build time when it is a
// constant matrix; what is dynamic is packed first, then blocks of rows and columns are tasks:
//
//     workspace: | scales of A's rows | scales of B's columns | A | B, when dynamic | each worker's sums |
#include "cpu/isa.h"

#include "cpu/kern/gemm_i8.inl"
#include "cpu/kern/matmul_i8_problem.inl"

enum { I8_PANELS = 8, I8_TILES = 4 };

static int64_t matmul_i8_a(const matmul_i8 *s) { return s->m * pair_count(s->k); }
static int64_t matmul_i8_b(const matmul_i8 *s) { return ceil_div(s->n, NR) * NR * pair_count(s->k); }

static size_t matmul_i8_pack_bytes(const tn_problem *p) {
    matmul_i8 s;
    matmul_i8_setup(p, &s);
    return s.packed ? (size_t)matmul_i8_b(&s) * 4 : 0;
}

static void matmul_i8_pack(const tn_problem *p, void *to) {
    matmul_i8 s;
    matmul_i8_setup(p, &s);
    pack_b_i8(s.b_type, p->in[s.b]->data, 0, matmul_i8_in(p->nin, p->in, s.b_zero), s.k, s.n, 0,
              ceil_div(s.n, NR), to);
}

typedef struct matmul_i8_room { // 32-bit words
    int64_t a_scales, b_scales, a, b, worker;
} matmul_i8_room;

static matmul_i8_room matmul_i8_sizes(const matmul_i8 *s) {
    matmul_i8_room r = {.worker = I8_PANELS * MR * I8_TILES * NR};
    if (s->scaled) {
        r.a_scales = ceil_div(s->m, 16) * 16;
        r.b_scales = ceil_div(s->n + VL, 16) * 16;
    }
    r.a = ceil_div(s->a_batch * matmul_i8_a(s), 16) * 16;
    r.b = s->packed ? 0 : s->b_batch * matmul_i8_b(s);
    return r;
}

static size_t matmul_i8_workspace(const tn_problem *p, int threads) {
    matmul_i8 s;
    matmul_i8_setup(p, &s);
    matmul_i8_room r = matmul_i8_sizes(&s);
    return (size_t)(r.a_scales + r.b_scales + r.a + r.b + r.worker * threads) * 4;
}

typedef struct matmul_i8_run {
    const matmul_i8 *s;
    const tn_tensor *a, *b, *a_zero, *b_zero;
    const float *a_scales, *b_scales; // [m], [n]; NULL: not scaled
    uint32_t *packed_a, *fresh_b, *workers;
    const uint32_t *packed_b;
    result_i8 result;
} matmul_i8_run;

static void matmul_i8_a_task(void *arg, int64_t i, int worker) {
    const matmul_i8_run *r = arg;
    const matmul_i8 *s = r->s;
    int64_t panels = panel_count(s->m), batch = i / panels, p = i % panels;
    (void)worker;
    pack_a_i8(s->a_type, r->a->data, batch * s->m * s->k, s->k, r->a_zero, 0, s->m, s->k, p, p + 1,
              r->packed_a + batch * matmul_i8_a(s));
}

static void matmul_i8_b_task(void *arg, int64_t i, int worker) {
    const matmul_i8_run *r = arg;
    const matmul_i8 *s = r->s;
    int64_t tile_count = ceil_div(s->n, NR), batch = i / tile_count, t = i % tile_count;
    (void)worker;
    pack_b_i8(s->b_type, r->b->data, batch * s->k * s->n, r->b_zero, s->k, s->n, t, t + 1,
              r->fresh_b + batch * matmul_i8_b(s));
}

static void matmul_i8_store(const matmul_i8_run *r, const uint32_t *sums, int64_t ldc, int64_t batch,
                            int64_t row0, int64_t row1, int64_t n0, int64_t n) {
    const matmul_i8 *s = r->s;
    const float one = 1;
    for (int64_t row = row0; row < row1; row++)
        store_i8(&r->result, sums + (row - row0) * ldc, 0, r->a_scales ? r->a_scales[row] : 1,
                 r->b_scales ? r->b_scales + n0 : &one, r->b_scales != NULL, (batch * s->m + row) * s->n + n0,
                 n);
}

static void matmul_i8_task(void *arg, int64_t i, int worker) {
    const matmul_i8_run *r = arg;
    const matmul_i8 *s = r->s;
    int64_t tile_count = ceil_div(s->n, NR), columns = ceil_div(tile_count, I8_TILES);
    int64_t rows = ceil_div(panel_count(s->m), I8_PANELS), batch = i / (columns * rows);
    int64_t t0 = i % columns * I8_TILES, p0 = i / columns % rows * I8_PANELS;
    int64_t t1 = min64(t0 + I8_TILES, tile_count), p1 = min64(p0 + I8_PANELS, panel_count(s->m));
    int64_t row0 = panel_row(s->m, p0), row1 = panel_row(s->m, p1), n = min64(t1 * NR, s->n) - t0 * NR;
    uint32_t *sums = r->workers + worker * matmul_i8_sizes(s).worker;
    const uint32_t *a = r->packed_a + matmul_i8_matrix(s, batch, s->a_step) * matmul_i8_a(s);
    const uint32_t *b = r->packed_b + matmul_i8_matrix(s, batch, s->b_step) * matmul_i8_b(s);
    for (int64_t block = 0; block < blocks_i8(s->k); block++) {
        int64_t pairs = pair_count(min64(KI, s->k - block * KI));
        strip_i8(a + s->m * block * PAIRS + row0 * pairs, b + (tile_count * block * PAIRS + t0 * pairs) * NR,
                 pairs, s->m, p0, p1, n, block == 0, sums, I8_TILES * NR);
    }
    matmul_i8_store(r, sums, I8_TILES * NR, batch, row0, row1, t0 * NR, n);
}

static tn_status matmul_i8_call(tn_call *c) {
    const matmul_i8 *s = c->params;
    matmul_i8_room room = matmul_i8_sizes(s);
    uint32_t *space = c->workspace;
    float *scales = c->workspace;
    matmul_i8_run r = {.s = s, .a = c->in[0], .b = c->in[s->b], .packed_b = c->packed};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.a_zero = matmul_i8_in(c->nin, c->in, s->a_zero);
    r.b_zero = matmul_i8_in(c->nin, c->in, s->b_zero);
    r.result = result_of(c->out[0], s->scaled ? c->in[6] : NULL, s->scaled ? c->in[7] : NULL);
    if (s->scaled) {
        r.a_scales = matmul_i8_scales(c->in[1], s->m, s->m, scales);
        r.b_scales = matmul_i8_scales(c->in[4], s->n, s->n + VL, scales + room.a_scales);
    }
    r.packed_a = space + room.a_scales + room.b_scales;
    r.fresh_b = r.packed_a + room.a;
    r.workers = r.fresh_b + room.b;
    tn_call_parallel(c, s->a_batch * panel_count(s->m), matmul_i8_a_task, &r);
    if (!s->packed) {
        r.packed_b = r.fresh_b;
        tn_call_parallel(c, s->b_batch * ceil_div(s->n, NR), matmul_i8_b_task, &r);
    }
    int64_t rows = ceil_div(panel_count(s->m), I8_PANELS), columns = ceil_div(ceil_div(s->n, NR), I8_TILES);
    tn_call_parallel(c, s->batch * rows * columns, matmul_i8_task, &r);
    return TN_OK;
}

#define MATMUL_I8(name_, op_)                                                                            \
    {                                                                                                    \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                                 \
                 .doc = "packed pairs of 16-bit numbers, exact 32-bit sums", .reject = matmul_i8_reject, \
                 .params_bytes = sizeof(matmul_i8), .setup = matmul_i8_setup,                            \
                 .pack_bytes = matmul_i8_pack_bytes, .pack = matmul_i8_pack,                             \
                 .workspace = matmul_i8_workspace, .run = matmul_i8_call,                                \
    }

TN_ISAS(generic, avx2, avx512, avx512vnni);

TN_KERNEL(matmul_i8_qlinear) = MATMUL_I8(AT("matmul.i8:QLinearMatMul"), "QLinearMatMul");
TN_KERNEL(matmul_i8_integer) = MATMUL_I8(AT("matmul.i8:MatMulInteger"), "MatMulInteger");
