// SPDX-License-Identifier: Apache-2.0
// pool_i8.c - MaxPool of 8-bit elements: a row of results is the greatest of the rows and shifts of its
// window, one after the other, so that neighbours in memory are compared together.
#include "cpu/isa.h"

#include "cpu/kern/pool.inl"

static const char *pool_i8_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "the output is not wanted";
    if (p->in[0]->dtype != TN_U8 && p->in[0]->dtype != TN_I8) return "only u8 and i8";
    if (p->nout > 1 && p->out[1]) return "the indices are wanted";
    if (p->in[0]->rank != 3 && p->in[0]->rank != 4) return "only 1-D and 2-D windows";
    return NULL;
}

#define POOL_I8(type, least)                                                                            \
    static void pool_i8_shift_##type(const type *x, int64_t stride, type *y, int64_t n) {               \
        if (stride == 1)                                                                                \
            for (int64_t j = 0; j < n; j++) y[j] = x[j] > y[j] ? x[j] : y[j];                           \
        else if (stride == 2)                                                                           \
            for (int64_t j = 0; j < n; j++) y[j] = x[2 * j] > y[j] ? x[2 * j] : y[j];                   \
        else                                                                                            \
            for (int64_t j = 0; j < n; j++) y[j] = x[j * stride] > y[j] ? x[j * stride] : y[j];         \
    }                                                                                                   \
    static void pool_i8_plane_##type(const plane *p, const type *x, type *y) {                          \
        for (int64_t oy = 0; oy < p->oh; oy++, y += p->ow) {                                            \
            inside rows = inside_of(oy * p->sh - p->top, p->dh, p->h, p->kh);                           \
            for (int64_t j = 0; j < p->ow; j++) y[j] = least;                                           \
            for (int64_t ky = rows.lo; ky < rows.hi; ky++) {                                            \
                const type *row = x + (oy * p->sh - p->top + ky * p->dh) * p->w;                        \
                for (int64_t kx = 0; kx < p->kw; kx++) {                                                \
                    int64_t at = kx * p->dw - p->left;                                                  \
                    inside to = inside_of(at, p->sw, p->w, p->ow);                                      \
                    at += to.lo * p->sw;                                                                \
                    if (to.lo < to.hi) pool_i8_shift_##type(row + at, p->sw, y + to.lo, to.hi - to.lo); \
                }                                                                                       \
            }                                                                                           \
        }                                                                                               \
    }
POOL_I8(uint8_t, 0)
POOL_I8(int8_t, INT8_MIN)

// Pairs of unsigned bytes (`flip` makes signed ones such), 16 results at a time.
static void pool_i8_pairs(const plane *p, const uint8_t *x, uint8_t flip, uint8_t *y) {
    typedef uint8_t bytes __attribute__((vector_size(32)));
    typedef uint16_t words __attribute__((vector_size(32)));
    typedef uint8_t half __attribute__((vector_size(16)));
    for (int64_t oy = 0; oy < p->oh; oy++, y += p->ow)
        for (int64_t ox = 0; ox < p->ow; ox += 16) {
            if (p->ow >= 16 && ox > p->ow - 16) ox = p->ow - 16; // some again: no piece of a vector
            int64_t n = min64(16, p->ow - ox);
            bytes most = {0};
            for (int64_t ky = 0; ky < p->kh; ky++) {
                const uint8_t *in = x + (oy * p->sh + ky * p->dh) * p->w + 2 * ox;
                bytes row = {0};
                if (n == 16)
                    memcpy(&row, in, 32);
                else
                    memcpy(&row, in, (size_t)(2 * n));
                row ^= flip;
                bytes more = (bytes)(row > most);
                most = (row & more) | (most & ~more);
            }
            words both = (words)most, low = both & 0xff, high = both >> 8, more = (words)(high > low);
            half out = __builtin_convertvector((high & more) | (low & ~more), half) ^ flip;
            if (n == 16)
                memcpy(y + ox, &out, 16);
            else
                memcpy(y + ox, &out, (size_t)n);
        }
}

typedef struct pool_i8_job {
    const pool *s;
    const void *x;
    void *y;
} pool_i8_job;

static void pool_i8_task(void *arg, int64_t i, int worker) {
    const pool_i8_job *j = arg;
    const pool *s = j->s;
    const plane *p = &s->p;
    (void)worker;
    for (int64_t at = i * s->group; at < min64((i + 1) * s->group, s->planes); at++) {
        int64_t from = at * p->h * p->w, to = at * p->oh * p->ow;
        if (pool_is_pairs(s))
            pool_i8_pairs(p, (const uint8_t *)j->x + from, s->type == TN_I8 ? 0x80 : 0, (uint8_t *)j->y + to);
        else if (s->type == TN_U8)
            pool_i8_plane_uint8_t(p, (const uint8_t *)j->x + from, (uint8_t *)j->y + to);
        else
            pool_i8_plane_int8_t(p, (const int8_t *)j->x + from, (int8_t *)j->y + to);
    }
}

static tn_status pool_i8_call(tn_call *c) {
    const pool *s = c->params;
    pool_i8_job j = {s, c->in[0]->data, c->out[0]->data};
    if (s->p.oh * s->p.ow == 0) return TN_OK;
    tn_call_parallel(c, ceil_div(s->planes, s->group), pool_i8_task, &j);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(pool_i8_max) = {
    TN_HERE,
    .name = AT("pool.i8:MaxPool"),
    .op = "MaxPool",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "rows of bytes, a shift of the window at a time",
    .reject = pool_i8_reject,
    .params_bytes = sizeof(pool),
    .setup = pool_setup,
    .run = pool_i8_call,
};
