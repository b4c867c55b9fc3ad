// SPDX-License-Identifier: Apache-2.0
// settle.c - forgets how a graph came to be: names that nobody has any more are free again, made-up names are
// counted from the start, no two constants have one name, uses are linked in the order of running; nodes that
// nobody needs and attributes that say what is the case without them are gone. What passes make of a graph
// then depends on what it says alone, whether it was read from a file, written by hand or printed and parsed.
#include "ir/graph.h"
#include "ir/registry.h"

#include <string.h>

static bool name_value(tni_value *v) {
    return !v || tni_map_set(&v->graph->names, v->name, strlen(v->name), v);
}

static bool name_values(tn_graph *g) {
    bool fine = true;
    for (size_t i = 0; i < g->ninput; i++) fine &= name_value(g->input[i]);
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) fine &= name_value(n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) fine &= name_values(body);
        for (int i = 0; i < n->nout; i++) fine &= name_value(n->out[i]);
    }
    for (size_t i = 0; i < g->noutput; i++) fine &= name_value(g->output[i]->value);
    return fine;
}

static void forget_names(tn_graph *g) {
    tni_map_clear(&g->names);
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; (body = tni_next_body(n, &i));) forget_names(body);
    }
}

// Each use becomes the first of its value's list, as when nodes are added one by one.
static void relink(tni_use *u) {
    tni_value *v = u->value;
    if (!v || v->uses == u) return;
    if (u->prev) u->prev->next = u->next;
    if (u->next) u->next->prev = u->prev;
    u->prev = NULL;
    u->next = v->uses;
    if (v->uses) v->uses->prev = u;
    v->uses = u;
}

static void relink_uses(tn_graph *g) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; (body = tni_next_body(n, &i));) relink_uses(body);
        for (int i = 0; i < n->nin; i++) relink(&n->in[i]);
    }
    for (size_t i = 0; i < g->noutput; i++) relink(g->output[i]);
}

// An Identity of a constant, with which an exporter gives a shared one another name, is the constant.
static void pass_constants_on(tn_graph *g) {
    for (tni_node *n = g->first, *next; n; n = next) {
        tn_graph *body;
        next = n->next;
        for (size_t i = 0; (body = tni_next_body(n, &i));) pass_constants_on(body);
        const tni_value *from = n->nin == 1 ? n->in[0].value : NULL;
        bool constant = from && from->info.constant && !from->def && !from->is_input;
        if (!constant || strcmp(n->op->name, "Identity") || n->nout != 1 || tni_is_graph_output(n->out[0]))
            continue;
        tni_replace_uses(n->out[0], n->in[0].value);
        tni_node_remove(n);
    }
}

// Backwards: what only a dead node reads is dead.
static void remove_dead(tn_graph *g) {
    for (tni_node *n = g->last, *before; n; n = before) {
        tn_graph *body;
        bool used = false;
        before = n->prev;
        for (int i = 0; i < n->nout; i++) used |= n->out[i] && n->out[i]->uses;
        if (used)
            for (size_t i = 0; (body = tni_next_body(n, &i));) remove_dead(body);
        else
            tni_node_remove(n);
    }
}

static bool is_all(const tn_attr *a, int64_t value) {
    for (size_t i = 0; i < a->n; i++)
        if (a->ints[i] != value) return false;
    return true;
}

static bool says_nothing(const tn_attr_def *row, const tn_attr *a) {
    if (!a->present || row->flags & (TN_REQUIRED | TN_PRESENCE)) return false;
    switch (row->kind) {
    case TN_ATTR_INT: return a->i == row->i;
    case TN_ATTR_FLOAT: return (float)a->f == (float)row->f;
    case TN_ATTR_STRING:
        return row->s && a->s.size == strlen(row->s) && !memcmp(a->s.text, row->s, a->s.size);
    case TN_ATTR_INTS: return row->flags & TN_ONES ? is_all(a, 1) : row->flags & TN_ZEROS && is_all(a, 0);
    default: return false;
    }
}

// Reshape's allowzero is about zeros in the shape: without one it says nothing.
static void forget_allowzero(tni_node *n) {
    const tni_value *shape = n->nin > 1 ? n->in[1].value : NULL;
    const tn_tensor *t = shape && !shape->def && !shape->is_input ? shape->info.constant : NULL;
    if (!t || strcmp(n->op->name, "Reshape") || n->op->domain) return;
    for (int64_t i = 0, count = tn_count(t); i < count; i++)
        if (!tni_get_int(t, i)) return;
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (!strcmp(n->attr[i].name, "allowzero")) n->attr[i].i = n->op->attrs[i].i;
}

// What an attribute says is kept as every file would have it, or not at all.
static void forget_defaults(tn_graph *g) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        forget_allowzero(n);
        for (size_t i = 0; n->op->attrs[i].name; i++) {
            tn_attr *a = &n->attr[i];
            if (!tni_same_domain(n->op->domain, "tn")) a->f = (double)(float)a->f; // as ONNX has it
            if (!says_nothing(&n->op->attrs[i], a)) continue;
            a->present = false;
            if (a->kind == TN_ATTR_INTS) a->ints = NULL, a->n = 0;
        }
        for (size_t i = 0; (body = tni_next_body(n, &i));) forget_defaults(body);
    }
}

// ---- Constants of two bodies may have one name in a file. An engine keeps those of all bodies together.

typedef struct names {
    tni_map taken; // to the constant
    tni_arena *arena;
    unsigned made;
    bool nomem;
} names;

static bool is_taken(const names *s, const tni_value *v, const char *name) {
    return tni_map_get(&s->taken, name, strlen(name)) || tni_value_find(v->graph, name);
}

static void name_apart(names *s, tni_value *v) {
    if (!v || !v->info.constant || v->def || v->is_input) return;
    const tni_value *other = tni_map_get(&s->taken, v->name, strlen(v->name));
    const char *name = v->name;
    if (other && other != v) do
            name = tni_arena_printf(s->arena, "%s.%u", v->name, ++s->made);
        while (name && is_taken(s, v, name));
    s->nomem |= !name || (name != v->name && !tni_value_rename(v, name)) ||
                !tni_map_set(&s->taken, v->name, strlen(v->name), v);
}

static void tell_apart(names *s, const tn_graph *g) {
    for (const tni_node *n = g->first; n && !s->nomem; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) name_apart(s, n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) tell_apart(s, body);
    }
    for (size_t i = 0; i < g->noutput; i++) name_apart(s, g->output[i]->value);
}

static bool constants_have_names(tn_graph *g) {
    names s = {.taken = {.env = g->root->env}, .arena = &g->root->arena};
    tell_apart(&s, g);
    tni_map_free(&s.taken);
    return !s.nomem;
}

tn_status tni_graph_settle(tn_graph *g) {
    pass_constants_on(g);
    remove_dead(g);
    forget_defaults(g);
    forget_names(g);
    g->root->fresh = 0;
    relink_uses(g);
    return name_values(g) && constants_have_names(g) ? TN_OK : TN_NOMEM;
}
