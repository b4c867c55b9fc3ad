// SPDX-License-Identifier: Apache-2.0
// centernet_dla34.c - CenterNet on DLA-34: trees of residual blocks, and deformable convolutions (DCNv2) on
// the way up, with the module names of the authors' checkpoints.
#include "network.h"

// ---- DLA-34

static tn_value *conv_bn_relu(tn_network *net, tn_value *x, const char *name, int64_t out, int64_t kernel,
                              int64_t stride) {
    tn_scope_push(net, "%s", name);
    x = tn_conv_bn_act(net, x, "0", "1", out, .kernel = kernel, .stride = stride, .act = "relu");
    tn_scope_pop(net);
    return x;
}

static tn_value *block(tn_network *net, tn_value *x, tn_value *residual, const char *name, int64_t out,
                       int64_t stride) {
    tn_scope_push(net, "%s", name);
    tn_value *y = tn_conv_bn_act(net, x, "conv1", "bn1", out, .kernel = 3, .stride = stride, .act = "relu");
    y = tn_conv_bn_act(net, y, "conv2", "bn2", out, .kernel = 3);
    y = tn_relu(net, tn_add(net, y, residual));
    tn_scope_pop(net);
    return y;
}

typedef struct children { // what the root of a tree joins besides its two subtrees
    tn_value *v[4];
    size_t n;
} children;

static tn_value *root(tn_network *net, tn_value *x2, tn_value *x1, const children *c, int64_t out) {
    tn_value *all[6] = {x2, x1};
    for (size_t i = 0; i < c->n; i++) all[i + 2] = c->v[i];
    tn_scope_push(net, "root");
    tn_value *y = tn_concat(net, {c->n + 2, all}, .axis = 1);
    y = tn_conv_bn_act(net, y, "conv", "bn", out, .act = "relu");
    tn_scope_pop(net);
    return y;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tree
static tn_value *tree(tn_network *net, tn_value *x, const char *name, int levels, int64_t out, int64_t stride,
                      bool level_root, children c) {
    tn_scope_push(net, "%s", name);
    tn_value *bottom = stride > 1 ? tn_max_pool2d(net, x, .kernel = stride) : x, *residual = bottom, *y;
    bool project = tn_value_dim(bottom, 1) != out;
    if (project && levels == 1) residual = tn_conv_bn_act(net, bottom, "project.0", "project.1", out);
    if (level_root) c.v[c.n++] = bottom;
    if (levels == 1) {
        tn_value *x1 = block(net, x, residual, "tree1", out, stride);
        y = root(net, block(net, x1, x1, "tree2", out, 1), x1, &c, out);
    } else {
        tn_value *x1 = tree(net, x, "tree1", levels - 1, out, stride, false, (children){.n = 0});
        c.v[c.n++] = x1;
        y = tree(net, x1, "tree2", levels - 1, out, 1, false, c);
    }
    tn_scope_pop(net);
    return y;
}

static void dla34(tn_network *net, tn_value *x, tn_value *level[6]) {
    tn_scope_push(net, "base");
    x = conv_bn_relu(net, x, "base_layer", 16, 7, 1);
    level[0] = conv_bn_relu(net, x, "level0", 16, 3, 1);
    level[1] = conv_bn_relu(net, level[0], "level1", 32, 3, 2);
    level[2] = tree(net, level[1], "level2", 1, 64, 2, false, (children){.n = 0});
    level[3] = tree(net, level[2], "level3", 2, 128, 2, true, (children){.n = 0});
    level[4] = tree(net, level[3], "level4", 2, 256, 2, true, (children){.n = 0});
    level[5] = tree(net, level[4], "level5", 1, 512, 2, true, (children){.n = 0});
    tn_scope_pop(net);
}

// ---- the way up

// DCNv2: one convolution gives 9 offsets in y and x and a mask in (0, 1).
static tn_value *deformable(tn_network *net, tn_value *x, const char *name, int i, int64_t out) {
    tn_scope_push(net, "%s_%d", name, i);
    tn_value *offset, *mask;
    tn_value *both = tn_conv2d(net, x, "conv.conv_offset_mask", 27, .kernel = 3, .padding = 1);
    offset = tn_narrow(net, both, 1, 0, 18);
    mask = tn_sigmoid(net, tn_narrow(net, both, 1, 18, 27));
    tn_value *w = tn_weight_f32(net, "conv.weight", 4, (int64_t[]){out, tn_value_dim(x, 1), 3, 3});
    tn_value *b = tn_weight_f32(net, "conv.bias", 1, (int64_t[]){out});
    x = tn_deform_conv(net, x, w, offset, b, mask, .kernel_shape = tn_ints(3, 3),
                       .pads = tn_ints(1, 1, 1, 1));
    x = tn_relu(net, tn_batch_norm(net, x, "actf.0"));
    tn_scope_pop(net);
    return x;
}

// layer[1..n) in turn: to `out` channels, up by its factor, joined with the one before it.
static void ida_up(tn_network *net, tn_value **layer, int n, int64_t out, const int64_t *factor) {
    char up[32];
    for (int i = 1; i < n; i++) {
        int64_t f = factor[i];
        snprintf(up, sizeof up, "up_%d", i);
        tn_value *y = deformable(net, layer[i], "proj", i, out);
        y = tn_conv_transpose2d(net, y, up, out, .kernel = 2 * f, .stride = f, .padding = f / 2,
                                .groups = out, .no_bias = true);
        layer[i] = deformable(net, tn_add(net, y, layer[i - 1]), "node", i, out);
    }
}

static void dla_up(tn_network *net, tn_value *level[6], tn_value *out[4]) {
    static const int64_t twice[] = {1, 2, 2, 2};
    out[3] = level[5];
    for (int i = 0; i < 3; i++) {
        tn_scope_push(net, "dla_up.ida_%d", i);
        ida_up(net, level + 4 - i, i + 2, 256 >> i, twice);
        tn_scope_pop(net);
        out[2 - i] = level[5];
    }
}

static tn_value *head(tn_network *net, tn_value *x, const char *name, int64_t channels) {
    tn_scope_push(net, "%s", name);
    x = tn_relu(net, tn_conv2d(net, x, "0", 256, .kernel = 3, .padding = 1));
    x = tn_conv2d(net, x, "2", channels);
    tn_scope_pop(net);
    return x;
}

static void centernet(tn_network *net) {
    static const int64_t factor[] = {1, 2, 4};
    tn_value *level[6], *up[4];
    dla34(net, tn_input(net, "image", "f32[1,3,H,W]"), level);
    dla_up(net, level, up);
    tn_scope_push(net, "ida_up");
    ida_up(net, up, 3, 64, factor);
    tn_scope_pop(net);
    tn_output(net, tn_sigmoid(net, head(net, up[2], "hm", 80)), "hm");
    tn_output(net, head(net, up[2], "wh", 2), "wh");
    tn_output(net, head(net, up[2], "reg", 2), "reg");
}

int main(int argc, char **argv) {
    return network_main(
        argc, argv,
        &(network){.name = "centernet_dla34", .build = centernet, .sizes = {{"H", 64}, {"W", 64}}});
}
