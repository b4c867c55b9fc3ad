// SPDX-License-Identifier: Apache-2.0
// dropout.c - Dropout: the identity, unless a model asks for training. Then elements are dropped by the
// Mersenne Twister (Matsumoto and Nishimura, 1998) seeded and read as NumPy's RandomState does, which is what
// ONNX's own expectation uses; without a seed the seed is 0, so that runs repeat.
#include "op/move.h"

enum { MT_N = 624, MT_M = 397 };
typedef struct twister {
    uint32_t state[MT_N];
    int at;
} twister;

static void twister_seed(twister *r, uint32_t seed) {
    for (int i = 0; i < MT_N; i++) {
        r->state[i] = seed;
        seed = 1812433253u * (seed ^ seed >> 30) + (uint32_t)i + 1;
    }
    r->at = MT_N;
}

static void twister_turn(twister *r) {
    for (int i = 0; i < MT_N; i++) {
        uint32_t y = (r->state[i] & 0x80000000u) | (r->state[(i + 1) % MT_N] & 0x7fffffffu);
        r->state[i] = r->state[(i + MT_M) % MT_N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    r->at = 0;
}

static uint32_t twister_next(twister *r) {
    if (r->at == MT_N) twister_turn(r);
    uint32_t y = r->state[r->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

// Uniform in [0, 1) with 53 bits.
static double twister_uniform(twister *r) {
    uint32_t high = twister_next(r) >> 5, low = twister_next(r) >> 6;
    return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

static tn_status dropout_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    double ratio;
    if (tni_given(c, 1) && tni_const_float(c->in[1], &ratio) && !(ratio >= 0 && ratio < 1))
        return tn_infer_fail(c, "ratio must be in [0, 1), but is %g", ratio);
    if (in->rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        tni_shape_unknown(c, 1, TN_BOOL);
    } else {
        tni_shape_out(c, 0, in->dtype, in->rank, in->dim);
        tni_shape_out(c, 1, TN_BOOL, in->rank, in->dim);
    }
    return TN_OK;
}

static tn_status drop(tn_call *c, double ratio) {
    const tn_tensor *in = c->in[0];
    tn_tensor *out = c->out[0], *mask = c->nout > 1 ? c->out[1] : NULL;
    twister *r = tn_call_scratch(c, sizeof *r);
    if (!r) return TN_NOMEM;
    twister_seed(r, (uint32_t)tn_attr_int(c->attrs, "seed"));
    double scale = 1 / (1 - ratio);
    for (int64_t k = 0, n = tn_count(in); k < n; k++) {
        bool keep = twister_uniform(r) >= ratio;
        if (out) tni_set(out, k, keep ? tni_get(in, k) * scale : 0);
        if (mask) ((uint8_t *)mask->data)[k] = keep;
    }
    return TN_OK;
}

static tn_status dropout_ref(tn_call *c) {
    const tn_tensor *ratio = c->nin > 1 ? c->in[1] : NULL, *train = c->nin > 2 ? c->in[2] : NULL;
    if (train && tni_get_int(train, 0)) {
        double p = ratio ? tni_get(ratio, 0) : 0.5;
        if (!(p >= 0 && p < 1)) return tn_call_fail(c, TN_INVALID, "ratio must be in [0, 1), but is %g", p);
        if (p > 0) return drop(c, p);
    }
    if (c->nout > 1 && c->out[1] && c->out[1]->bytes) memset(c->out[1]->data, 1, c->out[1]->bytes);
    return tni_call_same(c);
}

// Out 0 is in 0 unless the model may be training.
static bool dropout_view(const tn_problem *p, int out, size_t *offset) {
    const tn_tensor *train = p->nin > 2 ? p->in[2] : NULL;
    *offset = 0;
    return out == 0 && (!train || (train->data && !tni_get_int(train, 0)));
}

// Before 12 the ratio was an attribute, and only inference is asked of us (is_test was optional and files
// that leave it out are not trained with either). The mask, which nothing reads then, is of bools as it has
// been since 10.
static tn_status dropout_upgrade(tni_spec *s) {
    tni_spec_drop(s, "consumed_inputs");
    tni_spec_drop(s, "is_test");
    if (s->opset < 12) tni_spec_drop(s, "ratio");
    return TN_OK;
}

TN_OP(dropout) = {
    TN_HERE,
    .name = "Dropout",
    .since = 22,
    .first = 1,
    .doc = "The input as it is; in training mode, some elements zero and the others scaled",
    .in = {{"data", "T"}, {"ratio", "T1", TN_OPTIONAL_IN}, {"training_mode", "bool", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"mask", "bool", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS | TN_FLOAT8S}, {"T1", TN_FLOATS | TN_FLOAT8S}},
    .attrs = {{"seed", TN_ATTR_INT}},
    .infer = dropout_infer,
    .ref = dropout_ref,
    .upgrade = dropout_upgrade,
    .view = dropout_view,
};
