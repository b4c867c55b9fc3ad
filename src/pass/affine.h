// SPDX-License-Identifier: Apache-2.0
// affine.h - "times a number, plus a number, for each channel", whichever operator says it:
// BatchNormalization in inference, or Mul, Div, Add, Sub with a constant. Arithmetic is in double; constants
// are rounded once.
#ifndef TN_PASS_AFFINE_H
#define TN_PASS_AFFINE_H

#include "pass/rewrite.h"

typedef struct tni_affine {
    int input;     // of the node: the value that is scaled and shifted
    int64_t n;     // channels
    double *scale; // [n], in the arena it was read into
    double *shift; // [n]
} tni_affine;

// Reads `n` as y = x * scale[c] + shift[c], c running along dimension `axis` (negative: from the end) of x,
// which has the shape of y. False: it is no such node, or memory ran out (*status).
bool tni_affine_read(const tni_node *n, int axis, tni_arena *a, tni_affine *to, tn_status *status);
bool tni_affine_shifts(const tni_affine *a); // some shift is not 0

// The channel of element i of a weight tensor: i / inner % size + i / block * size.
typedef struct tni_channels {
    int64_t inner, size, block;
} tni_channels;
static inline int64_t tni_channel(const tni_channels *c, int64_t i) {
    return i / c->inner % c->size + i / c->block * c->size;
}

// w * scale along its channels as a new constant. NULL: an element would overflow, or *status.
tni_value *tni_affine_scale(tn_graph *g, const tni_value *w, const tni_channels *c, const double *scale,
                            tn_status *status);
// A new vector constant; NULL as above.
tni_value *tni_affine_vector(tn_graph *g, tn_dtype dtype, const double *x, int64_t n, tn_status *status);

// The linear operators constants are folded into.
typedef struct tni_linear {
    const tni_node *node;
    tni_value *w, *b;   // constants; b may be NULL
    tni_channels out;   // of w, by output channel
    int64_t n;          // output channels
    int axis;           // of the output, where they are
    bool gemm;          // alpha and beta apply
    double alpha, beta; // else 1
} tni_linear;
// Conv, ConvTranspose, Gemm or MatMul with constant weights and bias.
bool tni_linear_read(const tni_node *n, tni_linear *to);
// beta * b, one number for each output channel; false: b has another shape.
bool tni_linear_bias(const tni_linear *l, double *to);
// Makes the operator anew where `at` stands, on `x`, with new weights and bias.
tn_status tni_linear_remake(tni_node *at, const tni_linear *l, tni_value *x, tni_value *w, tni_value *b,
                            tn_diags *diags);

#endif
