// SPDX-License-Identifier: Apache-2.0
// order.h - one order of elements for every operator that sorts: by value, NaN greatest, ties by index, so
// that every sort is stable and the same on every machine.
#ifndef TN_OP_ORDER_H
#define TN_OP_ORDER_H

#include "op/op.h"

// < 0, 0, > 0 as element i of `a` is less than, equal to, or greater than element k of `b`; the same type.
// NaNs are equal to each other and above all else; strings go by their bytes.
int tni_order(const tn_tensor *a, int64_t i, const tn_tensor *b, int64_t k);

// Sorts index[0..n) stably so that less(arg, index[i], index[i + 1]) never holds the other way round; `spare`
// has room for n. Merge sort: no worst case, no recursion on what a file says.
void tni_sort(int64_t *index, int64_t *spare, int64_t n, bool (*less)(const void *arg, int64_t a, int64_t b),
              const void *arg);

#endif
