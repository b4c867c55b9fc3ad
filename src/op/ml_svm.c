// SPDX-License-Identifier: Apache-2.0
// ml_svm.c - SVMRegressor and SVMClassifier: kernels between a row and the support vectors, one against one.
// Without support vectors the coefficients are linear. What is given of two classes is as ONNX Runtime has
// it.
#include "op/ml.h"

typedef enum kernel_kind { LINEAR, POLY, RBF, SIGMOID, UNKNOWN } kernel_kind;

typedef struct svm {
    kernel_kind kind;
    double gamma, coef0, degree;
    const float *weight, *vector, *rho;
    int64_t vectors, features, rows;
    double *x, *k; // [features], [vectors]
} svm;

static kernel_kind kernel_of(tn_attrs a) {
    static const char *const names[] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
    int k = LINEAR;
    while (k < UNKNOWN && !tn_attr_is(a, "kernel_type", names[k])) k++;
    return (kernel_kind)k;
}

static size_t count_floats(tn_attrs a, const char *name) {
    size_t n;
    tn_attr_floats(a, name, &n);
    return n;
}

// What both have in common; `vectors` are the support vectors, `rows` those of linear coefficients.
static tn_status check(tn_infer *c, int64_t vectors, int64_t rows) {
    tn_dim n, features;
    size_t weights = count_floats(c->attrs, "coefficients"), rho = count_floats(c->attrs, "rho"),
           flat = count_floats(c->attrs, "support_vectors"), params = count_floats(c->attrs, "kernel_params");
    TN_TRY(tni_ml_check_transform(c));
    TN_TRY(tni_ml_infer_rows(c, &n, &features));
    if (kernel_of(c->attrs) == UNKNOWN)
        return tn_infer_fail(c, "kernel_type must be LINEAR, POLY, RBF or SIGMOID, not '%s'",
                             tn_attr_string(c->attrs, "kernel_type"));
    if (params && params != 3)
        return tn_infer_fail(c, "kernel_params has %zu entries, expected gamma, coef0 and degree", params);
    if (!rho) return tn_infer_fail(c, "rho has no entries");
    size_t wide = vectors ? flat : weights, many = (size_t)(vectors ? vectors : rows);
    if (wide % many)
        return tn_infer_fail(c, "%zu numbers of %s do not divide into %zu rows", wide,
                             vectors ? "support_vectors" : "coefficients", many);
    if (features.e || (int64_t)(wide / many) == features.k) return TN_OK;
    return tn_infer_fail(c, "the vectors have %zu features, the input has %lld", wide / many,
                         (long long)features.k);
}

static tn_status begin(tn_call *c, svm *s, int64_t vectors, int64_t rows) {
    size_t n, params, width = count_floats(c->attrs, vectors ? "support_vectors" : "coefficients");
    const float *param = tn_attr_floats(c->attrs, "kernel_params", &params);
    *s = (svm){.kind = vectors ? kernel_of(c->attrs) : LINEAR, .vectors = vectors, .degree = 3};
    if (params) s->gamma = (double)param[0], s->coef0 = (double)param[1], s->degree = (double)param[2];
    s->weight = tn_attr_floats(c->attrs, "coefficients", &n);
    s->vector = tn_attr_floats(c->attrs, "support_vectors", &n);
    s->rho = tn_attr_floats(c->attrs, "rho", &n);
    tni_ml_rows(c->in[0], &s->rows, &s->features);
    if ((int64_t)width != s->features * (vectors ? vectors : rows))
        return tn_call_fail(c, TN_INVALID, "the vectors do not have the input's %lld features",
                            (long long)s->features);
    s->x = tni_scratch(c, s->features, sizeof *s->x);
    s->k = tni_scratch(c, vectors + 1, sizeof *s->k);
    return s->x && s->k ? TN_OK : TN_NOMEM;
}

static double kernel(const svm *s, const float *v) {
    double sum = 0;
    for (int64_t i = 0; i < s->features; i++) {
        double a = s->x[i], b = (double)v[i];
        sum += s->kind == RBF ? (a - b) * (a - b) : a * b;
    }
    switch (s->kind) {
    case POLY: return pow(s->gamma * sum + s->coef0, s->degree);
    case RBF: return exp(-s->gamma * sum);
    case SIGMOID: return tanh(s->gamma * sum + s->coef0);
    default: return sum;
    }
}

static void load_row(const tn_call *c, const svm *s, int64_t row) {
    tni_load(s->x, c->in[0], row * s->features, 1, s->features);
    for (int64_t k = 0; k < s->vectors; k++) s->k[k] = kernel(s, s->vector + k * s->features);
}

// -------------------------------------------------------------------------------------------- regressor

static tn_status regressor_infer(tn_infer *c) {
    tn_dim dim[2], features;
    int64_t vectors = tn_attr_int(c->attrs, "n_supports");
    TN_TRY(check(c, vectors, 1));
    if (vectors && count_floats(c->attrs, "coefficients") != (size_t)vectors)
        return tn_infer_fail(c, "there are %zu coefficients for %lld support vectors",
                             count_floats(c->attrs, "coefficients"), (long long)vectors);
    TN_TRY(tni_ml_infer_rows(c, &dim[0], &features));
    dim[1] = tn_k(1);
    tni_shape_out(c, 0, TN_F32, 2, dim);
    return TN_OK;
}

static tn_status regressor_ref(tn_call *c) {
    svm s;
    TN_TRY(begin(c, &s, tn_attr_int(c->attrs, "n_supports"), 1));
    for (int64_t row = 0; c->out[0] && row < s.rows; row++) {
        load_row(c, &s, row);
        double sum = (double)s.rho[0];
        for (int64_t k = 0; k < s.vectors; k++) sum += (double)s.weight[k] * s.k[k];
        if (!s.vectors) sum += kernel(&s, s.weight);
        if (tn_attr_int(c->attrs, "one_class")) sum = sum > 0 ? 1 : -1;
        tni_ml_apply(tni_ml_transform_of(c->attrs), &sum, 1);
        tni_store(c->out[0], row, 1, 1, &sum);
    }
    return TN_OK;
}

#define SVM_ATTRS                                                                                        \
    {"coefficients", TN_ATTR_FLOATS}, {"kernel_params", TN_ATTR_FLOATS},                                 \
        {"kernel_type", TN_ATTR_STRING, .s = "LINEAR"}, {"post_transform", TN_ATTR_STRING, .s = "NONE"}, \
        {"rho", TN_ATTR_FLOATS}, {                                                                       \
        "support_vectors", TN_ATTR_FLOATS                                                                \
    }

TN_OP(ml_svm_regressor) = {
    TN_HERE,
    .name = "SVMRegressor",
    TNI_ML,
    .since = 1,
    .doc = "weighted kernels between a row and the support vectors",
    .in = {{"X", "T"}},
    .out = {{"Y", "f32"}},
    .types = {{"T", TNI_ML_NUMBERS}},
    .attrs = {SVM_ATTRS, {"n_supports", TN_ATTR_INT, .max = INT32_MAX}, {"one_class", TN_ATTR_INT, .max = 1}},
    .infer = regressor_infer,
    .ref = regressor_ref,
};

// ------------------------------------------------------------------------------------------- classifier

typedef struct classes {
    tni_ml_labels labels;
    int64_t n, vectors, pairs, columns; // columns of scores
    const int64_t *many;                // support vectors of each class
    bool probable;                      // the scores become probabilities
} classes;

static classes classes_of(tn_attrs a) {
    classes s = {.labels = tni_ml_labels_of(a, "classlabels_ints", "classlabels_strings")};
    size_t n;
    s.many = tn_attr_ints(a, "vectors_per_class", &n);
    s.n = (int64_t)s.labels.n;
    for (size_t i = 0; i < n; i++) s.vectors += s.many[i];
    s.pairs = s.n * (s.n - 1) / 2;
    s.probable = s.vectors && count_floats(a, "prob_a") > 0;
    s.columns = s.vectors && !s.probable && s.n > 2 ? s.pairs : s.n;
    return s;
}

static tn_status check_classes(tn_infer *c, const classes *s) {
    size_t n, rho = count_floats(c->attrs, "rho"), weights = count_floats(c->attrs, "coefficients"),
              a = count_floats(c->attrs, "prob_a"), b = count_floats(c->attrs, "prob_b");
    tn_attr_ints(c->attrs, "vectors_per_class", &n);
    if (s->n < 2 || s->n > INT16_MAX)
        return tn_infer_fail(c, "there are %lld class labels, at least two are needed", (long long)s->n);
    if (!s->vectors) return TN_OK;
    if ((int64_t)n != s->n)
        return tn_infer_fail(c, "vectors_per_class has %zu entries for %lld classes", n, (long long)s->n);
    if ((int64_t)rho < s->pairs || (a && ((int64_t)a < s->pairs || (int64_t)b < s->pairs)))
        return tn_infer_fail(c, "rho, prob_a or prob_b has fewer entries than the %lld pairs of classes",
                             (long long)s->pairs);
    if ((int64_t)weights < (s->n - 1) * s->vectors)
        return tn_infer_fail(c, "there are %zu coefficients, expected %lld", weights,
                             (long long)((s->n - 1) * s->vectors));
    return TN_OK;
}

static tn_status classifier_infer(tn_infer *c) {
    classes s = classes_of(c->attrs);
    TN_TRY(check_classes(c, &s));
    TN_TRY(check(c, s.vectors, s.n));
    return tni_ml_infer_classes(c, &s.labels, s.columns);
}

static double dot(const float *weight, const double *k, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)weight[i] * k[i];
    return sum;
}

// Each pair of classes i < j: a score above 0 is a vote for i. Class i's coefficients against j lie in row
// j - 1, class j's against i in row i.
static void score_pairs(const svm *s, const classes *k, double *score, int64_t *votes) {
    int64_t pair = 0, first_i = 0;
    for (int64_t i = 0; i < k->n; first_i += k->many[i++]) {
        int64_t first_j = first_i + k->many[i];
        for (int64_t j = i + 1; j < k->n; first_j += k->many[j++], pair++) {
            double sum = (double)s->rho[pair];
            sum += dot(s->weight + (j - 1) * s->vectors + first_i, s->k + first_i, k->many[i]);
            sum += dot(s->weight + i * s->vectors + first_j, s->k + first_j, k->many[j]);
            score[pair] = sum;
            votes[sum > 0 ? i : j]++;
        }
    }
}

// Probabilities p of the classes from those of the pairs, r[i * n + j] of i against j: the second method of
// Wu, Lin and Weng, "Probability estimates for multi-class classification by pairwise coupling", as libsvm
// has it. `room` is [n * n + n].
static void couple(int64_t n, const double *r, double *p, double *room) {
    double *q = room, *qp = q + n * n, worst, total;
    for (int64_t t = 0; t < n; t++) {
        p[t] = 1 / (double)n;
        q[t * n + t] = 0;
        for (int64_t j = 0; j < n; j++)
            if (j != t) {
                q[t * n + t] += r[j * n + t] * r[j * n + t];
                q[t * n + j] = -r[j * n + t] * r[t * n + j];
            }
    }
    for (int64_t trip = 0; trip < (n > 100 ? n : 100); trip++) {
        total = worst = 0;
        for (int64_t t = 0; t < n; t++) {
            qp[t] = 0;
            for (int64_t j = 0; j < n; j++) qp[t] += q[t * n + j] * p[j];
            total += p[t] * qp[t];
        }
        for (int64_t t = 0; t < n; t++) worst = fmax(worst, fabs(qp[t] - total));
        if (worst < 0.005 / (double)n) return;
        for (int64_t t = 0; t < n; t++) {
            double step = (total - qp[t]) / q[t * n + t];
            p[t] += step;
            total = (total + step * (step * q[t * n + t] + 2 * qp[t])) / ((1 + step) * (1 + step));
            for (int64_t j = 0; j < n; j++) {
                qp[j] = (qp[j] + step * q[t * n + j]) / (1 + step);
                p[j] /= 1 + step;
            }
        }
    }
}

// The pairs' scores become the classes' probabilities (Platt's sigmoid of each pair, then coupled).
static void make_probable(const tn_call *c, const classes *k, double *score, double *room) {
    size_t n;
    const float *a = tn_attr_floats(c->attrs, "prob_a", &n), *b = tn_attr_floats(c->attrs, "prob_b", &n);
    double *r = room, *p = r + k->n * k->n;
    int64_t pair = 0;
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t j = i + 1; j < k->n; j++, pair++) {
            double one = 1 / (1 + exp(score[pair] * (double)a[pair] + (double)b[pair]));
            r[i * k->n + j] = fmin(fmax(one, 1e-7), 1 - 1e-7);
            r[j * k->n + i] = 1 - r[i * k->n + j];
        }
    couple(k->n, r, p, p + k->n);
    memcpy(score, p, (size_t)k->n * sizeof *p);
}

// The one score of two classes, for both of them.
static void split_score(tni_ml_transform t, double score[2]) {
    score[1] = score[0];
    score[0] = -score[0];
    if (t == TNI_ML_LOGISTIC) tni_ml_apply(t, score, 2);
    if (t == TNI_ML_PROBIT) tni_ml_apply(t, &score[1], 1), score[0] = score[1];
    if (t == TNI_ML_SOFTMAX || t == TNI_ML_SOFTMAX_ZERO) score[0] = 1 - score[1];
}

static int64_t run_row(const tn_call *c, const svm *s, const classes *k, double *score, int64_t *votes,
                       double *room) {
    tni_ml_transform t = tni_ml_transform_of(c->attrs);
    int64_t best = 0;
    if (k->vectors) {
        memset(votes, 0, (size_t)k->n * sizeof *votes);
        score_pairs(s, k, score, votes);
        for (int64_t i = 1; i < k->n; i++)
            if (votes[i] > votes[best]) best = i;
    } else {
        for (int64_t i = 0; i < k->n; i++)
            score[i] = kernel(s, s->weight + i * s->features) + (double)s->rho[0];
        for (int64_t i = 1; i < k->n; i++)
            if (score[i] > score[best]) best = i;
    }
    if (k->probable) make_probable(c, k, score, room); // the votes decide all the same, as in libsvm
    if (k->vectors && !k->probable && k->n == 2)
        split_score(t, score);
    else
        tni_ml_apply(t, score, k->columns);
    return best;
}

static tn_status classifier_ref(tn_call *c) {
    classes k = classes_of(c->attrs);
    svm s;
    TN_TRY(begin(c, &s, k.vectors, k.n));
    int64_t wide = k.pairs > k.n ? k.pairs : k.n;
    double *score = tni_scratch(c, wide, sizeof *score);
    int64_t *votes = tni_scratch(c, k.n, sizeof *votes);
    double *room = tni_scratch(c, k.probable ? 2 * k.n * (k.n + 1) : 1, sizeof *room);
    if (!score || !votes || !room) return TN_NOMEM;
    for (int64_t row = 0; row < s.rows; row++) {
        load_row(c, &s, row);
        int64_t best = run_row(c, &s, &k, score, votes, room);
        tni_ml_give_label(tni_result(c, 0), row, &k.labels, (size_t)best);
        if (tni_result(c, 1)) tni_store(c->out[1], row * k.columns, 1, k.columns, score);
    }
    return TN_OK;
}

TN_OP(ml_svm_classifier) = {
    TN_HERE,
    .name = "SVMClassifier",
    TNI_ML,
    .since = 1,
    .doc = "the class that most of the pairwise support vector machines vote for",
    .in = {{"X", "T1"}},
    .out = {{"Y", "T2"}, {"Z", "f32"}},
    .types = {{"T1", TNI_ML_NUMBERS}, {"T2", TN_BIT(TN_STRING) | TN_BIT(TN_I64)}},
    .attrs = {SVM_ATTRS,
              {"classlabels_ints", TN_ATTR_INTS},
              {"classlabels_strings", TN_ATTR_STRINGS},
              {"prob_a", TN_ATTR_FLOATS},
              {"prob_b", TN_ATTR_FLOATS},
              {.name = "vectors_per_class", .kind = TN_ATTR_INTS, .min = 0, .max = INT32_MAX}},
    .infer = classifier_infer,
    .ref = classifier_ref,
};
