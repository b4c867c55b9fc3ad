// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked.inl - convolution of blocked activations without a matrix of patches: register tiles walk
// along rows of output pixels (blocked.inl). Where there is padding or a stride, the rows of a band are
// copied first, padding written out, columns of one phase of the stride side by side, so that the tiles know
// neither:
//
//     [block of channels][phase][row][column][16]   (plain X, 1 to 4 channels: [channel][phase][row][column])
//
// An image that is not plain floats yet (image.inl) becomes so on its way into the copy, a row at a time.
//
// A task is a band of rows by a share of the panels of output channels. Taps are taken in chunks, so that a
// panel's weights and a band's input stay in the core's own cache. Where a large dilation lets much of the
// window fall into the padding, a chunk is one position of the window, and tiles that it leaves outside skip
// it. Then rows of padding are never read, and of its columns no more than a tile reaches over the border:
// the copy is trimmed to that. A window with depth goes through the slices that it meets one by one, each
// with weights and chunks of its own; of a plain X, whose taps are few, they are one chunk.
#ifndef TN_CPU_CONV_F32_BLOCKED_INL
#define TN_CPU_CONV_F32_BLOCKED_INL

#include "cpu/kern/blocked_conv.inl"
#include "cpu/kern/image.inl"

enum { CHUNK = 96, BAND_FLOATS = 64 << 10, SKIP_BLOCKS = 8 };
enum { FAR = 128 << 10 }; // floats of a group of an image of Y, which then comes from far away

typedef struct direct {
    bconv v;
    image_form image;
    int64_t cin, cout; // of a group
    int64_t blocks, panels, taps, chunks;
    int64_t k;                // products of one output with one slice
    int64_t row_tiles, tiles; // of a row, of an image
    int64_t bands, splits;    // tasks of one image and group
    bool flat;                // an image is one row, read in place
    bool line;                // so is the output: bands are of its columns, too
    bool in_place;            // X is read as it lies
    bool shared;              // rows are copied by a first round of tasks
    int64_t deep;             // slices that one chunk goes through
    bool skips;               // taps go by position of the window, then by block
    bool trimmed;             // the copy has no rows of padding, and `margin` columns of it on the left
    int64_t margin;
    int64_t width, rows;  // of what the tiles read: pixels of a row; rows of a phase
    int64_t phase, plane; // floats of a phase, of a block
} direct;

static bool direct_too_large(const bconv *v) {
    int64_t rows = (v->oh - 1) * v->sh + (v->kh - 1) * v->dh + 1, width = v->ow + (v->kw - 1) * v->dw / v->sw;
    double high = (double)max64(rows, v->h), wide = (double)max64((width + VL) * v->sw, v->w);
    return (double)round_up(v->c, BLOCK) * (double)v->d * high * wide > 1e9;
}

static bool direct_slices_meet(const bconv *v) {
    for (int64_t z = 0; z < v->od; z++) {
        inside in = bconv_slices(v, z);
        if (in.lo == in.hi) return false;
    }
    return true;
}

static inline const char *direct_reject(const tn_problem *p) {
    const char *why = bconv_reject_layer(p);
    if (why) return why;
    bconv v;
    bconv_setup(p, &v);
    if (v.plain && (v.group != 1 || v.c > TNI_STEM_CHANNELS))
        return "a plain X of more than 4 channels, or of groups";
    if (v.group > 1 && (v.c / v.group % BLOCK || v.oc / v.group % BLOCK))
        return "the channels of a group are not whole blocks";
    if (bconv_images(&v) * v.oh * v.ow == 0) return "nothing to do";
    if (!direct_slices_meet(&v)) return "slices of the output that meet none of the input";
    return direct_too_large(&v) ? "the image is too large" : NULL;
}

INLINE int64_t direct_chunk(const direct *d, int64_t i) {
    if (d->skips) return i * ceil_div(d->cin, BLOCK);
    return d->taps / d->chunks * i + min64(i, d->taps % d->chunks);
}
// Products before tap t.
INLINE int64_t direct_k(const direct *d, int64_t t) {
    int64_t area = d->v.kh * d->v.kw, full = d->cin / BLOCK * area;
    if (d->v.plain) return t;
    if (d->skips) return t / ceil_div(d->cin, BLOCK) * d->cin; // chunks begin with a position
    return t <= full ? t * BLOCK : full * BLOCK + (t - full) * (d->cin % BLOCK);
}

// Bands and shares by shape alone: enough of them for many threads, and what each task reads stays small.
static void direct_split(direct *d) {
    const bconv *v = &d->v;
    int64_t input = d->cin * (v->kh == 1 ? v->oh : v->h) * (v->kw == 1 ? v->ow : v->w);
    int64_t weights = d->cout * d->k, chunks = d->skips ? 1 : max64(1, d->chunks);
    int64_t outer = bconv_images(v) * v->group, most = d->flat || d->line ? d->tiles : v->oh, bands,
            splits = 1;
    bands = min64(most, max64(1, ceil_div(input / chunks, BAND_FLOATS))); // each reads all weights anew
    while (outer * bands * splits < 16) {
        bool wide = weights / splits > input / bands && 2 * splits <= d->panels;
        if (wide)
            splits *= 2;
        else if (2 * bands <= most)
            bands *= 2;
        else if (2 * splits <= d->panels)
            splits *= 2;
        else
            break;
    }
    d->bands = bands;
    d->splits = splits;
}

// How much of all windows' rows (or columns) meets the image.
static double direct_met(int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad,
                         int64_t in) {
    int64_t met = 0;
    for (int64_t k = 0; k < kernel; k++) {
        inside i = inside_of(k * dilation - pad, stride, in, out);
        met += i.hi - i.lo;
    }
    return (double)met / (double)(out * kernel);
}

static bool direct_skips(const direct *d) {
    const bconv *v = &d->v;
    if (v->plain || v->kd > 1 || d->in_place || d->cin < SKIP_BLOCKS * BLOCK) return false;
    return direct_met(v->oh, v->kh, v->sh, v->dh, v->top, v->h) *
               direct_met(v->ow, v->kw, v->sw, v->dw, v->left, v->w) <
           0.8;
}

// The order of the taps. Weights are packed in one of two for the sizes that the builder had in mind, and
// stay in it whatever sizes a run brings.
static void direct_order(direct *d, bool skips) {
    const bconv *v = &d->v;
    d->skips = skips;
    d->chunks = skips ? v->kh * v->kw : ceil_div(d->taps, v->plain ? 16 * CHUNK : CHUNK);
    d->deep = v->plain && !d->in_place && d->chunks == 1 ? min64(v->kd, v->d) : 1;
}

// Whether each stretch of `step` outputs (tiles, or rows) meets the image with some tap of the axis.
static bool direct_all_meet(int64_t out, int64_t step, int64_t kernel, int64_t stride, int64_t dilation,
                            int64_t pad, int64_t in) {
    for (int64_t i = 0; i < out; i += step) {
        int64_t first = i * stride - pad, last = (min64(i + step, out) - 1) * stride - pad, k = 0;
        while (k < kernel && (last + k * dilation < 0 || first + k * dilation >= in)) k++;
        if (k == kernel) return false;
    }
    return true;
}

// Every tile is made by positions of the window that meet it: the others' rows may be missing.
static bool direct_may_trim(const direct *d) {
    const bconv *v = &d->v;
    if (!d->skips || v->sw != 1 || !direct_all_meet(v->oh, 1, v->kh, v->sh, v->dh, v->top, v->h))
        return false;
    for (int64_t i = 0; i < d->row_tiles; i++) {
        int64_t from = btile_start(v->ow, i), n = btile_start(v->ow, i + 1) - from;
        if (!direct_all_meet(n, n, v->kw, 1, v->dw, v->left - from, v->w)) return false;
    }
    return true;
}

static void direct_channels(direct *d) {
    const bconv *v = &d->v;
    d->cin = v->c / v->group;
    d->cout = v->oc / v->group;
    d->blocks = ceil_div(d->cout, BLOCK);
    d->panels = bpanels(d->blocks);
    d->taps = (v->plain ? d->cin : ceil_div(d->cin, BLOCK)) * v->kh * v->kw;
    d->k = d->cin * v->kh * v->kw;
}

// Rows that are copied, for so many output rows at a time.
static void direct_copied(direct *d, int64_t band) {
    const bconv *v = &d->v;
    d->width = v->ow + (v->kw - 1) * v->dw / v->sw;
    d->rows = (band - 1) * v->sh + (v->kh - 1) * v->dh + 1;
}

// Of a plain X rows are written in whole vectors: the last one neither into the next phase, which may be
// there already, nor into the next channel, which is another task's.
static void direct_floats(direct *d) {
    int64_t pixels = d->width * d->rows;
    d->phase = d->v.plain ? pixels + VL : pixels * BLOCK;
    d->plane = d->phase * d->v.sw;
}

// What the tiles read.
static void direct_place(direct *d, bool trimmed) {
    const bconv *v = &d->v;
    int64_t band = ceil_div(v->oh, d->bands), copied = (band - 1) * v->sh + (v->kh - 1) * v->dh + 1;
    d->trimmed = trimmed;
    d->shared = !d->in_place && (trimmed || d->line || d->splits > 1 || d->bands * copied > 4 * v->h);
    direct_copied(d, d->shared ? v->oh : band);
    if (d->in_place) {
        d->width = v->w;
        d->rows = v->h;
    }
    if (trimmed) {
        d->margin = min64(v->left, PX - 1);
        d->width = d->margin + v->w + min64(max64(0, d->width - v->left - v->w), PX - 1);
        d->rows = v->h;
    }
    direct_floats(d);
}

// All behind the convolution itself.
static void direct_plan(direct *d) {
    bconv *v = &d->v;
    bool unpadded = v->top == 0 && v->left == 0 && (v->oh - 1) * v->sh + (v->kh - 1) * v->dh < v->h &&
                    (v->ow - 1) * v->sw + (v->kw - 1) * v->dw < v->w;
    d->in_place = unpadded && v->sw == 1 && !v->plain;
    d->flat = d->in_place && v->kh * v->kw == 1 && v->sh == 1 && v->oh == v->h && v->ow == v->w;
    if (d->flat) {
        v->w = v->ow = v->h * v->w;
        v->h = v->oh = 1;
    }
    d->line = v->oh == 1 && !d->flat && !v->plain;
    direct_channels(d);
    direct_order(d, direct_skips(d));
    d->row_tiles = btile_count(v->ow);
    d->tiles = v->oh * d->row_tiles;
    direct_split(d);
    direct_place(d, direct_may_trim(d));
}

static void direct_setup(const tn_problem *p, void *params) {
    direct *d = params;
    *d = (direct){0};
    bconv_setup(p, &d->v);
    image_setup(p, &d->image);
    direct_plan(d);
}

// Packed: whether the order of taps is the one that skips, in HEAD floats; bias [group][panels * PANEL];
// weights [group][panel][slice][tap][k][channel], no zeros between.
enum { HEAD = 16 };
static int64_t direct_bias_floats(const direct *d) { return d->v.group * d->panels * PANEL; }
static int64_t direct_weight_floats(const direct *d) { // of a group
    return d->v.kd * d->k * d->blocks * BLOCK;
}

static inline size_t direct_pack_bytes(const tn_problem *p) {
    direct d;
    direct_setup(p, &d);
    return (size_t)(HEAD + direct_bias_floats(&d) + d.v.group * direct_weight_floats(&d)) * 4;
}

static float *direct_pack_panel(const direct *d, const float *w, int64_t first, int64_t width, int64_t kz,
                                float *to) {
    int64_t area = d->v.kh * d->v.kw, step = d->v.plain ? 1 : BLOCK, blocks = ceil_div(d->cin, step);
    for (int64_t outer = 0; outer < (d->skips ? area : blocks); outer++)
        for (int64_t inner = 0; inner < (d->skips ? blocks : area); inner++) {
            int64_t a = d->skips ? outer : inner, c0 = (d->skips ? inner : outer) * step;
            for (int64_t c = c0; c < min64(c0 + step, d->cin); c++)
                for (int64_t j = 0; j < width; j++)
                    *to++ =
                        first + j < d->cout ? w[(((first + j) * d->cin + c) * d->v.kd + kz) * area + a] : 0;
        }
    return to;
}

// Bias and weights.
static void direct_pack_from(const direct *d, const float *w, const float *bias, float *to) {
    for (int64_t g = 0; g < d->v.group; g++)
        for (int64_t i = 0; i < d->panels * PANEL; i++)
            *to++ = bias && i < d->cout ? bias[g * d->cout + i] : 0;
    for (int64_t g = 0; g < d->v.group; g++)
        for (int64_t i = 0; i < d->panels; i++)
            for (int64_t kz = 0; kz < d->v.kd; kz++)
                to = direct_pack_panel(d, w + g * d->cout * d->v.kd * d->k, i * PANEL,
                                       bpanel_vectors(d->blocks, i) * VL, kz, to);
}

static inline void direct_pack(const tn_problem *p, void *packed) {
    direct d;
    direct_setup(p, &d);
    float *to = packed;
    memset(to, 0, HEAD * sizeof *to);
    *to = d.skips;
    direct_pack_from(&d, p->in[1]->data, bconv_data(p->nin, p->in, 2), to + HEAD);
}

static int64_t direct_copy_floats(const direct *d) { // of one image and group, or of a band of it
    int64_t blocks = d->v.plain ? d->cin : ceil_div(d->cin, BLOCK);
    return d->in_place ? 0 : round_up(blocks * d->plane + 2 * VL, 16);
}

static int64_t direct_copies(const direct *d, int threads) {
    return d->shared ? d->v.n * d->v.d * d->v.group : threads * d->deep;
}

static int64_t direct_line_floats(const direct *d) { return d->image.raw ? round_up(d->v.w + VL, 16) : 0; }

static size_t direct_room(const direct *d, int threads) {
    int64_t each = round_up(d->taps * d->deep, 16) + direct_line_floats(d); // of a thread
    return (size_t)(direct_copies(d, threads) * direct_copy_floats(d) + threads * each) * 4;
}

static inline size_t direct_workspace(const tn_problem *p, int threads) {
    direct d;
    direct_setup(p, &d);
    return direct_room(&d, threads);
}

typedef struct direct_run {
    const direct *d;
    const void *x;
    const float *z, *bias, *weights;
    float *y, *copies;
    float *lines; // [worker][columns]
    int32_t *off; // [worker][taps]
} direct_run;

// A plane of the input: planes are counted as they lie.
typedef struct direct_from {
    const void *x; // all of them
    int64_t at;
    float *line; // a row on its way
} direct_from;

// ---- copying rows, padding written out

static const float *direct_row(const direct *d, const direct_from *f, int64_t y) {
    const bconv *v = &d->v;
    if (!d->image.raw) return (const float *)f->x + (f->at * v->h + y) * v->w * (v->plain ? 1 : BLOCK);
    image_row(&d->image, f->x, f->at / d->cin, f->at % d->cin, d->cin, v->h, v->w, y, f->line);
    return f->line;
}

static bool direct_phase_used(const bconv *v, int64_t phase) {
    for (int64_t k = 0; k < v->kw && k < v->sw; k++)
        if (k * v->dw % v->sw == phase) return true;
    return v->sw == 1;
}

// Pixels of one phase of a row; `row` NULL: a row of padding.
static void direct_copy_row(const direct *d, const float *row, int64_t phase, float *to) {
    const bconv *v = &d->v;
    inside in = inside_of(phase - v->left, v->sw, v->w, d->width);
    if (!row) in.lo = in.hi = 0;
    if (v->plain) {
        row_padded(TN_F32, row, 0, phase - v->left, v->sw, in, 0, to, d->width);
        return;
    }
    memset(to, 0, (size_t)in.lo * BLOCK * 4);
    memset(to + in.hi * BLOCK, 0, (size_t)(d->width - in.hi) * BLOCK * 4);
    if (in.hi == in.lo) return;
    const float *from = row + (phase - v->left + in.lo * v->sw) * BLOCK;
    to += in.lo * BLOCK;
    if (v->sw == 1) {
        memcpy(to, from, (size_t)(in.hi - in.lo) * BLOCK * 4);
        return;
    }
    for (int64_t i = in.lo; i < in.hi; i++, to += BLOCK, from += v->sw * BLOCK)
        for (int j = 0; j < BLOCK; j += VL) v_store(to + j, v_load(from + j));
}

static void direct_copy_trimmed(const direct *d, const float *from, float *to) {
    int64_t w = d->v.w, right = d->width - d->margin - w;
    for (int64_t y = 0; y < d->v.h; y++, from += w * BLOCK, to += d->width * BLOCK) {
        memset(to, 0, (size_t)d->margin * BLOCK * 4);
        memcpy(to + d->margin * BLOCK, from, (size_t)w * BLOCK * 4);
        memset(to + (d->margin + w) * BLOCK, 0, (size_t)right * BLOCK * 4);
    }
}

// Rows of a block for the output rows [y0, y1).
static void direct_copy(const direct *d, const direct_from *from, int64_t y0, int64_t y1, float *to) {
    const bconv *v = &d->v;
    if (d->trimmed) {
        direct_copy_trimmed(d, direct_row(d, from, 0), to);
        return;
    }
    int64_t floats = v->plain ? 1 : BLOCK, n = (y1 - y0 - 1) * v->sh + (v->kh - 1) * v->dh + 1;
    for (int64_t r = 0; r < n; r++) {
        int64_t y = y0 * v->sh + r - v->top;
        if (v->kh == 1 && r % v->sh) continue; // never read
        const float *row = y >= 0 && y < v->h ? direct_row(d, from, y) : NULL;
        if (v->plain && v->sw == 2 && v->kw > 1 && v->left >= 0) {
            float *even = to + r * d->width;
            row_phases(row, v->w, v->left, d->width, 0, even, even + d->phase);
            continue;
        }
        for (int64_t phase = 0; phase < v->sw; phase++)
            if (direct_phase_used(v, phase))
                direct_copy_row(d, row, phase, to + phase * d->phase + r * d->width * floats);
    }
}

static int64_t direct_blocks(const direct *d) { return d->v.plain ? d->cin : ceil_div(d->cin, BLOCK); }

// Copies are [image][slice][group][block].
static void direct_share(void *arg, int64_t i, int worker) {
    const direct_run *r = arg;
    const direct *d = r->d;
    int64_t blocks = direct_blocks(d), group = d->v.group, outer = i / blocks, block = i % blocks;
    int64_t slice = outer / group % d->v.d, image = outer / (group * d->v.d);
    int64_t at = ((image * group + outer % group) * blocks + block) * d->v.d + slice;
    const direct_from from = {r->x, at, r->lines + worker * direct_line_floats(d)};
    direct_copy(d, &from, 0, d->v.oh, r->copies + outer * direct_copy_floats(d) + block * d->plane);
}

// ---- one task

static void direct_offsets(const direct *d, int64_t block_floats, int32_t *off) {
    const bconv *v = &d->v;
    int64_t floats = v->plain ? 1 : BLOCK, area = v->kh * v->kw, blocks = d->taps / area;
    int64_t start = d->trimmed ? v->top * d->width + v->left - d->margin : 0;
    for (int64_t ky = 0, position = 0; ky < v->kh; ky++)
        for (int64_t kx = 0; kx < v->kw; kx++, position++) { // divisions here: once a position, not a tap
            int64_t column = kx * v->dw, phase = d->in_place ? 0 : column % v->sw;
            int64_t at = d->in_place ? column : column / v->sw;
            at = phase * d->phase + (ky * v->dh * d->width + at - start) * floats;
            int32_t *to = off + (d->skips ? position * blocks : position);
            for (int64_t block = 0; block < blocks; block++, to += d->skips ? 1 : area, at += block_floats)
                *to = (int32_t)at;
        }
}

// Does position k of the window meet the image anywhere in a tile?
INLINE bool direct_meets(const direct *d, int64_t k, int64_t y, int64_t column, int64_t pixels) {
    const bconv *v = &d->v;
    int64_t row = y * v->sh + k / v->kw * v->dh - v->top;
    int64_t first = column * v->sw + k % v->kw * v->dw - v->left, last = first + (pixels - 1) * v->sw;
    return row >= 0 && row < v->h && last >= 0 && first < v->w;
}

// What a task works on: `slices` slices of the window, read from `x` on by row y0 of the output.
typedef struct direct_work {
    int64_t outer, kz; // image and group; tap of the depth
    int64_t slices;
    bool first, last; // of the slices
    int64_t t0, t1, y0;
    int64_t p0, p1; // of the panels
    const float *x;
    const int32_t *off;
    image_ahead ahead;
} direct_work;

// What this chunk is to a tile: 0 when it is skipped, else bits: 1 always, 2 its first chunk, 4 its last one.
static int direct_part(const direct *d, const direct_work *o, int64_t chunk, int64_t y, int64_t column,
                       int64_t pixels) {
    int part = 1;
    if (!d->skips)
        return part | (o->first && chunk == 0 ? 2 : 0) | (o->last && chunk + 1 == d->chunks ? 4 : 0);
    int64_t lo = 0, hi = d->chunks - 1;
    while (lo < hi && !direct_meets(d, lo, y, column, pixels)) lo++;
    while (hi > lo && !direct_meets(d, hi, y, column, pixels)) hi--;
    if (chunk != lo && chunk != hi && !direct_meets(d, chunk, y, column, pixels)) return 0;
    return part | (chunk == lo ? 2 : 0) | (chunk == hi ? 4 : 0);
}

// Where the weights of a panel and a chunk begin.
INLINE const float *direct_weights(const direct_run *r, const direct_work *o, int64_t panel, int64_t chunk) {
    const direct *d = r->d;
    int64_t k = d->v.kd * d->k * panel * PANEL, vectors = bpanel_vectors(d->blocks, panel);
    return r->weights + o->outer % d->v.group * direct_weight_floats(d) + k +
           (o->kz * d->k + direct_k(d, direct_chunk(d, chunk))) * vectors * VL;
}

// The panel that comes next is fetched meanwhile, evenly by all tiles: the first tile of a panel reads
// weights faster than they come from memory, and the others would wait for none.
static void direct_ahead(const direct_run *r, const direct_work *o, int64_t panel, int64_t chunk, btile *t) {
    const direct *d = r->d;
    if (++panel == o->p1) {
        bool ends = ++chunk == d->chunks; // then it is the next task's, if of the same group and slice
        panel = ends ? o->p1 % d->panels : o->p0;
        chunk = ends ? 0 : chunk;
    }
    t->ahead = direct_weights(r, o, panel, chunk);
    t->ahead_step = ceil_div(PANEL, o->t1 - o->t0);
}

// All tiles of a band for one panel and one chunk of taps.
static void direct_panel(const direct_run *r, direct_work *o, int64_t panel, int64_t chunk) {
    const direct *d = r->d;
    const bconv *v = &d->v;
    int vectors = bpanel_vectors(d->blocks, panel);
    int64_t tap0 = direct_chunk(d, chunk), tap1 = direct_chunk(d, chunk + 1), area = v->oh * v->ow;
    int64_t group = o->outer % v->group, channel = panel * PANEL, floats = v->plain ? 1 : BLOCK;
    int64_t to = bconv_plane_out(v, o->outer / v->group, v->group * d->blocks) + group * d->blocks * v->od;
    to = to * area * BLOCK + bchannel(channel, v->od * area);
    int32_t lanes[PANEL];
    btile t = {.off = o->off + tap0,
               .taps = (tap1 - tap0) * o->slices,
               .full = d->skips ? d->cin / BLOCK : max64(0, d->cin / BLOCK * v->kh * v->kw - tap0),
               .rest = d->cin % BLOCK,
               .y_next = bpanel_next(v->od * area),
               .bias = r->bias + group * d->panels * PANEL + channel};
    const float *mask = bconv_mask(channel, d->cout, vectors, lanes);
    t.w = direct_weights(r, o, panel, chunk);
    direct_ahead(r, o, panel, chunk, &t);
    int64_t k = direct_k(d, tap1) - direct_k(d, tap0), share = k * t.ahead_step, waiting = 0;
    const float *fetched = t.ahead + k * PANEL;
    bool far = VL == 16 && d->cout * v->od * area > FAR; // shorter vectors make shorter tiles: no gain
    bwalk w = bwalk_from(v->ow, o->t0);
    for (int64_t i = o->t0; i < o->t1; i++, bwalk_next(&w)) {
        int64_t at = to + (w.row * v->ow + w.column) * BLOCK;
        int part = direct_part(d, o, chunk, w.row, w.column, w.pixels);
        bool last = part & 4;
        if (!part) continue;
        t.first = part & 2;
        t.mask = last ? mask : NULL;
        t.lo = -INFINITY;
        t.hi = INFINITY;
        if (last) bconv_clamps(v->act, &t);
        t.x = o->x + ((w.row - o->y0) * v->sh * d->width + w.column) * floats;
        t.y = r->y + at;
        t.z = r->z ? r->z + at : NULL;
        image_fetch(&o->ahead);
        if (far) btile_fetch_end(&t, w.pixels, vectors);
        btile_run(&t, v->plain, w.pixels, vectors, channel, d->cout);
        t.ahead += share;
        if (t.ahead >= fetched) t.ahead = t.w, share = 0; // which is near
        bool ends = d->skips || bwalk_ends_row(&w) || i + 1 == o->t1;
        if (last) waiting = bconv_wait(&t, v->act, waiting, w.pixels, vectors, ends);
    }
}

// Slice o->kz of the window: where rows [u0, u1) of the output read it.
static const float *direct_slice(const direct_run *r, const direct_work *o, int64_t u0, int64_t u1,
                                 float *copy, float *line) {
    const direct *d = r->d;
    const bconv *v = &d->v;
    int64_t blocks = direct_blocks(d), image = o->outer / v->group, group = o->outer % v->group;
    int64_t at = bconv_plane_in(v, image, v->group * blocks, group * blocks, o->kz);
    direct_from from = {r->x, at, line};
    if (d->in_place) return direct_row(d, &from, 0);
    if (d->shared) {
        int64_t slice = at % v->d + image / v->od * v->d;
        return r->copies + (slice * v->group + group) * direct_copy_floats(d);
    }
    for (int64_t b = 0; b < blocks; b++, from.at += v->d) direct_copy(d, &from, u0, u1, copy + b * d->plane);
    return copy;
}

// The offsets for further slices: their copies lie side by side.
static void direct_deepen(const direct *d, int32_t *off) {
    int64_t slice = direct_copy_floats(d) * (d->shared ? d->v.dd : 1);
    for (int64_t i = d->taps; i < d->taps * d->deep; i++) off[i] = (int32_t)(off[i - d->taps] + slice);
}

static void direct_task(void *arg, int64_t i, int worker) {
    const direct_run *r = arg;
    const direct *d = r->d;
    const bconv *v = &d->v;
    int64_t split = i % d->splits, band = i / d->splits % d->bands, outer = i / (d->splits * d->bands);
    bool columns = d->flat || d->line;
    int64_t units = columns ? d->tiles : v->oh, per = columns ? 1 : d->row_tiles;
    int64_t u0 = units * band / d->bands, u1 = units * (band + 1) / d->bands;
    int64_t p0 = d->panels * split / d->splits, p1 = d->panels * (split + 1) / d->splits;
    int64_t copied = direct_copy_floats(d);
    int32_t *off = r->off + worker * round_up(d->taps * d->deep, 16);
    float *copy = r->copies + worker * d->deep * copied, *line = r->lines + worker * direct_line_floats(d);
    direct_offsets(d, d->in_place ? v->d * v->h * v->w * BLOCK : d->plane, off);
    direct_deepen(d, off);
    direct_work o = {.outer = outer, .t0 = u0 * per, .t1 = u1 * per, .p0 = p0, .p1 = p1, .off = off};
    o.y0 = d->flat || d->in_place || d->shared ? 0 : u0;
    if (v->plain && !d->shared && v->d == 1) // the next band's rows
        o.ahead = image_ahead_of(&d->image, r->x, outer, v->c, v->h, v->w, u1 * v->sh - v->top,
                                 (2 * u1 - u0) * v->sh + (v->kh - 1) * v->dh - v->top, o.t1 - o.t0);
    inside z = bconv_slices(v, outer / v->group);
    for (int64_t kz = z.lo; kz < z.hi; kz += o.slices) {
        o.slices = min64(d->deep, z.hi - kz);
        o.first = kz == z.lo;
        o.last = kz + o.slices == z.hi;
        for (int64_t k = o.slices; k-- > 0;) { // the first one last: it is where they begin
            o.kz = kz + k;
            o.x = direct_slice(r, &o, u0, u1, copy + k * copied, line);
        }
        for (int64_t c = 0; c < d->chunks; c++)
            for (int64_t p = p0; p < p1; p++) {
                direct_panel(r, &o, p, c);
                o.ahead.planes = 0;
            }
    }
}

static inline tn_status direct_call(tn_call *c) {
    direct own = *(const direct *)c->params;
    const direct *d = &own;
    float *room = c->workspace;
    direct_order(&own, *(const float *)c->packed != 0);
    if (d->trimmed && !d->skips) { // weights that were packed for sizes that skip nothing
        direct_place(&own, false);
        if (!(room = tn_call_scratch(c, direct_room(d, tn_call_threads(c))))) return TN_NOMEM;
    }
    int64_t copies = direct_copies(d, tn_call_threads(c)), outer = bconv_images(&d->v) * d->v.group;
    direct_run r = {.d = d, .x = c->in[0]->data, .y = c->out[0]->data, .copies = room};
    r.z = bconv_data(c->nin, c->in, 3);
    r.lines = r.copies + copies * direct_copy_floats(d);
    r.off = (int32_t *)(void *)(r.lines + tn_call_threads(c) * direct_line_floats(d));
    r.bias = (const float *)c->packed + HEAD;
    r.weights = r.bias + direct_bias_floats(d);
    if (d->shared) tn_call_parallel(c, copies * direct_blocks(d), direct_share, &r);
    tn_call_parallel(c, outer * d->bands * d->splits, direct_task, &r);
    return TN_OK;
}

#define CONV_BLOCKED(name_, rank_)                                                                           \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = "BlockedConv", .domain = "tn", .isa = ISA, .rank = rank_,              \
                 .doc = "register tiles along rows of blocked pixels", .reject = direct_reject,              \
                 .params_bytes = sizeof(direct), .setup = direct_setup, .pack_bytes = direct_pack_bytes,     \
                 .pack = direct_pack, .workspace = direct_workspace, .run = direct_call, .inplace = 1u << 3, \
    }

#endif
