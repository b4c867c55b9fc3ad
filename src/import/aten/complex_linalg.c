// SPDX-License-Identifier: Apache-2.0
// complex_linalg.c - inverses of complex matrices and systems with them, as real ones of twice the size:
//
//     [ A -B ]   stands for A + iB: its products, and so its inverse, are of the same form
//     [ B  A ]
//
// Decompositions are refused with a reason.
#include "import/aten/complex.h"

static tni_at_complex inverse_of(tn_aten *c, tni_value *v) {
    tni_at_complex z = tni_at_parts(c, v, tni_at_real(tni_at_type(v)));
    tni_value *real = tni_at_expr(c,
                                  "com.microsoft.Inverse(Concat(Concat($0, Neg($1)){axis=-1}, "
                                  "Concat($1, $0){axis=-1}){axis=-2})",
                                  z.re, z.im);
    tni_value *n = tni_at_expr(c, "Slice(Shape($0), [-1], [2147483647])", z.re);
    tni_value *left = tni_at_expr(c, "Slice($0, [0], $1, [-1])", real, n);
    return (tni_at_complex){tni_at_expr(c, "Slice($0, [0], $1, [-2])", left, n),
                            tni_at_expr(c, "Slice($0, $1, [2147483647], [-2])", left, n)};
}

static void give_info(tn_aten *c, const tni_at_complex *z) {
    if (c->nout < 2 || c->failed) return;
    tni_value *none = tni_at_scalar(c, TN_I32, 0);
    tni_at_give(c, c->nout - 1, tni_at_expr(c, "Expand($0, Slice(Shape($1), [0], [-2]))", none, z->re));
}

static void inverse(tn_aten *c) {
    tni_at_complex z = inverse_of(c, tni_at_tensor(c, tni_at_has(c, "A") ? "A" : "self"));
    tni_at_give(c, 0, tni_at_joined(c, z));
    give_info(c, &z);
}

// X of A X = B, or of X A = B; a right side without columns is a vector.
static void solve(tn_aten *c) {
    tni_value *a = tni_at_tensor(c, "A"), *b = tni_at_tensor(c, "B");
    bool left = !tni_at_has(c, "left") || tni_at_bool(c, "left");
    int rank = tni_at_rank(c, a), columns = tni_at_rank(c, b);
    bool vector = columns == 1 || columns == rank - 1;
    if (vector && columns > 1)
        tni_at_fail(c, "give the right side a dimension for its columns: b.unsqueeze(-1)",
                    "right sides of complex systems without columns are read for one system only");
    if (c->failed) return;
    tni_at_complex x = inverse_of(c, a), y = tni_at_parts(c, b, tni_at_real(c->out));
    if (vector) {
        y.re = tni_at_expr(c, "Unsqueeze($0, [-1])", y.re);
        y.im = tni_at_expr(c, "Unsqueeze($0, [-1])", y.im);
    }
    tni_at_complex p = left ? x : y, q = left ? y : x;
    tni_value *re = tni_at_expr(c, "Sub(MatMul($0, $1), MatMul($2, $3))", p.re, q.re, p.im, q.im);
    tni_value *im = tni_at_expr(c, "Add(MatMul($0, $1), MatMul($2, $3))", p.re, q.im, p.im, q.re);
    if (vector) {
        re = tni_at_expr(c, "Squeeze($0, [-1])", re);
        im = tni_at_expr(c, "Squeeze($0, [-1])", im);
    }
    tni_at_give(c, 0, tni_at_joined(c, (tni_at_complex){re, im}));
    give_info(c, &x);
}

static void refuse(tn_aten *c) {
    tni_at_fail(
        c, "write it for the real matrix [[A, -B], [B, A]], or compute it before the model",
        "decompositions and determinants of complex matrices are not computed; inverses and solve are");
}

static void eigenvalues(tn_aten *c) {
    tni_at_fail(c, "linalg.eigh and eigvalsh are read, for symmetric matrices",
                "eigenvalues of matrices that are not symmetric are not computed");
}

TN_ATEN(complex_linalg) = {
    {"complex.inverse", NULL, inverse, 0},
    {"complex.linalg_inv", NULL, inverse, 0},
    {"complex.linalg_inv_ex", NULL, inverse, 0},
    {"complex.linalg_solve", NULL, solve, 0},
    {"complex.linalg_solve_ex", NULL, solve, 0},
    {"complex._linalg_solve_ex", NULL, solve, 0},
    {"complex.linalg_solve_triangular", NULL, refuse, 0},
    {"complex.triangular_solve", NULL, refuse, 0},
    {"complex.linalg_cholesky", NULL, refuse, 0},
    {"complex.linalg_cholesky_ex", NULL, refuse, 0},
    {"complex.cholesky", NULL, refuse, 0},
    {"complex.cholesky_solve", NULL, refuse, 0},
    {"complex.cholesky_inverse", NULL, refuse, 0},
    {"complex.linalg_qr", NULL, refuse, 0},
    {"complex.qr", NULL, refuse, 0},
    {"complex.linalg_eigh", NULL, refuse, 0},
    {"complex._linalg_eigh", NULL, refuse, 0},
    {"complex.linalg_eigvalsh", NULL, refuse, 0},
    {"complex.linalg_eig", NULL, eigenvalues, 0},
    {"complex.linalg_eigvals", NULL, eigenvalues, 0},
    {"complex.linalg_svd", NULL, refuse, 0},
    {"complex._linalg_svd", NULL, refuse, 0},
    {"complex.svd", NULL, refuse, 0},
    {"complex.linalg_svdvals", NULL, refuse, 0},
    {"complex.linalg_pinv", NULL, refuse, 0},
    {"complex.pinverse", NULL, refuse, 0},
    {"complex.linalg_lu", NULL, refuse, 0},
    {"complex.linalg_lu_factor", NULL, refuse, 0},
    {"complex.linalg_lu_factor_ex", NULL, refuse, 0},
    {"complex.linalg_lu_solve", NULL, refuse, 0},
    {"complex.lu_unpack", NULL, refuse, 0},
    {"complex.lu_solve", NULL, refuse, 0},
    {"complex._lu_with_info", NULL, refuse, 0},
    {"complex.det", NULL, refuse, 0},
    {"complex.linalg_det", NULL, refuse, 0},
    {"complex._linalg_det", NULL, refuse, 0},
    {"complex.logdet", NULL, refuse, 0},
    {"complex.linalg_slogdet", NULL, refuse, 0},
    {"complex._linalg_slogdet", NULL, refuse, 0},
    {0},
};
