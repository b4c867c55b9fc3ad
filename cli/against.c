// SPDX-License-Identifier: Apache-2.0
// against.c - `tenon bench --against NAME`: for every layer our best kernel and the best of a plug-in's. The
// builder times both kinds by the same rules (docs/design/006-tactics.md) and tells each time; nothing else
// is measured here.
#define _POSIX_C_SOURCE 200809L
#include "against.h"

#include "json.h"
#include "model.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#ifndef TN_PLUGIN_FOLDER
#define TN_PLUGIN_FOLDER "../lib/tenon" // as installed, from the command's own
#endif

typedef struct side {
    const char *kernel; // the fastest; NULL: none was timed
    double ns;
} side;

typedef struct layer {
    const char *node, *op;
    side ours, theirs;
    const char *reason; // why the plug-in's last kernel that was asked does not fit
    bool asked;         // the plug-in has kernels for the operator
} layer;

typedef struct against {
    cli *c;
    cli_model model;
    const char *plugin, *library; // the plug-in's name; what its kernels say of themselves
    const char **theirs;          // names of its kernels
    size_t their_count;
    layer *layer;
    size_t layers, capacity;
} against;

typedef struct totals {
    size_t compared, ahead; // layers; those in which we are not slower
    double ours, theirs;    // ns of the layers compared
    double alone;           // ns of the others
    double geomean;         // of theirs / ours
} totals;

// ---------------------------------------------------------------------------------- the plug-in

// NAME is looked for where the command is: in the build's folder, and as installed.
static const char *plugin_path(cli *c, const char *name) {
    static const char *const folders[] = {"lib/tenon", TN_PLUGIN_FOLDER};
    char self[4096];
    size_t length = strlen(name);
    if (strchr(name, '/') || (length > 3 && !strcmp(name + length - 3, ".so"))) return name;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return NULL;
    self[n] = 0;
    *strrchr(self, '/') = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *path = cli_printf(c, "%s/%s/%s.so", self, folders[i], name);
        if (!access(path, R_OK)) return path;
    }
    return NULL;
}

static const char unavailable[] = "unavailable: "; // how a kernel's line begins that can never run here

static bool named(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], name)) return true;
    return false;
}

// Names of the plug-ins' kernels so far.
static size_t list_others(cli *c, const char ***names) {
    size_t count = tn_list_count(c->env), n = 0;
    *names = cli_alloc(c, count + 1, sizeof **names);
    for (size_t i = 0; i < count; i++) {
        tn_listing l;
        if (tn_list_get(c->env, i, &l) == TN_OK && l.plugin) (*names)[n++] = l.name;
    }
    return n;
}

// The kernels that loading the plug-in added.
static int list_theirs(against *a, const char *const *others, size_t other_count) {
    size_t count = tn_list_count(a->c->env);
    a->theirs = cli_alloc(a->c, count + 1, sizeof *a->theirs);
    for (size_t i = 0; i < count; i++) {
        tn_listing l;
        if (tn_list_get(a->c->env, i, &l) != TN_OK || strcmp(l.kind, "tactic") != 0) continue;
        if (!l.plugin || named(others, other_count, l.name)) continue;
        a->plugin = l.plugin;
        if (!strncmp(l.doc, unavailable, strlen(unavailable))) {
            if (!a->library) a->library = l.doc;
            continue;
        }
        if (!a->their_count) a->library = l.doc;
        a->theirs[a->their_count++] = l.name;
    }
    const char *name = opt_text(&a->c->o, OPT_AGAINST);
    if (a->their_count) return EXIT_FINE;
    if (a->library)
        return cli_error(a->c, "--against %s: %s", safe(a->c, name),
                         safe(a->c, a->library + strlen(unavailable)));
    return cli_error(a->c, "--against %s: the plug-in brings no kernels (or --plugin loaded it already)",
                     safe(a->c, name));
}

static int load_plugin(against *a) {
    const char *name = opt_text(&a->c->o, OPT_AGAINST), *path = plugin_path(a->c, name);
    const char **others;
    size_t other_count = list_others(a->c, &others);
    if (!path)
        return cli_usage(a->c, "--against %s: no plug-in of that name comes with Tenon; name its file",
                         safe(a->c, name));
    int status = cli_report(a->c, tn_env_plugin(a->c->env, path, a->c->diags));
    return status ? status : list_theirs(a, others, other_count);
}

// ------------------------------------------------------------------------------------ collecting

static layer *layer_of(against *a, const char *node, const char *op) {
    cli *c = a->c;
    layer *last = a->layers ? &a->layer[a->layers - 1] : NULL;
    if (last && !strcmp(last->node, node) && !strcmp(last->op, op)) return last;
    a->layer = cli_grow(c, a->layer, &a->capacity, a->layers + 1, sizeof *a->layer);
    last = &a->layer[a->layers++];
    *last = (layer){.node = cli_copy(c, node, strlen(node)), .op = cli_copy(c, op, strlen(op))};
    return last;
}

static void note(void *user, const char *node, const char *op, const char *tactic, bool chosen, double ns,
                 const char *reason) {
    against *a = user;
    layer *l = layer_of(a, node, op);
    bool theirs = named(a->theirs, a->their_count, tactic);
    side *s = theirs ? &l->theirs : &l->ours;
    (void)chosen;
    l->asked |= theirs;
    if (theirs && reason) l->reason = cli_copy(a->c, reason, strlen(reason));
    if (reason || !(ns > 0) || (s->kernel && s->ns <= ns)) return;
    *s = (side){cli_copy(a->c, tactic, strlen(tactic)), ns};
}

static totals sum_up(const against *a) {
    totals t = {0};
    double logs = 0;
    for (size_t i = 0; i < a->layers; i++) {
        const layer *l = &a->layer[i];
        if (!l->ours.kernel || !l->theirs.kernel) {
            t.alone += l->ours.kernel ? l->ours.ns : 0;
            continue;
        }
        t.compared++;
        t.ahead += l->ours.ns <= l->theirs.ns;
        t.ours += l->ours.ns;
        t.theirs += l->theirs.ns;
        logs += log(l->theirs.ns / l->ours.ns);
    }
    t.geomean = t.compared ? exp(logs / (double)t.compared) : 0;
    return t;
}

// ---------------------------------------------------------------------------------------- report

static void print_layer(against *a, const layer *l) {
    cli *c = a->c;
    if (!l->asked) return;
    printf("%10.1f ", l->ours.kernel ? l->ours.ns / 1000 : 0.0);
    if (l->ours.kernel && l->theirs.kernel)
        printf("%10.1f %6.2f", l->theirs.ns / 1000, l->theirs.ns / l->ours.ns);
    else
        printf("%10s %6s", "-", "-");
    printf("  %-14s %-34s %s", safe(c, l->op), l->ours.kernel ? safe(c, l->ours.kernel) : "-",
           safe(c, l->node));
    if (!l->theirs.kernel) printf("   (%s)", l->reason ? safe(c, l->reason) : "not timed");
    printf("\n");
}

static void print_report(against *a) {
    totals t = sum_up(a);
    printf("ours against %s: %s; %d thread%s, CPU level %s\n", safe(a->c, a->plugin), safe(a->c, a->library),
           tn_plan_threads(a->model.plan), tn_plan_threads(a->model.plan) == 1 ? "" : "s",
           tn_env_isa(a->c->env));
    printf("%10s %10s %6s  %-14s %-34s %s\n", "ours us", "theirs us", "ratio", "op", "our kernel", "node");
    for (size_t i = 0; i < a->layers; i++) print_layer(a, &a->layer[i]);
    if (t.compared)
        printf(
            "%10.1f %10.1f %6.2f  in %zu layers; ours not slower in %zu, geometric mean of the ratios %.2f\n",
            t.ours / 1000, t.theirs / 1000, t.theirs / t.ours, t.compared, t.ahead, t.geomean);
    else
        printf("no layer in which both have a kernel that was timed\n");
    if (t.alone > 0) printf("%10.1f            in layers for which %s has none\n", t.alone / 1000, a->plugin);
}

static void json_side(json *j, const char *key, const side *s) {
    if (!s->kernel) {
        json_nothing(j, key);
        return;
    }
    json_open(j, key, '{');
    json_text(j, "kernel", s->kernel);
    json_double(j, "ns", s->ns);
    json_close(j, '}');
}

static void json_layer(json *j, const layer *l) {
    bool both = l->ours.kernel && l->theirs.kernel;
    json_open(j, NULL, '{');
    json_text(j, "node", l->node);
    json_text(j, "op", l->op);
    json_side(j, "ours", &l->ours);
    json_side(j, "theirs", &l->theirs);
    if (both) json_double(j, "ratio", l->theirs.ns / l->ours.ns);
    if (!l->theirs.kernel && l->reason) json_text(j, "reason", l->reason);
    json_close(j, '}');
}

static void json_report(against *a) {
    totals t = sum_up(a);
    json j = json_begin(a->c);
    json_open(&j, NULL, '{');
    json_text(&j, "model", a->model.path);
    json_text(&j, "against", a->plugin);
    json_text(&j, "library", a->library);
    json_int(&j, "threads", tn_plan_threads(a->model.plan));
    json_text(&j, "isa", tn_env_isa(a->c->env));
    json_open(&j, "layers", '[');
    for (size_t i = 0; i < a->layers; i++) json_layer(&j, &a->layer[i]);
    json_close(&j, ']');
    json_int(&j, "compared", (int64_t)t.compared);
    json_int(&j, "not_slower", (int64_t)t.ahead);
    json_double(&j, "ours_ns", t.ours);
    json_double(&j, "theirs_ns", t.theirs);
    json_double(&j, "alone_ns", t.alone);
    json_double(&j, "geomean", t.geomean);
    json_close(&j, '}');
}

static int whole(against *a) {
    cli *c = a->c;
    if (opt_on(&c->o, OPT_NO_TIMING)) return cli_usage(c, "--against is all timing; leave --no-timing out");
    int status = load_plugin(a);
    if (!status) status = model_open(c, &a->model, c->o.operand[0]);
    if (!status && a->model.engine)
        status = cli_usage(c, "--against needs the model, not an engine: its kernels are chosen already");
    a->model.watch = note;
    a->model.watcher = a;
    a->model.fresh = true;
    if (!status) status = model_plan(c, &a->model);
    cli_progress_clear(c);
    if (status) return status;
    if (c->json)
        json_report(a);
    else
        print_report(a);
    return EXIT_FINE;
}

int run_against(cli *c) {
    against a = {.c = c};
    int status = whole(&a);
    model_close(&a.model);
    return status;
}
