// SPDX-License-Identifier: Apache-2.0
// roi_f32.c - RoiAlign: some channels of the part of an image that is read, pixel by pixel, so that every
// neighbour of a sample is a few vectors. A task takes some regions through such a block of channels; what it
// turns is each region's part by itself, or the whole image once where that is less.
//
//     workspace of a worker: [pixels of the image][ROI_BLOCK]
#include "cpu/isa.h"

#include "cpu/kern/vec.h"
#include "ir/roi.h"

enum { ROI_BLOCK = 32, ROI_SHARE = 64 /* regions of a task */, ROI_PAIRS = 64, ROI_PIXELS = 1 << 19 };

typedef struct roi {
    tni_roi_align align;
    int64_t channels, h, w, rois, blocks, shares;
} roi;

static void roi_setup(const tn_problem *p, void *params) {
    roi *s = params;
    const tn_tensor *x = p->in[0];
    *s = (roi){.channels = x->dim[1], .h = x->dim[2], .w = x->dim[3], .rois = p->in[1]->dim[0]};
    tni_roi_align_init(&s->align, p->attrs);
    s->blocks = ceil_div(s->channels, ROI_BLOCK);
    s->shares = ceil_div(s->rois, ROI_SHARE);
}

static const char *roi_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "the output is not wanted";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    return tn_count_range(p->in[0], 2, 4) <= ROI_PIXELS ? NULL : "the image is too large";
}

static size_t roi_workspace(const tn_problem *p, int threads) {
    return (size_t)(tn_count_range(p->in[0], 2, 4) * ROI_BLOCK * threads) * 4;
}

// A part of an image: rows [y, y_end), columns [x, x_end).
typedef struct roi_window {
    int64_t y, y_end, x, x_end;
} roi_window;

typedef struct roi_run {
    const roi *s;
    const float *x, *rois; /* [n,channels,h,w], [rois,4] */
    const int64_t *batch;  /* [rois] */
    float *y, *workspace;  /* [rois,channels,bins] */
} roi_run;

// A region on its way through a block: `count` channels from `first` on; the window of them that is turned.
typedef struct roi_job {
    const roi *s;
    tni_roi r;
    roi_window in;
    int64_t first, count;
    const float *from; /* [window][ROI_BLOCK] */
    float *y;          /* [channels,bins], of the region */
} roi_job;

static tni_roi roi_region(const roi_run *r, int64_t n) {
    tni_roi region;
    double box[4];
    for (int i = 0; i < 4; i++) box[i] = (double)r->rois[n * 4 + i];
    tni_roi_read(&r->s->align, box, &region); // checked before
    return region;
}

// What samples along an axis can read.
static void roi_reach(double start, double size, int64_t grid, int64_t bins, int64_t length, int64_t *from,
                      int64_t *end) {
    double a = tni_roi_at(start, size, max64(1, grid), 0, 0);
    double b = tni_roi_at(start, size, max64(1, grid), bins - 1, max64(0, grid - 1)),
           most = (double)(length - 1);
    *from = (int64_t)fmin(fmax(fmin(a, b), 0), most);
    *end = min64(length, (int64_t)fmin(fmax(fmax(a, b), 0), most) + 2);
}

static roi_window roi_window_of(const roi *s, const tni_roi *r) {
    roi_window w;
    roi_reach(r->y, r->bin_h, r->grid_h, s->align.height, s->h, &w.y, &w.y_end);
    roi_reach(r->x, r->bin_w, r->grid_w, s->align.width, s->w, &w.x, &w.x_end);
    return w;
}

static int64_t roi_area(const roi_window *w) { return (w->y_end - w->y) * (w->x_end - w->x); }

// Turns `count` planes from x on within a window.
static void roi_turn(const roi *s, const float *x, int64_t count, const roi_window *in, float *to) {
    int64_t width = in->x_end - in->x;
    for (int64_t y = in->y; y < in->y_end; y++, to += width * ROI_BLOCK)
        for (int64_t c = 0; c < count; c += VL)
            v_transpose_strip(x + (c * s->h + y) * s->w + in->x, s->h * s->w, min64(VL, count - c), width,
                              to + c, ROI_BLOCK, true);
}

// A weight of 0 counts for 0, whatever it meets.
INLINE void roi_add(bool max, float weight, const float *x, vf *sum) {
    if (max)
        for (int i = 0; i < ROI_BLOCK / VL; i++)
            sum[i] = v_max(sum[i], weight == 0 ? (vf){0} : v_load(x + i * VL) * weight);
    else if (weight != 0)
        for (int i = 0; i < ROI_BLOCK / VL; i++) sum[i] = v_fma(v_load(x + i * VL), v_set(weight), sum[i]);
}

static void roi_sample(const roi_job *j, const tni_roi_pair *y, const tni_roi_pair *x, vf *sum) {
    bool max = j->s->align.max;
    int64_t width = j->in.x_end - j->in.x;
    if (y->near + y->far == 0 || x->near + x->far == 0) { // outside the image
        for (int i = 0; i < ROI_BLOCK / VL && max; i++) sum[i] = v_max(sum[i], (vf){0});
        return;
    }
    const float *low = j->from + (y->low - j->in.y) * width * ROI_BLOCK;
    const float *high = j->from + (y->high - j->in.y) * width * ROI_BLOCK;
    int64_t left = (x->low - j->in.x) * ROI_BLOCK, right = (x->high - j->in.x) * ROI_BLOCK;
    roi_add(max, (float)(y->near * x->near), low + left, sum);
    roi_add(max, (float)(y->near * x->far), low + right, sum);
    roi_add(max, (float)(y->far * x->near), high + left, sum);
    roi_add(max, (float)(y->far * x->far), high + right, sum);
}

// The first pairs along an axis of all bins, which are used again and again.
typedef struct roi_axis {
    double start, size;
    int64_t grid, length;
    tni_roi_pair pair[ROI_PAIRS];
} roi_axis;

static void roi_axis_init(roi_axis *a, double start, double size, int64_t grid, int64_t bins,
                          int64_t length) {
    a->start = start;
    a->size = size;
    a->grid = grid;
    a->length = length;
    for (int64_t i = 0; i < ROI_PAIRS && grid && i / grid < bins; i++)
        a->pair[i] = tni_roi_pair_of(tni_roi_at(start, size, grid, i / grid, i % grid), length);
}

static tni_roi_pair roi_pair(const roi_axis *a, int64_t bin, int64_t i) {
    if (bin * a->grid + i < ROI_PAIRS) return a->pair[bin * a->grid + i];
    return tni_roi_pair_of(tni_roi_at(a->start, a->size, a->grid, bin, i), a->length);
}

static void roi_bin(const roi_job *j, const roi_axis *ys, const roi_axis *xs, int64_t bin, float *to) {
    const tni_roi_align *a = &j->s->align;
    int64_t count = ys->grid * xs->grid;
    vf sum[ROI_BLOCK / VL];
    for (int i = 0; i < ROI_BLOCK / VL; i++) sum[i] = v_set(a->max && count ? -INFINITY : 0);
    for (int64_t iy = 0; iy < ys->grid; iy++) {
        tni_roi_pair y = roi_pair(ys, bin / a->width, iy);
        for (int64_t ix = 0; ix < xs->grid; ix++) {
            tni_roi_pair x = roi_pair(xs, bin % a->width, ix);
            roi_sample(j, &y, &x, sum);
        }
    }
    float divisor = a->max || !count ? 1 : (float)count;
    for (int i = 0; i < ROI_BLOCK / VL; i++) v_store(to + i * VL, sum[i] / divisor);
}

static void roi_bins(const roi_job *j) {
    const roi *s = j->s;
    int64_t bins = s->align.height * s->align.width;
    float rows[VL * ROI_BLOCK];
    roi_axis ys, xs;
    roi_axis_init(&ys, j->r.y, j->r.bin_h, j->r.grid_h, s->align.height, s->h);
    roi_axis_init(&xs, j->r.x, j->r.bin_w, j->r.grid_w, s->align.width, s->w);
    for (int64_t bin = 0; bin < bins; bin += VL) {
        int64_t n = min64(VL, bins - bin);
        for (int64_t i = 0; i < n; i++) roi_bin(j, &ys, &xs, bin + i, rows + i * ROI_BLOCK);
        for (int64_t c = 0; c < j->count; c += VL)
            v_transpose_strip(rows + c, ROI_BLOCK, n, min64(VL, j->count - c),
                              j->y + (j->first + c) * bins + bin, bins, false);
    }
}

// Whether the whole image is turned for regions [first, end): where their parts are more.
static bool roi_is_whole(const roi_run *r, int64_t first, int64_t end) {
    int64_t parts = 0, whole = 0, size = r->s->h * r->s->w;
    for (int64_t n = first; n < end; n++) {
        tni_roi region = roi_region(r, n);
        roi_window w = roi_window_of(r->s, &region);
        parts += roi_area(&w);
        whole += n == first || r->batch[n] != r->batch[n - 1] ? size : 0;
    }
    return parts >= whole;
}

static void roi_task(void *arg, int64_t i, int worker) {
    const roi_run *r = arg;
    const roi *s = r->s;
    int64_t block = i % s->blocks, first = i / s->blocks * ROI_SHARE, end = min64(first + ROI_SHARE, s->rois);
    int64_t size = s->h * s->w, loaded = -1;
    bool whole = roi_is_whole(r, first, end);
    float *space = r->workspace + worker * size * ROI_BLOCK;
    for (int64_t n = first; n < end; n++) {
        roi_job j = {.s = s,
                     .r = roi_region(r, n),
                     .in = {0, s->h, 0, s->w},
                     .first = block * ROI_BLOCK,
                     .count = min64(ROI_BLOCK, s->channels - block * ROI_BLOCK),
                     .from = space,
                     .y = r->y + n * s->channels * s->align.height * s->align.width};
        if (!whole) j.in = roi_window_of(s, &j.r);
        if (!whole || loaded != r->batch[n])
            roi_turn(s, r->x + (r->batch[n] * s->channels + j.first) * size, j.count, &j.in, space);
        loaded = r->batch[n];
        roi_bins(&j);
    }
}

static tn_status roi_call(tn_call *c) {
    const roi *s = c->params;
    if (tn_count(c->out[0]) == 0) return TN_OK;
    tn_status status = tni_roi_check(c, &s->align);
    if (status != TN_OK) return status;
    roi_run r = {s, c->in[0]->data, c->in[1]->data, c->in[2]->data, c->out[0]->data, c->workspace};
    tn_call_parallel(c, s->blocks * s->shares, roi_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(roi_f32) = {
    TN_HERE,
    .name = AT("roi.f32"),
    .op = "RoiAlign",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "channels of what is read beside each other, a few vectors a neighbour",
    .reject = roi_reject,
    .params_bytes = sizeof(roi),
    .setup = roi_setup,
    .workspace = roi_workspace,
    .run = roi_call,
};
