// SPDX-License-Identifier: Apache-2.0
// rewrite.c - `tenon simplify` and `tenon extract`: a model becomes another model, written as ONNX.
#include "expect.h"
#include "feed.h"
#include "files.h"

#include <string.h>

static int check_output(cli *c) {
    const char *model = c->o.operand[0], *to = opt_text(&c->o, OPT_OUTPUT);
    if (!to || !*to) return cli_usage(c, "-o FILE.onnx is missing");
    if (same_file(model, to))
        return cli_usage(c, "-o %s is the model itself; name another file", safe(c, to));
    return EXIT_FINE;
}

static int open_graph(cli *c, cli_model *m) {
    int status = check_output(c);
    if (!status) status = model_open(c, m, c->o.operand[0]);
    if (!status && m->engine) status = cli_error(c, "%s is an engine; its model is needed", safe(c, m->path));
    return status;
}

static int save(cli *c, cli_model *m, size_t nodes) {
    const char *to = opt_text(&c->o, OPT_OUTPUT);
    cli_save_begin();
    int status = cli_report(c, tn_graph_save(m->graph, to, opt_on(&c->o, OPT_EXTERNAL_DATA), c->diags));
    cli_save_end();
    if (!status && !c->quiet)
        printf("%s: %zu nodes, of %zu\n", safe(c, to), tn_graph_node_count(m->graph), nodes);
    return status;
}

// ---- simplify

// The passes that leave ONNX behind, and those that --disable-pass names.
static const char *passes_left_out(cli *c) {
    const char *list = "";
    for (size_t i = 0; i < tn_list_count(c->env); i++) {
        tn_listing l;
        if (tn_list_get(c->env, i, &l) != TN_OK || strcmp(l.kind, "pass")) continue;
        if (l.since < 2 && strcmp(l.name, "update") && strcmp(l.name, "weight_blocks"))
            continue; // tn.Update ONNX cannot say as briefly, MatMulNBits only as com.microsoft's
        list = cli_printf(c, "%s%s%s", list, *list ? "," : "", l.name);
    }
    for (size_t i = 0; i < c->o.value[OPT_DISABLE_PASS].count; i++)
        list = cli_printf(c, "%s,%s", list, c->o.value[OPT_DISABLE_PASS].list[i]);
    return list;
}

typedef struct side { // the model, or what was made of it
    cli_model model;
    tn_context *context;
} side;

static int open_side(cli *c, side *s, const char *path) {
    int status = model_open(c, &s->model, path);
    if (!status) status = model_plan(c, &s->model);
    if (!status) status = cli_report(c, tn_context_new(&s->context, s->model.plan, NULL, c->diags));
    return status;
}

static void close_side(side *s) {
    tn_context_free(s->context);
    model_close(&s->model);
}

static int run_side(cli *c, side *s, const feed *f) {
    int status = feed_bind(c, f, s->model.plan, s->context);
    return status ? status : cli_report(c, tn_context_run(s->context, c->diags));
}

static int compare_outputs(cli *c, const side *a, const side *b, int64_t seed) {
    for (size_t i = 0; i < tn_plan_output_count(a->model.plan); i++) {
        const char *name = tn_plan_output(a->model.plan, i)->name;
        const tn_tensor *want = tn_context_output(a->context, i), *got = tn_context_output(b->context, i);
        tn_comparison r;
        double rtol, atol;
        expect_tolerance(c, want, a->model.quantised, &rtol, &atol);
        tn_status status = tn_tensor_compare(got, want, rtol, atol, &r);
        if (status != TN_OK && status != TN_MISMATCH) return cli_report(c, status);
        const char *why = difference(c, &r, got, want);
        if (why)
            return cli_error(c, "random input %lld: output '%s' is not the original's: %s", (long long)seed,
                             safe(c, name), why);
    }
    return EXIT_FINE;
}

static int check_once(cli *c, side *a, side *b, int64_t seed) {
    feed f = {0};
    c->o.value[OPT_RANDOM] = (option_value){.given = true, .integer = seed};
    int status = feed_load(c, &f, &a->model, true);
    if (!status) status = run_side(c, a, &f);
    if (!status) status = run_side(c, b, &f);
    if (!status) status = compare_outputs(c, a, b, seed);
    feed_free(&f);
    return status;
}

// Runs the model and the file that was written on the same random inputs.
static int check_result(cli *c) {
    side a = {0}, b = {0};
    int64_t times = opt_int(&c->o, OPT_CHECK);
    c->o.value[OPT_NO_TIMING].given = true;
    int status = open_side(c, &a, c->o.operand[0]);
    if (!status) status = open_side(c, &b, opt_text(&c->o, OPT_OUTPUT));
    bool quiet = c->quiet;
    for (int64_t seed = 1; !status && seed <= times; seed++) {
        status = check_once(c, &a, &b, seed);
        c->quiet = true; // the warnings are the first one's
    }
    c->quiet = quiet;
    if (!status && !c->quiet)
        printf("checked with %lld random input%s: the outputs agree\n", (long long)times,
               times == 1 ? "" : "s");
    close_side(&a);
    close_side(&b);
    return status;
}

int run_simplify(cli *c) {
    cli_model m = {0};
    int status = open_graph(c, &m);
    if (!status) {
        size_t nodes = tn_graph_node_count(m.graph);
        tn_pass_options passes = {.disable = passes_left_out(c)};
        status = cli_report(c, tn_graph_optimize(m.graph, &passes, c->diags));
        if (!status) status = save(c, &m, nodes);
    }
    model_close(&m);
    return status || !opt_int(&c->o, OPT_CHECK) ? status : check_result(c);
}

// ---- extract

typedef struct names {
    const char **name;
    size_t count, capacity;
} names;

static void add_name(cli *c, names *list, const char *text, size_t length) {
    list->name = cli_grow(c, list->name, &list->capacity, list->count + 1, sizeof *list->name);
    list->name[list->count++] = cli_copy(c, text, length);
}

// "T1,T2", and the option given again.
static names names_of(cli *c, option_id id) {
    names list = {0};
    const option_value *v = &c->o.value[id];
    for (size_t i = 0; i < v->count; i++)
        for (const char *at = v->list[i];; at++) {
            size_t n = strcspn(at, ",");
            if (n) add_name(c, &list, at, n);
            at += n;
            if (!*at) break;
        }
    return list;
}

// Without --from and --to it is the whole model.
static int cut(cli *c, cli_model *m) {
    names from = names_of(c, OPT_FROM), to = names_of(c, OPT_TO);
    if (!from.count && !to.count) return EXIT_FINE;
    for (size_t i = 0; !opt_on(&c->o, OPT_TO) && i < tn_graph_output_count(m->graph); i++) {
        const char *name = tn_graph_output(m->graph, i)->name;
        add_name(c, &to, name, strlen(name));
    }
    return cli_report(c, tn_graph_extract(m->graph, from.name, from.count, to.name, to.count, c->diags));
}

int run_extract(cli *c) {
    cli_model m = {0};
    int status = open_graph(c, &m);
    if (!status) {
        size_t nodes = tn_graph_node_count(m.graph);
        status = cut(c, &m);
        if (!status) status = save(c, &m, nodes);
    }
    model_close(&m);
    return status;
}
