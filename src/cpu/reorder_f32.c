// SPDX-License-Identifier: Apache-2.0
// reorder_f32.c - between [N,C,H,W] (or volumes) and the blocked [N,C/16,H,W,16]: transposes of 16 channels
// by 16 pixels through a small square on the stack.
#include "cpu/isa.h"

#include "cpu/kern/reorder_squares.inl"

typedef struct reorder {
    int64_t n, c, blocks, plane;
} reorder;

static const char *reorder_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    return p->in[0]->dtype == TN_F32 ? NULL : "only f32";
}

static void reorder_setup(const tn_problem *p, void *params) {
    bool to = p->attrs.op->name[0] == 'T';
    const tn_tensor *plain = to ? p->in[0] : p->out[0], *blocked = to ? p->out[0] : p->in[0];
    *(reorder *)params =
        (reorder){plain->dim[0], plain->dim[1], blocked->dim[1], tn_count_range(plain, 2, plain->rank)};
}

typedef struct reorder_run {
    const reorder *r;
    const float *x;
    float *y;
} reorder_run;

INLINE void transpose_square(const float *square, float *to, int64_t step, int64_t rows, int64_t columns) {
    for (int64_t i = 0; i < columns; i++)
        for (int64_t j = 0; j < rows; j++) to[i * step + j] = square[j * LANES_OF_BLOCK + i];
}

// `channels` rows of a plane, pixels [p0, p1), into pixels of a block.
static void reorder_in(const float *x, int64_t plane, int64_t channels, int64_t p0, int64_t p1, float *y) {
    float square[LANES_OF_BLOCK * LANES_OF_BLOCK] = {0};
    for (int64_t p = p0; p < p1; p += LANES_OF_BLOCK) {
        int64_t n = min64(LANES_OF_BLOCK, p1 - p);
        for (int64_t c = 0; c < channels; c++)
            for (int64_t i = 0; i < n; i += VL)
                v_store(square + c * LANES_OF_BLOCK + i, v_load_n(x + c * plane + p + i, min64(VL, n - i)));
        transpose_square(square, y + p * LANES_OF_BLOCK, LANES_OF_BLOCK, LANES_OF_BLOCK, n);
    }
}

static void reorder_out(const float *x, int64_t ld, int64_t channels, int64_t p0, int64_t p1, float *y) {
    reorder_squares(x, ld, channels, p0, p1, y, false);
}

INLINE void reorder_piece(const reorder_run *r, int64_t i, bool in) {
    const reorder *s = r->r;
    int64_t pieces = ceil_div(s->plane, REORDER_TASK), piece = i % pieces, block = i / pieces % s->blocks;
    int64_t image = i / (pieces * s->blocks), channels = min64(LANES_OF_BLOCK, s->c - block * LANES_OF_BLOCK);
    int64_t plain = (image * s->c + block * LANES_OF_BLOCK) * s->plane;
    int64_t blocked = (image * s->blocks + block) * s->plane * LANES_OF_BLOCK;
    int64_t p0 = piece * REORDER_TASK, p1 = min64(p0 + REORDER_TASK, s->plane);
    if (in)
        reorder_in(r->x + plain, s->plane, channels, p0, p1, r->y + blocked);
    else
        reorder_out(r->x + blocked, s->plane, channels, p0, p1, r->y + plain);
}

static void reorder_in_task(void *arg, int64_t i, int worker) {
    (void)worker;
    reorder_piece(arg, i, true);
}
static void reorder_out_task(void *arg, int64_t i, int worker) {
    (void)worker;
    reorder_piece(arg, i, false);
}

static tn_status reorder_call(tn_call *c) {
    const reorder *s = c->params;
    reorder_run r = {s, c->in[0]->data, c->out[0]->data};
    tn_call_parallel(c, s->n * s->blocks * ceil_div(s->plane, REORDER_TASK),
                     c->in[0]->rank < c->out[0]->rank ? reorder_in_task : reorder_out_task, &r);
    return TN_OK;
}

#define REORDER(name_, op_)                                                                    \
    {                                                                                          \
        TN_HERE, .name = name_, .op = op_, .domain = "tn", .isa = ISA, .rank = ISA_RANK,       \
                 .doc = "16 channels by 16 pixels at a time", .reject = reorder_reject,        \
                 .params_bytes = sizeof(reorder), .setup = reorder_setup, .run = reorder_call, \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(reorder_f32_to) = REORDER(AT("reorder.f32:tn.ToBlocked"), "ToBlocked");
TN_KERNEL(reorder_f32_from) = REORDER(AT("reorder.f32:tn.FromBlocked"), "FromBlocked");
