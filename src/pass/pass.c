// SPDX-License-Identifier: Apache-2.0
// pass.c - the runner. What a pass learns (a folded size, say) reaches the types of later values by inferring
// anew after every round that changed something.
#include "pass/pass.h"

#include "ir/program.h"
#include "ir/registry.h"
#include "ir/text.h"

#include <string.h>

enum { SIMPLIFYING = 1, FUSING = 2, LEVELS = 5, MAX_ROUNDS = 40, MAX_DEPTH = 64 };

typedef struct runner {
    tn_graph *g;
    const tn_pass_options *options;
    const tni_costs *costs;
    tn_diags *diags;
    bool stop; // the pass named by `after` has run
} runner;

// "a,b,c" has `name`.
static bool listed(const char *list, const char *name) {
    size_t n = strlen(name);
    for (const char *at = list; at && *at; at += *at == ',') {
        size_t length = strcspn(at, ",");
        if (length == n && !memcmp(at, name, n)) return true;
        at += length;
    }
    return false;
}

static tn_status check_names(const tn_env *env, const char *list, tn_diags *diags) {
    for (const char *at = list; at && *at; at += *at == ',') {
        size_t n = strcspn(at, ",");
        if (n && !tni_pass_find(env, at, n)) {
            tn_diag d = {.severity = TN_ERROR,
                         .status = TN_INVALID,
                         .hint = "`tenon list passes` prints the names there are"};
            return tni_diag(diags, &d, "there is no pass '%.*s'", (int)n, at);
        }
        at += n;
    }
    return TN_OK;
}

static bool wanted(const tn_pass_options *o, const char *name) {
    if (!o) return true;
    return (!o->only || listed(o->only, name)) && !listed(o->disable, name);
}

// Bodies first: what they no longer read may be simplified away around them.
static tn_status run_on(const runner *r, const tn_pass_def *pass, tn_graph *g, bool *changed, int depth) {
    if (depth > MAX_DEPTH)
        return tni_error(r->diags, TN_LIMIT, "bodies are nested deeper than %d", MAX_DEPTH);
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; !tni_bodies_describe(n) && (body = tni_next_body(n, &i));)
            TN_TRY(run_on(r, pass, body, changed, depth + 1));
    }
    if (pass->run_by) return pass->run_by(g, r->costs, changed, r->diags);
    return pass->run(g, changed, r->diags);
}

static tn_status dump(const runner *r, const char *pass, bool changed) {
    if (!r->options || !r->options->dump) return TN_OK;
    tni_text text = {.env = r->g->root->env};
    if (changed)
        tni_graph_print(&text, r->g, true);
    else
        tni_text_puts(&text, "(unchanged)");
    tn_status status = text.failed ? TN_NOMEM : TN_OK;
    if (status == TN_OK) r->options->dump(r->options->user, pass, text.data);
    tni_text_free(&text);
    return status;
}

static tn_status run_pass(runner *r, const tn_pass_def *pass, bool *any) {
    bool changed = false;
    TN_TRY(run_on(r, pass, r->g, &changed, 0));
#ifndef NDEBUG
    if (tni_verify(r->g, r->diags) != TN_OK)
        return tni_error(r->diags, TN_INTERNAL, "pass '%s' left an inconsistent graph", pass->name);
#endif
    *any |= changed;
    r->stop = r->options && r->options->after && !strcmp(r->options->after, pass->name);
    return dump(r, pass->name, changed);
}

// Warnings were given when the model was read; only a failure is worth saying, with its reason.
static tn_status infer_again(runner *r) {
    if (tni_graph_infer(r->g, NULL) == TN_OK) return TN_OK;
    return tni_graph_infer(r->g, r->diags);
}

static tn_status run_level(runner *r, int level, bool *changed) {
    for (int round = 0; round < MAX_ROUNDS; round++) {
        bool any = false;
        const tn_pass_def *pass;
        for (size_t i = 0; (pass = tni_pass_at(r->g->root->env, i)) && !r->stop; i++)
            if (pass->level == level && wanted(r->options, pass->name)) TN_TRY(run_pass(r, pass, &any));
        if (!any) return TN_OK;
        *changed = true;
        TN_TRY(infer_again(r));
        if (r->stop) return TN_OK;
    }
    return TN_OK;
}

// What is fused may leave something to simplify, a transpose beside another one, and that something to fuse;
// so may what is laid out anew, a Reshape behind another one.
static tn_status run_levels(runner *r) {
    for (int level = 0, sweeps = 0; level < LEVELS && !r->stop; level++) {
        bool changed = false;
        TN_TRY(run_level(r, level, &changed));
        bool anew = level == FUSING || level == LEVELS - 1;
        if (anew && changed && ++sweeps < MAX_ROUNDS) level = SIMPLIFYING - 1;
    }
    return TN_OK;
}

tn_status tni_passes_run_by(tn_graph *g, const tn_pass_options *options, const tni_costs *costs,
                            tn_diags *diags) {
    runner r = {.g = g, .options = options, .costs = costs, .diags = diags};
    if (options) {
        TN_TRY(check_names(g->root->env, options->only, diags));
        TN_TRY(check_names(g->root->env, options->disable, diags));
        TN_TRY(check_names(g->root->env, options->after, diags));
    }
    TN_TRY(tni_graph_align(g));
    return run_levels(&r);
}

tn_status tni_passes_run(tn_graph *g, const tn_pass_options *options, tn_diags *diags) {
    return tni_passes_run_by(g, options, NULL, diags);
}
