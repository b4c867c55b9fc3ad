// SPDX-License-Identifier: Apache-2.0
// lu.c - A = P L U by Gauss's elimination with rows exchanged, each of a batch, in double. L and U lie in one
// matrix, and the exchanges count from 1, as LAPACK's getrf has them: step i exchanged row i with row
// pivots[i].
#include "op/eliminate.h"

// matrices [..., m, n]: LU of the same shape, pivots [..., min(m, n)]
static tn_status lu_infer(tn_infer *c) {
    const tn_type *a = &c->in[0]->type;
    tn_dim dim[TN_MAX_RANK];
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    if (a->rank < 0) {
        tni_shape_unknown(c, 0, a->dtype);
        if (c->nout > 1) tni_shape_unknown(c, 1, TN_I32);
        return TN_OK;
    }
    for (int d = 0; d < a->rank - 1; d++) dim[d] = a->dim[d];
    dim[a->rank - 2] = tn_dim_min(c->dims, a->dim[a->rank - 2], a->dim[a->rank - 1]);
    tni_shape_out(c, 0, a->dtype, a->rank, a->dim);
    if (c->nout > 1) tni_shape_out(c, 1, TN_I32, a->rank - 1, dim);
    return TN_OK;
}

static tn_status lu_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    int64_t m = x->dim[x->rank - 2], n = x->dim[x->rank - 1], size = m * n, k = m < n ? m : n;
    double *a = tni_scratch(c, size, sizeof *a);
    int64_t *pivot = tni_scratch(c, k, sizeof *pivot);
    if (!a || !pivot) return TN_NOMEM;
    for (int64_t i = 0; i < tn_count_range(x, 0, x->rank - 2); i++) {
        tni_load(a, x, i * size, 1, size);
        tni_eliminate(a, pivot, m, n);
        if (c->out[0]) tni_store(c->out[0], i * size, 1, size, a);
        for (int64_t r = 0; c->nout > 1 && c->out[1] && r < k; r++)
            tni_set_int(c->out[1], i * k + r, pivot[r] + 1);
    }
    return TN_OK;
}

// pivots [..., k] and the matrices [..., m, n] that they belong to: rows [..., m]
static tn_status rows_infer(tn_infer *c) {
    const tn_type *p = &c->in[0]->type, *a = &c->in[1]->type;
    tn_dim dim[TN_MAX_RANK];
    TN_TRY(tni_want_rank(c, 0, "the pivots", 1, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "the matrices", 2, TN_MAX_RANK));
    if (p->rank < 0 || a->rank < 0) {
        tni_shape_unknown(c, 0, TN_I64);
        return TN_OK;
    }
    if (a->rank != p->rank + 1)
        return tn_infer_fail(c, "pivots of rank %d do not belong to matrices of rank %d", p->rank, a->rank);
    for (int d = 0; d < p->rank - 1; d++) {
        dim[d] = p->dim[d];
        TN_TRY(tni_want_dim(c, a->dim[d], p->dim[d], "a dimension of the batch"));
    }
    dim[p->rank - 1] = a->dim[a->rank - 2];
    tni_shape_out(c, 0, TN_I64, p->rank, dim);
    return TN_OK;
}

static tn_status rows_ref(tn_call *c) {
    const tn_tensor *p = c->in[0], *y = c->out[0];
    int64_t k = p->dim[p->rank - 1], m = y->dim[y->rank - 1];
    int64_t *row = tni_scratch(c, m, sizeof *row);
    if (!row) return TN_NOMEM;
    for (int64_t i = 0; i < tn_count_range(p, 0, p->rank - 1); i++) {
        for (int64_t r = 0; r < m; r++) row[r] = r;
        for (int64_t r = 0; r < k && r < m; r++) {
            int64_t with = tni_get_int(p, i * k + r) - 1, was = row[r];
            if (with < 0 || with >= m)
                return tn_call_fail(c, TN_INVALID, "pivot %lld is none of %lld rows", (long long)with + 1,
                                    (long long)m);
            row[r] = row[with];
            row[with] = was;
        }
        for (int64_t r = 0; r < m; r++) tni_set_int(c->out[0], i * m + r, row[r]);
    }
    return TN_OK;
}

#define REALS (TN_BIT(TN_F32) | TN_BIT(TN_F64))

TN_OP(tn_lu) = {
    TN_HERE,
    .name = "LU",
    .domain = "tn",
    .since = 1,
    .doc = "A = P L U with L (whose diagonal is 1) and U in one matrix, and the exchanges of rows that P is",
    .in = {{"A", "T"}},
    .out = {{"LU", "T"}, {"pivots", "i32"}},
    .types = {{"T", REALS}},
    .infer = lu_infer,
    .ref = lu_ref,
};

TN_OP(tn_pivot_rows) = {
    TN_HERE,
    .name = "PivotRows",
    .domain = "tn",
    .since = 1,
    .doc = "which row of A each row of L U is, by the exchanges that LU made",
    .in = {{"pivots", "i32"}, {"LU", "T"}},
    .out = {{"rows", "i64"}},
    .types = {{"T", REALS}},
    .infer = rows_infer,
    .ref = rows_ref,
};
