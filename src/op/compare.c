// SPDX-License-Identifier: Apache-2.0
// compare.c - Equal, Less and their relatives: two broadcast inputs, booleans out. Integers are compared as
// such, not as doubles; strings byte by byte.
#include "op/op.h"

#define COMPARE(id, op)                                                                                   \
    TNI_MAP2(id##_row, a op b ? 1.0 : 0.0)                                                                \
    static void id##_row_int(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype) { \
        if (dtype == TN_U64)                                                                              \
            for (int64_t k = 0; k < n; k++) y[k] = (uint64_t)a[k] op(uint64_t) b[k];                      \
        else                                                                                              \
            for (int64_t k = 0; k < n; k++) y[k] = a[k] op b[k];                                          \
    }                                                                                                     \
    static tn_status id##_ref(tn_call *c) { return tni_call_either2(c, id##_row, id##_row_int); }

COMPARE(numbers_equal, ==)
COMPARE(greater, >)
COMPARE(greater_or_equal, >=)
COMPARE(less, <)
COMPARE(less_or_equal, <=)

static tn_status strings_equal(tn_call *c) {
    const tn_str *a = tni_strings(c->in[0]), *b = tni_strings(c->in[1]);
    if (!c->out[0]) return TN_OK;
    uint8_t *y = c->out[0]->data;
    tni_walk w;
    tni_walk_begin(&w, c->out[0], 2, c->in);
    while (tni_walk_next(&w))
        for (int64_t k = 0; k < w.n; k++)
            y[w.at + k] = tni_str_equal(a[w.in_at[0] + k * w.step[0]], b[w.in_at[1] + k * w.step[1]]);
    return TN_OK;
}

static tn_status equal_ref(tn_call *c) {
    return tni_is_string(c->in[0]) ? strings_equal(c) : numbers_equal_ref(c);
}

// ----------------------------------------------------------------------------------------- inference

typedef enum sign { NEGATIVE = 1, ZERO = 2, POSITIVE = 4 } sign;

// Which signs a - b may have, whatever the symbols (sizes >= 0) stand for.
static unsigned difference(tn_infer *c, tn_dim a, tn_dim b) {
    if (!a.e && !b.e) return a.k < b.k ? NEGATIVE : a.k > b.k ? POSITIVE : ZERO;
    if (tn_dim_equal(a, b)) return ZERO;
    tn_dim one = tn_k(1);
    if (tn_dim_equal(tn_dim_max(c->dims, a, tn_dim_add(c->dims, b, one)), a)) return POSITIVE;
    if (tn_dim_equal(tn_dim_max(c->dims, b, tn_dim_add(c->dims, a, one)), b)) return NEGATIVE;
    if (tn_dim_equal(tn_dim_max(c->dims, a, b), a)) return POSITIVE | ZERO;
    if (tn_dim_equal(tn_dim_max(c->dims, a, b), b)) return NEGATIVE | ZERO;
    return NEGATIVE | ZERO | POSITIVE;
}

// True for the signs in `yes`: decided when all or none of the possible ones are among them.
static bool decide(tn_infer *c, const tn_dim *in, unsigned yes, tn_dim *to) {
    unsigned possible = difference(c, in[0], in[1]);
    *to = tn_k((possible & yes) != 0);
    return (possible & ~yes) == 0 || (possible & yes) == 0;
}

#define COMPARE_INFER(id, signs)                                                 \
    static bool id##_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) { \
        (void)n;                                                                 \
        return decide(c, in, signs, to);                                         \
    }                                                                            \
    static tn_status id##_infer(tn_infer *c) { return tni_infer_with(c, tn_infer_compare, id##_content); }

COMPARE_INFER(equal, ZERO)
COMPARE_INFER(greater, POSITIVE)
COMPARE_INFER(greater_or_equal, POSITIVE | ZERO)
COMPARE_INFER(less, NEGATIVE)
COMPARE_INFER(less_or_equal, NEGATIVE | ZERO)

#define COMPARISON(name_, first_, since_, doc_, traits_, dtypes_, id)                                     \
    {                                                                                                     \
        TN_HERE, .name = name_, .since = since_, .first = first_, .doc = doc_,                            \
                 .traits = TN_ELEMENTWISE | (traits_), .in = {{"A", "T"}, {"B", "T"}},                    \
                 .out = {{"C", "bool"}}, .types = {{"T", dtypes_}}, .infer = id##_infer, .ref = id##_ref, \
                 .upgrade = tni_upgrade_broadcast                                                         \
    }

TN_OP(equal) = COMPARISON("Equal", 1, 19, "A == B", TN_COMMUTATIVE,
                          TN_NUMBERS | TN_BIT(TN_BOOL) | TN_BIT(TN_STRING), equal);
TN_OP(greater) = COMPARISON("Greater", 1, 13, "A > B", 0, TN_NUMBERS, greater);
TN_OP(greater_or_equal) = COMPARISON("GreaterOrEqual", 12, 16, "A >= B", 0, TN_NUMBERS, greater_or_equal);
TN_OP(less) = COMPARISON("Less", 1, 13, "A < B", 0, TN_NUMBERS, less);
TN_OP(less_or_equal) = COMPARISON("LessOrEqual", 12, 16, "A <= B", 0, TN_NUMBERS, less_or_equal);
