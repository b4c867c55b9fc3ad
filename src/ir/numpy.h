// SPDX-License-Identifier: Apache-2.0
// numpy.h - element types as NumPy's .npy files name them.
#ifndef TN_IR_NUMPY_H
#define TN_IR_NUMPY_H

#include "ir/tensor.h"

// Kind and width in bytes. V2 is what NumPy makes of a bfloat16.
static const struct {
    char kind;
    unsigned char width;
    tn_dtype dtype;
} tni_numpy_types[] = {{'f', 4, TN_F32}, {'f', 8, TN_F64},   {'f', 2, TN_F16}, {'i', 1, TN_I8},
                       {'i', 2, TN_I16}, {'i', 4, TN_I32},   {'i', 8, TN_I64}, {'u', 1, TN_U8},
                       {'u', 2, TN_U16}, {'u', 4, TN_U32},   {'u', 8, TN_U64}, {'b', 1, TN_BOOL},
                       {'c', 8, TN_C64}, {'c', 16, TN_C128}, {'V', 2, TN_BF16}};
enum { TNI_NUMPY_TYPES = sizeof tni_numpy_types / sizeof *tni_numpy_types };

#endif
