// SPDX-License-Identifier: Apache-2.0
// conv_i8_direct_quads.c - QLinearConv and ConvInteger without patches (conv_i8_words.inl) by instructions
// that multiply 8-bit numbers as they are: a word is the same place of four channels, or four
// taps of a line. Weights are signed and the image unsigned; one of the other kind is shifted by 128, and its
// zero point with it. The weights' zero point must then be 0; the image's, which also stands for what lies
// outside, comes off the sums:
//
//     sum w (x - zx) = sum w x - zx sum w      packed: | words | sums of the weights, by output channel |
#include "cpu/isa.h"

#include "cpu/kern/conv_i8_words.inl"

INLINE vu conv_quad_dot(vu sum, vu w, vu x) {
    return (vu)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)w);
}
TILES_I8(tile_quad, conv_quad_dot)

static void conv_quad_setup(const tn_problem *p, void *params) { conv_i8_setup_words(p, 4, params); }

static const char *conv_quad_reject(const tn_problem *p) {
    const char *why = conv_i8_words_reject(p, 4);
    if (why) return why;
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    if (!in.w->data || (in.w_zero && !in.w_zero->data)) return "the weights are not constant";
    for (int64_t i = 0; i < (in.w_zero ? tn_count(in.w_zero) : 1); i++)
        if (zero_at(in.w_zero, i) + quads_shift_a(in.w->dtype) != 0) return "the weights have a zero point";
    return NULL;
}

static size_t conv_quad_workspace(const tn_problem *p, int threads) {
    conv_i8 s;
    conv_quad_setup(p, &s);
    conv_i8_room r = conv_i8_sizes(&s);
    return (size_t)(r.off + r.words + r.worker * threads) * 4;
}

// ---- weights

// Panel by panel as conv_i8_pack_panel has them.
static void conv_quad_pack_panel(const conv_i8 *s, const conv_i8_inputs *in, int64_t row0, int64_t h,
                                 uint32_t *to, int32_t *sums) {
    for (int64_t q = 0; q < s->planes; q++)
        for (int64_t ky = 0; ky < s->v.kh; ky++)
            for (int64_t kx = 0; kx < s->v.kw; kx += s->hop)
                for (int64_t i = 0; i < h; i++) {
                    uint32_t word = 0;
                    for (int b = 0; b < 4; b++) {
                        int16_t w = s->across ? conv_i8_weight(s, in, row0 + i, 4 * q + b, ky, kx)
                                              : conv_i8_weight(s, in, row0 + i, q, ky, kx + b);
                        word |= (uint32_t)(uint8_t)w << 8 * b;
                        sums[row0 + i] += w;
                    }
                    *to++ = word;
                }
}

static size_t conv_quad_pack_bytes(const tn_problem *p) {
    conv_i8 s;
    conv_quad_setup(p, &s);
    return (size_t)(conv_i8_weights(&s) + s.v.oc) * 4;
}

static void conv_quad_pack(const tn_problem *p, void *to) {
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    conv_i8 s;
    conv_quad_setup(p, &s);
    uint32_t *words = to;
    int32_t *sums = (int32_t *)(words + conv_i8_weights(&s));
    memset(sums, 0, (size_t)s.v.oc * sizeof *sums);
    for (int64_t g = 0; g < s.v.group && s.m; g++)
        for (int64_t panel = 0; panel < panel_count(s.m); panel++) {
            int64_t row0 = g * s.m + panel_row(s.m, panel), h = g * s.m + panel_row(s.m, panel + 1) - row0;
            conv_quad_pack_panel(&s, &in, row0, h, words + row0 * s.steps, sums);
        }
}

// ---- words

// Columns [0, n) of a line: every stride-th number of row y of a channel from x0 on; the zero point outside.
static void conv_quad_line(const conv_i8_run *r, int64_t channel, int64_t y, int64_t x0, int64_t n,
                           uint8_t *to) {
    const conv *v = &r->s->v;
    inside in = y < 0 || y >= v->h ? (inside){0, 0} : inside_of(x0, v->sw, v->w, n);
    if (in.lo > 0 || in.hi < n) memset(to, (uint8_t)zero_at(r->in.x_zero, 0), (size_t)n);
    if (in.hi <= in.lo) return;
    const uint8_t *from = r->in.x->data;
    from += ((r->image * v->c + channel) * v->h + y) * v->w + x0;
    if (v->sw == 1)
        memcpy(to + in.lo, from + in.lo, (size_t)(in.hi - in.lo));
    else
        for (int64_t i = in.lo; i < in.hi; i++) to[i] = from[i * v->sw];
}

static void conv_quad_interleave(const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d,
                                 uint32_t flip, uint32_t *to, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        to[i] = ((uint32_t)a[i] | (uint32_t)b[i] << 8 | (uint32_t)c[i] << 16 | (uint32_t)d[i] << 24) ^ flip;
}

// One phase of one plane.
static void conv_quad_phase(const conv_i8_run *r, int64_t p, int64_t fy, int64_t fx, uint32_t *to) {
    const conv_i8 *s = r->s;
    const conv *v = &s->v;
    int64_t channels = v->c / v->group, g = p / s->planes, q = p % s->planes;
    uint32_t flip = quads_shift_b(r->in.x->dtype) ? 0x80808080 : 0;
    uint8_t line[4][CONV_I8_PIECE] = {{0}};
    for (int64_t row = 0; row < s->rows; row++)
        for (int64_t j = 0; j < s->pitch; j += CONV_I8_PIECE) {
            int64_t n = min64(CONV_I8_PIECE, s->pitch - j), y = row * v->sh + fy - v->top;
            int64_t x = j * v->sw + fx - v->left;
            for (int64_t b = 0; b < 4; b++) {
                int64_t c = s->across ? 4 * q + b : q;
                if (c < channels)
                    conv_quad_line(r, g * channels + c, y, s->across ? x : x + b * v->dw, n, line[b]);
            }
            conv_quad_interleave(line[0], line[1], line[2], line[3], flip, to + row * s->pitch + j, n);
        }
}

static tn_status conv_quad_call(tn_call *c) {
    conv_i8_run r = conv_i8_begin(c);
    r.tiles = tile_quads;
    r.phase = conv_quad_phase;
    r.weight_sums = (const int32_t *)(r.weights + conv_i8_weights(r.s));
    r.zero = (uint32_t)(zero_at(r.in.x_zero, 0) + quads_shift_b(r.in.x->dtype));
    return conv_i8_images(c, &r);
}

#define CONV_I8_DIRECT_QUADS(name_, op_)                                                                \
    {                                                                                                   \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK + 25,                           \
                 .doc = "tiles of outputs read an image of words of four 8-bit numbers in place",       \
                 .reject = conv_quad_reject, .params_bytes = sizeof(conv_i8), .setup = conv_quad_setup, \
                 .pack_bytes = conv_quad_pack_bytes, .pack = conv_quad_pack,                            \
                 .workspace = conv_quad_workspace, .run = conv_quad_call,                               \
    }

TN_ISAS(avx512vnni);

TN_KERNEL(conv_i8_direct_quads_qlinear) = CONV_I8_DIRECT_QUADS(AT("conv.i8.direct.quads:QLinearConv"),
                                                               "QLinearConv");
TN_KERNEL(conv_i8_direct_quads_integer) = CONV_I8_DIRECT_QUADS(AT("conv.i8.direct.quads:ConvInteger"),
                                                               "ConvInteger");
