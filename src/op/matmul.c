// SPDX-License-Identifier: Apache-2.0
// matmul.c - MatMul, Gemm and MatMulInteger. All are one batched product over strides (mac_product.c): a
// transposed A is read with its strides swapped, a transposed B is copied once so that its rows are
// contiguous.
#include "op/matmul.h"

// ---------------------------------------------------------------------------------------------- shapes

// A matrix seen through NumPy's rules: a vector is a row on the left, a column on the right.
static void matrix_dims(const tn_type *t, bool right, bool transposed, tn_dim *rows, tn_dim *columns) {
    if (t->rank == 1) {
        *rows = right ? t->dim[0] : tn_k(1);
        *columns = right ? tn_k(1) : t->dim[0];
        return;
    }
    *rows = t->dim[t->rank - (transposed ? 1 : 2)];
    *columns = t->dim[t->rank - (transposed ? 2 : 1)];
}

tn_status tni_matmul_infer(tn_infer *c, int ai, int bi, bool trans_a, bool trans_b, tn_dtype dtype) {
    TN_TRY(tni_want_rank(c, ai, "A", 1, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, bi, "B", 1, TN_MAX_RANK));
    const tn_type *a = &c->in[ai]->type, *b = &c->in[bi]->type;
    if (a->rank < 0 || b->rank < 0) return tni_shape_unknown(c, 0, dtype), TN_OK;
    tn_dim m, ka, kb, n;
    matrix_dims(a, false, trans_a, &m, &ka);
    matrix_dims(b, true, trans_b, &kb, &n);
    if (!ka.e && !kb.e && ka.k != kb.k)
        return tn_infer_fail(c, "A has %lld columns, but B has %lld rows", (long long)ka.k, (long long)kb.k);
    tn_type batch_a = *a, batch_b = *b, to = {.kind = TN_TENSOR, .dtype = dtype};
    batch_a.rank = a->rank > 2 ? a->rank - 2 : 0;
    batch_b.rank = b->rank > 2 ? b->rank - 2 : 0;
    TN_TRY(tn_broadcast_dims(c, &batch_a, &batch_b, &to));
    if (a->rank > 1) to.dim[to.rank++] = m;
    if (b->rank > 1) to.dim[to.rank++] = n;
    tni_shape_out(c, 0, dtype, to.rank, to.dim);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- operands

// Batch strides of an operand of `rank` dims (matrix included) against the product's batch; 0 along repeats.
static void batch_strides(const tn_tensor *t, int64_t matrix, const tni_product *p, int64_t *stride) {
    int own = t->rank > 2 ? t->rank - 2 : 0;
    int64_t step = matrix;
    for (int d = 0; d < p->rank; d++) stride[d] = 0;
    for (int d = own - 1; d >= 0; d--) {
        if (t->dim[d] != 1) stride[d + p->rank - own] = step;
        step *= t->dim[d];
    }
}

void tni_matmul_bind(tni_product *p, const tn_tensor *a, const tn_tensor *b, const tn_tensor *y, bool trans_a,
                     bool trans_b) {
    memset(p, 0, sizeof *p);
    p->rank = y->rank - (a->rank > 1) - (b->rank > 1);
    for (int d = 0; d < p->rank; d++) p->batch[d] = y->dim[d];
    int64_t a_rows = a->rank > 1 ? a->dim[a->rank - 2] : 1, a_columns = a->dim[a->rank - 1];
    int64_t b_rows = b->rank > 1 ? b->dim[b->rank - 2] : b->dim[0];
    int64_t b_columns = b->rank > 1 ? b->dim[b->rank - 1] : 1;
    p->m = trans_a ? a_columns : a_rows;
    p->k = trans_a ? a_rows : a_columns;
    p->n = trans_b ? b_rows : b_columns;
    p->a_row = trans_a ? 1 : a_columns;
    p->a_step = trans_a ? a_columns : 1;
    p->b_row = p->n;
    batch_strides(a, a_rows * a_columns, p, p->a_batch);
    batch_strides(b, b_rows * b_columns, p, p->b_batch);
}

static tn_dtype product_type(tn_dtype t) {
    if (TN_INTEGERS >> t & 1) return TN_I64;
    return t == TN_F64 ? TN_F64 : TN_F32;
}

static const void *operand(tn_call *c, const tn_tensor *t) {
    tn_dtype type;
    if (!(TN_INTEGERS >> t->dtype & 1)) return tni_as_real(c, t, &type);
    int64_t n = tn_count(t), *to = tni_scratch(c, n, sizeof *to);
    if (to) tni_load_int(to, t, 0, 1, n);
    return to;
}

void *tni_transposed(tn_call *c, const void *from, int64_t count, int64_t rows, int64_t columns,
                     size_t size) {
    unsigned char *to = tni_scratch(c, count, size);
    const unsigned char *f = from;
    if (!to) return NULL;
    for (int64_t first = 0; first < count; first += rows * columns)
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                memcpy(to + (size_t)(first + j * rows + i) * size,
                       f + (size_t)(first + i * columns + j) * size, size);
    return to;
}

tn_status tni_matmul_run(tn_call *c, const tn_tensor *a, const tn_tensor *b, bool trans_a, bool trans_b,
                         tni_epilogue *e) {
    tni_product p;
    if (!e->y) return TN_OK;
    if (a->rank < 2) trans_a = false;
    if (b->rank < 2) trans_b = false;
    tni_matmul_bind(&p, a, b, e->y, trans_a, trans_b);
    p.type = product_type(a->dtype);
    p.a = operand(c, a);
    p.b = operand(c, b);
    if (p.b && trans_b) p.b = tni_transposed(c, p.b, tn_count(b), p.n, p.k, p.type == TN_F32 ? 4 : 8);
    if (!p.a || !p.b) return TN_NOMEM;
    p.store = p.type == TN_I64 ? tni_epilogue_store_int : tni_epilogue_store;
    p.user = e;
    tni_product_run(c, &p);
    return TN_OK;
}

void tni_epilogue_bias(tni_epilogue *e, const tn_tensor *bias) {
    int64_t stride[TN_MAX_RANK];
    if (!e->y) return;
    int rank = e->y->rank;
    tni_broadcast_strides(bias, rank, e->y->dim, stride);
    e->c = bias;
    e->rank = rank - 2;
    for (int d = 0; d < e->rank; d++) e->batch[d] = e->y->dim[d], e->c_batch[d] = stride[d];
    e->c_row = stride[rank - 2];
    e->c_column = stride[rank - 1];
}

// ---------------------------------------------------------------------------------------------- MatMul

#define MATMUL_TYPES (TN_FLOATS | TN_BIT(TN_I32) | TN_BIT(TN_I64) | TN_BIT(TN_U32) | TN_BIT(TN_U64))

static tn_status matmul_infer(tn_infer *c) {
    return tni_matmul_infer(c, 0, 1, false, false, c->in[0]->type.dtype);
}

static tn_status matmul_ref(tn_call *c) {
    tni_epilogue e;
    tni_epilogue_init(&e, c->attrs, tni_result(c, 0));
    return tni_matmul_run(c, c->in[0], c->in[1], false, false, &e);
}

TN_OP(matmul) = {
    TN_HERE,
    .name = "MatMul",
    .since = 13,
    .first = 1,
    .doc = "Matrix product, as numpy.matmul",
    .in = {{"A", "T"}, {"B", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", MATMUL_TYPES}},
    .infer = matmul_infer,
    .ref = matmul_ref,
};

// ---------------------------------------------------------------------------------------------- Gemm

static tn_status gemm_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "A", 2, 2));
    TN_TRY(tni_want_rank(c, 1, "B", 2, 2));
    bool trans_a = tn_attr_int(c->attrs, "transA") != 0, trans_b = tn_attr_int(c->attrs, "transB") != 0;
    TN_TRY(tni_matmul_infer(c, 0, 1, trans_a, trans_b, c->in[0]->type.dtype));
    tn_type *y = tni_out_type(c, 0);
    if (y && y->rank < 0) { // always a matrix
        tn_dim shape[] = {tn_dim_fresh(c->dims), tn_dim_fresh(c->dims)};
        if (tni_ranked(c, 0)) shape[0] = c->in[0]->type.dim[trans_a ? 1 : 0];
        if (tni_ranked(c, 1)) shape[1] = c->in[1]->type.dim[trans_b ? 0 : 1];
        tni_shape_out(c, 0, y->dtype, 2, shape);
    }
    return tni_check_bias(c, 2);
}

tn_status tni_check_bias(tn_infer *c, int i) { return tni_want_broadcast(c, i, tni_out_type(c, 0), "C"); }

tn_status tni_gemm_ref(tn_call *c, const tn_tensor *z) {
    tni_epilogue e;
    tni_epilogue_init(&e, c->attrs, tni_result(c, 0));
    e.z = z;
    e.alpha = tn_attr_float(c->attrs, "alpha");
    e.beta = tn_attr_float(c->attrs, "beta");
    if (tni_arg(c, 2)) tni_epilogue_bias(&e, c->in[2]);
    return tni_matmul_run(c, c->in[0], c->in[1], tn_attr_int(c->attrs, "transA") != 0,
                          tn_attr_int(c->attrs, "transB") != 0, &e);
}

static tn_status gemm_ref(tn_call *c) { return tni_gemm_ref(c, NULL); }

// Before opset 7 a flag said whether C broadcasts; NumPy's rule covers what was valid then.
static tn_status gemm_upgrade(tni_spec *s) {
    tni_spec_drop(s, "broadcast");
    return TN_OK;
}

TN_OP(gemm) = {
    TN_HERE,
    .name = "Gemm",
    .since = 13,
    .first = 1,
    .doc = "alpha * A * B + beta * C, with either matrix transposed",
    .in = {{"A", "T"}, {"B", "T"}, {"C", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", MATMUL_TYPES}},
    .attrs = {TNI_GEMM_ATTRS},
    .infer = gemm_infer,
    .ref = gemm_ref,
    .upgrade = gemm_upgrade,
};

// ---- MatMulInteger

static tn_status integer_infer(tn_infer *c) { return tni_matmul_infer(c, 0, 1, false, false, TN_I32); }

static tn_status integer_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    tni_product p;
    const tn_tensor *a = c->in[0], *b = c->in[1];
    tni_matmul_bind(&p, a, b, c->out[0], false, false);
    p.type = TN_I32;
    p.a = tni_centred(c, a, tni_arg(c, 2), a->rank > 1 ? a->rank - 2 : -1);
    p.b = tni_centred(c, b, tni_arg(c, 3), b->rank - 1);
    if (!p.a || !p.b) return TN_NOMEM;
    p.store = tni_store_i32;
    p.user = c->out[0];
    tni_product_run(c, &p);
    return TN_OK;
}

TN_OP(matmul_integer) = {
    TN_HERE,
    .name = "MatMulInteger",
    .since = 10,
    .doc = "Product of 8-bit integer matrices less their zero points, into 32-bit integers",
    .in = {{"A", "T1"},
           {"B", "T2"},
           {"a_zero_point", "T1", TN_OPTIONAL_IN},
           {"b_zero_point", "T2", TN_OPTIONAL_IN}},
    .out = {{"Y", "i32"}},
    .types = {{"T1", TNI_INT8S}, {"T2", TNI_INT8S}},
    .infer = integer_infer,
    .ref = integer_ref,
};
