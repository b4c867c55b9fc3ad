// SPDX-License-Identifier: Apache-2.0
// 01_hello.c - the three nouns in their shortest form: a graph says what the model says, a plan says what
// will run, a context runs it.
#include <tenon.h>

#include <stdio.h>

static const char *model = "graph \"hello\" {\n"
                           "  in %x: f32[N,3]\n"
                           "  const %w: f32[3,2] = {1, 0, 0, 1, 1, -1}\n"
                           "  %h = MatMul(%x, %w)\n"
                           "  %y = Relu(%h)\n"
                           "  out %y\n"
                           "}\n";

static tn_status hello(tn_env *env, tn_diags *diags) {
    tn_graph *graph = NULL;
    tn_plan *plan = NULL;
    tn_context *context = NULL;
    tn_tensor *x = NULL;
    float data[] = {1, 2, 3, 4, 5, 6}; // [2,3]
    tn_status s = tn_graph_parse(&graph, env, model, "hello", diags);
    if (!s) s = tn_plan_build(&plan, graph, NULL, diags);
    if (!s) s = tn_context_new(&context, plan, NULL, diags);
    if (!s) s = tn_tensor_wrap(&x, env, TN_F32, 2, (int64_t[]){2, 3}, data);
    if (!s) s = tn_context_set_input(context, 0, x, diags);
    if (!s) s = tn_context_run(context, diags);
    if (!s) {
        const tn_tensor *y = tn_context_output(context, 0); // [2,2]
        for (int64_t i = 0; i < tn_tensor_count(y); i++) printf("%g ", tn_tensor_get(y, i));
        printf("\n");
    }
    tn_context_free(context);
    tn_tensor_free(x);
    tn_plan_free(plan);
    tn_graph_free(graph);
    return s;
}

int main(void) {
    tn_env *env;
    tn_diags *diags;
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    tn_status s = hello(env, diags);
    char text[512];
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    tn_diags_free(diags);
    tn_env_free(env);
    return s != TN_OK;
}
