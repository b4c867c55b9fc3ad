// SPDX-License-Identifier: Apache-2.0
// quant.h - affine quantisation as the QLinear operators share it: real = (q - zero) * scale. Real numbers
// are f32, as ONNX Runtime has them: what lies halfway between two integers depends on it.
#ifndef TN_OP_QUANT_H
#define TN_OP_QUANT_H

#include "op/buffer.h"

// Scale and zero point of a whole tensor.
typedef struct tni_affine {
    double scale;
    double zero;
} tni_affine;

// From inputs number `scale` and `zero` (omitted: 0), one element each.
tn_status tni_affine_get(tn_call *c, int scale, int zero, tni_affine *to);
void tni_dequantize(double *to, const tn_tensor *t, int64_t first, int64_t step, int64_t n, tni_affine q);
// saturate(round(x / scale) + zero); `x` is used up.
void tni_quantize(const tn_tensor *t, int64_t first, int64_t n, double *x, tni_affine q);

// A whole tensor as real numbers, an f64 tensor in scratch; false: out of memory.
bool tni_dequantized(tn_call *c, const tn_tensor *t, tni_affine q, tn_tensor *to);

// Element i of an 8- or 4-bit float tensor.
void tni_set_f8(const tn_tensor *t, int64_t i, double value, bool saturate);

#endif
