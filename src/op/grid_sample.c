// SPDX-License-Identifier: Apache-2.0
// grid_sample.c - GridSample (read an image at given places) and AffineGrid (the places of an affine map).
// Coordinates run from -1 to 1; the last one of a place is for the first spatial dimension, x comes first.
#include "ir/sample.h"
#include "op/move.h"

static tn_status grid_sample_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *grid = &c->in[1]->type;
    tn_dim dim[TN_MAX_RANK];
    tni_sampler sampler;
    const char *wrong;
    if (!tni_sampler_init(&sampler, c->attrs, 0, NULL, &wrong))
        return tn_infer_fail(c, "%s '%s' is none of %s", wrong, tn_attr_string(c->attrs, wrong),
                             !strcmp(wrong, "mode") ? "nearest, linear, cubic" : "zeros, border, reflection");
    if (x->dtype == TN_STRING || TN_COMPLEX >> x->dtype & 1)
        return tn_infer_fail(c, "elements of type %s cannot be sampled", tn_dtype_text(x->dtype));
    TN_TRY(tni_want_rank(c, 0, "the input", 3, TNI_SAMPLE_SPACE + 2));
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
    tni_sampler s;
    int64_t places; // per image
} sampler;

static void sample_row(void *arg, int64_t row, int worker) {
    const sampler *s = arg;
    (void)worker;
    tni_samples list;
    double place[TNI_SAMPLE_SPACE];
    int64_t channels = s->x->dim[1], size = tn_count_range(s->x, 2, s->x->rank);
    int64_t length = s->out->dim[s->out->rank - 1], rows = s->places / length, b = row / rows;
    for (int64_t p = row % rows * length, last = p + length; p < last; p++) {
        tni_load(place, s->grid, (b * s->places + p) * s->s.space, 1, s->s.space);
        tni_sample(&s->s, place, &list);
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
    sampler s = {.x = x, .grid = c->in[1], .out = c->out[0]};
    const char *wrong;
    if (!tni_sampler_init(&s.s, c->attrs, x->rank - 2, x->dim + 2, &wrong)) return TN_INVALID;
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
