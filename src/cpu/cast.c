// SPDX-License-Identifier: Apache-2.0
// cast.c - Cast between numbers, piece by piece: to and from floats through f32, between integers through
// i64 (cast_rows.inl).
#include "cpu/isa.h"

#include "cpu/kern/cast_rows.inl"

#include "ir/tensor.h"

typedef struct cast {
    tn_dtype from, to;
    int64_t n;
} cast;

enum { CAST_TASK = 16 * CAST_PIECE };

// Integers of more than 16 bits would be rounded twice on their way to bf16.
static const char *cast_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    tn_dtype from = p->in[0]->dtype, to = p->out[0]->dtype;
    if (from == to) return "nothing to convert";
    if (!((CAST_REALS | CAST_INTEGERS) >> from & 1) || !((CAST_REALS | CAST_INTEGERS) >> to & 1))
        return "only integers, bool, f32, f16 and bf16";
    return to == TN_BF16 && CAST_INTEGERS >> from & 1 && tni_bits(from) > 16 ? "wide integers to bf16" : NULL;
}

static void cast_setup(const tn_problem *p, void *params) {
    *(cast *)params = (cast){p->in[0]->dtype, p->out[0]->dtype, tn_count(p->in[0])};
}

static void cast_load(tn_dtype type, const void *x, int64_t first, int64_t *to, int64_t n) {
    switch (type) {
#define CAST_LOAD(type_, T)                                                         \
    case type_:                                                                     \
        for (int64_t i = 0; i < n; i++) to[i] = (int64_t)((const T *)x + first)[i]; \
        return;
        CAST_CASES(CAST_LOAD)
#undef CAST_LOAD
    default:
        for (int64_t i = 0; i < n; i++) to[i] = ((const uint8_t *)x + first)[i] != 0;
    }
}

typedef struct cast_run {
    const cast *s;
    const void *x;
    void *y;
} cast_run;

static void cast_task(void *arg, int64_t i, int worker) {
    const cast_run *r = arg;
    const cast *s = r->s;
    (void)worker;
    for (int64_t at = i * CAST_TASK, last = min64(at + CAST_TASK, s->n); at < last; at += CAST_PIECE) {
        int64_t n = min64(CAST_PIECE, last - at), whole[CAST_PIECE];
        float real[CAST_PIECE];
        if (s->from == TN_F32) {
            cast_from_reals(s->to, (const float *)r->x + at, r->y, at, n);
        } else if (s->to == TN_F32) {
            cast_to_reals(s->from, r->x, at, (float *)r->y + at, n);
        } else if ((CAST_REALS >> s->from | CAST_REALS >> s->to) & 1) {
            cast_to_reals(s->from, r->x, at, real, n);
            cast_from_reals(s->to, real, r->y, at, n);
        } else {
            cast_load(s->from, r->x, at, whole, n);
            cast_store_int64_t(s->to, whole, r->y, at, n);
        }
    }
}

static tn_status cast_call(tn_call *c) {
    const cast *s = c->params;
    cast_run r = {s, c->in[0]->data, c->out[0]->data};
    tn_call_parallel(c, ceil_div(s->n, CAST_TASK), cast_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(cast) = {
    TN_HERE,
    .name = AT("cast:Cast"),
    .op = "Cast",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "pieces through f32 or i64",
    .reject = cast_reject,
    .params_bytes = sizeof(cast),
    .setup = cast_setup,
    .run = cast_call,
};
