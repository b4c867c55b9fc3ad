// SPDX-License-Identifier: Apache-2.0
// ml_feature.c - ArrayFeatureExtractor, Binarizer, FeatureVectorizer, Imputer, Normalizer, Scaler: what
// stands in front of a classical model.
#include "op/ml.h"

// In 0's shape as f32.
static tn_status infer_float(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    if (x->rank < 0)
        tni_shape_unknown(c, 0, TN_F32);
    else
        tni_shape_out(c, 0, TN_F32, x->rank, x->dim);
    return TN_OK;
}

// A list of 1 or F entries for an input whose last dimension is F.
static tn_status check_list(tn_infer *c, const char *name, size_t n) {
    const tn_type *x = &c->in[0]->type;
    if (n <= 1 || x->rank < 0) return TN_OK;
    tn_dim last = x->rank ? x->dim[x->rank - 1] : tn_k(1);
    if (last.e || last.k == (int64_t)n) return TN_OK;
    return tn_infer_fail(c, "'%s' has %zu entries for %lld features", name, n, (long long)last.k);
}

static tn_status check_known_length(tn_call *c, const char *name, size_t n) {
    const tn_tensor *x = c->in[0];
    if (n <= 1 || (x->rank && x->dim[x->rank - 1] == (int64_t)n)) return TN_OK;
    return tn_call_fail(c, TN_INVALID, "'%s' has %zu entries, which is not the number of features", name, n);
}

// ------------------------------------------------------------------------------------------- Binarizer

static void binarize(double *y, const double *x, int64_t n, const void *arg) {
    double threshold = *(const double *)arg;
    for (int64_t k = 0; k < n; k++) y[k] = x[k] > threshold ? 1 : 0;
}

static tn_status binarizer_ref(tn_call *c) {
    double threshold = tn_attr_float(c->attrs, "threshold");
    return tni_call_map1(c, binarize, &threshold);
}

TN_OP(ml_binarizer) = {
    TN_HERE,
    .name = "Binarizer",
    TNI_ML,
    .since = 1,
    .doc = "1 above the threshold, else 0",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_ML_NUMBERS}},
    .attrs = {{"threshold", TN_ATTR_FLOAT}},
    .infer = tn_infer_same,
    .ref = binarizer_ref,
};

// ------------------------------------------------------------------------------- ArrayFeatureExtractor

// [..., F] and K indices give [..., K]; a vector gives [1, K].
static tn_status extractor_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *y = &c->in[1]->type;
    tn_dim dim[TN_MAX_RANK], count = tn_k(1);
    TN_TRY(tni_want_rank(c, 0, "the input", 1, TN_MAX_RANK));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    if (y->rank < 0) count = tn_dim_fresh(c->dims);
    for (int d = 0; d < y->rank; d++) count = tn_dim_mul(c->dims, count, y->dim[d]);
    memcpy(dim, x->dim, (size_t)x->rank * sizeof *dim);
    if (x->rank == 1) dim[0] = tn_k(1);
    dim[x->rank == 1 ? 1 : x->rank - 1] = count;
    tni_shape_out(c, 0, x->dtype, x->rank == 1 ? 2 : x->rank, dim);
    return TN_OK;
}

static tn_status extractor_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->in[1];
    int64_t features = x->dim[x->rank - 1], rows = tn_count_range(x, 0, x->rank - 1), n = tn_count(y);
    if (!c->out[0]) return TN_OK;
    for (int64_t k = 0; k < n; k++) {
        int64_t at = tni_get_int(y, k);
        if (at < -features || at >= features)
            return tn_call_fail(c, TN_INVALID, "index %lld is outside [-%lld, %lld)", (long long)at,
                                (long long)features, (long long)features);
        if (at < 0) at += features; // scikit-learn's radius neighbours have -1 where there is no neighbour
        for (int64_t r = 0; r < rows; r++) tni_copy(c->out[0], r * n + k, x, r * features + at, 1, 1);
    }
    return TN_OK;
}

TN_OP(ml_array_feature_extractor) = {
    TN_HERE,
    .name = "ArrayFeatureExtractor",
    TNI_ML,
    .since = 1,
    .doc = "the chosen entries of the last dimension",
    .in = {{"X", "T"}, {"Y", "i64"}},
    .out = {{"Z", "T"}},
    .types = {{"T", TNI_ML_NUMBERS | TN_BIT(TN_STRING)}},
    .infer = extractor_infer,
    .ref = extractor_ref,
};

// ---------------------------------------------------------------------------------- FeatureVectorizer

static tn_status vectorizer_infer(tn_infer *c) {
    tn_dim dim[] = {tn_dim_fresh(c->dims), tn_k(0)};
    if (c->nin == 0) return tn_infer_fail(c, "there are no inputs");
    for (int i = 0; i < c->nin; i++) {
        const tn_type *x = &c->in[i]->type;
        TN_TRY(tni_want_rank(c, i, "each input", 1, 2));
        tn_dim rows = x->rank == 2 ? x->dim[0] : x->rank == 1 ? tn_k(1) : tn_dim_fresh(c->dims);
        if (i > 0 && x->rank >= 0) TN_TRY(tni_want_dim(c, rows, dim[0], "number of rows of each input"));
        if (i == 0 || !rows.e) dim[0] = rows;
        dim[1] = tn_dim_add(c->dims, dim[1], x->rank > 0 ? x->dim[x->rank - 1] : tn_dim_fresh(c->dims));
    }
    tni_shape_out(c, 0, TN_F32, 2, dim);
    return TN_OK;
}

static tn_status vectorizer_ref(tn_call *c) {
    const tn_tensor *y = c->out[0];
    double row[TNI_ROW];
    int64_t rows, features, column = 0;
    for (int i = 0; y && i < c->nin; i++) {
        tni_ml_rows(c->in[i], &rows, &features);
        if (rows != y->dim[0]) return tn_call_fail(c, TN_INVALID, "the inputs' numbers of rows differ");
        for (int64_t r = 0; r < rows; r++)
            for (int64_t k = 0; k < features; k += TNI_ROW) {
                int64_t n = features - k < TNI_ROW ? features - k : TNI_ROW;
                tni_load(row, c->in[i], r * features + k, 1, n);
                tni_store(y, r * y->dim[1] + column + k, 1, n, row);
            }
        column += features;
    }
    return TN_OK;
}

TN_OP(ml_feature_vectorizer) = {
    TN_HERE,
    .name = "FeatureVectorizer",
    TNI_ML,
    .since = 1,
    .doc = "inputs joined along the features, as f32",
    .in = {{"X", "T1", TN_VARIADIC}},
    .out = {{"Y", "f32"}},
    .types = {{"T1", TNI_ML_NUMBERS}},
    .attrs = {{"inputdimensions", TN_ATTR_INTS}}, // the inputs' shapes say it too
    .infer = vectorizer_infer,
    .ref = vectorizer_ref,
};

// --------------------------------------------------------------------------------------------- Imputer

static tn_status imputer_infer(tn_infer *c) {
    bool real = tni_is_float(c->in[0]->type.dtype);
    const char *name = real ? "imputed_value_floats" : "imputed_value_int64s";
    size_t n;
    if (real)
        tn_attr_floats(c->attrs, name, &n);
    else
        tn_attr_ints(c->attrs, name, &n);
    if (n == 0) return tn_infer_fail(c, "'%s' has no entries", name);
    TN_TRY(check_list(c, name, n));
    return tn_infer_same(c);
}

static tn_status impute_floats(tn_call *c) {
    double what = tn_attr_float(c->attrs, "replaced_value_float");
    size_t n;
    const float *by = tn_attr_floats(c->attrs, "imputed_value_floats", &n);
    TN_TRY(check_known_length(c, "imputed_value_floats", n));
    for (int64_t i = 0; i < tn_count(c->in[0]); i++) {
        double x = tni_get(c->in[0], i);
        tni_set(c->out[0], i, x == what || (isnan(x) && isnan(what)) ? (double)by[(size_t)i % n] : x);
    }
    return TN_OK;
}

static tn_status impute_ints(tn_call *c) {
    int64_t what = tn_attr_int(c->attrs, "replaced_value_int64");
    size_t n;
    const int64_t *by = tn_attr_ints(c->attrs, "imputed_value_int64s", &n);
    TN_TRY(check_known_length(c, "imputed_value_int64s", n));
    for (int64_t i = 0; i < tn_count(c->in[0]); i++) {
        int64_t x = tni_get_int(c->in[0], i);
        tni_set_int(c->out[0], i, x == what ? by[(size_t)i % n] : x);
    }
    return TN_OK;
}

static tn_status imputer_ref(tn_call *c) {
    if (!c->out[0]) return TN_OK;
    return tni_is_float(c->in[0]->dtype) ? impute_floats(c) : impute_ints(c);
}

TN_OP(ml_imputer) = {
    TN_HERE,
    .name = "Imputer",
    TNI_ML,
    .since = 1,
    .doc = "one value (often NaN) replaced by another of each feature",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_ML_NUMBERS}},
    .attrs = {{"imputed_value_floats", TN_ATTR_FLOATS},
              {"imputed_value_int64s", TN_ATTR_INTS},
              {"replaced_value_float", TN_ATTR_FLOAT},
              {"replaced_value_int64", TN_ATTR_INT}},
    .infer = imputer_infer,
    .ref = imputer_ref,
};

// ------------------------------------------------------------------------------------------ Normalizer

static tn_status normalizer_infer(tn_infer *c) {
    if (!tn_attr_is(c->attrs, "norm", "MAX") && !tn_attr_is(c->attrs, "norm", "L1") &&
        !tn_attr_is(c->attrs, "norm", "L2"))
        return tn_infer_fail(c, "norm must be MAX, L1 or L2, not '%s'", tn_attr_string(c->attrs, "norm"));
    TN_TRY(tni_want_rank(c, 0, "the input", 1, 2));
    return infer_float(c);
}

static void by_max(double *y, const double *x, int64_t n, const void *arg) {
    double most = -HUGE_VAL;
    (void)arg;
    for (int64_t k = 0; k < n; k++)
        if (x[k] > most) most = x[k];
    for (int64_t k = 0; k < n; k++) y[k] = most == 0 ? x[k] : x[k] / most;
}

static void by_norm(double *y, const double *x, int64_t n, const void *arg) {
    bool squared = *(const bool *)arg;
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += squared ? x[k] * x[k] : fabs(x[k]);
    if (squared) sum = sqrt(sum);
    for (int64_t k = 0; k < n; k++) y[k] = sum == 0 ? x[k] : x[k] / sum;
}

static tn_status normalizer_ref(tn_call *c) {
    bool squared = tn_attr_is(c->attrs, "norm", "L2");
    return tni_call_rows(c, c->in[0]->rank - 1, tn_attr_is(c->attrs, "norm", "MAX") ? by_max : by_norm,
                         &squared);
}

TN_OP(ml_normalizer) = {
    TN_HERE,
    .name = "Normalizer",
    TNI_ML,
    .since = 1,
    .doc = "rows divided by their maximum, their absolute sum or their length",
    .in = {{"X", "T"}},
    .out = {{"Y", "f32"}},
    .types = {{"T", TNI_ML_NUMBERS}},
    .attrs = {{"norm", TN_ATTR_STRING, .s = "MAX"}},
    .infer = normalizer_infer,
    .ref = normalizer_ref,
};

// ---------------------------------------------------------------------------------------------- Scaler

static tn_status scaler_infer(tn_infer *c) {
    size_t noffset, nscale;
    tn_attr_floats(c->attrs, "offset", &noffset);
    tn_attr_floats(c->attrs, "scale", &nscale);
    TN_TRY(check_list(c, "offset", noffset));
    TN_TRY(check_list(c, "scale", nscale));
    return infer_float(c);
}

static tn_status scaler_ref(tn_call *c) {
    size_t noffset, nscale;
    const float *offset = tn_attr_floats(c->attrs, "offset", &noffset);
    const float *scale = tn_attr_floats(c->attrs, "scale", &nscale);
    TN_TRY(check_known_length(c, "offset", noffset));
    TN_TRY(check_known_length(c, "scale", nscale));
    for (int64_t i = 0; c->out[0] && i < tn_count(c->in[0]); i++) {
        double x = tni_get(c->in[0], i);
        if (noffset) x -= (double)offset[(size_t)i % noffset];
        if (nscale) x *= (double)scale[(size_t)i % nscale];
        tni_set(c->out[0], i, x);
    }
    return TN_OK;
}

TN_OP(ml_scaler) = {
    TN_HERE,
    .name = "Scaler",
    TNI_ML,
    .since = 1,
    .doc = "(x - offset) * scale, by feature",
    .in = {{"X", "T"}},
    .out = {{"Y", "f32"}},
    .types = {{"T", TNI_ML_NUMBERS}},
    .attrs = {{"offset", TN_ATTR_FLOATS}, {"scale", TN_ATTR_FLOATS}},
    .infer = scaler_infer,
    .ref = scaler_ref,
};
