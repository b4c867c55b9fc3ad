// SPDX-License-Identifier: Apache-2.0
// window.h - where the windows of convolutions and pools lie: attributes kernel_shape, strides, dilations,
// pads, auto_pad and ceil_mode turned into output sizes (symbolic) and into plain numbers (at run time).
#ifndef TN_OP_WINDOW_H
#define TN_OP_WINDOW_H

#include "ir/attr.h"
#include "ir/tensor.h"
#include "tenon/ext.h"

enum { TNI_SPATIAL = TN_MAX_RANK - 2 };

// The rows that operators with windows have in their attribute tables; the steps alone are those of an
// operator whose windows have their sizes from the weights.
#define TNI_WINDOW_MAX ((INT64_C(1) << 31) - 1)
#define TNI_STEP_ATTRS                                                                                    \
    {.name = "strides", .kind = TN_ATTR_INTS, .flags = TN_ONES, .min = 1, .max = TNI_WINDOW_MAX},         \
        {.name = "dilations", .kind = TN_ATTR_INTS, .flags = TN_ONES, .min = 1, .max = TNI_WINDOW_MAX}, { \
        .name = "pads", .kind = TN_ATTR_INTS, .flags = TN_ZEROS, .min = -TNI_WINDOW_MAX,                  \
        .max = TNI_WINDOW_MAX                                                                             \
    }
#define TNI_WINDOW_ATTRS                                                                               \
    {.name = "kernel_shape", .kind = TN_ATTR_INTS, .min = 1, .max = TNI_WINDOW_MAX}, TNI_STEP_ATTRS, { \
        .name = "auto_pad", .kind = TN_ATTR_STRING, .s = "NOTSET"                                      \
    }

// Window k of an output position o covers input positions o*stride - pad + j*dilation, 0 <= j < kernel.
typedef struct tni_window {
    int rank; // spatial dimensions
    int64_t in[TNI_SPATIAL], out[TNI_SPATIAL];
    int64_t kernel[TNI_SPATIAL], stride[TNI_SPATIAL], dilation[TNI_SPATIAL];
    int64_t pad[TNI_SPATIAL], pad_end[TNI_SPATIAL];
} tni_window;

// Rounded up; b > 0.
static inline int64_t tni_ceil_div(int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : -(-a / b); }

// The lists among the attributes have one entry (pads: two) for each spatial dimension where they are given.
tn_status tni_window_check(tn_infer *c, int rank);
// The output sizes of a pool or convolution for x: [N,C,...] and `kernel` sizes, into to->dim[2..].
tn_status tni_window_infer(tn_infer *c, const tn_type *x, const tn_dim *kernel, tn_type *to);
// The numbers for input sizes `in`, kernel sizes `kernel` and output sizes `out`, `rank` each.
void tni_window_bind(tni_window *w, tn_attrs attrs, int rank, const int64_t *in, const int64_t *kernel,
                     const int64_t *out);

#endif
