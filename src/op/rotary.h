// SPDX-License-Identifier: Apache-2.0
// rotary.h - the rotation behind the RotaryEmbedding operators and GroupQueryAttention.
#ifndef TN_OP_ROTARY_H
#define TN_OP_ROTARY_H

#include "op/buffer.h"

// Turns `pairs` pairs of one head's row: halves of 2 * pairs elements, or neighbours when interleaved.
void tni_rotary_turn(double *x, const double *cosine, const double *sine, int64_t pairs, bool interleaved);

#endif
