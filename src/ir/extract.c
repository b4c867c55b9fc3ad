// SPDX-License-Identifier: Apache-2.0
// extract.c - a graph cut down to what lies between some of its values. Everything that can be wrong is found
// before anything is changed.
#include "ir/module.h"

#include <stdio.h>
#include <string.h>

enum { FROM = 1, NEEDED = 2 }; // a value's mark

typedef struct cut {
    tn_graph *g;
    tni_value **from, **to;
    size_t nfrom, nto;
    tn_diags *diags;
} cut;

static tn_status find(const cut *c, const char *name, tni_value **v) {
    *v = tni_value_find(c->g, name);
    if (!*v) *v = tni_module_output(c->g, name);
    if (*v) return TN_OK;
    tn_diag d = {.severity = TN_ERROR,
                 .status = TN_INVALID,
                 .tensor = name,
                 .hint = "'tenon show MODEL --text' names every tensor; those in bodies of If, Loop and Scan "
                         "cannot be cut at"};
    return tni_diag(c->diags, &d, "the model has no tensor of this name");
}

static tn_status find_all(cut *c, const char *const *from, const char *const *to) {
    for (size_t i = 0; i < c->nfrom; i++) {
        TN_TRY(find(c, from[i], &c->from[i]));
        if (!c->from[i]->def && !c->from[i]->is_input)
            return tni_error(c->diags, TN_INVALID, "'%s' is a constant: nothing can be cut off before it",
                             from[i]);
        for (size_t k = 0; k < i; k++)
            if (c->from[k] == c->from[i])
                return tni_error(c->diags, TN_INVALID, "'%s' is named twice", from[i]);
    }
    for (size_t i = 0; i < c->nto; i++) TN_TRY(find(c, to[i], &c->to[i]));
    return TN_OK;
}

// ---- what is needed

static void need(const tn_graph *g, tni_value *v) {
    if (v && v->graph == g) v->mark |= NEEDED;
}

// All values of `g` that a node reads, its bodies included.
static void visit_reads(const tn_graph *g, const tni_node *n, void (*visit)(const tn_graph *, tni_value *)) {
    tn_graph *body;
    for (int i = 0; i < n->nin; i++) visit(g, n->in[i].value);
    for (size_t i = 0; (body = tni_next_body(n, &i));) {
        for (const tni_node *inner = body->first; inner; inner = inner->next) visit_reads(g, inner, visit);
        for (size_t k = 0; k < body->noutput; k++) visit(g, body->output[k]->value);
    }
}

static void forget(const tn_graph *g, tni_value *v) {
    if (v && v->graph == g) v->mark = 0;
}

static void clear(const tn_graph *g) {
    for (size_t i = 0; i < g->ninput; i++) g->input[i]->mark = 0;
    for (size_t i = 0; i < g->noutput; i++) g->output[i]->value->mark = 0;
    for (const tni_node *n = g->first; n; n = n->next) {
        visit_reads(g, n, forget);
        for (int i = 0; i < n->nout; i++) forget(g, n->out[i]);
    }
}

static bool makes_needed(const tni_node *n) {
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && n->out[i]->mark == NEEDED) return true;
    return false;
}

// Backwards from what is wanted, up to where it is cut.
static tn_status find_needed(cut *c) {
    clear(c->g);
    for (size_t i = 0; i < c->nfrom; i++) c->from[i]->mark = FROM;
    for (size_t i = 0; i < c->nto; i++) need(c->g, c->to[i]);
    for (tni_node *n = c->g->last; n; n = n->prev)
        if ((n->mark = makes_needed(n))) visit_reads(c->g, n, need);
    for (size_t i = 0; i < c->nfrom; i++)
        if (c->from[i]->mark == FROM)
            tni_diag(c->diags, &(tn_diag){.severity = TN_WARNING, .tensor = c->from[i]->name},
                     "nothing that is wanted depends on it");
    for (size_t i = 0; c->nfrom && i < c->g->ninput; i++)
        if (c->g->input[i]->mark == NEEDED)
            return tni_error(
                c->diags, TN_INVALID,
                "what is wanted also depends on the input '%s' by another way: name it too, or a "
                "tensor behind it",
                c->g->input[i]->name);
    return TN_OK;
}

// ---- cutting

// The sizes of an input are given: those that were computed become symbols of their own.
static void name_dims(tn_graph *g, tni_value *v) {
    tn_type *t = &v->info.type;
    for (int i = 0; i < t->rank; i++) {
        char name[64];
        if (!t->dim[i].e || (tni_dim_symbol_name(t->dim[i]) && !tni_dim_depends_on_data(t->dim[i]))) continue;
        snprintf(name, sizeof name, "cut%u.%d", v->id, i);
        t->dim[i] = tn_dim_symbol(&g->root->dims, name);
    }
}

static void make_input(tn_graph *g, tni_value *v) {
    if (v->is_input) return;
    v->def->out[v->def_index] = NULL;
    v->def = NULL;
    v->def_index = 0;
    v->info.content = NULL;
    v->info.ncontent = 0;
    name_dims(g, v);
}

static tn_status set_outputs(cut *c) {
    for (size_t i = 0; i < c->g->noutput; i++) tni_graph_set_output(c->g, i, NULL);
    c->g->noutput = 0;
    for (size_t i = 0; i < c->nto; i++) TN_TRY(tni_graph_add_output(c->g, c->to[i]));
    return TN_OK;
}

static tn_status set_inputs(cut *c) {
    tn_graph *g = c->g;
    size_t kept = 0;
    for (size_t i = 0; i < c->nfrom; i++) make_input(g, c->from[i]);
    for (size_t i = 0; i < g->ninput; i++) {
        g->input[i]->is_input = !c->nfrom && g->input[i]->mark == NEEDED;
        if (g->input[i]->is_input) g->input[kept++] = g->input[i];
    }
    g->ninput = kept;
    for (size_t i = 0; i < c->nfrom; i++) TN_TRY(tni_graph_add_input(g, c->from[i]));
    return TN_OK;
}

static tn_status apply(cut *c) {
    TN_TRY(set_outputs(c));
    TN_TRY(set_inputs(c));
    for (tni_node *n = c->g->last, *before; n; n = before) {
        before = n->prev;
        if (!n->mark) tni_node_remove(n);
    }
    return tni_graph_infer(c->g, c->diags);
}

tn_status tn_graph_extract(tn_graph *g, const char *const *from, size_t from_count, const char *const *to,
                           size_t to_count, tn_diags *diags) {
    cut c = {.g = g, .nfrom = from_count, .nto = to_count, .diags = diags};
    if (!to_count) return tni_error(diags, TN_INVALID, "nothing is wanted: name a tensor to compute");
    c.from = tni_calloc(g->root->env, from_count + to_count, sizeof *c.from);
    if (!c.from) return TN_NOMEM;
    c.to = c.from + from_count;
    tn_status status = find_all(&c, from, to);
    if (status == TN_OK) status = find_needed(&c);
    if (status == TN_OK) status = apply(&c);
    tni_free(g->root->env, c.from);
    return status;
}
