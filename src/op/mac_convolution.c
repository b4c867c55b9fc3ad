// SPDX-License-Identifier: Apache-2.0
// mac_convolution.c - N-dimensional grouped convolution. One unit of work is one row (the last spatial
// dimension) of one output channel; for it the kernel rows that meet the input are listed once, then
//
//     for channel, for kernel row that meets the input, for tap in it:
//         sum[ox] += w * x[ox * stride + shift]      over the ox whose input lies inside
#include "op/mac.h"

typedef struct tap_row { // one row of the kernel and the input row it reads, as element offsets
    int64_t kernel, input;
} tap_row;

typedef struct job {
    const tni_convolution *v;
    int64_t rows, width;           // of an output channel
    int64_t in_plane, kernel_size; // elements of one input channel, of one filter channel
    int64_t kernel_rows;
    unsigned char *scratch; // per worker: sums, then tap rows
    size_t per_worker;
} job;

// The window's last dimension (`last`) is the row; the others say which rows meet.
static int64_t list_taps(const job *j, int64_t row, tap_row *taps) {
    const tni_window *w = &j->v->window;
    int last = w->rank - 1;
    int64_t at[TNI_SPATIAL], count = 0;
    for (int d = last - 1; d >= 0; d--) {
        at[d] = row % w->out[d] * w->stride[d] - w->pad[d];
        row /= w->out[d];
    }
    for (int64_t r = 0; r < j->kernel_rows; r++) {
        int64_t rest = r, offset = 0, scale = w->in[last];
        bool inside = true;
        for (int d = last - 1; d >= 0 && inside; d--) {
            int64_t y = at[d] + rest % w->kernel[d] * w->dilation[d];
            rest /= w->kernel[d];
            inside = y >= 0 && y < w->in[d];
            offset += y * scale;
            scale *= w->in[d];
        }
        if (inside) taps[count++] = (tap_row){r * w->kernel[last], offset};
    }
    return count;
}

// Output positions [*from, *to) of a row whose input position ox * stride + shift lies in [0, width).
static void clip(int64_t shift, int64_t stride, int64_t width, int64_t out, int64_t *from, int64_t *to) {
    *from = tni_ceil_div(-shift, stride);
    if (*from < 0) *from = 0;
    *to = tni_ceil_div(width - shift, stride);
    if (*to > out) *to = out;
}

#define CONV_ROW(name, type, cast, sum_type)                                                            \
    static void name(const job *j, const type *x, const type *w, const tap_row *taps, int64_t ntaps,    \
                     sum_type *sum) {                                                                   \
        const tni_window *v = &j->v->window;                                                            \
        int last = v->rank - 1;                                                                         \
        int64_t stride = v->stride[last];                                                               \
        for (int64_t o = 0; o < j->width; o++) sum[o] = 0;                                              \
        for (int64_t k = 0; k < v->kernel[last]; k++) {                                                 \
            int64_t from, to, shift = k * v->dilation[last] - v->pad[last];                             \
            clip(shift, stride, v->in[last], j->width, &from, &to);                                     \
            if (from >= to) continue;                                                                   \
            for (int64_t c = 0; c < j->v->channels; c++)                                                \
                for (int64_t t = 0; t < ntaps; t++) {                                                   \
                    const type *p = x + c * j->in_plane + taps[t].input;                                \
                    sum_type f = (sum_type)(cast)w[c * j->kernel_size + taps[t].kernel + k];            \
                    if (stride == 1)                                                                    \
                        for (int64_t o = from; o < to; o++) sum[o] += f * (sum_type)(cast)p[o + shift]; \
                    else                                                                                \
                        for (int64_t o = from; o < to; o++)                                             \
                            sum[o] += f * (sum_type)(cast)p[o * stride + shift];                        \
                }                                                                                       \
        }                                                                                               \
    }
CONV_ROW(row_f32, float, float, double)
CONV_ROW(row_f64, double, double, double)
CONV_ROW(row_i32, int32_t, uint32_t, uint32_t)

static void conv_unit(void *user, int64_t unit, int worker) {
    const job *j = user;
    const tni_convolution *v = j->v;
    unsigned char *mine = j->scratch + (size_t)worker * j->per_worker;
    tap_row *taps = (tap_row *)(void *)(mine + (size_t)j->width * sizeof(double));
    int64_t row = unit % j->rows, channel = unit / j->rows % (v->group * v->filters);
    int64_t image = unit / j->rows / (v->group * v->filters), g = channel / v->filters;
    int64_t x_at = (image * v->group + g) * v->channels * j->in_plane;
    int64_t w_at = channel * v->channels * j->kernel_size;
    int64_t ntaps = list_taps(j, row, taps);
    void *sum = mine;
    if (v->type == TN_F64)
        row_f64(j, (const double *)v->x + x_at, (const double *)v->w + w_at, taps, ntaps, sum);
    else if (v->type == TN_I32)
        row_i32(j, (const int32_t *)v->x + x_at, (const int32_t *)v->w + w_at, taps, ntaps, sum);
    else
        row_f32(j, (const float *)v->x + x_at, (const float *)v->w + w_at, taps, ntaps, sum);
    tni_run run = {image, channel, row * j->width, unit * j->width, j->width};
    v->store(v->user, &run, sum);
}

static int64_t product_of(const int64_t *v, int n) {
    int64_t p = 1;
    for (int i = 0; i < n; i++) p *= v[i];
    return p;
}

// A convolution that looks at one position at a time: the whole plane is one dimension, cut into rows of
// an even length, so that small images get long rows.
static void flatten_pointwise(tni_convolution *v) {
    tni_window *w = &v->window;
    for (int d = 0; d < w->rank; d++)
        if (w->kernel[d] != 1 || w->stride[d] != 1 || w->pad[d] != 0 || w->in[d] != w->out[d]) return;
    int64_t plane = product_of(w->in, w->rank), width = plane;
    while (width > 4096 && width % 2 == 0) width /= 2;
    if (width > 4096) return;
    w->rank = 2;
    w->in[0] = w->out[0] = width ? plane / width : 0;
    w->in[1] = w->out[1] = width;
    for (int d = 0; d < 2; d++) w->kernel[d] = w->stride[d] = w->dilation[d] = 1, w->pad[d] = 0;
}

tn_status tni_convolution_run(tn_call *c, const tni_convolution *given) {
    tni_convolution v = *given;
    flatten_pointwise(&v);
    const tni_window *w = &v.window;
    job j = {.v = &v, .width = w->out[w->rank - 1]};
    j.rows = product_of(w->out, w->rank - 1);
    j.in_plane = product_of(w->in, w->rank);
    j.kernel_size = product_of(w->kernel, w->rank);
    j.kernel_rows = product_of(w->kernel, w->rank - 1);
    if (j.width == 0 || j.rows == 0) return TN_OK;
    size_t sums, taps;
    if (!ck_mul((size_t)j.width, sizeof(double), &sums) ||
        !ck_mul((size_t)j.kernel_rows, sizeof(tap_row), &taps) || !ck_add(sums, taps, &j.per_worker))
        return TN_NOMEM;
    j.scratch = tni_scratch(c, tn_call_threads(c), j.per_worker);
    if (!j.scratch) return TN_NOMEM;
    tn_call_parallel(c, v.batch * v.group * v.filters * j.rows, conv_unit, &j);
    return TN_OK;
}
