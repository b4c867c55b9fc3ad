// SPDX-License-Identifier: Apache-2.0
// codegen.c - `tenon codegen`: a model or an engine as source that builds it.
#include "model.h"

#include <string.h>
#include <tenon/network.h>

// The graph to write: the model's, or what a pass or all of them make of it. An engine's own is what it runs.
static int take_graph(cli *c, cli_model *m) {
    const char *after = opt_text(&c->o, OPT_AFTER);
    bool optimized = opt_on(&c->o, OPT_OPTIMIZED);
    int status = EXIT_FINE;
    if (m->engine && optimized && !after)
        return cli_report(c, tn_plan_optimized(m->plan, &m->graph, c->diags));
    if (m->engine) status = cli_report(c, tn_plan_model(m->plan, &m->graph, c->diags));
    return status || !(after || optimized) ? status : model_optimize(c, m, after);
}

static int generate(cli *c, cli_model *m, const char *folder, const char *language) {
    int status = take_graph(c, m);
    if (status == EXIT_FINE) status = cli_report(c, tn_graph_codegen(m->graph, folder, language, c->diags));
    if (status == EXIT_FINE && !c->quiet)
        printf("%s: network.%s, weights.safetensors, names.txt and what builds them: README.md\n",
               safe(c, folder), strcmp(language, "c") ? "py" : "c");
    return status;
}

int run_codegen(cli *c) {
    const char *folder = opt_text(&c->o, OPT_OUTPUT), *language = opt_text(&c->o, OPT_LANG);
    cli_model m = {.c = c};
    if (!folder) return cli_usage(c, "codegen needs a folder to write into: -o DIR");
    if (strcmp(language, "c") != 0 && strcmp(language, "python") != 0)
        return cli_usage(c, "--lang %s: source is written in c or python", safe(c, language));
    int status = model_open(c, &m, c->o.operand[0]);
    if (status == EXIT_FINE) status = generate(c, &m, folder, language);
    model_close(&m);
    return status;
}
