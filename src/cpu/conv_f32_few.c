// SPDX-License-Identifier: Apache-2.0
// conv_f32_few.c - convolution with few output channels, which would leave most of a block of channels or
// of a panel of a matrix product empty: vectors run along the width instead. A task loads the padded planes
// of all input channels for a band of output rows, then computes TILE channels of SLOTS vectors at a time.
//
//     workspace of a worker: | off[kh * kw] | plane of each input channel of a group |
#include "cpu/isa.h"

#include "cpu/kern/conv.inl"

enum {
    TILE = VL == 16 ? 4 : 2, // TILE * SLOTS sums stay in registers
    MOST_CHANNELS = 16,
    BAND_FLOATS = 64 << 10, // of the planes, as long as a band has LEAST_ROWS
    LEAST_ROWS = 4,
    TASKS = 16,
};

typedef struct conv_few {
    conv v;
    int64_t c, m;        // input and output channels of a group
    int64_t rows, bands; // of output
} conv_few;

static const char *conv_few_reject(const tn_problem *p) {
    const char *why = conv_reject(p);
    if (why) return why;
    const tn_tensor *w = p->in[1], *b = conv_bias(p->nin, p->in);
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (!w->data || (b && !b->data)) return "weights and bias are not constant";
    if (w->dim[0] > MOST_CHANNELS * tn_attr_int(p->attrs, "group")) return "more than 16 output channels";
    if (tn_count_range(w, 2, w->rank) == 1)
        return "a window of one element: a matrix product of the whole image";
    return NULL;
}

static plane conv_few_band(const conv_few *f, int64_t row, int64_t rows) {
    plane p = conv_plane(&f->v);
    p.oh = rows;
    p.top -= row * p.sh;
    return p;
}

// Bands by shape alone, so that the number of threads changes nothing.
static void conv_few_setup(const tn_problem *p, void *params) {
    conv_few *f = params;
    *f = (conv_few){0};
    conv_setup_shape(p, &f->v);
    const conv *v = &f->v;
    if (v->n * v->oc * v->oh * v->ow == 0) return;
    f->c = v->c / v->group;
    f->m = v->oc / v->group;
    int64_t line = max64(1, f->c * (v->ow * v->sw + v->kw * v->dw) * v->sh);
    int64_t fit = max64(LEAST_ROWS, BAND_FLOATS / line - v->kh * v->dh);
    int64_t share = ceil_div(v->oh, ceil_div(TASKS, v->n * v->group));
    f->rows = min64(v->oh, max64(min64(fit, share), LEAST_ROWS));
    f->bands = ceil_div(v->oh, f->rows);
}

// Packed: bias [oc], then for each group and tile of its channels [c][kh * kw][channels of the tile].
static size_t conv_few_pack_bytes(const tn_problem *p) {
    return (size_t)(p->in[1]->dim[0] + tn_count(p->in[1])) * 4;
}

static void conv_few_pack(const tn_problem *p, void *to) {
    const tn_tensor *w = p->in[1], *b = conv_bias(p->nin, p->in);
    int64_t oc = w->dim[0], group = tn_attr_int(p->attrs, "group"), k = tn_count_range(w, 1, w->rank);
    float *at = to;
    const float *from = w->data;
    for (int64_t i = 0; i < oc; i++) *at++ = b ? ((const float *)b->data)[i] : 0;
    for (int64_t g = 0; g < group; g++)
        for (int64_t m = oc / group, tile = 0; m > 0; m -= tile) {
            tile = min64(m, TILE);
            for (int64_t i = 0; i < k; i++)
                for (int64_t j = 0; j < tile; j++) *at++ = from[j * k + i];
            from += tile * k;
        }
}

static int64_t conv_few_offsets(const conv_few *f) { return ceil_div(f->v.kh * f->v.kw, 16) * 16; }

static int64_t conv_few_room(const conv_few *f) {
    plane p = conv_few_band(f, 0, f->rows);
    return conv_few_offsets(f) + f->c * plane_floats(&p);
}

static size_t conv_few_workspace(const tn_problem *p, int threads) {
    conv_few f;
    conv_few_setup(p, &f);
    return f.bands ? (size_t)(conv_few_room(&f) * threads) * 4 : 0;
}

typedef struct few_run {
    const conv_few *f;
    const float *x, *bias, *weights, *z;
    float *y, *workspace;
} few_run;

// A band of one group: what a tile needs to know.
typedef struct few_band {
    plane p;
    const float *planes;
    const int32_t *off;
    int64_t plane_step, c, taps;
    float lo, hi;
} few_band;

// `channels` (a constant) output channels of one set of slots, added up in the order of the matrix product.
INLINE void few_tile(const few_band *b, const slots *s, int channels, const float *w, const float *bias,
                     const float *z, float *y, int64_t pixels) {
    vf acc[TILE][SLOTS];
    const float *in[SLOTS];
    for (int j = 0; j < SLOTS; j++) in[j] = b->planes + s->in[j];
    for (int i = 0; i < channels; i++)
        for (int j = 0; j < SLOTS; j++) acc[i][j] = (vf){0};
    for (int64_t c = 0; c < b->c; c++)
        for (int64_t k = 0; k < b->taps; k++, w += channels) {
            int64_t at = c * b->plane_step + b->off[k];
            vf x[SLOTS];
            for (int j = 0; j < SLOTS; j++) x[j] = v_load(in[j] + at);
            for (int i = 0; i < channels; i++)
                for (int j = 0; j < SLOTS; j++) acc[i][j] = v_fma(v_set(w[i]), x[j], acc[i][j]);
        }
    for (int i = 0; i < channels; i++, y += pixels, z = z ? z + pixels : NULL) {
        vf out[SLOTS]; // indexed by a variable: acc itself stays in registers
        for (int j = 0; j < SLOTS; j++) out[j] = acc[i][j] + bias[i];
        for (int j = 0; j < s->count; j++) {
            if (z) out[j] += v_load_n(z + s->out[j], s->lanes[j]);
            v_store_n(y + s->out[j], v_clamp(out[j], v_set(b->lo), v_set(b->hi)), s->lanes[j]);
        }
    }
}

static void few_channels(const few_band *b, int64_t channels, const float *w, const float *bias,
                         const float *z, float *y, int64_t pixels) {
    slots s = {0};
    while (plane_slots(&b->p, &s)) {
        switch (channels) {
        case 1: few_tile(b, &s, 1, w, bias, z, y, pixels); break;
        case 2: few_tile(b, &s, 2, w, bias, z, y, pixels); break;
#if VL == 16
        case 3: few_tile(b, &s, 3, w, bias, z, y, pixels); break;
        case 4: few_tile(b, &s, 4, w, bias, z, y, pixels); break;
#endif
        }
    }
}

static void conv_few_task(void *arg, int64_t i, int worker) {
    const few_run *r = arg;
    const conv_few *f = r->f;
    const conv *v = &f->v;
    int64_t row = i % f->bands * f->rows, outer = i / f->bands, group = outer % v->group;
    int64_t rows = min64(f->rows, v->oh - row), pixels = v->oh * v->ow, taps = v->kh * v->kw;
    float *space = r->workspace + worker * conv_few_room(f), *planes = space + conv_few_offsets(f);
    int32_t *off = (int32_t *)(void *)space;
    bool clamps = v->act.kind == ACT_CLAMP;
    few_band b = {.p = conv_few_band(f, row, rows),
                  .planes = planes,
                  .off = off,
                  .c = f->c,
                  .taps = taps,
                  .lo = clamps ? v->act.alpha : -INFINITY,
                  .hi = clamps ? v->act.beta : INFINITY};
    b.plane_step = plane_floats(&b.p);
    for (int64_t k = 0; k < taps; k++) off[k] = (int32_t)plane_offset(&b.p, k / v->kw, k % v->kw);
    for (int64_t c = 0; c < f->c; c++)
        plane_load(&b.p, TN_F32, r->x, (outer * f->c + c) * v->h * v->w, 0, planes + c * b.plane_step);
    for (int64_t m = 0; m < f->m; m += TILE) {
        int64_t channel = group * f->m + m, n = min64(TILE, f->m - m);
        int64_t at = (outer * f->m + m) * pixels + row * v->ow;
        few_channels(&b, n, r->weights + channel * f->c * taps, r->bias + channel, r->z ? r->z + at : NULL,
                     r->y + at, pixels);
        for (int64_t j = 0; j < n && !clamps && v->act.kind != ACT_NONE; j++)
            act_row(v->act, r->y + at + j * pixels, r->y + at + j * pixels, rows * v->ow);
    }
}

static tn_status conv_few_call(tn_call *c) {
    const conv_few *f = c->params;
    const tn_tensor *z = conv_residual(c->nin, c->in);
    const float *packed = c->packed;
    few_run r = {.f = f,
                 .x = c->in[0]->data,
                 .bias = packed,
                 .weights = packed + f->v.oc,
                 .z = z ? z->data : NULL,
                 .y = c->out[0]->data,
                 .workspace = c->workspace};
    tn_call_parallel(c, f->v.n * f->v.group * f->bands, conv_few_task, &r);
    return TN_OK;
}

#define CONV_FEW(name_, op_, domain_)                                                                       \
    {                                                                                                       \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK + 30,            \
                 .doc = "few output channels: padded planes of all inputs, vectors along the width",        \
                 .reject = conv_few_reject, .params_bytes = sizeof(conv_few), .setup = conv_few_setup,      \
                 .pack_bytes = conv_few_pack_bytes, .pack = conv_few_pack, .workspace = conv_few_workspace, \
                 .run = conv_few_call, .inplace = (domain_) != NULL ? 1u << 3 : 0,                          \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_few) = CONV_FEW(AT("conv.f32.few:Conv"), "Conv", NULL);
TN_KERNEL(conv_f32_few_fused) = CONV_FEW(AT("conv.f32.few:tn.Conv"), "Conv", "tn");
