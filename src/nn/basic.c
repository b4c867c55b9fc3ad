// SPDX-License-Identifier: Apache-2.0
// basic.c - single layers with PyTorch's parameters: convolution, linear, normalisation, embedding,
// activations, resizing. Each is one or two operators; what they add are PyTorch's names and defaults.
#include "tenon/nn.h"

#include <stdio.h>
#include <string.h>

static int64_t or_else(int64_t x, int64_t otherwise) { return x ? x : otherwise; }

static tn_hw pair(tn_hw both, int64_t square, int64_t otherwise) {
    if (both.h || both.w) return both;
    return (tn_hw){or_else(square, otherwise), or_else(square, otherwise)};
}

static tn_value *weight1(tn_network *net, const char *name, int64_t n) {
    return tn_weight_f32(net, name, 1, (int64_t[]){n});
}

// The size of one dimension, which must be known; 1 and a failure otherwise.
static int64_t size_of(tn_network *net, tn_value *x, int axis, const char *what) {
    int64_t n = tn_value_dim(x, axis);
    if (n < 0 && x) tn_network_fail(net, "%s needs to know dimension %d of %s", what, axis, tn_value_name(x));
    return n < 0 ? 1 : n;
}

// ---- convolution

static tn_value *convolve(const tn_conv2d_args *a) {
    tn_network *net = a->net;
    int64_t in = size_of(net, a->x, 1, "a convolution"), groups = or_else(a->groups, 1);
    tn_hw k = pair(a->kernel_hw, a->kernel, 1), s = pair(a->stride_hw, a->stride, 1);
    tn_hw p = pair(a->padding_hw, a->padding, 0), d = pair(a->dilation_hw, a->dilation, 1);
    int64_t dims[4] = {a->out_channels, in / groups, k.h, k.w}; // [O,I/g,kh,kw]
    if (a->transposed) dims[0] = in, dims[1] = a->out_channels / groups;
    tn_value *w = tn_weight_f32(net, "weight", 4, dims);
    tn_value *b = a->no_bias ? NULL : weight1(net, "bias", a->out_channels);
    if (a->transposed)
        return tn_conv_transpose(
            net, a->x, w, b, .kernel_shape = tn_ints(k.h, k.w), .strides = tn_ints(s.h, s.w),
            .pads = tn_ints(p.h, p.w, p.h, p.w), .dilations = tn_ints(d.h, d.w),
            .output_padding = tn_ints(a->output_padding, a->output_padding), .group = groups);
    return tn_conv(net, a->x, w, b, .kernel_shape = tn_ints(k.h, k.w), .strides = tn_ints(s.h, s.w),
                   .pads = tn_ints(p.h, p.w, p.h, p.w), .dilations = tn_ints(d.h, d.w), .group = groups);
}

tn_value *tn_nn_conv2d(const tn_site *site, const tn_conv2d_args *a) {
    tn_site_push(a->net, site->file, site->line);
    tn_scope_push(a->net, "%s", a->name);
    tn_value *y = convolve(a);
    tn_scope_pop(a->net);
    tn_site_pop(a->net);
    return y;
}

// ---- linear

// The weight's own number of features, where nobody said it.
static int64_t features_of(const tn_linear_args *a) {
    if (a->out_features) return a->out_features;
    return size_of(a->net, tn_weight(a->net, "weight", NULL), a->transposed ? 1 : 0, "a linear layer");
}

static tn_value *linear(const tn_linear_args *a) {
    tn_network *net = a->net;
    int64_t in = size_of(net, a->x, -1, "a linear layer"), out = features_of(a);
    int64_t dims[2] = {out, in};
    if (a->transposed) dims[0] = in, dims[1] = out;
    tn_value *w = tn_weight_f32(net, "weight", 2, dims), *b = a->no_bias ? NULL : weight1(net, "bias", out);
    if (tn_value_rank(a->x) == 2) return tn_gemm(net, a->x, w, b, .transB = !a->transposed);
    tn_value *y = tn_matmul(net, a->x, a->transposed ? w : tn_permute(net, w, 1, 0));
    return b ? tn_add(net, y, b) : y;
}

tn_value *tn_nn_linear(const tn_site *site, const tn_linear_args *a) {
    tn_site_push(a->net, site->file, site->line);
    tn_scope_push(a->net, "%s", a->name);
    tn_value *y = linear(a);
    tn_scope_pop(a->net);
    tn_site_pop(a->net);
    return y;
}

// ---- normalisation

tn_value *tn_nn_batch_norm(const tn_site *site, const tn_norm_args *a) {
    tn_network *net = a->net;
    int64_t c = size_of(net, a->x, 1, "a batch normalisation");
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s", a->name);
    tn_value *y = tn_batch_normalization(net, a->x, weight1(net, "weight", c), weight1(net, "bias", c),
                                         weight1(net, "running_mean", c), weight1(net, "running_var", c),
                                         .epsilon = a->eps > 0 ? a->eps : 1e-5);
    tn_scope_pop(net);
    tn_site_pop(net);
    return y;
}

tn_value *tn_nn_layer_norm(const tn_site *site, const tn_norm_args *a) {
    tn_network *net = a->net;
    int64_t c = size_of(net, a->x, -1, "a layer normalisation");
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s", a->name);
    tn_value *y = tn_layer_normalization(net, a->x, weight1(net, "weight", c), weight1(net, "bias", c),
                                         .axis = -1, .epsilon = a->eps > 0 ? a->eps : 1e-5);
    tn_scope_pop(net);
    tn_site_pop(net);
    return y;
}

tn_value *tn_embedding(tn_network *net, tn_value *ids, const char *name, int64_t count, int64_t width) {
    tn_scope_push(net, "%s", name);
    tn_value *y = tn_gather(net, tn_weight_f32(net, "weight", 2, (int64_t[]){count, width}), ids);
    tn_scope_pop(net);
    return y;
}

// ---- activations

tn_value *tn_channel_prelu(tn_network *net, tn_value *x, const char *name) {
    int64_t c = size_of(net, x, 1, "a PReLU");
    tn_scope_push(net, "%s", name);
    tn_value *slope = weight1(net, "weight", c);
    if (tn_value_rank(x) == 4) slope = tn_view(net, slope, c, 1, 1);
    tn_value *y = tn_prelu(net, x, slope);
    tn_scope_pop(net);
    return y;
}

static tn_value *relu6(tn_network *net, tn_value *x) {
    return tn_clip(net, x, tn_scalar(net, TN_F32, 0), tn_scalar(net, TN_F32, 6));
}
static tn_value *silu(tn_network *net, tn_value *x) { return tn_mul(net, x, tn_sigmoid(net, x)); }

tn_value *tn_activation(tn_network *net, tn_value *x, const char *name) {
    if (!name || !*name) return x;
    if (!strcmp(name, "relu")) return tn_relu(net, x);
    if (!strcmp(name, "relu6")) return relu6(net, x);
    if (!strcmp(name, "leaky_relu")) return tn_leaky_relu(net, x, .alpha = 0.01);
    if (!strcmp(name, "silu")) return silu(net, x);
    if (!strcmp(name, "hardswish")) return tn_hard_swish(net, x);
    if (!strcmp(name, "hardsigmoid")) return tn_hard_sigmoid(net, x, .alpha = 1.0 / 6, .beta = 0.5);
    if (!strcmp(name, "gelu")) return tn_gelu(net, x);
    if (!strcmp(name, "gelu_tanh")) return tn_gelu(net, x, .approximate = "tanh");
    if (!strcmp(name, "sigmoid")) return tn_sigmoid(net, x);
    if (!strcmp(name, "tanh")) return tn_tanh(net, x);
    tn_network_fail(net, "there is no activation '%s'", name);
    return NULL;
}

// ---- moving

tn_value *tn_narrow(tn_network *net, tn_value *x, int64_t axis, int64_t begin, int64_t end) {
    return tn_slice(net, x, tn_index(net, begin), tn_index(net, end), tn_index(net, axis));
}

static tn_value *resize(const tn_interpolate_args *a) {
    tn_network *net = a->net;
    bool linear = a->mode && !strcmp(a->mode, "bilinear");
    const char *corners = a->align_corners ? "align_corners" : linear ? "half_pixel" : "asymmetric";
    const char *mode = linear ? "linear" : "nearest";
    if (a->scale > 0) {
        float scale = (float)a->scale;
        tn_value *scales = tn_const_data(net, NULL, TN_F32, 1, (int64_t[]){4}, (float[]){1, 1, scale, scale});
        return tn_resize(net, a->x, NULL, scales, .mode = mode, .nearest_mode = "floor",
                         .coordinate_transformation_mode = corners);
    }
    tn_value *size = tn_index(net, a->size.h, a->size.w);
    if (a->like) size = tn_shape_of(net, a->like, .start = 2);
    return tn_resize(net, a->x, NULL, NULL, size, .axes = tn_ints(2, 3), .mode = mode,
                     .nearest_mode = "floor", .coordinate_transformation_mode = corners);
}

tn_value *tn_nn_interpolate(const tn_site *site, const tn_interpolate_args *a) {
    tn_site_push(a->net, site->file, site->line);
    tn_value *y = resize(a);
    tn_site_pop(a->net);
    return y;
}
