// SPDX-License-Identifier: Apache-2.0
// roi.c - regions of RoiAlign, see roi.h.
#include "ir/roi.h"

#include "ir/tensor.h"

#include <math.h>

enum { MAX_GRID = 1 << 14 };

void tni_roi_align_init(tni_roi_align *a, tn_attrs attrs) {
    bool half_pixel = tn_attr_is(attrs, "coordinate_transformation_mode", "half_pixel");
    *a = (tni_roi_align){.scale = tn_attr_float(attrs, "spatial_scale"),
                         .offset = half_pixel ? 0.5 : 0,
                         .ratio = tn_attr_int(attrs, "sampling_ratio"),
                         .height = tn_attr_int(attrs, "output_height"),
                         .width = tn_attr_int(attrs, "output_width"),
                         .max = tn_attr_is(attrs, "mode", "max"),
                         .half_pixel = half_pixel};
}

bool tni_roi_read(const tni_roi_align *a, const double box[4], tni_roi *r) {
    double v[4];
    for (int i = 0; i < 4; i++) v[i] = box[i] * a->scale - a->offset;
    double w = v[2] - v[0], h = v[3] - v[1];
    if (!a->half_pixel) {
        w = fmax(w, 1);
        h = fmax(h, 1);
    }
    r->x = v[0];
    r->y = v[1];
    r->bin_h = h / (double)a->height;
    r->bin_w = w / (double)a->width;
    double gh = a->ratio > 0 ? (double)a->ratio : ceil(r->bin_h),
           gw = a->ratio > 0 ? (double)a->ratio : ceil(r->bin_w);
    if (!(gh <= MAX_GRID && gw <= MAX_GRID) || !isfinite(v[0]) || !isfinite(v[1])) return false;
    r->grid_h = gh > 0 ? (int64_t)gh : 0;
    r->grid_w = gw > 0 ? (int64_t)gw : 0;
    return true;
}

tn_status tni_roi_check(tn_call *c, const tni_roi_align *a) {
    const tn_tensor *x = c->in[0], *rois = c->in[1], *batch = c->in[2];
    if (x->dim[2] == 0 || x->dim[3] == 0) return tn_call_fail(c, TN_INVALID, "the input is empty");
    for (int64_t n = 0; n < rois->dim[0]; n++) {
        int64_t image = tni_get_int(batch, n);
        double box[4];
        tni_roi r;
        if (image < 0 || image >= x->dim[0])
            return tn_call_fail(c, TN_INVALID, "batch index %lld is outside [0, %lld)", (long long)image,
                                (long long)x->dim[0]);
        for (int i = 0; i < 4; i++) box[i] = tni_get(rois, n * 4 + i);
        if (!tni_roi_read(a, box, &r))
            return tn_call_fail(c, TN_INVALID, "region %lld is not finite or too large", (long long)n);
    }
    return TN_OK;
}
