// SPDX-License-Identifier: Apache-2.0
// codegen_function.c - a module as the body of a function: what goes in and out, its statements, its class.
#include "export/codegen_writer.h"

#include <string.h>

// ---- inputs and outputs of modules

static void add_value(codegen *c, tni_value ***list, size_t *n, size_t *room, tni_value *v) {
    for (size_t i = 0; i < *n; i++)
        if ((*list)[i] == v) return;
    if (tni_arena_grow(c->arena, list, *n, room, sizeof v))
        (*list)[(*n)++] = v;
    else
        c->nomem = true;
}

static bool made_in(const tni_cg_module *m, const tni_value *v) {
    return v->def && (size_t)v->def->mark >= m->begin && (size_t)v->def->mark < m->end;
}

static void read_value(codegen *c, tni_cg_module *m, tni_value *v) {
    if (v && v->graph == c->g && !tni_cg_is_constant(v) && !made_in(m, v))
        add_value(c, &m->in, &m->nin, &m->cin, v);
}

static void read_body(codegen *c, tni_cg_module *m, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) read_value(c, m, n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) read_body(c, m, body);
    }
    for (size_t i = 0; i < g->noutput; i++) read_value(c, m, g->output[i]->value);
}

void tni_cg_find_edges(codegen *c, tni_cg_module *m) {
    for (size_t k = 0; k < c->norder; k++) {
        const tni_node *n = c->order[k];
        tn_graph *body;
        if ((size_t)n->mark < m->begin || (size_t)n->mark >= m->end) continue;
        for (int i = 0; i < n->nin && !tni_cg_sizes_of(c, n); i++) read_value(c, m, n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) read_body(c, m, body);
        for (int i = 0; i < n->nout; i++)
            if (n->out[i] && tni_cg_read_from(c, n->out[i], m->end))
                add_value(c, &m->out, &m->nout, &m->cout, n->out[i]);
    }
}

// ---- modules

// The nodes of a linear layer become one item.
static void join_layers(codegen *c, tni_cg_module *m) {
    size_t to = 0, count;
    for (size_t i = 0; i < m->items; i++) {
        tni_cg_item item = m->item[i];
        tni_node *node[3];
        for (count = 0; count < 3 && i + count < m->items && m->item[i + count].node; count++)
            node[count] = m->item[i + count].node;
        int n = tni_cg_linear_nodes(node, count);
        if (n && tni_cg_linear_of(c, m, node, n)) {
            item.nrest = n - 1;
            memcpy(item.rest, node + 1, (size_t)item.nrest * sizeof *item.rest);
            i += (size_t)item.nrest;
        }
        m->item[to++] = item;
    }
    m->items = to;
}

// Sizes that only the next statement reads stand in it.
static bool is_inline(const codegen *c, const tni_cg_module *m, size_t i) {
    const tni_node *n = m->item[i].node, *next = i + 1 < m->items ? m->item[i + 1].node : NULL;
    const tni_use *use = n && next && tni_cg_sizes_of(c, n) ? n->out[0]->uses : NULL;
    return use && !use->next && use->node == next && !m->item[i + 1].nrest;
}

static void put_items(tni_cg_writer *w) {
    for (size_t i = 0; i < w->m->items && !w->c->nomem; i++) {
        const tni_cg_item *item = &w->m->item[i];
        if (is_inline(w->c, w->m, i))
            w->c->inlined[item->node->mark] = true;
        else if (item->nrest)
            tni_cg_put_linear(w, item);
        else if (item->node)
            tni_cg_put_node(w, item->node);
        else
            tni_cg_put_call(w, item);
    }
}

static void put_results(tni_cg_writer *w) {
    const tni_cg_module *m = w->m;
    codegen *c = w->c;
    for (size_t i = 1; i < m->nout; i++)
        tni_cg_put(c, &w->t, "*out$ = $;\n", "", tni_cg_print(c, "%zu", i), w->var[m->out[i]->id]);
    if (!m->part) tni_cg_put(c, &w->t, "tn_scope_pop(net);\n", CG_OUT);
    tni_cg_put(c, &w->t, "return $", "return $", w->var[m->out[0]->id]);
    for (size_t i = 1; i < m->nout && c->python; i++) tni_text_printf(&w->t, ", %s", w->var[m->out[i]->id]);
    tni_cg_put(c, &w->t, ";\n", "\n");
}

static void put_module(codegen *c, tni_cg_module *m) {
    tni_cg_writer w;
    bool whole = m == c->main;
    tni_cg_begin(&w, c, m, c->g, "net");
    if (c->nomem) return;
    tni_text head = {.env = c->g->root->env};
    if (whole) {
        tni_cg_name_inputs(&w, c->g);
        tni_cg_put_graph_inputs(c, &head, c->g, "net", w.var);
        tni_cg_put_known_sizes(c, &head);
    }
    for (size_t i = 0; i < m->nin && !whole; i++) {
        tni_cg_name_value(&w, m->in[i]);
        w.given[w.slot[m->in[i]->id]] = true;
    }
    put_items(&w);
    if (whole) {
        tni_cg_put_graph_outputs(&w);
        tni_cg_put_state(&w);
    } else if (!c->nomem) { // else some of them have no name
        put_results(&w);
    }
    tni_cg_put_declarations(&w, &head);
    if (!whole && !m->part)
        tni_cg_put(c, &head, "tn_scope_push(net, \"%s\", name);\n", "with net.scope(name):" CG_IN "\n");
    tni_text_puts(&head, w.t.data ? w.t.data : "");
    c->nomem |= w.t.failed;
    tni_text_free(&w.t);
    m->text = tni_cg_keep(c, &head);
}

void tni_cg_write(codegen *c, tni_cg_module *m) {
    if (m != c->main) tni_cg_find_edges(c, m);
    tni_cg_find_runs(c, m);
    if (!c->nomem && (m == c->main || m->nout)) put_module(c, m);
}

// Calls first: their classes are part of a module's text.
static void write_module(codegen *c, tni_cg_module *m) {
    for (size_t i = 0; i < m->items; i++)
        if (m->item[i].call) write_module(c, m->item[i].call);
    if (c->nomem) return;
    join_layers(c, m);
    tni_cg_find_repeats(c, m);
    if (!c->nomem) tni_cg_write(c, m);
    if (!c->nomem) tni_cg_class_of(c, m);
}

tn_status tni_cg_functions(codegen *c) {
    tni_cg_sizes(c);
    if (tni_cg_reserve(c) == TN_OK) write_module(c, c->main);
    return c->nomem ? TN_NOMEM : TN_OK;
}
