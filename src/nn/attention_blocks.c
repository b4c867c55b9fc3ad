// SPDX-License-Identifier: Apache-2.0
// attention_blocks.c - attention and the transformer's encoder layer, with PyTorch's names.
#include "tenon/nn.h"

#include <math.h>

// [N,S,heads*D] to [N,heads,S,D].
static tn_value *split_heads(tn_network *net, tn_value *x, int64_t heads) {
    return tn_permute(net, tn_view(net, x, 0, 0, heads, -1), 0, 2, 1, 3);
}

tn_value *tn_attend(tn_network *net, tn_value *q, tn_value *k, tn_value *v, int64_t heads, tn_value *mask) {
    int64_t width = tn_value_dim(q, -1);
    if (heads < 1 || width < 0 || width % heads) {
        tn_network_fail(net, "%lld heads do not divide a width of %lld", (long long)heads, (long long)width);
        return NULL;
    }
    tn_value *scale = tn_scalar(net, TN_F32, 1 / sqrt((double)(width / heads)));
    q = tn_mul(net, split_heads(net, q, heads), scale);
    k = tn_permute(net, split_heads(net, k, heads), 0, 1, 3, 2); // [N,heads,D,T]
    tn_value *scores = tn_matmul(net, q, k);                     // [N,heads,S,T]
    if (mask) scores = tn_add(net, scores, mask);
    tn_value *y = tn_matmul(net, tn_softmax(net, scores, .axis = -1), split_heads(net, v, heads));
    return tn_view(net, tn_permute(net, y, 0, 2, 1, 3), 0, 0, width);
}

tn_value *tn_multi_head_attention(tn_network *net, tn_value *x, const char *name, int64_t heads,
                                  tn_value *mask) {
    int64_t width = tn_value_dim(x, -1);
    if (width < 0) {
        tn_network_fail(net, "attention '%s' needs to know the width of its input", name ? name : "");
        return NULL;
    }
    tn_value *part[3]; // q, k, v
    tn_scope_push(net, "%s", name);
    tn_value *w = tn_weight_f32(net, "in_proj_weight", 2, (int64_t[]){3 * width, width});
    tn_value *b = tn_weight_f32(net, "in_proj_bias", 1, (int64_t[]){3 * width});
    tn_value *all = tn_add(net, tn_matmul(net, x, tn_permute(net, w, 1, 0)), b);
    tn_split(net, all, .axis = -1, .num_outputs = 3, .outs = tn_outs(part));
    tn_value *y = tn_linear(net, tn_attend(net, part[0], part[1], part[2], heads, mask), "out_proj", width);
    tn_scope_pop(net);
    return y;
}

static tn_value *feed_forward(const tn_transformer_args *a, tn_value *x) {
    tn_network *net = a->net;
    tn_value *y = tn_linear(net, x, "linear1", a->feedforward);
    return tn_linear(net, tn_activation(net, y, a->act ? a->act : "relu"), "linear2", tn_value_dim(x, -1));
}

tn_value *tn_nn_transformer(const tn_site *site, const tn_transformer_args *a) {
    tn_network *net = a->net;
    tn_value *x = a->x;
    tn_site_push(net, site->file, site->line);
    tn_scope_push(net, "%s", a->name);
    if (a->norm_first) {
        tn_value *h = tn_layer_norm(net, x, "norm1", .eps = a->eps);
        x = tn_add(net, x, tn_multi_head_attention(net, h, "self_attn", a->heads, a->mask));
        x = tn_add(net, x, feed_forward(a, tn_layer_norm(net, x, "norm2", .eps = a->eps)));
    } else {
        x = tn_add(net, x, tn_multi_head_attention(net, x, "self_attn", a->heads, a->mask));
        x = tn_layer_norm(net, x, "norm1", .eps = a->eps);
        x = tn_layer_norm(net, tn_add(net, x, feed_forward(a, x)), "norm2", .eps = a->eps);
    }
    tn_scope_pop(net);
    tn_site_pop(net);
    return x;
}
