// SPDX-License-Identifier: Apache-2.0
// position_bias.c - com.microsoft RelativePositionBias (T5: a learned number for each bucket of distances,
// whose buckets widen with the logarithm) and GatedRelativePositionBias (WavLM: one that each query scales),
// read as formulas.
#include "op/formula.h"

// Distances below `exact` have a bucket each, those up to max_distance share the rest. The table's memory is
// [heads, buckets] although its shape says [buckets, heads]: ONNX Runtime's fusion writes it transposed.
static tn_status relative(tni_spec *s) {
    const tn_type *table = &s->in[0]->info.type;
    long long most = tni_spec_int(s, "max_distance", 0);
    bool both = tni_spec_int(s, "is_bidirectional", 0) != 0;
    if (table->rank != 2 || table->dim[0].e || table->dim[1].e || table->dim[0].k < (both ? 4 : 2))
        return tni_spec_fail(s, NULL,
                             "bias_table must be of known shape [buckets, heads], with %d buckets or more",
                             both ? 4 : 2);
    long long heads = table->dim[1].k, buckets = table->dim[0].k, half = both ? buckets / 2 : buckets,
              exact = half / 2;
    if (most <= exact)
        return tni_spec_fail(s, NULL,
                             "max_distance is %lld, expected more than the %lld buckets of one distance",
                             most, exact);
    s->nattr = 0;
    const char *side = both ? "g = Greater(r, 0i); gi = Cast(g){to=7}; n = Abs(r);"
                            : "gi = Identity(0i); m = Neg(r); n = Max(m, 0i);";
    return tni_formula(s,
                       "q = Reshape(#1, []); k = Reshape(#2, []); i = Range(0i, q, 1i); j = Range(0i, k, 1i);"
                       "iu = Unsqueeze(i, [1]); r = Sub(j, iu); %s base = Mul(gi, %lldi);"
                       "x = Cast(n){to=1}; e = Cast(%lldi){to=1}; d = Div(x, e); l = Log(d);"
                       "t = Cast(%lldi){to=1}; td = Div(t, e); tl = Log(td); w = Div(l, tl);"
                       "c = Cast(%lldi){to=1}; v = Mul(w, c); vi = Cast(v){to=7}; a = Add(vi, %lldi);"
                       "b = Min(a, %lldi); near = Less(n, %lldi); o = Where(near, n, b); p = Add(o, base);"
                       "tab = Reshape(#0, [%lld, %lld]); y = Gather(tab, p){axis=1}; = Unsqueeze(y, [0])",
                       side, half, exact, most, half - exact, exact, half - 1, exact, heads, buckets);
}

// u, r = sigmoid of two sums over the projected query; bias * (u * (r * a - 1) + 2).
static tn_status gated(tni_spec *s) {
    long long heads = tni_spec_int(s, "num_heads", 0);
    if (heads < 1) return tni_spec_fail(s, NULL, "num_heads is %lld, expected 1 or more", heads);
    s->nattr = 0;
    return tni_formula(s,
                       "%s x = Add(p, #1); xr = Reshape(x, [0, 0, %lld, -1]);"
                       "h = Transpose(xr){perm=[0, 2, 1, 3]}; m = MatMul(h, #3); mb = Add(m, #4);"
                       "g = Reshape(mb, [0, 0, 0, 2, -1]); gs = ReduceSum(g, [4]){keepdims=0};"
                       "z = Sigmoid(gs); u:r = Split(z){axis=-1, num_outputs=2}; ra = Mul(r, #5);"
                       "rb = Sub(ra, 1); ub = Mul(u, rb); f = Add(ub, 2); = Mul(f, #2)",
                       tni_spec_has(s, 6) ? "p = com.microsoft.RestorePadding(#0, #6);" : "p = Identity(#0);",
                       heads);
}

TN_OP(ms_relative_position_bias) = {
    TN_HERE,
    .name = "RelativePositionBias",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "a number for each head and bucket of distances, as in T5",
    .in = {{"bias_table", "T"}, {"query_length", "i64"}, {"key_length", "i64"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"max_distance", TN_ATTR_INT, TN_REQUIRED}, {"is_bidirectional", TN_ATTR_INT}},
    .upgrade = relative,
};
TN_OP(ms_gated_relative_position_bias) = {
    TN_HERE,
    .name = "GatedRelativePositionBias",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "a position bias that gates of the query scale, as in WavLM",
    .in = {{"query_layer", "T"},
           {"query_bias", "T"},
           {"rel_pos", "T"},
           {"weight", "T"},
           {"bias", "T"},
           {"eco_a", "T"},
           {"token_offset", "i32", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"num_heads", TN_ATTR_INT, TN_REQUIRED}},
    .upgrade = gated,
};
