// SPDX-License-Identifier: Apache-2.0
// compare.c - comparisons, And, Or, Xor, Where, IsNaN and IsInf: plain loops over runs, which the compiler
// makes vectors of.
#include "cpu/isa.h"

#include "cpu/kern/walk.inl"

#include <float.h>

typedef struct compare {
    walk walk;
    int row; // of the table
} compare;

#define COMPARE_TYPES(name, op)                     \
    WALK_PAIR(name##_f32, float, uint8_t, a op b)   \
    WALK_PAIR(name##_i32, int32_t, uint8_t, a op b) \
    WALK_PAIR(name##_i64, int64_t, uint8_t, a op b) \
    WALK_PAIR(name##_u8, uint8_t, uint8_t, a op b)
COMPARE_TYPES(compare_equal, ==)
COMPARE_TYPES(compare_greater, >)
COMPARE_TYPES(compare_greater_equal, >=)
COMPARE_TYPES(compare_less, <)
COMPARE_TYPES(compare_less_equal, <=)
WALK_PAIR(compare_and, uint8_t, uint8_t, (a != 0) & (b != 0))
WALK_PAIR(compare_or, uint8_t, uint8_t, (a | b) != 0)
WALK_PAIR(compare_xor, uint8_t, uint8_t, (a != 0) ^ (b != 0))

static const struct {
    const char *op;
    tn_dtype type;
    walk_row *row;
} compare_rows[] = {
#define COMPARE_ROWS(op, name) \
    {op, TN_F32, name##_f32}, {op, TN_I32, name##_i32}, {op, TN_I64, name##_i64}, { op, TN_U8, name##_u8 }
    COMPARE_ROWS("Equal", compare_equal),
    COMPARE_ROWS("Greater", compare_greater),
    COMPARE_ROWS("GreaterOrEqual", compare_greater_equal),
    COMPARE_ROWS("Less", compare_less),
    COMPARE_ROWS("LessOrEqual", compare_less_equal),
    {"Equal", TN_BOOL, compare_equal_u8},
    {"And", TN_BOOL, compare_and},
    {"Or", TN_BOOL, compare_or},
    {"Xor", TN_BOOL, compare_xor},
};

static int compare_row(const tn_problem *p) {
    for (int i = 0; i < (int)(sizeof compare_rows / sizeof *compare_rows); i++)
        if (!strcmp(compare_rows[i].op, p->attrs.op->name) && compare_rows[i].type == p->in[0]->dtype)
            return i;
    return -1;
}

static const char *compare_reject(const tn_problem *p) {
    if (p->nin != 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "not two inputs";
    return compare_row(p) < 0 ? "only f32, i32, i64 and u8" : NULL;
}

static void compare_setup(const tn_problem *p, void *params) {
    compare *s = params;
    walk_setup(&s->walk, 2, p->in, p->out[0]);
    s->row = compare_row(p);
}

static tn_status compare_call(tn_call *c) {
    const compare *s = c->params;
    return walk_call(c, &s->walk, compare_rows[s->row].row, NULL);
}

// ------------------------------------------------------------------------------------------------ Where

// What repeats and what goes on is a constant in each loop.
#define WHERE_LOOP(T)                                                                                      \
    INLINE void where_loop_##T(const uint8_t *c, bool sc, const T *a, bool sa, const T *b, bool sb, T *y,  \
                               int64_t n) {                                                                \
        for (int64_t i = 0; i < n; i++) y[i] = c[sc ? i : 0] ? a[sa ? i : 0] : b[sb ? i : 0];              \
    }                                                                                                      \
    static void where_##T(const void *user, const void *const *x, const bool *steps, void *y, int64_t n) { \
        const uint8_t *c = x[0];                                                                           \
        const T *a = x[1], *b = x[2], one_a = *a, one_b = *b; /* where a store to y cannot change them */  \
        (void)user;                                                                                        \
        if (!steps[1]) a = &one_a;                                                                         \
        if (!steps[2]) b = &one_b;                                                                         \
        if (!steps[0])                                                                                     \
            where_loop_##T(c, false, *c ? a : b, steps[*c ? 1 : 2], *c ? a : b, steps[*c ? 1 : 2], y, n);  \
        else if (steps[1] && steps[2])                                                                     \
            where_loop_##T(c, true, a, true, b, true, y, n);                                               \
        else if (steps[1])                                                                                 \
            where_loop_##T(c, true, a, true, b, false, y, n);                                              \
        else if (steps[2])                                                                                 \
            where_loop_##T(c, true, a, false, b, true, y, n);                                              \
        else                                                                                               \
            where_loop_##T(c, true, a, false, b, false, y, n);                                             \
    }
WHERE_LOOP(uint8_t)
WHERE_LOOP(uint16_t)
WHERE_LOOP(uint32_t)
WHERE_LOOP(uint64_t)

static const char *where_reject(const tn_problem *p) {
    if (p->nin != 3 || !p->in[0] || !p->in[1] || !p->in[2] || !p->out[0]) return "not three inputs";
    return p->out[0]->dtype == TN_STRING || tni_bits(p->out[0]->dtype) > 64 ? "odd elements" : NULL;
}

static void where_setup(const tn_problem *p, void *params) { walk_setup(params, 3, p->in, p->out[0]); }

static tn_status where_call(tn_call *c) {
    const walk *w = c->params;
    switch (w->out_bytes) {
    case 1: return walk_call(c, w, where_uint8_t, NULL);
    case 2: return walk_call(c, w, where_uint16_t, NULL);
    case 4: return walk_call(c, w, where_uint32_t, NULL);
    default: return walk_call(c, w, where_uint64_t, NULL);
    }
}

// --------------------------------------------------------------------------------------- IsNaN and IsInf

typedef struct tested {
    walk walk;
    float below, above; // a number beyond either is an infinity that is looked for
    bool nan;
} tested;

static const char *tested_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    return p->in[0]->dtype == TN_F32 ? NULL : "only f32";
}

static void tested_setup(const tn_problem *p, void *params) {
    tested *s = params;
    walk_setup(&s->walk, 1, p->in, p->out[0]);
    s->nan = !strcmp(p->attrs.op->name, "IsNaN");
    s->below = s->above = INFINITY;
    if (s->nan) return;
    if (tn_attr_int(p->attrs, "detect_negative")) s->below = FLT_MAX;
    if (tn_attr_int(p->attrs, "detect_positive")) s->above = FLT_MAX;
}

static void tested_row(const void *user, const void *const *x, const bool *steps, void *y_, int64_t n) {
    const tested *s = user;
    const float *from = x[0], below = -s->below, above = s->above;
    uint8_t *y = y_;
    (void)steps;
    if (s->nan)
        for (int64_t i = 0; i < n; i++) y[i] = from[i] != from[i];
    else
        for (int64_t i = 0; i < n; i++) y[i] = (from[i] < below) | (from[i] > above);
}

static tn_status tested_call(tn_call *c) {
    const tested *s = c->params;
    return walk_call(c, &s->walk, tested_row, s);
}

#define TESTED(name_, op_)                                                                          \
    {                                                                                               \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK, .doc = "runs of elements", \
                 .reject = tested_reject, .params_bytes = sizeof(tested), .setup = tested_setup,    \
                 .run = tested_call,                                                                \
    }
#define COMPARE(name_, op_, inplace_)                                                               \
    {                                                                                               \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK, .doc = "runs of elements", \
                 .inplace = inplace_, .reject = compare_reject, .params_bytes = sizeof(compare),    \
                 .setup = compare_setup, .run = compare_call,                                       \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(compare_and) = COMPARE(AT("compare:And"), "And", 3);
TN_KERNEL(compare_equal) = COMPARE(AT("compare:Equal"), "Equal", 0);
TN_KERNEL(compare_greater) = COMPARE(AT("compare:Greater"), "Greater", 0);
TN_KERNEL(compare_greater_equal) = COMPARE(AT("compare:GreaterOrEqual"), "GreaterOrEqual", 0);
TN_KERNEL(compare_isinf) = TESTED(AT("compare:IsInf"), "IsInf");
TN_KERNEL(compare_isnan) = TESTED(AT("compare:IsNaN"), "IsNaN");
TN_KERNEL(compare_less) = COMPARE(AT("compare:Less"), "Less", 0);
TN_KERNEL(compare_less_equal) = COMPARE(AT("compare:LessOrEqual"), "LessOrEqual", 0);
TN_KERNEL(compare_or) = COMPARE(AT("compare:Or"), "Or", 3);
TN_KERNEL(compare_xor) = COMPARE(AT("compare:Xor"), "Xor", 3);
TN_KERNEL(compare_where) = {
    TN_HERE,
    .name = AT("compare:Where"),
    .op = "Where",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "runs of elements",
    .inplace = 6,
    .reject = where_reject,
    .params_bytes = sizeof(walk),
    .setup = where_setup,
    .run = where_call,
};
