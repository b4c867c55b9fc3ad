// SPDX-License-Identifier: Apache-2.0
// codegen_variable.c - the variables of a function. They are few and short: a value takes the name of one
// that is read for the last time, so that a chain of layers is x = f(x), as a person writes it.
#include "export/codegen_writer.h"

static const char *const pool[CG_POOL] = {"x", "y", "z", "u", "v", "w", "a", "b", "c", "d", "e", "f",
                                          "g", "h", "p", "q", "r", "s", "t", "k", "m", "n", "o", "l"};

const char *tni_cg_variable(codegen *c, size_t i) {
    return i < CG_POOL ? pool[i] : tni_cg_print(c, "x%zu", i);
}

static size_t take_variable(tni_cg_writer *w) {
    for (size_t i = 0; i < w->variables; i++)
        if (!w->busy[i]) return w->busy[i] = true, i;
    w->c->nomem = true; // there is one for every value
    return 0;
}

const char *tni_cg_name_value(tni_cg_writer *w, const tni_value *v) {
    size_t i = take_variable(w);
    w->slot[v->id] = (int)i;
    return w->var[v->id] = tni_cg_variable(w->c, i);
}

void tni_cg_declare(tni_cg_writer *w, const tni_value *v) { w->declared[w->slot[v->id]] = true; }

// The variables that were needed beyond those that were there, in one line.
void tni_cg_put_declarations(const tni_cg_writer *w, tni_text *t) {
    bool any = false;
    for (size_t i = 0; i < w->variables && !w->c->python; i++) {
        if (!w->declared[i] || w->given[i]) continue;
        tni_text_printf(t, "%s*%s", any ? ", " : "tn_value ", tni_cg_variable(w->c, i));
        any = true;
    }
    if (any) tni_text_puts(t, ";\n");
}

static bool is_output(const tni_cg_writer *w, const tni_value *v) {
    for (size_t i = 0; w->m && i < w->m->nout; i++)
        if (w->m->out[i] == v) return true;
    return false;
}

// What a module is given it may overwrite, whoever else reads it.
bool tni_cg_is_read(const tni_cg_writer *w, const tni_value *v, size_t next) {
    size_t last = w->last[v->id];
    return last ? last > next : tni_cg_read_from(w->c, v, next);
}

void tni_cg_release(tni_cg_writer *w, const tni_value *v, size_t next) {
    if (!v || w->slot[v->id] < 0 || tni_cg_is_read(w, v, next) || is_output(w, v)) return;
    w->busy[w->slot[v->id]] = false;
    w->slot[v->id] = -1;
}

// w->last: one more than the number of the last node, so that 0 is none.
static void note_read(tni_cg_writer *w, const tni_value *v, const tni_node *n) {
    if (v && w->last[v->id]) w->last[v->id] = (size_t)n->mark + 1;
}

static void note_body(tni_cg_writer *w, const tn_graph *g, const tni_node *of) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) note_read(w, n->in[i].value, of);
        for (size_t i = 0; (body = tni_next_body(n, &i));) note_body(w, body, of);
    }
    for (size_t i = 0; i < g->noutput; i++) note_read(w, g->output[i]->value, of);
}

static void find_last_reads(tni_cg_writer *w) {
    const tni_cg_module *m = w->m;
    if (!m || m == w->c->main) return;
    for (size_t i = 0; i < m->nin; i++) w->last[m->in[i]->id] = m->begin + 1;
    for (size_t k = 0; k < w->c->norder; k++) {
        const tni_node *n = w->c->order[k];
        tn_graph *body;
        if ((size_t)n->mark < m->begin || (size_t)n->mark >= m->end) continue;
        for (int i = 0; i < n->nin && !tni_cg_sizes_of(w->c, n); i++) note_read(w, n->in[i].value, n);
        for (size_t i = 0; (body = tni_next_body(n, &i));) note_body(w, body, n);
    }
}

void tni_cg_begin(tni_cg_writer *w, codegen *c, tni_cg_module *m, tn_graph *g, const char *net) {
    size_t values = c->g->root->nvalues + 1u;
    *w = (tni_cg_writer){
        .c = c, .m = m, .g = g, .net = net, .t = {.env = c->g->root->env}, .variables = values};
    w->var = tni_cg_alloc(c, values * sizeof *w->var);
    w->slot = tni_cg_alloc(c, values * sizeof *w->slot);
    w->busy = tni_cg_alloc(c, values);
    w->declared = tni_cg_alloc(c, values);
    w->given = tni_cg_alloc(c, values);
    w->last = tni_cg_alloc(c, values * sizeof *w->last);
    for (size_t i = 0; w->slot && i < values; i++) w->slot[i] = -1;
    if (!c->nomem) find_last_reads(w);
}
