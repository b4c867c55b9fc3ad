// SPDX-License-Identifier: Apache-2.0
// deeplabv3_resnet50.c - torchvision's DeepLabV3: ResNet-50 with dilation instead of stride in its last two
// stages, atrous spatial pyramid pooling, and the result resized to the image.
#include "network.h"

static tn_value *backbone(tn_network *net, tn_value *x) {
    static const int blocks[] = {3, 4, 6, 3};
    char name[32];
    tn_scope_push(net, "backbone");
    x = tn_conv_bn_act(net, x, "conv1", "bn1", 64, .kernel = 7, .stride = 2, .act = "relu");
    x = tn_max_pool2d(net, x, .kernel = 3, .stride = 2, .padding = 1);
    for (int stage = 0; stage < 4; stage++) {
        int64_t dilation = stage < 2 ? 1 : 1 << (stage - 1);
        for (int i = 0; i < blocks[stage]; i++) {
            snprintf(name, sizeof name, "layer%d.%d", stage + 1, i);
            x = tn_bottleneck(net, x, name, 64 << stage, .stride = stage == 1 && !i ? 2 : 1,
                              .dilation = i || stage < 2 ? dilation : dilation / 2);
        }
    }
    tn_scope_pop(net);
    return x;
}

// One look at the whole, three at growing distances, one at each point.
static tn_value *pyramid_pooling(tn_network *net, tn_value *x) {
    tn_value *y[5];
    char conv[32], norm[32];
    y[0] = tn_conv_bn_act(net, x, "convs.0.0", "convs.0.1", 256, .act = "relu");
    for (int i = 1; i <= 3; i++) {
        snprintf(conv, sizeof conv, "convs.%d.0", i);
        snprintf(norm, sizeof norm, "convs.%d.1", i);
        y[i] = tn_conv_bn_act(net, x, conv, norm, 256, .kernel = 3, .dilation = 12 * i, .act = "relu");
    }
    y[4] = tn_adaptive_avg_pool2d(net, x, 1, 1);
    y[4] = tn_conv_bn_act(net, y[4], "convs.4.1", "convs.4.2", 256, .act = "relu");
    y[4] = tn_interpolate(net, y[4], .like = x, .mode = "bilinear");
    x = tn_concat(net, {5, y}, .axis = 1);
    return tn_conv_bn_act(net, x, "project.0", "project.1", 256, .act = "relu");
}

static void deeplabv3(tn_network *net) {
    tn_value *image = tn_input(net, "image", "f32[1,3,64,64]");
    tn_value *x = backbone(net, image);
    tn_scope_push(net, "classifier");
    tn_scope_push(net, "0");
    x = pyramid_pooling(net, x);
    tn_scope_pop(net);
    x = tn_conv_bn_act(net, x, "1", "2", 256, .kernel = 3, .act = "relu");
    x = tn_conv2d(net, x, "4", 21);
    tn_scope_pop(net);
    tn_output(net, tn_interpolate(net, x, .like = image, .mode = "bilinear"), "out");
}

int main(int argc, char **argv) {
    return network_main(argc, argv, &(network){.name = "deeplabv3_resnet50", .build = deeplabv3});
}
