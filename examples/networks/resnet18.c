// SPDX-License-Identifier: Apache-2.0
// resnet18.c - torchvision's ResNet-18: four stages of two basic blocks.
#include "network.h"

static void resnet18(tn_network *net) {
    tn_value *x = tn_input(net, "x", "f32[N,3,H,W]");
    x = tn_conv_bn_act(net, x, "conv1", "bn1", 64, .kernel = 7, .stride = 2, .act = "relu");
    x = tn_max_pool2d(net, x, .kernel = 3, .stride = 2, .padding = 1);
    for (int stage = 1; stage <= 4; stage++) {
        tn_scope_push(net, "layer%d", stage);
        x = tn_basic_block(net, x, "0", 32 << stage, .stride = stage > 1 ? 2 : 1);
        x = tn_basic_block(net, x, "1", 32 << stage);
        tn_scope_pop(net);
    }
    x = tn_flatten(net, tn_adaptive_avg_pool2d(net, x, 1, 1)); // [N,512]
    tn_output(net, tn_linear(net, x, "fc", 1000), "logits");
}

int main(int argc, char **argv) {
    return network_main(argc, argv,
                        &(network){.name = "resnet18", .build = resnet18, .sizes = {{"H", 64}, {"W", 64}}});
}
