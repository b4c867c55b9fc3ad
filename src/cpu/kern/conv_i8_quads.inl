// SPDX-License-Identifier: Apache-2.0
// conv_i8_quads.inl - QLinearConv and ConvInteger as a matrix product by instructions that multiply 8-bit
// numbers as they are (quads.inl). A is the weights, B the patches; a word is four channels of one pixel, so
// that the image is interleaved once and patches are made of whole words:
//
//     k runs over [channel / 4][kernel position][channel % 4]
//     packed:    | weights of each group | sums of their rows |
//     workspace: | image [n][group][channel / 4][h][w] of words | patches of a round | sums of their columns
//     |
//                  weights as packed, when they are dynamic | each worker's line of pixels, sums |
//
// A round makes the patches of as many pixels as stay in the cache, then multiplies them.
#ifndef TN_CPU_CONV_I8_QUADS_INL
#define TN_CPU_CONV_I8_QUADS_INL

#include "cpu/kern/quads.inl"

#include "cpu/kern/conv_i8.inl"

enum { CONV_QUADS_PATCHES = 1 << 20, CONV_QUADS_TILES = 4, CONV_QUADS_PANELS = 4 };
enum { CONV_QUADS_LINE = CONV_QUADS_TILES * DOT_COLUMNS };

typedef struct conv_quads {
    conv v;
    int64_t channels, quads;       // of a group
    int64_t m, k, pixels, words;   // of a group: [m,k] times [k,pixels]; words of k
    int64_t outer, tiles, columns; // groups of images, and tiles of pixels, of a round; its columns, at most
    bool packed;                   // weights packed at build time
} conv_quads;

static void conv_quads_setup(const tn_problem *p, void *params) {
    conv_quads *s = params;
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    *s = (conv_quads){0};
    conv_i8_shape(p, &s->v);
    s->channels = s->v.c / s->v.group;
    s->quads = ceil_div(s->channels, 4);
    s->m = s->v.oc / s->v.group;
    s->k = s->channels * s->v.kh * s->v.kw;
    s->pixels = s->v.oh * s->v.ow;
    s->words = dot_words(s->quads * 4 * s->v.kh * s->v.kw, 4);
    s->packed = in.w->data && (!in.w_zero || in.w_zero->data);
    int64_t all = max64(1, dot_tiles(s->pixels)),
            fit = max64(1, CONV_QUADS_PATCHES / (s->words * DOT_COLUMNS * 4));
    int64_t rounds = ceil_div(all, fit);
    s->tiles = ceil_div(all, rounds);
    s->outer = rounds > 1 ? 1 : max64(1, min64(s->v.n * s->v.group, fit / all));
    s->columns = s->outer * s->tiles * DOT_COLUMNS;
}

static const char *conv_quads_reject(const tn_problem *p) {
    const char *no = conv_i8_reject(p);
    conv_quads s;
    if (no) return no;
    conv_quads_setup(p, &s);
    if (s.k == 0) return "no products";
    return s.v.group > 1 && s.channels < 4 ? "groups of fewer than four channels" : NULL;
}

// ---- weights

// The product of one group by `pixels` pixels.
INLINE dot conv_quads_dot(const conv_quads *s, int64_t pixels) { return (dot){s->m, pixels, s->words}; }
INLINE int64_t conv_quads_group(const conv_quads *s) {
    dot d = conv_quads_dot(s, 0);
    return dot_a_words(&d);
}
INLINE int64_t conv_quads_weights(const conv_quads *s) {
    return s->v.group * conv_quads_group(s) + ceil_div(s->v.oc, 16) * 16;
}

// One channel's weights, shifted; *sum is their sum.
static void conv_quads_pack_row(const conv_quads *s, const uint8_t *w, int32_t shift, int64_t row,
                                uint32_t *to, int32_t *sum) {
    dot d = conv_quads_dot(s, 0);
    int64_t area = s->v.kh * s->v.kw, p = 0, total = 0;
    while (dot_row(s->m, p + 1) <= row) p++;
    int64_t first = dot_row(s->m, p), step = dot_padded(dot_row(s->m, p + 1) - first) * DOT_CHUNK;
    for (int64_t at = 0; at < s->quads * area; at++) {
        int64_t w0 = at / DOT_BLOCK * DOT_BLOCK, in_block = at - w0, quad = at / area, tap = at % area;
        uint32_t *word = to + dot_a_at(&d, w0, dot_block_words(&d, w0), p) + in_block / DOT_CHUNK * step +
                         (row - first) * DOT_CHUNK + in_block % DOT_CHUNK;
        for (int b = 0; b < 4 && 4 * quad + b < s->channels; b++) {
            uint8_t x = (uint8_t)(w[(4 * quad + b) * area + tap] ^ (shift ? 0x80 : 0));
            total += (int8_t)x;
            *word |= (uint32_t)x << 8 * b;
        }
    }
    *sum = (int32_t)total;
}

static void conv_quads_pack_from(const conv_quads *s, const conv_i8_inputs *in, uint32_t *to) {
    int32_t *sums = (int32_t *)(to + s->v.group * conv_quads_group(s));
    memset(to, 0, (size_t)conv_quads_weights(s) * 4);
    for (int64_t g = 0; g < s->v.group; g++)
        for (int64_t i = 0; i < s->m; i++)
            conv_quads_pack_row(s, (const uint8_t *)in->w->data + (g * s->m + i) * s->k,
                                quads_shift_a(in->w->dtype), i, to + g * conv_quads_group(s),
                                sums + g * s->m + i);
}

static size_t conv_quads_pack_bytes(const tn_problem *p) {
    conv_quads s;
    conv_quads_setup(p, &s);
    return s.packed ? (size_t)conv_quads_weights(&s) * 4 : 0;
}

static void conv_quads_pack(const tn_problem *p, void *to) {
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    conv_quads s;
    conv_quads_setup(p, &s);
    conv_quads_pack_from(&s, &in, to);
}

typedef struct conv_quads_room { // 32-bit words
    int64_t image, patches, sums, weights, worker;
} conv_quads_room;

static conv_quads_room conv_quads_sizes(const conv_quads *s) {
    const conv *v = &s->v;
    return (conv_quads_room){.image = ceil_div(v->n * v->group * s->quads * v->h * v->w, 16) * 16,
                             .patches = s->words * s->columns,
                             .sums = s->columns,
                             .weights = s->packed ? 0 : conv_quads_weights(s),
                             .worker = CONV_QUADS_LINE * (1 + CONV_QUADS_PANELS * DOT_ROWS)};
}

static size_t conv_quads_workspace(const tn_problem *p, int threads) {
    conv_quads s;
    conv_quads_setup(p, &s);
    conv_quads_room r = conv_quads_sizes(&s);
    return (size_t)(r.image + r.patches + r.sums + r.weights + r.worker * threads) * 4;
}

// ---- patches

typedef struct conv_quads_run {
    const conv_quads *s;
    conv_i8_inputs in;
    result_i8 result;
    const uint32_t *weights;
    uint32_t *image, *patches, *workers;
    int32_t *sums;                       // of the patches' columns
    bool needs_sums;                     // a channel's zero point is not 0
    int64_t outer0, outer, tile0, tiles; // of the round
} conv_quads_run;

// Four channels of an image as one plane of words.
static void conv_quads_plane(void *arg, int64_t i, int worker) {
    const conv_quads_run *r = arg;
    const conv_quads *s = r->s;
    int64_t area = s->v.h * s->v.w, quad = i % s->quads, channel = i / s->quads * s->channels + 4 * quad,
            at = 0;
    int rows = (int)min64(4, s->channels - 4 * quad);
    int32_t shift = quads_shift_b(r->in.x->dtype);
    const uint8_t *x = (const uint8_t *)r->in.x->data + channel * area, *row[4] = {0};
    uint32_t *to = r->image + i * area, word[DOT_COLUMNS];
    uint8_t rest[4][DOT_COLUMNS] = {{0}};
    (void)worker;
    for (; at + DOT_COLUMNS <= area; at += DOT_COLUMNS) {
        for (int b = 0; b < rows; b++) row[b] = x + b * area + at;
        quads_interleave(row, rows, shift, to + at, NULL);
    }
    for (int b = 0; b < rows; b++) row[b] = memcpy(rest[b], x + b * area + at, (size_t)(area - at));
    quads_interleave(row, rows, shift, word, NULL);
    memcpy(to + at, word, (size_t)(area - at) * 4);
}

// Words of a quad at one kernel position for pixels [first, first + n): outside the image they are `outside`.
static void conv_quads_line(const conv *v, const uint32_t *plane_, int64_t ky, int64_t kx, uint32_t outside,
                            int64_t first, int64_t n, uint32_t *line) {
    int64_t at = kx * v->dw - v->left, run;
    for (int64_t oy = first / v->ow, skip = first % v->ow; n > 0; n -= run, line += run, oy++, skip = 0) {
        int64_t iy = oy * v->sh - v->top + ky * v->dh, start = at + skip * v->sw, i = 0;
        run = min64(v->ow - skip, n);
        inside in = iy < 0 || iy >= v->h ? (inside){0, 0} : inside_of(start, v->sw, v->w, run);
        for (; i < in.lo; i++) line[i] = outside;
        if (v->sw == 1 && in.hi > in.lo) {
            memcpy(line + i, plane_ + iy * v->w + start + i, (size_t)(in.hi - i) * 4);
            i = in.hi;
        }
        for (; i < in.hi; i++) line[i] = plane_[iy * v->w + start + i * v->sw];
        for (; i < run; i++) line[i] = outside;
    }
}

// The patches of a line of pixels, with the sums of their columns where they are needed.
static void conv_quads_patches(void *arg, int64_t i, int worker) {
    const conv_quads_run *r = arg;
    const conv_quads *s = r->s;
    const conv *v = &s->v;
    int64_t lines = ceil_div(r->tiles, CONV_QUADS_TILES), outer = i / lines,
            t0 = i % lines * CONV_QUADS_TILES;
    int64_t t1 = min64(t0 + CONV_QUADS_TILES, r->tiles), first = (r->tile0 + t0) * DOT_COLUMNS, w = 0;
    int64_t n = min64((r->tile0 + t1) * DOT_COLUMNS, s->pixels) - first, columns = (t1 - t0) * DOT_COLUMNS;
    dot d = conv_quads_dot(s, r->tiles * DOT_COLUMNS);
    uint32_t *line = r->workers + worker * conv_quads_sizes(s).worker,
             *to = r->patches + outer * dot_b_words(&d);
    int32_t *sums = r->sums + (outer * r->tiles + t0) * DOT_COLUMNS;
    uint8_t zero = (uint8_t)(zero_at(r->in.x_zero, 0) + quads_shift_b(r->in.x->dtype));
    memset(sums, 0, (size_t)columns * 4);
    memset(line, 0, CONV_QUADS_LINE * 4);
    for (int64_t quad = 0; quad < s->quads; quad++) {
        int64_t valid = min64(4, s->channels - 4 * quad);
        uint32_t outside = zero * (0x01010101u >> 8 * (4 - valid));
        const uint32_t *words = r->image + ((r->outer0 + outer) * s->quads + quad) * v->h * v->w;
        for (int64_t tap = 0; tap < v->kh * v->kw; tap++, w++) {
            int64_t w0 = w / DOT_BLOCK * DOT_BLOCK, count = dot_block_words(&d, w0);
            conv_quads_line(v, words, tap / v->kw, tap % v->kw, outside, first, n, line);
            for (int64_t t = t0; t < t1; t++)
                memcpy(to + dot_b_at(&d, w0, count, t) + (w - w0) * DOT_COLUMNS,
                       line + (t - t0) * DOT_COLUMNS, DOT_COLUMNS * 4);
            for (int64_t j = 0; r->needs_sums && j < columns; j += 16)
                _mm512_storeu_si512(sums + j,
                                    _mm512_dpbusd_epi32(_mm512_loadu_si512(sums + j),
                                                        _mm512_loadu_si512(line + j), _mm512_set1_epi8(1)));
        }
    }
    for (; w < s->words; w++) {
        int64_t w0 = w / DOT_BLOCK * DOT_BLOCK, count = dot_block_words(&d, w0);
        for (int64_t t = t0; t < t1; t++)
            memset(to + dot_b_at(&d, w0, count, t) + (w - w0) * DOT_COLUMNS, 0, DOT_COLUMNS * 4);
    }
}

// ---- products

// The rows of panels [p0, p1) to y, for n pixels from `first` on.
static void conv_quads_store(const conv_quads_run *r, int64_t outer, int64_t p0, int64_t p1, int64_t first,
                             int64_t n, const int32_t *column_sums, const uint32_t *sums, int64_t ldc) {
    const conv_quads *s = r->s;
    const conv_i8_inputs *in = &r->in;
    const int32_t *row_sums = (const int32_t *)(r->weights + s->v.group * conv_quads_group(s));
    uint32_t zb = (uint32_t)(zero_at(in->x_zero, 0) + quads_shift_b(in->x->dtype));
    float x_scale = in->x_scale ? (float)tni_get(in->x_scale, 0) : 1;
    for (int64_t row = dot_row(s->m, p0); row < dot_row(s->m, p1); row++, sums += ldc) {
        int64_t channel = outer % s->v.group * s->m + row;
        float w_scale =
            in->w_scale ? (float)tni_get(in->w_scale, tn_count(in->w_scale) > 1 ? channel : 0) : 1;
        quads_row q = {.za = zero_at(in->w_zero, channel) + quads_shift_a(in->w->dtype), .cs = column_sums};
        q.plus = zb * ((uint32_t)s->k * (uint32_t)q.za - (uint32_t)row_sums[channel]);
        if (in->bias) q.plus += ((const uint32_t *)in->bias->data)[channel];
        quads_store(&r->result, &q, sums, x_scale, &w_scale, false, (outer * s->m + row) * s->pixels + first,
                    n);
    }
}

static void conv_quads_task(void *arg, int64_t i, int worker) {
    const conv_quads_run *r = arg;
    const conv_quads *s = r->s;
    int64_t lines = ceil_div(r->tiles, CONV_QUADS_TILES),
            panels = ceil_div(dot_panels(s->m), CONV_QUADS_PANELS);
    int64_t outer = i / (lines * panels), t0 = i % lines * CONV_QUADS_TILES;
    int64_t p0 = i / lines % panels * CONV_QUADS_PANELS, p1 = min64(p0 + CONV_QUADS_PANELS, dot_panels(s->m));
    int64_t t1 = min64(t0 + CONV_QUADS_TILES, r->tiles), first = (r->tile0 + t0) * DOT_COLUMNS;
    int64_t n = min64((r->tile0 + t1) * DOT_COLUMNS, s->pixels) - first;
    uint32_t *sums = r->workers + worker * conv_quads_sizes(s).worker + CONV_QUADS_LINE;
    dot d = conv_quads_dot(s, r->tiles * DOT_COLUMNS);
    int64_t all = r->outer0 + outer;
    dot_product(&d, dot_quads, r->weights + all % s->v.group * conv_quads_group(s),
                r->patches + outer * dot_b_words(&d), p0, p1, t0, t1, sums, CONV_QUADS_LINE);
    conv_quads_store(r, all, p0, p1, first, n, r->sums + (outer * r->tiles + t0) * DOT_COLUMNS, sums,
                     CONV_QUADS_LINE);
}

static tn_status conv_quads_call(tn_call *c) {
    const conv_quads *s = c->params;
    conv_quads_room room = conv_quads_sizes(s);
    conv_quads_run r = {.s = s, .weights = c->packed, .image = c->workspace};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.in = conv_i8_in(&c->attrs, c->nin, c->in);
    r.result = result_of(c->out[0], r.in.y_scale, r.in.y_zero);
    for (int64_t i = 0; i < (r.in.w_zero ? tn_count(r.in.w_zero) : 1); i++)
        r.needs_sums |= zero_at(r.in.w_zero, i) + quads_shift_a(r.in.w->dtype) != 0;
    r.patches = r.image + room.image;
    r.sums = (int32_t *)(r.patches + room.patches);
    r.workers = (uint32_t *)r.sums + room.sums + room.weights;
    if (!s->packed) {
        conv_quads_pack_from(s, &r.in, (uint32_t *)r.sums + room.sums);
        r.weights = (uint32_t *)r.sums + room.sums;
    }
    int64_t outer = s->v.n * s->v.group, all = dot_tiles(s->pixels);
    int64_t panels = ceil_div(dot_panels(s->m), CONV_QUADS_PANELS);
    tn_call_parallel(c, outer * s->quads, conv_quads_plane, &r);
    for (r.outer0 = 0; r.outer0 < outer; r.outer0 += s->outer)
        for (r.tile0 = 0; r.tile0 < all; r.tile0 += s->tiles) {
            r.outer = min64(s->outer, outer - r.outer0);
            r.tiles = min64(s->tiles, all - r.tile0);
            int64_t lines = r.outer * ceil_div(r.tiles, CONV_QUADS_TILES);
            tn_call_parallel(c, lines, conv_quads_patches, &r);
            tn_call_parallel(c, lines * panels, conv_quads_task, &r);
        }
    return TN_OK;
}

#define CONV_I8_QUADS(name_, op_, isa_, rank_)                                                               \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = isa_, .rank = rank_,                                       \
                 .doc = "a matrix product over patches, 8-bit numbers four at a time",                       \
                 .reject = conv_quads_reject, .params_bytes = sizeof(conv_quads), .setup = conv_quads_setup, \
                 .pack_bytes = conv_quads_pack_bytes, .pack = conv_quads_pack,                               \
                 .workspace = conv_quads_workspace, .run = conv_quads_call,                                  \
    }

#endif
