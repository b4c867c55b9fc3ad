// SPDX-License-Identifier: Apache-2.0
// conv_i8_words.inl - what 8-bit convolutions without patches are, whatever a word holds. An image is written
// once as words: the same place of as many channels, or as many taps of a line, whichever makes fewer. With
// its padding, and strides taken apart into phases, what neighbouring outputs read lies side by side, so a
// register tile reads it in place. Outputs are counted along rows of words, of which the first ow are
// results:
//
//     workspace: | off[step] | words [plane][phase][row][pitch] | weights, when dynamic | each worker's sums
//     | weights [group][panel][step][h <= MR rows], step = (plane, tap)
#ifndef TN_CPU_CONV_I8_WORDS_INL
#define TN_CPU_CONV_I8_WORDS_INL

#include "cpu/kern/conv_i8.inl"
#include "cpu/kern/gemm_i8.inl"

typedef struct conv_i8 {
    conv v;
    int64_t m;                     // output channels of a group
    int64_t each;                  // numbers in a word
    bool across;                   // of one place of as many channels; else of neighbouring taps of a line
    int64_t planes, hop;           // of a group; from one tap of a line to the next
    uint32_t phases_y, phases_x;   // bit f: some tap meets phase f
    int64_t rows, pitch;           // of a phase of a plane
    int64_t plane, steps, columns; // words; sums of an output; outputs with what lies between
    int64_t line, kept;            // of `line` columns the first `kept` are results
    int64_t blocks, splits;        // tasks of a group: of columns, of output channels
    bool packed;                   // weights packed at build time
} conv_i8;

enum { CONV_I8_TILES = 8, CONV_I8_TASKS = 16, CONV_I8_STRIDE = 16, CONV_I8_PIECE = 256 };

// The phases of a strided axis that taps 0, hop, 2 hop... < k meet.
static uint32_t conv_i8_phases(int64_t k, int64_t hop, int64_t dilation, int64_t stride) {
    uint32_t used = 0;
    for (int64_t t = 0; t < k; t += hop) used |= 1u << (t * dilation % stride);
    return used;
}

// Which of the phases in use phase f is.
INLINE int64_t conv_i8_phase(uint32_t used, int64_t f) { return __builtin_popcount(used & ((1u << f) - 1)); }

static void conv_i8_tasks(conv_i8 *s) {
    int64_t tile_count = max64(1, ceil_div(s->columns, NR)), panels = max64(1, panel_count(s->m));
    s->splits = 1;
    s->blocks = ceil_div(tile_count, CONV_I8_TILES);
    while (s->v.group * s->blocks * s->splits < CONV_I8_TASKS) {
        if (tile_count >= 4 * s->blocks)
            s->blocks *= 2;
        else if (panels >= 2 * s->splits)
            s->splits *= 2;
        else
            break;
    }
}

static void conv_i8_setup_words(const tn_problem *p, int64_t each, conv_i8 *s) {
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    *s = (conv_i8){.hop = 1, .each = each};
    conv_i8_shape(p, &s->v);
    const conv *v = &s->v;
    int64_t channels = v->c / v->group, taps = v->kh * v->kw;
    int64_t places = ceil_div(channels, each) * taps, lines = channels * v->kh * ceil_div(v->kw, each);
    s->m = v->oc / v->group;
    s->across = places <= lines;
    s->steps = s->across ? places : lines;
    s->planes = s->across ? ceil_div(channels, each) : channels;
    if (!s->across) s->hop = each;
    s->phases_y = conv_i8_phases(v->kh, 1, v->dh, v->sh);
    s->phases_x = conv_i8_phases(v->kw, s->hop, v->dw, v->sw);
    s->rows = v->oh + (v->kh - 1) * v->dh / v->sh;
    s->pitch = v->ow + (v->kw - 1) / s->hop * s->hop * v->dw / v->sw;
    s->plane = __builtin_popcount(s->phases_y) * __builtin_popcount(s->phases_x) * s->rows * s->pitch;
    s->columns = v->oh && v->ow ? (v->oh - 1) * s->pitch + v->ow : 0;
    s->line = s->pitch == v->ow ? s->columns : s->pitch;
    s->kept = s->pitch == v->ow ? s->columns : v->ow;
    s->packed = in.w->data && (!in.w_zero || in.w_zero->data);
    conv_i8_tasks(s);
}

static const char *conv_i8_words_reject(const tn_problem *p, int64_t each) {
    const char *why = conv_i8_reject(p);
    conv_i8 s;
    conv v;
    if (why) return why;
    if (tn_count(p->out[0]) == 0) return "nothing to do";
    conv_i8_shape(p, &v);
    if (v.sh > CONV_I8_STRIDE || v.sw > CONV_I8_STRIDE) return "a stride over 16";
    const char *large = "an image of more than 2^31 words";
    double high = (double)(v.oh * v.sh + (v.kh - 1) * v.dh), wide = (double)(v.ow * v.sw + (v.kw - 1) * v.dw);
    if (high * wide > INT32_MAX) return large; // beyond that, sizes overflow
    conv_i8_setup_words(p, each, &s);
    return s.planes * s.plane > INT32_MAX - NR ? large : NULL;
}

// ------------------------------------------------------------------------------------------- weights

static int64_t conv_i8_weights(const conv_i8 *s) { return s->v.oc * s->steps; }

// The weight of output channel `row` for (channel, ky, kx) less its zero point; 0 outside.
static int16_t conv_i8_weight(const conv_i8 *s, const conv_i8_inputs *in, int64_t row, int64_t channel,
                              int64_t ky, int64_t kx) {
    const conv *v = &s->v;
    int64_t channels = v->c / v->group;
    if (channel >= channels || kx >= v->kw) return 0;
    int64_t at = ((row * channels + channel) * v->kh + ky) * v->kw + kx;
    return (int16_t)(int8_at(in->w->dtype, in->w->data, at) - zero_at(in->w_zero, row));
}

// --------------------------------------------------------------------------------------------- words

typedef struct conv_i8_room { // 32-bit words
    int64_t off, words, weights, block, worker;
} conv_i8_room;

static conv_i8_room conv_i8_sizes(const conv_i8 *s) {
    conv_i8_room r = {.off = ceil_div(s->steps, 16) * 16};
    r.words = ceil_div(s->v.group * s->planes * s->plane + NR, 16) * 16; // the last tile reads on
    r.weights = s->packed ? 0 : ceil_div(conv_i8_weights(s), 16) * 16;
    r.block = ceil_div(max64(1, ceil_div(s->columns, NR)), s->blocks) * NR;
    r.worker = MR * r.block;
    return r;
}

typedef struct conv_i8_run conv_i8_run;
struct conv_i8_run {
    const conv_i8 *s;
    tile_i8_fn *const (*tiles)[NV];
    void (*phase)(const conv_i8_run *r, int64_t p, int64_t fy, int64_t fx, uint32_t *to); // makes its words
    conv_i8_inputs in;
    result_i8 result;
    const uint32_t *weights;
    const int32_t *off;
    uint32_t *words, *workers;
    int64_t image, block;
    const int32_t *weight_sums; // by channel: times `zero` too much in the sums; NULL: nothing is
    uint32_t zero;
};

// Where the words of each step begin.
static void conv_i8_offsets(const conv_i8 *s, int32_t *off) {
    const conv *v = &s->v;
    int64_t width = __builtin_popcount(s->phases_x), phase = s->rows * s->pitch;
    for (int64_t q = 0; q < s->planes; q++)
        for (int64_t ky = 0; ky < v->kh; ky++)
            for (int64_t kx = 0; kx < v->kw; kx += s->hop) {
                int64_t y = ky * v->dh, x = kx * v->dw;
                int64_t f =
                    conv_i8_phase(s->phases_y, y % v->sh) * width + conv_i8_phase(s->phases_x, x % v->sw);
                *off++ = (int32_t)(q * s->plane + f * phase + y / v->sh * s->pitch + x / v->sw);
            }
}

static void conv_i8_plane_task(void *arg, int64_t p, int worker) {
    const conv_i8_run *r = arg;
    const conv_i8 *s = r->s;
    uint32_t *to = r->words + p * s->plane;
    (void)worker;
    for (int64_t fy = 0; fy < s->v.sh; fy++)
        for (int64_t fx = 0; fx < s->v.sw; fx++) {
            if (!(s->phases_y >> fy & 1) || !(s->phases_x >> fx & 1)) continue;
            r->phase(r, p, fy, fx, to);
            to += s->rows * s->pitch;
        }
}

// ----------------------------------------------------------------------------------------- the product

// Columns [c0, c1) of an output channel: requantised in one go, with what lies between the results.
static void conv_i8_columns(const conv_i8_run *r, const uint32_t *sums, int64_t channel, int64_t c0,
                            int64_t c1) {
    const conv_i8 *s = r->s;
    conv_i8_channel k = conv_i8_channel_of(&r->in, channel);
    if (r->weight_sums) k.bias -= r->zero * (uint32_t)r->weight_sums[channel];
    int64_t at = (r->image * s->v.oc + channel) * s->v.oh * s->v.ow;
    uint8_t bytes[CONV_I8_TILES * NR];
    result_i8 apart = r->result;
    bool whole = apart.type == TN_I32 || s->line == s->kept; // results where they belong
    apart.y = bytes;
    if (!whole) conv_i8_store(&k, &apart, sums, 0, c1 - c0);
    for (int64_t c = c0; c < c1; c = (c / s->line + 1) * s->line) {
        int64_t x = c % s->line, n = min64(s->kept, x + c1 - c) - x, to = at + c / s->line * s->kept + x;
        if (n > 0 && whole) conv_i8_store(&k, &r->result, sums + (c - c0), to, n);
        if (n > 0 && !whole) memcpy((uint8_t *)r->result.y + to, bytes + (c - c0), (size_t)n);
    }
}

static void conv_i8_task(void *arg, int64_t i, int worker) {
    const conv_i8_run *r = arg;
    const conv_i8 *s = r->s;
    int64_t split = i % s->splits, block = i / s->splits % s->blocks, group = i / (s->splits * s->blocks);
    int64_t panels = panel_count(s->m), tile_count = ceil_div(s->columns, NR);
    int64_t p0 = panels * split / s->splits, p1 = panels * (split + 1) / s->splits;
    int64_t c0 = tile_count * block / s->blocks * NR;
    int64_t c1 = min64(s->columns, tile_count * (block + 1) / s->blocks * NR);
    uint32_t *sums = r->workers + worker * MR * r->block;
    const uint32_t *words = r->words + group * s->planes * s->plane;
    for (int64_t p = p0; p < p1; p++) {
        int64_t row0 = group * s->m + panel_row(s->m, p), h = panel_row(s->m, p + 1) - panel_row(s->m, p);
        for (int64_t c = c0; c < c1; c += NR)
            r->tiles[h - 1][c1 - c > VL ? 1 : 0](r->weights + row0 * s->steps, words + c, r->off, s->steps,
                                                 true, sums + (c - c0), r->block);
        for (int64_t k = 0; k < h; k++) conv_i8_columns(r, sums + k * r->block, row0 + k, c0, c1);
    }
}

static conv_i8_run conv_i8_begin(tn_call *c) {
    const conv_i8 *s = c->params;
    conv_i8_room room = conv_i8_sizes(s);
    int32_t *off = c->workspace;
    uint32_t *space = c->workspace;
    conv_i8_run r = {
        .s = s, .weights = c->packed, .off = off, .words = space + room.off, .block = room.block};
    r.in = conv_i8_in(&c->attrs, c->nin, c->in);
    r.result = result_of(c->out[0], r.in.y_scale, r.in.y_zero);
    r.workers = r.words + room.words + room.weights;
    conv_i8_offsets(s, off);
    return r;
}

static tn_status conv_i8_images(tn_call *c, conv_i8_run *r) {
    const conv_i8 *s = r->s;
    for (; r->image < s->v.n; r->image++) {
        tn_call_parallel(c, s->v.group * s->planes, conv_i8_plane_task, r);
        tn_call_parallel(c, s->v.group * s->blocks * s->splits, conv_i8_task, r);
    }
    return TN_OK;
}

#endif
