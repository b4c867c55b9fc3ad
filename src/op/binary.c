// SPDX-License-Identifier: Apache-2.0
// binary.c - arithmetic of two broadcast inputs. Floating types are computed in double and rounded once
// (which is exact rounding for + - * / of narrower types); integers wrap, and division by zero gives 0.
#include "op/op.h"

TNI_MAP2(add_row, a + b)
TNI_MAP2(sub_row, a - b)
TNI_MAP2(mul_row, a *b)
TNI_MAP2(div_row, a / b)
TNI_MAP2(pow_row, pow(a, b))
TNI_MAP2(fmod_row, fmod(a, b))

// a - floor(a / b) * b, without the rounding of the quotient. The result has b's sign, zero included.
static double floor_mod(double a, double b) {
    double r = fmod(a, b);
    if (r == 0) return copysign(0, b);
    return (r < 0) != (b < 0) ? r + b : r;
}

TNI_MAP2(mod_row, floor_mod(a, b))

// ------------------------------------------------------------------------------------------ integers

// Rows over unsigned 64-bit patterns, whose + - * do not overflow.
#define WRAPPING(id, op)                                                                        \
    static void id(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) { \
        (void)dtype;                                                                            \
        for (int64_t k = 0; k < n; k++) y[k] = (int64_t)((uint64_t)a[k] op(uint64_t) b[k]);     \
    }

WRAPPING(add_int, +)
WRAPPING(sub_int, -)
WRAPPING(mul_int, *)

// Truncated quotient and remainder; INT64_MIN / -1 wraps.
static int64_t quotient(int64_t a, int64_t b, bool is_unsigned) {
    if (b == 0) return 0;
    if (is_unsigned) return (int64_t)((uint64_t)a / (uint64_t)b);
    return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static int64_t rest(int64_t a, int64_t b, bool is_unsigned) {
    if (b == 0) return 0;
    if (is_unsigned) return (int64_t)((uint64_t)a % (uint64_t)b);
    return b == -1 ? 0 : a % b;
}

static void div_int(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) {
    bool is_unsigned = tni_is_unsigned(dtype);
    for (int64_t k = 0; k < n; k++) y[k] = quotient(a[k], b[k], is_unsigned);
}

static void fmod_int(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) {
    bool is_unsigned = tni_is_unsigned(dtype);
    for (int64_t k = 0; k < n; k++) y[k] = rest(a[k], b[k], is_unsigned);
}

static void mod_int(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) {
    bool is_unsigned = tni_is_unsigned(dtype);
    for (int64_t k = 0; k < n; k++) {
        y[k] = rest(a[k], b[k], is_unsigned);
        if (!is_unsigned && y[k] != 0 && (y[k] < 0) != (b[k] < 0)) y[k] += b[k];
    }
}

// a to the power of b >= 0, wrapping.
static int64_t power(int64_t a, uint64_t b) {
    uint64_t result = 1, square = (uint64_t)a;
    for (; b; b >>= 1, square *= square)
        if (b & 1) result *= square;
    return (int64_t)result;
}

// 1 / a^-b, truncated.
static int64_t inverse_power(int64_t a, int64_t b) {
    if (a == 1) return 1;
    if (a == -1) return b % 2 ? -1 : 1;
    return 0;
}

static void pow_int(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) {
    (void)dtype;
    for (int64_t k = 0; k < n; k++) y[k] = b[k] < 0 ? inverse_power(a[k], b[k]) : power(a[k], (uint64_t)b[k]);
}

static void pow_unsigned(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) {
    (void)dtype;
    for (int64_t k = 0; k < n; k++) y[k] = power(a[k], (uint64_t)b[k]);
}

// ------------------------------------------------------------------------------------------- kernels

static tn_status add_ref(tn_call *c) { return tni_call_either2(c, add_row, add_int); }
static tn_status sub_ref(tn_call *c) { return tni_call_either2(c, sub_row, sub_int); }
static tn_status mul_ref(tn_call *c) { return tni_call_either2(c, mul_row, mul_int); }
static tn_status div_ref(tn_call *c) { return tni_call_either2(c, div_row, div_int); }

static tn_status mod_ref(tn_call *c) {
    bool truncate = tn_attr_int(c->attrs, "fmod") != 0;
    return truncate ? tni_call_either2(c, fmod_row, fmod_int) : tni_call_either2(c, mod_row, mod_int);
}

static tn_status pow_ref(tn_call *c) {
    const tn_tensor *a = c->in[0], *b = c->in[1];
    if (tni_is_float(a->dtype) || tni_is_float(b->dtype)) return tni_call_map2(c, a, b, pow_row, NULL);
    return tni_call_map2_int(c, a, b, tni_is_unsigned(b->dtype) ? pow_unsigned : pow_int);
}

// ----------------------------------------------------------------------------------------- inference

static bool add_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    *to = tni_dim_wrap_add(c->dims, in[0], in[1]);
    return true;
}

static bool sub_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    *to = tni_dim_wrap_sub(c->dims, in[0], in[1]);
    return true;
}

static bool mul_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    *to = tni_dim_wrap_mul(c->dims, in[0], in[1]);
    return true;
}

static bool not_negative(tn_infer *c, tn_dim d) { return tn_dim_equal(tn_dim_max(c->dims, d, tn_k(0)), d); }

// Of whole numbers in a floating type: only where nothing is left over.
static bool exact_quotient(tn_infer *c, const tn_dim *in, tn_dim *to) {
    if (in[0].e || in[1].e) return !tn_dim_is(in[1], 0) && tni_dim_divide(c->dims, in[0], in[1], to);
    if (in[1].k == 0 || in[0].k % in[1].k != 0) return false;
    *to = tn_k(in[0].k / in[1].k);
    return true;
}

// Dims divide towards minus infinity, Div towards zero: the same unless the signs differ.
static bool div_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    if (tni_is_float(c->in[0]->type.dtype)) return exact_quotient(c, in, to);
    if (!in[0].e && !in[1].e) {
        *to = tn_k(quotient(in[0].k, in[1].k, false));
        return true;
    }
    if (tn_dim_is(in[1], 0) || !not_negative(c, in[1])) return false;
    tn_dim down = tn_dim_div(c->dims, in[0], in[1]);
    *to = down;
    if (not_negative(c, in[0])) return true;
    tn_dim up = tn_dim_ceil_div(c->dims, in[0], in[1]);
    if (!tn_dim_equal(up, down))
        *to = tn_dim_add(c->dims, tn_dim_max(c->dims, down, tn_k(0)), tn_dim_min(c->dims, up, tn_k(0)));
    return true;
}

static bool mod_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    if (tn_dim_is(in[1], 0) && tni_is_float(c->in[0]->type.dtype)) return false; // a NaN
    if (!in[0].e && !in[1].e) {
        int64_t r = rest(in[0].k, in[1].k, false);
        bool floors = tn_attr_int(c->attrs, "fmod") == 0;
        *to = tn_k(floors && r != 0 && (r < 0) != (in[1].k < 0) ? r + in[1].k : r);
        return true;
    }
    if (tn_dim_is(in[1], 0) || !not_negative(c, in[0]) || !not_negative(c, in[1])) return false;
    *to = tn_dim_mod(c->dims, in[0], in[1]);
    return true;
}

static bool pow_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    (void)n;
    if (in[1].e || in[1].k < 0 || in[1].k > (tni_is_float(c->in[0]->type.dtype) ? 2 : 4)) return false;
    if (!in[0].e) return *to = tn_k(power(in[0].k, (uint64_t)in[1].k)), true;
    *to = tn_k(1);
    for (int64_t k = 0; k < in[1].k; k++) *to = tn_dim_mul(c->dims, *to, in[0]);
    return true;
}

static tn_status add_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_broadcast, add_content); }
static tn_status sub_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_broadcast, sub_content); }
static tn_status mul_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_broadcast, mul_content); }
static tn_status div_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_broadcast, div_content); }
static tn_status mod_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_broadcast, mod_content); }
static tn_status pow_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_broadcast, pow_content); }

// --------------------------------------------------------------------------------------- definitions

#define BINARY(name_, first_, since_, doc_, traits_, id)                                                    \
    {                                                                                                       \
        TN_HERE, .name = name_, .since = since_, .first = first_, .doc = doc_,                              \
                 .traits = TN_ELEMENTWISE | (traits_), .in = {{"A", "T"}, {"B", "T"}}, .out = {{"C", "T"}}, \
                 .types = {{"T", TN_NUMBERS}}, .infer = id##_infer, .ref = id##_ref,                        \
                 .upgrade = tni_upgrade_broadcast                                                           \
    }

TN_OP(add) = BINARY("Add", 1, 14, "A + B", TN_COMMUTATIVE, add);
TN_OP(sub) = BINARY("Sub", 1, 14, "A - B", 0, sub);
TN_OP(mul) = BINARY("Mul", 1, 14, "A * B", TN_COMMUTATIVE, mul);
TN_OP(div) = BINARY("Div", 1, 14, "A / B; integers truncate", 0, div);

TN_OP(mod) = {
    TN_HERE,
    .name = "Mod",
    .since = 28,
    .first = 10,
    .doc = "rest of A / B, with B's sign, or with A's when fmod is 1",
    .traits = TN_ELEMENTWISE,
    .in = {{"A", "T"}, {"B", "T"}},
    .out = {{"C", "T"}},
    .types = {{"T", TN_NUMBERS}},
    .attrs = {{"fmod", TN_ATTR_INT, .i = 0, .min = 0, .max = 1}},
    .infer = mod_infer,
    .ref = mod_ref,
};

TN_OP(pow) = {
    TN_HERE,
    .name = "Pow",
    .since = 15,
    .first = 1,
    .doc = "X to the power of Y",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}, {"Y", "T1"}},
    .out = {{"Z", "T"}},
    .types = {{"T", TN_FLOATS | TN_INDEXES}, {"T1", TN_NUMBERS}},
    .infer = pow_infer,
    .ref = pow_ref,
    .upgrade = tni_upgrade_broadcast,
};
