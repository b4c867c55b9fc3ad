// SPDX-License-Identifier: Apache-2.0
// main.c - a user's program, built outside of the tree against what was installed.
#include <tenon.h>

#include <stdio.h>
#include <string.h>

int main(void) {
    tn_env *env;
    tn_graph *graph;
    tn_plan *plan;
    const char *text = "graph \"g\" { in %x: f32[N]\n %y = Neg(%x)\n out %y }";
    if (strcmp(tn_version(), TN_VERSION))
        return printf("header %s, library %s\n", TN_VERSION, tn_version()), 1;
    if (tn_env_new(&env, NULL) || tn_graph_parse(&graph, env, text, "g", NULL)) return 1;
    if (tn_plan_build(&plan, graph, NULL, NULL)) return 1;
    printf("tenon %s: %zu step\n", tn_version(), tn_plan_step_count(plan));
    tn_plan_free(plan);
    tn_graph_free(graph);
    tn_env_free(env);
    return 0;
}
