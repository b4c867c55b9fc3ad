// SPDX-License-Identifier: Apache-2.0
// det.c - Det: the determinants of a batch of square matrices, by Gaussian elimination with row pivoting.
#include "op/eliminate.h"

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    TN_TRY(tni_want_dim(c, x->dim[x->rank - 1], x->dim[x->rank - 2], "number of columns of the matrices"));
    tni_shape_out(c, 0, x->dtype, x->rank - 2, x->dim);
    return TN_OK;
}

static double determinant(double *a, int64_t *pivot, int64_t n) { // a: [n,n], overwritten
    double det = 1;
    tni_eliminate(a, pivot, n, n);
    for (int64_t k = 0; k < n; k++) {
        double top = a[k * n + k];
        if (top == 0) return 0;
        det *= pivot[k] == k ? top : -top;
    }
    return det;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    if (!y) return TN_OK;
    int64_t n = x->dim[x->rank - 1], count = tn_count(y);
    double *a = tni_scratch(c, count ? n * n : 0, sizeof *a);
    int64_t *pivot = tni_scratch(c, count ? n : 0, sizeof *pivot);
    if (!a || !pivot) return TN_NOMEM;
    for (int64_t i = 0; i < count; i++) {
        tni_load(a, x, i * n * n, 1, n * n);
        double det = determinant(a, pivot, n);
        tni_store(y, i, 1, 1, &det);
    }
    return TN_OK;
}

TN_OP(det) = {
    TN_HERE,
    .name = "Det",
    .since = 22,
    .first = 11,
    .doc = "determinants of square matrices",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .infer = infer,
    .ref = ref,
};
