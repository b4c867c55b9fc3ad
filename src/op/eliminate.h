// SPDX-License-Identifier: Apache-2.0
// eliminate.h - Gauss's elimination with rows exchanged (Golub and Van Loan, "Matrix Computations", 3.4), for
// LU, Det and Inverse. Matrices are in double, row by row.
#ifndef TN_OP_ELIMINATE_H
#define TN_OP_ELIMINATE_H

#include "op/buffer.h"

// The row, from k on, of the largest element of column k; the last NaN, if there is one. a: [m,n].
int64_t tni_pivot(const double *a, int64_t m, int64_t n, int64_t k);
void tni_exchange_rows(double *a, int64_t n, int64_t i, int64_t k);
// a: [m,n] becomes L (whose diagonal is 1) and U in one matrix. pivot: [min(m, n)]: step k exchanged row k
// with row pivot[k]. A column of zeros stays as it is.
void tni_eliminate(double *a, int64_t *pivot, int64_t m, int64_t n);

#endif
