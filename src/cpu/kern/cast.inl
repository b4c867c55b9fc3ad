// SPDX-License-Identifier: Apache-2.0
// cast.inl - Cast between numbers, piece by piece: floats go through f32, integers through i64, or i32 where
// that holds all of a piece. A float becomes an integer by truncation to 64 bits (held to their range, NaN is
// 0), of which the low ones are kept.
#ifndef TN_CPU_CAST_INL
#define TN_CPU_CAST_INL

#include "cpu/kern/convert.inl"

#include "ir/tensor.h"

typedef struct cast {
    tn_dtype from, to;
    bool narrow; // `from` is of integers that i32 holds
    int64_t n;
} cast;

enum { CAST_PIECE = 512, CAST_TASK = 16 * CAST_PIECE };

#define CAST_REALS (TN_BIT(TN_F32) | TN_BIT(TN_F16) | TN_BIT(TN_BF16))
#define CAST_INTEGERS (TN_INTEGERS | TN_BIT(TN_BOOL))

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
    tn_dtype from = p->in[0]->dtype;
    bool narrow = CAST_INTEGERS >> from & 1 && tni_bits(from) <= 32 && from != TN_U32;
    *(cast *)params = (cast){from, p->out[0]->dtype, narrow, tn_count(p->in[0])};
}

INLINE int64_t cast_truncate(float x, bool is_u64) {
    if (!(x == x)) return 0;
    if (x <= -0x1p63f) return INT64_MIN;
    if (x < 0x1p63f) return (int64_t)x;
    if (!is_u64) return INT64_MAX;
    return x < 0x1p64f ? (int64_t)(uint64_t)x : -1;
}

#define CAST_CASES(CASE)   \
    CASE(TN_U8, uint8_t)   \
    CASE(TN_I8, int8_t)    \
    CASE(TN_U16, uint16_t) \
    CASE(TN_I16, int16_t)  \
    CASE(TN_U32, uint32_t) \
    CASE(TN_I32, int32_t)  \
    CASE(TN_U64, uint64_t) \
    CASE(TN_I64, int64_t)

#define CAST_MOVES(W)                                                                             \
    static void cast_load_##W(tn_dtype type, const void *x, int64_t first, W *to, int64_t n) {    \
        switch (type) {                                                                           \
            CAST_CASES(CAST_LOAD_##W)                                                             \
        default:                                                                                  \
            for (int64_t i = 0; i < n; i++) to[i] = ((const uint8_t *)x + first)[i] != 0;         \
        }                                                                                         \
    }                                                                                             \
    static void cast_store_##W(tn_dtype type, const W *from, void *y, int64_t first, int64_t n) { \
        switch (type) {                                                                           \
            CAST_CASES(CAST_STORE)                                                                \
        default:                                                                                  \
            for (int64_t i = 0; i < n; i++) ((uint8_t *)y + first)[i] = from[i] != 0;             \
        }                                                                                         \
    }
#define CAST_LOAD(type_, T, W)                                                \
    case type_:                                                               \
        for (int64_t i = 0; i < n; i++) to[i] = (W)((const T *)x + first)[i]; \
        return;
#define CAST_LOAD_int64_t(type_, T) CAST_LOAD(type_, T, int64_t)
#define CAST_LOAD_int32_t(type_, T) CAST_LOAD(type_, T, int32_t)
#define CAST_STORE(type_, T)                                                        \
    case type_:                                                                     \
        for (int64_t i = 0; i < n; i++) ((T *)y + first)[i] = (T)(uint64_t)from[i]; \
        return;
CAST_MOVES(int64_t)
CAST_MOVES(int32_t)

// Whether all of them are whole numbers of 32 bits when they are truncated.
static bool cast_fits(const float *x, int64_t n) {
    int32_t wrong = 0;
    for (int64_t i = 0; i < n; i++) wrong |= !(fabsf(x[i]) < 0x1p31f);
    return !wrong;
}

// From floats in x.
static void cast_from_reals(tn_dtype to, const float *x, void *y, int64_t first, int64_t n) {
    int32_t piece[CAST_PIECE], *narrow = to == TN_I32 ? (int32_t *)y + first : piece;
    int64_t whole[CAST_PIECE];
    if (CAST_REALS >> to & 1) {
        row_to(to, x, y, first, n);
    } else if (to == TN_BOOL) { // before truncation: 0.5 is true, as is NaN
        for (int64_t i = 0; i < n; i++) ((uint8_t *)y + first)[i] = !(x[i] == 0);
    } else if (to != TN_I64 && to != TN_U64 && cast_fits(x, n)) {
        for (int64_t i = 0; i < n; i++) narrow[i] = (int32_t)x[i];
        if (narrow == piece) cast_store_int32_t(to, piece, y, first, n);
    } else {
        for (int64_t i = 0; i < n; i++) whole[i] = cast_truncate(x[i], to == TN_U64);
        cast_store_int64_t(to, whole, y, first, n);
    }
}

static void cast_to_reals(const cast *s, const void *x, void *y, int64_t first, int64_t n) {
    float piece[CAST_PIECE], *real = s->to == TN_F32 ? (float *)y + first : piece;
    int32_t narrow[CAST_PIECE];
    int64_t whole[CAST_PIECE];
    if (s->narrow) {
        cast_load_int32_t(s->from, x, first, narrow, n);
        for (int64_t i = 0; i < n; i++) real[i] = (float)narrow[i];
    } else {
        cast_load_int64_t(s->from, x, first, whole, n);
        if (s->from == TN_U64)
            for (int64_t i = 0; i < n; i++) real[i] = (float)(uint64_t)whole[i];
        else
            for (int64_t i = 0; i < n; i++) real[i] = (float)whole[i];
    }
    if (real == piece) row_to(s->to, piece, y, first, n);
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
        } else if (s->to == TN_F32 && CAST_REALS >> s->from & 1) {
            row_from(s->from, r->x, at, (float *)r->y + at, n);
        } else if (CAST_REALS >> s->from & 1) {
            row_from(s->from, r->x, at, real, n);
            cast_from_reals(s->to, real, r->y, at, n);
        } else if (CAST_REALS >> s->to & 1) {
            cast_to_reals(s, r->x, r->y, at, n);
        } else {
            cast_load_int64_t(s->from, r->x, at, whole, n);
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

#define CAST(name_, isa_, rank_)                                                                          \
    {                                                                                                     \
        TN_HERE, .name = name_, .op = "Cast", .isa = isa_, .rank = rank_,                                 \
                 .doc = "pieces through f32 or i64", .reject = cast_reject, .params_bytes = sizeof(cast), \
                 .setup = cast_setup, .run = cast_call,                                                   \
    }

#endif
