// SPDX-License-Identifier: Apache-2.0
// conv_f32_pixels.c - convolution with few output pixels, of all images together: the end of a network, a
// frame of sound. What it costs is reading the weights, so they are B of the product, read once from front to
// back; rows are pixels, columns are output channels:
//
//     weights [group][tile][k][NR]      workspace: | off[k] | patches [panel][k][h <= MR pixels] |
//                                                  | each worker's sums [pixel][NR] |
#include "cpu/isa.h"

#include "cpu/kern/conv.inl"
#include "cpu/kern/gemm.inl"

enum { PIXELS_MOST = 2 * MR, PIXELS_CHANNELS = 16 };

typedef struct conv_pixels {
    conv v;
    int64_t m, k, pixels, tile_count; // of a group; pixels of all images
} conv_pixels;

static const char *conv_pixels_reject(const tn_problem *p) {
    const char *why = conv_reject(p);
    if (!why && tn_count(p->in[1]) > INT32_MAX / 4) why = "offsets of weights do not fit in 32 bits";
    if (why) return why;
    const tn_tensor *w = p->in[1], *b = conv_bias(p->nin, p->in), *y = p->out[0];
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (!w->data || (b && !b->data)) return "weights and bias are not constant";
    if (tn_count(y) == 0) return "nothing to do";
    if (y->dim[0] * tn_count_range(y, 2, y->rank) > PIXELS_MOST) return "too many output pixels";
    if (w->dim[0] < PIXELS_CHANNELS * tn_attr_int(p->attrs, "group")) return "less than 16 output channels";
    return NULL;
}

static void conv_pixels_setup(const tn_problem *p, void *params) {
    conv_pixels *s = params;
    *s = (conv_pixels){0};
    conv_setup_shape(p, &s->v);
    s->m = s->v.oc / s->v.group;
    s->k = s->v.c / s->v.group * s->v.kh * s->v.kw;
    s->pixels = s->v.n * s->v.oh * s->v.ow;
    s->tile_count = ceil_div(s->m, NR);
}

// Packed: bias [group][tiles * NR], then the weights.
static size_t conv_pixels_pack_bytes(const tn_problem *p) {
    conv_pixels s;
    conv_pixels_setup(p, &s);
    return (size_t)(s.v.group * s.tile_count * NR * (s.k + 1)) * 4;
}

static void conv_pixels_pack(const tn_problem *p, void *to) {
    const tn_tensor *b = conv_bias(p->nin, p->in);
    conv_pixels s;
    conv_pixels_setup(p, &s);
    int64_t wide = s.tile_count * NR;
    float *bias = to, *at = bias + s.v.group * wide;
    const float *w = p->in[1]->data;
    memset(bias, 0, (size_t)(s.v.group * wide) * 4);
    for (int64_t g = 0; g < s.v.group; g++) {
        if (b) memcpy(bias + g * wide, (const float *)b->data + g * s.m, (size_t)s.m * 4);
        for (int64_t n0 = 0; n0 < s.m; n0 += NR, at += s.k * NR)
            pack_b_tile(TN_F32, w + g * s.m * s.k, 1, s.k, s.m, n0, 0, s.k, at);
    }
}

typedef struct pixels_room { // floats
    int64_t off, patches, worker;
} pixels_room;

static pixels_room conv_pixels_sizes(const conv_pixels *s) {
    return (pixels_room){ceil_div(s->k, 16) * 16, ceil_div(s->v.group * s->k * s->pixels, 16) * 16,
                         PIXELS_MOST * NR};
}

static size_t conv_pixels_workspace(const tn_problem *p, int threads) {
    conv_pixels s;
    conv_pixels_setup(p, &s);
    pixels_room r = conv_pixels_sizes(&s);
    return (size_t)(r.off + r.patches + r.worker * threads) * 4;
}

typedef struct pixels_run {
    const conv_pixels *s;
    const float *x, *z, *bias, *weights;
    float *y, *patches, *workers;
    const int32_t *off;
} pixels_run;

// The patch of one pixel, `step` floats from one k to the next.
static void conv_pixels_patch(const pixels_run *r, int64_t group, int64_t pixel, int64_t step, float *to) {
    const conv *v = &r->s->v;
    int64_t ox = pixel % v->ow, oy = pixel / v->ow % v->oh, image = pixel / (v->ow * v->oh);
    int64_t channels = v->c / v->group, x0 = ox * v->sw - v->left, y0 = oy * v->sh - v->top;
    const float *x = r->x + (image * v->c + group * channels) * v->h * v->w;
    for (int64_t c = 0; c < channels; c++, x += v->h * v->w)
        for (int64_t ky = 0; ky < v->kh; ky++) {
            int64_t iy = y0 + ky * v->dh;
            for (int64_t kx = 0; kx < v->kw; kx++, to += step) {
                int64_t ix = x0 + kx * v->dw;
                *to = iy >= 0 && iy < v->h && ix >= 0 && ix < v->w ? x[iy * v->w + ix] : 0;
            }
        }
}

static void conv_pixels_panel_task(void *arg, int64_t i, int worker) {
    const pixels_run *r = arg;
    const conv_pixels *s = r->s;
    int64_t panels = panel_count(s->pixels), group = i / panels, first = panel_row(s->pixels, i % panels);
    int64_t h = panel_row(s->pixels, i % panels + 1) - first;
    float *to = r->patches + (group * s->pixels + first) * s->k;
    (void)worker;
    for (int64_t j = 0; j < h; j++) conv_pixels_patch(r, group, first + j, h, to + j);
}

// Sums [pixel][NR] of `channels` channels to the images.
static void conv_pixels_store(const pixels_run *r, float *sums, int64_t channel, int64_t channels) {
    const conv *v = &r->s->v;
    int64_t area = v->oh * v->ow;
    float line[PIXELS_MOST];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t image = 0; image < v->n; image++) {
            int64_t at = (image * v->oc + channel + c) * area;
            for (int64_t i = 0; i < area; i++)
                line[i] = sums[(image * area + i) * NR + c] + (r->z ? r->z[at + i] : 0);
            if (r->z) act_row(v->act, line, line, area);
            memcpy(r->y + at, line, (size_t)area * 4);
        }
}

static void conv_pixels_task(void *arg, int64_t i, int worker) {
    const pixels_run *r = arg;
    const conv_pixels *s = r->s;
    int64_t group = i / s->tile_count, n0 = i % s->tile_count * NR, channels = min64(NR, s->m - n0);
    float *sums = r->workers + worker * conv_pixels_sizes(s).worker;
    epilogue e = {.alpha = 1, .column_bias = r->bias + i * NR};
    strip part = {.m = s->pixels,
                  .p1 = panel_count(s->pixels),
                  .columns = channels,
                  .a = r->patches + group * s->pixels * s->k,
                  .b = r->weights + i * s->k * NR,
                  .off = r->off,
                  .k = s->k,
                  .first = true,
                  .last = true,
                  .c = sums,
                  .ldc = NR};
    if (!r->z) e.act = s->v.act;
    run_strip(&part, &e);
    conv_pixels_store(r, sums, group * s->m + n0, channels);
}

static tn_status conv_pixels_call(tn_call *c) {
    const conv_pixels *s = c->params;
    pixels_room room = conv_pixels_sizes(s);
    const tn_tensor *z = conv_residual(c->nin, c->in);
    const float *packed = c->packed;
    float *space = c->workspace;
    int32_t *off = c->workspace;
    pixels_run r = {.s = s,
                    .x = c->in[0]->data,
                    .z = z ? z->data : NULL,
                    .bias = packed,
                    .weights = packed + s->v.group * s->tile_count * NR,
                    .y = c->out[0]->data,
                    .patches = space + room.off,
                    .workers = space + room.off + room.patches,
                    .off = off};
    for (int64_t k = 0; k < s->k; k++) off[k] = (int32_t)(k * NR);
    tn_call_parallel(c, s->v.group * panel_count(s->pixels), conv_pixels_panel_task, &r);
    tn_call_parallel(c, s->v.group * s->tile_count, conv_pixels_task, &r);
    return TN_OK;
}

#define CONV_PIXELS(name_, op_, domain_)                                                                     \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK + 35,             \
                 .doc = "few output pixels: the weights are read once, as columns of a product",             \
                 .reject = conv_pixels_reject, .params_bytes = sizeof(conv_pixels),                          \
                 .setup = conv_pixels_setup, .pack_bytes = conv_pixels_pack_bytes, .pack = conv_pixels_pack, \
                 .workspace = conv_pixels_workspace, .run = conv_pixels_call,                                \
                 .inplace = (domain_) != NULL ? 1u << 3 : 0,                                                 \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_pixels) = CONV_PIXELS(AT("conv.f32.pixels:Conv"), "Conv", NULL);
TN_KERNEL(conv_f32_pixels_fused) = CONV_PIXELS(AT("conv.f32.pixels:tn.Conv"), "Conv", "tn");
