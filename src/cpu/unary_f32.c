// SPDX-License-Identifier: Apache-2.0
// unary_f32.c - functions of one float that no other kernel ends with: tangent, inverse and hyperbolic
// functions, Celu and Shrink; within four units in the last place (test/unit/vec_math.c). What other kernels
// end with is in activation.inl, of which each library has all or nothing.
#include "cpu/isa.h"

#include "cpu/kern/activation.inl"
#include "cpu/kern/convert.inl"

enum { CURVE_PIECE = 512, CURVE_TASK = 16 * CURVE_PIECE };

#define V_PI_2 0x1.921fb6p+0f
#define V_PI_2_LOW -0x1.777a5cp-25f

// Cephes' asinf (Moshier): asin(x) = x + x z P(z), z = x^2, |x| <= 1/2.
INLINE vf v_asin_small(vf x, vf z) {
    vf p = v_fma(v_set(4.2163199048e-2f), z, v_set(2.4181311049e-2f));
    p = v_fma(v_fma(v_fma(p, z, v_set(4.5470025998e-2f)), z, v_set(7.4953002686e-2f)), z,
              v_set(1.6666752422e-1f));
    return v_fma(p * z, x, x);
}
// Beyond 1/2: asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2)); an |x| > 1 is the root of a negative number.
INLINE vf v_asin(vf x) {
    vf a = v_abs(x), z = (1.0f - a) * 0.5f;
    vi large = a > 0.5f;
    z = v_select(large, z, x * x);
    vf s = v_select(large, v_sqrt(z), a), y = v_asin_small(s, z);
    y = v_select(large, V_PI_2 - ((y + y) - V_PI_2_LOW), y);
    return v_select(x == x, v_copysign(y, x), x);
}
INLINE vf v_acos(vf x) {
    vf a = v_abs(x), z = (1.0f - a) * 0.5f;
    vi large = a > 0.5f;
    z = v_select(large, z, x * x);
    vf y = v_asin_small(v_select(large, v_sqrt(z), x), z);
    vf low = 2.0f * V_PI_2 - ((y + y) - 2.0f * V_PI_2_LOW);
    return v_select(large, v_select(x < 0.0f, low, y + y), V_PI_2 - (y - V_PI_2_LOW));
}

// Cephes' atanf: about 0, pi/4 and pi/2 by a third each.
INLINE vf v_atan(vf x) {
    vf a = v_abs(x);
    vi far = a > 0x1.3504f4p+1f, mid = a > 0x1.a8279ap-2f; // tan of 3 pi/8 and pi/8
    vf up = v_select(far, v_set(-1.0f), v_select(mid, a - 1.0f, a));
    vf t = up / v_select(far, a, v_select(mid, a + 1.0f, v_set(1.0f))), z = t * t;
    vf p = v_fma(v_set(8.05374449538e-2f), z, v_set(-1.38776856032e-1f));
    p = v_fma(v_fma(p, z, v_set(1.99777106478e-1f)), z, v_set(-3.33329491539e-1f));
    vf low = v_select(far, v_set(V_PI_2_LOW), v_select(mid, v_set(0.5f * V_PI_2_LOW), (vf){0}));
    vf base = v_select(far, v_set(V_PI_2), v_select(mid, v_set(0.5f * V_PI_2), (vf){0}));
    vf y = base + (v_fma(p * z, t, t) + low);
    return v_select(x == x, v_copysign(y, x), x);
}

// sin(r) / cos(r) of the remainder after multiples of pi/2, or -1 over it. Three pieces of pi/2; far out, and
// where a machine without fused products has no digits left, the C library.
INLINE vf v_tan(vf x) {
    vi far = ~(v_abs(x) <= 8192.0f); // NaN too
    vf n = v_round_small(v_select(far, (vf){0}, x * 0x1.45f306p-1f));
    vf r = v_fma(n, v_set(-V_PI_2), x);
    r = v_fma(n, v_set(-0x1.ee59dap-50f), v_fma(n, v_set(-V_PI_2_LOW), r));
#if VL < 8
    vf head = x - n * 0x1.92p+0f - n * 0x1.fb4p-12f;
    r = head - n * 0x1.4442dp-24f;
    far |= (n != 0.0f) & (v_abs(r) < 0x1p-9f);
#endif
    vf z = r * r;
    vf sine = v_fma(
        v_fma(v_fma(v_set(-0x1.9943f2p-13f), z, v_set(0x1.11073cp-7f)), z, v_set(-0x1.555546p-3f)), z * r, r);
    vf cosine = v_fma(v_fma(v_set(0x1.99eb9cp-16f), z, v_set(-0x1.6c0c34p-10f)), z, v_set(0x1.55554ap-5f));
    cosine = v_fma(cosine, z * z, v_fma(z, v_set(-0.5f), v_set(1.0f)));
    vi odd = (v_to_int(n) & 1) != 0;
    vf y = v_select(odd, -cosine, sine) / v_select(odd, sine, cosine);
    for (int i = 0; v_any(far) && i < VL; i++)
        if (far[i]) y[i] = tanf(x[i]);
    return y;
}

// e^|x| / 2, for what is not infinite as e^|x| is.
INLINE vf v_half_exp(vf x) { return v_exp_of(v_min2(v_set(90.0f), v_abs(x)), v_set(-0x1.62e43p-1f)); }
INLINE vf v_cosh(vf x) {
    vf h = v_half_exp(x);
    return v_select(x == x, h + 0.25f / h, x);
}
INLINE vf v_sinh(vf x) {
    vf h = v_half_exp(x), z = x * x;
    vf p = v_fma(v_set(1.0f / 362880), z, v_set(1.0f / 5040));
    p = v_fma(v_fma(p, z, v_set(1.0f / 120)), z, v_set(1.0f / 6));
    vf small = v_fma(p * z, x, x);
    return v_select(v_abs(x) < 1.0f, small, v_select(x == x, v_copysign(h - 0.25f / h, x), x));
}

// By log1p, so that nothing is lost near zero (near one); where squares would overflow log(2a).
INLINE vf v_asinh(vf x) {
    vf a = v_abs(x), z = a * a;
    vf y = v_log1p(a + z / (1.0f + v_sqrt(z + 1.0f)));
    y = v_select(a < 0x1p30f, y, v_log(a) + 0x1.62e43p-1f);
    return v_select(x == x, v_copysign(y, x), x);
}
INLINE vf v_acosh(vf x) {
    vf t = x - 1.0f;
    vf y = v_log1p(t + v_sqrt(t * (t + 2.0f)));
    y = v_select(x < 0x1p30f, y, v_log(x) + 0x1.62e43p-1f);
    return v_select(x < 1.0f, v_set(NAN), y);
}
INLINE vf v_atanh(vf x) {
    vf a = v_abs(x), y = 0.5f * v_log1p((a + a) / (1.0f - a));
    y = v_select(a == 1.0f, v_set(INFINITY), y);
    return v_select(x == x, v_copysign(y, x), x);
}

typedef enum curve_kind {
    CURVE_ACOS,
    CURVE_ACOSH,
    CURVE_ASIN,
    CURVE_ASINH,
    CURVE_ATAN,
    CURVE_ATANH,
    CURVE_CELU,
    CURVE_COSH,
    CURVE_SHRINK,
    CURVE_SINH,
    CURVE_TAN,
} curve_kind;

static const struct {
    const char *op;
    curve_kind kind;
} curve_ops[] = {
    {"Acos", CURVE_ACOS},     {"Acosh", CURVE_ACOSH}, {"Asin", CURVE_ASIN}, {"Asinh", CURVE_ASINH},
    {"Atan", CURVE_ATAN},     {"Atanh", CURVE_ATANH}, {"Celu", CURVE_CELU}, {"Cosh", CURVE_COSH},
    {"Shrink", CURVE_SHRINK}, {"Sinh", CURVE_SINH},   {"Tan", CURVE_TAN},
};

INLINE vf curve_vector(curve_kind kind, vf x, vf alpha, vf beta) {
    switch (kind) {
    case CURVE_ACOS: return v_acos(x);
    case CURVE_ACOSH: return v_acosh(x);
    case CURVE_ASIN: return v_asin(x);
    case CURVE_ASINH: return v_asinh(x);
    case CURVE_ATAN: return v_atan(x);
    case CURVE_ATANH: return v_atanh(x);
    case CURVE_CELU: return v_select(x < 0.0f, alpha * v_expm1_negative(x / alpha), x);
    case CURVE_COSH: return v_cosh(x);
    case CURVE_SHRINK: return v_select(x < -alpha, x + beta, v_select(x > alpha, x - beta, (vf){0}));
    case CURVE_SINH: return v_sinh(x);
    case CURVE_TAN: return v_tan(x);
    }
    return x;
}

INLINE void curve_loop(curve_kind kind, float alpha_, float beta_, const float *x, float *y, int64_t n) {
    vf alpha = v_set(alpha_), beta = v_set(beta_);
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store(y + i, curve_vector(kind, v_load(x + i), alpha, beta));
    if (i < n) v_store_n(y + i, curve_vector(kind, v_load_n(x + i, n - i), alpha, beta), n - i);
}

typedef struct curve {
    tn_dtype type;
    curve_kind kind;
    float alpha, beta;
    int64_t n;
} curve;

static void curve_row(const curve *s, const float *x, float *y, int64_t n) {
    switch (s->kind) {
#define CURVE_CASE(kind_) \
    case kind_: curve_loop(kind_, s->alpha, s->beta, x, y, n); return;
        CURVE_CASE(CURVE_ACOS)
        CURVE_CASE(CURVE_ACOSH)
        CURVE_CASE(CURVE_ASIN)
        CURVE_CASE(CURVE_ASINH)
        CURVE_CASE(CURVE_ATAN)
        CURVE_CASE(CURVE_ATANH)
        CURVE_CASE(CURVE_CELU)
        CURVE_CASE(CURVE_COSH)
        CURVE_CASE(CURVE_SHRINK)
        CURVE_CASE(CURVE_SINH)
        CURVE_CASE(CURVE_TAN)
#undef CURVE_CASE
    }
}

static const char *curve_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    tn_dtype t = p->in[0]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    bool celu = !strcmp(p->attrs.op->name, "Celu");
    return celu && tn_attr_float(p->attrs, "alpha") < 0 ? "alpha is negative" : NULL;
}

static void curve_setup(const tn_problem *p, void *params) {
    curve *s = params;
    const char *op = p->attrs.op->name;
    *s = (curve){.type = p->in[0]->dtype, .n = tn_count(p->in[0])};
    for (size_t i = 0; i < sizeof curve_ops / sizeof *curve_ops; i++)
        if (!strcmp(curve_ops[i].op, op)) s->kind = curve_ops[i].kind;
    if (s->kind == CURVE_CELU) s->alpha = (float)tn_attr_float(p->attrs, "alpha");
    if (s->kind != CURVE_SHRINK) return;
    s->alpha = (float)tn_attr_float(p->attrs, "lambd");
    s->beta = (float)tn_attr_float(p->attrs, "bias");
}

static void curve_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const curve *s = c->params;
    const void *x = c->in[0]->data; /* [n] */
    void *y = c->out[0]->data;      /* [n] */
    int64_t first = i * CURVE_TASK, last = min64(first + CURVE_TASK, s->n);
    (void)worker;
    for (int64_t at = first, n; at < last; at += n) {
        float piece[CURVE_PIECE];
        n = min64(s->type == TN_F32 ? CURVE_TASK : CURVE_PIECE, last - at);
        if (s->type == TN_F32) {
            curve_row(s, (const float *)x + at, (float *)y + at, n);
            continue;
        }
        row_from(s->type, x, at, piece, n);
        curve_row(s, piece, piece, n);
        row_to(s->type, piece, y, at, n);
    }
}

static tn_status curve_call(tn_call *c) {
    const curve *s = c->params;
    tn_call_parallel(c, ceil_div(s->n, CURVE_TASK), curve_task, c);
    return TN_OK;
}

#define CURVE(name_, op_)                                                                      \
    {                                                                                          \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                       \
                 .doc = "vectors, 8192 elements a task", .inplace = 1, .reject = curve_reject, \
                 .params_bytes = sizeof(curve), .setup = curve_setup, .run = curve_call,       \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(unary_f32_acos) = CURVE(AT("unary.f32:Acos"), "Acos");
TN_KERNEL(unary_f32_acosh) = CURVE(AT("unary.f32:Acosh"), "Acosh");
TN_KERNEL(unary_f32_asin) = CURVE(AT("unary.f32:Asin"), "Asin");
TN_KERNEL(unary_f32_asinh) = CURVE(AT("unary.f32:Asinh"), "Asinh");
TN_KERNEL(unary_f32_atan) = CURVE(AT("unary.f32:Atan"), "Atan");
TN_KERNEL(unary_f32_atanh) = CURVE(AT("unary.f32:Atanh"), "Atanh");
TN_KERNEL(unary_f32_celu) = CURVE(AT("unary.f32:Celu"), "Celu");
TN_KERNEL(unary_f32_cosh) = CURVE(AT("unary.f32:Cosh"), "Cosh");
TN_KERNEL(unary_f32_shrink) = CURVE(AT("unary.f32:Shrink"), "Shrink");
TN_KERNEL(unary_f32_sinh) = CURVE(AT("unary.f32:Sinh"), "Sinh");
TN_KERNEL(unary_f32_tan) = CURVE(AT("unary.f32:Tan"), "Tan");
