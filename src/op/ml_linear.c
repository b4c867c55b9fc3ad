// SPDX-License-Identifier: Apache-2.0
// ml_linear.c - LinearRegressor and LinearClassifier: x * coefficients' + intercepts, transformed.
#include "op/ml.h"

typedef struct linear {
    const float *weight, *bias; // [outs, features], [outs]; bias may be NULL
    int64_t outs, features, rows;
    double *x, *score;
} linear;

static tn_status check_weights(tn_infer *c, int64_t outs) {
    tn_dim rows, features;
    size_t n, bias;
    tn_attr_floats(c->attrs, "coefficients", &n);
    tn_attr_floats(c->attrs, "intercepts", &bias);
    TN_TRY(tni_ml_check_transform(c));
    TN_TRY(tni_ml_infer_rows(c, &rows, &features));
    if (bias && (int64_t)bias != outs)
        return tn_infer_fail(c, "there are %zu intercepts for %lld results", bias, (long long)outs);
    if (n % (size_t)outs)
        return tn_infer_fail(c, "%zu coefficients do not divide into %lld rows", n, (long long)outs);
    if (features.e || (int64_t)n / outs == features.k) return TN_OK;
    return tn_infer_fail(c, "there are %zu coefficients for %lld results of %lld features", n,
                         (long long)outs, (long long)features.k);
}

static tn_status begin(tn_call *c, linear *l, int64_t outs) {
    size_t n, bias;
    l->weight = tn_attr_floats(c->attrs, "coefficients", &n);
    l->bias = tn_attr_floats(c->attrs, "intercepts", &bias);
    if (!bias) l->bias = NULL;
    l->outs = outs;
    tni_ml_rows(c->in[0], &l->rows, &l->features);
    if ((int64_t)n / outs != l->features)
        return tn_call_fail(c, TN_INVALID, "there are %zu coefficients for %lld features", n,
                            (long long)l->features);
    l->x = tni_scratch(c, l->features, sizeof *l->x);
    l->score = tni_scratch(c, outs + 1, sizeof *l->score);
    return l->x && l->score ? TN_OK : TN_NOMEM;
}

static void run_row(const tn_call *c, const linear *l, int64_t row) {
    tni_load(l->x, c->in[0], row * l->features, 1, l->features);
    for (int64_t k = 0; k < l->outs; k++) {
        double sum = l->bias ? (double)l->bias[k] : 0;
        for (int64_t i = 0; i < l->features; i++) sum += l->x[i] * (double)l->weight[k * l->features + i];
        l->score[k] = sum;
    }
}

// -------------------------------------------------------------------------------------- LinearRegressor

static tn_status regressor_infer(tn_infer *c) {
    tn_dim dim[2], features;
    TN_TRY(check_weights(c, tn_attr_int(c->attrs, "targets")));
    TN_TRY(tni_ml_infer_rows(c, &dim[0], &features));
    dim[1] = tn_k(tn_attr_int(c->attrs, "targets"));
    tni_shape_out(c, 0, TN_F32, 2, dim);
    return TN_OK;
}

static tn_status regressor_ref(tn_call *c) {
    linear l;
    TN_TRY(begin(c, &l, tn_attr_int(c->attrs, "targets")));
    for (int64_t row = 0; c->out[0] && row < l.rows; row++) {
        run_row(c, &l, row);
        tni_ml_apply(tni_ml_transform_of(c->attrs), l.score, l.outs);
        tni_store(c->out[0], row * l.outs, 1, l.outs, l.score);
    }
    return TN_OK;
}

#define LINEAR_ATTRS \
    {"intercepts", TN_ATTR_FLOATS}, { "post_transform", TN_ATTR_STRING, .s = "NONE" }

TN_OP(ml_linear_regressor) = {
    TN_HERE,
    .name = "LinearRegressor",
    TNI_ML,
    .since = 1,
    .doc = "x * coefficients' + intercepts",
    .in = {{"X", "T"}},
    .out = {{"Y", "f32"}},
    .types = {{"T", TNI_ML_NUMBERS}},
    .attrs = {{"coefficients", TN_ATTR_FLOATS},
              {.name = "targets", .kind = TN_ATTR_INT, .i = 1, .min = 1, .max = INT32_MAX},
              LINEAR_ATTRS},
    .infer = regressor_infer,
    .ref = regressor_ref,
};

// ------------------------------------------------------------------------------------- LinearClassifier

static tni_ml_labels labels_of(tn_attrs a) {
    return tni_ml_labels_of(a, "classlabels_ints", "classlabels_strings");
}

// One row of coefficients for each class; of two classes the second one's may stand alone.
static int64_t count_rows(tn_attrs a, size_t labels) {
    size_t bias, n;
    tn_attr_floats(a, "intercepts", &bias);
    tn_attr_floats(a, "coefficients", &n);
    return labels == 2 && (bias == 1 || n % 2) ? 1 : (int64_t)labels;
}

static tn_status classifier_infer(tn_infer *c) {
    tni_ml_labels l = labels_of(c->attrs);
    if (l.n < 2) return tn_infer_fail(c, "there are %zu class labels, at least two are needed", l.n);
    TN_TRY(check_weights(c, count_rows(c->attrs, l.n)));
    return tni_ml_infer_classes(c, &l, (int64_t)l.n);
}

static size_t most(const double *score, size_t n) {
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (score[k] > score[best]) best = k;
    return best;
}

// Two classes of one score x, as ONNX Runtime does it: 1 - x for the first.
static size_t split_score(tni_ml_transform t, double score[2]) {
    size_t best = score[0] > 0;
    if (t == TNI_ML_LOGISTIC || t == TNI_ML_PROBIT) tni_ml_apply(t, score, 1);
    score[1] = score[0];
    score[0] = 1 - score[1];
    return best;
}

static tn_status classifier_ref(tn_call *c) {
    tni_ml_labels labels = labels_of(c->attrs);
    tni_ml_transform t = tni_ml_transform_of(c->attrs);
    int64_t n = (int64_t)labels.n;
    linear l;
    TN_TRY(begin(c, &l, count_rows(c->attrs, labels.n)));
    for (int64_t row = 0; row < l.rows; row++) {
        run_row(c, &l, row);
        size_t best = l.outs == 1 ? split_score(t, l.score) : most(l.score, labels.n);
        if (l.outs > 1) tni_ml_apply(t, l.score, n);
        tni_ml_give_label(tni_result(c, 0), row, &labels, best);
        if (tni_result(c, 1)) tni_store(c->out[1], row * n, 1, n, l.score);
    }
    return TN_OK;
}

TN_OP(ml_linear_classifier) = {
    TN_HERE,
    .name = "LinearClassifier",
    TNI_ML,
    .since = 1,
    .doc = "the class whose x * coefficients' + intercepts is greatest",
    .in = {{"X", "T1"}},
    .out = {{"Y", "T2"}, {"Z", "f32"}},
    .types = {{"T1", TNI_ML_NUMBERS}, {"T2", TN_BIT(TN_STRING) | TN_BIT(TN_I64)}},
    .attrs = {{"coefficients", TN_ATTR_FLOATS, TN_REQUIRED},
              {"classlabels_ints", TN_ATTR_INTS},
              {"classlabels_strings", TN_ATTR_STRINGS},
              {"multi_class", TN_ATTR_INT}, // how it was trained; not what it gives
              LINEAR_ATTRS},
    .infer = classifier_infer,
    .ref = classifier_ref,
};
