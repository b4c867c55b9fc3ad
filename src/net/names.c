// SPDX-License-Identifier: Apache-2.0
// names.c - the names of the model that a source was written from, put back. The file has a line for each
// layer in the model's order and one for each constant, fields between tabs:
//
//     layer   name here   operator   opset   node in the model   module   line of PyTorch   outputs there...
//     const   name here   name in the model
//
// A tab, line feed or backslash in a name is written \t, \n, \\. An output that nobody wants has an empty
// name. Constants with one name in the model become one, as long as they are equal. Lines that fit nothing
// any more, because the source was changed, are passed over.
#include "net/net.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

typedef struct restorer {
    tn_network *net;
    tni_arena *arena;
    const char *at, *end;
    tni_map layers;    // by their names here
    tni_map constants; // by the model's names
    int lines;
    bool nomem;
} restorer;

// ---- reading

static bool at_line_end(const restorer *r) { return r->at == r->end || *r->at == '\n'; }

// One field, unescaped, in the arena; the tab after it is taken.
static const char *next_field(restorer *r) {
    const char *begin = r->at;
    while (!at_line_end(r) && *r->at != '\t') r->at++;
    size_t n = 0, size = (size_t)(r->at - begin);
    if (!at_line_end(r)) r->at++;
    char *text = tni_arena_alloc(r->arena, size + 1);
    if (!text) return r->nomem = true, "";
    for (const char *c = begin; c < begin + size; c++) {
        if (*c == '\\' && c + 1 < begin + size) {
            c++;
            text[n++] = *c == 't' ? '\t' : *c == 'n' ? '\n' : *c;
        } else {
            text[n++] = *c;
        }
    }
    text[n] = 0;
    return text;
}

static void next_line(restorer *r) {
    while (!at_line_end(r)) r->at++;
    if (r->at < r->end) r->at++;
}

// ---- what is here

static void index_graph(restorer *r, tn_graph *g) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        n->mark = -1; // its line
        if (!tni_map_set(&r->layers, n->name, strlen(n->name), n)) r->nomem = true;
        for (size_t i = 0; (body = tni_next_body(n, &i));) index_graph(r, body);
    }
}

// ---- putting back. Names are claimed first and made unique afterwards: the model's may be taken here.

static void claim(tni_value *v, const char *name) {
    v->name = name;
    v->mark = 1;
}

static void restore_outputs(restorer *r, tni_node *n) {
    int wanted = 0;
    for (int i = 0; i < n->nout; i++) {
        const char *name = at_line_end(r) ? "" : next_field(r);
        if (n->out[i] && *name)
            claim(n->out[i], name);
        else if (n->out[i] && !n->out[i]->uses)
            n->out[i] = NULL;
        if (n->out[i]) wanted = i + 1;
    }
    n->nout = wanted;
}

static void restore_layer(restorer *r) {
    char text[96];
    const char *here = next_field(r), *op = next_field(r), *opset = next_field(r);
    const char *name = next_field(r), *module = next_field(r), *source = next_field(r);
    tni_node *n = tni_map_get(&r->layers, here, strlen(here));
    if (!n || n->mark >= 0 || strcmp(op, tni_op_text(n->op, text))) return;
    n->mark = r->lines++;
    n->name = name;
    n->module = *module ? module : NULL;
    n->source = *source ? source : NULL;
    n->opset = (int)strtol(opset, NULL, 10);
    restore_outputs(r, n);
}

static bool is_within(const tn_graph *g, const tn_graph *outer) {
    while (g && g != outer) g = g->parent;
    return g;
}

// Constants that have one name in the model are one, which belongs to a graph that all of its readers see.
static void restore_const(restorer *r) {
    const char *here = next_field(r), *name = next_field(r);
    tni_value *v = tni_map_get(&r->net->root->consts, here, strlen(here));
    if (!v || !*name) return;
    tni_value *first = tni_map_get(&r->constants, name, strlen(name));
    if (first && first != v && tni_tensor_equal(first->info.constant, v->info.constant)) {
        while (!is_within(v->graph, first->graph)) first->graph = first->graph->parent;
        tni_replace_uses(v, first);
    } else if (!first && tni_map_set(&r->constants, name, strlen(name), v)) {
        claim(v, name);
    } else if (!first) {
        r->nomem = true;
    }
}

static void read_lines(restorer *r) {
    while (r->at < r->end && !r->nomem) {
        const char *kind = next_field(r);
        if (!strcmp(kind, "layer")) restore_layer(r);
        if (!strcmp(kind, "const")) restore_const(r);
        next_line(r);
    }
}

// ---- order

typedef struct place {
    tni_node *n;
    int line;
    size_t at;
} place;

static int by_line(const void *a, const void *b) {
    const place *x = a, *y = b;
    if (x->line != y->line) return x->line < y->line ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

// Layers without a line stay behind the one that they follow.
static bool order(tn_graph *g) {
    place *list = tni_calloc(g->root->env, g->nnodes + 1, sizeof *list);
    size_t count = 0;
    int line = -1;
    if (!list) return false;
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        if (n->mark >= 0) line = n->mark;
        list[count] = (place){n, line, count};
        count++;
        for (size_t i = 0; (body = tni_next_body(n, &i));)
            if (!order(body)) return tni_free(g->root->env, list), false;
    }
    qsort(list, count, sizeof *list, by_line);
    for (size_t i = count; i-- > 0;) tni_node_move_before(list[i].n, i + 1 < count ? list[i + 1].n : NULL);
    tni_free(g->root->env, list);
    bool moved;
    tni_node *stuck;
    return tni_graph_sort(g, &moved, &stuck); // a changed source may need another order
}

// ---- uniqueness

static void clear_marks(tn_graph *g) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++)
            if (n->in[i].value) n->in[i].value->mark = 0;
        for (int i = 0; i < n->nout; i++)
            if (n->out[i]) n->out[i]->mark = 0;
        for (size_t i = 0; (body = tni_next_body(n, &i));) clear_marks(body);
    }
    for (size_t i = 0; i < g->noutput; i++) g->output[i]->value->mark = 0;
}

// A value of the source's own that has a name of the model's gets another one.
static void yield_name(restorer *r, tni_value *v) {
    if (!v || v->mark || v->is_input) return;
    v->mark = 1;
    for (tni_value *other; (other = tni_value_find(v->graph, v->name)) && other != v;) {
        const char *made = tni_arena_printf(r->arena, "%s.%u", v->name, ++v->graph->root->fresh);
        if (!made) {
            r->nomem = true;
            return;
        }
        v->name = made;
    }
    if (!tni_map_set(&v->graph->names, v->name, strlen(v->name), v)) r->nomem = true;
}

static void yield_names(restorer *r, tn_graph *g) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) yield_name(r, n->in[i].value);
        for (int i = 0; i < n->nout; i++) yield_name(r, n->out[i]);
        for (size_t i = 0; (body = tni_next_body(n, &i));) yield_names(r, body);
    }
}

static tn_status restore(restorer *r, tn_graph *g) {
    clear_marks(g);
    index_graph(r, g);
    read_lines(r);
    if (r->nomem || !order(g)) return TN_NOMEM;
    TN_TRY(tni_graph_settle(g)); // claimed names are known from here
    yield_names(r, g);
    return r->nomem ? TN_NOMEM : TN_OK;
}

void tn_network_names(tn_network *net, const char *path) {
    if (!tni_net_given(net, path, "a list of names has no path")) return;
    tni_file f;
    tn_status status = tni_file_read(&f, net->root->env, path, net->root->diags);
    if (status != TN_OK) {
        tni_net_fail(net, status, NULL, NULL, "the list of names '%s' cannot be read", path);
        return;
    }
    restorer r = {.net = net,
                  .arena = tni_net_arena(net),
                  .at = (const char *)f.data,
                  .end = (const char *)f.data + f.size,
                  .layers = {.env = net->root->env},
                  .constants = {.env = net->root->env}};
    status = restore(&r, net->graph);
    if (status != TN_OK) tni_net_fail(net, status, NULL, NULL, "out of memory");
    tni_map_free(&r.layers);
    tni_map_free(&r.constants);
    tni_file_close(&f);
}
