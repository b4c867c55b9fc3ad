// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_chain.inl - tn.BlockedChain depth first: of what a link makes only as many rows are kept
// as the next link's window is high. They lie in a ring,
//
//     X --1x1--> ring of 3 rows --depthwise 3x3--> one row --1x1--> Y        [row][block][width][16]
//
// so that an expanded activation never leaves the core's own cache. In each turn the last link makes a row or
// a few, and the others what that takes. The first link reads X where it lies, or copies the rows that it
// needs with their padding. A task is a band of rows of Y. Bands make the rows on their borders twice, so
// there are only as many as threads want; an element's bits do not depend on the band that it is made in, nor
// on the rows of a turn.
#ifndef TN_CPU_CONV_F32_BLOCKED_CHAIN_INL
#define TN_CPU_CONV_F32_BLOCKED_CHAIN_INL

#include "cpu/kern/blocked_depthwise.inl"
#include "cpu/kern/chain.inl"
#include "cpu/kern/conv_f32_blocked.inl"

enum { CHAIN_BAND = 4 /* rows, at least */ };

typedef struct chain_link {
    bool depthwise;
    bool split;   // made by products of parts: conv_f32_blocked_chain_split.c
    direct dense; // its v is the link's in both cases
    bdepth depth;
    int64_t kept;   // rows of what it makes: no fewer than in a turn
    int64_t packed; // floats of the links before
} chain_link;

typedef struct chain {
    int links;
    chain_link link[TNI_LINKS];
    int64_t rows;   // of Y, in a turn
    int64_t widest; // row of zeros that stands for rows outside
} chain;

// ---- the problem

// Link i, whose input is h by w pixels.
static bconv chain_conv(const tn_problem *p, int i, int64_t h, int64_t w) {
    const tn_tensor *x = p->in[0], *f = p->in[tni_link_weights(i)];
    bconv v = {.plain = i == 0 && x->rank == 4,
               .n = x->dim[0],
               .oc = f->dim[0],
               .h = h,
               .w = w,
               .kh = f->dim[2],
               .kw = f->dim[3],
               .sh = tni_ints_at(p->attrs, "strides", 2 * i, 1),
               .sw = tni_ints_at(p->attrs, "strides", 2 * i + 1, 1),
               .dh = tni_ints_at(p->attrs, "dilations", 2 * i, 1),
               .dw = tni_ints_at(p->attrs, "dilations", 2 * i + 1, 1),
               .top = tni_ints_at(p->attrs, "pads", 4 * i, 0),
               .left = tni_ints_at(p->attrs, "pads", 4 * i + 1, 0),
               .d = 1,
               .od = 1,
               .kd = 1,
               .sd = 1,
               .dd = 1,
               .group = tni_ints_at(p->attrs, "groups", i, 1)};
    v.c = f->dim[1] * v.group;
    v.oh = tni_link_places(p->attrs, i, 0, h, v.kh);
    v.ow = tni_link_places(p->attrs, i, 1, w, v.kw);
    chain_act(p, i, &v.act);
    return v;
}

static bool chain_depthwise(const bconv *v) { return v->group > 1 && v->group == v->c && v->oc == v->c; }

// A pixel of the output is one of the input.
static bool chain_pointwise(const bconv *v) {
    return v->group == 1 && v->kh * v->kw == 1 && v->sh * v->sw == 1 && v->oh == v->h && v->ow == v->w &&
           v->top == 0 && v->left == 0;
}

static const char *chain_reject_link(const tn_problem *p, int i, const bconv *v) {
    act a;
    int at = tni_link_bias(i);
    const tn_tensor *f = p->in[tni_link_weights(i)], *bias = at < p->nin ? p->in[at] : NULL;
    if (!f->data || (bias && !bias->data)) return "weights and bias are not constant";
    if (!chain_act(p, i, &a)) return "an activation it does not know";
    if (v->top < 0 || v->left < 0) return "padding is negative";
    if (v->n * v->oh * v->ow <= 0) return "nothing to do";
    double image = (double)round_up(v->c, BLOCK) * (double)v->h * (double)v->w;
    if (chain_depthwise(v) ? image > 1e9 : direct_too_large(v)) return "the image is too large";
    if (chain_depthwise(v)) {
        if (v->plain) return "X is plain and the first convolution depthwise";
        if (v->kh * v->kw > TNI_DEPTHWISE_TAPS) return "a window of more than 49 taps";
        return v->sh > (v->kh - 1) * v->dh + 1 ? "a stride beyond the window" : NULL;
    }
    if (v->group != 1) return "groups of more than one channel";
    if (v->plain && v->c > TNI_STEM_CHANNELS) return "a plain X of more than 4 channels";
    if (v->c * v->kh * v->kw > CHUNK * BLOCK) return "sums of more than 1536 products";
    return i > 0 && !chain_pointwise(v) ? "a later convolution that is neither depthwise nor 1x1" : NULL;
}

static const char *chain_reject_links(const tn_problem *p) {
    const char *wrong = bconv_reject_inputs(p);
    if (wrong) return wrong;
    int high = tni_height_axis(p->attrs, 4);
    int64_t h = p->in[0]->dim[high], w = p->in[0]->dim[high + 1];
    for (int i = 0; i < tni_chain_links(p->nin, p->in); i++) {
        if (!p->in[tni_link_weights(i)]) return "weights are missing";
        bconv v = chain_conv(p, i, h, w);
        const char *why = chain_reject_link(p, i, &v);
        if (why) return why;
        h = v.oh;
        w = v.ow;
    }
    return NULL;
}

static inline const char *chain_reject(const tn_problem *p) {
    return chain_has(p, TNI_CHAIN_FACTORS) ? "X has factors" : chain_reject_links(p);
}

// Weights of a link by products of parts: channels going in are whole blocks, too.
static int64_t chain_split_floats(const direct *d) { return round_up(d->cin, BLOCK) * d->blocks * BLOCK; }

static int64_t chain_packed_floats(const chain_link *l) {
    if (l->depthwise) return bdepth_pack_floats(&l->depth.v);
    if (l->split) return direct_bias_floats(&l->dense) + chain_split_floats(&l->dense);
    return direct_bias_floats(&l->dense) + direct_weight_floats(&l->dense);
}

typedef bool chain_splits(const bconv *v); // which links are

static void chain_setup_link(chain_link *l, bconv v, const image_form *m, chain_splits *splits) {
    l->depthwise = chain_depthwise(&v);
    l->split = splits && splits(&v);
    l->dense.v = l->depth.v = v;
    if (m) l->dense.image = *m;
    if (l->depthwise) {
        bdepth_plan(&l->depth, false);
        return;
    }
    direct *d = &l->dense;
    direct_channels(d);
    d->row_tiles = btile_count(v.ow);
    d->in_place = chain_pointwise(&v) && !v.plain;
}

// Rows that each link keeps when the last one makes so many in a turn.
static void chain_keep(chain *c, int64_t rows) {
    c->rows = min64(rows, c->link[c->links - 1].dense.v.oh);
    c->link[c->links - 1].kept = c->rows;
    for (int i = c->links - 1; i > 0; i--) {
        const bconv *v = &c->link[i].dense.v;
        c->link[i - 1].kept = min64((c->link[i].kept - 1) * v->sh + (v->kh - 1) * v->dh + 1, v->h);
    }
    direct *first = &c->link[0].dense;
    direct_copied(first, c->link[0].kept);
    direct_floats(first);
}

static void chain_setup_links(const tn_problem *p, chain *c, chain_splits *splits) {
    int high = tni_height_axis(p->attrs, 4);
    int64_t h = p->in[0]->dim[high], w = p->in[0]->dim[high + 1];
    image_form m;
    image_setup(p, &m);
    *c = (chain){.links = tni_chain_links(p->nin, p->in)};
    for (int i = 0; i < c->links; i++) {
        chain_link *l = &c->link[i];
        bconv v = chain_conv(p, i, h, w);
        chain_setup_link(l, v, i ? NULL : &m, splits);
        if (i > 0) l->packed = c->link[i - 1].packed + chain_packed_floats(&c->link[i - 1]);
        c->widest = max64(c->widest, v.w);
        h = v.oh;
        w = v.ow;
    }
    chain_keep(c, 1);
}

static void chain_setup(const tn_problem *p, void *params) { chain_setup_links(p, params, NULL); }

// ---- weights

static size_t chain_packed_bytes(const chain *c) {
    const chain_link *last = &c->link[c->links - 1];
    return (size_t)(last->packed + chain_packed_floats(last)) * 4;
}

static inline size_t chain_pack_bytes(const tn_problem *p) {
    chain c;
    chain_setup(p, &c);
    return chain_packed_bytes(&c);
}

static void chain_pack_link(const tn_problem *p, const chain_link *l, int i, float *to) {
    const tn_tensor *weights = p->in[tni_link_weights(i)];
    const float *bias = bconv_data(p->nin, p->in, tni_link_bias(i));
    if (l->depthwise)
        bdepth_pack_from(weights, bias, to);
    else
        direct_pack_from(&l->dense, weights->data, bias, to);
}

static inline void chain_pack(const tn_problem *p, void *packed) {
    chain c;
    chain_setup(p, &c);
    for (int i = 0; i < c.links; i++) chain_pack_link(p, &c.link[i], i, (float *)packed + c.link[i].packed);
}

// ---- memory: sums of rows, zeros and offsets for all, then rings and copied rows for each worker

static int64_t chain_row_floats(const chain_link *l) { // of what it makes
    return ceil_div(l->dense.v.oc, BLOCK) * l->dense.v.ow * BLOCK;
}
static int64_t chain_ring_floats(const chain *c, int i) { // the last link makes Y
    return i + 1 < c->links ? c->link[i].kept * chain_row_floats(&c->link[i]) : 0;
}

static int64_t chain_copy_floats(const chain_link *first) {
    return first->depthwise ? 0 : direct_copy_floats(&first->dense) + direct_line_floats(&first->dense);
}

static int64_t chain_worker_floats(const chain *c) {
    int64_t floats = chain_copy_floats(&c->link[0]);
    for (int i = 0; i < c->links; i++) floats += chain_ring_floats(c, i);
    return round_up(floats, 16);
}

static int64_t chain_offsets(const chain_link *l) { return l->depthwise ? 0 : round_up(l->dense.taps, 16); }

static int64_t chain_sum_floats(const chain *c) { // [image][row][block][16]
    const bconv *v = &c->link[c->links - 1].dense.v;
    return v->n * v->oh * round_up(v->oc, BLOCK);
}

static int64_t chain_shared_floats(const chain *c, bool mean) {
    int64_t floats = c->widest * BLOCK + (mean ? chain_sum_floats(c) : 0);
    for (int i = 0; i < c->links; i++) floats += chain_offsets(&c->link[i]);
    return floats;
}

static inline size_t chain_workspace(const tn_problem *p, int threads) {
    chain c;
    chain_setup(p, &c);
    return (size_t)(chain_shared_floats(&c, chain_means(p->nout, p->out)) +
                    threads * chain_worker_floats(&c)) *
           4;
}

typedef struct chain_task chain_task;
typedef void chain_dense(chain_task *t, int link);

typedef struct chain_run {
    const chain *c;
    const void *x;
    const float *z, *packed;
    float *y, *mean, *sums; // sums NULL: nobody wants the mean
    float *zeros, *workers;
    int64_t worker_floats;
    int32_t *off[TNI_LINKS];
    int64_t bands;      // of an image
    chain_dense *dense; // makes a turn's rows of a link
    const void *more;   // of what `dense` needs
} chain_run;

// ---- rows

struct chain_task {
    const chain_run *r;
    int64_t image;
    int64_t from[TNI_LINKS], to[TNI_LINKS]; // rows that each link makes in this turn
    int64_t base[TNI_LINKS];                // the last row before `to` that begins a ring
    float *ring[TNI_LINKS], *copy;
    float *more; // behind them
};

// A row of activations: blocks `step` floats apart.
typedef struct chain_row {
    float *at;
    int64_t step;
} chain_row;

// Row y of what link i makes.
INLINE chain_row chain_made(const chain_task *t, int i, int64_t y) {
    const chain_link *l = &t->r->c->link[i];
    const bconv *v = &l->dense.v;
    int64_t row = v->ow * BLOCK;
    if (i + 1 < t->r->c->links) {
        int64_t place = y - t->base[i];
        return (chain_row){t->ring[i] + (place < 0 ? place + l->kept : place) * chain_row_floats(l), row};
    }
    int64_t blocks = ceil_div(v->oc, BLOCK);
    return (chain_row){t->r->y + (t->image * blocks * v->oh + y) * row, v->oh * row};
}

typedef struct chain_from {
    const float *at;
    int64_t step;
} chain_from;

// Row y of what link i reads.
INLINE chain_from chain_read(const chain_task *t, int i, int64_t y) {
    const bconv *v = &t->r->c->link[i].dense.v;
    if (i > 0) {
        chain_row made = chain_made(t, i - 1, y);
        return (chain_from){made.at, made.step};
    }
    int64_t blocks = ceil_div(v->c, BLOCK);
    return (chain_from){(const float *)t->r->x + (t->image * blocks * v->h + y) * v->w * BLOCK,
                        v->h * v->w * BLOCK};
}

INLINE const float *chain_residual(const chain_task *t, int i, int64_t y) {
    const chain_run *r = t->r;
    return r->z && i + 1 == r->c->links ? r->z + (chain_made(t, i, y).at - r->y) : NULL;
}

// The rows that the first link reads in this turn, with their padding.
static void chain_copy(const chain_task *t) {
    const direct *d = &t->r->c->link[0].dense;
    int64_t blocks = direct_blocks(d);
    direct_from from = {t->r->x, t->image * blocks, t->copy + direct_copy_floats(d)};
    if (t->from[0] == t->to[0]) return;
    for (int64_t b = 0; b < blocks; b++, from.at++)
        direct_copy(d, &from, t->from[0], t->to[0], t->copy + b * d->plane);
}

static void chain_dense_row(const chain_task *t, int i, int64_t panel, int64_t y) {
    const chain_link *l = &t->r->c->link[i];
    const direct *d = &l->dense;
    const float *bias = t->r->packed + l->packed, *w = bias + direct_bias_floats(d);
    int64_t copied = (y - t->from[i]) * d->v.sh * d->width * (d->v.plain ? 1 : BLOCK);
    const float *x = d->in_place ? chain_read(t, i, y).at : t->copy + copied, *z = chain_residual(t, i, y);
    chain_row to = chain_made(t, i, y);
    int32_t lanes[PANEL];
    image_ahead ahead = {0};
    if (d->v.plain && panel == 0) // what the next row reads behind this one's
        ahead = image_ahead_of(&d->image, t->r->x, t->image, d->v.c, d->v.h, d->v.w,
                               y * d->v.sh + (d->v.kh - 1) * d->v.dh + 1 - d->v.top,
                               (y + 1) * d->v.sh + (d->v.kh - 1) * d->v.dh + 1 - d->v.top, d->row_tiles);
    int vectors = bpanel_vectors(d->blocks, panel);
    int64_t channel = panel * PANEL, first = channel / BLOCK * to.step + channel % BLOCK, waiting = 0;
    btile tile = {.off = t->r->off[i],
                  .taps = d->taps,
                  .full = d->cin / BLOCK * d->v.kh * d->v.kw,
                  .rest = d->cin % BLOCK,
                  .y_next = VL == BLOCK ? to.step : VL,
                  .first = true,
                  .w = w + d->k * channel,
                  .bias = bias + channel,
                  .mask = bconv_mask(channel, d->cout, vectors, lanes)};
    bconv_clamps(d->v.act, &tile);
    for (bwalk at = bwalk_from(d->v.ow, 0); at.row == 0; bwalk_next(&at)) {
        tile.x = x + at.column * (d->v.plain ? 1 : BLOCK);
        tile.y = to.at + first + at.column * BLOCK;
        tile.z = z ? z + first + at.column * BLOCK : NULL;
        image_fetch(&ahead);
        btile_run(&tile, d->v.plain, at.pixels, vectors, channel, d->cout);
        waiting = bconv_wait(&tile, d->v.act, waiting, at.pixels, vectors, bwalk_ends_row(&at));
    }
}

static void chain_dense_rows(chain_task *t, int i) {
    const direct *d = &t->r->c->link[i].dense;
    if (!d->in_place) chain_copy(t);
    for (int64_t y = t->from[i]; y < t->to[i]; y++)
        for (int64_t p = 0; p < d->panels; p++) chain_dense_row(t, i, p, y);
}

static void chain_depthwise_row(const chain_task *t, int i, int64_t y) {
    const chain_link *l = &t->r->c->link[i];
    const bdepth *d = &l->depth;
    chain_row to = chain_made(t, i, y);
    const float *z = chain_residual(t, i, y), *rows[TNI_DEPTHWISE_TAPS];
    int64_t steps[TNI_DEPTHWISE_TAPS];
    for (int64_t k = 0; k < d->v.kh; k++) {
        int64_t at = y * d->v.sh + k * d->v.dh - d->v.top;
        rows[k] = t->r->zeros;
        steps[k] = 0;
        if (at < 0 || at >= d->v.h) continue;
        chain_from from = chain_read(t, i, at);
        rows[k] = from.at;
        steps[k] = from.step;
    }
    for (int64_t b = 0; b < d->blocks; b++) {
        bdepth_block_row(d, b, t->r->packed + l->packed, rows, t->r->zeros, z ? z + b * to.step : NULL,
                         to.at + b * to.step);
        for (int64_t k = 0; k < d->v.kh; k++) rows[k] += steps[k];
    }
}

// Adds up a row of a block of Y for the mean: four sums side by side, so that additions need not wait for
// each other.
static void chain_sum_row(const chain_task *t, int64_t block, int64_t y) {
    const chain *c = t->r->c;
    const bconv *v = &c->link[c->links - 1].dense.v;
    chain_row row = chain_made(t, c->links - 1, y);
    float *to = t->r->sums + ((t->image * v->oh + y) * ceil_div(v->oc, BLOCK) + block) * BLOCK;
    for (int lane = 0; lane < BLOCK; lane += VL) {
        const float *from = row.at + block * row.step + lane;
        vf sum[4] = {{0}, {0}, {0}, {0}};
        for (int64_t k = 0; k < v->ow; k++) sum[k % 4] += v_load(from + k * BLOCK);
        v_store(to + lane, (sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
}

// What link i makes in this turn, behind what it reads.
static void chain_make(chain_task *t, int i) {
    const chain *c = t->r->c;
    const bconv *v = &c->link[i].dense.v;
    int64_t blocks = ceil_div(v->oc, BLOCK);
    bool depthwise = c->link[i].depthwise, sums = i + 1 == c->links && t->r->sums;
    if (i > 0) chain_make(t, i - 1);
    if (!depthwise) t->r->dense(t, i);
    for (int64_t y = t->from[i]; y < t->to[i]; y++) {
        if (depthwise) chain_depthwise_row(t, i, y);
        for (int64_t b = 0; sums && b < blocks; b++) chain_sum_row(t, b, y);
    }
}

// Rows [y0, y1) of Y.
static void chain_turn(chain_task *t, int64_t y0, int64_t y1) {
    const chain *c = t->r->c;
    int last = c->links - 1;
    t->from[last] = y0;
    t->to[last] = y1;
    for (int i = last; i > 0; i--) {
        const bconv *v = &c->link[i].dense.v;
        int64_t behind = (t->to[i] - 1) * v->sh - v->top + (v->kh - 1) * v->dh + 1;
        t->from[i - 1] = t->to[i - 1];
        t->to[i - 1] = max64(t->from[i - 1], min64(behind, v->h));
        t->base[i - 1] = t->to[i - 1] - t->to[i - 1] % c->link[i - 1].kept;
    }
    chain_make(t, last);
}

static void chain_band(void *arg, int64_t i, int worker) {
    const chain_run *r = arg;
    const chain *c = r->c;
    int64_t band = i % r->bands, rows = c->link[c->links - 1].dense.v.oh;
    int64_t y0 = rows * band / r->bands, y1 = rows * (band + 1) / r->bands;
    chain_task t = {.r = r, .image = i / r->bands, .copy = r->workers + worker * r->worker_floats};
    float *space = t.copy + chain_copy_floats(&c->link[0]);
    for (int k = 0; k < c->links; space += chain_ring_floats(c, k++)) t.ring[k] = space;
    t.more = t.copy + chain_worker_floats(c);
    t.to[c->links - 1] = y0;
    for (int k = c->links - 1; k > 0; k--) {
        const bconv *v = &c->link[k].dense.v;
        t.to[k - 1] = min64(max64(0, t.to[k] * v->sh - v->top), v->h);
    }
    for (; y0 < y1; y0 += c->rows) chain_turn(&t, y0, min64(y0 + c->rows, y1));
}

// The mean of one block of channels of one image, rows in their order.
static void chain_mean(void *arg, int64_t i, int worker) {
    const chain_run *r = arg;
    const bconv *v = &r->c->link[r->c->links - 1].dense.v;
    int64_t blocks = ceil_div(v->oc, BLOCK), image = i / blocks, block = i % blocks;
    (void)worker;
    for (int lane = 0; lane < BLOCK; lane += VL) {
        const float *from = r->sums + (image * v->oh * blocks + block) * BLOCK + lane;
        vf sum = {0};
        for (int64_t y = 0; y < v->oh; y++) sum += v_load(from + y * blocks * BLOCK);
        v_store(r->mean + i * BLOCK + lane, sum / (float)(v->oh * v->ow));
    }
}

static void chain_place(chain_run *r, float *space, bool mean) {
    const chain *c = r->c;
    r->zeros = space;
    memset(r->zeros, 0, (size_t)(c->widest * BLOCK) * 4);
    space += c->widest * BLOCK;
    if (mean) r->sums = space;
    space += mean ? chain_sum_floats(c) : 0;
    for (int i = 0; i < c->links; i++) {
        const direct *d = &c->link[i].dense;
        r->off[i] = (int32_t *)(void *)space;
        space += chain_offsets(&c->link[i]);
        if (c->link[i].depthwise) continue;
        int64_t rows = i ? 1 : d->v.h;
        direct_offsets(d, d->in_place ? rows * d->v.w * BLOCK : d->plane, r->off[i]);
    }
    r->workers = space;
}

// Of an image: as few as give every thread the same number of them.
static int64_t chain_bands(const bconv *last, int64_t threads) {
    int64_t a = threads, b = last->n;
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return min64(threads / a, max64(1, last->oh / CHAIN_BAND));
}

static chain_run chain_begin(const tn_call *call, const chain *c) {
    bool mean = chain_means(call->nout, (const tn_tensor *const *)call->out);
    chain_run r = {.c = c, .x = call->in[0]->data, .packed = call->packed, .y = call->out[0]->data};
    r.z = bconv_data(call->nin, call->in, TNI_CHAIN_RESIDUAL);
    if (mean) r.mean = call->out[1]->data;
    chain_place(&r, call->workspace, mean);
    r.worker_floats = chain_worker_floats(c);
    r.bands = chain_bands(&c->link[c->links - 1].dense.v, tn_call_threads(call));
    r.dense = chain_dense_rows;
    return r;
}

static void chain_go(tn_call *call, chain_run *r, void (*band)(void *run, int64_t i, int worker)) {
    const bconv *v = &r->c->link[r->c->links - 1].dense.v;
    tn_call_parallel(call, v->n * r->bands, band, r);
    if (r->mean) tn_call_parallel(call, v->n * ceil_div(v->oc, BLOCK), chain_mean, r);
}

static inline tn_status chain_call(tn_call *call) {
    chain_run r = chain_begin(call, call->params);
    chain_go(call, &r, chain_band);
    return TN_OK;
}

#define CONV_BLOCKED_CHAIN(name_, rank_)                                                           \
    {                                                                                              \
        TN_HERE, .name = name_, .op = "BlockedChain", .domain = "tn", .isa = ISA, .rank = rank_,   \
                 .doc = "depth first: a few rows of each link are kept for the next one",          \
                 .reject = chain_reject, .params_bytes = sizeof(chain), .setup = chain_setup,      \
                 .pack_bytes = chain_pack_bytes, .pack = chain_pack, .workspace = chain_workspace, \
                 .run = chain_call,                                                                \
    }

#endif
