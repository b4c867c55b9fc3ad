// SPDX-License-Identifier: Apache-2.0
// conv.c - PyTorch's convolutions and products of matrices.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

// ---- convolutions

typedef struct window {
    int n; // spatial dimensions
    int64_t stride[3], pad[3], dilation[3], extra[3];
} window;

static tni_value *bias_of(tn_aten *c) { return tni_at_has(c, "bias") ? tni_at_tensor(c, "bias") : NULL; }

static void set_window(tn_aten *c, const window *w, int64_t group) {
    int64_t pads[6];
    for (int i = 0; i < w->n; i++) pads[i] = pads[w->n + i] = w->pad[i];
    tni_at_set_ints(c, "strides", w->stride, (size_t)w->n);
    tni_at_set_ints(c, "pads", pads, 2 * (size_t)w->n);
    tni_at_set_ints(c, "dilations", w->dilation, (size_t)w->n);
    tni_at_set_int(c, "group", group);
}

// Without a batch the input has one dimension less.
static tni_value *with_batch(tn_aten *c, tni_value *x, int rank, bool *added) {
    *added = x && tni_at_rank(c, x) == rank - 1;
    return *added ? tni_at_expr(c, "Unsqueeze($0, [0])", x) : x;
}

static void give_convolution(tn_aten *c, const char *op, const char *x_name) {
    bool added;
    tni_value *w = tni_at_tensor(c, "weight"), *b = bias_of(c), *y = NULL;
    tni_value *x = with_batch(c, tni_at_tensor(c, x_name), tni_at_rank(c, w), &added);
    tni_value *in[] = {tni_at_as_real(c, x), tni_at_as_real(c, w), tni_at_as_real(c, b)};
    if (!tni_at_node(c, op, b ? 3 : 2, in, 1, &y)) return;
    tni_at_clear(c);
    y = tni_at_as_out(c, y);
    tni_at_give(c, 0, added ? tni_at_expr(c, "Squeeze($0, [0])", y) : y);
}

static int spatial(tn_aten *c) {
    int n = tni_at_rank(c, tni_at_tensor(c, "weight")) - 2;
    if (!c->failed && (n < 1 || n > 3))
        tni_at_fail(c, NULL, "a convolution has one to three spatial dimensions");
    return c->failed ? 0 : n;
}

static void conv(tn_aten *c) {
    window w = {.n = spatial(c)};
    tni_at_spatial(c, "stride", w.n, w.stride);
    tni_at_spatial(c, "padding", w.n, w.pad);
    tni_at_spatial(c, "dilation", w.n, w.dilation);
    set_window(c, &w, tni_at_int(c, "groups"));
    give_convolution(c, "Conv", "input");
}

// padding="same" or "valid"; what is odd of "same" goes behind.
static void conv_text(tn_aten *c) {
    window w = {.n = spatial(c)};
    bool same = !strcmp(tni_at_string(c, "padding"), "same");
    const tni_value *k = tni_at_tensor(c, "weight");
    int64_t pads[6] = {0};
    tni_at_spatial(c, "stride", w.n, w.stride);
    tni_at_spatial(c, "dilation", w.n, w.dilation);
    for (int i = 0; same && i < w.n && !c->failed; i++) {
        int64_t total = w.dilation[i] * (k->info.type.dim[i + 2].k - 1);
        pads[i] = total / 2;
        pads[w.n + i] = total - total / 2;
    }
    set_window(c, &w, tni_at_int(c, "groups"));
    tni_at_set_ints(c, "pads", pads, 2 * (size_t)w.n);
    give_convolution(c, "Conv", "input");
}

static void transposed(tn_aten *c, const char *x_name) {
    window w = {.n = spatial(c)};
    tni_at_spatial(c, "stride", w.n, w.stride);
    tni_at_spatial(c, "padding", w.n, w.pad);
    tni_at_spatial(c, "dilation", w.n, w.dilation);
    tni_at_spatial(c, "output_padding", w.n, w.extra);
    set_window(c, &w, tni_at_int(c, "groups"));
    tni_at_set_ints(c, "output_padding", w.extra, (size_t)w.n);
    give_convolution(c, "ConvTranspose", x_name);
}

static void conv_transpose(tn_aten *c) { transposed(c, "input"); }

static void convolution(tn_aten *c) {
    if (tni_at_bool(c, "transposed"))
        transposed(c, "input");
    else
        conv(c);
}

// ---- products

static void linear(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input"), *w = tni_at_tensor(c, "weight"), *b = bias_of(c);
    int rank = tni_at_rank(c, x), columns = tni_at_rank(c, w);
    if (columns == 1) // one output, and no dimension for it
        tni_at_give(c, 0,
                    b ? tni_at_expr(c, "Add(MatMul($0, $1), $2)", x, w, b)
                      : tni_at_expr(c, "MatMul($0, $1)", x, w));
    else if (rank == 2)
        tni_at_give(c, 0,
                    b ? tni_at_expr(c, "Gemm($0, $1, $2){transB=1}", x, w, b)
                      : tni_at_expr(c, "Gemm($0, $1){transB=1}", x, w));
    else if (b)
        tni_at_give(c, 0, tni_at_expr(c, "Add(MatMul($0, Transpose($1){perm=[1, 0]}), $2)", x, w, b));
    else
        tni_at_give(c, 0, tni_at_expr(c, "MatMul($0, Transpose($1){perm=[1, 0]})", x, w));
}

static void addmm(tn_aten *c) {
    bool floats = tni_is_float(c->out);
    if (floats)
        tni_at_give(c, 0, tni_at_expr(c, "Gemm(mat1, mat2, self){alpha=alpha, beta=beta}"));
    else
        tni_at_give(c, 0, tni_at_expr(c, "Add(Mul(MatMul(mat1, mat2), alpha), Mul(self, beta))"));
}

static void addmv(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "Add(Mul(MatMul(mat, vec), alpha), Mul(self, beta))"));
}

static void baddbmm(tn_aten *c) {
    if (tni_at_float(c, "alpha") == 1 && tni_at_float(c, "beta") == 1)
        tni_at_give(c, 0, tni_at_expr(c, "Add(MatMul(batch1, batch2), self)"));
    else
        tni_at_give(c, 0, tni_at_expr(c, "Add(Mul(MatMul(batch1, batch2), alpha), Mul(self, beta))"));
}

// sum over the last dimensions' products, as einsum has it.
static void einsum(tn_aten *c) {
    tni_value *v[TNI_AT_LIST];
    size_t n = tni_at_tensors(c, "tensors", v);
    for (size_t i = 0; i < n; i++) v[i] = tni_at_cast(c, v[i], c->out);
    tni_at_set_text(c, "equation", tni_at_string(c, "equation"));
    tni_at_give(c, 0, tni_at_list(c, "Einsum", n, v));
}

static void bilinear(tn_aten *c) {
    tni_value *y = tni_at_expr(c, "Einsum(input1, weight, input2){equation='...i,oij,...j->...o'}");
    tni_at_give(c, 0, tni_at_has(c, "bias") ? tni_at_expr(c, "Add($0, bias)", y) : y);
}

static void outer(tn_aten *c) {
    const char *b = tni_at_has(c, "vec2") ? "Mul(Unsqueeze(self, [1]), Unsqueeze(vec2, [0]))"
                                          : "Mul(Unsqueeze(self, [1]), Unsqueeze(other, [0]))";
    tni_at_give(c, 0, tni_at_expr(c, b));
}

TN_ATEN(conv) = {
    {"aten.conv1d.default", NULL, conv, 0},
    {"aten.conv2d.default", NULL, conv, 0},
    {"aten.conv3d.default", NULL, conv, 0},
    {"aten.conv1d.padding", NULL, conv_text, 0},
    {"aten.conv2d.padding", NULL, conv_text, 0},
    {"aten.conv3d.padding", NULL, conv_text, 0},
    {"aten.conv_transpose1d", NULL, conv_transpose, 0},
    {"aten.conv_transpose2d", NULL, conv_transpose, 0},
    {"aten.conv_transpose3d", NULL, conv_transpose, 0},
    {"aten.convolution", NULL, convolution, 0},
    {"aten._convolution", NULL, convolution, 0},
    {"aten.linear", NULL, linear, 0},
    {"aten.matmul", "MatMul(self, other)", NULL, TN_ATEN_OUT},
    {"aten.mm.default", "MatMul(self, mat2)", NULL, TN_ATEN_OUT},
    {"aten.bmm.default", "MatMul(self, mat2)", NULL, TN_ATEN_OUT},
    {"aten.mv", "MatMul(self, vec)", NULL, TN_ATEN_OUT},
    {"aten.dot", "MatMul(self, tensor)", NULL, TN_ATEN_OUT},
    {"aten.vdot", "MatMul(self, other)", NULL, TN_ATEN_OUT},
    {"aten.addmm.default", NULL, addmm, TN_ATEN_OUT},
    {"aten.addmv", NULL, addmv, TN_ATEN_OUT},
    {"aten.baddbmm.default", NULL, baddbmm, TN_ATEN_OUT},
    {"aten.einsum", NULL, einsum, 0},
    {"aten.bilinear", NULL, bilinear, 0},
    {"aten.outer", NULL, outer, TN_ATEN_OUT},
    {"aten.ger", NULL, outer, TN_ATEN_OUT},
    {0},
};
