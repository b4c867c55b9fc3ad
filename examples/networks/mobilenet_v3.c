// SPDX-License-Identifier: Apache-2.0
// mobilenet_v3.c - torchvision's MobileNetV3-Large: fifteen inverted residuals from one table.
#include "network.h"

typedef struct row {
    int64_t kernel, expanded, out;
    bool squeeze;
    const char *act;
    int64_t stride;
} row;

static const row rows[] = {
    {3, 16, 16, false, "relu", 1},       {3, 64, 24, false, "relu", 2},
    {3, 72, 24, false, "relu", 1},       {5, 72, 40, true, "relu", 2},
    {5, 120, 40, true, "relu", 1},       {5, 120, 40, true, "relu", 1},
    {3, 240, 80, false, "hardswish", 2}, {3, 200, 80, false, "hardswish", 1},
    {3, 184, 80, false, "hardswish", 1}, {3, 184, 80, false, "hardswish", 1},
    {3, 480, 112, true, "hardswish", 1}, {3, 672, 112, true, "hardswish", 1},
    {5, 672, 160, true, "hardswish", 2}, {5, 960, 160, true, "hardswish", 1},
    {5, 960, 160, true, "hardswish", 1},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void mobilenet_v3(tn_network *net) {
    const double eps = 1e-3;
    char name[32];
    tn_value *x = tn_input(net, "x", "f32[N,3,H,W]");
    x = tn_conv_bn_act(net, x, "features.0.0", "features.0.1", 16, .kernel = 3, .stride = 2,
                       .act = "hardswish", .eps = eps);
    for (int i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        snprintf(name, sizeof name, "features.%d", i + 1);
        x = tn_inverted_residual(net, x, name, r->kernel, r->expanded, r->out, .squeeze = r->squeeze,
                                 .act = r->act, .stride = r->stride, .eps = eps);
    }
    x = tn_conv_bn_act(net, x, "features.16.0", "features.16.1", 960, .act = "hardswish", .eps = eps);
    x = tn_flatten(net, tn_adaptive_avg_pool2d(net, x, 1, 1)); // [N,960]
    x = tn_hard_swish(net, tn_linear(net, x, "classifier.0", 1280));
    tn_output(net, tn_linear(net, x, "classifier.3", 1000), "logits");
}

int main(int argc, char **argv) {
    return network_main(
        argc, argv,
        &(network){.name = "mobilenet_v3", .build = mobilenet_v3, .sizes = {{"H", 64}, {"W", 64}}});
}
