// SPDX-License-Identifier: Apache-2.0
// reduce.c - PyTorch's reductions, searches for extremes, running sums, sorts.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <math.h>
#include <string.h>

// The dimensions to reduce as a vector; NULL: all of them.
static tni_value *axes(tn_aten *c) {
    int64_t dims[TNI_AT_LIST];
    if (!tni_at_has(c, "dim")) return NULL;
    size_t n = tni_at_ints(c, "dim", dims);
    return n ? tni_at_vector(c, dims, n) : NULL;
}

static tni_value *reduced(tn_aten *c, const char *op, tni_value *v) {
    tni_value *over = axes(c), *out = NULL;
    if (c->failed) return NULL;
    if (v && v->info.type.rank == 0) over = NULL; // PyTorch lets a scalar be reduced over dimension 0
    tni_at_clear(c);
    tni_at_set_int(c, "keepdims", tni_at_has(c, "keepdim") && tni_at_bool(c, "keepdim"));
    tni_at_node(c, op, over ? 2 : 1, (tni_value *[]){v, over}, 1, &out);
    tni_at_clear(c);
    return out;
}

static tni_value *self_as(tn_aten *c, tn_dtype dtype) { return tni_at_number(c, "self", dtype); }

static void sum(tn_aten *c) { tni_at_give(c, 0, reduced(c, "ReduceSum", self_as(c, c->out))); }
static void mean(tn_aten *c) { tni_at_give(c, 0, reduced(c, "ReduceMean", self_as(c, c->out))); }
static void prod(tn_aten *c) { tni_at_give(c, 0, reduced(c, "ReduceProd", self_as(c, c->out))); }
static void amax(tn_aten *c) { tni_at_give(c, 0, reduced(c, "ReduceMax", tni_at_tensor(c, "self"))); }
static void amin(tn_aten *c) { tni_at_give(c, 0, reduced(c, "ReduceMin", tni_at_tensor(c, "self"))); }
static void logsumexp(tn_aten *c) { tni_at_give(c, 0, reduced(c, "ReduceLogSumExp", self_as(c, c->out))); }

static void any(tn_aten *c) {
    tni_value *v = tni_at_cast(c, tni_at_tensor(c, "self"), TN_BOOL);
    tni_at_give(c, 0, tni_at_cast(c, reduced(c, "ReduceMax", tni_at_cast(c, v, TN_I32)), TN_BOOL));
}

static void all(tn_aten *c) {
    tni_value *v = tni_at_cast(c, tni_at_tensor(c, "self"), TN_BOOL);
    tni_at_give(c, 0, tni_at_cast(c, reduced(c, "ReduceMin", tni_at_cast(c, v, TN_I32)), TN_BOOL));
}

// The mean square distance from the mean, over n - correction.
static tni_value *variance(tn_aten *c, tni_value **mean_to) {
    tni_value *v = self_as(c, c->out), *over = axes(c);
    double correction = 1;
    if (tni_at_has(c, "correction")) correction = tni_at_float(c, "correction");
    if (tni_at_has(c, "unbiased")) correction = tni_at_bool(c, "unbiased");
    tni_value *mean =
        over ? tni_at_expr(c, "ReduceMean($0, $1)", v, over) : tni_at_expr(c, "ReduceMean($0)", v);
    tni_value *d = tni_at_expr(c, "Sub($0, $1)", v, mean);
    tni_value *sum = reduced(c, "ReduceSum", tni_at_expr(c, "Mul($0, $0)", d));
    tni_value *count = tni_at_expr(c, "Div(Size($0), Size($1))", v, mean);
    tni_value *n = tni_at_expr(c, "Max(Sub(out($0), $1), 0)", count, tni_at_scalar(c, c->out, correction));
    if (mean_to) *mean_to = reduced(c, "ReduceMean", v);
    return tni_at_expr(c, "Div($0, $1)", sum, n);
}

static void var(tn_aten *c) { tni_at_give(c, 0, variance(c, NULL)); }
static void std_(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Sqrt($0)", variance(c, NULL))); }

static void var_mean(tn_aten *c) {
    tni_value *mean = NULL, *v = variance(c, &mean);
    tni_at_give(c, 0, strstr(c->target, "std") ? tni_at_expr(c, "Sqrt($0)", v) : v);
    tni_at_give(c, 1, mean);
}

// ---- norms

static tni_value *norm_of(tn_aten *c, tni_value *v, double p) {
    if (p == 2) return reduced(c, "ReduceL2", v);
    if (p == 1) return reduced(c, "ReduceL1", v);
    tni_value *size = tni_at_expr(c, "Abs($0)", v);
    if (isinf(p)) return reduced(c, p > 0 ? "ReduceMax" : "ReduceMin", size);
    if (p == 0) return reduced(c, "ReduceSum", tni_at_expr(c, "out(Not(Equal($0, 0)))", size));
    tni_value *k = tni_at_scalar(c, c->out, p), *root = tni_at_scalar(c, c->out, 1 / p);
    return tni_at_expr(c, "Pow($0, $1)", reduced(c, "ReduceSum", tni_at_expr(c, "Pow($0, $1)", size, k)),
                       root);
}

static void norm(tn_aten *c) {
    const char *name = tni_at_has(c, "ord") ? "ord" : "p";
    double p = tni_at_has(c, name) ? tni_at_float(c, name) : 2;
    tni_at_give(c, 0, norm_of(c, self_as(c, c->out), p));
}

// ---- extremes and where they are

static void arg_extreme(tn_aten *c) {
    bool largest = strstr(c->target, "argmax") != NULL;
    tni_value *v = tni_at_tensor(c, "self");
    if (tni_at_type(v) == TN_BOOL) v = tni_at_cast(c, v, TN_I32);
    bool flat = !tni_at_has(c, "dim"), keep = tni_at_bool(c, "keepdim");
    int rank = tni_at_rank(c, v);
    if (flat || rank == 0) v = tni_at_expr(c, "Reshape($0, [-1])", v);
    tni_at_set_int(c, "axis", flat ? 0 : tni_at_axis(c, "dim", rank));
    tni_at_set_int(c, "keep", keep && !flat && rank);
    tni_at_give(
        c, 0,
        tni_at_expr(
            c, largest ? "ArgMax($0){axis=axis, keepdims=keep}" : "ArgMin($0){axis=axis, keepdims=keep}", v));
}

static void extreme_dim(tn_aten *c) {
    bool largest = strstr(c->target, "max") != NULL;
    tni_value *v = tni_at_tensor(c, "self"), *in = tni_at_type(v) == TN_BOOL ? tni_at_cast(c, v, TN_I32) : v;
    tni_at_give(c, 0, reduced(c, largest ? "ReduceMax" : "ReduceMin", in));
    if (tni_at_rank(c, v) == 0) {
        tni_at_give(c, 1, tni_at_scalar(c, TN_I64, 0));
        return;
    }
    tni_at_set_int(c, "axis", tni_at_axis(c, "dim", tni_at_rank(c, v)));
    tni_at_set_int(c, "keep", tni_at_bool(c, "keepdim"));
    tni_at_give(
        c, 1,
        tni_at_expr(c,
                    largest ? "ArgMax($0){axis=axis, keepdims=keep}" : "ArgMin($0){axis=axis, keepdims=keep}",
                    in));
}

static void aminmax(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    tni_at_give(c, 0, reduced(c, "ReduceMin", v));
    tni_at_give(c, 1, reduced(c, "ReduceMax", v));
}

// ---- scans and sorts

static void cumsum(tn_aten *c) {
    tni_value *v = self_as(c, c->out);
    int rank = tni_at_rank(c, v);
    if (!rank) {
        tni_at_give(c, 0, v);
        return;
    }
    bool product = strstr(c->target, "prod") != NULL;
    tni_value *axis = tni_at_scalar(c, TN_I64, tni_at_axis(c, "dim", rank));
    tni_at_give(c, 0, tni_at_expr(c, product ? "CumProd($0, $1)" : "CumSum($0, $1)", v, axis));
}

static void give_top(tn_aten *c, tni_value *v, tni_value *k, bool largest) {
    tni_value *out[2];
    if (tni_at_rank(c, v) == 0) {
        tni_at_give(c, 0, v);
        tni_at_give(c, 1, tni_at_scalar(c, TN_I64, 0));
        return;
    }
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    tn_dtype dtype = tni_at_type(v);
    if (dtype == TN_BOOL) v = tni_at_cast(c, v, TN_U8);
    tni_at_clear(c);
    tni_at_set_int(c, "axis", axis);
    tni_at_set_int(c, "largest", largest);
    if (!tni_at_node(c, "TopK", 2, (tni_value *[]){v, k}, 2, out)) return;
    tni_at_give(c, 0, tni_at_cast(c, out[0], dtype));
    tni_at_give(c, 1, out[1]);
}

static void topk(tn_aten *c) {
    give_top(c, tni_at_tensor(c, "self"), tni_at_size(c, "k"), tni_at_bool(c, "largest"));
}

static tni_value *length(tn_aten *c, tni_value *v) {
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    return tni_at_expr(c, "Slice(Shape($0), $1, $2)", v, tni_at_vector(c, (int64_t[]){axis}, 1),
                       tni_at_vector(c, (int64_t[]){axis + 1}, 1));
}

static void sort(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    give_top(c, v, v && tni_at_rank(c, v) ? length(c, v) : NULL, tni_at_bool(c, "descending"));
}

// The lower of the two in the middle.
static void median(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *half;
    bool flat = !tni_at_has(c, "dim"), keep = !flat && tni_at_bool(c, "keepdim");
    if (flat) v = tni_at_expr(c, "Reshape($0, [-1])", v);
    int64_t axis = flat ? 0 : tni_at_axis(c, "dim", tni_at_rank(c, v)), next = axis + 1;
    half =
        tni_at_expr(c, "Slice(Shape($0), $1, $2)", v, tni_at_vector(c, &axis, 1), tni_at_vector(c, &next, 1));
    half = tni_at_expr(c, "Div(Add($0, $1), $2)", half, tni_at_scalar(c, TN_I64, 1),
                       tni_at_scalar(c, TN_I64, 2));
    tni_value *out[2];
    tni_at_set_int(c, "axis", axis);
    tni_at_set_int(c, "largest", 0);
    if (!tni_at_node(c, "TopK", 2, (tni_value *[]){v, half}, 2, out)) return;
    tni_value *at = tni_at_vector(c, &axis, 1), *last = tni_at_vector(c, (int64_t[]){-1}, 1);
    tni_value *end = tni_at_vector(c, (int64_t[]){INT64_MAX}, 1);
    for (size_t i = 0; i < 2; i++) {
        tni_value *middle = tni_at_expr(c, "Slice($0, $1, $2, $3)", out[i], last, end, at);
        tni_at_give(c, i, keep ? middle : tni_at_expr(c, "Squeeze($0, $1)", middle, at));
    }
}

static void argsort(tn_aten *c) {
    sort(c);
    tni_at_give(c, 0, c->result[1]);
}

static void diff(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    int64_t times = tni_at_int(c, "n");
    if (times < 0 || times > 64) tni_at_fail(c, NULL, "differences of that order cannot be taken");
    for (int i = 0; i < 2; i++) { // what is put before and behind
        const char *name = i ? "append" : "prepend";
        if (!tni_at_has(c, name)) continue;
        tni_value *more = tni_at_tensor(c, name);
        tni_at_set_int(c, "axis", axis);
        v = i ? tni_at_expr(c, "Concat($0, $1){axis=axis}", v, more)
              : tni_at_expr(c, "Concat($1, $0){axis=axis}", v, more);
    }
    tni_value *at = tni_at_vector(c, &axis, 1), *end = tni_at_vector(c, (int64_t[]){INT64_MAX}, 1);
    for (int64_t i = 0; i < times && !c->failed; i++)
        v = tni_at_expr(c,
                        c->out == TN_BOOL ? "Xor(Slice($0, [1], $1, $2), Slice($0, [0], [-1], $2))"
                                          : "Sub(Slice($0, [1], $1, $2), Slice($0, [0], [-1], $2))",
                        v, end, at);
    tni_at_give(c, 0, v);
}

static void cosine_similarity(tn_aten *c) {
    int64_t dim = tni_at_int(c, "dim");
    tni_value *eps = tni_at_scalar(c, c->out, tni_at_float(c, "eps")), *over = tni_at_vector(c, &dim, 1);
    tni_value *a = tni_at_expr(c, "Div(x1, Max(ReduceL2(x1, $0), $1))", over, eps);
    tni_value *b = tni_at_expr(c, "Div(x2, Max(ReduceL2(x2, $0), $1))", over, eps);
    tni_at_give(c, 0, tni_at_expr(c, "ReduceSum(Mul($0, $1), $2){keepdims=0}", a, b, over));
}

static void count_nonzero(tn_aten *c) {
    tni_value *v = tni_at_cast(c, tni_at_cast(c, tni_at_tensor(c, "self"), TN_BOOL), TN_I64);
    tni_at_give(c, 0, reduced(c, "ReduceSum", v));
}

TN_ATEN(reduce) = {
    {"aten.sum", NULL, sum, 0},
    {"aten.mean", NULL, mean, 0},
    {"aten.prod.default", NULL, prod, 0},
    {"aten.prod.dim_int", NULL, prod, 0},
    {"aten.amax", NULL, amax, 0},
    {"aten.amin", NULL, amin, 0},
    {"aten.aminmax", NULL, aminmax, 0},
    {"aten.max.default", NULL, amax, 0},
    {"aten.min.default", NULL, amin, 0},
    {"aten.max.dim", NULL, extreme_dim, 0},
    {"aten.min.dim", NULL, extreme_dim, 0},
    {"aten.argmax", NULL, arg_extreme, 0},
    {"aten.argmin", NULL, arg_extreme, 0},
    {"aten.any", NULL, any, 0},
    {"aten.all", NULL, all, 0},
    {"aten._is_any_true", NULL, any, 0},
    {"aten._is_all_true", NULL, all, 0},
    {"aten.logsumexp", NULL, logsumexp, 0},
    {"aten.var", NULL, var, 0},
    {"aten.std", NULL, std_, 0},
    {"aten.var_mean", NULL, var_mean, 0},
    {"aten.std_mean", NULL, var_mean, 0},
    {"aten.norm", NULL, norm, 0},
    {"aten.linalg_vector_norm", NULL, norm, 0},
    {"aten.cumsum", NULL, cumsum, 0},
    {"aten.cumprod", NULL, cumsum, 0},
    {"aten.topk", NULL, topk, 0},
    {"aten.sort", NULL, sort, 0},
    {"aten.median", NULL, median, 0},
    {"aten.argsort", NULL, argsort, 0},
    {"aten.diff", NULL, diff, 0},
    {"aten.cosine_similarity", NULL, cosine_similarity, 0},
    {"aten.count_nonzero", NULL, count_nonzero, 0},
    {0},
};
