// SPDX-License-Identifier: Apache-2.0
// plugin.c - what a plug-in brings is held to the rules that the build and the tests hold the built-in
// definitions to: complete, unique, of types that exist. Only a plug-in without a fault becomes part of the
// env.
#include "base/plugin.h"

#include "ir/registry.h"
#include "ir/tensor.h"

#include <string.h>

typedef struct candidate {
    tn_env *env;
    const tn_plugin *p;
    const char *path; // NULL: part of the program
    tn_diags *diags;
    bool faulty;
} candidate;

TN_PRINTF(4, 5)
static void fault(candidate *c, const char *name, const char *hint, const char *message, ...) {
    va_list args;
    va_start(args, message);
    tn_diag d = {.severity = TN_ERROR, .status = TN_INVALID, .file = c->path, .op = name, .hint = hint};
    tni_vdiag(c->diags, &d, message, args);
    va_end(args);
    c->faulty = true;
}

static const char *domain_text(const char *domain) { return *tni_domain(domain) ? domain : "ai.onnx"; }

// ---- operators

enum {
    MAX_IN = sizeof((tn_op_def *)0)->in / sizeof(tn_param),
    MAX_OUT = sizeof((tn_op_def *)0)->out / sizeof(tn_param),
    MAX_TYPES = sizeof((tn_op_def *)0)->types / sizeof(tn_type_set),
    MAX_ATTRS = sizeof((tn_op_def *)0)->attrs / sizeof(tn_attr_def)
};

static bool is_type(const tn_op_def *op, const char *name) {
    tn_dtype dtype;
    for (int i = 0; name && i < MAX_TYPES && op->types[i].name; i++)
        if (!strcmp(op->types[i].name, name)) return true;
    return name && tni_dtype_parse(name, strlen(name), &dtype);
}

static void check_params(candidate *c, const tn_op_def *op, const tn_param *row, int most) {
    for (int i = 0; i < most && row[i].name; i++)
        if (!is_type(op, row[i].type))
            fault(c, op->name, "a type is the name of a row of .types, or an element type such as \"i64\"",
                  "'%s' has no type '%s'", row[i].name, row[i].type ? row[i].type : "");
}

static void check_op(candidate *c, const tn_op_def *op, size_t index) {
    if (!op->name || !*op->name || strchr(op->name, '.')) {
        fault(c, op->name, NULL, "operator %zu has no name, or one with a dot", index);
        return;
    }
    if (!op->infer || !op->ref)
        fault(c, op->name, NULL, "the operator lacks .infer or .ref: both are needed");
    if (op->since < 1 || op->first > op->since)
        fault(c, op->name, NULL, "the operator's .since is not an opset, or lies before .first");
    if (op->attrs[MAX_ATTRS - 1].name)
        fault(c, op->name, NULL, "the operator has more than %d attributes", MAX_ATTRS - 1);
    check_params(c, op, op->in, MAX_IN);
    check_params(c, op, op->out, MAX_OUT);
    if (!*tni_domain(op->domain))
        fault(c, op->name, "give it a domain of your own: .domain = \"com.example\"",
              "the operator is in ONNX's own domain");
    const tn_op_def *there = tni_op_find(c->env, op->domain, op->name);
    for (size_t i = 0; !there && i < index; i++)
        if (!strcmp(c->p->ops[i]->name, op->name) && tni_same_domain(c->p->ops[i]->domain, op->domain))
            there = c->p->ops[i];
    if (there)
        fault(c, op->name, "rename it, or leave one of the two out",
              "there is an operator '%s' in domain '%s' already, from %s:%d", op->name,
              domain_text(op->domain), there->file ? there->file : "?", there->line);
    const tn_op_def *target = op->aten ? tni_op_find_aten(c->env, op->aten) : NULL;
    if (target) fault(c, op->name, NULL, "the ATen target '%s' means '%s' already", op->aten, target->name);
}

// ---- kernels and passes

static bool serves_some(const candidate *c, const tn_tactic_def *t) {
    if (tni_op_find(c->env, t->domain, t->op)) return true;
    for (const tn_op_def *const *op = c->p->ops; op && *op; op++)
        if (tni_tactic_serves(t, *op)) return true;
    return false;
}

static void check_tactic(candidate *c, const tn_tactic_def *t, size_t index) {
    if (!t->name || !*t->name || !t->op || !t->run) {
        fault(c, t->name, NULL, "kernel %zu lacks .name, .op or .run", index);
        return;
    }
    if (!t->pack != !t->pack_bytes || (t->params_bytes && !t->setup))
        fault(c, t->name, NULL,
              "the kernel has one of .pack and .pack_bytes, or .params_bytes and no .setup");
    if (!serves_some(c, t))
        fault(c, t->name, "is .domain missing, or .op misspelt?", "there is no operator '%s' in domain '%s'",
              t->op, domain_text(t->domain));
    bool twice = tni_tactic_find(c->env, t->name) != NULL;
    for (size_t i = 0; i < index; i++) twice |= !strcmp(c->p->tactics[i]->name, t->name);
    if (twice) fault(c, t->name, NULL, "there is a kernel of this name already");
}

static void check_pass(candidate *c, const tn_pass_def *p, size_t index) {
    if (!p->name || !*p->name || !p->run || p->level < 0 || p->level > 4) {
        fault(c, p->name, NULL, "pass %zu lacks .name or .run, or its .level is none of 0 to 4", index);
        return;
    }
    bool twice = tni_pass_find(c->env, p->name, strlen(p->name)) != NULL;
    for (size_t i = 0; i < index; i++) twice |= !strcmp(c->p->passes[i]->name, p->name);
    if (twice) fault(c, p->name, NULL, "there is a pass of this name already");
}

static tn_status check(candidate *c) {
    const tn_plugin *p = c->p;
    if (!p->name || !*p->name) {
        fault(c, NULL, NULL, "the plug-in has no .name");
        return TN_INVALID;
    }
    if (tni_plugin_find(c->env, p->name))
        fault(c, NULL, "each plug-in needs a name of its own", "a plug-in '%s' is loaded already", p->name);
    for (size_t i = 0; p->ops && p->ops[i]; i++) check_op(c, p->ops[i], i);
    for (size_t i = 0; p->tactics && p->tactics[i]; i++) check_tactic(c, p->tactics[i], i);
    for (size_t i = 0; p->passes && p->passes[i]; i++) check_pass(c, p->passes[i], i);
    return c->faulty ? TN_INVALID : TN_OK;
}

// ---- the public functions

static bool attached(const tn_env *env, const tn_plugin *def) {
    for (const tni_plugin *p = env->plugins; p; p = p->next)
        if (p->def == def) return true;
    return false;
}

tn_status tn_env_extend(tn_env *env, const tn_plugin *plugin, tn_diags *diags) {
    candidate c = {.env = env, .p = plugin, .diags = diags};
    if (attached(env, plugin)) return TN_OK;
    TN_TRY(tni_plugin_check_abi(plugin, NULL, diags));
    TN_TRY(check(&c));
    return tni_plugin_attach(env, NULL, plugin);
}

tn_status tn_env_plugin(tn_env *env, const char *path, tn_diags *diags) {
    candidate c = {.env = env, .path = path, .diags = diags};
    void *library;
    TN_TRY(tni_plugin_open(path, &library, &c.p, diags));
    tn_status status = TN_OK;
    if (!attached(env, c.p)) {
        status = check(&c);
        if (status == TN_OK) status = tni_plugin_attach(env, library, c.p);
        if (status == TN_OK) return TN_OK;
    }
    tni_plugin_close(library);
    return status;
}
