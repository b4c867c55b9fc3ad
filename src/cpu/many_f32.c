// SPDX-License-Identifier: Apache-2.0
// many_f32.c - Max, Min, Sum and Mean of any number of broadcast inputs, and Pow. Sums are kept in double,
// as the reference keeps them.
#include "cpu/isa.h"

#include "cpu/kern/pow_row.inl"
#include "cpu/kern/walk.inl"

typedef enum many_kind { MANY_MAX, MANY_MEAN, MANY_MIN, MANY_SUM } many_kind;

typedef struct many {
    walk walk;
    many_kind kind;
} many;

enum { MANY_PIECE = 256 };

static const char *many_reject(const tn_problem *p) {
    if (p->nin < 1 || !p->out[0]) return "nothing to do";
    if (p->in[0] && p->in[0]->dtype != TN_F32) return "only f32";
    if (p->nin > WALK_IN) return "too many inputs";
    if (p->nin == 2 && strcmp(p->attrs.op->name, "Mean") != 0) return "two inputs have kernels of their own";
    return NULL;
}

static void many_setup(const tn_problem *p, void *params) {
    many *s = params;
    const char *op = p->attrs.op->name;
    walk_setup(&s->walk, p->nin, p->in, p->out[0]);
    s->kind = op[0] == 'S' ? MANY_SUM : op[1] == 'a' ? MANY_MAX : op[1] == 'e' ? MANY_MEAN : MANY_MIN;
}

static void many_fold(const many *s, double *sum, const float *x, bool steps, int64_t n) {
    if (s->kind == MANY_MAX)
        for (int64_t i = 0; i < n; i++) {
            double v = (double)x[steps ? i : 0];
            sum[i] = v > sum[i] || v != v ? v : sum[i];
        }
    else if (s->kind == MANY_MIN)
        for (int64_t i = 0; i < n; i++) {
            double v = (double)x[steps ? i : 0];
            sum[i] = v < sum[i] || v != v ? v : sum[i];
        }
    else
        for (int64_t i = 0; i < n; i++) sum[i] += (double)x[steps ? i : 0];
}

static void many_row(const void *user, const void *const *x, const bool *steps, void *y, int64_t n) {
    const many *s = user;
    double sum[MANY_PIECE], count = s->walk.inputs;
    for (int64_t at = 0; at < n; at += MANY_PIECE) {
        int64_t m = min64(MANY_PIECE, n - at);
        const float *first = (const float *)x[0] + (steps[0] ? at : 0);
        float *to = (float *)y + at;
        for (int64_t i = 0; i < m; i++) sum[i] = (double)first[steps[0] ? i : 0];
        for (int k = 1; k < s->walk.inputs; k++)
            many_fold(s, sum, (const float *)x[k] + (steps[k] ? at : 0), steps[k], m);
        for (int64_t i = 0; i < m; i++) to[i] = (float)(s->kind == MANY_MEAN ? sum[i] / count : sum[i]);
    }
}

static tn_status many_call(tn_call *c) {
    const many *s = c->params;
    return walk_call(c, &s->walk, many_row, s);
}

// -------------------------------------------------------------------------------------------------- Pow

static const char *pow_reject(const tn_problem *p) {
    if (p->nin != 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "not two inputs";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    tn_dtype e = p->in[1]->dtype;
    return e == TN_F32 || e == TN_I32 || e == TN_I64 ? NULL : "only exponents of f32, i32 and i64";
}

static void pow_setup(const tn_problem *p, void *params) { walk_setup(params, 2, p->in, p->out[0]); }

static void pow_row(const void *user, const void *const *x, const bool *steps, void *y_, int64_t n) {
    const tn_dtype *type = user;
    const float *a = x[0];
    float *y = y_;
    if (!steps[1]) {
        pow_row_by(a, steps[0], pow_exponent(*type, x[1], 0), y, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) y[i] = powf(a[steps[0] ? i : 0], pow_exponent(*type, x[1], i));
}

static tn_status pow_call(tn_call *c) { return walk_call(c, c->params, pow_row, &c->in[1]->dtype); }

#define MANY(name_, op_)                                                                                     \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK, .doc = "sums of pieces in double",  \
                 .reject = many_reject, .params_bytes = sizeof(many), .setup = many_setup, .run = many_call, \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(many_f32_max) = MANY(AT("many.f32:Max"), "Max");
TN_KERNEL(many_f32_mean) = MANY(AT("many.f32:Mean"), "Mean");
TN_KERNEL(many_f32_min) = MANY(AT("many.f32:Min"), "Min");
TN_KERNEL(many_f32_pow) = {
    TN_HERE,
    .name = AT("many.f32:Pow"),
    .op = "Pow",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "products and roots for common exponents",
    .inplace = 1,
    .reject = pow_reject,
    .params_bytes = sizeof(walk),
    .setup = pow_setup,
    .run = pow_call,
};
TN_KERNEL(many_f32_sum) = MANY(AT("many.f32:Sum"), "Sum");
