// SPDX-License-Identifier: Apache-2.0
// quantize.c - QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear: per tensor, per index of an axis, or
// per block along an axis. A row is a run of elements whose scales are one value or a run as well.
#include "op/quant.h"

// ---------------------------------------------------------------------------------------------- scales

// x seen as [outer, length, inner] around the axis; scales as one value, [length], or [outer, blocks, inner].
typedef struct grid {
    const tn_tensor *scale, *zero;
    int64_t outer, length, inner;
    int64_t block; // 0: not blocked
    bool whole;    // one scale for all
} grid;

static grid grid_of(const tn_call *c) {
    const tn_tensor *x = c->in[0], *scale = c->in[1];
    grid g = {.scale = scale, .zero = tni_arg(c, 2), .outer = 1, .length = 1, .inner = tn_count(x)};
    g.whole = scale->rank == 0 || (tn_count(scale) == 1 && (scale->rank < 2 || x->rank != scale->rank));
    if (g.whole) return g;
    int axis = tni_attr_axis(c->attrs, x->rank);
    g.outer = tn_count_range(x, 0, axis);
    g.length = x->dim[axis];
    g.inner = tn_count_range(x, axis + 1, x->rank);
    if (scale->rank == x->rank && scale->rank > 0 && tn_attr_int(c->attrs, "block_size") > 0)
        g.block = tn_attr_int(c->attrs, "block_size");
    return g;
}

// Scales (and zero points) of elements [at, at + n) of row (o, a).
static void row_scales(const grid *g, int64_t o, int64_t a, int64_t at, int64_t n, double *scale,
                       double *zero) {
    int64_t first = g->whole ? 0 : a, step = 0;
    if (g->block) {
        int64_t blocks = g->length / g->block + (g->length % g->block != 0);
        first = (o * blocks + a / g->block) * g->inner + at;
        step = 1;
    }
    tni_load(scale, g->scale, first, step, n);
    if (g->zero)
        tni_load(zero, g->zero, first, step, n);
    else
        memset(zero, 0, (size_t)n * sizeof *zero);
}

typedef void (*row_fn)(const tn_tensor *y, int64_t at, int64_t n, const double *x, const double *scale,
                       const double *zero, const tn_call *c);

static tn_status each_row(tn_call *c, row_fn fn) {
    grid g = grid_of(c);
    double x[TNI_ROW], scale[TNI_ROW], zero[TNI_ROW];
    if (!c->out[0]) return TN_OK;
    for (int64_t row = 0; row < g.outer * g.length; row++)
        for (int64_t at = 0; at < g.inner; at += TNI_ROW) {
            int64_t n = g.inner - at < TNI_ROW ? g.inner - at : TNI_ROW;
            row_scales(&g, row / g.length, row % g.length, at, n, scale, zero);
            tni_load(x, c->in[0], row * g.inner + at, 1, n);
            fn(c->out[0], row * g.inner + at, n, x, scale, zero, c);
        }
    return TN_OK;
}

// The scale fits x: a scalar, one for each index of the axis, or one for each block.
static tn_status check_scale(tn_infer *c, int i) {
    if (!tni_ranked(c, 0) || !tni_ranked(c, i)) return TN_OK;
    const tn_type *x = &c->in[0]->type, *s = &c->in[i]->type;
    int64_t block = tn_attr_int(c->attrs, "block_size");
    int axis;
    if (s->rank == 0 || (s->rank == 1 && tn_dim_is(s->dim[0], 1))) return TN_OK;
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), x->rank, &axis));
    if (s->rank == 1 && block == 0)
        return tni_want_dim(c, s->dim[0], x->dim[axis], "number of scales or zero points");
    if (s->rank != x->rank)
        return tn_infer_fail(c, "scales and zero points have rank %d, expected 0, 1 or (in blocks) %d",
                             s->rank, x->rank);
    if (block <= 0)
        return tn_infer_hint(c, "scales of the input's rank need the attribute 'block_size'",
                             "scales and zero points have rank %d, expected 0 or 1", s->rank);
    for (int d = 0; d < x->rank; d++) {
        tn_dim want = d == axis ? tn_dim_ceil_div(c->dims, x->dim[d], tn_k(block)) : x->dim[d];
        TN_TRY(tni_want_dim(c, s->dim[d], want, "size of the scales or zero points"));
    }
    return TN_OK;
}

static tn_status scaled_infer(tn_infer *c, tn_dtype dtype) {
    TN_TRY(check_scale(c, 1));
    if (tni_given(c, 2)) TN_TRY(check_scale(c, 2));
    if (!c->out[0]) return TN_OK;
    c->out[0]->type = c->in[0]->type;
    c->out[0]->type.dtype = dtype;
    return TN_OK;
}

// ---- QuantizeLinear

#define QUANTISED                                                                                  \
    (TNI_INT8S | TN_BIT(TN_I16) | TN_BIT(TN_U16) | TN_BIT(TN_U4) | TN_BIT(TN_I4) | TN_BIT(TN_U2) | \
     TN_BIT(TN_I2) | TN_BIT(TN_F4E2M1) | TNI_FLOAT8S)

static tn_status quantize_infer(tn_infer *c) {
    int64_t dtype = tn_attr_int(c->attrs, "output_dtype");
    if (tni_given(c, 2))
        dtype = c->in[2]->type.dtype;
    else if (dtype == TN_UNDEFINED)
        dtype = TN_U8;
    if (dtype < 0 || dtype >= TN_DTYPE_COUNT || !(QUANTISED >> dtype & 1))
        return tn_infer_fail(c, "output_dtype %lld is not a quantised type", (long long)dtype);
    return scaled_infer(c, (tn_dtype)dtype);
}

static double round_to(double x, tn_dtype dtype) {
    switch (dtype) {
    case TN_F64: return x;
    case TN_F16: return (double)tni_f16_to_float(tni_double_to_f16(x));
    case TN_BF16: return (double)tni_bf16_to_float(tni_double_to_bf16(x));
    default: return (double)(float)x;
    }
}

// The quotient has the precision of the scale, or of the attribute; it is rounded half to even.
static void quantize_row(const tn_tensor *y, int64_t at, int64_t n, const double *x, const double *scale,
                         const double *zero, const tn_call *c) {
    int64_t precision = tn_attr_int(c->attrs, "precision");
    tn_dtype divided = precision ? (tn_dtype)precision : c->in[1]->dtype;
    bool saturate = tn_attr_int(c->attrs, "saturate") != 0;
    for (int64_t i = 0; i < n; i++) {
        double q = round_to(x[i] / scale[i], divided);
        if ((TNI_FLOAT8S | TN_BIT(TN_F4E2M1)) >> y->dtype & 1)
            tni_set_f8(y, at + i, q + zero[i], saturate);
        else
            tni_set_int(y, at + i, tni_saturate(nearbyint(q) + zero[i], y->dtype));
    }
}

static tn_status quantize_ref(tn_call *c) { return each_row(c, quantize_row); }

TN_OP(quantize_linear) = {
    TN_HERE,
    .name = "QuantizeLinear",
    .since = 28,
    .first = 10,
    .doc = "saturate(round(x / scale) + zero_point), per tensor, axis or block",
    .in = {{"x", "T1"}, {"y_scale", "T2"}, {"y_zero_point", "T3", TN_OPTIONAL_IN}},
    .out = {{"y", "T3"}},
    .types = {{"T1", TN_FLOATS | TN_BIT(TN_I32)},
              {"T2", TN_FLOATS | TN_BIT(TN_I32) | TN_BIT(TN_F8E8M0)},
              {"T3", QUANTISED}},
    .attrs = {{.name = "axis", .kind = TN_ATTR_INT, .i = 1},
              {.name = "saturate", .kind = TN_ATTR_INT, .i = 1},
              {.name = "block_size", .kind = TN_ATTR_INT, .max = INT32_MAX},
              {.name = "output_dtype", .kind = TN_ATTR_INT, .max = TN_DTYPE_COUNT - 1},
              {.name = "precision", .kind = TN_ATTR_INT, .max = TN_DTYPE_COUNT - 1}},
    .infer = quantize_infer,
    .ref = quantize_ref,
};

// ---- DequantizeLinear

static tn_status dequantize_infer(tn_infer *c) {
    int64_t dtype = tn_attr_int(c->attrs, "output_dtype");
    if (dtype == TN_UNDEFINED) dtype = c->in[1]->type.dtype;
    if (dtype == TN_F8E8M0) dtype = TN_F32;
    if (dtype < 0 || dtype >= TN_DTYPE_COUNT || !(TN_FLOATS >> dtype & 1))
        return tn_infer_fail(c, "output_dtype %lld is not f32, f64, f16 or bf16", (long long)dtype);
    return scaled_infer(c, (tn_dtype)dtype);
}

static void dequantize_row(const tn_tensor *y, int64_t at, int64_t n, const double *x, const double *scale,
                           const double *zero, const tn_call *c) {
    double to[TNI_ROW];
    (void)c;
    for (int64_t i = 0; i < n; i++) to[i] = (x[i] - zero[i]) * scale[i];
    tni_store(y, at, 1, n, to);
}

static tn_status dequantize_ref(tn_call *c) { return each_row(c, dequantize_row); }

TN_OP(dequantize_linear) = {
    TN_HERE,
    .name = "DequantizeLinear",
    .since = 28,
    .first = 10,
    .doc = "(x - zero_point) * scale, per tensor, axis or block",
    .in = {{"x", "T1"}, {"x_scale", "T2"}, {"x_zero_point", "T1", TN_OPTIONAL_IN}},
    .out = {{"y", "T3"}},
    .types = {{"T1", QUANTISED | TN_BIT(TN_I32)}, {"T2", TN_FLOATS | TN_BIT(TN_F8E8M0)}, {"T3", TN_FLOATS}},
    .attrs = {{.name = "axis", .kind = TN_ATTR_INT, .i = 1},
              {.name = "block_size", .kind = TN_ATTR_INT, .max = INT32_MAX},
              {.name = "output_dtype", .kind = TN_ATTR_INT, .max = TN_DTYPE_COUNT - 1}},
    .infer = dequantize_infer,
    .ref = dequantize_ref,
};

// ---- DynamicQuantizeLinear

static tn_status dynamic_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    if (x->rank < 0)
        tni_shape_unknown(c, 0, TN_U8);
    else
        tni_shape_out(c, 0, TN_U8, x->rank, x->dim);
    tni_shape_out(c, 1, TN_F32, 0, NULL);
    tni_shape_out(c, 2, TN_U8, 0, NULL);
    return TN_OK;
}

// The range always contains zero; all steps are in f32, as the operator's function body has them.
static tn_status dynamic_ref(tn_call *c) {
    const float *x = c->in[0]->data;
    int64_t n = tn_count(c->in[0]);
    float low = 0, high = 0;
    for (int64_t i = 0; i < n; i++) {
        if (x[i] < low) low = x[i];
        if (x[i] > high) high = x[i];
    }
    float scale = high == low ? 1.0f : (high - low) / 255.0f;
    int64_t zero = tni_saturate((double)((0 - low) / scale), TN_U8);
    if (tni_result(c, 1)) tni_set(c->out[1], 0, (double)scale);
    if (tni_result(c, 2)) tni_set_int(c->out[2], 0, zero);
    for (int64_t i = 0; i < n && c->out[0]; i++)
        ((uint8_t *)c->out[0]->data)[i] =
            (uint8_t)tni_saturate(nearbyint((double)(x[i] / scale)) + (double)zero, TN_U8);
    return TN_OK;
}

TN_OP(dynamic_quantize_linear) = {
    TN_HERE,
    .name = "DynamicQuantizeLinear",
    .since = 11,
    .doc = "Quantises to u8 with the scale and zero point of the data's own range",
    .in = {{"x", "f32"}},
    .out = {{"y", "u8"}, {"y_scale", "f32"}, {"y_zero_point", "u8"}},
    .infer = dynamic_infer,
    .ref = dynamic_ref,
};
