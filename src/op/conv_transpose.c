// SPDX-License-Identifier: Apache-2.0
// conv_transpose.c - ConvTranspose: the scatter form of convolution. One unit of work is one output channel,
// whose plane of double sums every input row is spread into:
//
//     sum[oy][ix * stride + k * dilation - pad] += w * x[ix]
#include "op/conv.h"

// ---------------------------------------------------------------------------------------------- windows

static bool is_same(tn_attrs a) {
    return tn_attr_is(a, "auto_pad", "SAME_UPPER") || tn_attr_is(a, "auto_pad", "SAME_LOWER");
}

// output_shape lists the spatial dimensions, or all of them. -1: not given.
static int64_t wanted_size(tn_attrs a, int rank, int i) {
    size_t n;
    const int64_t *v = tn_attr_ints(a, "output_shape", &n);
    if (n == (size_t)rank) return v[i];
    return n == (size_t)rank + 2 ? v[2 + i] : -1;
}

// stride * (in - 1) + output_padding + (kernel - 1) * dilation + 1: the output without any padding
static tn_dim full_size(tn_infer *c, tn_dim in, tn_dim kernel, int i) {
    tn_dims *p = c->dims;
    tn_dim steps = tn_dim_mul(p, tn_dim_sub(p, in, tn_k(1)), tn_k(tni_ints_at(c->attrs, "strides", i, 1)));
    tn_dim taps =
        tn_dim_mul(p, tn_dim_sub(p, kernel, tn_k(1)), tn_k(tni_ints_at(c->attrs, "dilations", i, 1)));
    return tn_dim_add(p, tn_dim_add(p, steps, taps), tn_k(1 + tni_ints_at(c->attrs, "output_padding", i, 0)));
}

static tn_status out_size(tn_infer *c, tn_dim in, tn_dim kernel, int rank, int i, tn_dim *to) {
    int64_t wanted = wanted_size(c->attrs, rank, i);
    tn_dims *p = c->dims;
    *to = tn_k(wanted);
    if (wanted >= 0) return TN_OK;
    if (is_same(c->attrs)) {
        *to = tn_dim_mul(p, in, tn_k(tni_ints_at(c->attrs, "strides", i, 1)));
        return TN_OK;
    }
    bool valid = tn_attr_is(c->attrs, "auto_pad", "VALID");
    int64_t pads =
        valid ? 0 : tni_ints_at(c->attrs, "pads", i, 0) + tni_ints_at(c->attrs, "pads", rank + i, 0);
    tn_dim full = full_size(c, in, kernel, i);
    *to = tn_dim_sub(p, full, tn_k(pads));
    if (!to->e && to->k < 0)
        return tn_infer_fail(c, "pads of %lld leave nothing of the %lld positions of spatial dimension %d",
                             (long long)pads, (long long)full.k, i);
    return TN_OK;
}

static tn_status check_lists(tn_infer *c, int rank) {
    size_t n;
    TN_TRY(tni_window_check(c, rank));
    tn_attr_ints(c->attrs, "output_padding", &n);
    if (n && n != (size_t)rank)
        return tn_infer_fail(
            c, "'output_padding' has %zu entries, expected %d (one for each spatial dimension)", n, rank);
    tn_attr_ints(c->attrs, "output_shape", &n);
    if (n && n != (size_t)rank && n != (size_t)rank + 2)
        return tn_infer_fail(
            c, "'output_shape' has %zu entries, expected %d (one for each spatial dimension)", n, rank);
    return TN_OK;
}

tn_status tni_conv_transpose_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the input", 3, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "the weights", 3, TN_MAX_RANK));
    const tn_type *x = &c->in[0]->type, *w = &c->in[1]->type;
    if (x->rank < 0 || w->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    if (x->rank != w->rank)
        return tn_infer_fail(c, "the input has rank %d, but the weights have rank %d", x->rank, w->rank);
    int rank = x->rank - 2;
    tn_dim shape[TN_MAX_RANK];
    int64_t group = tn_attr_int(c->attrs, "group");
    TN_TRY(check_lists(c, rank));
    TN_TRY(tni_want_dim(c, x->dim[1], w->dim[0], "channels of the input"));
    if (!w->dim[0].e && w->dim[0].k % group)
        return tn_infer_fail(c, "%lld input channels do not divide into %lld groups", (long long)w->dim[0].k,
                             (long long)group);
    shape[0] = x->dim[0];
    shape[1] = tn_dim_mul(c->dims, w->dim[1], tn_k(group));
    if (tni_ranked(c, 2)) {
        TN_TRY(tni_want_rank(c, 2, "the bias", 1, 1));
        TN_TRY(tni_want_dim(c, c->in[2]->type.dim[0], shape[1], "size of the bias"));
    }
    for (int i = 0; i < rank; i++) {
        int64_t kernel = tni_ints_at(c->attrs, "kernel_shape", i, -1);
        if (kernel >= 0) TN_TRY(tni_want_dim(c, tn_k(kernel), w->dim[2 + i], "kernel_shape"));
        TN_TRY(out_size(c, x->dim[2 + i], w->dim[2 + i], rank, i, &shape[2 + i]));
    }
    tni_shape_out(c, 0, x->dtype, x->rank, shape);
    return TN_OK;
}

// With output_shape or auto_pad the total padding follows from the sizes; ConvTranspose-22 says how it is
// halved.
static void bind_window(tni_window *w, tn_attrs a, const tn_tensor *x, const tn_tensor *weight,
                        const tn_tensor *y) {
    int rank = x->rank - 2;
    tni_window_bind(w, a, rank, x->dim + 2, weight->dim + 2, y->dim + 2);
    for (int i = 0; i < rank; i++) {
        if (wanted_size(a, rank, i) < 0 && !is_same(a)) continue;
        int64_t total = w->stride[i] * (w->in[i] - 1) + tni_ints_at(a, "output_padding", i, 0) +
                        (w->kernel[i] - 1) * w->dilation[i] + 1 - w->out[i];
        if (total < 0) total = 0;
        w->pad[i] = tn_attr_is(a, "auto_pad", "SAME_UPPER") ? total / 2 : total - total / 2;
    }
}

// ---------------------------------------------------------------------------------------------- kernel

typedef struct job {
    tn_dtype type;
    const void *x, *w;
    int64_t channels, filters, group; // input and output channels of a group
    tni_window window;
    int64_t in_rows, in_plane, out_plane, kernel_rows, kernel_size;
    double *sums; // a plane for each worker
    tni_epilogue epilogue;
} job;

// Where kernel row `r` puts input row `row`: the element offset of the output row, or -1 outside.
static int64_t target_row(const tni_window *w, int64_t row, int64_t r) {
    int last = w->rank - 1;
    int64_t offset = 0, scale = w->out[last];
    for (int d = last - 1; d >= 0; d--) {
        int64_t y = row % w->in[d] * w->stride[d] + r % w->kernel[d] * w->dilation[d] - w->pad[d];
        if (y < 0 || y >= w->out[d]) return -1;
        row /= w->in[d];
        r /= w->kernel[d];
        offset += y * scale;
        scale *= w->out[d];
    }
    return offset;
}

#define SPREAD(name, type)                                                                                  \
    static void name(const job *j, int64_t x_at, int64_t w_at, double *sum) {                               \
        const tni_window *v = &j->window;                                                                   \
        int last = v->rank - 1;                                                                             \
        int64_t stride = v->stride[last], width = v->in[last], taps = v->kernel[last];                      \
        for (int64_t row = 0; row < j->in_rows; row++)                                                      \
            for (int64_t r = 0; r < j->kernel_rows; r++) {                                                  \
                int64_t to = target_row(v, row, r);                                                         \
                if (to < 0) continue;                                                                       \
                for (int64_t c = 0; c < j->channels; c++) {                                                 \
                    const type *x = (const type *)j->x + x_at + c * j->in_plane + row * width;              \
                    const type *w = (const type *)j->w + w_at + c * j->filters * j->kernel_size + r * taps; \
                    for (int64_t k = 0; k < taps; k++) {                                                    \
                        int64_t shift = k * v->dilation[last] - v->pad[last];                               \
                        int64_t first = tni_ceil_div(-shift, stride);                                       \
                        int64_t end = tni_ceil_div(v->out[last] - shift, stride);                           \
                        if (first < 0) first = 0;                                                           \
                        if (end > width) end = width;                                                       \
                        double f = (double)w[k], *s = sum + to;                                             \
                        for (int64_t i = first; i < end; i++) s[i * stride + shift] += f * (double)x[i];    \
                    }                                                                                       \
                }                                                                                           \
            }                                                                                               \
    }
SPREAD(spread_f32, float)
SPREAD(spread_f64, double)

static void transpose_unit(void *user, int64_t unit, int worker) {
    job *j = user;
    int64_t outs = j->group * j->filters, image = unit / outs, channel = unit % outs;
    int64_t g = channel / j->filters, m = channel % j->filters;
    double *sum = j->sums + (int64_t)worker * j->out_plane;
    int64_t x_at = (image * j->group + g) * j->channels * j->in_plane;
    int64_t w_at = (g * j->channels * j->filters + m) * j->kernel_size;
    for (int64_t i = 0; i < j->out_plane; i++) sum[i] = 0;
    if (j->type == TN_F64)
        spread_f64(j, x_at, w_at, sum);
    else
        spread_f32(j, x_at, w_at, sum);
    tni_run run = {image, channel, 0, unit * j->out_plane, j->out_plane};
    tni_epilogue_store(&j->epilogue, &run, sum);
}

tn_status tni_conv_transpose_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *x = c->in[0], *w = c->in[1];
    tn_tensor *y = c->out[0];
    job j = {.group = tn_attr_int(c->attrs, "group"), .filters = w->dim[1]};
    bind_window(&j.window, c->attrs, x, w, y);
    tni_epilogue_init(&j.epilogue, c->attrs, y);
    j.epilogue.c = tni_arg(c, 2);
    j.epilogue.c_row = 1;
    j.channels = x->dim[1] / j.group;
    j.in_rows = tn_count_range(x, 2, x->rank - 1);
    j.in_plane = tn_count_range(x, 2, x->rank);
    j.out_plane = tn_count_range(y, 2, y->rank);
    j.kernel_rows = tn_count_range(w, 2, w->rank - 1);
    j.kernel_size = tn_count_range(w, 2, w->rank);
    j.x = tni_as_real(c, x, &j.type);
    j.w = tni_as_real(c, w, &j.type);
    if (j.out_plane == 0) return TN_OK;
    size_t plane;
    if (!ck_mul((size_t)j.out_plane, sizeof(double), &plane)) return TN_NOMEM;
    j.sums = tni_scratch(c, tn_call_threads(c), plane);
    if (!j.x || !j.w || !j.sums) return TN_NOMEM;
    tn_call_parallel(c, y->dim[0] * y->dim[1], transpose_unit, &j);
    return TN_OK;
}

TN_OP(conv_transpose) = {
    TN_HERE,
    .name = "ConvTranspose",
    .since = 22,
    .first = 1,
    .doc = "Transposed convolution of [N,C,...] with [C,M/group,...] and an optional bias",
    .in = {{"X", "T"}, {"W", "T"}, {"B", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {TNI_CONV_TRANSPOSE_ATTRS},
    .infer = tni_conv_transpose_infer,
    .ref = tni_conv_transpose_ref,
    .upgrade = tni_upgrade_unbatched,
};
