// SPDX-License-Identifier: Apache-2.0
// 05_check.c - everything that is wrong with a model in one go. The status is for the program; the list of
// diagnostics is for the person: which node, which operator, what was wrong, what to do.
#include <tenon.h>

#include <stdio.h>
#include <string.h>

static unsigned char file[1 << 20];

static size_t read_file(const char *path) {
    FILE *f = fopen(path, "rb");
    size_t size = f ? fread(file, 1, sizeof file, f) : 0;
    if (f) fclose(f);
    return size;
}

// Writes `to` over every `from` of the same length: a model with operators that nobody has heard of.
static void rename_all(size_t size, const char *from, const char *to) {
    size_t n = strlen(from);
    for (size_t i = 0; i + n <= size; i++)
        if (!memcmp(file + i, from, n)) memcpy(file + i, to, n);
}

static void print_problem(size_t number, const tn_diag *d) {
    static const char *const word[] = {"note", "warning", "error"};
    printf("%zu. %s: %s node '%s': %s\n", number, word[d->severity], d->op ? d->op : "the model's",
           d->node ? d->node : "", d->message);
    if (d->source) printf("   comes from %s\n", d->source);
    if (d->hint) printf("   to do: %s\n", d->hint);
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "examples/digits/digits.onnx";
    tn_env *env;
    tn_diags *diags;
    tn_graph *graph = NULL;
    size_t size = read_file(path);
    if (!size || tn_env_new(&env, NULL) || tn_diags_new(&diags, env))
        return fprintf(stderr, "cannot read %s\n", path), 1;
    if (argc == 1) {
        rename_all(size, "MaxPool", "MaxPoll");
        rename_all(size, "Gemm", "Germ");
    }
    tn_status s = tn_graph_load_memory(&graph, env, file, size, path, NULL,
                                       &(tn_load_options){.check_only = true}, diags);
    size_t found = tn_diags_count(diags);
    for (size_t i = 0; i < found; i++) print_problem(i + 1, tn_diags_get(diags, i));
    printf("%s: %s\n", path, tn_status_text(s));
    tn_graph_free(graph);
    tn_diags_free(diags);
    tn_env_free(env);
    return argc > 1 ? s != TN_OK : s == TN_OK || found < 2; // both must have been told
}
