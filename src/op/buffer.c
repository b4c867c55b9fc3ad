// SPDX-License-Identifier: Apache-2.0
// buffer.c - tensors widened into scratch, and saturation to integer types.
#include "op/buffer.h"

const void *tni_as_real(tn_call *c, const tn_tensor *t, tn_dtype *type) {
    *type = t->dtype == TN_F64 ? TN_F64 : TN_F32;
    if (t->dtype == TN_F64 || t->dtype == TN_F32) return t->data;
    int64_t n = tn_count(t);
    float *to = tni_scratch(c, n, sizeof *to);
    if (!to) return NULL;
    const uint16_t *half = t->data;
    if (t->dtype == TN_F16)
        for (int64_t i = 0; i < n; i++) to[i] = tni_f16_to_float(half[i]);
    else if (t->dtype == TN_BF16)
        for (int64_t i = 0; i < n; i++) to[i] = tni_bf16_to_float(half[i]);
    else
        for (int64_t i = 0; i < n; i++) to[i] = (float)tni_get(t, i);
    return to;
}

double *tni_as_double(tn_call *c, const tn_tensor *t) {
    int64_t n = tn_count(t);
    double *to = tni_scratch(c, n, sizeof *to);
    if (to) tni_load(to, t, 0, 1, n);
    return to;
}

void tni_int_range(tn_dtype type, int64_t *low, int64_t *high) {
    unsigned bits = (unsigned)tni_bits(type);
    bool whole = tni_is_unsigned(type);
    if (bits > 63) bits = whole ? 63 : 64; // what int64_t can hold of u64
    *high = (int64_t)((UINT64_C(1) << (whole ? bits : bits - 1)) - 1);
    *low = whole ? 0 : -*high - 1;
}

int64_t tni_saturate(double x, tn_dtype type) {
    int64_t low, high;
    tni_int_range(type, &low, &high);
    if (isnan(x)) return 0;
    double r = nearbyint(x);
    if (r <= (double)low) return low;
    if (r >= (double)high) return high;
    return (int64_t)r;
}

int32_t *tni_centred(tn_call *c, const tn_tensor *t, const tn_tensor *zero, int axis) {
    int64_t n = tn_count(t), points = zero ? tn_count(zero) : 0;
    int64_t inner = axis < 0 ? n : tn_count_range(t, axis + 1, t->rank), row[TNI_ROW];
    int32_t *to = tni_scratch(c, n, sizeof *to);
    if (!to) return NULL;
    for (int64_t at = 0, count; at < n; at += count) {
        count = n - at < TNI_ROW ? n - at : TNI_ROW;
        tni_load_int(row, t, at, 1, count);
        for (int64_t i = 0; i < count; i++) to[at + i] = (int32_t)row[i];
    }
    for (int64_t i = 0; i < n && points > 0; i++)
        to[i] -= (int32_t)tni_get_int(zero, points == 1 ? 0 : i / inner % points);
    return to;
}
