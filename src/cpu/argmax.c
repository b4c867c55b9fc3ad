// SPDX-License-Identifier: Apache-2.0
// argmax.c - ArgMax and ArgMin on any axis of [outer, n, inner]. A row is read in pieces: the extreme of
// each is found without its place, which is looked for in the one piece that won. Where inner is not 1,
// strips of neighbours keep their extremes and places beside each other. A NaN beats every number, as in the
// reference.
#include "cpu/isa.h"

#include "cpu/kern/convert.inl"
#include "cpu/kern/fold_f32.inl"
#include "cpu/kern/vec_math.h"

#include "ir/tensor.h"

enum { ARG_PIECE = 2048, ARG_TASK = 1 << 14 };

typedef struct arg {
    tn_dtype type;
    bool least, last; // the smallest; the last of equals
    int64_t outer, n, inner;
    int64_t strips, each; // of `inner`; rows or strips in a task
} arg;

static const char *arg_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    switch (p->in[0]->dtype) {
    case TN_F32:
    case TN_F16:
    case TN_BF16:
    case TN_U8:
    case TN_I8:
    case TN_I32:
    case TN_I64: break;
    default: return "only f32, f16, bf16, u8, i8, i32 and i64";
    }
    if (!p->in[0]->rank) return "a scalar";
    for (int d = 0; d < p->in[0]->rank; d++)
        if (p->in[0]->dim[d] < 1 || p->in[0]->dim[d] > INT32_MAX)
            return "no elements, or too many along an axis";
    return NULL;
}

static void hardmax_setup(const tn_problem *p, void *params) {
    arg *s = params;
    const tn_tensor *x = p->in[0];
    int64_t axis = tn_attr_int(p->attrs, "axis");
    int at = (int)(axis < 0 ? axis + x->rank : axis);
    *s = (arg){.type = x->dtype,
               .least = !strcmp(p->attrs.op->name, "ArgMin"),
               .outer = tn_count_range(x, 0, at),
               .n = x->dim[at],
               .inner = tn_count_range(x, at + 1, x->rank)};
    s->strips = ceil_div(s->inner, ARG_PIECE);
    s->each = max64(1, ARG_TASK / (s->n * min64(s->inner, ARG_PIECE)));
}

static void arg_setup(const tn_problem *p, void *params) {
    hardmax_setup(p, params);
    ((arg *)params)->last = tn_attr_int(p->attrs, "select_last_index") != 0;
}

// ------------------------------------------------------------------------------------------------ floats

// Whether a, which comes later, is taken instead of b.
INLINE bool arg_beats_float(float a, float b, bool least, bool last) {
    bool more = least ? a < b : a > b;
    return last ? more | (a == b) | (a != a) : more | ((a != a) & (b == b));
}

// The extreme of a row: NaN when there is one.
static float arg_most(const float *x, int64_t n, bool least) {
    return least ? fold_row_of(FOLD_MIN, x, n) : fold_row_of(FOLD_MAX, x, n);
}

INLINE bool arg_is(float x, float most) { return most == most ? x == most : x != x; }
INLINE bool arg_any(const float *x, float most) {
    vf v = v_load(x);
    return v_any(most == most ? v == v_set(most) : v != v);
}

// Where `most` stands: it is there.
static int64_t arg_find(const float *x, int64_t n, float most, bool last) {
    int64_t whole = n / VL * VL, i = last ? n - 1 : 0;
    if (!last) {
        while (i < whole && !arg_any(x + i, most)) i += VL;
        while (!arg_is(x[i], most)) i++;
        return i;
    }
    while (i >= whole && !arg_is(x[i], most)) i--;
    while (i >= VL && i < whole && !arg_any(x + i + 1 - VL, most)) i -= VL;
    while (!arg_is(x[i], most)) i--;
    return i;
}

static int64_t arg_row_float(const arg *s, const void *x, int64_t first) {
    float best = 0, piece[ARG_PIECE];
    int64_t at = -1;
    for (int64_t i = 0; i < s->n; i += ARG_PIECE) {
        int64_t n = min64(ARG_PIECE, s->n - i);
        const float *from = s->type == TN_F32 ? (const float *)x + first + i : piece;
        if (from == piece) row_from(s->type, x, first + i, piece, n);
        float most = arg_most(from, n, s->least);
        if (at >= 0 && !arg_beats_float(most, best, s->least, s->last)) continue;
        best = most;
        at = s->type == TN_F32 ? i : i + arg_find(from, n, best, s->last);
    }
    if (s->type != TN_F32) return at;
    return at + arg_find((const float *)x + first + at, min64(ARG_PIECE, s->n - at), best, s->last);
}

INLINE vf arg_load(tn_dtype type, const void *x, int64_t at, int64_t n) {
    if (type == TN_F32) return n >= VL ? v_load((const float *)x + at) : v_load_n((const float *)x + at, n);
    if (n >= VL)
        return type == TN_F16 ? v_from_f16((const uint16_t *)x + at) : v_from_bf16((const uint16_t *)x + at);
    float lane[VL] = {0};
    row_from(type, x, at, lane, n);
    return v_load(lane);
}

// VL neighbours, or the first n of them.
INLINE void arg_lanes_of(const arg *s, tn_dtype type, const void *x, int64_t first, int64_t n, int64_t *y,
                         bool least, bool last) {
    vf best = arg_load(type, x, first, n);
    vi at = {0};
    for (int32_t k = 1; k < s->n; k++) {
        vf a = arg_load(type, x, first + k * s->inner, n);
        vi more = least ? a < best : a > best;
        vi taken = last ? more | (a == best) | (a != a) : more | ((a != a) & (best == best));
        best = v_select(taken, a, best);
        at = (vi)v_select(taken, (vf)vi_set(k), (vf)at);
    }
    int32_t lane[VL];
    memcpy(lane, &at, sizeof lane);
    for (int64_t j = 0; j < min64(VL, n); j++) y[j] = lane[j];
}

static void arg_strip_float(const arg *s, const void *x, int64_t first, int64_t n, int64_t *y) {
    for (int64_t j = 0; j < n; j += VL) {
#define ARG_LANES(type, least, last) arg_lanes_of(s, type, x, first + j, n - j, y + j, least, last)
        if (s->type == TN_F32 && !s->last && !s->least)
            ARG_LANES(TN_F32, false, false);
        else if (s->type == TN_F32)
            ARG_LANES(TN_F32, s->least, s->last);
        else
            ARG_LANES(s->type, s->least, s->last);
#undef ARG_LANES
    }
}

// ---------------------------------------------------------------------------------------------- integers

// The smallest is the largest of the complements, of signed and of unsigned numbers.
#define ARG_INTEGERS(T)                                                                            \
    static int64_t arg_row_##T(const arg *s, const void *x, int64_t first) {                       \
        const T *row = (const T *)x + first, flip = (T)(s->least ? ~(T)0 : 0);                     \
        T best = (T)(*row ^ flip);                                                                 \
        int64_t at = 0;                                                                            \
        for (int64_t i = 0; i < s->n; i += ARG_PIECE) {                                            \
            T most = (T)(row[i] ^ flip);                                                           \
            int64_t n = min64(ARG_PIECE, s->n - i);                                                \
            for (int64_t k = 0; k < n; k++) {                                                      \
                T v = (T)(row[i + k] ^ flip);                                                      \
                most = v > most ? v : most;                                                        \
            }                                                                                      \
            if (s->last ? most < best : most <= best) continue;                                    \
            best = most, at = i;                                                                   \
        }                                                                                          \
        if (s->last) at = min64(at + ARG_PIECE, s->n) - 1;                                         \
        while ((T)(row[at] ^ flip) != best) at += s->last ? -1 : 1;                                \
        return at;                                                                                 \
    }                                                                                              \
    static void arg_strip_##T(const arg *s, const void *x, int64_t first, int64_t n, int64_t *y) { \
        const T *row = (const T *)x + first, flip = (T)(s->least ? ~(T)0 : 0);                     \
        T best[ARG_PIECE];                                                                         \
        int32_t at[ARG_PIECE] = {0};                                                               \
        for (int64_t j = 0; j < n; j++) best[j] = (T)(row[j] ^ flip);                              \
        for (int32_t k = 1; k < s->n; k++) {                                                       \
            row += s->inner;                                                                       \
            for (int64_t j = 0; j < n; j++) {                                                      \
                T v = (T)(row[j] ^ flip);                                                          \
                bool taken = (v > best[j]) | ((v == best[j]) & s->last);                           \
                best[j] = taken ? v : best[j];                                                     \
                at[j] = taken ? k : at[j];                                                         \
            }                                                                                      \
        }                                                                                          \
        for (int64_t j = 0; j < n; j++) y[j] = at[j];                                              \
    }
ARG_INTEGERS(uint8_t)
ARG_INTEGERS(int8_t)
ARG_INTEGERS(int32_t)
ARG_INTEGERS(int64_t)

// ------------------------------------------------------------------------------------------------ running

static int64_t arg_row(const arg *s, const void *x, int64_t first) {
    switch (s->type) {
    case TN_U8: return arg_row_uint8_t(s, x, first);
    case TN_I8: return arg_row_int8_t(s, x, first);
    case TN_I32: return arg_row_int32_t(s, x, first);
    case TN_I64: return arg_row_int64_t(s, x, first);
    default: return arg_row_float(s, x, first);
    }
}

static void arg_strip(const arg *s, const void *x, int64_t first, int64_t n, int64_t *y) {
    switch (s->type) {
    case TN_U8: arg_strip_uint8_t(s, x, first, n, y); break;
    case TN_I8: arg_strip_int8_t(s, x, first, n, y); break;
    case TN_I32: arg_strip_int32_t(s, x, first, n, y); break;
    case TN_I64: arg_strip_int64_t(s, x, first, n, y); break;
    default: arg_strip_float(s, x, first, n, y);
    }
}

static void arg_task(void *arg_, int64_t i, int worker) {
    const tn_call *c = arg_;
    const arg *s = c->params;
    const void *x = c->in[0]->data; /* [outer, n, inner] */
    int64_t *y = c->out[0]->data;   /* [outer, inner] */
    (void)worker;
    for (int64_t k = i * s->each; k < min64((i + 1) * s->each, s->outer * s->strips); k++) {
        int64_t row = k / s->strips, column = k % s->strips * ARG_PIECE;
        int64_t first = row * s->n * s->inner + column;
        if (s->inner == 1)
            y[row] = arg_row(s, x, first);
        else
            arg_strip(s, x, first, min64(ARG_PIECE, s->inner - column), y + row * s->inner + column);
    }
}

static tn_status arg_call(tn_call *c) {
    const arg *s = c->params;
    tn_call_parallel(c, ceil_div(s->outer * s->strips, s->each), arg_task, c);
    return TN_OK;
}

#define ARG(name_, op_)                                                                         \
    {                                                                                           \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                        \
                 .doc = "extremes of pieces, or of strips of neighbours", .reject = arg_reject, \
                 .params_bytes = sizeof(arg), .setup = arg_setup, .run = arg_call,              \
    }

// ------------------------------------------------------------------------------------------------ Hardmax

// 1 where ArgMax points, else 0.
static const char *hardmax_reject(const tn_problem *p) {
    if (p->in[0] && p->in[0]->dtype != TN_F32) return "only f32";
    return arg_reject(p);
}

static void hardmax_task(void *arg_, int64_t i, int worker) {
    const tn_call *c = arg_;
    const arg *s = c->params;
    float *y = c->out[0]->data; /* [outer, n, inner] */
    (void)worker;
    for (int64_t k = i * s->each; k < min64((i + 1) * s->each, s->outer * s->strips); k++) {
        int64_t column = k % s->strips * ARG_PIECE, first = k / s->strips * s->n * s->inner + column;
        int64_t lanes = min64(ARG_PIECE, s->inner - column), at[ARG_PIECE];
        if (s->inner == 1)
            at[0] = arg_row(s, c->in[0]->data, first);
        else
            arg_strip(s, c->in[0]->data, first, lanes, at);
        for (int64_t r = 0; s->inner > 1 && r < s->n; r++)
            memset(y + first + r * s->inner, 0, (size_t)lanes * sizeof *y);
        if (s->inner == 1) memset(y + first, 0, (size_t)s->n * sizeof *y);
        for (int64_t j = 0; j < lanes; j++) y[first + at[j] * s->inner + j] = 1;
    }
}

static tn_status hardmax_call(tn_call *c) {
    const arg *s = c->params;
    tn_call_parallel(c, ceil_div(s->outer * s->strips, s->each), hardmax_task, c);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(argmax_max) = ARG(AT("argmax:ArgMax"), "ArgMax");
TN_KERNEL(argmax_min) = ARG(AT("argmax:ArgMin"), "ArgMin");
TN_KERNEL(argmax_hardmax) = {
    TN_HERE,
    .name = AT("argmax:Hardmax"),
    .op = "Hardmax",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "where ArgMax points",
    .reject = hardmax_reject,
    .params_bytes = sizeof(arg),
    .setup = hardmax_setup,
    .run = hardmax_call,
};
