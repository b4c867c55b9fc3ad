// SPDX-License-Identifier: Apache-2.0
// unet.c - U-Net with bilinear upsampling, with the module names of milesial's widely used checkpoints.
#include "network.h"

static tn_value *double_conv(tn_network *net, tn_value *x, const char *name, int64_t middle, int64_t out) {
    tn_scope_push(net, "%s.double_conv", name);
    x = tn_conv_bn_act(net, x, "0", "1", middle, .kernel = 3, .act = "relu");
    x = tn_conv_bn_act(net, x, "3", "4", out, .kernel = 3, .act = "relu");
    tn_scope_pop(net);
    return x;
}

static void unet(tn_network *net) {
    static const int64_t down[] = {128, 256, 512, 512}, up[] = {256, 128, 64, 64};
    char name[32];
    tn_value *skip[5], *x = tn_input(net, "image", "f32[1,3,32,32]");
    skip[0] = double_conv(net, x, "inc", 64, 64);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "down%d.maxpool_conv.1", i + 1);
        skip[i + 1] = double_conv(net, tn_max_pool2d(net, skip[i], .kernel = 2), name, down[i], down[i]);
    }
    x = skip[4];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "up%d.conv", i + 1);
        x = tn_interpolate(net, x, .scale = 2, .mode = "bilinear", .align_corners = true);
        x = tn_concat(net, tn_list(skip[3 - i], x), .axis = 1);
        x = double_conv(net, x, name, tn_value_dim(x, 1) / 2, up[i]);
    }
    tn_output(net, tn_conv2d(net, x, "outc.conv", 2), "mask");
}

int main(int argc, char **argv) {
    return network_main(argc, argv, &(network){.name = "unet", .build = unet});
}
