// SPDX-License-Identifier: Apache-2.0
// sparse_attention.c - com.microsoft SparseAttention (Phi-3-small): GroupQueryAttention whose queries see
// only some blocks of keys. The blocks that row r of a layout sees are columns[rows[r]] ... columns[rows[r +
// 1] - 1]; heads take the layouts in turn. Read as GroupQueryAttention with a bias of -infinity for the
// others, made of the rows in question.
#include "op/formula.h"

static tn_status upgrade(tni_spec *s) {
    long long block = tni_spec_int(s, "sparse_block_size", 0), heads = tni_spec_int(s, "num_heads", 0);
    const tn_type *rows = s->nin > 5 && s->in[5] ? &s->in[5]->info.type : NULL;
    if (!rows || rows->rank != 2 || rows->dim[0].e || rows->dim[0].k < 1 || heads % rows->dim[0].k)
        return tni_spec_fail(s, NULL,
                             "block_row_indices must be [layouts, blocks + 1], with a number of layouts that "
                             "divides the heads");
    if (block < 1 || block > 4096)
        return tni_spec_fail(s, NULL, "sparse_block_size is %lld, expected 1 to 4096", block);
    tni_spec_drop(s, "sparse_block_size");
    return tni_formula(
        s,
        "c = Cast(#5){to=7}; lo = Slice(c, [0], [-1], [1]); hi = Slice(c, [1], [2147483647], [1]);"
        "lu = Unsqueeze(lo, [2]); hu = Unsqueeze(hi, [2]); col = Cast(#6){to=7}; nz = Shape(col){start=1, "
        "end=2};"
        "nn = Reshape(nz, []); p = Range(0i, nn, 1i); ge = GreaterOrEqual(p, lu); lt = Less(p, hu); in = "
        "And(ge, lt);"
        "inf = Cast(in){to=1}; mb = Shape(lo){start=1}; mr = Reshape(mb, []); j = Range(0i, mr, 1i);"
        "cu = Unsqueeze(col, [2]); e = Equal(cu, j); ef = Cast(e){to=1}; m = MatMul(inf, ef);"
        "ln = Cast(#8){to=7}; lr = Reshape(ln, [-1, 1]); sn = Shape(#0){start=1, end=2}; sr = Reshape(sn, "
        "[]);"
        "d = Sub(lr, sr); d0 = Max(d, 0i); i = Range(0i, sr, 1i); pos = Add(d0, i); b = Div(pos, %lldi);"
        "r = Gather(m, b){axis=1}; t = Transpose(r){perm=[1, 0, 2, 3]}; u = Unsqueeze(t, [4]);"
        "x = Expand(u, [1, 1, 1, 1, %lld]); xr = Reshape(x, [0, 0, 0, -1]); tt = Reshape(#7, [1]);"
        "tc = Cast(tt){to=7}; y = Slice(xr, [0], tc, [3]); w = Tile(y, [1, %lld, 1, 1]); z = Cast(w){to=9};"
        "bias = Where(z, 0, -inf); one = Cast(1i){to=6}; last = Sub(#8, one);"
        "= com.microsoft.GroupQueryAttention(#0, #1, #2, #3, #4, last, #7, #9, #10, _, bias)",
        block, block, heads / (long long)rows->dim[0].k);
}

TN_OP(ms_sparse_attention) = {
    TN_HERE,
    .name = "SparseAttention",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "GroupQueryAttention that sees some blocks of keys",
    .in = {{"query", "T"},
           {"key", "T", TN_OPTIONAL_IN},
           {"value", "T", TN_OPTIONAL_IN},
           {"past_key", "T"},
           {"past_value", "T"},
           {"block_row_indices", "i32"},
           {"block_col_indices", "i32"},
           {"total_sequence_length", "i32"},
           {"key_total_sequence_lengths", "i32"},
           {"cos_cache", "T", TN_OPTIONAL_IN},
           {"sin_cache", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"present_key", "T"}, {"present_value", "T"}},
    .types = {{"T", TN_FLOATS}},
    .upgrade = upgrade,
};
