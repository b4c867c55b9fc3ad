// SPDX-License-Identifier: Apache-2.0
// matmul_nbits.c - com.microsoft MatMulNBits: A [..., K] times the transpose of a matrix of 2, 4 or 8-bit
// numbers with a scale and a zero point for each block along K:
//
//     B [N, blocks, bytes of a block]: lowest bits first;   w = (b - zero) * scale
//
// One unit of work is one row of B: it is unpacked once and multiplied with every row of A.
#include "op/buffer.h"

enum { A, B, SCALES, ZEROS, GROUPS, BIAS };

typedef struct shape {
    int64_t k, n, bits, block, blocks;
} shape;

static shape shape_of(tn_attrs a) {
    shape s = {tn_attr_int(a, "K"), tn_attr_int(a, "N"), tn_attr_int(a, "bits"), tn_attr_int(a, "block_size"),
               0};
    s.blocks = s.k / s.block + (s.k % s.block != 0);
    return s;
}

// Input i, when its shape is known, has `want` elements, however they are arranged.
static tn_status want_count(tn_infer *c, int i, const char *what, int64_t want) {
    if (!tni_ranked(c, i)) return TN_OK;
    int64_t n = 1;
    const tn_type *t = &c->in[i]->type;
    for (int d = 0; d < t->rank; d++)
        if (t->dim[d].e || !ck_mul64(n, t->dim[d].k, &n)) return TN_OK;
    if (n == want) return TN_OK;
    return tn_infer_fail(c, "%s has %lld elements, expected %lld", what, (long long)n, (long long)want);
}

static tn_status infer(tn_infer *c) {
    const tn_type *a = &c->in[A]->type;
    shape s = shape_of(c->attrs);
    tn_dim dim[TN_MAX_RANK];
    if (s.bits != 2 && s.bits != 4 && s.bits != 8)
        return tn_infer_fail(c, "bits is %lld, supported are 2, 4 and 8", (long long)s.bits);
    if (s.block < 16 || (s.block & (s.block - 1)))
        return tn_infer_fail(c, "block_size is %lld, expected a power of two from 16 on", (long long)s.block);
    if (tni_given(c, GROUPS) || tn_attr_int(c->attrs, "weight_prepacked"))
        return tn_infer_fail(c, "g_idx and prepacked weights are not supported");
    bool packed = tni_given(c, ZEROS) && c->in[ZEROS]->type.dtype == TN_U8;
    TN_TRY(want_count(c, B, "B", s.n * s.blocks * (s.block * s.bits / 8)));
    TN_TRY(want_count(c, SCALES, "scales", s.n * s.blocks));
    TN_TRY(want_count(c, ZEROS, "zero_points", s.n * (packed ? (s.blocks * s.bits + 7) / 8 : s.blocks)));
    TN_TRY(want_count(c, BIAS, "bias", s.n));
    TN_TRY(tni_want_rank(c, A, "A", 1, TN_MAX_RANK));
    if (a->rank < 0) return tni_shape_unknown(c, 0, a->dtype), TN_OK;
    TN_TRY(tni_want_dim(c, a->dim[a->rank - 1], tn_k(s.k), "last dimension of A"));
    memcpy(dim, a->dim, (size_t)a->rank * sizeof *dim);
    dim[a->rank - 1] = tn_k(s.n);
    tni_shape_out(c, 0, a->dtype, a->rank, dim);
    return TN_OK;
}

typedef struct job {
    shape s;
    const tn_tensor *scales, *zeros, *bias, *y;
    const uint8_t *b;
    const double *a; // [rows, k]
    int64_t rows;
    double *room; // of each worker: a row of B, then a column of Y
} job;

static unsigned unpack(const uint8_t *p, int64_t i, int64_t bits) {
    return p[i * bits / 8] >> (i * bits % 8) & ((1u << bits) - 1);
}

static double zero_point(const job *j, int64_t n, int64_t block) {
    if (!j->zeros) return (double)(1 << (j->s.bits - 1));
    if (j->zeros->dtype != TN_U8) return tni_get(j->zeros, n * j->s.blocks + block);
    const uint8_t *row = (const uint8_t *)j->zeros->data + n * ((j->s.blocks * j->s.bits + 7) / 8);
    return unpack(row, block, j->s.bits);
}

static void unpack_row(const job *j, int64_t n, double *w) {
    const shape *s = &j->s;
    for (int64_t block = 0; block < s->blocks; block++) {
        const uint8_t *p = j->b + (n * s->blocks + block) * (s->block * s->bits / 8);
        double scale = tni_get(j->scales, n * s->blocks + block), zero = zero_point(j, n, block);
        int64_t first = block * s->block, count = s->k - first < s->block ? s->k - first : s->block;
        for (int64_t i = 0; i < count; i++) w[first + i] = ((double)unpack(p, i, s->bits) - zero) * scale;
    }
}

// Four sums side by side: the order does not depend on anything but k.
static double dot(const double *a, const double *b, int64_t k) {
    double sum[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= k; i += 4)
        for (int l = 0; l < 4; l++) sum[l] += a[i + l] * b[i + l];
    for (; i < k; i++) sum[0] += a[i] * b[i];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static void run_column(void *user, int64_t n, int worker) {
    const job *j = user;
    double *w = j->room + worker * (j->s.k + j->rows), *y = w + j->s.k;
    double bias = j->bias ? tni_get(j->bias, n) : 0;
    unpack_row(j, n, w);
    for (int64_t r = 0; r < j->rows; r++) y[r] = dot(j->a + r * j->s.k, w, j->s.k) + bias;
    tni_store(j->y, n, j->s.n, j->rows, y);
}

static tn_status ref(tn_call *c) {
    job j = {.s = shape_of(c->attrs), .scales = c->in[SCALES], .zeros = tni_arg(c, ZEROS), .y = c->out[0]};
    int64_t room;
    if (!j.y || tn_count(j.y) == 0) return TN_OK;
    j.bias = tni_arg(c, BIAS);
    j.b = c->in[B]->data;
    j.rows = tn_count(j.y) / j.s.n;
    if (!ck_add64(j.s.k, j.rows, &room) || !ck_mul64(room, tn_call_threads(c), &room)) return TN_NOMEM;
    j.room = tni_scratch(c, room, sizeof *j.room);
    j.a = tni_as_double(c, c->in[A]);
    if (!j.room || !j.a) return TN_NOMEM;
    tn_call_parallel(c, j.s.n, run_column, &j);
    return TN_OK;
}

TN_OP(ms_matmul_nbits) = {
    TN_HERE,
    .name = "MatMulNBits",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "A times weights of 2, 4 or 8 bits with a scale for each block",
    .in = {{"A", "T1"},
           {"B", "u8"},
           {"scales", "T1"},
           {"zero_points", "T3", TN_OPTIONAL_IN},
           {"g_idx", "i32", TN_OPTIONAL_IN},
           {"bias", "T1", TN_OPTIONAL_IN}},
    .out = {{"Y", "T1"}},
    .types = {{"T1", TN_FLOATS}, {"T3", TN_FLOATS | TN_BIT(TN_U8)}},
    .attrs = {{.name = "K", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = 1 << 24},
              {.name = "N", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = 1 << 24},
              {.name = "bits", .kind = TN_ATTR_INT, .i = 4, .min = 2, .max = 8},
              {.name = "block_size", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = 1 << 24},
              {.name = "accuracy_level", .kind = TN_ATTR_INT}, // 4: A may be rounded to 8 bits by blocks
              {.name = "weight_prepacked", .kind = TN_ATTR_INT}},
    .infer = infer,
    .ref = ref,
};
