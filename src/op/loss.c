// SPDX-License-Identifier: Apache-2.0
// loss.c - NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: what a label picks out of its position's
// (log-)probabilities, weighted, then kept, added up or averaged. The mean divides by the weights that
// counted, as PyTorch's does; where every label is ignored it is NaN.
#include "op/buffer.h"

typedef struct loss {
    const tn_tensor *x, *labels; // [N, C, d...], [N, d...]
    const tn_tensor *each;       // reduction 'none': one loss a position
    double *weight;              // [C]; NULL: all 1
    int64_t classes, inner;      // positions of one sample
    bool ignores;
    int64_t ignored;
    double sum, weights;
} loss;

static bool reduces(tn_attrs a) { return !tn_attr_is(a, "reduction", "none"); }

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *labels = &c->in[1]->type;
    if (reduces(c->attrs) && !tn_attr_is(c->attrs, "reduction", "mean") &&
        !tn_attr_is(c->attrs, "reduction", "sum"))
        return tn_infer_fail(c, "reduction must be 'none', 'sum' or 'mean', not '%s'",
                             tn_attr_string(c->attrs, "reduction"));
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    if (x->rank >= 0) {
        TN_TRY(tni_want_rank(c, 1, "the labels", x->rank - 1, x->rank - 1));
        TN_TRY(tni_want_vector(c, 2, "weight", x->dim[1]));
    }
    if (x->rank >= 0 && labels->rank >= 0) {
        TN_TRY(tni_want_dim(c, labels->dim[0], x->dim[0], "number of labels"));
        for (int d = 2; d < x->rank; d++)
            TN_TRY(tni_want_dim(c, labels->dim[d - 1], x->dim[d], "size of the labels"));
    }
    if (reduces(c->attrs))
        tni_shape_out(c, 0, x->dtype, 0, NULL);
    else if (labels->rank < 0)
        tni_shape_unknown(c, 0, x->dtype);
    else
        tni_shape_out(c, 0, x->dtype, labels->rank, labels->dim);
    if (tni_out_type(c, 1)) *tni_out_type(c, 1) = *x;
    return TN_OK;
}

static tn_status begin(tn_call *c, loss *l) {
    const tn_tensor *weight = tni_arg(c, 2);
    *l = (loss){.x = c->in[0], .labels = c->in[1]};
    l->classes = l->x->dim[1];
    l->inner = tn_count_range(l->x, 2, l->x->rank);
    l->ignores = tn_attr_has(c->attrs, "ignore_index");
    l->ignored = tn_attr_int(c->attrs, "ignore_index");
    if (!reduces(c->attrs)) l->each = tni_result(c, 0);
    if (weight && !(l->weight = tni_as_double(c, weight))) return TN_NOMEM;
    return TN_OK;
}

// Takes position `at` of the labels, whose class `label` has the logarithm row[label].
static tn_status take(tn_call *c, loss *l, int64_t at, const double *row) {
    int64_t label = tni_get_int(l->labels, at);
    double y = 0;
    if (!l->ignores || label != l->ignored) {
        if (label < 0 || label >= l->classes)
            return tn_call_fail(c, TN_INVALID, "label %lld is outside [0, %lld)", (long long)label,
                                (long long)l->classes);
        double w = l->weight ? l->weight[label] : 1;
        y = -row[label] * w;
        l->sum += y;
        l->weights += w;
    }
    if (l->each) tni_store(l->each, at, 1, 1, &y);
    return TN_OK;
}

static void finish(tn_call *c, const loss *l) {
    if (!reduces(c->attrs) || !tni_result(c, 0)) return;
    double y = tn_attr_is(c->attrs, "reduction", "mean") ? l->sum / l->weights : l->sum;
    tni_store(c->out[0], 0, 1, 1, &y);
}

static void log_softmax(double *x, int64_t n) {
    double most = -HUGE_VAL, sum = 0;
    for (int64_t k = 0; k < n; k++)
        if (x[k] > most || isnan(x[k])) most = x[k];
    for (int64_t k = 0; k < n; k++) sum += exp(x[k] - most);
    double shift = most + log(sum);
    for (int64_t k = 0; k < n; k++) x[k] -= shift;
}

static tn_status run(tn_call *c, bool softmax) {
    loss l;
    TN_TRY(begin(c, &l));
    const tn_tensor *logs = tni_result(c, 1);
    double *row = tni_scratch(c, l.classes, sizeof *row);
    if (!row) return TN_NOMEM;
    for (int64_t at = 0; at < tn_count(l.labels); at++) {
        int64_t first = at / l.inner * l.classes * l.inner + at % l.inner;
        tni_load(row, l.x, first, l.inner, l.classes);
        if (softmax) log_softmax(row, l.classes);
        if (logs) tni_store(logs, first, l.inner, l.classes, row);
        TN_TRY(take(c, &l, at, row));
    }
    finish(c, &l);
    return TN_OK;
}

static tn_status likelihood_ref(tn_call *c) { return run(c, false); }
static tn_status entropy_ref(tn_call *c) { return run(c, true); }

#define LOSS_TYPES .types = {{"T", TN_FLOATS}, {"Tind", TN_INDEXES}}
#define LOSS_ATTRS \
    .attrs = {{"ignore_index", TN_ATTR_INT, TN_PRESENCE}, {"reduction", TN_ATTR_STRING, .s = "mean"}}

TN_OP(negative_log_likelihood_loss) = {
    TN_HERE,
    .name = "NegativeLogLikelihoodLoss",
    .since = 22,
    .first = 12,
    .doc = "minus the log-probability at each label, weighted, averaged or added up",
    .in = {{"input", "T"}, {"target", "Tind"}, {"weight", "T", TN_OPTIONAL_IN}},
    .out = {{"loss", "T"}},
    LOSS_TYPES,
    LOSS_ATTRS,
    .infer = infer,
    .ref = likelihood_ref,
};

TN_OP(softmax_cross_entropy_loss) = {
    TN_HERE,
    .name = "SoftmaxCrossEntropyLoss",
    .since = 13,
    .first = 12,
    .doc = "NegativeLogLikelihoodLoss of LogSoftmax along axis 1",
    .in = {{"scores", "T"}, {"labels", "Tind"}, {"weights", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"log_prob", "T", TN_OPTIONAL_IN}},
    LOSS_TYPES,
    LOSS_ATTRS,
    .infer = infer,
    .ref = entropy_ref,
};
