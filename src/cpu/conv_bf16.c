// SPDX-License-Identifier: Apache-2.0
// conv_bf16.c - Conv and tn.Conv of bf16 as a matrix product (conv_words.inl) of bf16 as it is: products
// are exact, sums f32, and Y is rounded once. A tn.Conv whose X and W stand for tensors of bf16 (its
// attribute `bf16`) has them rounded while they are packed, which is where the model rounds them.
//
//     workspace: | image | patches of a round |
//                | weights as packed, when dynamic | each worker's line of pixels, sums |
#include "cpu/isa.h"

#include "cpu/kern/bf16.inl"
#include "cpu/kern/conv_words.inl"

typedef struct conv_bf16 {
    conv_words w;
    bool packed; // weights packed at build time
} conv_bf16;

static void conv_bf16_setup(const tn_problem *p, void *params) {
    conv_bf16 *s = params;
    *s = (conv_bf16){.packed = p->in[1]->data != NULL};
    conv_setup_shape(p, &s->w.v);
    conv_words_setup(&s->w, 2);
}

static const char *conv_bf16_reject(const tn_problem *p) {
    const char *no = conv_reject(p);
    conv_bf16 s;
    if (no) return no;
    bool rounds = p->attrs.op->domain && tn_attr_int(p->attrs, "bf16") && p->in[0]->dtype == TN_F32;
    if (p->in[0]->dtype != TN_BF16 && !rounds) return "X is not bf16, nor may it be rounded to it";
    conv_bf16_setup(p, &s);
    return conv_words_reject(&s.w);
}

// ---- weights

INLINE int64_t conv_bf16_weights(const conv_words *s) { return s->v.group * conv_words_group(s); }

static void conv_bf16_pack_from(const conv_words *s, const void *w, uint32_t *to) {
    int64_t area = s->v.kh * s->v.kw;
    memset(to, 0, (size_t)conv_bf16_weights(s) * 4);
    for (int64_t g = 0; g < s->v.group; g++)
        for (int64_t i = 0; i < s->m; i++)
            for (int64_t at = 0; at < s->planes * area; at++) {
                int64_t channel = at / area * 2,
                        from = ((g * s->m + i) * s->channels + channel) * area + at % area;
                uint32_t word = bf16_at(s->v.type, w, from);
                if (channel + 1 < s->channels) word |= (uint32_t)bf16_at(s->v.type, w, from + area) << 16;
                *conv_words_place(s, i, at, to + g * conv_words_group(s)) = word;
            }
}

static size_t conv_bf16_pack_bytes(const tn_problem *p) {
    conv_bf16 s;
    conv_bf16_setup(p, &s);
    return s.packed ? (size_t)conv_bf16_weights(&s.w) * 4 : 0;
}

static void conv_bf16_pack(const tn_problem *p, void *to) {
    conv_bf16 s;
    conv_bf16_setup(p, &s);
    conv_bf16_pack_from(&s.w, p->in[1]->data, to);
}

static size_t conv_bf16_workspace(const tn_problem *p, int threads) {
    conv_bf16 s;
    conv_bf16_setup(p, &s);
    conv_words_room r = conv_words_sizes(&s.w);
    int64_t weights = s.packed ? 0 : conv_bf16_weights(&s.w);
    return (size_t)(r.image + r.patches + weights + r.worker * threads) * 4;
}

// ---- running

typedef struct conv_bf16_run {
    conv_words_run w;
    const tn_tensor *x, *bias, *z, *y;
} conv_bf16_run;

// Two channels of an image as one plane of words.
static void conv_bf16_plane(void *arg, int64_t i, int worker) {
    const conv_bf16_run *r = arg;
    const conv_words *s = r->w.s;
    int64_t area = s->v.h * s->v.w, pair = i % s->planes;
    int64_t first = (i / s->planes * s->channels + 2 * pair) * area;
    bool both = 2 * pair + 1 < s->channels;
    uint32_t *to = r->w.image + i * area;
    (void)worker;
    for (int64_t at = 0; at < area; at += VL) {
        __mmask16 tail = v_tail(min64(VL, area - at));
        __m512i word = bf16_words(s->v.type, r->x->data, first + at, tail);
        if (both)
            word = _mm512_or_si512(
                word, _mm512_slli_epi32(bf16_words(s->v.type, r->x->data, first + area + at, tail), 16));
        _mm512_mask_storeu_epi32(to + at, tail, word);
    }
}

static void conv_bf16_task(void *arg, int64_t i, int worker) {
    const conv_bf16_run *r = arg;
    const conv_words *s = r->w.s;
    conv_words_piece piece = conv_words_product(&r->w, dot_bf16, i, worker);
    float *sum = (float *)(void *)piece.sums, line[WORDS_LINE];
    for (int64_t row = piece.row0; row < piece.row1; row++, sum += WORDS_LINE) {
        int64_t channel = piece.outer % s->v.group * s->m + row;
        int64_t at = (piece.outer * s->m + row) * s->pixels + piece.first;
        float bias = r->bias ? scalar_from(s->v.type, r->bias->data, channel) : 0;
        for (int64_t j = 0; j < piece.n; j++) sum[j] += bias;
        if (r->z) bf16_plus(r->z, 1, at, sum, line, piece.n);
        if (s->v.act.kind != ACT_NONE) act_row(s->v.act, sum, sum, piece.n);
        bf16_store(s->v.type, sum, r->y->data, at, piece.n);
    }
}

static tn_status conv_bf16_call(tn_call *c) {
    const conv_bf16 *s = c->params;
    conv_words_room room = conv_words_sizes(&s->w);
    conv_bf16_run r = {
        .w = {.s = &s->w, .weights = c->packed, .image = c->workspace}, .x = c->in[0], .y = c->out[0]};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    r.bias = conv_bias(c->nin, c->in);
    r.z = conv_residual(c->nin, c->in);
    r.w.patches = r.w.image + room.image;
    uint32_t *weights = r.w.patches + room.patches;
    r.w.workers = weights + (s->packed ? 0 : conv_bf16_weights(&s->w));
    if (!s->packed) {
        conv_bf16_pack_from(&s->w, c->in[1]->data, weights);
        r.w.weights = weights;
    }
    conv_words_rounds(c, &r.w, conv_bf16_plane, conv_bf16_task, &r);
    return TN_OK;
}

#define CONV_BF16(name_, op_, domain_)                                                                    \
    {                                                                                                     \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK,               \
                 .doc = "a matrix product over patches, bf16 as it is, sums in f32",                      \
                 .reject = conv_bf16_reject, .params_bytes = sizeof(conv_bf16), .setup = conv_bf16_setup, \
                 .pack_bytes = conv_bf16_pack_bytes, .pack = conv_bf16_pack,                              \
                 .workspace = conv_bf16_workspace, .run = conv_bf16_call,                                 \
    }

TN_ISAS(avx512bf16, amx);

TN_KERNEL(conv_bf16) = CONV_BF16(AT("conv.bf16:Conv"), "Conv", NULL);
TN_KERNEL(conv_bf16_fused) = CONV_BF16(AT("conv.bf16:tn.Conv"), "Conv", "tn");
