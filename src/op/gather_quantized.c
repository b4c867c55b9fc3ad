// SPDX-License-Identifier: Apache-2.0
// gather_quantized.c - com.microsoft GatherBlockQuantized: rows of a table of 4- or 8-bit numbers, made real
// as they are read, with a scale and a zero point for each block along an axis. Two 4-bit numbers of a table
// of bytes lie in one byte, the first in its low half, along the last axis.
#include "op/op.h"

enum { DATA, INDICES, SCALES, ZEROS };

typedef struct table {
    int64_t bits, block;
    int gather, quant, rank;
    bool packed; // a byte holds two numbers
} table;

static tn_status table_of(tn_infer *c, table *t) {
    const tn_type *x = &c->in[DATA]->type;
    t->bits = tn_attr_int(c->attrs, "bits");
    t->block = tn_attr_int(c->attrs, "block_size");
    if (t->bits != 4 && t->bits != 8)
        return tn_infer_fail(c, "bits is %lld, supported are 4 and 8", (long long)t->bits);
    if (t->block < 16 || (t->block & (t->block - 1)))
        return tn_infer_fail(c, "block_size is %lld, expected a power of two from 16 on",
                             (long long)t->block);
    if (x->rank < 0) return TN_OK;
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "gather_axis"), x->rank, &t->gather));
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "quantize_axis"), x->rank, &t->quant));
    if (t->gather == t->quant) return tn_infer_fail(c, "gather_axis and quantize_axis are the same");
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[DATA]->type, *at = &c->in[INDICES]->type;
    tn_dim dim[TN_MAX_RANK];
    table t = {0};
    int n = 0;
    TN_TRY(tni_want_rank(c, DATA, "the table", 2, TN_MAX_RANK));
    TN_TRY(table_of(c, &t));
    tn_dtype dtype = c->in[SCALES]->type.dtype;
    if (x->rank < 0 || at->rank < 0) return tni_shape_unknown(c, 0, dtype), TN_OK;
    if (x->rank + at->rank - 1 > TN_MAX_RANK) return tn_infer_fail(c, "the result's rank is too large");
    TN_TRY(tni_want_rank(c, SCALES, "the scales", x->rank, x->rank));
    bool packed = x->dtype == TN_U8 && t.bits == 4;
    for (int d = 0; d < x->rank; d++) {
        if (d == t.gather)
            for (int k = 0; k < at->rank; k++) dim[n++] = at->dim[k];
        else
            dim[n++] = packed && d == x->rank - 1 ? tn_dim_mul(c->dims, x->dim[d], tn_k(2)) : x->dim[d];
    }
    tni_shape_out(c, 0, dtype, n, dim);
    return TN_OK;
}

static double number(const tn_tensor *t, bool packed, int64_t i) {
    if (!packed) return tni_get(t, i);
    return ((const uint8_t *)t->data)[i / 2] >> (i % 2 * 4) & 15;
}

// Zero points of packed tables are packed as well. Where their rows are of odd length the shape has room for
// one more in each, but they lie one after the other all the same: so ONNX Runtime reads them.
static double zero_of(const tn_tensor *zeros, const table *t, int64_t at) {
    if (!zeros) return t->packed ? 8 : t->bits == 8 ? 128 : 0;
    return number(zeros, t->packed, at);
}

static bool zeros_fit(const tn_tensor *zeros, const tn_tensor *scales, bool packed) {
    if (!zeros) return true;
    if (zeros->rank != scales->rank) return false;
    for (int d = 0; d < scales->rank; d++) {
        int64_t n = packed && d == scales->rank - 1 ? (scales->dim[d] + 1) / 2 : scales->dim[d];
        if (zeros->dim[d] != n) return false;
    }
    return true;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[DATA], *at = c->in[INDICES], *scales = c->in[SCALES],
                    *zeros = tni_arg(c, ZEROS);
    table t = {
        .bits = tn_attr_int(c->attrs, "bits"), .block = tn_attr_int(c->attrs, "block_size"), .rank = x->rank};
    if (!c->out[0]) return TN_OK;
    t.gather = tni_axis(tn_attr_int(c->attrs, "gather_axis"), x->rank);
    t.quant = tni_axis(tn_attr_int(c->attrs, "quantize_axis"), x->rank);
    t.packed = x->dtype == TN_U8 && t.bits == 4;
    int64_t dim[TN_MAX_RANK], index[TN_MAX_RANK], n = tn_count(at), inner = 1, outer = 1,
                                                  count = tn_count(c->out[0]);
    for (int d = 0; d < x->rank; d++) dim[d] = t.packed && d == x->rank - 1 ? 2 * x->dim[d] : x->dim[d];
    for (int d = t.gather + 1; d < x->rank; d++) inner *= dim[d];
    for (int d = 0; d < t.gather; d++) outer *= dim[d];
    if (outer * n * inner != count) return tn_call_fail(c, TN_INVALID, "the shapes do not fit");
    for (int d = 0; d < x->rank; d++) {
        int64_t want = d == t.quant ? (dim[d] + t.block - 1) / t.block : dim[d];
        if (scales->dim[d] != want)
            return tn_call_fail(c, TN_INVALID, "dimension %d of the scales is %lld, expected %lld", d,
                                (long long)scales->dim[d], (long long)want);
    }
    if (!zeros_fit(zeros, scales, t.packed))
        return tn_call_fail(c, TN_INVALID, "the zero points' shape does not fit the scales'%s",
                            t.packed ? ", two of them in a byte" : "");
    for (int64_t i = 0; i < count; i++) {
        int64_t row = tni_get_int(at, i / inner % n), rows = dim[t.gather], rest, from = 0, scale = 0;
        if (row < 0) row += rows;
        if (row < 0 || row >= rows)
            return tn_call_fail(c, TN_INVALID, "index %lld is outside [0, %lld)", (long long)row,
                                (long long)rows);
        rest = (i / (inner * n) * rows + row) * inner + i % inner;
        from = rest;
        for (int d = x->rank - 1; d >= 0; d--) index[d] = rest % dim[d], rest /= dim[d];
        for (int d = 0; d < x->rank; d++)
            scale = scale * scales->dim[d] + (d == t.quant ? index[d] / t.block : index[d]);
        double v = number(x, t.packed, from) - zero_of(zeros, &t, scale);
        tni_set(c->out[0], i, v * tni_get(scales, scale));
    }
    return TN_OK;
}

#define TABLES (TN_BIT(TN_I4) | TN_BIT(TN_U4) | TN_BIT(TN_U8))

TN_OP(ms_gather_block_quantized) = {
    TN_HERE,
    .name = "GatherBlockQuantized",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "rows of a table of 4- or 8-bit numbers, made real",
    .in = {{"data", "T1"}, {"indices", "Tind"}, {"scales", "T2"}, {"zero_points", "T1", TN_OPTIONAL_IN}},
    .out = {{"output", "T2"}},
    .types = {{"T1", TABLES}, {"T2", TN_FLOATS}, {"Tind", TN_INDEXES}},
    .attrs = {{"gather_axis", TN_ATTR_INT},
              {"quantize_axis", TN_ATTR_INT, .i = 1},
              {.name = "block_size", .kind = TN_ATTR_INT, .i = 128, .min = 1, .max = 1 << 24},
              {"bits", TN_ATTR_INT, .i = 4}},
    .infer = infer,
    .ref = ref,
};
