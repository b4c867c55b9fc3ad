// SPDX-License-Identifier: Apache-2.0
// show.c - `tenon show`: a model or an engine as a summary, as text, as JSON or as a drawing.
#include "files.h"
#include "json.h"
#include "view.h"

#include <errno.h>
#include <string.h>
#include <tenon/network.h>

typedef struct display {
    cli *c;
    cli_model model;
    tn_graph *graph; // the model's, or the engine's own: NULL where its text is enough
    view view;
} display;

// -------------------------------------------------------------------------------------- preparing

// As a build without timing does it: to look at a network is not to measure it.
static int optimise(display *d) {
    cli_options *o = &d->c->o;
    if (!opt_on(o, OPT_AFTER) && !opt_on(o, OPT_OPTIMIZED)) return EXIT_FINE;
    o->value[OPT_NO_TIMING].given = true;
    return model_optimize(d->c, &d->model, opt_text(o, OPT_AFTER));
}

static int open_display(display *d) {
    int status = model_open(d->c, &d->model, d->c->o.operand[0]);
    if (status) return status;
    if (!d->model.engine) {
        status = optimise(d);
        d->graph = d->model.graph;
        d->model.graph = NULL;
        return status;
    }
    if (opt_on(&d->c->o, OPT_AFTER))
        return cli_usage(d->c, "an engine's graph has been through all passes; --after needs the model");
    if (opt_on(&d->c->o, OPT_TEXT)) return status;
    return cli_report(d->c, tn_plan_optimized(d->model.plan, &d->graph, d->c->diags));
}

// ---------------------------------------------------------------------------------------- summary

// Inputs or outputs: the plan knows what its kernels were tuned for, too.
static size_t port_count(const display *d, bool in) {
    if (d->model.engine) return in ? tn_plan_input_count(d->model.plan) : tn_plan_output_count(d->model.plan);
    return in ? tn_graph_input_count(d->graph) : tn_graph_output_count(d->graph);
}

static const tn_io *port(const display *d, bool in, size_t i) {
    if (d->model.engine) return in ? tn_plan_input(d->model.plan, i) : tn_plan_output(d->model.plan, i);
    return in ? tn_graph_input(d->graph, i) : tn_graph_output(d->graph, i);
}

// "; x.0 from 1 to 64", for every size that may change and has bounds.
static const char *text_ranges(cli *c, const tn_io *io) {
    const char *text = "";
    for (int k = 0; k < io->rank; k++) {
        if (!io_has_range(io, k)) continue;
        text = cli_printf(c, "%s; %s", text, safe(c, io->expr[k]));
        if (io->least[k] > 1) text = cli_printf(c, "%s from %lld", text, (long long)io->least[k]);
        const char *to = io->least[k] > 1 ? "to" : "up to";
        if (io->most[k] < INT64_MAX) text = cli_printf(c, "%s %s %lld", text, to, (long long)io->most[k]);
    }
    return text;
}

static void print_ports(display *d) {
    cli *c = d->c;
    for (size_t i = 0; i < port_count(d, true); i++) {
        const tn_io *io = port(d, true, i);
        printf("%s %s: %s%s", i ? "       " : "inputs ", safe(c, io->name), text_io(c, io),
               text_ranges(c, io));
        if (io->next) printf("; kept from run to run, next is '%s'", safe(c, io->next));
        puts(!d->model.engine && tn_graph_sample(d->graph, i) ? "; the file has an example" : "");
    }
    for (size_t i = 0; i < port_count(d, false); i++) {
        const tn_io *io = port(d, false, i);
        printf("%s %s: %s\n", i ? "       " : "outputs", safe(c, io->name), text_io(c, io));
    }
}

static void print_steps(display *d) {
    const tn_plan *plan = d->model.plan;
    printf("engine  %s, tuned for %d threads, %zu steps\n", text_bytes(d->c, (double)tn_plan_bytes(plan)),
           tn_plan_threads(plan), tn_plan_step_count(plan));
    for (size_t i = 0; i < tn_plan_plugin_count(plan); i++) {
        const tn_plan_plugin *p = tn_plan_plugin_get(plan, i);
        printf("needs   plug-in %s%s%s for %s\n", safe(d->c, p->name), *p->version ? ", version " : "",
               safe(d->c, p->version), *p->operators ? safe(d->c, p->operators) : "its kernels");
    }
    for (size_t i = 0; i < tn_plan_step_count(plan); i++) {
        tn_step s;
        if (tn_plan_step(plan, i, &s) != TN_OK) continue;
        printf("%7zu %-16s %-36s %s\n", i, safe(d->c, s.op), safe(d->c, s.tactic), safe(d->c, s.node));
    }
}

static void print_summary(display *d) {
    const view *v = &d->view;
    printf("%-7s %s\n", d->model.engine ? "engine" : "model", safe(d->c, d->model.path));
    print_ports(d);
    printf("nodes   %zu\nweights %lld (%s)\n", v->nodes, (long long)v->parameters,
           text_bytes(d->c, v->parameter_bytes));
    for (size_t i = 0; i < v->ops; i++) printf("%7zu %s\n", v->op[i].count, safe(d->c, v->op[i].name));
    if (d->model.engine) print_steps(d);
}

// ------------------------------------------------------------------------------------------- JSON

static void json_edges(json *j, const char *key, const tn_edge *edge, size_t n) {
    json_open(j, key, '[');
    for (size_t i = 0; i < n; i++) {
        if (!edge[i].name) {
            json_nothing(j, NULL);
            continue;
        }
        json_open(j, NULL, '{');
        json_text(j, "name", edge[i].name);
        json_text(j, "type", edge[i].type);
        if (edge[i].constant) json_bool(j, "constant", true);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_nodes(json *j, const view *v) {
    json_open(j, "nodes", '[');
    for (size_t i = 0; i < v->nodes; i++) {
        const tn_node *n = &v->node[i];
        json_open(j, NULL, '{');
        json_text(j, "name", n->name);
        json_text(j, "op", n->op);
        json_text(j, "source", n->source);
        json_int(j, "depth", n->depth);
        json_edges(j, "inputs", n->input, n->inputs);
        json_edges(j, "outputs", n->output, n->outputs);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_steps(json *j, const tn_plan *plan) {
    json_int(j, "bytes", (int64_t)tn_plan_bytes(plan));
    json_int(j, "threads", tn_plan_threads(plan));
    json_open(j, "plugins", '[');
    for (size_t i = 0; i < tn_plan_plugin_count(plan); i++) {
        const tn_plan_plugin *p = tn_plan_plugin_get(plan, i);
        json_open(j, NULL, '{');
        json_text(j, "name", p->name);
        json_text(j, "version", p->version);
        json_text(j, "operators", p->operators);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "steps", '[');
    for (size_t i = 0; i < tn_plan_step_count(plan); i++) {
        tn_step s;
        if (tn_plan_step(plan, i, &s) != TN_OK) continue;
        json_open(j, NULL, '{');
        json_text(j, "op", s.op);
        json_text(j, "kernel", s.tactic);
        json_text(j, "node", s.node);
        json_text(j, "output", s.output);
        json_text(j, "source", s.source);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_ports(json *j, const display *d) {
    json_open(j, "inputs", '[');
    for (size_t i = 0; i < port_count(d, true); i++) {
        json_open(j, NULL, '{');
        json_io(j, port(d, true, i));
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "outputs", '[');
    for (size_t i = 0; i < port_count(d, false); i++) {
        json_open(j, NULL, '{');
        json_io(j, port(d, false, i));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_display(display *d) {
    const view *v = &d->view;
    json j = json_begin(d->c);
    json_open(&j, NULL, '{');
    json_text(&j, "file", d->model.path);
    json_text(&j, "kind", d->model.engine ? "engine" : "model");
    json_ports(&j, d);
    json_int(&j, "parameters", v->parameters);
    json_double(&j, "parameter_bytes", v->parameter_bytes);
    json_open(&j, "operators", '{');
    for (size_t i = 0; i < v->ops; i++) json_int(&j, v->op[i].name, (int64_t)v->op[i].count);
    json_close(&j, '}');
    json_nodes(&j, v);
    if (d->model.engine) json_steps(&j, d->model.plan);
    json_close(&j, '}');
}

// ------------------------------------------------------------------------------------- the others

static int print_text(display *d) {
    const char *text;
    tn_status status = d->model.engine ? tn_plan_text(d->model.plan, &text)
                                       : tn_graph_text(d->graph, opt_on(&d->c->o, OPT_ELIDE), &text);
    if (status == TN_OK) fputs(text, stdout);
    return cli_report(d->c, status);
}

static int draw(display *d, const char *path) {
    bool out = !strcmp(path, "-");
    if (!out && same_file(path, d->model.path))
        return cli_usage(d->c, "--svg %s is the model itself; name another file", safe(d->c, path));
    FILE *to = out ? stdout : fopen(path, "w");
    if (!to) return cli_error(d->c, "cannot write %s: %s", safe(d->c, path), strerror(errno));
    view_svg(to, &d->view, d->graph, d->model.path);
    if (out) return EXIT_FINE; // main looks at stdout
    bool bad = ferror(to);
    if (fclose(to) || bad) {
        remove(path);
        return cli_error(d->c, "cannot write %s: %s", safe(d->c, path), strerror(errno));
    }
    return EXIT_FINE;
}

static int show(display *d) {
    const cli_options *o = &d->c->o;
    if (opt_on(o, OPT_TEXT)) return print_text(d);
    int status = view_graph(d->c, &d->view, d->graph);
    if (status) return status;
    if (opt_text(o, OPT_SVG)) return draw(d, opt_text(o, OPT_SVG));
    if (d->c->json)
        json_display(d);
    else
        print_summary(d);
    return EXIT_FINE;
}

int run_show(cli *c) {
    display d = {.c = c};
    const cli_options *o = &c->o;
    if (opt_on(o, OPT_TEXT) + opt_on(o, OPT_JSON) + (opt_text(o, OPT_SVG) != NULL) > 1)
        return cli_usage(c, "--text, --json and --svg exclude each other");
    int status = open_display(&d);
    if (!status) status = show(&d);
    tn_graph_free(d.graph);
    model_close(&d.model);
    return status;
}
