// SPDX-License-Identifier: Apache-2.0
// sample.h - which elements of an image a place of GridSample is made of, and by what weights: what the
// reference kernel and the fast ones have to agree on.
#ifndef TN_IR_SAMPLE_H
#define TN_IR_SAMPLE_H

#include "tenon/ext.h"

enum {
    TNI_SAMPLE_SPACE = 5,   // spatial dimensions; cubic reads 4 to their power elements
    TNI_SAMPLE_TAPS = 1024, // 4 to the TNI_SAMPLE_SPACE
};

typedef struct tni_sampler {
    enum { TNI_SAMPLE_NEAREST, TNI_SAMPLE_LINEAR, TNI_SAMPLE_CUBIC } mode;
    enum { TNI_SAMPLE_ZEROS, TNI_SAMPLE_BORDER, TNI_SAMPLE_REFLECTION } padding;
    bool align;
    int space; // spatial dimensions
    int64_t length[TNI_SAMPLE_SPACE];
} tni_sampler;

typedef struct tni_samples {
    int n;
    int64_t at[TNI_SAMPLE_TAPS];    // within a channel
    double weight[TNI_SAMPLE_TAPS]; // never 0
} tni_samples;

// From GridSample's attributes, for an image with these spatial sizes. False: the mode or the padding has no
// such name; then *wrong is the attribute's.
bool tni_sampler_init(tni_sampler *s, tn_attrs attrs, int space, const int64_t *length, const char **wrong);
// Elements read for one place, at most.
int64_t tni_sampler_taps(const tni_sampler *s);
// The elements of the place whose coordinates, from -1 to 1, the last dimension's first, are `place`. Those
// outside are left out.
void tni_sample(const tni_sampler *s, const double *place, tni_samples *list);

#endif
