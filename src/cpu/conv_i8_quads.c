// SPDX-License-Identifier: Apache-2.0
// conv_i8_quads.c - QLinearConv and ConvInteger as a matrix product (conv_words.inl) by instructions that
// multiply 8-bit numbers as they are (quads.inl):
//
//     packed:    | weights of each group | sums of their rows |
//     workspace: | image | patches of a round | sums of their columns |
//                | weights as packed, when dynamic | each worker's line of pixels, sums |
#include "cpu/isa.h"

#include "cpu/kern/conv_i8.inl"
#include "cpu/kern/conv_words.inl"
#include "cpu/kern/quads.inl"

typedef struct conv_quads {
    conv_words w;
    bool packed; // weights packed at build time
} conv_quads;

static void conv_quads_setup(const tn_problem *p, void *params) {
    conv_quads *s = params;
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    *s = (conv_quads){.packed = in.w->data && (!in.w_zero || in.w_zero->data)};
    conv_i8_shape(p, &s->w.v);
    conv_words_setup(&s->w, 4);
}

static const char *conv_quads_reject(const tn_problem *p) {
    const char *no = conv_i8_reject(p);
    conv_quads s;
    if (no) return no;
    conv_quads_setup(p, &s);
    return conv_words_reject(&s.w);
}

// ---- weights

INLINE int64_t conv_quads_weights(const conv_quads *s) {
    return s->w.v.group * conv_words_group(&s->w) + ceil_div(s->w.v.oc, 16) * 16;
}

// One channel's weights, shifted; *sum is their sum.
static void conv_quads_pack_row(const conv_words *s, const uint8_t *w, int32_t shift, int64_t row,
                                uint32_t *group, int32_t *sum) {
    int64_t area = s->v.kh * s->v.kw, total = 0;
    for (int64_t at = 0; at < s->planes * area; at++) {
        uint32_t word = 0;
        for (int64_t b = 0; b < 4 && at / area * 4 + b < s->channels; b++) {
            uint8_t x = (uint8_t)(w[(at / area * 4 + b) * area + at % area] ^ (shift ? 0x80 : 0));
            total += (int8_t)x;
            word |= (uint32_t)x << 8 * b;
        }
        *conv_words_place(s, row, at, group) = word;
    }
    *sum = (int32_t)total;
}

static void conv_quads_pack_from(const conv_quads *q, const conv_i8_inputs *in, uint32_t *to) {
    const conv_words *s = &q->w;
    int32_t *sums = (int32_t *)(to + s->v.group * conv_words_group(s));
    memset(to, 0, (size_t)conv_quads_weights(q) * 4);
    for (int64_t g = 0; g < s->v.group; g++)
        for (int64_t i = 0; i < s->m; i++)
            conv_quads_pack_row(s, (const uint8_t *)in->w->data + (g * s->m + i) * s->k,
                                quads_shift_a(in->w->dtype), i, to + g * conv_words_group(s),
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

static size_t conv_quads_workspace(const tn_problem *p, int threads) {
    conv_quads s;
    conv_quads_setup(p, &s);
    conv_words_room r = conv_words_sizes(&s.w);
    int64_t weights = s.packed ? 0 : conv_quads_weights(&s);
    return (size_t)(r.image + r.patches + r.sums + weights + r.worker * threads) * 4;
}

// ---- running

typedef struct conv_quads_run {
    conv_words_run w;
    conv_i8_inputs in;
    result_i8 result;
} conv_quads_run;

// Four channels of an image as one plane of words.
static void conv_quads_plane(void *arg, int64_t i, int worker) {
    const conv_quads_run *r = arg;
    const conv_words *s = r->w.s;
    int64_t area = s->v.h * s->v.w, quad = i % s->planes, at = 0;
    int64_t channel = i / s->planes * s->channels + 4 * quad;
    int rows = (int)min64(4, s->channels - 4 * quad);
    int32_t shift = quads_shift_b(r->in.x->dtype);
    const uint8_t *x = (const uint8_t *)r->in.x->data + channel * area, *row[4] = {0};
    uint32_t *to = r->w.image + i * area, word[DOT_COLUMNS];
    uint8_t rest[4][DOT_COLUMNS] = {{0}};
    (void)worker;
    for (; at + DOT_COLUMNS <= area; at += DOT_COLUMNS) {
        for (int b = 0; b < rows; b++) row[b] = x + b * area + at;
        quads_interleave(row, rows, shift, to + at, NULL);
    }
    if (at == area) return;
    for (int b = 0; b < rows; b++) row[b] = memcpy(rest[b], x + b * area + at, (size_t)(area - at));
    quads_interleave(row, rows, shift, word, NULL);
    memcpy(to + at, word, (size_t)(area - at) * 4);
}

static void conv_quads_task(void *arg, int64_t i, int worker) {
    const conv_quads_run *r = arg;
    const conv_i8_inputs *in = &r->in;
    const conv_words *s = r->w.s;
    conv_words_piece piece = conv_words_product(&r->w, dot_quads, i, worker);
    const int32_t *row_sums = (const int32_t *)(r->w.weights + s->v.group * conv_words_group(s));
    uint32_t zb = (uint32_t)(zero_at(in->x_zero, 0) + quads_shift_b(in->x->dtype)), *sums = piece.sums;
    for (int64_t row = piece.row0; row < piece.row1; row++, sums += WORDS_LINE) {
        int64_t channel = piece.outer % s->v.group * s->m + row;
        conv_i8_channel c = conv_i8_channel_of(in, channel);
        quads_row q = {.za = zero_at(in->w_zero, channel) + quads_shift_a(in->w->dtype),
                       .cs = piece.column_sums};
        q.plus = c.bias + zb * ((uint32_t)s->k * (uint32_t)q.za - (uint32_t)row_sums[channel]);
        quads_store(&r->result, &q, sums, c.x_scale, &c.w_scale, false,
                    (piece.outer * s->m + row) * s->pixels + piece.first, piece.n);
    }
}

static tn_status conv_quads_call(tn_call *c) {
    const conv_quads *s = c->params;
    conv_words_room room = conv_words_sizes(&s->w);
    conv_quads_run r = {.w = {.s = &s->w, .weights = c->packed, .image = c->workspace}};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.in = conv_i8_in(&c->attrs, c->nin, c->in);
    r.result = result_of(c->out[0], r.in.y_scale, r.in.y_zero);
    bool needs_sums = false; // a channel's zero point is not 0
    for (int64_t i = 0; i < (r.in.w_zero ? tn_count(r.in.w_zero) : 1); i++)
        needs_sums |= zero_at(r.in.w_zero, i) + quads_shift_a(r.in.w->dtype) != 0;
    uint8_t zero = (uint8_t)(zero_at(r.in.x_zero, 0) + quads_shift_b(r.in.x->dtype));
    r.w.outside = zero * 0x01010101u;
    r.w.patches = r.w.image + room.image;
    uint32_t *sums = r.w.patches + room.patches, *weights = sums + room.sums;
    if (needs_sums) r.w.sums = (int32_t *)sums;
    r.w.workers = weights + (s->packed ? 0 : conv_quads_weights(s));
    if (!s->packed) {
        conv_quads_pack_from(s, &r.in, weights);
        r.w.weights = weights;
    }
    conv_words_rounds(c, &r.w, conv_quads_plane, conv_quads_task, &r);
    return TN_OK;
}

#define CONV_I8_QUADS(name_, op_)                                                                            \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK + 30,                                \
                 .doc = "a matrix product over patches, 8-bit numbers four at a time",                       \
                 .reject = conv_quads_reject, .params_bytes = sizeof(conv_quads), .setup = conv_quads_setup, \
                 .pack_bytes = conv_quads_pack_bytes, .pack = conv_quads_pack,                               \
                 .workspace = conv_quads_workspace, .run = conv_quads_call,                                  \
    }

TN_ISAS(avx512vnni, amx);

TN_KERNEL(conv_i8_quads_qlinear) = CONV_I8_QUADS(AT("conv.i8.quads:QLinearConv"), "QLinearConv");
TN_KERNEL(conv_i8_quads_integer) = CONV_I8_QUADS(AT("conv.i8.quads:ConvInteger"), "ConvInteger");
