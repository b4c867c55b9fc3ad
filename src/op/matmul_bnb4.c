// SPDX-License-Identifier: Apache-2.0
// matmul_bnb4.c - com.microsoft MatMulBnb4: A times a matrix [N, K] of bitsandbytes' 4-bit numbers, two in a
// byte, the first in its high half; each names one of sixteen values, and every block_size of them in a row
// share a scale (absmax). It is read as a formula whose first half is folded when the weights are constant.
#include "op/formula.h"

// QLoRA's quantiles of the normal distribution, and bitsandbytes' FP4: sign, two bits of exponent, one of
// mantissa, divided by the greatest.
static const float nf4[16] = {-1.0F,
                              -0.6961928009986877F,
                              -0.5250730514526367F,
                              -0.39491748809814453F,
                              -0.28444138169288635F,
                              -0.18477343022823334F,
                              -0.09105003625154495F,
                              0.0F,
                              0.07958029955625534F,
                              0.16093020141124725F,
                              0.24611230194568634F,
                              0.33791524171829224F,
                              0.44070982933044434F,
                              0.5626170039176941F,
                              0.7229568362236023F,
                              1.0F};
static const float fp4[8] = {0.0F, 5.208333333e-03F, 0.66666667F, 1.0F, 0.33333333F,
                             0.5F, 0.16666667F,      0.25F};

static tni_value *values(tni_spec *s, bool normal) {
    int64_t dim = 16;
    tn_tensor *t = tni_tensor_new(&s->graph->root->arena, s->in[2]->info.type.dtype, 1, &dim);
    for (int i = 0; t && i < 16; i++) tni_set(t, i, (double)(normal ? nf4[i] : i < 8 ? fp4[i] : -fp4[i - 8]));
    return t ? tni_value_const(s->graph, NULL, t) : NULL;
}

static tn_status upgrade(tni_spec *s) {
    long long n = tni_spec_int(s, "N", 0), k = tni_spec_int(s, "K", 0),
              block = tni_spec_int(s, "block_size", 0), type = tni_spec_int(s, "quant_type", -1), count;
    bool across = tni_spec_int(s, "transB", 1) != 0;
    if (n < 1 || k < 1 || !ck_mul64(n, k, (int64_t *)&count) || count > INT64_MAX / 4)
        return tni_spec_fail(s, NULL, "K is %lld and N %lld, expected 1 or more", k, n);
    if (type != 0 && type != 1)
        return tni_spec_fail(s, NULL, "quant_type is %lld, expected 0 (FP4) or 1 (NF4)", type);
    if (block < 16 || (block & (block - 1)))
        return tni_spec_fail(s, NULL, "block_size is %lld, expected a power of two from 16 on", block);
    tni_value *table = values(s, type == 1);
    if (!table) return TN_NOMEM;
    TN_TRY(tni_spec_input(s, 3, table));
    s->nattr = 0;
    return tni_formula(
        s,
        "c4 = Cast(4i){to=2}; c15 = Cast(15i){to=2}; b = Reshape(#1, [-1]);"
        "h = BitShift(b, c4){direction='RIGHT'}; l = BitwiseAnd(b, c15);"
        "hu = Unsqueeze(h, [1]); lu = Unsqueeze(l, [1]); p = Concat(hu, lu){axis=1};"
        "f = Reshape(p, [-1]); g = Slice(f, [0], [%lld]); i = Cast(g){to=6}; v = Gather(#3, i);"
        "m = Reshape(#2, [-1, 1]); e = Expand(m, [1, %lld]); er = Reshape(e, [-1]);"
        "es = Slice(er, [0], [%lld]); w = Mul(v, es); t = Reshape(w, [%lld, %lld]);"
        "%s = MatMul(#0, %s)",
        count, block, count, n, k, across ? "a = Transpose(t){perm=[1, 0]};" : "", across ? "a" : "t");
}

TN_OP(ms_matmul_bnb4) = {
    TN_HERE,
    .name = "MatMulBnb4",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "A times weights of bitsandbytes' 4-bit types",
    .in = {{"A", "T1"}, {"B", "u8"}, {"absmax", "T1"}},
    .out = {{"Y", "T1"}},
    .types = {{"T1", TN_FLOATS}},
    .attrs = {{"K", TN_ATTR_INT, TN_REQUIRED},
              {"N", TN_ATTR_INT, TN_REQUIRED},
              {"block_size", TN_ATTR_INT, TN_REQUIRED},
              {"quant_type", TN_ATTR_INT, TN_REQUIRED},
              {"training_mode", TN_ATTR_INT},
              {"transB", TN_ATTR_INT, .i = 1}},
    .upgrade = upgrade,
};
