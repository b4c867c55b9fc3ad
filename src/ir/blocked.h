// SPDX-License-Identifier: Apache-2.0
// blocked.h - what the kernels of blocked layers take, and so what passes make.
#ifndef TN_IR_BLOCKED_H
#define TN_IR_BLOCKED_H

enum {
    TNI_STEM_CHANNELS = 4,   // of a plain X, at most
    TNI_DEPTHWISE_TAPS = 49, // of a window, at most
};

#endif
