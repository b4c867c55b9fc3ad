// SPDX-License-Identifier: Apache-2.0
// normalize.c - tn.Normalize: x / max(norm of x over axes, epsilon), what torch.nn.functional.normalize
// means. Exporters write a reduction, a Clip, an Expand and a Div; the pass `normalize` puts them together
// again. Norm and bound are kept in a wide type, so that in f16 neither 300 * 300 overflows nor 1e-12 is 0.
#include "op/op.h"

static unsigned axes_of(tn_attrs a, int rank) {
    size_t n;
    const int64_t *axes = tn_attr_ints(a, "axes", &n);
    unsigned mask = 0;
    for (size_t k = 0; k < n; k++) mask |= 1u << tni_axis(axes[k], rank);
    return mask;
}

static double taken(double p, double norm, double x) {
    if (p > 2) return fabs(x) > norm || isnan(x) ? fabs(x) : norm;
    return norm + (p < 2 ? fabs(x) : x * x);
}

static void add_up(const tn_tensor *x, const tn_tensor *kept, double p, double *norm) {
    double row[TNI_ROW];
    tni_walk w;
    tni_walk_begin(&w, x, 1, &kept);
    while (tni_walk_next(&w)) {
        tni_load(row, x, w.at, 1, w.n);
        for (int64_t k = 0; k < w.n; k++) {
            double *to = norm + w.in_at[0] + k * w.step[0];
            *to = taken(p, *to, row[k]);
        }
    }
}

static void divide(const tn_tensor *x, const tn_tensor *kept, const double *norm, const tn_tensor *y) {
    double row[TNI_ROW];
    tni_walk w;
    tni_walk_begin(&w, x, 1, &kept);
    while (tni_walk_next(&w)) {
        tni_load(row, x, w.at, 1, w.n);
        for (int64_t k = 0; k < w.n; k++) row[k] /= norm[w.in_at[0] + k * w.step[0]];
        tni_store(y, w.at, 1, w.n, row);
    }
}

static tn_status normalize_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    double p = tn_attr_float(c->attrs, "p"), epsilon = tn_attr_float(c->attrs, "epsilon");
    tn_tensor kept = tni_kept(x, axes_of(c->attrs, x->rank));
    if (!c->out[0] || tn_count(x) == 0) return TN_OK;
    int64_t places = tn_count(&kept);
    double *norm = tni_scratch(c, places, sizeof *norm);
    if (!norm) return TN_NOMEM;
    for (int64_t k = 0; k < places; k++) norm[k] = 0;
    add_up(x, &kept, p, norm);
    for (int64_t k = 0; k < places; k++) {
        if (p <= 2 && p >= 2) norm[k] = sqrt(norm[k]);
        if (norm[k] < epsilon) norm[k] = epsilon;
    }
    divide(x, &kept, norm, c->out[0]);
    return TN_OK;
}

static tn_status normalize_infer(tn_infer *c) {
    size_t n;
    unsigned mask;
    const int64_t *axes = tn_attr_ints(c->attrs, "axes", &n);
    double p = tn_attr_float(c->attrs, "p"), epsilon = tn_attr_float(c->attrs, "epsilon");
    if (!(p <= 1 && p >= 1) && !(p <= 2 && p >= 2) && !(isinf(p) && p > 0))
        return tn_infer_fail(c, "p is %g; it can be 1, 2 or inf", p);
    if (!(epsilon >= 0)) return tn_infer_fail(c, "epsilon is %g, which is not 0 or more", epsilon);
    TN_TRY(tn_infer_same(c));
    if (!tni_ranked(c, 0)) return TN_OK;
    return tni_axes_mask(c, axes, n, c->in[0]->type.rank, &mask);
}

TN_OP(tn_normalize) = {
    TN_HERE,
    .name = "Normalize",
    .domain = "tn",
    .since = 1,
    .doc = "x / max(norm of order p over axes, epsilon)",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"axes", TN_ATTR_INTS}, {"p", TN_ATTR_FLOAT, .f = 2}, {"epsilon", TN_ATTR_FLOAT}},
    .infer = normalize_infer,
    .ref = normalize_ref,
};
