// SPDX-License-Identifier: Apache-2.0
// centernet_resnet50.c - CenterNet on ResNet-50: three transposed convolutions and heads for heat map, size
// and offset.
#include "network.h"

static tn_value *backbone(tn_network *net, tn_value *x) {
    static const int blocks[] = {3, 4, 6, 3};
    char name[32];
    tn_scope_push(net, "backbone");
    x = tn_conv_bn_act(net, x, "conv1", "bn1", 64, .kernel = 7, .stride = 2, .act = "relu");
    x = tn_max_pool2d(net, x, .kernel = 3, .stride = 2, .padding = 1);
    for (int stage = 0; stage < 4; stage++) {
        for (int i = 0; i < blocks[stage]; i++) {
            snprintf(name, sizeof name, "layer%d.%d", stage + 1, i);
            x = tn_bottleneck(net, x, name, 64 << stage, .stride = stage && !i ? 2 : 1);
        }
    }
    tn_scope_pop(net);
    return x;
}

static tn_value *upsampler(tn_network *net, tn_value *x) {
    char deconv[32], norm[32];
    tn_scope_push(net, "upsampler.deconv_layers");
    for (int i = 0; i < 9; i += 3) { // numbered with the rectifiers
        snprintf(deconv, sizeof deconv, "%d", i);
        snprintf(norm, sizeof norm, "%d", i + 1);
        x = tn_conv_transpose2d(net, x, deconv, 256, .kernel = 4, .stride = 2, .padding = 1, .no_bias = true);
        x = tn_relu(net, tn_batch_norm(net, x, norm));
    }
    tn_scope_pop(net);
    return x;
}

static tn_value *head(tn_network *net, tn_value *x, const char *name, int64_t channels) {
    tn_scope_push(net, "head.%s", name);
    x = tn_relu(net, tn_conv2d(net, x, "0", 64, .kernel = 3, .padding = 1));
    x = tn_conv2d(net, x, "2", channels);
    tn_scope_pop(net);
    return x;
}

static void centernet(tn_network *net) {
    tn_value *x = tn_input(net, "image", "f32[1,3,H,W]");
    x = upsampler(net, backbone(net, x));
    tn_output(net, tn_sigmoid(net, head(net, x, "hm", 80)), "hm");
    tn_output(net, head(net, x, "wh", 2), "wh");
    tn_output(net, head(net, x, "reg", 2), "reg");
}

int main(int argc, char **argv) {
    return network_main(
        argc, argv,
        &(network){.name = "centernet_resnet50", .build = centernet, .sizes = {{"H", 64}, {"W", 64}}});
}
