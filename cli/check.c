// SPDX-License-Identifier: Apache-2.0
// check.c - `tenon check`: are these models accepted, and if not, everything that stands in the way.
#include "json.h"

#include <string.h>

typedef struct verdict {
    bool accepted;
    size_t errors, warnings;
    bool engine;
} verdict;

static verdict look(cli *c, const char *path) {
    verdict v = {.engine = tn_file_is_plan(path)};
    tn_load_options load = {.follow_external = opt_on(&c->o, OPT_FOLLOW_EXTERNAL), .check_only = true};
    tn_graph *graph = NULL;
    tn_plan *plan = NULL;
    tn_status status = v.engine ? tn_plan_load(&plan, c->env, path, true, c->diags)
                                : tn_graph_load(&graph, c->env, path, &load, c->diags);
    if (plan && status == TN_OK) status = tn_plan_verify(plan, c->diags);
    for (size_t i = 0; i < tn_diags_count(c->diags); i++) {
        tn_severity severity = tn_diags_get(c->diags, i)->severity;
        v.errors += severity == TN_ERROR;
        v.warnings += severity == TN_WARNING;
    }
    v.accepted = status == TN_OK && !v.errors;
    if (!v.accepted && !v.errors) v.errors = 1;
    tn_graph_free(graph);
    tn_plan_free(plan);
    return v;
}

static const char *plural(cli *c, size_t n, const char *word) {
    return cli_printf(c, "%zu %s%s", n, word, n == 1 ? "" : "s");
}

static void print_verdict(cli *c, const char *path, const verdict *v) {
    for (size_t i = 0; i < tn_diags_count(c->diags); i++) {
        tn_severity severity = tn_diags_get(c->diags, i)->severity;
        if (severity == TN_NOTE && !c->verbose && v->accepted) continue; // they explain a failure
        if (severity != TN_ERROR && c->quiet) continue;
        cli_print_diag(c, stdout, c->color_out, i);
    }
    if (c->quiet && v->accepted) return;
    const char *color = !c->color_out ? "" : v->accepted ? ANSI_GREEN : ANSI_RED;
    const char *what = v->accepted ? "accepted" : plural(c, v->errors, "error");
    printf("%s: %s%s%s%s%s\n", safe(c, path), color, what, c->color_out ? ANSI_OFF : "",
           v->warnings ? ", " : "", v->warnings ? plural(c, v->warnings, "warning") : "");
}

static void json_verdict(cli *c, json *j, const char *path, const verdict *v) {
    json_open(j, NULL, '{');
    json_text(j, "file", path);
    json_text(j, "kind", v->engine ? "engine" : "model");
    json_bool(j, "accepted", v->accepted);
    json_int(j, "errors", (int64_t)v->errors);
    json_int(j, "warnings", (int64_t)v->warnings);
    json_problems(c, j);
    json_close(j, '}');
}

int run_check(cli *c) {
    bool all = true;
    json j = {0};
    if (c->json) {
        j = json_begin(c);
        json_open(&j, NULL, '{');
        json_open(&j, "models", '[');
    }
    for (size_t i = 0; i < c->o.operands; i++) {
        verdict v = look(c, c->o.operand[i]);
        if (c->json)
            json_verdict(c, &j, c->o.operand[i], &v);
        else
            print_verdict(c, c->o.operand[i], &v);
        tn_diags_clear(c->diags);
        all &= v.accepted;
    }
    if (c->json) {
        json_close(&j, ']');
        json_bool(&j, "accepted", all);
        json_close(&j, '}');
    }
    return all ? EXIT_FINE : EXIT_PROBLEM;
}
