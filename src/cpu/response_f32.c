// SPDX-License-Identifier: Apache-2.0
// response_f32.c - LRN: x * (bias + alpha / size * sum of squares of neighbouring channels)^-beta, a vector
// of places at a time.
#include "cpu/isa.h"

#include "cpu/kern/vec_math.h"

typedef struct response {
    int64_t channels, places, before, after, blocks;
    float alpha, beta, bias;
} response;

enum { RESPONSE_PLACES = 256 };

static const char *response_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (!(tn_attr_float(p->attrs, "bias") > 0 && tn_attr_float(p->attrs, "alpha") >= 0))
        return "powers of what may not be above 0";
    return tn_attr_int(p->attrs, "size") <= 64 ? NULL : "more than 64 neighbours";
}

static void response_setup(const tn_problem *p, void *params) {
    const tn_tensor *x = p->in[0];
    int64_t size = tn_attr_int(p->attrs, "size"), places = tn_count_range(x, 2, x->rank);
    *(response *)params = (response){.channels = x->dim[1],
                                     .places = places,
                                     .before = (size - 1) / 2,
                                     .after = size / 2,
                                     .blocks = ceil_div(places, RESPONSE_PLACES),
                                     .alpha = (float)(tn_attr_float(p->attrs, "alpha") / (double)size),
                                     .beta = (float)tn_attr_float(p->attrs, "beta"),
                                     .bias = (float)tn_attr_float(p->attrs, "bias")};
}

// x / v^beta, v > 0
INLINE vf response_of(const response *s, vf x, vf v) {
    if (s->beta == 0.75f) return x / (v_sqrt(v) * v_sqrt(v_sqrt(v)));
    if (s->beta == 0.5f) return x / v_sqrt(v);
    if (s->beta == 1) return x / v;
    return x * v_exp(v_log(v) * -s->beta);
}

static void response_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const response *s = c->params;
    int64_t image = i / s->blocks * s->channels * s->places, first = i % s->blocks * RESPONSE_PLACES;
    const float *x = (const float *)c->in[0]->data + image;
    float *y = (float *)c->out[0]->data + image;
    (void)worker;
    for (int64_t k = 0; k < s->channels; k++) {
        int64_t low = max64(0, k - s->before), high = min64(s->channels - 1, k + s->after);
        for (int64_t at = first; at < min64(first + RESPONSE_PLACES, s->places); at += VL) {
            int64_t n = min64(VL, s->places - at);
            vf sum = {0};
            for (int64_t j = low; j <= high; j++) {
                vf v = n == VL ? v_load(x + j * s->places + at) : v_load_n(x + j * s->places + at, n);
                sum = v_fma(v, v, sum);
            }
            vf v = n == VL ? v_load(x + k * s->places + at) : v_load_n(x + k * s->places + at, n);
            v_store_n(y + k * s->places + at, response_of(s, v, v_fma(sum, v_set(s->alpha), v_set(s->bias))),
                      n);
        }
    }
}

static tn_status response_call(tn_call *c) {
    const response *s = c->params;
    tn_call_parallel(c, c->in[0]->dim[0] * s->blocks, response_task, c);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(response_f32) = {
    TN_HERE,
    .name = AT("response.f32"),
    .op = "LRN",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "a vector of places at a time",
    .reject = response_reject,
    .params_bytes = sizeof(response),
    .setup = response_setup,
    .run = response_call,
};
