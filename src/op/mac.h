// SPDX-License-Identifier: Apache-2.0
// mac.h - the multiply-accumulate loops behind Conv, ConvTranspose, MatMul, Gemm and their integer, quantised
// and fused forms. Operands are plain f32, f64, i64 (wrapping) or i32 buffers; sums are double, or uint64 or
// int32 that wrap; each finished run of sums is handed to `store`, which rounds, adds, activates,
// requantises.
#ifndef TN_OP_MAC_H
#define TN_OP_MAC_H

#include "op/buffer.h"
#include "op/window.h"

// `sum`: double[count] for F32 and F64, int64_t[count] for I64, int32_t[count] for I32.
typedef struct tni_run {
    int64_t batch, row; // of a product: which matrix, which row; of a convolution: image, channel
    int64_t column;     // first column; of a convolution: first position within the channel
    int64_t first;      // index of the first element in the row-major output
    int64_t count;
} tni_run;
typedef void (*tni_store_run)(void *user, const tni_run *run, void *sum);
void tni_store_i32(void *tensor, const tni_run *run, void *sum); // int32 sums as they are

// y[batch] = a[batch] * b[batch], a: M x K with any strides, b: K x N with contiguous rows.
typedef struct tni_product {
    tn_dtype type;
    const void *a, *b;
    int64_t m, n, k;
    int64_t a_row, a_step, b_row;                                           // strides in elements
    int rank;                                                               // of the batch
    int64_t batch[TN_MAX_RANK], a_batch[TN_MAX_RANK], b_batch[TN_MAX_RANK]; // sizes, strides
    tni_store_run store;
    void *user;
} tni_product;
void tni_product_run(tn_call *c, const tni_product *p);

// x: [batch, group * channels, in...], w: [group * filters, channels, kernel...],
// y: [batch, group * filters, out...].
typedef struct tni_convolution {
    tn_dtype type; // F32, F64 or I32
    const void *x, *w;
    int64_t batch, group, channels, filters;
    tni_window window;
    tni_store_run store;
    void *user;
} tni_convolution;
// TN_NOMEM, or TN_OK.
tn_status tni_convolution_run(tn_call *c, const tni_convolution *job);

#endif
