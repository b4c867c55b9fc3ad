// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_depthwise.inl - depthwise convolution of blocked activations: a vector is VL channels of
// one pixel, and the window's weights stay in registers along a row. The image is read where it lies: rows
// outside are a row of zeros, and so are pixels that a tile's window takes from beside the image. Of a small
// one with a window of another kind every plane is copied first, padding written out.
#ifndef TN_CPU_CONV_F32_BLOCKED_DEPTHWISE_INL
#define TN_CPU_CONV_F32_BLOCKED_DEPTHWISE_INL

#include "cpu/kern/blocked_depthwise.inl"

enum {
    DW_TASK = 1 << 14, // taps of pixels at most, and at least where that leaves fewer than DW_TASKS
    DW_SHORT = 1 << 11,
    DW_TASKS = 8,
};

static const char *bdepth_reject(const tn_problem *p) {
    const char *why = bconv_reject(p);
    if (why) return why;
    bconv v;
    bconv_setup(p, &v);
    if (v.plain) return "X is plain";
    if ((why = bconv_reject_depth(&v))) return why;
    if (v.group != v.c || v.oc != v.c || v.group == 1) return "not depthwise";
    if (v.kh * v.kw > TNI_DEPTHWISE_TAPS) return "a window of more than 49 taps";
    return v.n * v.oh * v.ow > 0 ? NULL : "nothing to do";
}

// Bands of rows first: 1x1 layers before and behind take pixels in that order, and so a thread finds what it
// has written. The smallest images are taken by channels there, and here. Copies are of whole planes.
static void bdepth_split(bdepth *d) {
    const bconv *v = &d->v;
    int64_t work = d->blocks * v->oh * v->ow * v->kh * v->kw * (v->c / v->group),
            least = ceil_div(DW_TASKS, v->n);
    int64_t tasks = max64(1, max64(ceil_div(work, DW_TASK), min64(least, work / DW_SHORT)));
    d->bands = d->copied || v->oh * v->ow <= 4 * PX ? 1 : min64(v->oh, min64(DW_TASKS, tasks));
    d->groups = min64(d->blocks, ceil_div(tasks, d->bands));
}

static void bdepth_setup(const tn_problem *p, void *params) {
    bdepth *d = params;
    bconv_setup(p, &d->v);
    bdepth_plan(d, true);
    bdepth_split(d);
}

static size_t bdepth_pack_bytes(const tn_problem *p) {
    bdepth d;
    bdepth_setup(p, &d);
    return (size_t)bdepth_pack_floats(&d.v) * 4;
}

static void bdepth_pack(const tn_problem *p, void *packed) {
    bdepth_pack_from(p->in[1], bconv_data(p->nin, p->in, 2), packed);
}

// A row of zeros as wide as the image, or a copy of a plane for each worker.
static int64_t bdepth_floats(const bdepth *d) { return (d->copied ? d->high * d->wide : d->v.w) * BLOCK; }

static size_t bdepth_workspace(const tn_problem *p, int threads) {
    bdepth d;
    bdepth_setup(p, &d);
    return (size_t)(bdepth_floats(&d) * (d.copied ? threads : 1)) * 4;
}

// How a row of a block is made: of channels by themselves, or of groups of them.
typedef void bdepth_make(const bdepth *d, int64_t block, const float *packed, const float *const *from,
                         const float *zeros, const float *z, float *y);

typedef struct bdepth_run {
    const bdepth *d;
    const float *x, *z, *packed;
    float *y, *space; // zeros, or copies
    bdepth_make *make;
} bdepth_run;

// n pixels from `from`, or of zeros where that is NULL; the rows are too short for memcpy to pay.
INLINE float *bdepth_pixels(float *to, const float *from, int64_t n) {
    for (int64_t i = 0; i < n * BLOCK; i += VL) v_store(to + i, from ? v_load(from + i) : (vf){0});
    return to + n * BLOCK;
}

// A plane with its padding.
static void bdepth_copy(const bdepth *d, const float *from, float *to) {
    const bconv *v = &d->v;
    inside in = inside_of(-v->left, 1, v->w, d->wide);
    for (int64_t r = 0; r < d->high; r++) {
        int64_t y = r - v->top, lo = y >= 0 && y < v->h ? in.lo : d->wide, n = lo < d->wide ? in.hi - lo : 0;
        to = bdepth_pixels(to, NULL, lo);
        if (n) to = bdepth_pixels(to, from + (y * v->w + lo - v->left) * BLOCK, n);
        to = bdepth_pixels(to, NULL, d->wide - lo - n);
    }
}

// The row that window row k reads.
static const float *bdepth_tap(const bdepth_run *r, int64_t plane_at, int64_t oy, int64_t k,
                               const float *copy) {
    const bdepth *d = r->d;
    const bconv *v = &d->v;
    int64_t y = oy * v->sh + k * v->dh;
    if (d->copied) return copy + y * d->wide * BLOCK;
    y -= v->top;
    return y >= 0 && y < v->h ? r->x + (plane_at * v->h + y) * v->w * BLOCK : r->space;
}

static void bdepth_line(const bdepth_run *r, int64_t plane_at, int64_t oy, const float *copy) {
    const bdepth *d = r->d;
    int64_t at = (plane_at * d->v.oh + oy) * d->v.ow * BLOCK;
    const float *rows[TNI_DEPTHWISE_TAPS];
    for (int64_t k = 0; k < d->v.kh; k++) rows[k] = bdepth_tap(r, plane_at, oy, k, copy);
    r->make(d, plane_at % d->blocks, r->packed, rows, r->space, r->z ? r->z + at : NULL, r->y + at);
}

static void bdepth_task(void *arg, int64_t i, int worker) {
    const bdepth_run *r = arg;
    const bdepth *d = r->d;
    int64_t group = i % d->groups, band = i / d->groups % d->bands, image = i / (d->groups * d->bands);
    int64_t y0 = d->v.oh * band / d->bands, y1 = d->v.oh * (band + 1) / d->bands;
    int64_t p0 = d->blocks * group / d->groups, p1 = d->blocks * (group + 1) / d->groups;
    float *copy = r->space + worker * bdepth_floats(d);
    for (int64_t plane_at = image * d->blocks + p0; plane_at < image * d->blocks + p1; plane_at++) {
        if (d->copied) bdepth_copy(d, r->x + plane_at * d->v.h * d->v.w * BLOCK, copy);
        for (int64_t oy = y0; oy < y1; oy++) bdepth_line(r, plane_at, oy, copy);
    }
}

static tn_status bdepth_rows(tn_call *c, bdepth_make *make) {
    const bdepth *d = c->params;
    bdepth_run r = {.d = d, .x = c->in[0]->data, .packed = c->packed, .y = c->out[0]->data, .make = make};
    r.z = bconv_data(c->nin, c->in, 3);
    r.space = c->workspace;
    if (!d->copied) memset(r.space, 0, (size_t)bdepth_floats(d) * 4);
    tn_call_parallel(c, d->v.n * d->bands * d->groups, bdepth_task, &r);
    return TN_OK;
}

static tn_status bdepth_call(tn_call *c) { return bdepth_rows(c, bdepth_block_row); }

#define CONV_BLOCKED_DEPTHWISE(name_, rank_)                                                          \
    {                                                                                                 \
        TN_HERE, .name = name_, .op = "BlockedConv", .domain = "tn", .isa = ISA, .rank = rank_,       \
                 .doc = "a vector of channels a pixel, the window's weights in registers",            \
                 .reject = bdepth_reject, .params_bytes = sizeof(bdepth), .setup = bdepth_setup,      \
                 .pack_bytes = bdepth_pack_bytes, .pack = bdepth_pack, .workspace = bdepth_workspace, \
                 .run = bdepth_call, .inplace = 1u << 3,                                              \
    }

#endif
