// SPDX-License-Identifier: Apache-2.0
// tactic_problems.h - the problems every tactic is tried on, one line each, and how exact each operator is
// held to be. A problem reads like a node of the text form with types for its arguments:
//
//     Conv(f32[1,3,9,9], f32[5,3,3,3]) {pads=[1,1,1,1]}      y, z = Split(f32[4], i64{1,3}) {axis=0}
//
// i64{...} is a constant of that content; _ an omitted input.
#ifndef TN_TEST_TACTIC_PROBLEMS_H
#define TN_TEST_TACTIC_PROBLEMS_H

// What a difference is measured in.
typedef enum measure {
    EXACT,    // same bits (any NaN is any NaN)
    ULPS,     // units in the last place of the result
    PRODUCTS, // u * sum |a b|: the operator run on absolute values
    LENGTHS,  // u * number of products, for inputs within [-1, 1] (fused activations)
    SPREAD,   // u * largest finite |x| among the inputs and results: sums of many
} measure;

static const struct {
    const char *op;
    measure by;
    double allowed;
} exactness[] = {
    // clang-format off
    {"AveragePool", SPREAD, 40},
    {"Conv", PRODUCTS, 16},
    {"Gemm", PRODUCTS, 16},
    {"GlobalAveragePool", SPREAD, 40},
    {"MatMul", PRODUCTS, 16},
    {"tn.Conv", LENGTHS, 16},
    {"tn.Gemm", LENGTHS, 16},
    // clang-format on
};

static const char *const problems[] = {
    "Conv(f32[1,3,9,9], f32[5,3,3,3], f32[5]) {pads=[1,1,1,1]}",
    "Conv(f32[1,3,9,9], f32[5,3,3,3])",
    "Conv(f32[2,5,17,23], f32[33,5,3,3], f32[33]) {pads=[1,1,1,1], strides=[2,2]}",
    "Conv(f32[1,8,10,10], f32[16,8,1,1])",
    "Conv(f32[1,8,8,8], f32[10,8,1,1], f32[10])",
    "Conv(f32[1,8,13,11], f32[12,2,5,5]) {dilations=[2,2], group=4, pads=[4,4,4,4]}",
    "Conv(f32[1,300,7,7], f32[30,300,3,3], f32[30]) {pads=[1,1,1,1]}",
    "Conv(f32[1,6,19,40], f32[6,1,3,3]) {group=6, pads=[2,2,2,2], strides=[3,3]}",
    "Conv(f32[2,3,31,31], f32[17,3,7,7], f32[17]) {pads=[3,3,3,3], strides=[2,2]}",
    "Conv(f32[1,4,5,5], f32[4,4,3,3]) {dilations=[3,3], pads=[2,2,2,2], strides=[3,3]}",
    "Conv(f32[1,4,5,5], f32[4,4,3,3]) {pads=[9,9,9,9]}",
    "Conv(f32[1,2,12,10], f32[3,2,2,4], f32[3]) {pads=[0,3,1,2], strides=[1,2], dilations=[3,1]}",
    "Conv(f32[1,2,12,10], f32[3,2,2,4]) {auto_pad=\"SAME_UPPER\", strides=[2,3]}",
    "Conv(f32[1,2,12,10], f32[3,2,2,4]) {auto_pad=\"SAME_LOWER\", strides=[2,3]}",
    "Conv(f32[1,2,12,10], f32[3,2,2,4]) {auto_pad=\"VALID\"}",
    "Conv(f32[1,1,1,1], f32[1,1,1,1], f32[1])",
    "Conv(f32[0,3,8,8], f32[4,3,3,3])",
    "Conv(f32[2,3,40], f32[4,3,5], f32[4]) {pads=[2,2], strides=[2]}",
    "Conv(f32[1,64,70], f32[96,64,1], f32[96])",
    "Conv(f32[1,20,64,64], f32[20,20,3,3], f32[20]) {pads=[1,1,1,1]}",
    "Conv(f32[1,257,14,14], f32[260,257,1,1], f32[260])",
    "Conv(f16[1,6,15,18], f16[9,6,3,3], f16[9]) {pads=[1,1,1,1]}",
    "Conv(f16[1,6,15,18], f16[9,6,3,3], f16[9]) {pads=[1,1,1,1], strides=[2,2]}",
    "Conv(bf16[2,4,9,9], bf16[8,2,3,3]) {group=2}",
    "tn.Conv(f32[1,5,20,20], f32[40,5,3,3], f32[40], f32[1,40,18,18]) {activation=\"Relu\"}",
    "tn.Conv(f32[1,5,20,20], f32[40,5,3,3], f32[40]) {activation=\"Clip\", activation_alpha=0.0, "
    "activation_beta=1.0}",
    "tn.Conv(f32[1,300,6,6], f32[20,300,3,3], _, f32[1,20,4,4]) {activation=\"Silu\"}",
    "tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7]) {activation=\"HardSwish\"}",
    "tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7]) {activation=\"LeakyRelu\", activation_alpha=0.1}",
    "tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7]) {activation=\"Sigmoid\"}",
    "tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7])",
    "tn.Conv(f16[1,5,20,20], f16[7,5,1,1], f16[7], f16[1,7,20,20]) {activation=\"Relu\"}",
    "MatMul(f32[5,7], f32[7,9])",
    "MatMul(f32[1,300], f32[300,70])",
    "MatMul(f32[64,600], f32[600,128])",
    "MatMul(f32[30,17], f32[17,1])",
    "MatMul(f32[9], f32[9])",
    "MatMul(f32[9], f32[9,5])",
    "MatMul(f32[4,9], f32[9])",
    "MatMul(f32[3,9], f32[2,9,33])",
    "MatMul(f32[2,3,20,16], f32[2,3,16,20])",
    "MatMul(f32[2,1,20,16], f32[3,16,40])",
    "MatMul(f32[2,3,20,16], f32[16,50])",
    "MatMul(f32[0,5], f32[5,3])",
    "MatMul(f32[4,0], f32[0,3])",
    "MatMul(f32[3,2,9], f32[9])",
    "MatMul(f32[9], f32[3,9,2])",
    "MatMul(f32[700,70], f32[70,40])",
    "MatMul(f16[13,70], f16[70,40])",
    "MatMul(bf16[2,13,70], bf16[2,70,40])",
    "Gemm(f32[5,7], f32[7,9], f32[9])",
    "Gemm(f32[7,5], f32[9,7], f32[5,1]) {transA=1, transB=1, alpha=0.5, beta=2.0}",
    "Gemm(f32[7,50], f32[7,90], f32[50,90]) {transA=1, alpha=1.5, beta=0.25}",
    "Gemm(f32[20,64], f32[100,64], f32[1]) {transB=1}",
    "Gemm(f32[20,64], f32[100,64]) {transB=1, beta=0.0}",
    "Gemm(f32[1,1], f32[1,1], f32[])",
    "Gemm(f16[20,64], f16[100,64], f16[20,100]) {transB=1, beta=0.5}",
    "Gemm(f16[20,300], f16[300,10], f16[10])",
    "Conv(f32[1,40,7,7], f32[40,1,3,3], f32[40]) {group=40, pads=[1,1,1,1]}",
    "Conv(f32[2,6,30,33], f32[12,1,5,5]) {group=6, pads=[2,2,2,2], strides=[2,2]}",
    "Conv(f32[1,2,70,70], f32[2,1,3,3]) {group=2, dilations=[2,3]}",
    "Conv(f16[1,3,20,9], f16[3,1,3,3], f16[3]) {group=3, pads=[1,0,1,1], strides=[1,2]}",
    "Conv(f32[1,5,40], f32[5,1,7]) {group=5, pads=[3,3], strides=[3]}",
    "tn.Conv(f32[1,8,20,20], f32[8,1,3,3], f32[8], f32[1,8,18,18]) {group=8, activation=\"Silu\"}",
    "tn.Conv(f32[1,8,20,20], f32[8,1,3,3], f32[8]) {group=8, activation=\"Relu\"}",
    "tn.Conv(f16[1,8,20,20], f16[8,1,3,3], f16[8]) {group=8, activation=\"HardSwish\"}",
    "MaxPool(f32[1,3,20,23]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}",
    "MaxPool(f32[2,3,9,40]) {kernel_shape=[2,2]}",
    "MaxPool(f32[1,2,15,15]) {kernel_shape=[3,2], dilations=[2,3], strides=[2,3], ceil_mode=1}",
    "MaxPool(f32[1,2,15,15]) {kernel_shape=[5,5], auto_pad=\"SAME_LOWER\", strides=[3,2]}",
    "MaxPool(f32[1,2,50]) {kernel_shape=[4], strides=[4]}",
    "MaxPool(f16[1,2,13,13]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}",
    "AveragePool(f32[1,3,20,23]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}",
    "AveragePool(f32[1,3,20,23]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1], count_include_pad=1}",
    "AveragePool(f32[1,3,7,7]) {kernel_shape=[7,7]}",
    "AveragePool(f32[1,3,10,10]) {kernel_shape=[3,3], strides=[2,2], ceil_mode=1, pads=[0,1,1,0]}",
    "AveragePool(f32[1,3,10,10]) {kernel_shape=[3,3], strides=[2,2], ceil_mode=1, count_include_pad=1}",
    "AveragePool(f32[1,3,10,10]) {kernel_shape=[2,4], auto_pad=\"SAME_UPPER\", count_include_pad=1}",
    "AveragePool(bf16[1,3,10,10]) {kernel_shape=[2,2], dilations=[2,2]}",
    "AveragePool(f32[1,3,44]) {kernel_shape=[3], strides=[2], pads=[1,1]}",
    "GlobalAveragePool(f32[2,5,7,7])",
    "GlobalAveragePool(f32[1,3,50,60])",
    "GlobalAveragePool(f16[1,3,9])",
    "GlobalMaxPool(f32[2,5,7,7])",
    "GlobalMaxPool(f32[1,3,50,60])",
    "tn.Gemm(f32[5,70], f32[70,90], f32[90]) {activation=\"Relu\"}",
    "tn.Gemm(f32[2,5,70], f32[70,90], f32[90], f32[2,5,90]) {activation=\"Gelu\"}",
    "tn.Gemm(f32[5,300], f32[33,300], f32[5,1], f32[5,33]) {transB=1, activation=\"Tanh\"}",
    "tn.Gemm(f32[2,3,20,16], f32[2,3,18,16]) {transB=1, alpha=0.25}",
    "tn.Gemm(f32[2,3,16,20], f32[2,3,16,18]) {transA=1}",
    "tn.Gemm(f32[5,70], f32[70,90], f32[5,90]) {beta=0.5, activation=\"HardSigmoid\", activation_alpha=0.2, "
    "activation_beta=0.5}",
    "tn.Gemm(f16[2,5,70], f16[70,90], f16[90], f16[2,5,90]) {activation=\"Sigmoid\"}",
};

#endif
