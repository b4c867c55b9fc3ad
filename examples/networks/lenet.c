// SPDX-License-Identifier: Apache-2.0
// lenet.c - LeNet-5 with rectifiers and maximum pooling.
#include "network.h"

static void lenet(tn_network *net) {
    tn_value *x = tn_input(net, "x", "f32[N,1,28,28]");
    x = tn_relu(net, tn_conv2d(net, x, "conv1", 6, .kernel = 5, .padding = 2));
    x = tn_max_pool2d(net, x, .kernel = 2);
    x = tn_relu(net, tn_conv2d(net, x, "conv2", 16, .kernel = 5));
    x = tn_max_pool2d(net, x, .kernel = 2);
    x = tn_flatten(net, x); // [N,400]
    x = tn_relu(net, tn_linear(net, x, "fc1", 120));
    x = tn_relu(net, tn_linear(net, x, "fc2", 84));
    tn_output(net, tn_linear(net, x, "fc3", 10), "logits");
}

int main(int argc, char **argv) {
    return network_main(argc, argv, &(network){.name = "lenet", .build = lenet});
}
