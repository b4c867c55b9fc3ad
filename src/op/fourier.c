// SPDX-License-Identifier: Apache-2.0
// fourier.c - the mixed-radix fast Fourier transform (Cooley and Tukey, 1965): a length p * m is p transforms
// of length m and m of length p; what is left over as a prime is computed as it is written down.
#include "op/fourier.h"

#define PI 3.14159265358979323846

// exp(-2 pi i k / n) from an angle of at most an eighth of a turn, so that quarters come out exactly.
static tni_complex root_of_unity(int64_t k, int64_t n) {
    int64_t quarter = 4 * k / n, rest = 4 * k % n; // k / n turns are (quarter + rest / n) / 4
    bool upper = rest > n - rest;
    double angle = PI / 2 * ((double)(upper ? n - rest : rest) / (double)n);
    double c = upper ? sin(angle) : cos(angle), s = upper ? cos(angle) : sin(angle);
    switch (quarter) {
    case 0: return (tni_complex){c, -s};
    case 1: return (tni_complex){-s, -c};
    case 2: return (tni_complex){-c, s};
    default: return (tni_complex){s, c};
    }
}

bool tni_fourier_new(tn_call *c, tni_fourier *f, int64_t n) {
    tni_complex *root = tni_scratch(c, n, sizeof *root);
    f->n = n;
    f->root = root;
    for (int64_t k = 0; root && k < n; k++) root[k] = root_of_unity(k, n);
    return root != NULL;
}

static int64_t smallest_factor(int64_t n) {
    for (int64_t p = 2; p <= n / p; p++)
        if (n % p == 0) return p;
    return n;
}

// Joins p transforms of length m that lie one after the other in y; `step` is f->n / (p * m):
//
//     y[q*m + k] = sum over r of root[step * r * (q*m + k)] * y_r[k]
static void join(const tni_fourier *f, tni_complex *y, tni_complex *room, int64_t p, int64_t m,
                 int64_t step) {
    for (int64_t k = 0; k < m; k++) {
        for (int64_t q = 0; q < p; q++) {
            int64_t turn = (q * m + k) * step, at = 0; // turn < n
            tni_complex sum = {0, 0};
            for (int64_t r = 0; r < p; r++) {
                tni_complex w = f->root[at], v = y[r * m + k];
                sum.re += w.re * v.re - w.im * v.im;
                sum.im += w.re * v.im + w.im * v.re;
                at = at >= f->n - turn ? at - (f->n - turn) : at + turn;
            }
            room[q] = sum;
        }
        for (int64_t q = 0; q < p; q++) y[q * m + k] = room[q];
    }
}

// y[0..n) from x[0], x[stride], ...; stride * n == f->n. As deep as n has factors.
static void transform(const tni_fourier *f, tni_complex *y, const tni_complex *x, int64_t n, int64_t stride,
                      tni_complex *room) {
    if (n == 1) {
        y[0] = x[0];
        return;
    }
    int64_t p = smallest_factor(n), m = n / p;
    for (int64_t r = 0; r < p; r++) transform(f, y + r * m, x + r * stride, m, stride * p, room);
    join(f, y, room, p, m, stride);
}

static void conjugate(tni_complex *x, int64_t n, double scale) {
    for (int64_t k = 0; k < n; k++) x[k] = (tni_complex){x[k].re * scale, -x[k].im * scale};
}

void tni_fourier_run(const tni_fourier *f, tni_complex *y, tni_complex *x, tni_complex *room, bool inverse) {
    if (inverse) conjugate(x, f->n, 1);
    transform(f, y, x, f->n, 1, room);
    if (inverse) conjugate(y, f->n, 1 / (double)f->n);
}
