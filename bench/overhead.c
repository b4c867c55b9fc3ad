// SPDX-License-Identifier: Apache-2.0
// overhead.c - what a call costs beside the arithmetic: binds an input of 16 numbers and runs a chain of N
// nodes that a compiler cannot join, for N = 1 and 101, on one thread. Prints the least time of a call with
// one node, and what each further node adds. Both are printed in nanoseconds.
//
//     cc -O2 -Iinclude bench/overhead.c -Lbuild -ltenon -Wl,-rpath,$PWD/build -o build/overhead &&
//     build/overhead
#define _POSIX_C_SOURCE 199309L // clock_gettime
#include <tenon.h>

#include <stdio.h>
#include <time.h>

enum { CALLS = 20000, MOST = 8192 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

// Sigmoid and Neg in turns: no pass joins them.
static void chain(int n, char text[MOST]) {
    int at = snprintf(text, MOST, "graph \"chain\" {\n  in %%v0: f32[16]\n");
    for (int i = 0; i < n; i++)
        at += snprintf(text + at, (size_t)(MOST - at), "  %%v%d = %s(%%v%d)\n", i + 1,
                       i % 2 ? "Neg" : "Sigmoid", i);
    snprintf(text + at, (size_t)(MOST - at), "  out %%v%d\n}\n", n);
}

// The least time of a call; below 0: it failed.
static double measure(tn_env *env, int n, tn_diags *diags) {
    char text[MOST];
    float data[16] = {0.5f};
    double best = -1;
    tn_graph *graph = NULL;
    tn_plan *plan = NULL;
    tn_context *context = NULL;
    tn_tensor *x = NULL;
    tn_context_options one = {.threads = 1};
    chain(n, text);
    tn_status s = tn_graph_parse(&graph, env, text, "chain", diags);
    if (!s) s = tn_plan_build(&plan, graph, NULL, diags);
    if (!s) s = tn_context_new(&context, plan, &one, diags);
    if (!s) s = tn_tensor_wrap(&x, env, TN_F32, 1, (int64_t[]){16}, data);
    for (int i = 0; i < CALLS && !s; i += 10) { // ten calls a reading: the clock costs as much as one
        double begin = now();
        for (int k = 0; k < 10 && !s; k++) {
            s = tn_context_set_input(context, 0, x, diags);
            if (!s) s = tn_context_run(context, diags);
        }
        double took = (now() - begin) / 10;
        if (!s && (best < 0 || took < best)) best = took;
    }
    tn_context_free(context);
    tn_tensor_free(x);
    tn_plan_free(plan);
    tn_graph_free(graph);
    return s ? -1 : best;
}

int main(void) {
    tn_env *env;
    tn_diags *diags;
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    double one = measure(env, 1, diags), many = measure(env, 101, diags);
    printf("a call with one node %.0f ns, each further node %.0f ns\n", one, (many - one) / 100);
    tn_diags_free(diags);
    tn_env_free(env);
    return one < 0 || many < 0;
}
