// SPDX-License-Identifier: Apache-2.0
// matmul_i8_problem.inl - what the kernels for QLinearMatMul and MatMulInteger share: sizes, batches that are
// broadcast, and where the inputs are.
#ifndef TN_CPU_MATMUL_I8_PROBLEM_INL
#define TN_CPU_MATMUL_I8_PROBLEM_INL

#include "cpu/kern/int8.inl"

typedef struct matmul_i8 {
    tn_dtype a_type, b_type;
    int b, a_zero, b_zero;                                              // which inputs these are
    bool scaled;                                                        // QLinearMatMul
    int64_t batch, m, n, k;                                             // Y [batch,m,n]
    int64_t a_batch, b_batch;                                           // matrices
    int rank;                                                           // of the batch
    int64_t dim[TN_MAX_RANK], a_step[TN_MAX_RANK], b_step[TN_MAX_RANK]; // in matrices
    bool packed;
} matmul_i8;

static const tn_tensor *matmul_i8_in(int nin, const tn_tensor *const *in, int i) {
    return i < nin ? in[i] : NULL;
}

// Zero points by row of A or by column of B, or one.
static bool matmul_i8_points(const tn_tensor *t, int64_t many) {
    return !t || tn_count(t) == 1 || (t->rank == 1 && tn_count(t) == many);
}

static void matmul_i8_setup(const tn_problem *p, void *params) {
    matmul_i8 *s = params;
    bool scaled = p->attrs.op->name[0] == 'Q';
    const tn_tensor *a = p->in[0], *b = p->in[scaled ? 3 : 1];
    *s = (matmul_i8){.a_type = a->dtype, .b_type = b->dtype, .scaled = scaled, .b = scaled ? 3 : 1};
    s->a_zero = 2;
    s->b_zero = scaled ? 5 : 3;
    s->k = a->dim[a->rank - 1];
    s->m = a->rank > 1 ? a->dim[a->rank - 2] : 1;
    s->n = b->rank > 1 ? b->dim[b->rank - 1] : 1;
    s->batch = s->a_batch = s->b_batch = 1;
    int ra = a->rank > 2 ? a->rank - 2 : 0, rb = b->rank > 2 ? b->rank - 2 : 0;
    s->rank = ra > rb ? ra : rb;
    for (int d = s->rank - 1; d >= 0; d--) {
        int64_t da = d >= s->rank - ra ? a->dim[d - (s->rank - ra)] : 1;
        int64_t db = d >= s->rank - rb ? b->dim[d - (s->rank - rb)] : 1;
        s->dim[d] = da == 1 ? db : da;
        s->a_step[d] = da == 1 ? 0 : s->a_batch;
        s->b_step[d] = db == 1 ? 0 : s->b_batch;
        s->a_batch *= da;
        s->b_batch *= db;
        s->batch *= s->dim[d];
    }
    const tn_tensor *points = matmul_i8_in(p->nin, p->in, s->b_zero);
    s->packed = b->data && (!points || points->data) && s->b_batch == 1;
}

static const char *matmul_i8_reject(const tn_problem *p) {
    matmul_i8 s;
    bool scaled = p->attrs.op->name[0] == 'Q';
    if (p->nin < (scaled ? 8 : 2) || !p->in[0] || !p->in[scaled ? 3 : 1] || !p->out[0])
        return "an input is missing";
    if (!p->in[0]->rank || !p->in[scaled ? 3 : 1]->rank) return "a scalar input";
    matmul_i8_setup(p, &s);
    if (!matmul_i8_points(matmul_i8_in(p->nin, p->in, s.a_zero), s.m) ||
        !matmul_i8_points(matmul_i8_in(p->nin, p->in, s.b_zero), s.n))
        return "zero points of a shape it does not know";
    return NULL;
}

static int64_t matmul_i8_matrix(const matmul_i8 *s, int64_t batch, const int64_t *step) {
    int64_t at = 0;
    for (int d = s->rank - 1; d >= 0; d--) {
        at += batch % s->dim[d] * step[d];
        batch /= s->dim[d];
    }
    return at;
}

static const float *matmul_i8_scales(const tn_tensor *t, int64_t n, int64_t room, float *to) {
    for (int64_t i = 0; i < room; i++) to[i] = i < n ? (float)tni_get(t, tn_count(t) > 1 ? i : 0) : 1;
    return to;
}

#endif
