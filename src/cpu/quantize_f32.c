// SPDX-License-Identifier: Apache-2.0
// quantize_f32.c - QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear between floats and integers
// of 8 and 16 bits. x is seen as rows along which the scale is one number, or runs along (when the axis is
// the last one); a row goes piece by piece through 32-bit numbers on the stack.
#include "cpu/isa.h"

#include "cpu/kern/activation.inl"
#include "cpu/kern/convert.inl"

#include "ir/tensor.h"

typedef struct quantize {
    tn_dtype from, to;
    int64_t n, row, channels; // elements; of a row; rows until the scales repeat
    bool runs;                // the scale runs along the row
} quantize;

enum { Q_PIECE = 512, Q_TASK = 16 * Q_PIECE };
#define Q_INTEGERS (TN_BIT(TN_U8) | TN_BIT(TN_I8) | TN_BIT(TN_U16) | TN_BIT(TN_I16))

static const tn_tensor *quantize_in(int nin, const tn_tensor *const *in, int i) {
    return i < nin ? in[i] : NULL;
}

static void quantize_setup(const tn_problem *p, void *params) {
    quantize *s = params;
    const tn_tensor *x = p->in[0], *scale = p->in[1];
    *s = (quantize){.from = x->dtype, .to = p->out[0]->dtype, .n = tn_count(x), .channels = 1};
    s->row = s->n;
    if (tn_count(scale) == 1 && scale->rank < 2) return;
    int64_t axis = tn_attr_int(p->attrs, "axis");
    if (axis < 0) axis += x->rank;
    int64_t inner = tn_count_range(x, (int)axis + 1, x->rank);
    s->runs = inner == 1;
    s->row = s->runs ? x->dim[axis] : inner;
    s->channels = s->runs ? 1 : x->dim[axis];
}

static const char *quantize_shapes(const tn_problem *p) {
    if (p->nin < 2 || !p->in[0] || !p->in[1] || !p->out[0]) return "an input is missing";
    const tn_tensor *zero = quantize_in(p->nin, p->in, 2);
    if (p->in[1]->dtype != TN_F32) return "only scales of f32";
    if (p->in[1]->rank > 1 || tn_attr_int(p->attrs, "block_size")) return "scales by block";
    return zero && tn_count(zero) != tn_count(p->in[1]) ? "zero points of another shape" : NULL;
}

static const char *quantize_reject(const tn_problem *p) {
    const char *why = quantize_shapes(p);
    if (why) return why;
    tn_dtype from = p->in[0]->dtype;
    int64_t precision = tn_attr_int(p->attrs, "precision");
    if (from != TN_F32 && from != TN_F16 && from != TN_BF16) return "only f32, f16 and bf16";
    if (precision && precision != TN_F32) return "another precision than f32";
    return Q_INTEGERS >> p->out[0]->dtype & 1 ? NULL : "only integers of 8 and 16 bits";
}

static const char *dequantize_reject(const tn_problem *p) {
    const char *why = quantize_shapes(p);
    if (why) return why;
    if (p->out[0]->dtype != TN_F32) return "only to f32";
    return Q_INTEGERS >> p->in[0]->dtype & 1 ? NULL : "only integers of 8 and 16 bits";
}

// to[i] = x[first + i], and back
static void quantize_load(tn_dtype type, const void *x, int64_t first, int32_t *to, int64_t n) {
    const uint8_t *u8 = (const uint8_t *)x + first;
    const int8_t *i8 = (const int8_t *)x + first;
    const uint16_t *u16 = (const uint16_t *)x + first;
    const int16_t *i16 = (const int16_t *)x + first;
    if (type == TN_U8)
        for (int64_t i = 0; i < n; i++) to[i] = u8[i];
    else if (type == TN_I8)
        for (int64_t i = 0; i < n; i++) to[i] = i8[i];
    else if (type == TN_U16)
        for (int64_t i = 0; i < n; i++) to[i] = u16[i];
    else
        for (int64_t i = 0; i < n; i++) to[i] = i16[i];
}

static void quantize_store(tn_dtype type, const int32_t *from, void *y, int64_t first, int64_t n) {
    uint8_t *u8 = (uint8_t *)y + first;
    uint16_t *u16 = (uint16_t *)y + first;
    if (type == TN_U8 || type == TN_I8)
        for (int64_t i = 0; i < n; i++) u8[i] = (uint8_t)from[i];
    else
        for (int64_t i = 0; i < n; i++) u16[i] = (uint16_t)from[i];
}

// Scales and zero points of a piece: of each element, or n times the same.
typedef struct quantize_grid {
    float scale[Q_PIECE];
    int32_t zero[Q_PIECE];
} quantize_grid;

typedef struct quantize_run {
    const quantize *s;
    const void *x;
    void *y;
    const tn_tensor *scale, *zero;
} quantize_run;

static void quantize_scales(const quantize_run *r, int64_t channel, int64_t column, int64_t n,
                            quantize_grid *g) {
    const float *scale = r->scale->data;
    tn_dtype type = r->zero ? r->zero->dtype : TN_U8;
    if (r->s->runs) {
        memcpy(g->scale, scale + column, (size_t)n * 4);
        if (r->zero) quantize_load(type, r->zero->data, column, g->zero, n);
    } else {
        int32_t zero = 0;
        if (r->zero) quantize_load(type, r->zero->data, channel, &zero, 1);
        for (int64_t i = 0; i < n; i++) g->scale[i] = scale[channel], g->zero[i] = zero;
    }
    if (!r->zero) memset(g->zero, 0, (size_t)n * 4);
}

typedef vi vi_any __attribute__((aligned(4), may_alias));

// q[i] = saturate(round(x[i] / scale[i]) + zero[i]), to even; NaN is 0. Whole vectors.
static void quantize_piece(tn_dtype to, const float *x, const quantize_grid *g, int32_t *q, int64_t n) {
    bool whole = to == TN_U8 || to == TN_U16;
    int32_t range = to == TN_U8 || to == TN_I8 ? 255 : 65535, low = whole ? 0 : -(range / 2) - 1;
    for (int64_t i = 0; i < n; i += VL) {
        vi zero = *(const vi_any *)(g->zero + i);
        vf v = (n - i >= VL ? v_load(x + i) : v_load_n(x + i, n - i)) / v_load(g->scale + i);
        vf r = v_clamp(v_round(v), v_from_int(low - zero), v_from_int(low + range - zero));
        *(vi_any *)(q + i) = (v_to_int(v_select(r == r, r, (vf){0})) + zero) & (vi)(r == r);
    }
}

static void dequantize_piece(const int32_t *x, const quantize_grid *g, float *y, int64_t n) {
    for (int64_t i = 0; i < n; i += VL) {
        vf v = v_from_int(*(const vi_any *)(x + i) - *(const vi_any *)(g->zero + i)) * v_load(g->scale + i);
        n - i >= VL ? v_store(y + i, v) : v_store_n(y + i, v, n - i);
    }
}

static void quantize_task(void *arg, int64_t i, int worker) {
    const quantize_run *r = arg;
    const quantize *s = r->s;
    bool back = tni_is_float(s->to);
    quantize_grid g = {{0}, {0}};
    float piece[Q_PIECE];
    int32_t q[Q_PIECE] = {0};
    int64_t filled = -1, room = 0; // whose scales g holds, and how many
    (void)worker;
    for (int64_t at = i * Q_TASK, last = min64(at + Q_TASK, s->n), n; at < last; at += n) {
        int64_t channel = at / s->row % s->channels, column = at % s->row;
        n = min64(Q_PIECE, min64(s->row - column, last - at));
        if (s->runs || filled != channel || room < n) quantize_scales(r, channel, column, n, &g), room = n;
        filled = channel;
        if (back) {
            quantize_load(s->from, r->x, at, q, n);
            dequantize_piece(q, &g, (float *)r->y + at, n);
            continue;
        }
        const float *x = (const float *)r->x + at;
        if (s->from != TN_F32) {
            row_from(s->from, r->x, at, piece, n);
            x = piece;
        }
        quantize_piece(s->to, x, &g, q, n);
        quantize_store(s->to, q, r->y, at, n);
    }
}

static tn_status quantize_call(tn_call *c) {
    const quantize *s = c->params;
    quantize_run r = {s, c->in[0]->data, c->out[0]->data, c->in[1], quantize_in(c->nin, c->in, 2)};
    tn_call_parallel(c, ceil_div(s->n, Q_TASK), quantize_task, &r);
    return TN_OK;
}

// ----------------------------------------------------------------------------- DynamicQuantizeLinear

static const char *dynamic_reject(const tn_problem *p) {
    return p->in[0] && p->out[0] ? NULL : "nothing to do";
}

static void dynamic_setup(const tn_problem *p, void *params) {
    *(quantize *)params = (quantize){
        .from = TN_F32, .to = TN_U8, .n = tn_count(p->in[0]), .row = tn_count(p->in[0]), .channels = 1};
}

typedef struct dynamic_range { // of a task's elements and zero
    float low, high;
} dynamic_range;

static size_t dynamic_workspace(const tn_problem *p, int threads) {
    (void)threads;
    return (size_t)ceil_div(tn_count(p->in[0]), Q_TASK) * sizeof(dynamic_range);
}

static void dynamic_widen(dynamic_range *r, float low, float high) {
    if (low < r->low) r->low = low;
    if (high > r->high) r->high = high;
}

typedef struct dynamic_run {
    int64_t n;
    const float *x;
    dynamic_range *range;
} dynamic_run;

static void dynamic_task(void *arg, int64_t i, int worker) {
    const dynamic_run *r = arg;
    vf low = {0}, high = {0};
    int64_t at = i * Q_TASK, last = min64(at + Q_TASK, r->n);
    (void)worker;
    for (; at < last; at += VL) { // NaN is passed over: it comes first
        vf x = last - at >= VL ? v_load(r->x + at) : v_load_n(r->x + at, last - at);
        low = v_min2(x, low);
        high = v_max2(x, high);
    }
    float lows[VL], highs[VL];
    v_store(lows, low);
    v_store(highs, high);
    r->range[i] = (dynamic_range){0, 0};
    for (int k = 0; k < VL; k++) dynamic_widen(&r->range[i], lows[k], highs[k]);
}

static tn_status dynamic_call(tn_call *c) {
    const quantize *s = c->params;
    dynamic_run find = {s->n, c->in[0]->data, c->workspace};
    int64_t tasks = ceil_div(s->n, Q_TASK);
    dynamic_range all = {0, 0};
    tn_call_parallel(c, tasks, dynamic_task, &find);
    for (int64_t i = 0; i < tasks; i++) dynamic_widen(&all, find.range[i].low, find.range[i].high);
    float scale = all.high == all.low ? 1.0f : (all.high - all.low) / 255.0f;
    float z = nearbyintf((0 - all.low) / scale);
    uint8_t zero = (uint8_t)(z >= 255 ? 255 : z > 0 ? z : 0); // NaN, of an infinite range, is 0
    tn_tensor scale_of = {.kind = TN_TENSOR, .dtype = TN_F32, .data = &scale, .bytes = 4};
    tn_tensor zero_of = {.kind = TN_TENSOR, .dtype = TN_U8, .data = &zero, .bytes = 1};
    if (c->nout > 1 && c->out[1]) *(float *)c->out[1]->data = scale;
    if (c->nout > 2 && c->out[2]) *(uint8_t *)c->out[2]->data = zero;
    quantize_run r = {s, c->in[0]->data, c->out[0]->data, &scale_of, &zero_of};
    tn_call_parallel(c, tasks, quantize_task, &r);
    return TN_OK;
}

#define QUANTIZE(name_, op_, reject_)                                                             \
    {                                                                                             \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                          \
                 .doc = "pieces of rows through 32-bit numbers", .reject = reject_,               \
                 .params_bytes = sizeof(quantize), .setup = quantize_setup, .run = quantize_call, \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(quantize_f32_quantize) = QUANTIZE(AT("quantize.f32:QuantizeLinear"), "QuantizeLinear",
                                            quantize_reject);
TN_KERNEL(quantize_f32_dequantize) = QUANTIZE(AT("quantize.f32:DequantizeLinear"), "DequantizeLinear",
                                              dequantize_reject);
TN_KERNEL(quantize_f32_dynamic) = {
    TN_HERE,
    .name = AT("quantize.f32:DynamicQuantizeLinear"),
    .op = "DynamicQuantizeLinear",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "the range of pieces first",
    .reject = dynamic_reject,
    .params_bytes = sizeof(quantize),
    .setup = dynamic_setup,
    .workspace = dynamic_workspace,
    .run = dynamic_call,
};
