// SPDX-License-Identifier: Apache-2.0
// grid.h - tensors of indices that exporters compute for slices: each element is a number plus a step for
// each dimension. Seen through the constants, Ranges, Slices, Expands and Unsqueezes that they are made of.
#ifndef TN_PASS_GRID_H
#define TN_PASS_GRID_H

#include "pass/rewrite.h"

// Element [i, j, ...] is base + step[0] * i + step[1] * j + ...; the step of a dimension of size 1 is 0.
typedef struct tni_grid {
    int rank;
    int64_t base, step[TN_MAX_RANK];
} tni_grid;

bool tni_grid_of(const tni_value *v, tni_grid *to);
// The tuples of indices along v's last dimension: one grid over the dimensions before for each place in a
// tuple. Returns their number; 0: they are no grids.
int tni_grid_columns(const tni_value *v, tni_grid to[TN_MAX_RANK]);

// Where a Slice cuts, in the order of its lists; axes counted from the front.
typedef struct tni_cuts {
    size_t n;
    int64_t start[TN_MAX_RANK], axis[TN_MAX_RANK], step[TN_MAX_RANK];
} tni_cuts;

// false: not all of it is known before running.
bool tni_cuts_of_slice(const tni_node *slice, tni_cuts *to);

// A part of a tensor: from `start` on every `step`-th element of each dimension.
typedef struct tni_box {
    int rank;
    int64_t start[TN_MAX_RANK], step[TN_MAX_RANK];
} tni_box;

// `v` is a Slice, or Slices one behind the other, of `whole`, forwards and from constant places.
bool tni_box_of(const tni_value *v, const tni_value *whole, tni_box *to);
bool tni_box_of_slice(const tni_node *slice, tni_box *to);
bool tni_box_equal(const tni_box *a, const tni_box *b);
tni_box tni_box_within(const tni_box *outer,
                       const tni_box *inner); // inner's place, seen from outside of outer
// Integers that are all known before running; false: not, or more than `room`.
bool tni_known_ints(const tni_value *v, int64_t *to, size_t room, size_t *n);

#endif
