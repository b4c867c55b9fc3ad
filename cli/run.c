// SPDX-License-Identifier: Apache-2.0
// run.c - `tenon run`: one run; outputs and taps are printed, saved, compared.
#define _POSIX_C_SOURCE 200809L
#include "expect.h"
#include "feed.h"
#include "files.h"
#include "ranges.h"
#include "ties.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

// An output or a tapped tensor after the run.
typedef struct result {
    const char *name;
    const tn_tensor *value;
    outcome expected;
    const char *saved;
} result;

typedef struct session {
    cli *c;
    cli_model model;
    feed feed;
    tn_context *context;
    ports ports;   // outputs, then taps; .file: what is expected of each
    pointed *into; // of each output: what its elements are indices of
    result *result;
    size_t count, outputs;
    ranges *ranges; // --ranges
    double run_seconds;
    bool compared, passed;
} session;

// -------------------------------------------------------------------------------------------- value

typedef struct summary {
    double least, most, mean;
    int64_t nans, count;
} summary;

static summary summarise(const tn_tensor *t) {
    summary s = {.least = HUGE_VAL, .most = -HUGE_VAL, .count = tn_tensor_count(t)};
    double sum = 0;
    for (int64_t i = 0; i < s.count; i++) {
        double v = tn_tensor_get(t, i);
        s.nans += isnan(v);
        if (isnan(v)) continue;
        s.least = fmin(s.least, v);
        s.most = fmax(s.most, v);
        sum += v;
    }
    s.mean = s.count > s.nans ? sum / (double)(s.count - s.nans) : (double)NAN;
    return s;
}

static bool has_numbers(const tn_tensor *t) {
    return tn_tensor_kind(t) == TN_TENSOR && tn_tensor_dtype(t) != TN_STRING && tn_tensor_count(t) > 0;
}

enum { FIRST = 6 };

static const char *text_element(cli *c, const tn_tensor *t, int64_t i) {
    const void *data = tn_tensor_const_data(t);
    switch (tn_tensor_dtype(t)) {
    case TN_STRING: {
        tn_str s = ((const tn_str *)data)[i];
        return cli_printf(c, "\"%s\"", safe(c, cli_copy(c, s.size ? s.text : "", s.size)));
    }
    case TN_I64: return cli_printf(c, "%" PRId64, ((const int64_t *)data)[i]);
    case TN_U64: return cli_printf(c, "%" PRIu64, ((const uint64_t *)data)[i]);
    default: return cli_printf(c, "%.6g", tn_tensor_get(t, i));
    }
}

static void print_value(cli *c, const tn_tensor *t) {
    int64_t n = tn_tensor_kind(t) == TN_TENSOR ? tn_tensor_count(t) : 0;
    if (has_numbers(t)) {
        summary s = summarise(t);
        printf("  min %.6g  max %.6g  mean %.6g", s.least, s.most, s.mean);
        if (s.nans)
            printf("  %s%lld NaN%s", c->color_out ? ANSI_RED : "", (long long)s.nans,
                   c->color_out ? ANSI_OFF : "");
    }
    for (int64_t i = 0; i < n && i < FIRST; i++) printf("%s%s", i ? ", " : "  [", text_element(c, t, i));
    printf("%s\n", n > FIRST ? ", ...]" : n ? "]" : "");
}

static void print_result(cli *c, const result *r) {
    if (!r->value) return;
    printf("%s: %s", safe(c, r->name), text_tensor(c, r->value));
    print_value(c, r->value);
    for (size_t i = 0; i < tn_tensor_items(r->value); i++) {
        printf("  item %zu: %s", i, text_tensor(c, tn_tensor_item(r->value, i)));
        print_value(c, tn_tensor_item(r->value, i));
    }
    if (r->saved) cli_note(c, "wrote %s", safe(c, r->saved));
}

static void json_value(cli *c, json *j, const tn_tensor *t) {
    json_text(j, "type", tn_dtype_text(tn_tensor_dtype(t)));
    if (tn_tensor_kind(t) != TN_TENSOR) return;
    json_dims(j, "shape", tn_tensor_rank(t), tn_tensor_dims(t));
    if (has_numbers(t)) {
        summary s = summarise(t);
        json_double(j, "min", s.least);
        json_double(j, "max", s.most);
        json_double(j, "mean", s.mean);
        json_int(j, "nans", s.nans);
    }
    json_open(j, "first", '[');
    for (int64_t i = 0; i < tn_tensor_count(t) && i < FIRST; i++) {
        if (tn_tensor_dtype(t) == TN_STRING)
            json_text(j, NULL, text_element(c, t, i));
        else
            json_double(j, NULL, tn_tensor_get(t, i));
    }
    json_close(j, ']');
}

static void json_result(cli *c, json *j, const result *r) {
    json_open(j, NULL, '{');
    json_text(j, "name", r->name);
    if (r->value) json_value(c, j, r->value);
    if (r->value && tn_tensor_kind(r->value) != TN_TENSOR) {
        json_open(j, "items", '[');
        for (size_t i = 0; i < tn_tensor_items(r->value); i++) {
            json_open(j, NULL, '{');
            json_value(c, j, tn_tensor_item(r->value, i));
            json_close(j, '}');
        }
        json_close(j, ']');
    }
    if (r->saved) json_text(j, "saved", r->saved);
    if (r->expected.file) expect_json(j, &r->expected);
    json_close(j, '}');
}

// ---------------------------------------------------------------------------------------- the run

// Outputs and taps by name, and the files expected of them: checked before the work begins.
static int assign(session *s) {
    cli *c = s->c;
    const option_value *taps = &c->o.value[OPT_TAP];
    const cli_model *m = &s->model;
    s->outputs = m->plan ? tn_plan_output_count(m->plan) : tn_graph_output_count(m->graph);
    s->count = s->outputs + taps->count;
    s->ports = ports_new(c, "output", s->count);
    s->ports.numbered = s->outputs;
    for (size_t i = 0; i < s->outputs; i++) {
        const char *name = (m->plan ? tn_plan_output(m->plan, i) : tn_graph_output(m->graph, i))->name;
        s->ports.name[i] = cli_copy(c, name, strlen(name));
    }
    for (size_t i = 0; i < taps->count; i++) s->ports.name[s->outputs + i] = taps->list[i];
    s->into = cli_alloc(c, s->count + 1, sizeof *s->into);
    if (opt_on(&c->o, OPT_EXPECT)) ties_find(c, m, s->ports.name, s->outputs, s->into);
    return files_assign(c, OPT_EXPECT, &s->ports);
}

static int tap_pointed(session *s, const char *name) {
    if (!name || feed_value(&s->feed, name)) return EXIT_FINE;
    return tn_context_tap(s->context, name, NULL) == TN_NOMEM ? cli_report(s->c, TN_NOMEM) : EXIT_FINE;
}

static int open_context(session *s) {
    cli *c = s->c;
    tn_context_options options = {.threads = (int)opt_int(&c->o, OPT_THREADS),
                                  .no_spin = opt_on(&c->o, OPT_NO_SPIN)};
    int status = cli_report(c, tn_context_new(&s->context, s->model.plan, &options, c->diags));
    if (!status) status = feed_bind(c, &s->feed, s->model.plan, s->context);
    for (size_t i = s->outputs; !status && i < s->count; i++)
        status = cli_report(c, tn_context_tap(s->context, s->ports.name[i], c->diags));
    for (size_t i = 0; !status && i < s->outputs; i++) {
        status = tap_pointed(s, s->into[i].values);
        if (!status) status = tap_pointed(s, s->into[i].scores);
    }
    if (!status && opt_on(&c->o, OPT_RANGES)) status = ranges_tap(c, &s->ranges, s->model.plan, s->context);
    return status;
}

static const tn_tensor *tapped(const tn_context *context, const char *name) {
    for (size_t i = 0; i < tn_context_tap_count(context); i++)
        if (!strcmp(tn_context_tap_name(context, i), name)) return tn_context_tap_value(context, i);
    return NULL;
}

static int collect(session *s) {
    s->result = cli_alloc(s->c, s->count, sizeof *s->result);
    for (size_t i = 0; i < s->count; i++) {
        result *r = &s->result[i];
        r->name = s->ports.name[i];
        r->value = i < s->outputs ? tn_context_output(s->context, i) : tapped(s->context, r->name);
        if (!r->value)
            cli_warn(s->c, "'%s' has no value: what would make it did not run", safe(s->c, r->name));
    }
    return EXIT_FINE;
}

static int run_once(session *s) {
    double start = now_seconds();
    tn_status status = tn_context_run(s->context, s->c->diags);
    s->run_seconds = now_seconds() - start;
    int told = cli_report(s->c, status);
    return told ? told : collect(s);
}

// ------------------------------------------------------------------------------- after the run

static int make_folder(cli *c, const char *path) {
    char *part = cli_copy(c, path, strlen(path));
    for (char *p = part + 1; *part; p++) {
        if (*p && *p != '/') continue;
        char end = *p;
        *p = 0;
        if (mkdir(part, 0777) && errno != EEXIST)
            return cli_error(c, "cannot make the folder %s: %s", safe(c, part), strerror(errno));
        if (!end) break;
        *p = end;
    }
    return EXIT_FINE;
}

// Two names that differ only where '_' stands for something would be one file.
static const char *save_path(session *s, size_t i, const char *folder) {
    const char *stem = cli_printf(s->c, "%s/%s", folder, file_name(s->c, s->result[i].name));
    for (size_t k = 0; k < i;) {
        const char *path = cli_printf(s->c, "%s.npy", stem);
        bool taken = s->result[k].saved && !strcmp(s->result[k].saved, path);
        if (taken) stem = cli_printf(s->c, "%s_%zu", stem, i);
        k = taken ? 0 : k + 1;
    }
    return cli_printf(s->c, "%s.npy", stem);
}

static int save_one(cli *c, const tn_tensor *t, const char *path) {
    cli_save_begin();
    tn_status status = tn_tensor_save(t, c->env, path, c->diags);
    cli_save_end();
    return cli_report(c, status);
}

// A sequence becomes NAME.0.npy, NAME.1.npy...
static int save_result(session *s, size_t i, const char *folder) {
    result *r = &s->result[i];
    cli *c = s->c;
    r->saved = save_path(s, i, folder);
    if (tn_tensor_kind(r->value) == TN_TENSOR) return save_one(c, r->value, r->saved);
    const char *stem = cli_copy(c, r->saved, strlen(r->saved) - 4);
    int status = EXIT_FINE;
    for (size_t k = 0; !status && k < tn_tensor_items(r->value); k++)
        status = save_one(c, tn_tensor_item(r->value, k), cli_printf(c, "%s.%zu.npy", stem, k));
    return status;
}

static int save_all(session *s) {
    const char *folder = opt_text(&s->c->o, OPT_SAVE);
    if (!folder) return EXIT_FINE;
    int status = make_folder(s->c, folder);
    for (size_t i = 0; !status && i < s->count; i++)
        if (s->result[i].value) status = save_result(s, i, folder);
    return status;
}

static const tn_tensor *fed_or_tapped(const session *s, const char *name) {
    const tn_tensor *fed = name ? feed_value(&s->feed, name) : NULL;
    return fed || !name ? fed : tapped(s->context, name);
}

static int compare_all(session *s) {
    s->passed = true;
    s->compared = opt_on(&s->c->o, OPT_EXPECT);
    for (size_t i = 0; s->compared && i < s->count; i++) {
        result *r = &s->result[i];
        if (!s->ports.file[i]) {
            cli_warn(s->c, "nothing is expected of '%s': it was not compared", safe(s->c, r->name));
            continue;
        }
        if (!r->value)
            return cli_error(s->c, "'%s' cannot be compared: it has no value", safe(s->c, r->name));
        pointed into = i < s->outputs ? s->into[i] : (pointed){NULL, NULL};
        int status =
            expect_compare(s->c, &r->expected, r->name, r->value, s->ports.file[i], s->model.quantised,
                           fed_or_tapped(s, into.values), fed_or_tapped(s, into.scores));
        if (status) return status;
        s->passed &= r->expected.passed;
    }
    return EXIT_FINE;
}

static void print_all(session *s) {
    for (size_t i = 0; i < s->count; i++) {
        if (!s->c->quiet && !s->c->json) print_result(s->c, &s->result[i]);
        if (s->result[i].expected.file)
            expect_print(s->c, &s->result[i].expected, s->result[i].name, s->result[i].value);
    }
    if (s->ranges && !s->c->json) ranges_print(s->c, s->ranges, s->context);
    cli_note(s->c, "load %s, build %s, run %s", text_seconds(s->c, s->model.load_seconds),
             text_seconds(s->c, s->model.build_seconds), text_seconds(s->c, s->run_seconds));
}

static void json_all(session *s) {
    json j = json_begin(s->c);
    json_open(&j, NULL, '{');
    json_text(&j, "model", s->model.path);
    json_text(&j, "kind", s->model.engine ? "engine" : "model");
    json_open(&j, "seconds", '{');
    json_double(&j, "load", s->model.load_seconds);
    json_double(&j, "build", s->model.build_seconds);
    json_double(&j, "run", s->run_seconds);
    json_close(&j, '}');
    json_int(&j, "peak_bytes", (int64_t)peak_resident_bytes());
    json_open(&j, "outputs", '[');
    for (size_t i = 0; i < s->outputs; i++) json_result(s->c, &j, &s->result[i]);
    json_close(&j, ']');
    json_open(&j, "taps", '[');
    for (size_t i = s->outputs; i < s->count; i++) json_result(s->c, &j, &s->result[i]);
    json_close(&j, ']');
    if (s->ranges) ranges_json(&j, s->ranges, s->context);
    if (s->compared) json_bool(&j, "passed", s->passed);
    json_close(&j, '}');
}

static int whole(session *s) {
    int status = model_open(s->c, &s->model, s->c->o.operand[0]);
    if (!status) status = assign(s);
    if (!status) status = feed_load(s->c, &s->feed, &s->model, false);
    if (!status) status = model_plan(s->c, &s->model);
    if (!status) status = open_context(s);
    if (!status) status = run_once(s);
    if (!status) status = save_all(s);
    if (!status) status = compare_all(s);
    if (status) return status;
    if (s->c->json) json_all(s);
    print_all(s);
    return s->passed ? EXIT_FINE : EXIT_PROBLEM;
}

int run_run(cli *c) {
    session s = {.c = c};
    int status = whole(&s);
    tn_context_free(s.context);
    feed_free(&s.feed);
    model_close(&s.model);
    return status;
}
