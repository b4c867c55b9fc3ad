// SPDX-License-Identifier: Apache-2.0
// fourier.h - discrete Fourier transforms of any length in double, for DFT and STFT.
#ifndef TN_OP_FOURIER_H
#define TN_OP_FOURIER_H

#include "op/buffer.h"

typedef struct tni_complex {
    double re, im;
} tni_complex;

typedef struct tni_fourier {
    int64_t n;
    const tni_complex *root; // [n]: exp(-2 pi i k / n)
} tni_fourier;

// False: out of memory. n >= 1.
bool tni_fourier_new(tn_call *c, tni_fourier *f, int64_t n);
// y[k] = sum over t of x[t] * exp(-2 pi i k t / n), or of exp(+2 pi i k t / n) / n when inverse. x, y and
// room are [n] and do not overlap; x is kept unless inverse, when it is conjugated.
void tni_fourier_run(const tni_fourier *f, tni_complex *y, tni_complex *x, tni_complex *room, bool inverse);

#endif
