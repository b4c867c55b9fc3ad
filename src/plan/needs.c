// SPDX-License-Identifier: Apache-2.0
// needs.c - which plug-ins a plan needs: gathered while it is built, written at the beginning of its program,
// and held against the env when it is opened.
//
//     plug-ins: count | (name, version, operators' names)*
#include "plan/needs.h"

#include "base/plugin.h"
#include "ir/registry.h"

#include <string.h>

// ---- gathering

static bool noted(const tni_needs *n, const void *def) {
    for (size_t i = 0; i < n->count; i++)
        if (n->def[i] == def) return true;
    return false;
}

static tn_status note(tni_needs *n, const void *def) {
    if (noted(n, def)) return TN_OK;
    if (!tni_grow(n->env, &n->def, n->count, &n->capacity, sizeof *n->def)) return TN_NOMEM;
    n->def[n->count++] = def;
    return TN_OK;
}

tn_status tni_needs_graph(tni_needs *n, const tn_graph *g) {
    if (!n->env->plugins) return TN_OK;
    for (const tni_node *node = g->first; node; node = node->next) {
        tn_graph *body;
        if (tni_op_plugin(n->env, node->op)) TN_TRY(note(n, node->op));
        for (size_t i = 0; (body = tni_next_body(node, &i));) TN_TRY(tni_needs_graph(n, body));
    }
    return TN_OK;
}

tn_status tni_needs_tactic(tni_needs *n, const tn_tactic_def *tactic) {
    return n->env->plugins && tni_tactic_plugin(n->env, tactic) ? note(n, tactic) : TN_OK;
}

void tni_needs_free(tni_needs *n) { tni_free(n->env, n->def); }

// ---- writing

static bool needed(const tni_needs *n, const tn_plugin *p) {
    for (const tn_op_def *const *op = p->ops; op && *op; op++)
        if (noted(n, *op)) return true;
    for (const tn_tactic_def *const *t = p->tactics; t && *t; t++)
        if (noted(n, *t)) return true;
    return false;
}

static void put_operators(tni_text *t, const tni_needs *n, const tn_plugin *p) {
    tni_text names = {.env = n->env};
    char buffer[96];
    for (const tn_op_def *const *op = p->ops; op && *op; op++)
        if (noted(n, *op))
            tni_text_printf(&names, "%s%s", names.length ? ", " : "", tni_op_text(*op, buffer));
    t->failed |= names.failed;
    tni_put_string(t, names.data, names.length);
    tni_text_free(&names);
}

void tni_needs_put(tni_text *t, const tni_needs *n) {
    uint32_t count = 0;
    for (const tni_plugin *p = n->env->plugins; p; p = p->next) count += needed(n, p->def);
    tni_put_u32(t, count);
    for (const tni_plugin *p = n->env->plugins; p; p = p->next) {
        const char *version = p->def->version ? p->def->version : "";
        if (!needed(n, p->def)) continue;
        tni_put_string(t, p->def->name, strlen(p->def->name));
        tni_put_string(t, version, strlen(version));
        put_operators(t, n, p->def);
    }
}

// ---- reading

static tn_status missing(const tn_plan *plan, const tn_plan_plugin *p, tn_diags *diags) {
    tn_diag d = {.severity = TN_ERROR,
                 .status = TN_UNSUPPORTED,
                 .file = plan->name,
                 .hint = "load it first: --plugin FILE.so, in a program tn_env_plugin"};
    return tni_diag(diags, &d, "the engine needs the plug-in '%s'%s%s for %s", p->name,
                    *p->version ? ", version " : "", p->version, p->operators);
}

// True when the plug-in is here and of the version that the engine was built with.
static bool same_version(const tn_plan *plan, const tn_plan_plugin *p, tn_diags *diags) {
    const tn_plugin *here = tni_plugin_find(plan->env, p->name);
    const char *version = here && here->version ? here->version : "";
    if (!here || !strcmp(version, p->version)) return true;
    tn_diag d = {.severity = TN_NOTE, .status = TN_UNSUPPORTED, .file = plan->name};
    tni_diag(diags, &d, "the plug-in '%s' has version '%s' here and had '%s': planning again", p->name,
             version, p->version);
    return false;
}

tn_status tni_needs_take(tn_plan *plan, tni_bytes *r, tni_arena *a, tn_diags *diags) {
    size_t n = tni_take_count(r, 15);
    tn_plan_plugin *list = tni_arena_zalloc(a, (n + 1) * sizeof *list);
    if (!list) return TN_NOMEM;
    for (size_t i = 0; i < n; i++) {
        list[i].name = tni_take_string(r).text;
        list[i].version = tni_take_string(r).text;
        list[i].operators = tni_take_string(r).text;
    }
    plan->plugin = list;
    plan->nplugins = n;
    tn_status status = TN_OK;
    for (size_t i = 0; i < n && !r->bad; i++) // all that are missing; kernels that are are met later
        if (*list[i].operators && !tni_plugin_find(plan->env, list[i].name))
            status = missing(plan, &list[i], diags);
    for (size_t i = 0; i < n && !r->bad && status == TN_OK; i++)
        plan->again |= !same_version(plan, &list[i], diags);
    return status == TN_OK && plan->again ? TN_UNSUPPORTED : status;
}

size_t tn_plan_plugin_count(const tn_plan *plan) { return plan->nplugins; }
const tn_plan_plugin *tn_plan_plugin_get(const tn_plan *plan, size_t i) {
    return i < plan->nplugins ? &plan->plugin[i] : NULL;
}
