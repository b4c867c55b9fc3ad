// SPDX-License-Identifier: Apache-2.0
// qlinear.c - QLinearConv, QLinearMatMul and QGemm: exact int32 sums of integers less their zero points, then
//
//     y = saturate(round(sum * (x_scale * w_scale / y_scale)) + y_zero)
//
// with the factor and the product in f32, rounded half to even, as ONNX Runtime has them.
#include "op/conv.h"
#include "op/matmul.h"
#include "op/quant.h"

// Scales of rows and columns: one value or one for each.
typedef struct requant {
    const tn_tensor *y, *bias; // bias: i32 by row or by column, or NULL
    const tn_tensor *x_scale, *w_scale, *y_scale;
    double alpha, zero;
    bool by_row;    // w_scale and the bias go with rows (channels), not with columns
    int64_t x_rows; // x_scale has one entry for each of so many rows
    int64_t bias_row, bias_column;
} requant;

static float factor(const requant *r, int64_t row, int64_t column) {
    int64_t at = r->by_row ? row : column, n = tn_count(r->w_scale);
    float x = (float)tni_get(r->x_scale, r->x_rows > 1 ? row : 0),
          w = (float)tni_get(r->w_scale, n > 1 ? at : 0);
    float f = x * w * (float)r->alpha;
    return r->y_scale ? f / (float)tni_get(r->y_scale, 0) : f;
}

static void store(void *user, const tni_run *run, void *sum) {
    const requant *r = user;
    const int32_t *s = sum;
    bool fixed = r->by_row || tn_count(r->w_scale) == 1;
    float f = factor(r, run->row, run->column);
    for (int64_t i = 0; i < run->count; i++) {
        uint32_t total = (uint32_t)s[i];
        int64_t column = run->column + i;
        if (r->bias)
            total += (uint32_t)tni_get_int(r->bias, run->row * r->bias_row + column * r->bias_column);
        if (!fixed) f = factor(r, run->row, column);
        float v = (float)(int32_t)total * f;
        if (tni_is_float(r->y->dtype))
            tni_set(r->y, run->first + i, (double)v);
        else
            tni_set_int(r->y, run->first + i, tni_saturate(nearbyint((double)v) + r->zero, r->y->dtype));
    }
}

// Input i is one number, or one for each of `many` (where known).
static tn_status check_scales(tn_infer *c, int i, const char *what, tn_dim many) {
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_type *t = &c->in[i]->type;
    if (t->rank == 0 || (t->rank == 1 && tn_dim_is(t->dim[0], 1))) return TN_OK;
    if (t->rank == 1) return tni_want_dim(c, t->dim[0], many, what);
    return tn_infer_fail(c, "the %s has rank %d, expected 0 or 1", what, t->rank);
}

static tn_status only_one(tn_infer *c, int i, const char *what) { return check_scales(c, i, what, tn_k(1)); }

// ---------------------------------------------------------------------------------------------- QLinearConv

static tn_status conv_infer(tn_infer *c) {
    static const char *const what[] = {"", "x_scale", "x_zero_point", "", "", "", "y_scale", "y_zero_point"};
    TN_TRY(tni_conv_infer(c, 0, 3, c->in[7]->type.dtype));
    for (int i = 1; i < 8; i++)
        if (*what[i]) TN_TRY(only_one(c, i, what[i]));
    tn_dim filters = tni_ranked(c, 3) ? c->in[3]->type.dim[0] : tn_dim_fresh(c->dims);
    TN_TRY(check_scales(c, 4, "number of w_scale", filters));
    TN_TRY(check_scales(c, 5, "number of w_zero_point", filters));
    return tni_conv_check_bias(c, 3, 8);
}

static tn_status conv_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *x = c->in[0], *w = c->in[3];
    tni_convolution v;
    requant r = {
        .y = c->out[0], .bias = tni_arg(c, 8), .x_scale = c->in[1], .w_scale = c->in[4], .y_scale = c->in[6]};
    r.alpha = 1;
    r.zero = tni_get(c->in[7], 0);
    r.by_row = true;
    r.bias_row = 1;
    tni_conv_bind(&v, c->attrs, x, w, c->out[0]);
    v.type = TN_I32;
    v.x = tni_centred(c, x, c->in[2], -1);
    v.w = tni_centred(c, w, c->in[5], 0);
    if (!v.x || !v.w) return TN_NOMEM;
    v.store = store;
    v.user = &r;
    return tni_convolution_run(c, &v);
}

TN_OP(qlinear_conv) = {
    TN_HERE,
    .name = "QLinearConv",
    .since = 10,
    .doc = "Convolution of quantised tensors",
    .in = {{"x", "T1"},
           {"x_scale", "f32"},
           {"x_zero_point", "T1"},
           {"w", "T2"},
           {"w_scale", "f32"},
           {"w_zero_point", "T2"},
           {"y_scale", "f32"},
           {"y_zero_point", "T3"},
           {"B", "i32", TN_OPTIONAL_IN}},
    .out = {{"y", "T3"}},
    .types = {{"T1", TNI_INT8S}, {"T2", TNI_INT8S}, {"T3", TNI_INT8S}},
    .attrs = {TNI_CONV_ATTRS},
    .infer = conv_infer,
    .ref = conv_ref,
};

// ---- QLinearMatMul

static tn_status matmul_infer(tn_infer *c) {
    TN_TRY(tni_matmul_infer(c, 0, 3, false, false, c->in[7]->type.dtype));
    TN_TRY(only_one(c, 6, "y_scale"));
    TN_TRY(only_one(c, 7, "y_zero_point"));
    const tn_type *a = &c->in[0]->type, *b = &c->in[3]->type;
    tn_dim rows = a->rank > 1 ? a->dim[a->rank - 2] : tn_k(1);
    tn_dim columns = b->rank > 1 ? b->dim[b->rank - 1] : tn_k(1);
    if (a->rank < 0) rows = tn_dim_fresh(c->dims);
    if (b->rank < 0) columns = tn_dim_fresh(c->dims);
    TN_TRY(check_scales(c, 1, "number of a_scale", rows));
    TN_TRY(check_scales(c, 2, "number of a_zero_point", rows));
    TN_TRY(check_scales(c, 4, "number of b_scale", columns));
    return check_scales(c, 5, "number of b_zero_point", columns);
}

// (q - zero) * scale of all elements as doubles; scales and zero points are one, or one for each index of
// `axis`.
static double *real_operand(tn_call *c, const tn_tensor *q, const tn_tensor *scale, const tn_tensor *zero,
                            int axis) {
    double *to = tni_as_double(c, q);
    int64_t n = tn_count(q), wide = axis < 0 ? 1 : q->dim[axis],
            inner = axis < 0 ? 1 : tn_count_range(q, axis + 1, q->rank);
    for (int64_t i = 0; to && i < n; i++) {
        int64_t at = i / inner % wide;
        double z = tni_get(zero, tn_count(zero) > 1 ? at : 0);
        to[i] = (to[i] - z) * tni_get(scale, tn_count(scale) > 1 ? at : 0);
    }
    return to;
}

static void store_real(void *user, const tni_run *run, void *sum) {
    const requant *r = user;
    const double *s = sum;
    for (int64_t i = 0; i < run->count; i++) {
        double v = s[i] / tni_get(r->y_scale, 0);
        if (TNI_FLOAT8S >> r->y->dtype & 1)
            tni_set_f8(r->y, run->first + i, v + r->zero, true);
        else
            tni_set_int(r->y, run->first + i, tni_saturate(nearbyint(v) + r->zero, r->y->dtype));
    }
}

// With 8-bit floats on either side: real numbers throughout.
static tn_status matmul_real(tn_call *c, tni_product *p, requant *r) {
    const tn_tensor *a = c->in[0], *b = c->in[3];
    p->type = TN_F64;
    p->a = real_operand(c, a, c->in[1], c->in[2], a->rank > 1 ? a->rank - 2 : -1);
    p->b = real_operand(c, b, c->in[4], c->in[5], b->rank - 1);
    if (!p->a || !p->b) return TN_NOMEM;
    p->store = store_real;
    p->user = r;
    tni_product_run(c, p);
    return TN_OK;
}

static tn_status matmul_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *a = c->in[0], *b = c->in[3];
    tni_product p;
    requant r = {.y = c->out[0], .x_scale = c->in[1], .w_scale = c->in[4], .y_scale = c->in[6], .alpha = 1};
    r.zero = tni_get(c->in[7], 0);
    r.x_rows = tn_count(c->in[1]);
    tni_matmul_bind(&p, a, b, c->out[0], false, false);
    if (TNI_FLOAT8S >> a->dtype & 1 || TNI_FLOAT8S >> b->dtype & 1 || TNI_FLOAT8S >> r.y->dtype & 1)
        return matmul_real(c, &p, &r);
    p.type = TN_I32;
    p.a = tni_centred(c, a, c->in[2], a->rank > 1 ? a->rank - 2 : -1);
    p.b = tni_centred(c, b, c->in[5], b->rank - 1);
    if (!p.a || !p.b) return TN_NOMEM;
    p.store = store;
    p.user = &r;
    tni_product_run(c, &p);
    return TN_OK;
}

TN_OP(qlinear_matmul) = {
    TN_HERE,
    .name = "QLinearMatMul",
    .since = 21,
    .first = 10,
    .doc = "Product of quantised matrices",
    .in = {{"a", "T1"},
           {"a_scale", "TS"},
           {"a_zero_point", "T1"},
           {"b", "T2"},
           {"b_scale", "TS"},
           {"b_zero_point", "T2"},
           {"y_scale", "TS"},
           {"y_zero_point", "T3"}},
    .out = {{"y", "T3"}},
    .types = {{"TS", TN_FLOATS},
              {"T1", TNI_INT8S | TNI_FLOAT8S},
              {"T2", TNI_INT8S | TNI_FLOAT8S},
              {"T3", TNI_INT8S | TNI_FLOAT8S}},
    .infer = matmul_infer,
    .ref = matmul_ref,
};

// ---------------------------------------------------------------------------------------------- QGemm

static tn_status gemm_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "A", 2, 2));
    TN_TRY(tni_want_rank(c, 3, "B", 2, 2));
    bool trans_b = tn_attr_int(c->attrs, "transB") != 0;
    tn_dtype dtype = tni_given(c, 8) ? c->in[8]->type.dtype : tni_given(c, 7) ? c->in[0]->type.dtype : TN_F32;
    TN_TRY(tni_matmul_infer(c, 0, 3, tn_attr_int(c->attrs, "transA") != 0, trans_b, dtype));
    TN_TRY(only_one(c, 1, "a_scale"));
    TN_TRY(only_one(c, 2, "a_zero_point"));
    tn_dim columns = tni_ranked(c, 3) ? c->in[3]->type.dim[trans_b ? 0 : 1] : tn_dim_fresh(c->dims);
    TN_TRY(check_scales(c, 4, "number of b_scale", columns));
    TN_TRY(check_scales(c, 5, "number of b_zero_point", columns));
    if (tni_given(c, 7)) TN_TRY(only_one(c, 7, "y_scale"));
    return tni_check_bias(c, 6);
}

static tn_status gemm_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *a = c->in[0], *b = c->in[3], *y = c->out[0], *bias = tni_arg(c, 6);
    bool trans_a = tn_attr_int(c->attrs, "transA") != 0, trans_b = tn_attr_int(c->attrs, "transB") != 0;
    tni_product p;
    int64_t stride[TN_MAX_RANK];
    requant r = {.y = y, .bias = bias, .x_scale = c->in[1], .w_scale = c->in[4], .y_scale = tni_arg(c, 7)};
    r.alpha = tn_attr_float(c->attrs, "alpha");
    r.zero = tni_arg(c, 8) ? tni_get(c->in[8], 0) : 0;
    if (bias) {
        tni_broadcast_strides(bias, y->rank, y->dim, stride);
        r.bias_row = stride[0];
        r.bias_column = stride[1];
    }
    tni_matmul_bind(&p, a, b, y, trans_a, trans_b);
    p.type = TN_I32;
    p.a = tni_centred(c, a, tni_arg(c, 2), -1);
    int32_t *w = tni_centred(c, b, tni_arg(c, 5), trans_b ? 0 : 1);
    p.b = w && trans_b ? tni_transposed(c, w, tn_count(b), b->dim[0], b->dim[1], sizeof *w) : w;
    if (!p.a || !p.b) return TN_NOMEM;
    p.store = store;
    p.user = &r;
    tni_product_run(c, &p);
    return TN_OK;
}

TN_OP(qgemm) = {
    TN_HERE,
    .name = "QGemm",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Product of quantised matrices with a bias, requantised or left as f32",
    .in = {{"A", "TA"},
           {"a_scale", "f32"},
           {"a_zero_point", "TA"},
           {"B", "TB"},
           {"b_scale", "f32"},
           {"b_zero_point", "TB"},
           {"C", "i32", TN_OPTIONAL_IN},
           {"y_scale", "f32", TN_OPTIONAL_IN},
           {"y_zero_point", "TYZ", TN_OPTIONAL_IN}},
    .out = {{"Y", "TY"}},
    .types = {{"TA", TNI_INT8S}, {"TB", TNI_INT8S}, {"TYZ", TNI_INT8S}, {"TY", TNI_INT8S | TN_BIT(TN_F32)}},
    .attrs = {{.name = "alpha", .kind = TN_ATTR_FLOAT, .f = 1},
              {.name = "transA", .kind = TN_ATTR_INT},
              {.name = "transB", .kind = TN_ATTR_INT}},
    .infer = gemm_infer,
    .ref = gemm_ref,
};
