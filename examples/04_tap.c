// SPDX-License-Identifier: Apache-2.0
// 04_tap.c - looks inside a network while it runs: any tensor by the name it has in the model, also one that
// fusion removed. The plan stays the same, so the outputs do too.
#include <tenon.h>

#include <float.h>
#include <stdio.h>

static void print_statistics(const char *name, const tn_tensor *t) {
    double least = DBL_MAX, most = -DBL_MAX, sum = 0, zeros = 0;
    int64_t count = tn_tensor_count(t);
    for (int64_t i = 0; i < count; i++) {
        double v = tn_tensor_get(t, i);
        least = v < least ? v : least;
        most = v > most ? v : most;
        sum += v;
        zeros += v == 0;
    }
    printf("%-12s min %8.3f  mean %8.3f  max %8.3f  zeros %5.1f %%\n", name, least, sum / (double)count, most,
           100 * zeros / (double)count);
}

int main(int argc, char **argv) {
    const char *usual[] = {"conv2d", "relu", "relu_1", "max_pool2d", "add_50"};
    tn_env *env;
    tn_graph *graph;
    tn_plan *plan;
    tn_context *context;
    tn_tensor *images;
    if (tn_env_new(&env, NULL) || tn_graph_load(&graph, env, "examples/digits/digits.onnx", NULL, NULL) ||
        tn_plan_build(&plan, graph, NULL, NULL) || tn_context_new(&context, plan, NULL, NULL) ||
        tn_tensor_load(&images, env, "examples/digits/test_images.npy", NULL, NULL))
        return fprintf(stderr, "run me in the project's root\n"), 1;
    size_t count = argc > 1 ? (size_t)argc - 1 : sizeof usual / sizeof *usual;
    bool bad = false;
    for (size_t i = 0; i < count; i++) {
        const char *name = argc > 1 ? argv[i + 1] : usual[i];
        if (tn_context_tap(context, name, NULL)) bad = true, fprintf(stderr, "no tensor %s\n", name);
    }
    bad |= tn_context_set_input(context, 0, images, NULL) || tn_context_run(context, NULL);
    for (size_t i = 0; i < tn_context_tap_count(context) && !bad; i++)
        print_statistics(tn_context_tap_name(context, i), tn_context_tap_value(context, i));
    tn_context_free(context);
    tn_tensor_free(images);
    tn_plan_free(plan);
    tn_graph_free(graph);
    tn_env_free(env);
    return bad;
}
