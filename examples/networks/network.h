// SPDX-License-Identifier: Apache-2.0
// network.h - what the programs of this folder share: building the network, running it once, and comparing
// what comes out with what PyTorch computed (scripts/make_networks.py) for the same made-up weights.
//
//     example_resnet50                      checks itself
//     example_resnet50 ENGINE               the same, and keeps the engine
//     example_resnet50 ENGINE CHECKPOINT    builds the engine in its full size, from a .pth or .safetensors
#ifndef NETWORK_H
#define NETWORK_H

#include <tenon/nn.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2, MADE_UP_SEED = 1, SAMPLES = 64 };

typedef struct network {
    const char *name;
    void (*build)(tn_network *net); // small enough for the check
    void (*full)(tn_network *net);  // in its real size; NULL: it has one size
    struct {
        const char *dim;
        int64_t size;
    } sizes[4];         // what open dimensions become in the check; those not named are BATCH
    int64_t vocabulary; // integer inputs are below this
} network;

// ---- inputs, by the same formula as in scripts/make_networks.py

static inline int64_t open_size(const network *n, const char *dim) {
    for (int i = 0; i < 4 && n->sizes[i].dim; i++)
        if (dim && !strcmp(n->sizes[i].dim, dim)) return n->sizes[i].size;
    return BATCH;
}

static inline tn_status make_input(tn_tensor **t, tn_env *env, const network *n, const tn_io *io) {
    int64_t dims[TN_MAX_RANK] = {0};
    for (int d = 0; d < io->rank; d++) dims[d] = io->dims[d] >= 0 ? io->dims[d] : open_size(n, io->expr[d]);
    tn_status s = tn_tensor_new(t, env, io->dtype, io->rank, dims);
    for (int64_t i = 0; !s && i < tn_tensor_count(*t); i++) {
        if (io->dtype == TN_F32)
            ((float *)tn_tensor_data(*t))[i] = (float)((i * 7919 + 13) % 1000) / 500.0f - 1.0f;
        else
            ((int64_t *)tn_tensor_data(*t))[i] = (i * 7919 + 13) % n->vocabulary;
    }
    return s;
}

// ---- the comparison: SAMPLES elements of each output, evenly spread

static inline int64_t compare(const tn_tensor *got, const tn_tensor *want, int64_t *at, double *worst) {
    int64_t count = tn_tensor_count(got), n = count < SAMPLES ? count : SAMPLES, failures = 0;
    double largest = 0;
    for (int64_t i = 0; i < n; i++) largest = fmax(largest, fabs(tn_tensor_get(want, *at + i)));
    for (int64_t i = 0; i < n; i++) {
        double is = tn_tensor_get(got, i * count / n), should = tn_tensor_get(want, *at + i);
        *worst = fmax(*worst, fabs(is - should) / largest);
        failures += !(fabs(is - should) <= 1e-4 * largest + 1e-3 * fabs(should));
    }
    *at += n;
    return failures;
}

static inline int check_outputs(tn_env *env, const network *n, tn_context *context, size_t outputs,
                                tn_diags *diags) {
    char path[256];
    tn_tensor *want = NULL;
    int64_t at = 0, failures = 0;
    double worst = 0;
    snprintf(path, sizeof path, "examples/networks/expected/%s.npy", n->name);
    if (tn_tensor_load(&want, env, path, NULL, diags)) return 1;
    for (size_t i = 0; i < outputs; i++)
        failures += compare(tn_context_output(context, i), want, &at, &worst);
    if (at != tn_tensor_count(want)) failures++;
    tn_tensor_free(want);
    printf("%s: %zu outputs, %lld elements, %lld differ from PyTorch's, at most %.2g of the largest\n",
           n->name, outputs, (long long)at, (long long)failures, worst);
    return failures != 0;
}

// ---- one run

static inline int run(tn_env *env, const network *n, const tn_plan *plan, tn_diags *diags) {
    enum { MAX_INPUTS = 64 };
    tn_tensor *input[MAX_INPUTS] = {NULL};
    tn_context *context = NULL;
    size_t inputs = tn_plan_input_count(plan);
    tn_status s = inputs > MAX_INPUTS ? TN_LIMIT : tn_context_new(&context, plan, NULL, diags);
    for (size_t i = 0; !s && i < inputs; i++) {
        s = make_input(&input[i], env, n, tn_plan_input(plan, i));
        if (!s) s = tn_context_set_input(context, i, input[i], diags);
    }
    if (!s) s = tn_context_run(context, diags);
    int failed = s || check_outputs(env, n, context, tn_plan_output_count(plan), diags);
    tn_context_free(context);
    for (size_t i = 0; i < MAX_INPUTS; i++) tn_tensor_free(input[i]);
    return failed;
}

static inline tn_status build_plan(tn_plan **plan, tn_env *env, const network *n, tn_weights *weights,
                                   tn_diags *diags) {
    tn_network *net = NULL;
    tn_graph *graph = NULL;
    tn_status s = tn_network_new(&net, env, n->name, diags);
    if (s) return s;
    if (weights)
        tn_network_weights(net, weights);
    else
        tn_network_random(net, MADE_UP_SEED);
    (weights && n->full ? n->full : n->build)(net);
    s = tn_network_finish(net, &graph);
    tn_network_free(net);
    tn_build_options check = {.no_timing = true, .threads = 1};
    if (!s) s = tn_plan_build(plan, graph, weights ? NULL : &check, diags);
    tn_graph_free(graph);
    return s;
}

static inline int network_main(int argc, char **argv, const network *n) {
    tn_env *env;
    tn_diags *diags;
    tn_plan *plan = NULL;
    tn_weights *weights = NULL;
    char text[1024];
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    tn_status s = argc > 2 ? tn_weights_open(&weights, env, argv[2], diags) : TN_OK;
    if (!s) s = build_plan(&plan, env, n, weights, diags);
    if (!s && argc > 1) s = tn_plan_save(plan, argv[1], diags);
    int failed = s || (!weights && run(env, n, plan, diags));
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    tn_plan_free(plan);
    tn_weights_free(weights);
    tn_diags_free(diags);
    tn_env_free(env);
    return failed;
}

#endif
