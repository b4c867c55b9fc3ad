// SPDX-License-Identifier: Apache-2.0
// pool_global.c - GlobalAveragePool, GlobalMaxPool, GlobalLpPool (one window over all spatial dimensions),
// and MaxUnpool, the inverse of MaxPool by its indices.
#include "op/pool.h"

static tn_status global_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    tn_dim shape[TN_MAX_RANK];
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    for (int i = 0; i < x->rank; i++) shape[i] = i < 2 ? x->dim[i] : tn_k(1);
    tni_shape_out(c, 0, x->dtype, x->rank, shape);
    return TN_OK;
}

static tn_status global_run(tn_call *c, tni_fold fold, double p) {
    tni_pooling job = {.x = c->in[0], .y = c->out[0], .fold = fold, .p = p};
    tni_window *w = &job.window;
    w->rank = 1;
    w->in[0] = w->kernel[0] = tn_count_range(job.x, 2, job.x->rank);
    w->out[0] = w->stride[0] = w->dilation[0] = 1;
    return tni_pooling_run(c, &job);
}

static tn_status global_average_ref(tn_call *c) { return global_run(c, TNI_FOLD_MEAN, 0); }
static tn_status global_max_ref(tn_call *c) { return global_run(c, TNI_FOLD_MAX, 0); }
static tn_status global_lp_ref(tn_call *c) {
    return global_run(c, TNI_FOLD_LP, (double)tn_attr_int(c->attrs, "p"));
}

// AdaptiveAvgPool2d(1) of an image without a batch, [C,H,W], comes out of PyTorch's TorchScript exporter as
// if it were a batch of [C,L]: the file no longer tells which was meant. One that is open or 1 in front is a
// batch.
static tn_status global_upgrade(tni_spec *s) {
    const tn_type *x = s->nin && s->in[0] ? &s->in[0]->info.type : NULL;
    if (s->graph->root->pytorch && x && x->rank == 3 && !x->dim[0].e && x->dim[0].k != 1)
        tni_spec_warn(
            s, "the input has three dimensions, which means the last one is pooled; if PyTorch was given one "
               "image [C,H,W] without a batch, it pooled two: export it with a batch, or with dynamo=True");
    return TN_OK;
}

#define GLOBAL(op, text, kernel)                                                                            \
    {                                                                                                       \
        TN_HERE, .name = op, .since = 22, .first = 1, .doc = text, .in = {{"X", "T"}}, .out = {{"Y", "T"}}, \
                 .types = {{"T", TN_FLOATS}}, .infer = global_infer, .ref = kernel,                         \
                 .upgrade = global_upgrade,                                                                 \
    }

TN_OP(global_average_pool) = GLOBAL("GlobalAveragePool", "Mean of each channel", global_average_ref);
TN_OP(global_max_pool) = GLOBAL("GlobalMaxPool", "Greatest element of each channel", global_max_ref);

// Opset 1 has p as a float.
static tn_status global_lp_upgrade(tni_spec *s) {
    const tn_attr *p = tni_spec_attr(s, "p");
    if (s->opset >= 2 || !p || p->kind != TN_ATTR_FLOAT) return TN_OK;
    if (!(p->f >= 1 && p->f <= 1e6)) return tni_spec_fail(s, NULL, "p is %g, expected 1 or more", p->f);
    return tni_spec_put(s, TN_A_INT("p", (int64_t)p->f));
}

TN_OP(global_lp_pool) = {
    TN_HERE,
    .name = "GlobalLpPool",
    .since = 22,
    .first = 1,
    .doc = "p-norm of each channel",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "p", .kind = TN_ATTR_INT, .i = 2, .min = 1, .max = 1000000}},
    .infer = global_infer,
    .ref = global_lp_ref,
    .upgrade = global_lp_upgrade,
};

// ---------------------------------------------------------------------------------------------- MaxUnpool

// (in - 1) * stride + kernel - pads, unless output_shape (input 2: all dimensions) says otherwise.
static tn_status unpool_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    tn_dim shape[TN_MAX_RANK];
    size_t n;
    TN_TRY(tni_want_rank(c, 0, "the input", 3, TN_MAX_RANK));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    int rank = x->rank - 2;
    TN_TRY(tni_window_check(c, rank));
    if (tni_given(c, 2)) {
        tn_dim listed[TN_MAX_CONTENT];
        bool known = tni_content(c->in[2], listed, &n);
        if (known && n != (size_t)x->rank)
            return tn_infer_fail(c, "output_shape has %zu entries, expected %d", n, x->rank);
        for (int i = 0; i < x->rank; i++) shape[i] = known ? listed[i] : tn_dim_fresh(c->dims);
        tni_shape_out(c, 0, x->dtype, x->rank, shape);
        return TN_OK;
    }
    shape[0] = x->dim[0];
    shape[1] = x->dim[1];
    for (int i = 0; i < rank; i++) {
        tn_dim steps = tn_dim_sub(c->dims, x->dim[2 + i], tn_k(1));
        steps = tn_dim_mul(c->dims, steps, tn_k(tni_ints_at(c->attrs, "strides", i, 1)));
        int64_t kernel = tni_ints_at(c->attrs, "kernel_shape", i, 1);
        int64_t pads = tni_ints_at(c->attrs, "pads", i, 0) + tni_ints_at(c->attrs, "pads", rank + i, 0);
        shape[2 + i] = tn_dim_add(c->dims, steps, tn_k(kernel - pads));
    }
    tni_shape_out(c, 0, x->dtype, x->rank, shape);
    return TN_OK;
}

// Dimension d of what MaxPool read.
static bool pooled_size(tn_attrs a, const tn_tensor *x, int d, int64_t *to) {
    int i = d - 2, rank = x->rank - 2;
    *to = x->dim[d];
    if (d < 2) return true;
    int64_t rest = tni_ints_at(a, "kernel_shape", i, 1) - tni_ints_at(a, "pads", i, 0) -
                   tni_ints_at(a, "pads", rank + i, 0);
    return ck_mul64(x->dim[d] - 1, tni_ints_at(a, "strides", i, 1), to) && ck_add64(*to, rest, to);
}

// Indices are flat over the tensor MaxPool read, whose sizes are those without output_shape; a larger
// output_shape keeps each element's coordinates.
static tn_status unpool_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *x = c->in[0], *indices = c->in[1];
    tn_tensor *y = c->out[0];
    int64_t n = tn_count(x), pooled[TN_MAX_RANK];
    if (tn_count(indices) != n || y->rank != x->rank)
        return tn_call_fail(c, TN_INVALID, "%lld indices for %lld elements", (long long)tn_count(indices),
                            (long long)n);
    for (int d = 0; d < x->rank; d++)
        if (!pooled_size(c->attrs, x, d, &pooled[d])) return TN_LIMIT;
    memset(y->data, 0, y->bytes);
    for (int64_t i = 0; i < n; i++) {
        int64_t index = tni_get_int(indices, i), rest = index, at = 0, scale = 1;
        bool inside = index >= 0;
        for (int d = x->rank - 1; d >= 0 && inside; d--) {
            int64_t k = pooled[d] > 0 ? rest % pooled[d] : 0;
            inside = k < y->dim[d] && pooled[d] > 0;
            rest = inside ? rest / pooled[d] : 0;
            at += k * scale;
            scale *= y->dim[d];
        }
        if (!inside || rest)
            return tn_call_fail(c, TN_INVALID, "index %lld is outside the output", (long long)index);
        tni_copy(y, at, x, i, 1, 1);
    }
    return TN_OK;
}

TN_OP(max_unpool) = {
    TN_HERE,
    .name = "MaxUnpool",
    .since = 22,
    .first = 9,
    .doc = "Puts elements back where MaxPool found them, zero elsewhere",
    .in = {{"X", "T"}, {"I", "i64"}, {"output_shape", "i64", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "kernel_shape",
               .kind = TN_ATTR_INTS,
               .flags = TN_REQUIRED,
               .min = 1,
               .max = TNI_WINDOW_MAX},
              {.name = "strides", .kind = TN_ATTR_INTS, .flags = TN_ONES, .min = 1, .max = TNI_WINDOW_MAX},
              {.name = "pads",
               .kind = TN_ATTR_INTS,
               .flags = TN_ZEROS,
               .min = -TNI_WINDOW_MAX,
               .max = TNI_WINDOW_MAX}},
    .infer = unpool_infer,
    .ref = unpool_ref,
};
