// SPDX-License-Identifier: Apache-2.0
// codegen_constant.c - where each constant is taken from: small ones of a single use are written out where
// they are used, the others come from weights.safetensors under PyTorch's names as far as those are known.
#include "export/codegen.h"

#include <ctype.h>
#include <string.h>

enum { WRITTEN_OUT = 8, WRITTEN_TEXT = 48 }; // elements; characters

cg_constant *cg_constant_of(codegen *c, const tni_value *v) {
    return v && v->info.constant && !v->def && !v->is_input ? c->constant[v->id] : NULL;
}

// What PyTorch would call the input of a layer.
static const char *role(const tni_node *n, int i, char buffer[64]) {
    static const struct {
        const char *input, *role;
    } roles[] = {{"W", "weight"},
                 {"w", "weight"},
                 {"scale", "weight"},
                 {"Scale", "weight"},
                 {"B", "bias"},
                 {"C", "bias"},
                 {"bias", "bias"},
                 {"input_mean", "running_mean"},
                 {"mean", "running_mean"},
                 {"input_var", "running_var"},
                 {"var", "running_var"}};
    const tn_param *row = n->op->in;
    int at = i;
    while (at > 0 && !row[at].name) at--; // a variadic row repeats
    const char *name = row[at].name ? row[at].name : "in";
    bool product = !strcmp(n->op->name, "MatMul") || (!strcmp(n->op->name, "Gemm") && i == 1);
    if (product) return "weight";
    for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
        if (!strcmp(roles[k].input, name)) return roles[k].role;
    size_t length = 0;
    for (; name[length] && length < 48; length++)
        buffer[length] =
            (char)(isalnum((unsigned char)name[length]) ? tolower((unsigned char)name[length]) : '_');
    buffer[length] = 0;
    return buffer;
}

const char *cg_role(codegen *c, const tni_node *n, int i) {
    char buffer[64];
    const char *text = role(n, i, buffer);
    bool repeated = false; // inputs of one statement have names of their own
    for (int k = 0; k < n->nin && !repeated; k++) {
        char other[64];
        repeated = k != i && !strcmp(role(n, k, other), text);
    }
    return repeated ? cg_print(c, "%s_%d", text, i) : cg_print(c, "%s", text);
}

static bool is_module_name(const char *name) {
    return strchr(name, '.') && !strpbrk(name, ":/ %") && isalpha((unsigned char)*name);
}

static const char *unique_key(codegen *c, const char *wish) {
    const char *key = wish;
    for (int k = 1; tni_map_get(&c->keys, key, strlen(key)); k++) key = cg_print(c, "%s_%d", wish, k);
    if (!tni_map_set(&c->keys, key, strlen(key), c)) c->nomem = true;
    return key;
}

static bool storable(const tn_tensor *t) {
    const uint64_t types = TN_NUMBERS | TN_BIT(TN_BOOL) | TN_BIT(TN_F8E4M3FN) | TN_BIT(TN_F8E5M2);
    return t->kind == TN_TENSOR && types >> t->dtype & 1;
}

// The first use decides the name.
static void choose_key(codegen *c, cg_constant *k, const tni_node *n, int i) {
    const tn_tensor *t = k->value->info.constant;
    const char *leaf = cg_module_path(c, n), *name = k->value->name;
    bool named = is_module_name(name) && tn_count(t) > 0;
    bool short_enough = tn_count(t) <= WRITTEN_OUT && strlen(cg_tensor(c, t)) <= WRITTEN_TEXT;
    if (!storable(t) || (k->uses == 1 && !named && short_enough)) return;
    const char *what = n ? cg_role(c, n, i) : "output";
    if (named)
        k->key = unique_key(c, name);
    else
        k->key = unique_key(c, *leaf ? cg_print(c, "%s.%s", leaf, what) : cg_print(c, "%s", what));
}

static cg_constant *note(codegen *c, tni_value *v) {
    if (!v || !v->info.constant || v->def || v->is_input) return NULL;
    cg_constant *k = c->constant[v->id];
    if (!k && (k = cg_alloc(c, sizeof *k))) {
        k->value = v;
        c->constant[v->id] = k;
    }
    if (k) k->uses++;
    return k;
}

static void count_uses(codegen *c, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) note(c, n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) count_uses(c, body);
    }
    for (size_t i = 0; i < g->noutput; i++) note(c, g->output[i]->value);
}

static void choose_keys(codegen *c, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) {
            cg_constant *k = cg_constant_of(c, n->in[i].value);
            if (!k || k->seen) continue;
            k->seen = true;
            choose_key(c, k, n, i);
        }
        for (size_t i = 0; (body = tni_next_body(n, &i));) choose_keys(c, body);
    }
}

tn_status cg_constants(codegen *c) {
    c->constant = cg_alloc(c, (c->g->root->nvalues + 1u) * sizeof *c->constant);
    if (!c->constant) return TN_NOMEM;
    count_uses(c, c->g);
    choose_keys(c, c->g);
    return c->nomem ? TN_NOMEM : TN_OK;
}
