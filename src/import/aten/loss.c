// SPDX-License-Identifier: Apache-2.0
// loss.c - PyTorch's losses; `reduction`: 0 as they are, 1 the mean, 2 the sum.
#include "import/aten/aten.h"

static void give_reduced(tn_aten *c, tni_value *loss) {
    int64_t how = tni_at_has(c, "reduction") ? tni_at_int(c, "reduction") : 0;
    if (how)
        loss = tni_at_expr(c, how == 1 ? "ReduceMean($0){keepdims=0}" : "ReduceSum($0){keepdims=0}", loss);
    tni_at_give(c, 0, loss);
}

static void mse_loss(tn_aten *c) {
    tni_value *d = tni_at_expr(c, "Sub(self, target)");
    give_reduced(c, tni_at_expr(c, "Mul($0, $0)", d));
}

static void l1_loss(tn_aten *c) { give_reduced(c, tni_at_expr(c, "Abs(Sub(self, target))")); }

static void smooth_l1_loss(tn_aten *c) {
    double beta = tni_at_float(c, "beta");
    tni_value *d = tni_at_expr(c, "Abs(Sub(self, target))");
    if (beta > 0)
        d = tni_at_expr(c, "Where(Less($0, beta), Div(Mul(Mul($0, $0), 0.5), beta), Sub($0, Mul(beta, 0.5)))",
                        d);
    give_reduced(c, d);
}

static void huber_loss(tn_aten *c) {
    tni_value *d = tni_at_expr(c, "Abs(Sub(self, target))");
    give_reduced(
        c,
        tni_at_expr(
            c, "Where(LessOrEqual($0, delta), Mul(Mul($0, $0), 0.5), Mul(delta, Sub($0, Mul(delta, 0.5))))",
            d));
}

static void binary_cross_entropy(tn_aten *c) { // logarithms end at -100
    tni_value *x = tni_at_number(c, "self", c->out), *least = tni_at_scalar(c, c->out, -100);
    tni_value *a = tni_at_expr(c, "Max(Log($0), $1)", x, least),
              *b = tni_at_expr(c, "Max(Log(Sub(1, $0)), $1)", x, least);
    tni_value *loss = tni_at_expr(c, "Neg(Add(Mul(target, $0), Mul(Sub(1, target), $1)))", a, b);
    if (tni_at_has(c, "weight")) loss = tni_at_expr(c, "Mul($0, weight)", loss);
    give_reduced(c, loss);
}

static void with_logits(tn_aten *c) { // (1 - t) x + (1 + (w - 1) t) log(1 + exp(-x))
    tni_value *tail = tni_at_expr(c, "Softplus(Neg(self))");
    if (tni_at_has(c, "pos_weight"))
        tail = tni_at_expr(c, "Mul($0, Add(1, Mul(Sub(pos_weight, 1), target)))", tail);
    tni_value *loss = tni_at_expr(c, "Add(Mul(Sub(1, target), self), $0)", tail);
    if (tni_at_has(c, "weight")) loss = tni_at_expr(c, "Mul($0, weight)", loss);
    give_reduced(c, loss);
}

static void kl_div(tn_aten *c) {
    tni_value *t = tni_at_number(c, "target", c->out), *loss;
    if (tni_at_bool(c, "log_target"))
        loss = tni_at_expr(c, "Mul(Exp($0), Sub($0, self))", t);
    else
        loss = tni_at_expr(c, "Where(Equal($0, 0), 0, Mul($0, Sub(Log($0), self)))", t);
    give_reduced(c, loss);
}

static void soft_margin_loss(tn_aten *c) {
    give_reduced(c, tni_at_expr(c, "Softplus(Neg(Mul(self, target)))"));
}

static void margin_ranking_loss(tn_aten *c) {
    give_reduced(c, tni_at_expr(c, "Max(Add(Neg(Mul(target, Sub(input1, input2))), margin), 0)"));
}

// Rows that should point the same way (1), or not (-1).
static void cosine_embedding_loss(tn_aten *c) {
    tni_value *near = tni_at_scalar(c, c->out, 1e-12); // PyTorch's
    tni_value *a = tni_at_expr(c, "Add(ReduceSum(Mul(input1, input1), [-1]){keepdims=0}, $0)", near);
    tni_value *b = tni_at_expr(c, "Add(ReduceSum(Mul(input2, input2), [-1]){keepdims=0}, $0)", near);
    tni_value *cosine =
        tni_at_expr(c, "Div(ReduceSum(Mul(input1, input2), [-1]){keepdims=0}, Sqrt(Mul($0, $1)))", a, b);
    tni_value *way = tni_at_expr(c, "Where(Equal(target, -1), Max(Sub($0, margin), 0), 0)", cosine);
    give_reduced(c, tni_at_expr(c, "Where(Equal(target, 1), Sub(1, $0), $1)", cosine, way));
}

static void hinge_embedding_loss(tn_aten *c) {
    tni_value *apart = tni_at_expr(c, "Where(Equal(target, 1), 0, Max(Sub(margin, self), 0))");
    give_reduced(c, tni_at_expr(c, "Add(Where(Equal(target, -1), 0, self), $0)", apart));
}

static void poisson_nll_loss(tn_aten *c) { // `full`: with Stirling's formula for log(target!)
    bool logs = tni_at_bool(c, "log_input");
    tni_value *loss = tni_at_expr(c, logs ? "Sub(Exp(input), Mul(target, input))"
                                          : "Sub(input, Mul(target, Log(Add(input, eps))))");
    if (tni_at_bool(c, "full")) {
        tni_value *more = tni_at_expr(
            c,
            "Add(Sub(Mul(target, Log(target)), target), Mul(0.5, Log(Mul(6.28318530717958647692, target))))");
        loss = tni_at_expr(c, "Add($0, Where(LessOrEqual(target, 1), 0, $1))", loss, more);
    }
    give_reduced(c, loss);
}

static tni_value *distance(tn_aten *c, const char *a, const char *b) {
    tni_value *d = tni_at_expr(c, "Abs(Add(Sub($0, $1), eps))", tni_at_tensor(c, a), tni_at_tensor(c, b));
    return tni_at_expr(c, "Pow(ReduceSum(Pow($0, p), [-1]){keepdims=0}, Div(1, p))", d);
}

// The anchor should be closer to the positive than to the negative; `swap`: of anchor and positive the closer
// one.
static void triplet_margin_loss(tn_aten *c) {
    tni_value *near = distance(c, "anchor", "positive"), *far = distance(c, "anchor", "negative");
    if (tni_at_bool(c, "swap")) far = tni_at_expr(c, "Min($0, $1)", far, distance(c, "positive", "negative"));
    give_reduced(c, tni_at_expr(c, "Max(Add(margin, Sub($0, $1)), 0)", near, far));
}

// How far each class comes up to the target's, for all but that one.
static void multi_margin_loss(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "self"),
              *weight = tni_at_has(c, "weight") ? tni_at_tensor(c, "weight") : NULL;
    bool row = tni_at_rank(c, x) == 1;
    if (row) x = tni_at_expr(c, "Unsqueeze($0, [0])", x);
    tni_value *target = tni_at_expr(c, "Reshape(i64($0), [-1, 1])", tni_at_tensor(c, "target"));
    tni_value *own = tni_at_expr(c, "GatherElements($0, $1){axis=1}", x, target);
    tni_value *over = tni_at_expr(c, "Pow(Max(Add(Sub($0, $1), margin), 0), p)", x, own);
    if (weight) over = tni_at_expr(c, "Mul($0, Gather($1, $2))", over, weight, target);
    tni_value *none = tni_at_expr(c, "Mul(out($0), 0)", target);
    over = tni_at_expr(c, "ScatterElements($0, $1, $2){axis=1}", over, target, none);
    tni_value *loss = tni_at_expr(c, "ReduceMean($0, [1]){keepdims=0}", over);
    if (row) loss = tni_at_expr(c, "Squeeze($0, [0])", loss);
    give_reduced(c, loss);
}

// The log-probability of each target's class (dimension 1, or the only one), weighted and negated.
static void nll(tn_aten *c, tni_value *logs) {
    static const char *const how[] = {"none", "mean", "sum"};
    int64_t r = tni_at_int(c, "reduction");
    tni_value *target = tni_at_tensor(c, "target"), *w = tni_at_tensor(c, "weight"), *y = NULL;
    bool single = tni_at_rank(c, logs) == 1;
    if (c->failed || r < 0 || r > 2) return;
    if (single) {
        logs = tni_at_expr(c, "Unsqueeze($0, [0])", logs);
        target = tni_at_expr(c, "Reshape($0, [1])", target);
    }
    tni_at_clear(c);
    tni_at_set_int(c, "ignore_index", tni_at_int(c, "ignore_index"));
    tni_at_set_text(c, "reduction", how[r]);
    tni_at_node(c, "NegativeLogLikelihoodLoss", w ? 3 : 2, (tni_value *[]){logs, target, w}, 1, &y);
    tni_at_clear(c);
    tni_at_give(c, 0, single && r == 0 && y ? tni_at_expr(c, "Squeeze($0, [0])", y) : y);
}

static void nll_loss(tn_aten *c) { nll(c, tni_at_tensor(c, "self")); }

// Each class's weight where the logarithms have the class.
static tni_value *class_weights(tn_aten *c, tni_value *logs, int axis) {
    int64_t shape[TN_MAX_RANK];
    int rank = tni_at_rank(c, logs);
    for (int d = 0; d < rank; d++) shape[d] = d == axis ? -1 : 1;
    return tni_at_expr(c, "Reshape(weight, $0)", tni_at_vector(c, shape, (size_t)(rank > 0 ? rank : 0)));
}

// The part of the loss that every class has, whatever the target: `axis` of `logs` is averaged.
static tni_value *smooth_part(tn_aten *c, tni_value *logs, tni_value *axis) {
    tni_value *target = tni_at_tensor(c, "target"), *none = tni_at_scalar(c, c->out, 0);
    tni_value *weight = tni_at_has(c, "weight") ? tni_at_tensor(c, "weight") : NULL;
    tni_value *ignored = tni_at_scalar(c, tni_at_type(target), (double)tni_at_int(c, "ignore_index"));
    tni_value *skip = tni_at_expr(c, "Equal($0, $1)", target, ignored);
    tni_value *each =
        tni_at_expr(c, "Where($0, $1, Neg(ReduceMean($2, $3){keepdims=0}))", skip, none, logs, axis);
    int64_t how = tni_at_int(c, "reduction");
    if (how == 0) return each;
    tni_value *sum = tni_at_expr(c, "ReduceSum($0){keepdims=0}", each);
    if (how == 2) return sum;
    tni_value *share = tni_at_scalar(c, c->out, 1), *first = tni_at_scalar(c, tni_at_type(target), 0);
    if (weight) share = tni_at_expr(c, "Gather($0, Where($1, $2, $3))", weight, skip, first, target);
    return tni_at_expr(c, "Div($0, ReduceSum(Where($1, $2, $3)){keepdims=0})", sum, skip, none, share);
}

static void cross_entropy(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "self"), *target = tni_at_tensor(c, "target");
    int64_t axis = tni_at_rank(c, x) == 1 ? 0 : 1;
    double smoothing = tni_at_float(c, "label_smoothing");
    if (c->failed) return;
    tni_at_set_int(c, "axis", axis);
    tni_value *logs = tni_at_expr(c, "LogSoftmax($0){axis=axis}", x), *along = tni_at_vector(c, &axis, 1);
    tni_value *weighted = logs, *rest = tni_at_scalar(c, c->out, 1 - smoothing),
              *part = tni_at_scalar(c, c->out, smoothing);
    if (tni_at_has(c, "weight"))
        weighted = tni_at_expr(c, "Mul($0, $1)", logs, class_weights(c, logs, (int)axis));
    if (tni_is_float(tni_at_type(target))) { // a share of every class
        if (smoothing != 0)
            target = tni_at_expr(c, "Add(Mul($0, $1), Div($2, out(Gather(Shape($3), $4))))", target, rest,
                                 part, x, tni_at_scalar(c, TN_I64, (double)axis));
        give_reduced(c,
                     tni_at_expr(c, "Neg(ReduceSum(Mul($0, $1), $2){keepdims=0})", weighted, target, along));
        return;
    }
    nll(c, logs);
    if (smoothing != 0 && c->result[0])
        tni_at_give(c, 0,
                    tni_at_expr(c, "Add(Mul($0, $1), Mul($2, $3))", c->result[0], rest,
                                smooth_part(c, weighted, along), part));
}

#define OUT TN_ATEN_OUT

TN_ATEN(loss) = {
    {"aten.mse_loss", NULL, mse_loss, OUT},
    {"aten.l1_loss", NULL, l1_loss, OUT},
    {"aten.smooth_l1_loss", NULL, smooth_l1_loss, OUT},
    {"aten.huber_loss", NULL, huber_loss, OUT},
    {"aten.binary_cross_entropy", NULL, binary_cross_entropy, OUT},
    {"aten.binary_cross_entropy_with_logits", NULL, with_logits, OUT},
    {"aten.kl_div", NULL, kl_div, OUT},
    {"aten.soft_margin_loss", NULL, soft_margin_loss, OUT},
    {"aten.margin_ranking_loss", NULL, margin_ranking_loss, OUT},
    {"aten.cosine_embedding_loss", NULL, cosine_embedding_loss, OUT},
    {"aten.hinge_embedding_loss", NULL, hinge_embedding_loss, OUT},
    {"aten.poisson_nll_loss", NULL, poisson_nll_loss, OUT},
    {"aten.triplet_margin_loss", NULL, triplet_margin_loss, OUT},
    {"aten.multi_margin_loss", NULL, multi_margin_loss, OUT},
    {"aten.nll_loss", NULL, nll_loss, 0},
    {"aten.nll_loss2d", NULL, nll_loss, 0},
    {"aten.nll_loss_nd", NULL, nll_loss, 0},
    {"aten.nll_loss_forward", NULL, nll_loss, 0},
    {"aten.nll_loss2d_forward", NULL, nll_loss, 0},
    {"aten.cross_entropy_loss", NULL, cross_entropy, 0},
    {0},
};
