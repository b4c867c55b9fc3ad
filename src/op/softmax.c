// SPDX-License-Identifier: Apache-2.0
// softmax.c - Softmax, LogSoftmax and Hardmax along one axis. Before opset 13 they worked on the input seen
// as a matrix, split at the axis; such nodes become Flatten, the operator and Reshape.
#include "op/op.h"

static double largest(const double *x, int64_t n) {
    double m = x[0];
    for (int64_t k = 1; k < n; k++)
        if (x[k] > m || isnan(x[k])) m = x[k];
    return m;
}

static void softmax_row(double *y, const double *x, int64_t n, const void *arg) {
    double m = largest(x, n), sum = 0;
    (void)arg;
    for (int64_t k = 0; k < n; k++) sum += y[k] = exp(x[k] - m);
    for (int64_t k = 0; k < n; k++) y[k] /= sum;
}

static void log_softmax_row(double *y, const double *x, int64_t n, const void *arg) {
    double m = largest(x, n), sum = 0;
    (void)arg;
    for (int64_t k = 0; k < n; k++) sum += exp(x[k] - m);
    double shift = m + log(sum);
    for (int64_t k = 0; k < n; k++) y[k] = x[k] - shift;
}

static void hardmax_row(double *y, const double *x, int64_t n, const void *arg) {
    int64_t best = 0;
    (void)arg;
    for (int64_t k = 0; k < n; k++) {
        y[k] = 0;
        if (!isnan(x[best]) && (x[k] > x[best] || isnan(x[k]))) best = k;
    }
    y[best] = 1;
}

static tn_status run(tn_call *c, tni_map1 fn) {
    return tni_call_rows(c, tni_attr_axis(c->attrs, c->in[0]->rank), fn, NULL);
}

static tn_status softmax_ref(tn_call *c) { return run(c, softmax_row); }
static tn_status log_softmax_ref(tn_call *c) { return run(c, log_softmax_row); }
static tn_status hardmax_ref(tn_call *c) { return run(c, hardmax_row); }

static tn_status axis_infer(tn_infer *c) { return tni_infer_same_axis(c, tn_attr_int(c->attrs, "axis")); }

// The dims after the axis are all 1, so that splitting there or working along the axis is the same.
static bool ends_at(const tn_type *x, int64_t axis) {
    if (x->rank < 0 || axis < -x->rank || axis >= x->rank) return false;
    for (int d = tni_axis(axis, x->rank) + 1; d < x->rank; d++)
        if (!tn_dim_is(x->dim[d], 1)) return false;
    return true;
}

static tn_status split_upgrade(tni_spec *s) {
    int64_t axis = tni_spec_int(s, "axis", 1);
    if (s->opset >= 13 || s->nin < 1 || !s->in[0]) return TN_OK;
    if (ends_at(&s->in[0]->info.type, axis)) return tni_spec_put(s, TN_A_INT("axis", axis));
    tn_attr split = TN_A_INT("axis", axis), last = TN_A_INT("axis", -1);
    tni_value *x = s->in[0], *matrix = tni_spec_emit(s, "Flatten", 1, &x, 1, &split);
    tni_value *y = matrix ? tni_spec_emit(s, s->op, 1, &matrix, 1, &last) : NULL;
    return y ? tni_become_reshape(s, y, x) : TN_INVALID;
}

#define ALONG(name_, doc_, ref_)                                                              \
    {                                                                                         \
        TN_HERE, .name = name_, .since = 13, .first = 1, .doc = doc_, .in = {{"input", "T"}}, \
                 .out = {{"output", "T"}}, .types = {{"T", TN_FLOATS}},                       \
                 .attrs = {{"axis", TN_ATTR_INT, .i = -1}}, .infer = axis_infer, .ref = ref_, \
                 .upgrade = split_upgrade                                                     \
    }

TN_OP(hardmax) = ALONG("Hardmax", "1 for the first largest element along an axis, else 0", hardmax_ref);
TN_OP(log_softmax) = ALONG("LogSoftmax", "logarithm of Softmax", log_softmax_ref);
TN_OP(softmax) = ALONG("Softmax", "exp(x) over its sum along an axis", softmax_ref);
