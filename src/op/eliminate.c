// SPDX-License-Identifier: Apache-2.0
// eliminate.c - Gauss's elimination with rows exchanged.
#include "op/eliminate.h"

int64_t tni_pivot(const double *a, int64_t m, int64_t n, int64_t k) {
    int64_t best = k;
    for (int64_t i = k + 1; i < m; i++)
        if (fabs(a[i * n + k]) > fabs(a[best * n + k]) || isnan(a[i * n + k])) best = i;
    return best;
}

void tni_exchange_rows(double *a, int64_t n, int64_t i, int64_t k) {
    for (int64_t j = 0; j < n && i != k; j++) {
        double t = a[i * n + j];
        a[i * n + j] = a[k * n + j];
        a[k * n + j] = t;
    }
}

void tni_eliminate(double *a, int64_t *pivot, int64_t m, int64_t n) {
    for (int64_t k = 0; k < m && k < n; k++) {
        pivot[k] = tni_pivot(a, m, n, k);
        tni_exchange_rows(a, n, k, pivot[k]);
        const double *top = a + k * n;
        for (int64_t i = k + 1; i < m && top[k] != 0; i++) {
            double factor = a[i * n + k] /= top[k];
            for (int64_t j = k + 1; j < n; j++) a[i * n + j] -= factor * top[j];
        }
    }
}
