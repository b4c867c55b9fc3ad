// SPDX-License-Identifier: Apache-2.0
// model.c - loading models and engines, shapes from the command line, building with progress and times.
#define _POSIX_C_SOURCE 200809L
#include "model.h"

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tenon/network.h>
#include <unistd.h>

// ------------------------------------------------------------------------------------------ shapes

bool parse_dims(const char *text, size_t length, int *rank, int64_t *dims) {
    *rank = 0;
    if (length == 6 && !memcmp(text, "scalar", 6)) return true;
    for (const char *at = text, *end = text + length;; at++) {
        if (at == end || *rank == TN_MAX_RANK) return false;
        int64_t v = -1;
        if (*at == '?') {
            at++;
        } else {
            if (*at < '0' || *at > '9') return false;
            for (v = 0; at < end && *at >= '0' && *at <= '9'; at++) {
                if (v > INT64_MAX / 10 - 1) return false;
                v = v * 10 + (*at - '0');
            }
        }
        dims[(*rank)++] = v;
        if (at == end) return true;
        if (*at != 'x') return false;
    }
}

// "NAME:DIMS" of `length` bytes; the name may hold colons itself.
static bool parse_shape(cli *c, const char *text, size_t length, tn_shape *shape) {
    size_t colon = length;
    while (colon && text[colon - 1] != ':') colon--;
    *shape = (tn_shape){.input = NULL};
    if (!parse_dims(text + colon, length - colon, &shape->rank, shape->dims)) return false;
    if (colon) shape->input = cli_copy(c, text, colon - 1);
    return true;
}

static bool known_input(const cli_model *m, const char *name) {
    for (size_t i = 0; i < model_input_count(m); i++)
        if (!strcmp(model_input(m, i)->name, name)) return true;
    return false;
}

static const char *input_names(cli *c, const cli_model *m) {
    const char *list = "none";
    for (size_t i = 0; i < model_input_count(m); i++)
        list = cli_printf(c, "%s%s%s", i ? list : "", i ? ", " : "", safe(c, model_input(m, i)->name));
    return list;
}

// Names the shape's input: the only one when none was typed.
static int name_shape(cli *c, const cli_model *m, tn_shape *shape, const char *option, const char *typed) {
    if (!shape->input) {
        if (model_input_count(m) != 1)
            return cli_usage(c, "--%s %s: name the input as NAME:%s; the inputs are: %s", option,
                             safe(c, typed), safe(c, typed), input_names(c, m));
        shape->input = model_input(m, 0)->name;
    }
    if (known_input(m, shape->input)) return EXIT_FINE;
    return cli_usage(c, "--%s: there is no input '%s'; the inputs are: %s", option, safe(c, shape->input),
                     input_names(c, m));
}

// One option's text: shapes joined by commas, which names may hold too: a piece ends at the first comma where
// what stands before it is a whole shape.
static int add_shapes(cli *c, const cli_model *m, option_id id, const char *text, tn_shape *shapes,
                      size_t *count) {
    const char *option = option_table[id].name;
    for (const char *from = text, *comma = text;; comma++) {
        comma += strcspn(comma, ",");
        if (!parse_shape(c, from, (size_t)(comma - from), &shapes[*count])) {
            if (*comma) continue;
            return cli_usage(c, "--%s wants NAME:DIMS such as input:1x3x224x224, not '%s'", option,
                             safe(c, text));
        }
        int status = name_shape(c, m, &shapes[*count], option, text);
        if (status) return status;
        ++*count;
        if (!*comma) return EXIT_FINE;
        from = comma + 1;
    }
}

static int parse_shapes(cli *c, const cli_model *m, option_id id, tn_shape **shapes, size_t *count) {
    const option_value *v = &c->o.value[id];
    size_t most = 0;
    for (size_t i = 0; i < v->count; i++) {
        most++;
        for (const char *p = v->list[i]; *p; p++) most += *p == ',';
    }
    *shapes = cli_alloc(c, most, sizeof **shapes);
    for (size_t i = 0; i < v->count; i++) {
        int status = add_shapes(c, m, id, v->list[i], *shapes, count);
        if (status) return status;
    }
    return EXIT_FINE;
}

const tn_shape *model_shape(const cli_model *m, const char *name) {
    for (size_t i = m->shape_count; i-- > 0;)
        if (!strcmp(m->shapes[i].input, name)) return &m->shapes[i];
    return NULL;
}

size_t model_input_count(const cli_model *m) {
    return m->plan ? tn_plan_input_count(m->plan) : tn_graph_input_count(m->graph);
}

const tn_io *model_input(const cli_model *m, size_t i) {
    return m->plan ? tn_plan_input(m->plan, i) : tn_graph_input(m->graph, i);
}

// ----------------------------------------------------------------------------------------- loading

static tn_status load(cli *c, cli_model *m) {
    tn_load_options load = {.follow_external = opt_on(&c->o, OPT_FOLLOW_EXTERNAL)};
    if (m->engine) return tn_plan_load(&m->plan, c->env, m->path, true, c->diags);
    return tn_graph_load(&m->graph, c->env, m->path, &load, c->diags);
}

// All elements of an input whose sizes are known.
static int number_for(cli *c, const tn_io *io, double number, tn_tensor **t) {
    for (int k = 0; k < io->rank; k++)
        if (io->dims[k] < 0)
            return cli_usage(c, "--bind %s=NUMBER: its sizes are open, %s; --shape fixes them",
                             safe(c, io->name), text_io(c, io));
    if (io->rank < 0 || io->kind != TN_TENSOR || io->dtype == TN_STRING)
        return cli_usage(c, "--bind %s=NUMBER: it is %s", safe(c, io->name), text_io(c, io));
    tn_status status = tn_tensor_new(t, c->env, io->dtype, io->rank, io->dims);
    for (int64_t i = 0; status == TN_OK && i < tn_tensor_count(*t); i++) tn_tensor_set(*t, i, number);
    return cli_report(c, status);
}

static const tn_io *input_named(const cli_model *m, const char *name, size_t length) {
    for (size_t i = 0; i < model_input_count(m); i++) {
        const tn_io *io = model_input(m, i);
        if (strlen(io->name) == length && !memcmp(io->name, name, length)) return io;
    }
    return NULL;
}

static int bind_value(cli *c, cli_model *m, const char *text) {
    const char *equals = strrchr(text, '='), *value = equals ? equals + 1 : "";
    char *end;
    tn_tensor *t = NULL;
    if (!*value) return cli_usage(c, "--bind wants NAME=NUMBER or NAME=FILE, not '%s'", safe(c, text));
    const tn_io *io = input_named(m, text, (size_t)(equals - text));
    if (!io)
        return cli_usage(c, "--bind %s: there is no such input; the inputs are: %s", safe(c, text),
                         input_names(c, m));
    const char *name = cli_copy(c, io->name, strlen(io->name));
    double number = strtod(value, &end);
    int status = *end ? value_load(c, &t, value, io, NULL) : number_for(c, io, number, &t);
    if (!status) status = cli_report(c, tn_graph_set_value(m->graph, name, t, c->diags));
    tn_tensor_free(t);
    return status;
}

static int bind_values(cli *c, cli_model *m) {
    const option_value *v = &c->o.value[OPT_BIND];
    int status = EXIT_FINE;
    if (v->count && m->engine)
        return cli_usage(c, "an engine's inputs are what they are; --bind needs the model");
    for (size_t i = 0; !status && i < v->count; i++) status = bind_value(c, m, v->list[i]);
    return status;
}

static int set_shapes(cli *c, cli_model *m) {
    int status = parse_shapes(c, m, OPT_SHAPE, &m->shapes, &m->shape_count);
    for (size_t i = 0; !status && !m->engine && i < m->shape_count; i++) {
        const tn_shape *s = &m->shapes[i];
        status = cli_report(c, tn_graph_set_shape(m->graph, s->input, s->rank, s->dims, c->diags));
    }
    return status;
}

static void note_quantised(void *user, const tn_node *node) {
    cli_model *m = user;
    m->quantised |= strstr(node->op, "QuantizeLinear") || strstr(node->op, "QLinear"); // not Dequantize...
}

static int find_quantised(cli *c, cli_model *m) {
    if (m->graph) return cli_report(c, tn_graph_visit(m->graph, note_quantised, m));
    for (size_t i = 0; i < tn_plan_step_count(m->plan); i++) {
        tn_step step;
        if (tn_plan_step(m->plan, i, &step) == TN_OK) note_quantised(m, &(tn_node){.op = step.op});
    }
    return EXIT_FINE;
}

int model_open(cli *c, cli_model *m, const char *path) {
    *m = (cli_model){.path = path, .engine = tn_file_is_plan(path), .c = c};
    double start = now_seconds();
    int status = cli_report(c, load(c, m));
    m->load_seconds = now_seconds() - start;
    if (!status) status = find_quantised(c, m);
    if (!status) status = set_shapes(c, m);
    return status ? status : bind_values(c, m);
}

void model_close(cli_model *m) {
    tn_plan_free(m->plan);
    tn_graph_free(m->graph);
    m->plan = NULL;
    m->graph = NULL;
}

// ---------------------------------------------------------------------------------------- building

static void end_phase(cli_model *m) {
    double now = now_seconds();
    if (m->phase_count) m->phases[m->phase_count - 1].seconds += now - m->phase_start;
    m->phase_start = now;
}

static void on_progress(void *user, const char *phase, size_t done, size_t total) {
    cli_model *m = user;
    cli_progress(m->c, phase, done, total);
    if (m->phase_count && !strcmp(m->phases[m->phase_count - 1].name, phase)) return;
    if (m->output && !strcmp(phase, "writing")) cli_save_begin();
    end_phase(m);
    if (total && done >= total) return; // a phase that begins complete is the end mark
    m->phases = cli_grow(m->c, m->phases, &m->phase_capacity, m->phase_count + 1, sizeof *m->phases);
    m->phases[m->phase_count++] = (phase_time){cli_copy(m->c, phase, strlen(phase)), 0};
}

static void on_explain(void *user, const char *node, const char *op, const char *tactic, bool chosen,
                       double ns, const char *reason) {
    cli_model *m = user;
    if (m->watch) m->watch(m->watcher, node, op, tactic, chosen, ns, reason);
    if (!opt_on(&m->c->o, OPT_EXPLAIN)) return;
    cli_progress_clear(m->c);
    FILE *to = m->c->json ? stderr : stdout;
    if (!m->explained || strcmp(m->explained, node)) {
        m->explained = cli_copy(m->c, node, strlen(node));
        fprintf(to, "%s (%s)\n", safe(m->c, node), safe(m->c, op));
    }
    fprintf(to, "  %c %-40s", chosen ? '*' : ' ', tactic);
    if (reason)
        fprintf(to, " no: %s\n", safe(m->c, reason));
    else
        fprintf(to, " %s\n", ns > 0 ? text_seconds(m->c, ns * 1e-9) : "");
}

static void on_dump(void *user, const char *pass, const char *text) {
    cli_model *m = user;
    cli_progress_clear(m->c);
    fprintf(m->c->json ? stderr : stdout, "# after %s\n%s\n", pass, text);
}

static int profile_shapes(cli *c, const cli_model *m, tn_build_options *b) {
    tn_shape *shapes[3];
    size_t count[3] = {0};
    static const option_id id[3] = {OPT_MIN_SHAPES, OPT_OPT_SHAPES, OPT_MAX_SHAPES};
    for (int k = 0; k < 3; k++) {
        int status = parse_shapes(c, m, id[k], &shapes[k], &count[k]);
        if (status) return status;
    }
    b->min_shapes = shapes[0], b->min_count = count[0];
    b->opt_shapes = shapes[1], b->opt_count = count[1];
    b->max_shapes = shapes[2], b->max_count = count[2];
    return EXIT_FINE;
}

// Beneath the user's cache folder, which is made; NULL when there is none that can be written.
static const char *default_cache(cli *c) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (!base || *base != '/') base = home && *home == '/' ? cli_printf(c, "%s/.cache", home) : NULL;
    if (!base) return NULL;
    const char *folder = cli_printf(c, "%s/tenon", base), *file = cli_printf(c, "%s/timings", folder);
    mkdir(base, 0700);
    mkdir(folder, 0700);
    bool usable = !access(folder, W_OK | X_OK) && (!access(file, R_OK | W_OK) || errno == ENOENT);
    if (!usable) cli_note(c, "no timing cache: %s cannot be written", safe(c, folder));
    return usable ? file : NULL;
}

// A cache that outlives the command is what makes 'build' and 'run' of one model choose the same kernels, and
// so give the same bits. Without timing only a cache that was asked for counts.
const char *model_timing_cache(cli *c) {
    if (opt_on(&c->o, OPT_TIMING_CACHE)) {
        const char *file = opt_text(&c->o, OPT_TIMING_CACHE);
        return *file ? file : NULL;
    }
    return opt_on(&c->o, OPT_NO_TIMING) ? NULL : default_cache(c);
}

// What the command line says of building; `passes` is what `b` points to.
static int read_options(cli *c, cli_model *m, tn_pass_options *passes, tn_build_options *b) {
    *passes = (tn_pass_options){.disable = cli_joined(c, OPT_DISABLE_PASS), .user = m};
    if (opt_on(&c->o, OPT_DUMP_PASSES)) passes->dump = on_dump;
    *b = (tn_build_options){
        .threads = (int)opt_int(&c->o, OPT_THREADS),
        .timing_cache = m->fresh && !opt_on(&c->o, OPT_TIMING_CACHE) ? NULL : model_timing_cache(c),
        .no_timing = opt_on(&c->o, OPT_NO_TIMING),
        .exact = opt_on(&c->o, OPT_EXACT),
        .tactics = cli_joined(c, OPT_TACTICS),
        .passes = passes,
        .progress = on_progress,
        .user = m,
        .engine = m->output,
    };
    if (opt_on(&c->o, OPT_EXPLAIN) || m->watch) b->explain = on_explain;
    return profile_shapes(c, m, b);
}

static int build(cli *c, cli_model *m) {
    tn_pass_options passes;
    tn_build_options b;
    int status = read_options(c, m, &passes, &b);
    return status ? status : cli_report(c, tn_plan_build(&m->plan, m->graph, &b, c->diags));
}

int model_optimize(cli *c, cli_model *m, const char *after) {
    tn_pass_options passes;
    tn_build_options b;
    int status = read_options(c, m, &passes, &b);
    passes.after = after;
    return status ? status : cli_report(c, tn_graph_optimize_for(m->graph, &b, c->diags));
}

int model_plan(cli *c, cli_model *m) {
    if (m->plan) return EXIT_FINE;
    double start = now_seconds();
    m->phase_start = start;
    int status = build(c, m);
    end_phase(m);
    m->build_seconds = now_seconds() - start;
    return status;
}
