// SPDX-License-Identifier: Apache-2.0
// topk.c - TopK: the largest or smallest k along an axis, in order; NaN counts as greatest, ties go to the
// lower index. Whole lines are sorted: plain, stable, and the same whatever k is.
#include "op/move.h"
#include "op/order.h"

static tn_status topk_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[TN_MAX_RANK], k[TN_MAX_CONTENT];
    size_t n;
    int axis;
    TN_TRY(tni_want_rank(c, 1, "K", 0, 1));
    if (in->rank < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        tni_shape_unknown(c, 1, TN_I64);
        return TN_OK;
    }
    TN_TRY(tni_want_rank(c, 0, "the input", 1, TN_MAX_RANK));
    TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), in->rank, &axis));
    memcpy(dim, in->dim, sizeof dim);
    if (!tni_content(c->in[1], k, &n)) {
        dim[axis] = tn_dim_fresh(c->dims);
    } else {
        if (n != 1) return tn_infer_fail(c, "K must be one number, but has %zu", n);
        if (!k[0].e && (k[0].k < 0 || (!dim[axis].e && k[0].k > dim[axis].k)))
            return tn_infer_hint(c, "limit K by Min(K, size of the dimension)",
                                 "K is %lld, dimension %d is %lld", (long long)k[0].k, axis,
                                 (long long)dim[axis].k);
        dim[axis] = k[0];
    }
    tni_shape_out(c, 0, in->dtype, in->rank, dim);
    tni_shape_out(c, 1, TN_I64, in->rank, dim);
    return TN_OK;
}

typedef struct line {
    const tn_tensor *in;
    int64_t base, step;
} line;

static bool larger(const void *arg, int64_t a, int64_t b) {
    const line *l = arg;
    return tni_order(l->in, l->base + a * l->step, l->in, l->base + b * l->step) > 0;
}

static bool smaller(const void *arg, int64_t a, int64_t b) {
    const line *l = arg;
    return tni_order(l->in, l->base + a * l->step, l->in, l->base + b * l->step) < 0;
}

static tn_status topk_ref(tn_call *c) {
    const tn_tensor *in = c->in[0];
    tn_tensor *values = c->out[0], *indices = c->nout > 1 ? c->out[1] : NULL;
    if (!values && !indices) return TN_OK;
    int axis = tni_attr_axis(c->attrs, in->rank);
    bool largest = tn_attr_int(c->attrs, "largest") != 0;
    int64_t length = in->dim[axis], k = (values ? values : indices)->dim[axis];
    int64_t outer = tn_count_range(in, 0, axis), inner = tn_count_range(in, axis + 1, in->rank);
    int64_t *index = tni_scratch(c, length, sizeof *index), *spare = tni_scratch(c, length, sizeof *spare);
    if (!index || !spare) return TN_NOMEM;
    for (int64_t l = 0; l < outer * inner; l++) {
        line row = {in, tni_row_at(l, length, inner), inner};
        for (int64_t i = 0; i < length; i++) index[i] = i;
        tni_sort(index, spare, length, largest ? larger : smaller, &row);
        int64_t to = tni_row_at(l, k, inner);
        for (int64_t i = 0; i < k; i++) {
            if (values) tni_copy(values, to + i * inner, in, row.base + index[i] * inner, 1, 1);
            if (indices) ((int64_t *)indices->data)[to + i * inner] = index[i];
        }
    }
    return TN_OK;
}

static tn_status topk_upgrade(tni_spec *s) { // until opset 9 k was an attribute
    if (s->opset >= 10) return TN_OK;
    int64_t k = tni_spec_int(s, "k", -1);
    tni_spec_drop(s, "k");
    return tni_spec_input_ints(s, 1, &k, 1);
}

TN_OP(topk) = {
    TN_HERE,
    .name = "TopK",
    .since = 24,
    .first = 1,
    .doc = "The k largest or smallest along an axis, and their indices",
    .in = {{"X", "T"}, {"K", "i64"}},
    .out = {{"Values", "T"}, {"Indices", "i64"}},
    .types = {{"T", TN_NUMBERS}},
    .attrs = {{"axis", TN_ATTR_INT, .i = -1},
              {"largest", TN_ATTR_INT, .i = 1},
              {"sorted", TN_ATTR_INT, .i = 1}}, // sorted is a permission not to; we always sort
    .infer = topk_infer,
    .ref = topk_ref,
    .upgrade = topk_upgrade,
};
