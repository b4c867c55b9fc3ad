// SPDX-License-Identifier: Apache-2.0
// det.c - Det: the determinants of a batch of square matrices, by Gaussian elimination with row pivoting.
#include "op/buffer.h"

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    TN_TRY(tni_want_dim(c, x->dim[x->rank - 1], x->dim[x->rank - 2], "number of columns of the matrices"));
    tni_shape_out(c, 0, x->dtype, x->rank - 2, x->dim);
    return TN_OK;
}

static void swap_rows(double *a, double *b, int64_t n) {
    for (int64_t k = 0; k < n; k++) {
        double t = a[k];
        a[k] = b[k];
        b[k] = t;
    }
}

// Row of the largest element of column k at or below row k; a NaN counts as largest.
static int64_t pivot(const double *a, int64_t n, int64_t k) {
    int64_t best = k;
    for (int64_t i = k; i < n; i++)
        if (fabs(a[i * n + k]) > fabs(a[best * n + k]) || isnan(a[i * n + k])) best = i;
    return best;
}

static double determinant(double *a, int64_t n) { // a: [n,n], overwritten
    double det = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t p = pivot(a, n, k);
        if (p != k) {
            swap_rows(a + p * n, a + k * n, n);
            det = -det;
        }
        double top = a[k * n + k];
        det *= top;
        if (top == 0) return 0;
        for (int64_t i = k + 1; i < n; i++) {
            double f = a[i * n + k] / top;
            for (int64_t j = k; j < n; j++) a[i * n + j] -= f * a[k * n + j];
        }
    }
    return det;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    if (!y) return TN_OK;
    int64_t n = x->dim[x->rank - 1], count = tn_count(y);
    double *a = tni_scratch(c, count ? n * n : 0, sizeof *a);
    if (!a) return TN_NOMEM;
    for (int64_t i = 0; i < count; i++) {
        tni_load(a, x, i * n * n, 1, n * n);
        double det = determinant(a, n);
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
