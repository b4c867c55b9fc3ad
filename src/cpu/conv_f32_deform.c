// SPDX-License-Identifier: Apache-2.0
// conv_f32_deform.c - DeformConv as a matrix product over patches (conv_f32_gemm.c), whose elements are
// read by interpolation: for a tap and a tile of pixels the four neighbours and their weights, the mask's
// factor included, are found once and serve all channels of the offset group.
//
//     workspace of a worker: | off[KC] | neighbours [4][NR] | weights [4][NR] | patches [tile][k][NR] |
#include "cpu/isa.h"

#include "cpu/kern/gather.inl"
#include "cpu/kern/gemm.inl"
#include "cpu/kern/plane.inl"

enum { DEFORM_FLOATS = 128 << 10 /* of patches */, DEFORM_TILES = 8, DEFORM_CORNERS = 4 };

typedef struct deform {
    int64_t n, c, h, w, oc, oh, ow, kh, kw, sh, sw, dh, dw, top, left;
    int64_t group, offset_group;
    int64_t m, k, taps, pixels; // of a group: [m,k] times [k,pixels]
    int64_t tiles, blocks;      // of a task; tasks of one image and group
    bool packed;                // the weights are constant
} deform;

static void deform_setup(const tn_problem *p, void *params) {
    deform *d = params;
    const tn_tensor *x = p->in[0], *w = p->in[1], *y = p->out[0];
    size_t npads;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &npads);
    *d = (deform){.n = x->dim[0],
                  .c = x->dim[1],
                  .h = x->dim[2],
                  .w = x->dim[3],
                  .oc = w->dim[0],
                  .oh = y->dim[2],
                  .ow = y->dim[3],
                  .kh = w->dim[2],
                  .kw = w->dim[3],
                  .sh = window_int(p, "strides", 0),
                  .sw = window_int(p, "strides", 1),
                  .dh = window_int(p, "dilations", 0),
                  .dw = window_int(p, "dilations", 1),
                  .top = npads ? pads[0] : 0,
                  .left = npads ? pads[1] : 0,
                  .group = tn_attr_int(p->attrs, "group"),
                  .offset_group = tn_attr_int(p->attrs, "offset_group")};
    d->packed = w->data != NULL;
    d->m = d->oc / d->group;
    d->taps = d->kh * d->kw;
    d->k = d->c / d->group * d->taps;
    d->pixels = d->oh * d->ow;
    d->tiles = max64(1, min64(DEFORM_TILES, DEFORM_FLOATS / max64(1, d->k * NR)));
    d->blocks = ceil_div(ceil_div(d->pixels, NR), d->tiles);
}

static const char *deform_reject(const tn_problem *p) {
    if (p->nin < 3 || !p->in[0] || !p->in[1] || !p->in[2] || !p->out[0]) return "an input is missing";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (p->in[0]->rank != 4) return "only images";
    if (tn_count(p->in[0]) == 0 || tn_count(p->out[0]) == 0)
        return "nothing to do"; // neighbours that are not there are read as x[0]
    return tn_count_range(p->in[0], 2, 4) <= INT32_MAX ? NULL : "offsets in a plane do not fit in 32 bits";
}

static size_t deform_pack_bytes(const tn_problem *p) {
    return p->in[1]->data ? (size_t)tn_count(p->in[1]) * 4 : 0;
}

static void deform_pack(const tn_problem *p, void *to) {
    deform d;
    deform_setup(p, &d);
    for (int64_t g = 0; g < d.group; g++)
        pack_a(TN_F32, (const float *)p->in[1]->data + g * d.m * d.k, d.k, 1, d.m, d.k,
               (float *)to + g * d.m * d.k);
}

static int64_t deform_worker_floats(const deform *d) {
    return round_up(KC + 2 * DEFORM_CORNERS * NR + d->tiles * d->k * NR, VL);
}

static size_t deform_workspace(const tn_problem *p, int threads) {
    deform d;
    deform_setup(p, &d);
    size_t packed = p->in[1]->data ? 0 : (size_t)tn_count(p->in[1]) * 4; // when it runs
    return (size_t)(deform_worker_floats(&d) * threads) * 4 + packed;
}

typedef struct deform_run {
    const deform *d;
    const float *x, *offset, *bias, *mask, *weights;
    float *y, *workspace;
} deform_run;

typedef struct deform_corners {
    int32_t *at;   /* [4][NR] */
    float *weight; /* [4][NR] */
} deform_corners;

static void deform_corner(const deform *d, const deform_corners *to, int64_t i, int corner, double y,
                          double x, double weight) {
    bool real = y >= 0 && y < (double)d->h && x >= 0 && x < (double)d->w;
    to->at[corner * NR + i] = real ? (int32_t)((int64_t)y * d->w + (int64_t)x) : 0;
    to->weight[corner * NR + i] = real ? (float)weight : 0;
}

// Where tap `tap` of offset group `og` looks for pixels [first, first + NR).
static void deform_places(const deform_run *r, int64_t image, int64_t og, int64_t tap, int64_t first,
                          const deform_corners *to) {
    const deform *d = r->d;
    int64_t number = (image * d->offset_group + og) * d->taps + tap;
    for (int64_t i = 0; i < NR; i++) {
        int64_t pixel = first + i;
        for (int k = 0; k < DEFORM_CORNERS; k++) to->at[k * NR + i] = 0, to->weight[k * NR + i] = 0;
        if (pixel >= d->pixels) continue;
        double y = (double)(pixel / d->ow * d->sh - d->top + tap / d->kw * d->dh);
        double x = (double)(pixel % d->ow * d->sw - d->left + tap % d->kw * d->dw);
        y += (double)r->offset[2 * number * d->pixels + pixel];
        x += (double)r->offset[(2 * number + 1) * d->pixels + pixel];
        double low_y = floor(y), low_x = floor(x), part_y = y - low_y, part_x = x - low_x;
        double factor = r->mask ? (double)r->mask[number * d->pixels + pixel] : 1;
        deform_corner(d, to, i, 0, low_y, low_x, (1 - part_y) * (1 - part_x) * factor);
        deform_corner(d, to, i, 1, low_y, low_x + 1, (1 - part_y) * part_x * factor);
        deform_corner(d, to, i, 2, low_y + 1, low_x, part_y * (1 - part_x) * factor);
        deform_corner(d, to, i, 3, low_y + 1, low_x + 1, part_y * part_x * factor);
    }
}

// The patches of one tile: [k][NR], k over the group's channels and taps.
static void deform_patches(const deform_run *r, int64_t image, int64_t group, int64_t first,
                           const deform_corners *corners, float *to) {
    const deform *d = r->d;
    int64_t c0 = group * (d->c / d->group), c1 = c0 + d->c / d->group, per = d->c / d->offset_group;
    for (int64_t c = c0, end; c < c1; c = end) {
        int64_t og = c / per;
        end = min64(c1, (og + 1) * per);
        for (int64_t tap = 0; tap < d->taps; tap++) {
            deform_places(r, image, og, tap, first, corners);
            for (int64_t k = c; k < end; k++) {
                const float *x = r->x + (image * d->c + k) * d->h * d->w;
                float *row = to + ((k - c0) * d->taps + tap) * NR;
                for (int j = 0; j < NR; j += VL) {
                    vf sum = {0};
                    for (int q = 0; q < DEFORM_CORNERS; q++)
                        sum = v_gather_add(sum, v_load(corners->weight + q * NR + j), x,
                                           corners->at + q * NR + j);
                    v_store(row + j, sum);
                }
            }
        }
    }
}

static void deform_task(void *arg, int64_t i, int worker) {
    const deform_run *r = arg;
    const deform *d = r->d;
    int64_t block = i % d->blocks, group = i / d->blocks % d->group, image = i / (d->blocks * d->group);
    int64_t count = ceil_div(d->pixels, NR), t0 = block * d->tiles, t1 = min64(count, t0 + d->tiles);
    float *space = r->workspace + worker * deform_worker_floats(d),
          *patches = space + KC + 2 * DEFORM_CORNERS * NR;
    int32_t *off = (int32_t *)(void *)space;
    deform_corners corners = {off + KC, space + KC + DEFORM_CORNERS * NR};
    for (int k = 0; k < KC; k++) off[k] = k * NR;
    for (int64_t t = t0; t < t1; t++)
        deform_patches(r, image, group, t * NR, &corners, patches + (t - t0) * d->k * NR);
    epilogue e = {.alpha = 1, .row_bias = r->bias ? r->bias + group * d->m : NULL, .act = {ACT_NONE, 0, 0}};
    for (int64_t b = 0; b < block_count(d->k); b++) {
        int64_t k0 = block_start(d->k, b), k1 = block_start(d->k, b + 1);
        for (int64_t t = t0; t < t1; t++) {
            strip s = {.m = d->m,
                       .p1 = panel_count(d->m),
                       .columns = min64(NR, d->pixels - t * NR),
                       .a = r->weights + group * d->m * d->k + d->m * k0,
                       .b = patches + ((t - t0) * d->k + k0) * NR,
                       .off = off,
                       .k = k1 - k0,
                       .first = b == 0,
                       .last = b + 1 == block_count(d->k),
                       .c = r->y + (image * d->group + group) * d->m * d->pixels + t * NR,
                       .ldc = d->pixels};
            run_strip(&s, &e);
        }
    }
}

static tn_status deform_call(tn_call *c) {
    const deform *d = c->params;
    const tn_tensor *bias = c->nin > 3 ? c->in[3] : NULL, *mask = c->nin > 4 ? c->in[4] : NULL;
    float *late = (float *)c->workspace + deform_worker_floats(d) * tn_call_threads(c);
    if (!d->packed) {
        const tn_problem p = {c->attrs, c->nin, c->nout, c->in, (const tn_tensor *const *)c->out};
        deform_pack(&p, late);
    }
    deform_run r = {.d = d,
                    .x = c->in[0]->data,
                    .offset = c->in[2]->data,
                    .bias = bias ? bias->data : NULL,
                    .mask = mask ? mask->data : NULL,
                    .weights = d->packed ? c->packed : late,
                    .y = c->out[0]->data,
                    .workspace = c->workspace};
    tn_call_parallel(c, d->n * d->group * d->blocks, deform_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_deform) = {
    TN_HERE,
    .name = AT("conv.f32.deform"),
    .op = "DeformConv",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "a matrix product over patches read by interpolation",
    .reject = deform_reject,
    .params_bytes = sizeof(deform),
    .setup = deform_setup,
    .pack_bytes = deform_pack_bytes,
    .pack = deform_pack,
    .workspace = deform_workspace,
    .run = deform_call,
};
