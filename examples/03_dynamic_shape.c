// SPDX-License-Identifier: Apache-2.0
// 03_dynamic_shape.c - dimensions are expressions over names: the program asks the plan what comes out for
// any input, and one context runs several shapes.
#include <tenon.h>

#include <inttypes.h>
#include <stdio.h>

static const char *model = "graph \"pool\" {\n"
                           "  in %x: f32[N,1,H,W]\n"
                           "  %small = MaxPool(%x) {kernel_shape=[2,2], strides=[2,2]}\n"
                           "  %y = Flatten(%small)\n"
                           "  out %y\n"
                           "}\n";

static void print_io(const char *what, const tn_io *io) {
    printf("%s %s: %s[", what, io->name, tn_dtype_text(io->dtype));
    for (int i = 0; i < io->rank; i++) {
        if (io->expr[i])
            printf("%s%s", i ? ", " : "", io->expr[i]);
        else
            printf("%s%" PRId64, i ? ", " : "", io->dims[i]);
    }
    printf("]\n");
}

static tn_status run(tn_env *env, tn_context *context, int64_t n, int64_t h, int64_t w) {
    tn_tensor *x;
    tn_status s = tn_tensor_new(&x, env, TN_F32, 4, (int64_t[]){n, 1, h, w});
    if (s) return s;
    for (int64_t i = 0; i < tn_tensor_count(x); i++) tn_tensor_set(x, i, (double)i);
    s = tn_context_set_input(context, 0, x, NULL);
    if (!s) s = tn_context_run(context, NULL);
    if (!s) {
        const tn_tensor *y = tn_context_output(context, 0);
        printf("[%" PRId64 ",1,%" PRId64 ",%" PRId64 "] -> [%" PRId64 ",%" PRId64 "], last value %g\n", n, h,
               w, tn_tensor_dims(y)[0], tn_tensor_dims(y)[1], tn_tensor_get(y, tn_tensor_count(y) - 1));
    }
    tn_tensor_free(x);
    return s;
}

int main(void) {
    tn_env *env;
    tn_graph *graph;
    tn_plan *plan;
    tn_context *context;
    if (tn_env_new(&env, NULL) || tn_graph_parse(&graph, env, model, "pool", NULL) ||
        tn_plan_build(&plan, graph, NULL, NULL) || tn_context_new(&context, plan, NULL, NULL))
        return 1;
    print_io("in ", tn_plan_input(plan, 0));
    print_io("out", tn_plan_output(plan, 0));
    bool bad = run(env, context, 1, 4, 4) || run(env, context, 3, 8, 6) || run(env, context, 1, 4, 4);
    tn_context_free(context);
    tn_plan_free(plan);
    tn_graph_free(graph);
    tn_env_free(env);
    return bad;
}
