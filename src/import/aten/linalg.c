// SPDX-License-Identifier: Apache-2.0
// linalg.c - PyTorch's products and functions of matrices, as far as they can be put together from others.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <math.h>
#include <string.h>

// Sums over the dimensions named, of which `b` has as many: einsum in other words.
static void tensordot(tn_aten *c) {
    tni_value *a = tni_at_number(c, "self", c->out), *b = tni_at_number(c, "other", c->out);
    int64_t over[2][TN_MAX_RANK];
    int rank[2] = {tni_at_rank(c, a), tni_at_rank(c, b)};
    size_t n = tni_at_axes(c, "dims_self", rank[0], over[0]),
           m = tni_at_axes(c, "dims_other", rank[1], over[1]);
    char letter[2][TN_MAX_RANK + 1] = {"", ""}, rest[2 * TN_MAX_RANK + 1], text[6 * TN_MAX_RANK], next = 'a';
    int count = 0;
    if (n != m) tni_at_fail(c, NULL, "its dimensions do not fit");
    for (size_t i = 0; i < n && !c->failed; i++, next++)
        for (int k = 0; k < 2; k++) letter[k][over[k][i]] = next;
    for (int k = 0; k < 2 && !c->failed; k++)
        for (int d = 0; d < rank[k]; d++)
            if (!letter[k][d]) rest[count++] = letter[k][d] = next++;
    if (c->failed) return;
    size_t at = 0;
    memcpy(text, letter[0], (size_t)rank[0]), at += (size_t)rank[0];
    text[at++] = ',';
    memcpy(text + at, letter[1], (size_t)rank[1]), at += (size_t)rank[1];
    memcpy(text + at, "->", 2), at += 2;
    memcpy(text + at, rest, (size_t)count), at += (size_t)count;
    text[at] = 0;
    tni_at_set_text(c, "equation", text);
    tni_at_give(c, 0, tni_at_expr(c, "Einsum($0, $1){equation=equation}", a, b));
}

// [a..., n] and [b..., n] to [a..., b...]: a product with b as a matrix.
static tni_value *last_with_last(tn_aten *c, tni_value *a, tni_value *b) {
    tni_value *end = tni_at_vector(c, (int64_t[]){-1}, 1),
              *rest = tni_at_expr(c, "Slice(Shape($0), [0], $1)", b, end);
    tni_value *n =
        tni_at_expr(c, "Slice(Shape($0), [-1], $1)", b, tni_at_vector(c, (int64_t[]){INT64_MAX}, 1));
    tni_value *flat = tni_at_expr(c, "Reshape($0, Concat([-1], $1){axis=0})", b, n);
    tni_value *y = tni_at_expr(c, "MatMul($0, Transpose($1){perm=[1, 0]})", a, flat);
    tni_value *before = tni_at_expr(c, "Slice(Shape($0), [0], $1)", a, end);
    return tni_at_expr(c, "Reshape($0, Concat($1, $2){axis=0}){allowzero=1}", y, before, rest);
}

static void inner(tn_aten *c) {
    tni_value *a = tni_at_number(c, "self", c->out), *b = tni_at_number(c, "other", c->out);
    bool scalar = tni_at_rank(c, a) == 0 || tni_at_rank(c, b) == 0;
    if (scalar)
        tni_at_give(c, 0, tni_at_expr(c, "Mul($0, $1)", a, b));
    else if (tni_at_rank(c, b) == 1)
        tni_at_give(c, 0, tni_at_expr(c, "MatMul($0, $1)", a, b));
    else
        tni_at_give(c, 0, last_with_last(c, a, b));
}

static void addbmm(tn_aten *c) {
    tni_at_give(
        c, 0,
        tni_at_expr(c,
                    "Add(Mul(ReduceSum(MatMul(batch1, batch2), [0]){keepdims=0}, alpha), Mul(self, beta))"));
}

static void addr(tn_aten *c) {
    const char *as =
        c->out == TN_BOOL
            ? "Or(And(Unsqueeze(vec1, [1]), Unsqueeze(vec2, [0])), self)"
            : "Add(Mul(Mul(Unsqueeze(vec1, [1]), Unsqueeze(vec2, [0])), alpha), Mul(self, beta))";
    tni_at_give(c, 0, tni_at_expr(c, as));
}

// A mixture of experts: rows up to offs[0] times the first matrix, from there to offs[1] times the second...
static void grouped(tn_aten *c) {
    bool aten = tni_at_has(c, "self");
    tni_value *x = tni_at_number(c, aten ? "self" : "input", c->out),
              *w = tni_at_number(c, aten ? "mat2" : "weight", c->out);
    tni_value *ends = tni_at_cast(c, tni_at_tensor(c, "offs"), TN_I64), *part[TNI_AT_LIST];
    if (c->failed || !ends || tni_at_rank(c, x) != 2 || tni_at_rank(c, w) != 3 || w->info.type.dim[0].e ||
        w->info.type.dim[0].k > TNI_AT_LIST) {
        tni_at_fail(c, NULL, "only rows for a fixed number of matrices, at most %d, can be multiplied",
                    TNI_AT_LIST);
        return;
    }
    tni_value *from = tni_at_vector(c, (int64_t[]){0}, 1);
    size_t n = (size_t)w->info.type.dim[0].k;
    for (size_t i = 0; i < n && !c->failed; i++) {
        int64_t begin = (int64_t)i, end = begin + 1;
        tni_value *to =
            tni_at_expr(c, "Slice($0, $1, $2)", ends, tni_at_vector(c, &begin, 1), tni_at_vector(c, &end, 1));
        part[i] = tni_at_expr(c, "MatMul(Slice($0, $1, $2, [0]), Gather($3, $4))", x, from, to, w,
                              tni_at_scalar(c, TN_I64, (double)i));
        from = to;
    }
    tni_at_set_int(c, "axis", 0);
    tni_value *y = n > 1 ? tni_at_list(c, "Concat", n, part) : n ? part[0] : NULL;
    tni_at_clear(c);
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Reshape($0, Concat(Slice(Shape($1), [0], [1]), Slice(Shape($2), [2], [3])){axis=0})",
                    y, x, w));
}

static void vecdot(tn_aten *c) {
    int64_t dim = tni_at_int(c, "dim");
    tni_at_give(c, 0, tni_at_expr(c, "ReduceSum(Mul(x, y), $0){keepdims=0}", tni_at_vector(c, &dim, 1)));
}

// a2 b3 - a3 b2 and so on: each turned once and twice.
static void cross(tn_aten *c) {
    tni_value *a = tni_at_number(c, "self", c->out), *b = tni_at_number(c, "other", c->out);
    int rank = tni_at_rank(c, a), axis = -1;
    if (tni_at_has(c, "dim"))
        axis = tni_at_axis(c, "dim", rank);
    else
        for (int d = rank - 1; d >= 0; d--)
            if (tn_dim_is(a->info.type.dim[d], 3)) axis = d;
    if (axis < 0) tni_at_fail(c, NULL, "no dimension is of size 3");
    tni_at_set_int(c, "axis", axis);
    tni_value *one = tni_at_vector(c, (int64_t[]){1, 2, 0}, 3),
              *two = tni_at_vector(c, (int64_t[]){2, 0, 1}, 3);
    tni_at_give(c, 0,
                tni_at_expr(c,
                            "Sub(Mul(Gather($0, $2){axis=axis}, Gather($1, $3){axis=axis}), "
                            "Mul(Gather($0, $3){axis=axis}, Gather($1, $2){axis=axis}))",
                            a, b, one, two));
}

static void multi_dot(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    for (size_t i = 1; i < n; i++) v[0] = tni_at_expr(c, "MatMul($0, $1)", v[0], v[i]);
    if (n) tni_at_give(c, 0, v[0]);
}

// ---- inverses

static void inverse(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, tni_at_has(c, "A") ? "A" : "self");
    tni_at_give(c, 0, tni_at_expr(c, "com.microsoft.Inverse($0)", v));
    if (c->nout > 1 && c->result[0])
        tni_at_give(
            c, 1, tni_at_expr(c, "Expand($0, Slice(Shape($1), [0], [-2]))", tni_at_scalar(c, TN_I32, 0), v));
}

static void det(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, tni_at_has(c, "A") ? "A" : "self"), *d = tni_at_expr(c, "Det($0)", v);
    if (strstr(c->target, "logdet")) d = tni_at_expr(c, "Log($0)", d);
    if (strstr(c->target, "slogdet")) {
        tni_at_give(c, 0, tni_at_expr(c, "Sign(Det($0))", v));
        tni_at_give(c, 1, tni_at_expr(c, "Log(Abs(Det($0)))", v));
        return;
    }
    tni_at_give(c, 0, d);
}

static void matrix_power(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *y = NULL;
    int64_t n = tni_at_int(c, "n");
    if (n < -64 || n > 64) tni_at_fail(c, NULL, "the power is too large");
    if (n < 0) v = tni_at_expr(c, "com.microsoft.Inverse($0)", v), n = -n;
    for (int64_t i = 0; i < n && !c->failed; i++) y = y ? tni_at_expr(c, "MatMul($0, $1)", y, v) : v;
    if (n == 0) tni_at_fail(c, NULL, "the power is 0");
    tni_at_give(c, 0, y);
}

// ---- norms of matrices: those that need no decomposition

static tni_value *matrix_norm(tn_aten *c, tni_value *v, const int64_t dim[2], double order, bool frobenius,
                              bool keep) {
    tni_value *both = tni_at_vector(c, dim, 2);
    tni_at_clear(c);
    tni_at_set_int(c, "keepdims", keep);
    if (frobenius) return tni_at_expr(c, "ReduceL2($0, $1){keepdims=keepdims}", v, both);
    bool columns = fabs(order) == 1; // sums of columns, or of rows
    if (!columns && !isinf(order)) {
        tni_at_fail(c, NULL, "this norm of a matrix needs its singular values");
        return NULL;
    }
    tni_value *along = tni_at_vector(c, &dim[columns ? 0 : 1], 1),
              *other = tni_at_vector(c, &dim[columns ? 1 : 0], 1);
    tni_value *sums = tni_at_expr(c, "ReduceL1($0, $1)", v, along);
    sums = order > 0 ? tni_at_expr(c, "ReduceMax($0, $1)", sums, other)
                     : tni_at_expr(c, "ReduceMin($0, $1)", sums, other);
    return keep ? sums : tni_at_expr(c, "Squeeze($0, $1)", sums, both);
}

static void linalg_norm(tn_aten *c) {
    tni_value *v = tni_at_number(c, tni_at_has(c, "A") ? "A" : "self", c->out);
    int rank = tni_at_rank(c, v);
    bool text = tni_at_has(c, "ord") && tni_at_kind(c, "ord") == TN_ATTR_STRING && !tni_at_is_plain(c, "ord");
    const char *name = text ? tni_at_string(c, "ord") : "";
    bool infinite = strstr(name, "nfinity") != NULL;
    bool any = tni_at_has(c, "ord"), matrix = strstr(c->target, "matrix") != NULL,
         keep = tni_at_bool(c, "keepdim");
    double order = any && (!text || infinite) ? tni_at_float(c, "ord") : 2;
    int64_t dim[TNI_AT_LIST] = {-2, -1};
    size_t n = tni_at_has(c, "dim") ? tni_at_ints(c, "dim", dim) : matrix ? 2 : 0;
    if (c->failed) return;
    if (n == 2 || (n == 0 && any && rank == 2)) {
        if (!strcmp(name, "nuc")) tni_at_fail(c, NULL, "this norm of a matrix needs its singular values");
        tni_at_give(c, 0, matrix_norm(c, v, dim, order, !any || (text && !infinite), keep));
        return;
    }
    if (n == 0 && !keep) v = tni_at_expr(c, "Reshape($0, [-1])", v);
    for (int d = 0; n == 0 && keep && d < rank; d++) dim[d] = d;
    if (n == 0) n = keep ? (size_t)rank : 1, dim[0] = keep ? dim[0] : 0;
    tni_value *over = tni_at_vector(c, dim, n), *size = tni_at_expr(c, "Abs($0)", v);
    tni_at_set_int(c, "keepdims", keep);
    if (order == 2)
        tni_at_give(c, 0, tni_at_expr(c, "ReduceL2($0, $1){keepdims=keepdims}", v, over));
    else if (isinf(order))
        tni_at_give(c, 0,
                    tni_at_expr(c,
                                order > 0 ? "ReduceMax($0, $1){keepdims=keepdims}"
                                          : "ReduceMin($0, $1){keepdims=keepdims}",
                                size, over));
    else if (order == 0)
        tni_at_give(c, 0,
                    tni_at_expr(c, "ReduceSum(out(Not(Equal($0, $2))), $1){keepdims=keepdims}", v, over,
                                tni_at_scalar(c, c->out, 0)));
    else
        tni_at_give(c, 0,
                    tni_at_expr(c, "Pow(ReduceSum(Pow($0, $2), $1){keepdims=keepdims}, $3)", size, over,
                                tni_at_scalar(c, c->out, order), tni_at_scalar(c, c->out, 1 / order)));
}

// A product of three, each with dimensions of 1 where it has none, summed up over some.
static void trilinear(tn_aten *c) {
    static const char *const factor[] = {"i1", "i2", "i3"}, *const more[] = {"expand1", "expand2", "expand3"};
    tni_value *product = NULL;
    int64_t dims[TNI_AT_LIST];
    for (int i = 0; i < 3; i++) {
        size_t n = tni_at_ints(c, more[i], dims);
        tni_value *v =
            tni_at_expr(c, "Unsqueeze($0, $1)", tni_at_tensor(c, factor[i]), tni_at_vector(c, dims, n));
        product = product ? tni_at_expr(c, "Mul($0, $1)", product, v) : v;
    }
    size_t n = tni_at_ints(c, "sumdim", dims);
    tni_at_give(c, 0,
                n ? tni_at_expr(c, "ReduceSum($0, $1){keepdims=0}", product, tni_at_vector(c, dims, n))
                  : product);
}

static void int_mm(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "MatMulInteger(self, mat2)")); }

TN_ATEN(linalg) = {
    {"aten._int_mm.default", NULL, int_mm, 0},
    {"aten._trilinear", NULL, trilinear, 0},
    {"aten._grouped_mm", NULL, grouped, 0},
    {"transformers.grouped_mm_fallback", NULL, grouped, 0},
    {"aten.tensordot", NULL, tensordot, 0},
    {"aten.inner", NULL, inner, 0},
    {"aten.addbmm", NULL, addbmm, TN_ATEN_OUT},
    {"aten.addr", NULL, addr, TN_ATEN_OUT},
    {"aten.linalg_vecdot", NULL, vecdot, TN_ATEN_OUT},
    {"aten.cross", NULL, cross, 0},
    {"aten.linalg_cross", NULL, cross, 0},
    {"aten.linalg_multi_dot", NULL, multi_dot, 0},
    {"aten.chain_matmul", NULL, multi_dot, 0},
    {"aten.linalg_matmul", "MatMul(self, other)", NULL, TN_ATEN_OUT},
    {"aten.inverse", NULL, inverse, 0},
    {"aten.linalg_inv", NULL, inverse, 0},
    {"aten.linalg_inv_ex", NULL, inverse, 0},
    {"aten.det", NULL, det, 0},
    {"aten.linalg_det", NULL, det, 0},
    {"aten.logdet", NULL, det, 0},
    {"aten.linalg_slogdet", NULL, det, 0},
    {"aten.slogdet", NULL, det, 0},
    {"aten._linalg_det", NULL, det, 0},
    {"aten._linalg_slogdet", NULL, det, 0},
    {"aten.linalg_matrix_power", NULL, matrix_power, 0},
    {"aten.matrix_power", NULL, matrix_power, 0},
    {"aten.linalg_norm", NULL, linalg_norm, 0},
    {"aten.linalg_matrix_norm", NULL, linalg_norm, 0},
    {0},
};
