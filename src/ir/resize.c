// SPDX-License-Identifier: Apache-2.0
// resize.c - coordinates and taps of Resize-19. Kernels: the triangle, and Keys' cubic convolution (IEEE
// Trans. ASSP 29(6), 1981).
#include "ir/resize.h"

#include "ir/tensor.h"

#include <math.h>
#include <string.h>

static const char *const mode_names[] = {"nearest", "linear", "cubic", NULL};
static const char *const policy_names[] = {"stretch", "not_larger", "not_smaller", NULL};
static const char *const round_names[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};
static const char *const coordinate_names[] = {
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",   "align_corners",
    "asymmetric", "tf_crop_and_resize",   "tf_half_pixel_for_nn", NULL};

static const struct {
    const char *attribute;
    const char *const *names;
} choices[] = {{"mode", mode_names},
               {"coordinate_transformation_mode", coordinate_names},
               {"nearest_mode", round_names},
               {"keep_aspect_ratio_policy", policy_names}};

int tni_resize_choice(tn_attrs attrs, const char *attribute) {
    for (size_t k = 0; k < sizeof choices / sizeof *choices; k++) {
        if (strcmp(choices[k].attribute, attribute) != 0) continue;
        for (int i = 0; choices[k].names[i]; i++)
            if (tn_attr_is(attrs, attribute, choices[k].names[i])) return i;
    }
    return -1;
}

double tni_resize_common_scale(tni_resize_policy policy, const int *axes, int n, const int64_t *size,
                               const int64_t *in) {
    double scale = 0;
    for (int k = 0; k < n; k++) {
        double s = in[axes[k]] ? (double)size[k] / (double)in[axes[k]] : 1;
        if (k == 0 || (policy == TNI_NOT_LARGER ? s < scale : s > scale)) scale = s;
    }
    return scale;
}

static const tn_tensor *filled(const tn_tensor *t) { return t && tn_count(t) ? t : NULL; }

static void read_axes(tni_resizing *r, tn_attrs attrs, const tn_tensor *x, const tn_tensor *roi,
                      const tn_tensor *scales, const tn_tensor *sizes) {
    tni_resize_policy policy = (tni_resize_policy)tni_resize_choice(attrs, "keep_aspect_ratio_policy");
    int axes[TN_MAX_RANK];
    int64_t want[TN_MAX_RANK];
    size_t count;
    const int64_t *given = tn_attr_ints(attrs, "axes", &count);
    int n = count ? (int)count : x->rank;
    for (int k = 0; k < n; k++) {
        axes[k] = count ? (int)(given[k] < 0 ? given[k] + x->rank : given[k]) : k;
        want[k] = sizes && policy != TNI_STRETCH ? tni_get_int(sizes, k) : 0;
    }
    double common = tni_resize_common_scale(policy, axes, n, want, x->dim);
    for (int k = 0; k < n; k++) {
        tni_resize_axis *d = &r->axis[axes[k]];
        d->exact = sizes && policy == TNI_STRETCH;
        d->scale = sizes ? common : scales ? tni_get(scales, k) : 1;
        if (d->exact) d->scale = d->in ? (double)d->out / (double)d->in : 1;
        d->scale_f = (float)d->scale;
        if (r->how == TNI_CROP_AND_RESIZE && roi) {
            d->first = tni_get(roi, k);
            d->last = tni_get(roi, n + k);
        }
        d->resized = d->out != d->in || d->scale != 1 || d->first != 0 || d->last != 1;
    }
}

void tni_resize_read(tni_resizing *r, tn_attrs attrs, const tn_tensor *x, const tn_tensor *roi,
                     const tn_tensor *scales, const tn_tensor *sizes, const tn_tensor *y) {
    *r = (tni_resizing){
        .mode = (tni_resize_mode)tni_resize_choice(attrs, "mode"),
        .how = (tni_resize_coordinates)tni_resize_choice(attrs, "coordinate_transformation_mode"),
        .rounding = tni_resize_choice(attrs, "nearest_mode"),
        .cubic = tn_attr_float(attrs, "cubic_coeff_a"),
        .antialias = tn_attr_int(attrs, "antialias") != 0,
        .exclude_outside = tn_attr_int(attrs, "exclude_outside") != 0};
    for (int d = 0; d < x->rank; d++)
        r->axis[d] =
            (tni_resize_axis){.in = x->dim[d], .out = y->dim[d], .scale = 1, .scale_f = 1, .last = 1};
    read_axes(r, attrs, x, filled(roi), filled(scales), filled(sizes));
}

// ------------------------------------------------------------------------------------------ coordinates

// (i + shift) / scale. Given scales are floats that stand for fractions (4/3): float division finds the
// fraction's multiples again, double division would land just beside them, and a nearest pixel away.
static double unscale(const tni_resize_axis *a, double i, double shift, bool nearest) {
    if (a->exact) return (i + shift) * (double)a->in / (double)a->out;
    if (nearest) return (double)(((float)i + (float)shift) / a->scale_f);
    return (i + shift) / a->scale;
}

// Where output index i lies in the input.
static double coordinate(const tni_resize_axis *a, tni_resize_coordinates how, int64_t i, bool nearest) {
    double x = (double)i, in = (double)a->in, out = (double)a->out, width = a->exact ? out : a->scale * in;
    switch (how) {
    case TNI_ASYMMETRIC: return unscale(a, x, 0, nearest);
    case TNI_TF_HALF_PIXEL: return unscale(a, x, 0.5, nearest);
    case TNI_ALIGN_CORNERS: return width == 1 ? 0 : x * (in - 1) / (width - 1);
    case TNI_CROP_AND_RESIZE:
        if (a->out == 1) return 0.5 * (a->first + a->last) * (in - 1);
        return a->first * (in - 1) + x * (a->last - a->first) * (in - 1) / (out - 1);
    case TNI_PYTORCH_HALF_PIXEL:
        if (a->out == 1) return 0;
        break;
    case TNI_HALF_PIXEL_SYMMETRIC: return in / 2 * (1 - out / width) + unscale(a, x, 0.5, nearest) - 0.5;
    default: break;
    }
    return unscale(a, x, 0.5, nearest) - 0.5;
}

static bool beyond(const tni_resize_axis *a, tni_resize_coordinates how, double x) {
    return how == TNI_CROP_AND_RESIZE && !(x >= 0 && x <= (double)(a->in - 1));
}

static double round_nearest(int how, double x) {
    switch (how) {
    case 0: return ceil(x - 0.5);
    case 1: return floor(x + 0.5);
    case 2: return floor(x);
    default: return ceil(x);
    }
}

int64_t tni_resize_nearest(const tni_resizing *r, const tni_resize_axis *a, int64_t i) {
    if (!a->resized) return i;
    double x = coordinate(a, r->how, i, true), at = round_nearest(r->rounding, x);
    at = fmin(fmax(at, 0), (double)(a->in - 1));
    return beyond(a, r->how, x) ? -1 : (int64_t)at;
}

// ------------------------------------------------------------------------------------------------- taps

static double kernel(tni_resize_mode mode, double a, double x) {
    x = fabs(x);
    if (mode == TNI_LINEAR) return x < 1 ? 1 - x : 0;
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static double shrink_of(const tni_resizing *r, const tni_resize_axis *a) {
    return r->antialias && a->scale < 1 ? a->scale : 1;
}

int64_t tni_resize_most_taps(const tni_resizing *r, const tni_resize_axis *a) {
    double most = 2 * (r->mode == TNI_LINEAR ? 1 : 2) / shrink_of(r, a) + 2;
    return (int64_t)fmin(most, (double)a->in) + 1;
}

// What lies outside the input counts for the edge, or not at all.
int64_t tni_resize_taps(const tni_resizing *r, const tni_resize_axis *a, int64_t i, int64_t *count,
                        double *w) {
    double shrink = shrink_of(r, a), support = (r->mode == TNI_LINEAR ? 1 : 2) / shrink;
    double x = coordinate(a, r->how, i, false), top = (double)(a->in - 1), sum = 0, used = 0;
    double low = floor(x - support) + 1, high = ceil(x + support) - 1;
    *count = 0;
    if (beyond(a, r->how, x)) return -1; // x may be anything, infinite included
    double first = fmin(fmax(low, 0), top), last = fmin(fmax(high, 0), top);
    *count = (int64_t)(last - first) + 1;
    for (int64_t k = 0; k < *count; k++) w[k] = 0;
    for (double j = low; j <= high; j++) {
        double v = kernel(r->mode, r->cubic, (j - x) * shrink), at = fmin(fmax(j, first), last);
        sum += v;
        if (r->exclude_outside && at != j) continue;
        w[(int64_t)(at - first)] += v;
        used += v;
    }
    double scale = r->exclude_outside ? used : r->antialias ? sum : 1;
    for (int64_t k = 0; k < *count && scale != 0; k++) w[k] /= scale;
    return (int64_t)first;
}
