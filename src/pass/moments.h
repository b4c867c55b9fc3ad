// SPDX-License-Identifier: Apache-2.0
// moments.h - what the recognisers of normalisations look for: means over the last dimensions, and squares.
#ifndef TN_PASS_MOMENTS_H
#define TN_PASS_MOMENTS_H

#include "pass/rewrite.h"

// `v` is a ReduceMean over the last dimensions, which stay as 1: its input, and the first of them.
tni_value *tni_mean_of(const tni_value *v, int *axis);
// `v` is x * x or x to the power of 2.
tni_value *tni_square_of(const tni_value *v);
// `v` is Sqrt(ReduceMean(square) + epsilon): what was squared, and the first dimension of the mean.
tni_value *tni_root_mean_square_of(const tni_value *v, int *axis, double *epsilon);

// A constant of ones with the dimensions of `x` from `axis` on. NULL: a size is not known, or see *status.
tni_value *tni_ones_from(tn_graph *g, const tni_value *x, int axis, tn_status *status);

#endif
