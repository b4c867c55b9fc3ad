// SPDX-License-Identifier: Apache-2.0
// sample_f32.c - GridSample: a task finds the elements that a few places are made of, and their weights,
// once, and goes through the channels with them, a vector of places at a time:
//
//     workspace of a worker: | offsets [tap][PLACES] | weights [tap][PLACES] |
//
// A place with fewer elements than others has weights of 0, which count for nothing whatever they meet.
#include "cpu/isa.h"

#include "cpu/kern/gather.inl"
#include "ir/sample.h"

enum { PLACES = 128, SAMPLE_WORK = 1 << 16 /* of a task: taps of all channels */ };

typedef struct sample {
    tni_sampler s;
    int64_t n, c, size, places;             // size: elements of a channel of X; places: of an image
    int64_t taps, blocks, shares, channels; // shares of the channels, so many at most in one
} sample;

static void sample_setup(const tn_problem *p, void *params) {
    sample *s = params;
    const tn_tensor *x = p->in[0];
    const char *wrong;
    *s = (sample){.n = x->dim[0], .c = x->dim[1], .size = tn_count_range(x, 2, x->rank)};
    tni_sampler_init(&s->s, p->attrs, x->rank - 2, x->dim + 2, &wrong); // checked by inference
    s->places = tn_count_range(p->out[0], 2, x->rank);
    s->taps = tni_sampler_taps(&s->s);
    s->blocks = ceil_div(s->places, PLACES);
    s->channels = max64(1, min64(s->c, SAMPLE_WORK / (PLACES * s->taps)));
    s->shares = ceil_div(s->c, s->channels);
}

static const char *sample_reject(const tn_problem *p) {
    if (!p->in[0] || !p->in[1] || !p->out[0]) return "the output is not wanted";
    const tn_tensor *x = p->in[0];
    if (x->dtype != TN_F32 || p->in[1]->dtype != TN_F32) return "only f32";
    if (x->rank > 5) return "more than three spatial dimensions";
    if (tn_count(p->out[0]) == 0) return "nothing to do";
    return tn_count_range(x, 2, x->rank) <= INT32_MAX ? NULL : "offsets in a channel do not fit in 32 bits";
}

static size_t sample_workspace(const tn_problem *p, int threads) {
    sample s;
    sample_setup(p, &s);
    return (size_t)(2 * s.taps * PLACES * threads) * 4;
}

typedef struct sample_run {
    const sample *s;
    const float *x, *grid; /* [n,c,size], [n,places,space] */
    float *y;              /* [n,c,places] */
    float *workspace;
} sample_run;

// The elements of places [0, n). Returns how many taps any of them has.
static int64_t sample_places(const tni_sampler *s, const float *grid, int64_t n, int64_t taps, int32_t *off,
                             float *weight) {
    int64_t most = 0;
    for (int64_t k = 0; k < taps; k++)
        for (int64_t i = 0; i < PLACES; i++) off[k * PLACES + i] = 0, weight[k * PLACES + i] = 0;
    for (int64_t i = 0; i < n; i++, grid += s->space) {
        tni_samples list;
        double place[TNI_SAMPLE_SPACE];
        for (int d = 0; d < s->space; d++) place[d] = (double)grid[d];
        tni_sample(s, place, &list);
        most = max64(most, list.n);
        for (int64_t k = 0; k < list.n; k++) {
            off[k * PLACES + i] = (int32_t)list.at[k];
            weight[k * PLACES + i] = (float)list.weight[k];
        }
    }
    return most;
}

// n places of one channel.
static void sample_channel(const float *x, const int32_t *off, const float *weight, int64_t taps, int64_t n,
                           float *y) {
    for (int64_t i = 0; i < n; i += VL) {
        vf sum = {0};
        for (int64_t k = 0; k < taps; k++)
            sum = v_gather_add(sum, v_load(weight + k * PLACES + i), x, off + k * PLACES + i);
        if (n - i >= VL)
            v_store(y + i, sum);
        else
            v_store_n(y + i, sum, n - i);
    }
}

static void sample_task(void *arg, int64_t i, int worker) {
    const sample_run *r = arg;
    const sample *s = r->s;
    int64_t share = i % s->shares, block = i / s->shares % s->blocks, image = i / (s->shares * s->blocks);
    int64_t first = block * PLACES, n = min64(PLACES, s->places - first);
    float *weight = r->workspace + worker * 2 * s->taps * PLACES;
    int32_t *off = (int32_t *)(void *)(weight + s->taps * PLACES);
    int64_t taps =
        sample_places(&s->s, r->grid + (image * s->places + first) * s->s.space, n, s->taps, off, weight);
    for (int64_t c = share * s->channels; c < min64((share + 1) * s->channels, s->c); c++)
        sample_channel(r->x + (image * s->c + c) * s->size, off, weight, taps, n,
                       r->y + (image * s->c + c) * s->places + first);
}

static tn_status sample_call(tn_call *c) {
    const sample *s = c->params;
    sample_run r = {s, c->in[0]->data, c->in[1]->data, c->out[0]->data, c->workspace};
    tn_call_parallel(c, s->n * s->blocks * s->shares, sample_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(sample_f32) = {
    TN_HERE,
    .name = AT("sample.f32"),
    .op = "GridSample",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "elements and weights of some places, then a vector of them through the channels",
    .reject = sample_reject,
    .params_bytes = sizeof(sample),
    .setup = sample_setup,
    .workspace = sample_workspace,
    .run = sample_call,
};
