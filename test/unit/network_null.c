// SPDX-License-Identifier: Apache-2.0
// network_null.c - every function of tenon/network.h, of weights and the blocks of tenon/nn.h with arguments
// that are not there or make no sense: each is told in words or does nothing, none crashes.
#include "check.h"
#include "tenon/nn.h"

#include <string.h>

static tn_env *env;
static tn_diags *diags;
static const char *volatile nothing; // NULL, which the compiler is not to see

static tn_value *image(tn_network *net) { return tn_input(net, "x", "f32[N,3,8,8]"); }

// A call on a fresh network, or with NULL for it; what the network says then.
typedef struct bad_call {
    const char *says; // part of a message
    void (*call)(tn_network *net);
} bad_call;
#define CALL(name, code) \
    static void name(tn_network *net) { (void)(code); }
#define VOID(name, code) \
    static void name(tn_network *net) { code; }

CALL(input_name, tn_input(net, NULL, "f32[2]"))
CALL(input_type, tn_input(net, "x", NULL))
CALL(input_nonsense, tn_input(net, "x", "f32[2"))
CALL(output_value, tn_output(net, NULL, NULL))
VOID(size_name, tn_open_size(net, NULL, 1, 1, 1))
VOID(state_input, tn_state(net, NULL, "t", NULL))
VOID(state_output, tn_state(net, "s", NULL, NULL))
VOID(state_nobody, tn_state(net, "s", "t", NULL))
CALL(const_text, tn_const(net, NULL, NULL))
CALL(const_nonsense, tn_const(net, NULL, "f32[2] = {"))
CALL(literal_text, tn_literal(net, NULL))
CALL(data_dims, tn_const_data(net, NULL, TN_F32, 1, NULL, ""))
CALL(data_rank, tn_const_data(net, NULL, TN_F32, 99, (const int64_t[]){1}, ""))
CALL(data_size, tn_const_data(net, NULL, TN_F32, 1, (const int64_t[]){-1}, ""))
CALL(data_type, tn_const_data(net, NULL, TN_DTYPE_COUNT, 0, NULL, ""))
CALL(data_none, tn_const_data(net, NULL, TN_F32, 0, NULL, NULL))
CALL(vector_none, tn_vector(net, 2, NULL))
CALL(scalar_type, tn_scalar(net, TN_UNDEFINED, 0))
CALL(scalar_text, tn_scalar(net, TN_STRING, 0))
CALL(sizes_text, tn_sizes(net, NULL))
VOID(scope_name, tn_scope_push(net, "%s", nothing))
VOID(scope_pop, tn_scope_pop(net))
VOID(fail_message, tn_network_fail(net, "%s", "my own"))
CALL(weight_name, tn_weight(net, NULL, NULL))
CALL(weight_nobody, tn_weight(net, "w", NULL))
CALL(weight_type, tn_weight(net, "w", "f32["))
CALL(weight_dims, tn_weight_f32(net, "w", 2, NULL))
CALL(weight_rank, tn_weight_f32(net, "w", -1, NULL))
CALL(weight_f32_name, tn_weight_f32(net, NULL, 0, NULL))
CALL(has_weight, tn_has_weight(net, NULL))
CALL(body_attribute, tn_body(net, NULL, NULL))
CALL(layer_op, tn_layer(net, NULL))
CALL(layer_unknown, tn_layer(net, "com.example.Nobody", tn_list(NULL)))
CALL(layer_nothing, tn_layer(net, "Conv"))
CALL(layer_input, tn_relu(net, NULL))
CALL(layer_attributes, tn_layer(net, "Relu", tn_list(image(net)), "alpha="))
CALL(layer_text,
     tn_ml_label_encoder(net, image(net), .keys_strings = tn_texts(NULL), .values_int64s = tn_ints(1)))
CALL(concat_nothing, tn_concat(net, {0}, .axis = 1))
CALL(call_op, tn_layer_call(NULL, TN_SITE_(""), &(const struct {
                                const char *n;
                                int a;
                                tn_network *net;
                            }){NULL, 0, net}))
VOID(names_path, tn_network_names(net, NULL))
VOID(names_nobody, tn_network_names(net, "no/such/file"))
CALL(conv_name, tn_conv2d(net, image(net), NULL, 4))
CALL(conv_value, tn_conv2d(net, NULL, "conv", 4))
CALL(linear_value, tn_linear(net, NULL, "fc", 4))
CALL(linear_name, tn_linear(net, image(net), NULL))
CALL(linear_weight, tn_linear(net, image(net), "fc"))
CALL(norm_name, tn_batch_norm(net, image(net), NULL))
CALL(layer_norm_value, tn_layer_norm(net, NULL, "norm"))
CALL(embedding_name, tn_embedding(net, image(net), NULL, 2, 2))
CALL(prelu_name, tn_channel_prelu(net, image(net), NULL))
CALL(activation_name, tn_activation(net, image(net), "nobody"))
CALL(pool_value, tn_max_pool2d(net, NULL, 2))
CALL(interpolate_value, tn_interpolate(net, NULL))
CALL(narrow_value, tn_narrow(net, NULL, 0, 0, 1))
CALL(conv_bn_name, tn_conv_bn_act(net, image(net), NULL, NULL, 4))
CALL(basic_name, tn_basic_block(net, image(net), NULL, 4))
CALL(bottleneck_name, tn_bottleneck(net, image(net), NULL, 4))
CALL(squeeze_name, tn_squeeze_excitation(net, image(net), NULL, 4))
CALL(c2f_name, tn_c2f(net, image(net), NULL, 4))
CALL(sppf_name, tn_sppf(net, image(net), NULL, 4))
CALL(attention_name, tn_multi_head_attention(net, image(net), NULL, 2, NULL))
CALL(attend_value, tn_attend(net, NULL, NULL, NULL, 2, NULL))
CALL(transformer_name, tn_transformer_encoder_layer(net, image(net), NULL))

// clang-format off
#define ROW(name, says) {says, name}
static const bad_call calls[] = {
    ROW(input_name, "an input has no name: NULL was given"), ROW(input_type, "an input has no type"),
    ROW(input_nonsense, "f32[2"), ROW(output_value, "is no value"), ROW(size_name, "an open size has no name"),
    ROW(state_input, "state has no input"), ROW(state_output, "state has no output"), ROW(state_nobody, "cannot be state"),
    ROW(const_text, "a constant has no text"), ROW(const_nonsense, "a constant cannot be read"), ROW(literal_text, "a tensor has no text"),
    ROW(data_dims, "has no size"), ROW(data_rank, "has no size"), ROW(data_size, "has no size"),
    ROW(data_type, "is no element type"), ROW(data_none, "a constant has no data"), ROW(vector_none, "a constant has no data"),
    ROW(scalar_type, "0 is no element type"), ROW(scalar_text, "a scalar is a number"), ROW(sizes_text, "sizes have no text"), ROW(scope_name, "has no name"),
    ROW(scope_pop, "without a tn_scope_push"), ROW(fail_message, "my own"), ROW(weight_name, "a weight has no name"),
    ROW(weight_nobody, "there is no weight 'w'"), ROW(weight_type, "no type that can be read"),
    ROW(weight_dims, "a weight has no dimensions"), ROW(weight_rank, "cannot have rank -1"),
    ROW(weight_f32_name, "a weight has no name"), ROW(has_weight, "a weight has no name"),
    ROW(body_attribute, "a body has no attribute"), ROW(layer_op, "there is no operator ''"),
    ROW(layer_unknown, "com.example.Nobody"), ROW(layer_nothing, "Conv"), ROW(layer_input, "Relu"),
    ROW(layer_attributes, "attribute"), ROW(layer_text, "a text of an attribute is none"), ROW(concat_nothing, "Concat"),
    ROW(call_op, "no operator ''"), ROW(names_path, "a list of names has no path"), ROW(names_nobody, "no/such/file"),
    ROW(conv_name, "has no name"), ROW(conv_value, "conv.weight"), ROW(linear_value, "fc.weight"), ROW(linear_name, "has no name"),
    ROW(linear_weight, "fc.weight"), ROW(norm_name, "has no name"), ROW(layer_norm_value, "norm.weight"),
    ROW(embedding_name, "has no name"), ROW(prelu_name, "has no name"), ROW(activation_name, "nobody"),
    ROW(pool_value, "MaxPool"), ROW(interpolate_value, "Resize"), ROW(narrow_value, "Slice"),
    ROW(conv_bn_name, "has no name"), ROW(basic_name, "has no name"), ROW(bottleneck_name, "has no name"),
    ROW(squeeze_name, "has no name"), ROW(c2f_name, "has no name"), ROW(sppf_name, "has no name"),
    ROW(attention_name, "has no name"), ROW(attend_value, "2 heads do not divide"), ROW(transformer_name, "has no name"),
};
// clang-format on

static bool is_told(const char *says) {
    char text[1024];
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        if (strstr(text, says)) return true;
    }
    return false;
}

static void every_call_is_told(void) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        tn_network *net = NULL;
        tn_graph *g = NULL;
        tn_diags_clear(diags);
        CHECK(tn_network_new(&net, env, NULL, diags) == TN_OK);
        calls[i].call(net);
        bool told = tn_network_status(net) != TN_OK && is_told(calls[i].says);
        if (!told) fprintf(stderr, "row %zu: '%s' was not told\n", i, calls[i].says);
        CHECK(told);
        CHECK(tn_network_finish(net, &g) != TN_OK && !g);
        calls[i].call(net); // nothing more is said or done
        tn_network_free(net);
        calls[i].call(NULL);
    }
}

static void networks_that_are_not_there(void) {
    tn_network *net = NULL;
    tn_graph *g = NULL;
    CHECK(tn_network_new(NULL, env, "g", diags) == TN_INVALID);
    CHECK(tn_network_new(&net, NULL, "g", diags) == TN_INVALID && !net);
    CHECK(tn_network_status(NULL) == TN_INVALID && tn_network_finish(NULL, &g) == TN_INVALID);
    tn_network_free(NULL);
    tn_network_weights(NULL, NULL);
    tn_network_find_weights(NULL, NULL, NULL);
    tn_network_random(NULL, 1);
    tn_site_push(NULL, NULL, 0);
    tn_site_pop(NULL);
    CHECK_TEXT(tn_scope(NULL), "");
    CHECK_TEXT(tn_path(NULL, "%d", 1), "");
    CHECK_TEXT(tn_value_name(NULL), "");
    CHECK_TEXT(tn_value_type(NULL, NULL), "");
    CHECK(tn_value_dtype(NULL) == TN_UNDEFINED && tn_value_rank(NULL) == -1 && tn_value_dim(NULL, 0) == -1);
    CHECK(tn_network_new(&net, env, "g", NULL) == TN_OK); // diagnostics are nobody's
    tn_input(net, NULL, NULL);
    CHECK(tn_network_status(net) == TN_INVALID);
    tn_network_free(net);
    CHECK(tn_network_new(&net, env, "g", diags) == TN_OK);
    tn_output(net, tn_input(net, "x", "f32[2]"), "y");
    CHECK(tn_network_finish(net, NULL) == TN_INVALID);
    tn_network_free(net);
}

static void weights_and_source_that_are_not_there(void) {
    tn_weights *w = NULL;
    tn_graph *g = NULL;
    const tn_tensor *t = NULL;
    CHECK(tn_weights_open(&w, env, NULL, diags) == TN_INVALID &&
          tn_weights_open(NULL, env, "x", diags) == TN_INVALID);
    CHECK(tn_weights_new(NULL, env) == TN_INVALID && tn_weights_new(&w, NULL) == TN_INVALID && !w);
    tn_weights_free(NULL);
    CHECK(!tn_weights_count(NULL) && !tn_weights_get(NULL, 0) && !tn_weights_find(NULL, "x"));
    CHECK_TEXT(tn_weights_format(NULL), "");
    CHECK(tn_weights_new(&w, env) == TN_OK);
    CHECK(!tn_weights_get(w, 0) && !tn_weights_find(w, NULL));
    CHECK(tn_weights_add(w, NULL, NULL) == TN_INVALID && tn_weights_add(w, "x", NULL) == TN_INVALID);
    CHECK(tn_weights_tensor(w, NULL, &t, diags) == TN_INVALID &&
          tn_weights_tensor(w, "x", NULL, diags) == TN_INVALID);
    CHECK(tn_weights_tensor(NULL, "x", &t, diags) == TN_INVALID && !t);
    CHECK(tn_weights_save(w, NULL, diags) == TN_INVALID &&
          tn_weights_save(NULL, "x.npz", diags) == TN_INVALID);
    tn_weights_free(w);
    CHECK(tn_graph_codegen(NULL, "x", NULL, diags) == TN_INVALID);
    CHECK(tn_plan_model(NULL, &g, diags) == TN_INVALID && tn_plan_optimized(NULL, &g, diags) == TN_INVALID &&
          !g);
    CHECK(tn_graph_optimize_for(NULL, NULL, diags) == TN_INVALID);
}

int main(void) {
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    RUN(every_call_is_told);
    RUN(networks_that_are_not_there);
    RUN(weights_and_source_that_are_not_there);
    tn_diags_free(diags);
    CHECK(tn_env_bytes(env) == 0);
    tn_env_free(env);
    return DONE();
}
