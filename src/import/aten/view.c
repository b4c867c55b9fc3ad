// SPDX-License-Identifier: Apache-2.0
// view.c - PyTorch's operators whose result is a view of their input, or may be.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

static void same(tn_aten *c) { tni_at_give(c, 0, tni_at_tensor(c, "self")); }

// Nothing is dropped in evaluation.
static void dropout(tn_aten *c) {
    if (tni_at_has(c, "train") && tni_at_bool(c, "train") && tni_at_has(c, "p") && tni_at_float(c, "p") > 0)
        tni_at_fail(c, "export the model in evaluation: model.eval()", "it drops elements at random");
    tni_at_give(c, 0, tni_at_tensor(c, tni_at_has(c, "input") ? "input" : "self"));
    if (c->nout > 1)
        tni_at_give(c, 1,
                    tni_at_expr(c, "Expand($0, Shape($1))", tni_at_scalar(c, TN_BOOL, 1), c->result[0]));
}

static void view(tn_aten *c) {
    const char *name = tni_at_has(c, "size") ? "size" : "shape";
    tni_at_give(c, 0, tni_at_expr(c, "Reshape(self, $0){allowzero=1}", tni_at_size(c, name)));
}

static void view_as(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Reshape(self, Shape(other)){allowzero=1}"));
}

static void view_dtype(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    if (tn_dtype_bits(tni_at_type(v)) != tn_dtype_bits(c->out))
        tni_at_fail(c, NULL, "elements of one size cannot be viewed as elements of another size");
    tni_at_set_int(c, "to", c->out);
    tni_at_give(c, 0, tni_at_type(v) == c->out ? v : tni_at_expr(c, "BitCast($0){to=to}", v));
}

static void flatten(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v), first = tni_at_axis(c, "start_dim", rank),
        last = tni_at_axis(c, "end_dim", rank);
    if (rank == 0) {
        tni_at_give(c, 0, tni_at_expr(c, "Reshape($0, [1])", v));
        return;
    }
    if (first > last) tni_at_fail(c, NULL, "start_dim is behind end_dim");
    if (c->failed || first == last) {
        tni_at_give(c, 0, v);
        return;
    }
    tn_dim product = tn_k(1);
    tn_dims *dims = &c->graph->root->dims;
    for (int d = first; d <= last; d++) product = tn_dim_mul(dims, product, v->info.type.dim[d]);
    tni_value *middle = tni_at_vector(c, (int64_t[]){product.e ? -1 : product.k}, 1);
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Reshape($0, $1){allowzero=1}", v, tni_at_reshaped_dims(c, v, first, last, middle)));
}

static void unflatten(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int dim = tni_at_axis(c, "dim", tni_at_rank(c, v));
    tni_at_give(c, 0,
                tni_at_expr(c, "Reshape($0, $1){allowzero=1}", v,
                            tni_at_reshaped_dims(c, v, dim, dim, tni_at_size(c, "sizes"))));
}

static void unsqueeze(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t dim = tni_at_axis(c, "dim", tni_at_rank(c, v) + 1);
    tni_at_give(c, 0, tni_at_expr(c, "Unsqueeze($0, $1)", v, tni_at_vector(c, &dim, 1)));
}

static bool is_one(const tni_value *v, int dim) { return tn_dim_is(v->info.type.dim[dim], 1); }

// Dimensions that are not of size 1 stay: what a symbolic one is, PyTorch decided when it exported.
static void squeeze(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    int64_t given[TNI_AT_LIST], dims[TN_MAX_RANK];
    size_t count = 0, n = 0;
    bool some = tni_at_has(c, "dim");
    if (some) count = tni_at_ints(c, "dim", given);
    for (int d = 0; d < rank; d++) {
        bool asked = !some;
        for (size_t i = 0; i < count; i++) asked |= given[i] == d || given[i] + rank == d;
        if (asked && is_one(v, d)) dims[n++] = d;
    }
    tni_at_give(c, 0, n ? tni_at_expr(c, "Squeeze($0, $1)", v, tni_at_vector(c, dims, n)) : v);
}

static void give_permuted(tn_aten *c, tni_value *v, const int64_t *perm, int rank) {
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_at_give(c, 0, rank > 1 ? tni_at_expr(c, "Transpose($0){perm=perm}", v) : v);
}

static void permute(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    int64_t perm[TN_MAX_RANK];
    if (tni_at_axes(c, "dims", rank, perm) != (size_t)rank)
        tni_at_fail(c, NULL, "'dims' does not name every dimension");
    give_permuted(c, v, perm, rank);
}

static void swap(tn_aten *c, tni_value *v, int a, int b) {
    int64_t perm[TN_MAX_RANK];
    int rank = tni_at_rank(c, v);
    for (int d = 0; d < rank; d++) perm[d] = d == a ? b : d == b ? a : d;
    give_permuted(c, v, perm, rank);
}

static void transpose(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    bool axes = tni_at_has(c, "axis0");
    int a = tni_at_axis(c, axes ? "axis0" : "dim0", rank), b = tni_at_axis(c, axes ? "axis1" : "dim1", rank);
    swap(c, v, a, b);
}

static void t(tn_aten *c) { swap(c, tni_at_tensor(c, "self"), 0, 1); }

static void matrix_transpose(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    swap(c, v, rank - 2, rank - 1);
}

static void all_transposed(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    int64_t perm[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) perm[d] = rank - 1 - d;
    give_permuted(c, v, perm, rank);
}

static void movedim(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    int64_t from[TN_MAX_RANK], to[TN_MAX_RANK], perm[TN_MAX_RANK];
    bool taken[TN_MAX_RANK] = {false}, filled[TN_MAX_RANK] = {false};
    size_t n = tni_at_axes(c, "source", rank, from), m = tni_at_axes(c, "destination", rank, to);
    if (n != m || n > (size_t)rank) tni_at_fail(c, NULL, "source and destination do not fit");
    for (size_t i = 0; i < n && !c->failed; i++) {
        perm[to[i]] = from[i];
        taken[from[i]] = filled[to[i]] = true;
    }
    for (int d = 0, next = 0; d < rank && !c->failed; d++) {
        while (!filled[d] && next < rank - 1 && taken[next]) next++;
        if (!filled[d]) perm[d] = next++;
    }
    give_permuted(c, v, perm, rank);
}

// -1 keeps a dimension; new ones come in front.
static void expand(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *size = tni_at_size(c, "size");
    size_t n = size ? size->info.ncontent : 0;
    if (c->failed) return;
    bool keeps = !size->info.content; // not known: it might
    for (size_t i = 0; i < n && size->info.content; i++) keeps |= tn_dim_is(size->info.content[i], -1);
    if (keeps)
        size = tni_at_expr(c, "Where(Equal($0, $1), $2, $0)", size, tni_at_scalar(c, TN_I64, -1),
                           tni_at_scalar(c, TN_I64, 1));
    tni_at_give(c, 0, tni_at_expr(c, "Expand($0, $1)", v, size));
}

static void expand_as(tn_aten *c) { tni_at_give(c, 0, tni_at_expr(c, "Expand(self, Shape(other))")); }

static void broadcast_tensors(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    tni_value *shape = n ? v[0] : NULL;
    for (size_t i = 1; i < n && shape; i++) // a tensor of the common shape
        shape = tni_at_expr(c, "Expand($0, Shape($1))", shape, v[i]);
    for (size_t i = 0; i < n; i++)
        tni_at_give(c, i, n == 1 ? v[i] : tni_at_expr(c, "Expand($0, Shape($1))", v[i], shape));
}

// ---- pieces

static void slice(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t dim = tni_at_axis(c, "dim", tni_at_rank(c, v));
    tni_value *start = tni_at_has(c, "start") ? tni_at_size(c, "start") : tni_at_vector(c, (int64_t[]){0}, 1);
    tni_value *end =
        tni_at_has(c, "end") ? tni_at_size(c, "end") : tni_at_vector(c, (int64_t[]){INT64_MAX}, 1);
    tni_at_give(c, 0,
                tni_at_expr(c, "Slice($0, $1, $2, $3, $4)", v, start, end, tni_at_vector(c, &dim, 1),
                            tni_at_size(c, "step")));
}

static void narrow(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *start = tni_at_size(c, "start");
    int64_t dim = tni_at_axis(c, "dim", tni_at_rank(c, v));
    tni_at_give(c, 0,
                tni_at_expr(c, "Slice($0, $1, Add($1, $2), $3)", v, start, tni_at_size(c, "length"),
                            tni_at_vector(c, &dim, 1)));
}

static void select_(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    tni_at_set_int(c, "axis", tni_at_axis(c, "dim", tni_at_rank(c, v)));
    tni_value *index = tni_at_expr(c, "Squeeze($0, [0])", tni_at_size(c, "index"));
    tni_at_give(c, 0, tni_at_expr(c, "Gather($0, $1){axis=axis}", v, index));
}

static void split_into(tn_aten *c, tni_value *v, int axis, tni_value *sizes) {
    tni_value *out[TNI_AT_OUT];
    tni_at_set_int(c, "axis", axis);
    if (tni_at_node(c, "Split", 2, (tni_value *[]){v, sizes}, c->nout, out))
        for (size_t i = 0; i < c->nout; i++) tni_at_give(c, i, out[i]);
}

// Pieces of `size` and what is left: as many as the file has outputs.
static void split_evenly(tn_aten *c, tni_value *v, int axis, tn_dim size) {
    tn_dim dims[TNI_AT_OUT], left = v->info.type.dim[axis];
    tn_dims *pool = &c->graph->root->dims;
    for (size_t i = 0; i < c->nout; i++) {
        dims[i] = i + 1 < c->nout ? size : left;
        left = tn_dim_sub(pool, left, size);
    }
    tni_value *sizes = tni_pt2_dims_value(c->x, c->graph, dims, c->nout, false);
    if (!sizes) tni_at_fail(c, NULL, "the sizes of the pieces are not known");
    split_into(c, v, axis, sizes);
}

static void split(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    const char *name = tni_at_has(c, "split_sizes")  ? "split_sizes"
                       : tni_at_has(c, "split_size") ? "split_size"
                                                     : "sizes";
    tn_dim size;
    if (c->failed) return;
    if (tni_at_kind(c, name) == TN_ATTR_INTS)
        split_into(c, v, axis, tni_at_size(c, name));
    else if (tni_at_dim(c, name, &size))
        split_evenly(c, v, axis, size);
}

static void chunk(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    int64_t n = tni_at_int(c, "chunks");
    if (!c->failed && n > 0)
        split_evenly(c, v, axis, tn_dim_ceil_div(&c->graph->root->dims, v->info.type.dim[axis], tn_k(n)));
}

static void tensor_split(tn_aten *c) { // the first ones get one more
    tni_value *v = tni_at_tensor(c, "self");
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    int64_t n = tni_at_has(c, "sections") ? tni_at_int(c, "sections") : 0, size[TNI_AT_OUT];
    if (c->failed || v->info.type.dim[axis].e || n < 1 || n != (int64_t)c->nout) {
        tni_at_fail(c, NULL, "only a known number of sections of a known size can be split off");
        return;
    }
    for (int64_t i = 0; i < n; i++)
        size[i] = v->info.type.dim[axis].k / n + (i < v->info.type.dim[axis].k % n);
    split_into(c, v, axis, tni_at_vector(c, size, (size_t)n));
}

// Cut before each of the indices.
static void tensor_split_at(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    int64_t at[TNI_AT_LIST], last = 0;
    size_t n = tni_at_ints(c, "indices", at);
    tn_dim size[TNI_AT_LIST + 1];
    for (size_t i = 0; i < n && !c->failed; i++) {
        if (at[i] < last) tni_at_fail(c, NULL, "its indices are not in order, or count from the end");
        size[i] = tn_k(at[i] - last);
        last = at[i];
    }
    if (c->failed || n + 1 != c->nout) return;
    size[n] = tn_dim_sub(&c->graph->root->dims, v->info.type.dim[axis], tn_k(last));
    tni_value *sizes = tni_pt2_dims_value(c->x, c->graph, size, n + 1, false);
    if (sizes) split_into(c, v, axis, sizes);
}

static void unbind(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[TNI_AT_OUT];
    int64_t axis = tni_at_axis(c, "dim", tni_at_rank(c, v));
    tni_at_set_int(c, "axis", axis);
    tni_at_set_int(c, "num_outputs", (int64_t)c->nout);
    if (!tni_at_node(c, "Split", 1, &v, c->nout, out)) return;
    for (size_t i = 0; i < c->nout; i++)
        tni_at_give(c, i, tni_at_expr(c, "Squeeze($0, $1)", out[i], tni_at_vector(c, &axis, 1)));
}

// The elements whose two indices differ by offset.
static tni_value *diagonal_of(tn_aten *c, tni_value *v) {
    int rank = tni_at_rank(c, v), a = tni_at_axis(c, "dim1", rank), b = tni_at_axis(c, "dim2", rank);
    int64_t offset = tni_at_int(c, "offset"), perm[TN_MAX_RANK];
    int n = 0;
    if (c->failed) return NULL;
    for (int d = 0; d < rank; d++)
        if (d != a && d != b) perm[n++] = d;
    perm[n++] = a;
    perm[n] = b;
    tn_dim p = v->info.type.dim[a], q = v->info.type.dim[b];
    if (p.e || q.e) {
        tni_at_fail(c, NULL, "a diagonal of dimensions without a fixed size cannot be taken");
        return NULL;
    }
    int64_t rows = offset < 0 ? p.k + offset : p.k, columns = offset > 0 ? q.k - offset : q.k;
    int64_t count = rows < columns ? rows : columns;
    tn_tensor *index = tni_tensor_new(&c->graph->root->arena, TN_I64, 1, &(int64_t){count > 0 ? count : 0});
    if (!index) {
        c->x->nomem = c->failed = true;
        return NULL;
    }
    for (int64_t i = 0; i < count; i++)
        tni_set_int(index, i, (i + (offset < 0 ? -offset : 0)) * q.k + i + (offset > 0 ? offset : 0));
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_value *flat = tni_at_expr(c, "Transpose($0){perm=perm}", v);
    tni_at_set_int(c, "axis", rank - 2);
    flat = tni_at_expr(
        c, "Reshape($0, $1){allowzero=1}", flat,
        tni_at_reshaped_dims(c, flat, rank - 2, rank - 1, tni_at_vector(c, (int64_t[]){p.k * q.k}, 1)));
    tni_at_set_int(c, "axis", rank - 2);
    return tni_at_expr(c, "Gather($0, $1){axis=axis}", flat, tni_value_const(c->graph, NULL, index));
}

static void diagonal(tn_aten *c) { tni_at_give(c, 0, diagonal_of(c, tni_at_tensor(c, "self"))); }

// Scattered to the places that the diagonal of 0, 1, 2... names.
static void diagonal_scatter(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *src = tni_at_cast(c, tni_at_tensor(c, "src"), c->out);
    tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1);
    tni_value *places = tni_at_expr(c, "Reshape(Range($0, Size($1), $2), Shape($1))", zero, v, one);
    tni_value *index = places ? diagonal_of(c, places) : NULL;
    tni_at_clear(c);
    if (index)
        tni_at_give(c, 0,
                    tni_at_expr(c,
                                "Reshape(ScatterElements(Reshape($0, [-1]), Reshape($1, [-1]), Reshape($2, "
                                "[-1])), Shape($0))",
                                v, index, src));
}

// Windows of `size` every `step` along a dimension, as a new last dimension.
static void unfold(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v), axis = tni_at_axis(c, "dimension", rank);
    int64_t size = tni_at_int(c, "size"), step = tni_at_int(c, "step"), perm[TN_MAX_RANK + 1];
    if (c->failed || step < 1 || size < 0 || rank >= TN_MAX_RANK) {
        tni_at_fail(c, NULL, "its windows have no size that could be");
        return;
    }
    if (!rank) {
        tni_at_give(c, 0, tni_at_expr(c, "Slice(Reshape($0, [1]), [0], $1)", v, tni_at_vector(c, &size, 1)));
        return;
    }
    tn_dims *dims = &c->graph->root->dims;
    tn_dim more = tn_dim_div(dims, tn_dim_sub(dims, v->info.type.dim[axis], tn_k(size)), tn_k(step));
    tn_dim n = tn_dim_add(dims, more, tn_k(1));
    tni_value *count = tni_pt2_dims_value(c->x, c->graph, &n, 1, true);
    if (!count) tni_at_fail(c, NULL, "the size of a dimension is not known");
    tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1);
    tni_value *begin = tni_at_expr(c, "Mul(Range($0, $1, $2), $3)", zero, count, one,
                                   tni_at_scalar(c, TN_I64, (double)step));
    tni_value *index = tni_at_expr(c, "Add(Unsqueeze($0, [1]), Range($1, $2, $3))", begin, zero,
                                   tni_at_scalar(c, TN_I64, (double)size), one);
    for (int d = 0, at = 0; d <= rank; d++)
        if (d != axis + 1) perm[at++] = d;
    perm[rank] = axis + 1;
    tni_at_set_int(c, "axis", axis);
    give_permuted(c, tni_at_expr(c, "Gather($0, $1){axis=axis}", v, index), perm, rank + 1);
}

// Whether it is the dense tensor `v` itself that the strides describe.
static bool is_whole(tn_aten *c, const tni_value *v, const tn_info *size, const tn_info *stride) {
    tn_dims *dims = &c->graph->root->dims;
    tn_dim dense = tn_k(1);
    size_t n = size->ncontent;
    if (!size->content || !stride->content || (int)n != v->info.type.rank || n != stride->ncontent)
        return false;
    for (size_t d = n; d-- > 0; dense = tn_dim_mul(dims, dense, size->content[d])) {
        if (!tn_dim_equal(size->content[d], v->info.type.dim[d])) return false;
        if (!tn_dim_is(size->content[d], 1) && !tn_dim_equal(stride->content[d], dense)) return false;
    }
    return true;
}

// The sum over the dimensions of place * stride.
static tni_value *places(tn_aten *c, tni_value *size, tni_value *stride, tni_value *offset, size_t rank) {
    int64_t shape[TN_MAX_RANK];
    tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1), *sum = offset;
    for (size_t d = 0; d < rank; d++) {
        tni_value *at = tni_at_scalar(c, TN_I64, (double)d);
        for (size_t k = 0; k < rank; k++) shape[k] = k == d ? -1 : 1;
        sum = tni_at_expr(c, "Add($0, Reshape(Mul(Range($1, Gather($2, $3), $4), Gather($5, $3)), $6))", sum,
                          zero, size, at, one, stride, tni_at_vector(c, shape, rank));
    }
    return sum;
}

// Elements by their place in the storage; of a dense tensor that is their place in it.
static void as_strided(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *size = tni_at_size(c, "size"),
              *stride = tni_at_size(c, "stride");
    if (!tni_at_is_dense(c, "self")) tni_at_fail(c, NULL, "only what lies densely can be viewed by strides");
    if (c->failed || !v || !size || !stride) return;
    bool moved = tni_at_has(c, "storage_offset");
    tn_dim rank = size->info.type.dim[0];
    if (!tn_dim_equal(rank, stride->info.type.dim[0]) || rank.e || rank.k > TN_MAX_RANK) {
        tni_at_fail(c, NULL, "size and stride do not fit");
    } else if (!moved && is_whole(c, v, &size->info, &stride->info)) {
        tni_at_give(c, 0, v);
    } else {
        tni_value *offset = moved ? tni_at_number(c, "storage_offset", TN_I64) : tni_at_scalar(c, TN_I64, 0);
        tni_at_give(c, 0,
                    tni_at_expr(c, "Gather(Reshape($0, [-1]), $1)", v,
                                places(c, size, stride, offset, (size_t)rank.k)));
    }
}

static void as_strided_scatter(tn_aten *c) {
    tni_value *src = tni_at_cast(c, tni_at_tensor(c, "src"), c->out);
    tni_value *offset = tni_at_has(c, "storage_offset") ? tni_at_number(c, "storage_offset", TN_I64)
                                                        : tni_at_scalar(c, TN_I64, 0);
    tni_value *size = tni_at_size(c, "size"), *stride = tni_at_size(c, "stride");
    if (!tni_at_is_dense(c, "self"))
        tni_at_fail(c, NULL, "only what lies densely can be written to by strides");
    if (c->failed || size->info.type.dim[0].e || size->info.type.dim[0].k > TN_MAX_RANK) return;
    tni_value *at = places(c, size, stride, offset, (size_t)size->info.type.dim[0].k);
    tni_at_give(
        c, 0,
        tni_at_expr(c,
                    "Reshape(ScatterElements(Reshape(self, [-1]), Reshape($0, [-1]), Reshape($1, [-1])), "
                    "Shape(self)){allowzero=1}",
                    at, src));
}

static void atleast(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int want = strstr(c->target, "1d") ? 1 : strstr(c->target, "2d") ? 2 : 3, rank = tni_at_rank(c, v);
    if (want == 3 && rank == 2) {
        tni_at_give(c, 0, tni_at_expr(c, "Unsqueeze($0, [2])", v));
        return;
    }
    for (; rank < want; rank++) v = tni_at_expr(c, "Unsqueeze($0, [0])", v);
    tni_at_give(c, 0, v);
}

#define VIEW TN_ATEN_VIEW
#define MAY TN_ATEN_MAY_VIEW

TN_ATEN(view) = {
    {"aten.view.default", NULL, view, VIEW},
    {"aten.view.dtype", NULL, view_dtype, VIEW},
    {"aten._unsafe_view", NULL, view, VIEW},
    {"aten.view_copy.default", NULL, view, 0},
    {"aten.reshape", NULL, view, MAY},
    {"aten._reshape_copy", NULL, view, 0},
    {"aten.view_as", NULL, view_as, VIEW},
    {"aten.reshape_as", NULL, view_as, MAY},
    {"aten.ravel", "Reshape(self, [-1])", NULL, MAY},
    {"aten.flatten.using_ints", NULL, flatten, MAY},
    {"aten.unflatten.int", NULL, unflatten, VIEW},
    {"aten.unsqueeze", NULL, unsqueeze, VIEW},
    {"aten.unsqueeze_copy", NULL, unsqueeze, 0},
    {"aten.squeeze", NULL, squeeze, VIEW},
    {"aten.squeeze_copy", NULL, squeeze, 0},
    {"aten.permute", NULL, permute, VIEW},
    {"aten.permute_copy", NULL, permute, 0},
    {"aten.transpose.int", NULL, transpose, VIEW},
    {"aten.transpose.default", NULL, transpose, VIEW}, // of transpose_
    {"aten.transpose_copy.int", NULL, transpose, 0},
    {"aten.swapaxes", NULL, transpose, VIEW},
    {"aten.swapdims", NULL, transpose, VIEW},
    {"aten.t", NULL, t, VIEW},
    {"aten.t_copy", NULL, t, 0},
    {"aten.numpy_T", NULL, all_transposed, VIEW},
    {"aten.mT", NULL, matrix_transpose, VIEW},
    {"aten.matrix_H", NULL, matrix_transpose, VIEW},
    {"aten.mH", NULL, matrix_transpose, VIEW},
    {"aten.adjoint", NULL, matrix_transpose, VIEW},
    {"aten.movedim", NULL, movedim, VIEW},
    {"aten.moveaxis", NULL, movedim, VIEW},
    {"aten.expand", NULL, expand, VIEW},
    {"aten.expand_copy", NULL, expand, 0},
    {"aten.expand_as", NULL, expand_as, VIEW},
    {"aten.broadcast_to", NULL, expand, VIEW},
    {"aten.broadcast_tensors", NULL, broadcast_tensors, 0},
    {"aten.alias", NULL, same, VIEW},
    {"aten.alias_copy", NULL, same, 0},
    {"aten.detach", NULL, same, VIEW},
    {"aten.detach_copy", NULL, same, 0},
    {"aten.real", NULL, same, VIEW},
    {"aten.positive", NULL, same, VIEW},
    {"aten.conj", NULL, same, VIEW},
    {"aten.conj_physical", NULL, same, 0},
    {"aten.resolve_conj", NULL, same, VIEW},
    {"aten.resolve_neg", NULL, same, VIEW},
    {"aten.contiguous", NULL, same, MAY},
    {"aten.dropout", NULL, dropout, VIEW},
    {"aten.feature_dropout", NULL, dropout, VIEW},
    {"aten.alpha_dropout", NULL, dropout, VIEW},
    {"aten.native_dropout", NULL, dropout, 0},
    {"aten.clone", NULL, same, 0},
    {"aten.lift_fresh_copy", NULL, same, 0},
    {"aten.lift_fresh", NULL, same, VIEW},
    {"aten.lift", NULL, same, VIEW},
    {"aten.slice.Tensor", NULL, slice, VIEW},
    {"aten.slice_copy.Tensor", NULL, slice, 0},
    {"aten.narrow.default", NULL, narrow, VIEW},
    {"aten.narrow_copy.default", NULL, narrow, 0},
    {"aten.select.int", NULL, select_, VIEW},
    {"aten.select_copy.int", NULL, select_, 0},
    {"aten.split", NULL, split, VIEW},
    {"aten.split_with_sizes", NULL, split, VIEW},
    {"aten.split_with_sizes_copy", NULL, split, 0},
    {"aten.split_copy.Tensor", NULL, split, 0},
    {"aten.unsafe_split.Tensor", NULL, split, 0},
    {"aten.unsafe_split_with_sizes", NULL, split, 0},
    {"aten.chunk", NULL, chunk, VIEW},
    {"aten.unsafe_chunk", NULL, chunk, 0},
    {"aten.tensor_split.indices", NULL, tensor_split_at, VIEW},
    {"aten.tensor_split.sections", NULL, tensor_split, VIEW},
    {"aten.unbind.int", NULL, unbind, VIEW},
    {"aten.unbind_copy.int", NULL, unbind, 0},
    {"aten.diagonal", NULL, diagonal, VIEW},
    {"aten.diagonal_scatter", NULL, diagonal_scatter, 0},
    {"aten.diagonal_copy", NULL, diagonal, 0},
    {"aten.unfold", NULL, unfold, VIEW},
    {"aten.unfold_copy", NULL, unfold, 0},
    {"aten.as_strided", NULL, as_strided, VIEW},
    {"aten.as_strided_copy", NULL, as_strided, 0},
    {"aten.as_strided_scatter", NULL, as_strided_scatter, 0},
    {"aten.atleast_1d.default", NULL, atleast, VIEW},
    {"aten.atleast_2d.default", NULL, atleast, VIEW},
    {"aten.atleast_3d.default", NULL, atleast, VIEW},
    {0},
};
