// SPDX-License-Identifier: Apache-2.0
// update.c - tn.Update: what an assignment to a slice means, z[1:3, ::2] = u or += u. The box that is written
// begins at `starts`, takes every `steps`-th element, and is as large as the updates. Exporters write it as
// ScatterND with a grid of indices; the pass `update` finds the box again.
#include "op/move.h"

typedef struct box {
    int rank;
    const int64_t *start, *step, *size, *dim; // size: of the updates; dim: of the data
} box;

static bool fits(const box *b, int d) {
    int64_t way;
    if (b->size[d] == 0) return true;
    return ck_mul64(b->size[d] - 1, b->step[d], &way) && ck_add64(way, b->start[d], &way) && way < b->dim[d];
}

static tn_status update_infer(tn_infer *c) {
    size_t starts, steps;
    const int64_t *start = tn_attr_ints(c->attrs, "starts", &starts);
    const int64_t *step = tn_attr_ints(c->attrs, "steps", &steps);
    const tn_type *data = &c->in[0]->type, *updates = &c->in[1]->type;
    tn_dtype t = data->dtype;
    TN_TRY(tn_infer_same(c));
    if (tn_attr_int(c->attrs, "add") && !(TN_NUMBERS >> t & 1))
        return tn_infer_fail(c, "elements of type %s cannot be added", tn_dtype_text(t));
    if (data->rank < 0) return TN_OK;
    if (starts != (size_t)data->rank || steps != starts)
        return tn_infer_fail(c, "starts and steps must have one entry for each of %d dimensions", data->rank);
    TN_TRY(tni_want_rank(c, 1, "the updates", data->rank, data->rank));
    for (int d = 0; d < data->rank && updates->rank >= 0; d++) {
        if (data->dim[d].e || updates->dim[d].e) continue;
        box b = {data->rank, start + d, step + d, &updates->dim[d].k, &data->dim[d].k};
        if (!fits(&b, 0))
            return tn_infer_fail(c, "dimension %d has %lld elements; the updates reach beyond them", d,
                                 (long long)data->dim[d].k);
    }
    return TN_OK;
}

// One row of the box: n elements from `from` on in the updates.
static void add_row(const tn_tensor *out, int64_t at, int64_t step, const tn_tensor *updates, int64_t from,
                    int64_t n) {
    double a[TNI_ROW], b[TNI_ROW];
    int64_t ia[TNI_ROW], ib[TNI_ROW];
    for (int64_t k = 0; k < n; k += TNI_ROW) {
        int64_t m = n - k < TNI_ROW ? n - k : TNI_ROW;
        if (tni_is_float(out->dtype)) {
            tni_load(a, out, at + k * step, step, m);
            tni_load(b, updates, from + k, 1, m);
            for (int64_t i = 0; i < m; i++) a[i] += b[i];
            tni_store(out, at + k * step, step, m, a);
        } else {
            tni_load_int(ia, out, at + k * step, step, m);
            tni_load_int(ib, updates, from + k, 1, m);
            for (int64_t i = 0; i < m; i++) ia[i] = (int64_t)((uint64_t)ia[i] + (uint64_t)ib[i]);
            tni_store_int(out, at + k * step, step, m, ia);
        }
    }
}

static void add_box(const tn_tensor *out, const tn_tensor *updates, const box *b, const int64_t *stride) {
    int64_t at[TN_MAX_RANK] = {0}, from = 0, last = b->rank ? b->size[b->rank - 1] : 1;
    do {
        int64_t to = 0;
        for (int d = 0; d < b->rank; d++) to += (b->start[d] + at[d] * b->step[d]) * stride[d];
        add_row(out, to, b->rank ? b->step[b->rank - 1] : 1, updates, from, last);
        from += last;
    } while (tni_next_index(b->rank - 1, b->size, at));
}

static tn_status update_ref(tn_call *c) {
    const tn_tensor *updates = c->in[1];
    tn_tensor *out = tni_result(c, 0);
    size_t n;
    int64_t stride[TN_MAX_RANK];
    tni_move m = {.rank = 0};
    if (!out) return TN_OK;
    TN_TRY(tni_call_same(c));
    if (tn_count(updates) == 0) return TN_OK;
    box b = {out->rank, tn_attr_ints(c->attrs, "starts", &n), tn_attr_ints(c->attrs, "steps", &n),
             updates->dim, out->dim};
    tni_strides(out->rank, out->dim, stride);
    for (int d = 0; d < b.rank; d++)
        if (!fits(&b, d))
            return tn_call_fail(c, TN_INVALID,
                                "a slice of %lld elements from %lld on, in steps of %lld, is assigned to in "
                                "dimension %d, which has %lld",
                                (long long)b.size[d], (long long)b.start[d], (long long)b.step[d], d,
                                (long long)b.dim[d]);
    if (tn_attr_int(c->attrs, "add")) return add_box(out, updates, &b, stride), TN_OK;
    for (int d = 0, inner = b.rank; d < b.rank; d++) {
        int64_t from = tn_count_range(updates, d + 1, inner);
        tni_move_loop(&m, b.size[d], b.step[d] * stride[d], from);
        m.to_at += b.start[d] * stride[d];
    }
    tni_move_run(c, &m, out, updates);
    return TN_OK;
}

TN_OP(tn_update) = {
    TN_HERE,
    .name = "Update",
    .domain = "tn",
    .since = 1,
    .doc = "The data with a slice of it replaced by, or added to, the updates",
    .in = {{"data", "T"}, {"updates", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"starts", TN_ATTR_INTS, .max = INT64_MAX / 4},
              {"steps", TN_ATTR_INTS, .min = 1, .max = INT64_MAX / 4},
              {"add", TN_ATTR_INT, .max = 1}},
    .infer = update_infer,
    .ref = update_ref,
};
