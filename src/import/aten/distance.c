// SPDX-License-Identifier: Apache-2.0
// distance.c - PyTorch's distances between rows, and bags of embeddings.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <math.h>
#include <string.h>

// The p-norm along the last dimension.
static tni_value *length(tn_aten *c, tni_value *v, double p, bool keep) {
    tni_value *power = tni_at_scalar(c, c->out, p), *root = tni_at_scalar(c, c->out, 1 / p);
    tni_at_clear(c);
    tni_at_set_int(c, "keepdims", keep);
    if (p == 2) return tni_at_expr(c, "ReduceL2($0, [-1]){keepdims=keepdims}", v);
    if (p == 1) return tni_at_expr(c, "ReduceL1($0, [-1]){keepdims=keepdims}", v);
    if (isinf(p)) return tni_at_expr(c, "ReduceMax(Abs($0), [-1]){keepdims=keepdims}", v);
    if (p == 0)
        return tni_at_expr(c, "ReduceSum(out(Not(Equal($0, $1))), [-1]){keepdims=keepdims}", v,
                           tni_at_scalar(c, c->out, 0));
    return tni_at_expr(c, "Pow(ReduceSum(Pow(Abs($0), $1), [-1]){keepdims=keepdims}, $2)", v, power, root);
}

// Of many rows the square is taken apart, as PyTorch does: |a|^2 + |b|^2 - 2ab.
static bool by_product(tn_aten *c, const tni_value *a, const tni_value *b, double p) {
    int64_t mode = tni_at_has(c, "compute_mode") ? tni_at_int(c, "compute_mode") : 0;
    tn_dim rows = a->info.type.dim[tni_at_rank(c, a) - 2], others = b->info.type.dim[tni_at_rank(c, b) - 2];
    bool many = rows.e || others.e || rows.k > 25 || others.k > 25;
    return p == 2 && (mode == 1 || (mode == 0 && many));
}

static tni_value *distances(tn_aten *c, tni_value *a, tni_value *b, double p) {
    int rank = tni_at_rank(c, a);
    int64_t perm[TN_MAX_RANK];
    if (c->failed || rank < 2 || tni_at_rank(c, b) != rank) return NULL;
    if (!by_product(c, a, b, p))
        return length(c, tni_at_expr(c, "Sub(Unsqueeze($0, [-2]), Unsqueeze($1, [-3]))", a, b), p, false);
    for (int d = 0; d < rank; d++) perm[d] = d < rank - 2 ? d : 2 * rank - 3 - d;
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_value *turned = tni_at_expr(c, "Transpose($0){perm=perm}", b);
    tni_value *squares =
        tni_at_expr(c, "Add(ReduceSumSquare($0, [-1]), ReduceSumSquare($1, [-2]))", a, turned);
    tni_value *two = tni_at_scalar(c, c->out, 2), *zero = tni_at_scalar(c, c->out, 0);
    return tni_at_expr(c, "Sqrt(Max(Sub($0, Mul(MatMul($1, $2), $3)), $4))", squares, a, turned, two, zero);
}

static void cdist(tn_aten *c) {
    tni_value *a = tni_at_tensor(c, "x1"), *b = tni_at_tensor(c, "x2");
    a = tni_at_of_rank(c, a, tni_at_rank(c, b));
    b = tni_at_of_rank(c, b, tni_at_rank(c, a));
    tni_at_give(c, 0, distances(c, a, b, tni_at_float(c, "p")));
}

// Each pair of rows once: the triangle above the diagonal.
static void pdist(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    if (c->failed || tni_at_rank(c, v) != 2 || v->info.type.dim[0].e || v->info.type.dim[0].k > 4096) {
        tni_at_fail(c, NULL, "distances can be taken between a fixed number of rows only, at most 4096");
        return;
    }
    int64_t n = v->info.type.dim[0].k, count = n * (n - 1) / 2, at = 0;
    tn_tensor *first = tni_tensor_new(&c->graph->root->arena, TN_I64, 1, &count);
    tn_tensor *second = tni_tensor_new(&c->graph->root->arena, TN_I64, 1, &count);
    if (!first || !second) {
        c->x->nomem = c->failed = true;
        return;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = i + 1; k < n; k++, at++) {
            tni_set_int(first, at, i);
            tni_set_int(second, at, k);
        }
    tni_value *d =
        tni_at_expr(c, "Sub(Gather($0, $1), Gather($0, $2))", v, tni_value_const(c->graph, NULL, first),
                    tni_value_const(c->graph, NULL, second));
    tni_at_give(c, 0, length(c, d, tni_at_float(c, "p"), false));
}

static void pairwise_distance(tn_aten *c) {
    tni_value *eps = tni_at_scalar(c, c->out, tni_at_float(c, "eps"));
    tni_value *d = tni_at_expr(c, "Add(Sub(x1, x2), $0)", eps);
    tni_at_give(c, 0, length(c, d, tni_at_float(c, "p"), tni_at_bool(c, "keepdim")));
}

static void dist(tn_aten *c) {
    tni_value *d = tni_at_expr(c, "Reshape(Sub(self, other), [-1])");
    tni_at_give(c, 0, length(c, d, tni_at_float(c, "p"), false));
}

// ---- bags

enum mode { SUM, MEAN, MAX };

// The bag of every index: how many bags begin at its place or before, less one.
static tni_value *bags(tn_aten *c, tni_value *offsets, tni_value *index) {
    tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1);
    tni_value *place = tni_at_expr(c, "Range($0, Size($1), $2)", zero, index, one);
    return tni_at_expr(c, "Sub(ReduceSum(i64(LessOrEqual($0, Unsqueeze($1, [1]))), [1]), $2)", offsets, place,
                       one);
}

static void embedding_bag(tn_aten *c) {
    tni_value *w = tni_at_tensor(c, "weight"), *index = tni_at_cast(c, tni_at_tensor(c, "indices"), TN_I64);
    tni_value *offsets = tni_at_cast(c, tni_at_tensor(c, "offsets"), TN_I64);
    enum mode mode = (enum mode)tni_at_int(c, "mode");
    int64_t none = tni_at_has(c, "padding_idx") ? tni_at_int(c, "padding_idx") : -1;
    if (tni_at_bool(c, "include_last_offset")) offsets = tni_at_expr(c, "Slice($0, [0], [-1])", offsets);
    if (c->failed) return;
    if (none < 0 && !w->info.type.dim[0].e && tni_at_has(c, "padding_idx") &&
        strstr(c->target, ".padding_idx"))
        none += w->info.type.dim[0].k; // counted from the end; -1 of _embedding_bag is none
    tni_value *rows = tni_at_expr(c, "Gather($0, $1)", w, index), *bag = bags(c, offsets, index);
    if (tni_at_has(c, "per_sample_weights"))
        rows = tni_at_expr(c, "Mul($0, Unsqueeze(per_sample_weights, [1]))", rows);
    tni_value *least = tni_at_scalar(c, c->out, mode == MAX ? -HUGE_VAL : 0),
              *zero = tni_at_scalar(c, c->out, 0);
    tni_value *skip =
        tni_at_expr(c, "Unsqueeze(Equal($0, $1), [1])", index, tni_at_scalar(c, TN_I64, (double)none));
    rows = tni_at_expr(c, "Where($0, $1, $2)", skip, least, rows);
    tni_value *shape = tni_at_expr(c, "Concat(Shape($0), Slice(Shape($1), [1], [2])){axis=0}", offsets, w);
    tni_value *to = tni_at_expr(c, "Expand($0, $1)", least, shape);
    tni_at_set_text(c, "reduction", mode == MAX ? "max" : "add");
    tni_value *y = tni_at_expr(c, "ScatterND($0, $1, $2){reduction=reduction}", to, bag, rows);
    if (mode != SUM) {
        tni_value *taken = tni_at_expr(c, "out(Not($0))", skip);
        tni_value *empty = tni_at_expr(c, "Expand($0, Concat(Shape($1), [1]){axis=0})", zero, offsets);
        tni_value *count = tni_at_expr(c, "ScatterND($0, $1, $2){reduction='add'}", empty, bag, taken);
        y = mode == MEAN ? tni_at_expr(c, "Div($0, Max($1, $2))", y, count, tni_at_scalar(c, c->out, 1))
                         : tni_at_expr(c, "Where(Equal($0, $1), $1, $2)", count, zero, y);
    }
    tni_at_give(c, 0, y); // the others are what training reads
}

TN_ATEN(distance) = {
    {"aten.cdist", NULL, cdist, TN_ATEN_OUT},
    {"aten._cdist_forward", NULL, cdist, TN_ATEN_OUT},
    {"aten.pdist", NULL, pdist, TN_ATEN_OUT},
    {"aten._pdist_forward", NULL, pdist, TN_ATEN_OUT},
    {"aten.pairwise_distance", NULL, pairwise_distance, TN_ATEN_OUT},
    {"aten.dist", NULL, dist, TN_ATEN_OUT},
    {"aten._embedding_bag", NULL, embedding_bag, 0},
    {"aten._embedding_bag_forward_only", NULL, embedding_bag, 0},
    {"aten.embedding_bag", NULL, embedding_bag, 0},
    {0},
};
