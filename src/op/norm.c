// SPDX-License-Identifier: Apache-2.0
// norm.c - the normalisations without parameters: LpNormalization, LRN and MeanVarianceNormalization.
#include "op/op.h"

// ------------------------------------------------------------------------------------ LpNormalization

static void lp_row(double *y, const double *x, int64_t n, const void *arg) {
    bool squares = *(const int64_t *)arg == 2;
    double norm = 0;
    for (int64_t k = 0; k < n; k++) norm += squares ? x[k] * x[k] : fabs(x[k]);
    if (squares) norm = sqrt(norm);
    for (int64_t k = 0; k < n; k++) y[k] = norm == 0 ? 0 : x[k] / norm;
}

static tn_status lp_norm_ref(tn_call *c) {
    int64_t p = tn_attr_int(c->attrs, "p");
    return tni_call_rows(c, tni_attr_axis(c->attrs, c->in[0]->rank), lp_row, &p);
}

static tn_status lp_norm_infer(tn_infer *c) { return tni_infer_same_axis(c, tn_attr_int(c->attrs, "axis")); }

// ------------------------------------------------------------------------------------------------ LRN

typedef struct response {
    int64_t before, after; // channels on either side
    double alpha, beta, bias;
} response;

// x is one place of all channels.
static void lrn_row(double *y, const double *x, int64_t n, const void *arg) {
    const response *r = arg;
    for (int64_t c = 0; c < n; c++) {
        int64_t first = c > r->before ? c - r->before : 0;
        int64_t last = r->after < n - c ? c + r->after : n - 1;
        double squares = 0;
        for (int64_t k = first; k <= last; k++) squares += x[k] * x[k];
        y[c] = x[c] / pow(r->bias + r->alpha * squares, r->beta);
    }
}

static tn_status lrn_ref(tn_call *c) {
    int64_t size = tn_attr_int(c->attrs, "size");
    response r = {.before = (size - 1) / 2,
                  .after = size / 2,
                  .alpha = tn_attr_float(c->attrs, "alpha") / (double)size,
                  .beta = tn_attr_float(c->attrs, "beta"),
                  .bias = tn_attr_float(c->attrs, "bias")};
    return tni_call_rows(c, 1, lrn_row, &r);
}

static tn_status lrn_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "X", 2, TN_MAX_RANK));
    return tn_infer_same(c);
}

// -------------------------------------------------------------------------- MeanVarianceNormalization

static const int64_t *mvn_axes(tn_attrs a, size_t *n) {
    static const int64_t usual[] = {0, 2, 3};
    if (tn_attr_has(a, "axes")) return tn_attr_ints(a, "axes", n);
    *n = 3;
    return usual;
}

static unsigned mvn_mask(tn_attrs a, int rank) {
    size_t n;
    const int64_t *axes = mvn_axes(a, &n);
    unsigned mask = 0;
    for (size_t k = 0; k < n; k++) mask |= 1u << tni_axis(axes[k], rank);
    return mask;
}

// Adds x, or (x - mean)^2, to the sums of the places that the walk names.
static void add_moments(const tn_tensor *x, const tn_tensor *kept, const double *mean, double *sum) {
    double row[TNI_ROW];
    tni_walk w;
    tni_walk_begin(&w, x, 1, &kept);
    while (tni_walk_next(&w)) {
        tni_load(row, x, w.at, 1, w.n);
        for (int64_t k = 0; k < w.n; k++) {
            int64_t i = w.in_at[0] + k * w.step[0];
            double d = mean ? row[k] - mean[i] : row[k];
            sum[i] += mean ? d * d : d;
        }
    }
}

static void mvn_store(const tn_tensor *x, const tn_tensor *kept, const tn_tensor *y, const double *mean,
                      const double *deviation) {
    double row[TNI_ROW];
    tni_walk w;
    tni_walk_begin(&w, x, 1, &kept);
    while (tni_walk_next(&w)) {
        tni_load(row, x, w.at, 1, w.n);
        for (int64_t k = 0; k < w.n; k++) {
            int64_t i = w.in_at[0] + k * w.step[0];
            row[k] = (row[k] - mean[i]) / (deviation[i] + 1e-9); // as in the function body of ONNX 13
        }
        tni_store(y, w.at, 1, w.n, row);
    }
}

static tn_status mvn_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    unsigned mask = mvn_mask(c->attrs, x->rank);
    tn_tensor shape = tni_kept(x, mask), *kept = &shape;
    if (!c->out[0] || tn_count(x) == 0) return TN_OK;
    int64_t places = tn_count(kept);
    double count = (double)(tn_count(x) / places);
    double *mean = tni_scratch(c, places, sizeof *mean);
    double *deviation = tni_scratch(c, places, sizeof *deviation);
    if (!mean || !deviation) return TN_NOMEM;
    for (int64_t k = 0; k < places; k++) mean[k] = deviation[k] = 0;
    add_moments(x, kept, NULL, mean);
    for (int64_t k = 0; k < places; k++) mean[k] /= count;
    add_moments(x, kept, mean, deviation);
    for (int64_t k = 0; k < places; k++) deviation[k] = sqrt(deviation[k] / count);
    mvn_store(x, kept, c->out[0], mean, deviation);
    return TN_OK;
}

static tn_status mvn_infer(tn_infer *c) {
    size_t n;
    unsigned mask;
    const int64_t *axes = mvn_axes(c->attrs, &n);
    TN_TRY(tn_infer_same(c));
    if (!tni_ranked(c, 0)) return TN_OK;
    return tni_axes_mask(c, axes, n, c->in[0]->type.rank, &mask);
}

// --------------------------------------------------------------------------------------- definitions

TN_OP(lp_norm) = {
    TN_HERE,
    .name = "LpNormalization",
    .since = 22,
    .first = 1,
    .doc = "divided by the sum of |x|, or by the root of the sum of squares, along an axis",
    .in = {{"input", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"axis", TN_ATTR_INT, .i = -1}, {"p", TN_ATTR_INT, .i = 2, .min = 1, .max = 2}},
    .infer = lp_norm_infer,
    .ref = lp_norm_ref,
};

TN_OP(lrn) = {
    TN_HERE,
    .name = "LRN",
    .since = 13,
    .first = 1,
    .doc = "x / (bias + alpha/size * sum of squares of neighbouring channels)^beta",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"alpha", TN_ATTR_FLOAT, .f = 1e-4},
              {"beta", TN_ATTR_FLOAT, .f = 0.75},
              {"bias", TN_ATTR_FLOAT, .f = 1},
              {"size", TN_ATTR_INT, TN_REQUIRED, .min = 1, .max = INT64_MAX}},
    .infer = lrn_infer,
    .ref = lrn_ref,
};

TN_OP(mean_variance_norm) = {
    TN_HERE,
    .name = "MeanVarianceNormalization",
    .since = 13,
    .first = 9,
    .doc = "to mean 0 and variance 1 over axes, by default all but the channels",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"axes", TN_ATTR_INTS}},
    .infer = mvn_infer,
    .ref = mvn_ref,
};
