// SPDX-License-Identifier: Apache-2.0
// conv_i8_depthwise.c - QLinearConv and ConvInteger whose groups have one input channel: the channel's
// plane as 16-bit numbers less the zero point, padding written out, then tap by tap into a row of 32-bit
// sums.
#include "cpu/isa.h"

#include "cpu/kern/conv_i8.inl"
#include "cpu/kern/gemm_i8.inl"

typedef struct depthwise_i8 {
    conv v;
    int64_t rows, width;  // of a plane with its padding
    int64_t group, plane; // output channels of a task; 32-bit words of a plane
} depthwise_i8;

static void depthwise_i8_setup(const tn_problem *p, void *params) {
    depthwise_i8 *s = params;
    *s = (depthwise_i8){0};
    conv_i8_shape(p, &s->v);
    const conv *v = &s->v;
    s->rows = max64(0, (v->oh - 1) * v->sh + (v->kh - 1) * v->dh + 1);
    s->width = max64(0, (v->ow - 1) * v->sw + (v->kw - 1) * v->dw + 1);
    s->plane = ceil_div(s->rows * s->width, 32) * 16;
    s->group = max64(1, 8192 / max64(1, v->oh * v->ow));
}

static const char *depthwise_i8_reject(const tn_problem *p) {
    const char *why = conv_i8_reject(p);
    if (why) return why;
    if (tn_attr_int(p->attrs, "group") != p->in[0]->dim[1]) return "groups of several channels";
    conv v;
    conv_i8_shape(p, &v);
    plane one = conv_plane(&v);
    return plane_fits(&one) ? NULL : "a plane with its padding is too large";
}

static int64_t depthwise_i8_worker(const depthwise_i8 *s) {
    return s->plane + ceil_div(s->v.ow + VL, 16) * 16;
}

static size_t depthwise_i8_workspace(const tn_problem *p, int threads) {
    depthwise_i8 s;
    depthwise_i8_setup(p, &s);
    return (size_t)(depthwise_i8_worker(&s) * threads) * 4;
}

typedef struct depthwise_i8_run {
    const depthwise_i8 *s;
    conv_i8_inputs in;
    result_i8 result;
    uint32_t *workspace;
} depthwise_i8_run;

static void depthwise_i8_load(const depthwise_i8_run *r, int64_t channel, int16_t *to) {
    const depthwise_i8 *s = r->s;
    const conv *v = &s->v;
    inside columns = inside_of(-v->left, 1, v->w, s->width);
    int32_t zero = zero_at(r->in.x_zero, 0);
    memset(to, 0, (size_t)(s->rows * s->width) * sizeof *to);
    for (int64_t y = 0; y < s->rows; y++) {
        int64_t iy = y - v->top;
        if (iy < 0 || iy >= v->h) continue;
        row_i16(r->in.x->dtype, r->in.x->data, (channel * v->h + iy) * v->w + columns.lo - v->left, 1, zero,
                to + y * s->width + columns.lo, columns.hi - columns.lo);
    }
}

static void depthwise_i8_tap(const int16_t *x, int64_t step, int32_t w, uint32_t *sum, int64_t n) {
    if (step == 1)
        for (int64_t i = 0; i < n; i++) sum[i] += (uint32_t)(w * x[i]);
    else if (step == 2)
        for (int64_t i = 0; i < n; i++) sum[i] += (uint32_t)(w * x[2 * i]);
    else
        for (int64_t i = 0; i < n; i++) sum[i] += (uint32_t)(w * x[i * step]);
}

static void depthwise_i8_channel(const depthwise_i8_run *r, int64_t image, int64_t channel,
                                 const int16_t *padded, uint32_t *sum) {
    const depthwise_i8 *s = r->s;
    const conv *v = &s->v;
    int32_t zero = zero_at(r->in.w_zero, channel);
    conv_i8_channel end = conv_i8_channel_of(&r->in, channel);
    for (int64_t oy = 0; oy < v->oh; oy++) {
        memset(sum, 0, (size_t)v->ow * sizeof *sum);
        for (int64_t k = 0; k < v->kh * v->kw; k++) {
            int32_t w = int8_at(r->in.w->dtype, r->in.w->data, channel * v->kh * v->kw + k) - zero;
            int64_t row = oy * v->sh + k / v->kw * v->dh;
            depthwise_i8_tap(padded + row * s->width + k % v->kw * v->dw, v->sw, w, sum, v->ow);
        }
        conv_i8_store(&end, &r->result, sum, ((image * v->oc + channel) * v->oh + oy) * v->ow, v->ow);
    }
}

static void depthwise_i8_task(void *arg, int64_t i, int worker) {
    const depthwise_i8_run *r = arg;
    const depthwise_i8 *s = r->s;
    const conv *v = &s->v;
    uint32_t *space = r->workspace + worker * depthwise_i8_worker(s);
    int16_t *padded = (int16_t *)(void *)space;
    int64_t loaded = -1, multiple = v->oc / v->group;
    for (int64_t k = i * s->group; k < min64((i + 1) * s->group, v->n * v->oc); k++) {
        int64_t image = k / v->oc, channel = k % v->oc, from = image * v->c + channel / multiple;
        if (from != loaded) depthwise_i8_load(r, from, padded);
        loaded = from;
        depthwise_i8_channel(r, image, channel, padded, space + s->plane);
    }
}

static tn_status depthwise_i8_call(tn_call *c) {
    const depthwise_i8 *s = c->params;
    depthwise_i8_run r = {.s = s, .workspace = c->workspace};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.in = conv_i8_in(&c->attrs, c->nin, c->in);
    r.result = result_of(c->out[0], r.in.y_scale, r.in.y_zero);
    tn_call_parallel(c, ceil_div(s->v.n * s->v.oc, s->group), depthwise_i8_task, &r);
    return TN_OK;
}

#define CONV_I8_DEPTHWISE(name_, op_)                                                                        \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK + 40,                                \
                 .doc = "each channel's plane with its padding written out, tap by tap",                     \
                 .reject = depthwise_i8_reject, .params_bytes = sizeof(depthwise_i8),                        \
                 .setup = depthwise_i8_setup, .workspace = depthwise_i8_workspace, .run = depthwise_i8_call, \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_i8_depthwise_qlinear) = CONV_I8_DEPTHWISE(AT("conv.i8.depthwise:QLinearConv"), "QLinearConv");
TN_KERNEL(conv_i8_depthwise_integer) = CONV_I8_DEPTHWISE(AT("conv.i8.depthwise:ConvInteger"), "ConvInteger");
