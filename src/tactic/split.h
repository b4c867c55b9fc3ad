// SPDX-License-Identifier: Apache-2.0
// split.h - products of f32 on tiles of bf16 (src/cpu/kern/split.inl): what the kernels work in and the cost
// model counts.
#ifndef TN_TACTIC_SPLIT_H
#define TN_TACTIC_SPLIT_H

enum {
    TNI_SPLIT_K = 32,                      // values of k in a step
    TNI_SPLIT_ROWS = 16,                   // of a tile, at most
    TNI_SPLIT_BLOCK = 128,                 // rows of A that a product splits at once, at most
    TNI_SPLIT_PIXELS = 1024,               // outputs of a convolution's band, at most
    TNI_SPLIT_BAND = 800 << 10,            // bytes of what it reads, split
    TNI_SPLIT_PIXEL = 3 * TNI_SPLIT_K * 2, // bytes of that for a pair of blocks of channels
};

#endif
