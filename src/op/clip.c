// SPDX-License-Identifier: Apache-2.0
// clip.c - Clip: held to [min, max], either of which may be missing; max wins when they cross.
#include "op/op.h"

typedef struct range {
    double min, max;
} range;

static void clip_row(double *y, const double *x, int64_t n, const void *arg) {
    const range *r = arg;
    for (int64_t k = 0; k < n; k++) {
        double v = x[k] < r->min ? r->min : x[k]; // a NaN passes both comparisons
        y[k] = v > r->max ? r->max : v;
    }
}

static tn_status clip_floats(tn_call *c) {
    const tn_tensor *lo = tni_arg(c, 1), *hi = tni_arg(c, 2);
    range r = {lo ? tni_get(lo, 0) : -HUGE_VAL, hi ? tni_get(hi, 0) : HUGE_VAL};
    return tni_call_map1(c, clip_row, &r);
}

static bool below(int64_t a, int64_t b, bool is_u64) { return is_u64 ? (uint64_t)a < (uint64_t)b : a < b; }

static tn_status clip_ints(tn_call *c) {
    const tn_tensor *lo = tni_arg(c, 1), *hi = tni_arg(c, 2), *in = c->in[0], *out = c->out[0];
    bool is_u64 = in->dtype == TN_U64;
    int64_t min = lo ? tni_get_int(lo, 0) : 0, max = hi ? tni_get_int(hi, 0) : 0, row[TNI_ROW];
    int64_t count = tn_count(out);
    for (int64_t at = 0; at < count; at += TNI_ROW) {
        int64_t n = count - at < TNI_ROW ? count - at : TNI_ROW;
        tni_load_int(row, in, at, 1, n);
        for (int64_t k = 0; k < n; k++) {
            if (lo && below(row[k], min, is_u64)) row[k] = min;
            if (hi && below(max, row[k], is_u64)) row[k] = max;
        }
        tni_store_int(out, at, 1, n, row);
    }
    return TN_OK;
}

static tn_status clip_ref(tn_call *c) {
    if (!c->out[0]) return TN_OK;
    return tni_is_float(c->in[0]->dtype) ? clip_floats(c) : clip_ints(c);
}

static tn_status want_scalar(tn_infer *c, int i, const char *what) {
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_type *t = &c->in[i]->type;
    for (int d = 0; d < t->rank; d++)
        if (!t->dim[d].e && t->dim[d].k != 1)
            return tn_infer_fail(c, "%s must be a scalar, but dimension %d is %lld", what, d,
                                 (long long)t->dim[d].k);
    return TN_OK;
}

static tn_status clip_infer(tn_infer *c) {
    tn_dim x[TN_MAX_CONTENT];
    size_t n;
    int64_t lo, hi;
    TN_TRY(tn_infer_same(c));
    TN_TRY(want_scalar(c, 1, "min"));
    TN_TRY(want_scalar(c, 2, "max"));
    if (!tni_content(c->in[0], x, &n)) return TN_OK;
    bool has_lo = tni_given(c, 1), has_hi = tni_given(c, 2);
    if (has_lo && !tni_const_int(c->in[1], &lo)) return TN_OK;
    if (has_hi && !tni_const_int(c->in[2], &hi)) return TN_OK;
    for (size_t k = 0; k < n; k++) {
        if (has_lo) x[k] = tn_dim_max(c->dims, x[k], tn_k(lo));
        if (has_hi) x[k] = tn_dim_min(c->dims, x[k], tn_k(hi));
    }
    tn_infer_content(c, 0, x, n);
    return TN_OK;
}

static tn_status attr_to_input(tni_spec *s, const char *name, int i) {
    const tn_attr *a = tni_spec_attr(s, name);
    if (!a) return TN_OK;
    if (a->kind != TN_ATTR_FLOAT) return tni_spec_fail(s, NULL, "attribute '%s' must be a number", name);
    double value = a->f;
    tni_spec_drop(s, name);
    return tni_spec_input_scalar(s, i, s->in[0]->info.type.dtype, value);
}

// Before opset 11 min and max are attributes.
static tn_status clip_upgrade(tni_spec *s) {
    TN_TRY(tni_upgrade_consumed(s));
    if (s->opset >= 11 || s->nin < 1 || !s->in[0]) return TN_OK;
    TN_TRY(attr_to_input(s, "min", 1));
    return attr_to_input(s, "max", 2);
}

TN_OP(clip) = {
    TN_HERE,
    .name = "Clip",
    .since = 13,
    .first = 1,
    .doc = "x held to [min, max]",
    .traits = TN_ELEMENTWISE,
    .in = {{"input", "T"}, {"min", "T", TN_OPTIONAL_IN}, {"max", "T", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_NUMBERS}},
    .infer = clip_infer,
    .ref = clip_ref,
    .upgrade = clip_upgrade,
};
