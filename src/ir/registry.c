// SPDX-License-Identifier: Apache-2.0
// registry.c - look-ups in the generated tables, and behind them in those of the env's plug-ins.
#include "ir/registry.h"

#include "base/cpuid.h"
#include "base/plugin.h"

#include <string.h>

const char *tni_domain(const char *domain) { return !domain || !strcmp(domain, "ai.onnx") ? "" : domain; }
bool tni_same_domain(const char *a, const char *b) { return !strcmp(tni_domain(a), tni_domain(b)); }

// REGISTRY(op, tn_op_def, ops, tni_ops): tni_op_at and tni_op_plugin.
#define REGISTRY(what, type, list, table)                                         \
    const type *tni_##what##_at(const tn_env *env, size_t i) {                    \
        if (i < tni_##what##_count) return table[i];                              \
        i -= tni_##what##_count;                                                  \
        for (const tni_plugin *p = env ? env->plugins : NULL; p; p = p->next)     \
            for (const type *const *def = p->def->list; def && *def; def++)       \
                if (!i--) return *def;                                            \
        return NULL;                                                              \
    }                                                                             \
    const tn_plugin *tni_##what##_plugin(const tn_env *env, const type *wanted) { \
        for (const tni_plugin *p = env ? env->plugins : NULL; p; p = p->next)     \
            for (const type *const *def = p->def->list; def && *def; def++)       \
                if (*def == wanted) return p->def;                                \
        return NULL;                                                              \
    }
REGISTRY(op, tn_op_def, ops, tni_ops)
REGISTRY(tactic, tn_tactic_def, tactics, tni_tactics)
REGISTRY(pass, tn_pass_def, passes, tni_passes)

const tn_op_def *tni_op_find(const tn_env *env, const char *domain, const char *name) {
    const tn_op_def *op;
    for (size_t i = 0; (op = tni_op_at(env, i)); i++)
        if (op->name[0] == name[0] && !strcmp(op->name, name) && tni_same_domain(op->domain, domain))
            return op;
    return NULL;
}

// "my::foo.default", as PyTorch's messages have it, and "my.foo.default", as its files do, are the same. A
// signature behind `a`, "(x!, y)", is no part of it.
static bool same_target(const char *a, const char *b) {
    for (; (*a && *a != '(') || *b; a++, b++) {
        char x = *a, y = *b;
        if (x == ':' && a[1] == ':') x = '.', a++;
        if (y == ':' && b[1] == ':') y = '.', b++;
        if (x != y) return false;
    }
    return true;
}

const tn_op_def *tni_op_find_aten(const tn_env *env, const char *target) {
    const tn_op_def *op;
    for (size_t i = 0; (op = tni_op_at(env, i)); i++)
        if (op->aten && same_target(op->aten, target)) return op;
    return NULL;
}

bool tni_tactic_serves(const tn_tactic_def *tactic, const tn_op_def *op) {
    return !strcmp(tactic->op, op->name) && tni_same_domain(tactic->domain, op->domain);
}

const char *tni_tactic_reject(const tn_tactic_def *tactic, const tn_problem *p, unsigned isa) {
    if (tactic->isa & ~isa) return "the CPU (or the level asked for) lacks its instructions";
    return tactic->reject ? tactic->reject(p) : NULL;
}

const char *tni_tactic_isa(const tn_tactic_def *tactic) { return tni_cpu_level(tactic->isa); }

const tn_tactic_def *tni_tactic_find(const tn_env *env, const char *name) {
    const tn_tactic_def *t;
    for (size_t i = 0; (t = tni_tactic_at(env, i)); i++)
        if (!strcmp(t->name, name)) return t;
    return NULL;
}

const tn_pass_def *tni_pass_find(const tn_env *env, const char *name, size_t length) {
    const tn_pass_def *p;
    for (size_t i = 0; (p = tni_pass_at(env, i)); i++)
        if (strlen(p->name) == length && !memcmp(p->name, name, length)) return p;
    return NULL;
}

const tn_plugin *tni_plugin_find(const tn_env *env, const char *name) {
    for (const tni_plugin *p = env ? env->plugins : NULL; p; p = p->next)
        if (!strcmp(p->def->name, name)) return p->def;
    return NULL;
}
