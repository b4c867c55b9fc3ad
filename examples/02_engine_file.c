// SPDX-License-Identifier: Apache-2.0
// 02_engine_file.c - build once, run anywhere in the program: one engine file, one plan in memory, a context
// for each thread. All threads must get the same bits.
#include <tenon.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4 };

typedef struct worker {
    tn_env *env;
    const tn_plan *plan;
    tn_tensor *images;
    tn_tensor *logits; // a copy of what this thread got
    tn_status status;
} worker;

static tn_status classify(worker *w, tn_context *context) {
    tn_status s = tn_context_set_input(context, 0, w->images, NULL);
    if (!s) s = tn_context_run(context, NULL);
    if (s) return s;
    const tn_tensor *out = tn_context_output(context, 0);
    s = tn_tensor_new(&w->logits, w->env, tn_tensor_dtype(out), tn_tensor_rank(out), tn_tensor_dims(out));
    if (!s) memcpy(tn_tensor_data(w->logits), tn_tensor_const_data(out), tn_tensor_bytes(out));
    return s;
}

static void *work(void *arg) {
    worker *w = arg;
    tn_context *context = NULL;
    w->status = tn_context_new(&context, w->plan, &(tn_context_options){.threads = 1}, NULL);
    if (!w->status) w->status = classify(w, context);
    tn_context_free(context);
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
    static const char engine[] = "02_engine_file.tne";
    tn_env *env;
    tn_plan *plan;
    tn_tensor *images;
    if (tn_env_new(&env, NULL) || build(env, "examples/digits/digits.onnx", engine) ||
        tn_plan_load(&plan, env, engine, true, NULL) ||
        tn_tensor_load(&images, env, "examples/digits/test_images.npy", NULL, NULL))
        return fprintf(stderr, "run me in the project's root\n"), 1;
    worker workers[THREADS];
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.env = env, .plan = plan, .images = images};
        if (pthread_create(&thread[i], NULL, work, &workers[i])) return 1;
    }
    bool bad = false;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        bad = bad || workers[i].status || !same_bits(workers[0].logits, workers[i].logits);
    }
    printf("%d threads, one plan of %zu bytes: %s\n", THREADS, tn_plan_bytes(plan),
           bad ? "differ" : "same bits");
    for (int i = 0; i < THREADS; i++) tn_tensor_free(workers[i].logits);
    tn_tensor_free(images);
    tn_plan_free(plan);
    tn_env_free(env);
    return bad;
}
