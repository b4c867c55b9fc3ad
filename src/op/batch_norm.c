// SPDX-License-Identifier: Apache-2.0
// batch_norm.c - BatchNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + B with one of each per
// channel (dimension 1). In training the statistics are the batch's own and running ones come out as well.
#include "op/op.h"

typedef struct affine_job {
    const tn_tensor *x, *y;
    const double *slope, *offset; // [C]
    int64_t channels, inner;      // x is [N,C,inner]
} affine_job;

static void affine_plane(void *user, int64_t plane, int worker) {
    const affine_job *job = user;
    double row[TNI_ROW], a = job->slope[plane % job->channels], b = job->offset[plane % job->channels];
    (void)worker;
    for (int64_t at = 0; at < job->inner; at += TNI_ROW) {
        int64_t n = job->inner - at < TNI_ROW ? job->inner - at : TNI_ROW;
        tni_load(row, job->x, plane * job->inner + at, 1, n);
        for (int64_t k = 0; k < n; k++) row[k] = row[k] * a + b;
        tni_store(job->y, plane * job->inner + at, 1, n, row);
    }
}

// Mean and population variance of channel ch over all of the batch.
static void statistics(const tn_tensor *x, int64_t ch, double *mean, double *var) {
    int64_t batch = x->dim[0], channels = x->dim[1], inner = tn_count_range(x, 2, x->rank);
    double row[TNI_ROW], count = (double)batch * (double)inner;
    for (int pass = 0; pass < 2; pass++) { // sums of x, then of squared distances from the mean
        double sum = 0;
        for (int64_t b = 0; b < batch; b++)
            for (int64_t at = 0; at < inner; at += TNI_ROW) {
                int64_t n = inner - at < TNI_ROW ? inner - at : TNI_ROW;
                tni_load(row, x, (b * channels + ch) * inner + at, 1, n);
                for (int64_t k = 0; k < n; k++) sum += pass ? (row[k] - *mean) * (row[k] - *mean) : row[k];
            }
        *(pass ? var : mean) = sum / count;
    }
}

// Replaces the running statistics by the batch's and stores the mix of both.
static void train(tn_call *c, double *mean, double *var) {
    double momentum = tn_attr_float(c->attrs, "momentum");
    for (int64_t ch = 0; ch < c->in[0]->dim[1]; ch++) {
        double old[] = {mean[ch], var[ch]}, mix;
        statistics(c->in[0], ch, &mean[ch], &var[ch]);
        mix = old[0] * momentum + mean[ch] * (1 - momentum);
        if (tni_result(c, 1)) tni_store(c->out[1], ch, 1, 1, &mix);
        mix = old[1] * momentum + var[ch] * (1 - momentum);
        if (tni_result(c, 2)) tni_store(c->out[2], ch, 1, 1, &mix);
    }
}

static tn_status batch_norm_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    double *channel[5] = {NULL}; // scale, B, mean, var as doubles
    for (int i = 1; i < 5; i++)
        if (!(channel[i] = tni_call_doubles(c, c->in[i], 1, &x->dim[1]))) return TN_NOMEM;
    double *scale = channel[1], *offset = channel[2], *mean = channel[3], *var = channel[4];
    if (tn_attr_int(c->attrs, "training_mode")) train(c, mean, var);
    double epsilon = tn_attr_float(c->attrs, "epsilon");
    for (int64_t ch = 0; ch < x->dim[1]; ch++) {
        scale[ch] /= sqrt(var[ch] + epsilon);
        offset[ch] -= mean[ch] * scale[ch];
    }
    if (!c->out[0]) return TN_OK;
    affine_job job = {x, c->out[0], scale, offset, x->dim[1], tn_count_range(x, 2, x->rank)};
    tn_call_parallel(c, x->dim[0] * x->dim[1], affine_plane, &job);
    return TN_OK;
}

static tn_status batch_norm_infer(tn_infer *c) {
    static const char *const what[] = {"X", "scale", "B", "input_mean", "input_var"};
    bool training = tn_attr_int(c->attrs, "training_mode") != 0;
    TN_TRY(tni_want_rank(c, 0, "X", 2, TN_MAX_RANK));
    TN_TRY(tn_infer_same(c));
    for (int i = 1; i < 5; i++) {
        TN_TRY(tni_want_rank(c, i, what[i], 1, 1));
        if (tni_ranked(c, 0)) TN_TRY(tni_want_vector(c, i, what[i], c->in[0]->type.dim[1]));
    }
    for (int i = 1; i < 3; i++) {
        if (!tni_out_type(c, i)) continue;
        if (!training) return tn_infer_fail(c, "output %d exists in training_mode only", i);
        *tni_out_type(c, i) = c->in[i + 2]->type;
    }
    return TN_OK;
}

// Before opset 9: spatial = 0 means statistics of every element of a sample, not of a channel.
static tn_status flatten_samples(tni_spec *s) {
    const int64_t all = -1;
    tni_value *x = s->in[0], *in[5];
    const tn_attr axis = TN_A_INT("axis", 1), *epsilon = tni_spec_attr(s, "epsilon");
    if (!(in[0] = tni_spec_emit(s, "Flatten", 1, &x, 1, &axis))) return TN_INVALID;
    for (int i = 1; i < 5; i++) TN_TRY(tni_emit_ints(s, "Reshape", s->in[i], &all, 1, &in[i]));
    tni_value *y = tni_spec_emit(s, "BatchNormalization", 5, in, epsilon != NULL, epsilon);
    return y ? tni_become_reshape(s, y, x) : TN_INVALID;
}

// Before opset 14 five outputs meant training, before 7 is_test = 0.
static tn_status batch_norm_upgrade(tni_spec *s) {
    if (s->opset >= 14) return TN_OK;
    int64_t spatial = tni_spec_int(s, "spatial", 1), is_test = tni_spec_int(s, "is_test", 0);
    TN_TRY(tni_upgrade_consumed(s));
    tni_spec_drop(s, "spatial");
    tni_spec_drop(s, "is_test");
    if (is_test) s->nout = 1;
    for (int i = 3; i < s->nout; i++)
        if (s->outs[i] && *s->outs[i])
            return tni_spec_fail(s, "export the model for inference (model.eval())",
                                 "saved_mean and saved_var exist in training only");
    for (int i = 1; i < s->nout; i++)
        if (s->outs[i] && *s->outs[i]) TN_TRY(tni_spec_put(s, TN_A_INT("training_mode", 1)));
    if (spatial || s->nin < 5 || !s->in[0] || s->in[0]->info.type.rank == 2) return TN_OK;
    for (int i = 0; i < 5; i++)
        if (!s->in[i]) return TN_OK; // reported with the other missing inputs
    return flatten_samples(s);
}

TN_OP(batch_norm) = {
    TN_HERE,
    .name = "BatchNormalization",
    .since = 15,
    .first = 1,
    .doc = "scaled and shifted by statistics of each channel",
    .in = {{"X", "T"}, {"scale", "T1"}, {"B", "T1"}, {"input_mean", "T2"}, {"input_var", "T2"}},
    .out = {{"Y", "T"}, {"running_mean", "T2"}, {"running_var", "T2"}},
    .types = {{"T", TN_FLOATS}, {"T1", TN_FLOATS}, {"T2", TN_FLOATS}},
    .attrs = {{"epsilon", TN_ATTR_FLOAT, .f = 1e-5},
              {"momentum", TN_ATTR_FLOAT, .f = 0.9},
              {"training_mode", TN_ATTR_INT, .i = 0}},
    .infer = batch_norm_infer,
    .ref = batch_norm_ref,
    .upgrade = batch_norm_upgrade,
};
