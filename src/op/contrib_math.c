// SPDX-License-Identifier: Apache-2.0
// contrib_math.c - com.microsoft CDist, Inverse, CropAndResize, NGramRepeatBlock: what has kernels of its
// own.
#include "op/eliminate.h"

// ------------------------------------------------------------------------------------------------- CDist

static tn_status cdist_infer(tn_infer *c) {
    const tn_type *a = &c->in[0]->type, *b = &c->in[1]->type;
    if (!tn_attr_is(c->attrs, "metric", "sqeuclidean") && !tn_attr_is(c->attrs, "metric", "euclidean"))
        return tn_infer_fail(c, "metric must be euclidean or sqeuclidean, not '%s'",
                             tn_attr_string(c->attrs, "metric"));
    TN_TRY(tni_want_rank(c, 0, "A", 2, 2));
    TN_TRY(tni_want_rank(c, 1, "B", 2, 2));
    if (a->rank >= 0 && b->rank >= 0) TN_TRY(tni_want_dim(c, b->dim[1], a->dim[1], "number of columns of B"));
    tn_dim dim[] = {a->rank < 0 ? tn_dim_fresh(c->dims) : a->dim[0],
                    b->rank < 0 ? tn_dim_fresh(c->dims) : b->dim[0]};
    tni_shape_out(c, 0, a->dtype, 2, dim);
    return TN_OK;
}

static tn_status cdist_ref(tn_call *c) {
    const tn_tensor *y = c->out[0];
    if (!y) return TN_OK;
    const double *a = tni_as_double(c, c->in[0]), *b = tni_as_double(c, c->in[1]);
    bool root = tn_attr_is(c->attrs, "metric", "euclidean");
    int64_t n = c->in[0]->dim[1];
    if (!a || !b) return TN_NOMEM;
    for (int64_t i = 0; i < y->dim[0]; i++)
        for (int64_t k = 0; k < y->dim[1]; k++) {
            double sum = 0;
            for (int64_t l = 0; l < n; l++)
                sum += (a[i * n + l] - b[k * n + l]) * (a[i * n + l] - b[k * n + l]);
            tni_set(y, i * y->dim[1] + k, root ? sqrt(sum) : sum);
        }
    return TN_OK;
}

TN_OP(ms_cdist) = {
    TN_HERE,
    .name = "CDist",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "distances between the rows of A and those of B",
    .in = {{"A", "T"}, {"B", "T"}},
    .out = {{"C", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"metric", TN_ATTR_STRING, .s = "sqeuclidean"}},
    .infer = cdist_infer,
    .ref = cdist_ref,
};

// ----------------------------------------------------------------------------------------------- Inverse

static tn_status inverse_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    if (x->rank >= 2) TN_TRY(tni_want_dim(c, x->dim[x->rank - 1], x->dim[x->rank - 2], "number of columns"));
    return tn_infer_same(c);
}

// Gauss and Jordan with row pivoting; a [n,n] becomes the identity, b [n,n] its inverse. False: singular.
static bool invert(double *a, double *b, int64_t n) {
    for (int64_t i = 0; i < n * n; i++) b[i] = i % (n + 1) == 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t p = tni_pivot(a, n, n, k);
        if (a[p * n + k] == 0) return false;
        tni_exchange_rows(a, n, p, k);
        tni_exchange_rows(b, n, p, k);
        double top = 1 / a[k * n + k];
        for (int64_t j = 0; j < n; j++) a[k * n + j] *= top, b[k * n + j] *= top;
        for (int64_t i = 0; i < n; i++) {
            double f = a[i * n + k];
            for (int64_t j = 0; j < n && i != k; j++)
                a[i * n + j] -= f * a[k * n + j], b[i * n + j] -= f * b[k * n + j];
        }
    }
    return true;
}

static tn_status inverse_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    int64_t n = x->dim[x->rank - 1], count = n ? tn_count(x) / (n * n) : 0;
    double *a = tni_scratch(c, 2 * n * n, sizeof *a);
    if (!y) return TN_OK;
    if (!a) return TN_NOMEM;
    for (int64_t i = 0; i < count; i++) {
        tni_load(a, x, i * n * n, 1, n * n);
        if (!invert(a, a + n * n, n))
            return tn_call_fail(c, TN_INVALID, "matrix %lld is singular", (long long)i);
        tni_store(y, i * n * n, 1, n * n, a + n * n);
    }
    return TN_OK;
}

TN_OP(ms_inverse) = {
    TN_HERE,
    .name = "Inverse",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "inverses of square matrices",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .infer = inverse_infer,
    .ref = inverse_ref,
};

// ------------------------------------------------------------------------------------------ CropAndResize

static tn_status crop_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *rois = &c->in[1]->type;
    int64_t size[TN_MAX_CONTENT];
    size_t n;
    if (!tn_attr_is(c->attrs, "mode", "bilinear") && !tn_attr_is(c->attrs, "mode", "nearest"))
        return tn_infer_fail(c, "mode must be bilinear or nearest, not '%s'",
                             tn_attr_string(c->attrs, "mode"));
    TN_TRY(tni_want_rank(c, 0, "the input", 4, 4));
    TN_TRY(tni_want_rank(c, 1, "rois", 2, 2));
    TN_TRY(tni_want_rank(c, 2, "batch_indices", 1, 1));
    TN_TRY(tni_want_rank(c, 3, "crop_size", 1, 1));
    if (rois->rank >= 0) TN_TRY(tni_want_dim(c, rois->dim[1], tn_k(4), "second dimension of rois"));
    bool known = tni_const_ints(c->in[3], size, &n) && n == 2;
    tn_dim dim[] = {rois->rank < 0 ? tn_dim_fresh(c->dims) : rois->dim[0],
                    x->rank < 0 ? tn_dim_fresh(c->dims) : x->dim[1],
                    known ? tn_k(size[0]) : tn_dim_fresh(c->dims),
                    known ? tn_k(size[1]) : tn_dim_fresh(c->dims)};
    tni_shape_out(c, 0, x->dtype, 4, dim);
    return TN_OK;
}

// Where output row i of n lies in an axis of `size` pixels, for a region from `a` to `b` of it.
static double crop_place(double a, double b, int64_t i, int64_t n, int64_t size) {
    double last = (double)(size - 1);
    return n > 1 ? a * last + (double)i * (b - a) * last / (double)(n - 1) : 0.5 * (a + b) * last;
}

static double crop_pixel(const tn_tensor *x, int64_t plane, double y, double w, bool nearest) {
    int64_t rows = x->dim[2], columns = x->dim[3];
    if (nearest) return tni_get(x, plane + (int64_t)round(y) * columns + (int64_t)round(w));
    int64_t top = (int64_t)floor(y), left = (int64_t)floor(w), bottom = (int64_t)ceil(y),
            right = (int64_t)ceil(w);
    double fy = y - (double)top, fx = w - (double)left;
    if (bottom >= rows) bottom = rows - 1;
    if (right >= columns) right = columns - 1;
    double a = tni_get(x, plane + top * columns + left), b = tni_get(x, plane + top * columns + right),
           d = tni_get(x, plane + bottom * columns + left), e = tni_get(x, plane + bottom * columns + right);
    double above = a + (b - a) * fx, below = d + (e - d) * fx;
    return above + (below - above) * fy;
}

static tn_status crop_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    double outside = tn_attr_float(c->attrs, "extrapolation_value"), roi[4];
    bool nearest = tn_attr_is(c->attrs, "mode", "nearest");
    if (tn_count(c->in[3]) != 2) return tn_call_fail(c, TN_INVALID, "crop_size must be height and width");
    int64_t h = tni_get_int(c->in[3], 0), w = tni_get_int(c->in[3], 1), n = c->in[1]->dim[0], at = 0;
    if (h < 1 || w < 1) return tn_call_fail(c, TN_INVALID, "crop_size must be positive");
    int64_t dim[] = {n, x->dim[1], h, w};
    TN_TRY(tn_call_resize(c, 0, 4, dim));
    if (!c->out[0]) return TN_OK;
    for (int64_t r = 0; r < n; r++) {
        int64_t image = tni_get_int(c->in[2], r);
        if (image < 0 || image >= x->dim[0])
            return tn_call_fail(c, TN_INVALID, "batch index %lld is outside [0, %lld)", (long long)image,
                                (long long)x->dim[0]);
        tni_load(roi, c->in[1], r * 4, 1, 4);
        for (int64_t i = 0; i < x->dim[1] * h * w; i++, at++) {
            int64_t plane = (image * x->dim[1] + i / (h * w)) * x->dim[2] * x->dim[3];
            double v = outside, py = crop_place(roi[0], roi[2], i / w % h, h, x->dim[2]),
                   px = crop_place(roi[1], roi[3], i % w, w, x->dim[3]);
            if (py >= 0 && py <= (double)(x->dim[2] - 1) && px >= 0 && px <= (double)(x->dim[3] - 1))
                v = crop_pixel(x, plane, py, px, nearest);
            tni_set(c->out[0], at, v);
        }
    }
    return TN_OK;
}

TN_OP(ms_crop_and_resize) = {
    TN_HERE,
    .name = "CropAndResize",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "regions of images (y1, x1, y2, x2 from 0 to 1) at one size",
    .traits = TN_DATA_SHAPE,
    .in = {{"X", "T1"}, {"rois", "T1"}, {"batch_indices", "i32"}, {"crop_size", "i32"}},
    .out = {{"Y", "T1"}},
    .types = {{"T1", TN_FLOATS}},
    .attrs = {{"mode", TN_ATTR_STRING, .s = "bilinear"}, {"extrapolation_value", TN_ATTR_FLOAT}},
    .infer = crop_infer,
    .ref = crop_ref,
};

// --------------------------------------------------------------------------------------- NGramRepeatBlock

static tn_status ngram_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "input_ids", 2, 2));
    TN_TRY(tni_want_rank(c, 1, "scores", 2, 2));
    if (c->out[0]) c->out[0]->type = c->in[1]->type;
    return TN_OK;
}

// A token that would make the last n words once more has no chance.
static tn_status ngram_ref(tn_call *c) {
    const tn_tensor *ids = c->in[0], *scores = c->in[1];
    int64_t n = tn_attr_int(c->attrs, "ngram_size"), length = ids->dim[1], words = scores->dim[1];
    if (ids->dim[0] != scores->dim[0])
        return tn_call_fail(c, TN_INVALID, "there are %lld rows of input_ids for %lld of scores",
                            (long long)ids->dim[0], (long long)scores->dim[0]);
    if (!c->out[0]) return TN_OK;
    TN_TRY(tn_call_assign(c, 0, scores));
    for (int64_t row = 0; row < ids->dim[0]; row++) {
        const int64_t *id = (const int64_t *)ids->data + row * length;
        for (int64_t i = 0; i + n <= length; i++) {
            if (n > 1 && memcmp(id + i, id + length - n + 1, (size_t)(n - 1) * sizeof *id) != 0) continue;
            int64_t next = id[i + n - 1];
            if (next < 0 || next >= words)
                return tn_call_fail(c, TN_INVALID, "token %lld is outside [0, %lld)", (long long)next,
                                    (long long)words);
            ((float *)c->out[0]->data)[row * words + next] = -HUGE_VALF;
        }
    }
    return TN_OK;
}

TN_OP(ms_ngram_repeat_block) = {
    TN_HERE,
    .name = "NGramRepeatBlock",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "scores without the tokens that would repeat an n-gram",
    .in = {{"input_ids", "i64"}, {"scores", "f32"}},
    .out = {{"scores_out", "f32"}},
    .attrs = {{.name = "ngram_size", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX}},
    .infer = ngram_infer,
    .ref = ngram_ref,
};
