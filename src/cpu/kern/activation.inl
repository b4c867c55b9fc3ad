// SPDX-License-Identifier: Apache-2.0
// activation.inl - functions of one float, as rows: the epilogue of convolutions and matrix products, and the
// body of the element-wise kernels. A row {ONNX name, code} is all that a new one needs here.
#ifndef TN_CPU_ACTIVATION_INL
#define TN_CPU_ACTIVATION_INL

#include "cpu/kern/vec_math.h"

typedef enum act_kind {
    ACT_NONE,
    ACT_CLAMP, // to [alpha, beta]; NaN stays
    ACT_ABS,
    ACT_CEIL,
    ACT_COS,
    ACT_ELU,
    ACT_ERF,
    ACT_EXP,
    ACT_FLOOR,
    ACT_GELU,
    ACT_GELU_TANH,
    ACT_HARD_SIGMOID,
    ACT_HARD_SWISH,
    ACT_LEAKY_RELU,
    ACT_LOG,
    ACT_MISH,
    ACT_NEG,
    ACT_RECIPROCAL,
    ACT_ROUND,
    ACT_SELU,
    ACT_SIGMOID,
    ACT_SIGN,
    ACT_SILU, // x * sigmoid(alpha * x)
    ACT_SIN,
    ACT_SOFTPLUS,
    ACT_SOFTSIGN,
    ACT_SQRT,
    ACT_TANH,
    ACT_THRESHOLDED_RELU,
} act_kind;

typedef struct act {
    act_kind kind;
    float alpha, beta;
} act;

// log(1 + x) for -1 < x < infinity.
INLINE vf v_log1p(vf x) {
    vf u = 1.0f + x;
    return v_select(u == 1.0f, x, v_log(u) - ((u - 1.0f) - x) / u); // Kahan's correction
}
// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
INLINE vf v_softplus(vf x) { return v_max2(v_set(0.0f), x) + v_select(x == x, v_log1p(v_exp(-v_abs(x))), x); }
INLINE vf v_expm1_negative(vf x) { // e^x - 1 for x <= 0: through tanh, exact near zero
    vf t = v_tanh(0.5f * x);
    return v_select(x > -1.0f, 2.0f * t / (1.0f - t), v_exp(x) - 1.0f);
}
INLINE vf v_gelu_tanh(vf x) {
    vf u = 0x1.988454p-1f * (x + 0.044715f * x * x * x); // sqrt(2/pi)
    vf y = x * v_sigmoid(u + u);                         // (1 + tanh u) / 2 = sigmoid(2u)
    return v_select(x < -12.0f, x * (vf){0}, y);         // where it is zero to all bits; -infinity: NaN
}

INLINE vf act_vector(act_kind kind, vf x, vf alpha, vf beta) {
    vf zero = {0};
    switch (kind) {
    case ACT_NONE: return x;
    case ACT_CLAMP: return v_clamp(x, alpha, beta);
    case ACT_ABS: return v_abs(x);
    case ACT_CEIL: return -v_floor(-x);
    case ACT_COS: return v_sine(x, 1);
    case ACT_ELU: return v_select(x < 0.0f, alpha * v_expm1_negative(x), x);
    case ACT_ERF: return v_erf(x);
    case ACT_EXP: return v_exp(x);
    case ACT_FLOOR: return v_floor(x);
    case ACT_GELU: return v_gelu(x);
    case ACT_GELU_TANH: return v_gelu_tanh(x);
    case ACT_HARD_SIGMOID: return v_clamp(alpha * x + beta, zero, v_set(1.0f));
    case ACT_HARD_SWISH: return x * v_clamp(x * (1.0f / 6) + 0.5f, zero, v_set(1.0f));
    case ACT_LEAKY_RELU: return v_select(x < 0.0f, alpha * x, x);
    case ACT_LOG: return v_log(x);
    case ACT_MISH: return x * v_tanh(v_softplus(x));
    case ACT_NEG: return -x;
    case ACT_RECIPROCAL: return 1.0f / x;
    case ACT_ROUND: return v_round(x);
    case ACT_SELU: return beta * v_select(x <= 0.0f, alpha * v_expm1_negative(x), x);
    case ACT_SIGMOID: return v_sigmoid(x);
    case ACT_SIGN: return v_select(x > 0.0f, v_set(1.0f), v_select(x < 0.0f, v_set(-1.0f), x));
    case ACT_SILU: return x * v_sigmoid(alpha * x);
    case ACT_SIN: return v_sine(x, 0);
    case ACT_SOFTPLUS: return v_softplus(x);
    case ACT_SOFTSIGN: return x / (1.0f + v_abs(x));
    case ACT_SQRT: return v_sqrt(x);
    case ACT_TANH: return v_tanh(x);
    case ACT_THRESHOLDED_RELU: return v_select(x > alpha, x, zero); // a NaN becomes 0, as ONNX says
    }
    return x;
}

INLINE void act_loop(act_kind kind, act a, const float *x, float *y, int64_t n) {
    vf alpha = v_set(a.alpha), beta = v_set(a.beta);
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store(y + i, act_vector(kind, v_load(x + i), alpha, beta));
    if (i < n) v_store_n(y + i, act_vector(kind, v_load_n(x + i, n - i), alpha, beta), n - i);
}

// y[i] = a(x[i]); y may be x. The kind is a constant in each loop.
SHARED void act_row(act a, const float *x, float *y, int64_t n) {
    switch (a.kind) {
#define ACT_CASE(kind) \
    case kind: act_loop(kind, a, x, y, n); return;
        ACT_CASE(ACT_NONE)
        ACT_CASE(ACT_CLAMP)
        ACT_CASE(ACT_ABS)
        ACT_CASE(ACT_CEIL)
        ACT_CASE(ACT_COS)
        ACT_CASE(ACT_ELU)
        ACT_CASE(ACT_ERF)
        ACT_CASE(ACT_EXP)
        ACT_CASE(ACT_FLOOR)
        ACT_CASE(ACT_GELU)
        ACT_CASE(ACT_GELU_TANH)
        ACT_CASE(ACT_HARD_SIGMOID)
        ACT_CASE(ACT_HARD_SWISH)
        ACT_CASE(ACT_LEAKY_RELU)
        ACT_CASE(ACT_LOG)
        ACT_CASE(ACT_MISH)
        ACT_CASE(ACT_NEG)
        ACT_CASE(ACT_RECIPROCAL)
        ACT_CASE(ACT_ROUND)
        ACT_CASE(ACT_SELU)
        ACT_CASE(ACT_SIGMOID)
        ACT_CASE(ACT_SIGN)
        ACT_CASE(ACT_SILU)
        ACT_CASE(ACT_SIN)
        ACT_CASE(ACT_SOFTPLUS)
        ACT_CASE(ACT_SOFTSIGN)
        ACT_CASE(ACT_SQRT)
        ACT_CASE(ACT_TANH)
        ACT_CASE(ACT_THRESHOLDED_RELU)
#undef ACT_CASE
    }
}

#endif
