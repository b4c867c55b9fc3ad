// SPDX-License-Identifier: Apache-2.0
// cummax.c - running maxima and minima with their places, which mmcv exports as mmcv::cummax and
// mmcv::cummin, and corner pooling (Law and Deng, "CornerNet"), which is a running maximum from one side.
#include "op/op.h"

typedef struct run {
    bool least, backward;
    int axis;
} run;

// A NaN is taken and stays; of equal elements the last one's place counts, as in PyTorch.
static void run_row(const run *r, double *x, int64_t *at, int64_t n) {
    for (int64_t k = 0, best = 0; k < n; k++) {
        int64_t i = r->backward ? n - 1 - k : k, b = r->backward ? n - 1 - best : best;
        bool take = k == 0 || isnan(x[i]) || (r->least ? x[i] <= x[b] : x[i] >= x[b]);
        if (take && !(k > 0 && isnan(x[b]) && !isnan(x[i])))
            best = k;
        else
            x[i] = x[b];
        at[i] = r->backward ? n - 1 - best : best;
    }
}

static tn_status run_all(tn_call *c, const run *r) {
    const tn_tensor *x = c->in[0];
    if (tn_count(x) == 0) return TN_OK;
    int64_t n = x->rank ? x->dim[r->axis] : 1, inner = x->rank ? tn_count_range(x, r->axis + 1, x->rank) : 1;
    double *row = tni_scratch(c, n, sizeof *row);
    int64_t *at = tni_scratch(c, n, sizeof *at);
    if (!row || !at) return TN_NOMEM;
    for (int64_t k = 0; k < tn_count(x) / n; k++) {
        int64_t first = tni_row_at(k, n, inner);
        tni_load(row, x, first, inner, n);
        run_row(r, row, at, n);
        if (tni_result(c, 0)) tni_store(c->out[0], first, inner, n, row);
        if (tni_result(c, 1)) tni_store_int(c->out[1], first, inner, n, at);
    }
    return TN_OK;
}

static tn_status cum_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    int axis;
    if (x->rank > 0) TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "dim"), x->rank, &axis));
    if (x->rank < 0)
        tni_shape_unknown(c, 1, TN_I64);
    else
        tni_shape_out(c, 1, TN_I64, x->rank, x->dim);
    return tn_infer_same(c);
}

static tn_status cum_run(tn_call *c, bool least) {
    run r = {.least = least, .axis = tni_axis(tn_attr_int(c->attrs, "dim"), c->in[0]->rank)};
    return run_all(c, &r);
}
static tn_status cummax_ref(tn_call *c) { return cum_run(c, false); }
static tn_status cummin_ref(tn_call *c) { return cum_run(c, true); }

#define CUM(name_, doc_, ref_)                                                                              \
    {                                                                                                       \
        TN_HERE, .name = name_, .domain = "mmcv", .since = 1, .doc = doc_, .in = {{"input", "T"}},          \
                 .out = {{"output", "T"}, {"indices", "i64", TN_OPTIONAL_IN}}, .types = {{"T", TN_FLOATS}}, \
                 .attrs = {{"dim", TN_ATTR_INT}}, .infer = cum_infer, .ref = ref_                           \
    }

TN_OP(mmcv_cummax) = CUM("cummax", "running maxima along an axis, and where they are", cummax_ref);
TN_OP(mmcv_cummin) = CUM("cummin", "running minima along an axis, and where they are", cummin_ref);

static tn_status corner_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the input", 4, 4));
    return tn_infer_same(c);
}

// mode: 0 top (from below), 1 bottom, 2 left (from the right), 3 right.
static tn_status corner_ref(tn_call *c) {
    int64_t mode = tn_attr_int(c->attrs, "mode");
    run r = {.backward = mode % 2 == 0, .axis = mode < 2 ? 2 : 3};
    return run_all(c, &r);
}

TN_OP(mmcv_corner_pool) = {
    TN_HERE,
    .name = "MMCVCornerPool",
    .domain = "mmcv",
    .since = 1,
    .doc = "running maxima from one side of the image",
    .in = {{"input", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "mode", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 0, .max = 3}},
    .infer = corner_infer,
    .ref = corner_ref,
};
