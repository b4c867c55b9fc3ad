// SPDX-License-Identifier: Apache-2.0
// random.c - RandomNormal, RandomUniform (and ...Like), Bernoulli, Multinomial. Numbers come from
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), a function of a key and
// a counter:
//
//     element i of a node  =  Philox(key = the node's seed, counter = i)
//
// so any element can be had without those before it, for any number of threads. The same engine gives the
// same numbers in every run, as everything else here does: fresh ones need another seed or an input of noise.
// A node without a seed is given one when it is read, from the name of its output, so that two nodes differ.
#include "op/buffer.h"

#define PI 3.14159265358979323846

// ----------------------------------------------------------------------------------------------- Philox

typedef struct philox {
    uint32_t key[2];
} philox;

static void philox_run(const philox *p, uint64_t counter, uint32_t x[4]) {
    uint32_t k0 = p->key[0], k1 = p->key[1];
    x[0] = (uint32_t)counter;
    x[1] = (uint32_t)(counter >> 32);
    x[2] = x[3] = 0;
    for (int round = 0; round < 10; round++) {
        uint64_t a = UINT64_C(0xD2511F53) * x[0], b = UINT64_C(0xCD9E8D57) * x[2];
        uint32_t y0 = (uint32_t)(b >> 32) ^ x[1] ^ k0, y2 = (uint32_t)(a >> 32) ^ x[3] ^ k1;
        x[0] = y0;
        x[1] = (uint32_t)b;
        x[2] = y2;
        x[3] = (uint32_t)a;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
}

static philox seeded(tn_attrs a) {
    double seed = tn_attr_float(a, "seed");
    philox p;
    uint64_t bits;
    memcpy(&bits, &seed, sizeof bits);
    p.key[0] = (uint32_t)bits;
    p.key[1] = (uint32_t)(bits >> 32);
    return p;
}

// 53 bits of [0, 1).
static double unit(uint32_t high, uint32_t low) {
    return (double)((uint64_t)high << 21 | low >> 11) * 0x1p-53;
}

static double uniform(const philox *p, int64_t i) {
    uint32_t x[4];
    philox_run(p, (uint64_t)i, x);
    return unit(x[0], x[1]);
}

// Box and Muller, 1958; 1 - u is never 0.
static double normal(const philox *p, int64_t i) {
    uint32_t x[4];
    philox_run(p, (uint64_t)i, x);
    return sqrt(-2 * log(1 - unit(x[0], x[1]))) * cos(2 * PI * unit(x[2], x[3]));
}

// Seeds are floats: 24 bits of FNV-1a of the name.
static tn_status upgrade(tni_spec *s) {
    uint32_t h = 0x811c9dc5;
    if (tni_spec_attr(s, "seed")) return TN_OK;
    for (const char *p = s->nout && s->outs[0] ? s->outs[0] : ""; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x01000193;
    return tni_spec_put(s, TN_A_FLOAT("seed", (double)(h >> 8)));
}

// ----------------------------------------------------------------------------------------------- Random*

static tn_status float_dtype(tn_infer *c, int64_t dtype, tn_dtype *to) {
    if (dtype <= 0 || dtype >= TN_DTYPE_COUNT || !tni_is_float((tn_dtype)dtype))
        return tn_infer_hint(c, "set the attribute dtype", "%s is no floating type",
                             dtype > 0 && dtype < TN_DTYPE_COUNT ? tn_dtype_text((tn_dtype)dtype) : "dtype");
    *to = (tn_dtype)dtype;
    return TN_OK;
}

static tn_status shaped_infer(tn_infer *c) {
    size_t n;
    const int64_t *shape = tn_attr_ints(c->attrs, "shape", &n);
    tn_dtype dtype = TN_F32;
    tn_dim dim[TN_MAX_RANK];
    TN_TRY(float_dtype(c, tn_attr_int(c->attrs, "dtype"), &dtype));
    if (n > TN_MAX_RANK)
        return tn_infer_fail(c, "the shape has %zu dimensions, the limit is %d", n, TN_MAX_RANK);
    for (size_t d = 0; d < n; d++) {
        if (shape[d] < 0)
            return tn_infer_fail(c, "dimension %zu of the shape is %lld", d, (long long)shape[d]);
        dim[d] = tn_k(shape[d]);
    }
    tni_shape_out(c, 0, dtype, (int)n, dim);
    return TN_OK;
}

// The input's shape, and its type unless 'dtype' is given.
static void like(tn_infer *c, tn_dtype dtype) {
    const tn_type *x = &c->in[0]->type;
    if (x->rank < 0)
        tni_shape_unknown(c, 0, dtype);
    else
        tni_shape_out(c, 0, dtype, x->rank, x->dim);
}

static int64_t wanted_dtype(const tn_infer *c) {
    return tn_attr_has(c->attrs, "dtype") ? tn_attr_int(c->attrs, "dtype") : (int64_t)c->in[0]->type.dtype;
}

static tn_status like_infer(tn_infer *c) {
    tn_dtype dtype = TN_F32;
    TN_TRY(float_dtype(c, wanted_dtype(c), &dtype));
    like(c, dtype);
    return TN_OK;
}

static tn_status uniform_ref(tn_call *c) {
    philox p = seeded(c->attrs);
    double low = tn_attr_float(c->attrs, "low"), high = tn_attr_float(c->attrs, "high");
    for (int64_t i = 0, n = c->out[0] ? tn_count(c->out[0]) : 0; i < n; i++) {
        double y = low + (high - low) * uniform(&p, i);
        tni_store(c->out[0], i, 1, 1, &y);
    }
    return TN_OK;
}

static tn_status normal_ref(tn_call *c) {
    philox p = seeded(c->attrs);
    double mean = tn_attr_float(c->attrs, "mean"), deviation = tn_attr_float(c->attrs, "scale");
    for (int64_t i = 0, n = c->out[0] ? tn_count(c->out[0]) : 0; i < n; i++) {
        double y = mean + deviation * normal(&p, i);
        tni_store(c->out[0], i, 1, 1, &y);
    }
    return TN_OK;
}

// -------------------------------------------------------------------------------- Bernoulli, Multinomial

static tn_status bernoulli_infer(tn_infer *c) {
    int64_t dtype = wanted_dtype(c);
    if (dtype <= 0 || dtype >= TN_DTYPE_COUNT || !((TN_NUMBERS | TN_BIT(TN_BOOL)) >> dtype & 1))
        return tn_infer_fail(c, "dtype = %lld is not a type of numbers", (long long)dtype);
    like(c, (tn_dtype)dtype);
    return TN_OK;
}

static tn_status bernoulli_ref(tn_call *c) {
    philox p = seeded(c->attrs);
    for (int64_t i = 0, n = c->out[0] ? tn_count(c->out[0]) : 0; i < n; i++)
        tni_set(c->out[0], i, uniform(&p, i) < tni_get(c->in[0], i) ? 1 : 0);
    return TN_OK;
}

static tn_status multinomial_infer(tn_infer *c) {
    int64_t dtype = tn_attr_int(c->attrs, "dtype");
    if (dtype != TN_I32 && dtype != TN_I64)
        return tn_infer_fail(c, "dtype = %lld is neither i32 nor i64", (long long)dtype);
    TN_TRY(tni_want_rank(c, 0, "the input", 2, 2));
    tn_dim dim[] = {tn_dim_fresh(c->dims), tn_k(tn_attr_int(c->attrs, "sample_size"))};
    if (tni_ranked(c, 0)) {
        dim[0] = c->in[0]->type.dim[0];
        if (tn_dim_is(c->in[0]->type.dim[1], 0))
            return tn_infer_fail(c, "there are no outcomes to draw from");
    }
    tni_shape_out(c, 0, (tn_dtype)dtype, 2, dim);
    return TN_OK;
}

// Logits to running totals of probability; what is no number cannot be drawn.
static double accumulate(double *x, int64_t n) {
    double most = -HUGE_VAL, sum = 0;
    for (int64_t k = 0; k < n; k++)
        if (x[k] > most) most = x[k];
    for (int64_t k = 0; k < n; k++) {
        double e = x[k] == most ? 1 : exp(x[k] - most);
        x[k] = sum += e > 0 ? e : 0;
    }
    return sum;
}

static int64_t draw(const double *totals, int64_t n, double at) {
    for (int64_t k = 0; k < n; k++)
        if (at < totals[k]) return k;
    return n - 1;
}

static tn_status multinomial_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    philox p = seeded(c->attrs);
    int64_t n = x->dim[1], samples = y ? y->dim[1] : 0;
    double *row = tni_scratch(c, n, sizeof *row);
    if (!row) return TN_NOMEM;
    if (n < 1) return tn_call_fail(c, TN_INVALID, "there are no outcomes to draw from");
    for (int64_t b = 0; b < x->dim[0] && samples > 0; b++) {
        tni_load(row, x, b * n, 1, n);
        double sum = accumulate(row, n);
        for (int64_t s = b * samples; s < (b + 1) * samples; s++)
            tni_set_int(y, s, draw(row, n, uniform(&p, s) * sum));
    }
    return TN_OK;
}

// --------------------------------------------------------------------------------------- definitions

#define SEED \
    { "seed", TN_ATTR_FLOAT }
#define NORMAL {"mean", TN_ATTR_FLOAT, .f = 0}, {"scale", TN_ATTR_FLOAT, .f = 1}, SEED
#define UNIFORM {"low", TN_ATTR_FLOAT, .f = 0}, {"high", TN_ATTR_FLOAT, .f = 1}, SEED
#define LIKE \
    .in = {{"input", "T1"}}, .out = {{"output", "T2"}}, .types = {{"T1", TN_ANY_DTYPE}, {"T2", TN_FLOATS}}
#define SHAPED .out = {{"output", "T"}}, .types = {{"T", TN_FLOATS}}
#define SHAPE \
    {"shape", TN_ATTR_INTS, TN_REQUIRED}, { "dtype", TN_ATTR_INT, .i = TN_F32 }

TN_OP(random_normal) = {
    TN_HERE,
    .name = "RandomNormal",
    .since = 22,
    .first = 1,
    .doc = "normally distributed numbers",
    .traits = TN_RANDOM,
    SHAPED,
    .attrs = {SHAPE, NORMAL},
    .infer = shaped_infer,
    .ref = normal_ref,
    .upgrade = upgrade,
};

TN_OP(random_normal_like) = {
    TN_HERE,
    .name = "RandomNormalLike",
    .since = 22,
    .first = 1,
    .doc = "normally distributed numbers in the input's shape",
    .traits = TN_RANDOM | TN_SHAPE_ONLY,
    LIKE,
    .attrs = {{"dtype", TN_ATTR_INT, TN_PRESENCE}, NORMAL},
    .infer = like_infer,
    .ref = normal_ref,
    .upgrade = upgrade,
};

TN_OP(random_uniform) = {
    TN_HERE,
    .name = "RandomUniform",
    .since = 22,
    .first = 1,
    .doc = "evenly distributed numbers",
    .traits = TN_RANDOM,
    SHAPED,
    .attrs = {SHAPE, UNIFORM},
    .infer = shaped_infer,
    .ref = uniform_ref,
    .upgrade = upgrade,
};

TN_OP(random_uniform_like) = {
    TN_HERE,
    .name = "RandomUniformLike",
    .since = 22,
    .first = 1,
    .doc = "evenly distributed numbers in the input's shape",
    .traits = TN_RANDOM | TN_SHAPE_ONLY,
    LIKE,
    .attrs = {{"dtype", TN_ATTR_INT, TN_PRESENCE}, UNIFORM},
    .infer = like_infer,
    .ref = uniform_ref,
    .upgrade = upgrade,
};

TN_OP(bernoulli) = {
    TN_HERE,
    .name = "Bernoulli",
    .since = 22,
    .first = 15,
    .doc = "1 with the input's probability, else 0",
    .traits = TN_RANDOM,
    .in = {{"input", "T1"}},
    .out = {{"output", "T2"}},
    .types = {{"T1", TN_FLOATS}, {"T2", TN_NUMBERS | TN_BIT(TN_BOOL)}},
    .attrs = {{"dtype", TN_ATTR_INT, TN_PRESENCE}, SEED},
    .infer = bernoulli_infer,
    .ref = bernoulli_ref,
    .upgrade = upgrade,
};

TN_OP(multinomial) = {
    TN_HERE,
    .name = "Multinomial",
    .since = 22,
    .first = 7,
    .doc = "outcomes drawn with the probabilities that the input gives as logarithms",
    .traits = TN_RANDOM,
    .in = {{"input", "T1"}},
    .out = {{"output", "T2"}},
    .types = {{"T1", TN_FLOATS}, {"T2", TN_INDEXES}},
    .attrs = {{.name = "dtype", .kind = TN_ATTR_INT, .i = TN_I32},
              {.name = "sample_size", .kind = TN_ATTR_INT, .i = 1, .min = 0, .max = INT32_MAX},
              SEED},
    .infer = multinomial_infer,
    .ref = multinomial_ref,
    .upgrade = upgrade,
};
