// SPDX-License-Identifier: Apache-2.0
// 02_engine_file.c - build once, run anywhere in the program: one engine file, one plan in memory, a context
// for each thread. All threads must get the same bits.
#include <tenon.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4 };

typedef struct worker {
    const tn_plan *plan;
    const tn_tensor *images;
    tn_context *context; // its output lives as long as the context, or until its next run
    tn_status status;
} worker;

static void *work(void *arg) {
    worker *w = arg;
    tn_status s = tn_context_new(&w->context, w->plan, &(tn_context_options){.threads = 1}, NULL);
    if (!s) s = tn_context_set_input(w->context, 0, w->images, NULL);
    if (!s) s = tn_context_run(w->context, NULL);
    w->status = s;
    return NULL;
}

static bool same_bits(const tn_tensor *a, const tn_tensor *b) {
    return !memcmp(tn_tensor_const_data(a), tn_tensor_const_data(b), tn_tensor_bytes(a));
}

// model -> engine file; the graph and this plan are gone when it returns
static tn_status build(tn_env *env, const char *model, const char *engine) {
    tn_graph *graph = NULL;
    tn_plan *plan = NULL;
    tn_status s = tn_graph_load(&graph, env, model, NULL, NULL);
    if (!s) s = tn_plan_build(&plan, graph, NULL, NULL);
    if (!s) s = tn_plan_save(plan, engine, NULL);
    tn_plan_free(plan);
    tn_graph_free(graph);
    return s;
}

int main(void) {
    const char *engine = "02_engine_file.tne";
    tn_env *env;
    tn_plan *plan;
    tn_tensor *images;
    if (tn_env_new(&env, NULL) || build(env, "examples/digits/digits.onnx", engine) ||
        tn_plan_load(&plan, env, engine, true, NULL) ||
        tn_tensor_load(&images, env, "examples/digits/test_images.npy", NULL, NULL))
        return fprintf(stderr, "run me in the project's root\n"), 1;
    worker w[THREADS];
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++) {
        w[i] = (worker){.plan = plan, .images = images};
        if (pthread_create(&thread[i], NULL, work, &w[i])) return 1;
    }
    bool bad = false;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        bad = bad || w[i].status ||
              !same_bits(tn_context_output(w[0].context, 0), tn_context_output(w[i].context, 0));
    }
    printf("%d threads, one plan of %zu bytes: %s\n", THREADS, tn_plan_bytes(plan),
           bad ? "differ" : "same bits");
    for (int i = 0; i < THREADS; i++) tn_context_free(w[i].context);
    tn_tensor_free(images);
    tn_plan_free(plan);
    tn_env_free(env);
    return bad;
}
