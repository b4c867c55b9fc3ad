// SPDX-License-Identifier: Apache-2.0
// softmax_sum.c - tn.SoftmaxSum: what a distribution over an axis expects, the sum of Softmax(X) times W. So
// detectors that give a distance as logits of bins (the distribution focal loss) read the distance; exporters
// write a Softmax and a Conv, a MatMul, or a Mul and a ReduceSum, which the pass `softmax_sum` puts together.
#include "op/op.h"

static double expected(const double *x, const double *w, int64_t n) {
    double m = -HUGE_VAL, sum = 0, top = 0;
    for (int64_t k = 0; k < n; k++)
        if (x[k] > m || isnan(x[k])) m = x[k];
    for (int64_t k = 0; k < n; k++) {
        double e = exp(x[k] - m);
        sum += e;
        top += e * w[k];
    }
    return n ? top / sum : 0;
}

static tn_status softmax_sum_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    int axis = tni_attr_axis(c->attrs, x->rank);
    int64_t n = x->dim[axis], inner = tn_count_range(x, axis + 1, x->rank);
    double *row = tni_scratch(c, n, sizeof *row), *w = tni_scratch(c, n, sizeof *w);
    if (!row || !w) return TN_NOMEM;
    if (!tni_result(c, 0)) return TN_OK;
    tni_load(w, c->in[1], 0, 1, n);
    for (int64_t i = 0; i < tn_count(c->out[0]); i++) {
        tni_load(row, x, tni_row_at(i, n, inner), inner, n);
        row[0] = expected(row, w, n);
        tni_store(c->out[0], i, 1, 1, row);
    }
    return TN_OK;
}

static tn_status softmax_sum_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    int axis;
    if (!tni_ranked(c, 0)) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), x->rank, &axis));
    TN_TRY(tni_want_vector(c, 1, "the row of weights", x->dim[axis]));
    tni_shape_reduced(c, x->dtype, x, 1u << axis, tn_attr_int(c->attrs, "keepdims") != 0);
    return TN_OK;
}

TN_OP(tn_softmax_sum) = {
    TN_HERE,
    .name = "SoftmaxSum",
    .domain = "tn",
    .since = 1,
    .doc = "sum over an axis of Softmax(X) times W",
    .in = {{"X", "T"}, {"W", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"axis", TN_ATTR_INT, .i = -1}, {"keepdims", TN_ATTR_INT, .i = 1}},
    .infer = softmax_sum_infer,
    .ref = softmax_sum_ref,
};
