// SPDX-License-Identifier: Apache-2.0
// dims.c - shapes as values, for converters that reshape; pieces put back along a dimension.
#include "import/aten/aten.h"

#include "ir/dim.h"

// The dimensions [first, last] replaced by `n` given ones, as a shape for Reshape.
tni_value *tni_at_reshaped_dims(tn_aten *c, tni_value *v, int first, int last, tni_value *middle) {
    int rank = tni_at_rank(c, v);
    tni_value *part[3], *shape = tni_at_expr(c, "Shape($0)", v);
    size_t n = 0;
    if (first > 0)
        part[n++] = tni_at_expr(c, "Slice($0, [0], $1)", shape, tni_at_vector(c, (int64_t[]){first}, 1));
    part[n++] = middle;
    if (last < rank - 1)
        part[n++] = tni_at_expr(c, "Slice($0, $1, $2)", shape, tni_at_vector(c, (int64_t[]){last + 1}, 1),
                                tni_at_vector(c, (int64_t[]){rank}, 1));
    tni_at_clear(c);
    tni_at_set_int(c, "axis", 0);
    tni_value *all = n == 1 ? part[0] : tni_at_list(c, "Concat", n, part);
    tni_at_clear(c);
    return all;
}

// [0, start) and [end, ...) of the parent around v; `start` and `end` are vectors of one, as Slice takes
// them.
static tni_value *joined(tn_aten *c, tni_value *parent, tni_value *v, int axis, tni_value *start,
                         tni_value *end) {
    int64_t dim = axis;
    tni_value *axes = tni_at_vector(c, &dim, 1);
    tni_at_clear(c);
    tni_at_set_int(c, "axis", axis);
    tni_value *before = tni_at_expr(c, "Slice($0, [0], $1, $2)", parent, start, axes);
    tni_value *behind = tni_at_expr(c, "Slice($0, $1, $2, $3)", parent, end,
                                    tni_at_vector(c, (int64_t[]){INT64_MAX}, 1), axes);
    tni_value *part[3];
    size_t n = 0;
    if (before && !tn_dim_is(before->info.type.dim[axis], 0)) part[n++] = before;
    part[n++] = v;
    if (behind && !tn_dim_is(behind->info.type.dim[axis], 0)) part[n++] = behind;
    tni_value *all = n == 1 ? v : tni_at_list(c, "Concat", n, part);
    tni_at_clear(c);
    bool same = all && tn_dim_equal(all->info.type.dim[axis], parent->info.type.dim[axis]);
    if (same || !all) return all;
    return tni_at_expr(c, "Reshape($0, Shape($1)){allowzero=1}", all,
                       parent); // that the pieces make the whole, only we know
}

// A place from the end counts from the beginning, and none lies outside.
static tni_value *from_start(tn_aten *c, tni_value *place, tni_value *size) {
    tni_value *zero = tni_at_scalar(c, TN_I64, 0);
    place = tni_at_expr(c, "Where(Less($0, $1), Add($0, $2), $0)", place, zero, size);
    return tni_at_expr(c, "Min(Max($0, $1), $2)", place, zero, size);
}

static tni_value *size_of(tn_aten *c, tni_value *v, int axis) {
    tni_at_clear(c);
    tni_at_set_int(c, "axis", axis);
    tni_value *size = tni_at_expr(c, "Slice(Shape($0), $1, $2)", v, tni_at_vector(c, (int64_t[]){axis}, 1),
                                  tni_at_vector(c, (int64_t[]){axis + 1}, 1));
    tni_at_clear(c);
    return size;
}

// Every step-th slice: scattered along the dimension.
static tni_value *put_steps(tn_aten *c, tni_value *parent, tni_value *v, int axis) {
    int64_t dim = axis;
    int rank = tni_at_rank(c, parent);
    int64_t place[TN_MAX_RANK];
    tni_value *size = size_of(c, parent, axis), *step = tni_at_size(c, "step"),
              *zero = tni_at_vector(c, (int64_t[]){0}, 1);
    tni_value *start = tni_at_has(c, "start") ? from_start(c, tni_at_size(c, "start"), size) : zero;
    tni_value *all = tni_at_expr(c, "Range($0, Squeeze($1, [0]), $2)", tni_at_scalar(c, TN_I64, 0),
                                 size_of(c, v, axis), tni_at_scalar(c, TN_I64, 1));
    for (int d = 0; d < rank; d++) place[d] = d == dim ? -1 : 1;
    tni_value *index = tni_at_expr(c, "Reshape(Add(Mul($0, $1), $2), $3)", all, step, start,
                                   tni_at_vector(c, place, (size_t)rank));
    index = tni_at_expr(c, "Expand($0, Shape($1))", index, v);
    tni_at_set_int(c, "axis", axis);
    tni_value *y = tni_at_expr(c, "ScatterElements($0, $1, $2){axis=axis}", parent, index, v);
    tni_at_clear(c);
    return y;
}

// The place as the call has it, when it counts from the end and surely lies inside; else NULL.
static tni_value *from_end(tn_aten *c, const char *name, const tni_value *parent, int axis) {
    if (c->failed || !tni_at_has(c, name) || !tni_at_is_plain(c, name)) return NULL;
    tn_dim size = parent->info.type.dim[axis];
    int64_t place = tni_at_int(c, name);
    return !size.e && place < 0 && place >= -size.k ? tni_at_vector(c, &place, 1) : NULL;
}

// The piece that starts at arguments "start" or None, with steps of one or of "step".
tni_value *tni_at_put_slice(tn_aten *c, tni_value *parent, tni_value *v, int axis) {
    if (tni_at_has(c, "step") && tni_at_int(c, "step") != 1) return put_steps(c, parent, v, axis);
    tni_value *size = size_of(c, parent, axis), *start = tni_at_vector(c, (int64_t[]){0}, 1);
    tni_value *late = from_end(c, "start", parent, axis);
    bool some =
        v && !v->info.type.dim[axis].e && v->info.type.dim[axis].k > 0; // else it may end before it starts
    tni_value *end = some ? from_end(c, "end", parent, axis) : NULL;
    if (tni_at_has(c, "start")) start = from_start(c, tni_at_size(c, "start"), size);
    if (!end) end = tni_at_expr(c, "Add($0, $1)", start, size_of(c, v, axis));
    return joined(c, parent, v, axis, late ? late : start, end);
}

tni_value *tni_at_put_index(tn_aten *c, tni_value *parent, tni_value *v, int axis) {
    int64_t dim = axis;
    tni_value *start = from_start(c, tni_at_size(c, "index"), size_of(c, parent, axis));
    tni_value *piece = tni_at_expr(c, "Unsqueeze($0, $1)", v, tni_at_vector(c, &dim, 1));
    tni_value *end = tni_at_expr(c, "Add($0, $1)", start, tni_at_vector(c, (int64_t[]){1}, 1));
    return joined(c, parent, piece, axis, start, end);
}
