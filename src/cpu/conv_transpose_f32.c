// SPDX-License-Identifier: Apache-2.0
// conv_transpose_f32.c - ConvTranspose: a matrix product gives every input pixel's contribution to every
// window position, [oc * kh * kw, k] times [k, pixels], block of pixels by block; the rows are then added
// into the output. A stride along the width is taken apart into phases, so that the adding runs over
// neighbours:
//
//     output column + left = q * stride + phase        planes [output channel][phase][od * oh][width]
//
// Where all output channels are one panel, each pixel is read once: the image is B where it lies, but for its
// last tile. A task owns a block of output channels of one image and group: nothing is added by two threads.
#include "cpu/isa.h"

#include "cpu/kern/fused.inl"
#include "cpu/kern/gemm.inl"
#include "cpu/kern/plane.inl"

typedef struct spread {
    tn_dtype type;
    int64_t n, c, h, w, oc, oh, ow, kh, kw, sh, sw, dh, dw, top, left, group; // c, oc: of a group
    int64_t d, od, kd, sd, dd, front;                                         // depth
    int64_t block;                                                            // output channels of a task
    int64_t pixels, rows, width; // d * h * w; od * oh; of a phase
    bool packed;                 // weights packed at build time
    bool in_place;               // the image is
    act act;
} spread;

enum { SPREAD_TILES = 1024 / NR }; // in a block: of as many pixels whatever the vector, for equal bits

static const char *spread_reject(const tn_problem *p) {
    if (p->nin < 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "an input is missing";
    const tn_tensor *x = p->in[0];
    if (x->rank < 3 || x->rank > 5) return "only 1-D, 2-D and 3-D convolutions";
    if (x->dtype != TN_F32 && x->dtype != TN_F16 && x->dtype != TN_BF16) return "only f32, f16 and bf16";
    if (tn_count_range(x, 2, x->rank) == 0) return "planes without elements";
    act a;
    if (!fused_act(p, &a)) return "an activation it does not know";
    return NULL;
}

static int64_t spread_area(const spread *s) { return s->kd * s->kh * s->kw; }

static void spread_setup(const tn_problem *p, void *params) {
    spread *s = params;
    const tn_tensor *x = p->in[0];
    int64_t group = tn_attr_int(p->attrs, "group");
    *s = (spread){
        .type = x->dtype, .n = x->dim[0], .c = x->dim[1] / group, .oc = p->in[1]->dim[1], .group = group};
    const tn_tensor *w = p->in[1];
    int width = x->rank - 3; // its number behind the channels
    window_axis(p, width - 2, w, window_pad_turned, &s->d, &s->od, &s->kd, &s->sd, &s->dd, &s->front);
    window_axis(p, width - 1, w, window_pad_turned, &s->h, &s->oh, &s->kh, &s->sh, &s->dh, &s->top);
    window_axis(p, width, w, window_pad_turned, &s->w, &s->ow, &s->kw, &s->sw, &s->dw, &s->left);
    s->block = max64(1, min64(s->oc, 2 * MR / max64(1, spread_area(s))));
    s->pixels = s->d * s->h * s->w;
    s->rows = s->od * s->oh;
    s->width = s->w + (s->kw - 1) * s->dw / s->sw;
    s->packed = p->in[1]->data != NULL;
    s->in_place = s->type == TN_F32 && s->oc * spread_area(s) <= MR && s->pixels <= INT32_MAX / KC;
    fused_act(p, &s->act);
}

static int64_t spread_blocks(const spread *s) { return ceil_div(s->oc, s->block); }

// All weights: [group][block of output channels] of packed panels of [block * kh * kw, c].
static void spread_pack_from(const spread *s, const void *w, float *to) {
    int64_t area = spread_area(s);
    for (int64_t g = 0; g < s->group; g++)
        for (int64_t first = 0; first < s->oc; first += s->block) {
            int64_t m = min64(s->block, s->oc - first) * area;
            const void *from = element_at(s->type, w, (g * s->c * s->oc + first) * area);
            if (m > 0) pack_a(s->type, from, 1, s->oc * area, m, s->c, to);
            to += m * s->c;
        }
}

static size_t spread_pack_bytes(const tn_problem *p) {
    return p->in[1]->data ? (size_t)tn_count(p->in[1]) * 4 : 0;
}

static void spread_pack(const tn_problem *p, void *to) {
    spread s;
    spread_setup(p, &s);
    spread_pack_from(&s, p->in[1]->data, to);
}

typedef struct spread_room { // floats
    int64_t weights, image, off, product, planes, line, worker;
} spread_room;

static spread_room spread_sizes(const spread *s) {
    int64_t tiles_ = min64(SPREAD_TILES, ceil_div(s->pixels, NR));
    spread_room r = {.weights = s->packed ? 0 : s->group * s->oc * s->c * spread_area(s),
                     .image = s->n * s->group * packed_b_floats(s->pixels, s->c),
                     .off = 2 * KC,
                     .product = s->block * spread_area(s) * tiles_ * NR,
                     .planes = s->block * s->sw * s->rows * s->width,
                     .line = s->ow};
    r.weights = ceil_div(r.weights, 16) * 16;
    r.worker = ceil_div(r.off + r.product + r.planes + r.line, 16) * 16;
    return r;
}

static size_t spread_workspace(const tn_problem *p, int threads) {
    spread s;
    spread_setup(p, &s);
    spread_room r = spread_sizes(&s);
    return s.rows * s.ow > 0 ? (size_t)(r.weights + r.image + r.worker * threads) * 4 : 0;
}

typedef struct spread_run {
    const spread *s;
    const void *x, *bias; /* [n, group * c, d, h, w], [group * oc] */
    void *y;              /* [n, group * oc, od, oh, ow] */
    const float *weights;
    float *image, *workers;
} spread_run;

// The image as tiles: one tile of one block of k a task.
static void spread_image_task(void *arg, int64_t i, int worker) {
    const spread_run *r = arg;
    const spread *s = r->s;
    int64_t count = ceil_div(s->pixels, NR), t = i % count, outer = i / count;
    if (s->in_place) t = count - 1, outer = i; // the others stay where they are
    const void *x = element_at(s->type, r->x, outer * s->c * s->pixels);
    float *image = r->image + outer * packed_b_floats(s->pixels, s->c);
    (void)worker;
    for (int64_t b = 0; b < block_count(s->c); b++) {
        int64_t k0 = block_start(s->c, b), k1 = block_start(s->c, b + 1);
        pack_b_tile(s->type, x, s->pixels, 1, s->pixels, t * NR, k0, k1,
                    image + (count * k0 + t * (k1 - k0)) * NR);
    }
}

// product [m, tiles * NR] of the tiles [t0, t1) of image `outer`
static void spread_product(const spread_run *r, const float *weights, int64_t m, int64_t outer, int64_t t0,
                           int64_t t1, const int32_t *off, float *product) {
    const spread *s = r->s;
    int64_t count = ceil_div(s->pixels, NR);
    const float *image = r->image + outer * packed_b_floats(s->pixels, s->c);
    epilogue e = {.alpha = 1, .act = {ACT_NONE, 0, 0}};
    for (int64_t b = 0; b < block_count(s->c); b++) {
        int64_t k0 = block_start(s->c, b), k1 = block_start(s->c, b + 1);
        for (int64_t t = t0; t < t1; t++) {
            bool here = s->in_place && (t + 1) * NR <= s->pixels;
            const float *x = (const float *)r->x + (outer * s->c + k0) * s->pixels + t * NR;
            strip one = {.m = m,
                         .p1 = panel_count(m),
                         .n0 = (t - t0) * NR,
                         .columns = NR,
                         .a = weights + m * k0,
                         .b = here ? x : image + (count * k0 + t * (k1 - k0)) * NR,
                         .off = here ? off + KC : off,
                         .k = k1 - k0,
                         .first = b == 0,
                         .last = b + 1 == block_count(s->c),
                         .c = product + (t - t0) * NR,
                         .ldc = (t1 - t0) * NR};
            run_strip(&one, &e);
        }
    }
}

static void row_add(float *to, const float *from, int64_t n) {
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store(to + i, v_load(to + i) + v_load(from + i));
    for (; i < n; i++) to[i] += from[i];
}

// Adds one row of the product, window position `tap` of pixels [first, first + n), into a channel's planes.
static void spread_add(const spread *s, int64_t tap, int64_t first, int64_t n, const float *row,
                       float *planes) {
    int64_t kz = tap / (s->kh * s->kw), ky = tap / s->kw % s->kh, column = tap % s->kw * s->dw;
    int64_t phase = column % s->sw, shift = column / s->sw, line = first / s->w, ix = first % s->w;
    int64_t iz = line / s->h, iy = line % s->h;
    for (int64_t run; n > 0; n -= run, row += run, ix = 0) {
        int64_t oz = iz * s->sd - s->front + kz * s->dd, oy = iy * s->sh - s->top + ky * s->dh;
        run = min64(s->w - ix, n);
        if (oz >= 0 && oz < s->od && oy >= 0 && oy < s->oh)
            row_add(planes + (phase * s->rows + oz * s->oh + oy) * s->width + ix + shift, row, run);
        if (++iy == s->h) iy = 0, iz++;
    }
}

#if VL == 16
#define SPREAD_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SPREAD_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VL == 8
#define SPREAD_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define SPREAD_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define SPREAD_LOW 0, 4, 1, 5
#define SPREAD_HIGH 2, 6, 3, 7
#endif

// Columns of two phases by turns, and the bias.
static void spread_pairs(const float *a, const float *b, float bias, float *to, int64_t n) {
    int64_t i = 0;
    for (; i + VL <= n; i += VL) {
        vf x = v_load(a + i) + bias, y = v_load(b + i) + bias;
        v_store(to + 2 * i, __builtin_shufflevector(x, y, SPREAD_LOW));
        v_store(to + 2 * i + VL, __builtin_shufflevector(x, y, SPREAD_HIGH));
    }
    for (; i < n; i++) to[2 * i] = a[i] + bias, to[2 * i + 1] = b[i] + bias;
}

// Outputs [lo, hi) of a row, one by one.
static void spread_each(const spread *s, const float *from, int64_t apart, float bias, float *to, int64_t lo,
                        int64_t hi) {
    for (int64_t ox = lo; ox < hi; ox++) {
        int64_t q = (ox + s->left) / s->sw, phase = (ox + s->left) % s->sw;
        to[ox] = q < s->width ? bias + from[phase * apart + q] : bias;
    }
}

// A row of output from those of its phases, `apart` floats apart: column q of one is q * sw + phase - left.
static void spread_weave(const spread *s, const float *from, int64_t apart, float bias, float *to) {
    if (s->sw == 2 && s->left >= 0) {
        int64_t first = s->left % 2, q = (first + s->left) / 2;
        int64_t n = max64(0, min64((s->ow - first) / 2, s->width - q));
        spread_each(s, from, apart, bias, to, 0, min64(first, s->ow));
        spread_pairs(from + q, from + apart + q, bias, to + first, n);
        spread_each(s, from, apart, bias, to, first + 2 * n, s->ow);
        return;
    }
    for (int64_t ox = 0; ox < s->ow; ox++) to[ox] = bias;
    for (int64_t phase = 0; phase < s->sw; phase++, from += apart) {
        int64_t shift = phase - s->left, q = max64(0, ceil_div(-shift, s->sw));
        int64_t end = min64(s->width, ceil_div(s->ow - shift, s->sw));
        for (; q < end; q++) to[q * s->sw + shift] = bias + from[q];
    }
}

// Phases woven together, with the bias, into one output plane.
static void spread_finish(const spread_run *r, const float *planes, int64_t channel, int64_t at,
                          float *line) {
    const spread *s = r->s;
    float bias = r->bias ? scalar_from(s->type, r->bias, channel) : 0;
    for (int64_t oy = 0; oy < s->rows; oy++) {
        float *to = s->type == TN_F32 ? (float *)r->y + at + oy * s->ow : line;
        spread_weave(s, planes + oy * s->width, s->rows * s->width, bias, to);
        if (s->act.kind != ACT_NONE) act_row(s->act, to, to, s->ow);
        if (s->type != TN_F32) row_to(s->type, line, r->y, at + oy * s->ow, s->ow);
    }
}

static void spread_task(void *arg, int64_t i, int worker) {
    const spread_run *r = arg;
    const spread *s = r->s;
    spread_room room = spread_sizes(s);
    int64_t block = i % spread_blocks(s), outer = i / spread_blocks(s), group = outer % s->group;
    int64_t first = block * s->block, channels = min64(s->block, s->oc - first), area = spread_area(s);
    int64_t count = ceil_div(s->pixels, NR), plane_size = s->sw * s->rows * s->width;
    const float *weights = r->weights + (group * s->oc + first) * area * s->c;
    float *space = r->workers + worker * room.worker, *product = space + room.off;
    float *planes = product + room.product, *line = planes + room.planes;
    int32_t *off = (int32_t *)(void *)space;
    for (int k = 0; k < KC; k++) off[k] = k * NR, off[KC + k] = s->in_place ? k * (int32_t)s->pixels : 0;
    memset(planes, 0, (size_t)(channels * plane_size) * 4);
    for (int64_t t0 = 0; t0 < count; t0 += SPREAD_TILES) {
        int64_t t1 = min64(t0 + SPREAD_TILES, count), n = min64(t1 * NR, s->pixels) - t0 * NR;
        spread_product(r, weights, channels * area, outer, t0, t1, off, product);
        for (int64_t row = 0; row < channels * area; row++)
            spread_add(s, row % area, t0 * NR, n, product + row * (t1 - t0) * NR,
                       planes + row / area * plane_size);
    }
    for (int64_t c = 0; c < channels; c++) {
        int64_t channel = group * s->oc + first + c, image = outer / s->group;
        spread_finish(r, planes + c * plane_size, channel,
                      (image * s->group * s->oc + channel) * s->rows * s->ow, line);
    }
}

static tn_status spread_call(tn_call *c) {
    const spread *s = c->params;
    if (s->n * s->oc * s->rows * s->ow == 0) return TN_OK;
    spread_room room = spread_sizes(s);
    float *space = c->workspace;
    const tn_tensor *bias = c->nin > 2 ? c->in[2] : NULL;
    spread_run r = {s,
                    c->in[0]->data,
                    bias ? bias->data : NULL,
                    c->out[0]->data,
                    s->packed ? c->packed : space,
                    space + room.weights,
                    space + room.weights + room.image};
    if (!s->packed) spread_pack_from(s, c->in[1]->data, space);
    tn_call_parallel(c, s->n * s->group * (s->in_place ? 1 : ceil_div(s->pixels, NR)), spread_image_task, &r);
    tn_call_parallel(c, s->n * s->group * spread_blocks(s), spread_task, &r);
    return TN_OK;
}

#define CONV_TRANSPOSE(name_, op_, domain_)                                                               \
    {                                                                                                     \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK,               \
                 .doc = "a matrix product, its rows added into planes by phase", .reject = spread_reject, \
                 .params_bytes = sizeof(spread), .setup = spread_setup, .pack_bytes = spread_pack_bytes,  \
                 .pack = spread_pack, .workspace = spread_workspace, .run = spread_call,                  \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_transpose_f32) = CONV_TRANSPOSE(AT("conv.transpose.f32"), "ConvTranspose", NULL);
TN_KERNEL(conv_transpose_f32_fused) = CONV_TRANSPOSE(AT("conv.transpose.f32:tn.ConvTranspose"),
                                                     "ConvTranspose", "tn");
