// SPDX-License-Identifier: Apache-2.0
// create.c - PyTorch's operators that make tensors: fills, ranges, casts, random numbers; and those that only
// pass a tensor on.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <math.h>
#include <string.h>

static void give_full(tn_aten *c, tni_value *shape, tni_value *value) {
    tni_at_give(c, 0, tni_at_expr(c, "Expand($0, $1)", value, shape));
}

static tni_value *size(tn_aten *c) { return tni_at_size(c, "size"); }
static tni_value *like(tn_aten *c) { return tni_at_expr(c, "Shape(self)"); }
static tni_value *zero(tn_aten *c) { return tni_at_scalar(c, c->out, 0); }
static tni_value *one(tn_aten *c) { return tni_at_scalar(c, c->out, 1); }

static void zeros(tn_aten *c) { give_full(c, size(c), zero(c)); }
static void ones(tn_aten *c) { give_full(c, size(c), one(c)); }
static void zeros_like(tn_aten *c) { give_full(c, like(c), zero(c)); }
static void ones_like(tn_aten *c) { give_full(c, like(c), one(c)); }
static void full(tn_aten *c) { give_full(c, size(c), tni_at_number(c, "fill_value", c->out)); }
static void full_like(tn_aten *c) { give_full(c, like(c), tni_at_number(c, "fill_value", c->out)); }
static void fill(tn_aten *c) { give_full(c, like(c), tni_at_number(c, "value", c->out)); }

static void copy(tn_aten *c) {
    tni_value *to = tni_at_tensor(c, "self"), *from = tni_at_number(c, "src", c->out);
    bool same = to && from && to->info.type.rank == from->info.type.rank;
    for (int d = 0; same && d < to->info.type.rank; d++)
        same = tn_dim_equal(to->info.type.dim[d], from->info.type.dim[d]);
    tni_at_give(c, 0, same ? from : tni_at_expr(c, "Expand($0, Shape($1))", from, to));
}

// As many elements in their order as there is room for; what is added is zero.
static void resize(tn_aten *c) {
    tni_value *to = size(c), *count = tni_at_expr(c, "ReduceProd($0)", to);
    tni_value *flat = tni_at_expr(c, "Reshape(self, [-1])");
    tni_value *more = tni_at_expr(c, "Max(Sub($0, Shape($1)), $2)", count, flat, tni_at_scalar(c, TN_I64, 0));
    flat = tni_at_expr(c, "Slice(Pad($0, Concat([0], $1){axis=0}), [0], $2)", flat, more, count);
    tni_at_give(c, 0, tni_at_expr(c, "Reshape($0, $1){allowzero=1}", flat, to));
}

static void scalar_tensor(tn_aten *c) { tni_at_give(c, 0, tni_at_number(c, "s", c->out)); }

// Floats are counted from the start, as many as the file says: by the end alone rounding decides.
static bool counted(tn_aten *c) {
    const char *names[] = {"start", "end", "step"};
    double at[] = {0, 0, 1};
    tn_dim n = tn_k(0);
    if (!tni_is_float(c->out) ||
        !tni_pt2_dim(c->x, json_array_get(json_object_get(c->want_meta, "sizes"), 0), &n))
        return false;
    for (int i = 0; i < 3; i++) {
        if (!tni_at_has(c, names[i])) continue;
        if (!tni_at_is_plain(c, names[i])) return false;
        at[i] = tni_at_float(c, names[i]);
    }
    if (n.e || n.k < 0 || n.k > 1 << 24 || c->failed) return false;
    tn_tensor *t = tni_tensor_new(&c->graph->root->arena, c->out, 1, &n.k);
    if (!t) return !(c->x->nomem = c->failed = true);
    for (int64_t i = 0; i < n.k; i++) tni_set(t, i, at[0] + (double)i * at[2]);
    tni_at_give(c, 0, tni_value_const(c->graph, NULL, t));
    return true;
}

// From start (0) to end by step (1), in the type of the result.
static void arange(tn_aten *c) {
    if (counted(c)) return;
    bool i64 = !tni_is_float(c->out);
    tn_dtype in = i64 ? TN_I64 : c->out;
    tni_value *start = tni_at_has(c, "start") ? tni_at_number(c, "start", in) : tni_at_scalar(c, in, 0);
    tni_value *step = tni_at_has(c, "step") ? tni_at_number(c, "step", in) : tni_at_scalar(c, in, 1);
    tni_at_give(c, 0,
                tni_at_cast(c, tni_at_expr(c, "Range($0, $1, $2)", start, tni_at_number(c, "end", in), step),
                            c->out));
}

// Counted from both ends, as PyTorch does, so that the last is exact.
static void linspace(tn_aten *c) {
    int64_t n = tni_at_int(c, "steps");
    if (n < 0 || n > 1 << 24) tni_at_fail(c, NULL, "it has %lld steps", (long long)n);
    tn_tensor *t = c->failed ? NULL : tni_tensor_new(&c->graph->root->arena, c->out, 1, &n);
    double start = tni_at_float(c, "start"), end = tni_at_float(c, "end");
    float first = (float)start, last = (float)end, step = n > 1 ? (last - first) / (float)(n - 1) : 0;
    for (int64_t i = 0; t && !c->failed && i < n; i++) {
        if (c->out == TN_F32)
            tni_set(
                t, i,
                (double)(n == 1 || i < n / 2 ? first + step * (float)i : last - step * (float)(n - 1 - i)));
        else
            tni_set(t, i, n > 1 ? start + (end - start) * (double)i / (double)(n - 1) : start);
    }
    if (t) tni_at_give(c, 0, tni_value_const(c->graph, NULL, t));
}

static void logspace(tn_aten *c) {
    double base = tni_at_has(c, "base") ? tni_at_float(c, "base") : 10;
    tn_dtype out = c->out;
    if (!tni_is_float(out)) c->out = TN_F64;
    linspace(c);
    tni_value *exponent = c->result[0];
    c->out = out;
    if (exponent)
        tni_at_give(
            c, 0,
            tni_at_expr(c, "out(Pow($0, $1))", tni_at_scalar(c, tni_at_type(exponent), base), exponent));
}

// Kaiser's: of Bessel functions of half an ellipse.
static void kaiser_window(tn_aten *c) {
    int64_t n = tni_at_int(c, "window_length");
    bool periodic = !tni_at_has(c, "periodic") || tni_at_bool(c, "periodic");
    double beta = tni_at_has(c, "beta") ? tni_at_float(c, "beta") : 12;
    if (!c->failed && (n < 0 || n > 1 << 24)) tni_at_fail(c, NULL, "it has %lld elements", (long long)n);
    tn_tensor *t = c->failed ? NULL : tni_tensor_new(&c->graph->root->arena, c->out, 1, &n);
    double last = (double)(periodic ? n : n - 1);
    for (int64_t i = 0; t && i < n; i++) {
        double at = n > 1 ? 2 * (double)i / last - 1 : 0;
        tni_set(t, i, beta * sqrt(fmax(1 - at * at, 0)));
    }
    if (t)
        tni_at_give(c, 0,
                    tni_at_expr(c, "Div(tn.BesselI0($0), tn.BesselI0($1))",
                                tni_value_const(c->graph, NULL, t), tni_at_scalar(c, c->out, beta)));
}

static void fill_diagonal(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    if (tni_at_rank(c, v) != 2 || tni_at_bool(c, "wrap"))
        tni_at_fail(c, "write with torch.diagonal(x).fill_(value)", "only diagonals of matrices are filled");
    tni_at_set_int(c, "dtype", TN_BOOL);
    tni_at_give(c, 0,
                tni_at_expr(c, "Where(EyeLike($0){dtype=dtype}, $1, $0)", v,
                            tni_at_number(c, "fill_value", tni_at_type(v))));
}

// The raised cosines and the triangle; `periodic`: one more is made, and left out.
static void window(tn_aten *c) {
    const double tau = 6.28318530717958647692;
    int64_t n = tni_at_int(c, "window_length");
    bool periodic = !tni_at_has(c, "periodic") || tni_at_bool(c, "periodic");
    bool hamming = strstr(c->target, "hamming") != NULL, blackman = strstr(c->target, "blackman") != NULL;
    double alpha = tni_at_has(c, "alpha") ? tni_at_float(c, "alpha") : hamming ? 0.54 : 0.5;
    double beta = tni_at_has(c, "beta") ? tni_at_float(c, "beta") : hamming ? 0.46 : 0.5;
    if (!c->failed && (n < 0 || n > 1 << 24)) tni_at_fail(c, NULL, "it has %lld elements", (long long)n);
    tn_tensor *t = c->failed ? NULL : tni_tensor_new(&c->graph->root->arena, c->out, 1, &n);
    double last = (double)(periodic ? n : n - 1);
    for (int64_t i = 0; t && i < n; i++) {
        double at = (double)i / last, v = alpha - beta * cos(tau * at);
        if (blackman) v = 0.42 - 0.5 * cos(tau * at) + 0.08 * cos(2 * tau * at);
        if (strstr(c->target, "bartlett")) v = 1 - fabs(2 * at - 1);
        tni_set(t, i, n == 1 ? 1 : v);
    }
    if (t) tni_at_give(c, 0, tni_value_const(c->graph, NULL, t));
}

static void eye(tn_aten *c) {
    tni_value *n = tni_at_size(c, "n"), *m = tni_at_has(c, "m") ? tni_at_size(c, "m") : n;
    tni_value *shape = tni_at_expr(c, "Concat($0, $1){axis=0}", n, m);
    tni_at_set_int(c, "dtype", c->out);
    tni_at_give(c, 0, tni_at_expr(c, "EyeLike(Expand($0, $1)){dtype=dtype}", zero(c), shape));
}

static void tri(tn_aten *c) {
    bool upper = strstr(c->target, "triu") != NULL;
    tni_value *v = tni_at_tensor(c, "self"), *k = tni_at_scalar(c, TN_I64, (double)tni_at_int(c, "diagonal"));
    tni_at_set_int(c, "upper", upper);
    if (c->out == TN_BOOL)
        tni_at_give(c, 0, tni_at_expr(c, "bool(Trilu(i32($0), $1){upper=upper})", v, k));
    else
        tni_at_give(c, 0, tni_at_expr(c, "Trilu($0, $1){upper=upper}", v, k));
}

static void meshgrid(tn_aten *c) {
    tni_value *v[TNI_AT_LIST], *shape[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    bool xy = tni_at_has(c, "indexing") && !strcmp(tni_at_string(c, "indexing"), "xy") && n > 1;
    for (size_t i = 0; i < n; i++)
        shape[i] = tni_at_expr(c, "Reshape(Size($0), [1])", v[xy && i < 2 ? 1 - i : i]);
    tni_at_set_int(c, "axis", 0);
    tni_value *all = n == 1 ? shape[0] : tni_at_list(c, "Concat", n, shape);
    for (size_t i = 0; i < n && !c->failed; i++) {
        size_t axis = xy && i < 2 ? 1 - i : i;
        int64_t place[TN_MAX_RANK];
        for (size_t d = 0; d < n && d < TN_MAX_RANK; d++) place[d] = d == axis ? -1 : 1;
        if (n > TN_MAX_RANK) tni_at_fail(c, NULL, "it has too many dimensions");
        tni_at_give(c, i,
                    tni_at_expr(c, "Expand(Reshape($0, $1), $2)", v[i], tni_at_vector(c, place, n), all));
    }
}

static void one_hot(tn_aten *c) {
    tni_value *values = tni_at_vector(c, (int64_t[]){0, 1}, 2);
    int64_t n = tni_at_int(c, "num_classes");
    if (n < 0) tni_at_fail(c, "give num_classes", "the number of classes depends on the data");
    tni_at_give(c, 0, tni_at_expr(c, "OneHot(self, $0, $1)", tni_at_scalar(c, TN_I64, (double)n), values));
}

// ---- casts: `self` in the type that the file says

static void cast(tn_aten *c) {
    const char *name = tni_at_has(c, "self") ? "self" : "input";
    tni_at_give(c, 0, tni_at_cast(c, tni_at_tensor(c, name), c->out));
}

static void item(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    tn_dtype dtype = tni_at_type(v);
    tn_dtype to = dtype == TN_BOOL ? TN_BOOL : tni_is_float(dtype) ? TN_F64 : TN_I64;
    tni_at_give(
        c, 0,
        tni_at_cast(
            c, tni_at_rank(c, v) ? tni_at_expr(c, "Reshape($0, $1)", v, tni_at_vector(c, NULL, 0)) : v, to));
}

// ---- random numbers: fresh ones each run, of PyTorch's distributions but not of its generators

static void uniform_like(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "RandomUniformLike(self)")); }
static void normal_like(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "RandomNormalLike(self)")); }

static void random_of_size(tn_aten *c) {
    bool normal = strstr(c->target, "randn") != NULL;
    tni_value *shape = tni_at_expr(c, "Expand($0, $1)", zero(c), size(c));
    tni_at_give(c, 0, tni_at_expr(c, normal ? "RandomNormalLike($0)" : "RandomUniformLike($0)", shape));
}

// The order of random numbers.
static void randperm(tn_aten *c) {
    tni_value *n = tni_at_size(c, "n"), *out[2];
    tni_value *random = tni_at_expr(c, "RandomUniformLike(Expand($0, $1))", tni_at_scalar(c, TN_F32, 0), n);
    if (tni_at_node(c, "TopK", 2, (tni_value *[]){random, n}, 2, out)) tni_at_give(c, 0, out[1]);
}

static void bernoulli(tn_aten *c) {
    tni_value *p = tni_at_has(c, "p") ? tni_at_expr(c, "Expand(p, Shape(self))") : tni_at_tensor(c, "self");
    tni_at_set_int(c, "dtype", c->out);
    tni_at_give(c, 0, tni_at_expr(c, "Bernoulli($0){dtype=dtype}", p));
}

TN_ATEN(create) = {
    {"aten.zeros.default", NULL, zeros, 0},
    {"aten.ones.default", NULL, ones, 0},
    {"aten.empty.memory_format", NULL, zeros, 0},
    {"aten.empty_strided", NULL, zeros, 0},
    {"aten.empty_permuted", NULL, zeros, 0},
    {"aten.full.default", NULL, full, 0},
    {"aten.new_zeros", NULL, zeros, 0},
    {"aten.new_ones", NULL, ones, 0},
    {"aten.new_empty", NULL, zeros, 0},
    {"aten.new_empty_strided", NULL, zeros, 0},
    {"aten.new_full", NULL, full, 0},
    {"aten.zeros_like", NULL, zeros_like, 0},
    {"aten.ones_like", NULL, ones_like, 0},
    {"aten.empty_like", NULL, zeros_like, 0},
    {"aten.full_like", NULL, full_like, 0},
    {"aten.fill", NULL, fill, 0},
    {"aten.zero", NULL, zeros_like, 0},
    {"aten.copy", NULL, copy, 0},
    {"aten.scalar_tensor", NULL, scalar_tensor, 0},
    {"aten.arange", NULL, arange, 0},
    {"aten.linspace", NULL, linspace, 0},
    {"aten.logspace.default", NULL, logspace, 0},
    {"aten.kaiser_window", NULL, kaiser_window, 0},
    {"aten.fill_diagonal", NULL, fill_diagonal, 0},
    {"aten.hann_window", NULL, window, 0},
    {"aten.hamming_window", NULL, window, 0},
    {"aten.blackman_window", NULL, window, 0},
    {"aten.bartlett_window", NULL, window, 0},
    {"aten.eye.default", NULL, eye, 0},
    {"aten.eye.m", NULL, eye, 0},
    {"aten.tril", NULL, tri, 0},
    {"aten.triu", NULL, tri, 0},
    {"aten.meshgrid", NULL, meshgrid, 0},
    {"aten.one_hot", NULL, one_hot, 0},
    {"aten.to", NULL, cast, TN_ATEN_SAME_TYPE},
    {"aten._to_copy", NULL, cast, 0},
    {"aten.type_as", NULL, cast, TN_ATEN_SAME_TYPE},
    {"aten._cast_Float", NULL, cast, 0},
    {"aten._autocast_to_reduced_precision", NULL, cast, TN_ATEN_SAME_TYPE},
    {"aten._autocast_to_full_precision", NULL, cast, TN_ATEN_SAME_TYPE},
    {"prims.convert_element_type", NULL, cast, 0},
    {"aten.item", NULL, item, 0},
    {"aten._local_scalar_dense", NULL, item, 0},
    {"aten.rand_like", NULL, uniform_like, 0},
    {"aten.randn_like", NULL, normal_like, 0},
    {"aten.rand.default", NULL, random_of_size, 0},
    {"aten.randn.default", NULL, random_of_size, 0},
    {"aten.randperm", NULL, randperm, 0},
    {"aten.bernoulli", NULL, bernoulli, 0},
    {"aten.resize", NULL, resize, 0},
    {0},
};
