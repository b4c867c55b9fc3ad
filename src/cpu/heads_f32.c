// SPDX-License-Identifier: Apache-2.0
// heads_f32.c - tn.BlockedHeads: several blocked maps to one list of pixels, each channel a row of it, or,
// channels last, lanes copied.
#include "cpu/isa.h"

#include "cpu/kern/activation.inl"
#include "cpu/kern/reorder_squares.inl"

enum { HEADS = 16, HEADS_TILE = 32 /* pixels whose rows of channels are made together */ };

typedef struct heads {
    int maps;
    bool last, sigmoid;
    int64_t n, c, blocks, groups, pixels;
    int64_t pieces, parts; // tasks of an image: pieces of maps, and blocks where channels stay in front
    int64_t plane[HEADS];  // pixels of each map
} heads;

static const char *heads_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (p->nin > HEADS) return "more than 16 maps";
    const char *activation = tn_attr_string(p->attrs, "activation");
    return !*activation || !strcmp(activation, "Sigmoid") ? NULL : "another activation than Sigmoid";
}

static void heads_setup(const tn_problem *p, void *params) {
    heads *s = params;
    *s = (heads){.maps = p->nin,
                 .last = tn_attr_int(p->attrs, "last") != 0,
                 .sigmoid = *tn_attr_string(p->attrs, "activation") != 0,
                 .n = p->in[0]->dim[0],
                 .c = tn_attr_int(p->attrs, "channels"),
                 .blocks = p->in[0]->dim[1],
                 .groups = tn_attr_int(p->attrs, "groups"),
                 .pixels = p->out[0]->dim[2]};
    s->parts = s->last ? 1 : s->blocks;
    for (int i = 0; i < s->maps; i++) {
        s->plane[i] = tn_count_range(p->in[i], 2, p->in[i]->rank - 1);
        s->pieces += ceil_div(s->plane[i], REORDER_TASK);
    }
}

INLINE void heads_activate(const heads *s, float *y, int64_t n) {
    if (s->sigmoid) act_loop(ACT_SIGMOID, (act){.kind = ACT_SIGMOID}, y, y, n);
}

INLINE void heads_lanes(const float *x, int64_t lanes, int64_t p0, int64_t p1, float *y, int64_t ld) {
    for (int64_t p = p0; p < p1; p++)
        for (int64_t k = 0; k < lanes; k += VL) {
            const float *from = x + p * LANES_OF_BLOCK + k;
            if (lanes - k >= VL)
                v_store(y + p * ld + k, v_load(from));
            else
                v_store_n(y + p * ld + k, v_load_n(from, lanes - k), lanes - k);
        }
}

// Pixels [p0, p1) of all of a map's blocks, to rows of channels, by the groups that lie in each block.
static void heads_rows(const heads *s, const float *x, int64_t plane, int64_t p0, int64_t p1, float *y) {
    int64_t width = s->c / s->groups;
    for (int64_t p = p0, n, lanes; p < p1; p += n) {
        n = min64(HEADS_TILE, p1 - p);
        for (int64_t c = 0; c < s->c; c += lanes) {
            int64_t block = c / LANES_OF_BLOCK, group = c / width;
            lanes = min64((block + 1) * LANES_OF_BLOCK, (group + 1) * width) - c;
            const float *from = x + block * plane * LANES_OF_BLOCK + c % LANES_OF_BLOCK;
            float *to = y + group * s->pixels * width + c % width;
            if (lanes == LANES_OF_BLOCK)
                heads_lanes(from, LANES_OF_BLOCK, p, p + n, to, width);
            else
                heads_lanes(from, lanes, p, p + n, to, width);
        }
        for (int64_t g = 0; g < s->groups; g++) heads_activate(s, y + (g * s->pixels + p) * width, n * width);
    }
}

typedef struct heads_run {
    const heads *s;
    const tn_tensor *const *in;
    float *y;
} heads_run;

static void heads_task(void *arg, int64_t i, int worker) {
    const heads_run *r = arg;
    const heads *s = r->s;
    int64_t piece = i % s->pieces, block = i / s->pieces % s->parts, image = i / (s->pieces * s->parts);
    int64_t before = 0;
    int map = 0;
    (void)worker;
    for (int64_t n; piece >= (n = ceil_div(s->plane[map], REORDER_TASK)); map++) {
        piece -= n;
        before += s->plane[map];
    }
    int64_t plane = s->plane[map], p0 = piece * REORDER_TASK, p1 = min64(p0 + REORDER_TASK, plane);
    const float *x = (const float *)r->in[map]->data +
                     (image * s->blocks + block) * plane * LANES_OF_BLOCK; /* [N,blocks,plane,16] */
    int64_t channels = min64(LANES_OF_BLOCK, s->c - block * LANES_OF_BLOCK);
    float *planes = r->y + (image * s->c + block * LANES_OF_BLOCK) * s->pixels + before;
    if (s->last)
        heads_rows(s, x, plane, p0, p1, r->y + image * s->c * s->pixels + before * (s->c / s->groups));
    else if (s->sigmoid)
        reorder_squares(x, s->pixels, channels, p0, p1, planes, true);
    else
        reorder_squares(x, s->pixels, channels, p0, p1, planes, false);
}

static tn_status heads_call(tn_call *c) {
    const heads *s = c->params;
    heads_run r = {s, c->in, c->out[0]->data};
    tn_call_parallel(c, s->n * s->parts * s->pieces, heads_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(heads_f32) = {
    TN_HERE,
    .name = AT("heads.f32"),
    .op = "BlockedHeads",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "16 channels by 16 pixels at a time, or lanes by pixels",
    .reject = heads_reject,
    .params_bytes = sizeof(heads),
    .setup = heads_setup,
    .run = heads_call,
};
