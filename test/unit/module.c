// SPDX-License-Identifier: Apache-2.0
// module.c - what a module of the network gives, by its path.
#include "check.h"

#include "ir/module.h"

#include <stdlib.h>

static tn_env *env;

// A chain of Relu nodes of these names.
static tn_graph *chain(const char *const *name, size_t n) {
    tn_graph *g;
    tn_type type = {.dtype = TN_F32, .rank = 1, .dim = {tn_k(2)}};
    if (tni_graph_new(&g, env, "g") != TN_OK) abort();
    tni_value *v = tni_value_new(g, "x", &type);
    if (!v || tni_graph_add_input(g, v) != TN_OK) abort();
    for (size_t i = 0; i < n; i++) {
        tni_node *node;
        tni_new_node made = {.op = "Relu", .name = name[i], .nin = 1, .nout = 1, .in = &v, .outs = &name[i]};
        if (tni_node_new(&node, g, &made, NULL) != TN_OK) abort();
        v = node->out[0];
    }
    if (tni_graph_add_output(g, v) != TN_OK) abort();
    return g;
}

static const char *given_by(const tn_graph *g, const char *path) {
    const tni_value *v = tni_module_output(g, path);
    return v ? v->name : "none";
}

static void torchscript_names_tell_the_module(void) {
    static const char *const names[] = {"/conv1/Conv", "/layer3/layer3.0/conv2/Conv", "/layer3/layer3.0/Add",
                                        "/layer3/layer3.1/conv2/Conv", "/layer30/relu/Relu"};
    tn_graph *g = chain(names, sizeof names / sizeof *names);
    CHECK_TEXT(given_by(g, "conv1"), "/conv1/Conv");
    CHECK_TEXT(given_by(g, "layer3.0.conv2"), "/layer3/layer3.0/conv2/Conv");
    CHECK_TEXT(given_by(g, "layer3.0"), "/layer3/layer3.0/Add");
    CHECK_TEXT(given_by(g, "layer3"), "/layer3/layer3.1/conv2/Conv");
    CHECK_TEXT(given_by(g, "layer3.2"), "none");
    CHECK_TEXT(given_by(g, "layer"), "none");
    CHECK_TEXT(given_by(g, ""), "none");
    tn_graph_free(g);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 1;
    RUN(torchscript_names_tell_the_module);
    tn_env_free(env);
    return DONE();
}
