// SPDX-License-Identifier: Apache-2.0
// epilogue.c - bias, residual and activation on a run of sums.
#include "op/epilogue.h"

static const char *const activation_names[] = {
    "", "Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Silu", "Tanh", "Gelu"};

tni_activation tni_activation_find(const char *name) {
    for (int i = 0; i < TNI_ACT_UNKNOWN; i++)
        if (!strcmp(name, activation_names[i])) return (tni_activation)i;
    return TNI_ACT_UNKNOWN;
}

tn_status tni_activation_check(tn_infer *c) {
    const char *name = tn_attr_string(c->attrs, "activation");
    if (tni_activation_find(name) != TNI_ACT_UNKNOWN) return TN_OK;
    return tn_infer_hint(
        c, "Relu, Clip, LeakyRelu, Sigmoid, HardSigmoid, HardSwish, Silu, Tanh and Gelu can be fused",
        "activation '%s' is not known", name);
}

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
static double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

#define EACH(expr)                    \
    for (int64_t i = 0; i < n; i++) { \
        double v = x[i];              \
        x[i] = (expr);                \
    }                                 \
    return;

void tni_activate(tni_activation kind, double alpha, double beta, double *x, int64_t n) {
    switch (kind) {
    case TNI_ACT_RELU: EACH(v < 0 ? 0 : v)
    case TNI_ACT_CLIP: EACH(clamp(v, alpha, beta))
    case TNI_ACT_LEAKY_RELU: EACH(v < 0 ? alpha * v : v)
    case TNI_ACT_SIGMOID: EACH(sigmoid(v))
    case TNI_ACT_HARD_SIGMOID: EACH(clamp(alpha * v + beta, 0, 1))
    case TNI_ACT_HARD_SWISH: EACH(v * clamp(v / 6 + 0.5, 0, 1))
    case TNI_ACT_SILU: EACH(v * sigmoid(v))
    case TNI_ACT_TANH: EACH(tanh(v))
    case TNI_ACT_GELU: EACH(0.5 * v * (1 + erf(v * 0.70710678118654752440)))
    default: return;
    }
}

void tni_epilogue_init(tni_epilogue *e, tn_attrs attrs, const tn_tensor *y) {
    memset(e, 0, sizeof *e);
    e->y = y;
    e->alpha = e->beta = 1;
    if (!tni_has_row(attrs, "activation")) return;
    e->activation = tni_activation_find(tn_attr_string(attrs, "activation"));
    e->activation_alpha = tn_attr_float(attrs, "activation_alpha");
    e->activation_beta = tn_attr_float(attrs, "activation_beta");
}

// Index in c of the run's element `at`.
static int64_t bias_at(const tni_epilogue *e, const tni_run *run, int64_t at) {
    int64_t rest = run->batch, offset = run->row * e->c_row + (run->column + at) * e->c_column;
    for (int d = e->rank - 1; d >= 0; d--) {
        offset += rest % e->batch[d] * e->c_batch[d];
        rest /= e->batch[d];
    }
    return offset;
}

void tni_epilogue_store(void *epilogue, const tni_run *run, void *sum) {
    const tni_epilogue *e = epilogue;
    double other[TNI_ROW];
    for (int64_t at = 0; at < run->count; at += TNI_ROW) {
        double *s = (double *)sum + at;
        int64_t n = run->count - at < TNI_ROW ? run->count - at : TNI_ROW;
        if (e->alpha != 1)
            for (int64_t i = 0; i < n; i++) s[i] *= e->alpha;
        if (e->c) {
            tni_load(other, e->c, bias_at(e, run, at), e->c_column, n);
            for (int64_t i = 0; i < n; i++) s[i] += e->beta * other[i];
        }
        if (e->z) {
            tni_load(other, e->z, run->first + at, 1, n);
            for (int64_t i = 0; i < n; i++) s[i] += other[i];
        }
        tni_activate(e->activation, e->activation_alpha, e->activation_beta, s, n);
        tni_store(e->y, run->first + at, 1, n, s);
    }
}

// Integers stay exact while the factors are 1; other factors truncate the scaled terms.
static int64_t scaled(double factor, int64_t x) {
    if (factor == 1) return x;
    double v = factor * (double)x;
    return v > -0x1p63 && v < 0x1p63 ? (int64_t)v : 0;
}

void tni_epilogue_store_int(void *epilogue, const tni_run *run, void *sum) {
    const tni_epilogue *e = epilogue;
    int64_t *s = sum, other[TNI_ROW];
    for (int64_t at = 0; at < run->count; at += TNI_ROW) {
        int64_t n = run->count - at < TNI_ROW ? run->count - at : TNI_ROW;
        memset(other, 0, sizeof other);
        if (e->c) tni_load_int(other, e->c, bias_at(e, run, at), e->c_column, n);
        for (int64_t i = 0; i < n; i++)
            s[at + i] =
                (int64_t)((uint64_t)scaled(e->alpha, s[at + i]) + (uint64_t)scaled(e->beta, other[i]));
        tni_store_int(e->y, run->first + at, 1, n, s + at);
    }
}
