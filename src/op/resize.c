// SPDX-License-Identifier: Apache-2.0
// resize.c - Resize and its older form Upsample. Every mode is separable: a nearest resize picks an input
// index per output index of each dimension, the others weigh a few neighbours along one dimension after the
// other (coordinates and weights: ir/resize.c).
#include "ir/resize.h"

#include "op/move.h"

#include <stdio.h>
#include <stdlib.h>

enum input { X, ROI, SCALES, SIZES };

// floor(dim * scale) as ONNX and PyTorch's exporter compute it: in float, where 10 * 0.7f is 7.
static int64_t scaled(int64_t dim, float scale) {
    float size = floorf((float)dim * scale);
    return size >= 0 && size < 0x1p62f ? (int64_t)size : -1;
}

// The number that somebody wrote, who got this float: a decimal of few digits that rounds to it. 0: none.
static double as_written(float scale) {
    char text[32];
    for (int digits = 1; digits <= 5; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)scale);
        double d = strtod(text, NULL);
        if ((float)d == scale) return d;
    }
    return 0;
}

// ------------------------------------------------------------------------------------------- inference

// Absent, or (as exporters of opset 11 wrote it) an empty tensor.
static bool wanted(const tn_infer *c, int i) {
    if (!tni_given(c, i)) return false;
    const tn_type *t = &c->in[i]->type;
    return !(t->rank == 1 && tn_dim_is(t->dim[0], 0));
}

static tn_status check_choices(tn_infer *c) {
    static const char *const names[] = {"mode", "coordinate_transformation_mode", "nearest_mode",
                                        "keep_aspect_ratio_policy"};
    for (int i = 0; i < 4; i++)
        if (tni_resize_choice(c->attrs, names[i]) < 0)
            return tn_infer_fail(c, "%s '%s' is not known", names[i], tn_attr_string(c->attrs, names[i]));
    tn_dtype t = c->in[X]->type.dtype;
    if (!tn_attr_is(c->attrs, "mode", "nearest") && (t == TN_STRING || TN_COMPLEX >> t & 1))
        return tn_infer_fail(c, "elements of type %s cannot be interpolated", tn_dtype_text(t));
    return TN_OK;
}

// The dimensions that roi, scales and sizes speak of, in order.
static tn_status resized_axes(tn_infer *c, int rank, int *axes, int *n) {
    size_t count;
    unsigned mask;
    const int64_t *given = tn_attr_ints(c->attrs, "axes", &count);
    TN_TRY(tni_axes_mask(c, given, count, rank, &mask));
    *n = count ? (int)count : rank;
    for (int k = 0; k < *n; k++) axes[k] = count ? (int)(given[k] < 0 ? given[k] + rank : given[k]) : k;
    return TN_OK;
}

// dim * scale for a symbolic dim: exact where the scale is a short binary fraction.
static tn_dim scaled_symbol(tn_infer *c, tn_dim dim, double scale) {
    double up = scale * 65536;
    if (scale == 1) return dim;
    if (scale > 65536 || up != floor(up)) return tn_dim_fresh(c->dims);
    int64_t num = (int64_t)up, den = 65536;
    while (!(num & 1) && den > 1) num /= 2, den /= 2;
    return tn_dim_div(c->dims, tn_dim_mul(c->dims, dim, tn_k(num)), tn_k(den));
}

// PyTorch multiplies in double with the scale as it was written; the file has a float.
static void warn_of_rounding(tn_infer *c, int axis, tn_dim dim, double scale) {
    if (dim.e || scale == floor(scale)) return;
    double written = as_written((float)scale), size = floor((double)dim.k * written);
    int64_t here = scaled(dim.k, (float)scale);
    if (written > 0 && size != (double)here)
        tn_infer_warn(
            c,
            "%lld times %g is %lld in float, as ONNX Runtime has it, but %.0f in double, as PyTorch "
            "has it, for dimension %d; export with recompute_scale_factor=True or a size",
            (long long)dim.k, written, (long long)here, size, axis);
}

static tn_status dims_by_scales(tn_infer *c, const int *axes, int n, tn_dim *dim) {
    const tn_tensor *scales = c->in[SCALES]->constant;
    int64_t length = tni_known_length(c, SCALES);
    if (length >= 0 && length != n)
        return tn_infer_fail(c, "'scales' has %lld entries for %d dimensions", (long long)length, n);
    for (int k = 0; k < n; k++) {
        tn_dim *d = &dim[axes[k]];
        if (!scales || !scales->data) {
            *d = tn_dim_fresh(c->dims);
            continue;
        }
        double scale = tni_get(scales, k);
        if (!(scale > 0) || !isfinite(scale))
            return tn_infer_fail(c, "scale %d is %g, not above 0", k, scale);
        warn_of_rounding(c, axes[k], *d, scale);
        *d = d->e ? scaled_symbol(c, *d, scale) : tn_k(scaled(d->k, (float)scale));
        if (!d->e && d->k < 0) return tn_infer_fail(c, "scale %d makes dimension %d too large", k, axes[k]);
    }
    return TN_OK;
}

static bool concrete(const tn_dim *dim, int n, int64_t *to) {
    for (int d = 0; d < n; d++) {
        if (dim[d].e) return false;
        to[d] = dim[d].k;
    }
    return true;
}

static tn_status dims_by_sizes(tn_infer *c, int rank, const int *axes, int n, tn_dim *dim) {
    tn_dim size[TN_MAX_CONTENT];
    size_t count;
    int64_t length = tni_known_length(c, SIZES), in[TN_MAX_RANK], want[TN_MAX_CONTENT];
    tni_resize_policy policy = (tni_resize_policy)tni_resize_choice(c->attrs, "keep_aspect_ratio_policy");
    if (length >= 0 && length != n)
        return tn_infer_hint(c, "sizes must list every dimension, or those in 'axes'",
                             "'sizes' has %lld entries for %d dimensions", (long long)length, n);
    bool known = tni_content(c->in[SIZES], size, &count) && count == (size_t)n;
    for (int k = 0; known && k < n; k++)
        if (!size[k].e && size[k].k < 0)
            return tn_infer_fail(c, "size %d is negative: %lld", k, (long long)size[k].k);
    bool all = known && concrete(dim, rank, in) && concrete(size, n, want);
    double scale = policy != TNI_STRETCH && all ? tni_resize_common_scale(policy, axes, n, want, in) : 1;
    for (int k = 0; k < n; k++) {
        if (!known || (policy != TNI_STRETCH && !all))
            dim[axes[k]] = tn_dim_fresh(c->dims);
        else if (policy == TNI_STRETCH)
            dim[axes[k]] = size[k];
        else
            dim[axes[k]] = tn_k((int64_t)fmin(floor(scale * (double)in[axes[k]] + 0.5), 0x1p62));
    }
    return TN_OK;
}

static tn_status resize_infer(tn_infer *c) {
    const tn_type *x = &c->in[X]->type;
    tn_dim dim[TN_MAX_RANK];
    int axes[TN_MAX_RANK], n;
    TN_TRY(check_choices(c));
    for (int i = ROI; i <= SIZES; i++)
        TN_TRY(tni_want_rank(c, i, i == ROI ? "roi" : i == SCALES ? "scales" : "sizes", 1, 1));
    if (wanted(c, SCALES) == wanted(c, SIZES))
        return tn_infer_fail(c, wanted(c, SIZES) ? "both 'scales' and 'sizes' are given"
                                                 : "neither 'scales' nor 'sizes' is given");
    if (x->rank < 0) {
        tni_shape_unknown(c, 0, x->dtype);
        return TN_OK;
    }
    TN_TRY(resized_axes(c, x->rank, axes, &n));
    if (tn_attr_is(c->attrs, "coordinate_transformation_mode", "tf_crop_and_resize")) {
        int64_t length = tni_known_length(c, ROI);
        if (!wanted(c, ROI)) return tn_infer_fail(c, "tf_crop_and_resize needs 'roi'");
        if (length >= 0 && length != 2 * n)
            return tn_infer_fail(c, "'roi' has %lld entries, %d are needed", (long long)length, 2 * n);
    }
    memcpy(dim, x->dim, sizeof dim);
    TN_TRY(wanted(c, SIZES) ? dims_by_sizes(c, x->rank, axes, n, dim) : dims_by_scales(c, axes, n, dim));
    for (int d = 0; d < x->rank; d++)
        if (tn_dim_is(x->dim[d], 0) && !dim[d].e && dim[d].k > 0)
            return tn_infer_fail(c, "dimension %d has size 0: there is nothing to resize", d);
    tni_shape_out(c, 0, x->dtype, x->rank, dim);
    return TN_OK;
}

// --------------------------------------------------------------------------------------------- nearest

static tn_status resize_nearest(tn_call *c, const tni_resizing *r) {
    const tn_tensor *in = c->in[X];
    tn_tensor *out = c->out[0];
    tni_zero_room room;
    tn_tensor fill = tni_zero_element(in->dtype, &room);
    tni_pick p;
    TN_TRY(tni_pick_new(c, out, &p));
    for (int d = 0; d < in->rank; d++)
        for (int64_t i = 0; i < out->dim[d]; i++) p.from[d][i] = tni_resize_nearest(r, &r->axis[d], i);
    if (in->dtype != TN_STRING && !(TN_COMPLEX >> in->dtype & 1))
        tni_set(&fill, 0, tn_attr_float(c->attrs, "extrapolation_value"));
    tni_pick_copy(out, in, &p, &fill);
    return TN_OK;
}

// --------------------------------------------------------------------------------------- linear, cubic

// What each output index of one dimension is made of: `count` neighbours from `first` on.
typedef struct taps {
    int64_t *first, *count; // first -1: the extrapolation value instead
    double *weight;         // [out][most]
    int64_t most;
} taps;

static tn_status make_axis(tn_call *c, const tni_resizing *r, const tni_resize_axis *a, taps *t) {
    size_t out = (size_t)a->out, bytes;
    t->most = tni_resize_most_taps(r, a);
    if (!ck_mul(out + 1, (size_t)t->most, &bytes) || !ck_mul(bytes, sizeof(double), &bytes)) return TN_LIMIT;
    t->weight = tn_call_scratch(c, bytes);
    t->first = tn_call_scratch(c, (out + 1) * sizeof *t->first);
    t->count = tn_call_scratch(c, (out + 1) * sizeof *t->count);
    if (!t->weight || !t->first || !t->count) return TN_NOMEM;
    for (int64_t i = 0; i < a->out; i++)
        t->first[i] = tni_resize_taps(r, a, i, &t->count[i], t->weight + i * t->most);
    return TN_OK;
}

// One dimension: from [outer, in, inner] to [outer, out, inner].
static void resample(const tni_resize_axis *a, const taps *t, int64_t outer, int64_t inner, double fill,
                     const double *from, double *to) {
    for (int64_t o = 0; o < outer; o++, from += a->in * inner)
        for (int64_t i = 0; i < a->out; i++, to += inner) {
            for (int64_t k = 0; k < inner; k++) to[k] = t->first[i] < 0 ? fill : 0;
            for (int64_t n = 0; n < t->count[i]; n++) {
                const double *row = from + (t->first[i] + n) * inner;
                double w = t->weight[i * t->most + n];
                for (int64_t k = 0; k < inner; k++) to[k] += w * row[k];
            }
        }
}

typedef struct resize_job {
    const tn_tensor *in, *out;
    const tni_resize_axis *axes;
    const taps *taps;
    int lead; // dims [0, lead) are not resized: their pieces are independent
    int64_t in_piece, out_piece, room;
    double *buffers; // two of `room` per worker
    double fill;
    double low, high; // what the output's type holds; low > high: floats
} resize_job;

static void resize_piece(void *arg, int64_t piece, int worker) {
    const resize_job *j = arg;
    double *from = j->buffers + 2 * worker * j->room, *to = from + j->room;
    int64_t outer = 1, inner = j->in_piece;
    tni_load(from, j->in, piece * j->in_piece, 1, j->in_piece);
    for (int d = j->lead; d < j->in->rank; d++) {
        const tni_resize_axis *a = &j->axes[d];
        inner /= a->in;
        if (a->resized) {
            resample(a, &j->taps[d], outer, inner, j->fill, from, to);
            double *swap = from;
            from = to;
            to = swap;
        }
        outer *= a->out;
    }
    for (int64_t k = 0; k < j->out_piece && j->low <= j->high; k++)
        from[k] = fmin(fmax(nearbyint(from[k]), j->low), j->high);
    tni_store(j->out, piece * j->out_piece, 1, j->out_piece, from);
}

// The range of an integer type; doubles that are stored in 64 bits must stay below 2^63 or 2^64.
static void integer_range(tn_dtype t, double *low, double *high) {
    int bits = t == TN_BOOL ? 1 : (int)tni_bits(t);
    *low = 0;
    *high = -1;
    if (tni_is_float(t)) return;
    bool positive = tni_is_unsigned(t);
    *low = positive ? 0 : -ldexp(1, bits - 1);
    *high = ldexp(1, positive ? bits : bits - 1);
    *high = bits > 52 ? nextafter(*high, 0) : *high - 1;
}

static tn_status resize_smooth(tn_call *c, const tni_resizing *r) {
    const tni_resize_axis *a = r->axis;
    taps t[TN_MAX_RANK];
    resize_job j = {.in = c->in[X], .out = c->out[0], .axes = a, .taps = t};
    while (j.lead < j.in->rank && !a[j.lead].resized) j.lead++;
    for (int d = j.lead; d < j.in->rank; d++)
        if (a[d].resized) TN_TRY(make_axis(c, r, &a[d], &t[d]));
    j.in_piece = j.room = tn_count_range(j.in, j.lead, j.in->rank);
    j.out_piece = tn_count_range(j.out, j.lead, j.in->rank);
    int64_t size = j.in_piece;
    for (int d = j.lead; d < j.in->rank; d++) {
        size = size / a[d].in;
        if (!ck_mul64(size, a[d].out, &size)) return TN_LIMIT;
        if (size > j.room) j.room = size;
    }
    if (j.lead == j.in->rank) return tni_call_same(c);
    size_t bytes;
    if (!ck_mul((size_t)j.room, 2 * sizeof(double), &bytes) ||
        !ck_mul(bytes, (size_t)tn_call_threads(c), &bytes))
        return TN_LIMIT;
    j.buffers = tn_call_scratch(c, bytes);
    if (!j.buffers) return TN_NOMEM;
    j.fill = tn_attr_float(c->attrs, "extrapolation_value");
    integer_range(j.out->dtype, &j.low, &j.high);
    tn_call_parallel(c, tn_count_range(j.in, 0, j.lead), resize_piece, &j);
    return TN_OK;
}

static tn_status resize_ref(tn_call *c) {
    const tn_tensor *in[SIZES + 1] = {0};
    tni_resizing r;
    if (!c->out[0] || tn_count(c->out[0]) == 0) return TN_OK;
    for (int i = 0; i <= SIZES && i < c->nin; i++) in[i] = c->in[i];
    tni_resize_read(&r, c->attrs, in[X], in[ROI], in[SCALES], in[SIZES], c->out[0]);
    return r.mode == TNI_NEAREST ? resize_nearest(c, &r) : resize_smooth(c, &r);
}

// --------------------------------------------------------------------------------------------- upgrades

static tni_value *scales_value(tni_spec *s, const float *scales, size_t n) {
    int64_t dim = (int64_t)n;
    tn_tensor *t = tni_tensor_new(&s->graph->root->arena, TN_F32, 1, &dim);
    if (!t) return NULL;
    if (n) memcpy(t->data, scales, n * sizeof *scales);
    return tni_value_const(s->graph, NULL, t);
}

static tn_status corners(tni_spec *s, const char *rounding) {
    TN_TRY(tni_spec_put(s, TN_A_STRING("coordinate_transformation_mode", "asymmetric")));
    return tni_spec_put(s, TN_A_STRING("nearest_mode", rounding));
}

// Opset 10 rounded down where it enlarged and up where it shrank (its test data and ONNX Runtime say so): a
// nearest resize that does both becomes one of each.
static tn_status shrink_first(tni_spec *s, const tn_tensor *scales) {
    float down[TN_MAX_RANK], up[TN_MAX_RANK];
    size_t n = scales ? (size_t)tn_count(scales) : 0;
    bool shrinks = false, grows = false;
    if (!scales || !scales->data || scales->dtype != TN_F32 || n > TN_MAX_RANK) return corners(s, "floor");
    for (size_t k = 0; k < n; k++) {
        float scale = ((const float *)scales->data)[k];
        down[k] = fminf(scale, 1);
        up[k] = fmaxf(scale, 1);
        shrinks |= scale < 1;
        grows |= scale > 1;
    }
    if (!shrinks || !grows) return corners(s, shrinks ? "ceil" : "floor");
    tni_value *in[] = {s->in[0], NULL, scales_value(s, down, n)};
    const tn_attr attrs[] = {TN_A_STRING("coordinate_transformation_mode", "asymmetric"),
                             TN_A_STRING("nearest_mode", "ceil")};
    if (!in[2]) return TN_NOMEM;
    s->in[0] = tni_spec_emit(s, "Resize", 3, in, 2, attrs);
    if (!s->in[0]) return TN_INVALID;
    TN_TRY(tni_spec_input(s, 2, scales_value(s, up, n)));
    return corners(s, "floor");
}

static bool has_fraction(const tn_tensor *scales) {
    for (int64_t i = 0, n = scales && scales->data ? tn_count(scales) : 0; i < n; i++)
        if (tni_get(scales, i) != floor(tni_get(scales, i))) return true;
    return false;
}

static tni_value *emit_cast(tni_spec *s, tni_value *v, tn_dtype to) {
    return v ? tni_spec_emit(s, "Cast", 1, &v, 1, &TN_A_INT("to", (int64_t)to)) : NULL;
}

// Between aligned corners ONNX's own data measure the output as in * scale, 2.4 pixels long; PyTorch, and so
// a model of its exporters, counts whole ones. They are what sizes in the place of scales mean.
static tn_status whole_pixels(tni_spec *s) {
    const tn_attr *how = tni_spec_attr(s, "coordinate_transformation_mode");
    tni_value *scales = s->nin > 2 ? s->in[2] : NULL;
    if (!s->graph->root->pytorch || !how || how->kind != TN_ATTR_STRING || tni_spec_attr(s, "axes") ||
        strcmp(how->s.text, "align_corners") != 0 || !scales || !has_fraction(scales->info.constant))
        return TN_OK;
    tni_value *size = emit_cast(s, tni_spec_emit(s, "Shape", 1, s->in, 0, NULL), TN_F32);
    if (size) size = tni_spec_emit(s, "Mul", 2, (tni_value *[]){size, scales}, 0, NULL);
    if (size) size = tni_spec_emit(s, "Floor", 1, &size, 0, NULL);
    if (!(size = emit_cast(s, size, TN_I64))) return TN_INVALID;
    s->in[2] = NULL;
    return tni_spec_input(s, 3, size);
}

// Opset 10 had (X, scales) and measured from the corners of pixels.
static tn_status resize_upgrade(tni_spec *s) {
    if (s->opset >= 11) return whole_pixels(s);
    if (s->nin != 2 || !s->in[1]) return TN_OK;
    const tn_attr *mode = tni_spec_attr(s, "mode");
    bool nearest = !mode || (mode->kind == TN_ATTR_STRING && strcmp(mode->s.text, "nearest") == 0);
    TN_TRY(tni_spec_input(s, 2, s->in[1]));
    s->in[1] = NULL;
    return nearest ? shrink_first(s, s->in[2]->info.constant) : corners(s, "floor");
}

TN_OP(resize) = {
    TN_HERE,
    .name = "Resize",
    .since = 19,
    .first = 10,
    .doc = "The input resampled to sizes or by scales",
    .in = {{"X", "T1"},
           {"roi", "T2", TN_OPTIONAL_IN},
           {"scales", "f32", TN_OPTIONAL_IN},
           {"sizes", "i64", TN_OPTIONAL_IN}},
    .out = {{"Y", "T1"}},
    .types = {{"T1", TNI_MOVABLE}, {"T2", TN_BIT(TN_F32) | TN_BIT(TN_F16) | TN_BIT(TN_F64)}},
    .attrs =
        {
            {"mode", TN_ATTR_STRING, .s = "nearest"},
            {"coordinate_transformation_mode", TN_ATTR_STRING, .s = "half_pixel"},
            {"nearest_mode", TN_ATTR_STRING, .s = "round_prefer_floor"},
            {"cubic_coeff_a", TN_ATTR_FLOAT, .f = -0.75},
            {"exclude_outside", TN_ATTR_INT, .max = 1},
            {"extrapolation_value", TN_ATTR_FLOAT},
            {"antialias", TN_ATTR_INT, .max = 1},
            {"axes", TN_ATTR_INTS},
            {"keep_aspect_ratio_policy", TN_ATTR_STRING, .s = "stretch"},
        },
    .infer = resize_infer,
    .ref = resize_ref,
    .upgrade = resize_upgrade,
};

static tn_status scales_constant(tni_spec *s, const float *scales, size_t n) {
    return tni_spec_input(s, 2, scales_value(s, scales, n));
}

// Opset 1: height_scale and width_scale; 7 and 8: attribute scales; 9: input scales.
static tn_status upsample_upgrade(tni_spec *s) {
    if (s->nin < 1 || !s->in[0]) return tni_spec_fail(s, NULL, "the input is missing");
    const tn_attr *scales = tni_spec_attr(s, "scales"), *mode = tni_spec_attr(s, "mode");
    if (s->opset < 7) {
        const tn_attr *h = tni_spec_attr(s, "height_scale"), *w = tni_spec_attr(s, "width_scale");
        float all[4] = {1, 1, h ? (float)h->f : 1, w ? (float)w->f : 1};
        TN_TRY(scales_constant(s, all, 4));
    } else if (s->opset < 9) {
        if (!scales || scales->kind != TN_ATTR_FLOATS)
            return tni_spec_fail(s, NULL, "attribute 'scales' is missing");
        TN_TRY(scales_constant(s, scales->floats, scales->n));
    } else {
        if (s->nin < 2 || !s->in[1]) return tni_spec_fail(s, NULL, "input 'scales' is missing");
        TN_TRY(tni_spec_input(s, 2, s->in[1]));
    }
    s->in[1] = NULL;
    if (mode && mode->kind == TN_ATTR_STRING && strcmp(mode->s.text, "bilinear") == 0)
        TN_TRY(tni_spec_put(s, TN_A_STRING("mode", "linear")));
    tni_spec_drop(s, "scales");
    tni_spec_drop(s, "height_scale");
    tni_spec_drop(s, "width_scale");
    s->op = "Resize";
    return corners(s, "floor");
}

TN_OP(upsample) = {
    TN_HERE,
    .name = "Upsample",
    .since = 9,
    .first = 1,
    .last = 9,
    .doc = "The older form of Resize",
    .in = {{"X", "T"}, {"scales", "f32"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"mode", TN_ATTR_STRING, .s = "nearest"}},
    .upgrade = upsample_upgrade,
};
