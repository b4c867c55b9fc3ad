// SPDX-License-Identifier: Apache-2.0
// statistics.c - PyTorch's operators that count, rank and run along a dimension.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <math.h>
#include <string.h>

static tni_value *length_along(tn_aten *c, tni_value *v, int64_t axis) {
    int64_t end = axis + 1;
    return tni_at_expr(c, "Slice(Shape($0), $1, $2)", v, tni_at_vector(c, &axis, 1),
                       tni_at_vector(c, &end, 1));
}

// ---- NaN taken as nothing

static void nansum(tn_aten *c) {
    tni_value *v = tni_at_number(c, "self", c->out);
    tni_value *none = tni_at_expr(c, tni_is_float(c->out) ? "IsNaN($0)" : "Not(Equal($0, $0))", v);
    bool mean = strstr(c->target, "nanmean") != NULL;
    int64_t dims[TNI_AT_LIST];
    size_t n = tni_at_has(c, "dim") ? tni_at_ints(c, "dim", dims) : 0;
    int rank = tni_at_rank(c, v);
    for (int d = 0; !n && d < rank && d < TN_MAX_RANK; d++) dims[d] = d;
    tni_value *over = tni_at_vector(c, dims, n ? n : (size_t)rank);
    tni_at_set_int(c, "keepdims", tni_at_bool(c, "keepdim"));
    tni_value *sum = tni_at_expr(c, "ReduceSum(Where($0, $1, $2), $3){keepdims=keepdims}", none,
                                 tni_at_scalar(c, c->out, 0), v, over);
    tni_value *count = tni_at_expr(c, "ReduceSum(out(Not($0)), $1){keepdims=keepdims}", none, over);
    tni_at_give(c, 0, mean ? tni_at_expr(c, "Div($0, $1)", sum, count) : sum);
}

// ---- running extremes and sums

static void cumulative_extreme(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[2];
    int rank = tni_at_rank(c, v);
    if (c->failed) return;
    if (!rank) {
        tni_at_give(c, 0, v);
        tni_at_give(c, 1, tni_at_scalar(c, TN_I64, 0));
        return;
    }
    tni_at_set_int(c, "dim", tni_at_axis(c, "dim", rank));
    tni_value *in = tni_is_float(tni_at_type(v)) ? v : tni_at_cast(c, v, TN_F64);
    if (!tni_at_node(c, strstr(c->target, "cummax") ? "mmcv.cummax" : "mmcv.cummin", 1, &in, 2, out)) return;
    tni_at_give(c, 0, out[0]);
    tni_at_give(c, 1, out[1]);
}

// Less the largest of all, lest it overflow, and in f64: what is e^700 times smaller than that is lost, and
// only the running maximum left of it.
static void logcumsumexp(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    if (!rank) {
        tni_at_give(c, 0, v);
        return;
    }
    int64_t axis = tni_at_axis(c, "dim", rank);
    v = tni_at_cast(c, v, TN_F64);
    tni_value *most = tni_at_expr(c, "ReduceMax($0, $1)", v, tni_at_vector(c, &axis, 1));
    most = tni_at_expr(c, "Where(IsInf($0), $1, $0)", most, tni_at_scalar(c, TN_F64, 0));
    tni_value *sum = tni_at_expr(c, "Add(Log(CumSum(Exp(Sub($0, $1)), $2)), $1)", v, most,
                                 tni_at_scalar(c, TN_I64, (double)axis));
    tni_at_set_int(c, "dim", axis);
    tni_at_give(c, 0, tni_at_expr(c, "Max($0, mmcv.cummax($1){dim=dim})", sum, v));
}

// ---- ranks

static bool sorted_along(tn_aten *c, tni_value *v, int64_t axis, tni_value *out[2]) {
    tni_at_clear(c);
    tni_at_set_int(c, "axis", axis);
    tni_at_set_int(c, "largest", 0);
    bool fine = tni_at_node(c, "TopK", 2, (tni_value *[]){v, length_along(c, v, axis)}, 2, out);
    tni_at_clear(c);
    return fine;
}

static void msort(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[2];
    if (tni_at_rank(c, v) == 0)
        tni_at_give(c, 0, v);
    else if (sorted_along(c, v, 0, out))
        tni_at_give(c, 0, out[0]);
}

static void kthvalue(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[2];
    int rank = tni_at_rank(c, v);
    if (!rank) {
        tni_at_give(c, 0, v);
        tni_at_give(c, 1, tni_at_scalar(c, TN_I64, 0));
        return;
    }
    int64_t axis = tni_at_axis(c, "dim", rank), k = tni_at_int(c, "k") - 1, end = k + 1;
    bool keep = tni_at_bool(c, "keepdim");
    if (c->failed || !sorted_along(c, v, axis, out)) return;
    tni_value *at = tni_at_vector(c, &axis, 1);
    for (size_t i = 0; i < 2; i++) {
        tni_value *one = tni_at_expr(c, "Slice($0, $1, $2, $3)", out[i], tni_at_vector(c, &k, 1),
                                     tni_at_vector(c, &end, 1), at);
        tni_at_give(c, i, keep ? one : tni_at_expr(c, "Squeeze($0, $1)", one, at));
    }
}

// The middle one of those that are not NaN, which are sorted last.
static void nanmedian(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[2];
    bool flat = !tni_at_has(c, "dim"), keep = !flat && tni_at_bool(c, "keepdim");
    if (flat) v = tni_at_expr(c, "Reshape($0, [-1])", v);
    int64_t axis = flat ? 0 : tni_at_axis(c, "dim", tni_at_rank(c, v));
    if (c->failed || !tni_is_float(tni_at_type(v))) {
        tni_at_fail(c, "take torch.median of integers", "only floats can be NaN");
        return;
    }
    tni_value *at = tni_at_vector(c, &axis, 1), *zero = tni_at_scalar(c, TN_I64, 0);
    tni_value *count = tni_at_expr(c, "ReduceSum(i64(Not(IsNaN($0))), $1)", v, at);
    tni_value *middle = tni_at_expr(c, "Max(Div(Sub($0, $1), $2), $3)", count, tni_at_scalar(c, TN_I64, 1),
                                    tni_at_scalar(c, TN_I64, 2), zero);
    if (!sorted_along(c, v, axis, out)) return;
    for (size_t i = 0; i < (flat ? 1 : 2); i++) {
        tni_at_set_int(c, "axis", axis);
        tni_value *one = tni_at_expr(c, "GatherElements($0, $1){axis=axis}", out[i], middle);
        tni_at_clear(c);
        tni_at_give(c, i, keep ? one : tni_at_expr(c, "Squeeze($0, $1)", one, at));
    }
}

// The most frequent element, of several the smallest, and where the last one of it stands.
static void mode(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t axis = tni_at_axis(c, "dim", tni_at_rank(c, v)), behind = axis + 1;
    bool keep = tni_at_bool(c, "keepdim");
    if (c->failed) return;
    tni_value *at = tni_at_vector(c, &axis, 1), *out[2];
    tni_value *pairs =
        tni_at_expr(c, "Equal(Unsqueeze($0, $1), Unsqueeze($0, $2))", v, at, tni_at_vector(c, &behind, 1));
    tni_value *count = tni_at_expr(c, "ReduceSum(i64($0), $1){keepdims=0}", pairs, at);
    tni_value *often = tni_at_expr(c, "Equal($0, ReduceMax($0, $1))", count, at);
    if (!sorted_along(c, v, axis, out)) return;
    tni_at_set_int(c, "axis", axis);
    tni_value *sorted =
        tni_at_expr(c, "i32(GatherElements($0, $1){axis=axis})", tni_at_expr(c, "i32($0)", often), out[1]);
    tni_value *first = tni_at_expr(c, "ArgMax($0){axis=axis}", sorted);
    tni_value *value = tni_at_expr(c, "GatherElements($0, $1){axis=axis}", out[0], first);
    tni_value *place = tni_at_expr(c, "ArgMax(i32(Equal($0, $1))){axis=axis, select_last_index=1}", v, value);
    tni_at_clear(c);
    tni_at_give(c, 0, keep ? value : tni_at_expr(c, "Squeeze($0, $1)", value, at));
    tni_at_give(c, 1, keep ? place : tni_at_expr(c, "Squeeze($0, $1)", place, at));
}

// Where q lies in what is sorted, dimension 0 of `rows`: q * (n - 1). Without NaN, which are sorted last, n
// is another in each row, and q has a dimension for each of the rows'. In double, as PyTorch does it.
static tni_value *quantile_place(tn_aten *c, tni_value *rows, tni_value *q, bool without_nan, int rank,
                                 tni_value **last) {
    int64_t shape[TN_MAX_RANK];
    tni_value *one = tni_at_scalar(c, TN_I64, 1), *zero = tni_at_scalar(c, TN_I64, 0);
    q = tni_at_cast(c, q, TN_F64);
    if (!without_nan) {
        *last = tni_at_expr(c, "f64(Squeeze(Sub(Slice(Shape($0), [0], [1]), $1), [0]))", rows, one);
        return tni_at_expr(c, "Mul($0, $1)", q, *last);
    }
    for (int d = 0; d < TN_MAX_RANK; d++) shape[d] = d == 0 ? -1 : 1;
    q = tni_at_expr(c, "Reshape($0, $1)", q, tni_at_vector(c, shape, (size_t)rank));
    *last = tni_at_expr(c, "f64(Max(Sub(ReduceSum(i64(Not(IsNaN($0))), [0]), $1), $2))", rows, one, zero);
    return tni_at_expr(c, "Mul($0, $1)", q, *last);
}

// Between the two elements that lie around q * (n - 1), as `interpolation` says.
static void quantile(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[2], *q = tni_at_number(c, "q", c->out), *last;
    bool flat = !tni_at_has(c, "dim"), keep = tni_at_bool(c, "keepdim"), many = tni_at_rank(c, q) == 1;
    bool without_nan = strstr(c->target, "nanquantile") != NULL;
    int rank = tni_at_rank(c, v);
    const char *how = tni_at_string(c, "interpolation");
    if (flat) v = tni_at_expr(c, "Reshape($0, [-1])", v);
    int64_t axis = flat ? 0 : tni_at_axis(c, "dim", rank), perm[TN_MAX_RANK], ones[TN_MAX_RANK];
    if (c->failed || tni_at_rank(c, q) > 1 || !sorted_along(c, v, axis, out)) return;
    int now = flat ? 1 : rank;
    for (int d = 0; d < now; d++) perm[d] = d == 0 ? axis : d <= axis ? d - 1 : d;
    tni_at_set_ints(c, "perm", perm, (size_t)now);
    tni_value *rows = tni_at_expr(c, "Transpose($0){perm=perm}", out[0]); // the sorted dimension first
    tni_at_clear(c);
    tni_value *place = quantile_place(c, rows, q, without_nan, now, &last);
    tni_value *low = tni_at_expr(c, "Floor($0)", place), *high = tni_at_expr(c, "Ceil($0)", place);
    tni_value *share = tni_at_expr(c, "out(Sub($0, $1))", place, low);
    if (!strcmp(how, "lower")) high = low;
    if (!strcmp(how, "higher")) low = high;
    if (!strcmp(how, "nearest")) low = high = tni_at_expr(c, "Round($0)", place);
    const char *pick = without_nan ? "GatherElements($0, i64($1)){axis=0}" : "Gather($0, i64($1))";
    tni_value *a = tni_at_expr(c, pick, rows, low), *b = tni_at_expr(c, pick, rows, high);
    if (!strcmp(how, "midpoint")) share = tni_at_scalar(c, c->out, 0.5);
    for (int d = 0; d < TN_MAX_RANK; d++) ones[d] = d == 0 ? -1 : 1;
    if (tni_at_rank(c, share) == 1 && !without_nan)
        share = tni_at_expr(c, "Reshape($0, $1)", share, tni_at_vector(c, ones, (size_t)now));
    tni_value *y = tni_at_expr(c, "Add($0, Mul(Sub($1, $0), $2))", a, b, share);
    if (without_nan) { // of nothing but NaN NaN
        if (!many) y = tni_at_expr(c, "Squeeze($0, [0])", y);
    } else { // of NaN NaN: it was sorted last
        y = tni_at_expr(c, "Where(IsNaN($0), $0, $1)", tni_at_expr(c, pick, rows, last), y);
    }
    for (int d = 0; keep && d < (flat ? rank : 1); d++) {
        int64_t at = (flat ? d : axis) + many;
        y = tni_at_expr(c, "Unsqueeze($0, $1)", y, tni_at_vector(c, &at, 1));
    }
    tni_at_give(c, 0, y);
}

// ---- counts

// How many elements fall into each of `n` bins from `low` on: one-hot rows, summed up.
static tni_value *counted(tn_aten *c, tni_value *bin, tni_value *n, tn_dtype type) {
    tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1);
    tni_value *ones = tni_at_expr(c, "Expand($0, Shape($1))", tni_at_scalar(c, type, 1), bin);
    tni_value *empty =
        tni_at_expr(c, "Expand($0, $1)", tni_at_scalar(c, type, 0), tni_at_expr(c, "Add($0, $1)", n, one));
    tni_value *y = tni_at_expr(c, "ScatterElements($0, $1, $2){reduction='add'}", empty, bin, ones);
    return tni_at_expr(c, "Slice($0, Reshape($1, [1]), $2)", y, zero,
                       n); // the last one takes what is outside
}

// From where to where bins go: as given, else from the least element to the greatest, or one to either side.
static void bin_range(tn_aten *c, tni_value *v, double low, double high, tni_value **from, tni_value **to) {
    tn_dtype type = tni_at_type(v);
    *from = tni_at_scalar(c, type, low);
    *to = tni_at_scalar(c, type, high);
    if (low < high) return;
    if (low > high) tni_at_fail(c, NULL, "its bins end at %g, before they begin", high);
    tni_value *least = tni_at_expr(c, "ReduceMin($0){keepdims=0}", v), *one = tni_at_scalar(c, type, 1),
              *most = tni_at_expr(c, "ReduceMax($0){keepdims=0}", v),
              *same = tni_at_expr(c, "Equal($0, $1)", least, most);
    *from = tni_at_expr(c, "Where($0, Sub($1, $2), $1)", same, least, one);
    *to = tni_at_expr(c, "Where($0, Add($1, $2), $1)", same, most, one);
}

// Bins of one width; elements outside are in the one behind the last.
static tni_value *bins_of(tn_aten *c, tni_value *v, int64_t bins, tni_value *from, tni_value *to) {
    tn_dtype type = tni_at_type(v);
    tni_value *scale = tni_at_scalar(c, type, (double)bins), *most = tni_at_scalar(c, type, (double)bins - 1);
    tni_value *bin =
        tni_at_expr(c, "Min(Floor(Mul(Div(Sub($0, $1), Sub($2, $1)), $3)), $4)", v, from, to, scale, most);
    tni_value *inside = tni_at_expr(c, "And(GreaterOrEqual($0, $1), LessOrEqual($0, $2))", v, from, to);
    return tni_at_expr(c, "i64(Where($0, $1, $2))", inside, bin, scale);
}

static int64_t number_of_bins(tn_aten *c) {
    int64_t bins = tni_at_int(c, "bins");
    if (!c->failed && (bins < 1 || bins > 1 << 24)) tni_at_fail(c, NULL, "it has %lld bins", (long long)bins);
    return c->failed ? 1 : bins;
}

static void histc(tn_aten *c) {
    int64_t bins = number_of_bins(c);
    tn_dtype in = TN_F32;
    if (tni_at_type(tni_at_tensor(c, "self")) == TN_F64) in = TN_F64;
    tni_value *v = tni_at_expr(c, "Reshape($0, [-1])", tni_at_number(c, "self", in)), *from, *to;
    bin_range(c, v, tni_at_float(c, "min"), tni_at_float(c, "max"), &from, &to);
    tni_value *bin = bins_of(c, v, bins, from, to);
    tni_at_give(c, 0, counted(c, bin, tni_at_vector(c, &bins, 1), c->out));
}

// The edges of `bins` bins: from either end, so that both are met.
static tni_value *edges_between(tn_aten *c, int64_t bins, tni_value *from, tni_value *to) {
    tn_dtype type = tni_at_type(from);
    tni_value *places = tni_at_expr(c, "Range($0, $1, $2)", tni_at_scalar(c, TN_I64, 0),
                                    tni_at_scalar(c, TN_I64, (double)bins + 1), tni_at_scalar(c, TN_I64, 1));
    tni_value *place = tni_at_cast(c, places, type), *n = tni_at_scalar(c, type, (double)bins);
    tni_value *step = tni_at_expr(c, "Div(Sub($0, $1), $2)", to, from, n);
    tni_value *left = tni_at_expr(c, "Less($0, $1)", place, tni_at_scalar(c, type, (double)((bins + 1) / 2)));
    return tni_at_expr(c, "Where($0, Add($1, Mul($2, $3)), Sub($4, Mul($2, Sub($5, $3))))", left, from, step,
                       place, to, n);
}

// Which bin each element is in, by the edges themselves: how many of them it is not below. The last bin has
// its upper edge; elements outside are in the one behind it.
static tni_value *bins_by_edges(tn_aten *c, tni_value *v, tni_value *edges, tni_value *bins) {
    tni_value *one = tni_at_scalar(c, TN_I64, 1), *zero = tni_at_scalar(c, TN_I64, 0);
    tni_value *bin = tni_at_expr(c, "Sub($0, $1)", tni_at_below(c, edges, v, true), one);
    tni_value *top = tni_at_expr(c, "Equal($0, Gather($1, $2))", v, edges, bins);
    bin = tni_at_expr(c, "Where($0, Sub($1, $2), $3)", top, bins, one, bin);
    return tni_at_expr(c, "Where(And(GreaterOrEqual($0, $1), Less($0, $2)), $0, $2)", bin, zero, bins);
}

// What falls into each bin (its weight; with `density` the share of all, by the width), and the bins' edges.
static void histogram(tn_aten *c) {
    double range[TNI_AT_LIST] = {0};
    bool given = strstr(c->target, ".bins_tensor") != NULL;
    if (!given && tni_at_has(c, "range")) tni_at_floats(c, "range", range);
    tni_value *v = tni_at_expr(c, "Reshape(self, [-1])"), *from, *to, *edges;
    if (given) {
        edges = tni_at_tensor(c, "bins");
    } else {
        bin_range(c, v, range[0], range[1], &from, &to);
        edges = edges_between(c, number_of_bins(c), from, to);
    }
    tni_value *one = tni_at_scalar(c, TN_I64, 1), *n = tni_at_expr(c, "Sub(Shape($0), $1)", edges, one);
    tni_value *bin = bins_by_edges(c, v, edges, n);
    tni_value *weight = tni_at_has(c, "weight")
                            ? tni_at_expr(c, "Reshape(weight, [-1])")
                            : tni_at_expr(c, "Expand($0, Shape($1))", tni_at_scalar(c, c->out, 1), v);
    tni_value *empty = tni_at_expr(c, "Expand($0, Add($1, $2))", tni_at_scalar(c, c->out, 0), n, one);
    tni_value *y =
        tni_at_expr(c, "Slice(ScatterElements($0, $1, $2){reduction='add'}, [0], $3)", empty, bin, weight, n);
    if (tni_at_bool(c, "density"))
        y = tni_at_expr(c, "Div($0, Mul(ReduceSum($0), Sub(Slice($1, [1], $2), Slice($1, [0], [-1]))))", y,
                        edges, tni_at_vector(c, (int64_t[]){INT64_MAX}, 1));
    tni_at_give(c, 0, y);
    tni_at_give(c, 1, edges);
}

static void bincount(tn_aten *c) {
    tni_value *v = tni_at_cast(c, tni_at_tensor(c, "self"), TN_I64);
    tni_value *least = tni_at_size(c, "minlength"), *one = tni_at_scalar(c, TN_I64, 1);
    tni_value *all = tni_at_expr(c, "Concat($0, Slice($1, [0], [0])){axis=0}", v, v);
    tni_value *n = tni_at_expr(c, "Max(Add(ReduceMax(Concat($0, [-1]){axis=0}), $1), $2)", all, one, least);
    if (!tni_at_has(c, "weights")) {
        tni_at_give(c, 0, counted(c, v, n, c->out));
        return;
    }
    tni_value *empty = tni_at_expr(c, "Expand($0, $1)", tni_at_scalar(c, c->out, 0), n);
    tni_at_give(c, 0, tni_at_expr(c, "ScatterElements($0, $1, out(weights)){reduction='add'}", empty, v));
}

// ---- distinct elements: always sorted, as PyTorch's are

static void unique(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[4] = {NULL};
    bool flat = !tni_at_has(c, "dim");
    int rank = tni_at_rank(c, v);
    if (c->failed) return;
    tn_dtype type = tni_at_type(v);
    tni_value *in = type == TN_BOOL ? tni_at_cast(c, v, TN_U8) : v;
    tni_at_clear(c);
    if (!flat) tni_at_set_int(c, "axis", tni_at_axis(c, "dim", rank));
    if (!tni_at_node(c, "Unique", 1, &in, 4, out)) return;
    tni_at_clear(c);
    tni_at_give(c, 0, tni_at_cast(c, out[0], type));
    if (tni_at_bool(c, "return_inverse"))
        tni_at_give(c, 1, flat && rank != 1 ? tni_at_expr(c, "Reshape($0, Shape($1))", out[2], v) : out[2]);
    if (tni_at_bool(c, "return_counts")) tni_at_give(c, 2, out[3]);
}

// Runs of equal elements: where one begins, its number, and how long it is.
static void unique_consecutive(tn_aten *c) {
    if (tni_at_has(c, "dim") && tni_at_rank(c, tni_at_tensor(c, "self")) != 1)
        tni_at_fail(c, NULL, "runs of whole slices cannot be told apart");
    tni_value *v = tni_at_tensor(c, "self"), *flat = tni_at_expr(c, "Reshape($0, [-1])", v);
    tni_value *yes = tni_at_expr(c, "Expand($0, [1])", tni_at_scalar(c, TN_BOOL, 1));
    tni_value *ahead =
        tni_at_expr(c, "Slice($0, [1], $1)", flat, tni_at_vector(c, (int64_t[]){INT64_MAX}, 1));
    tni_value *new = tni_at_expr(c, "Not(Equal($0, Slice($1, [0], [-1])))", ahead, flat);
    new = tni_at_expr(c, "Slice(Concat($0, $1){axis=0}, [0], Shape($2))", yes, new, flat);
    tni_value *one = tni_at_scalar(c, TN_I64, 1), *zero = tni_at_scalar(c, TN_I64, 0);
    tni_value *number = tni_at_expr(c, "Sub(CumSum(i64($0), $1), $2)", new, zero, one);
    tni_value *y = tni_at_expr(c, "Compress($0, $1)", flat, new);
    tni_at_give(c, 0, y);
    tni_at_give(c, 1, tni_at_expr(c, "Reshape($0, Shape($1))", number, v));
    tni_value *ones = tni_at_expr(c, "Expand($0, Shape($1))", one, number),
              *none = tni_at_expr(c, "Expand($0, Shape($1))", zero, y);
    tni_at_give(c, 2, tni_at_expr(c, "ScatterElements($0, $1, $2){reduction='add'}", none, number, ones));
}

// ---- others

// The area under the points, by their trapezoids.
static void trapezoid(tn_aten *c) {
    tni_value *y = tni_at_number(c, "y", c->out),
              *x = tni_at_has(c, "x") && tni_at_is_tensor(c, "x") ? tni_at_number(c, "x", c->out) : NULL;
    int64_t axis = tni_at_axis(c, "dim", tni_at_rank(c, y)), last = 0;
    tni_value *at = tni_at_vector(c, &axis, 1), *end = tni_at_vector(c, (int64_t[]){INT64_MAX}, 1);
    tni_value *sum = tni_at_expr(c, "Add(Slice($0, [1], $1, $2), Slice($0, [0], [-1], $2))", y, end, at),
              *width;
    if (!x)
        width = tni_at_has(c, "dx") ? tni_at_number(c, "dx", c->out) : tni_at_scalar(c, c->out, 1);
    else {
        bool row = tni_at_rank(c, x) == 1;
        tni_value *along = row ? tni_at_vector(c, &last, 1) : at;
        width = tni_at_expr(c, "Sub(Slice($0, [1], $1, $2), Slice($0, [0], [-1], $2))", x, end, along);
        int64_t shape[TN_MAX_RANK];
        int rank = tni_at_rank(c, y);
        for (int d = 0; d < rank; d++) shape[d] = d == axis ? -1 : 1;
        if (row) width = tni_at_expr(c, "Reshape($0, $1)", width, tni_at_vector(c, shape, (size_t)rank));
    }
    tni_value *half = tni_at_scalar(c, c->out, 0.5),
              *area = tni_at_expr(c, "Mul(Mul($0, $1), $2)", sum, width, half);
    if (strstr(c->target, "cumulative"))
        tni_at_give(c, 0, tni_at_expr(c, "CumSum($0, $1)", area, tni_at_scalar(c, TN_I64, (double)axis)));
    else
        tni_at_give(c, 0, tni_at_expr(c, "ReduceSum($0, $1){keepdims=0}", area, at));
}

TN_ATEN(statistics) = {
    {"aten.nansum", NULL, nansum, 0},
    {"aten.nanmean", NULL, nansum, 0},
    {"aten.cummax", NULL, cumulative_extreme, 0},
    {"aten.cummin", NULL, cumulative_extreme, 0},
    {"aten.logcumsumexp", NULL, logcumsumexp, 0},
    {"aten.msort", NULL, msort, 0},
    {"aten.kthvalue", NULL, kthvalue, 0},
    {"aten.quantile", NULL, quantile, 0},
    {"aten.nanquantile", NULL, quantile, 0},
    {"aten.nanmedian", NULL, nanmedian, 0},
    {"aten.mode", NULL, mode, 0},
    {"aten.histc", NULL, histc, 0},
    {"aten.histogram", NULL, histogram, 0},
    {"aten.bincount", NULL, bincount, 0},
    {"aten._unique2", NULL, unique, 0},
    {"aten.unique_dim", NULL, unique, 0},
    {"aten.unique_consecutive", NULL, unique_consecutive, 0},
    {"aten.trapezoid", NULL, trapezoid, 0},
    {"aten.trapz", NULL, trapezoid, 0},
    {"aten.cumulative_trapezoid", NULL, trapezoid, 0},
    {0},
};
