// SPDX-License-Identifier: Apache-2.0
// eltwise_f32.c - functions of one element, and of two with broadcasting (rows_f32.inl). The output is cut
// into pieces of PIECE elements; f16 and bf16 are widened piece by piece on the stack.
#include "cpu/isa.h"

#include "cpu/kern/convert.inl"
#include "cpu/kern/rows_f32.inl"

#include "ir/tensor.h"

enum { PIECE = 512, TASK = 16 * PIECE };

static bool eltwise_type(tn_dtype t) { return t == TN_F32 || t == TN_F16 || t == TN_BF16; }

// ---------------------------------------------------------------------------------------- of one element

typedef struct unary {
    tn_dtype type;
    int64_t n;
    act act;
} unary;

static const char *unary_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    return eltwise_type(p->in[0]->dtype) ? NULL : "only f32, f16 and bf16";
}

static void unary_setup(const tn_problem *p, void *params) {
    unary *u = params;
    *u = (unary){.type = p->in[0]->dtype, .n = tn_count(p->in[0]), .act = act_of(p->attrs)};
}

typedef struct unary_run {
    const unary *u;
    act act;
    const void *x;
    void *y;
} unary_run;

static void unary_task(void *arg, int64_t i, int worker) {
    const unary_run *r = arg;
    int64_t first = i * TASK, last = min64(first + TASK, r->u->n);
    tn_dtype type = r->u->type;
    (void)worker;
    if (type == TN_F32) {
        act_row(r->act, (const float *)r->x + first, (float *)r->y + first, last - first);
        return;
    }
    for (int64_t at = first; at < last; at += PIECE) {
        float piece[PIECE];
        int64_t n = min64(PIECE, last - at);
        row_from(type, r->x, at, piece, n);
        act_row(r->act, piece, piece, n);
        row_to(type, piece, r->y, at, n);
    }
}

static tn_status unary_call(tn_call *c) {
    const unary *u = c->params;
    unary_run r = {u, u->act, c->in[0]->data, c->out[0]->data};
    if (u->act.kind == ACT_CLAMP && !strcmp(c->attrs.op->name, "Clip")) { // bounds are inputs
        bool lo = c->nin > 1 && c->in[1], hi = c->nin > 2 && c->in[2];
        r.act.alpha = lo ? scalar_from(u->type, c->in[1]->data, 0) : -INFINITY;
        r.act.beta = hi ? scalar_from(u->type, c->in[2]->data, 0) : INFINITY;
    }
    tn_call_parallel(c, ceil_div(u->n, TASK), unary_task, &r);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------- of two elements

typedef struct binary {
    tn_dtype type;
    binary_kind kind;
    int64_t n, inner; // elements; of the innermost loop
    int64_t a_inner, b_inner;
    int rank; // of the loops around it, outermost first
    int64_t dim[TN_MAX_RANK], a_step[TN_MAX_RANK], b_step[TN_MAX_RANK];
} binary;

static const char *binary_reject(const tn_problem *p) {
    if (p->nin != 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "not two inputs";
    return eltwise_type(p->in[0]->dtype) ? NULL : "only f32, f16 and bf16";
}

// Neighbouring axes along which both inputs go on (or both repeat) become one.
static void binary_setup(const tn_problem *p, void *params) {
    binary *b = params;
    const tn_tensor *y = p->out[0];
    int64_t sa[TN_MAX_RANK], sb[TN_MAX_RANK];
    *b = (binary){.type = p->in[0]->dtype, .n = tn_count(y), .inner = 1, .a_inner = 1, .b_inner = 1};
    (void)binary_of(p->attrs.op, &b->kind);
    tni_broadcast_strides(p->in[0], y->rank, y->dim, sa);
    tni_broadcast_strides(p->in[1], y->rank, y->dim, sb);
    int64_t dim[TN_MAX_RANK], a[TN_MAX_RANK], c[TN_MAX_RANK]; // innermost first
    int n = 0;
    for (int d = y->rank - 1; d >= 0; d--) {
        if (y->dim[d] == 1) continue;
        if (n && sa[d] == a[n - 1] * dim[n - 1] && sb[d] == c[n - 1] * dim[n - 1]) {
            dim[n - 1] *= y->dim[d];
            continue;
        }
        dim[n] = y->dim[d];
        a[n] = sa[d];
        c[n++] = sb[d];
    }
    if (n) b->inner = dim[0], b->a_inner = a[0], b->b_inner = c[0];
    b->rank = n > 0 ? n - 1 : 0;
    for (int i = 1; i < n; i++) {
        b->dim[n - 1 - i] = dim[i];
        b->a_step[n - 1 - i] = a[i];
        b->b_step[n - 1 - i] = c[i];
    }
}

typedef struct binary_run {
    const binary *b;
    const void *x0, *x1;
    void *y;
} binary_run;

static const float *binary_piece(tn_dtype type, const void *x, int64_t at, bool steps, int64_t n,
                                 float *piece) {
    if (type == TN_F32) return (const float *)x + at;
    row_from(type, x, at, piece, steps ? n : 1);
    return piece;
}

static void binary_run_piece(const binary_run *r, int64_t a, int64_t b, int64_t y, int64_t n) {
    float pa[PIECE], pb[PIECE], py[PIECE];
    const binary *s = r->b;
    bool sa = s->a_inner != 0, sb = s->b_inner != 0, narrow = s->type != TN_F32;
    int64_t most = narrow ? PIECE : n;
    for (int64_t at = 0; at < n; at += most) {
        int64_t m = min64(most, n - at);
        const float *xa = binary_piece(s->type, r->x0, a + (sa ? at : 0), sa, m, pa);
        const float *xb = binary_piece(s->type, r->x1, b + (sb ? at : 0), sb, m, pb);
        binary_row(s->kind, xa, sa, xb, sb, narrow ? py : (float *)r->y + y + at, m);
        if (narrow) row_to(s->type, py, r->y, y + at, m);
    }
}

static void binary_task(void *arg, int64_t i, int worker) {
    const binary_run *r = arg;
    const binary *s = r->b;
    (void)worker;
    for (int64_t at = i * TASK, last = min64(at + TASK, s->n), n; at < last; at += n) {
        int64_t row = at / s->inner, column = at % s->inner, a = 0, b = 0;
        n = min64(s->inner - column, last - at);
        for (int d = s->rank - 1; d >= 0; d--) {
            a += row % s->dim[d] * s->a_step[d];
            b += row % s->dim[d] * s->b_step[d];
            row /= s->dim[d];
        }
        binary_run_piece(r, a + column * s->a_inner, b + column * s->b_inner, at, n);
    }
}

static tn_status binary_call(tn_call *c) {
    const binary *b = c->params;
    binary_run r = {b, c->in[0]->data, c->in[1]->data, c->out[0]->data};
    tn_call_parallel(c, ceil_div(b->n, TASK), binary_task, &r);
    return TN_OK;
}

#define UNARY(name_, op_, domain_)                                                             \
    {                                                                                          \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK,    \
                 .doc = "vectors, 8192 elements a task", .inplace = 1, .reject = unary_reject, \
                 .params_bytes = sizeof(unary), .setup = unary_setup, .run = unary_call,       \
    }
#define BINARY(name_, op_)                                                                       \
    {                                                                                            \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                         \
                 .doc = "vectors along the axes that both inputs share", .inplace = 3,           \
                 .reject = binary_reject, .params_bytes = sizeof(binary), .setup = binary_setup, \
                 .run = binary_call,                                                             \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(eltwise_f32_abs) = UNARY(AT("eltwise.f32:Abs"), "Abs", NULL);
TN_KERNEL(eltwise_f32_ceil) = UNARY(AT("eltwise.f32:Ceil"), "Ceil", NULL);
TN_KERNEL(eltwise_f32_clip) = UNARY(AT("eltwise.f32:Clip"), "Clip", NULL);
TN_KERNEL(eltwise_f32_cos) = UNARY(AT("eltwise.f32:Cos"), "Cos", NULL);
TN_KERNEL(eltwise_f32_elu) = UNARY(AT("eltwise.f32:Elu"), "Elu", NULL);
TN_KERNEL(eltwise_f32_erf) = UNARY(AT("eltwise.f32:Erf"), "Erf", NULL);
TN_KERNEL(eltwise_f32_exp) = UNARY(AT("eltwise.f32:Exp"), "Exp", NULL);
TN_KERNEL(eltwise_f32_floor) = UNARY(AT("eltwise.f32:Floor"), "Floor", NULL);
TN_KERNEL(eltwise_f32_gelu) = UNARY(AT("eltwise.f32:Gelu"), "Gelu", NULL);
TN_KERNEL(eltwise_f32_hardsigmoid) = UNARY(AT("eltwise.f32:HardSigmoid"), "HardSigmoid", NULL);
TN_KERNEL(eltwise_f32_hardswish) = UNARY(AT("eltwise.f32:HardSwish"), "HardSwish", NULL);
TN_KERNEL(eltwise_f32_leakyrelu) = UNARY(AT("eltwise.f32:LeakyRelu"), "LeakyRelu", NULL);
TN_KERNEL(eltwise_f32_log) = UNARY(AT("eltwise.f32:Log"), "Log", NULL);
TN_KERNEL(eltwise_f32_mish) = UNARY(AT("eltwise.f32:Mish"), "Mish", NULL);
TN_KERNEL(eltwise_f32_neg) = UNARY(AT("eltwise.f32:Neg"), "Neg", NULL);
TN_KERNEL(eltwise_f32_reciprocal) = UNARY(AT("eltwise.f32:Reciprocal"), "Reciprocal", NULL);
TN_KERNEL(eltwise_f32_relu) = UNARY(AT("eltwise.f32:Relu"), "Relu", NULL);
TN_KERNEL(eltwise_f32_round) = UNARY(AT("eltwise.f32:Round"), "Round", NULL);
TN_KERNEL(eltwise_f32_selu) = UNARY(AT("eltwise.f32:Selu"), "Selu", NULL);
TN_KERNEL(eltwise_f32_sigmoid) = UNARY(AT("eltwise.f32:Sigmoid"), "Sigmoid", NULL);
TN_KERNEL(eltwise_f32_sign) = UNARY(AT("eltwise.f32:Sign"), "Sign", NULL);
TN_KERNEL(eltwise_f32_sin) = UNARY(AT("eltwise.f32:Sin"), "Sin", NULL);
TN_KERNEL(eltwise_f32_softplus) = UNARY(AT("eltwise.f32:Softplus"), "Softplus", NULL);
TN_KERNEL(eltwise_f32_softsign) = UNARY(AT("eltwise.f32:Softsign"), "Softsign", NULL);
TN_KERNEL(eltwise_f32_sqrt) = UNARY(AT("eltwise.f32:Sqrt"), "Sqrt", NULL);
TN_KERNEL(eltwise_f32_swish) = UNARY(AT("eltwise.f32:Swish"), "Swish", NULL);
TN_KERNEL(eltwise_f32_tanh) = UNARY(AT("eltwise.f32:Tanh"), "Tanh", NULL);
TN_KERNEL(eltwise_f32_thresholdedrelu) = UNARY(AT("eltwise.f32:ThresholdedRelu"), "ThresholdedRelu", NULL);
TN_KERNEL(eltwise_f32_add) = BINARY(AT("eltwise.f32:Add"), "Add");
TN_KERNEL(eltwise_f32_div) = BINARY(AT("eltwise.f32:Div"), "Div");
TN_KERNEL(eltwise_f32_max) = BINARY(AT("eltwise.f32:Max"), "Max");
TN_KERNEL(eltwise_f32_min) = BINARY(AT("eltwise.f32:Min"), "Min");
TN_KERNEL(eltwise_f32_mul) = BINARY(AT("eltwise.f32:Mul"), "Mul");
TN_KERNEL(eltwise_f32_prelu) = BINARY(AT("eltwise.f32:PRelu"), "PRelu");
TN_KERNEL(eltwise_f32_sub) = BINARY(AT("eltwise.f32:Sub"), "Sub");
TN_KERNEL(eltwise_f32_sum) = BINARY(AT("eltwise.f32:Sum"), "Sum");
