// SPDX-License-Identifier: Apache-2.0
// codegen_class.c - modules whose functions have the same text are one class: one function. What is left open
// in the text and differs among them is passed to it.
#include "export/codegen.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

// ---- names of functions

const char *cg_function_name(codegen *c, const char *wish) {
    const char *name = wish;
    for (int k = 2; tni_map_get(&c->functions, name, strlen(name)); k++) name = cg_print(c, "%s_%d", wish, k);
    if (!tni_map_set(&c->functions, name, strlen(name), c)) c->nomem = true;
    return name;
}

// "layer1" is layer, "encoder.layer.0" layer, "m.0" m_block: what a person would call one of them.
static const char *wish_for(codegen *c, const char *path) {
    const char *end = path + strlen(path), *begin;
    bool member = false;
    for (;;) {
        begin = end;
        while (begin > path && begin[-1] != '.') begin--;
        if (begin == end || !isdigit((unsigned char)*begin)) break;
        member = true;
        if (begin == path) break;
        end = begin - 1;
    }
    char name[64];
    size_t n = 0;
    for (const char *at = begin; at < end && n + 8 < sizeof name; at++)
        name[n++] = (char)(isalnum((unsigned char)*at) ? tolower((unsigned char)*at) : '_');
    while (n && (isdigit((unsigned char)name[n - 1]) || name[n - 1] == '_')) n--;
    name[n] = 0;
    if (!n || isdigit((unsigned char)*name)) return "block";
    if (member) strcpy(name + n, "_block");
    return cg_print(c, "%s", name);
}

// ---- classes

static const char *key_of(codegen *c, const cg_module *m) {
    tni_text t = {.env = c->g->root->env};
    tni_text_printf(&t, "%zu %zu\n%s", m->nin, m->nout, m->text);
    for (size_t i = 0; i < m->nopen; i++) {
        if (m->open[i].kind == CG_CALL)
            tni_text_printf(&t, "\n%p", (void *)m->open[i].callee->type);
        else
            tni_text_printf(&t, "\n%d %s", (int)m->open[i].kind, m->open[i].name);
    }
    const char *key = tni_arena_keep(c->arena, &t);
    if (!key) c->nomem = true;
    return key ? key : "";
}

static int height_of(const cg_module *m) {
    int height = 0;
    for (size_t i = 0; i < m->nopen; i++)
        if (m->open[i].kind == CG_CALL && m->open[i].callee->type->height >= height)
            height = m->open[i].callee->type->height + 1;
    return height;
}

void cg_class_of(codegen *c, cg_module *m) {
    const char *key = key_of(c, m);
    cg_class *k = c->classes;
    while (k && strcmp(k->key, key)) k = k->next;
    if (!k) {
        if (!(k = cg_alloc(c, sizeof *k))) return;
        k->key = key;
        k->height = height_of(m);
        k->function = m == c->main ? "build" : cg_function_name(c, wish_for(c, m->path));
        if (!c->last_class) c->last_class = &c->classes;
        *c->last_class = k;
        c->last_class = &k->next;
    }
    m->type = k;
    if (tni_arena_grow(c->arena, &k->member, k->members, &k->cmembers, sizeof m))
        k->member[k->members++] = m;
    else
        c->nomem = true;
}

// ---- parameters

// Open thing number `at` of a member, those of calls spread out. NULL: there is none.
static const char *flat_at(const cg_module *m, size_t at, const char **name, cg_kind *kind) {
    for (size_t i = 0; i < m->nopen; i++) {
        const cg_open *o = &m->open[i];
        size_t n = o->kind == CG_CALL ? o->callee->type->params : 1;
        if (at >= n) {
            at -= n;
            continue;
        }
        *name = o->kind == CG_CALL ? o->callee->type->param_name[at] : o->name;
        *kind = o->kind == CG_CALL ? o->callee->type->param_kind[at] : o->kind;
        return o->kind == CG_CALL ? o->callee->argument[at] : o->text;
    }
    return NULL;
}

static size_t flat_count(const cg_module *m) {
    size_t n = 0;
    for (size_t i = 0; i < m->nopen; i++)
        n += m->open[i].kind == CG_CALL ? m->open[i].callee->type->params : 1;
    return n;
}

static bool same_everywhere(const cg_class *k, size_t a, size_t b, size_t first) {
    const char *name;
    cg_kind ka, kb;
    for (size_t i = 0; i < k->members; i++) {
        const char *x = flat_at(k->member[i], a, &name, &ka),
                   *y = flat_at(k->member[first == SIZE_MAX ? i : first], b, &name, &kb);
        if (ka != kb || strcmp(x, y)) return false;
    }
    return true;
}

static bool name_taken(const cg_class *k, const char *name) {
    for (size_t i = 0; i < k->params; i++)
        if (!strcmp(k->param_name[i], name)) return true;
    return !strcmp(name, "net") || !strcmp(name, "name") || !strcmp(name, "i") || !name[1];
}

static void add_parameter(codegen *c, cg_class *k, size_t at, const char **names) {
    const char *wish;
    cg_kind kind;
    flat_at(k->member[0], at, &wish, &kind);
    const char *name = wish;
    for (int i = 2; name_taken(k, name); i++) name = cg_print(c, "%s_%d", wish, i);
    names[k->params] = name;
    k->param_kind[k->params] = kind;
    k->param_of[at] = (int)k->params++;
}

static void find_parameters(codegen *c, cg_class *k) {
    k->flat = flat_count(k->member[0]);
    const char **names = cg_alloc(c, (k->flat + 1) * sizeof *names);
    k->param_kind = cg_alloc(c, (k->flat + 1) * sizeof *k->param_kind);
    k->param_of = cg_alloc(c, (k->flat + 1) * sizeof *k->param_of);
    if (c->nomem) return;
    k->param_name = names;
    for (size_t at = 0; at < k->flat; at++) {
        k->param_of[at] = -1;
        if (same_everywhere(k, at, at, 0)) continue;
        for (size_t before = 0; before < at && k->param_of[at] < 0; before++)
            if (k->param_of[before] >= 0 && same_everywhere(k, at, before, SIZE_MAX))
                k->param_of[at] = k->param_of[before];
        if (k->param_of[at] < 0) add_parameter(c, k, at, names);
    }
}

static void pass_arguments(codegen *c, cg_class *k) {
    const char *name;
    cg_kind kind;
    for (size_t i = 0; i < k->members; i++) {
        cg_module *m = k->member[i];
        m->argument = cg_alloc(c, (k->params + 1) * sizeof *m->argument);
        for (size_t at = 0; m->argument && at < k->flat; at++)
            if (k->param_of[at] >= 0) m->argument[k->param_of[at]] = flat_at(m, at, &name, &kind);
    }
}

// Callees before callers: what is passed on depends on what they need.
tn_status cg_parameters(codegen *c) {
    int highest = 0;
    for (cg_class *k = c->classes; k; k = k->next)
        if (k->height > highest) highest = k->height;
    for (int height = 0; height <= highest; height++)
        for (cg_class *k = c->classes; k && !c->nomem; k = k->next)
            if (k->height == height) {
                find_parameters(c, k);
                if (!c->nomem) pass_arguments(c, k);
            }
    return c->nomem ? TN_NOMEM : TN_OK;
}

const char *cg_open_text(codegen *c, const cg_module *m, size_t i) {
    const cg_class *k = m->type;
    size_t at = 0;
    for (size_t j = 0; j < i; j++) at += m->open[j].kind == CG_CALL ? m->open[j].callee->type->params : 1;
    size_t n = m->open[i].kind == CG_CALL ? m->open[i].callee->type->params : 1;
    tni_text t = {.env = c->g->root->env};
    for (size_t j = at; j < at + n; j++) {
        const char *name;
        cg_kind kind;
        if (m->open[i].kind == CG_CALL) tni_text_puts(&t, ", ");
        tni_text_puts(&t, k->param_of[j] >= 0 ? k->param_name[k->param_of[j]] : flat_at(m, j, &name, &kind));
    }
    if (!t.length) return "";
    const char *text = tni_arena_keep(c->arena, &t);
    if (!text) c->nomem = true;
    return text ? text : "";
}
