// SPDX-License-Identifier: Apache-2.0
// convolution_blocks.c - the blocks of convolutional networks, with the module names of torchvision.
#include "tenon/nn.h"

#include <stdio.h>

static int64_t or_else(int64_t x, int64_t otherwise) { return x ? x : otherwise; }

tn_value *tn_nn_conv_bn_act(const tn_site *site, const tn_conv_bn_act_args *a) {
    tn_network *net = a->net;
    int64_t kernel = or_else(a->kernel, 1), dilation = or_else(a->dilation, 1);
    tn_site_push(net, site->file, site->line);
    tn_value *y = tn_conv2d(net, a->x, a->conv, a->out_channels, .kernel = kernel, .stride = a->stride,
                            .padding = or_else(a->padding, (kernel - 1) / 2 * dilation), .dilation = dilation,
                            .groups = a->groups, .no_bias = true);
    y = tn_activation(net, tn_batch_norm(net, y, a->norm, .eps = a->eps), a->act);
    tn_site_pop(net);
    return y;
}

// ---- ResNet

// What is added: x itself, or brought to the block's shape by downsample.0 and .1.
static tn_value *shortcut(const tn_residual_args *a, int64_t channels) {
    if (or_else(a->stride, 1) == 1 && tn_value_dim(a->x, 1) == channels) return a->x;
    return tn_conv_bn_act(a->net, a->x, "downsample.0", "downsample.1", channels, .stride = a->stride);
}

tn_value *tn_nn_basic_block(const tn_site *site, const tn_residual_args *a) {
    tn_network *net = a->net;
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s", a->name);
    tn_value *y =
        tn_conv_bn_act(net, a->x, "conv1", "bn1", a->planes, .kernel = 3, .stride = a->stride, .act = "relu");
    y = tn_conv_bn_act(net, y, "conv2", "bn2", a->planes, .kernel = 3);
    y = tn_relu(net, tn_add(net, y, shortcut(a, a->planes)));
    tn_scope_pop(net);
    tn_site_pop(net);
    return y;
}

tn_value *tn_nn_bottleneck(const tn_site *site, const tn_residual_args *a) {
    enum { EXPANSION = 4 };
    tn_network *net = a->net;
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s", a->name);
    tn_value *y = tn_conv_bn_act(net, a->x, "conv1", "bn1", a->planes, .act = "relu");
    y = tn_conv_bn_act(net, y, "conv2", "bn2", a->planes, .kernel = 3, .stride = a->stride,
                       .dilation = a->dilation, .act = "relu");
    y = tn_conv_bn_act(net, y, "conv3", "bn3", a->planes * EXPANSION);
    y = tn_relu(net, tn_add(net, y, shortcut(a, a->planes * EXPANSION)));
    tn_scope_pop(net);
    tn_site_pop(net);
    return y;
}

// ---- MobileNetV3

tn_value *tn_squeeze_excitation(tn_network *net, tn_value *x, const char *name, int64_t squeezed) {
    tn_scope_push(net, "%s", name);
    tn_value *s = tn_adaptive_avg_pool2d(net, x, 1, 1);
    s = tn_relu(net, tn_conv2d(net, s, "fc1", squeezed));
    s = tn_activation(net, tn_conv2d(net, s, "fc2", tn_value_dim(x, 1)), "hardsigmoid");
    tn_scope_pop(net);
    return tn_mul(net, s, x);
}

// channels / 4 to the nearest multiple of 8, at least 8, never more than a tenth below.
static int64_t squeezed_channels(int64_t expanded) {
    int64_t quarter = expanded / 4, rounded = (quarter + 4) / 8 * 8;
    if (rounded < 8) rounded = 8;
    return rounded * 10 < quarter * 9 ? rounded + 8 : rounded;
}

// The convolutions are numbered: block.0 expands (left out when there is nothing to expand), then depthwise,
// squeeze, project.
static tn_value *invert(const tn_inverted_residual_args *a) {
    tn_network *net = a->net;
    tn_value *y = a->x;
    int at = 0;
    char conv[16], norm[16];
#define NUMBERED (snprintf(conv, sizeof conv, "%d.0", at), snprintf(norm, sizeof norm, "%d.1", at), at++)
    if (a->expanded != tn_value_dim(a->x, 1)) {
        NUMBERED;
        y = tn_conv_bn_act(net, y, conv, norm, a->expanded, .act = a->act, .eps = a->eps);
    }
    NUMBERED;
    y = tn_conv_bn_act(net, y, conv, norm, a->expanded, .kernel = a->kernel, .stride = a->stride,
                       .groups = a->expanded, .act = a->act, .eps = a->eps);
    if (a->squeeze) {
        snprintf(conv, sizeof conv, "%d", at++);
        y = tn_squeeze_excitation(net, y, conv, squeezed_channels(a->expanded));
    }
    NUMBERED;
#undef NUMBERED
    return tn_conv_bn_act(net, y, conv, norm, a->out_channels, .eps = a->eps);
}

tn_value *tn_nn_inverted_residual(const tn_site *site, const tn_inverted_residual_args *a) {
    tn_network *net = a->net;
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s.block", a->name);
    tn_value *y = invert(a);
    tn_scope_pop(net);
    bool same = or_else(a->stride, 1) == 1 && tn_value_dim(a->x, 1) == a->out_channels;
    if (same) y = tn_add(net, y, a->x);
    tn_site_pop(net);
    return y;
}

// ---- YOLOv8

tn_value *tn_nn_yolo_conv(const tn_site *site, const tn_yolo_args *a) {
    tn_network *net = a->net;
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s", a->name);
    tn_value *y = tn_conv_bn_act(net, a->x, "conv", "bn", a->out_channels, .kernel = a->kernel,
                                 .stride = a->stride, .act = "silu", .eps = 1e-3);
    tn_scope_pop(net);
    tn_site_pop(net);
    return y;
}

// cv1 halves, every bottleneck works on the last piece, cv2 joins all of them.
static tn_value *c2f(const tn_yolo_args *a) {
    enum { MAX_BLOCKS = 62 };
    tn_network *net = a->net;
    tn_value *piece[MAX_BLOCKS + 2];
    int64_t hidden = a->out_channels / 2;
    if (a->n < 1 || a->n > MAX_BLOCKS)
        return tn_network_fail(net, "a C2f has 1 to %d bottlenecks", MAX_BLOCKS), NULL;
    tn_value *both = tn_yolo_conv(net, a->x, "cv1", 2 * hidden, .kernel = 1);
    tn_split(net, both, .axis = 1, .num_outputs = 2, .outs = {2, piece});
    for (int64_t i = 0; i < a->n; i++) {
        tn_scope_push(net, "m.%d", (int)i);
        tn_value *y = tn_yolo_conv(net, piece[i + 1], "cv1", hidden, .kernel = 3);
        y = tn_yolo_conv(net, y, "cv2", hidden, .kernel = 3);
        piece[i + 2] = a->shortcut ? tn_add(net, piece[i + 1], y) : y;
        tn_scope_pop(net);
    }
    tn_value *all = tn_concat(net, {(size_t)a->n + 2, piece}, .axis = 1);
    return tn_yolo_conv(net, all, "cv2", a->out_channels, .kernel = 1);
}

tn_value *tn_nn_c2f(const tn_site *site, const tn_yolo_args *a) {
    tn_site_push(a->net, site->file, site->line);
    tn_scope_push(a->net, "%s", a->name);
    tn_value *y = c2f(a);
    tn_scope_pop(a->net);
    tn_site_pop(a->net);
    return y;
}

tn_value *tn_nn_sppf(const tn_site *site, const tn_yolo_args *a) {
    tn_network *net = a->net;
    tn_value *y[4];
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s", a->name);
    y[0] = tn_yolo_conv(net, a->x, "cv1", tn_value_dim(a->x, 1) / 2, .kernel = 1);
    for (int i = 1; i < 4; i++) y[i] = tn_max_pool2d(net, y[i - 1], .kernel = 5, .stride = 1, .padding = 2);
    tn_value *all = tn_concat(net, tn_list(y[0], y[1], y[2], y[3]), .axis = 1);
    all = tn_yolo_conv(net, all, "cv2", a->out_channels, .kernel = 1);
    tn_scope_pop(net);
    tn_site_pop(net);
    return all;
}
