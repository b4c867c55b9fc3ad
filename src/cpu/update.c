// SPDX-License-Identifier: Apache-2.0
// update.c - tn.Update in place: where the data's memory becomes the output's, only the box is touched. Rows
// of whole elements are copied as bytes; sums are of f32.
#include "cpu/isa.h"

#include <string.h>

static const char *reject(const tn_problem *p) {
    tn_dtype t = p->in[0]->dtype;
    if (tn_attr_int(p->attrs, "add")) return t == TN_F32 ? NULL : "adds, and is not f32";
    return (TN_NUMBERS | TN_BIT(TN_BOOL) | TN_COMPLEX) >> t & 1 ? NULL
                                                                : "elements are not whole bytes of numbers";
}

// A row of the box: n elements of `size` bytes, `step` elements apart in the output.
static void copy_row(char *to, int64_t step, const char *from, int64_t n, size_t size) {
    if (step == 1) {
        memcpy(to, from, (size_t)n * size);
        return;
    }
    for (int64_t i = 0; i < n; i++) memcpy(to + (size_t)(i * step) * size, from + (size_t)i * size, size);
}

static void add_row(float *to, int64_t step, const float *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i * step] += from[i];
}

static tn_status run(tn_call *c) {
    const tn_tensor *data = c->in[0], *updates = c->in[1],
                    *out = c->out[0]; /* box: [updates' shape] in [out] */
    size_t n, size = tn_dtype_bits(out->dtype) / 8;
    const int64_t *start = tn_attr_ints(c->attrs, "starts", &n), *step = tn_attr_ints(c->attrs, "steps", &n);
    int rank = out->rank, last = rank - 1;
    bool add = tn_attr_int(c->attrs, "add") != 0;
    int64_t at[TN_MAX_RANK] = {0}, stride[TN_MAX_RANK], total = 1, rows = 1;
    if (out->data != data->data && out->bytes) memcpy(out->data, data->data, out->bytes);
    if (tn_count(updates) == 0) return TN_OK;
    for (int d = last; d >= 0; total *= out->dim[d--]) {
        stride[d] = total;
        if (d < last) rows *= updates->dim[d];
        if (updates->dim[d] > out->dim[d] || start[d] > out->dim[d] - 1 ||
            (updates->dim[d] - 1) > (out->dim[d] - 1 - start[d]) / step[d])
            return tn_call_fail(c, TN_INVALID,
                                "a slice of %lld elements from %lld on, in steps of %lld, is assigned to in "
                                "dimension %d, which has %lld",
                                (long long)updates->dim[d], (long long)start[d], (long long)step[d], d,
                                (long long)out->dim[d]);
    }
    int64_t length = rank ? updates->dim[last] : 1, apart = rank ? step[last] : 1;
    for (int64_t r = 0; r < rows; r++) {
        size_t to = 0, from = (size_t)(r * length) * size;
        for (int d = 0; d < rank; d++) to += (size_t)((start[d] + at[d] * step[d]) * stride[d]) * size;
        if (add)
            add_row((float *)out->data + to / size, apart, (const float *)updates->data + from / size,
                    length);
        else
            copy_row((char *)out->data + to, apart, (const char *)updates->data + from, length, size);
        for (int d = last - 1; d >= 0 && ++at[d] == updates->dim[d]; d--) at[d] = 0;
    }
    return TN_OK;
}

TN_ISAS(generic);

TN_KERNEL(update) = {
    TN_HERE,
    .name = AT("update"),
    .op = "Update",
    .domain = "tn",
    .doc = "in place, row by row of the box",
    .rank = 10,
    .inplace = 1,
    .reject = reject,
    .run = run,
};
