// SPDX-License-Identifier: Apache-2.0
// scale_f32_blocked.c - Mul of blocked activations [N,C/16,H,W,16] by a
// factor for each channel, [N,C/16,1,1,16]: what squeeze-and-excitation ends
// with. The factors of a plane stay in registers.
#include "cpu/isa.h"

#include "cpu/kern/vec.h"

enum { SCALE_LANES = 16, SCALE_TASK = 512 /* pixels */ };

typedef struct scale {
    int64_t planes, pixels;
    int image; // which input is the image: the other one holds the factors
} scale;

static int scale_image(const tn_problem *p) { return tn_count(p->in[1]) > tn_count(p->in[0]); }

static const char *scale_reject(const tn_problem *p) {
    if (p->nin != 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "not two inputs";
    int image = scale_image(p);
    const tn_tensor *x = p->in[image], *f = p->in[1 - image];
    if (x->dtype != TN_F32) return "only f32";
    if (x->rank != 5 || f->rank != 5 || x->dim[4] != SCALE_LANES) return "not blocked (rank 5)";
    bool each = f->dim[0] == x->dim[0] && f->dim[1] == x->dim[1] && f->dim[2] * f->dim[3] == 1;
    return each && f->dim[4] == SCALE_LANES ? NULL : "not one factor for each channel of each image";
}

static void scale_setup(const tn_problem *p, void *params) {
    int image = scale_image(p);
    const tn_tensor *x = p->in[image];
    *(scale *)params = (scale){x->dim[0] * x->dim[1], x->dim[2] * x->dim[3], image};
}

typedef struct scale_run {
    const scale *s;
    const float *x, *factor;
    float *y;
} scale_run;

static void scale_task(void *arg, int64_t i, int worker) {
    const scale_run *r = arg;
    int64_t pieces = ceil_div(r->s->pixels, SCALE_TASK), at = i / pieces, first = i % pieces * SCALE_TASK;
    int64_t n = min64(SCALE_TASK, r->s->pixels - first) * SCALE_LANES;
    const float *x = r->x + (at * r->s->pixels + first) * SCALE_LANES;
    float *y = r->y + (at * r->s->pixels + first) * SCALE_LANES;
    vf f[SCALE_LANES / VL];
    (void)worker;
    for (int j = 0; j < SCALE_LANES / VL; j++) f[j] = v_load(r->factor + at * SCALE_LANES + j * VL);
    for (int64_t k = 0; k < n; k += SCALE_LANES)
        for (int j = 0; j < SCALE_LANES / VL; j++) v_store(y + k + j * VL, v_load(x + k + j * VL) * f[j]);
}

static tn_status scale_call(tn_call *c) {
    const scale *s = c->params;
    scale_run r = {s, c->in[s->image]->data, c->in[1 - s->image]->data, c->out[0]->data};
    tn_call_parallel(c, s->planes * ceil_div(s->pixels, SCALE_TASK), scale_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(scale_f32_blocked) = {
    TN_HERE,
    .name = AT("scale.f32.blocked:Mul"),
    .op = "Mul",
    .isa = ISA,
    .rank = ISA_RANK + 10,
    .doc = "a factor for each channel of blocked activations",
    .inplace = 3,
    .reject = scale_reject,
    .params_bytes = sizeof(scale),
    .setup = scale_setup,
    .run = scale_call,
};
