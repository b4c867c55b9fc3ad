// SPDX-License-Identifier: Apache-2.0
// layer_norm.c - LayerNormalization and RMSNormalization: rows that begin at an axis and go to the end are
// normalised, then scaled (and shifted) by tensors that broadcast to the input.
#include "op/op.h"

typedef struct layer_job {
    const tn_tensor *x, *y, *mean, *inverse; // outputs but x; mean and inverse may be NULL
    const double *scale, *bias;              // bias may be NULL
    int64_t scale_step, bias_step;           // from one row to the next: n, or 0 when all rows share it
    double *buffer;                          // one row for each worker
    int64_t n;
    double epsilon;
    bool rms;
} layer_job;

static void layer_row(void *user, int64_t row, int worker) {
    const layer_job *job = user;
    int64_t n = job->n;
    double *x = job->buffer + n * worker;
    tni_load(x, job->x, row * n, 1, n);
    tni_moments m = tni_normalize(x, n, job->epsilon, job->rms);
    if (job->mean) tni_store(job->mean, row, 1, 1, &m.mean);
    if (job->inverse) tni_store(job->inverse, row, 1, 1, &m.inverse);
    if (!job->y) return;
    const double *scale = job->scale + row * job->scale_step;
    for (int64_t k = 0; k < n; k++) x[k] *= scale[k];
    const double *bias = job->bias ? job->bias + row * job->bias_step : NULL;
    for (int64_t k = 0; bias && k < n; k++) x[k] += bias[k];
    tni_store(job->y, row * n, 1, n, x);
}

// `t` as doubles for one row, or for all rows when it differs between them.
static const double *spread(tn_call *c, const tn_tensor *t, int axis, int64_t n, int64_t *step) {
    const tn_tensor *x = c->in[0];
    bool shared = true;
    for (int d = 0; d < t->rank - (x->rank - axis); d++) shared = shared && t->dim[d] == 1;
    *step = shared ? 0 : n;
    if (!shared) return tni_call_doubles(c, t, x->rank, x->dim);
    tn_tensor last = *t; // its leading ones say nothing
    int extra = t->rank - (x->rank - axis);
    if (extra > 0) {
        last.rank -= extra;
        memmove(last.dim, last.dim + extra, (size_t)last.rank * sizeof *last.dim);
    }
    return tni_call_doubles(c, &last, x->rank - axis, x->dim + axis);
}

static tn_status normalize(tn_call *c, bool rms, const tn_tensor *bias) {
    const tn_tensor *x = c->in[0];
    int axis = tni_attr_axis(c->attrs, x->rank);
    layer_job job = {.x = x, .y = c->out[0], .rms = rms, .epsilon = tn_attr_float(c->attrs, "epsilon")};
    job.mean = tni_result(c, 1);
    job.inverse = tni_result(c, 2);
    job.n = tn_count_range(x, axis, x->rank);
    if (tn_count(x) == 0) return TN_OK;
    if (!(job.scale = spread(c, c->in[1], axis, job.n, &job.scale_step))) return TN_NOMEM;
    if (bias && !(job.bias = spread(c, bias, axis, job.n, &job.bias_step))) return TN_NOMEM;
    job.buffer = tni_scratch(c, job.n, sizeof(double) * (size_t)tn_call_threads(c));
    if (!job.buffer) return TN_NOMEM;
    tn_call_parallel(c, tn_count(x) / job.n, layer_row, &job);
    return TN_OK;
}

static tn_status layer_norm_ref(tn_call *c) { return normalize(c, false, tni_arg(c, 2)); }
static tn_status rms_norm_ref(tn_call *c) { return normalize(c, true, NULL); }

static tn_status layer_norm_infer(tn_infer *c) {
    int64_t stash = tn_attr_int(c->attrs, "stash_type");
    const tn_type *x = &c->in[0]->type;
    TN_TRY(tni_infer_same_axis(c, tn_attr_int(c->attrs, "axis")));
    TN_TRY(tni_want_broadcast(c, 1, &c->in[0]->type, "Scale"));
    TN_TRY(tni_want_broadcast(c, 2, &c->in[0]->type, "B"));
    if (stash != TN_F32 && stash != TN_BF16 && stash != TN_F64 && stash != TN_F16)
        return tn_infer_fail(c, "stash_type %lld is not a floating type", (long long)stash);
    for (int i = 1; i < 3; i++) {
        tn_type *t = tni_out_type(c, i);
        if (!t) continue;
        *t = *x;
        t->dtype = (tn_dtype)stash;
        if (x->rank < 0) continue;
        for (int d = tni_attr_axis(c->attrs, x->rank); d < x->rank; d++) t->dim[d] = tn_k(1);
    }
    return TN_OK;
}

static tn_status rms_norm_infer(tn_infer *c) {
    TN_TRY(tni_infer_same_axis(c, tn_attr_int(c->attrs, "axis")));
    if (c->out[0]) c->out[0]->type.dtype = c->in[1]->type.dtype;
    return tni_want_broadcast(c, 1, &c->in[0]->type, "scale");
}

#define ROW_ATTRS                                    \
    .attrs = {{"axis", TN_ATTR_INT, .i = -1},        \
              {"epsilon", TN_ATTR_FLOAT, .f = 1e-5}, \
              {"stash_type", TN_ATTR_INT, .i = 1}}

TN_OP(layer_norm) = {
    TN_HERE,
    .name = "LayerNormalization",
    .since = 17,
    .doc = "rows to mean 0 and variance 1, scaled and shifted",
    .in = {{"X", "T"}, {"Scale", "T"}, {"B", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}, {"Mean", "U"}, {"InvStdDev", "U"}},
    .types = {{"T", TN_FLOATS}, {"U", TN_FLOATS}},
    ROW_ATTRS,
    .infer = layer_norm_infer,
    .ref = layer_norm_ref,
};

TN_OP(rms_norm) = {
    TN_HERE,
    .name = "RMSNormalization",
    .since = 23,
    .doc = "rows divided by the root of their mean square, scaled",
    .in = {{"X", "T"}, {"scale", "V"}},
    .out = {{"Y", "V"}},
    .types = {{"T", TN_FLOATS}, {"V", TN_FLOATS}},
    ROW_ATTRS,
    .infer = rms_norm_infer,
    .ref = rms_norm_ref,
};

// ONNX Runtime's name for it, which it writes into the default domain.
static tn_status simplified_upgrade(tni_spec *s) {
    for (int i = 1; i < s->nout; i++)
        if (s->outs[i] && *s->outs[i])
            return tni_spec_fail(s, NULL, "the inverse deviation cannot be had from this operator");
    s->op = "RMSNormalization";
    return TN_OK;
}

TN_OP(simplified_layer_norm) = {
    TN_HERE,
    .name = "SimplifiedLayerNormalization",
    .since = 1,
    .doc = "ONNX Runtime's name for RMSNormalization",
    .in = {{"X", "T"}, {"scale", "V"}},
    .out = {{"Y", "V"}, {"inv_std_var", "T"}},
    .types = {{"T", TN_FLOATS}, {"V", TN_FLOATS}},
    ROW_ATTRS,
    .infer = rms_norm_infer,
    .ref = rms_norm_ref,
    .upgrade = simplified_upgrade,
};
