// SPDX-License-Identifier: Apache-2.0
// deform_conv.c - DeformConv (Dai et al., "Deformable Convolutional Networks"; with a mask: v2). Every tap of
// every window is moved by its own offset and read by multilinear interpolation, zero outside the input. One
// unit of work is one row of output positions of one image: its taps are sampled once, then multiplied by
// every filter.
#include "op/conv.h"

typedef struct job {
    const tn_tensor *y;
    const double *x, *w, *offset, *bias, *mask;     // whole tensors; bias and mask may be NULL
    int64_t group, offset_group, channels, filters; // channels and filters of all groups
    int64_t taps, in_plane, out_plane;
    tni_window window;
    double *columns; // per worker: [channels, taps] samples of one output position
} job;

// x (one channel) at a fractional position.
static double sample(const tni_window *w, const double *x, const double *at) {
    double sum = 0;
    for (int corner = 0; corner < 1 << w->rank; corner++) {
        double weight = 1;
        int64_t index = 0;
        bool inside = true;
        for (int d = 0; d < w->rank && inside; d++) {
            double low = floor(at[d]), part = at[d] - low;
            bool high = corner >> d & 1;
            double p = low + (high ? 1 : 0);
            inside = p >= 0 && p < (double)w->in[d];
            weight *= high ? part : 1 - part;
            if (inside) index = index * w->in[d] + (int64_t)p;
        }
        if (inside && weight != 0) sum += weight * x[index];
    }
    return sum;
}

// Where tap `tap` of the window at output position `pos` (flat) looks, offsets of group `og` included.
static void position(const job *j, int64_t image, int64_t og, int64_t tap, int64_t pos, double *at) {
    const tni_window *w = &j->window;
    int64_t rest_pos = pos, rest_tap = tap;
    for (int d = w->rank - 1; d >= 0; d--) {
        int64_t o = rest_pos % w->out[d], k = rest_tap % w->kernel[d];
        rest_pos /= w->out[d];
        rest_tap /= w->kernel[d];
        int64_t plane = ((image * j->offset_group + og) * j->taps + tap) * w->rank + d;
        at[d] = (double)(o * w->stride[d] - w->pad[d] + k * w->dilation[d]) +
                j->offset[plane * j->out_plane + pos];
    }
}

static void sample_columns(const job *j, int64_t image, int64_t pos, double *column) {
    int64_t per_group = j->channels / j->offset_group;
    for (int64_t og = 0; og < j->offset_group; og++)
        for (int64_t t = 0; t < j->taps; t++) {
            double at[TNI_SPATIAL], factor = 1;
            position(j, image, og, t, pos, at);
            if (j->mask)
                factor = j->mask[((image * j->offset_group + og) * j->taps + t) * j->out_plane + pos];
            for (int64_t c = og * per_group; c < (og + 1) * per_group; c++)
                column[c * j->taps + t] =
                    factor * sample(&j->window, j->x + (image * j->channels + c) * j->in_plane, at);
        }
}

static void deform_unit(void *user, int64_t unit, int worker) {
    const job *j = user;
    int64_t image = unit / j->out_plane, pos = unit % j->out_plane;
    int64_t length = j->channels / j->group * j->taps, per_group = j->filters / j->group;
    double *column = j->columns + (int64_t)worker * j->channels * j->taps;
    sample_columns(j, image, pos, column);
    for (int64_t m = 0; m < j->filters; m++) {
        const double *w = j->w + m * length, *x = column + m / per_group * length;
        double sum = j->bias ? j->bias[m] : 0;
        for (int64_t i = 0; i < length; i++) sum += w[i] * x[i];
        tni_store(j->y, (image * j->filters + m) * j->out_plane + pos, 1, 1, &sum);
    }
}

static tn_status deform_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *x = c->in[0], *w = c->in[1];
    job j = {.y = c->out[0],
             .x = tni_as_double(c, x),
             .w = tni_as_double(c, w),
             .offset = tni_as_double(c, c->in[2])};
    bool more = true;
    if (tni_arg(c, 3)) more = (j.bias = tni_as_double(c, c->in[3])) != NULL;
    if (tni_arg(c, 4)) more = more && (j.mask = tni_as_double(c, c->in[4])) != NULL;
    j.group = tn_attr_int(c->attrs, "group");
    j.offset_group = tn_attr_int(c->attrs, "offset_group");
    j.channels = x->dim[1];
    j.filters = w->dim[0];
    j.taps = tn_count_range(w, 2, w->rank);
    j.in_plane = tn_count_range(x, 2, x->rank);
    j.out_plane = tn_count_range(j.y, 2, j.y->rank);
    tni_window_bind(&j.window, c->attrs, x->rank - 2, x->dim + 2, w->dim + 2, j.y->dim + 2);
    size_t column;
    if (!ck_mul((size_t)j.channels * sizeof(double), (size_t)j.taps, &column)) return TN_NOMEM;
    j.columns = tni_scratch(c, tn_call_threads(c), column);
    if (!j.x || !j.w || !j.offset || !more || !j.columns) return TN_NOMEM;
    if (j.filters > 0) tn_call_parallel(c, x->dim[0] * j.out_plane, deform_unit, &j);
    return TN_OK;
}

// offset: [N, offset_group * taps * rank, out...], mask: [N, offset_group * taps, out...]
static tn_status check_offsets(tn_infer *c, int i, const char *what, tn_dim channels) {
    const tn_type *y = &c->out[0]->type;
    TN_TRY(tni_want_rank(c, i, what, y->rank, y->rank));
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_type *t = &c->in[i]->type;
    TN_TRY(tni_want_dim(c, t->dim[0], y->dim[0], what));
    TN_TRY(tni_want_dim(c, t->dim[1], channels, what));
    for (int d = 2; d < y->rank; d++) TN_TRY(tni_want_dim(c, t->dim[d], y->dim[d], what));
    return TN_OK;
}

static tn_status deform_infer(tn_infer *c) {
    TN_TRY(tni_conv_infer(c, 0, 1, c->in[0]->type.dtype));
    TN_TRY(tni_conv_check_bias(c, 1, 3));
    if (!tni_out_type(c, 0) || c->out[0]->type.rank < 0 || !tni_ranked(c, 1)) return TN_OK;
    const tn_type *x = &c->in[0]->type, *w = &c->in[1]->type;
    int64_t offset_group = tn_attr_int(c->attrs, "offset_group");
    if (!x->dim[1].e && x->dim[1].k % offset_group)
        return tn_infer_fail(c, "%lld channels do not divide into %lld offset groups", (long long)x->dim[1].k,
                             (long long)offset_group);
    tn_dim taps = tn_k(offset_group);
    for (int d = 2; d < w->rank; d++) taps = tn_dim_mul(c->dims, taps, w->dim[d]);
    TN_TRY(check_offsets(c, 2, "the offsets", tn_dim_mul(c->dims, taps, tn_k(x->rank - 2))));
    return check_offsets(c, 4, "the mask", taps);
}

TN_OP(deform_conv) = {
    TN_HERE,
    .name = "DeformConv",
    .since = 22,
    .first = 19,
    .doc = "Convolution whose taps are moved by an input and read by interpolation",
    .in =
        {{"X", "T"}, {"W", "T"}, {"offset", "T"}, {"B", "T", TN_OPTIONAL_IN}, {"mask", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "kernel_shape", .kind = TN_ATTR_INTS, .min = 1, .max = TNI_WINDOW_MAX},
              TNI_STEP_ATTRS,
              {.name = "group", .kind = TN_ATTR_INT, .i = 1, .min = 1, .max = TNI_WINDOW_MAX},
              {.name = "offset_group", .kind = TN_ATTR_INT, .i = 1, .min = 1, .max = TNI_WINDOW_MAX}},
    .infer = deform_infer,
    .ref = deform_ref,
};
