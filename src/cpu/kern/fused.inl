// SPDX-License-Identifier: Apache-2.0
// fused.inl - the activation that fused operators (tn.Conv, tn.Gemm) carry as attributes.
#ifndef TN_CPU_FUSED_INL
#define TN_CPU_FUSED_INL

#include "cpu/kern/activation.inl"

// The names that the attribute `activation` may have.
static const struct {
    const char *name;
    act_kind kind;
} fused_names[] = {
    {"", ACT_NONE},
    {"Clip", ACT_CLAMP}, // to [alpha, beta]
    {"Gelu", ACT_GELU},
    {"HardSigmoid", ACT_HARD_SIGMOID},
    {"HardSwish", ACT_HARD_SWISH},
    {"LeakyRelu", ACT_LEAKY_RELU},
    {"Relu", ACT_CLAMP},
    {"Sigmoid", ACT_SIGMOID},
    {"Silu", ACT_SILU},
    {"Tanh", ACT_TANH},
};

// False: an activation these kernels do not know.
static bool fused_named(const char *name, float alpha, float beta, act *to) {
    *to = (act){ACT_NONE, 0, 0};
    for (size_t i = 0; i < sizeof fused_names / sizeof *fused_names; i++) {
        if (strcmp(name, fused_names[i].name) != 0) continue;
        *to = (act){fused_names[i].kind, alpha, beta};
        if (!strcmp(name, "Relu")) *to = (act){ACT_CLAMP, 0, INFINITY};
        if (!strcmp(name, "Silu")) to->alpha = 1;
        return true;
    }
    return false;
}

INLINE bool fused_act(const tn_problem *p, act *to) {
    *to = (act){ACT_NONE, 0, 0};
    if (!p->attrs.op->domain) return true; // plain ONNX operators have none
    const char *name = tn_attr_string(p->attrs, "activation");
    return fused_named(name ? name : "", (float)tn_attr_float(p->attrs, "activation_alpha"),
                       (float)tn_attr_float(p->attrs, "activation_beta"), to);
}

#endif
