// SPDX-License-Identifier: Apache-2.0
// eltwise_int.c - arithmetic of 32- and 64-bit integers, which wraps; division by zero gives 0.
#include "cpu/isa.h"

#include "cpu/kern/walk.inl"

typedef struct eltwise_int {
    walk walk;
    int row; // of the table
} eltwise_int;

INLINE int32_t quotient_i32(int32_t a, int32_t b) {
    return b == 0 ? 0 : b == -1 ? (int32_t)(0 - (uint32_t)a) : a / b;
}
INLINE int64_t quotient_i64(int64_t a, int64_t b) {
    return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}
// The rest with b's sign.
INLINE int64_t modulo_i64(int64_t a, int64_t b) {
    int64_t rest = b == 0 || b == -1 ? 0 : a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

#define INT_ROWS(suffix, T, U)                                 \
    WALK_PAIR(int_add_##suffix, T, T, (T)((U)a + (U)b))        \
    WALK_PAIR(int_sub_##suffix, T, T, (T)((U)a - (U)b))        \
    WALK_PAIR(int_mul_##suffix, T, T, (T)((U)a * (U)b))        \
    WALK_PAIR(int_max_##suffix, T, T, a > b ? a : b)           \
    WALK_PAIR(int_min_##suffix, T, T, a < b ? a : b)           \
    WALK_PAIR(int_and_##suffix, T, T, a &b)                    \
    WALK_PAIR(int_or_##suffix, T, T, a | b)                    \
    WALK_PAIR(int_xor_##suffix, T, T, a ^ b)                   \
    WALK_PAIR(int_div_##suffix, T, T, quotient_##suffix(a, b)) \
    WALK_PAIR(int_mod_##suffix, T, T, modulo_i64(a, b))
INT_ROWS(i32, int32_t, uint32_t)
INT_ROWS(i64, int64_t, uint64_t)

static const struct {
    const char *op;
    walk_row *i32, *i64;
} int_rows[] = {
    {"Add", int_add_i32, int_add_i64},     {"Div", int_div_i32, int_div_i64},
    {"Max", int_max_i32, int_max_i64},     {"Min", int_min_i32, int_min_i64},
    {"Mod", int_mod_i32, int_mod_i64},     {"Mul", int_mul_i32, int_mul_i64},
    {"Sub", int_sub_i32, int_sub_i64},     {"BitwiseAnd", int_and_i32, int_and_i64},
    {"BitwiseOr", int_or_i32, int_or_i64}, {"BitwiseXor", int_xor_i32, int_xor_i64},
};

static bool int_type(tn_dtype t) { return t == TN_I32 || t == TN_I64; }

static const char *int_reject(const tn_problem *p) {
    if (p->nin != 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "not two inputs";
    if (!strcmp(p->attrs.op->name, "Mod") && tn_attr_int(p->attrs, "fmod")) return "the rest with A's sign";
    return int_type(p->in[0]->dtype) ? NULL : "only i32 and i64";
}

static void int_setup(const tn_problem *p, void *params) {
    eltwise_int *s = params;
    walk_setup(&s->walk, 2, p->in, p->out[0]);
    for (int i = 0; i < (int)(sizeof int_rows / sizeof *int_rows); i++)
        if (!strcmp(int_rows[i].op, p->attrs.op->name)) s->row = i;
}

static tn_status int_call(tn_call *c) {
    const eltwise_int *s = c->params;
    bool wide = c->out[0]->dtype == TN_I64;
    return walk_call(c, &s->walk, wide ? int_rows[s->row].i64 : int_rows[s->row].i32, NULL);
}

// ------------------------------------------------------------------------------------------ of one input

typedef struct int_range {
    int64_t min, max;
} int_range;

#define INT_CLIP(suffix, T)                                                                            \
    static void int_clip_##suffix(const void *user, const void *const *x, const bool *steps, void *y_, \
                                  int64_t n) {                                                         \
        const int_range *r = user;                                                                     \
        const T *from = x[0], min = (T)r->min, max = (T)r->max;                                        \
        T *y = y_;                                                                                     \
        (void)steps;                                                                                   \
        for (int64_t i = 0; i < n; i++) {                                                              \
            T v = from[i] < min ? min : from[i];                                                       \
            y[i] = v > max ? max : v;                                                                  \
        }                                                                                              \
    }
INT_CLIP(i32, int32_t)
INT_CLIP(i64, int64_t)

#define INT_ONE_ROW(name, T, expr)                                                                     \
    static void name(const void *user, const void *const *x, const bool *steps, void *y_, int64_t n) { \
        const T *from = x[0];                                                                          \
        T *y = y_;                                                                                     \
        (void)user, (void)steps;                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                              \
            T a = from[i];                                                                             \
            y[i] = (T)(expr);                                                                          \
        }                                                                                              \
    }
#define INT_ONE_ROWS(suffix, T, U)                              \
    INT_ONE_ROW(int_abs_##suffix, T, a < 0 ? (T)(0 - (U)a) : a) \
    INT_ONE_ROW(int_flip_##suffix, T, ~a)                       \
    INT_ONE_ROW(int_neg_##suffix, T, 0 - (U)a)                  \
    INT_ONE_ROW(int_relu_##suffix, T, a > 0 ? a : 0)            \
    INT_ONE_ROW(int_sign_##suffix, T, (a > 0) - (a < 0))
INT_ONE_ROWS(i32, int32_t, uint32_t)
INT_ONE_ROWS(i64, int64_t, uint64_t)

static void int_not(const void *user, const void *const *x, const bool *steps, void *y, int64_t n) {
    const uint8_t *from = x[0]; // bytes may be anything: x[0] would be read again for each
    (void)user, (void)steps;
    for (int64_t i = 0; i < n; i++) ((uint8_t *)y)[i] = from[i] == 0;
}

static const char *int_one_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    return int_type(p->in[0]->dtype) ? NULL : "only i32 and i64";
}

static const char *int_not_reject(const tn_problem *p) {
    return p->in[0] && p->out[0] ? NULL : "nothing to do";
}

static void int_one_setup(const tn_problem *p, void *params) { walk_setup(params, 1, p->in, p->out[0]); }

#define INT_ONE_CALL(name)                                                                          \
    static tn_status name##_call(tn_call *c) {                                                      \
        return walk_call(c, c->params, c->out[0]->dtype == TN_I64 ? name##_i64 : name##_i32, NULL); \
    }
INT_ONE_CALL(int_abs)
INT_ONE_CALL(int_flip)
INT_ONE_CALL(int_neg)
INT_ONE_CALL(int_relu)
INT_ONE_CALL(int_sign)
static tn_status int_not_call(tn_call *c) { return walk_call(c, c->params, int_not, NULL); }

// A lower bound above the upper one gives the upper one.
static tn_status int_clip_call(tn_call *c) {
    bool wide = c->out[0]->dtype == TN_I64;
    int_range r = {wide ? INT64_MIN : INT32_MIN, wide ? INT64_MAX : INT32_MAX};
    if (c->nin > 1 && c->in[1]) r.min = tni_get_int(c->in[1], 0);
    if (c->nin > 2 && c->in[2]) r.max = tni_get_int(c->in[2], 0);
    return walk_call(c, c->params, wide ? int_clip_i64 : int_clip_i32, &r);
}

#define INT_PAIR(name_, op_)                                                                        \
    {                                                                                               \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK, .doc = "runs of integers", \
                 .inplace = 3, .reject = int_reject, .params_bytes = sizeof(eltwise_int),           \
                 .setup = int_setup, .run = int_call,                                               \
    }
#define INT_ONE(name_, op_, reject_, run_)                                                              \
    {                                                                                                   \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK, .doc = "runs of integers",     \
                 .inplace = 1, .reject = reject_, .params_bytes = sizeof(walk), .setup = int_one_setup, \
                 .run = run_,                                                                           \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(eltwise_int_add) = INT_PAIR(AT("eltwise.int:Add"), "Add");
TN_KERNEL(eltwise_int_bitwise_and) = INT_PAIR(AT("eltwise.int:BitwiseAnd"), "BitwiseAnd");
TN_KERNEL(eltwise_int_bitwise_or) = INT_PAIR(AT("eltwise.int:BitwiseOr"), "BitwiseOr");
TN_KERNEL(eltwise_int_bitwise_xor) = INT_PAIR(AT("eltwise.int:BitwiseXor"), "BitwiseXor");
TN_KERNEL(eltwise_int_div) = INT_PAIR(AT("eltwise.int:Div"), "Div");
TN_KERNEL(eltwise_int_max) = INT_PAIR(AT("eltwise.int:Max"), "Max");
TN_KERNEL(eltwise_int_min) = INT_PAIR(AT("eltwise.int:Min"), "Min");
TN_KERNEL(eltwise_int_mod) = INT_PAIR(AT("eltwise.int:Mod"), "Mod");
TN_KERNEL(eltwise_int_mul) = INT_PAIR(AT("eltwise.int:Mul"), "Mul");
TN_KERNEL(eltwise_int_sub) = INT_PAIR(AT("eltwise.int:Sub"), "Sub");
TN_KERNEL(eltwise_int_clip) = INT_ONE(AT("eltwise.int:Clip"), "Clip", int_one_reject, int_clip_call);
TN_KERNEL(eltwise_int_neg) = INT_ONE(AT("eltwise.int:Neg"), "Neg", int_one_reject, int_neg_call);
TN_KERNEL(eltwise_int_not) = INT_ONE(AT("eltwise.int:Not"), "Not", int_not_reject, int_not_call);
TN_KERNEL(eltwise_int_abs) = INT_ONE(AT("eltwise.int:Abs"), "Abs", int_one_reject, int_abs_call);
TN_KERNEL(eltwise_int_bitwise_not) = INT_ONE(AT("eltwise.int:BitwiseNot"), "BitwiseNot", int_one_reject,
                                             int_flip_call);
TN_KERNEL(eltwise_int_relu) = INT_ONE(AT("eltwise.int:Relu"), "Relu", int_one_reject, int_relu_call);
TN_KERNEL(eltwise_int_sign) = INT_ONE(AT("eltwise.int:Sign"), "Sign", int_one_reject, int_sign_call);
