// SPDX-License-Identifier: Apache-2.0
// matmul.h - the parts of the matrix product that its quantised and fused forms share.
#ifndef TN_OP_MATMUL_H
#define TN_OP_MATMUL_H

#include "op/epilogue.h"

// Out 0 = [batch..., M, N] of type `dtype` from inputs number a and b, by numpy.matmul's rules; transposing
// swaps the last two dimensions of an operand that has them.
tn_status tni_matmul_infer(tn_infer *c, int a, int b, bool trans_a, bool trans_b, tn_dtype dtype);
// Input i, when given, broadcasts to out 0.
tn_status tni_check_bias(tn_infer *c, int i);
// Sizes and strides of a product from the tensors, B with contiguous rows; operands, type and store are the
// caller's.
void tni_matmul_bind(tni_product *p, const tn_tensor *a, const tn_tensor *b, const tn_tensor *y, bool trans_a,
                     bool trans_b);
// Runs a product whose results go through `e`, for floats and for integers.
tn_status tni_matmul_run(tn_call *c, const tn_tensor *a, const tn_tensor *b, bool trans_a, bool trans_b,
                         tni_epilogue *e);
// Gemm (A, B, C and its attributes) plus a residual z (may be NULL), through the operator's activation, if
// any.
tn_status tni_gemm_ref(tn_call *c, const tn_tensor *z);
#define TNI_GEMM_ATTRS                                                                                 \
    {.name = "alpha", .kind = TN_ATTR_FLOAT, .f = 1}, {.name = "beta", .kind = TN_ATTR_FLOAT, .f = 1}, \
        {.name = "transA", .kind = TN_ATTR_INT}, {                                                     \
        .name = "transB", .kind = TN_ATTR_INT                                                          \
    }
// Every matrix [rows, columns] among `count` elements of `size` bytes (4 or 8), transposed; NULL: out of
// memory.
void *tni_transposed(tn_call *c, const void *from, int64_t count, int64_t rows, int64_t columns, size_t size);
// Makes `bias`, which broadcasts to y (rank >= 2), the epilogue's c.
void tni_epilogue_bias(tni_epilogue *e, const tn_tensor *bias);

#endif
