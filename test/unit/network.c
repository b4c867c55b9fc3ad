// SPDX-License-Identifier: Apache-2.0
// network.c - networks by hand: what a call makes, what it refuses, and what it is called.
#include "check.h"
#include "tenon/layers.h"

#include <stdlib.h>
#include <string.h>

static tn_env *env;
static tn_diags *diags;

static tn_network *begin(void) {
    tn_network *net = NULL;
    tn_diags_clear(diags);
    CHECK(tn_network_new(&net, env, "g", diags) == TN_OK);
    return net;
}

// The finished network as text, sources left out. Freed with the next call.
static const char *text_of(tn_network *net) {
    static char text[4096];
    tn_graph *g = NULL;
    const char *full = "";
    size_t n = 0;
    if (tn_network_finish(net, &g) == TN_OK) tn_graph_text(g, false, &full);
    for (const char *c = full; *c && n + 1 < sizeof text; c++) {
        if (*c == '@')
            while (c[1] && c[1] != '\n') c++, n -= text[n - 1] == ' ';
        else
            text[n++] = *c;
    }
    text[n] = 0;
    tn_graph_free(g);
    tn_network_free(net);
    return text;
}

// The first diagnostic, as a person reads it.
static const char *first_error(void) {
    static char text[1024];
    text[0] = 0;
    if (tn_diags_count(diags)) tn_diags_format(diags, 0, text, sizeof text);
    return text;
}

static void a_call_is_a_node(void) {
    tn_network *net = begin();
    tn_value *x = tn_input(net, "x", "f32[N,3,8,8]");
    tn_value *w = tn_const(net, "w", "f32[2,3,1,1] = {0.5...}");
    tn_value *y = tn_conv(net, x, w, .strides = tn_ints(2, 2), .pads = tn_ints(0, 0, 1, 1));
    CHECK(tn_value_dim(y, 1) == 2 && tn_value_dim(y, -1) == 5 && tn_value_dim(y, 0) == -1);
    CHECK_TEXT(tn_value_type(net, y), "f32[N,2,5,5]");
    tn_output(net, tn_relu(net, y), "y");
    CHECK_TEXT(text_of(net), "graph \"g\" {\n"
                             "  in %x: f32[N,3,8,8]\n"
                             "  const %w: f32[2,3,1,1] = {0.5...}\n"
                             "  %conv = Conv(%x, %w) {strides=[2,2], pads=[0,0,1,1]} : f32[N,2,5,5]\n"
                             "  %y = Relu(%conv) : f32[N,2,5,5]\n"
                             "  out %y\n"
                             "}\n");
}

static void what_is_given_as_zero_is_given(void) {
    tn_network *net = begin();
    tn_value *x = tn_input(net, "x", "f32[2,3]");
    tn_output(net, tn_softmax(net, x, .axis = 0), "a");
    tn_output(net, tn_softmax(net, x), "b");
    tn_output(net, tn_leaky_relu(net, tn_softmax(net, x, .axis = 1), .alpha = 0.0), "c");
    const char *text = text_of(net);
    CHECK(strstr(text, "%a = Softmax(%x) {axis=0}") && strstr(text, "%b = Softmax(%x) :"));
    CHECK(strstr(text, "%c = LeakyRelu(%softmax_2) {alpha=0.0}"));
}

static void further_outputs_are_asked_for(void) {
    tn_network *net = begin();
    tn_value *x = tn_input(net, "x", "f32[4,6]"), *where = NULL, *parts[3];
    tn_value *best = tn_topk(net, x, tn_index(net, 2), .axis = 1, .out_Indices = &where);
    tn_split(net, x, .axis = 1, .num_outputs = 3, .outs = tn_outs(parts));
    CHECK_TEXT(tn_value_type(net, where), "i64[4,2]");
    CHECK_TEXT(tn_value_type(net, parts[2]), "f32[4,2]");
    tn_output(net, tn_concat(net, tn_list(best, parts[0], parts[2]), .axis = 1), "y");
    CHECK(strstr(text_of(net), "%y = Concat(%topk, %split, %split.2) {axis=1} : f32[4,6]"));
}

static void the_first_failure_stops_all(void) {
    tn_network *net = begin();
    tn_value *x = tn_input(net, "x", "f32[2,3]"), *k = x, *parts[2] = {x, x};
    tn_scope_push(net, "encoder");
    tn_value *bad = tn_matmul(net, x, x, .named = "product");
    int line = __LINE__ - 1;
    tn_scope_pop(net);
    CHECK(!bad && !tn_topk(net, bad, tn_index(net, 1), .out_Indices = &k) && !k);
    CHECK(!tn_split(net, bad, .outs = tn_outs(parts)) && !parts[0] && !parts[1]);
    CHECK(!tn_layer(net, "Relu", tn_list(bad)) && tn_value_rank(bad) == -1);
    CHECK(tn_diags_count(diags) == 1);
    const tn_diag *d = tn_diags_get(diags, 0);
    char source[512];
    snprintf(source, sizeof source, "%s:%d", __FILE__, line);
    CHECK_TEXT(d->node, "encoder.product");
    CHECK_TEXT(d->op, "MatMul");
    CHECK_TEXT(d->source, source);
    tn_graph *g = NULL;
    CHECK(tn_network_finish(net, &g) == TN_INVALID && !g);
    tn_network_free(net);
}

static void scopes_name_layers_and_weights(void) {
    tn_network *net = begin();
    tn_network_random(net, 7);
    tn_value *x = tn_input(net, "x", "f32[1,4]");
    for (int i = 0; i < 2; i++) {
        tn_scope_push(net, "layer%d", i);
        x = tn_gemm(net, x, tn_weight(net, "fc.weight", "f32[4,4]"), .transB = 1, .named = "fc");
        x = tn_relu(net, tn_relu(net, x));
        tn_scope_push(net, "tail.of_it");
        x = tn_add(net, x, tn_weight(net, "../../bias", "f32[4]"));
        x = tn_mul(net, x, tn_weight(net, "../../../scale", "f32[4]"));
        tn_scope_pop(net);
        tn_scope_pop(net);
    }
    x = tn_gemm(net, x, tn_weight(net, "/layer0.fc.weight", NULL)); // tied
    tn_output(net, x, NULL);
    const char *text = text_of(net);
    CHECK(strstr(text, "%layer0.fc = Gemm(%x, %layer0.fc.weight)"));
    CHECK(strstr(text, "%layer1.relu_1 = Relu(%layer1.relu)"));
    CHECK(strstr(text, "%layer1.tail.of_it.add = Add(%layer1.relu_1, %layer1.bias)"));
    CHECK(strstr(text, "%layer1.tail.of_it.mul = Mul(%layer1.tail.of_it.add, %scale)"));
    CHECK(strstr(text, "%gemm = Gemm(%layer1.tail.of_it.mul, %layer0.fc.weight) :"));
}

static void bodies_read_what_is_around(void) {
    tn_network *net = begin();
    tn_value *c = tn_input(net, "c", "bool[]"), *x = tn_input(net, "x", "f32[3]");
    tn_network *yes = tn_body(net, "then_branch", NULL), *no = tn_body(net, "else_branch", NULL);
    tn_output(yes, tn_neg(yes, x), NULL);
    tn_output(no, tn_abs(no, x), NULL);
    tn_output(net, tn_if(net, c, .then_branch = yes, .else_branch = no), "y");
    CHECK(strstr(text_of(net), "%neg = Neg(%x)"));
    net = begin();
    x = tn_input(net, "x", "f32[3]");
    tn_network *body = tn_body(net, "body", NULL), *other = tn_body(net, "body", NULL);
    tn_value *inside = tn_neg(body, x);
    CHECK(!tn_abs(other, inside) && strstr(first_error(), "belongs to another network"));
    tn_network_free(net);
}

static void any_operator_by_name(void) {
    tn_network *net = begin();
    tn_value *x = tn_input(net, "x", "f32[2,4]"), *out[2];
    tn_layer(net, "Split", tn_list(x), "axis=1, num_outputs=2", .outs = tn_outs(out));
    tn_output(net, tn_layer(net, "com.microsoft.Inverse", tn_list(out[1])), "y");
    CHECK(strstr(text_of(net), "%y = com.microsoft.Inverse(%split.1)"));
    net = begin();
    CHECK(!tn_layer(net, "com.example.Nobody", tn_list(tn_input(net, "x", "f32[]"))));
    CHECK(strstr(first_error(), "there is no operator 'com.example.Nobody'"));
    tn_network_free(net);
}

static void what_is_wrong_is_said(void) {
    tn_network *net = begin();
    tn_input(net, "x", "f33[2]");
    CHECK(strstr(first_error(), "f33"));
    tn_network_free(net);
    net = begin();
    tn_weight(net, "fc.weight", "f32[2]");
    CHECK(strstr(first_error(), "there is no weight 'fc.weight'"));
    tn_network_free(net);
    net = begin();
    tn_scope_pop(net);
    CHECK(strstr(first_error(), "without a tn_scope_push"));
    tn_network_free(net);
    net = begin();
    tn_input(net, "x", "f32[2]");
    tn_graph *g = NULL;
    CHECK(tn_network_finish(net, &g) == TN_INVALID && strstr(first_error(), "no outputs"));
    tn_network_free(net);
}

static void sizes_and_state_are_checked(void) {
    static const int64_t bad[][3] = {{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {4, 9, 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tn_network *net = begin();
        tn_input(net, "x", "f32[N]");
        tn_open_size(net, "N", bad[i][0], bad[i][1], bad[i][2]);
        CHECK(strstr(first_error(), "size 'N'") && strstr(first_error(), "is no range"));
        tn_network_free(net);
    }
    tn_network *net = begin();
    tn_input(net, "x", "f32[N]");
    tn_open_size(net, "M", 4, 2, 9);
    CHECK(strstr(first_error(), "size 'M'"));
    tn_network_free(net);
    static const char *const wrong[][4] = {{"f32[2]", "t", "s", "f32[3] = {0...}"}, // another type
                                           {"f32[2]", "nobody", "s", NULL},         // no such output
                                           {"f32[2]", "t", "nobody", NULL},         // no such input
                                           {"f32[N]", "t", "s", NULL}};             // an open size
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        net = begin();
        tn_output(net, tn_relu(net, tn_input(net, "s", wrong[i][0])), "t");
        tn_state(net, wrong[i][2], wrong[i][1], wrong[i][3] ? tn_const(net, "c", wrong[i][3]) : NULL);
        CHECK(strstr(first_error(), "cannot be state"));
        tn_network_free(net);
    }
    net = begin();
    tn_value *x = tn_input(net, "x", "f32[N,2]"), *s = tn_input(net, "s", "f32[2]");
    tn_output(net, tn_add(net, x, s), "y");
    tn_output(net, tn_relu(net, s), "t");
    tn_open_size(net, "N", 4, 2, 9);
    tn_state(net, "s", "t", NULL);
    CHECK(strstr(text_of(net), "  size N = 4, 2 to 9\n  state %s = %t after f32[2] = {0"));
}

static void sizes_of_inputs_are_numbers(void) {
    tn_network *net = begin();
    tn_value *a = tn_input(net, "a", "f32[N,4]"), *x = tn_input(net, "x", "f32[N,H,max(N,1)]");
    tn_value *y = tn_reshape(net, x, tn_sizes(net, "max(N, 1), 2*H, 1"));
    CHECK_TEXT(tn_value_type(net, y), "f32[max(N, 1),2*H,1]");
    tn_output(net, tn_add(net, y, tn_unsqueeze(net, a, tn_index(net, 2))), "y");
    CHECK(strstr(text_of(net),
                 "= tn.Dims(%a, %x) {exprs=[\"max(N, 1)\",\"2*H\",\"1\"], symbols=[\"N\",\"H\"], "
                 "inputs=[0,1], axes=[0,1]}"));
    static const char *const bad[] = {"M", "", "N,,H", "N, 4*", "N)", "N\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        net = begin();
        tn_input(net, "x", "f32[N,H]");
        CHECK(!tn_sizes(net, bad[i]) && tn_network_status(net) == TN_INVALID);
        CHECK(strstr(first_error(), "cannot be read"));
        tn_network_free(net);
    }
}

static bool reads(const char *end) { // as text, behind the outputs
    char text[512];
    tn_graph *g = NULL;
    snprintf(text, sizeof text,
             "graph \"g\" {\n in %%s: f32[2]\n in %%x: f32[N]\n %%t = Relu(%%s)\n out %%t\n %s\n}\n", end);
    tn_diags_clear(diags);
    tn_status status = tn_graph_parse(&g, env, text, "g", diags);
    CHECK(status == TN_OK || tn_diags_count(diags));
    tn_graph_free(g);
    return status == TN_OK;
}

static void sizes_and_state_of_text_are_checked(void) {
    CHECK(reads("size N = 4, 2 to 9") && reads("state %s = %t after f32[2] = {1, 2}"));
    CHECK(!reads("size N = 4, 9 to 2") && !reads("size N = -4, 0 to 0") && !reads("size ) = 4, 2 to 9"));
    CHECK(!reads("size M = 4, 2 to 9") && !reads("size 3 = 4, 2 to 9"));
    CHECK(!reads("state %s = %nobody after f32[2] = {1, 2}") && !reads("state %s = %t after f32[1] = {1}"));
}

static void made_up_weights_are_the_same_everywhere(void) {
    tn_network *net = begin();
    tn_network_random(net, 1);
    tn_output(net, tn_weight(net, "conv.weight", "f32[1,2,1,1]"), NULL);
    tn_output(net, tn_weight(net, "bn.weight", "f32[2]"), NULL);
    tn_output(net, tn_weight(net, "bn.bias", "f32[2]"), NULL);
    const char *text = text_of(net); // scripts/make_networks.py computes the same
    CHECK(strstr(text, "%conv.weight: f32[1,2,1,1] = {-0.715631366, -1.16293561}"));
    CHECK(strstr(text, "%bn.weight: f32[2] = {0.522334218, 1.23216736}"));
    CHECK(strstr(text, "%bn.bias: f32[2] = {-0.0569144972, -0.0233238097}"));
}

int main(void) {
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    RUN(a_call_is_a_node);
    RUN(what_is_given_as_zero_is_given);
    RUN(further_outputs_are_asked_for);
    RUN(the_first_failure_stops_all);
    RUN(scopes_name_layers_and_weights);
    RUN(bodies_read_what_is_around);
    RUN(any_operator_by_name);
    RUN(what_is_wrong_is_said);
    RUN(sizes_and_state_are_checked);
    RUN(sizes_and_state_of_text_are_checked);
    RUN(sizes_of_inputs_are_numbers);
    RUN(made_up_weights_are_the_same_everywhere);
    tn_diags_free(diags);
    CHECK(tn_env_bytes(env) == 0);
    tn_env_free(env);
    return DONE();
}
