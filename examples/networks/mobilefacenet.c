// SPDX-License-Identifier: Apache-2.0
// mobilefacenet.c - the face embedding network that ArcFace is trained with on small machines: depthwise
// blocks with PReLU, a 7x7 depthwise convolution instead of pooling, a linear layer, BatchNorm1d, unit
// length.
#include "network.h"

static tn_value *conv_block(tn_network *net, tn_value *x, const char *name, int64_t out, int64_t kernel,
                            int64_t stride, int64_t padding, int64_t groups, bool act) {
    tn_scope_push(net, "%s", name);
    x = tn_conv2d(net, x, "conv", out, .kernel = kernel, .stride = stride, .padding = padding,
                  .groups = groups, .no_bias = true);
    x = tn_batch_norm(net, x, "bn");
    if (act) x = tn_channel_prelu(net, x, "prelu");
    tn_scope_pop(net);
    return x;
}

static tn_value *depthwise(tn_network *net, tn_value *x, const char *name, int64_t out, int64_t stride,
                           int64_t groups) {
    tn_scope_push(net, "%s", name);
    x = conv_block(net, x, "conv", groups, 1, 1, 0, 1, true);
    x = conv_block(net, x, "conv_dw", groups, 3, stride, 1, groups, true);
    x = conv_block(net, x, "project", out, 1, 1, 0, 1, false);
    tn_scope_pop(net);
    return x;
}

static tn_value *residuals(tn_network *net, tn_value *x, const char *name, int blocks, int64_t groups) {
    char block[32];
    tn_scope_push(net, "%s", name);
    for (int i = 0; i < blocks; i++) {
        snprintf(block, sizeof block, "model.%d", i);
        x = tn_add(net, x, depthwise(net, x, block, tn_value_dim(x, 1), 1, groups));
    }
    tn_scope_pop(net);
    return x;
}

static void mobilefacenet(tn_network *net) {
    tn_value *x = tn_input(net, "face", "f32[N,3,112,112]");
    x = conv_block(net, x, "conv1", 64, 3, 2, 1, 1, true);
    x = conv_block(net, x, "conv2_dw", 64, 3, 1, 1, 64, true);
    x = residuals(net, depthwise(net, x, "conv_23", 64, 2, 128), "conv_3", 4, 128);
    x = residuals(net, depthwise(net, x, "conv_34", 128, 2, 256), "conv_4", 6, 256);
    x = residuals(net, depthwise(net, x, "conv_45", 128, 2, 512), "conv_5", 2, 256);
    x = conv_block(net, x, "conv_6_sep", 512, 1, 1, 0, 1, true);
    x = conv_block(net, x, "conv_6_dw", 512, 7, 1, 0, 512, false); // [N,512,1,1]
    x = tn_linear(net, tn_flatten(net, x), "linear", 512, .no_bias = true);
    x = tn_batch_norm(net, x, "bn");
    tn_output(net, tn_lp_normalization(net, x, .axis = 1, .p = 2), "embedding");
}

int main(int argc, char **argv) {
    return network_main(argc, argv, &(network){.name = "mobilefacenet", .build = mobilefacenet});
}
