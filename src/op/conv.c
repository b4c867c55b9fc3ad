// SPDX-License-Identifier: Apache-2.0
// conv.c - Conv and ConvInteger: any number of spatial dimensions, groups, dilations, asymmetric padding. The
// loops are in mac_convolution.c; ConvTranspose and DeformConv have files of their own.
#include "op/conv.h"

// Kernel sizes, from kernel_shape when given (checked against the weights), else from the weights.
static tn_status kernel_sizes(tn_infer *c, const tn_type *w, int rank, tn_dim *kernel) {
    for (int i = 0; i < rank; i++) {
        int64_t want = tni_ints_at(c->attrs, "kernel_shape", i, -1);
        if (w->rank >= 0) kernel[i] = w->dim[2 + i];
        if (want < 0) continue;
        if (w->rank >= 0 && !kernel[i].e && kernel[i].k != want)
            return tn_infer_fail(c, "kernel_shape[%d] is %lld, but the weights have %lld", i, (long long)want,
                                 (long long)kernel[i].k);
        kernel[i] = tn_k(want);
    }
    return TN_OK;
}

static tn_status check_channels(tn_infer *c, const tn_type *x, const tn_type *w) {
    int64_t group = tn_attr_int(c->attrs, "group");
    tn_dim want = tn_dim_mul(c->dims, w->dim[1], tn_k(group));
    if (!want.e && !x->dim[1].e && want.k != x->dim[1].k)
        return tn_infer_fail(
            c,
            "the input has %lld channels, but the weights expect %lld (%lld for each of %lld "
            "groups)",
            (long long)x->dim[1].k, (long long)want.k, (long long)w->dim[1].k, (long long)group);
    if (!w->dim[0].e && w->dim[0].k % group)
        return tn_infer_fail(c, "%lld output channels do not divide into %lld groups", (long long)w->dim[0].k,
                             (long long)group);
    return TN_OK;
}

tn_status tni_conv_infer(tn_infer *c, int xi, int wi, tn_dtype dtype) {
    TN_TRY(tni_want_rank(c, xi, "the input", 3, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, wi, "the weights", 3, TN_MAX_RANK));
    const tn_type *x = &c->in[xi]->type, *w = &c->in[wi]->type;
    tn_type *y = tni_out_type(c, 0);
    if (x->rank < 0 || !y) return tni_shape_unknown(c, 0, dtype), TN_OK;
    int rank = x->rank - 2;
    tn_dim kernel[TNI_SPATIAL], shape[TN_MAX_RANK];
    if (w->rank >= 0 && w->rank != x->rank)
        return tn_infer_fail(c, "the input has rank %d, but the weights have rank %d", x->rank, w->rank);
    for (int i = 0; i < rank; i++) kernel[i] = tn_dim_fresh(c->dims);
    TN_TRY(tni_window_check(c, rank));
    TN_TRY(kernel_sizes(c, w, rank, kernel));
    if (w->rank >= 0) TN_TRY(check_channels(c, x, w));
    shape[0] = x->dim[0];
    shape[1] = w->rank >= 0 ? w->dim[0] : tn_dim_fresh(c->dims);
    for (int i = 0; i < rank; i++) shape[2 + i] = tn_k(0);
    tni_shape_out(c, 0, dtype, x->rank, shape);
    return tni_window_infer(c, x, kernel, y);
}

tn_status tni_conv_check_bias(tn_infer *c, int wi, int i) {
    if (!tni_ranked(c, i)) return TN_OK;
    TN_TRY(tni_want_rank(c, i, "the bias", 1, 1));
    if (!tni_ranked(c, wi)) return TN_OK;
    return tni_want_dim(c, c->in[i]->type.dim[0], c->in[wi]->type.dim[0], "size of the bias");
}

void tni_conv_bind(tni_convolution *v, tn_attrs attrs, const tn_tensor *x, const tn_tensor *w,
                   const tn_tensor *y) {
    memset(v, 0, sizeof *v);
    v->batch = x->dim[0];
    v->group = tn_attr_int(attrs, "group");
    v->channels = w->dim[1];
    v->filters = w->dim[0] / v->group;
    tni_window_bind(&v->window, attrs, x->rank - 2, x->dim + 2, w->dim + 2, y->dim + 2);
}

tn_status tni_conv_ref(tn_call *c, const tn_tensor *z) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *x = c->in[0], *w = c->in[1];
    tni_convolution v;
    tni_epilogue e;
    tni_epilogue_init(&e, c->attrs, tni_result(c, 0));
    e.c = tni_arg(c, 2);
    e.c_row = 1;
    e.z = z;
    tni_conv_bind(&v, c->attrs, x, w, c->out[0]);
    v.x = tni_as_real(c, x, &v.type);
    v.w = tni_as_real(c, w, &v.type);
    if (!v.x || !v.w) return TN_NOMEM;
    v.store = tni_epilogue_store;
    v.user = &e;
    return tni_convolution_run(c, &v);
}

static tn_status conv_infer(tn_infer *c) {
    TN_TRY(tni_conv_infer(c, 0, 1, c->in[0]->type.dtype));
    return tni_conv_check_bias(c, 1, 2);
}

static tn_status conv_ref(tn_call *c) { return tni_conv_ref(c, NULL); }

TN_OP(conv) = {
    TN_HERE,
    .name = "Conv",
    .since = 22,
    .first = 1,
    .doc = "Convolution of [N,C,...] with [M,C/group,...] and an optional bias",
    .in = {{"X", "T"}, {"W", "T"}, {"B", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {TNI_CONV_ATTRS},
    .infer = conv_infer,
    .ref = conv_ref,
    .upgrade = tni_upgrade_unbatched,
};

// ---------------------------------------------------------------------------------------------- ConvInteger

static tn_status integer_infer(tn_infer *c) { return tni_conv_infer(c, 0, 1, TN_I32); }

static tn_status integer_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *x = c->in[0], *w = c->in[1];
    tni_convolution v;
    tni_conv_bind(&v, c->attrs, x, w, c->out[0]);
    v.type = TN_I32;
    v.x = tni_centred(c, x, tni_arg(c, 2), -1);
    v.w = tni_centred(c, w, tni_arg(c, 3), 0);
    if (!v.x || !v.w) return TN_NOMEM;
    v.store = tni_store_i32;
    v.user = c->out[0];
    return tni_convolution_run(c, &v);
}

TN_OP(conv_integer) = {
    TN_HERE,
    .name = "ConvInteger",
    .since = 10,
    .doc = "Convolution of 8-bit integers less their zero points, into 32-bit integers",
    .in = {{"x", "T1"},
           {"w", "T2"},
           {"x_zero_point", "T1", TN_OPTIONAL_IN},
           {"w_zero_point", "T2", TN_OPTIONAL_IN}},
    .out = {{"y", "i32"}},
    .types = {{"T1", TNI_INT8S}, {"T2", TNI_INT8S}},
    .attrs = {TNI_CONV_ATTRS},
    .infer = integer_infer,
    .ref = integer_ref,
};
