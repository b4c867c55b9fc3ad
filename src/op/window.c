// SPDX-License-Identifier: Apache-2.0
// window.c - output sizes and padding of windows. Formulas: ONNX Conv-22, MaxPool-22; with ceil_mode a window
// that would start in the padding at the end is dropped, as PyTorch does, whatever the opset.
#include "op/window.h"

#include "base/ck.h"
#include "base/diag.h"

#include <string.h>

static tn_status check_length(tn_infer *c, const char *name, int want, const char *why) {
    if (!tni_has_row(c->attrs, name)) return TN_OK;
    size_t n;
    tn_attr_ints(c->attrs, name, &n);
    if (n == 0 || n == (size_t)want) return TN_OK;
    return tn_infer_fail(c, "'%s' has %zu entries, expected %d (%s)", name, n, want, why);
}

static bool auto_pad_is(tn_attrs a, const char *what) {
    return tni_has_row(a, "auto_pad") && tn_attr_is(a, "auto_pad", what);
}

tn_status tni_window_check(tn_infer *c, int rank) {
    static const char *const known[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", ""};
    TN_TRY(check_length(c, "kernel_shape", rank, "one for each spatial dimension"));
    TN_TRY(check_length(c, "strides", rank, "one for each spatial dimension"));
    TN_TRY(check_length(c, "dilations", rank, "one for each spatial dimension"));
    TN_TRY(check_length(c, "pads", 2 * rank, "begin of every spatial dimension, then end of every one"));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!tni_has_row(c->attrs, "auto_pad") || tn_attr_is(c->attrs, "auto_pad", known[i])) return TN_OK;
    return tn_infer_fail(c, "auto_pad is '%s', expected NOTSET, SAME_UPPER, SAME_LOWER or VALID",
                         tn_attr_string(c->attrs, "auto_pad"));
}

// (kernel - 1) * dilation + 1
static tn_dim extent(tn_dims *p, tn_dim kernel, int64_t dilation) {
    tn_dim taps = tn_dim_sub(p, kernel, tn_k(1));
    return tn_dim_add(p, tn_dim_mul(p, taps, tn_k(dilation)), tn_k(1));
}

static tn_status out_size(tn_infer *c, int i, tn_dim in, tn_dim kernel, int64_t begin, int64_t end,
                          tn_dim *to) {
    tn_dims *p = c->dims;
    int64_t stride = tni_ints_at(c->attrs, "strides", i, 1);
    tn_dim covers = extent(p, kernel, tni_ints_at(c->attrs, "dilations", i, 1));
    tn_dim padded = tn_dim_add(p, in, tn_k(begin + end));
    tn_dim slack = tn_dim_sub(p, padded, covers);
    if (!slack.e && slack.k < 0 && !padded.e)
        return tn_infer_fail(c,
                             "the window covers %lld positions in spatial dimension %d, but the padded "
                             "input has %lld",
                             (long long)covers.k, i, (long long)padded.k);
    if (!tni_has_row(c->attrs, "ceil_mode") || !tn_attr_int(c->attrs, "ceil_mode")) {
        *to = tn_dim_add(p, tn_dim_div(p, slack, tn_k(stride)), tn_k(1));
        return TN_OK;
    }
    *to = tn_dim_add(p, tn_dim_ceil_div(p, slack, tn_k(stride)), tn_k(1));
    if (covers.e || stride + end > covers.k) { // the last window may start in the end padding
        tn_dim starts = tn_dim_ceil_div(p, tn_dim_add(p, in, tn_k(begin)), tn_k(stride));
        *to = tn_dim_min(p, *to, starts);
    }
    return TN_OK;
}

tn_status tni_window_infer(tn_infer *c, const tn_type *x, const tn_dim *kernel, tn_type *to) {
    int rank = x->rank - 2;
    TN_TRY(tni_window_check(c, rank));
    bool same = auto_pad_is(c->attrs, "SAME_UPPER") || auto_pad_is(c->attrs, "SAME_LOWER");
    bool valid = auto_pad_is(c->attrs, "VALID");
    for (int i = 0; i < rank; i++) {
        int64_t begin = valid ? 0 : tni_ints_at(c->attrs, "pads", i, 0);
        int64_t end = valid ? 0 : tni_ints_at(c->attrs, "pads", rank + i, 0);
        tn_dim in = x->dim[2 + i];
        if (same)
            to->dim[2 + i] = tn_dim_ceil_div(c->dims, in, tn_k(tni_ints_at(c->attrs, "strides", i, 1)));
        else
            TN_TRY(out_size(c, i, in, kernel[i], begin, end, &to->dim[2 + i]));
    }
    return TN_OK;
}

// SAME_UPPER puts the odd one of the padding at the end, SAME_LOWER at the beginning.
static void pad_same(tni_window *w, int i, bool lower) {
    int64_t covers = (w->kernel[i] - 1) * w->dilation[i] + 1, reach, total;
    if (!ck_mul64(w->out[i] - 1, w->stride[i], &reach) || !ck_add64(reach, covers - w->in[i], &total))
        total = 0;
    if (total < 0) total = 0;
    w->pad[i] = lower ? total - total / 2 : total / 2;
    w->pad_end[i] = total - w->pad[i];
}

void tni_window_bind(tni_window *w, tn_attrs attrs, int rank, const int64_t *in, const int64_t *kernel,
                     const int64_t *out) {
    bool upper = auto_pad_is(attrs, "SAME_UPPER"), lower = auto_pad_is(attrs, "SAME_LOWER");
    bool valid = auto_pad_is(attrs, "VALID");
    w->rank = rank;
    for (int i = 0; i < rank; i++) {
        w->in[i] = in[i];
        w->out[i] = out[i];
        w->kernel[i] = kernel[i];
        w->stride[i] = tni_ints_at(attrs, "strides", i, 1);
        w->dilation[i] = tni_ints_at(attrs, "dilations", i, 1);
        w->pad[i] = valid ? 0 : tni_ints_at(attrs, "pads", i, 0);
        w->pad_end[i] = valid ? 0 : tni_ints_at(attrs, "pads", rank + i, 0);
        if (upper || lower) pad_same(w, i, lower);
    }
}
