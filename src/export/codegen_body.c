// SPDX-License-Identifier: Apache-2.0
// codegen_body.c - bodies of If, Loop and Scan: functions of their own, which are given what they read of the
// graph around them. Bodies with the same text are one function.
#include "export/codegen_writer.h"

#include "ir/text.h"

#include <string.h>

const char *tni_cg_body_name(tni_cg_writer *w, const tni_node *n, const char *attribute) {
    return tni_cg_print(w->c, "%s%d", attribute, n->mark - (w->m ? (int)w->m->begin : 0));
}

// ---- what a body reads of the graphs around it

typedef struct captures {
    codegen *c;
    const tn_graph *around;
    tni_value **value;
    size_t count, room;
} captures;

static void note_capture(captures *s, tni_value *v) {
    const tn_graph *of = s->around;
    while (of && v && v->graph != of) of = of->parent; // not the body's own, nor one within it
    if (!v || !of || tni_cg_is_constant(v)) return;
    for (size_t i = 0; i < s->count; i++)
        if (s->value[i] == v) return;
    if (tni_arena_grow(s->c->arena, &s->value, s->count, &s->room, sizeof v))
        s->value[s->count++] = v;
    else
        s->c->nomem = true;
}

static void find_captures(captures *s, const tn_graph *body) {
    for (const tni_node *n = body->first; n; n = n->next) {
        tn_graph *inner;
        for (int i = 0; i < n->nin; i++) note_capture(s, n->in[i].value);
        for (size_t i = 0; (inner = tni_next_body(n, &i));) find_captures(s, inner);
    }
    for (size_t i = 0; i < body->noutput; i++) note_capture(s, body->output[i]->value);
}

// ---- inputs and outputs

// A body's sizes that only data tells are told by what it is given; their numbers say how the graph was made.
static const char *type_text(codegen *c, tn_type type, bool inner) {
    tni_text t = {.env = c->g->root->env};
    for (int i = 0; i < type.rank; i++)
        if (inner && tni_dim_depends_on_data(type.dim[i]))
            type.dim[i] = tn_dim_symbol(&c->g->root->dims, "?");
    tni_type_print(&t, &type);
    const char *text = tni_cg_string(c, t.data ? t.data : "", t.length);
    tni_text_free(&t);
    return text;
}

static void put_input(codegen *c, tni_text *t, const char *var, const char *net, const char *name,
                      const char *type) {
    if (var) tni_cg_put(c, t, "tn_value *$ = ", "$ = ", var);
    tni_cg_put(c, t, "tn_input($, $, $);\n", "$.input($, $)\n", net, name, type);
}

void tni_cg_put_graph_inputs(codegen *c, tni_text *t, const tn_graph *g, const char *net,
                             const char *const *var) {
    for (size_t i = 0; i < g->ninput; i++) {
        const tni_value *v = g->input[i];
        put_input(c, t, var[v->id], net, tni_cg_string(c, v->name, strlen(v->name)),
                  type_text(c, v->info.type, g->parent != NULL));
    }
}

// A program takes what it is given, whatever its shape: bodies that do the same are one function.
static void put_program_inputs(codegen *c, tni_text *t, const tn_graph *g, const char *const *var) {
    for (size_t i = 0; i < g->ninput; i++) {
        const tni_value *v = g->input[i];
        put_input(c, t, var[v->id], "body", tni_cg_print(c, "\"in.%zu\"", i),
                  type_text(c, (tn_type){.dtype = v->info.type.dtype, .rank = -1}, true));
    }
}

// The whole network's outputs have their names here; those of bodies get theirs from names.txt, as all else.
void tni_cg_put_graph_outputs(tni_cg_writer *w) {
    for (size_t i = 0; i < w->g->noutput; i++) {
        const tni_value *v = w->g->output[i]->value;
        bool plain = v->def && v->graph == w->g;
        for (size_t k = 0; k < i; k++) plain &= w->g->output[k]->value != v;
        tni_cg_put(w->c, &w->t, "tn_output($, ", "$.output(", w->net);
        tni_cg_put_operand(w, NULL, 0, v, "output");
        const char *name = plain && w->m ? tni_cg_string(w->c, v->name, strlen(v->name)) : NULL;
        tni_cg_put(w->c, &w->t, ", $);\n", name ? ", $)\n" : ")\n", name ? name : "NULL");
    }
}

// Inputs that nobody reads get no variable.
void tni_cg_name_inputs(tni_cg_writer *w, const tn_graph *g) {
    for (size_t i = 0; i < g->ninput; i++)
        if (tni_cg_read_from(w->c, g->input[i], 0)) {
            tni_cg_name_value(w, g->input[i]);
            w->given[w->slot[g->input[i]->id]] = true;
        }
}

// ---- functions

// All of the function but its name: "(net, captured values) { ... }".
static const char *body_text(codegen *c, const tni_node *n, const char *attribute, tn_graph *body,
                             const captures *s) {
    tni_cg_writer w;
    tni_cg_begin(&w, c, NULL, body, "body");
    tni_text head = {.env = c->g->root->env};
    if (c->nomem) return "";
    tni_cg_put(c, &head, "(tn_network *net", "(net");
    for (size_t i = 0; i < s->count; i++) {
        const char *name = tni_cg_name_value(&w, s->value[i]);
        w.given[w.slot[s->value[i]->id]] = true;
        w.slot[s->value[i]->id] = -1; // for as long as the body is
        tni_cg_put(c, &head, ", tn_value *$", ", $", name);
    }
    tni_cg_name_inputs(&w, body);
    tni_cg_put(c, &head, ") {" CG_IN "\ntn_network *body = tn_body(net, \"$\", $);\n",
               "):" CG_IN "\nbody = net.body(\"$\", $)\n", attribute,
               tni_cg_string(c, body->name, strlen(body->name)));
    if (tni_is(n, "tn.Program"))
        put_program_inputs(c, &head, body, w.var);
    else
        tni_cg_put_graph_inputs(c, &head, body, "body", w.var);
    for (tni_node *k = body->first; k && !c->nomem; k = k->next) tni_cg_put_node(&w, k);
    tni_cg_put_graph_outputs(&w);
    tni_cg_put_declarations(&w, &head);
    tni_cg_put(c, &w.t, "return body;\n" CG_OUT "}\n", "return body\n" CG_OUT "\n");
    tni_text_add(&head, w.t.data ? w.t.data : "", w.t.length);
    c->nomem |= w.t.failed;
    tni_text_free(&w.t);
    return tni_cg_keep(c, &head);
}

static const char *body_function(codegen *c, const tni_node *n, const char *attribute, tn_graph *body,
                                 const captures *s) {
    const char *text = body_text(c, n, attribute, body, s);
    const char *name = tni_map_get(&c->known_bodies, text, strlen(text));
    if (name || c->nomem) return name ? name : "";
    name = tni_cg_function_name(c, tni_is(n, "tn.Program") ? "program" : attribute);
    if (!tni_map_set(&c->known_bodies, text, strlen(text), tni_mutable(name))) c->nomem = true;
    tni_cg_put(c, &c->bodies, "\nstatic tn_network *$$", "\n\ndef $$", name, text);
    return name;
}

void tni_cg_put_bodies(tni_cg_writer *w, const tni_node *n) {
    codegen *c = w->c;
    for (size_t i = 0; n->op->attrs[i].name && !c->nomem; i++) {
        tn_graph *body = n->attr[i].graph;
        if (!body) continue;
        captures s = {.c = c, .around = n->graph};
        find_captures(&s, body);
        const char *attribute = n->op->attrs[i].name;
        const char *function = body_function(c, n, attribute, body, &s);
        tni_cg_put(c, &w->t, "tn_network *$ = $($", "$ = $($", tni_cg_body_name(w, n, attribute), function,
                   w->net);
        for (size_t k = 0; k < s.count; k++) {
            const char *name = w->var[s.value[k]->id];
            tni_cg_put(c, &w->t, ", $", ", $", name ? name : c->python ? "None" : "NULL");
        }
        tni_cg_put(c, &w->t, ");\n", ")\n");
    }
}
