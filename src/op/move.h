// SPDX-License-Identifier: Apache-2.0
// move.h - what the operators that move elements without looking at them share: the plain form of ir/move.h's
// copies, for any element type, and the element types ONNX gives such operators.
#ifndef TN_OP_MOVE_H
#define TN_OP_MOVE_H

#include "ir/move.h"
#include "op/op.h"

// The types of operators that newer opsets have not widened, and of those that take all.
#define TNI_MOVABLE (TN_NUMBERS | TN_BIT(TN_BOOL) | TN_BIT(TN_STRING) | TN_COMPLEX)
#define TNI_MOVABLE_TYPES     \
    .types = {                \
        {"T", TNI_MOVABLE},   \
        {"Tind", TN_INDEXES}, \
    }

// Runs a copy on several threads when that pays. The loops are reordered in place.
void tni_move_run(tn_call *c, tni_move *m, const tn_tensor *to, const tn_tensor *from);
// Runs all of an operator's copies; where they are not known, fails with the message.
tn_status tni_call_moves(tn_call *c, tni_moves *moves, const char *unknown);

// Which input index each output index of a dimension shows, or -1 for a fill value: what pads, crops and
// nearest resizes come down to.
typedef struct tni_pick {
    int64_t *from[TN_MAX_RANK]; // [out dim]
} tni_pick;

tn_status tni_pick_new(tn_call *c, const tn_tensor *out, tni_pick *p); // tables' memory, not their contents
void tni_pick_copy(const tn_tensor *out, const tn_tensor *in, const tni_pick *p, const tn_tensor *fill);

// One element of zeros (or an empty text) of any type, in `room`.
typedef union tni_zero_room {
    uint64_t words[2];
    tn_str s;
} tni_zero_room;
tn_tensor tni_zero_element(tn_dtype dtype, tni_zero_room *room);

// Out 0's elements are in 0's: a copy, for operators whose output is a view.
tn_status tni_call_same(tn_call *c);
bool tni_view_same(const tn_problem *p, int out, size_t *offset);
// Element `at` of a tensor as an offset in bytes; false for packed types, where it may lie inside a byte.
bool tni_byte_offset(const tn_tensor *t, int64_t at, size_t *offset);

// The index in row-major dims[rank]: index[] moves on to the next element. False after the last.
bool tni_next_index(int rank, const int64_t *dim, int64_t *index);

// An index in [-bound, bound) made non-negative; fails the call otherwise.
tn_status tni_call_index(tn_call *c, int64_t index, int64_t bound, const char *what, int64_t *to);

// Passes in 0's content on when out 0 has rank 0 or 1: for operators that only change the shape.
void tni_content_same(tn_infer *c);
// The product of dims [first, last).
tn_dim tni_dim_product(tn_infer *c, const tn_dim *dim, int first, int last);
// The length of rank-1 in i (a scalar counts as one), or -1 when not known. Content is not needed.
int64_t tni_known_length(const tn_infer *c, int i);
// Out 0 with a known rank and sizes only the data will tell.
void tni_shape_fresh(tn_infer *c, int i, tn_dtype dtype, int rank);
// max(a, 0), left alone when a is known not to be negative.
tn_dim tni_dim_positive(tn_infer *c, tn_dim a);

#endif
