// SPDX-License-Identifier: Apache-2.0
// resnet50.c - torchvision's ResNet-50: stages of 3, 4, 6 and 3 bottlenecks.
#include "network.h"

static void resnet50(tn_network *net) {
    static const int blocks[] = {3, 4, 6, 3};
    tn_value *x = tn_input(net, "x", "f32[N,3,H,W]");
    x = tn_conv_bn_act(net, x, "conv1", "bn1", 64, .kernel = 7, .stride = 2, .act = "relu");
    x = tn_max_pool2d(net, x, .kernel = 3, .stride = 2, .padding = 1);
    for (int stage = 0; stage < 4; stage++) {
        for (int i = 0; i < blocks[stage]; i++) {
            tn_scope_push(net, "layer%d.%d", stage + 1, i);
            x = tn_bottleneck(net, x, "", 64 << stage, .stride = stage && !i ? 2 : 1);
            tn_scope_pop(net);
        }
    }
    x = tn_flatten(net, tn_adaptive_avg_pool2d(net, x, 1, 1)); // [N,2048]
    tn_output(net, tn_linear(net, x, "fc", 1000), "logits");
}

int main(int argc, char **argv) {
    return network_main(argc, argv,
                        &(network){.name = "resnet50", .build = resnet50, .sizes = {{"H", 64}, {"W", 64}}});
}
