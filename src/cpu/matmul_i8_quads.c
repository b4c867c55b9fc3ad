// SPDX-License-Identifier: Apache-2.0
// matmul_i8_quads.c - QLinearMatMul and MatMulInteger as matmul_i8.c has them, by instructions that
// multiply 8-bit numbers as they are (quads.inl). B is packed at build time when it is a constant matrix:
//
//     packed:    | B | sums of its columns |
//     workspace: | scales of A's rows | scales, zero points of B's columns | A, sums of its rows |
//                | B as packed, when dynamic | each worker's sums |
#include "cpu/isa.h"

#include "cpu/kern/matmul_i8_problem.inl"
#include "cpu/kern/quads.inl"

enum { QUADS_PANELS = DOT_ROWS > 16 ? 4 : 8, QUADS_TILES = 4 };

typedef struct matmul_quads {
    matmul_i8 s;
    dot d;
} matmul_quads;

static void matmul_quads_setup(const tn_problem *p, void *params) {
    matmul_quads *q = params;
    matmul_i8_setup(p, &q->s);
    q->d = (dot){q->s.m, q->s.n, dot_words(q->s.k, 4)};
}

// Words of one matrix with its sums.
INLINE int64_t matmul_quads_a(const dot *d) { return dot_a_words(d) + ceil_div(d->m, 16) * 16; }
INLINE int64_t matmul_quads_b(const dot *d) { return dot_b_words(d) + dot_tiles(d->n) * DOT_COLUMNS; }

static void matmul_quads_pack_b(const matmul_quads *q, const void *b, int64_t t, uint32_t *to) {
    quads_pack_b(&q->d, q->s.k, b, quads_shift_b(q->s.b_type), t, to, (int32_t *)(to + dot_b_words(&q->d)));
}

static size_t matmul_quads_pack_bytes(const tn_problem *p) {
    matmul_quads q;
    matmul_quads_setup(p, &q);
    return q.s.packed ? (size_t)matmul_quads_b(&q.d) * 4 : 0;
}

static void matmul_quads_pack(const tn_problem *p, void *to) {
    matmul_quads q;
    matmul_quads_setup(p, &q);
    for (int64_t t = 0; t < dot_tiles(q.s.n); t++) matmul_quads_pack_b(&q, p->in[q.s.b]->data, t, to);
}

typedef struct matmul_quads_room { // 32-bit words
    int64_t a_scales, b_scales, b_zeros, a, b, worker;
} matmul_quads_room;

static matmul_quads_room matmul_quads_sizes(const matmul_quads *q) {
    const matmul_i8 *s = &q->s;
    int64_t columns = dot_tiles(s->n) * DOT_COLUMNS;
    return (matmul_quads_room){.a_scales = s->scaled ? ceil_div(s->m, 16) * 16 : 0,
                               .b_scales = s->scaled ? columns : 0,
                               .b_zeros = columns,
                               .a = s->a_batch * matmul_quads_a(&q->d),
                               .b = s->packed ? 0 : s->b_batch * matmul_quads_b(&q->d),
                               .worker = QUADS_PANELS * DOT_ROWS * QUADS_TILES * DOT_COLUMNS};
}

static size_t matmul_quads_workspace(const tn_problem *p, int threads) {
    matmul_quads q;
    matmul_quads_setup(p, &q);
    matmul_quads_room r = matmul_quads_sizes(&q);
    return (size_t)(r.a_scales + r.b_scales + r.b_zeros + r.a + r.b + r.worker * threads) * 4;
}

typedef struct matmul_quads_run {
    const matmul_quads *q;
    const tn_tensor *a, *b, *a_zero;
    const float *a_scales, *b_scales; // [m], [n]; NULL: not scaled
    int32_t *b_zeros;                 // [n], of B as packed
    uint32_t *packed_a, *fresh_b, *workers;
    const uint32_t *packed_b;
    result_i8 result;
} matmul_quads_run;

static void matmul_quads_a_task(void *arg, int64_t i, int worker) {
    const matmul_quads_run *r = arg;
    const matmul_i8 *s = &r->q->s;
    const dot *d = &r->q->d;
    int64_t panels = dot_panels(s->m), batch = i / panels;
    uint32_t *to = r->packed_a + batch * matmul_quads_a(d);
    (void)worker;
    quads_pack_a(d, s->k, (const uint8_t *)r->a->data + batch * s->m * s->k, s->k, quads_shift_a(s->a_type),
                 i % panels, to, (int32_t *)(to + dot_a_words(d)));
}

static void matmul_quads_b_task(void *arg, int64_t i, int worker) {
    const matmul_quads_run *r = arg;
    const matmul_i8 *s = &r->q->s;
    int64_t tile_count = dot_tiles(s->n), batch = i / tile_count;
    (void)worker;
    matmul_quads_pack_b(r->q, (const uint8_t *)r->b->data + batch * s->k * s->n, i % tile_count,
                        r->fresh_b + batch * matmul_quads_b(&r->q->d));
}

static void matmul_quads_task(void *arg, int64_t i, int worker) {
    const matmul_quads_run *r = arg;
    const matmul_i8 *s = &r->q->s;
    const dot *d = &r->q->d;
    int64_t columns = ceil_div(dot_tiles(s->n), QUADS_TILES), rows = ceil_div(dot_panels(s->m), QUADS_PANELS);
    int64_t batch = i / (columns * rows), t0 = i % columns * QUADS_TILES,
            p0 = i / columns % rows * QUADS_PANELS;
    int64_t t1 = min64(t0 + QUADS_TILES, dot_tiles(s->n)), p1 = min64(p0 + QUADS_PANELS, dot_panels(s->m));
    int64_t n0 = t0 * DOT_COLUMNS, n = min64(t1 * DOT_COLUMNS, s->n) - n0, ldc = (t1 - t0) * DOT_COLUMNS;
    const uint32_t *a = r->packed_a + matmul_i8_matrix(s, batch, s->a_step) * matmul_quads_a(d);
    const uint32_t *b = r->packed_b + matmul_i8_matrix(s, batch, s->b_step) * matmul_quads_b(d);
    const int32_t *row_sums = (const int32_t *)(a + dot_a_words(d));
    const float one = 1;
    uint32_t *sums = r->workers + worker * matmul_quads_sizes(r->q).worker;
    dot_product(d, dot_quads, a, b, p0, p1, t0, t1, sums, ldc);
    for (int64_t row = dot_row(s->m, p0); row < dot_row(s->m, p1); row++, sums += ldc) {
        quads_row q = {.za = zero_at(r->a_zero, row) + quads_shift_a(s->a_type),
                       .cs = (const int32_t *)(b + dot_b_words(d)) + n0,
                       .zb = r->b_zeros + n0};
        q.rest = (int32_t)((uint32_t)s->k * (uint32_t)q.za - (uint32_t)row_sums[row]);
        quads_store(&r->result, &q, sums, r->a_scales ? r->a_scales[row] : 1,
                    r->b_scales ? r->b_scales + n0 : &one, r->b_scales != NULL,
                    (batch * s->m + row) * s->n + n0, n);
    }
}

static tn_status matmul_quads_call(tn_call *c) {
    const matmul_quads *q = c->params;
    const matmul_i8 *s = &q->s;
    matmul_quads_room room = matmul_quads_sizes(q);
    matmul_quads_run r = {.q = q, .a = c->in[0], .b = c->in[s->b], .packed_b = c->packed};
    float *scales = c->workspace;
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.a_zero = matmul_i8_in(c->nin, c->in, s->a_zero);
    const tn_tensor *b_zero = matmul_i8_in(c->nin, c->in, s->b_zero);
    r.result = result_of(c->out[0], s->scaled ? c->in[6] : NULL, s->scaled ? c->in[7] : NULL);
    if (s->scaled) {
        r.a_scales = matmul_i8_scales(c->in[1], s->m, s->m, scales);
        r.b_scales = matmul_i8_scales(c->in[4], s->n, room.b_scales, scales + room.a_scales);
    }
    r.b_zeros = (int32_t *)c->workspace + room.a_scales + room.b_scales;
    for (int64_t i = 0; i < room.b_zeros; i++)
        r.b_zeros[i] = i < s->n ? zero_at(b_zero, i) + quads_shift_b(s->b_type) : 0;
    r.packed_a = (uint32_t *)r.b_zeros + room.b_zeros;
    r.fresh_b = r.packed_a + room.a;
    r.workers = r.fresh_b + room.b;
    tn_call_parallel(c, s->a_batch * dot_panels(s->m), matmul_quads_a_task, &r);
    if (!s->packed) {
        r.packed_b = r.fresh_b;
        tn_call_parallel(c, s->b_batch * dot_tiles(s->n), matmul_quads_b_task, &r);
    }
    int64_t rows = ceil_div(dot_panels(s->m), QUADS_PANELS), columns = ceil_div(dot_tiles(s->n), QUADS_TILES);
    tn_call_parallel(c, s->batch * rows * columns, matmul_quads_task, &r);
    return TN_OK;
}

#define MATMUL_I8_QUADS(name_, op_)                                                                    \
    {                                                                                                  \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK + 30,                          \
                 .doc = "8-bit numbers four at a time, exact 32-bit sums", .reject = matmul_i8_reject, \
                 .params_bytes = sizeof(matmul_quads), .setup = matmul_quads_setup,                    \
                 .pack_bytes = matmul_quads_pack_bytes, .pack = matmul_quads_pack,                     \
                 .workspace = matmul_quads_workspace, .run = matmul_quads_call,                        \
    }

TN_ISAS(avx512vnni, amx);

TN_KERNEL(matmul_i8_quads_qlinear) = MATMUL_I8_QUADS(AT("matmul.i8.quads:QLinearMatMul"), "QLinearMatMul");
TN_KERNEL(matmul_i8_quads_integer) = MATMUL_I8_QUADS(AT("matmul.i8.quads:MatMulInteger"), "MatMulInteger");
