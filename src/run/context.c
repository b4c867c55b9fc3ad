// SPDX-License-Identifier: Apache-2.0
// context.c - the public functions on contexts: bind, run, read.
#include "ir/dim_expr.h"
#include "run/cost.h"
#include "run/frame.h"
#include "run/tap.h"

#include <stdio.h>
#include <string.h>

// ---- state

// What the model's state holds before the first run.
static tn_status begin_state(tn_context *c) {
    const tn_graph *g = c->plan->graph;
    c->state = tni_arena_zalloc(&c->own, (g->ninput + 1) * sizeof *c->state);
    c->next = tni_arena_zalloc(&c->own, (g->ninput + 1) * sizeof *c->next);
    if (!c->state || !c->next) return TN_NOMEM;
    for (size_t i = 0; i < g->ninput; i++) {
        const tni_preset *s = tni_graph_state(g, i, &c->next[i]);
        if (!s) continue;
        c->state[i] = tni_tensor_new(&c->own, s->value->dtype, s->value->rank, s->value->dim);
        if (!c->state[i]) return TN_NOMEM;
        if (s->value->bytes) memcpy(c->state[i]->data, s->value->data, s->value->bytes);
        c->input[i] = c->state[i];
    }
    return TN_OK;
}

// The last run's results become the state: as late as can be, for the next run needs their memory. They never
// lie in it: what is an input's as it is, is handed out as a copy.
void tni_context_keep_state(tn_context *c) {
    for (size_t i = 0; c->follows && i < c->plan->graph->ninput; i++)
        if (c->state[i] && c->state[i]->bytes)
            memcpy(c->state[i]->data, c->main->result[0][c->next[i]].data, c->state[i]->bytes);
    c->follows = false;
}

// ---- contexts

tn_status tn_context_new(tn_context **context, const tn_plan *plan, const tn_context_options *options,
                         tn_diags *diags) {
    tn_context_options o = options ? *options : (tn_context_options){0};
    tn_env *env = plan->env;
    tn_context *c = tni_calloc(env, 1, sizeof *c);
    if (!c) return TN_NOMEM;
    *c = (tn_context){.env = env, .plan = plan, .diags = diags, .profile = o.profile};
    tni_arena_init(&c->own, env);
    tni_arena_init(&c->run, env);
    tni_arena_init(&c->scratch, env);
    tni_dims_init(&c->dims, env);
    c->input = tni_arena_zalloc(&c->own, (plan->graph->ninput + 1) * sizeof *c->input);
    c->keep = tni_arena_zalloc(&c->own, plan->graph->root->nvalues + 1u);
    c->ns = tni_arena_zalloc(&c->own, (plan->nsteps + 1) * sizeof *c->ns);
    tn_status status = c->input && c->keep && c->ns ? begin_state(c) : TN_NOMEM;
    int threads = o.threads > 0 ? o.threads : plan->threads;
    if (status == TN_OK && threads > 1) status = tni_pool_new(&c->pool, env, threads, !o.no_spin);
    if (status == TN_OK) status = tni_frame_new(&c->main, c, NULL, plan->graph);
    c->diags = NULL;
    if (status == TN_OK)
        *context = c;
    else
        tn_context_free(c);
    return status;
}

void tn_context_free(tn_context *c) {
    if (!c) return;
    tni_taps_free(c->taps);
    tni_frame_free(c->main);
    tni_pool_free(c->pool);
    tni_dims_free(&c->dims);
    tni_arena_free(&c->scratch);
    tni_arena_free(&c->run);
    tni_arena_free(&c->own);
    tni_free(c->env, c);
}

static const char *shape_text(const tn_tensor *t, char text[160]) {
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i < t->rank && at < 140; i++)
        at += (size_t)snprintf(text + at, 160 - at, "%s%lld", i ? "x" : "", (long long)t->dim[i]);
    return t->rank ? text : "scalar";
}

static tn_status refuse(const tn_context *c, tn_diags *diags, const tn_io *io, const char *hint,
                        const char *message) {
    tn_diag d = {
        .severity = TN_ERROR, .status = TN_INVALID, .file = c->plan->name, .tensor = io->name, .hint = hint};
    return tni_diag(diags, &d, "%s", message);
}

// A program of PyTorch's holds for the sizes that it was exported for.
static tn_status check_range(const tn_context *c, size_t i, const tn_tensor *value, tn_diags *diags) {
    const tn_io *io = tn_plan_input(c->plan, i);
    char message[300], range[64];
    for (int d = 0; value->kind == TN_TENSOR && d < io->rank; d++) {
        int64_t least = c->plan->least[i][d], most = c->plan->most[i][d];
        if (value->dim[d] >= least && value->dim[d] <= most) continue;
        tni_dim_range_text(range, sizeof range, least, most);
        snprintf(message, sizeof message, "dimension %d, '%.40s', is %lld; the model was exported for %s", d,
                 io->expr[d] ? io->expr[d] : "", (long long)value->dim[d], range);
        return refuse(c, diags, io, "export it with a wider range: torch.export.Dim(name, min=..., max=...)",
                      message);
    }
    return TN_OK;
}

tn_status tn_context_set_input(tn_context *c, size_t i, const tn_tensor *value, tn_diags *diags) {
    const tn_io *io = tn_plan_input(c->plan, i);
    if (!io || !value) return tni_error(diags, TN_INVALID, "there is no input %zu", i);
    char message[400], shape[160];
    bool empty = value->kind != TN_TENSOR && !value->nitems; // nothing that could be of a wrong type
    if (value->kind != io->kind || (value->dtype != io->dtype && !empty)) {
        snprintf(message, sizeof message, "the input is %s, the value given is %s", tn_dtype_text(io->dtype),
                 tn_dtype_text(value->dtype));
        return refuse(c, diags, io, "convert the value to the model's element type", message);
    }
    bool fits = value->kind != TN_TENSOR || io->rank < 0 || io->rank == value->rank;
    for (int d = 0; fits && value->kind == TN_TENSOR && d < io->rank; d++)
        fits = io->dims[d] < 0 || io->dims[d] == value->dim[d];
    if (!fits) {
        size_t at = (size_t)snprintf(message, sizeof message, "the value given is %s, the input takes ",
                                     shape_text(value, shape));
        for (int d = 0; d < io->rank && at < 360; d++)
            at += io->dims[d] >= 0 ? (size_t)snprintf(message + at, sizeof message - at, "%s%lld",
                                                      d ? "x" : "", (long long)io->dims[d])
                                   : (size_t)snprintf(message + at, sizeof message - at, "%s%.40s",
                                                      d ? "x" : "", io->expr[d]);
        return refuse(c, diags, io, NULL, message);
    }
    TN_TRY(check_range(c, i, value, diags));
    if (!c->state[i]) {
        c->input[i] = value;
        return TN_OK;
    }
    tni_context_keep_state(c); // of the other inputs
    if (value->bytes) memcpy(c->state[i]->data, value->data, value->bytes);
    return TN_OK;
}

// One symbol has one value: "N" of two inputs must agree.
static tn_status check_symbols(const tn_context *c, tn_diags *diags) {
    const tn_graph *g = c->plan->graph;
    struct {
        const char *name, *input;
        int64_t value;
    } seen[64];
    size_t n = 0;
    for (size_t i = 0; i < g->ninput; i++) {
        const tn_type *type = &g->input[i]->info.type;
        for (int d = 0; d < type->rank; d++) {
            const char *name = tni_dim_symbol_name(type->dim[d]);
            size_t at = 0;
            if (!name) continue;
            while (at < n && strcmp(seen[at].name, name)) at++;
            int64_t value = c->input[i]->dim[d];
            if (at < n && seen[at].value != value)
                return tni_error(
                    diags, TN_INVALID, "dimension '%s' is %lld in input '%s' and %lld in input '%s'", name,
                    (long long)seen[at].value, seen[at].input, (long long)value, g->input[i]->name);
            if (at < n || n == sizeof seen / sizeof *seen) continue;
            seen[n].name = name;
            seen[n].input = g->input[i]->name;
            seen[n++].value = value;
        }
    }
    return TN_OK;
}

tn_status tn_context_run(tn_context *c, tn_diags *diags) {
    for (size_t i = 0; i < c->plan->graph->ninput; i++)
        if (!c->input[i])
            return refuse(c, diags, tn_plan_input(c->plan, i), "bind every input before running",
                          "the input has no value");
    TN_TRY(check_symbols(c, diags));
    TN_TRY(tni_plan_check(c->plan, TNI_RUN, diags));
    tni_context_keep_state(c);
    unsigned fp = tni_fp_begin();
    c->diags = diags;
    c->ran = false;
    if (c->profile) memset(c->ns, 0, c->plan->nsteps * sizeof *c->ns);
    tni_arena_reset(&c->run, (tni_mark){0});
    tni_arena_reset(&c->scratch, (tni_mark){0});
    if (c->taps) tni_taps_clear(c->taps);
    tn_status status = tni_frame_run(c->main, c->input);
    if (status == TN_OK && c->taps) status = tni_taps_take(c->taps, c->main);
    c->ran = c->follows = status == TN_OK;
    c->diags = NULL;
    tni_fp_end(fp);
    if (status == TN_NOMEM) tni_error(diags, status, "out of memory while running");
    return status;
}

const tn_tensor *tn_context_output(const tn_context *c, size_t i) {
    return c->ran && i < c->plan->graph->noutput ? &c->main->result[0][i] : NULL;
}

size_t tn_context_bytes(const tn_context *c) { return tni_frame_bytes(c->main); }

tn_status tn_context_step(const tn_context *c, size_t i, tn_step *step) {
    TN_TRY(tn_plan_step(c->plan, i, step));
    size_t k = c->plan->told[i];
    step->ns = c->ns[k];
    tni_step_cost(c->main, &c->plan->step[k], step);
    return TN_OK;
}
