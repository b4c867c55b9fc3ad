// SPDX-License-Identifier: Apache-2.0
// norm_f32.c - BatchNormalization, LayerNormalization, RMSNormalization, InstanceNormalization and
// GroupNormalization: rows brought to y = x * a + b, where a and b come from statistics given, or of the row
// itself (two sweeps: the mean, then the squares of what is left).
#include "cpu/isa.h"

#include "cpu/kern/vec.h"

typedef enum norm_kind { NORM_BATCH, NORM_INSTANCE, NORM_GROUP, NORM_LAYER, NORM_RMS } norm_kind;

typedef struct norm {
    norm_kind kind;
    int64_t rows, n;          // of n elements
    int64_t groups, channels; // of channels: rows until they repeat; in a row
    int64_t task;             // rows
    float epsilon;
} norm;

enum { NORM_TASK = 1 << 14, NORM_SHORT = 64, NORM_FEW = 3, NORM_SUMS = 4 };

static const char *norm_reject(const tn_problem *p) {
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && p->in[i]->dtype != TN_F32) return "only f32";
    for (int i = 1; i < p->nout; i++)
        if (p->out[i]) return "the statistics are wanted";
    return p->in[0] && p->out[0] ? NULL : "nothing to do";
}

static const char *batch_reject(const tn_problem *p) {
    if (tn_attr_int(p->attrs, "training_mode")) return "training";
    return p->in[0]->rank < 2 ? "no channels" : norm_reject(p);
}

static int64_t norm_axis(const tn_problem *p) {
    int64_t axis = tn_attr_int(p->attrs, "axis");
    return axis < 0 ? axis + p->in[0]->rank : axis;
}

static const char *row_reject(const tn_problem *p) {
    const char *why = norm_reject(p);
    if (why) return why;
    int64_t n = tn_count_range(p->in[0], (int)norm_axis(p), p->in[0]->rank);
    for (int i = 1; i < p->nin; i++)
        if (p->in[i] && tn_count(p->in[i]) != n) return "scale or bias is broadcast within a row";
    return n ? NULL : "rows without elements";
}

static void norm_setup(const tn_problem *p, void *params) {
    norm *s = params;
    const tn_tensor *x = p->in[0];
    char first = p->attrs.op->name[0];
    *s = (norm){.kind = first == 'B'   ? NORM_BATCH
                        : first == 'I' ? NORM_INSTANCE
                        : first == 'G' ? NORM_GROUP
                        : first == 'R' ? NORM_RMS
                                       : NORM_LAYER,
                .epsilon = (float)tn_attr_float(p->attrs, "epsilon")};
    s->groups = s->channels = 1;
    if (s->kind >= NORM_LAYER) {
        s->rows = tn_count_range(x, 0, (int)norm_axis(p));
        s->n = tn_count_range(x, (int)norm_axis(p), x->rank);
    } else {
        s->groups = s->kind == NORM_GROUP ? tn_attr_int(p->attrs, "num_groups") : x->dim[1];
        s->channels = s->groups ? x->dim[1] / s->groups : 0;
        s->rows = x->dim[0] * s->groups;
        s->n = s->channels * tn_count_range(x, 2, x->rank);
    }
    s->task = max64(1, NORM_TASK / max64(1, s->n));
    if (s->kind == NORM_BATCH && s->n == 1)
        s->task = round_up(s->task, max64(1, s->groups)); // whole rows of channels
}

// Sum of (x - mean)^power over a row, power 1 or 2.
static float norm_sum(const float *x, int64_t n, float mean, int power) {
    vf sum[LANES], last[LANES], m = v_set(mean);
    int64_t i = 0;
    for (int j = 0; j < LANES; j++) sum[j] = (vf){0};
    for (; i + SPAN <= n; i += SPAN)
        for (int j = 0; j < LANES; j++) {
            vf d = v_load(x + i + j * VL) - m;
            sum[j] = power == 1 ? sum[j] + d : v_fma(d, d, sum[j]);
        }
    v_load_span(last, x + i, n - i, mean);
    for (int j = 0; j < LANES; j++) {
        vf d = last[j] - m;
        sum[j] = power == 1 ? sum[j] + d : v_fma(d, d, sum[j]);
    }
    return v_fold_sum(sum);
}

// y = (x - mean) * a * scale + bias; scale and bias per element (steps) or one for the row.
INLINE void norm_apply(const float *x, int64_t n, float mean, float a, const float *scale, const float *bias,
                       bool steps, float *y) {
    vf m = v_set(mean), va = v_set(a);
    for (int64_t i = 0; i < n; i += VL) {
        int64_t left = n - i;
        vf v = left >= VL ? v_load(x + i) : v_load_n(x + i, left);
        vf s = !scale       ? v_set(1)
               : !steps     ? v_set(*scale)
               : left >= VL ? v_load(scale + i)
                            : v_load_n(scale + i, left);
        vf b = !bias        ? (vf){0}
               : !steps     ? v_set(*bias)
               : left >= VL ? v_load(bias + i)
                            : v_load_n(bias + i, left);
        v = v_fma((v - m) * va, s, b);
        if (left >= VL)
            v_store(y + i, v);
        else
            v_store_n(y + i, v, left);
    }
}

typedef struct norm_run {
    const norm *s;
    const float *x, *scale, *bias, *mean, *variance;
    float *y;
} norm_run;

static void norm_row(const norm_run *r, int64_t row) {
    const norm *s = r->s;
    const float *x = r->x + row * s->n;
    float *y = r->y + row * s->n, mean = 0, variance;
    int64_t first = row % s->groups * s->channels, n = s->channels ? s->n / s->channels : 0;
    bool steps = s->kind >= NORM_LAYER;
    if (s->kind == NORM_BATCH) {
        mean = r->mean[first];
        variance = r->variance[first];
    } else {
        if (s->kind != NORM_RMS) {
            mean = norm_sum(x, s->n, 0, 1) / (float)s->n;
            mean += norm_sum(x, s->n, mean, 1) / (float)s->n; // what rounding left out
        }
        variance = norm_sum(x, s->n, mean, 2) / (float)s->n;
    }
    float a = 1 / sqrtf(variance + s->epsilon);
    for (int64_t c = 0; c < s->channels; c++)
        norm_apply(x + c * n, n, mean, a, r->scale ? r->scale + first + c : NULL,
                   r->bias ? r->bias + first + c : NULL, steps, y + c * n);
}

INLINE vf norm_column_add(vf sum, vf d, int power) { return power == 1 ? sum + d : v_fma(d, d, sum); }

// Sum of (x - mean)^power over each of VL rows, which are the columns of t. Which sum is next is known when
// it is compiled: they stay in registers.
INLINE vf norm_column_sum(const float *t, int64_t n, vf mean, int power) {
    vf sum[NORM_SUMS] = {{0}};
    int64_t k = 0;
    for (; k + NORM_SUMS <= n; k += NORM_SUMS)
        _Pragma("GCC unroll 4") for (int i = 0; i < NORM_SUMS; i++) sum[i] =
            norm_column_add(sum[i], v_load(t + (k + i) * VL) - mean, power);
    for (; k < n; k++) sum[0] = norm_column_add(sum[0], v_load(t + k * VL) - mean, power);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// Up to VL short rows, transposed: no sums across a vector.
static void norm_short(const norm_run *r, int64_t row, int64_t count) {
    const norm *s = r->s;
    const float *x = r->x + row * s->n;
    float t[NORM_SHORT * VL], *y = r->y + row * s->n, n = (float)s->n;
    vf mean = {0};
    v_transpose_strip(x, s->n, count, s->n, t, VL, true);
    if (s->kind != NORM_RMS) {
        mean = norm_column_sum(t, s->n, mean, 1) / n;
        mean += norm_column_sum(t, s->n, mean, 1) / n;
    }
    vf a = 1.0f / v_sqrt(norm_column_sum(t, s->n, mean, 2) / n + s->epsilon);
    for (int64_t k = 0; k < s->n; k++)
        v_store(t + k * VL, v_fma((v_load(t + k * VL) - mean) * a, v_set(r->scale ? r->scale[k] : 1),
                                  v_set(r->bias ? r->bias[k] : 0)));
    for (int64_t k = 0; k < s->n; k += VL)
        v_transpose_strip(t + k * VL, VL, min64(VL, s->n - k), count, y + k, s->n, false);
}

// Rows of one element, which are one after the other the channels of a row of [N, C]: neighbours together.
static void norm_columns(const norm_run *r, int64_t row, int64_t end) {
    const norm *s = r->s;
    for (int64_t c = 0; c < s->groups; c += VL) {
        int64_t n = min64(VL, s->groups - c);
        vf mean = v_load_n(r->mean + c, n), a = 1.0f / v_sqrt(v_load_n(r->variance + c, n) + s->epsilon);
        vf scale = v_load_n(r->scale + c, n), bias = v_load_n(r->bias + c, n);
        for (int64_t k = row + c; k < end; k += s->groups)
            v_store_n(r->y + k, v_fma((v_load_n(r->x + k, n) - mean) * a, scale, bias), n);
    }
}

static void norm_task(void *arg, int64_t i, int worker) {
    const norm_run *r = arg;
    const norm *s = r->s;
    bool is_short = s->kind >= NORM_LAYER && s->n <= NORM_SHORT && s->rows >= NORM_FEW;
    int64_t row = i * s->task, end = min64(row + s->task, s->rows);
    (void)worker;
    if (s->kind == NORM_BATCH && s->n == 1) {
        norm_columns(r, row, end);
        return;
    }
    for (int64_t count; is_short && row < end; row += count) {
        count = min64(VL, end - row);
        norm_short(r, row, count);
    }
    for (; row < end; row++) norm_row(r, row);
}

static const float *norm_in(const tn_call *c, int i) {
    return i < c->nin && c->in[i] ? c->in[i]->data : NULL;
}

static tn_status norm_call(tn_call *c) {
    const norm *s = c->params;
    norm_run r = {
        s, norm_in(c, 0), norm_in(c, 1), norm_in(c, 2), norm_in(c, 3), norm_in(c, 4), c->out[0]->data};
    tn_call_parallel(c, ceil_div(s->rows, s->task), norm_task, &r);
    return TN_OK;
}

// ------------------------------------------------------------------------- MeanVarianceNormalization

// [outer, places, n]: the moments of a place are those of its rows of n.
typedef struct moments {
    int64_t outer, places, n;
} moments;

static unsigned moments_axes(const tn_problem *p) {
    size_t n;
    unsigned mask = 0;
    const int64_t *axes = tn_attr_ints(p->attrs, "axes", &n);
    if (!tn_attr_has(p->attrs, "axes")) return 0xd; // 0, 2 and 3
    for (size_t k = 0; k < n; k++) mask |= 1u << (axes[k] < 0 ? axes[k] + p->in[0]->rank : axes[k]);
    return mask;
}

// False: kept dimensions lie inside reduced ones, or are not side by side.
static bool moments_read(const tn_problem *p, moments *m) {
    const tn_tensor *x = p->in[0];
    unsigned mask = moments_axes(p);
    int d = 0;
    *m = (moments){1, 1, 1};
    for (; d < x->rank && (mask >> d & 1); d++) m->outer *= x->dim[d];
    for (; d < x->rank && !(mask >> d & 1); d++) m->places *= x->dim[d];
    if (d == x->rank) return false;
    for (; d < x->rank && (mask >> d & 1); d++) m->n *= x->dim[d];
    return d == x->rank;
}

static const char *moments_reject(const tn_problem *p) {
    moments m;
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    return moments_read(p, &m) ? NULL : "what is kept is not in the middle";
}

static void moments_setup(const tn_problem *p, void *params) { moments_read(p, params); }

static float moments_mean(const moments *m, const float *x, float mean, int power) {
    double sum = 0;
    for (int64_t o = 0; o < m->outer; o++)
        sum += (double)norm_sum(x + o * m->places * m->n, m->n, mean, power);
    return (float)(sum / (double)(m->outer * m->n));
}

static void moments_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const moments *m = c->params;
    const float *x = (const float *)c->in[0]->data + i * m->n;
    float *y = (float *)c->out[0]->data + i * m->n, mean = moments_mean(m, x, 0, 1);
    (void)worker;
    mean += moments_mean(m, x, mean, 1); // what rounding left out
    float a = 1 / (sqrtf(moments_mean(m, x, mean, 2)) + 1e-9f);
    for (int64_t o = 0, at = 0; o < m->outer; o++, at += m->places * m->n)
        norm_apply(x + at, m->n, mean, a, NULL, NULL, false, y + at);
}

static tn_status moments_call(tn_call *c) {
    const moments *m = c->params;
    if (m->outer > 0 && m->n > 0) tn_call_parallel(c, m->places, moments_task, c);
    return TN_OK;
}

#define NORM(name_, op_, reject_)                                                                \
    {                                                                                            \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                         \
                 .doc = "row by row, statistics in two sweeps", .inplace = 1, .reject = reject_, \
                 .params_bytes = sizeof(norm), .setup = norm_setup, .run = norm_call,            \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(norm_f32_batch) = NORM(AT("norm.f32:BatchNormalization"), "BatchNormalization", batch_reject);
TN_KERNEL(norm_f32_group) = NORM(AT("norm.f32:GroupNormalization"), "GroupNormalization", norm_reject);
TN_KERNEL(norm_f32_instance) = NORM(AT("norm.f32:InstanceNormalization"), "InstanceNormalization",
                                    norm_reject);
TN_KERNEL(norm_f32_layer) = NORM(AT("norm.f32:LayerNormalization"), "LayerNormalization", row_reject);
TN_KERNEL(norm_f32_rms) = NORM(AT("norm.f32:RMSNormalization"), "RMSNormalization", row_reject);
TN_KERNEL(norm_f32_moments) = {
    TN_HERE,
    .name = AT("norm.f32:MeanVarianceNormalization"),
    .op = "MeanVarianceNormalization",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "place by place, moments in two sweeps",
    .inplace = 1,
    .reject = moments_reject,
    .params_bytes = sizeof(moments),
    .setup = moments_setup,
    .run = moments_call,
};
