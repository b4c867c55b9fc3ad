// SPDX-License-Identifier: Apache-2.0
// conv_words.inl - what a convolution as a matrix product of words (dot.inl) is, whatever its numbers are. A
// is the weights, B the patches; a word is two or four channels of one pixel, so that the image is
// interleaved once, and patches are made of whole words:
//
//     k runs over [channel / each][kernel position][channel % each]
//     image [n][group][channel / each][h][w] of words
//
// A round makes the patches of as many pixels as stay in the cache, then multiplies them.
#ifndef TN_CPU_CONV_WORDS_INL
#define TN_CPU_CONV_WORDS_INL

#include "cpu/kern/conv.inl"
#include "cpu/kern/dot.inl"

enum { WORDS_PATCHES = 1 << 20, WORDS_TILES = 4, WORDS_PANELS = 4, WORDS_LINE = WORDS_TILES * DOT_COLUMNS };

typedef struct conv_words {
    conv v;
    int64_t each, channels, planes; // numbers in a word; of a group: channels, planes of words
    int64_t m, k, pixels, words;    // of a group: [m,k] times [k,pixels]; words of k
    int64_t outer, tiles, columns;  // groups of images, and tiles of pixels, of a round; its columns, at most
} conv_words;

// From s->v.
static void conv_words_setup(conv_words *s, int64_t each) {
    const conv *v = &s->v;
    s->each = each;
    s->channels = v->c / v->group;
    s->planes = ceil_div(s->channels, each);
    s->m = v->oc / v->group;
    s->k = s->channels * v->kh * v->kw;
    s->pixels = v->oh * v->ow;
    s->words = dot_words(s->planes * each * v->kh * v->kw, each);
    int64_t all = max64(1, dot_tiles(s->pixels));
    int64_t fit = max64(1, WORDS_PATCHES / max64(1, s->words * DOT_COLUMNS * 4)), rounds = ceil_div(all, fit);
    s->tiles = ceil_div(all, rounds);
    s->outer = rounds > 1 ? 1 : max64(1, min64(v->n * v->group, fit / all));
    s->columns = s->outer * s->tiles * DOT_COLUMNS;
}

static const char *conv_words_reject(const conv_words *s) {
    if (s->k == 0) return "no products";
    return s->v.group > 1 && s->channels < s->each ? "groups of fewer channels than a word has" : NULL;
}

// The product of one group by `pixels` pixels.
INLINE dot conv_words_dot(const conv_words *s, int64_t pixels) { return (dot){s->m, pixels, s->words}; }
INLINE int64_t conv_words_group(const conv_words *s) { // words of a group's weights
    dot d = conv_words_dot(s, 0);
    return dot_a_words(&d);
}

// Where word `at` of row `row` of a group's packed weights is.
static uint32_t *conv_words_place(const conv_words *s, int64_t row, int64_t at, uint32_t *group) {
    dot d = conv_words_dot(s, 0);
    int64_t p = row / DOT_ROWS, w0 = at / DOT_BLOCK * DOT_BLOCK, in_block = at - w0;
    while (dot_row(s->m, p + 1) <= row) p++;
    int64_t first = dot_row(s->m, p), step = dot_padded(dot_row(s->m, p + 1) - first) * DOT_CHUNK;
    return group + dot_a_at(&d, w0, dot_block_words(&d, w0), p) + in_block / DOT_CHUNK * step +
           (row - first) * DOT_CHUNK + in_block % DOT_CHUNK;
}

typedef struct conv_words_room { // 32-bit words
    int64_t image, patches, sums, worker;
} conv_words_room;

static conv_words_room conv_words_sizes(const conv_words *s) {
    return (conv_words_room){.image = ceil_div(s->v.n * s->v.group * s->planes * s->v.h * s->v.w, 16) * 16,
                             .patches = s->words * s->columns,
                             .sums = s->columns,
                             .worker = WORDS_LINE * (1 + WORDS_PANELS * DOT_ROWS)};
}

// ---- running

typedef struct conv_words_run {
    const conv_words *s;
    const uint32_t *weights;
    uint32_t *image, *patches, *workers;
    int32_t *sums;                       // of the patches' columns, of 8-bit numbers; NULL: not needed
    uint32_t outside;                    // a word outside of the image
    int64_t outer0, outer, tile0, tiles; // of the round
} conv_words_run;

// Words of a plane at one kernel position for pixels [first, first + n).
static void conv_words_line(const conv *v, const uint32_t *from, int64_t ky, int64_t kx, uint32_t outside,
                            int64_t first, int64_t n, uint32_t *line) {
    int64_t at = kx * v->dw - v->left, run;
    for (int64_t oy = first / v->ow, skip = first % v->ow; n > 0; n -= run, line += run, oy++, skip = 0) {
        int64_t iy = oy * v->sh - v->top + ky * v->dh, start = at + skip * v->sw, i = 0;
        run = min64(v->ow - skip, n);
        inside in = iy < 0 || iy >= v->h ? (inside){0, 0} : inside_of(start, v->sw, v->w, run);
        for (; i < in.lo; i++) line[i] = outside;
        if (v->sw == 1 && in.hi > in.lo) {
            memcpy(line + i, from + iy * v->w + start + i, (size_t)(in.hi - i) * 4);
            i = in.hi;
        }
        for (; i < in.hi; i++) line[i] = from[iy * v->w + start + i * v->sw];
        for (; i < run; i++) line[i] = outside;
    }
}

// Words [w, end) of k of a line's patches: zeros.
static void conv_words_rest(const dot *d, int64_t w, int64_t t0, int64_t t1, uint32_t *to) {
    for (; w < d->words; w++) {
        int64_t w0 = w / DOT_BLOCK * DOT_BLOCK, count = dot_block_words(d, w0);
        for (int64_t t = t0; t < t1; t++)
            memset(to + dot_b_at(d, w0, count, t) + (w - w0) * DOT_COLUMNS, 0, DOT_COLUMNS * 4);
    }
}

static void conv_words_sum(const uint32_t *line, int64_t columns, int32_t *sums) {
#if defined(__AVX512VNNI__)
    for (int64_t j = 0; sums && j < columns; j += 16)
        _mm512_storeu_si512(sums + j, _mm512_dpbusd_epi32(_mm512_loadu_si512(sums + j),
                                                          _mm512_loadu_si512(line + j), _mm512_set1_epi8(1)));
#else
    (void)line, (void)columns, (void)sums;
#endif
}

// The patches of a line of pixels.
static void conv_words_patches(void *arg, int64_t i, int worker) {
    const conv_words_run *r = arg;
    const conv_words *s = r->s;
    const conv *v = &s->v;
    int64_t lines = ceil_div(r->tiles, WORDS_TILES), outer = i / lines, t0 = i % lines * WORDS_TILES;
    int64_t t1 = min64(t0 + WORDS_TILES, r->tiles), first = (r->tile0 + t0) * DOT_COLUMNS, w = 0;
    int64_t n = min64((r->tile0 + t1) * DOT_COLUMNS, s->pixels) - first, columns = (t1 - t0) * DOT_COLUMNS;
    dot d = conv_words_dot(s, r->tiles * DOT_COLUMNS);
    uint32_t *line = r->workers + worker * conv_words_sizes(s).worker,
             *to = r->patches + outer * dot_b_words(&d);
    int32_t *sums = r->sums ? r->sums + (outer * r->tiles + t0) * DOT_COLUMNS : NULL;
    if (sums) memset(sums, 0, (size_t)columns * 4);
    memset(line, 0, WORDS_LINE * 4);
    for (int64_t plane_ = 0; plane_ < s->planes; plane_++) {
        int64_t missing = max64(0, (plane_ + 1) * s->each - s->channels); // channels of the last word
        uint32_t outside = r->outside & UINT32_MAX >> missing * (32 / s->each);
        const uint32_t *from = r->image + ((r->outer0 + outer) * s->planes + plane_) * v->h * v->w;
        for (int64_t tap = 0; tap < v->kh * v->kw; tap++, w++) {
            int64_t w0 = w / DOT_BLOCK * DOT_BLOCK, count = dot_block_words(&d, w0);
            conv_words_line(v, from, tap / v->kw, tap % v->kw, outside, first, n, line);
            for (int64_t t = t0; t < t1; t++)
                memcpy(to + dot_b_at(&d, w0, count, t) + (w - w0) * DOT_COLUMNS,
                       line + (t - t0) * DOT_COLUMNS, DOT_COLUMNS * 4);
            conv_words_sum(line, columns, sums);
        }
    }
    conv_words_rest(&d, w, t0, t1, to);
}

// Task i of a round's products, done.
typedef struct conv_words_piece {
    int64_t outer, row0, row1; // group of an image; output channels of the group
    int64_t first, n;          // pixels
    uint32_t *sums;            // [row][WORDS_LINE]
    const int32_t *column_sums;
} conv_words_piece;

static conv_words_piece conv_words_product(const conv_words_run *r, dot_kernel *kernel, int64_t i,
                                           int worker) {
    const conv_words *s = r->s;
    int64_t lines = ceil_div(r->tiles, WORDS_TILES), panels = ceil_div(dot_panels(s->m), WORDS_PANELS);
    int64_t outer = i / (lines * panels), t0 = i % lines * WORDS_TILES, all = r->outer0 + outer;
    int64_t p0 = i / lines % panels * WORDS_PANELS, p1 = min64(p0 + WORDS_PANELS, dot_panels(s->m));
    int64_t t1 = min64(t0 + WORDS_TILES, r->tiles), first = (r->tile0 + t0) * DOT_COLUMNS;
    dot d = conv_words_dot(s, r->tiles * DOT_COLUMNS);
    conv_words_piece piece = {.outer = all,
                              .row0 = dot_row(s->m, p0),
                              .row1 = dot_row(s->m, p1),
                              .first = first,
                              .n = min64((r->tile0 + t1) * DOT_COLUMNS, s->pixels) - first,
                              .sums = r->workers + worker * conv_words_sizes(s).worker + WORDS_LINE};
    piece.column_sums = r->sums ? r->sums + (outer * r->tiles + t0) * DOT_COLUMNS : NULL;
    dot_product(&d, kernel, r->weights + all % s->v.group * conv_words_group(s),
                r->patches + outer * dot_b_words(&d), p0, p1, t0, t1, piece.sums, WORDS_LINE);
    return piece;
}

// All of it: `plane` interleaves plane i, `task` is a conv_words_product and what becomes of it.
static void conv_words_rounds(tn_call *c, conv_words_run *r, void (*plane_task)(void *, int64_t, int),
                              void (*task)(void *, int64_t, int), void *job) {
    const conv_words *s = r->s;
    int64_t outer = s->v.n * s->v.group, all = dot_tiles(s->pixels);
    int64_t panels = ceil_div(dot_panels(s->m), WORDS_PANELS);
    tn_call_parallel(c, outer * s->planes, plane_task, job);
    for (r->outer0 = 0; r->outer0 < outer; r->outer0 += s->outer)
        for (r->tile0 = 0; r->tile0 < all; r->tile0 += s->tiles) {
            r->outer = min64(s->outer, outer - r->outer0);
            r->tiles = min64(s->tiles, all - r->tile0);
            int64_t lines = r->outer * ceil_div(r->tiles, WORDS_TILES);
            tn_call_parallel(c, lines, conv_words_patches, r);
            tn_call_parallel(c, lines * panels, task, job);
        }
}

#endif
