// SPDX-License-Identifier: Apache-2.0
// codegen_project.c - the files of a generated project, from the model to a folder that compiles.
#include "export/codegen.h"

#include "base/file.h"
#include "export/weights.h"
#include "net/net.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// ---- shared by the stages

void *cg_alloc(codegen *c, size_t bytes) {
    void *p = tni_arena_zalloc(c->arena, bytes);
    if (!p) c->nomem = true;
    return p;
}

const char *cg_print(codegen *c, const char *format, ...) {
    tni_text t = {.env = c->g->root->env};
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof text) {
        tni_text_add(&t, text, (size_t)n);
    } else if (n >= 0) {
        char *large = tni_arena_alloc(c->arena, (size_t)n + 1);
        va_start(args, format);
        if (large) vsnprintf(large, (size_t)n + 1, format, args);
        va_end(args);
        if (large) return large;
    }
    const char *kept = t.failed || n < 0 ? NULL : tni_arena_text(c->arena, t.data ? t.data : "", t.length);
    tni_text_free(&t);
    if (!kept) c->nomem = true;
    return kept ? kept : "";
}

// ---- files

static const char network_h[] = "// network.h - the network of network.c.\n"
                                "#ifndef NETWORK_H\n#define NETWORK_H\n\n#include <tenon/nn.h>\n\n"
                                "void build(tn_network *net);\n\n#endif\n";

static const char main_c[] =
    "// main.c - builds the network of network.c and saves its engine.\n"
    "// usage: network ENGINE [--threads N] [--timing-cache FILE] [--no-timing]\n"
    "#include \"network.h\"\n"
    "\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "\n"
    "static tn_status make_graph(tn_graph **graph, tn_env *env, tn_weights *weights, tn_diags *diags) {\n"
    "    tn_network *net;\n"
    "    tn_status status = tn_network_new(&net, env, GRAPH_NAME, diags);\n"
    "    if (status) return status;\n"
    "    tn_network_weights(net, weights);\n"
    "    build(net);\n"
    "    tn_network_names(net, \"names.txt\"); // the model's own names; without it the source's\n"
    "    status = tn_network_finish(net, graph);\n"
    "    tn_network_free(net);\n"
    "    return status;\n"
    "}\n"
    "\n"
    "static tn_build_options read_options(int argc, char **argv) {\n"
    "    tn_build_options options = {0};\n"
    "    for (int i = 2; i < argc; i++) {\n"
    "        if (!strcmp(argv[i], \"--no-timing\")) options.no_timing = true;\n"
    "        if (!strcmp(argv[i], \"--threads\") && i + 1 < argc) options.threads = atoi(argv[i + 1]);\n"
    "        if (!strcmp(argv[i], \"--timing-cache\") && i + 1 < argc) options.timing_cache = argv[i + 1];\n"
    "    }\n"
    "    return options;\n"
    "}\n"
    "\n"
    "int main(int argc, char **argv) {\n"
    "    tn_env *env;\n"
    "    tn_diags *diags;\n"
    "    tn_weights *weights = NULL;\n"
    "    tn_graph *graph = NULL;\n"
    "    tn_plan *plan = NULL;\n"
    "    tn_build_options options = read_options(argc, argv);\n"
    "    char text[1024];\n"
    "    if (argc < 2 || tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 2;\n"
    "    tn_status status = tn_weights_open(&weights, env, \"weights.safetensors\", diags);\n"
    "    if (!status) status = make_graph(&graph, env, weights, diags);\n"
    "    if (!status) status = tn_plan_build(&plan, graph, &options, diags);\n"
    "    if (!status) status = tn_plan_save(plan, argv[1], diags);\n"
    "    for (size_t i = 0; i < tn_diags_count(diags); i++) {\n"
    "        tn_diags_format(diags, i, text, sizeof text);\n"
    "        fprintf(stderr, \"%s\\n\", text);\n"
    "    }\n"
    "    tn_plan_free(plan);\n"
    "    tn_graph_free(graph);\n"
    "    tn_weights_free(weights);\n"
    "    tn_diags_free(diags);\n"
    "    tn_env_free(env);\n"
    "    return status != TN_OK;\n"
    "}\n";

static const char makefile[] = "# Needs an installed Tenon (pkg-config tenon).\n"
                               "CFLAGS = -std=c17 -O2 -Wall -Wextra $(shell pkg-config --cflags tenon)\n"
                               "LDLIBS = $(shell pkg-config --libs tenon)\n\n"
                               "network: main.o network.o\n"
                               "main.o network.o: network.h\n\n"
                               "clean:\n\trm -f network *.o\n.PHONY: clean\n";

static const char cmakelists[] = "cmake_minimum_required(VERSION 3.20)\n"
                                 "project(network LANGUAGES C)\n"
                                 "set(CMAKE_C_STANDARD 17)\n"
                                 "find_package(tenon REQUIRED)\n"
                                 "add_executable(network main.c network.c)\n"
                                 "target_link_libraries(network PRIVATE tenon::tenon)\n";

static const char readme[] =
    "\n"
    "    make                    # or cmake -S . -B build && cmake --build build\n"
    "    ./network engine.tne    # builds the engine; tenon run engine.tne runs it\n"
    "\n"
    "- `network.c` makes the network, layer by layer. What is changed there is what runs.\n"
    "- `weights.safetensors` holds its weights, under the names that `network.c` asks for.\n"
    "- `names.txt` has the model's own names for layers and tensors. As long as `network.c` says the same, "
    "the\n"
    "  engine is the model's to the byte (with the same options and timing cache); a layer that is changed "
    "or\n"
    "  new keeps its own name.\n"
    "- To look at a tensor, add `tn_output(net, x, \"mine\");` where it is made.\n";

static tn_status save(codegen *c, const char *folder, const char *name, const char *text, size_t size) {
    tni_save s;
    const char *path = cg_print(c, "%s/%s", folder, name);
    if (c->nomem) return TN_NOMEM;
    TN_TRY(tni_save_begin(&s, c->g->root->env, path, c->diags));
    tni_save_write(&s, text, size);
    return tni_save_end(&s, c->diags);
}

static tn_status save_text(codegen *c, const char *folder, const char *name, tni_text *t) {
    tn_status status = t->failed ? TN_NOMEM : save(c, folder, name, t->data ? t->data : "", t->length);
    tni_text_free(t);
    return status;
}

static tn_status save_weights(codegen *c, const char *folder) {
    tn_weights *weights;
    const char *path = cg_print(c, "%s/weights.safetensors", folder);
    TN_TRY(tn_weights_new(&weights, c->g->root->env));
    tn_status status = c->nomem ? TN_NOMEM : TN_OK;
    for (size_t i = 0; status == TN_OK && i < c->g->root->nvalues; i++)
        if (c->constant[i] && c->constant[i]->key)
            status = tn_weights_add(weights, c->constant[i]->key, c->constant[i]->value->info.constant);
    if (status == TN_OK) status = tn_weights_save(weights, path, c->diags);
    tn_weights_free(weights);
    return status;
}

static tn_status save_source(codegen *c, const char *folder) {
    tni_text t = {.env = c->g->root->env};
    cg_source(c, &t);
    if (c->nomem) t.failed = true;
    return save_text(c, folder, "network.c", &t);
}

static tn_status save_names(codegen *c, const char *folder) {
    tni_text t = {.env = c->g->root->env};
    tn_status status = cg_names(c, &t);
    if (status != TN_OK) t.failed = true;
    return save_text(c, folder, "names.txt", &t);
}

static tn_status save_main(codegen *c, const char *folder) {
    tni_text t = {.env = c->g->root->env};
    const char *at = strstr(main_c, "GRAPH_NAME");
    tni_text_add(&t, main_c, (size_t)(at - main_c));
    tni_text_puts(&t, cg_string(c, c->g->name, strlen(c->g->name)));
    tni_text_puts(&t, at + strlen("GRAPH_NAME"));
    return save_text(c, folder, "main.c", &t);
}

static tn_status save_readme(codegen *c, const char *folder, const char *name) {
    tni_text t = {.env = c->g->root->env};
    tni_text_printf(&t, "# %s\n\nMade by `tenon codegen` from `%s`.\n%s",
                    *c->g->name ? c->g->name : "network", name, readme);
    return save_text(c, folder, "README.md", &t);
}

tn_status cg_project(codegen *c, const char *folder, const char *name) {
    if (mkdir(folder, 0777) && errno != EEXIST)
        return tni_error(c->diags, TN_IO, "cannot make the folder %s: %s", folder, strerror(errno));
    TN_TRY(save_source(c, folder));
    TN_TRY(save_names(c, folder));
    TN_TRY(save_weights(c, folder));
    TN_TRY(save_main(c, folder));
    TN_TRY(save(c, folder, "network.h", network_h, sizeof network_h - 1));
    TN_TRY(save(c, folder, "Makefile", makefile, sizeof makefile - 1));
    TN_TRY(save(c, folder, "CMakeLists.txt", cmakelists, sizeof cmakelists - 1));
    return save_readme(c, folder, name);
}

// ---- the whole way

static tn_status generate(codegen *c, const char *folder, const char *name) {
    TN_TRY(tni_graph_align(c->g));
    TN_TRY(tni_graph_settle(c->g));
    TN_TRY(cg_tree(c));
    TN_TRY(cg_constants(c));
    TN_TRY(cg_functions(c));
    TN_TRY(cg_parameters(c));
    return cg_project(c, folder, name);
}

tn_status tni_codegen(tn_graph *g, const char *folder, tn_diags *diags) {
    tni_arena arena;
    tni_arena_init(&arena, g->root->env);
    codegen c = {.g = g,
                 .arena = &arena,
                 .diags = diags,
                 .keys = {.env = g->root->env},
                 .functions = {.env = g->root->env},
                 .bodies = {.env = g->root->env}};
    tn_status status = generate(&c, folder, g->root->file ? g->root->file : "");
    tni_map_free(&c.keys);
    tni_map_free(&c.functions);
    tni_text_free(&c.bodies);
    tni_arena_free(&arena);
    return status;
}
