// SPDX-License-Identifier: Apache-2.0
// reorder_squares.inl - pixels of a block to rows of its channels, a square of lanes at a time: what leaves
// the blocked form is made of it.
#ifndef TN_CPU_REORDER_SQUARES_INL
#define TN_CPU_REORDER_SQUARES_INL

#include "cpu/kern/vec_math.h"

enum { LANES_OF_BLOCK = 16, REORDER_TASK = 1024 /* pixels */ };

// Squares through registers: VL channels by VL pixels at a time, to rows `ld` apart, activated on the way.
INLINE void reorder_squares(const float *x, int64_t ld, int64_t channels, int64_t p0, int64_t p1, float *y,
                            bool sigmoid) {
    for (int64_t p = p0; p < p1; p += VL) {
        int64_t n = min64(VL, p1 - p);
        for (int64_t c = 0; c < channels; c += VL) {
            vf row[VL];
            for (int i = 0; i < VL; i++) row[i] = i < n ? v_load(x + (p + i) * LANES_OF_BLOCK + c) : (vf){0};
            v_transpose(row);
            for (int i = 0; i < VL && c + i < channels; i++) {
                vf v = sigmoid ? v_sigmoid(row[i]) : row[i];
                if (n == VL)
                    v_store(y + (c + i) * ld + p, v);
                else
                    v_store_n(y + (c + i) * ld + p, v, n);
            }
        }
    }
}

#endif
