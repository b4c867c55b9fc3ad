// SPDX-License-Identifier: Apache-2.0
// factor.c - decompositions of matrices, each of a batch, in double: Cholesky's, QR by Householder's
// reflections with LAPACK's signs, eigenvalues of symmetric matrices and singular values by Jacobi's
// rotations. Golub and Van Loan, "Matrix Computations", sections 4.2, 5.2, 8.5 and 8.6. The signs of
// eigenvectors and singular vectors are free.
#include "op/buffer.h"

enum { SWEEPS = 60 }; // of Jacobi's rotations at most; a dozen are usual

// ---- types: matrices [..., m, n], k the smaller of the two

static bool shape_known(tn_infer *c, int outputs, bool square, tn_status *status) {
    const tn_type *x = &c->in[0]->type;
    *status = tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK);
    if (*status == TN_OK && square && x->rank >= 2)
        *status =
            tni_want_dim(c, x->dim[x->rank - 1], x->dim[x->rank - 2], "number of columns of the matrices");
    if (*status != TN_OK) return false;
    for (int i = 0; x->rank < 0 && i < outputs; i++) tni_shape_unknown(c, i, x->dtype);
    return x->rank >= 0;
}

// Output i: the batch, then `rank` dimensions.
static void batch_of(tn_infer *c, int i, int rank, tn_dim rows, tn_dim columns) {
    const tn_type *x = &c->in[0]->type;
    tn_dim dim[TN_MAX_RANK];
    int at = x->rank - 2;
    if (i >= c->nout) return;
    for (int d = 0; d < at; d++) dim[d] = x->dim[d];
    dim[at++] = rows;
    if (rank == 2) dim[at++] = columns;
    tni_shape_out(c, i, x->dtype, at, dim);
}

static tn_status infer_square(tn_infer *c) {
    tn_status status;
    const tn_type *x = &c->in[0]->type;
    if (shape_known(c, 1, true, &status)) tni_shape_out(c, 0, x->dtype, x->rank, x->dim);
    return status;
}

static tn_status infer_eigh(tn_infer *c) {
    tn_status status;
    const tn_type *x = &c->in[0]->type;
    if (!shape_known(c, 2, true, &status)) return status;
    tn_dim n = x->dim[x->rank - 1];
    batch_of(c, 0, 1, n, n);
    batch_of(c, 1, 2, n, n);
    return TN_OK;
}

static tn_status infer_qr(tn_infer *c) {
    tn_status status;
    const tn_type *x = &c->in[0]->type;
    if (!shape_known(c, 2, false, &status)) return status;
    tn_dim m = x->dim[x->rank - 2], n = x->dim[x->rank - 1];
    tn_dim k = tn_attr_int(c->attrs, "complete") ? m : tn_dim_min(c->dims, m, n);
    batch_of(c, 0, 2, m, k);
    batch_of(c, 1, 2, k, n);
    return TN_OK;
}

static tn_status infer_svd(tn_infer *c) {
    tn_status status;
    const tn_type *x = &c->in[0]->type;
    if (!shape_known(c, 3, false, &status)) return status;
    tn_dim m = x->dim[x->rank - 2], n = x->dim[x->rank - 1], k = tn_dim_min(c->dims, m, n);
    batch_of(c, 0, 2, m, k);
    batch_of(c, 1, 1, k, k);
    batch_of(c, 2, 2, k, n);
    return TN_OK;
}

// ---- numbers whose squares, or their squares, do not fit

// Divides a[n] by a power of two so that the largest is within [1/2, 1), which is exact; returns the
// exponent.
static int scale_down(double *a, int64_t n) {
    double most = 0;
    int exponent;
    for (int64_t i = 0; i < n; i++)
        if (fabs(a[i]) > most) most = fabs(a[i]);
    if (most == 0 || isinf(most)) return 0;
    frexp(most, &exponent);
    for (int64_t i = 0; i < n; i++) a[i] = ldexp(a[i], -exponent);
    return exponent;
}

static void scale_up(double *a, int64_t n, int exponent) {
    for (int64_t i = 0; i < n; i++) a[i] = ldexp(a[i], exponent);
}

// ---- Cholesky

// a: [n,n] of which the lower triangle is read; becomes L. A matrix that is not positive definite gives NaN.
static void cholesky(double *a, int64_t n) {
    for (int64_t j = 0; j < n; j++) {
        for (int64_t i = j; i < n; i++) {
            double sum = a[i * n + j];
            for (int64_t k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sum > 0 ? sqrt(sum) : (double)NAN : sum / a[j * n + j];
        }
        for (int64_t i = 0; i < j; i++) a[i * n + j] = 0;
    }
}

static void transpose(double *to, const double *a, int64_t m, int64_t n) { // [m,n] -> [n,m]
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) to[j * m + i] = a[i * n + j];
}

typedef struct matrices {
    int64_t m, n, k, count;
} matrices;

static matrices matrices_of(const tn_tensor *x) {
    matrices s = {x->dim[x->rank - 2], x->dim[x->rank - 1], 0, 1};
    s.k = s.m < s.n ? s.m : s.n;
    for (int d = 0; d < x->rank - 2; d++) s.count *= x->dim[d];
    return s;
}

static tn_status cholesky_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    matrices s = matrices_of(x);
    int64_t size = s.n * s.n;
    bool upper = tn_attr_int(c->attrs, "upper") != 0;
    double *a = tni_scratch(c, 2 * size, sizeof *a), *b = a + size;
    if (!a) return TN_NOMEM;
    for (int64_t i = 0; i < s.count; i++) {
        tni_load(upper ? b : a, x, i * size, 1, size);
        if (upper) transpose(a, b, s.n, s.n);
        cholesky(a, s.n);
        if (upper) transpose(b, a, s.n, s.n);
        tni_store(y, i * size, 1, size, upper ? b : a);
    }
    return TN_OK;
}

// ---- QR

// Column j of `a` [m,n] below the diagonal becomes 0; the reflection I - t v v' is kept in v (v[j] = 1) and
// *t.
static void reflect(double *a, int64_t m, int64_t n, int64_t j, double *v, double *t) {
    double below = 0, top = a[j * n + j];
    for (int64_t i = j + 1; i < m; i++) below += a[i * n + j] * a[i * n + j];
    *t = 0;
    if (below == 0) return;
    double norm = sqrt(top * top + below), beta = top > 0 ? -norm : norm;
    *t = (beta - top) / beta;
    v[j] = 1;
    for (int64_t i = j + 1; i < m; i++) v[i] = a[i * n + j] / (top - beta);
    for (int64_t k = j; k < n; k++) {
        double sum = 0;
        for (int64_t i = j; i < m; i++) sum += v[i] * a[i * n + k];
        for (int64_t i = j; i < m; i++) a[i * n + k] -= *t * sum * v[i];
    }
    for (int64_t i = j + 1; i < m; i++) a[i * n + j] = 0;
}

// a: [m,n] becomes R; q: [m,columns]; v: [k,m] and t: [k] are room.
static void qr(double *a, double *q, matrices s, int64_t columns, double *v, double *t) {
    for (int64_t j = 0; j < s.k; j++) reflect(a, s.m, s.n, j, v + j * s.m, &t[j]);
    for (int64_t i = 0; i < s.m; i++)
        for (int64_t j = 0; j < columns; j++) q[i * columns + j] = i == j;
    for (int64_t j = s.k; j-- > 0;)
        for (int64_t k = j; k < columns && t[j] != 0; k++) {
            const double *w = v + j * s.m;
            double sum = 0;
            for (int64_t i = j; i < s.m; i++) sum += w[i] * q[i * columns + k];
            for (int64_t i = j; i < s.m; i++) q[i * columns + k] -= t[j] * sum * w[i];
        }
}

static tn_status qr_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    matrices s = matrices_of(x);
    int64_t columns = tn_attr_int(c->attrs, "complete") ? s.m : s.k, size = s.m * s.n;
    double *a = tni_scratch(c, size + s.m * columns + s.k * s.m + s.k, sizeof *a);
    if (!a) return TN_NOMEM;
    double *q = a + size, *v = q + s.m * columns, *t = v + s.k * s.m;
    for (int64_t i = 0; i < s.count; i++) {
        tni_load(a, x, i * size, 1, size);
        int exponent = scale_down(a, size);
        qr(a, q, s, columns, v, t);
        scale_up(a, size, exponent);
        if (c->out[0]) tni_store(c->out[0], i * s.m * columns, 1, s.m * columns, q);
        if (c->nout > 1 && c->out[1]) tni_store(c->out[1], i * columns * s.n, 1, columns * s.n, a);
    }
    return TN_OK;
}

// ---- rotations

// The rotation that makes b 0 in [[a, b], [b, d]].
static void rotation(double a, double b, double d, double *cosine, double *sine) {
    double tau = (d - a) / (2 * b), t = (tau < 0 ? -1 : 1) / (fabs(tau) + sqrt(1 + tau * tau));
    *cosine = 1 / sqrt(1 + t * t);
    *sine = t * *cosine;
}

// Elements of two rows, or columns, that lie `step` apart.
static void rotate(double *x, double *y, int64_t step, int64_t n, double cosine, double sine) {
    for (int64_t i = 0; i < n; i++) {
        double a = x[i * step], b = y[i * step];
        x[i * step] = cosine * a - sine * b;
        y[i * step] = sine * a + cosine * b;
    }
}

static void identity(double *v, int64_t n) {
    for (int64_t i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
}

// ---- eigenvalues

// a: [n,n] symmetric, its diagonal becomes the eigenvalues; rows of v: their vectors.
static void eigen(double *a, double *v, int64_t n) {
    identity(v, n);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool moved = false;
        for (int64_t p = 0; p < n; p++)
            for (int64_t q = p + 1; q < n; q++) {
                double cosine, sine, b = a[p * n + q];
                if (fabs(b) <= 1e-16 * sqrt(fabs(a[p * n + p] * a[q * n + q])) + 1e-300) continue;
                moved = true;
                rotation(a[p * n + p], b, a[q * n + q], &cosine, &sine);
                rotate(a + p, a + q, n, n, cosine, sine);
                rotate(a + p * n, a + q * n, 1, n, cosine, sine);
                rotate(v + p * n, v + q * n, 1, n, cosine, sine);
            }
        if (!moved) return;
    }
}

// Puts `order` in the order of rising, or falling, `value`.
static void sort(int64_t *order, const double *value, int64_t n, bool falling) {
    for (int64_t i = 0; i < n; i++) {
        int64_t at = i;
        for (; at > 0 && (falling ? value[order[at - 1]] < value[i] : value[order[at - 1]] > value[i]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static tn_status eigh_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    matrices s = matrices_of(x);
    int64_t n = s.n, size = n * n;
    bool upper = tn_attr_int(c->attrs, "upper") != 0;
    double *a = tni_scratch(c, 2 * size + 2 * n, sizeof *a);
    int64_t *order = tni_scratch(c, n, sizeof *order);
    if (!a || !order) return TN_NOMEM;
    double *v = a + size, *w = v + size, *sorted = w + n;
    for (int64_t i = 0; i < s.count; i++) {
        tni_load(a, x, i * size, 1, size);
        for (int64_t r = 0; r < n; r++) // the other triangle is not read
            for (int64_t k = 0; k < r; k++)
                if (upper)
                    a[r * n + k] = a[k * n + r];
                else
                    a[k * n + r] = a[r * n + k];
        int exponent = scale_down(a, size);
        eigen(a, v, n);
        for (int64_t k = 0; k < n; k++) w[k] = a[k * n + k];
        sort(order, w, n, false);
        for (int64_t k = 0; k < n; k++) sorted[k] = w[order[k]];
        scale_up(sorted, n, exponent);
        if (c->out[0]) tni_store(c->out[0], i * n, 1, n, sorted);
        for (int64_t k = 0; c->nout > 1 && c->out[1] && k < n; k++)
            tni_store(c->out[1], i * size + k, n, n, v + order[k] * n);
    }
    return TN_OK;
}

// ---- singular values

// One-sided: rows of `a` [k,length] are made orthogonal, by rotations that rows of v [k,k] keep.
static void orthogonalise(double *a, double *v, int64_t k, int64_t length) {
    identity(v, k);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool moved = false;
        for (int64_t p = 0; p < k; p++)
            for (int64_t q = p + 1; q < k; q++) {
                double *x = a + p * length, *y = a + q * length, cosine, sine, xx = 0, xy = 0, yy = 0;
                for (int64_t i = 0; i < length; i++) xx += x[i] * x[i], xy += x[i] * y[i], yy += y[i] * y[i];
                if (fabs(xy) <= 1e-15 * sqrt(xx * yy) + 1e-300) continue;
                moved = true;
                rotation(xx, xy, yy, &cosine, &sine);
                rotate(x, y, 1, length, cosine, sine);
                rotate(v + p * k, v + q * k, 1, k, cosine, sine);
            }
        if (!moved) return;
    }
}

// A row of a singular value of 0 has no direction: one that is orthogonal to the rows before.
static void fill_direction(double *row, const double *before, int64_t rows, int64_t length) {
    for (int64_t axis = 0; axis < length; axis++) {
        double norm = 0;
        for (int64_t i = 0; i < length; i++) row[i] = i == axis;
        for (int round = 0; round < 2; round++)
            for (int64_t r = 0; r < rows; r++) {
                const double *b = before + r * length;
                double dot = 0;
                for (int64_t i = 0; i < length; i++) dot += b[i] * row[i];
                for (int64_t i = 0; i < length; i++) row[i] -= dot * b[i];
            }
        for (int64_t i = 0; i < length; i++) norm += row[i] * row[i];
        if (norm < 1e-2 / (double)length) continue;
        for (int64_t i = 0; i < length; i++) row[i] /= sqrt(norm);
        return;
    }
}

static tn_status svd_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    matrices s = matrices_of(x);
    int64_t k = s.k, length = s.m > s.n ? s.m : s.n, size = s.m * s.n;
    bool wide = s.n > s.m;
    double *a = tni_scratch(c, 2 * size + k * k + 2 * k, sizeof *a);
    int64_t *order = tni_scratch(c, k, sizeof *order);
    if (!a || !order) return TN_NOMEM;
    double *unit = a + size, *v = unit + size, *w = v + k * k, *sorted = w + k;
    for (int64_t i = 0; i < s.count; i++) {
        tni_load(wide ? a : unit, x, i * size, 1, size);
        if (!wide) transpose(a, unit, s.m, s.n); // rows are the columns of a tall matrix
        int exponent = scale_down(a, size);
        orthogonalise(a, v, k, length);
        for (int64_t r = 0; r < k; r++) {
            w[r] = 0;
            for (int64_t e = 0; e < length; e++) w[r] += a[r * length + e] * a[r * length + e];
            w[r] = sqrt(w[r]);
        }
        sort(order, w, k, true);
        for (int64_t r = 0; r < k; r++) {
            double value = sorted[r] = w[order[r]];
            for (int64_t e = 0; value > 0 && e < length; e++)
                unit[r * length + e] = a[order[r] * length + e] / value;
            if (!(value > 0)) fill_direction(unit + r * length, unit, r, length);
        }
        const tn_tensor *u = c->out[0], *values = c->nout > 1 ? c->out[1] : NULL,
                        *vh = c->nout > 2 ? c->out[2] : NULL;
        scale_up(sorted, k, exponent);
        if (values) tni_store(values, i * k, 1, k, sorted);
        for (int64_t r = 0; r < k; r++) {
            if (u) tni_store(u, i * s.m * k + r, k, s.m, wide ? v + order[r] * k : unit + r * length);
            if (vh) tni_store(vh, (i * k + r) * s.n, 1, s.n, wide ? unit + r * length : v + order[r] * k);
        }
    }
    return TN_OK;
}

#define TYPES .types = {{"T", TN_BIT(TN_F32) | TN_BIT(TN_F64)}}

TN_OP(tn_cholesky) = {
    TN_HERE,
    .name = "Cholesky",
    .domain = "tn",
    .since = 1,
    .doc = "L of A = L L', or U of A = U' U, for symmetric positive definite matrices",
    .in = {{"A", "T"}},
    .out = {{"L", "T"}},
    TYPES,
    .attrs = {{"upper", TN_ATTR_INT, .i = 0}},
    .infer = infer_square,
    .ref = cholesky_ref,
};

TN_OP(tn_qr) = {
    TN_HERE,
    .name = "QR",
    .domain = "tn",
    .since = 1,
    .doc = "orthogonal Q and upper triangular R with A = Q R; with `complete` Q is square",
    .in = {{"A", "T"}},
    .out = {{"Q", "T"}, {"R", "T"}},
    TYPES,
    .attrs = {{"complete", TN_ATTR_INT, .i = 0}},
    .infer = infer_qr,
    .ref = qr_ref,
};

TN_OP(tn_eigh) = {
    TN_HERE,
    .name = "Eigh",
    .domain = "tn",
    .since = 1,
    .doc = "eigenvalues of symmetric matrices, rising, and their vectors as columns",
    .in = {{"A", "T"}},
    .out = {{"values", "T"}, {"vectors", "T"}},
    TYPES,
    .attrs = {{"upper", TN_ATTR_INT, .i = 0}},
    .infer = infer_eigh,
    .ref = eigh_ref,
};

TN_OP(tn_svd) = {
    TN_HERE,
    .name = "SVD",
    .domain = "tn",
    .since = 1,
    .doc = "A = U diag(S) Vh, singular values falling, as many as the smaller side",
    .in = {{"A", "T"}},
    .out = {{"U", "T"}, {"S", "T"}, {"Vh", "T"}},
    TYPES,
    .infer = infer_svd,
    .ref = svd_ref,
};
