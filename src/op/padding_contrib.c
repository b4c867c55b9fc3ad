// SPDX-License-Identifier: Apache-2.0
// padding_contrib.c - com.microsoft operators on sequences without their padding (RemovePadding,
// RestorePadding, PackedAttention, PackedMultiHeadAttention), read as formulas. A packed tensor [T, ...]
// holds the real tokens of all sequences one after the other; token_offset [B, S] says where in [B * S] they
// come from, then where the padding was.
#include "op/formula.h"

#define TOKENS \
    { "T", TN_FLOATS }

static tn_status remove_padding(tni_spec *s) {
    TN_TRY(tni_formula(s, "w = Shape(#0){start=1, end=2}; v = Reshape(w, []); i = Range(0i, v, 1i);"
                          "c = Cast(#1){to=7}; d = Unsqueeze(c, [1]); m = Less(i, d); f = Reshape(m, [-1]);"
                          "p = NonZero(f); n = Not(f); o = NonZero(n); a = Concat(p, o){axis=1};"
                          "bs = Shape(#0){start=0, end=2}; b = Reshape(a, bs); $1 = Cast(b){to=6};"
                          "u = CumSum(#1, 0i); z = Cast([0]){to=6}; $2 = Concat(z, u){axis=0};"
                          "$3 = ReduceMax(#1, [0]){keepdims=1};"
                          "h = Shape(#0){start=2}; l = Concat([-1], h){axis=0}; x = Reshape(#0, l);"
                          "t = Reshape(p, [-1]); = Gather(x, t)"));
    s->nout = 1;
    return TN_OK;
}

static tn_status restore_padding(tni_spec *s) {
    return tni_formula(s,
                       "n = Shape(#0){start=0, end=1}; f = Reshape(#1, [-1]); o = Slice(f, [0], n);"
                       "c = Cast(o){to=7}; u = Unsqueeze(c, [1]); h = Shape(#0){start=1};"
                       "m = Shape(f); k = Concat(m, h){axis=0}; z = Expand(0, k);"
                       "y = ScatterND(z, u, #0); b = Shape(#1); l = Concat(b, h){axis=0}; = Reshape(y, l)");
}

// Attention over the restored sequences; keys end where their sequence does. Of the result the rows of real
// tokens are kept.
static tn_status packed(tni_spec *s, int offset, const char *restore, const char *attention) {
    return tni_formula(
        s,
        "%s e = Slice(#%d, [1], [2147483647], [0]); f = Slice(#%d, [0], [-1], [0]); l = Sub(e, f);"
        "a = com.microsoft.%s{*}; y = Flatten(a){axis=2}; n = Shape(#0){start=0, end=1};"
        "g = Reshape(#%d, [-1]); i = Slice(g, [0], n, [0]); = Gather(y, i)",
        restore, offset + 1, offset + 1, attention, offset);
}

static tn_status packed_attention(tni_spec *s) {
    return packed(s, 3, "x = com.microsoft.RestorePadding(#0, #3);", "Attention(x, #1, #2, l, _, #5)");
}

static tn_status packed_heads(tni_spec *s) {
    bool apart = tni_spec_has(s, 1) && tni_spec_has(s, 2);
    if (apart)
        return packed(s, 4,
                      "q = com.microsoft.RestorePadding(#0, #4); k = com.microsoft.RestorePadding(#1, #4);"
                      "v = com.microsoft.RestorePadding(#2, #4);",
                      "MultiHeadAttention(q, k, v, #3, l, #6)");
    if (tni_spec_has(s, 1) || tni_spec_has(s, 2))
        return tni_spec_fail(s, NULL, "key and value must be given both, or be packed with the queries");
    return packed(s, 4, "q = com.microsoft.RestorePadding(#0, #4);",
                  "MultiHeadAttention(q, _, _, #3, l, #6)");
}

TN_OP(ms_remove_padding) = {
    TN_HERE,
    .name = "RemovePadding",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "the real tokens of padded sequences, and where they were",
    .in = {{"input", "T"}, {"sequence_token_count", "i32"}},
    .out = {{"output", "T"},
            {"token_offset", "i32", TN_OPTIONAL_IN},
            {"cumulated_seq_len", "i32", TN_OPTIONAL_IN},
            {"max_seq_len", "i32", TN_OPTIONAL_IN}},
    .types = {TOKENS},
    .upgrade = remove_padding,
};
TN_OP(ms_restore_padding) = {
    TN_HERE,
    .name = "RestorePadding",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "sequences with zeros where RemovePadding took tokens away",
    .in = {{"input", "T"}, {"token_offset", "i32"}},
    .out = {{"output", "T"}},
    .types = {TOKENS},
    .upgrade = restore_padding,
};
TN_OP(ms_packed_attention) = {
    TN_HERE,
    .name = "PackedAttention",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "com.microsoft.Attention of sequences without padding",
    .in = {{"input", "T"},
           {"weights", "T"},
           {"bias", "T"},
           {"token_offset", "i32"},
           {"cumulative_sequence_length", "i32"},
           {"attention_bias", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {TOKENS},
    .upgrade = packed_attention,
};
TN_OP(ms_packed_multi_head_attention) = {
    TN_HERE,
    .name = "PackedMultiHeadAttention",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "com.microsoft.MultiHeadAttention of sequences without padding",
    .in = {{"query", "T"},
           {"key", "T", TN_OPTIONAL_IN},
           {"value", "T", TN_OPTIONAL_IN},
           {"bias", "T", TN_OPTIONAL_IN},
           {"token_offset", "i32"},
           {"cumulative_sequence_length", "i32"},
           {"attention_bias", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {TOKENS},
    .upgrade = packed_heads,
};
