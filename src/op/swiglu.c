// SPDX-License-Identifier: Apache-2.0
// swiglu.c - SwiGLU (Shazeer, "GLU variants improve transformer"): Swish of the gate A times B.
#include "op/op.h"

static void row(double *y, const double *a, const double *b, int64_t n, const void *arg) {
    double alpha = *(const double *)arg;
    for (int64_t k = 0; k < n; k++) y[k] = a[k] / (1 + exp(-alpha * a[k])) * b[k];
}

static tn_status ref(tn_call *c) {
    double alpha = tn_attr_float(c->attrs, "alpha");
    return tni_call_map2(c, c->in[0], c->in[1], row, &alpha);
}

static tn_status infer(tn_infer *c) {
    const tn_type *a = &c->in[0]->type, *b = &c->in[1]->type;
    TN_TRY(tn_infer_same(c));
    if (a->rank < 0 || b->rank < 0) return TN_OK;
    TN_TRY(tni_want_rank(c, 1, "B", a->rank, a->rank));
    for (int d = 0; d < a->rank; d++)
        TN_TRY(tni_want_dim(c, b->dim[d], a->dim[d], "size of B, which is not broadcast,"));
    return TN_OK;
}

TN_OP(swiglu) = {
    TN_HERE,
    .name = "SwiGLU",
    .since = 28,
    .doc = "a * sigmoid(alpha*a) * b",
    .traits = TN_ELEMENTWISE,
    .in = {{"A", "T"}, {"B", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"alpha", TN_ATTR_FLOAT, .f = 1}},
    .infer = infer,
    .ref = ref,
};
