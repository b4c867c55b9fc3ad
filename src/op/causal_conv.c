// SPDX-License-Identifier: Apache-2.0
// causal_conv.c - CausalConvWithState: a depthwise convolution that sees the present and the k - 1 positions
// before it, which come from the state and go into the next one:
//
//     row    = [ past state (or zeros) | input ]      k - 1 + L long
//     y[t]   = bias + sum over j of w[j] * row[t + j]
//     state' = the row's last k - 1
#include "op/buffer.h"

enum { X, W, BIAS, PAST };

static bool wants_silu(tn_attrs a) {
    return tn_attr_is(a, "activation", "silu") || tn_attr_is(a, "activation", "swish");
}

static tn_status check_weights(tn_infer *c, const tn_type *x) {
    if (!tni_ranked(c, W)) return TN_OK;
    const tn_dim *w = c->in[W]->type.dim;
    TN_TRY(tni_want_dim(c, w[0], x->dim[1], "number of kernels"));
    TN_TRY(tni_want_dim(c, w[1], tn_k(1), "second dimension of the weights"));
    if (tn_dim_is(w[2], 0)) return tn_infer_fail(c, "the kernels have no elements");
    return tni_want_vector(c, BIAS, "bias", x->dim[1]);
}

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[X]->type;
    if (!wants_silu(c->attrs) && !tn_attr_is(c->attrs, "activation", "none"))
        return tn_infer_fail(c, "activation must be 'silu', 'swish' or 'none', not '%s'",
                             tn_attr_string(c->attrs, "activation"));
    TN_TRY(tni_want_rank(c, X, "the input", 3, 3));
    TN_TRY(tni_want_rank(c, W, "the weights", 3, 3));
    TN_TRY(tni_want_rank(c, PAST, "past_state", 3, 3));
    TN_TRY(tn_infer_same(c));
    tni_shape_unknown(c, 1, x->dtype);
    if (x->rank < 0) return TN_OK;
    TN_TRY(check_weights(c, x));
    tn_dim state[] = {x->dim[0], x->dim[1], tn_dim_fresh(c->dims)};
    if (tni_ranked(c, W)) state[2] = tn_dim_sub(c->dims, c->in[W]->type.dim[2], tn_k(1));
    for (int d = 0; d < 3 && tni_ranked(c, PAST); d++)
        TN_TRY(tni_want_dim(c, c->in[PAST]->type.dim[d], state[d], "past_state's size"));
    tni_shape_out(c, 1, x->dtype, 3, state);
    return TN_OK;
}

typedef struct job {
    const tn_tensor *x, *past, *y, *present;
    const double *w, *bias; // [C,k], [C] or NULL
    int64_t channels, n, k;
    bool silu;
    double *room; // of each worker: the row, then the output
} job;

static void run_row(void *user, int64_t unit, int worker) {
    const job *j = user;
    int64_t n = j->n, k = j->k, channel = unit % j->channels;
    double *row = j->room + worker * (2 * n + k), *y = row + n + k - 1;
    const double *w = j->w + channel * k;
    memset(row, 0, (size_t)(k - 1) * sizeof *row);
    if (j->past) tni_load(row, j->past, unit * (k - 1), 1, k - 1);
    tni_load(row + k - 1, j->x, unit * n, 1, n);
    for (int64_t t = 0; t < n; t++) y[t] = j->bias ? j->bias[channel] : 0;
    for (int64_t i = 0; i < k; i++)
        for (int64_t t = 0; t < n; t++) y[t] += w[i] * row[t + i];
    for (int64_t t = 0; t < n && j->silu; t++) y[t] /= 1 + exp(-y[t]);
    if (j->y) tni_store(j->y, unit * n, 1, n, y);
    if (j->present) tni_store(j->present, unit * (k - 1), 1, k - 1, row + n);
}

static tn_status ref(tn_call *c) {
    job j = {.x = c->in[X], .past = tni_arg(c, PAST), .y = tni_result(c, 0), .present = tni_result(c, 1)};
    int64_t room;
    j.channels = j.x->dim[1];
    j.n = j.x->dim[2];
    j.k = c->in[W]->dim[2];
    j.silu = wants_silu(c->attrs);
    if (j.x->dim[0] == 0 || j.channels == 0) return TN_OK;
    if (j.k < 1) return tn_call_fail(c, TN_INVALID, "the kernels have no elements");
    if (!ck_mul64(2 * j.n + j.k, tn_call_threads(c), &room)) return TN_NOMEM;
    j.room = tni_scratch(c, room, sizeof *j.room);
    j.w = tni_as_double(c, c->in[W]);
    j.bias = tni_arg(c, BIAS) ? tni_as_double(c, c->in[BIAS]) : NULL;
    if (!j.room || !j.w || (tni_arg(c, BIAS) && !j.bias)) return TN_NOMEM;
    tn_call_parallel(c, j.x->dim[0] * j.channels, run_row, &j);
    return TN_OK;
}

TN_OP(causal_conv_with_state) = {
    TN_HERE,
    .name = "CausalConvWithState",
    .since = 27,
    .doc = "Depthwise convolution over the past, whose end is carried along",
    .in = {{"input", "T"},
           {"weight", "T"},
           {"bias", "T", TN_OPTIONAL_IN},
           {"past_state", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"present_state", "T"}},
    .types = {{"T", TN_BIT(TN_F32) | TN_BIT(TN_F16) | TN_BIT(TN_BF16)}},
    .attrs = {{"activation", TN_ATTR_STRING, .s = "none"}},
    .infer = infer,
    .ref = ref,
};
