// SPDX-License-Identifier: Apache-2.0
// gemm_problem.inl - what the kernels for MatMul, Gemm and tn.Gemm share: Y = act(alpha A B + beta C + Z) of
// batches that are broadcast, as sizes and strides.
#ifndef TN_CPU_GEMM_PROBLEM_INL
#define TN_CPU_GEMM_PROBLEM_INL

#include "cpu/kern/convert.inl"
#include "cpu/kern/fused.inl"
#include "cpu/kern/vec.h"

#include "ir/tensor.h"

typedef enum gemm_bias { BIAS_NONE, BIAS_ROW, BIAS_COLUMN, BIAS_FULL, BIAS_ODD } gemm_bias;

typedef struct gemm {
    tn_dtype type, b_type;
    int64_t batch, m, n, k;            // Y [batch,m,n]
    int64_t a_row, a_k, b_k, b_column; // element strides within a matrix
    int rank;                          // of the batch
    int64_t dim[TN_MAX_RANK], a_step[TN_MAX_RANK], b_step[TN_MAX_RANK];
    float alpha, beta;
    gemm_bias bias;
    act act;
    bool packed, in_place; // B: packed at build time, in its own type; read where it lies
    int64_t batches;       // of a round
    int64_t panels;        // of A in a round
} gemm;

static bool gemm_has(const tn_problem *p, const char *name) {
    for (size_t i = 0; i < sizeof p->attrs.op->attrs / sizeof *p->attrs.op->attrs; i++) {
        if (!p->attrs.op->attrs[i].name) return false;
        if (!strcmp(p->attrs.op->attrs[i].name, name)) return true;
    }
    return false;
}

static bool gemm_flag(const tn_problem *p, const char *name) {
    return gemm_has(p, name) && tn_attr_int(p->attrs, name) != 0;
}

static float gemm_factor(const tn_problem *p, const char *name) {
    return gemm_has(p, name) ? (float)tn_attr_float(p->attrs, name) : 1.0f;
}

// How C [..] lies over Y: tni_broadcast_strides says which of Y's axes it repeats along.
static gemm_bias gemm_bias_kind(const tn_tensor *c, const tn_tensor *y) {
    int64_t stride[TN_MAX_RANK];
    int rank = y->rank;
    if (!c) return BIAS_NONE;
    if (rank > 0 && tn_count(c) == y->dim[rank - 1] && tn_count(y) == tn_count(c))
        return BIAS_COLUMN; // one row
    if (tn_count(c) == tn_count(y)) return BIAS_FULL;
    if (rank < 2) return BIAS_ODD;
    tni_broadcast_strides(c, rank, y->dim, stride);
    bool batched = false;
    for (int i = 0; i < rank - 2; i++) batched |= stride[i] != 0;
    if (batched) return BIAS_ODD;
    if (stride[rank - 2] == 0) return BIAS_COLUMN;
    return stride[rank - 1] == 0 && rank == 2 ? BIAS_ROW : BIAS_ODD;
}

static const tn_tensor *gemm_in(int nin, const tn_tensor *const *in, int i) { return i < nin ? in[i] : NULL; }

static const char *gemm_reject(const tn_problem *p) {
    act a;
    if (p->nin < 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "an input is missing";
    tn_dtype t = p->in[0]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    t = p->in[1]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only B of f32, f16 and bf16";
    if (p->in[0]->rank < 1 || p->in[1]->rank < 1) return "a scalar input";
    const tn_tensor *c = gemm_in(p->nin, p->in, 2), *z = gemm_in(p->nin, p->in, 3);
    if (gemm_bias_kind(c, p->out[0]) == BIAS_ODD) return "C is broadcast in a way it does not know";
    if (z && tn_count(z) != tn_count(p->out[0])) return "Z is broadcast";
    if (c && z && gemm_bias_kind(c, p->out[0]) == BIAS_FULL) return "both C and Z are matrices";
    if (!fused_act(p, &a)) return "an activation it does not know";
    return NULL;
}

static void gemm_shape(const tn_problem *p, gemm *g) {
    const tn_tensor *a = p->in[0], *b = p->in[1];
    bool ta = gemm_flag(p, "transA") && a->rank > 1, tb = gemm_flag(p, "transB") && b->rank > 1;
    int64_t a_columns = a->dim[a->rank - 1], a_rows = a->rank > 1 ? a->dim[a->rank - 2] : 1;
    int64_t b_rows = b->rank > 1 ? b->dim[b->rank - 2] : b->dim[0];
    int64_t b_columns = b->rank > 1 ? b->dim[b->rank - 1] : 1;
    *g = (gemm){.type = a->dtype,
                .b_type = b->dtype,
                .m = ta ? a_columns : a_rows,
                .k = ta ? a_rows : a_columns,
                .n = tb ? b_rows : b_columns,
                .a_row = ta ? 1 : a_columns,
                .a_k = ta ? a_columns : 1,
                .b_k = tb ? 1 : b_columns,
                .b_column = tb ? b_columns : 1};
    g->alpha = gemm_factor(p, "alpha");
    g->beta = gemm_factor(p, "beta");
    g->bias = gemm_bias_kind(gemm_in(p->nin, p->in, 2), p->out[0]);
    fused_act(p, &g->act);
}

// Batches: Y's leading axes, with A's and B's steps along each.
static void gemm_batches(const tn_problem *p, gemm *g) {
    const tn_tensor *a = p->in[0], *b = p->in[1];
    int ra = a->rank > 2 ? a->rank - 2 : 0, rb = b->rank > 2 ? b->rank - 2 : 0;
    int64_t a_size = g->m * g->k, b_size = g->k * g->n;
    g->batch = 1;
    g->rank = ra > rb ? ra : rb;
    for (int d = g->rank - 1; d >= 0; d--) {
        int64_t da = d >= g->rank - ra ? a->dim[d - (g->rank - ra)] : 1;
        int64_t db = d >= g->rank - rb ? b->dim[d - (g->rank - rb)] : 1;
        g->dim[d] = da == 1 ? db : da;
        g->a_step[d] = da == 1 ? 0 : a_size;
        g->b_step[d] = db == 1 ? 0 : b_size;
        a_size *= da;
        b_size *= db;
        g->batch *= g->dim[d];
    }
    bool one_b = tn_count(b) == g->k * g->n;
    if (one_b && g->a_k == 1 && g->a_row == g->k &&
        tn_count(a) == g->batch * g->m * g->k) { // A's batches are rows
        g->m *= g->batch;
        g->batch = 1;
        g->rank = 0;
    }
}

// Room for beta C where it is a row (for whole tiles of `columns` columns) or a column, in floats.
static int64_t gemm_bias_count(const gemm *g, int64_t columns) {
    int64_t n = g->bias == BIAS_COLUMN ? ceil_div(g->n, columns) * columns : g->bias == BIAS_ROW ? g->m : 0;
    return ceil_div(n, 16) * 16;
}
static const float *gemm_bias_fill(const gemm *g, const tn_tensor *c, int64_t count, float *to) {
    int64_t n = min64(count, g->bias == BIAS_ROW ? g->m : g->n), step = c && tn_count(c) == 1 ? 0 : 1;
    for (int64_t i = 0; i < n; i++) to[i] = g->beta * scalar_from(g->type, c->data, i * step);
    for (int64_t i = n; i < count; i++) to[i] = 0;
    return to;
}

// Offset of matrix `batch` of A or B.
INLINE int64_t gemm_matrix(const gemm *g, int64_t batch, const int64_t *step) {
    int64_t at = 0;
    for (int d = g->rank - 1; d >= 0; d--) {
        at += batch % g->dim[d] * step[d];
        batch /= g->dim[d];
    }
    return at;
}

#endif
