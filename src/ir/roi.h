// SPDX-License-Identifier: Apache-2.0
// roi.h - which elements of an image RoiAlign reads for a region: what the reference kernel and the fast ones
// have to agree on. A sample's four neighbours are the pairs of two along either axis.
#ifndef TN_IR_ROI_H
#define TN_IR_ROI_H

#include "tenon/ext.h"

typedef struct tni_roi_align {
    double scale, offset;
    int64_t ratio, height, width; // samples of a bin along an axis (0: by its size); bins
    bool max, half_pixel;
} tni_roi_align;

typedef struct tni_roi {
    double y, x, bin_h, bin_w; // start and size of a bin
    int64_t grid_h, grid_w;    // samples of a bin
} tni_roi;

// Neighbours along one axis. Outside the image both weights are 0.
typedef struct tni_roi_pair {
    int64_t low, high;
    double near, far; // their weights
} tni_roi_pair;

void tni_roi_align_init(tni_roi_align *a, tn_attrs attrs);
// Region [x1, y1, x2, y2]; false: not finite, or with too many samples.
bool tni_roi_read(const tni_roi_align *a, const double box[4], tni_roi *r);
// Checks all regions, and that their images are there.
tn_status tni_roi_check(tn_call *c, const tni_roi_align *a);

// Where sample i of bin `bin` lies along an axis.
static inline double tni_roi_at(double start, double size, int64_t grid, int64_t bin, int64_t i) {
    return start + ((double)bin + ((double)i + 0.5) / (double)grid) * size;
}

static inline tni_roi_pair tni_roi_pair_of(double at, int64_t length) {
    tni_roi_pair p = {0, 0, 0, 0};
    if (!(at >= -1 && at <= (double)length)) return p;
    at = at < 0 ? 0 : at > (double)(length - 1) ? (double)(length - 1) : at;
    p.low = (int64_t)at;
    p.high = p.low + 1 < length ? p.low + 1 : p.low;
    p.far = at - (double)p.low;
    p.near = 1 - p.far;
    return p;
}

#endif
