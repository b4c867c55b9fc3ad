// SPDX-License-Identifier: Apache-2.0
// import_model.h - ONNX models made by hand and imported, one at a time: the graph that comes of it, its
// text, and what was said.
#ifndef TN_TEST_IMPORT_MODEL_H
#define TN_TEST_IMPORT_MODEL_H

#include "check.h"
#include "onnx_writer.h"

#include "import/import.h"
#include "ir/text.h"

static tn_env *env;
static tn_diags *diags;
static tn_graph *graph;
static bytes file;
static char text[8192];

// ---- loading

static void forget(void) {
    tn_graph_free(graph);
    graph = NULL;
    free(file.data);
    file = (bytes){0};
    tn_diags_clear(diags);
}

// Loads `b`, which is kept until the next one.
static inline tn_status load(bytes b) {
    forget();
    file = b;
    return tni_import_memory(&graph, env, b.data, b.size, "m", NULL, NULL, diags);
}

static inline const char *print(void) {
    tni_text t = {.env = env};
    snprintf(text, sizeof text, "%s", "(none)");
    if (graph) tni_graph_print(&t, graph, false);
    if (t.data) snprintf(text, sizeof text, "%s", t.data);
    tni_text_free(&t);
    return text;
}

static inline const char *complaints(void) {
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < tn_diags_count(diags) && n < sizeof text - 600; i++) {
        n += tn_diags_format(diags, i, text + n, sizeof text - n);
        n += (size_t)snprintf(text + n, sizeof text - n, "\n");
    }
    return text;
}

static inline size_t count(tn_severity severity) {
    size_t n = 0;
    for (size_t i = 0; i < tn_diags_count(diags); i++) n += tn_diags_get(diags, i)->severity == severity;
    return n;
}

// ---- graphs

static inline void add(bytes *graph_, bytes node_) { put_message(graph_, 1, node_); }
static inline void input(bytes *g, const char *name, const char *dims) {
    put_message(g, 11, value(name, TN_F32, dims));
}
static inline void output(bytes *g, const char *name) { put_message(g, 12, value(name, TN_F32, NULL)); }

static inline bytes with(bytes node_, bytes attr) {
    put_message(&node_, 5, attr);
    return node_;
}

static inline bytes named(bytes node_, const char *name) {
    put_text(&node_, 3, name);
    return node_;
}

// x: f32[N,2] -> nodes -> y.
static inline bytes around(const bytes *nodes, size_t n) {
    bytes g = {0};
    input(&g, "x", "N 2");
    for (size_t i = 0; i < n; i++) add(&g, nodes[i]);
    output(&g, "y");
    return g;
}
#define AROUND(...) around((bytes[]){__VA_ARGS__}, sizeof((bytes[]){__VA_ARGS__}) / sizeof(bytes))

static const float two_floats[] = {0.5f, 2};

static bool import_begin(void) {
    return tn_env_new(&env, &(tn_env_options){.max_bytes = (size_t)1 << 30}) == TN_OK &&
           tn_diags_new(&diags, env) == TN_OK;
}

// The program's status.
static int import_end(void) {
    forget();
    tn_diags_free(diags);
    if (tn_env_bytes(env)) return printf("leaked %zu bytes\n", tn_env_bytes(env)), 1;
    tn_env_free(env);
    return DONE();
}

#endif
