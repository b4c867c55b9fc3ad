// SPDX-License-Identifier: Apache-2.0
// shape.c - PyTorch's operators that arrange elements anew: joins, repeats, turns, pads, shuffles.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

// ---- joins

// Empty tensors of one dimension take no part, whatever the others are.
static size_t without_empty(tni_value **v, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool empty = v[i] && v[i]->info.type.rank == 1 && tn_dim_is(v[i]->info.type.dim[0], 0);
        if (!empty) v[kept++] = v[i];
    }
    return kept ? kept : n;
}

static void cat(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    if (n > 1) n = without_empty(v, n);
    if (c->failed || !n) return;
    const char *dim = tni_at_has(c, "dim") ? "dim" : "axis";
    int axis = tni_at_axis(c, dim, tni_at_rank(c, v[0]));
    for (size_t i = 0; i < n; i++) v[i] = tni_at_cast(c, v[i], c->out);
    tni_at_set_int(c, "axis", axis);
    tni_at_give(c, 0, n == 1 ? v[0] : tni_at_list(c, "Concat", n, v));
}

static void stack(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    if (c->failed || !n) return;
    int64_t axis = tni_at_axis(c, "dim", tni_at_rank(c, v[0]) + 1);
    for (size_t i = 0; i < n; i++)
        v[i] = tni_at_expr(c, "Unsqueeze($0, $1)", tni_at_cast(c, v[i], c->out), tni_at_vector(c, &axis, 1));
    tni_at_set_int(c, "axis", axis);
    tni_at_give(c, 0, n == 1 ? v[0] : tni_at_list(c, "Concat", n, v));
}

// ---- repeats

static void repeat(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    const char *name = tni_at_has(c, "repeats") ? "repeats" : "dims";
    int64_t ones[TN_MAX_RANK];
    tni_value *times = tni_at_size(c, name);
    int rank = tni_at_rank(c, v), want = times ? (int)times->info.type.dim[0].k : 0;
    for (int i = 0; i < TN_MAX_RANK; i++) ones[i] = 1;
    tni_at_set_int(c, "axis", 0);
    if (want < rank)
        times =
            tni_at_expr(c, "Concat($0, $1){axis=0}", tni_at_vector(c, ones, (size_t)(rank - want)), times);
    for (; rank < want && rank < TN_MAX_RANK; rank++) v = tni_at_expr(c, "Unsqueeze($0, [0])", v);
    tni_at_give(c, 0, tni_at_expr(c, "Tile($0, $1)", v, times));
}

// Each element `repeats` times: a new dimension behind, repeated, joined with the one before it.
static void repeat_interleave(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    bool flat = !tni_at_has(c, "dim");
    if (flat) v = tni_at_expr(c, "Reshape($0, [-1])", v);
    int rank = tni_at_rank(c, v);
    int64_t axis = flat ? 0 : tni_at_axis(c, "dim", rank), behind = axis + 1, times[TN_MAX_RANK + 1];
    if (rank >= TN_MAX_RANK) tni_at_fail(c, NULL, "it has too many dimensions");
    for (int d = 0; d <= rank && d <= TN_MAX_RANK; d++) times[d] = 1;
    if (c->failed) return;
    times[behind] = tni_at_int(c, "repeats");
    tni_value *wide = tni_at_expr(c, "Tile(Unsqueeze($0, $1), $2)", v, tni_at_vector(c, &behind, 1),
                                  tni_at_vector(c, times, (size_t)rank + 1));
    tni_value *middle = tni_at_vector(c, (int64_t[]){-1}, 1);
    tni_at_give(c, 0,
                tni_at_expr(c, "Reshape($0, $1){allowzero=1}", wide,
                            tni_at_reshaped_dims(c, v, (int)axis, (int)axis, middle)));
}

// Which of `repeats` each place of the result belongs to: one step more behind where each one ends.
static tni_value *repeated(tn_aten *c, tni_value *repeats) {
    tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1);
    tni_value *ends = tni_at_expr(c, "CumSum(i64($0), $1)", repeats, zero);
    tni_value *size = tni_at_has(c, "output_size")
                          ? tni_at_size(c, "output_size")
                          : tni_at_expr(c, "Reshape(ReduceSum(i64($0)), [1])", repeats);
    tni_value *none = tni_at_expr(c, "Expand($0, Add($1, $2))", zero, size, one);
    tni_value *steps =
        tni_at_expr(c, "ScatterElements($0, $1, Expand($2, Shape($1))){reduction='add'}", none, ends, one);
    return tni_at_expr(c, "Slice(CumSum($0, $1), [0], $2)", steps, zero, size);
}

static void repeat_interleave_indices(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "out($0)", repeated(c, tni_at_tensor(c, "repeats"))));
}

static void repeat_interleave_tensor(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *repeats = tni_at_tensor(c, "repeats");
    bool flat = !tni_at_has(c, "dim");
    if (flat) v = tni_at_expr(c, "Reshape($0, [-1])", v);
    int64_t axis = flat ? 0 : tni_at_axis(c, "dim", tni_at_rank(c, v)), next = axis + 1;
    tni_value *length =
        tni_at_expr(c, "Slice(Shape($0), $1, $2)", v, tni_at_vector(c, &axis, 1), tni_at_vector(c, &next, 1));
    tni_value *index = repeated(c, tni_at_expr(c, "Expand(Reshape($0, [-1]), $1)", repeats, length));
    tni_at_set_int(c, "axis", axis);
    tni_at_give(c, 0, tni_at_expr(c, "Gather($0, $1){axis=axis}", v, index));
}

static void flip(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t dims[TNI_AT_LIST], last[TNI_AT_LIST], first[TNI_AT_LIST];
    size_t n = tni_at_ints(c, "dims", dims);
    for (size_t i = 0; i < n; i++) last[i] = -1, first[i] = INT64_MIN;
    if (c->failed || !n) {
        tni_at_give(c, 0, v);
        return;
    }
    tni_value *back = tni_at_vector(c, last, n);
    tni_at_give(c, 0,
                tni_at_expr(c, "Slice($0, $1, $2, $3, $1)", v, back, tni_at_vector(c, first, n),
                            tni_at_vector(c, dims, n)));
}

// The last `shift` elements come first.
static tni_value *roll_one(tn_aten *c, tni_value *v, int64_t shift, int64_t axis) {
    if (c->failed || !shift) return v;
    tn_dim size = v->info.type.dim[axis];
    if (!size.e && size.k) shift %= size.k;
    if (!shift) return v;
    tni_value *at = tni_at_vector(c, (int64_t[]){-shift}, 1), *axes = tni_at_vector(c, &axis, 1);
    tni_value *end = tni_at_vector(c, (int64_t[]){INT64_MAX}, 1);
    tni_at_set_int(c, "axis", axis);
    return tni_at_expr(c, "Concat(Slice($0, $1, $2, $3), Slice($0, [0], $1, $3)){axis=axis}", v, at, end,
                       axes);
}

static void roll(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self"), *flat = v;
    int64_t shifts[TNI_AT_LIST], dims[TN_MAX_RANK];
    size_t n = tni_at_ints(c, "shifts", shifts), m = tni_at_axes(c, "dims", tni_at_rank(c, v), dims);
    if (!c->failed && n == 1 && !m) { // over all elements in their order
        flat = roll_one(c, tni_at_expr(c, "Reshape($0, [-1])", v), shifts[0], 0);
        tni_at_give(c, 0, tni_at_expr(c, "Reshape($0, Shape($1)){allowzero=1}", flat, v));
        return;
    }
    if (n != m) tni_at_fail(c, NULL, "shifts and dims do not fit");
    for (size_t i = 0; i < n && !c->failed; i++) v = roll_one(c, v, shifts[i], dims[i]);
    tni_at_give(c, 0, v);
}

// ---- pads: PyTorch's go from the last dimension to the first, begin and end beside each other

static void pad_mode(tn_aten *c, const char *mode, tni_value *value) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    const char *name = tni_at_has(c, "pad") ? "pad" : "padding";
    tni_value *pads = tni_at_size(c, name);
    int64_t n = pads ? pads->info.type.dim[0].k / 2 : 0, order[2 * TN_MAX_RANK], axes[TN_MAX_RANK];
    if (n > rank) tni_at_fail(c, NULL, "it pads more dimensions than there are");
    for (int64_t i = 0; i < n && !c->failed; i++) {
        order[i] = 2 * (n - 1 - i);
        order[n + i] = 2 * (n - 1 - i) + 1;
        axes[i] = rank - n + i;
    }
    if (c->failed) return;
    tni_at_set_text(c, "mode", mode);
    pads = tni_at_expr(c, "Gather($0, $1)", pads, tni_at_vector(c, order, (size_t)(2 * n)));
    tni_value *at = tni_at_vector(c, axes, (size_t)n);
    tni_at_give(c, 0,
                value ? tni_at_expr(c, "Pad($0, $1, $2, $3){mode=mode}", v, pads, value, at)
                      : tni_at_expr(c, "Pad($0, $1, _, $2){mode=mode}", v, pads, at));
}

static void constant_pad(tn_aten *c) { pad_mode(c, "constant", tni_at_number(c, "value", c->out)); }
static void reflection_pad(tn_aten *c) { pad_mode(c, "reflect", NULL); }
static void replication_pad(tn_aten *c) { pad_mode(c, "edge", NULL); }

static void pad(tn_aten *c) {
    const char *mode = tni_at_string(c, "mode");
    bool constant = !strcmp(mode, "constant");
    tni_value *value = NULL;
    if (constant)
        value = tni_at_has(c, "value") ? tni_at_number(c, "value", c->out) : tni_at_scalar(c, c->out, 0);
    pad_mode(c,
             constant                     ? mode
             : !strcmp(mode, "reflect")   ? "reflect"
             : !strcmp(mode, "replicate") ? "edge"
                                          : "wrap",
             value);
}

// ---- others

static void pixel_shuffle(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "DepthToSpace(self){blocksize=upscale_factor, mode='CRD'}"));
}

// SpaceToDepth puts the channel last within its group, PyTorch first.
static void pixel_unshuffle(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t r = tni_at_int(c, "downscale_factor");
    if (c->failed || tni_at_rank(c, v) != 4 || r < 1) {
        tni_at_fail(c, NULL, "only images of four dimensions can be unshuffled");
        return;
    }
    tn_dims *p = &c->graph->root->dims;
    const tn_dim *d = v->info.type.dim;
    tn_dim h = tn_dim_div(p, d[2], tn_k(r)), w = tn_dim_div(p, d[3], tn_k(r));
    tn_dim cut[] = {d[0], d[1], h, tn_k(r), w, tn_k(r)},
           join[] = {d[0], tn_dim_mul(p, d[1], tn_k(r * r)), h, w};
    tni_value *pieces = tni_pt2_dims_value(c->x, c->graph, cut, 6, false);
    tni_value *shape = tni_pt2_dims_value(c->x, c->graph, join, 4, false);
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Reshape(Transpose(Reshape($0, $1)){perm=[0, 1, 3, 5, 2, 4]}, $2)", v, pieces, shape));
}

static void channel_shuffle(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int64_t cut[] = {tni_at_int(c, "groups"), -1};
    if (tni_at_rank(c, v) != 4) tni_at_fail(c, NULL, "only images of four dimensions can be shuffled");
    tni_at_give(c, 0,
                tni_at_expr(c, "Reshape(Transpose($0){perm=[0, 2, 1, 3, 4]}, Shape($1))",
                            tni_at_expr(c, "Reshape($0, $1)", v,
                                        tni_at_reshaped_dims(c, v, 1, 1, tni_at_vector(c, cut, 2))),
                            v));
}

TN_ATEN(shape) = {
    {"aten.cat", NULL, cat, 0},
    {"aten.concat", NULL, cat, 0},
    {"aten.concatenate", NULL, cat, 0},
    {"aten.stack", NULL, stack, 0},
    {"aten.repeat", NULL, repeat, 0},
    {"aten.tile", NULL, repeat, 0},
    {"aten.repeat_interleave.self_int", NULL, repeat_interleave, 0},
    {"aten.repeat_interleave.self_Tensor", NULL, repeat_interleave_tensor, 0},
    {"aten.repeat_interleave.Tensor", NULL, repeat_interleave_indices, 0},
    {"aten.flip", NULL, flip, 0},
    {"aten.roll", NULL, roll, 0},
    {"aten.pad", NULL, pad, 0},
    {"aten.constant_pad_nd", NULL, constant_pad, 0},
    {"aten.reflection_pad1d", NULL, reflection_pad, 0},
    {"aten.reflection_pad2d", NULL, reflection_pad, 0},
    {"aten.reflection_pad3d", NULL, reflection_pad, 0},
    {"aten.replication_pad1d", NULL, replication_pad, 0},
    {"aten.replication_pad2d", NULL, replication_pad, 0},
    {"aten.replication_pad3d", NULL, replication_pad, 0},
    {"aten.pixel_shuffle", NULL, pixel_shuffle, 0},
    {"aten.pixel_unshuffle", NULL, pixel_unshuffle, 0},
    {"aten.channel_shuffle", NULL, channel_shuffle, 0},
    {0},
};
