// SPDX-License-Identifier: Apache-2.0
// codegen_constant.c - where each constant is taken from: small ones are written out where they are used, the
// others come from weights.safetensors under PyTorch's names as far as those are known. A constant that
// several modules share, because an exporter found its numbers equal, is a weight of each of them: names.txt,
// which gives them one name, makes them one again. Large ones stay shared.
#include "export/codegen.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { WRITTEN_OUT = 8, WRITTEN_TEXT = 48 }; // elements; characters
enum { LARGE = 1 << 16 };                    // bytes that are not stored again for each module

tni_cg_constant *tni_cg_constant_of(const codegen *c, const tni_node *n, int i, const tni_value *v) {
    if (!tni_cg_is_constant(v)) return NULL;
    return n ? c->operand[n->mark][i] : c->constant[v->id];
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
    int at = 0;
    const int rows = (int)(sizeof n->op->in / sizeof *n->op->in);
    while (at < i && at + 1 < rows && row[at + 1].name) at++; // a variadic row repeats
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

const char *tni_cg_role(codegen *c, const tni_node *n, int i) {
    char buffer[64];
    const char *text = role(n, i, buffer);
    bool repeated = false; // inputs of one statement have names of their own
    for (int k = 0; k < n->nin && !repeated; k++) {
        char other[64];
        repeated = k != i && tni_cg_is_constant(n->in[k].value) && !strcmp(role(n, k, other), text);
    }
    return repeated ? tni_cg_print(c, "%s_%d", text, i) : tni_cg_print(c, "%s", text);
}

// "t.107" is made up.
static bool is_module_name(const char *name) {
    const char *dot = strchr(name, '.');
    return dot && !strpbrk(name, ":/ %") && isalpha((unsigned char)*name) &&
           dot[1 + strspn(dot + 1, "0123456789")];
}

static const char *unique_key(codegen *c, const char *wish) {
    const char *key = wish;
    for (int k = 1; tni_map_get(&c->keys, key, strlen(key)); k++) key = tni_cg_print(c, "%s_%d", wish, k);
    if (!tni_map_set(&c->keys, key, strlen(key), c)) c->nomem = true;
    return key;
}

static bool storable(const tn_tensor *t) {
    const uint64_t types = TN_NUMBERS | TN_BIT(TN_BOOL) | TN_BIT(TN_F8E4M3FN) | TN_BIT(TN_F8E5M2);
    return t->kind == TN_TENSOR && types >> t->dtype & 1;
}

// Small ones of no weight's name; sizes and axes whatever their name.
static bool is_written_out(codegen *c, const tni_value *v) {
    const tn_tensor *t = v->info.constant;
    if (!storable(t)) return true;
    if (tn_count(t) > WRITTEN_OUT || strlen(tni_cg_tensor(c, t)) > WRITTEN_TEXT) return false;
    return TN_INTEGERS >> t->dtype & 1 || !is_module_name(v->name) || !tn_count(t);
}

static bool lies_in(const char *name, const char *module) {
    size_t n = strlen(module);
    return !n || (!strncmp(name, module, n) && name[n] == '.');
}

static const char *choose_key(codegen *c, const tni_value *v, const tni_node *n, int i) {
    const char *leaf = tni_cg_module_path(c, n), *what = n ? tni_cg_role(c, n, i) : "output";
    bool own = lies_in(v->name, leaf) || v->info.constant->bytes > LARGE || !v->uses || !v->uses->next;
    if (is_module_name(v->name) && own && !tni_map_get(&c->keys, v->name, strlen(v->name)))
        return unique_key(c, v->name);
    return unique_key(c, *leaf ? tni_cg_print(c, "%s.%s", leaf, what) : what);
}

static tni_cg_constant *constant_for(codegen *c, tni_value *v, const tni_node *n, int i) {
    const char *leaf = tni_cg_module_path(c, n);
    bool shared = v->info.constant->bytes > LARGE, out = is_written_out(c, v);
    for (tni_cg_constant *k = c->constant[v->id]; k && !out; k = k->next)
        if (shared || !strcmp(k->leaf, leaf)) return k;
    tni_cg_constant *k = tni_cg_alloc(c, sizeof *k);
    if (!k) return NULL;
    *k = (tni_cg_constant){v, out ? NULL : choose_key(c, v, n, i), leaf, c->constant[v->id]};
    return c->constant[v->id] = k;
}

static void note_node(codegen *c, tni_node *n);

static void note_graph(codegen *c, const tn_graph *g) {
    for (tni_node *n = g->first; n && !c->nomem; n = n->next) note_node(c, n);
    for (size_t i = 0; i < g->noutput; i++) {
        tni_value *v = g->output[i]->value;
        if (tni_cg_is_constant(v) && !c->constant[v->id]) constant_for(c, v, NULL, 0);
    }
}

static void note_node(codegen *c, tni_node *n) {
    tn_graph *body;
    for (size_t i = 0; (body = tni_next_body(n, &i));) note_graph(c, body);
    tni_cg_constant **of = c->operand[n->mark] = tni_cg_alloc(c, ((size_t)n->nin + 1) * sizeof *of);
    for (int i = 0; of && i < n->nin; i++)
        if (tni_cg_is_constant(n->in[i].value)) of[i] = constant_for(c, n->in[i].value, n, i);
}

tni_cg_form tni_cg_form_of(const tni_cg_constant *k) {
    const tn_tensor *t = k->value->info.constant;
    if (k->key) return CG_WEIGHT;
    if (t->kind != TN_TENSOR) return CG_CONST;
    if (t->dtype == TN_I64 && t->rank == 1 && t->dim[0] > 0) return CG_INDEX;
    const uint64_t types = TN_NUMBERS | TN_BIT(TN_BOOL);
    if (t->rank || !(types >> t->dtype & 1) || isnan(tni_get(t, 0))) return CG_CONST;
    bool exact = !(TN_INTEGERS >> t->dtype & 1) || fabs(tni_get(t, 0)) < 0x1p53;
    return exact ? CG_SCALAR : CG_CONST;
}

tn_status tni_cg_constants(codegen *c) {
    c->constant = tni_cg_alloc(c, (c->g->root->nvalues + 1u) * sizeof *c->constant);
    c->operand = tni_cg_alloc(c, (c->nodes + 1) * sizeof *c->operand);
    for (size_t i = 0; i < c->norder && !c->nomem; i++) note_node(c, c->order[i]);
    for (size_t i = 0; i < c->g->noutput && !c->nomem; i++) {
        tni_value *v = c->g->output[i]->value;
        if (tni_cg_is_constant(v) && !c->constant[v->id]) constant_for(c, v, NULL, 0);
    }
    for (size_t i = 0; i < c->g->ninput && !c->nomem; i++)
        if (c->first[i]) constant_for(c, c->first[i], NULL, 0);
    return c->nomem ? TN_NOMEM : TN_OK;
}
