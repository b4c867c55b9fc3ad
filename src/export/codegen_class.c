// SPDX-License-Identifier: Apache-2.0
// codegen_class.c - modules whose functions have the same text are one class: one function. What is left open
// in the text and differs among them is passed to it.
#include "export/codegen.h"

#include "net/net.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

// ---- names of functions

// Words of the language, functions that compilers know, and what the source itself uses.
static const char *const c_words[] = {
    "auto",     "bool",        "break",    "case",      "char",    "const",  "continue", "default",  "do",
    "double",   "else",        "enum",     "extern",    "float",   "for",    "goto",     "if",       "inline",
    "int",      "long",        "register", "restrict",  "return",  "short",  "signed",   "sizeof",   "static",
    "struct",   "switch",      "true",     "false",     "typedef", "typeof", "union",    "unsigned", "void",
    "volatile", "while",       "asm",      "abs",       "labs",    "acos",   "asin",     "atan",     "ceil",
    "cos",      "cosh",        "erf",      "exp",       "floor",   "fabs",   "fma",      "fmax",     "fmin",
    "fmod",     "gamma",       "lgamma",   "tgamma",    "hypot",   "log",    "pow",      "rint",     "round",
    "sin",      "sinh",        "sqrt",     "tan",       "tanh",    "trunc",  "abort",    "exit",     "malloc",
    "calloc",   "free",        "printf",   "puts",      "index",   "rindex", "memcpy",   "memset",   "strlen",
    "strcpy",   "signbit",     "main",     "build",     "body",    "net",    "name",     "unix",     "linux",
    "scalb",    "significand", "drem",     "remainder", "logb",    "ldexp",  NULL};
static const char *const python_words[] = {"build", "body", "net", "name", "math", "range", NULL};

static void reserve(codegen *c, const char *const *word) {
    for (; *word; word++)
        if (!tni_map_set(&c->functions, *word, strlen(*word), c->main)) c->nomem = true;
}

tn_status tni_cg_reserve(codegen *c) {
    reserve(c, c->python ? python_words : c_words);
    if (c->python) reserve(c, tni_python_words);
    return c->nomem ? TN_NOMEM : TN_OK;
}

const char *tni_cg_function_name(codegen *c, const char *wish) {
    const char *name = wish;
    for (int k = 2; tni_map_get(&c->functions, name, strlen(name)); k++)
        name = tni_cg_print(c, "%s_%d", wish, k);
    if (!tni_map_set(&c->functions, name, strlen(name), c)) c->nomem = true;
    return name;
}

// "EncDecAttention.0" is enc_dec_attention_0. Returns its length; what has no room is left out.
static size_t snake_case(const char *begin, const char *end, char *name, size_t room) {
    size_t n = 0;
    for (const char *at = begin; at < end && n + 2 < room; at++) {
        unsigned char c = (unsigned char)*at;
        if (isupper(c) && at > begin && islower((unsigned char)at[-1])) name[n++] = '_';
        name[n++] = (char)(isalnum(c) ? tolower(c) : '_');
    }
    name[n] = 0;
    return n;
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
    size_t n = snake_case(begin, end, name, sizeof name);
    while (n && (isdigit((unsigned char)name[n - 1]) || name[n - 1] == '_')) n--;
    name[n] = 0;
    if (!n || isdigit((unsigned char)*name)) return "block";
    bool numbered = member;
    member |= n == 1 || tni_map_get(&c->functions, name, n) == c->main; // variables are single letters
    return tni_cg_print(c, "%s%s", name, n == 1 && !numbered ? "_module" : member ? "_block" : "");
}

// What the first layer with a weight is: modules of several names that are the same are called by it.
static const char *kind_of(codegen *c, const tni_cg_module *m) {
    static const char *const kinds[][2] = {
        {"Conv", "conv"},   {"ConvTranspose", "conv_transpose"}, {"MatMul", "linear"},
        {"Gemm", "linear"}, {"LayerNormalization", "norm"},      {"BatchNormalization", "norm"}};
    for (size_t i = 0; i < m->items; i++) {
        if (m->item[i].nrest) return m->ops > 3 ? "linear_block" : "linear";
        for (size_t k = 0; m->item[i].node && k < sizeof kinds / sizeof *kinds; k++)
            if (!strcmp(m->item[i].node->op->name, kinds[k][0]))
                return m->ops > 3 ? tni_cg_print(c, "%s_block", kinds[k][1]) : kinds[k][1];
    }
    return NULL;
}

// "model.22" is model_22, "features.1.block" features_1_block: one module alone is called by its place.
static const char *place_of(codegen *c, const char *path, const char *wish) {
    const char *begin = path + strlen(path);
    size_t n = strlen(wish);
    bool numbered = n > 6 && !strcmp(wish + n - 6, "_block");
    if (!numbered && !tni_map_get(&c->functions, wish, n)) return wish;
    do {
        while (begin > path && begin[-1] != '.') begin--;
        if (isalpha((unsigned char)*begin) && (numbered || strchr(begin, '.'))) break;
        if (begin > path) begin--;
    } while (begin > path);
    char name[96];
    if (!isalpha((unsigned char)*begin) || strlen(begin) >= 64) return wish;
    size_t size = snake_case(begin, begin + strlen(begin), name, sizeof name);
    return size > 1 ? tni_cg_print(c, "%s", name) : wish; // variables are single letters
}

static void name_class(codegen *c, tni_cg_class *k) {
    const char *wish = wish_for(c, k->member[0]->path), *kind = NULL;
    if (k->member[0]->part) {
        const char *of = k->member[0]->path;
        k->function = tni_cg_function_name(c, *of ? tni_cg_print(c, "%s_part", wish) : "part");
        return;
    }
    if (k->members == 1) wish = place_of(c, k->member[0]->path, wish);
    for (size_t i = 1; i < k->members && !kind; i++)
        if (strcmp(wish_for(c, k->member[i]->path), wish) != 0) kind = kind_of(c, k->member[i]);
    k->function = k->member[0] == c->main ? "build" : tni_cg_function_name(c, kind ? kind : wish);
}

// ---- classes

const char *tni_cg_key(codegen *c, const tni_cg_module *m) {
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

static int height_of(const tni_cg_module *m) {
    int height = 0;
    for (size_t i = 0; i < m->nopen; i++)
        if (m->open[i].kind == CG_CALL && m->open[i].callee->type->height >= height)
            height = m->open[i].callee->type->height + 1;
    return height;
}

void tni_cg_class_of(codegen *c, tni_cg_module *m) {
    const char *key = tni_cg_key(c, m);
    tni_cg_class *k = c->classes;
    while (k && strcmp(k->key, key)) k = k->next;
    if (!k) {
        if (!(k = tni_cg_alloc(c, sizeof *k))) return;
        k->key = key;
        k->height = height_of(m);
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

static size_t spread_of(const tni_cg_open *o) { return o->kind == CG_CALL ? o->callee->type->params : 1; }

static size_t flat_count(const tni_cg_module *m) {
    size_t n = 0;
    for (size_t i = 0; i < m->nopen; i++) n += spread_of(&m->open[i]);
    return n;
}

static void spread(codegen *c, tni_cg_module *m) {
    size_t at = 0;
    m->flat = tni_cg_alloc(c, (m->type->flat + 1) * sizeof *m->flat);
    for (size_t i = 0; m->flat && i < m->nopen; i++) {
        const tni_cg_open *o = &m->open[i];
        const tni_cg_class *to = o->kind == CG_CALL ? o->callee->type : NULL;
        for (size_t k = 0; to && k < to->params; k++)
            m->flat[at++] = (tni_cg_flat){to->param_name[k], o->callee->argument[k], to->param_kind[k]};
        if (!to) m->flat[at++] = (tni_cg_flat){o->name, o->text, o->kind};
    }
}

// The same in every member: `a`, and `b` of member `first` (SIZE_MAX: of each).
static bool same_everywhere(const tni_cg_class *k, size_t a, size_t b, size_t first) {
    for (size_t i = 0; i < k->members; i++) {
        const tni_cg_flat *x = &k->member[i]->flat[a],
                          *y = &k->member[first == SIZE_MAX ? i : first]->flat[b];
        if (x->kind != y->kind || strcmp(x->text, y->text)) return false;
    }
    return true;
}

static bool name_taken(const codegen *c, const tni_cg_class *k, const char *name) {
    if (tni_map_get(&c->functions, name, strlen(name))) return true;
    for (size_t i = 0; i < k->params; i++)
        if (!strcmp(k->param_name[i], name)) return true;
    return !name[1];
}

// "size_2" of a callee is one more "size" here.
static size_t stem_of(const char *name) {
    size_t whole = strlen(name), n = whole;
    while (n && isdigit((unsigned char)name[n - 1])) n--;
    return n < whole && n > 1 && name[n - 1] == '_' ? n - 1 : whole;
}

static void add_parameter(codegen *c, tni_cg_class *k, size_t at, const char **names) {
    const tni_cg_flat *first = &k->member[0]->flat[at];
    const char *name = first->name;
    int stem = (int)stem_of(name);
    for (int i = 2; name_taken(c, k, name); i++) name = tni_cg_print(c, "%.*s_%d", stem, first->name, i);
    names[k->params] = name;
    k->param_kind[k->params] = first->kind;
    k->param_of[at] = (int)k->params++;
}

static void find_parameters(codegen *c, tni_cg_class *k) {
    k->flat = flat_count(k->member[0]);
    const char **names = tni_cg_alloc(c, (k->flat + 1) * sizeof *names);
    k->param_kind = tni_cg_alloc(c, (k->flat + 1) * sizeof *k->param_kind);
    k->param_of = tni_cg_alloc(c, (k->flat + 1) * sizeof *k->param_of);
    for (size_t i = 0; i < k->members; i++) spread(c, k->member[i]);
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

static void pass_arguments(codegen *c, tni_cg_class *k) {
    for (size_t i = 0; i < k->members; i++) {
        tni_cg_module *m = k->member[i];
        m->argument = tni_cg_alloc(c, (k->params + 1) * sizeof *m->argument);
        for (size_t at = 0; m->argument && at < k->flat; at++)
            if (k->param_of[at] >= 0) m->argument[k->param_of[at]] = m->flat[at].text;
    }
}

// Callees before callers: what is passed on depends on what they need.
tn_status tni_cg_parameters(codegen *c) {
    int highest = 0;
    for (tni_cg_class *k = c->classes; k && !c->nomem; k = k->next) {
        name_class(c, k);
        if (k->height > highest) highest = k->height;
    }
    for (int height = 0; height <= highest; height++)
        for (tni_cg_class *k = c->classes; k && !c->nomem; k = k->next)
            if (k->height == height) {
                find_parameters(c, k);
                if (!c->nomem) pass_arguments(c, k);
            }
    return c->nomem ? TN_NOMEM : TN_OK;
}

void tni_cg_put_open(const tni_cg_module *m, size_t i, size_t *at, tni_text *t) {
    const tni_cg_class *k = m->type;
    for (size_t n = spread_of(&m->open[i]); n; n--, ++*at) {
        if (m->open[i].kind == CG_CALL) tni_text_puts(t, ", ");
        tni_text_puts(t, k->param_of[*at] >= 0 ? k->param_name[k->param_of[*at]] : m->flat[*at].text);
    }
}

bool tni_cg_says_nothing(const tni_cg_module *m, size_t i, size_t end, size_t at) {
    for (; i < end; i++, at++) // none of them is a call
        if (m->type->param_of[at] >= 0 || !m->open[i].otherwise ||
            strcmp(m->open[i].text, m->open[i].otherwise))
            return false;
    return true;
}
