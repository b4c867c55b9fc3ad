// SPDX-License-Identifier: Apache-2.0
// 0_quantized.c - operators between DequantizeLinear and QuantizeLinear, as PyTorch's, TensorFlow's and ONNX
// Runtime's quantisers write them, on the integers themselves:
//
//     Q(Conv(DQ(x), DQ(w), b)), Q(Relu(Conv(...)))   -> QLinearConv
//     Q(MatMul(DQ(a), DQ(b)))                        -> QLinearMatMul
//     Q(op(DQ(x))) of an op that moves or picks elements, same scale and zero point   -> op(x)
//
// The sums are exact integers then, where floats were rounded; the bias is rounded to a step of the sums.
#include "pass/rewrite.h"

#include <math.h>

#define INT8S (TN_BIT(TN_I8) | TN_BIT(TN_U8))

// x as scale * (q - zero).
typedef struct affine {
    tni_value *q, *scale, *zero; // zero: NULL is 0
    int axis;                    // that scales count along; -1: there is one
} affine;

static bool is_int8(const tni_value *v) { return INT8S >> tni_dtype(v) & 1; }

static bool is_one(const tni_value *v) {
    const tn_type *t = &v->info.type;
    return t->rank == 0 || (t->rank == 1 && tn_dim_is(t->dim[0], 1));
}

// Input 1 and 2 of Q or DQ; the 8-bit side is `q`.
static bool read_affine(const tni_node *n, tni_value *q, affine *to) {
    *to = (affine){q, tni_in(n, 1), tni_in(n, 2), -1};
    tn_attrs attrs = tni_attrs(n);
    if (!is_int8(q) || !to->scale || tni_dtype(to->scale) != TN_F32) return false;
    if (tn_attr_int(attrs, "block_size")) return false;
    if (is_one(to->scale)) return !to->zero || is_one(to->zero);
    to->axis = (int)tn_attr_int(attrs, "axis");
    if (to->axis < 0) to->axis += tni_rank(q);
    return tni_rank(to->scale) == 1;
}

static bool dequantized(const tni_value *v, affine *to) {
    const tni_node *n = v ? tni_made_by(v, "DequantizeLinear") : NULL;
    return n && tni_dtype(v) == TN_F32 && read_affine(n, n->in[0].value, to);
}

// The zero point, or a constant 0.
static tni_value *zero_of(tn_graph *g, const affine *a) {
    double none = 0;
    return a->zero ? a->zero : tni_numbers(g, NULL, tni_dtype(a->q), 0, NULL, &none);
}

static bool same_number(const tni_value *a, const tni_value *b) {
    double x = 0, y = 0;
    if (a == b) return true;
    return (!a || tni_known_number(a, &x)) && (!b || tni_known_number(b, &y)) && x == y;
}

static bool same_affine(const affine *a, const affine *b) {
    return a->axis < 0 && b->axis < 0 && tni_dtype(a->q) == tni_dtype(b->q) &&
           same_number(a->scale, b->scale) && same_number(a->zero, b->zero);
}

// ---- what saturation does anyway

// The real numbers that the quantised type holds are all within [lo, hi].
static bool saturates_within(const affine *y, double lo, double hi) {
    double scale, zero = 0, least = tni_dtype(y->q) == TN_U8 ? 0 : -128;
    if (y->axis >= 0 || !tni_known_number(y->scale, &scale)) return false;
    if (y->zero && !tni_known_number(y->zero, &zero)) return false;
    double slack = 0.01 * scale; // of a step
    return (least - zero) * scale >= lo - slack && (least + 255 - zero) * scale <= hi + slack;
}

static bool limit(const tni_node *n, int i, double otherwise, double *to) {
    *to = otherwise;
    return !tni_in(n, i) || tni_known_number(tni_in(n, i), to);
}

// What is quantised, without a Relu or Clip that quantising does as well.
static tni_value *before_limits(tni_value *v, const affine *y) {
    const tni_node *n = v->def;
    double lo = 0, hi = HUGE_VAL;
    if (!n || !tni_used_once(v)) return v;
    if (tni_is(n, "Clip") ? !limit(n, 1, -HUGE_VAL, &lo) || !limit(n, 2, HUGE_VAL, &hi) : !tni_is(n, "Relu"))
        return v;
    return saturates_within(y, lo, hi) ? n->in[0].value : v;
}

// ---- Conv, MatMul

// The bias in steps of the sums, x's scale times w's. False: it is not known, or does not fit.
static bool read_bias(tni_value *v, const affine *x, const affine *w, tni_value **to, tn_status *status) {
    const tni_node *dq = v ? tni_made_by(v, "DequantizeLinear") : NULL;
    const tn_tensor *b = dq ? tni_known_in(dq, 0) : v ? tni_known(v) : NULL, *ws = tni_known(w->scale);
    const tn_tensor *bs = dq ? tni_known_in(dq, 1) : NULL, *bz = dq ? tni_known_in(dq, 2) : NULL;
    double scale;
    *to = NULL;
    if (!v) return true;
    if (!b || b->rank != 1 || !ws || (dq && !bs) || (dq && tni_in(dq, 2) && !bz)) return false;
    if (!tni_known_number(x->scale, &scale)) return false;
    if ((bs && tn_count(bs) != 1 && tn_count(bs) != b->dim[0]) || (bz && tn_count(bz) != tn_count(bs)))
        return false; // scales by block
    if ((!dq && !tni_is_float(b->dtype)) || (tn_count(ws) > 1 && tn_count(ws) != b->dim[0])) return false;
    tn_tensor *sums = tni_tensor_new(&v->graph->root->arena, TN_I32, 1, b->dim);
    for (int64_t i = 0; sums && i < b->dim[0]; i++) {
        double value = tni_get(b, i), step = scale * tni_get(ws, tn_count(ws) > 1 ? i : 0);
        if (bz) value -= tni_get(bz, tn_count(bz) > 1 ? i : 0);
        if (bs) value *= tni_get(bs, tn_count(bs) > 1 ? i : 0);
        value = nearbyint(value / step);
        if (!(fabs(value) < 0x1p30)) return false; // NaN too
        tni_set_int(sums, i, (int64_t)value);
    }
    *to = sums ? tni_value_const(v->graph, NULL, sums) : NULL;
    if (!*to) *status = TN_NOMEM;
    return *to != NULL;
}

static tn_status fuse_product(tni_node *q, const tni_node *n, const affine *y, bool *changed,
                              tn_diags *diags) {
    affine x, w;
    tn_status status = TN_OK;
    bool conv = tni_is(n, "Conv");
    tni_value *bias = NULL;
    if (!dequantized(tni_in(n, 0), &x) || !dequantized(tni_in(n, 1), &w) || x.axis >= 0) return TN_OK;
    if (w.axis >= 0 && (conv ? w.axis != 0 : tni_rank(w.q) != 2 || w.axis != 1)) return TN_OK;
    if (conv && !read_bias(tni_in(n, 2), &x, &w, &bias, &status)) return status;
    tni_value *in[] = {x.q,
                       x.scale,
                       zero_of(q->graph, &x),
                       w.q,
                       w.scale,
                       zero_of(q->graph, &w),
                       y->scale,
                       zero_of(q->graph, y),
                       bias};
    if (!in[2] || !in[5] || !in[7]) return TN_NOMEM;
    tn_attr attrs[TNI_MAX_ATTRS];
    tni_new_node spec = {.op = conv ? "QLinearConv" : "QLinearMatMul",
                         .like = n,
                         .nin = bias ? 9 : 8,
                         .in = in,
                         .nattr = tni_given_attrs(n, attrs),
                         .attr = attrs};
    *changed = true;
    return tni_rewrite(q, spec, NULL, diags);
}

// ---- what moves elements

static bool moves(const tni_node *n) {
    static const char *const ops[] = {"MaxPool",      "Reshape",      "Transpose", "Flatten", "Squeeze",
                                      "Unsqueeze",    "Slice",        "Gather",    "Expand",  "Tile",
                                      "DepthToSpace", "SpaceToDepth", "Identity"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (tni_is(n, ops[i])) return tni_only_first(n);
    return false;
}

static tn_status fuse_move(tni_node *q, const tni_node *n, const affine *y, bool *changed, tn_diags *diags) {
    affine x;
    if (!dequantized(tni_in(n, 0), &x)) return TN_OK;
    affine to = *y;
    if (!same_affine(&x, &to)) return TN_OK;
    tni_value *in[8] = {x.q};
    if (n->nin > 8) return TN_OK;
    for (int i = 1; i < n->nin; i++) in[i] = tni_in(n, i);
    tn_attr attrs[TNI_MAX_ATTRS];
    tni_new_node spec = {.op = n->op->name,
                         .like = n,
                         .nin = n->nin,
                         .in = in,
                         .nattr = tni_given_attrs(n, attrs),
                         .attr = attrs};
    *changed = true;
    return tni_rewrite(q, spec, NULL, diags);
}

static tn_status fuse(tni_node *q, bool *changed, tn_diags *diags) {
    affine y, x;
    tni_value *v = q->in[0].value;
    if (!q->out[0] || !v || tni_dtype(v) != TN_F32 || !read_affine(q, q->out[0], &y) || y.axis >= 0)
        return TN_OK;
    if (dequantized(v, &x) && same_affine(&x, &y)) {
        tni_forward(q, x.q, changed);
        return TN_OK;
    }
    v = before_limits(v, &y);
    const tni_node *n = v->def;
    if (!n || n->graph != q->graph || !tni_used_once(v)) return TN_OK;
    if (tni_is(n, "Conv") || tni_is(n, "MatMul")) return fuse_product(q, n, &y, changed, diags);
    return moves(n) ? fuse_move(q, n, &y, changed, diags) : TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (tni_is(n, "QuantizeLinear")) TN_TRY(fuse(n, changed, diags));
    }
    return TN_OK;
}

TN_PASS(quantized) = {
    TN_HERE,
    .name = "quantized",
    .level = 0,
    .run = run,
    .doc = "runs what stands between DequantizeLinear and QuantizeLinear on the integers",
};
