// SPDX-License-Identifier: Apache-2.0
// epilogue.h - what happens to the sums of Conv and Gemm before they are stored, in double, rounded once:
//
//     y = activation(alpha * sum + beta * c + z)
#ifndef TN_OP_EPILOGUE_H
#define TN_OP_EPILOGUE_H

#include "op/mac.h"

typedef enum tni_activation {
    TNI_ACT_NONE,
    TNI_ACT_RELU,
    TNI_ACT_CLIP,       // alpha: least, beta: greatest
    TNI_ACT_LEAKY_RELU, // alpha: slope
    TNI_ACT_SIGMOID,
    TNI_ACT_HARD_SIGMOID, // clamp(alpha * x + beta, 0, 1)
    TNI_ACT_HARD_SWISH,
    TNI_ACT_SILU,
    TNI_ACT_TANH,
    TNI_ACT_GELU, // with erf
    TNI_ACT_UNKNOWN,
} tni_activation;

tni_activation tni_activation_find(const char *name); // "" is TNI_ACT_NONE
void tni_activate(tni_activation kind, double alpha, double beta, double *x, int64_t n);

// The rows fused operators have in their attribute tables, and their check in inference.
#define TNI_ACTIVATION_ATTRS                                   \
    {.name = "activation", .kind = TN_ATTR_STRING, .s = ""},   \
        {.name = "activation_alpha", .kind = TN_ATTR_FLOAT}, { \
        .name = "activation_beta", .kind = TN_ATTR_FLOAT       \
    }
tn_status tni_activation_check(tn_infer *c);

typedef struct tni_epilogue {
    const tn_tensor *y;
    double alpha, beta;
    const tn_tensor *c; // bias; NULL: none
    int rank;           // of the batch; sizes and strides of c, in elements, of its rows and columns
    int64_t batch[TN_MAX_RANK], c_batch[TN_MAX_RANK], c_row, c_column;
    const tn_tensor *z; // residual of y's shape; NULL: none
    tni_activation activation;
    double activation_alpha, activation_beta;
} tni_epilogue;

// Fills alpha, beta with 1 and the activation from the attributes when the operator has them.
void tni_epilogue_init(tni_epilogue *e, tn_attrs attrs, const tn_tensor *y);
// For double sums, and for int64 sums.
void tni_epilogue_store(void *epilogue, const tni_run *run, void *sum);
void tni_epilogue_store_int(void *epilogue, const tni_run *run, void *sum);

#endif
