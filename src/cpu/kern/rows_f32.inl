// SPDX-License-Identifier: Apache-2.0
// rows_f32.inl - ONNX's functions of one float and of two as rows, found by the operator: what the kernels of
// single nodes (eltwise_f32.c) and of programs (program_f32.c) both run, so that their bits are the same.
#ifndef TN_CPU_ROWS_F32_INL
#define TN_CPU_ROWS_F32_INL

#include "cpu/kern/activation.inl"

#include "ir/tensor.h"

// ---------------------------------------------------------------------------------------- of one float

static const struct {
    const char *op;
    act_kind kind;
} unary_ops[] = {
    {"Abs", ACT_ABS},
    {"Ceil", ACT_CEIL},
    {"Clip", ACT_CLAMP},
    {"Cos", ACT_COS},
    {"Elu", ACT_ELU},
    {"Erf", ACT_ERF},
    {"Exp", ACT_EXP},
    {"Floor", ACT_FLOOR},
    {"Gelu", ACT_GELU},
    {"HardSigmoid", ACT_HARD_SIGMOID},
    {"HardSwish", ACT_HARD_SWISH},
    {"LeakyRelu", ACT_LEAKY_RELU},
    {"Log", ACT_LOG},
    {"Mish", ACT_MISH},
    {"Neg", ACT_NEG},
    {"Reciprocal", ACT_RECIPROCAL},
    {"Relu", ACT_CLAMP},
    {"Round", ACT_ROUND},
    {"Selu", ACT_SELU},
    {"Sigmoid", ACT_SIGMOID},
    {"Sign", ACT_SIGN},
    {"Sin", ACT_SIN},
    {"Softplus", ACT_SOFTPLUS},
    {"Softsign", ACT_SOFTSIGN},
    {"Sqrt", ACT_SQRT},
    {"Swish", ACT_SILU},
    {"Tanh", ACT_TANH},
    {"ThresholdedRelu", ACT_THRESHOLDED_RELU},
};

INLINE bool is_unary(const tn_op_def *op) {
    for (size_t i = 0; i < sizeof unary_ops / sizeof *unary_ops; i++)
        if (!op->domain && !strcmp(unary_ops[i].op, op->name)) return true;
    return false;
}

INLINE float act_attr(tn_attrs a, const char *name) {
    for (size_t i = 0; i < sizeof a.op->attrs / sizeof *a.op->attrs; i++) {
        if (!a.op->attrs[i].name) return 0;
        if (!strcmp(a.op->attrs[i].name, name)) return (float)tn_attr_float(a, name);
    }
    return 0;
}

// Of a node with these attributes; the bounds of Clip are inputs, and the caller's.
INLINE act act_of(tn_attrs a) {
    act to = {ACT_NONE, 0, 0};
    const char *op = a.op->name;
    if (!strcmp(op, "Relu")) return (act){ACT_CLAMP, 0, INFINITY};
    for (size_t i = 0; i < sizeof unary_ops / sizeof *unary_ops; i++)
        if (!strcmp(unary_ops[i].op, op)) to.kind = unary_ops[i].kind;
    to.alpha = act_attr(a, "alpha");
    to.beta = act_attr(a, to.kind == ACT_SELU ? "gamma" : "beta");
    if (!strcmp(op, "Gelu") && tn_attr_is(a, "approximate", "tanh")) to.kind = ACT_GELU_TANH;
    return to;
}

// ---------------------------------------------------------------------------------------- of two floats

typedef enum binary_kind { BIN_ADD, BIN_DIV, BIN_MAX, BIN_MIN, BIN_MUL, BIN_PRELU, BIN_SUB } binary_kind;

static const struct {
    const char *op;
    binary_kind kind;
} binary_ops[] = {
    {"Add", BIN_ADD}, {"Div", BIN_DIV},     {"Max", BIN_MAX}, {"Min", BIN_MIN},
    {"Mul", BIN_MUL}, {"PRelu", BIN_PRELU}, {"Sub", BIN_SUB}, {"Sum", BIN_ADD},
};

INLINE vf binary_vector(binary_kind kind, vf a, vf b) {
    switch (kind) {
    case BIN_ADD: return a + b;
    case BIN_DIV: return a / b;
    case BIN_MAX: return v_max(a, b);
    case BIN_MIN: return v_min(a, b);
    case BIN_MUL: return a * b;
    case BIN_PRELU: return v_select(a < 0.0f, a * b, a);
    case BIN_SUB: return a - b;
    }
    return a;
}

// A step of 0 repeats the first element.
INLINE void binary_loop(binary_kind kind, const float *a, bool a_steps, const float *b, bool b_steps,
                        float *y, int64_t n) {
    int64_t i = 0;
    if (n <= 0) return;
    vf one_a = v_set(*a), one_b = v_set(*b);
    for (; i + VL <= n; i += VL)
        v_store(y + i, binary_vector(kind, a_steps ? v_load(a + i) : one_a, b_steps ? v_load(b + i) : one_b));
    if (i == n) return;
    vf last_a = a_steps ? v_load_n(a + i, n - i) : one_a, last_b = b_steps ? v_load_n(b + i, n - i) : one_b;
    v_store_n(y + i, binary_vector(kind, last_a, last_b), n - i);
}

static void binary_row(binary_kind kind, const float *a, bool a_steps, const float *b, bool b_steps, float *y,
                       int64_t n) {
    switch (kind) {
#define BIN_CASE(kind_)                                     \
    case kind_:                                             \
        if (a_steps && b_steps)                             \
            binary_loop(kind_, a, true, b, true, y, n);     \
        else if (a_steps)                                   \
            binary_loop(kind_, a, true, b, false, y, n);    \
        else                                                \
            binary_loop(kind_, a, false, b, b_steps, y, n); \
        return;
        BIN_CASE(BIN_ADD)
        BIN_CASE(BIN_DIV)
        BIN_CASE(BIN_MAX)
        BIN_CASE(BIN_MIN)
        BIN_CASE(BIN_MUL)
        BIN_CASE(BIN_PRELU)
        BIN_CASE(BIN_SUB)
#undef BIN_CASE
    }
}

INLINE bool binary_of(const tn_op_def *op, binary_kind *kind) {
    for (size_t i = 0; i < sizeof binary_ops / sizeof *binary_ops; i++)
        if (!op->domain && !strcmp(binary_ops[i].op, op->name)) return *kind = binary_ops[i].kind, true;
    return false;
}

#endif
