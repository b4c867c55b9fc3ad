// SPDX-License-Identifier: Apache-2.0
// 05_check.c - everything that is wrong with a model in one go. The status is for the program; the list of
// diagnostics is for the person: which node, which operator, what was wrong, what to do.
#include <tenon.h>

#include <stdio.h>

// Two mistakes on purpose: the inner sizes of MatMul differ, and Transpose's perm is no permutation.
static const char *broken = "graph \"broken\" {\n"
                            "  in %x: f32[N,3]\n"
                            "  const %w: f32[4,2] = {0...}\n"
                            "  %h = MatMul(%x, %w)\n"
                            "  %t = Transpose(%x) {perm=[0,0]}\n"
                            "  out %h\n"
                            "  out %t\n"
                            "}\n";

int main(int argc, char **argv) {
    static const char *const word[] = {"note", "warning", "error"};
    tn_env *env;
    tn_diags *diags;
    tn_graph *graph = NULL;
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    tn_status s = argc > 1
                      ? tn_graph_load(&graph, env, argv[1], &(tn_load_options){.check_only = true}, diags)
                      : tn_graph_parse(&graph, env, broken, "broken", diags);
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        const tn_diag *d = tn_diags_get(diags, i);
        printf("%zu. %s in %s node '%s': %s\n", i + 1, word[d->severity], d->op ? d->op : "the",
               d->node ? d->node : "?", d->message);
        if (d->hint) printf("   to do: %s\n", d->hint);
    }
    printf("%s\n", tn_status_text(s));
    size_t found = tn_diags_count(diags);
    tn_graph_free(graph);
    tn_diags_free(diags);
    tn_env_free(env);
    return argc > 1 ? s != TN_OK : found < 2; // the broken model must have been told both mistakes
}
