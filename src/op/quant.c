// SPDX-License-Identifier: Apache-2.0
// quant.c - to and from affinely quantised integers, by rows.
#include "op/quant.h"

tn_status tni_affine_get(tn_call *c, int scale, int zero, tni_affine *to) {
    const tn_tensor *s = tni_arg(c, scale), *z = tni_arg(c, zero);
    if (!s || tn_count(s) != 1 || (z && tn_count(z) != 1))
        return tn_call_fail(c, TN_INVALID, "inputs %d and %d must be one scale and one zero point", scale,
                            zero);
    to->scale = tni_get(s, 0);
    to->zero = z ? tni_get(z, 0) : 0;
    return TN_OK;
}

void tni_dequantize(double *to, const tn_tensor *t, int64_t first, int64_t step, int64_t n, tni_affine q) {
    tni_load(to, t, first, step, n);
    for (int64_t i = 0; i < n; i++) to[i] = (double)(float)((to[i] - q.zero) * q.scale);
}

void tni_quantize(const tn_tensor *t, int64_t first, int64_t n, double *x, tni_affine q) {
    int64_t row[TNI_ROW];
    for (int64_t at = 0; at < n; at += TNI_ROW) {
        int64_t count = n - at < TNI_ROW ? n - at : TNI_ROW;
        for (int64_t i = 0; i < count; i++)
            row[i] = tni_saturate((double)nearbyintf((float)x[at + i] / (float)q.scale) + q.zero, t->dtype);
        tni_store_int(t, first + at, 1, count, row);
    }
}

bool tni_dequantized(tn_call *c, const tn_tensor *t, tni_affine q, tn_tensor *to) {
    int64_t n = tn_count(t);
    *to = *t;
    to->dtype = TN_F64;
    to->bytes = (size_t)n * sizeof(double);
    to->data = tni_scratch(c, n, sizeof(double));
    if (to->data) tni_dequantize(to->data, t, 0, 1, n, q);
    return to->data != NULL;
}

void tni_set_f8(const tn_tensor *t, int64_t i, double value, bool saturate) {
    uint8_t code = tni_float_to_f8((int)t->dtype, (float)value, saturate), *byte = t->data;
    if (t->dtype != TN_F4E2M1) {
        byte[i] = code;
        return;
    }
    int shift = i % 2 ? 4 : 0;
    byte += i / 2;
    *byte = (uint8_t)((*byte & ~(15u << shift)) | (unsigned)code << shift);
}
