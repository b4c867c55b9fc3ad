// SPDX-License-Identifier: Apache-2.0
// resize.h - where each output of a Resize lies in its input, and which neighbours it is made of: what the
// reference kernel and the fast ones have to agree on. Every mode is separable, so all is said by dimension.
#ifndef TN_IR_RESIZE_H
#define TN_IR_RESIZE_H

#include "tenon/ext.h"

typedef enum tni_resize_mode { TNI_NEAREST, TNI_LINEAR, TNI_CUBIC } tni_resize_mode;
typedef enum tni_resize_policy { TNI_STRETCH, TNI_NOT_LARGER, TNI_NOT_SMALLER } tni_resize_policy;
typedef enum tni_resize_coordinates {
    TNI_HALF_PIXEL,
    TNI_HALF_PIXEL_SYMMETRIC,
    TNI_PYTORCH_HALF_PIXEL,
    TNI_ALIGN_CORNERS,
    TNI_ASYMMETRIC,
    TNI_CROP_AND_RESIZE,
    TNI_TF_HALF_PIXEL
} tni_resize_coordinates;

typedef struct tni_resize_axis {
    bool resized;
    bool exact;                // scale is out / in exactly: sizes were given
    int64_t in, out;           // lengths
    float scale_f;             // as given
    double scale, first, last; // first, last: of the region of interest, in [0, 1]
} tni_resize_axis;

typedef struct tni_resizing {
    tni_resize_mode mode;
    tni_resize_coordinates how;
    int rounding; // of nearest: to even is not among them
    double cubic; // the kernel's coefficient
    bool antialias, exclude_outside;
    tni_resize_axis axis[TN_MAX_RANK];
} tni_resizing;

// What a string attribute says, as a number of the enumerations above; -1: none of the values it may have.
int tni_resize_choice(tn_attrs attrs, const char *attribute);
// The one scale of a policy that keeps the aspect ratio.
double tni_resize_common_scale(tni_resize_policy policy, const int *axes, int n, const int64_t *size,
                               const int64_t *in);
// All of a node whose attributes are known to be right. roi, scales and sizes: NULL when omitted. With the
// policy to stretch the sizes are y's, and `sizes` need not have data.
void tni_resize_read(tni_resizing *r, tn_attrs attrs, const tn_tensor *x, const tn_tensor *roi,
                     const tn_tensor *scales, const tn_tensor *sizes, const tn_tensor *y);

// The input index that output index i takes in nearest mode; -1: outside the region of interest.
int64_t tni_resize_nearest(const tni_resizing *r, const tni_resize_axis *a, int64_t i);
// The taps of output index i in the other modes: the first input index, or -1 outside the region of interest.
int64_t tni_resize_taps(const tni_resizing *r, const tni_resize_axis *a, int64_t i, int64_t *count,
                        double *weight);
int64_t tni_resize_most_taps(const tni_resizing *r, const tni_resize_axis *a); // room that `weight` needs

#endif
