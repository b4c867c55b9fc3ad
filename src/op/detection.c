// SPDX-License-Identifier: Apache-2.0
// detection.c - NonMaxSuppression, RoiAlign, MaxRoiPool: what object detectors end with. Scores are ordered
// once, ties by index, so that the same boxes come out on every machine.
#include "op/move.h"

#include "base/sort.h"
#include "ir/roi.h"

// ----------------------------------------------------------------------------------- NonMaxSuppression

static tn_status nms_infer(tn_infer *c) {
    tn_dim dim[2] = {tn_dim_fresh(c->dims), tn_k(3)};
    TN_TRY(tni_want_rank(c, 0, "boxes", 3, 3));
    TN_TRY(tni_want_rank(c, 1, "scores", 3, 3));
    if (tni_ranked(c, 0)) TN_TRY(tni_want_dim(c, c->in[0]->type.dim[2], tn_k(4), "last dimension of boxes"));
    if (tni_ranked(c, 0) && tni_ranked(c, 1)) {
        const tn_dim *boxes = c->in[0]->type.dim, *scores = c->in[1]->type.dim;
        TN_TRY(tni_want_dim(c, scores[0], boxes[0], "batch of the scores"));
        TN_TRY(tni_want_dim(c, scores[2], boxes[1], "number of boxes in the scores"));
    }
    tni_shape_out(c, 0, TN_I64, 2, dim);
    return TN_OK;
}

// Boxes as five rows of numbers: y1 <= y2, x1 <= x2, and the area.
typedef struct boxes {
    float *y1, *x1, *y2, *x2, *area;
} boxes;

enum { NMS_ROWS = 5, NMS_LANES = 8 };

static boxes boxes_at(float *memory, int64_t room) {
    return (boxes){memory, memory + room, memory + 2 * room, memory + 3 * room, memory + 4 * room};
}

static void read_box(const float *b, bool center, const boxes *to, int64_t i) {
    float w = b[2] / 2, h = b[3] / 2;
    to->y1[i] = center ? b[1] - h : fminf(b[0], b[2]);
    to->x1[i] = center ? b[0] - w : fminf(b[1], b[3]);
    to->y2[i] = center ? b[1] + h : fmaxf(b[0], b[2]);
    to->x2[i] = center ? b[0] + w : fmaxf(b[1], b[3]);
    to->area[i] = (to->y2[i] - to->y1[i]) * (to->x2[i] - to->x1[i]);
}

typedef struct nms {
    const float *boxes; // [batch, n, 4]
    const float *scores;
    int64_t n, limit;
    float iou, score;
    bool use_score, center;
    boxes all, kept; // of an image, of a class
    uint64_t *order, *spare;
    int64_t *which; // the kept ones
} nms;

// Appends box i of all, and what overlaps nothing up to the next whole group.
static void keep_box(const nms *s, int64_t i, int64_t kept) {
    const boxes *a = &s->all, *k = &s->kept;
    for (int64_t j = kept; kept % NMS_LANES == 0 && j < kept + NMS_LANES; j++) {
        k->y1[j] = k->x1[j] = HUGE_VALF;
        k->y2[j] = k->x2[j] = -HUGE_VALF;
        k->area[j] = 0;
    }
    k->y1[kept] = a->y1[i], k->x1[kept] = a->x1[i];
    k->y2[kept] = a->y2[i], k->x2[kept] = a->x2[i];
    k->area[kept] = a->area[i];
    s->which[kept] = i;
}

// Whether box i of all overlaps one of those kept too much; a group of them at once.
static bool overlaps(const nms *s, int64_t i, int64_t kept) {
    const boxes *k = &s->kept;
    float y1 = s->all.y1[i], x1 = s->all.x1[i], y2 = s->all.y2[i], x2 = s->all.x2[i], area = s->all.area[i];
    for (int64_t first = 0; first < kept; first += NMS_LANES) {
        int hits = 0;
        for (int64_t j = first; j < first + NMS_LANES; j++) {
            float h = (y2 < k->y2[j] ? y2 : k->y2[j]) - (y1 > k->y1[j] ? y1 : k->y1[j]);
            float w = (x2 < k->x2[j] ? x2 : k->x2[j]) - (x1 > k->x1[j] ? x1 : k->x1[j]);
            float both = (h > 0 ? h : 0) * (w > 0 ? w : 0), either = area + k->area[j] - both;
            hits |= (either > 0 ? both / either : 0) > s->iou;
        }
        if (hits) return true;
    }
    return false;
}

// The boxes kept of one class of one image, in the order of their scores, into s->which.
static int64_t nms_class(const nms *s, int64_t line) {
    const float *score = s->scores + line * s->n;
    int64_t n = 0, kept = 0;
    for (int64_t i = 0; i < s->n; i++)
        if (!s->use_score || score[i] > s->score)
            s->order[n++] = tni_pair(tni_falling_key(score[i]), (uint32_t)i);
    const uint64_t *order = tni_sort_pairs(s->order, s->spare, n);
    for (int64_t i = 0; i < n && kept < s->limit; i++) {
        int64_t at = (uint32_t)order[i];
        if (!overlaps(s, at, kept)) keep_box(s, at, kept++);
    }
    return kept;
}

static const tn_tensor *scalar_in(const tn_call *c, int i) {
    return i < c->nin && c->in[i] && tn_count(c->in[i]) ? c->in[i] : NULL;
}

static tn_status nms_ref(tn_call *c) {
    const tn_tensor *in = c->in[0], *scores = c->in[1];
    const tn_tensor *limit = scalar_in(c, 2), *iou = scalar_in(c, 3), *score = scalar_in(c, 4);
    int64_t batches = in->dim[0], classes = scores->dim[1], n = in->dim[1], found = 0;
    nms s = {.boxes = in->data, .scores = scores->data, .n = n, .use_score = score != NULL};
    if (!c->out[0]) return TN_OK;
    if (n > UINT32_MAX) return tn_call_fail(c, TN_LIMIT, "there are %lld boxes", (long long)n);
    s.limit = limit ? tni_get_int(limit, 0) : 0; // exporters write INT64_MAX for "all"
    s.limit = s.limit < 0 ? 0 : s.limit > n ? n : s.limit;
    s.iou = iou ? (float)tni_get(iou, 0) : 0;
    s.score = score ? (float)tni_get(score, 0) : 0;
    s.center = tn_attr_int(c->attrs, "center_point_box") != 0;
    size_t all;
    int64_t room = s.limit + NMS_LANES;
    if (!ck_mul((size_t)(batches * classes), (size_t)s.limit * 3 * sizeof(int64_t), &all)) return TN_LIMIT;
    int64_t *rows = tn_call_scratch(c, all + 1);
    float *corners = tni_scratch(c, n, NMS_ROWS * sizeof(float)),
          *kept = tni_scratch(c, room, NMS_ROWS * sizeof(float));
    s.order = tni_scratch(c, n, sizeof *s.order);
    s.spare = tni_scratch(c, n, sizeof *s.spare);
    s.which = tni_scratch(c, room, sizeof *s.which);
    if (!rows || !corners || !kept || !s.order || !s.spare || !s.which) return TN_NOMEM;
    s.all = boxes_at(corners, n);
    s.kept = boxes_at(kept, room);
    for (int64_t line = 0; line < batches * classes; line++) {
        for (int64_t i = 0; line % classes == 0 && i < n; i++)
            read_box(s.boxes + (line / classes * n + i) * 4, s.center, &s.all, i);
        int64_t m = nms_class(&s, line);
        for (int64_t k = 0; k < m; k++, found++) {
            rows[3 * found] = line / classes;
            rows[3 * found + 1] = line % classes;
            rows[3 * found + 2] = s.which[k];
        }
    }
    int64_t dim[2] = {found, 3};
    TN_TRY(tn_call_resize(c, 0, 2, dim));
    if (found) memcpy(c->out[0]->data, rows, (size_t)found * 3 * sizeof *rows);
    return TN_OK;
}

TN_OP(non_max_suppression) = {
    TN_HERE,
    .name = "NonMaxSuppression",
    .since = 11,
    .first = 10,
    .doc = "Boxes by falling score, without those that overlap a better one",
    .traits = TN_DATA_SHAPE,
    .in = {{"boxes", "f32"},
           {"scores", "f32"},
           {"max_output_boxes_per_class", "i64", TN_OPTIONAL_IN},
           {"iou_threshold", "f32", TN_OPTIONAL_IN},
           {"score_threshold", "f32", TN_OPTIONAL_IN}},
    .out = {{"selected_indices", "i64"}},
    .attrs = {{"center_point_box", TN_ATTR_INT, .max = 1}},
    .infer = nms_infer,
    .ref = nms_ref,
};

// -------------------------------------------------------------------------------------------- RoiAlign

static tn_status roi_align_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *rois = &c->in[1]->type, *batch = &c->in[2]->type;
    if (!tn_attr_is(c->attrs, "mode", "avg") && !tn_attr_is(c->attrs, "mode", "max"))
        return tn_infer_fail(c, "mode '%s' is neither avg nor max", tn_attr_string(c->attrs, "mode"));
    if (!tn_attr_is(c->attrs, "coordinate_transformation_mode", "half_pixel") &&
        !tn_attr_is(c->attrs, "coordinate_transformation_mode", "output_half_pixel"))
        return tn_infer_fail(c, "coordinate_transformation_mode '%s' is not known",
                             tn_attr_string(c->attrs, "coordinate_transformation_mode"));
    TN_TRY(tni_want_rank(c, 0, "the input", 4, 4));
    TN_TRY(tni_want_rank(c, 1, "rois", 2, 2));
    TN_TRY(tni_want_rank(c, 2, "batch_indices", 1, 1));
    if (rois->rank >= 0) TN_TRY(tni_want_dim(c, rois->dim[1], tn_k(4), "second dimension of rois"));
    if (rois->rank >= 0 && batch->rank >= 0)
        TN_TRY(tni_want_dim(c, batch->dim[0], rois->dim[0], "length of batch_indices"));
    tn_dim count = rois->rank >= 0 ? rois->dim[0] : batch->rank >= 0 ? batch->dim[0] : tn_dim_fresh(c->dims);
    tn_dim dim[4] = {count, x->rank < 0 ? tn_dim_fresh(c->dims) : x->dim[1],
                     tn_k(tn_attr_int(c->attrs, "output_height")),
                     tn_k(tn_attr_int(c->attrs, "output_width"))};
    tni_shape_out(c, 0, x->dtype, 4, dim);
    return TN_OK;
}

static double element(const tn_tensor *t, int64_t i) {
    return t->dtype == TN_F32 ? (double)((const float *)t->data)[i] : tni_get(t, i);
}

typedef struct roi_job {
    const tn_tensor *x, *rois, *batch, *out;
    tni_roi_align align;
} roi_job;

// One bin of one channel. The maximum is over the weighted neighbours, not over interpolated samples: so says
// ONNX's own test data.
static double roi_bin(const roi_job *j, const tni_roi *r, int64_t plane, int64_t ph, int64_t pw) {
    double sum = 0;
    bool first = true;
    int64_t h = j->x->dim[2], w = j->x->dim[3];
    for (int64_t iy = 0; iy < r->grid_h; iy++)
        for (int64_t ix = 0; ix < r->grid_w; ix++) {
            tni_roi_pair y = tni_roi_pair_of(tni_roi_at(r->y, r->bin_h, r->grid_h, ph, iy), h);
            tni_roi_pair x = tni_roi_pair_of(tni_roi_at(r->x, r->bin_w, r->grid_w, pw, ix), w);
            const double weight[4] = {y.near * x.near, y.near * x.far, y.far * x.near, y.far * x.far};
            const int64_t at[4] = {y.low * w + x.low, y.low * w + x.high, y.high * w + x.low,
                                   y.high * w + x.high};
            for (int k = 0; k < 4; k++) {
                double v = weight[k] == 0 ? 0 : weight[k] * element(j->x, plane + at[k]);
                if (!j->align.max)
                    sum += v;
                else if (first || v > sum || isnan(v))
                    sum = v;
                first = false;
            }
        }
    int64_t count = r->grid_h * r->grid_w;
    return j->align.max || count == 0 ? sum : sum / (double)count;
}

static void roi_align_one(void *arg, int64_t n, int worker) {
    const roi_job *j = arg;
    (void)worker;
    double box[4];
    tni_roi r;
    int64_t channels = j->out->dim[1], ph = j->out->dim[2], pw = j->out->dim[3];
    int64_t image = tni_get_int(j->batch, n), at = n * channels * ph * pw;
    tni_load(box, j->rois, n * 4, 1, 4);
    if (!tni_roi_read(&j->align, box, &r)) return; // checked before
    for (int64_t c = 0; c < channels; c++) {
        int64_t plane = (image * channels + c) * j->x->dim[2] * j->x->dim[3];
        for (int64_t i = 0; i < ph * pw; i++, at++) {
            double v = roi_bin(j, &r, plane, i / pw, i % pw);
            tni_store(j->out, at, 1, 1, &v);
        }
    }
}

static tn_status roi_align_ref(tn_call *c) {
    roi_job j = {.x = c->in[0], .rois = c->in[1], .batch = c->in[2], .out = c->out[0]};
    if (!j.out || tn_count(j.out) == 0) return TN_OK;
    tni_roi_align_init(&j.align, c->attrs);
    TN_TRY(tni_roi_check(c, &j.align));
    tn_call_parallel(c, j.rois->dim[0], roi_align_one, &j);
    return TN_OK;
}

// Before 16 there was one way, now called output_half_pixel; the default has become the other.
static tn_status roi_align_upgrade(tni_spec *s) {
    if (s->opset >= 16) return TN_OK;
    tni_spec_warn(s, "RoiAlign before opset 16 does not shift regions by half a pixel; models exported for "
                     "Detectron2 or torchvision with aligned=True need opset 16");
    return tni_spec_put(s, TN_A_STRING("coordinate_transformation_mode", "output_half_pixel"));
}

TN_OP(roi_align) = {
    TN_HERE,
    .name = "RoiAlign",
    .since = 22,
    .first = 10,
    .doc = "Regions of interest sampled bilinearly into a fixed size",
    .in = {{"X", "T1"}, {"rois", "T1"}, {"batch_indices", "i64"}},
    .out = {{"Y", "T1"}},
    .types = {{"T1", TN_FLOATS}},
    .attrs = {{"mode", TN_ATTR_STRING, .s = "avg"},
              {"output_height", TN_ATTR_INT, .i = 1, .min = 1, .max = INT32_MAX},
              {"output_width", TN_ATTR_INT, .i = 1, .min = 1, .max = INT32_MAX},
              {"sampling_ratio", TN_ATTR_INT, .min = 0, .max = INT32_MAX},
              {"spatial_scale", TN_ATTR_FLOAT, .f = 1},
              {"coordinate_transformation_mode", TN_ATTR_STRING, .s = "half_pixel"}},
    .infer = roi_align_infer,
    .ref = roi_align_ref,
    .upgrade = roi_align_upgrade,
};

// ------------------------------------------------------------------------------------------ MaxRoiPool

static tn_status max_roi_pool_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *rois = &c->in[1]->type;
    size_t n;
    const int64_t *pooled = tn_attr_ints(c->attrs, "pooled_shape", &n);
    if (n != 2) return tn_infer_fail(c, "pooled_shape must have 2 entries, but has %zu", n);
    TN_TRY(tni_want_rank(c, 0, "the input", 4, 4));
    TN_TRY(tni_want_rank(c, 1, "rois", 2, 2));
    if (rois->rank >= 0) TN_TRY(tni_want_dim(c, rois->dim[1], tn_k(5), "second dimension of rois"));
    tn_dim dim[4] = {rois->rank < 0 ? tn_dim_fresh(c->dims) : rois->dim[0],
                     x->rank < 0 ? tn_dim_fresh(c->dims) : x->dim[1], tn_k(pooled[0]), tn_k(pooled[1])};
    tni_shape_out(c, 0, x->dtype, 4, dim);
    return TN_OK;
}

// Bin i of `bins` over [start, start + length) clipped to [0, size): [*first, *last).
static void roi_span(double start, double length, int64_t i, int64_t bins, int64_t size, int64_t *first,
                     int64_t *last) {
    double bin = length / (double)bins;
    *first = (int64_t)fmin(fmax(floor((double)i * bin) + start, 0), (double)size);
    *last = (int64_t)fmin(fmax(ceil((double)(i + 1) * bin) + start, 0), (double)size);
}

static double roi_max(const tn_tensor *x, int64_t plane, const int64_t y[2], const int64_t w[2]) {
    double best = 0; // of an empty bin
    bool first = true;
    for (int64_t r = y[0]; r < y[1]; r++)
        for (int64_t k = w[0]; k < w[1]; k++) {
            double v = element(x, plane + r * x->dim[3] + k);
            if (first || v > best || isnan(v)) best = v;
            first = false;
        }
    return best;
}

static tn_status max_roi_pool_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *rois = c->in[1];
    tn_tensor *out = c->out[0];
    double scale = tn_attr_float(c->attrs, "spatial_scale"), roi[5];
    if (!out) return TN_OK;
    int64_t channels = x->dim[1], ph = out->dim[2], pw = out->dim[3], plane = x->dim[2] * x->dim[3], at = 0;
    for (int64_t n = 0; n < rois->dim[0]; n++) {
        tni_load(roi, rois, n * 5, 1, 5);
        if (!(roi[0] >= 0 && roi[0] < (double)x->dim[0]))
            return tn_call_fail(c, TN_INVALID, "batch index %g is outside [0, %lld)", roi[0],
                                (long long)x->dim[0]);
        double left = round(roi[1] * scale), top = round(roi[2] * scale);
        double width = fmax(round(roi[3] * scale) - left + 1, 1),
               height = fmax(round(roi[4] * scale) - top + 1, 1);
        if (!isfinite(left + top + width + height))
            return tn_call_fail(c, TN_INVALID, "region %lld is not finite", (long long)n);
        for (int64_t i = 0; i < channels * ph * pw; i++, at++) {
            int64_t ys[2], xs[2], from = ((int64_t)roi[0] * channels + i / (ph * pw)) * plane;
            roi_span(top, height, i / pw % ph, ph, x->dim[2], &ys[0], &ys[1]);
            roi_span(left, width, i % pw, pw, x->dim[3], &xs[0], &xs[1]);
            double v = roi_max(x, from, ys, xs);
            tni_store(out, at, 1, 1, &v);
        }
    }
    return TN_OK;
}

TN_OP(max_roi_pool) = {
    TN_HERE,
    .name = "MaxRoiPool",
    .since = 22,
    .first = 1,
    .doc = "The maximum of each cell of a grid over regions of interest",
    .in = {{"X", "T"}, {"rois", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"pooled_shape", TN_ATTR_INTS, TN_REQUIRED, .min = 1, .max = INT32_MAX},
              {"spatial_scale", TN_ATTR_FLOAT, .f = 1}},
    .infer = max_roi_pool_infer,
    .ref = max_roi_pool_ref,
};
