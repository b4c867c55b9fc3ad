// SPDX-License-Identifier: Apache-2.0
// network_kinds.c - the kinds of layers that TensorRT's INetworkDefinition has, each made with the functions
// of tenon/layers.h, typed at the call and run. Where one kind has many operators (elementwise, unary,
// reduce...), one of them stands for them here; test/unit/op_*.c has the rest.
#include "check.h"
#include "evaluate.h"
#include "tenon/layers.h"

#define PIXELS "f32[1,1,3,3] = {1, 2, 3, 4, 5, 6, 7, 8, 9}"

static tn_value *c(tn_network *net, const char *text) { return tn_const(net, NULL, text); }

static tn_value *activation(tn_network *n) {
    return tn_leaky_relu(n, c(n, "f32[2] = {-2, 3}"), .alpha = 0.5);
}
static tn_value *attention(tn_network *n) { // both keys alike: the mean of the values
    return tn_attention(n, c(n, "f32[1,1,1,2] = {1, 2}"), c(n, "f32[1,1,2,2] = {3...}"),
                        c(n, "f32[1,1,2,2] = {2, 4, 4, 8}"));
}
static tn_value *cast(tn_network *n) { return tn_cast(n, c(n, "f32[2] = {1.75, -1.75}"), .to = TN_I32); }
static tn_value *concatenation(tn_network *n) {
    return tn_concat(n, tn_list(c(n, "f32[1,2] = {1, 2}"), c(n, "f32[1,1] = {3}")), .axis = 1);
}
static tn_value *constant(tn_network *n) {
    return tn_const_data(n, NULL, TN_I32, 1, (int64_t[]){2}, (int32_t[]){7, 8});
}
static tn_value *convolution(tn_network *n) {
    return tn_conv(n, c(n, PIXELS), c(n, "f32[1,1,2,2] = {1...}"), c(n, "f32[1] = {100}"),
                   .strides = tn_ints(2, 2), .pads = tn_ints(0, 0, 1, 1));
}
static tn_value *cumulative(tn_network *n) {
    return tn_cumsum(n, c(n, "f32[3] = {1, 2, 3}"), tn_scalar(n, TN_I64, 0), .exclusive = 1);
}
static tn_value *deconvolution(tn_network *n) {
    return tn_conv_transpose(n, c(n, "f32[1,1,1,2] = {1, 2}"), c(n, "f32[1,1,1,2] = {1, 10}"),
                             .strides = tn_ints(1, 2));
}
static tn_value *deformable_convolution(tn_network *n) { // half a pixel to the right
    return tn_deform_conv(
        n, c(n, PIXELS), c(n, "f32[1,1,1,1] = {1}"),
        tn_concat(n, tn_list(c(n, "f32[1,1,3,3] = {0...}"), c(n, "f32[1,1,3,3] = {0.5...}")), .axis = 1),
        .kernel_shape = tn_ints(1, 1));
}
static tn_value *dequantize(tn_network *n) { // a scale and a zero point for each channel
    return tn_dequantize_linear(n, c(n, "i8[2,2] = {1, 2, 3, 4}"), c(n, "f32[2] = {0.5, 2}"),
                                c(n, "i8[2] = {0, 1}"), .axis = 0);
}
static tn_value *dynamic_quantize(tn_network *n) {
    tn_value *scale = NULL, *x = c(n, "f32[3] = {0, 127.5, 255}");
    tn_value *q = tn_dynamic_quantize_linear(n, x, .out_y_scale = &scale);
    return tn_mul(n, tn_cast(n, q, .to = TN_F32), scale);
}
static tn_value *einsum(tn_network *n) {
    return tn_einsum(n, tn_list(c(n, "f32[2,2] = {1, 2, 3, 4}"), c(n, "f32[2,2] = {1, 0, 1, 1}")),
                     .equation = "ij,kj->ik");
}
static tn_value *elementwise(tn_network *n) {
    return tn_pow(n, c(n, "f32[2,1] = {2, 3}"), c(n, "f32[2] = {1, 2}"));
}
static tn_value *fill(tn_network *n) {
    tn_value *ones = tn_constant_of_shape(n, tn_index(n, 3), .value = tn_literal(n, "i64[1] = {1}"));
    return tn_add(n, ones,
                  tn_range(n, tn_scalar(n, TN_I64, 0), tn_scalar(n, TN_I64, 6), tn_scalar(n, TN_I64, 2)));
}
static tn_value *fill_random(tn_network *n) { // all numbers lie where they should
    tn_value *x = tn_random_uniform(n, .shape = tn_ints(100), .low = 2.0, .high = 3.0, .seed = 1.0);
    tn_value *floor = tn_floor(n, x);
    return tn_reduce_min(n, floor, NULL, .keepdims = 0);
}
static tn_value *gather(tn_network *n) {
    return tn_gather(n, c(n, "f32[2,3] = {1, 2, 3, 4, 5, 6}"), tn_index(n, 2, 0), .axis = 1);
}
static tn_value *gather_nd(tn_network *n) {
    return tn_gather_nd(n, c(n, "f32[2,2] = {1, 2, 3, 4}"), c(n, "i64[2,2] = {0, 1, 1, 0}"));
}
static tn_value *gather_elements(tn_network *n) {
    return tn_gather_elements(n, c(n, "f32[2,2] = {1, 2, 3, 4}"), c(n, "i64[2,1] = {1, 0}"), .axis = 1);
}
static tn_value *grid_sample(tn_network *n) { // the middle, and halfway to its right
    return tn_grid_sample(n, c(n, PIXELS), c(n, "f32[1,1,2,2] = {0, 0, 0.5, 0}"), .align_corners = 1);
}
static tn_value *identity(tn_network *n) { return tn_identity(n, c(n, "f32[1] = {5}")); }
static tn_value *if_conditional(tn_network *n) {
    tn_value *x = c(n, "f32[1] = {3}");
    tn_network *yes = tn_body(n, "then_branch", NULL), *no = tn_body(n, "else_branch", NULL);
    tn_output(yes, tn_neg(yes, x), NULL);
    tn_output(no, tn_abs(no, x), NULL);
    return tn_if(n, tn_scalar(n, TN_BOOL, 1), .then_branch = yes, .else_branch = no);
}
static tn_value *kv_cache_update(tn_network *n) {
    return tn_tensor_scatter(n, c(n, "f32[1,4,1] = {1, 2, 0, 0}"), c(n, "f32[1,1,1] = {3}"), tn_index(n, 2));
}
// Trip limit, recurrence, iterator and the collected output: 1, 2, 4, 8 from x + x.
static tn_value *loop(tn_network *n) {
    tn_network *body = tn_body(n, "body", NULL);
    tn_input(body, "i", "i64[]");
    tn_value *more = tn_input(body, "more", "bool[]"), *x = tn_input(body, "x", "f32[]"), *outs[2];
    tn_output(body, more, NULL);
    tn_output(body, tn_add(body, x, x), NULL);
    tn_output(body, tn_identity(body, x), NULL);
    tn_loop(n, tn_scalar(n, TN_I64, 4), NULL, tn_list(tn_scalar(n, TN_F32, 1)), .body = body,
            .outs = tn_outs(outs));
    return outs[1];
}
static tn_value *loop_over_slices(tn_network *n) { // running sums
    tn_network *body = tn_body(n, "body", NULL);
    tn_value *sum = tn_input(body, "sum", "f32[]"), *x = tn_input(body, "x", "f32[]"), *outs[2];
    sum = tn_add(body, sum, x);
    tn_output(body, sum, NULL);
    tn_output(body, tn_identity(body, sum), NULL);
    tn_scan(n, tn_list(tn_scalar(n, TN_F32, 0), c(n, "f32[3] = {1, 2, 3}")), .body = body,
            .num_scan_inputs = 1, .outs = tn_outs(outs));
    return outs[1];
}
static tn_value *lrn(tn_network *n) {
    return tn_lrn(n, c(n, "f32[1,2,1,1] = {3, 4}"), .size = 1, .alpha = 1.0, .beta = 1.0, .bias = 1.0);
}
static tn_value *matrix_multiply(tn_network *n) {
    return tn_matmul(n, c(n, "f32[1,2] = {1, 2}"), c(n, "f32[2,2] = {1, 2, 3, 4}"));
}
static tn_value *nms(tn_network *n) {
    tn_value *boxes = c(n, "f32[1,3,4] = {0, 0, 2, 2, 0, 0, 2, 1.9, 5, 5, 6, 6}");
    return tn_non_max_suppression(n, boxes, c(n, "f32[1,1,3] = {0.8, 0.9, 0.7}"), tn_scalar(n, TN_I64, 3),
                                  tn_scalar(n, TN_F32, 0.5));
}
static tn_value *non_zero(tn_network *n) { return tn_non_zero(n, c(n, "f32[3] = {1, 0, 2}")); }
static tn_value *normalization(tn_network *n) {
    return tn_layer_normalization(n, c(n, "f32[1,2] = {-3, 3}"), c(n, "f32[2] = {1, 2}"),
                                  c(n, "f32[2] = {5, 5}"), .epsilon = 1e-12);
}
static tn_value *normalization_of_groups(tn_network *n) {
    return tn_group_normalization(n, c(n, "f32[1,2,2] = {-1, 1, -5, 5}"), c(n, "f32[2] = {1, 1}"),
                                  c(n, "f32[2] = {0, 0}"), .num_groups = 2, .epsilon = 1e-12);
}
static tn_value *one_hot(tn_network *n) {
    return tn_one_hot(n, tn_index(n, 1, 0), tn_scalar(n, TN_I64, 2), c(n, "f32[2] = {0, 9}"));
}
static tn_value *padding(tn_network *n) {
    return tn_pad(n, c(n, "f32[3] = {1, 2, 3}"), tn_index(n, 1, 1), .mode = "reflect");
}
static tn_value *parametric_relu(tn_network *n) {
    return tn_prelu(n, c(n, "f32[2,1] = {-1, -1}"), c(n, "f32[2,1] = {0.5, 2}"));
}
static tn_value *plugin(tn_network *n) { // by name, as everything that a plug-in brings
    return tn_layer(n, "com.microsoft.Inverse", tn_list(c(n, "f32[2,2] = {2, 0, 0, 4}")));
}
static tn_value *pooling(tn_network *n) {
    return tn_max_pool(n, c(n, PIXELS), .kernel_shape = tn_ints(2, 2), .strides = tn_ints(2, 2),
                       .ceil_mode = 1);
}
static tn_value *quantize(tn_network *n) { // ties to even; saturated
    return tn_quantize_linear(n, c(n, "f32[3] = {1.25, -0.75, 999}"), tn_scalar(n, TN_F32, 0.5),
                              tn_const(n, NULL, "i8[] = {0}"));
}
static tn_value *ragged_softmax(tn_network *n) { // what lies beyond a row's length counts nothing
    tn_value *row = tn_less(n, c(n, "i64[3] = {0, 1, 2}"), c(n, "i64[2,1] = {1, 2}"));
    tn_value *x = tn_where(n, row, c(n, "f32[2,3] = {7...}"), tn_scalar(n, TN_F32, -1e30));
    return tn_softmax(n, x, .axis = 1);
}
static tn_value *recurrence(tn_network *n) { // a recurrent network that adds up its inputs
    tn_value *h = NULL;
    tn_rnn(n, c(n, "f32[3,1,1] = {1, 2, 3}"), c(n, "f32[1,1,1] = {1}"), c(n, "f32[1,1,1] = {1}"),
           .activations = tn_texts("Relu"), .hidden_size = 1, .out_Y_h = &h);
    return h;
}
static tn_value *reduce(tn_network *n) {
    return tn_reduce_mean(n, c(n, "f32[2,2] = {1, 2, 3, 4}"), tn_index(n, 0), .keepdims = 0);
}
static tn_value *resize(tn_network *n) {
    return tn_resize(n, c(n, "f32[1,1,1,2] = {0, 4}"), NULL, NULL, c(n, "i64[4] = {1, 1, 1, 4}"),
                     .mode = "linear");
}
static tn_value *reverse_sequence(tn_network *n) {
    return tn_reverse_sequence(n, c(n, "f32[3,1] = {1, 2, 3}"), tn_index(n, 2));
}
static tn_value *rotary_embedding(tn_network *n) { // a quarter turn
    return tn_rotary_embedding(n, c(n, "f32[1,1,1,2] = {3, 4}"), c(n, "f32[1,1,1] = {0}"),
                               c(n, "f32[1,1,1] = {1}"));
}
static tn_value *scale(tn_network *n) { // a batch normalisation that has nothing to normalise
    return tn_batch_normalization(n, c(n, "f32[1,2] = {1, 2}"), c(n, "f32[2] = {10, 100}"),
                                  c(n, "f32[2] = {1, 2}"), c(n, "f32[2] = {0, 0}"), c(n, "f32[2] = {1, 1}"),
                                  .epsilon = 1e-12);
}
static tn_value *scatter(tn_network *n) {
    return tn_scatter_elements(n, c(n, "f32[3] = {1, 1, 1}"), tn_index(n, 2, 2), c(n, "f32[2] = {5, 6}"),
                               .reduction = "add");
}
static tn_value *scatter_nd(tn_network *n) {
    return tn_scatter_nd(n, c(n, "f32[2,2] = {0...}"), c(n, "i64[1,1] = {1}"), c(n, "f32[1,2] = {8, 9}"));
}
static tn_value *select_(tn_network *n) {
    return tn_where(n, c(n, "bool[2] = {1, 0}"), c(n, "f32[2] = {1, 2}"), c(n, "f32[2] = {8, 9}"));
}
static tn_value *shape(tn_network *n) { return tn_shape_of(n, c(n, PIXELS), .start = 2); }
static tn_value *shuffle(tn_network *n) {
    tn_value *x = tn_transpose(n, c(n, "f32[2,3] = {1, 2, 3, 4, 5, 6}"), .perm = tn_ints(1, 0));
    return tn_reshape(n, x, tn_index(n, 2, -1));
}
static tn_value *slice(tn_network *n) {
    return tn_slice(n, c(n, "f32[5] = {1, 2, 3, 4, 5}"), tn_index(n, -1), tn_index(n, 0), tn_index(n, 0),
                    tn_index(n, -2));
}
static tn_value *softmax(tn_network *n) { return tn_softmax(n, c(n, "f32[2,2] = {1...}"), .axis = 0); }
static tn_value *squeeze(tn_network *n) { return tn_squeeze(n, c(n, "f32[1,2,1] = {1, 2}"), tn_index(n, 0)); }
static tn_value *topk(tn_network *n) {
    tn_value *where = NULL;
    tn_topk(n, c(n, "f32[4] = {3, 9, 1, 7}"), tn_index(n, 2), .out_Indices = &where);
    return where;
}
static tn_value *unary(tn_network *n) { return tn_ceil(n, c(n, "f32[2] = {1.25, -1.25}")); }
static tn_value *unsqueeze(tn_network *n) {
    return tn_unsqueeze(n, c(n, "f32[2] = {1, 2}"), tn_index(n, 0, 2));
}

static const struct {
    const char *name;
    tn_value *(*make)(tn_network *net);
    const char *want;
} kinds[] = {
    {"activation", activation, "f32[2]{-1, 3}"},
    {"attention", attention, "f32[1,1,1,2]{3, 6}"},
    {"cast", cast, "i32[2]{1, -1}"},
    {"concatenation", concatenation, "f32[1,3]{1, 2, 3}"},
    {"constant", constant, "i32[2]{7, 8}"},
    {"convolution", convolution, "f32[1,1,2,2]{112, 109, 115, 109}"},
    {"cumulative", cumulative, "f32[3]{0, 1, 3}"},
    {"deconvolution", deconvolution, "f32[1,1,1,4]{1, 10, 2, 20}"},
    {"deformable convolution", deformable_convolution,
     "f32[1,1,3,3]{1.5, 2.5, 1.5, 4.5, 5.5, 3, 7.5, 8.5, 4.5}"},
    {"dequantize", dequantize, "f32[2,2]{0.5, 1, 4, 6}"},
    {"dynamic quantize", dynamic_quantize, "f32[3]{0, 128, 255}"},
    {"einsum", einsum, "f32[2,2]{1, 3, 3, 7}"},
    {"elementwise", elementwise, "f32[2,2]{2, 4, 3, 9}"},
    {"fill", fill, "i64[3]{1, 3, 5}"},
    {"fill with random numbers", fill_random, "f32[]{2}"},
    {"gather", gather, "f32[2,2]{3, 1, 6, 4}"},
    {"gather nd", gather_nd, "f32[2]{2, 3}"},
    {"gather elements", gather_elements, "f32[2,1]{2, 3}"},
    {"grid sample", grid_sample, "f32[1,1,1,2]{5, 5.5}"},
    {"identity", identity, "f32[1]{5}"},
    {"if", if_conditional, "f32[1]{-3}"},
    {"kv cache update", kv_cache_update, "f32[1,4,1]{1, 2, 3, 0}"},
    {"loop", loop, "f32[4]{1, 2, 4, 8}"},
    {"loop over slices", loop_over_slices, "f32[3]{1, 3, 6}"},
    {"lrn", lrn, "f32[1,2,1,1]{0.3, 0.235294}"},
    {"matrix multiply", matrix_multiply, "f32[1,2]{7, 10}"},
    {"nms", nms, "i64[2,3]{0, 0, 1, 0, 0, 2}"},
    {"non-zero", non_zero, "i64[1,2]{0, 2}"},
    {"normalization", normalization, "f32[1,2]{4, 7}"},
    {"normalization of groups", normalization_of_groups, "f32[1,2,2]{-1, 1, -1, 1}"},
    {"one-hot", one_hot, "f32[2,2]{0, 9, 9, 0}"},
    {"padding", padding, "f32[5]{2, 1, 2, 3, 2}"},
    {"parametric relu", parametric_relu, "f32[2,1]{-0.5, -2}"},
    {"plug-in", plugin, "f32[2,2]{0.5, 0, 0, 0.25}"},
    {"pooling", pooling, "f32[1,1,2,2]{5, 6, 8, 9}"},
    {"quantize", quantize, "i8[3]{2, -2, 127}"},
    {"ragged softmax", ragged_softmax, "f32[2,3]{1, 0, 0, 0.5, 0.5, 0}"},
    {"recurrence", recurrence, "f32[1,1,1]{6}"},
    {"reduce", reduce, "f32[2]{2, 3}"},
    {"resize", resize, "f32[1,1,1,4]{0, 1, 3, 4}"},
    {"reverse sequence", reverse_sequence, "f32[3,1]{2, 1, 3}"},
    {"rotary embedding", rotary_embedding, "f32[1,1,1,2]{-4, 3}"},
    {"scale", scale, "f32[1,2]{11, 202}"},
    {"scatter", scatter, "f32[3]{1, 1, 12}"},
    {"scatter nd", scatter_nd, "f32[2,2]{0, 0, 8, 9}"},
    {"select", select_, "f32[2]{1, 9}"},
    {"shape", shape, "i64[2]{3, 3}"},
    {"shuffle", shuffle, "f32[2,3]{1, 4, 2, 5, 3, 6}"},
    {"slice", slice, "f32[2]{5, 3}"},
    {"softmax", softmax, "f32[2,2]{0.5, 0.5, 0.5, 0.5}"},
    {"squeeze", squeeze, "f32[2,1]{1, 2}"},
    {"topk", topk, "i64[2]{1, 3}"},
    {"unary", unary, "f32[2]{2, -1}"},
    {"unsqueeze", unsqueeze, "f32[1,2,1]{1, 2}"},
};

// What a layer makes has a type at once, and is what a run then gives; anything can be an output.
static size_t at; // of the table
static void the_kind(void) {
    tn_env *env = NULL;
    tn_diags *diags = NULL;
    tn_network *net = NULL;
    tn_graph *g = NULL;
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env) || tn_network_new(&net, env, "g", diags)) return;
    evaluate_text = (tni_text){.env = env};
    tn_value *y = kinds[at].make(net);
    int rank = tn_value_rank(y);
    tn_output(net, y, "y");
    CHECK(y && rank >= 0);
    if (tn_network_finish(net, &g) != TN_OK)
        CHECK_TEXT(evaluate_problem(diags), kinds[at].want);
    else
        CHECK_TEXT(evaluate_graph(g, env, diags), kinds[at].want);
    tni_text_free(&evaluate_text);
    tn_graph_free(g);
    tn_network_free(net);
    tn_diags_free(diags);
    CHECK(tn_env_bytes(env) == 0);
    tn_env_free(env);
}

int main(void) {
    for (at = 0; at < sizeof kinds / sizeof *kinds; at++) check_run(kinds[at].name, the_kind);
    return DONE();
}
