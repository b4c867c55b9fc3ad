// SPDX-License-Identifier: Apache-2.0
// conv_f32_gemm.c - convolution as a matrix product that never stores the patches as a whole: rows are
// output channels (weights, packed at build time), columns are output pixels of one image, K runs over input
// channel and kernel position. A task packs the patches of a block of pixels, one block of K at a time, into
// its worker's workspace and runs its panels of weights over it:
//
//     workspace of a worker: | off[KC] | a line of pixels | patches [tile][k][NR] | f32 results, if not f32 |
//
// A 1x1 convolution of stride 1 with few output channels reads the image in place.
#include "cpu/isa.h"

#include "cpu/kern/conv.inl"
#include "cpu/kern/gemm.inl"

enum { MAX_TILES = 8, SLACK = VL, SHARED_FLOATS = 4 << 20 };

typedef struct conv_gemm {
    conv v;
    int64_t m, k, pixels;         // of one group: [m,k] times [k,pixels]
    int64_t pixel_blocks, splits; // tasks of one image and group
    bool packed;                  // weights packed at build time
    bool in_place;                // the image is B
    bool shared;                  // tasks that share patches: packed by a first round of tasks
} conv_gemm;

// Blocks by shape alone: pixels first, as long as a block keeps a few tiles, then output channels.
static void conv_gemm_split(conv_gemm *g) {
    int64_t tile_count = max64(1, ceil_div(g->pixels, NR)), panels = max64(1, panel_count(g->m));
    int64_t outer = g->v.n * g->v.group, blocks = ceil_div(tile_count, MAX_TILES), splits = 1;
    while (outer * blocks * splits < 16) {
        if (tile_count >= 6 * blocks)
            blocks *= 2;
        else if (panels >= 4 * splits)
            splits *= 2;
        else
            break;
    }
    g->pixel_blocks = blocks;
    g->splits = splits;
}

// All patches: [image][group][block of k][tile][k][NR].
static int64_t conv_gemm_patches(const conv_gemm *g) {
    return g->v.n * g->v.group * g->k * ceil_div(g->pixels, NR) * NR;
}

static bool conv_weights_constant(const tn_problem *p) {
    const tn_tensor *b = conv_bias(p->nin, p->in);
    return p->in[1]->data && (!b || b->data);
}

static void conv_gemm_setup(const tn_problem *p, void *params) {
    conv_gemm *g = params;
    *g = (conv_gemm){0};
    conv_setup_shape(p, &g->v);
    const conv *v = &g->v;
    g->m = v->oc / v->group;
    g->k = v->c / v->group * v->kd * v->kh * v->kw;
    g->pixels = v->od * v->oh * v->ow;
    g->packed = conv_weights_constant(p);
    bool pointwise = v->kd * v->kh * v->kw == 1 && v->sh == 1 && v->sw == 1 && v->oh == v->h &&
                     v->ow == v->w && v->top == 0 && v->left == 0 && v->d == 1 && v->od == 1 && v->front == 0;
    if (pointwise) { // an image is one row
        g->v.w = g->v.ow = g->pixels;
        g->v.h = g->v.oh = 1;
    }
    g->in_place =
        pointwise && v->type == TN_F32 && g->m <= MR && g->pixels % NR == 0 && g->pixels < INT32_MAX / KC;
    conv_gemm_split(g);
    g->shared = g->splits > 1 && !g->in_place && conv_gemm_patches(g) <= SHARED_FLOATS;
}

// Packed: bias [oc] as f32 (zeros when there is none), then each group's panels.
static size_t conv_gemm_pack_floats(const tn_problem *p) {
    return (size_t)(p->in[1]->dim[0] + tn_count(p->in[1]));
}

static size_t conv_gemm_pack_bytes(const tn_problem *p) {
    return conv_weights_constant(p) ? conv_gemm_pack_floats(p) * 4 : 0;
}

static void conv_gemm_pack_from(tn_dtype type, const void *w, const void *bias, int64_t oc, int64_t group,
                                int64_t k, float *to) {
    if (bias)
        row_from(type, bias, 0, to, oc);
    else
        memset(to, 0, (size_t)oc * 4);
    to += oc;
    int64_t m = group ? oc / group : 0;
    for (int64_t i = 0; i < group && m; i++)
        pack_a(type, element_at(type, w, i * m * k), k, 1, m, k, to + i * m * k);
}

static void conv_gemm_pack(const tn_problem *p, void *to) {
    const tn_tensor *w = p->in[1], *b = conv_bias(p->nin, p->in);
    int64_t oc = w->dim[0];
    conv_gemm_pack_from(w->dtype, w->data, b ? b->data : NULL, oc, tn_attr_int(p->attrs, "group"),
                        tn_count_range(w, 1, w->rank), to);
}

typedef struct conv_gemm_room { // floats of each piece of a worker's workspace
    int64_t off, line, patches, result, all;
} conv_gemm_room;

static conv_gemm_room conv_gemm_sizes(const conv_gemm *g) {
    int64_t block_tiles = ceil_div(ceil_div(g->pixels, NR), g->pixel_blocks), columns = block_tiles * NR;
    int64_t panels = ceil_div(panel_count(g->m), g->splits);
    conv_gemm_room r = {.off = KC, .line = columns + SLACK};
    r.patches = g->in_place || g->shared ? 0 : columns * KC;
    r.result = g->v.type == TN_F32 ? 0 : columns * panels * MR;
    r.all = ceil_div(r.off + r.line + r.patches + r.result, 16) * 16;
    return r;
}

static size_t conv_gemm_workspace(const tn_problem *p, int threads) {
    conv_gemm g;
    conv_gemm_setup(p, &g);
    if (g.pixels == 0 || g.m == 0) return 0;
    size_t packed = g.packed ? 0 : conv_gemm_pack_floats(p),
           shared = g.shared ? (size_t)conv_gemm_patches(&g) : 0;
    return ((size_t)conv_gemm_sizes(&g).all * (size_t)threads + shared + packed) * 4;
}

typedef struct conv_gemm_run {
    const conv_gemm *g;
    const void *x, *z;
    void *y;
    const float *bias, *weights;
    float *workspace, *shared;
} conv_gemm_run;

// The row k of the patches for pixels [first, first + n): one kernel position of one input channel.
static void patch_line(const conv *v, const void *x, int64_t channel0, int64_t k, int64_t first, int64_t n,
                       float *line) {
    int64_t area = v->kh * v->kw, channel = channel0 + k / (v->kd * area), kz = k / area % v->kd;
    int64_t ky = k % area / v->kw, kx = k % v->kw, at = kx * v->dw - v->left, run = 0;
    int64_t row = first / v->ow, skip = first % v->ow; // pixels of the first row that belong to another block
    int64_t oz = row / v->oh, oy = row % v->oh;
    inside all = inside_of(at, v->sw, v->w, v->ow);
    for (; n > 0; n -= run, line += run, skip = 0) {
        int64_t iz = oz * v->sd - v->front + kz * v->dd, iy = oy * v->sh - v->top + ky * v->dh;
        run = min64(v->ow - skip, n);
        if (++oy == v->oh) oy = 0, oz++;
        if (iz < 0 || iz >= v->d || iy < 0 || iy >= v->h) {
            row_fill(line, 0, run);
            continue;
        }
        inside in = all;
        if (run < v->ow) in = inside_of(at + skip * v->sw, v->sw, v->w, run);
        row_padded(v->type, x, ((channel * v->d + iz) * v->h + iy) * v->w, at + skip * v->sw, v->sw, in, 0,
                   line, run);
    }
}

// Tiles [t0, t1) of the patches for k in [k0, k1).
static void pack_patches(const conv *v, const void *x, int64_t channel0, int64_t pixels, int64_t t0,
                         int64_t t1, int64_t k0, int64_t k1, float *line, float *to) {
    int64_t n = min64(t1 * NR, pixels) - t0 * NR;
    for (int64_t j = n; j < (t1 - t0) * NR; j++) line[j] = 0;
    for (int64_t k = k0; k < k1; k++) {
        patch_line(v, x, channel0, k, t0 * NR, n, line);
        for (int64_t j = n; j < ceil_div(n, VL) * VL; j++) line[j] = 0; // what vectors wrote too much
        for (int64_t t = 0; t < t1 - t0; t++) {
            float *row = to + (t * (k1 - k0) + k - k0) * NR;
            for (int j = 0; j < NV; j++) v_store(row + j * VL, v_load(line + t * NR + j * VL));
        }
    }
}

static float *conv_gemm_shared(const conv_gemm_run *r, int64_t outer, int64_t k0, int64_t k1, int64_t tile0) {
    int64_t columns = ceil_div(r->g->pixels, NR) * NR;
    return r->shared + (outer * r->g->k + k0) * columns + tile0 * NR * (k1 - k0);
}

// Packs one block of k of one block of pixels for all tasks.
static void conv_gemm_share(void *arg, int64_t i, int worker) {
    const conv_gemm_run *r = arg;
    const conv_gemm *g = r->g;
    int64_t blocks = block_count(g->k), block = i % g->pixel_blocks, kb = i / g->pixel_blocks % blocks;
    int64_t outer = i / (g->pixel_blocks * blocks), tile_count = ceil_div(g->pixels, NR);
    int64_t k0 = block_start(g->k, kb), k1 = block_start(g->k, kb + 1);
    int64_t t0 = tile_count * block / g->pixel_blocks, t1 = tile_count * (block + 1) / g->pixel_blocks;
    conv_gemm_room room = conv_gemm_sizes(g);
    if (t0 < t1)
        pack_patches(&g->v, r->x, outer * (g->v.c / g->v.group), g->pixels, t0, t1, k0, k1,
                     r->workspace + worker * room.all + room.off, conv_gemm_shared(r, outer, k0, k1, t0));
}

// One task: its panels over its block of pixels, results in c.
static void conv_gemm_block(const conv_gemm_run *r, int64_t image, int64_t group, int64_t p0, int64_t p1,
                            int64_t t0, int64_t t1, float *space, float *c, int64_t ldc, const float *z) {
    const conv_gemm *g = r->g;
    const conv *v = &g->v;
    conv_gemm_room room = conv_gemm_sizes(g);
    int32_t *off = (int32_t *)(void *)space;
    float *line = space + room.off, *patches = line + room.line;
    int64_t step = g->in_place ? g->pixels : NR, row0 = panel_row(g->m, p0);
    int64_t channel0 = (image * v->group + group) * (v->c / v->group);
    for (int k = 0; k < KC; k++) off[k] = (int32_t)(k * step);
    epilogue e = {.alpha = 1, .z_scale = 1, .row_bias = r->bias + group * g->m + row0, .z = z, .act = v->act};
    for (int64_t i = 0; i < block_count(g->k); i++) {
        int64_t k0 = block_start(g->k, i), k1 = block_start(g->k, i + 1);
        if (g->shared)
            patches = conv_gemm_shared(r, image * v->group + group, k0, k1, t0);
        else if (!g->in_place)
            pack_patches(v, r->x, channel0, g->pixels, t0, t1, k0, k1, line, patches);
        const float *image0 = (const float *)r->x + (channel0 + k0) * g->pixels;
        for (int64_t t = t0; t < t1; t++) {
            strip s = {.m = g->m,
                       .p0 = p0,
                       .p1 = p1,
                       .n0 = (t - t0) * NR,
                       .columns = min64(NR, g->pixels - t * NR),
                       .a = r->weights + group * g->m * g->k + g->m * k0 + row0 * (k1 - k0),
                       .b = g->in_place ? image0 + t * NR : patches + (t - t0) * (k1 - k0) * NR,
                       .off = off,
                       .k = k1 - k0,
                       .first = i == 0,
                       .last = i + 1 == block_count(g->k),
                       .c = c + (t - t0) * NR,
                       .ldc = ldc,
                       .far_a = t == t0};
            run_strip(&s, &e);
        }
    }
}

// Results that are not f32 are computed in the workspace, residual and all, and converted on the way out.
static void conv_gemm_narrow(const conv_gemm_run *r, int64_t image, int64_t group, int64_t p0, int64_t p1,
                             int64_t t0, int64_t t1, float *space) {
    const conv_gemm *g = r->g;
    conv_gemm_room room = conv_gemm_sizes(g);
    float *result = space + room.off + room.line + room.patches, *line = space + room.off;
    int64_t ldc = room.line - SLACK, n = min64(t1 * NR, g->pixels) - t0 * NR;
    conv_gemm plain = *g;
    conv_gemm_run inner = *r;
    if (r->z) plain.v.act.kind = ACT_NONE; // the residual comes first
    inner.g = &plain;
    conv_gemm_block(&inner, image, group, p0, p1, t0, t1, space, result, ldc, NULL);
    for (int64_t row = panel_row(g->m, p0); row < panel_row(g->m, p1); row++) {
        float *from = result + (row - panel_row(g->m, p0)) * ldc;
        int64_t at = ((image * g->v.group + group) * g->m + row) * g->pixels + t0 * NR;
        if (r->z) {
            row_from(g->v.type, r->z, at, line, n);
            for (int64_t j = 0; j < n; j++) from[j] += line[j];
            act_row(g->v.act, from, from, n);
        }
        row_to(g->v.type, from, r->y, at, n);
    }
}

static void conv_gemm_task(void *arg, int64_t i, int worker) {
    const conv_gemm_run *r = arg;
    const conv_gemm *g = r->g;
    int64_t split = i % g->splits, block = i / g->splits % g->pixel_blocks;
    int64_t outer = i / (g->splits * g->pixel_blocks), group = outer % g->v.group, image = outer / g->v.group;
    int64_t panels = panel_count(g->m), tile_count = ceil_div(g->pixels, NR);
    int64_t p0 = panels * split / g->splits, p1 = panels * (split + 1) / g->splits;
    int64_t t0 = tile_count * block / g->pixel_blocks, t1 = tile_count * (block + 1) / g->pixel_blocks;
    float *space = r->workspace + worker * conv_gemm_sizes(g).all;
    if (p0 == p1 || t0 == t1) return;
    if (g->v.type != TN_F32) {
        conv_gemm_narrow(r, image, group, p0, p1, t0, t1, space);
        return;
    }
    int64_t at = ((image * g->v.group + group) * g->m + panel_row(g->m, p0)) * g->pixels + t0 * NR;
    conv_gemm_block(r, image, group, p0, p1, t0, t1, space, (float *)r->y + at, g->pixels,
                    r->z ? (const float *)r->z + at : NULL);
}

static tn_status conv_gemm_call(tn_call *c) {
    const conv_gemm *g = c->params;
    if (g->pixels == 0 || g->m == 0 || g->v.n == 0) return TN_OK;
    const tn_tensor *bias = conv_bias(c->nin, c->in), *z = conv_residual(c->nin, c->in);
    conv_gemm_run r = {.g = g, .x = c->in[0]->data, .z = z ? z->data : NULL, .y = c->out[0]->data};
    r.workspace = c->workspace;
    r.shared = r.workspace + conv_gemm_sizes(g).all * tn_call_threads(c);
    const float *packed = c->packed;
    if (!g->packed) {
        float *to = r.shared + (g->shared ? conv_gemm_patches(g) : 0);
        conv_gemm_pack_from(g->v.type, c->in[1]->data, bias ? bias->data : NULL, g->v.oc, g->v.group, g->k,
                            to);
        packed = to;
    }
    r.bias = packed;
    r.weights = packed + g->v.oc;
    int64_t blocks = g->v.n * g->v.group * g->pixel_blocks;
    if (g->shared) tn_call_parallel(c, blocks * block_count(g->k), conv_gemm_share, &r);
    tn_call_parallel(c, blocks * g->splits, conv_gemm_task, &r);
    return TN_OK;
}

#define CONV_GEMM(name_, op_, domain_)                                                                       \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK + 20,             \
                 .doc = "convolution as a matrix product over patches packed block by block",                \
                 .reject = conv_reject_volumes, .params_bytes = sizeof(conv_gemm), .setup = conv_gemm_setup, \
                 .pack_bytes = conv_gemm_pack_bytes, .pack = conv_gemm_pack,                                 \
                 .workspace = conv_gemm_workspace, .run = conv_gemm_call,                                    \
                 .inplace = (domain_) != NULL ? 1u << 3 : 0,                                                 \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_gemm) = CONV_GEMM(AT("conv.f32.gemm:Conv"), "Conv", NULL);
TN_KERNEL(conv_f32_gemm_fused) = CONV_GEMM(AT("conv.f32.gemm:tn.Conv"), "Conv", "tn");
