// SPDX-License-Identifier: Apache-2.0
// factor.c - decompositions of matrices, and what is computed by them: pseudo-inverses, norms, ranks.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

static tni_value *matrix(tn_aten *c) {
    return tni_at_tensor(c, tni_at_has(c, "A") ? "A" : tni_at_has(c, "input") ? "input" : "self");
}

static bool lower_triangle(tn_aten *c) {
    const char *which = tni_at_has(c, "UPLO") ? tni_at_string(c, "UPLO") : "L";
    return *which != 'U' && *which != 'u';
}

static tni_value *cholesky_of(tn_aten *c, tni_value *v, bool upper) {
    tni_at_clear(c);
    tni_at_set_int(c, "upper", upper);
    tni_value *y = tni_at_expr(c, "tn.Cholesky($0){upper=upper}", v);
    tni_at_clear(c);
    return y;
}

// The second output says that nothing went wrong: a matrix that is not positive definite gives NaN here.
static void cholesky(tn_aten *c) {
    tni_value *v = matrix(c);
    tni_at_give(c, 0, cholesky_of(c, v, tni_at_has(c, "upper") && tni_at_bool(c, "upper")));
    if (c->nout > 1 && c->result[0])
        tni_at_give(
            c, 1, tni_at_expr(c, "Expand($0, Slice(Shape($1), [0], [-2]))", tni_at_scalar(c, TN_I32, 0), v));
}

// A x = b with A = L L', or U' U.
static void cholesky_solve(tn_aten *c) {
    tni_value *b = tni_at_tensor(c, "self"), *l = tni_at_tensor(c, "input2");
    bool upper = tni_at_has(c, "upper") && tni_at_bool(c, "upper");
    int rank = tni_at_rank(c, l);
    int64_t perm[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) perm[d] = d < rank - 2 ? d : 2 * rank - 3 - d;
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_value *t = tni_at_expr(c, "Transpose($0){perm=perm}", l);
    tni_value *a = upper ? tni_at_expr(c, "MatMul($0, $1)", t, l) : tni_at_expr(c, "MatMul($0, $1)", l, t);
    tni_at_give(c, 0, tni_at_expr(c, "MatMul(com.microsoft.Inverse($0), $1)", a, b));
}

static void qr(tn_aten *c) {
    const char *mode = tni_at_has(c, "mode") ? tni_at_string(c, "mode") : "reduced";
    bool some = !tni_at_has(c, "some") || tni_at_bool(c, "some");
    tni_value *in = matrix(c), *out[2];
    if (!strcmp(mode, "r")) tni_at_fail(c, "ask for mode 'reduced' and use R", "QR without Q is not read");
    tni_at_set_int(c, "complete", !strcmp(mode, "complete") || !some);
    if (!tni_at_node(c, "tn.QR", 1, &in, 2, out)) return;
    tni_at_give(c, 0, out[0]);
    tni_at_give(c, 1, out[1]);
}

static void eigh(tn_aten *c) {
    tni_value *in = matrix(c), *out[2];
    tni_at_set_int(c, "upper", !lower_triangle(c));
    if (!tni_at_node(c, "tn.Eigh", 1, &in, 2, out)) return;
    tni_at_give(c, 0, out[0]);
    if (c->nout > 1) tni_at_give(c, 1, out[1]);
}

static bool singular_values(tn_aten *c, tni_value *in, tni_value *out[3]) {
    tni_at_clear(c);
    return tni_at_node(c, "tn.SVD", 1, &in, 3, out);
}

static void svd(tn_aten *c) {
    tni_value *in = matrix(c), *out[3];
    int rank = tni_at_rank(c, in);
    bool full = strstr(c->target, "linalg") ? tni_at_bool(c, "full_matrices") : !tni_at_bool(c, "some");
    const tn_dim *dim = in && rank >= 2 ? in->info.type.dim + rank - 2 : NULL;
    if (full && dim && !tn_dim_equal(dim[0], dim[1]))
        tni_at_fail(c, "ask for full_matrices=False",
                    "the vectors beyond the singular values are not computed");
    if (!singular_values(c, in, out)) return;
    for (size_t i = 0; i < 3 && i < c->nout; i++) tni_at_give(c, i, out[i]);
    if (strstr(c->target, "linalg") || !c->result[0]) return;
    int64_t perm[TN_MAX_RANK]; // torch.svd gives V
    for (int d = 0; d < rank; d++) perm[d] = d < rank - 2 ? d : 2 * rank - 3 - d;
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_at_give(c, 2, tni_at_expr(c, "Transpose($0){perm=perm}", out[2]));
}

static void svdvals(tn_aten *c) {
    tni_value *out[3];
    if (singular_values(c, matrix(c), out)) tni_at_give(c, 0, out[1]);
}

// The symmetric matrix of which the lower triangle is given.
static tni_value *from_lower(tn_aten *c, tni_value *v, int rank) {
    int64_t perm[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) perm[d] = d < rank - 2 ? d : 2 * rank - 3 - d;
    tni_at_clear(c);
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_value *y = tni_at_expr(c, "Add(Trilu($0){upper=0}, Transpose(Trilu($0, $1){upper=0}){perm=perm})", v,
                               tni_at_scalar(c, TN_I64, -1));
    tni_at_clear(c);
    return y;
}

// V diag(1/s) U'; singular values that are small beside the largest count as 0.
static void pinv(tn_aten *c) {
    tni_value *in = matrix(c), *out[3];
    int rank = tni_at_rank(c, in);
    if (tni_at_has(c, "hermitian") && tni_at_bool(c, "hermitian")) in = from_lower(c, in, rank);
    if (rank < 2 || !singular_values(c, in, out)) return;
    const tn_dim *dim = in->info.type.dim + rank - 2;
    int64_t longer = dim[0].k > dim[1].k ? dim[0].k : dim[1].k, perm[TN_MAX_RANK];
    double eps = tni_at_type(in) == TN_F64 ? 2.220446049250313e-16 : 1.1920928955078125e-07;
    bool given = tni_at_has(c, "rtol") || tni_at_has(c, "rcond");
    if (!given && (dim[0].e || dim[1].e))
        tni_at_fail(c, "give rtol", "the sizes of the matrix are not known");
    tn_dtype f = tni_at_type(in);
    tni_value *rtol = given ? tni_at_number(c, tni_at_has(c, "rtol") ? "rtol" : "rcond", f)
                            : tni_at_scalar(c, f, eps * (double)longer);
    tni_value *atol = tni_at_has(c, "atol") ? tni_at_number(c, "atol", f) : tni_at_scalar(c, f, 0);
    tni_value *least = tni_at_expr(c, "Max(Mul(ReduceMax($0, [-1]), $1), $2)", out[1], rtol, atol);
    tni_value *s =
        tni_at_expr(c, "Where(Greater($0, $1), Reciprocal($0), $2)", out[1], least, tni_at_scalar(c, f, 0));
    for (int d = 0; d < rank; d++) perm[d] = d < rank - 2 ? d : 2 * rank - 3 - d;
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_at_give(c, 0,
                tni_at_expr(c,
                            "MatMul(Mul(Transpose($2){perm=perm}, Unsqueeze($1, [-2])), "
                            "Transpose($0){perm=perm})",
                            out[0], s, out[2]));
}

TN_ATEN(factor) = {
    {"aten.linalg_cholesky", NULL, cholesky, 0},
    {"aten.linalg_cholesky_ex", NULL, cholesky, 0},
    {"aten.cholesky", NULL, cholesky, 0},
    {"aten.cholesky_solve", NULL, cholesky_solve, 0},
    {"aten.linalg_qr", NULL, qr, 0},
    {"aten.qr", NULL, qr, 0},
    {"aten.linalg_eigh", NULL, eigh, 0},
    {"aten._linalg_eigh", NULL, eigh, 0},
    {"aten.linalg_eigvalsh", NULL, eigh, 0},
    {"aten.linalg_svd", NULL, svd, 0},
    {"aten._linalg_svd", NULL, svd, 0},
    {"aten.svd", NULL, svd, 0},
    {"aten.linalg_svdvals", NULL, svdvals, 0},
    {"aten.linalg_pinv", NULL, pinv, 0},
    {"aten.pinverse", NULL, pinv, 0},
    {0},
};
