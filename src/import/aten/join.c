// SPDX-License-Identifier: Apache-2.0
// join.c - PyTorch's arrangements that are made of other ones: stacks by direction, cuts, diagonals, grids.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

static tni_value *at_least(tn_aten *c, tni_value *v, int want) {
    int rank = tni_at_rank(c, v);
    if (want == 3 && rank == 2) return tni_at_expr(c, "Unsqueeze($0, [2])", v);
    if (want == 3 && rank == 1) return tni_at_expr(c, "Unsqueeze($0, [0, 2])", v);
    return tni_at_of_rank(c, v, want);
}

// vstack, hstack, dstack, column_stack, row_stack
static void stacked(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    bool column = strstr(c->target, "column") != NULL, h = strstr(c->target, "hstack") != NULL;
    int want = strstr(c->target, "dstack") ? 3 : h ? 1 : 2;
    if (c->failed || !n) return;
    int axis = want == 3 ? 2 : column || (h && tni_at_rank(c, v[0]) > 1) ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        if (column && tni_at_rank(c, v[i]) <= 1) v[i] = tni_at_expr(c, "Reshape($0, [-1, 1])", v[i]);
        v[i] = at_least(c, tni_at_cast(c, v[i], c->out), want);
    }
    tni_at_set_int(c, "axis", axis);
    tni_at_give(c, 0, n == 1 ? v[0] : tni_at_list(c, "Concat", n, v));
}

// Sequences of known lengths, each made as long as the longest.
static void pad_sequence(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "sequences", v);
    bool first = tni_at_bool(c, "batch_first"),
         left = tni_at_has(c, "padding_side") && !strcmp(tni_at_string(c, "padding_side"), "left");
    int64_t longest = 0, axis = first ? 0 : 1;
    for (size_t i = 0; i < n && !c->failed; i++) {
        if (tni_at_rank(c, v[i]) < 1 || v[i]->info.type.dim[0].e)
            tni_at_fail(c, NULL, "the length of a sequence is not known");
        else if (v[i]->info.type.dim[0].k > longest)
            longest = v[i]->info.type.dim[0].k;
    }
    for (size_t i = 0; i < n && !c->failed; i++) {
        int64_t more = longest - v[i]->info.type.dim[0].k, pads[] = {left ? more : 0, left ? 0 : more};
        tni_value *value = tni_at_number(c, "padding_value", c->out);
        v[i] = tni_at_expr(c, "Unsqueeze(Pad($0, $1, $2, [0]), $3)", v[i], tni_at_vector(c, pads, 2), value,
                           tni_at_vector(c, &axis, 1));
    }
    tni_at_set_int(c, "axis", axis);
    if (n) tni_at_give(c, 0, n == 1 ? v[0] : tni_at_list(c, "Concat", n, v));
}

// ---- cuts along the first, second or third dimension, as tensor_split makes them

static void cut_at(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *out[TNI_AT_OUT];
    int rank = tni_at_rank(c, v), axis = strstr(c->target, "dsplit")   ? 2
                                         : strstr(c->target, "vsplit") ? 0
                                                                       : rank > 1;
    int64_t at[TNI_AT_LIST], last = 0, size[TNI_AT_OUT];
    if (c->failed || axis >= rank || v->info.type.dim[axis].e) {
        tni_at_fail(c, NULL, "only a known size can be cut");
        return;
    }
    int64_t whole = v->info.type.dim[axis].k;
    bool places = tni_at_has(c, "indices");
    size_t n = places ? tni_at_ints(c, "indices", at) : c->nout;
    for (size_t i = 0; i < c->nout && !c->failed; i++) {
        int64_t end = !places ? whole / (int64_t)n * (int64_t)(i + 1)
                      : i < n ? at[i] + (at[i] < 0 ? whole : 0)
                              : whole;
        end = end > whole ? whole : end < last ? last : end;
        size[i] = end - last;
        last = end;
    }
    if (last != whole) tni_at_fail(c, NULL, "it is not cut into as many pieces as the file says");
    tni_at_set_int(c, "axis", axis);
    tni_value *sizes = tni_at_vector(c, size, c->nout);
    if (tni_at_node(c, "Split", 2, (tni_value *[]){v, sizes}, c->nout, out))
        for (size_t i = 0; i < c->nout; i++) tni_at_give(c, i, out[i]);
}

// ---- turns

static tni_value *flipped(tn_aten *c, tni_value *v, int64_t axis) {
    return tni_at_expr(c, "Slice($0, [-1], $1, $2, [-1])", v, tni_at_vector(c, (int64_t[]){INT64_MIN}, 1),
                       tni_at_vector(c, &axis, 1));
}

static void fliplr(tn_aten *c) { tni_at_give(c, 0, flipped(c, tni_at_tensor(c, "self"), 1)); }
static void flipud(tn_aten *c) { tni_at_give(c, 0, flipped(c, tni_at_tensor(c, "self"), 0)); }

static void rot90(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    int64_t k = (tni_at_int(c, "k") % 4 + 4) % 4, dims[TN_MAX_RANK], perm[TN_MAX_RANK];
    if (tni_at_axes(c, "dims", rank, dims) != 2) return;
    for (int d = 0; d < rank; d++) perm[d] = d == dims[0] ? dims[1] : d == dims[1] ? dims[0] : d;
    if (k == 2) v = flipped(c, flipped(c, v, dims[0]), dims[1]);
    if (k % 2) {
        if (k == 1) v = flipped(c, v, dims[1]);
        tni_at_set_ints(c, "perm", perm, (size_t)rank);
        v = tni_at_expr(c, "Transpose($0){perm=perm}", v);
        if (k == 3) v = flipped(c, v, dims[1]);
    }
    tni_at_give(c, 0, v);
}

// ---- diagonals

// [..., n] as a matrix [..., n, n]
static tni_value *as_diagonal(tn_aten *c, tni_value *v) {
    tn_dtype type = tni_at_type(v);
    tni_value *shape = tni_at_expr(c, "Shape($0)", v), *end = tni_at_vector(c, (int64_t[]){INT64_MAX}, 1);
    tni_value *n = tni_at_expr(c, "Slice($0, [-1], $1)", shape, end);
    tni_at_set_int(c, "bool", TN_BOOL);
    tni_value *place = tni_at_expr(c, "EyeLike(Expand($0, Concat($1, $1){axis=0})){dtype=bool}",
                                   tni_at_scalar(c, TN_I32, 0), n);
    return tni_at_expr(c, "Where($0, Unsqueeze($1, [-1]), $2)", place, v, tni_at_scalar(c, type, 0));
}

// Off the middle: |offset| rows and columns of zeros more.
static tni_value *moved_off(tn_aten *c, tni_value *v, int64_t offset) {
    int rank = tni_at_rank(c, v);
    int64_t pads[] = {offset < 0 ? -offset : 0, offset > 0 ? offset : 0, offset > 0 ? offset : 0,
                      offset < 0 ? -offset : 0};
    int64_t axes[] = {rank - 2, rank - 1};
    if (!offset || c->failed) return v;
    return tni_at_expr(c, "Pad($0, $1, $2, $3)", v, tni_at_vector(c, pads, 4),
                       tni_at_scalar(c, tni_at_type(v), 0), tni_at_vector(c, axes, 2));
}

static void diag_embed(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v) + 1, a = tni_at_axis(c, "dim1", rank), b = tni_at_axis(c, "dim2", rank);
    int64_t perm[TN_MAX_RANK], from = 0;
    if (c->failed || rank > TN_MAX_RANK || a == b) return;
    int64_t offset = tni_at_int(c, "offset");
    v = moved_off(c, as_diagonal(c, v), offset);
    for (int d = 0; d < rank; d++) perm[d] = d == a ? rank - 2 : d == b ? rank - 1 : from++;
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_at_give(c, 0, tni_at_expr(c, "Transpose($0){perm=perm}", v));
}

static void diagflat(tn_aten *c) {
    tni_value *v = tni_at_expr(c, "Reshape(self, [-1])");
    tni_at_give(c, 0, v ? moved_off(c, as_diagonal(c, v), tni_at_int(c, "offset")) : NULL);
}

// The elements on a diagonal of the last two dimensions, which are of fixed sizes.
static tni_value *diagonal_of(tn_aten *c, tni_value *v, int64_t offset) {
    int rank = tni_at_rank(c, v);
    if (c->failed || rank != 2 || v->info.type.dim[0].e || v->info.type.dim[1].e) {
        tni_at_fail(c, NULL, "a diagonal of dimensions without a fixed size cannot be taken");
        return NULL;
    }
    int64_t rows = v->info.type.dim[0].k, columns = v->info.type.dim[1].k;
    int64_t down = offset < 0 ? -offset : 0, right = offset > 0 ? offset : 0;
    int64_t n = rows - down < columns - right ? rows - down : columns - right;
    tn_tensor *at = tni_tensor_new(&c->graph->root->arena, TN_I64, 1, &(int64_t){n > 0 ? n : 0});
    if (!at) return c->x->nomem = c->failed = true, NULL;
    for (int64_t i = 0; i < n; i++) tni_set_int(at, i, (i + down) * columns + i + right);
    return tni_at_expr(c, "Gather(Reshape($0, [-1]), $1)", v, tni_value_const(c->graph, NULL, at));
}

static void diag(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t offset = tni_at_int(c, "diagonal");
    tni_at_give(c, 0,
                tni_at_rank(c, v) == 1 ? moved_off(c, as_diagonal(c, v), offset) : diagonal_of(c, v, offset));
}

static void trace(tn_aten *c) {
    tni_value *d = diagonal_of(c, tni_at_tensor(c, "self"), 0);
    tni_at_give(c, 0, tni_at_expr(c, "ReduceSum(out($0)){keepdims=0}", d));
}

static void block_diag(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    int64_t rows = 0, columns = 0, row = 0, column = 0;
    for (size_t i = 0; i < n && !c->failed; i++) {
        v[i] = at_least(c, tni_at_cast(c, v[i], c->out), 2);
        if (!v[i] || v[i]->info.type.dim[0].e || v[i]->info.type.dim[1].e)
            tni_at_fail(c, NULL, "its blocks have no fixed sizes");
        else
            rows += v[i]->info.type.dim[0].k, columns += v[i]->info.type.dim[1].k;
    }
    for (size_t i = 0; i < n && !c->failed; i++) {
        int64_t h = v[i]->info.type.dim[0].k, w = v[i]->info.type.dim[1].k;
        int64_t pads[] = {0, column, 0, columns - column - w};
        v[i] =
            tni_at_expr(c, "Pad($0, $1, $2)", v[i], tni_at_vector(c, pads, 4), tni_at_scalar(c, c->out, 0));
        row += h;
        column += w;
    }
    tni_at_set_int(c, "axis", 0);
    if (!c->failed && n && row == rows) tni_at_give(c, 0, n == 1 ? v[0] : tni_at_list(c, "Concat", n, v));
}

// The places of a triangle of a matrix: [2, count].
static void triangle(tn_aten *c) {
    bool upper = strstr(c->target, "triu") != NULL;
    int64_t rows = tni_at_int(c, "row"), columns = tni_at_int(c, "col"), offset = tni_at_int(c, "offset"),
            n = 0;
    if (!c->failed && (rows < 0 || columns < 0 || rows > 4096 || columns > 4096))
        tni_at_fail(c, NULL, "it is too large");
    if (c->failed) return;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++) n += upper ? k - i >= offset : k - i <= offset;
    tn_tensor *t = tni_tensor_new(&c->graph->root->arena, c->out, 2, (int64_t[]){2, n});
    for (int64_t i = 0, at = 0; t && i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            if (upper ? k - i >= offset : k - i <= offset) {
                tni_set_int(t, at, i);
                tni_set_int(t, n + at++, k);
            }
    if (t) tni_at_give(c, 0, tni_value_const(c->graph, NULL, t));
}

// ---- products of arrangements

static void kron(tn_aten *c) {
    tni_value *a = tni_at_tensor(c, "self"), *b = tni_at_tensor(c, "other");
    int rank = tni_at_rank(c, a) > tni_at_rank(c, b) ? tni_at_rank(c, a) : tni_at_rank(c, b);
    if (c->failed || rank > TN_MAX_RANK / 2) {
        tni_at_fail(c, NULL, "it has too many dimensions");
        return;
    }
    a = tni_at_of_rank(c, tni_at_cast(c, a, c->out), rank);
    b = tni_at_of_rank(c, tni_at_cast(c, b, c->out), rank);
    int64_t behind[TN_MAX_RANK], before[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) behind[d] = 2 * d + 1, before[d] = 2 * d;
    tni_value *shape = tni_at_expr(c, "Mul(Shape($0), Shape($1))", a, b);
    tni_value *wide = tni_at_expr(c, "Unsqueeze($0, $1)", a, tni_at_vector(c, behind, (size_t)rank));
    tni_value *other = tni_at_expr(c, "Unsqueeze($0, $1)", b, tni_at_vector(c, before, (size_t)rank));
    tni_at_give(c, 0, tni_at_expr(c, "Reshape(Mul($0, $1), $2){allowzero=1}", wide, other, shape));
}

static void cartesian_prod(tn_aten *c) {
    tni_value *v[TNI_AT_LIST], *size[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    for (size_t i = 0; i < n; i++) size[i] = tni_at_expr(c, "Reshape(Size($0), [1])", v[i]);
    tni_at_set_int(c, "axis", 0);
    tni_value *all = n > 1 ? tni_at_list(c, "Concat", n, size) : NULL;
    for (size_t i = 0; i < n && n > 1 && !c->failed; i++) {
        int64_t place[TN_MAX_RANK];
        if (n > TN_MAX_RANK) tni_at_fail(c, NULL, "it has too many dimensions");
        for (size_t d = 0; d < n && d < TN_MAX_RANK; d++) place[d] = d == i ? -1 : 1;
        v[i] = tni_at_expr(c, "Reshape(Expand(Reshape($0, $1), $2), [-1, 1])", v[i],
                           tni_at_vector(c, place, n), all);
    }
    tni_at_set_int(c, "axis", 1);
    tni_at_give(c, 0, n == 1 ? v[0] : tni_at_list(c, "Concat", n, v));
}

static void sum_to_size(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t size[TNI_AT_LIST], axes[TN_MAX_RANK];
    int rank = tni_at_rank(c, v), n = (int)tni_at_ints(c, "size", size), count = 0;
    for (int d = 0; d < rank && !c->failed; d++)
        if (d < rank - n || (size[d - rank + n] == 1 && !tn_dim_is(v->info.type.dim[d], 1)))
            axes[count++] = d;
    if (count)
        v = tni_at_expr(c, "Reshape(ReduceSum($0, $1), $2)", v, tni_at_vector(c, axes, (size_t)count),
                        tni_at_size(c, "size"));
    tni_at_give(c, 0, v);
}

// Every choice of r of the elements, in their order.
static void combinations(tn_aten *c) {
    enum { MOST = 1 << 20, CHOSEN = 8 };
    tni_value *v = tni_at_tensor(c, "self");
    int64_t r = tni_at_int(c, "r"), at[CHOSEN] = {0}, count = 0;
    bool again = tni_at_bool(c, "with_replacement");
    if (!c->failed && (tni_at_rank(c, v) != 1 || v->info.type.dim[0].e || r < 1 || r > CHOSEN))
        tni_at_fail(c, NULL, "only up to %d of a known number of elements can be combined", CHOSEN);
    if (c->failed) return;
    int64_t n = v->info.type.dim[0].k, room = 1;
    for (int64_t i = 0; i < r && room <= MOST; i++) room *= n; // no fewer than there are
    tn_tensor *t =
        room > MOST ? NULL : tni_tensor_new(&c->graph->root->arena, TN_I64, 2, (int64_t[]){room, r});
    if (room > MOST) tni_at_fail(c, NULL, "there are too many combinations");
    for (int64_t k = 0; t && k < room; k++) {
        bool fits = true;
        for (int64_t i = r - 1, left = k; i >= 0; i--, left /= n) at[i] = left % n;
        for (int64_t i = 1; i < r; i++) fits &= again ? at[i] >= at[i - 1] : at[i] > at[i - 1];
        for (int64_t i = 0; fits && i < r; i++) tni_set_int(t, count * r + i, at[i]);
        count += fits;
    }
    if (t)
        tni_at_give(c, 0,
                    tni_at_expr(c, "Gather($0, Slice($1, [0], $2))", v, tni_value_const(c->graph, NULL, t),
                                tni_at_vector(c, &count, 1)));
}

TN_ATEN(join) = {
    {"aten.combinations", NULL, combinations, 0},
    {"aten.hstack", NULL, stacked, 0},
    {"aten.vstack", NULL, stacked, 0},
    {"aten.row_stack", NULL, stacked, 0},
    {"aten.dstack", NULL, stacked, 0},
    {"aten.column_stack", NULL, stacked, 0},
    {"aten.pad_sequence", NULL, pad_sequence, 0},
    {"aten.hsplit", NULL, cut_at, TN_ATEN_VIEW},
    {"aten.vsplit", NULL, cut_at, TN_ATEN_VIEW},
    {"aten.dsplit", NULL, cut_at, TN_ATEN_VIEW},
    {"aten.fliplr", NULL, fliplr, 0},
    {"aten.flipud", NULL, flipud, 0},
    {"aten.rot90", NULL, rot90, 0},
    {"aten.diag_embed", NULL, diag_embed, 0},
    {"aten.diagflat", NULL, diagflat, 0},
    {"aten.diag", NULL, diag, 0},
    {"aten.trace", NULL, trace, 0},
    {"aten.block_diag", NULL, block_diag, 0},
    {"aten.tril_indices", NULL, triangle, 0},
    {"aten.triu_indices", NULL, triangle, 0},
    {"aten.kron", NULL, kron, 0},
    {"aten.cartesian_prod", NULL, cartesian_prod, 0},
    {"aten.sum_to_size", NULL, sum_to_size, 0},
    {0},
};
