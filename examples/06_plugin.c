// SPDX-License-Identifier: Apache-2.0
// 06_plugin.c - a model with an operator that ONNX lacks, and the plug-in that brings it: compiled from
// examples/plugin/pixel_norm.c to a shared library, loaded into the env before the model is read.
#include <math.h>
#include <tenon.h>

#include <stdio.h>

static int fail(const tn_diags *diags) {
    char text[1024];
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    return 1;
}

// Every pixel's three channels, divided by the gain of each, have the mean square 1.
static double worst_pixel(const tn_tensor *y) {
    double worst = 0;
    for (int64_t p = 0; p < 4; p++) {
        double sum = 0;
        for (int64_t k = 0; k < 3; k++) sum += pow(tn_tensor_get(y, k * 4 + p), 2);
        worst = fmax(worst, fabs(sum / 3 - 1));
    }
    return worst;
}

int main(int argc, char **argv) {
    const char *plugin = argc > 1 ? argv[1] : "pixel_norm.so";
    const char *model = "graph \"norm\" {\n"
                        "  in %x: f32[N,3,H,W]\n"
                        "  const %axes: i64[1] = {1}\n"
                        "  const %epsilon: f32[] = {1e-8}\n"
                        "  %square = Mul(%x, %x)\n"
                        "  %mean = ReduceMean(%square, %axes)\n"
                        "  %shifted = Add(%mean, %epsilon)\n"
                        "  %scale = Sqrt(%shifted)\n"
                        "  %y = Div(%x, %scale) # the plug-in's pass makes PixelNorm of it\n"
                        "  out %y\n"
                        "}\n";
    float pixels[12] = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12}; /* [1,3,2,2] */
    const int64_t dims[] = {1, 3, 2, 2};
    tn_env *env;
    tn_diags *diags;
    tn_graph *graph = NULL;
    tn_plan *plan = NULL;
    tn_context *context = NULL;
    tn_tensor *x = NULL;
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    if (tn_env_plugin(env, plugin, diags) || tn_graph_parse(&graph, env, model, "norm", diags) ||
        tn_plan_build(&plan, graph, NULL, diags) || tn_context_new(&context, plan, NULL, diags) ||
        tn_tensor_wrap(&x, env, TN_F32, 4, dims, pixels) || tn_context_set_input(context, 0, x, diags) ||
        tn_context_run(context, diags))
        return fail(diags);
    double worst = worst_pixel(tn_context_output(context, 0));
    printf("%s: mean squares are 1 to within %.1e; the plan needs plug-in '%s'\n", plugin, worst,
           tn_plan_plugin_get(plan, 0)->name);
    tn_tensor_free(x);
    tn_context_free(context);
    tn_plan_free(plan);
    tn_graph_free(graph);
    tn_diags_free(diags);
    tn_env_free(env); // unloads the plug-in, so it goes last
    return worst > 1e-5;
}
