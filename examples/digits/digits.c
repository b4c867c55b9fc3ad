// SPDX-License-Identifier: Apache-2.0
// digits.c - the whole way in one program: a trained model becomes an engine file, the file is loaded again
// as a user's program would, the held-out pictures are classified, accuracy and latency are printed.
// Exits 1 when fewer pictures are right than PyTorch got right with the same weights.
#include <tenon.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REPEATS = 200, CLASSES = 10 };

static tn_env *env;
static tn_diags *diags;

static void need(tn_status status, const char *what) {
    char text[1024];
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    tn_diags_clear(diags);
    if (status == TN_OK) return;
    fprintf(stderr, "%s: %s\n", what, tn_status_text(status));
    exit(1);
}

static tn_tensor *load(const char *folder, const char *name) {
    char path[1024];
    tn_tensor *t;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    need(tn_tensor_load(&t, env, path, NULL, diags), path);
    return t;
}

// model file -> graph -> plan -> engine file
static void build_engine(const char *folder, const char *engine) {
    char path[1024];
    tn_graph *graph;
    tn_plan *plan;
    snprintf(path, sizeof path, "%s/digits.onnx", folder);
    need(tn_graph_load(&graph, env, path, NULL, diags), path);
    size_t nodes = tn_graph_node_count(graph);
    need(tn_plan_build(&plan, graph, NULL, diags), "build");
    printf("built %s: %zu nodes became %zu steps\n", engine, nodes, tn_plan_step_count(plan));
    need(tn_plan_save(plan, engine, diags), engine);
    tn_plan_free(plan);
    tn_graph_free(graph);
}

// How many rows of `logits` [N,10] have their greatest value at the label.
static int64_t count_right(const tn_tensor *logits, const tn_tensor *labels) {
    int64_t right = 0;
    for (int64_t i = 0; i < tn_tensor_dims(logits)[0]; i++) {
        int64_t best = 0;
        for (int64_t c = 1; c < CLASSES; c++)
            if (tn_tensor_get(logits, i * CLASSES + c) > tn_tensor_get(logits, i * CLASSES + best)) best = c;
        right += (double)best == tn_tensor_get(labels, i);
    }
    return right;
}

static double now_us(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Median time of a run with the inputs that are bound.
static double median_us(tn_context *context) {
    static double us[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        double start = now_us();
        need(tn_context_run(context, diags), "run");
        us[i] = now_us() - start;
    }
    qsort(us, REPEATS, sizeof *us, ascending);
    return us[REPEATS / 2];
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : "examples/digits";
    const char *engine = argc > 2 ? argv[2] : "digits.tne";
    need(tn_env_new(&env, NULL), "env");
    need(tn_diags_new(&diags, env), "diags");
    build_engine(folder, engine);

    tn_plan *plan;
    tn_context *context;
    need(tn_plan_load(&plan, env, engine, false, diags), engine);
    need(tn_context_new(&context, plan, NULL, diags), "context");

    tn_tensor *images = load(folder, "test_images.npy"); // [N,1,8,8]
    tn_tensor *labels = load(folder, "test_labels.npy"); // [N]
    tn_tensor *torch = load(folder, "test_logits.npy");  // [N,10], from PyTorch
    int64_t count = tn_tensor_dims(images)[0];
    need(tn_context_set_input(context, 0, images, diags), "images");
    need(tn_context_run(context, diags), "run");
    int64_t right = count_right(tn_context_output(context, 0), labels);
    int64_t wanted = count_right(torch, labels);
    printf("accuracy  %" PRId64 "/%" PRId64 " = %.2f %% (PyTorch: %" PRId64 ")\n", right, count,
           100.0 * (double)right / (double)count, wanted);
    double all = median_us(context);

    tn_tensor *one; // the same engine, now a single picture: shapes are bound at run time
    need(tn_tensor_wrap(&one, env, TN_F32, 4, (int64_t[]){1, 1, 8, 8}, tn_tensor_data(images)), "wrap");
    need(tn_context_set_input(context, 0, one, diags), "image");
    double single = median_us(context);
    printf("latency   %.1f us a picture, %.1f us for all %" PRId64 " at once\n", single, all, count);

    tn_context_free(context);
    tn_tensor_free(one);
    tn_tensor_free(images);
    tn_tensor_free(labels);
    tn_tensor_free(torch);
    tn_plan_free(plan);
    tn_diags_free(diags);
    tn_env_free(env);
    return right < wanted;
}
