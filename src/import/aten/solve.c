// SPDX-License-Identifier: Apache-2.0
// solve.c - systems of linear equations: by inverses, by triangles, by LU.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

// What LAPACK says of each matrix: that nothing went wrong.
static tni_value *no_trouble(tn_aten *c, tni_value *a) {
    return tni_at_expr(c, "Expand($0, Slice(Shape($1), [0], [-2]))", tni_at_scalar(c, TN_I32, 0), a);
}

tni_value *tni_at_transposed(tn_aten *c, tni_value *a) {
    int rank = tni_at_rank(c, a);
    int64_t perm[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) perm[d] = d < rank - 2 ? d : 2 * rank - 3 - d;
    tni_at_clear(c);
    tni_at_set_ints(c, "perm", perm, (size_t)(rank > 0 ? rank : 0));
    tni_value *y = tni_at_expr(c, "Transpose($0){perm=perm}", a);
    tni_at_clear(c);
    return y;
}

// The other triangle is not read, nor the diagonal where it counts as ones.
tni_value *tni_at_triangle(tn_aten *c, tni_value *a, bool upper, bool unit) {
    tni_at_clear(c);
    tni_at_set_int(c, "upper", upper);
    tni_value *from = tni_at_scalar(c, TN_I64, unit ? upper ? 1 : -1 : 0);
    tni_value *y = tni_at_expr(c, "Trilu($0, $1){upper=upper}", a, from);
    tni_at_clear(c);
    if (!unit) return y;
    tni_value *i = tni_at_expr(c, "Range($1, Gather(Shape($0), $2), $3)", a, tni_at_scalar(c, TN_I64, 0),
                               tni_at_scalar(c, TN_I64, -2), tni_at_scalar(c, TN_I64, 1));
    tni_value *k = tni_at_expr(c, "Range($1, Gather(Shape($0), $2), $3)", a, tni_at_scalar(c, TN_I64, 0),
                               tni_at_scalar(c, TN_I64, -1), tni_at_scalar(c, TN_I64, 1));
    tni_value *diagonal = tni_at_expr(c, "Equal(Unsqueeze($0, [1]), $1)", i, k);
    return tni_at_expr(c, "Where($0, $1, $2)", diagonal, tni_at_scalar(c, tni_at_type(a), 1), y);
}

// X of A X = B, or of X A = B.
static tni_value *divide(tn_aten *c, tni_value *a, tni_value *b, bool left) {
    tni_value *inverse = tni_at_expr(c, "com.microsoft.Inverse($0)", a);
    return tni_at_expr(c, left ? "MatMul($0, $1)" : "MatMul($1, $0)", inverse, b);
}

static bool from_left(tn_aten *c) { return !tni_at_has(c, "left") || tni_at_bool(c, "left"); }

// One right side for each matrix, without a dimension for its columns: [n], or the shape of A without its
// last dimension.
static bool is_vector(const tni_value *a, const tni_value *b) {
    const tn_type *s = &a->info.type, *t = &b->info.type;
    bool same = t->rank == s->rank - 1;
    for (int d = 0; same && d < t->rank; d++) same = tn_dim_equal(s->dim[d], t->dim[d]);
    return t->rank == 1 || same;
}

static void solve(tn_aten *c) {
    tni_value *a = tni_at_tensor(c, "A"), *b = tni_at_tensor(c, "B"), *lu[2];
    if (tni_at_rank(c, a) < 2 || tni_at_rank(c, b) < 1 || c->failed) return;
    bool vector = is_vector(a, b);
    if (vector) b = tni_at_expr(c, "Unsqueeze($0, [-1])", b);
    tni_value *x = divide(c, a, b, from_left(c));
    tni_at_give(c, 0, vector ? tni_at_expr(c, "Squeeze($0, [-1])", x) : x);
    if (c->nout > 1) tni_at_give(c, c->nout - 1, no_trouble(c, a));
    if (c->nout < 4 || !tni_at_node(c, "tn.LU", 1, &a, 2, lu)) return;
    tni_at_give(c, 1, lu[0]);
    tni_at_give(c, 2, lu[1]);
}

static void solve_triangular(tn_aten *c) {
    tni_value *a = tni_at_triangle(c, tni_at_tensor(c, "self"), tni_at_bool(c, "upper"),
                                   tni_at_bool(c, "unitriangular"));
    tni_at_give(c, 0, divide(c, a, tni_at_tensor(c, "B"), from_left(c)));
}

// The older form: what is solved for is `self`; A comes back as well.
static void triangular_solve(tn_aten *c) {
    tni_value *a = tni_at_tensor(c, "A");
    tni_value *t = tni_at_triangle(c, a, tni_at_bool(c, "upper"), tni_at_bool(c, "unitriangular"));
    if (tni_at_bool(c, "transpose")) t = tni_at_transposed(c, t);
    tni_at_give(c, 0, divide(c, t, tni_at_tensor(c, "self"), true));
    tni_at_give(c, 1, a);
}

static void cholesky_inverse(tn_aten *c) {
    bool upper = tni_at_bool(c, "upper");
    tni_value *l = tni_at_triangle(c, tni_at_tensor(c, "self"), upper, false), *t = tni_at_transposed(c, l);
    tni_at_give(c, 0, tni_at_expr(c, "com.microsoft.Inverse(MatMul($0, $1))", upper ? t : l, upper ? l : t));
}

// ---- LU

static bool factor(tn_aten *c, tni_value *a, tni_value *lu[2]) {
    if (tni_at_has(c, "pivot") && !tni_at_bool(c, "pivot"))
        tni_at_fail(c, "leave pivot=True", "LU without exchanging rows is not computed");
    return !c->failed && tni_at_node(c, "tn.LU", 1, &a, 2, lu);
}

static void lu_factor(tn_aten *c) {
    tni_value *a = tni_at_tensor(c, tni_at_has(c, "A") ? "A" : "self"), *lu[2];
    if (!factor(c, a, lu)) return;
    tni_at_give(c, 0, lu[0]);
    tni_at_give(c, 1, lu[1]);
    if (c->nout > 2) tni_at_give(c, 2, no_trouble(c, a));
}

// P as a matrix, or its transpose, which is its inverse: (P' A)[i] is the row of A that row i of L U is.
static tni_value *exchanges(tn_aten *c, tni_value *lu, tni_value *pivots, bool inverse) {
    tni_value *rows = tni_at_expr(c, "tn.PivotRows($0, $1)", tni_at_cast(c, pivots, TN_I32), lu);
    tni_value *all = tni_at_expr(c, "Range($1, Gather(Shape($0), $2), $3)", lu, tni_at_scalar(c, TN_I64, 0),
                                 tni_at_scalar(c, TN_I64, -2), tni_at_scalar(c, TN_I64, 1));
    tni_value *p = inverse ? tni_at_expr(c, "Equal(Unsqueeze($0, [-1]), $1)", rows, all)
                           : tni_at_expr(c, "Equal(Unsqueeze($0, [-2]), Unsqueeze($1, [1]))", rows, all);
    return tni_at_cast(c, p, tni_at_type(lu));
}

// L is [m,k] and U [k,n], k the smaller of m and n.
static tni_value *part(tn_aten *c, tni_value *lu, bool upper) {
    tni_value *size = tni_at_expr(c, "Slice(Shape($0), [-2], [2147483647])", lu);
    tni_value *k = tni_at_expr(c, "ReduceMin($0, [0]){keepdims=1}", size);
    tni_value *piece = upper ? tni_at_expr(c, "Slice($0, [0], $1, [-2])", lu, k)
                             : tni_at_expr(c, "Slice($0, [0], $1, [-1])", lu, k);
    return tni_at_triangle(c, piece, upper, !upper);
}

static void unpack(tn_aten *c, tni_value *lu, tni_value *pivots) {
    tni_at_give(c, 0, exchanges(c, lu, pivots, false));
    tni_at_give(c, 1, part(c, lu, false));
    tni_at_give(c, 2, part(c, lu, true));
}

static void linalg_lu(tn_aten *c) {
    tni_value *lu[2];
    if (factor(c, tni_at_tensor(c, "A"), lu)) unpack(c, lu[0], lu[1]);
}

static void lu_unpack(tn_aten *c) {
    if (!tni_at_bool(c, "unpack_data") || !tni_at_bool(c, "unpack_pivots"))
        tni_at_fail(c, "ask for all of P, L and U", "a part of the decomposition is not unpacked alone");
    unpack(c, tni_at_tensor(c, "LU_data"), tni_at_tensor(c, "LU_pivots"));
}

// A X = B; with `adjoint` A' X = B. X A = B is A' X' = B'.
static tni_value *lu_divide(tn_aten *c, tni_value *lu, tni_value *pivots, tni_value *b, bool adjoint) {
    tni_value *l = tni_at_triangle(c, lu, false, true), *u = tni_at_triangle(c, lu, true, false);
    tni_value *p = exchanges(c, lu, pivots, !adjoint);
    if (!adjoint) return divide(c, u, divide(c, l, tni_at_expr(c, "MatMul($0, $1)", p, b), true), true);
    b = divide(c, tni_at_transposed(c, l), divide(c, tni_at_transposed(c, u), b, true), true);
    return tni_at_expr(c, "MatMul($0, $1)", p, b);
}

static void lu_solve(tn_aten *c) {
    bool old = !strncmp(c->target, "aten.lu_solve", 13);
    tni_value *lu = tni_at_tensor(c, old ? "LU_data" : "LU"), *b = tni_at_tensor(c, old ? "self" : "B"),
              *pivots = tni_at_tensor(c, old ? "LU_pivots" : "pivots");
    bool left = old || from_left(c), adjoint = !old && tni_at_has(c, "adjoint") && tni_at_bool(c, "adjoint");
    tni_value *x = lu_divide(c, lu, pivots, left ? b : tni_at_transposed(c, b), adjoint == left);
    tni_at_give(c, 0, left ? x : tni_at_transposed(c, x));
}

TN_ATEN(solve) = {
    {"aten.linalg_solve", NULL, solve, 0},
    {"aten.linalg_solve_ex", NULL, solve, 0},
    {"aten._linalg_solve_ex", NULL, solve, 0},
    {"aten.linalg_solve_triangular", NULL, solve_triangular, 0},
    {"aten.triangular_solve", NULL, triangular_solve, 0},
    {"aten.cholesky_inverse", NULL, cholesky_inverse, 0},
    {"aten.linalg_lu", NULL, linalg_lu, 0},
    {"aten.linalg_lu_factor", NULL, lu_factor, 0},
    {"aten.linalg_lu_factor_ex", NULL, lu_factor, 0},
    {"aten._lu_with_info", NULL, lu_factor, 0},
    {"aten.lu_unpack", NULL, lu_unpack, 0},
    {"aten.linalg_lu_solve", NULL, lu_solve, 0},
    {"aten.lu_solve", NULL, lu_solve, 0},
    {0},
};
