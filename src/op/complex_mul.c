// SPDX-License-Identifier: Apache-2.0
// complex_mul.c - com.microsoft ComplexMul and ComplexMulConj: products of complex numbers whose parts are
// the last dimension [..., 2], the second factor conjugated for the latter.
#include "op/formula.h"

static tn_status product(tni_spec *s, const char *re, const char *im) {
    return tni_formula(s,
                       "a:b = Split(#0){axis=-1, num_outputs=2}; c:d = Split(#1){axis=-1, num_outputs=2};"
                       "ac = Mul(a, c); bd = Mul(b, d); ad = Mul(a, d); bc = Mul(b, c);"
                       "r = %s(ac, bd); i = %s(bc, ad); = Concat(r, i){axis=-1}",
                       re, im);
}

static tn_status plain(tni_spec *s) { return product(s, "Sub", "Add"); }
static tn_status conjugate(tni_spec *s) { return product(s, "Add", "Sub"); }

TN_OP(ms_complex_mul) = {
    TN_HERE,
    .name = "ComplexMul",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "products of complex numbers [..., 2]",
    .in = {{"A", "T"}, {"B", "T"}},
    .out = {{"C", "T"}},
    .types = {{"T", TN_FLOATS}},
    .upgrade = plain,
};
TN_OP(ms_complex_mul_conj) = {
    TN_HERE,
    .name = "ComplexMulConj",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "products of complex numbers [..., 2] and the conjugates of others",
    .in = {{"A", "T"}, {"B", "T"}},
    .out = {{"C", "T"}},
    .types = {{"T", TN_FLOATS}},
    .upgrade = conjugate,
};
