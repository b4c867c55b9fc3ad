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

void *tni_cg_alloc(codegen *c, size_t bytes) {
    void *p = tni_arena_zalloc(c->arena, bytes);
    if (!p) c->nomem = true;
    return p;
}

const char *tni_cg_print(codegen *c, const char *format, ...) {
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

static tn_status save(codegen *c, const char *folder, const char *name, const char *text, size_t size) {
    tni_save s;
    const char *path = tni_cg_print(c, "%s/%s", folder, name);
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

static tn_status add_weights(codegen *c, tn_weights *weights) {
    for (size_t i = 0; i < c->g->root->nvalues; i++)
        for (const tni_cg_constant *k = c->constant[i]; k; k = k->next)
            if (k->key) TN_TRY(tn_weights_add(weights, k->key, k->value->info.constant));
    return TN_OK;
}

static tn_status save_weights(codegen *c, const char *folder) {
    tn_weights *weights;
    const char *path = tni_cg_print(c, "%s/weights.safetensors", folder);
    TN_TRY(tn_weights_new(&weights, c->g->root->env));
    tn_status status = c->nomem ? TN_NOMEM : add_weights(c, weights);
    if (status == TN_OK) status = tn_weights_save(weights, path, c->diags);
    tn_weights_free(weights);
    return status;
}

static tn_status save_source(codegen *c, const char *folder) {
    tni_text t = {.env = c->g->root->env};
    tni_cg_source(c, &t);
    if (c->nomem) t.failed = true;
    return save_text(c, folder, c->python ? "network.py" : "network.c", &t);
}

static tn_status save_names(codegen *c, const char *folder) {
    tni_text t = {.env = c->g->root->env};
    tn_status status = tni_cg_names(c, &t);
    if (status != TN_OK) t.failed = true;
    return save_text(c, folder, "names.txt", &t);
}

// A file that is the same for every model, but for its GRAPH_NAME.
static tn_status save_file(codegen *c, const char *folder, const char *const file[2]) {
    tni_text t = {.env = c->g->root->env};
    const char *at = strstr(file[1], "GRAPH_NAME");
    if (!at) return save(c, folder, file[0], file[1], strlen(file[1]));
    tni_text_add(&t, file[1], (size_t)(at - file[1]));
    tni_text_puts(&t, tni_cg_string(c, c->g->name, strlen(c->g->name)));
    tni_text_puts(&t, at + strlen("GRAPH_NAME"));
    return save_text(c, folder, file[0], &t);
}

static tn_status save_readme(codegen *c, const char *folder, const char *name) {
    tni_text t = {.env = c->g->root->env};
    tni_text_printf(&t, "# %s\n\nMade by `tenon codegen` from `%s`.\n\n%s",
                    *c->g->name ? c->g->name : "network", name,
                    c->python ? tni_cg_python_readme : tni_cg_c_readme);
    return save_text(c, folder, "README.md", &t);
}

tn_status tni_cg_project(codegen *c, const char *folder, const char *name) {
    if (mkdir(folder, 0777) && errno != EEXIST)
        return tni_error(c->diags, TN_IO, "cannot make the folder %s: %s", folder, strerror(errno));
    TN_TRY(save_source(c, folder));
    TN_TRY(save_names(c, folder));
    TN_TRY(save_weights(c, folder));
    for (const char *const(*file)[2] = c->python ? tni_cg_python_files : tni_cg_c_files; (*file)[0]; file++)
        TN_TRY(save_file(c, folder, *file));
    return save_readme(c, folder, name);
}

// ---- the whole way

static tn_status generate(codegen *c, const char *folder, const char *name) {
    TN_TRY(tni_graph_align(c->g));
    TN_TRY(tni_graph_settle(c->g));
    TN_TRY(tni_cg_presets(c));
    TN_TRY(tni_cg_order(c));
    TN_TRY(tni_cg_tree(c));
    TN_TRY(tni_cg_constants(c));
    TN_TRY(tni_cg_functions(c));
    TN_TRY(tni_cg_parameters(c));
    return tni_cg_project(c, folder, name);
}

tn_status tni_codegen(tn_graph *g, const char *folder, const char *language, tn_diags *diags) {
    bool python = language && !strcmp(language, "python");
    if (language && !python && strcmp(language, "c") != 0)
        return tni_error(diags, TN_INVALID, "source is written in c or python, not in '%s'", language);
    tni_arena arena;
    tni_arena_init(&arena, g->root->env);
    codegen c = {.g = g,
                 .arena = &arena,
                 .diags = diags,
                 .python = python,
                 .keys = {.env = g->root->env},
                 .functions = {.env = g->root->env},
                 .known_bodies = {.env = g->root->env},
                 .bodies = {.env = g->root->env}};
    tn_status status = generate(&c, folder, g->root->file ? g->root->file : "");
    tni_map_free(&c.keys);
    tni_map_free(&c.functions);
    tni_map_free(&c.known_bodies);
    tni_text_free(&c.bodies);
    tni_arena_free(&arena);
    return status;
}
