// SPDX-License-Identifier: Apache-2.0
// conv_i8_direct.c - QLinearConv and ConvInteger without patches (conv_i8_words.inl): words are two 16-bit
// numbers less their zero point.
#include "cpu/isa.h"

#include "cpu/kern/conv_i8_words.inl"

static void conv_i8_setup(const tn_problem *p, void *params) { conv_i8_setup_words(p, 2, params); }

static const char *conv_i8_direct_reject(const tn_problem *p) { return conv_i8_words_reject(p, 2); }

static void conv_i8_pack_panel(const conv_i8 *s, const conv_i8_inputs *in, int64_t row0, int64_t h,
                               uint32_t *to) {
    for (int64_t q = 0; q < s->planes; q++)
        for (int64_t ky = 0; ky < s->v.kh; ky++)
            for (int64_t kx = 0; kx < s->v.kw; kx += s->hop)
                for (int64_t i = 0; i < h; i++) {
                    int64_t c = s->across ? 2 * q : q;
                    int16_t low = conv_i8_weight(s, in, row0 + i, c, ky, kx);
                    int16_t high = s->across ? conv_i8_weight(s, in, row0 + i, c + 1, ky, kx)
                                             : conv_i8_weight(s, in, row0 + i, c, ky, kx + 1);
                    *to++ = pair_i16(low, high);
                }
}

static void conv_i8_pack_from(const conv_i8 *s, const conv_i8_inputs *in, uint32_t *to) {
    for (int64_t g = 0; g < s->v.group && s->m; g++)
        for (int64_t p = 0; p < panel_count(s->m); p++) {
            int64_t row0 = g * s->m + panel_row(s->m, p), h = g * s->m + panel_row(s->m, p + 1) - row0;
            conv_i8_pack_panel(s, in, row0, h, to + row0 * s->steps);
        }
}

static size_t conv_i8_pack_bytes(const tn_problem *p) {
    conv_i8 s;
    conv_i8_setup(p, &s);
    return s.packed ? (size_t)conv_i8_weights(&s) * 4 : 0;
}

static void conv_i8_pack(const tn_problem *p, void *to) {
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    conv_i8 s;
    conv_i8_setup(p, &s);
    conv_i8_pack_from(&s, &in, to);
}

static size_t conv_i8_workspace(const tn_problem *p, int threads) {
    conv_i8 s;
    conv_i8_setup(p, &s);
    conv_i8_room r = conv_i8_sizes(&s);
    return (size_t)(r.off + r.words + r.weights + r.worker * threads) * 4;
}

// Columns [first, first + n) of a line: every stride-th number of row y of a channel from x0 on; 0 outside.
static void conv_i8_line(const conv_i8_run *r, int64_t channel, int64_t y, int64_t x0, int64_t n,
                         int16_t *to) {
    const conv *v = &r->s->v;
    inside in = y < 0 || y >= v->h ? (inside){0, 0} : inside_of(x0, v->sw, v->w, n);
    if (in.lo > 0 || in.hi < n) memset(to, 0, (size_t)n * sizeof *to);
    if (in.hi <= in.lo) return;
    row_i16(r->in.x->dtype, r->in.x->data,
            ((r->image * v->c + channel) * v->h + y) * v->w + x0 + in.lo * v->sw, v->sw,
            zero_at(r->in.x_zero, 0), to + in.lo, in.hi - in.lo);
}

// One phase of one plane.
static void conv_i8_phase_words(const conv_i8_run *r, int64_t p, int64_t fy, int64_t fx, uint32_t *to) {
    const conv_i8 *s = r->s;
    const conv *v = &s->v;
    int64_t channels = v->c / v->group, g = p / s->planes, q = p % s->planes;
    int64_t c = s->across ? 2 * q : q;
    bool alone = s->across && c + 1 == channels;
    int16_t low[2 * CONV_I8_PIECE], high[CONV_I8_PIECE] = {0};
    bool shifted = !s->across && v->sw == 1 && v->dw <= CONV_I8_PIECE; // the second tap is in the same line
    for (int64_t row = 0; row < s->rows; row++)
        for (int64_t j = 0; j < s->pitch; j += CONV_I8_PIECE) {
            int64_t n = min64(CONV_I8_PIECE, s->pitch - j), y = row * v->sh + fy - v->top;
            int64_t x = j * v->sw + fx - v->left, at = g * channels + c;
            conv_i8_line(r, at, y, x, shifted ? n + v->dw : n, low);
            if (!alone && !shifted)
                conv_i8_line(r, s->across ? at + 1 : at, y, s->across ? x : x + v->dw, n, high);
            pair_rows(low, shifted ? low + v->dw : high, to + row * s->pitch + j, n);
        }
}

static tn_status conv_i8_call(tn_call *c) {
    conv_i8_run r = conv_i8_begin(c);
    r.tiles = tile_pairs;
    r.phase = conv_i8_phase_words;
    if (!r.s->packed) {
        uint32_t *weights = r.words + conv_i8_sizes(r.s).words;
        conv_i8_pack_from(r.s, &r.in, weights);
        r.weights = weights;
    }
    return conv_i8_images(c, &r);
}

#define CONV_I8_DIRECT(name_, op_)                                                                         \
    {                                                                                                      \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK + 20,                              \
                 .doc = "tiles of outputs read an image of pairs of 16-bit numbers in place",              \
                 .reject = conv_i8_direct_reject, .params_bytes = sizeof(conv_i8), .setup = conv_i8_setup, \
                 .pack_bytes = conv_i8_pack_bytes, .pack = conv_i8_pack, .workspace = conv_i8_workspace,   \
                 .run = conv_i8_call,                                                                      \
    }

TN_ISAS(generic, avx2, avx512, avx512vnni);

TN_KERNEL(conv_i8_direct_qlinear) = CONV_I8_DIRECT(AT("conv.i8.direct:QLinearConv"), "QLinearConv");
TN_KERNEL(conv_i8_direct_integer) = CONV_I8_DIRECT(AT("conv.i8.direct:ConvInteger"), "ConvInteger");
