// SPDX-License-Identifier: Apache-2.0
// vit_b_16.c - torchvision's ViT-B/16: patches, a class token, encoder blocks of attention and MLP. The check
// runs two blocks over an image of 32 pixels; with a checkpoint there are twelve over 224.
#include "network.h"

enum { WIDTH = 768, HEADS = 12, PATCH = 16, CLASSES = 1000 };

static tn_value *encoder_block(tn_network *net, tn_value *x, int i) {
    const double eps = 1e-6;
    tn_scope_push(net, "encoder.layers.encoder_layer_%d", i);
    tn_value *h = tn_layer_norm(net, x, "ln_1", .eps = eps);
    x = tn_add(net, x, tn_multi_head_attention(net, h, "self_attention", HEADS, NULL));
    h = tn_linear(net, tn_layer_norm(net, x, "ln_2", .eps = eps), "mlp.0", 4 * WIDTH);
    x = tn_add(net, x, tn_linear(net, tn_gelu(net, h), "mlp.3", WIDTH));
    tn_scope_pop(net);
    return x;
}

// The class token in front of the patches: [N,1+P,WIDTH].
static tn_value *embed(tn_network *net, tn_value *image, int64_t patches) {
    tn_value *x = tn_conv2d(net, image, "conv_proj", WIDTH, .kernel = PATCH, .stride = PATCH);
    x = tn_permute(net, tn_view(net, x, 0, WIDTH, -1), 0, 2, 1);
    tn_value *token = tn_weight_f32(net, "class_token", 3, (int64_t[]){1, 1, WIDTH});
    tn_value *batch = tn_shape_of(net, image, .end = 1);
    token = tn_expand(net, token, tn_concat(net, tn_list(batch, tn_index(net, 1, WIDTH)), .axis = 0));
    x = tn_concat(net, tn_list(token, x), .axis = 1);
    return tn_add(net, x, tn_weight_f32(net, "encoder.pos_embedding", 3, (int64_t[]){1, patches + 1, WIDTH}));
}

static void vit(tn_network *net, const char *image, int64_t side, int blocks) {
    tn_value *x = embed(net, tn_input(net, "image", image), (side / PATCH) * (side / PATCH));
    for (int i = 0; i < blocks; i++) x = encoder_block(net, x, i);
    x = tn_layer_norm(net, x, "encoder.ln", .eps = 1e-6);
    x = tn_gather(net, x, tn_scalar(net, TN_I64, 0), .axis = 1); // the class token
    tn_output(net, tn_linear(net, x, "heads.head", CLASSES), "logits");
}

static void vit_small(tn_network *net) { vit(net, "f32[N,3,32,32]", 32, 2); }
static void vit_b_16(tn_network *net) { vit(net, "f32[N,3,224,224]", 224, 12); }

int main(int argc, char **argv) {
    return network_main(argc, argv, &(network){.name = "vit_b_16", .build = vit_small, .full = vit_b_16});
}
