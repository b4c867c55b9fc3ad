// SPDX-License-Identifier: Apache-2.0
// nms_batched.c - tn.BatchedNMS: detections of a fixed number, padded, which detectors exported for TensorRT
// end with; and the plug-ins that are read as it: EfficientNMS_TRT, BatchedNMS_TRT, mmdeploy's TRTBatchedNMS.
// Scores are ordered once, ties by class and index.
#include "op/formula.h"

typedef struct box {
    float x1, y1, x2, y2;
} box;

typedef struct detection {
    int64_t box, class;
    float score;
} detection;

typedef struct nms {
    const float *boxes, *scores; // [N, Q, 4] and [N, C] of one image
    int64_t n, q, classes, top, keep, background;
    float iou, least, unit; // unit: 1 where a box contains its last pixel
    bool center, agnostic;
    detection *all, *spare, *kept;
} nms;

static box box_of(const nms *s, const detection *d) {
    const float *b = s->boxes + (d->box * s->q + (s->q > 1 ? d->class : 0)) * 4;
    if (s->center) return (box){b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2};
    return (box){fminf(b[0], b[2]), fminf(b[1], b[3]), fmaxf(b[0], b[2]), fmaxf(b[1], b[3])};
}

static float overlap(const nms *s, box a, box b) {
    float w = fminf(a.x2, b.x2) - fmaxf(a.x1, b.x1) + s->unit,
          h = fminf(a.y2, b.y2) - fmaxf(a.y1, b.y1) + s->unit;
    if (!(w > 0 && h > 0)) return 0;
    float both = w * h, all = (a.x2 - a.x1 + s->unit) * (a.y2 - a.y1 + s->unit) +
                              (b.x2 - b.x1 + s->unit) * (b.y2 - b.y1 + s->unit) - both;
    return all > 0 ? both / all : 0;
}

// By falling score; equal ones stay in the order that they are in. Merged bottom up.
static void sort(detection *d, detection *spare, int64_t n) {
    detection *from = d, *to = spare;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t first = 0; first < n; first += 2 * width) {
            int64_t mid = first + width < n ? first + width : n, last = mid + width < n ? mid + width : n;
            for (int64_t i = first, k = mid, at = first; at < last; at++)
                to[at] = i < mid && (k >= last || !(from[k].score > from[i].score)) ? from[i++] : from[k++];
        }
        detection *swap = from;
        from = to;
        to = swap;
    }
    if (from != d && n) memcpy(d, from, (size_t)n * sizeof *d);
}

// Adds to kept[count] those of all[n] that no better one of them overlaps.
static int64_t suppress(const nms *s, int64_t n, int64_t count) {
    int64_t first = count;
    sort(s->all, s->spare, n);
    if (n > s->top) n = s->top;
    for (int64_t i = 0; i < n && count - first < s->keep; i++) {
        bool fine = true;
        box b = box_of(s, &s->all[i]);
        for (int64_t k = first; k < count && fine; k++)
            fine = !(overlap(s, b, box_of(s, &s->kept[k])) > s->iou);
        if (fine) s->kept[count++] = s->all[i];
    }
    return count;
}

// Detections of one image in kept[], best first; as many as are returned.
static int64_t detect(const nms *s) {
    int64_t count = 0, n = 0;
    for (int64_t class = 0; class < s->classes; class ++) {
        if (class == s->background) continue;
        if (!s->agnostic) n = 0;
        for (int64_t i = 0; i < s->n; i++) {
            float score = s->scores[i * s->classes + class];
            if (score > s->least) s->all[n++] = (detection){i, class, score};
        }
        if (!s->agnostic) count = suppress(s, n, count);
    }
    if (s->agnostic) count = suppress(s, n, count);
    sort(s->kept, s->spare, count);
    return count < s->keep ? count : s->keep;
}

static void give(tn_call *c, const nms *s, int64_t image, int64_t count) {
    bool clip = tn_attr_int(c->attrs, "clip") != 0;
    int64_t none = tn_attr_int(c->attrs, "no_class");
    if (tni_result(c, 0)) ((int32_t *)c->out[0]->data)[image] = (int32_t)count;
    for (int64_t k = 0; k < s->keep; k++) {
        int64_t at = image * s->keep + k;
        bool there = k < count;
        box b = there ? box_of(s, &s->kept[k]) : (box){0, 0, 0, 0};
        float side[4] = {b.x1, b.y1, b.x2, b.y2};
        for (int i = 0; i < 4 && clip; i++) side[i] = fminf(fmaxf(side[i], 0), 1);
        if (tni_result(c, 1)) memcpy((float *)c->out[1]->data + at * 4, side, sizeof side);
        if (tni_result(c, 2)) ((float *)c->out[2]->data)[at] = there ? s->kept[k].score : 0;
        if (tni_result(c, 3)) ((int32_t *)c->out[3]->data)[at] = (int32_t)(there ? s->kept[k].class : none);
        if (tni_result(c, 4)) ((int32_t *)c->out[4]->data)[at] = (int32_t)(there ? s->kept[k].box : -1);
    }
}

static tn_status ref(tn_call *c) {
    const tn_tensor *boxes = c->in[0], *scores = c->in[1];
    nms s = {.n = scores->dim[1], .classes = scores->dim[2], .q = boxes->rank == 4 ? boxes->dim[2] : 1};
    int64_t all;
    s.keep = tn_attr_int(c->attrs, "keep");
    s.top = tn_attr_int(c->attrs, "top");
    if (s.top <= 0) s.top = INT64_MAX;
    s.background = tn_attr_int(c->attrs, "background");
    s.iou = (float)tn_attr_float(c->attrs, "iou_threshold");
    s.least = (float)tn_attr_float(c->attrs, "score_threshold");
    s.unit = tn_attr_int(c->attrs, "pixels") ? 1 : 0;
    s.center = tn_attr_int(c->attrs, "center") != 0;
    s.agnostic = tn_attr_int(c->attrs, "agnostic") != 0;
    if (s.q != 1 && s.q != s.classes)
        return tn_call_fail(c, TN_INVALID, "there are boxes for %lld classes and scores for %lld",
                            (long long)s.q, (long long)s.classes);
    if (!ck_mul64(s.n, s.classes, &all)) return TN_LIMIT;
    s.all = tni_scratch(c, all, sizeof *s.all);
    s.spare = tni_scratch(c, all, sizeof *s.spare);
    s.kept = tni_scratch(c, all, sizeof *s.kept);
    if (!s.all || !s.spare || !s.kept) return TN_NOMEM;
    for (int64_t image = 0; image < scores->dim[0]; image++) {
        s.boxes = (const float *)boxes->data + image * s.n * s.q * 4;
        s.scores = (const float *)scores->data + image * all;
        give(c, &s, image, detect(&s));
    }
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    const tn_type *b = &c->in[0]->type, *s = &c->in[1]->type;
    TN_TRY(tni_want_rank(c, 0, "the boxes", 3, 4));
    TN_TRY(tni_want_rank(c, 1, "the scores", 3, 3));
    tn_dim image = s->rank >= 0 ? s->dim[0] : b->rank >= 0 ? b->dim[0] : tn_dim_fresh(c->dims);
    if (b->rank >= 0) TN_TRY(tni_want_dim(c, b->dim[b->rank - 1], tn_k(4), "last dimension of the boxes"));
    if (b->rank >= 0 && s->rank >= 0) {
        TN_TRY(tni_want_dim(c, s->dim[0], b->dim[0], "batch of the scores"));
        TN_TRY(tni_want_dim(c, s->dim[1], b->dim[1], "number of boxes in the scores"));
    }
    tn_dim dim[] = {image, tn_k(tn_attr_int(c->attrs, "keep")), tn_k(4)}, one[] = {image, tn_k(1)};
    tni_shape_out(c, 0, TN_I32, 2, one);
    tni_shape_out(c, 1, TN_F32, 3, dim);
    tni_shape_out(c, 2, TN_F32, 2, dim);
    tni_shape_out(c, 3, TN_I32, 2, dim);
    tni_shape_out(c, 4, TN_I32, 2, dim);
    return TN_OK;
}

TN_OP(tn_batched_nms) = {
    TN_HERE,
    .name = "BatchedNMS",
    .domain = "tn",
    .since = 1,
    .doc = "the best boxes of each image without those that overlap a better one, padded to a fixed number",
    .in = {{"boxes", "f32"}, {"scores", "f32"}},
    .out = {{"count", "i32", TN_OPTIONAL_IN},
            {"boxes", "f32", TN_OPTIONAL_IN},
            {"scores", "f32", TN_OPTIONAL_IN},
            {"classes", "i32", TN_OPTIONAL_IN},
            {"indices", "i32", TN_OPTIONAL_IN}},
    .attrs = {{.name = "keep", .kind = TN_ATTR_INT, .i = 100, .min = 1, .max = INT32_MAX},
              {"top", TN_ATTR_INT},
              {"background", TN_ATTR_INT, .i = -1},
              {"no_class", TN_ATTR_INT},
              {"iou_threshold", TN_ATTR_FLOAT, .f = 0.5},
              {"score_threshold", TN_ATTR_FLOAT},
              {"pixels", TN_ATTR_INT},
              {"center", TN_ATTR_INT},
              {"agnostic", TN_ATTR_INT},
              {"clip", TN_ATTR_INT}},
    .infer = infer,
    .ref = ref,
};

// ----------------------------------------------------------------------------------------- the plug-ins

static const char *in_f32(const tni_spec *s, int i) {
    return tni_spec_has(s, i) && s->in[i]->info.type.dtype != TN_F32 ? "Cast" : "Identity";
}

// Names of attributes as TensorRT's and mmdeploy's plug-ins have them.
static int64_t either_int(tni_spec *s, const char *a, const char *b, int64_t otherwise) {
    return tni_spec_attr(s, a) ? tni_spec_int(s, a, otherwise) : tni_spec_int(s, b, otherwise);
}

static double either_float(tni_spec *s, const char *a, const char *b, double otherwise) {
    return tni_spec_attr(s, a) ? tni_spec_float(s, a, otherwise) : tni_spec_float(s, b, otherwise);
}

static const char *casts(tni_spec *s) {
    const char *to = "{to=1}";
    bool b = *in_f32(s, 0) == 'C', c = *in_f32(s, 1) == 'C';
    return tni_arena_printf(&s->graph->root->arena, "b = %s(#0)%s; c = %s(#1)%s;", in_f32(s, 0), b ? to : "",
                            in_f32(s, 1), c ? to : "");
}

// box_coding 1: centre and size. With a third input the boxes are relative to anchors.
static tn_status efficient_upgrade(tni_spec *s) {
    const char *decode = "d = Identity(b);", *cast = casts(s);
    bool center = tni_spec_int(s, "box_coding", 0) != 0,
         sigmoid = tni_spec_int(s, "score_activation", 0) != 0;
    long long keep = tni_spec_int(s, "max_output_boxes", 100),
              background = tni_spec_int(s, "background_class", -1),
              agnostic = tni_spec_int(s, "class_agnostic", 0);
    double iou = tni_spec_float(s, "iou_threshold", 0.5), least = tni_spec_float(s, "score_threshold", 0.25);
    if (!cast) return TN_NOMEM;
    if (tni_spec_has(s, 2) && center)
        decode = "p:q = Split(b){axis=-1, num_outputs=2}; m:n = Split(#2){axis=-1, num_outputs=2};"
                 "pn = Mul(p, n); pc = Add(pn, m); e = Exp(q); en = Mul(e, n); d = Concat(pc, en){axis=-1};";
    else if (tni_spec_has(s, 2))
        decode = "d = Add(b, #2);";
    s->nattr = 0;
    return tni_formula(
        s,
        "%s %s t = %s(c); = tn.BatchedNMS(d, t){keep=%lld, background=%lld, agnostic=%lld, center=%d,"
        "iou_threshold=%.16e, score_threshold=%.16e}",
        cast, decode, sigmoid ? "Sigmoid" : "Identity", keep, background, agnostic, center, iou, least);
}

// The attributes of BatchedNMS_TRT and TRTBatchedNMS as those of tn.BatchedNMS.
static const char *batched_attributes(tni_spec *s) {
    bool plain = either_int(s, "isNormalized", "is_normalized", 1) != 0;
    const char *to = tni_arena_printf(
        &s->graph->root->arena,
        "{keep=%lld, top=%lld, background=%lld, no_class=-1, pixels=%d, clip=%lld, iou_threshold=%.16e,"
        "score_threshold=%.16e}",
        (long long)either_int(s, "keepTopK", "keep_topk", 100), (long long)either_int(s, "topK", "topk", 0),
        (long long)either_int(s, "backgroundLabelId", "background_label_id", -1), !plain,
        (long long)either_int(s, "clipBoxes", "clip_boxes", 1),
        either_float(s, "iouThreshold", "iou_threshold", 0.5),
        either_float(s, "scoreThreshold", "score_threshold", 0));
    s->nattr = 0;
    return to;
}

static tn_status batched_upgrade(tni_spec *s) {
    const char *cast = casts(s), *attrs = batched_attributes(s);
    if (!cast || !attrs) return TN_NOMEM;
    TN_TRY(tni_formula(s, "%s n:$1:$2:k = tn.BatchedNMS(b, c)%s; $3 = Cast(k){to=1}; = Identity(n)", cast,
                       attrs));
    s->nout = 1;
    return TN_OK;
}

// Boxes and scores are one tensor; the third output, where it is, is the boxes' places.
static tn_status mmdeploy_upgrade(tni_spec *s) {
    if (s->nout >= 4) return batched_upgrade(s);
    const char *cast = casts(s), *attrs = batched_attributes(s);
    if (!cast || !attrs) return TN_NOMEM;
    TN_TRY(tni_formula(
        s, "%s n:d:e:$1:$2 = tn.BatchedNMS(b, c)%s; u = Unsqueeze(e, [-1]); = Concat(d, u){axis=-1}", cast,
        attrs));
    s->nout = 1;
    return TN_OK;
}

#define EFFICIENT(domain_)                                                                               \
    {                                                                                                    \
        TN_HERE,                                                                                         \
            .name = "EfficientNMS_TRT", .domain = domain_, .since = 1,                                   \
            .doc = "TensorRT's plug-in: read as tn.BatchedNMS",                                          \
            .in = {{"boxes", "T"}, {"scores", "T"}, {"anchors", "T", TN_OPTIONAL_IN}},                   \
            .out = {{"num_detections", "i32"}, {"boxes", "f32"}, {"scores", "f32"}, {"classes", "i32"}}, \
            .types = {{"T", TN_FLOATS}}, .upgrade = efficient_upgrade                                    \
    }
#define BATCHED(name_, domain_, upgrade_)                                                                 \
    {                                                                                                     \
        TN_HERE, .name = name_, .domain = domain_, .since = 1, .doc = "a plug-in: read as tn.BatchedNMS", \
                 .in = {{"boxes", "T"}, {"scores", "T"}},                                                 \
                 .out = {{"a", "U"},                                                                      \
                         {"b", "V", TN_OPTIONAL_IN},                                                      \
                         {"c", "W", TN_OPTIONAL_IN},                                                      \
                         {"d", "X", TN_OPTIONAL_IN}},                                                     \
                 .types = {{"T", TN_FLOATS},                                                              \
                           {"U", TN_ANY_DTYPE},                                                           \
                           {"V", TN_ANY_DTYPE},                                                           \
                           {"W", TN_ANY_DTYPE},                                                           \
                           {"X", TN_ANY_DTYPE}},                                                          \
                 .upgrade = upgrade_                                                                      \
    }

TN_OP(efficient_nms) = EFFICIENT(NULL);
TN_OP(efficient_nms_trt) = EFFICIENT("TRT");
TN_OP(efficient_nms_plugins) = EFFICIENT("trt.plugins");
TN_OP(batched_nms) = BATCHED("BatchedNMS_TRT", NULL, batched_upgrade);
TN_OP(batched_nms_trt) = BATCHED("BatchedNMS_TRT", "TRT", batched_upgrade);
TN_OP(batched_nms_dynamic) = BATCHED("BatchedNMSDynamic_TRT", NULL, batched_upgrade);
TN_OP(batched_nms_dynamic_trt) = BATCHED("BatchedNMSDynamic_TRT", "TRT", batched_upgrade);
TN_OP(mmdeploy_batched_nms) = BATCHED("TRTBatchedNMS", "mmdeploy", mmdeploy_upgrade);
