// SPDX-License-Identifier: Apache-2.0
// variadic.c - Max, Min, Mean and Sum of any number of broadcast inputs. All inputs are gathered into one
// buffer of doubles or int64 that has the output's shape, and rounded once at the end.
#include "op/op.h"

typedef void (*fold)(double *y, const double *x, int64_t n);
typedef void (*fold_int)(int64_t *y, const int64_t *x, int64_t n, bool is_unsigned);

static void max_fold(double *y, const double *x, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (x[k] > y[k] || isnan(x[k])) y[k] = x[k];
}

static void min_fold(double *y, const double *x, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (x[k] < y[k] || isnan(x[k])) y[k] = x[k];
}

static void sum_fold(double *y, const double *x, int64_t n) {
    for (int64_t k = 0; k < n; k++) y[k] += x[k];
}

static bool less(int64_t a, int64_t b, bool is_unsigned) {
    return is_unsigned ? (uint64_t)a < (uint64_t)b : a < b;
}

static void max_fold_int(int64_t *y, const int64_t *x, int64_t n, bool is_unsigned) {
    for (int64_t k = 0; k < n; k++)
        if (less(y[k], x[k], is_unsigned)) y[k] = x[k];
}

static void min_fold_int(int64_t *y, const int64_t *x, int64_t n, bool is_unsigned) {
    for (int64_t k = 0; k < n; k++)
        if (less(x[k], y[k], is_unsigned)) y[k] = x[k];
}

static tn_status fold_floats(tn_call *c, fold fn, double scale) {
    int64_t count = tn_count(c->out[0]);
    double *total = tni_scratch(c, count, sizeof *total), row[TNI_ROW];
    if (!total) return TN_NOMEM;
    for (int i = 0; i < c->nin; i++) {
        tni_walk w;
        tni_walk_begin(&w, c->out[0], 1, &c->in[i]);
        while (tni_walk_next(&w)) {
            tni_load(i ? row : total + w.at, c->in[i], w.in_at[0], w.step[0], w.n);
            if (i) fn(total + w.at, row, w.n);
        }
    }
    if (scale != 1)
        for (int64_t k = 0; k < count; k++) total[k] /= scale;
    tni_store(c->out[0], 0, 1, count, total);
    return TN_OK;
}

static tn_status fold_ints(tn_call *c, fold_int fn) {
    int64_t count = tn_count(c->out[0]);
    int64_t *total = tni_scratch(c, count, sizeof *total), row[TNI_ROW];
    if (!total) return TN_NOMEM;
    for (int i = 0; i < c->nin; i++) {
        tni_walk w;
        tni_walk_begin(&w, c->out[0], 1, &c->in[i]);
        while (tni_walk_next(&w)) {
            tni_load_int(i ? row : total + w.at, c->in[i], w.in_at[0], w.step[0], w.n);
            if (i) fn(total + w.at, row, w.n, tni_is_unsigned(c->in[0]->dtype));
        }
    }
    tni_store_int(c->out[0], 0, 1, count, total);
    return TN_OK;
}

static tn_status extreme(tn_call *c, fold fn, fold_int fn_int) {
    if (!c->out[0] || tn_count(c->out[0]) == 0) return TN_OK;
    return tni_is_float(c->in[0]->dtype) ? fold_floats(c, fn, 1) : fold_ints(c, fn_int);
}

static tn_status max_ref(tn_call *c) { return extreme(c, max_fold, max_fold_int); }
static tn_status min_ref(tn_call *c) { return extreme(c, min_fold, min_fold_int); }

static tn_status sum_ref(tn_call *c) {
    if (!c->out[0] || tn_count(c->out[0]) == 0) return TN_OK;
    return fold_floats(c, sum_fold, 1);
}

static tn_status mean_ref(tn_call *c) {
    if (!c->out[0] || tn_count(c->out[0]) == 0) return TN_OK;
    return fold_floats(c, sum_fold, c->nin);
}

// ----------------------------------------------------------------------------------------- inference

static bool max_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    *to = in[0];
    for (int i = 1; i < n; i++) *to = tn_dim_max(c->dims, *to, in[i]);
    return true;
}

static bool min_content(tn_infer *c, int n, const tn_dim *in, tn_dim *to) {
    *to = in[0];
    for (int i = 1; i < n; i++) *to = tn_dim_min(c->dims, *to, in[i]);
    return true;
}

static tn_status variadic_infer(tn_infer *c) {
    if (c->nin < 1) return tn_infer_fail(c, "at least one input is needed");
    for (int i = 0; i < c->nin; i++)
        if (!c->in[i]) return tn_infer_fail(c, "input %d is left out", i);
    return tn_infer_broadcast(c);
}

static tn_status max_infer(tn_infer *c) { return tni_infer_with(c, variadic_infer, max_content); }
static tn_status min_infer(tn_infer *c) { return tni_infer_with(c, variadic_infer, min_content); }

#define VARIADIC(name_, doc_, dtypes_, infer_, ref_)                                                \
    {                                                                                               \
        TN_HERE, .name = name_, .since = 13, .first = 1, .doc = doc_,                               \
                 .traits = TN_ELEMENTWISE | TN_COMMUTATIVE, .in = {{"data", "T", TN_VARIADIC}},     \
                 .out = {{"result", "T"}}, .types = {{"T", dtypes_}}, .infer = infer_, .ref = ref_, \
                 .upgrade = tni_upgrade_consumed                                                    \
    }

TN_OP(max) = VARIADIC("Max", "largest of the inputs", TN_NUMBERS, max_infer, max_ref);
TN_OP(mean) = VARIADIC("Mean", "mean of the inputs", TN_FLOATS, variadic_infer, mean_ref);
TN_OP(min) = VARIADIC("Min", "smallest of the inputs", TN_NUMBERS, min_infer, min_ref);
TN_OP(sum) = VARIADIC("Sum", "sum of the inputs", TN_FLOATS, variadic_infer, sum_ref);
