// SPDX-License-Identifier: Apache-2.0
// mac_product.c - batched matrix product. One unit of work is a row of y, at most CHUNK columns of it; the
// sums stay on the stack and the inner loop runs along a row of b.
#include "op/mac.h"

enum { CHUNK = 256 };

static int64_t chunks_of(const tni_product *p) { return p->n / CHUNK + (p->n % CHUNK != 0); }

static void batch_offsets(const tni_product *p, int64_t index, int64_t *a, int64_t *b) {
    *a = *b = 0;
    for (int d = p->rank - 1; d >= 0; d--) {
        int64_t at = index % p->batch[d];
        index /= p->batch[d];
        *a += at * p->a_batch[d];
        *b += at * p->b_batch[d];
    }
}

// Integers are multiplied as unsigned so that they wrap.
#define ROW(name, type, cast, sum_type)                                                            \
    static void name(const tni_product *p, int64_t a_at, int64_t b_at, int64_t n, sum_type *sum) { \
        const type *a = (const type *)p->a + a_at;                                                 \
        for (int64_t j = 0; j < n; j++) sum[j] = 0;                                                \
        for (int64_t k = 0; k < p->k; k++) {                                                       \
            const type *b = (const type *)p->b + b_at + k * p->b_row;                              \
            sum_type x = (sum_type)(cast)a[k * p->a_step];                                         \
            for (int64_t j = 0; j < n; j++) sum[j] += x * (sum_type)(cast)b[j];                    \
        }                                                                                          \
    }
ROW(row_f32, float, float, double)
ROW(row_f64, double, double, double)
ROW(row_i64, int64_t, uint64_t, uint64_t)
ROW(row_i32, int32_t, uint32_t, uint32_t)

static void product_unit(void *user, int64_t unit, int worker) {
    const tni_product *p = user;
    union {
        double f[CHUNK];
        uint64_t l[CHUNK];
        uint32_t i[CHUNK];
    } sum;
    int64_t chunks = chunks_of(p), column = unit % chunks * CHUNK, rest = unit / chunks;
    tni_run run = {rest / p->m, rest % p->m, column, rest * p->n + column, p->n - column};
    if (run.count > CHUNK) run.count = CHUNK;
    int64_t a, b;
    (void)worker;
    batch_offsets(p, run.batch, &a, &b);
    a += run.row * p->a_row;
    b += column;
    switch (p->type) {
    case TN_F64: row_f64(p, a, b, run.count, sum.f); break;
    case TN_I64: row_i64(p, a, b, run.count, sum.l); break;
    case TN_I32: row_i32(p, a, b, run.count, sum.i); break;
    default: row_f32(p, a, b, run.count, sum.f);
    }
    p->store(p->user, &run, &sum);
}

void tni_product_run(tn_call *c, const tni_product *p) {
    int64_t units = p->m * chunks_of(p);
    for (int d = 0; d < p->rank; d++) units *= p->batch[d];
    tni_product job = *p;
    if (units > 0) tn_call_parallel(c, units, product_unit, &job);
}

void tni_store_i32(void *tensor, const tni_run *run, void *sum) {
    const tn_tensor *y = tensor;
    memcpy((int32_t *)y->data + run->first, sum, (size_t)run->count * sizeof(int32_t));
}
