// SPDX-License-Identifier: Apache-2.0
// conv_f32_planar.c - convolution of small images with few channels, where blocks of channels or of patches
// cost more than they save. A task loads the padded planes of its input channels for a band of output rows;
// the register tile of the matrix product then reads its columns where they lie. With a stride of 1 down the
// image they are counted along whole rows of a plane, of which the first ow are results:
//
//     workspace of a worker: | off[k] | plane of each input channel | sums [m][columns] |
#include "cpu/isa.h"

#include "cpu/kern/conv.inl"
#include "cpu/kern/gemm.inl"

enum {
    PLANAR_COLUMNS = 8 * NR,
    PLANAR_CHANNELS = 64,
    PLANAR_FLOATS = 64 << 10, // of the planes, as long as a band has PLANAR_ROWS
    PLANAR_ROWS = 4,
    PLANAR_TASKS = 16,
    PLANAR_PRODUCTS = 1 << 17, // of a task at least
};

typedef struct conv_planar {
    conv v;
    int64_t c, m, k;     // of a group: channels, and what is summed
    int64_t rows, bands; // of output
} conv_planar;

static plane conv_planar_band(const conv_planar *s, int64_t row, int64_t rows) {
    plane p = conv_plane(&s->v);
    p.oh = rows;
    p.top -= row * p.sh;
    return p;
}

// Bands by shape alone, so that the number of threads changes nothing.
static void conv_planar_setup(const tn_problem *p, void *params) {
    conv_planar *s = params;
    *s = (conv_planar){0};
    conv_setup_shape(p, &s->v);
    const conv *v = &s->v;
    s->c = v->c / v->group;
    s->m = v->oc / v->group;
    s->k = s->c * v->kh * v->kw;
    int64_t line = max64(1, s->c * (v->ow * v->sw + v->kw * v->dw) * v->sh), images = v->n * v->group;
    int64_t fit = max64(PLANAR_ROWS, PLANAR_FLOATS / line - v->kh * v->dh);
    int64_t most = max64(1, v->oh * v->ow * s->m * s->k / PLANAR_PRODUCTS);
    int64_t share = ceil_div(v->oh, min64(most, ceil_div(PLANAR_TASKS, max64(1, images))));
    s->rows = min64(v->oh, max64(min64(fit, share), PLANAR_ROWS));
    s->bands = ceil_div(v->oh, max64(1, s->rows));
}

// Packed: bias [oc], then each group's [panel][k][h].
static size_t conv_planar_pack_bytes(const tn_problem *p) {
    return (size_t)(p->in[1]->dim[0] + tn_count(p->in[1])) * 4;
}

static void conv_planar_pack(const tn_problem *p, void *to) {
    const tn_tensor *w = p->in[1], *b = conv_bias(p->nin, p->in);
    int64_t oc = w->dim[0], group = tn_attr_int(p->attrs, "group"), k = tn_count_range(w, 1, w->rank);
    float *at = to;
    if (b)
        row_from(b->dtype, b->data, 0, at, oc);
    else
        memset(at, 0, (size_t)oc * 4);
    at += oc;
    for (int64_t g = 0, m = oc / group; g < group && m; g++, at += m * k)
        pack_a_block(w->dtype, element_at(w->dtype, w->data, g * m * k), k, 1, m, 0, panel_count(m), 0, k,
                     at);
}

typedef struct planar_room { // floats
    int64_t off, plane, planes, all;
} planar_room;

static planar_room conv_planar_sizes(const conv_planar *s) {
    plane p = conv_planar_band(s, 0, s->rows);
    planar_room r = {.off = ceil_div(s->k, 16) * 16, .plane = plane_floats(&p)};
    r.planes = max64(s->c * r.plane, NR);
    r.all = r.off + r.planes + s->m * PLANAR_COLUMNS;
    return r;
}

static const char *conv_planar_reject(const tn_problem *p) {
    const char *why = conv_reject(p);
    if (why) return why;
    const tn_tensor *w = p->in[1], *b = conv_bias(p->nin, p->in), *z = conv_residual(p->nin, p->in);
    if (!w->data || (b && !b->data)) return "weights and bias are not constant";
    if (w->dim[0] > PLANAR_CHANNELS * tn_attr_int(p->attrs, "group")) return "more than 64 output channels";
    if (tn_count(p->out[0]) == 0) return "nothing to do";
    if (z && z->dtype != TN_F32) return "a residual of 16 bits";
    conv_planar s;
    conv_planar_setup(p, &s);
    if (conv_planar_sizes(&s).planes > INT32_MAX - NR) return "offsets in the planes do not fit in 32 bits";
    return NULL;
}

static size_t conv_planar_workspace(const tn_problem *p, int threads) {
    conv_planar s;
    conv_planar_setup(p, &s);
    return (size_t)(conv_planar_sizes(&s).all * threads) * 4;
}

typedef struct planar_run {
    const conv_planar *s;
    const void *x;
    const float *bias, *weights, *z;
    void *y;
    float *workspace;
} planar_run;

typedef struct planar_band {
    strip strip;
    epilogue end;
    float *sums;        /* [m, PLANAR_COLUMNS] */
    int64_t row, image; // of output; image and group, counted together
    int64_t line;       // columns from one row of output to the next
} planar_band;

// n results of a channel, from element `at` of the output on.
static void planar_store_row(const planar_run *r, float *sum, int64_t at, int64_t n) {
    const conv *v = &r->s->v;
    if (r->z) {
        for (int64_t i = 0; i < n; i++) sum[i] += r->z[at + i];
        act_row(v->act, sum, sum, n);
    }
    if (v->type != TN_F32) {
        row_to(v->type, sum, r->y, at, n);
        return;
    }
    float *y = (float *)r->y + at;
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store(y + i, v_load(sum + i));
    if (i < n) v_store_n(y + i, v_load_n(sum + i, n - i), n - i);
}

// Columns [c0, c1) of a run of them, whose sums are there.
static void planar_store(const planar_run *r, const planar_band *b, int64_t c0, int64_t c1) {
    const conv *v = &r->s->v;
    for (int64_t c = c0, next; c < c1; c = next) {
        int64_t x = c % b->line, row = b->row + c / b->line;
        next = c - x + b->line;
        int64_t n = min64(v->ow, x + c1 - c) - x, at = (b->image * r->s->m * v->oh + row) * v->ow + x;
        for (int64_t i = 0; i < r->s->m && n > 0; i++)
            planar_store_row(r, b->sums + i * PLANAR_COLUMNS + (c - c0), at + i * v->oh * v->ow, n);
    }
}

// A run of columns whose first reads at x.
static void planar_columns(const planar_run *r, planar_band *b, const float *x, int64_t columns) {
    for (int64_t c0 = 0; c0 < columns; c0 += PLANAR_COLUMNS) {
        int64_t c1 = min64(columns, c0 + PLANAR_COLUMNS);
        for (int64_t c = c0; c < c1; c += NR) {
            b->strip.b = x + c;
            b->strip.columns = min64(NR, c1 - c);
            b->strip.c = b->sums + (c - c0);
            run_strip(&b->strip, &b->end);
        }
        planar_store(r, b, c0, c1);
    }
}

static void conv_planar_offsets(const conv_planar *s, const plane *p, int64_t step, int32_t *off) {
    int64_t taps = s->v.kh * s->v.kw;
    for (int64_t ky = 0, k = 0; ky < s->v.kh && s->c; ky++)
        for (int64_t kx = 0; kx < s->v.kw; kx++) off[k++] = (int32_t)plane_offset(p, ky, kx);
    for (int64_t k = taps; k < s->k; k++) off[k] = off[k - taps] + (int32_t)step;
}

static void conv_planar_task(void *arg, int64_t i, int worker) {
    const planar_run *r = arg;
    const conv_planar *s = r->s;
    const conv *v = &s->v;
    planar_room room = conv_planar_sizes(s);
    float *space = r->workspace + worker * room.all, *planes = space + room.off;
    int32_t *off = (int32_t *)(void *)space;
    int64_t row = i % s->bands * s->rows, rows = min64(s->rows, v->oh - row), image = i / s->bands;
    int64_t group = image % v->group;
    plane p = conv_planar_band(s, row, rows);
    conv_planar_offsets(s, &p, room.plane, off);
    for (int64_t c = 0; c < s->c; c++)
        plane_load(&p, v->type, r->x, (image * s->c + c) * v->h * v->w, 0, planes + c * room.plane);
    planar_band b = {.strip = {.m = s->m,
                               .p1 = panel_count(s->m),
                               .a = r->weights + group * s->m * s->k,
                               .off = off,
                               .k = s->k,
                               .first = true,
                               .last = true,
                               .ldc = PLANAR_COLUMNS},
                     .end = {.alpha = 1, .row_bias = r->bias + group * s->m},
                     .sums = planes + room.planes,
                     .row = row,
                     .image = image,
                     .line = plane_width(&p)};
    if (!r->z) b.end.act = v->act;
    if (v->sh == 1) {
        planar_columns(r, &b, planes, (rows - 1) * b.line + v->ow);
        return;
    }
    for (; rows > 0; rows--, b.row++) planar_columns(r, &b, planes + (b.row - row) * v->sh * b.line, v->ow);
}

static tn_status conv_planar_call(tn_call *c) {
    const conv_planar *s = c->params;
    const tn_tensor *z = conv_residual(c->nin, c->in);
    const float *packed = c->packed;
    planar_run r = {.s = s,
                    .x = c->in[0]->data,
                    .bias = packed,
                    .weights = packed + s->v.oc,
                    .z = z ? z->data : NULL,
                    .y = c->out[0]->data,
                    .workspace = c->workspace};
    tn_call_parallel(c, s->v.n * s->v.group * s->bands, conv_planar_task, &r);
    return TN_OK;
}

#define CONV_PLANAR(name_, op_, domain_)                                                                     \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK + 25,             \
                 .doc = "padded planes of all inputs, columns of a matrix product read in place",            \
                 .reject = conv_planar_reject, .params_bytes = sizeof(conv_planar),                          \
                 .setup = conv_planar_setup, .pack_bytes = conv_planar_pack_bytes, .pack = conv_planar_pack, \
                 .workspace = conv_planar_workspace, .run = conv_planar_call,                                \
                 .inplace = (domain_) != NULL ? 1u << 3 : 0,                                                 \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_planar) = CONV_PLANAR(AT("conv.f32.planar:Conv"), "Conv", NULL);
TN_KERNEL(conv_f32_planar_fused) = CONV_PLANAR(AT("conv.f32.planar:tn.Conv"), "Conv", "tn");
