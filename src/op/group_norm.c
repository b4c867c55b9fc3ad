// SPDX-License-Identifier: Apache-2.0
// group_norm.c - GroupNormalization and InstanceNormalization (as many groups as channels): each sample's
// groups of channels are brought to mean 0 and variance 1, then scaled and shifted by channel.
#include "op/op.h"

typedef struct group_job {
    const tn_tensor *x, *y;
    const double *scale, *bias; // [C]
    double *buffer;             // one group for each worker
    double epsilon;
    int64_t groups, width, inner; // x is [N,groups,width,inner]
} group_job;

static void group_block(void *user, int64_t block, int worker) {
    const group_job *job = user;
    int64_t n = job->width * job->inner;
    double *x = job->buffer + n * worker;
    tni_load(x, job->x, block * n, 1, n);
    tni_normalize(x, n, job->epsilon, false);
    for (int64_t w = 0; w < job->width; w++) {
        int64_t ch = block % job->groups * job->width + w;
        double *row = x + w * job->inner;
        for (int64_t k = 0; k < job->inner; k++) row[k] = row[k] * job->scale[ch] + job->bias[ch];
    }
    tni_store(job->y, block * n, 1, n, x);
}

static tn_status normalize_groups(tn_call *c, int64_t groups) {
    const tn_tensor *x = c->in[0];
    int64_t channels = x->dim[1];
    if (!c->out[0] || tn_count(x) == 0) return TN_OK;
    group_job job = {.x = x, .y = c->out[0], .groups = groups, .epsilon = tn_attr_float(c->attrs, "epsilon")};
    job.width = channels / groups;
    job.inner = tn_count_range(x, 2, x->rank);
    job.scale = tni_call_doubles(c, c->in[1], 1, &channels);
    job.bias = tni_call_doubles(c, c->in[2], 1, &channels);
    job.buffer = tni_scratch(c, job.width * job.inner, sizeof(double) * (size_t)tn_call_threads(c));
    if (!job.scale || !job.bias || !job.buffer) return TN_NOMEM;
    tn_call_parallel(c, x->dim[0] * groups, group_block, &job);
    return TN_OK;
}

static tn_status group_norm_ref(tn_call *c) {
    return normalize_groups(c, tn_attr_int(c->attrs, "num_groups"));
}

static tn_status instance_norm_ref(tn_call *c) { return normalize_groups(c, c->in[0]->dim[1]); }

static tn_status channel_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    TN_TRY(tn_infer_same(c));
    if (!tni_ranked(c, 0)) return TN_OK;
    TN_TRY(tni_want_vector(c, 1, "scale", c->in[0]->type.dim[1]));
    return tni_want_vector(c, 2, "bias", c->in[0]->type.dim[1]);
}

static tn_status group_norm_infer(tn_infer *c) {
    int64_t groups = tn_attr_int(c->attrs, "num_groups");
    TN_TRY(channel_infer(c));
    if (!tni_ranked(c, 0)) return TN_OK;
    tn_dim channels = c->in[0]->type.dim[1];
    if (channels.e || channels.k % groups == 0) return TN_OK;
    return tn_infer_fail(c, "%lld channels cannot be split into %lld groups", (long long)channels.k,
                         (long long)groups);
}

// [groups] to [C]: every value repeated for the channels of its group.
static tn_status repeat(tni_spec *s, tni_value **v, int64_t groups, int64_t channels) {
    const int64_t behind = 1, matrix[] = {groups, channels / groups};
    TN_TRY(tni_emit_ints(s, "Unsqueeze", *v, &behind, 1, v));
    TN_TRY(tni_emit_ints(s, "Expand", *v, matrix, 2, v));
    return tni_emit_ints(s, "Reshape", *v, &channels, 1, v);
}

// Before opset 21 scale and bias had one element a group; files with one a channel exist and are clear.
static tn_status group_norm_upgrade(tni_spec *s) {
    int64_t groups = tni_spec_int(s, "num_groups", 0);
    if (s->opset >= 21 || groups < 1 || s->nin < 3 || !s->in[0] || !s->in[1] || !s->in[2]) return TN_OK;
    const tn_type *x = &s->in[0]->info.type;
    if (x->rank < 2 || x->dim[1].e)
        return tni_spec_fail(s, "export the model with opset 21 or later",
                             "the number of channels is not known");
    if (x->dim[1].k % groups != 0 || x->dim[1].k == groups) return TN_OK;
    for (int i = 1; i < 3; i++) {
        const tn_type *t = &s->in[i]->info.type;
        if (t->rank != 1 || !tn_dim_is(t->dim[0], groups)) continue;
        TN_TRY(repeat(s, &s->in[i], groups, x->dim[1].k));
    }
    return TN_OK;
}

TN_OP(group_norm) = {
    TN_HERE,
    .name = "GroupNormalization",
    .since = 21,
    .first = 18,
    .doc = "each sample's groups of channels to mean 0 and variance 1",
    .in = {{"X", "T"}, {"scale", "T"}, {"bias", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"epsilon", TN_ATTR_FLOAT, .f = 1e-5},
              {"num_groups", TN_ATTR_INT, TN_REQUIRED, .min = 1, .max = INT64_MAX},
              {"stash_type", TN_ATTR_INT, .i = 1}},
    .infer = group_norm_infer,
    .ref = group_norm_ref,
    .upgrade = group_norm_upgrade,
};

TN_OP(instance_norm) = {
    TN_HERE,
    .name = "InstanceNormalization",
    .since = 22,
    .first = 1,
    .doc = "each sample's channels to mean 0 and variance 1",
    .in = {{"input", "T"}, {"scale", "T"}, {"B", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"epsilon", TN_ATTR_FLOAT, .f = 1e-5}},
    .infer = channel_infer,
    .ref = instance_norm_ref,
    .upgrade = tni_upgrade_consumed,
};
