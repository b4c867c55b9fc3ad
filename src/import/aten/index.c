// SPDX-License-Identifier: Apache-2.0
// index.c - PyTorch's operators that pick elements by index and put them back.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

static void embedding(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Gather(weight, indices)")); }

static void index_select(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    tni_at_set_int(c, "axis", tni_at_axis(c, "dim", rank));
    if (!rank) v = tni_at_expr(c, "Reshape($0, [1])", v);
    tni_value *picked = tni_at_expr(c, "Gather($0, index){axis=axis}", v);
    tni_at_give(c, 0, rank ? picked : tni_at_expr(c, "Reshape($0, $1)", picked, tni_at_vector(c, NULL, 0)));
}

static void gather(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    tni_at_set_int(c, "axis", tni_at_axis(c, "dim", rank));
    tni_at_give(c, 0, rank ? tni_at_expr(c, "GatherElements($0, i64(index)){axis=axis}", v) : v);
}

static void take_along_dim(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    if (!tni_at_has(c, "dim")) {
        tni_at_give(c, 0, tni_at_expr(c, "GatherElements(Reshape($0, [-1]), Reshape(indices, [-1]))", v));
        return;
    }
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v)), rank = tni_at_rank(c, v);
    tni_value *index = tni_at_tensor(c, "indices"), *last = tni_at_vector(c, (int64_t[]){axis}, 1);
    tni_value *own = tni_at_expr(c, "Equal(Range($0, $1, $2), $3)", tni_at_scalar(c, TN_I64, 0),
                                 tni_at_scalar(c, TN_I64, rank), tni_at_scalar(c, TN_I64, 1), last);
    tni_value *ones = tni_at_scalar(c, TN_I64, 1); // the other dimensions are broadcast
    v = tni_at_expr(c, "Expand($0, Where($1, $2, Shape($3)))", v, own, ones, index);
    index = tni_at_expr(c, "Expand($0, Where($1, $2, Shape($3)))", index, own, ones, v);
    tni_at_set_int(c, "axis", axis);
    tni_at_give(c, 0, tni_at_expr(c, "GatherElements($0, $1){axis=axis}", v, index));
}

static void take(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Gather(Reshape(self, [-1]), index)")); }

// ---- scatter

static const char *reduction(tn_aten *c) {
    static const char *const names[][2] = {{"sum", "add"},      {"add", "add"},  {"prod", "mul"},
                                           {"multiply", "mul"}, {"amax", "max"}, {"amin", "min"}};
    const char *given = tni_at_string(c, "reduce");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(given, names[i][0])) return names[i][1];
    if (*given) tni_at_fail(c, NULL, "its way of reducing, '%s', cannot be followed", given);
    return "none";
}

static tni_value *put(tn_aten *c, int axis, const char *reduction, tni_value *v, tni_value *index,
                      tni_value *from) {
    tni_at_clear(c);
    tni_at_set_int(c, "axis", axis);
    tni_at_set_text(c, "reduction", reduction);
    tni_value *y =
        tni_at_expr(c, "ScatterElements($0, $1, $2){axis=axis, reduction=reduction}", v, index, from);
    tni_at_clear(c);
    return y;
}

static tni_value *all_of(tn_aten *c, double value, tni_value *like) {
    return tni_at_expr(c, "Expand($0, Shape($1))", tni_at_scalar(c, c->out, value), like);
}

// What `self` holds takes part, or is first replaced where something is put: by what changes nothing.
static tni_value *reduced(tn_aten *c, int axis, tni_value *v, tni_value *index, tni_value *from) {
    bool mean = !strcmp(tni_at_string(c, "reduce"), "mean");
    bool all = !tni_at_has(c, "include_self") || tni_at_bool(c, "include_self");
    const char *how = mean ? "add" : reduction(c);
    tni_value *count = mean ? all_of(c, all, v) : NULL;
    if (!all) {
        bool extreme = !strcmp(how, "max") || !strcmp(how, "min");
        tni_value *neutral = extreme ? from : all_of(c, !strcmp(how, "mul"), index);
        v = put(c, axis, "none", v, index, neutral);
    }
    v = put(c, axis, how, v, index, from);
    if (!mean) return v;
    count = put(c, axis, "add", count, index, all_of(c, 1, index));
    count = tni_at_expr(c, "Max($0, $1)", count, tni_at_scalar(c, c->out, 1));
    if (!tni_is_float(c->out)) v = tni_at_expr(c, "Sub($0, Mod($0, $1))", v, count); // means are rounded down
    return tni_at_expr(c, "Div($0, $1)", v, count);
}

// One index for each slice of `source` along an axis.
static void index_reduce(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *from = tni_at_tensor(c, "source");
    int rank = tni_at_rank(c, v), axis = tni_at_axis(c, "dim", rank);
    int64_t shape[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) shape[d] = d == axis ? -1 : 1;
    tni_value *index = tni_at_expr(c, "Expand(Reshape(index, $0), Shape($1))",
                                   tni_at_vector(c, shape, (size_t)(rank > 0 ? rank : 0)), from);
    tni_at_give(c, 0, reduced(c, axis, v, index, from));
}

static void scatter(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *index = tni_at_tensor(c, "index"), *from;
    if (tni_at_has(c, "src") && tni_at_is_tensor(c, "src")) // only as much of it as there are indices
        from = tni_at_expr(c, "Slice($0, $1, Shape($2))", tni_at_tensor(c, "src"),
                           tni_at_expr(c, "Mul(Shape($0), $1)", index, tni_at_scalar(c, TN_I64, 0)), index);
    else
        from = tni_at_expr(c, "Expand($0, Shape($1))", tni_at_number(c, "value", c->out), index);
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    if (strstr(c->target, "scatter_reduce"))
        tni_at_give(c, 0, reduced(c, axis, v, index, from));
    else
        tni_at_give(c, 0,
                    put(c, axis, strstr(c->target, "scatter_add") ? "add" : reduction(c), v, index, from));
}

static void slice_scatter(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *src = tni_at_cast(c, tni_at_tensor(c, "src"), c->out);
    tni_at_give(c, 0, tni_at_put_slice(c, v, src, tni_at_axis(c, "dim", tni_at_rank(c, v))));
}

static void select_scatter(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *src = tni_at_cast(c, tni_at_tensor(c, "src"), c->out);
    tni_at_give(c, 0, tni_at_put_index(c, v, src, tni_at_axis(c, "dim", tni_at_rank(c, v))));
}

// ---- x[i, :, j]: indices that are broadcast together

typedef struct picked {
    int n, dim[TN_MAX_RANK]; // which dimensions
    tni_value *index[TN_MAX_RANK];
    int rank;                                     // of the broadcast indices
    tni_value *places;                            // [broadcast..., n]
    int64_t perm[TN_MAX_RANK], back[TN_MAX_RANK]; // indexed dimensions to the front, and back again
    int first;                                    // where the broadcast dimensions stand in the result
} picked;

// A mask stands for the indices of what is true in it, one for each of its dimensions.
static void add_mask(tn_aten *c, picked *p, tni_value *mask, int *dim) {
    tni_value *rows = tni_at_expr(c, "NonZero($0)", mask);
    for (int64_t k = 0, n = tni_at_rank(c, mask); k < n && p->n < TN_MAX_RANK; k++) {
        p->dim[p->n] = (*dim)++;
        p->index[p->n++] = tni_at_expr(c, "Gather($0, $1)", rows, tni_at_scalar(c, TN_I64, (double)k));
    }
}

static bool read_indices(tn_aten *c, picked *p, int rank) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "indices", v);
    int dim = 0;
    for (size_t i = 0; i < n && !c->failed; i++) {
        if (p->n >= TN_MAX_RANK || dim >= rank) {
            tni_at_fail(c, NULL, "it has more indices than there are dimensions");
        } else if (!v[i]) {
            dim++;
        } else if (tni_at_type(v[i]) == TN_BOOL) {
            add_mask(c, p, v[i], &dim);
        } else {
            p->dim[p->n] = dim++;
            p->index[p->n++] = tni_at_cast(c, v[i], TN_I64);
        }
    }
    return p->n > 0 && !c->failed;
}

// Stacks the indices and finds the order of dimensions.
static bool arrange(tn_aten *c, picked *p, int rank) {
    tni_value *common = p->index[0], *part[TN_MAX_RANK];
    bool adjacent = true;
    int at = 0;
    for (int i = 1; i < p->n; i++) {
        adjacent &= p->dim[i] == p->dim[i - 1] + 1;
        common = tni_at_expr(c, "Add($0, Mul($1, $2))", common, p->index[i], tni_at_scalar(c, TN_I64, 0));
    }
    p->rank = tni_at_rank(c, common);
    tni_value *behind = tni_at_vector(c, (int64_t[]){p->rank}, 1);
    for (int i = 0; i < p->n; i++) {
        tni_value *all =
            p->n == 1 ? p->index[i] : tni_at_expr(c, "Expand($0, Shape($1))", p->index[i], common);
        part[i] = tni_at_expr(c, "Unsqueeze($0, $1)", all, behind);
        p->perm[at++] = p->dim[i];
    }
    tni_at_clear(c);
    tni_at_set_int(c, "axis", p->rank);
    p->places = p->n == 1 ? part[0] : tni_at_list(c, "Concat", (size_t)p->n, part);
    tni_at_clear(c);
    for (int d = 0; d < rank; d++) {
        bool indexed = false;
        for (int i = 0; i < p->n; i++) indexed |= p->dim[i] == d;
        if (!indexed) p->perm[at++] = d;
    }
    for (int d = 0; d < rank; d++) p->back[p->perm[d]] = d;
    p->first = adjacent ? p->dim[0] : 0;
    return !c->failed;
}

static bool in_order(const int64_t *perm, int n) {
    for (int i = 0; i < n; i++)
        if (perm[i] != i) return false;
    return true;
}

static tni_value *permuted(tn_aten *c, tni_value *v, const int64_t *perm, int n) {
    if (in_order(perm, n)) return v;
    tni_at_set_ints(c, "perm", perm, (size_t)n);
    return tni_at_expr(c, "Transpose($0){perm=perm}", v);
}

// [broadcast..., rest...] <-> [rest before..., broadcast..., rest behind...]
static void result_order(const picked *p, int rank, int64_t *forth, int64_t *back) {
    int at = 0, total = p->rank + rank - p->n;
    for (int d = 0; d < p->first; d++) forth[at++] = p->rank + d;
    for (int d = 0; d < p->rank; d++) forth[at++] = d;
    while (at < total) forth[at] = at, at++;
    for (int d = 0; d < total; d++) back[forth[d]] = d;
}

static void index(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    picked p = {0};
    int rank = tni_at_rank(c, v);
    int64_t forth[2 * TN_MAX_RANK], back[2 * TN_MAX_RANK];
    if (!read_indices(c, &p, rank)) {
        tni_at_give(c, 0, v);
        return;
    }
    if (p.n == 1) {
        tni_at_set_int(c, "axis", p.dim[0]);
        tni_at_give(c, 0, tni_at_expr(c, "Gather($0, $1){axis=axis}", v, p.index[0]));
        return;
    }
    if (!arrange(c, &p, rank)) return;
    if (p.rank + rank - p.n > TN_MAX_RANK) {
        tni_at_fail(c, NULL, "its result has too many dimensions");
        return;
    }
    tni_value *y = tni_at_expr(c, "GatherND($0, $1)", permuted(c, v, p.perm, rank), p.places);
    result_order(&p, rank, forth, back);
    tni_at_give(c, 0, permuted(c, y, forth, p.rank + rank - p.n));
}

// One mask and one value need no places.
static bool put_by_mask(tn_aten *c, tni_value *v, tni_value *value) {
    tni_value *mask[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "indices", mask);
    if (n != 1 || !mask[0] || tni_at_type(mask[0]) != TN_BOOL || !value || tni_at_rank(c, value) != 0 ||
        tni_at_bool(c, "accumulate"))
        return false;
    int64_t more[TN_MAX_RANK];
    int rank = tni_at_rank(c, v), have = tni_at_rank(c, mask[0]), count = 0;
    for (int d = have; d < rank; d++) more[count++] = d;
    tni_value *wide =
        count ? tni_at_expr(c, "Unsqueeze($0, $1)", mask[0], tni_at_vector(c, more, (size_t)count)) : mask[0];
    tni_at_give(c, 0, tni_at_expr(c, "Where($0, $1, $2)", wide, value, v));
    return true;
}

static void index_put(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *value = tni_at_cast(c, tni_at_tensor(c, "values"), c->out);
    picked p = {0};
    int rank = tni_at_rank(c, v);
    int64_t forth[2 * TN_MAX_RANK], back[2 * TN_MAX_RANK];
    if (c->failed || put_by_mask(c, v, value) || !read_indices(c, &p, rank) || !arrange(c, &p, rank)) return;
    int total = p.rank + rank - p.n;
    if (total > TN_MAX_RANK) {
        tni_at_fail(c, NULL, "its values have too many dimensions");
        return;
    }
    tni_value *to = permuted(c, v, p.perm, rank);
    result_order(&p, rank, forth, back);
    tni_value *shape = tni_at_expr(c, "Shape($0)", tni_at_expr(c, "GatherND($0, $1)", to, p.places));
    tni_value *order = tni_at_vector(c, forth, (size_t)total); // the values' shape has the result's order
    value = tni_at_expr(c, "Expand($0, Gather($1, $2))", value, shape, order);
    tni_at_set_text(c, "reduction", tni_at_bool(c, "accumulate") ? "add" : "none");
    tni_value *y = tni_at_expr(c, "ScatterND($0, $1, $2){reduction=reduction}", to, p.places,
                               permuted(c, value, back, total));
    tni_at_give(c, 0, permuted(c, y, p.back, rank));
}

// index_add, index_copy, index_fill: whole slices along one dimension.
static void index_along(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *index = tni_at_tensor(c, "index");
    int rank = tni_at_rank(c, v), axis = tni_at_axis(c, "dim", rank);
    int64_t swap[TN_MAX_RANK];
    if (c->failed || !rank) return;
    for (int d = 0; d < rank; d++) swap[d] = d == 0 ? axis : d == axis ? 0 : d;
    bool add = strstr(c->target, "index_add") != NULL, fill = strstr(c->target, "index_fill") != NULL;
    tni_value *to = permuted(c, v, swap, rank), *places = tni_at_expr(c, "Unsqueeze($0, [1])", index), *from;
    if (fill)
        from = tni_at_expr(c, "Expand($0, Shape(GatherND($1, $2)))", tni_at_number(c, "value", c->out), to,
                           places);
    else
        from = permuted(c, tni_at_cast(c, tni_at_tensor(c, "source"), c->out), swap, rank);
    if (add && tni_at_float(c, "alpha") != 1) from = tni_at_expr(c, "Mul($0, alpha)", from);
    tni_at_set_text(c, "reduction", add ? "add" : "none");
    tni_value *y = tni_at_expr(c, "ScatterND($0, $1, $2){reduction=reduction}", to, places, from);
    tni_at_give(c, 0, permuted(c, y, swap, rank));
}

// ---- masks

static void nonzero(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    tni_at_give(c, 0, tni_at_expr(c, "Transpose(NonZero($0)){perm=[1, 0]}", v));
}

// The rows of NonZero, an output each.
static void give_positions(tn_aten *c, tni_value *rows) {
    for (size_t i = 0; i < c->nout; i++)
        tni_at_give(c, i, tni_at_expr(c, "Gather($0, $1)", rows, tni_at_scalar(c, TN_I64, (double)i)));
}
static void nonzero_numpy(tn_aten *c) { give_positions(c, tni_at_expr(c, "NonZero(self)")); }
static void where_positions(tn_aten *c) { give_positions(c, tni_at_expr(c, "NonZero(condition)")); }

static void masked_select(tn_aten *c) {
    tni_value *v = tni_at_expr(c, "Expand(self, Shape(mask))"),
              *mask = tni_at_expr(c, "Expand(mask, Shape($0))", v);
    tni_at_give(c, 0, tni_at_expr(c, "Compress($0, Reshape($1, [-1]))", v, mask));
}

// The true places take the source's elements in their order.
static void masked_scatter(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *mask = tni_at_expr(c, "Expand(mask, Shape($0))", v);
    tni_value *count =
        tni_at_expr(c, "CumSum(Reshape(i64($0), [-1]), $1)", mask, tni_at_scalar(c, TN_I64, 0));
    tni_value *one = tni_at_scalar(c, TN_I64, 1), *zero = tni_at_scalar(c, TN_I64, 0);
    tni_value *at = tni_at_expr(c, "Max(Sub($0, $1), $2)", count, one, zero);
    tni_value *from =
        tni_at_expr(c, "Reshape(Gather(Reshape(source, [-1]), $0), Shape($1)){allowzero=1}", at, v);
    tni_at_give(c, 0, tni_at_expr(c, "Where($0, $1, $2)", mask, from, v));
}

// Places are those of all elements in a row.
static void put_(tn_aten *c) {
    tni_at_set_text(c, "how", tni_at_bool(c, "accumulate") ? "add" : "none");
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Reshape(ScatterElements(Reshape(self, [-1]), Reshape(index, [-1]), Reshape(source, "
                       "[-1])){reduction=how}, Shape(self)){allowzero=1}"));
}

// As many places as `size` says: those behind the last one are filled.
static void nonzero_static(tn_aten *c) {
    int rank = tni_at_rank(c, tni_at_tensor(c, "self"));
    tni_value *size = tni_at_size(c, "size"),
              *places = tni_at_expr(c, "Transpose(NonZero(self)){perm=[1, 0]}");
    tni_value *room = tni_at_expr(c, "Concat($0, $1){axis=0}", size, tni_at_vector(c, (int64_t[]){rank}, 1));
    tni_value *none = tni_at_expr(c, "Expand($0, $1)", tni_at_number(c, "fill_value", TN_I64), room);
    tni_at_give(c, 0, tni_at_expr(c, "Slice(Concat($0, $1){axis=0}, [0], $2, [0])", places, none, size));
}

tni_value *tni_at_below(tn_aten *c, tni_value *boundaries, tni_value *v, bool or_at) {
    v = tni_at_expr(c, "Unsqueeze($0, $1)", v, tni_at_vector(c, (int64_t[]){tni_at_rank(c, v)}, 1));
    v = tni_at_expr(c, or_at ? "i64(LessOrEqual($0, $1))" : "i64(Less($0, $1))", boundaries, v);
    return tni_at_expr(c, "ReduceSum($0, [-1]){keepdims=0}", v);
}

static void bucketize(tn_aten *c) {
    bool right = tni_at_bool(c, "right");
    const char *sorted = tni_at_has(c, "boundaries") ? "boundaries" : "sorted_sequence";
    tni_value *b = tni_at_tensor(c, sorted), *v = tni_at_number(c, "self", tni_at_type(b));
    if (tni_at_has(c, "side") && !strcmp(tni_at_string(c, "side"), "right")) right = true;
    if (tni_at_rank(c, b) > 1) b = tni_at_expr(c, "Unsqueeze($0, [-2])", b); // a row of them for each row
    tni_at_give(c, 0, tni_at_below(c, b, v, right));
}

TN_ATEN(index) = {
    {"aten.embedding", NULL, embedding, 0},
    {"aten.index_select", NULL, index_select, 0},
    {"aten.gather", NULL, gather, 0},
    {"aten.take_along_dim", NULL, take_along_dim, 0},
    {"aten.take", NULL, take, 0},
    {"aten.scatter", NULL, scatter, 0},
    {"aten.scatter_add", NULL, scatter, 0},
    {"aten.scatter_reduce", NULL, scatter, 0},
    {"aten.index_reduce", NULL, index_reduce, 0},
    {"aten.slice_scatter", NULL, slice_scatter, 0},
    {"aten.select_scatter", NULL, select_scatter, 0},
    {"aten.index.Tensor", NULL, index, 0},
    {"aten._unsafe_index.Tensor", NULL, index, 0},
    {"aten.index_put", NULL, index_put, 0},
    {"aten._unsafe_index_put", NULL, index_put, 0},
    {"aten.index_add", NULL, index_along, 0},
    {"aten.index_copy", NULL, index_along, 0},
    {"aten.index_fill", NULL, index_along, 0},
    {"aten.nonzero", NULL, nonzero, 0},
    {"aten.nonzero_numpy", NULL, nonzero_numpy, 0},
    {"aten.argwhere", NULL, nonzero, 0},
    {"aten.where.default", NULL, where_positions, 0},
    {"aten.masked_select", NULL, masked_select, 0},
    {"aten.masked_scatter", NULL, masked_scatter, 0},
    {"aten.put", NULL, put_, 0},
    {"aten.nonzero_static", NULL, nonzero_static, 0},
    {"aten.bucketize", NULL, bucketize, 0},
    {"aten.searchsorted.Tensor", NULL, bucketize, 0},
    {0},
};
