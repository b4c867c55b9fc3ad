// SPDX-License-Identifier: Apache-2.0
// conformance.c - `tenon conformance`: ONNX's operator tests, each through the whole way: load, plan,
// context, run, compare. Finding the cases is cases.c's, the report is conformance_report.c's.
#include "exceptions.h"

#include <string.h>
#include <strings.h>

typedef struct attempt {
    cli *c;
    test_case *test;
    tn_graph *graph;
    tn_plan *plan;
    tn_context *context;
    size_t inputs;
    tn_io *input;         // [inputs], as the model declares them
    tn_tensor **value;    // [inputs]
    bool random;          // an operator whose values nobody can expect
    const char *maybe[2]; // Dropout: ratio and training mode; random unless one of them is zero
    bool dropout;
} attempt;

static void failed(test_case *t, const char *reason) {
    t->verdict = FAILED;
    t->reason = reason;
}

// What the library said, or what `status` means.
static void failed_with(attempt *a, const char *when, tn_status status) {
    const char *text = tn_status_text(status);
    size_t more = 0;
    for (size_t i = tn_diags_count(a->c->diags); i-- > 0;) {
        const tn_diag *d = tn_diags_get(a->c->diags, i);
        if (d->severity != TN_ERROR) continue;
        text = d->op ? cli_printf(a->c, "%s: %s", d->op, d->message)
                     : cli_copy(a->c, d->message, strlen(d->message));
        more++;
        if (d->op) case_add_op(a->c, a->test, d->op);
    }
    if (more > 1) text = cli_printf(a->c, "%s (and %zu more)", text, more - 1);
    tn_diags_clear(a->c->diags);
    failed(a->test, cli_printf(a->c, "%s: %s", when, text));
}

// --------------------------------------------------------------------------------------- operators

static bool is_random(const char *op) {
    static const char *const random[] = {"RandomNormal",      "RandomNormalLike", "RandomUniform",
                                         "RandomUniformLike", "Multinomial",      "Bernoulli"};
    for (size_t i = 0; i < sizeof random / sizeof *random; i++)
        if (!strcmp(op, random[i])) return true;
    return false;
}

static const char *input_name(attempt *a, const tn_node *n, size_t i) {
    const char *name = i < n->inputs ? n->input[i].name : NULL;
    return name ? cli_copy(a->c, name, strlen(name)) : NULL;
}

static void see_node(void *user, const tn_node *n) {
    attempt *a = user;
    case_add_op(a->c, a->test, n->op);
    a->random |= is_random(n->op);
    if (strcmp(n->op, "Dropout")) return;
    a->maybe[0] = input_name(a, n, 1);
    a->maybe[1] = input_name(a, n, 2);
    a->dropout = a->maybe[1] != NULL;
}

static bool fed_zero(const attempt *a, const char *name) {
    for (size_t i = 0; name && i < a->inputs; i++)
        if (!strcmp(a->input[i].name, name))
            return tn_tensor_count(a->value[i]) == 1 && tn_tensor_get(a->value[i], 0) == 0;
    return false;
}

static bool only_types(const attempt *a) {
    return a->random || (a->dropout && !fed_zero(a, a->maybe[0]) && !fed_zero(a, a->maybe[1]));
}

// ----------------------------------------------------------------------------------------- prepare

// A model that only operators of others keep from loading is skipped.
static void load_failed(attempt *a, tn_status status) {
    test_case *t = a->test;
    const char *reason = NULL;
    failed_with(a, "load", status);
    for (size_t i = 0; i < t->ops; i++)
        if (!(reason = exception_operator(t->op[i]))) return;
    if (!reason) return;
    t->verdict = SKIPPED;
    t->reason = cli_printf(a->c, "%s: %s", t->op[0], reason);
}

static bool load(attempt *a) {
    tn_load_options options = {.follow_external = opt_on(&a->c->o, OPT_FOLLOW_EXTERNAL)};
    tn_status status = tn_graph_load(&a->graph, a->c->env, a->test->model, &options, a->c->diags);
    if (status != TN_OK) {
        load_failed(a, status);
        return false;
    }
    a->inputs = tn_graph_input_count(a->graph);
    a->input = cli_alloc(a->c, a->inputs, sizeof *a->input);
    a->value = cli_alloc(a->c, a->inputs, sizeof *a->value);
    for (size_t i = 0; i < a->inputs; i++) {
        a->input[i] = *tn_graph_input(a->graph, i);
        a->input[i].name = cli_copy(a->c, a->input[i].name, strlen(a->input[i].name));
    }
    status = tn_graph_visit(a->graph, see_node, a);
    if (status != TN_OK) failed_with(a, "load", status);
    return status == TN_OK;
}

static bool prepare(attempt *a) {
    tn_build_options build = {.threads = 1, .no_timing = true, .tactics = cli_joined(a->c, OPT_TACTICS)};
    tn_context_options options = {.threads = 1};
    tn_status status = tn_plan_build(&a->plan, a->graph, &build, a->c->diags);
    if (status != TN_OK) {
        failed_with(a, "build", status);
        return false;
    }
    status = tn_context_new(&a->context, a->plan, &options, a->c->diags);
    if (status != TN_OK) failed_with(a, "context", status);
    return status == TN_OK;
}

// ---------------------------------------------------------------------------------------- one data set

static tn_status ramp(attempt *a, size_t i) {
    const tn_io *io = &a->input[i];
    int64_t dims[TN_MAX_RANK] = {0};
    for (int k = 0; k < io->rank; k++) dims[k] = io->dims[k] < 0 ? 1 : io->dims[k];
    if (io->rank < 0 || io->kind != TN_TENSOR) return TN_UNSUPPORTED;
    tn_status status = tn_tensor_new(&a->value[i], a->c->env, io->dtype, io->rank, dims);
    int64_t n = status == TN_OK ? tn_tensor_count(a->value[i]) : 0;
    for (int64_t k = 0; k < n; k++) tn_tensor_set(a->value[i], k, (double)k / (double)n);
    return status;
}

// A tensor of a case, for a value of the model that is `kind` of `dtype`. Up to ONNX 1.18 the cases hold the
// bits of bf16 in tensors of u16.
static tn_status load_value(attempt *a, tn_tensor **t, const char *file, tn_kind kind, tn_dtype dtype) {
    tn_tensor_format format = {.kind = kind};
    tn_status status = tn_tensor_load(t, a->c->env, file, &format, a->c->diags);
    if (status != TN_OK || kind != TN_TENSOR || dtype != TN_BF16 || tn_tensor_dtype(*t) != TN_U16)
        return status;
    tn_tensor *bits = *t;
    *t = NULL;
    status = tn_tensor_new(t, a->c->env, dtype, tn_tensor_rank(bits), tn_tensor_dims(bits));
    if (status == TN_OK && tn_tensor_bytes(bits))
        memcpy(tn_tensor_data(*t), tn_tensor_const_data(bits), tn_tensor_bytes(bits));
    tn_tensor_free(bits);
    return status;
}

static bool load_input(attempt *a, size_t i, const char *folder) {
    tn_tensor_free(a->value[i]);
    a->value[i] = NULL;
    const char *file = cli_printf(a->c, "%s/input_%zu.pb", folder ? folder : "", i);
    tn_status status =
        folder ? load_value(a, &a->value[i], file, a->input[i].kind, a->input[i].dtype) : ramp(a, i);
    if (status != TN_OK) failed_with(a, cli_printf(a->c, "input_%zu", i), status);
    return status == TN_OK;
}

static bool bind_inputs(attempt *a) {
    for (size_t k = 0; k < tn_plan_input_count(a->plan); k++) {
        const char *name = tn_plan_input(a->plan, k)->name;
        size_t i = 0;
        while (i < a->inputs && strcmp(a->input[i].name, name)) i++;
        tn_status status =
            i < a->inputs ? tn_context_set_input(a->context, k, a->value[i], a->c->diags) : TN_INTERNAL;
        if (status == TN_OK) continue;
        failed_with(a, cli_printf(a->c, "input '%s'", name), status);
        return false;
    }
    return true;
}

static bool compare(attempt *a, size_t k, const char *file) {
    const tn_tensor *got = tn_context_output(a->context, k);
    tn_tensor *want = NULL;
    const tn_io *io = tn_plan_output(a->plan, k);
    const char *what = cli_printf(a->c, "output_%zu", k);
    tn_status status = load_value(a, &want, file, io->kind, io->dtype);
    if (status == TN_OK && !got) status = TN_INTERNAL;
    tn_comparison figures = {0};
    if (status == TN_OK) {
        status = tn_tensor_compare(got, want, a->test->light ? 2e-3 : 1e-3, exception_tolerance(a->test),
                                   &figures);
        if (status == TN_MISMATCH) status = TN_OK;
    }
    if (status != TN_OK) {
        failed_with(a, what, status);
    } else {
        bool types = figures.equal_type && only_types(a);
        const char *why = types ? NULL : difference(a->c, &figures, got, want);
        if (why) failed(a->test, cli_printf(a->c, "%s: %s", what, why));
    }
    tn_tensor_free(want);
    return a->test->verdict != FAILED;
}

// Compares every output that a file is there for; none at all is no test.
static bool compare_outputs(attempt *a, const char *folder) {
    size_t compared = 0;
    for (size_t k = 0; k < tn_plan_output_count(a->plan); k++) {
        const char *file = folder ? cli_printf(a->c, "%s/output_%zu.pb", folder, k)
                                  : cli_printf(a->c, "%s_output_%zu.pb", a->test->light, k);
        if (!case_has_file(file)) continue;
        if (!compare(a, k, file)) return false;
        compared++;
    }
    if (compared) return true;
    a->test->verdict = SKIPPED;
    a->test->reason = "no expected outputs (output_K.pb)";
    return false;
}

// `folder` NULL: inputs are generated, outputs lie beside the model.
static bool run_set(attempt *a, const char *folder) {
    if (folder && case_has_file(cli_printf(a->c, "%s/input_%zu.pb", folder, a->inputs))) {
        failed(a->test,
               cli_printf(a->c, "there is an input_%zu.pb, the model has %zu inputs", a->inputs, a->inputs));
        return false;
    }
    for (size_t i = 0; i < a->inputs; i++)
        if (!load_input(a, i, folder)) return false;
    if (!bind_inputs(a)) return false;
    tn_status status = tn_context_run(a->context, a->c->diags);
    if (status != TN_OK) failed_with(a, "run", status);
    return status == TN_OK && compare_outputs(a, folder);
}

static void run_sets(attempt *a) {
    test_case *t = a->test;
    t->verdict = PASSED;
    if (t->light)
        run_set(a, NULL);
    else
        for (size_t i = 0; i < t->sets && run_set(a, t->set[i]); i++) {}
}

// ------------------------------------------------------------------------------------------ filter

// An operator's name, or a pattern for the folder's name.
static bool wanted(const test_case *t, const char *filter) {
    if (!filter) return true;
    if (strpbrk(filter, "*?")) return case_matches(t->name, filter);
    for (size_t i = 0; i < t->ops; i++)
        if (!strcasecmp(t->op[i], filter)) return true;
    return false;
}

static void run_case(cli *c, test_case *t, const char *filter) {
    attempt a = {.c = c, .test = t};
    bool by_name = filter && strpbrk(filter, "*?");
    if (by_name && !wanted(t, filter)) {
        t->verdict = LEFT_OUT;
        return;
    }
    bool loaded = load(&a);
    const char *withdrawn;
    if (!wanted(t, filter))
        t->verdict = LEFT_OUT;
    else if (loaded && !t->light && !t->sets)
        t->verdict = SKIPPED, t->reason = "no test_data_set_*";
    else if ((withdrawn = exception_withdrawn(c, t)))
        t->verdict = SKIPPED, t->reason = withdrawn;
    else if (loaded && prepare(&a))
        run_sets(&a);
    for (size_t i = 0; i < a.inputs; i++) tn_tensor_free(a.value[i]);
    tn_context_free(a.context);
    tn_plan_free(a.plan);
    tn_graph_free(a.graph);
    tn_diags_clear(c->diags);
}

int run_conformance(cli *c) {
    const char *filter = opt_text(&c->o, OPT_FILTER);
    test_list list = {0};
    int status = cases_find(c, &list, c->o.operand[0]);
    if (status) return status;
    for (size_t i = 0; i < list.count; i++) {
        cli_progress(c, "case", i, list.count);
        run_case(c, &list.test[i], filter);
        if (c->verbose && list.test[i].verdict == PASSED)
            cli_note(c, "passed %s", safe(c, list.test[i].name));
    }
    cli_progress_clear(c);
    return cases_report(c, &list);
}
