// SPDX-License-Identifier: Apache-2.0
// softmax_f32.c - Softmax and LogSoftmax on any axis of [outer, axis, inner]: rows where inner is 1 (many
// at once where they are short), else VL neighbours along `inner` at once.
#include "cpu/isa.h"

#include "cpu/kern/vec_math.h"

typedef struct softmax {
    int64_t outer, axis, inner;
    int64_t rows; // of a task
    bool log;
} softmax;

enum { SOFTMAX_TASK = 1 << 14, SOFTMAX_SHORT = 64, SOFTMAX_FEW = 3 };

static const char *softmax_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    return p->in[0]->dtype == TN_F32 ? NULL : "only f32";
}

static void softmax_setup(const tn_problem *p, void *params) {
    softmax *s = params;
    const tn_tensor *x = p->in[0];
    int64_t axis = tn_attr_int(p->attrs, "axis");
    int at = (int)(axis < 0 ? axis + x->rank : axis);
    *s = (softmax){.outer = tn_count_range(x, 0, at),
                   .axis = x->rank ? x->dim[at] : 1,
                   .inner = x->rank ? tn_count_range(x, at + 1, x->rank) : 1,
                   .log = p->attrs.op->name[0] == 'L'};
    s->rows = max64(1, SOFTMAX_TASK / max64(1, s->axis));
}

INLINE vf softmax_load(const float *x, int64_t n) { return n >= VL ? v_load(x) : v_load_n(x, n); }
INLINE void softmax_store(float *y, vf v, int64_t n) {
    if (n >= VL)
        v_store(y, v);
    else
        v_store_n(y, v, n);
}

// NaN is passed over: it comes up in the sum.
static float row_greatest(const float *x, int64_t n) {
    vf most[LANES], last[LANES];
    int64_t i = 0;
    for (int j = 0; j < LANES; j++) most[j] = v_set(-INFINITY);
    for (; i + SPAN <= n; i += SPAN)
        for (int j = 0; j < LANES; j++) most[j] = v_max2(v_load(x + i + j * VL), most[j]);
    v_load_span(last, x + i, n - i, -INFINITY);
    for (int j = 0; j < LANES; j++) most[j] = v_max2(last[j], most[j]);
    return v_fold_max(most);
}

// Contiguous row: y = exp(x - greatest) / sum, or x - greatest - log(sum).
static void softmax_row(const softmax *s, const float *x, float *y) {
    int64_t n = s->axis, i = 0;
    vf most = v_set(row_greatest(x, n)), sum[LANES], last[LANES];
    for (int j = 0; j < LANES; j++) sum[j] = (vf){0};
    for (; i + SPAN <= n; i += SPAN)
        for (int j = 0; j < LANES; j++) {
            vf e = v_exp_negative(v_load(x + i + j * VL) - most);
            if (!s->log) v_store(y + i + j * VL, e);
            sum[j] += e;
        }
    v_load_span(last, x + i, n - i, -INFINITY); // whose exp is 0, unless all of the row is -infinity
    for (int j = 0; j < LANES && i + j * VL < n; j++) {
        int64_t left = n - i - j * VL;
        vf e = v_exp_negative(last[j] - most);
        if (!s->log) softmax_store(y + i + j * VL, e, left);
        sum[j] += e;
    }
    float total = v_fold_sum(sum);
    vf scale = v_set(1 / total), shift = s->log ? most + v_log(v_set(total)) : scale;
    for (i = 0; i < n; i += VL) {
        vf v = s->log ? softmax_load(x + i, n - i) - shift : softmax_load(y + i, n - i) * scale;
        softmax_store(y + i, v, n - i);
    }
}

// `lanes` neighbouring columns, each a softmax with stride `inner`.
static void softmax_columns(const softmax *s, const float *x, float *y, int64_t lanes) {
    vf most = v_set(-INFINITY), sum = {0};
    for (int64_t i = 0; i < s->axis; i++) most = v_max2(softmax_load(x + i * s->inner, lanes), most);
    for (int64_t i = 0; i < s->axis; i++) {
        vf e = v_exp_negative(softmax_load(x + i * s->inner, lanes) - most);
        if (!s->log) softmax_store(y + i * s->inner, e, lanes);
        sum += e;
    }
    vf scale = 1.0f / sum, shift = most + v_log(sum);
    for (int64_t i = 0; i < s->axis; i++) {
        int64_t at = i * s->inner;
        vf v = s->log ? softmax_load(x + at, lanes) - shift : softmax_load(y + at, lanes) * scale;
        softmax_store(y + at, v, lanes);
    }
}

// Lanes that differ in bit `s` of their number change places.
#define V_SWAP(i, s) ((i) ^ (s))
INLINE vf softmax_swap(vf x, int s) {
    return s == 1 ? __builtin_shufflevector(x, x, V_LANES(V_SWAP, 1))
                  : __builtin_shufflevector(x, x, V_LANES(V_SWAP, 2));
}

// Whole rows of 2 or 4, `n` floats of them: many in a vector, each lane of which learns of the others of its
// row.
INLINE void softmax_pairs(const softmax *s, const float *x, float *y, int64_t n, int axis) {
    for (int64_t i = 0; i < n; i += VL) {
        vf v = softmax_load(x + i, n - i), most = v;
        for (int k = 1; k < axis; k *= 2) most = v_max2(softmax_swap(most, k), most);
        vf e = v_exp_negative(v - most), sum = e;
        for (int k = 1; k < axis; k *= 2) sum += softmax_swap(sum, k);
        softmax_store(y + i, s->log ? v - (most + v_log(sum)) : e * (1.0f / sum), n - i);
    }
}

// False: rows of another length.
static bool softmax_paired(const softmax *s, const float *x, float *y, int64_t rows) {
    if (s->axis == 2) softmax_pairs(s, x, y, rows * 2, 2);
    if (s->axis == 4) softmax_pairs(s, x, y, rows * 4, 4);
    return s->axis == 2 || s->axis == 4;
}

typedef struct softmax_run {
    const softmax *s;
    const float *x; /* [outer, axis, inner] */
    float *y;
} softmax_run;

// Up to VL short rows, as columns.
static void softmax_short(const softmax *s, const float *x, float *y, int64_t count) {
    float t[SOFTMAX_SHORT * VL];
    softmax columns = {.axis = s->axis, .inner = VL, .log = s->log};
    v_transpose_strip(x, s->axis, count, s->axis, t, VL, true);
    softmax_columns(&columns, t, t, VL);
    for (int64_t k = 0; k < s->axis; k += VL)
        v_transpose_strip(t + k * VL, VL, min64(VL, s->axis - k), count, y + k, s->axis, false);
}

static void softmax_task(void *arg, int64_t i, int worker) {
    const softmax_run *r = arg;
    const softmax *s = r->s;
    int64_t groups = s->inner == 1 ? 1 : ceil_div(s->inner, VL);
    int64_t row = i * s->rows, end = min64(row + s->rows, s->outer * groups);
    bool is_short = s->inner == 1 && s->axis <= SOFTMAX_SHORT && s->outer >= SOFTMAX_FEW;
    (void)worker;
    if (s->inner == 1 && softmax_paired(s, r->x + row * s->axis, r->y + row * s->axis, end - row)) return;
    for (int64_t count; is_short && row < end; row += count) {
        count = min64(VL, end - row);
        softmax_short(s, r->x + row * s->axis, r->y + row * s->axis, count);
    }
    for (; row < end; row++) {
        int64_t at = row / groups * s->axis * s->inner + row % groups * VL;
        if (s->inner == 1)
            softmax_row(s, r->x + at, r->y + at);
        else
            softmax_columns(s, r->x + at, r->y + at, min64(VL, s->inner - row % groups * VL));
    }
}

static tn_status softmax_call(tn_call *c) {
    const softmax *s = c->params;
    softmax_run r = {s, c->in[0]->data, c->out[0]->data};
    int64_t rows = s->outer * (s->inner == 1 ? 1 : ceil_div(s->inner, VL));
    if (s->axis > 0) tn_call_parallel(c, ceil_div(rows, s->rows), softmax_task, &r);
    return TN_OK;
}

#define SOFTMAX(name_, op_)                                                                                 \
    {                                                                                                       \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                                    \
                 .doc = "rows, or vectors of neighbouring columns", .inplace = 0, .reject = softmax_reject, \
                 .params_bytes = sizeof(softmax), .setup = softmax_setup, .run = softmax_call,              \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(softmax_f32_softmax) = SOFTMAX(AT("softmax.f32:Softmax"), "Softmax");
TN_KERNEL(softmax_f32_logsoftmax) = SOFTMAX(AT("softmax.f32:LogSoftmax"), "LogSoftmax");
