// SPDX-License-Identifier: Apache-2.0
// quantize.c - fake quantisation, which training leaves, and quantized_decomposed::, which PyTorch's PT2E
// quantisation leaves in a graph: by tensor and by channel they are QuantizeLinear and DequantizeLinear, by
// token and by group of a row the formulas that torch/ao/quantization/fx/_decomposed.py gives.
#include "import/aten/aten.h"

#include <string.h>

// ---- scale and zero point by number or by tensor; a narrower range than the type's is clipped

static int64_t least_of(tn_dtype dtype) {
    return tni_is_unsigned(dtype) ? 0 : -((int64_t)1 << (tn_dtype_bits(dtype) - 1));
}
static int64_t most_of(tn_dtype dtype) { return least_of(dtype) + ((int64_t)1 << tn_dtype_bits(dtype)) - 1; }

static tni_value *clipped(tn_aten *c, tni_value *q, tn_dtype dtype) {
    int64_t least = tni_at_int(c, "quant_min"), most = tni_at_int(c, "quant_max");
    int64_t low = least_of(dtype), high = most_of(dtype);
    if (least <= low && most >= high) return q;
    return tni_at_expr(c, "Clip($0, $1, $2)", q, tni_at_scalar(c, dtype, (double)least),
                       tni_at_scalar(c, dtype, (double)most));
}

static void quantize(tn_aten *c) {
    bool channels = strstr(c->target, "channel") != NULL;
    tn_dtype dtype = tni_at_dtype(c, "dtype", c->out);
    tni_value *x = tni_at_tensor(c, "input");
    tni_value *scale = tni_at_number(c, channels ? "scales" : "scale", tni_at_type(x));
    tni_value *zero = tni_at_has(c, channels ? "zero_points" : "zero_point")
                          ? tni_at_number(c, channels ? "zero_points" : "zero_point", dtype)
                          : tni_at_scalar(c, dtype, 0);
    if (!channels) { // a tensor of one is a scalar
        scale = tni_at_expr(c, "Reshape($0, $1)", scale, tni_at_vector(c, NULL, 0));
        zero = tni_at_expr(c, "Reshape($0, $1)", zero, tni_at_vector(c, NULL, 0));
    }
    tni_at_set_int(c, "axis", channels ? tni_at_axis(c, "axis", tni_at_rank(c, x)) : 1);
    tni_at_give(c, 0,
                clipped(c, tni_at_expr(c, "QuantizeLinear($0, $1, $2){axis=axis}", x, scale, zero), dtype));
}

static void dequantize(tn_aten *c) {
    bool channels = strstr(c->target, "channel") != NULL;
    tni_value *x = tni_at_tensor(c, "input");
    tn_dtype dtype = tni_at_type(x);
    tni_value *scale = tni_at_number(c, channels ? "scales" : "scale", c->out);
    const char *name = channels ? "zero_points" : "zero_point";
    tni_value *zero = tni_at_has(c, name) ? tni_at_number(c, name, dtype) : tni_at_scalar(c, dtype, 0);
    if (channels && !tni_at_has(c, name)) zero = tni_at_expr(c, "Expand($0, Shape($1))", zero, scale);
    if (!channels) {
        scale = tni_at_expr(c, "Reshape($0, $1)", scale, tni_at_vector(c, NULL, 0));
        zero = tni_at_expr(c, "Reshape($0, $1)", zero, tni_at_vector(c, NULL, 0));
    }
    tni_at_set_int(c, "axis", channels ? tni_at_axis(c, "axis", tni_at_rank(c, x)) : 1);
    tni_at_give(c, 0, tni_at_expr(c, "DequantizeLinear($0, $1, $2){axis=axis}", x, scale, zero));
}

// To the nearest step and back, as quantisation-aware training leaves it. The second output, what lay within
// the range, is for gradients only.
static void fake_quantize(tn_aten *c) {
    static const tn_dtype types[] = {TN_I8, TN_U8, TN_I16, TN_U16};
    bool channels = strstr(c->target, "channel") != NULL;
    int64_t least = tni_at_int(c, "quant_min"), most = tni_at_int(c, "quant_max");
    tni_value *x = tni_at_tensor(c, "self"), *scale = tni_at_number(c, "scale", tni_at_type(x));
    size_t i = 0;
    while (i < 4 && (least < least_of(types[i]) || most > most_of(types[i]))) i++;
    if (i == 4) tni_at_fail(c, NULL, "%lld to %lld are more than 16 bits", (long long)least, (long long)most);
    if (c->failed) return;
    tni_value *zero = tni_at_number(c, "zero_point", types[i]);
    if (!channels) {
        scale = tni_at_expr(c, "Reshape($0, $1)", scale, tni_at_vector(c, NULL, 0));
        zero = tni_at_expr(c, "Reshape($0, $1)", zero, tni_at_vector(c, NULL, 0));
    }
    tni_at_set_int(c, "axis", channels ? tni_at_axis(c, "axis", tni_at_rank(c, x)) : 1);
    tni_value *q =
        clipped(c, tni_at_expr(c, "QuantizeLinear($0, $1, $2){axis=axis}", x, scale, zero), types[i]);
    tni_value *y = tni_at_expr(c, "DequantizeLinear($0, $1, $2){axis=axis}", q, scale, zero);
    if (strstr(c->target, "tensor_qparams") && tni_at_has(c, "fake_quant_enabled"))
        y = tni_at_expr(c, "Where(Equal(Reshape($0, $1), $2), $3, $4)",
                        tni_at_number(c, "fake_quant_enabled", TN_I64), tni_at_vector(c, NULL, 0),
                        tni_at_scalar(c, TN_I64, 1), y, x);
    tni_at_give(c, 0, y);
}

// ---- by token (all but the last dimension) and by group of a row

// x / scale + zero, rounded, clipped, in the type asked for.
static tni_value *rounded(tn_aten *c, tni_value *x, tni_value *scale, tni_value *zero) {
    tn_dtype dtype = tni_at_dtype(c, "dtype", c->out), f = tni_at_type(x);
    return tni_at_cast(c,
                       tni_at_expr(c, "Clip(Round(Add(Mul($0, Div($1, $2)), $3)), $4, $5)", x,
                                   tni_at_scalar(c, f, 1), scale, zero,
                                   tni_at_scalar(c, f, (double)tni_at_int(c, "quant_min")),
                                   tni_at_scalar(c, f, (double)tni_at_int(c, "quant_max"))),
                       dtype);
}

static void by_token(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input");
    tn_dtype f = tni_at_type(x);
    tni_at_give(c, 0, rounded(c, x, tni_at_number(c, "scales", f), tni_at_number(c, "zero_points", f)));
}

static void from_token(tn_aten *c) {
    tni_value *scale = tni_at_number(c, "scales", c->out), *zero = tni_at_number(c, "zero_points", c->out);
    tni_at_give(c, 0, tni_at_expr(c, "Mul(Sub($0, $1), $2)", tni_at_number(c, "input", c->out), zero, scale));
}

// Rows of `size`; scales and zero points as a column.
static void groups(tn_aten *c, tn_dtype f, tni_value **x, tni_value **scale, tni_value **zero) {
    int64_t size = tni_at_has(c, "group_size") ? tni_at_int(c, "group_size") : 128;
    tni_value *in = tni_at_tensor(c, "input"), *rows = tni_at_vector(c, (int64_t[]){-1, size}, 2);
    if (tni_at_rank(c, in) != 2) tni_at_fail(c, NULL, "groups are of the rows of a matrix");
    *x = tni_at_cast(c, tni_at_expr(c, "Reshape($0, $1)", in, rows), f);
    *scale = tni_at_expr(c, "Reshape($0, [-1, 1])", tni_at_number(c, "scales", f));
    *zero = tni_at_has(c, "zero_points")
                ? tni_at_expr(c, "Reshape($0, [-1, 1])", tni_at_number(c, "zero_points", f))
                : tni_at_scalar(c, f, 0);
}

static void by_group(tn_aten *c) {
    tni_value *x, *scale, *zero, *in = tni_at_tensor(c, "input");
    groups(c, tni_at_type(in), &x, &scale, &zero);
    tni_at_give(c, 0, tni_at_expr(c, "Reshape($0, Shape($1))", rounded(c, x, scale, zero), in));
}

static void from_group(tn_aten *c) {
    tni_value *x, *scale, *zero;
    groups(c, c->out, &x, &scale, &zero);
    tni_at_give(c, 0,
                tni_at_expr(c, "Reshape(Mul(Sub($0, $1), $2), Shape($3))", x, zero, scale,
                            tni_at_tensor(c, "input")));
}

// ---- scale and zero point found when it runs

typedef struct range {
    tni_value *least, *most; // not above and not below 0
} range;

static range range_of(tn_aten *c, tni_value *x, bool by_row) {
    tni_value *zero = tni_at_scalar(c, tni_at_type(x), 0);
    const char *least =
        by_row ? "Min(ReduceMin($0, [-1]){keepdims=1}, $1)" : "Min(ReduceMin(Reshape($0, [-1])), $1)";
    const char *most =
        by_row ? "Max(ReduceMax($0, [-1]){keepdims=1}, $1)" : "Max(ReduceMax(Reshape($0, [-1])), $1)";
    return (range){tni_at_expr(c, least, x, zero), tni_at_expr(c, most, x, zero)};
}

static tni_value *steps(tn_aten *c, tni_value *span, double count, double eps) {
    tn_dtype f = tni_at_type(span);
    return tni_at_expr(c, "Max(Div($0, $1), $2)", span, tni_at_scalar(c, f, count), tni_at_scalar(c, f, eps));
}

static void choose(tn_aten *c) {
    tni_value *x = tni_at_cast(c, tni_at_tensor(c, "input"), TN_F32);
    bool symmetric = strstr(c->target, "symmetric") != NULL;
    double low = (double)tni_at_int(c, "quant_min");
    double high = (double)tni_at_int(c, "quant_max"), eps = tni_at_float(c, "eps");
    range r = range_of(c, x, false);
    tni_value *scale, *zero;
    if (symmetric) {
        scale = steps(c, tni_at_expr(c, "Max(Neg($0), $1)", r.least, r.most), (high - low) / 2, eps);
        zero = tni_at_expr(c, "Mul($0, $1)", scale, tni_at_scalar(c, TN_F32, 0));
        if (tni_is_unsigned(tni_at_dtype(c, "dtype", TN_I8)))
            zero = tni_at_expr(c, "Add($0, $1)", zero, tni_at_scalar(c, TN_F32, 128));
    } else {
        scale = steps(c, tni_at_expr(c, "Sub($0, $1)", r.most, r.least), high - low, eps);
        tni_value *least = tni_at_scalar(c, TN_F32, low), *most = tni_at_scalar(c, TN_F32, high);
        zero = tni_at_expr(c, "Clip(Sub($0, Round(Div($1, $2))), $0, $3)", least, r.least, scale, most);
    }
    tni_at_give(c, 0, scale);
    tni_at_give(c, 1, zero);
}

// The zero point lies nearer to the end of the range that is rounded less.
static void choose_by_token(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input");
    tn_dtype f = tni_at_type(x);
    tni_value *low = tni_at_scalar(c, f, -128), *high = tni_at_scalar(c, f, 127),
              *none = tni_at_scalar(c, f, 0);
    range r = range_of(c, x, true);
    tni_value *scale = steps(c, tni_at_expr(c, "Sub($0, $1)", r.most, r.least), 255, 1.1920928955078125e-07);
    tni_value *a = tni_at_expr(c, "Div($0, $1)", r.least, scale),
              *b = tni_at_expr(c, "Div($0, $1)", r.most, scale);
    tni_value *sum = tni_at_expr(c, "Add(Add($0, $1), Add($2, $3))", low, a, high, b);
    tni_at_give(c, 0, scale);
    tni_at_give(c, 1,
                tni_at_expr(c, "Round(Clip(Where(Greater($0, $1), Sub($2, $3), Sub($4, $5)), $2, $4))", sum,
                            none, low, a, high, b));
}

TN_ATEN(quantize) = {
    {"quantized_decomposed.quantize_per_tensor", NULL, quantize, 0},
    {"quantized_decomposed.quantize_per_channel", NULL, quantize, 0},
    {"quantized_decomposed.dequantize_per_tensor", NULL, dequantize, 0},
    {"quantized_decomposed.dequantize_per_channel", NULL, dequantize, 0},
    {"aten.fake_quantize_per_tensor_affine", NULL, fake_quantize, 0},
    {"aten.fake_quantize_per_tensor_affine_cachemask", NULL, fake_quantize, 0},
    {"aten._fake_quantize_per_tensor_affine_cachemask_tensor_qparams", NULL, fake_quantize, 0},
    {"aten.fake_quantize_per_channel_affine", NULL, fake_quantize, 0},
    {"aten.fake_quantize_per_channel_affine_cachemask", NULL, fake_quantize, 0},
    {"quantized_decomposed.quantize_per_token", NULL, by_token, 0},
    {"quantized_decomposed.dequantize_per_token", NULL, from_token, 0},
    {"quantized_decomposed.quantize_per_channel_group", NULL, by_group, 0},
    {"quantized_decomposed.dequantize_per_channel_group", NULL, from_group, 0},
    {"quantized_decomposed.choose_qparams", NULL, choose, 0},
    {"quantized_decomposed.choose_qparams_symmetric", NULL, choose, 0},
    {"quantized_decomposed.choose_qparams_per_token_asymmetric", NULL, choose_by_token, 0},
    {0},
};
