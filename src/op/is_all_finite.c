// SPDX-License-Identifier: Apache-2.0
// is_all_finite.c - com.microsoft IsAllFinite: whether no element of any input is an infinity or a NaN, or
// none is the one of the two that an attribute names.
#include "op/op.h"

static tn_status infer(tn_infer *c) {
    if (tn_attr_int(c->attrs, "isinf_only") && tn_attr_int(c->attrs, "isnan_only"))
        return tn_infer_fail(c, "isinf_only and isnan_only are both set");
    tni_shape_out(c, 0, TN_BOOL, 0, NULL);
    return TN_OK;
}

static bool fine(const double *x, int64_t n, bool nan, bool inf) {
    for (int64_t i = 0; i < n; i++)
        if ((nan && isnan(x[i])) || (inf && isinf(x[i]))) return false;
    return true;
}

static tn_status ref(tn_call *c) {
    bool nan = !tn_attr_int(c->attrs, "isinf_only"), inf = !tn_attr_int(c->attrs, "isnan_only"), all = true;
    double x[TNI_ROW];
    if (!c->out[0]) return TN_OK;
    for (int i = 0; i < c->nin; i++) {
        int64_t count = tn_count(c->in[i]);
        for (int64_t at = 0; at < count && all; at += TNI_ROW) {
            int64_t n = count - at < TNI_ROW ? count - at : TNI_ROW;
            tni_load(x, c->in[i], at, 1, n);
            all = fine(x, n, nan, inf);
        }
    }
    tni_set(c->out[0], 0, all);
    return TN_OK;
}

TN_OP(ms_is_all_finite) = {
    TN_HERE,
    .name = "IsAllFinite",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "whether no element of any input is infinite or NaN",
    .in = {{"input", "V", TN_VARIADIC}},
    .out = {{"output", "bool"}},
    .types = {{"V", TN_FLOATS}},
    .attrs = {{"isinf_only", TN_ATTR_INT, .max = 1}, {"isnan_only", TN_ATTR_INT, .max = 1}},
    .infer = infer,
    .ref = ref,
};
