// SPDX-License-Identifier: Apache-2.0
// attention_contrib.c - com.microsoft Attention as the formula that it is: the projection of X to queries,
// keys and values, a mask in one of five shapes, past and present keys and values stacked in one tensor, and
// ONNX's Attention between them. ONNX Runtime's optimiser makes it of GPT-2 and BERT.
#include "op/formula.h"

#include <stdio.h>

enum { X, W, BIAS, MASK, PAST, SCORE_BIAS };

static bool wants_present(const tni_spec *s) { return s->nout > 1 && s->outs[1] && *s->outs[1]; }

static tn_status check(tni_spec *s) {
    const tn_attr *sizes = tni_spec_attr(s, "qkv_hidden_sizes");
    if (tni_spec_int(s, "do_rotary", 0) || tni_spec_int(s, "past_present_share_buffer", 0))
        return tni_spec_fail(s, NULL, "do_rotary and past_present_share_buffer are not supported");
    if (sizes && (sizes->n != 3 || sizes->ints[0] != sizes->ints[1]))
        return tni_spec_fail(s, NULL, "qkv_hidden_sizes must be three widths, the first two equal");
    if (sizes && sizes->ints[0] != sizes->ints[2] && (tni_spec_has(s, PAST) || wants_present(s)))
        return tni_spec_fail(s, NULL, "past and present need queries and values of one width");
    if (tni_spec_int(s, "num_heads", 0) < 1) return tni_spec_fail(s, NULL, "num_heads must be at least 1");
    if (!tni_spec_has(s, X) || !tni_spec_has(s, W))
        return tni_spec_fail(s, NULL, "input and weights must be given");
    return TN_OK;
}

// [B] where sequences end, or [2B] and then where they begin; the latter are 0 where they are not there.
static const char *seen_between(const tni_spec *s) {
    const tn_type *m = &s->in[MASK]->info.type, *x = &s->in[X]->info.type;
    if (x->rank == 3 && tn_dim_equal(m->dim[0], x->dim[0]))
        return "n = Squeeze(keys, [0]); at = Range(0i, n, 1i); m0 = Cast(#3){to=7}; m1 = Unsqueeze(m0, [1]);"
               "m2 = Less(at, m1); m = Unsqueeze(m2, [1, 2]);";
    return "n = Squeeze(keys, [0]); at = Range(0i, n, 1i); m0 = Cast(#3){to=7};"
           "b1 = Shape(#0){start=0, end=1}; b2 = Add(b1, b1); o = Expand(0i, b1); m1 = Concat(m0, o){axis=0};"
           "m2 = Slice(m1, [0], b1, [0]); m3 = Slice(m1, b1, b2, [0]); m4 = Unsqueeze(m2, [1]);"
           "m5 = Unsqueeze(m3, [1]); m6 = Less(at, m4); m7 = GreaterOrEqual(at, m5); m8 = And(m6, m7);"
           "m = Unsqueeze(m8, [1, 2]);";
}

// Which keys are seen (bool).
static tn_status seen(tni_spec *s, char *to, size_t room) {
    switch (s->in[MASK]->info.type.rank) {
    case 1: snprintf(to, room, "%s", seen_between(s)); return TN_OK;
    case 2: snprintf(to, room, "ma = Cast(#3){to=9}; m = Unsqueeze(ma, [1, 2]);"); return TN_OK;
    case 3: snprintf(to, room, "ma = Cast(#3){to=9}; m = Unsqueeze(ma, [1]);"); return TN_OK;
    case 4: // of the longest sequence: rows from the past's end on
        snprintf(to, room,
                 "z = Shape(#0){start=1, end=2}; me = Sub(keys, z); ma = Slice(#3, me, keys, [2]);"
                 "mb = Slice(ma, [0], keys, [3]); m = Cast(mb){to=9};");
        return TN_OK;
    default: return tni_spec_fail(s, NULL, "mask_index must have a known rank of 1 to 4");
    }
}

// The mask as numbers to be added: "add" is the operand. mask_filter_value is finite, so that a row which may
// see nothing sees all alike.
static tn_status read_mask(tni_spec *s, char *to, size_t room) {
    double filter = tni_spec_float(s, "mask_filter_value", -10000);
    bool bias = tni_spec_has(s, SCORE_BIAS);
    char m[512];
    if (!tni_spec_has(s, MASK)) {
        snprintf(to, room, bias ? "add = Identity(#5);" : "");
        return TN_OK;
    }
    TN_TRY(seen(s, m, sizeof m));
    snprintf(to, room, "%s f0 = CastLike(%.16e, #0); f = Where(m, 0.0, f0); %s", m, filter,
             bias ? "add = Add(f, #5);" : "add = Identity(f);");
    return TN_OK;
}

// Attention's attributes; ours are all read then.
static void take_attributes(tni_spec *s, char to[128]) {
    long long heads = tni_spec_int(s, "num_heads", 1);
    double scale = tni_spec_float(s, "scale", 0);
    int n = snprintf(to, 128, "q_num_heads=%lld, kv_num_heads=%lld, is_causal=%d", heads, heads,
                     tni_spec_int(s, "unidirectional", 0) != 0);
    if (scale != 0) snprintf(to + n, 128 - (size_t)n, ", scale=%.16e", scale);
    s->nattr = 0;
}

// Without a given past the keys are as many as the rows.
static const char past_of[] =
    "p0:p1 = Split(#4){axis=0, num_outputs=2}; pk = Squeeze(p0, [0]); pv = Squeeze(p1, [0]);"
    "l = Shape(pk){start=2, end=3}; l0 = Shape(#0){start=1, end=2}; keys = Add(l, l0);";

static tn_status upgrade(tni_spec *s) {
    char mask[768], attrs[128], split[128];
    TN_TRY(check(s));
    TN_TRY(read_mask(s, mask, sizeof mask));
    bool past = tni_spec_has(s, PAST), masked = tni_spec_has(s, MASK) || tni_spec_has(s, SCORE_BIAS);
    bool present = wants_present(s);
    if (tni_spec_attr(s, "qkv_hidden_sizes"))
        snprintf(split, sizeof split, "Split(h, %s){axis=-1}", tni_formula_ints(s, "qkv_hidden_sizes"));
    else
        snprintf(split, sizeof split, "Split(h){axis=-1, num_outputs=3}");
    take_attributes(s, attrs);
    TN_TRY(tni_formula(s, "%s q:k:v = %s; %s %s %s= Attention(q, k, v, %s%s){%s} %s",
                       tni_spec_has(s, BIAS) ? "g = MatMul(#0, #1); h = Add(g, #2);" : "h = MatMul(#0, #1);",
                       split, past ? past_of : "keys = Shape(#0){start=1, end=2};", mask,
                       present ? "$0:pk1:pv1 " : "", masked ? "add" : "_", past ? ", pk, pv" : "", attrs,
                       present ? "; a = Unsqueeze(pk1, [0]); b = Unsqueeze(pv1, [0]); = Concat(a, b){axis=0}"
                               : ""));
    if (present) s->outs++; // the node itself gives present
    s->nout = 1;
    return TN_OK;
}

TN_OP(ms_attention) = {
    TN_HERE,
    .name = "Attention",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Multi-head self-attention with its projection, masks and a cache",
    .in = {{"input", "T"},
           {"weights", "T"},
           {"bias", "T", TN_OPTIONAL_IN},
           {"mask_index", "i32", TN_OPTIONAL_IN},
           {"past", "T", TN_OPTIONAL_IN},
           {"attention_bias", "T", TN_OPTIONAL_IN},
           {"past_sequence_length", "i32", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"present", "T", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "num_heads", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {.name = "unidirectional", .kind = TN_ATTR_INT, .max = 1},
              {.name = "mask_filter_value", .kind = TN_ATTR_FLOAT, .f = -10000},
              {.name = "scale", .kind = TN_ATTR_FLOAT},
              {.name = "qkv_hidden_sizes", .kind = TN_ATTR_INTS, .min = 0, .max = INT32_MAX},
              {.name = "do_rotary", .kind = TN_ATTR_INT},
              {.name = "rotary_embedding_dim", .kind = TN_ATTR_INT},
              {.name = "past_present_share_buffer", .kind = TN_ATTR_INT}},
    .upgrade = upgrade,
};
