// SPDX-License-Identifier: Apache-2.0
// conv.h - the parts of convolution that its quantised, integer and fused forms share.
#ifndef TN_OP_CONV_H
#define TN_OP_CONV_H

#include "op/epilogue.h"

// The rows of window.h, and groups.
#define TNI_CONV_ATTRS \
    TNI_WINDOW_ATTRS, { .name = "group", .kind = TN_ATTR_INT, .i = 1, .min = 1, .max = TNI_WINDOW_MAX }

// Out 0 = [N, M, spatial...] of type `dtype` from inputs number x and w; checks channels and groups.
tn_status tni_conv_infer(tn_infer *c, int x, int w, tn_dtype dtype);
// The bias at input i, when given, has one entry for each of w's output channels.
tn_status tni_conv_check_bias(tn_infer *c, int w, int i);
// Sizes and windows of a job from the tensors; its operands, type and store are the caller's.
void tni_conv_bind(tni_convolution *v, tn_attrs attrs, const tn_tensor *x, const tn_tensor *w,
                   const tn_tensor *y);
// ConvTranspose (X, W, B), with the operator's activation, if any.
tn_status tni_conv_transpose_infer(tn_infer *c);
tn_status tni_conv_transpose_ref(tn_call *c);
// The rows of ConvTranspose's table that Conv's has not.
#define TNI_CONV_TRANSPOSE_ATTRS                                                                         \
    TNI_CONV_ATTRS, {.name = "output_padding", .kind = TN_ATTR_INTS, .min = 0, .max = TNI_WINDOW_MAX}, { \
        .name = "output_shape", .kind = TN_ATTR_INTS, .min = 0, .max = TNI_WINDOW_MAX                    \
    }
// Conv (X, W, B) with a residual z (may be NULL) and the operator's activation, if any.
tn_status tni_conv_ref(tn_call *c, const tn_tensor *z);

#endif
