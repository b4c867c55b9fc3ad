// SPDX-License-Identifier: Apache-2.0
// blocked.h - what the kernels of blocked layers take, and so what passes make.
//
// A first layer, whose X is [N,C,H,W] of few channels, may read an image as it comes: bytes instead of
// floats, [N,H,W,C], and not normalised yet. Padding is of the normalised image, so it stays zero.
#ifndef TN_IR_BLOCKED_H
#define TN_IR_BLOCKED_H

#include "ir/attr.h"

enum {
    TNI_STEM_CHANNELS = 4,   // of a plain X, at most
    TNI_DEPTHWISE_TAPS = 49, // of a window, at most
};

// Groups of 2, 4 or 8 channels, as many out as in: whole ones in a block.
static inline bool tni_groups_in_block(int64_t in, int64_t out, int64_t groups) {
    int64_t each = in / groups;
    return in == out && (each == 2 || each == 4 || each == 8);
}

// x * scale[c] + shift[c]; one number a channel, or none.
#define TNI_IMAGE_ATTRS                                                 \
    {.name = "channels_last", .kind = TN_ATTR_INT, .min = 0, .max = 1}, \
        {.name = "scale", .kind = TN_ATTR_FLOATS}, {                    \
        .name = "shift", .kind = TN_ATTR_FLOATS                         \
    }
#define TNI_IMAGE_TYPES (TN_FLOATS | TN_BIT(TN_U8) | TN_BIT(TN_I8))

static inline bool tni_channels_last(tn_attrs a) {
    return tni_has_row(a, "channels_last") && tn_attr_int(a, "channels_last");
}
// The axis of X that is its height, weights being of this rank; its width is the next one.
static inline int tni_height_axis(tn_attrs a, int rank) { return tni_channels_last(a) ? 1 : rank - 2; }
static inline int tni_channel_axis(tn_attrs a) { return tni_channels_last(a) ? 3 : 1; }
// Whether X has to become floats of W's type, in planes and normalised.
static inline bool tni_image_raw(tn_attrs a, tn_dtype x, tn_dtype w) {
    return x != w || tni_channels_last(a) || tni_has_list(a, "scale") || tni_has_list(a, "shift");
}

#endif
