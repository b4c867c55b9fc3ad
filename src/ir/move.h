// SPDX-License-Identifier: Apache-2.0
// move.h - copies of elements as nests of loops: what the reference kernels and the fast ones of operators
// that only move elements (Transpose, Concat, Slice, Pad ...) have to agree on.
#ifndef TN_IR_MOVE_H
#define TN_IR_MOVE_H

#include "tenon/ext.h"

enum {
    TNI_MOVE_RANK = 2 * TN_MAX_RANK,
    TNI_MOVE_OUT = -1,  // from the output itself, as the copies before this one have left it
    TNI_MOVE_ZERO = -2, // from one element of zeros
};

// Element to_at + i0 * to[0] + i1 * to[1] ... of output `out` becomes element from_at + i0 * from[0] + ... of
// input `in`, for all 0 <= id < dim[d]. Loops from the outermost in; steps in elements, 0 repeats, negative
// ones go back. No two turns write the same element.
typedef struct tni_move {
    int out, in; // in: or TNI_MOVE_OUT, TNI_MOVE_ZERO
    int64_t to_at, from_at;
    int rank;
    int64_t dim[TNI_MOVE_RANK], to[TNI_MOVE_RANK], from[TNI_MOVE_RANK];
} tni_move;

// Adds the next inner loop; one that runs on from the loop before it makes that longer.
void tni_move_loop(tni_move *m, int64_t dim, int64_t to, int64_t from);
int64_t tni_move_count(const tni_move *m);                       // elements
void tni_strides(int rank, const int64_t *dim, int64_t *stride); // row-major, in elements

// How many copies make the operator's outputs, or -1 where the shapes and the constants that are there do not
// tell; the i-th goes into *m, which is all zero, unless m is NULL.
typedef int tni_moves(const tn_problem *p, int i, tni_move *m);
tni_moves tni_transpose_moves, tni_concat_moves, tni_split_moves, tni_slice_moves, tni_pad_moves,
    tni_expand_moves, tni_tile_moves, tni_depth_to_space_moves, tni_space_to_depth_moves;

// Transpose: the input's dimension that becomes the output's d-th.
void tni_permutation(tn_attrs attrs, int rank, int *perm);

// Split: into how many parts when equal; where piece i begins along the axis (false: not known, or outside).
int64_t tni_split_parts(tn_attrs attrs, int nout);
bool tni_split_start(const tn_problem *p, int axis, int i, int64_t *at);

// Slice: by dimension, the elements start, start + step, ... (count of them).
typedef struct tni_slice {
    int64_t start[TN_MAX_RANK], step[TN_MAX_RANK], count[TN_MAX_RANK];
} tni_slice;
// False when the lists are not there yet or do not fit the input.
bool tni_slice_read(const tn_tensor *const *in, int nin, tni_slice *s);
// Start, end and step made fit for one dimension; returns how many.
int64_t tni_slice_exact(int64_t dim, int64_t *start, int64_t end, int64_t *step);
// Backwards these say "to the beginning", as in ONNX Runtime: nothing else would ever come out.
bool tni_whole_back(int64_t end);

typedef enum tni_pad_mode { TNI_PAD_CONSTANT, TNI_PAD_REFLECT, TNI_PAD_EDGE, TNI_PAD_WRAP } tni_pad_mode;
bool tni_pad_mode_of(tn_attrs a, tni_pad_mode *mode);

#endif
