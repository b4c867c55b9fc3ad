// SPDX-License-Identifier: Apache-2.0
// matrix.c - functions of matrices that parametrised weights are made by: exponentials, products of
// reflections.
#include "import/aten/aten.h"

static tni_value *identity(tn_aten *c, tni_value *like) {
    return tni_at_triangle(c, tni_at_expr(c, "Mul($0, $1)", like, tni_at_scalar(c, c->out, 0)), false, true);
}

static tni_value *squared(tn_aten *c, tni_value **a) {
    a[0] = tni_at_expr(c, "MatMul($0, $0)", a[0]);
    return tni_at_scalar(c, TN_BOOL, 1);
}

// Taylor's series of A / 2^s, whose sums of columns are below 1, squared s times. Its first left out term is
// below 1/13! or 1/19!.
static void matrix_exp(tn_aten *c) {
    enum { MOST = 64 }; // of e^(2^64) nothing is finite
    tni_value *a = tni_at_tensor(c, "self"), *one = identity(c, a);
    tni_value *norm = tni_at_expr(c, "ReduceMax(ReduceSum(Abs($0), [-2])){keepdims=0}", a);
    tni_value *s = tni_at_expr(c, "Min(Ceil(Max(Mul(Log($0), 1.44269504088896340736), 0)), $1)", norm,
                               tni_at_scalar(c, c->out, MOST));
    tni_value *y = one;
    a = tni_at_expr(c, "Div($0, Pow(2, $1))", a, s);
    for (int i = c->out == TN_F64 ? 18 : 12; i && !c->failed; i--)
        y = tni_at_expr(c, "Add($0, Div(MatMul($1, $2), $3))", one, a, y, tni_at_scalar(c, c->out, i));
    if (tni_at_loop(c, tni_at_cast(c, s, TN_I64), 1, &y, squared)) tni_at_give(c, 0, y);
}

// (I - t1 v1 v1')(I - t2 v2 v2')... = I - V T V' with T = (1 + D U)^-1 D, where D has the t on its diagonal
// and U is what is above that of V'V (Schreiber and Van Loan 1989). Of the product as many columns as the
// matrix has.
static void householder_product(tn_aten *c) {
    bool old = tni_at_has(c, "input2"); // orgqr
    tni_value *a = tni_at_tensor(c, old ? "self" : "input"), *tau = tni_at_tensor(c, old ? "input2" : "tau");
    tni_value *count = tni_at_expr(c, "Slice(Shape($0), [-1], [2147483647])", tau);
    tni_value *n = tni_at_expr(c, "Slice(Shape($0), [-1], [2147483647])", a);
    tni_value *v = tni_at_triangle(c, tni_at_expr(c, "Slice($0, [0], $1, [-1])", a, count), false, true);
    tni_value *transposed = tni_at_transposed(c, v);
    tni_value *t = tni_at_expr(c, "Mul(MatMul($0, $1), Unsqueeze($2, [-1]))", transposed, v, tau);
    t = tni_at_expr(c, "Mul(com.microsoft.Inverse($0), Unsqueeze($1, [-2]))",
                    tni_at_triangle(c, t, true, true), tau);
    transposed = tni_at_expr(c, "Slice($0, [0], $1, [-1])", transposed, n);
    tni_at_give(c, 0,
                tni_at_expr(c, "Sub($0, MatMul(MatMul($1, $2), $3))", identity(c, a), v, t, transposed));
}

TN_ATEN(matrix) = {
    {"aten.matrix_exp", NULL, matrix_exp, 0},
    {"aten.linalg_matrix_exp", NULL, matrix_exp, 0},
    {"aten.linalg_householder_product", NULL, householder_product, 0},
    {"aten.orgqr", NULL, householder_product, 0},
    {0},
};
