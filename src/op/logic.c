// SPDX-License-Identifier: Apache-2.0
// logic.c - And, Or, Xor of booleans and of the bits of integers, and shifts.
#include "op/op.h"

#define BITS(id, op)                                                                                     \
    static void id##_row(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) {    \
        (void)dtype;                                                                                     \
        for (int64_t k = 0; k < n; k++) y[k] = a[k] op b[k];                                             \
    }                                                                                                    \
    static tn_status id##_ref(tn_call *c) { return tni_call_map2_int(c, c->in[0], c->in[1], id##_row); } \
    static bool id##_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {                         \
        (void)c, (void)n;                                                                                \
        *to = tn_k(in[0].k op in[1].k);                                                                  \
        return !in[0].e && !in[1].e;                                                                     \
    }                                                                                                    \
    static tn_status id##_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_broadcast, id##_content); }

BITS(both, &)
BITS(either, |)
BITS(one, ^)

static void left_row(int64_t *y, const int64_t *x, const int64_t *by, int64_t n, tn_dtype dtype) {
    int64_t width = (int64_t)tni_bits(dtype);
    for (int64_t k = 0; k < n; k++)
        y[k] = by[k] < 0 || by[k] >= width ? 0 : (int64_t)((uint64_t)x[k] << by[k]);
}

// Rows hold elements extended to 64 bits by their sign, or by zeros, so that one shift serves all widths.
static void right_row(int64_t *y, const int64_t *x, const int64_t *by, int64_t n, tn_dtype dtype) {
    int64_t width = (int64_t)tni_bits(dtype);
    bool is_unsigned = tni_is_unsigned(dtype);
    for (int64_t k = 0; k < n; k++) {
        bool fill = !is_unsigned && x[k] < 0;
        uint64_t bits = fill ? ~(uint64_t)x[k] : (uint64_t)x[k];
        bits = by[k] < 0 || by[k] >= width ? 0 : bits >> by[k];
        y[k] = (int64_t)(fill ? ~bits : bits);
    }
}

static tn_status bit_shift_ref(tn_call *c) {
    bool left = tn_attr_is(c->attrs, "direction", "LEFT");
    return tni_call_map2_int(c, c->in[0], c->in[1], left ? left_row : right_row);
}

static tn_status bit_shift_infer(tn_infer *c) {
    const char *direction = tn_attr_string(c->attrs, "direction");
    if (strcmp(direction, "LEFT") != 0 && strcmp(direction, "RIGHT") != 0)
        return tn_infer_fail(c, "direction must be 'LEFT' or 'RIGHT', not '%s'", direction);
    return tn_infer_broadcast(c);
}

#define LOGIC(name_, first_, since_, doc_, dtypes_, id, upgrade_)                                      \
    {                                                                                                  \
        TN_HERE, .name = name_, .since = since_, .first = first_, .doc = doc_,                         \
                 .traits = TN_ELEMENTWISE | TN_COMMUTATIVE, .in = {{"A", "T"}, {"B", "T"}},            \
                 .out = {{"C", "T"}}, .types = {{"T", dtypes_}}, .infer = id##_infer, .ref = id##_ref, \
                 .upgrade = upgrade_                                                                   \
    }

TN_OP(logical_and) = LOGIC("And", 1, 7, "both", TN_BIT(TN_BOOL), both, tni_upgrade_broadcast);
TN_OP(logical_or) = LOGIC("Or", 1, 7, "either", TN_BIT(TN_BOOL), either, tni_upgrade_broadcast);
TN_OP(logical_xor) = LOGIC("Xor", 1, 7, "one but not both", TN_BIT(TN_BOOL), one, tni_upgrade_broadcast);
TN_OP(bitwise_and) = LOGIC("BitwiseAnd", 18, 18, "bits set in both", TN_INTEGERS, both, NULL);
TN_OP(bitwise_or) = LOGIC("BitwiseOr", 18, 18, "bits set in either", TN_INTEGERS, either, NULL);
TN_OP(bitwise_xor) = LOGIC("BitwiseXor", 18, 18, "bits set in one but not both", TN_INTEGERS, one, NULL);

TN_OP(bit_shift) = {
    TN_HERE,
    .name = "BitShift",
    .since = 28,
    .first = 11,
    .doc = "X shifted by Y bits; to the right with its sign",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T"}, {"Y", "T"}},
    .out = {{"Z", "T"}},
    .types = {{"T", TN_INTEGERS}},
    .attrs = {{"direction", TN_ATTR_STRING, TN_REQUIRED}},
    .infer = bit_shift_infer,
    .ref = bit_shift_ref,
};
