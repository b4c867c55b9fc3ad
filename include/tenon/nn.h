// SPDX-License-Identifier: Apache-2.0
// tenon/nn.h - the blocks that networks are built of, with PyTorch's names, parameters and defaults. A
// block's weights are found by its name below the scope in force: tn_conv2d(net, x, "conv1", 64, .kernel = 7)
// takes conv1.weight and conv1.bias. What is written first stands in order, the rest by name; what is left
// out is PyTorch's default. Everything here is written with tenon/layers.h and nothing else (src/nn/).
#ifndef TENON_NN_H
#define TENON_NN_H

#include "tenon/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tn_hw { // where height and width differ
    int64_t h, w;
} tn_hw;

#define TN_BLOCK_(block, type, ...) block(TN_SITE_(""), &(const type){.args_ = 0, __VA_ARGS__})

// ----------------------------------------------------------------------------------------------- layers

// torch.nn.Conv2d, Conv1d (`.rank1`) and ConvTranspose2d (`.transposed`). `.kernel_hw` and its like stand in
// for the square ones.
typedef struct tn_conv2d_args {
    int args_;
    tn_network *net;
    tn_value *x; // [N,C,H,W]
    const char *name;
    int64_t out_channels;
    int64_t kernel, stride, padding, dilation, groups; // 0: 1, 1, 0, 1, 1
    tn_hw kernel_hw, stride_hw, padding_hw, dilation_hw;
    int64_t output_padding; // transposed
    bool transposed;
    bool no_bias;
} tn_conv2d_args;
#define tn_conv2d(...) TN_BLOCK_(tn_nn_conv2d, tn_conv2d_args, __VA_ARGS__)
#define tn_conv_transpose2d(...) TN_BLOCK_(tn_nn_conv2d, tn_conv2d_args, __VA_ARGS__, .transposed = true)
TN_API tn_value *tn_nn_conv2d(const tn_site *site, const tn_conv2d_args *args);

// torch.nn.Linear, over the last dimension.
typedef struct tn_linear_args {
    int args_;
    tn_network *net;
    tn_value *x; // [..,C]
    const char *name;
    int64_t out_features; // 0: as the weight has it
    bool no_bias;
    bool transposed; // the weight is [in,out], as GPT-2's Conv1D has it
} tn_linear_args;
#define tn_linear(...) TN_BLOCK_(tn_nn_linear, tn_linear_args, __VA_ARGS__)
TN_API tn_value *tn_nn_linear(const tn_site *site, const tn_linear_args *args);

// torch.nn.BatchNorm1d, 2d: with running statistics, as in eval().
typedef struct tn_norm_args {
    int args_;
    tn_network *net;
    tn_value *x;
    const char *name;
    double eps; // 0: 1e-5
} tn_norm_args;
#define tn_batch_norm(...) TN_BLOCK_(tn_nn_batch_norm, tn_norm_args, __VA_ARGS__)
TN_API tn_value *tn_nn_batch_norm(const tn_site *site, const tn_norm_args *args);
// torch.nn.LayerNorm over the last dimension.
#define tn_layer_norm(...) TN_BLOCK_(tn_nn_layer_norm, tn_norm_args, __VA_ARGS__)
TN_API tn_value *tn_nn_layer_norm(const tn_site *site, const tn_norm_args *args);

// torch.nn.Embedding: rows of a [count,width] table.
TN_API tn_value *tn_embedding(tn_network *net, tn_value *ids, const char *name, int64_t count, int64_t width);
// torch.nn.PReLU with one weight a channel.
TN_API tn_value *tn_channel_prelu(tn_network *net, tn_value *x, const char *name);

// An activation by PyTorch's name: "relu", "relu6", "leaky_relu", "silu", "hardswish", "hardsigmoid", "gelu",
// "gelu_tanh", "sigmoid", "tanh"; NULL and "" are none.
TN_API tn_value *tn_activation(tn_network *net, tn_value *x, const char *name);

// torch.nn.MaxPool2d and AvgPool2d.
typedef struct tn_pool2d_args {
    int args_;
    tn_network *net;
    tn_value *x;
    int64_t kernel, stride, padding; // stride 0: the kernel
    tn_hw kernel_hw, stride_hw, padding_hw;
    bool ceil_mode;
} tn_pool2d_args;
#define tn_max_pool2d(...) TN_BLOCK_(tn_nn_max_pool2d, tn_pool2d_args, __VA_ARGS__)
TN_API tn_value *tn_nn_max_pool2d(const tn_site *site, const tn_pool2d_args *args);
#define tn_avg_pool2d(...) TN_BLOCK_(tn_nn_avg_pool2d, tn_pool2d_args, __VA_ARGS__)
TN_API tn_value *tn_nn_avg_pool2d(const tn_site *site, const tn_pool2d_args *args);
// torch.nn.AdaptiveAvgPool2d; an output above 1 must divide the input.
TN_API tn_value *tn_adaptive_avg_pool2d(tn_network *net, tn_value *x, int64_t h, int64_t w);

// torch.nn.functional.interpolate to a size or by a factor.
typedef struct tn_interpolate_args {
    int args_;
    tn_network *net;
    tn_value *x;      // [N,C,H,W]
    double scale;     // or
    tn_hw size;       // or
    tn_value *like;   // to the height and width of another value
    const char *mode; // "nearest" (when NULL), "bilinear"
    bool align_corners;
} tn_interpolate_args;
#define tn_interpolate(...) TN_BLOCK_(tn_nn_interpolate, tn_interpolate_args, __VA_ARGS__)
TN_API tn_value *tn_nn_interpolate(const tn_site *site, const tn_interpolate_args *args);

// A view by its sizes, -1 once for the rest and 0 for "as it is": tn_view(net, x, 0, -1, 64).
#define tn_view(net, x, ...) tn_reshape(net, x, tn_index(net, __VA_ARGS__))
// torch.permute: tn_permute(net, x, 0, 2, 1).
#define tn_permute(net, x, ...) tn_transpose(net, x, .perm = tn_ints(__VA_ARGS__))
// x[begin:end] along one axis.
TN_API tn_value *tn_narrow(tn_network *net, tn_value *x, int64_t axis, int64_t begin, int64_t end);

// --------------------------------------------------------------------------------------- convolution blocks

// Convolution without bias, batch normalisation, activation: `conv` and `norm` name the two.
typedef struct tn_conv_bn_act_args {
    int args_;
    tn_network *net;
    tn_value *x;
    const char *conv, *norm;
    int64_t out_channels;
    int64_t kernel, stride, padding, dilation, groups; // padding 0: (kernel - 1) / 2 * dilation
    const char *act;                                   // of tn_activation
    double eps;
} tn_conv_bn_act_args;
#define tn_conv_bn_act(...) TN_BLOCK_(tn_nn_conv_bn_act, tn_conv_bn_act_args, __VA_ARGS__)
TN_API tn_value *tn_nn_conv_bn_act(const tn_site *site, const tn_conv_bn_act_args *args);

// torchvision's residual blocks (resnet.py): BasicBlock, and Bottleneck, which multiplies `planes` by 4.
typedef struct tn_residual_args {
    int args_;
    tn_network *net;
    tn_value *x;
    const char *name;
    int64_t planes;
    int64_t stride, dilation;
} tn_residual_args;
#define tn_basic_block(...) TN_BLOCK_(tn_nn_basic_block, tn_residual_args, __VA_ARGS__)
TN_API tn_value *tn_nn_basic_block(const tn_site *site, const tn_residual_args *args);
#define tn_bottleneck(...) TN_BLOCK_(tn_nn_bottleneck, tn_residual_args, __VA_ARGS__)
TN_API tn_value *tn_nn_bottleneck(const tn_site *site, const tn_residual_args *args);

// torchvision's SqueezeExcitation (fc1, relu, fc2, hardsigmoid).
TN_API tn_value *tn_squeeze_excitation(tn_network *net, tn_value *x, const char *name, int64_t squeezed);

// torchvision's InvertedResidual of MobileNetV3.
typedef struct tn_inverted_residual_args {
    int args_;
    tn_network *net;
    tn_value *x;
    const char *name;
    int64_t kernel, expanded, out_channels;
    bool squeeze;    // with SqueezeExcitation
    const char *act; // "relu" or "hardswish"
    int64_t stride;
    double eps;
} tn_inverted_residual_args;
#define tn_inverted_residual(...) TN_BLOCK_(tn_nn_inverted_residual, tn_inverted_residual_args, __VA_ARGS__)
TN_API tn_value *tn_nn_inverted_residual(const tn_site *site, const tn_inverted_residual_args *args);

// YOLOv8's blocks: Conv (conv, bn, SiLU), C2f with `n` bottlenecks, SPPF.
typedef struct tn_yolo_args {
    int args_;
    tn_network *net;
    tn_value *x;
    const char *name;
    int64_t out_channels;
    int64_t kernel, stride; // of Conv
    int64_t n;              // of C2f
    bool shortcut;          // of C2f
} tn_yolo_args;
#define tn_yolo_conv(...) TN_BLOCK_(tn_nn_yolo_conv, tn_yolo_args, __VA_ARGS__)
TN_API tn_value *tn_nn_yolo_conv(const tn_site *site, const tn_yolo_args *args);
#define tn_c2f(...) TN_BLOCK_(tn_nn_c2f, tn_yolo_args, __VA_ARGS__)
TN_API tn_value *tn_nn_c2f(const tn_site *site, const tn_yolo_args *args);
#define tn_sppf(...) TN_BLOCK_(tn_nn_sppf, tn_yolo_args, __VA_ARGS__)
TN_API tn_value *tn_nn_sppf(const tn_site *site, const tn_yolo_args *args);

// ---------------------------------------------------------------------------------------------- transformers

// softmax(q k^T / sqrt(D) + mask) v over heads; q, k, v are [N,S,heads*D]. `mask` (may be NULL) is added and
// broadcasts to [N,heads,S,T]. Returns [N,S,heads*D].
TN_API tn_value *tn_attend(tn_network *net, tn_value *q, tn_value *k, tn_value *v, int64_t heads,
                           tn_value *mask);

// torch.nn.MultiheadAttention (batch_first): self-attention from in_proj_weight, out_proj.
TN_API tn_value *tn_multi_head_attention(tn_network *net, tn_value *x, const char *name, int64_t heads,
                                         tn_value *mask);

// torch.nn.TransformerEncoderLayer (batch_first).
typedef struct tn_transformer_args {
    int args_;
    tn_network *net;
    tn_value *x; // [N,S,E]
    const char *name;
    int64_t heads, feedforward;
    const char *act; // "relu" when NULL
    bool norm_first;
    double eps;
    tn_value *mask;
} tn_transformer_args;
#define tn_transformer_encoder_layer(...) TN_BLOCK_(tn_nn_transformer, tn_transformer_args, __VA_ARGS__)
TN_API tn_value *tn_nn_transformer(const tn_site *site, const tn_transformer_args *args);

#ifdef __cplusplus
}
#endif
#endif
