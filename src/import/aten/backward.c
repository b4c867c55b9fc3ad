// SPDX-License-Identifier: Apache-2.0
// backward.c - the operators of training that are part of Core ATen: what a change of the output means for
// the inputs, for convolution, pools, normalisations and embeddings. They come from exported training steps.
#include "import/aten/aten.h"

#include <string.h>

// Results that `output_mask` leaves out are not among the call's tensors.
static void give_masked(tn_aten *c, tni_value *(*const make[3])(tn_aten *c)) {
    int64_t mask[TNI_AT_LIST];
    size_t n = tni_at_ints(c, "output_mask", mask), at = 0;
    for (size_t i = 0; i < n && i < 3; i++)
        if (mask[i]) tni_at_give(c, at++, make[i](c));
}

// The sum over every dimension but `keep` and those behind `last`.
static tni_value *summed(tn_aten *c, tni_value *v, int keep) {
    int rank = tni_at_rank(c, v), n = 0;
    int64_t axes[TN_MAX_RANK];
    for (int d = 0; d < rank; d++)
        if (d != keep) axes[n++] = d;
    return n ? tni_at_expr(c, "ReduceSum($0, $1){keepdims=0}", v, tni_at_vector(c, axes, (size_t)n)) : v;
}

// ---- convolution

static void set_conv(tn_aten *c, int n, const char *stride, const char *dilation) {
    int64_t s[3], d[3], p[3], pads[6];
    tni_at_clear(c);
    tni_at_spatial(c, stride, n, s);
    tni_at_spatial(c, dilation, n, d);
    tni_at_spatial(c, "padding", n, p);
    for (int i = 0; i < n; i++) pads[i] = pads[n + i] = p[i];
    tni_at_set_ints(c, "strides", s, (size_t)n);
    tni_at_set_ints(c, "dilations", d, (size_t)n);
    tni_at_set_ints(c, "pads", pads, 2 * (size_t)n);
    tni_at_set_int(c, "group", tni_at_int(c, "groups"));
}

static bool sizes_known(tn_aten *c, const tni_value *v) {
    for (int d = 0; d < tni_at_rank(c, v); d++)
        if (v->info.type.dim[d].e) {
            tni_at_fail(c, NULL, "the gradient can be taken of tensors of a fixed size only");
            return false;
        }
    return !c->failed;
}

static tni_value *conv_input(tn_aten *c) {
    tni_value *g = tni_at_tensor(c, "grad_output"), *x = tni_at_tensor(c, "input"),
              *w = tni_at_tensor(c, "weight");
    int n = tni_at_rank(c, x) - 2;
    int64_t more[3], s[3], d[3], p[3];
    if (c->failed || n < 1 || n > 3) return NULL;
    set_conv(c, n, "stride", "dilation");
    tni_value *y = NULL;
    if (tni_at_bool(c, "transposed")) return tni_at_list(c, "Conv", 2, (tni_value *[]){g, w});
    if (!sizes_known(c, x) || !sizes_known(c, g) || !sizes_known(c, w)) return NULL;
    tni_at_spatial(c, "stride", n, s);
    tni_at_spatial(c, "dilation", n, d);
    tni_at_spatial(c, "padding", n, p);
    for (int i = 0; i < n; i++) // what the strides did not reach
        more[i] = x->info.type.dim[i + 2].k - ((g->info.type.dim[i + 2].k - 1) * s[i] - 2 * p[i] +
                                               d[i] * (w->info.type.dim[i + 2].k - 1) + 1);
    tni_at_set_ints(c, "output_padding", more, (size_t)n);
    tni_at_node(c, "ConvTranspose", 2, (tni_value *[]){g, w}, 1, &y);
    return y;
}

// A convolution in which batch and channels change places, the gradient is the kernel, and stride and
// dilation change places too. Groups stand side by side in the channels.
static tni_value *conv_weight(tn_aten *c) {
    tni_value *g = tni_at_tensor(c, "grad_output"), *x = tni_at_tensor(c, "input"),
              *w = tni_at_tensor(c, "weight");
    int n = tni_at_rank(c, x) - 2;
    int64_t groups = tni_at_int(c, "groups"), swap[5] = {1, 0, 2, 3, 4}, start[3] = {0}, axes[3] = {2, 3, 4};
    if (c->failed || n < 1 || n > 3 || groups < 1 || !sizes_known(c, w) || !sizes_known(c, x)) return NULL;
    if (tni_at_bool(c, "transposed")) { // the other one went in
        tni_value *other = g;
        g = x;
        x = other;
    }
    if (!sizes_known(c, x)) return NULL;
    const tn_dim *dim = x->info.type.dim;
    int64_t own = dim[1].k / groups, apart[6] = {dim[0].k, groups, own}, order[6] = {2, 1, 0, 3, 4, 5};
    int64_t joined[5] = {own, groups * dim[0].k};
    for (int i = 0; i < n; i++) apart[3 + i] = joined[2 + i] = dim[2 + i].k;
    tni_at_clear(c);
    tni_at_set_ints(c, "order", order, (size_t)n + 3);
    tni_at_set_ints(c, "swap", swap, (size_t)n + 2);
    x = tni_at_expr(c, "Reshape(Transpose(Reshape($0, $1)){perm=order}, $2)", x,
                    tni_at_vector(c, apart, (size_t)n + 3), tni_at_vector(c, joined, (size_t)n + 2));
    g = tni_at_expr(c, "Transpose($0){perm=swap}", g);
    set_conv(c, n, "dilation", "stride");
    tni_value *y = tni_at_list(c, "Conv", 2, (tni_value *[]){x, g});
    tni_value *size = tni_at_expr(c, "Slice(Shape($0), [2], [5])", w);
    y = tni_at_expr(c, "Slice($0, $1, $2, $3)", y, tni_at_vector(c, start, (size_t)n), size,
                    tni_at_vector(c, axes, (size_t)n));
    tni_at_clear(c);
    tni_at_set_ints(c, "swap", swap, (size_t)n + 2);
    return tni_at_expr(c, "Transpose($0){perm=swap}", y);
}

static tni_value *conv_bias(tn_aten *c) { return summed(c, tni_at_tensor(c, "grad_output"), 1); }

static void convolution(tn_aten *c) {
    static tni_value *(*const make[3])(tn_aten *) = {conv_input, conv_weight, conv_bias};
    give_masked(c, make);
}

// ---- pools: each dimension by a product with the matrix of its windows' shares

typedef struct window {
    int64_t kernel, stride, padding;
    bool with_padding, whole; // `whole`: shares of 1
} window;

// Window o of an adaptive pool (kernel 0), or of an ordinary one: which elements, and how many it counts.
static int64_t elements_of(const window *w, int64_t o, int64_t size, int64_t outputs, int64_t *from,
                           int64_t *to) {
    if (!w->kernel) {
        *from = o * size / outputs;
        *to = ((o + 1) * size + outputs - 1) / outputs;
        return *to - *from;
    }
    int64_t first = o * w->stride - w->padding, last = first + w->kernel;
    if (last > size + w->padding) last = size + w->padding;
    *from = first < 0 ? 0 : first;
    *to = last > size ? size : last;
    return w->whole ? 1 : w->with_padding ? last - first : *to - *from;
}

static tni_value *shares(tn_aten *c, tn_dtype dtype, const window *w, int64_t size, int64_t outputs,
                         bool turned) {
    tn_tensor *t = tni_tensor_new(&c->graph->root->arena, dtype, 2,
                                  turned ? (int64_t[]){outputs, size} : (int64_t[]){size, outputs});
    if (!t) return c->x->nomem = c->failed = true, NULL;
    for (int64_t o = 0; o < outputs; o++) {
        int64_t from, to, count = elements_of(w, o, size, outputs, &from, &to);
        for (int64_t k = from; k < to; k++)
            tni_set(t, turned ? o * size + k : k * outputs + o, 1.0 / (double)count);
    }
    return tni_value_const(c->graph, NULL, t);
}

static tni_value *spread(tn_aten *c, const window w[2]) {
    tni_value *g = tni_at_tensor(c, "grad_output"), *x = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, x);
    if (c->failed || rank < 3 || !sizes_known(c, x) || !sizes_known(c, g)) return NULL;
    const tn_dim *in = &x->info.type.dim[rank - 2], *out = &g->info.type.dim[rank - 2];
    tni_value *rows = shares(c, c->out, &w[0], in[0].k, out[0].k, false);
    return tni_at_expr(c, "MatMul(MatMul($0, $1), $2)", rows, g,
                       shares(c, c->out, &w[1], in[1].k, out[1].k, true));
}

static void adaptive_avg_pool(tn_aten *c) {
    static const window bins[2];
    tni_at_give(c, 0, spread(c, bins));
}

static void avg_pool(tn_aten *c) {
    int64_t kernel[2], stride[2], padding[2], some[TNI_AT_LIST];
    window w[2];
    bool given = tni_at_has(c, "stride") && tni_at_ints(c, "stride", some) > 0;
    bool divisor = tni_at_has(c, "divisor_override");
    tni_at_spatial(c, "kernel_size", 2, kernel);
    tni_at_spatial(c, given ? "stride" : "kernel_size", 2, stride);
    tni_at_spatial(c, "padding", 2, padding);
    for (int i = 0; i < 2; i++)
        w[i] = (window){kernel[i], stride[i], padding[i], tni_at_bool(c, "count_include_pad"), divisor};
    tni_value *y = spread(c, w);
    if (divisor)
        y = tni_at_expr(c, "Div($0, $1)", y,
                        tni_at_scalar(c, c->out, (double)tni_at_int(c, "divisor_override")));
    tni_at_give(c, 0, y);
}

static void max_pool(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "self");
    int64_t flat[] = {0, 0, -1};
    int rank = tni_at_rank(c, x);
    tni_value *to = tni_at_vector(c, rank == 3 ? flat + 1 : flat, rank == 3 ? 2 : 3);
    tni_value *zeros =
        tni_at_expr(c, "Reshape(Expand($0, Shape($1)), $2)", tni_at_scalar(c, c->out, 0), x, to);
    tni_at_give(
        c, 0,
        tni_at_expr(c,
                    "Reshape(ScatterElements($0, Reshape(indices, $1), Reshape(grad_output, $1)){axis=-1, "
                    "reduction='add'}, Shape($2))",
                    zeros, to, x));
}

// ---- normalisations: rstd * (g - mean(g) - n * mean(g * n)), n the normalised input

static tni_value *through_norm(tn_aten *c, tni_value *g, tni_value *n, tni_value *rstd, tni_value *over) {
    return tni_at_expr(c, "Mul($2, Sub(Sub($0, ReduceMean($0, $3)), Mul($1, ReduceMean(Mul($0, $1), $3))))",
                       g, n, rstd, over);
}

static tni_value *layer_normed(tn_aten *c) { return tni_at_expr(c, "Mul(Sub(input, mean), rstd)"); }

// The first dimensions of `v`, which are not normalised.
static tni_value *over_rows(tn_aten *c, tni_value *v) {
    int64_t shape[TNI_AT_LIST], axes[TN_MAX_RANK];
    int rank = tni_at_rank(c, v), n = rank - (int)tni_at_ints(c, "normalized_shape", shape);
    for (int d = 0; d < n; d++) axes[d] = d;
    return n > 0 ? tni_at_expr(c, "ReduceSum($0, $1){keepdims=0}", v, tni_at_vector(c, axes, (size_t)n)) : v;
}

static tni_value *layer_norm_input(tn_aten *c) {
    tni_value *g = tni_at_tensor(c, "grad_out");
    int64_t shape[TNI_AT_LIST], axes[TN_MAX_RANK];
    size_t count = tni_at_ints(c, "normalized_shape", shape);
    if (count > TN_MAX_RANK) tni_at_fail(c, NULL, "it has too many dimensions");
    if (tni_at_has(c, "weight")) g = tni_at_expr(c, "Mul($0, weight)", g);
    for (size_t d = 0; d < count && !c->failed; d++) axes[d] = (int64_t)d - (int64_t)count;
    return through_norm(c, g, layer_normed(c), tni_at_tensor(c, "rstd"), tni_at_vector(c, axes, count));
}

static tni_value *layer_norm_weight(tn_aten *c) {
    return over_rows(c, tni_at_expr(c, "Mul(grad_out, $0)", layer_normed(c)));
}

static tni_value *layer_norm_bias(tn_aten *c) { return over_rows(c, tni_at_tensor(c, "grad_out")); }

static void layer_norm(tn_aten *c) {
    static tni_value *(*const make[3])(tn_aten *) = {layer_norm_input, layer_norm_weight, layer_norm_bias};
    give_masked(c, make);
}

// [N, G, ...]: the group's elements in one dimension, and normalised.
static tni_value *grouped(tn_aten *c, tni_value *v) {
    int64_t shape[] = {0, tni_at_int(c, "group"), -1};
    return tni_at_expr(c, "Reshape($0, $1)", v, tni_at_vector(c, shape, 3));
}

static tni_value *group_normed(tn_aten *c) {
    tni_value *x = grouped(c, tni_at_tensor(c, "input"));
    return tni_at_expr(c, "Mul(Sub($0, Unsqueeze(mean, [2])), Unsqueeze(rstd, [2]))", x);
}

static tni_value *group_norm_input(tn_aten *c) {
    tni_value *g = tni_at_tensor(c, "grad_out"), *x = tni_at_tensor(c, "input");
    if (tni_at_has(c, "weight")) {
        int64_t shape[TN_MAX_RANK];
        int rank = tni_at_rank(c, x);
        for (int d = 0; d < rank; d++) shape[d] = d == 1 ? -1 : 1;
        g = tni_at_expr(c, "Mul($0, Reshape(weight, $1))", g, tni_at_vector(c, shape, (size_t)rank));
    }
    tni_value *rstd = tni_at_expr(c, "Unsqueeze(rstd, [2])");
    tni_value *y = through_norm(c, grouped(c, g), group_normed(c), rstd, tni_at_vector(c, (int64_t[]){2}, 1));
    return tni_at_expr(c, "Reshape($0, Shape($1))", y, x);
}

static tni_value *group_norm_weight(tn_aten *c) {
    tni_value *n = tni_at_expr(c, "Reshape($0, Shape(input))", group_normed(c));
    return summed(c, tni_at_expr(c, "Mul(grad_out, $0)", n), 1);
}

static tni_value *group_norm_bias(tn_aten *c) { return summed(c, tni_at_tensor(c, "grad_out"), 1); }

static void group_norm(tn_aten *c) {
    static tni_value *(*const make[3])(tn_aten *) = {group_norm_input, group_norm_weight, group_norm_bias};
    give_masked(c, make);
}

// ---- embedding: rows are added to the rows they came from

static void embedding(tn_aten *c) {
    tni_value *index = tni_at_expr(c, "Reshape(i64(indices), [-1, 1])"), *g = tni_at_tensor(c, "grad_output");
    int rank = tni_at_rank(c, g);
    if (c->failed || rank < 1) return;
    int64_t width = rank - 1, end = rank;
    tni_value *columns =
        tni_at_expr(c, "Slice(Shape($0), $1, $2)", g, tni_at_vector(c, &width, 1), tni_at_vector(c, &end, 1));
    tni_value *rows = tni_at_size(c, "num_weights"), *zero = tni_at_scalar(c, c->out, 0);
    g = tni_at_expr(c, "Reshape($0, Concat([-1], $1){axis=0})", g, columns);
    tni_value *padding = tni_at_scalar(c, TN_I64, (double)tni_at_int(c, "padding_idx"));
    g = tni_at_expr(c, "Where(Equal($0, $1), $2, $3)", index, padding, zero, g);
    if (tni_at_bool(c, "scale_grad_by_freq")) {
        tni_value *one =
            tni_at_expr(c, "Expand($0, Shape(Squeeze($1, [1])))", tni_at_scalar(c, c->out, 1), index);
        tni_value *count =
            tni_at_expr(c, "ScatterND(Expand($0, $1), $2, $3){reduction='add'}", zero, rows, index, one);
        g = tni_at_expr(c, "Div($0, Gather($1, $2))", g, count, index);
    }
    tni_value *to = tni_at_expr(c, "Expand($0, Concat($1, $2){axis=0})", zero, rows, columns);
    tni_at_give(c, 0, tni_at_expr(c, "ScatterND($0, $1, $2){reduction='add'}", to, index, g));
}

static void softmax(tn_aten *c) {
    int64_t axis = tni_at_int(c, "dim");
    bool log = strstr(c->target, "log_softmax") != NULL;
    tni_at_give(c, 0,
                tni_at_expr(c,
                            log ? "Sub(grad_output, Mul(Exp(output), ReduceSum(grad_output, $0)))"
                                : "Mul(output, Sub(grad_output, ReduceSum(Mul(grad_output, output), $0)))",
                            tni_at_vector(c, &axis, 1)));
}

TN_ATEN(backward) = {
    {"aten.convolution_backward", NULL, convolution, 0},
    {"aten._adaptive_avg_pool2d_backward", NULL, adaptive_avg_pool, 0},
    {"aten.avg_pool2d_backward", NULL, avg_pool, 0},
    {"aten.max_pool2d_with_indices_backward", NULL, max_pool, 0},
    {"aten.native_layer_norm_backward", NULL, layer_norm, 0},
    {"aten.native_group_norm_backward", NULL, group_norm, 0},
    {"aten.embedding_dense_backward", NULL, embedding, 0},
    {"aten._softmax_backward_data", NULL, softmax, TN_ATEN_OUT},
    {"aten._log_softmax_backward_data", NULL, softmax, TN_ATEN_OUT},
    {"aten.threshold_backward", "Where(Greater(self, threshold), grad_output, 0)", NULL, TN_ATEN_OUT},
    {"aten.sigmoid_backward", "Mul(grad_output, Mul(output, Sub(1, output)))", NULL, TN_ATEN_OUT},
    {"aten.tanh_backward", "Mul(grad_output, Sub(1, Mul(output, output)))", NULL, TN_ATEN_OUT},
    {0},
};
