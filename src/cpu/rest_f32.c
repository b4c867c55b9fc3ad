// SPDX-License-Identifier: Apache-2.0
// rest_f32.c - Mod with the sign of the first operand (C's fmod) of f32: x - trunc(x / y) * y in double,
// where neither the product nor the difference rounds and the quotient's whole part is right, as long as that
// is below 2^27; what is not is left to fmod.
#include "cpu/isa.h"

#include "cpu/kern/walk.inl"

#include <float.h>
#include <math.h>

enum { REST_PIECE = 256 };

INLINE double rest_of(double x, double y, int *far) {
    double q = x / y, whole = trunc(q);
    *far |= !(fabs(q) < 0x1p27) | !(fabs(y) <= (double)FLT_MAX);
    return copysign(x - whole * y, x);
}

static void rest_row(const void *user, const void *const *x, const bool *steps, void *y_, int64_t n) {
    const float *a = x[0], *b = x[1];
    float *y = y_, left[REST_PIECE];
    int64_t a_step = steps[0], b_step = steps[1];
    (void)user;
    for (int64_t at = 0; at < n; at += REST_PIECE) {
        int64_t m = min64(REST_PIECE, n - at);
        const float *from = a + at * a_step, *by = b + at * b_step;
        int far = 0;
        if (a_step && b_step)
            for (int64_t i = 0; i < m; i++) left[i] = (float)rest_of((double)from[i], (double)by[i], &far);
        else
            for (int64_t i = 0; i < m; i++)
                left[i] = (float)rest_of((double)from[i * a_step], (double)by[i * b_step], &far);
        if (far) // y may be where a or b is: nothing of this piece is written yet
            for (int64_t i = 0; i < m; i++) left[i] = fmodf(from[i * a_step], by[i * b_step]);
        memcpy(y + at, left, (size_t)m * sizeof *y);
    }
}

static const char *rest_reject(const tn_problem *p) {
    if (!p->in[0] || !p->in[1] || !p->out[0]) return "nothing to do";
    if (!tn_attr_int(p->attrs, "fmod")) return "the rest with B's sign";
    return p->in[0]->dtype == TN_F32 ? NULL : "only f32";
}

static void rest_setup(const tn_problem *p, void *params) { walk_setup(params, 2, p->in, p->out[0]); }
static tn_status rest_call(tn_call *c) { return walk_call(c, c->params, rest_row, NULL); }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(rest_f32) = {
    TN_HERE,
    .name = AT("rest.f32"),
    .op = "Mod",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "exact rests in double",
    .inplace = 3,
    .reject = rest_reject,
    .params_bytes = sizeof(walk),
    .setup = rest_setup,
    .run = rest_call,
};
