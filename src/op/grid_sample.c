// SPDX-License-Identifier: Apache-2.0
// grid_sample.c - GridSample (read an image at given places) and AffineGrid (the places of an affine map).
// Coordinates run from -1 to 1; the last one of a place is for the first spatial dimension, x comes first.
#include "op/move.h"

enum { MAX_SPACE = 5 }; // spatial dimensions; cubic reads 4 to their power elements
enum mode { NEAREST, LINEAR, CUBIC };
enum padding { ZEROS, BORDER, REFLECTION };
static const char *const mode_names[] = {"nearest", "linear", "cubic"};
static const char *const padding_names[] = {"zeros", "border", "reflection"};

static int choice(tn_attrs a, const char *name, const char *const names[3]) {
    for (int i = 0; i < 3; i++)
        if (tn_attr_is(a, name, names[i])) return i;
    return -1;
}

static tn_status grid_sample_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *grid = &c->in[1]->type;
    tn_dim dim[TN_MAX_RANK];
    if (choice(c->attrs, "mode", mode_names) < 0)
        return tn_infer_fail(c, "mode '%s' is none of nearest, linear, cubic",
                             tn_attr_string(c->attrs, "mode"));
    if (choice(c->attrs, "padding_mode", padding_names) < 0)
        return tn_infer_fail(c, "padding_mode '%s' is none of zeros, border, reflection",
                             tn_attr_string(c->attrs, "padding_mode"));
    if (x->dtype == TN_STRING || TN_COMPLEX >> x->dtype & 1)
        return tn_infer_fail(c, "elements of type %s cannot be sampled", tn_dtype_text(x->dtype));
    TN_TRY(tni_want_rank(c, 0, "the input", 3, MAX_SPACE + 2));
    if (x->rank < 0 || grid->rank < 0) {
        tni_shape_unknown(c, 0, x->dtype);
        return TN_OK;
    }
    TN_TRY(tni_want_rank(c, 1, "the grid", x->rank, x->rank));
    TN_TRY(tni_want_dim(c, grid->dim[0], x->dim[0], "batch of the grid"));
    TN_TRY(tni_want_dim(c, grid->dim[x->rank - 1], tn_k(x->rank - 2), "last dimension of the grid"));
    dim[0] = x->dim[0];
    dim[1] = x->dim[1];
    for (int d = 2; d < x->rank; d++) dim[d] = grid->dim[d - 1];
    tni_shape_out(c, 0, x->dtype, x->rank, dim);
    return TN_OK;
}

typedef struct sampler {
    const tn_tensor *x, *grid, *out;
    enum mode mode;
    enum padding padding;
    bool align;
    int space;      // spatial dimensions
    int64_t places; // per image
} sampler;

// Reflected at the middle of the outermost elements (align), or at their outer edges.
static double reflect(double x, int64_t length, bool align) {
    double low = align ? 0 : -0.5, span = align ? (double)(length - 1) : (double)length;
    if (span == 0) return 0;
    x = fabs(x - low);
    double extra = fmod(x, span), flips = floor(x / span);
    return fmod(flips, 2) == 0 ? extra + low : span - extra + low;
}

static double into_range(const sampler *s, double x, int64_t length) {
    if (s->padding == REFLECTION) x = reflect(x, length, s->align);
    return s->padding == ZEROS ? x : fmin(fmax(x, 0), (double)(length - 1));
}

// Keys' weights (a = -0.75) of the four neighbours of a point `t` after the second one.
static void cubic_weights(double t, double w[4]) {
    const double a = -0.75;
    double before = t + 1, after = 1 - t, far = 2 - t;
    w[0] = ((a * before - 5 * a) * before + 8 * a) * before - 4 * a;
    w[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
    w[2] = ((a + 2) * after - (a + 3)) * after * after + 1;
    w[3] = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a;
}

// Neighbours along one dimension; those outside are left out.
typedef struct line_taps {
    int n;
    int64_t at[4];
    double weight[4];
} line_taps;

static void add_tap(line_taps *t, double at, int64_t length, double weight) {
    if (!(at >= 0 && at <= (double)(length - 1)) || weight == 0) return;
    t->at[t->n] = (int64_t)at;
    t->weight[t->n++] = weight;
}

static line_taps taps_at(const sampler *s, double g, int64_t length) {
    line_taps t = {0};
    double n = (double)length, x = s->align ? (g + 1) / 2 * (n - 1) : ((g + 1) * n - 1) / 2, w[4];
    if (s->mode == CUBIC) {
        double base = floor(x);
        cubic_weights(x - base, w);
        for (int k = 0; k < 4; k++) add_tap(&t, into_range(s, base - 1 + k, length), length, w[k]);
        return t;
    }
    x = into_range(s, x, length);
    if (s->mode == NEAREST) {
        add_tap(&t, nearbyint(x), length, 1);
        return t;
    }
    double base = floor(x);
    add_tap(&t, base, length, 1 - (x - base));
    add_tap(&t, base + 1, length, x - base);
    return t;
}

enum { MAX_TAPS = 1024 }; // 4 to the MAX_SPACE
typedef struct tap_list {
    int n;
    int64_t at[MAX_TAPS];
    double weight[MAX_TAPS];
} tap_list;

// The neighbours of place `p` of image `b` in all dimensions, offsets within a channel.
static void combine_taps(const sampler *s, int64_t b, int64_t p, tap_list *list) {
    double g[MAX_SPACE];
    tni_load(g, s->grid, (b * s->places + p) * s->space, 1, s->space);
    list->n = 1;
    list->at[0] = 0;
    list->weight[0] = 1;
    for (int d = 0; d < s->space; d++) {
        int64_t length = s->x->dim[2 + d];
        line_taps t = taps_at(s, g[s->space - 1 - d], length);
        // From the last on, so that an entry is read before its place is written.
        for (int i = list->n - 1; i >= 0; i--) {
            int64_t at = list->at[i] * length;
            double weight = list->weight[i];
            for (int k = t.n - 1; k >= 0; k--) {
                list->at[i * t.n + k] = at + t.at[k];
                list->weight[i * t.n + k] = weight * t.weight[k];
            }
        }
        list->n *= t.n;
    }
}

static void sample_row(void *arg, int64_t row, int worker) {
    const sampler *s = arg;
    (void)worker;
    tap_list list;
    int64_t channels = s->x->dim[1], size = tn_count_range(s->x, 2, s->x->rank);
    int64_t length = s->out->dim[s->out->rank - 1], rows = s->places / length, b = row / rows;
    for (int64_t p = row % rows * length, last = p + length; p < last; p++) {
        combine_taps(s, b, p, &list);
        for (int64_t c = 0; c < channels; c++) {
            int64_t base = (b * channels + c) * size;
            double sum = 0;
            for (int k = 0; k < list.n; k++) sum += list.weight[k] * tni_get(s->x, base + list.at[k]);
            if (!tni_is_float(s->x->dtype)) sum = nearbyint(sum);
            tni_store(s->out, (b * channels + c) * s->places + p, 1, 1, &sum);
        }
    }
}

static tn_status grid_sample_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    if (!c->out[0] || tn_count(c->out[0]) == 0) return TN_OK;
    sampler s = {.x = x, .grid = c->in[1], .out = c->out[0], .space = x->rank - 2};
    s.mode = (enum mode)choice(c->attrs, "mode", mode_names);
    s.padding = (enum padding)choice(c->attrs, "padding_mode", padding_names);
    s.align = tn_attr_int(c->attrs, "align_corners") != 0;
    s.places = tn_count_range(s.out, 2, s.out->rank);
    tn_call_parallel(c, x->dim[0] * (s.places / s.out->dim[x->rank - 1]), sample_row, &s);
    return TN_OK;
}

// Opset 16 said bilinear and bicubic; files of later opsets are seen to say so too.
static tn_status grid_sample_upgrade(tni_spec *s) {
    const tn_attr *mode = tni_spec_attr(s, "mode");
    if (!mode || mode->kind != TN_ATTR_STRING) return TN_OK;
    if (strcmp(mode->s.text, "bilinear") == 0) return tni_spec_put(s, TN_A_STRING("mode", "linear"));
    if (strcmp(mode->s.text, "bicubic") == 0) return tni_spec_put(s, TN_A_STRING("mode", "cubic"));
    return TN_OK;
}

TN_OP(grid_sample) = {
    TN_HERE,
    .name = "GridSample",
    .since = 22,
    .first = 16,
    .doc = "The input read at the places a grid names",
    .in = {{"X", "T1"}, {"grid", "T2"}},
    .out = {{"Y", "T1"}},
    .types = {{"T1", TNI_MOVABLE}, {"T2", TN_FLOATS}},
    .attrs = {{"align_corners", TN_ATTR_INT, .max = 1},
              {"mode", TN_ATTR_STRING, .s = "linear"},
              {"padding_mode", TN_ATTR_STRING, .s = "zeros"}},
    .infer = grid_sample_infer,
    .ref = grid_sample_ref,
    .upgrade = grid_sample_upgrade,
};

// ------------------------------------------------------------------------------------------ AffineGrid

static tn_status affine_grid_infer(tn_infer *c) {
    const tn_type *theta = &c->in[0]->type;
    tn_dim size[TN_MAX_CONTENT], dim[5];
    size_t n;
    TN_TRY(tni_want_rank(c, 0, "theta", 3, 3));
    TN_TRY(tni_want_rank(c, 1, "size", 1, 1));
    if (!tni_content(c->in[1], size, &n)) {
        int64_t length = tni_known_length(c, 1);
        if (length != 4 && length != 5)
            tni_shape_unknown(c, 0, theta->dtype);
        else
            tni_shape_fresh(c, 0, theta->dtype, (int)length);
        return TN_OK;
    }
    if (n != 4 && n != 5) return tn_infer_fail(c, "size must have 4 or 5 entries, but has %zu", n);
    for (size_t d = 0; d < n; d++)
        if (!size[d].e && size[d].k < 0)
            return tn_infer_fail(c, "entry %zu of size is negative: %lld", d, (long long)size[d].k);
    tn_dim space = tn_k((int64_t)n - 2);
    if (theta->rank == 3) {
        TN_TRY(tni_want_dim(c, theta->dim[0], size[0], "batch of theta"));
        TN_TRY(tni_want_dim(c, theta->dim[1], space, "number of theta's rows"));
        TN_TRY(tni_want_dim(c, theta->dim[2], tn_k(space.k + 1), "number of theta's columns"));
    }
    dim[0] = size[0];
    for (size_t d = 2; d < n; d++) dim[d - 1] = size[d];
    dim[n - 1] = space;
    tni_shape_out(c, 0, theta->dtype, (int)n, dim);
    return TN_OK;
}

// Place i of `length` from -1 to 1: the elements' middles span it (align), or their outer edges do.
static double place(int64_t i, int64_t length, bool align) {
    if (!align) return (2 * (double)i + 1) / (double)length - 1;
    return length > 1 ? 2 * (double)i / (double)(length - 1) - 1 : 0;
}

static tn_status affine_grid_ref(tn_call *c) {
    const tn_tensor *theta = c->in[0];
    tn_tensor *out = c->out[0];
    int64_t index[TN_MAX_RANK] = {0};
    double m[3 * 4], at[4], to[3];
    if (!out || tn_count(out) == 0) return TN_OK;
    int space = out->rank - 2;
    bool align = tn_attr_int(c->attrs, "align_corners") != 0;
    int64_t places = tn_count_range(out, 1, out->rank - 1), cell = 0;
    for (int64_t b = 0; b < out->dim[0]; b++) {
        tni_load(m, theta, b * space * (space + 1), 1, space * (space + 1));
        for (int64_t p = 0; p < places; p++, cell++) {
            for (int d = 0; d < space; d++) at[space - 1 - d] = place(index[d], out->dim[1 + d], align);
            at[space] = 1;
            for (int r = 0; r < space; r++) {
                to[r] = 0;
                for (int k = 0; k <= space; k++) to[r] += m[r * (space + 1) + k] * at[k];
            }
            tni_store(out, cell * space, 1, space, to);
            tni_next_index(space, out->dim + 1, index);
        }
    }
    return TN_OK;
}

TN_OP(affine_grid) = {
    TN_HERE,
    .name = "AffineGrid",
    .since = 20,
    .doc = "The places an affine map sends a regular grid to",
    .in = {{"theta", "T1"}, {"size", "i64"}},
    .out = {{"grid", "T1"}},
    .types = {{"T1", TN_FLOATS}},
    .attrs = {{"align_corners", TN_ATTR_INT, .max = 1}},
    .infer = affine_grid_infer,
    .ref = affine_grid_ref,
};
