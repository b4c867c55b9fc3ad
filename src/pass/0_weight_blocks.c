// SPDX-License-Identifier: Apache-2.0
// 0_weight_blocks.c - a product by constant weights that DequantizeLinear makes of 2, 4 or 8-bit integers is
// a MatMulNBits: the weights stay as they are, where folding them would make floats of them, four to eight
// times as large,
//
//     MatMul(A, DequantizeLinear(W)), Gemm(A, DequantizeLinear(W), C), W transposed or not   -> MatMulNBits
//
// with scales for blocks along k, for columns or for all. What is quantised on both sides is 0_quantized.c's.
#include "pass/rewrite.h"

enum { LEAST_WEIGHTS = 1 << 14, LEAST_BLOCK = 16, MOST_BLOCK = 1024, OWN_BLOCK = 128, OWN_LEAST_BLOCK = 32 };

typedef struct weights {
    const tn_tensor *q, *scale, *zero; // zero: NULL is 0
    bool turned;                       // q is [n,k]
    bool by_block, by_column;          // scales; neither: there is one
    int64_t k, n, block, blocks;
    int bits, middle; // of the range: what is taken off the unsigned number
    bool is_signed;
} weights;

static bool integer_bits(tn_dtype t, weights *w) {
    w->bits = t == TN_U8 || t == TN_I8 ? 8 : t == TN_U4 || t == TN_I4 ? 4 : t == TN_U2 || t == TN_I2 ? 2 : 0;
    w->is_signed = t == TN_I8 || t == TN_I4 || t == TN_I2;
    w->middle = w->bits ? 1 << (w->bits - 1) : 0;
    return w->bits > 0;
}

static bool is_power_of_two(int64_t x) { return x > 0 && !(x & (x - 1)); }

// How the scales lie; false: in a way that blocks along k cannot say.
static bool read_scales(const tni_node *dq, weights *w) {
    int64_t block = tn_attr_int(tni_attrs(dq), "block_size"), axis = tn_attr_int(tni_attrs(dq), "axis");
    int k_axis = w->turned ? 1 : 0;
    if (axis < 0) axis += 2;
    w->block = w->k >= OWN_BLOCK ? OWN_BLOCK : OWN_LEAST_BLOCK;
    if (block) {
        if (axis != k_axis || block < LEAST_BLOCK || block > MOST_BLOCK || !is_power_of_two(block))
            return false;
        w->by_block = true;
        w->block = block;
    } else if (tn_count(w->scale) > 1) {
        if (axis == k_axis || tn_count(w->scale) != w->n) return false;
        w->by_column = true;
    }
    w->blocks = (w->k + w->block - 1) / w->block;
    if (w->by_block && tn_count(w->scale) != w->blocks * w->n) return false;
    return !w->zero || tn_count(w->zero) == tn_count(w->scale);
}

// B of a product of the type `dtype`, by way of a Transpose that swaps its axes, if any.
static bool read_weights(const tni_value *b, bool turned, tn_dtype dtype, weights *w) {
    const tni_node *transpose = tni_made_by(b, "Transpose");
    *w = (weights){.turned = turned};
    if (!tni_used_once(b)) return false;
    if (transpose) {
        b = tni_in(transpose, 0);
        w->turned = !turned;
        if (!b || tni_rank(b) != 2 || !tni_used_once(b)) return false;
        int perm[TN_MAX_RANK], rank;
        if (!tni_perm(transpose, perm, &rank) || perm[0] != 1) return false;
    }
    const tni_node *dq = tni_made_by(b, "DequantizeLinear");
    if (!dq) return false;
    w->q = tni_known_in(dq, 0);
    w->scale = tni_known_in(dq, 1);
    w->zero = tni_known_in(dq, 2);
    if (!w->q || !w->scale || (tni_in(dq, 2) && !w->zero) || !integer_bits(w->q->dtype, w)) return false;
    if (w->q->rank != 2 || w->scale->dtype != dtype || tni_dtype(b) != dtype) return false;
    w->k = w->q->dim[w->turned ? 1 : 0];
    w->n = w->q->dim[w->turned ? 0 : 1];
    return tn_count(w->q) >= LEAST_WEIGHTS && read_scales(dq, w);
}

// ---- as MatMulNBits has them

static int64_t scale_at(const weights *w, int64_t n, int64_t block) {
    if (w->by_block) return w->turned ? n * w->blocks + block : block * w->n + n;
    return w->by_column ? n : 0;
}

static unsigned as_unsigned(const weights *w, const tn_tensor *t, int64_t i) {
    int64_t x = t ? tni_get_int(t, i) : 0;
    return (unsigned)(w->is_signed ? x + w->middle : x);
}

static void put_bits(uint8_t *row, int64_t i, int bits, unsigned x) {
    row[i * bits / 8] = (uint8_t)(row[i * bits / 8] | x << (i * bits % 8));
}

static tni_value *new_numbers(tn_graph *g, const weights *w) {
    int64_t bytes = w->block * w->bits / 8, dim[] = {w->n, w->blocks, bytes};
    tn_tensor *t = tni_tensor_new(&g->root->arena, TN_U8, 3, dim);
    if (!t) return NULL;
    for (int64_t n = 0; n < w->n; n++)
        for (int64_t k = 0; k < w->k; k++)
            put_bits((uint8_t *)t->data + n * w->blocks * bytes, k, w->bits,
                     as_unsigned(w, w->q, w->turned ? n * w->k + k : k * w->n + n));
    return tni_value_const(g, NULL, t);
}

static tni_value *new_scales(tn_graph *g, const weights *w) {
    tn_tensor *t = tni_tensor_new(&g->root->arena, w->scale->dtype, 2, (int64_t[]){w->n, w->blocks});
    if (!t) return NULL;
    for (int64_t i = 0; i < w->n * w->blocks; i++)
        tni_set(t, i, tni_get(w->scale, scale_at(w, i / w->blocks, i % w->blocks)));
    return tni_value_const(g, NULL, t);
}

// *to is NULL where all are in the middle of the range.
static bool new_zeros(tn_graph *g, const weights *w, tni_value **to) {
    int64_t row = (w->blocks * w->bits + 7) / 8;
    tn_tensor *t = tni_tensor_new(&g->root->arena, TN_U8, 2, (int64_t[]){w->n, row});
    bool any = false;
    if (!t) return false;
    for (int64_t n = 0; n < w->n; n++)
        for (int64_t b = 0; b < w->blocks; b++) {
            unsigned zero = as_unsigned(w, w->zero, scale_at(w, n, b));
            any |= zero != (unsigned)w->middle;
            put_bits((uint8_t *)t->data + n * row, b, w->bits, zero);
        }
    *to = any ? tni_value_const(g, NULL, t) : NULL;
    return !any || *to;
}

// ---- the product

// A and B as they are, or B transposed; C [n] or none.
static bool plain_product(const tni_node *n, bool *turned, tni_value **bias) {
    tn_attrs attrs = tni_attrs(n);
    *turned = false;
    *bias = NULL;
    if (tni_is(n, "MatMul")) return true;
    if (!tni_is(n, "Gemm") || tn_attr_int(attrs, "transA") || tn_attr_float(attrs, "alpha") != 1)
        return false;
    *turned = tn_attr_int(attrs, "transB") != 0;
    *bias = tni_in(n, 2);
    return !*bias || (tni_rank(*bias) == 1 && tn_attr_float(attrs, "beta") == 1 &&
                      tn_dim_equal((*bias)->info.type.dim[0], n->out[0]->info.type.dim[1]));
}

static tn_status rewrite(tn_graph *g, tni_node *n, bool *changed, tn_diags *diags) {
    weights w;
    bool turned;
    tni_value *a = tni_in(n, 0), *bias, *zeros = NULL;
    if (!plain_product(n, &turned, &bias) || tni_known(a) || tni_rank(a) < 1) return TN_OK;
    if (tni_made_by(a, "DequantizeLinear") || !read_weights(tni_in(n, 1), turned, tni_dtype(a), &w))
        return TN_OK;
    tni_value *b = new_numbers(g, &w), *scales = b ? new_scales(g, &w) : NULL;
    if (!scales || !new_zeros(g, &w, &zeros)) return TN_NOMEM;
    tni_value *in[] = {a, b, scales, zeros, NULL, bias};
    tn_attr attr[] = {TN_A_INT("K", w.k), TN_A_INT("N", w.n), TN_A_INT("bits", w.bits),
                      TN_A_INT("block_size", w.block)};
    *changed = true;
    return tni_rewrite(
        n, (tni_new_node){.op = "com.microsoft.MatMulNBits", .nin = 6, .in = in, .nattr = 4, .attr = attr},
        NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (n->nout && n->out[0] && n->nin >= 2 && tni_in(n, 0) && tni_in(n, 1))
            TN_TRY(rewrite(g, n, changed, diags));
    }
    return TN_OK;
}

TN_PASS(weight_blocks) = {
    TN_HERE,
    .name = "weight_blocks",
    .level = 0,
    .run = run,
    .doc = "products by dequantised weights read them as they are stored",
};
