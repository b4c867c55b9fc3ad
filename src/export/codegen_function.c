// SPDX-License-Identifier: Apache-2.0
// codegen_function.c - a module as the body of a function. Variables are few and short: a value takes the
// name of one that is read for the last time, so that a chain of layers is x = f(x), as a person writes it.
// Literals are left open: what differs between modules of the same text becomes a parameter.
#include "export/codegen.h"

#include "ir/text.h"
#include "net/net.h"

#include <stdio.h>
#include <string.h>

static const char *const pool[CG_POOL] = {"x", "y", "z", "u", "v", "w", "a", "b", "c", "d", "e", "f",
                                          "g", "h", "p", "q", "r", "s", "t", "k", "m", "n", "o", "l"};

typedef struct writer {
    codegen *c;
    cg_module *m; // NULL: a body
    tn_graph *g;
    const char *net; // "net", "body"
    tni_text t;
    const char **var;              // by value: what it is called here
    int *slot;                     // by value: its place among `busy`, or -1
    bool *busy, *declared, *given; // by variable
    size_t variables;
} writer;

// ---- variables

static const char *variable(codegen *c, size_t i) { return i < CG_POOL ? pool[i] : cg_print(c, "x%zu", i); }

static size_t take_variable(writer *w) {
    for (size_t i = 0; i < w->variables; i++)
        if (!w->busy[i]) return w->busy[i] = true, i;
    w->c->nomem = true; // there is one for every value
    return 0;
}

static const char *name_value(writer *w, const tni_value *v) {
    size_t i = take_variable(w);
    w->slot[v->id] = (int)i;
    return w->var[v->id] = variable(w->c, i);
}

static void declare(writer *w, const tni_value *v) { w->declared[w->slot[v->id]] = true; }

// The variables that were needed beyond those that were there, in one line.
static void put_declarations(const writer *w, tni_text *t) {
    bool any = false;
    for (size_t i = 0; i < w->variables; i++) {
        if (!w->declared[i] || w->given[i]) continue;
        tni_text_printf(t, "%s*%s", any ? ", " : "tn_value ", variable(w->c, i));
        any = true;
    }
    if (any) tni_text_puts(t, ";\n");
}

static bool is_output(const writer *w, const tni_value *v) {
    for (size_t i = 0; w->m && i < w->m->nout; i++)
        if (w->m->out[i] == v) return true;
    return false;
}

// A value that nobody from node `next` on reads gives its variable back.
static void release(writer *w, const tni_value *v, size_t next) {
    if (!v || w->slot[v->id] < 0 || cg_read_from(w->c, v, next) || is_output(w, v)) return;
    w->busy[w->slot[v->id]] = false;
    w->slot[v->id] = -1;
}

static void begin(writer *w, codegen *c, cg_module *m, tn_graph *g, const char *net) {
    size_t values = c->g->root->nvalues + 1u;
    *w = (writer){.c = c, .m = m, .g = g, .net = net, .t = {.env = c->g->root->env}, .variables = values};
    w->var = cg_alloc(c, values * sizeof *w->var);
    w->slot = cg_alloc(c, values * sizeof *w->slot);
    w->busy = cg_alloc(c, values);
    w->declared = cg_alloc(c, values);
    w->given = cg_alloc(c, values);
    for (size_t i = 0; w->slot && i < values; i++) w->slot[i] = -1;
}

// ---- what is left open

static void leave_open(writer *w, cg_kind kind, const char *name, const char *text, cg_module *callee) {
    cg_module *m = w->m;
    codegen *c = w->c;
    if (!m) { // bodies stand by themselves
        tni_text_puts(&w->t, text);
        return;
    }
    if (!tni_arena_grow(c->arena, &m->open, m->nopen, &m->copen, sizeof *m->open)) {
        c->nomem = true;
        return;
    }
    m->open[m->nopen++] = (cg_open){kind, name, text, callee};
    if (kind != CG_CALL) tni_text_puts(&w->t, CG_OPEN);
}

// ---- operands

static const char *below_path(const writer *w, const char *key) {
    const char *path = w->m ? w->m->path : "";
    size_t n = strlen(path);
    if (!n) return w->m ? key : NULL;
    return !strncmp(key, path, n) && key[n] == '.' ? key + n + 1 : NULL;
}

static void put_constant(writer *w, const cg_constant *k, const char *what) {
    codegen *c = w->c;
    const char *rest = k->key ? below_path(w, k->key) : NULL;
    const char *net = k->value->graph == w->g ? w->net : "net"; // what a body finds around it is made there
    if (rest) {
        tni_text_printf(&w->t, "tn_weight(%s, %s, NULL)", net, cg_string(c, rest, strlen(rest)));
    } else if (k->key) {
        const char *full = cg_print(c, "/%s", k->key);
        tni_text_printf(&w->t, "tn_weight(%s, ", net);
        leave_open(w, CG_TEXT, what, cg_string(c, full, strlen(full)), NULL);
        tni_text_puts(&w->t, ", NULL)");
    } else {
        tni_text_printf(&w->t, "tn_const(%s, \"%s\", ", net, what);
        leave_open(w, CG_TEXT, what, cg_tensor(c, k->value->info.constant), NULL);
        tni_text_puts(&w->t, ")");
    }
}

static void put_operand(writer *w, const tni_value *v, const char *what) {
    const cg_constant *k = cg_constant_of(w->c, v);
    if (k)
        put_constant(w, k, what);
    else
        tni_text_puts(&w->t, !v ? "NULL" : w->var[v->id] ? w->var[v->id] : "NULL");
}

static bool is_variadic(const tn_param *row, int rows, int i) {
    for (int k = 0; k < rows && row[k].name && k <= i; k++)
        if (row[k].flags & TN_VARIADIC) return true;
    return false;
}

enum {
    MAX_IN = sizeof((tn_op_def *)0)->in / sizeof(tn_param),
    MAX_OUT = sizeof((tn_op_def *)0)->out / sizeof(tn_param)
};

// Inputs in order; a variadic tail as a list. `all`: everything is in the list.
static void put_inputs(writer *w, const tni_node *n, bool all) {
    bool list = all;
    if (all) tni_text_puts(&w->t, ", tn_list(");
    for (int i = 0; i < n->nin; i++) {
        bool opens = !list && is_variadic(n->op->in, MAX_IN, i);
        if (opens) tni_text_puts(&w->t, ", tn_list(");
        if (!opens && (i || !all)) tni_text_puts(&w->t, ", ");
        list |= opens;
        put_operand(w, n->in[i].value, cg_role(w->c, n, i));
    }
    if (list) tni_text_puts(&w->t, ")");
}

// ---- attributes

static const char *body_name(writer *w, const tni_node *n, const char *attribute);

static void put_attributes(writer *w, const tni_node *n) {
    char field[TNI_FUNCTION];
    for (size_t i = 0; n->op->attrs[i].name; i++) {
        const tn_attr *a = &n->attr[i];
        if (!a->present) continue;
        tni_text_printf(&w->t, ", .%s = ", tni_field_name(n->op, a->name, true, field));
        cg_kind kind;
        if (a->kind == TN_ATTR_GRAPH) {
            tni_text_puts(&w->t, body_name(w, n, a->name));
        } else if (a->kind == TN_ATTR_TENSOR) {
            tni_text_printf(&w->t, "tn_literal(%s, ", w->net);
            leave_open(w, CG_TEXT, cg_print(w->c, "%s", field), cg_tensor(w->c, a->tensor), NULL);
            tni_text_puts(&w->t, ")");
        } else {
            const char *text = cg_attribute(w->c, n->op, a, &kind);
            if (!strcmp(text, "{0}"))
                tni_text_puts(&w->t, text);
            else
                leave_open(w, kind, cg_print(w->c, "%s", field), text, NULL);
        }
    }
}

// ---- statements

static bool is_read(const writer *w, const tni_value *v) { return v && cg_read_from(w->c, v, 0); }

// Inputs that are read for the last time give their variables to what is made.
static void release_inputs(writer *w, const tni_node *n) {
    size_t next = n->next ? (size_t)n->next->mark : w->g == w->c->g ? w->c->nodes : CG_END - 1;
    for (int i = 0; i < n->nin; i++) release(w, n->in[i].value, next);
}

static const char *array_name(writer *w, const tni_node *n) {
    char name[TNI_FUNCTION];
    return cg_print(w->c, "%s%d", tni_layer_name(n->op, name),
                    (int)(n->mark - (w->m ? (int)w->m->begin : 0)));
}

// Outputs beyond the first, and lists of them: they are put where the call is told.
static void put_outputs(writer *w, const tni_node *n, const char *array) {
    char field[TNI_FUNCTION];
    if (array) {
        tni_text_printf(&w->t, ", .outs = tn_outs(%s)", array);
        return;
    }
    for (int i = 1; i < n->nout; i++)
        if (n->out[i] && w->var[n->out[i]->id])
            tni_text_printf(&w->t, ", .out_%s = &%s", tni_field_name(n->op, n->op->out[i].name, false, field),
                            w->var[n->out[i]->id]);
}

static void put_bodies(writer *w, const tni_node *n);

// Names for everything that is made; declarations that have to stand before the call.
static const char *prepare_outputs(writer *w, const tni_node *n, bool list) {
    const char *array = list ? array_name(w, n) : NULL;
    release_inputs(w, n);
    if (list) {
        tni_text_printf(&w->t, "tn_value *%s[%d];\n", array, n->nout);
        for (int i = 0; i < n->nout; i++)
            if (n->out[i]) w->var[n->out[i]->id] = cg_print(w->c, "%s[%d]", array, i);
        return array;
    }
    for (int i = 0; i < n->nout; i++) {
        const tni_value *v = n->out[i];
        bool named = v && (is_read(w, v) || i); // what is made and not read still has to be asked for
        if (!named) continue;
        name_value(w, v);
        declare(w, v);
    }
    return NULL;
}

// The operands are read before the outputs get their names, which may be the same.
static void put_node(writer *w, tni_node *n) {
    codegen *c = w->c;
    bool function = tni_has_function(n->op);
    bool list = n->nout > 1 && (!function || is_variadic(n->op->out, MAX_OUT, n->nout - 1));
    char name[TNI_FUNCTION];
    put_bodies(w, n);
    writer call = *w; // its text, apart
    call.t = (tni_text){.env = w->t.env};
    if (function) {
        tni_text_printf(&call.t, "tn_%s(%s", tni_function_name(n->op, name), w->net);
        put_inputs(&call, n, false);
        put_attributes(&call, n);
    } else {
        char op[96];
        tni_text_printf(&call.t, "tn_layer(%s, \"%s\"", w->net, tni_op_text(n->op, op));
        put_inputs(&call, n, true);
        tni_text attrs = {.env = w->t.env};
        tni_attrs_print(&attrs, n);
        if (attrs.length) tni_text_printf(&call.t, ", %s", cg_string(c, attrs.data, attrs.length));
        c->nomem |= attrs.failed;
        tni_text_free(&attrs);
    }
    const char *array = prepare_outputs(w, n, list);
    const tni_value *first = n->nout ? n->out[0] : NULL;
    if (!list && first && w->var[first->id] && w->slot[first->id] >= 0)
        tni_text_printf(&w->t, "%s = ", w->var[first->id]);
    tni_text_puts(&w->t, call.t.data ? call.t.data : "");
    c->nomem |= call.t.failed;
    tni_text_free(&call.t);
    put_outputs(w, n, array);
    tni_text_puts(&w->t, ");\n");
    size_t next = (size_t)n->mark + 1;
    for (int i = 0; !list && i < n->nout; i++) release(w, n->out[i], next);
}

// ---- calls

static void put_call_text(writer *w, const cg_item *item, const char *name) {
    const cg_module *m = item->call;
    tni_text_puts(&w->t, CG_FUNCTION "(net");
    for (size_t i = 0; i < m->nin; i++) tni_text_printf(&w->t, ", %s", w->var[m->in[i]->id]);
    tni_text_printf(&w->t, ", %s", name);
}

static void end_call(writer *w, const cg_item *item) {
    const cg_module *m = item->call;
    for (size_t i = 1; i < m->nout; i++) tni_text_printf(&w->t, ", &%s", w->var[m->out[i]->id]);
    tni_text_puts(&w->t, CG_ARGUMENTS ");\n");
    leave_open(w, CG_CALL, "", "", item->call);
}

static void put_call(writer *w, const cg_item *item) {
    const cg_module *m = item->call;
    writer call = *w;
    call.t = (tni_text){.env = w->t.env};
    put_call_text(&call, item, cg_string(w->c, m->name, strlen(m->name)));
    for (size_t i = 0; i < m->nin; i++) release(w, m->in[i], m->end);
    for (size_t i = 0; i < m->nout; i++) {
        name_value(w, m->out[i]);
        declare(w, m->out[i]);
    }
    tni_text_printf(&w->t, "%s = %s", w->var[m->out[0]->id], call.t.data ? call.t.data : "");
    w->c->nomem |= call.t.failed;
    tni_text_free(&call.t);
    end_call(w, item);
}

// ---- loops: alike modules in a row, each fed by the one before it

static bool is_alike(const cg_module *a, const cg_module *b) {
    if (a->type != b->type || a->nopen != b->nopen) return false;
    for (size_t i = 0; i < a->nopen; i++) {
        if (a->open[i].kind == CG_CALL ? !is_alike(a->open[i].callee, b->open[i].callee)
                                       : strcmp(a->open[i].text, b->open[i].text) != 0)
            return false;
    }
    return true;
}

// The input of `b` that is the output of `a`, when everything else is the same; or -1.
static int chained(const codegen *c, const cg_module *a, const cg_module *b) {
    int at = -1;
    if (a->nout != 1 || b->nout != 1 || a->nin != b->nin || cg_read_from(c, a->out[0], b->end)) return -1;
    for (size_t i = 0; i < a->nin; i++) {
        if (b->in[i] == a->out[0] && at < 0)
            at = (int)i;
        else if (b->in[i] != a->in[i])
            return -1;
    }
    return at;
}

// "layer.3" is 3 behind "layer."; -1 when there is no number at the end.
static int split_number(const char *name, size_t *prefix) {
    size_t n = strlen(name);
    int value = 0;
    *prefix = n;
    while (*prefix && name[*prefix - 1] >= '0' && name[*prefix - 1] <= '9') --*prefix;
    if (*prefix == n || n - *prefix > 4 || (name[*prefix] == '0' && n - *prefix > 1)) return -1;
    for (size_t i = *prefix; i < n; i++) value = value * 10 + (name[i] - '0');
    return value;
}

static bool follows(const codegen *c, const cg_module *a, const cg_module *b, int at) {
    size_t pa, pb;
    int ia = split_number(a->name, &pa), ib = split_number(b->name, &pb);
    return ia >= 0 && ib == ia + 1 && pa == pb && !strncmp(a->name, b->name, pa) && is_alike(a, b) &&
           chained(c, a, b) == at;
}

static void find_runs(codegen *c, cg_module *m) {
    size_t to = 0;
    for (size_t i = 0, j; i < m->items; i = j) {
        cg_item item = m->item[i];
        j = i + 1;
        if (item.call) {
            int at = j < m->items && m->item[j].call ? chained(c, item.call, m->item[j].call) : -1;
            while (at >= 0 && j < m->items && m->item[j].call &&
                   follows(c, m->item[j - 1].call, m->item[j].call, at))
                j++;
            item.count = j - i;
            item.run = cg_alloc(c, item.count * sizeof *item.run);
            for (size_t k = 0; item.run && k < item.count; k++) item.run[k] = m->item[i + k].call;
        }
        m->item[to++] = item;
    }
    m->items = to;
}

static void put_loop(writer *w, const cg_item *item) {
    codegen *c = w->c;
    const cg_module *first = item->call, *last = item->run[item->count - 1];
    size_t prefix;
    int from = split_number(first->name, &prefix), at = chained(c, first, item->run[1]);
    const tni_value *in = first->in[at], *out = last->out[0];
    const char *fed = w->var[in->id];
    bool dies = w->slot[in->id] >= 0 && !cg_read_from(c, in, last->end) && !is_output(w, in);
    if (dies) {
        w->slot[out->id] = w->slot[in->id];
        w->slot[in->id] = -1;
        w->var[out->id] = fed;
    } else {
        name_value(w, out);
        declare(w, out);
        tni_text_printf(&w->t, "%s = %s;\n", w->var[out->id], fed);
    }
    tni_text_printf(&w->t, "for (int i = %d; i < ", from);
    leave_open(w, CG_COUNT, "count", cg_print(c, "%d", from + (int)item->count), NULL);
    tni_text_printf(&w->t, "; i++)\n\t%s = ", w->var[out->id]);
    w->var[in->id] = w->var[out->id];
    put_call_text(w, item, cg_print(c, "tn_path(net, \"%.*s%%d\", i)", (int)prefix, first->name));
    w->var[in->id] = fed;
    end_call(w, item);
    for (size_t i = 0; i < first->nin; i++) release(w, first->in[i], last->end);
}

// ---- bodies of If, Loop and Scan: functions of their own

static const char *body_name(writer *w, const tni_node *n, const char *attribute) {
    return cg_print(w->c, "%s%d", attribute, n->mark);
}

static void note_capture(codegen *c, const tn_graph *body, const tn_graph *g, tni_value *v, tni_value ***list,
                         size_t *count, size_t *room) {
    const tn_graph *of = g;
    while (of && v && v->graph != of) of = of->parent; // not the body's own, nor one within it
    if (!v || !of || cg_constant_of(c, v)) return;
    (void)body;
    for (size_t i = 0; i < *count; i++)
        if ((*list)[i] == v) return;
    if (tni_arena_grow(c->arena, list, *count, room, sizeof v))
        (*list)[(*count)++] = v;
    else
        c->nomem = true;
}

static void find_captures(codegen *c, const tn_graph *body, const tn_graph *outer, tni_value ***list,
                          size_t *count, size_t *room) {
    for (const tni_node *n = body->first; n; n = n->next) {
        tn_graph *inner;
        for (int i = 0; i < n->nin; i++) note_capture(c, body, outer, n->in[i].value, list, count, room);
        for (size_t i = 0; (inner = tni_next_body(n, &i));) find_captures(c, inner, outer, list, count, room);
    }
    for (size_t i = 0; i < body->noutput; i++)
        note_capture(c, body, outer, body->output[i]->value, list, count, room);
}

static void put_nodes(writer *w) {
    for (tni_node *n = w->g->first; n; n = n->next) put_node(w, n);
}

static const char *put_type(codegen *c, const tn_type *type) {
    tni_text t = {.env = c->g->root->env};
    tni_type_print(&t, type);
    const char *text = cg_string(c, t.data ? t.data : "", t.length);
    tni_text_free(&t);
    return text;
}

static void put_graph_inputs(codegen *c, tni_text *t, const tn_graph *g, const char *net,
                             const char *const *var) {
    for (size_t i = 0; i < g->ninput; i++) {
        const tni_value *v = g->input[i];
        const char *name = cg_string(c, v->name, strlen(v->name)), *type = put_type(c, &v->info.type);
        if (var[v->id]) tni_text_printf(t, "tn_value *%s = ", var[v->id]);
        tni_text_printf(t, "tn_input(%s, %s, %s);\n", net, name, type);
    }
}

static void put_graph_outputs(writer *w) {
    for (size_t i = 0; i < w->g->noutput; i++) {
        const tni_value *v = w->g->output[i]->value;
        bool plain = v->def && v->graph == w->g;
        for (size_t k = 0; k < i; k++) plain &= w->g->output[k]->value != v;
        tni_text_printf(&w->t, "tn_output(%s, ", w->net);
        put_operand(w, v, "output");
        tni_text_printf(&w->t, ", %s);\n", plain ? cg_string(w->c, v->name, strlen(v->name)) : "NULL");
    }
}

// Inputs that nobody reads get no variable.
static void name_inputs(writer *w, const tn_graph *g) {
    for (size_t i = 0; i < g->ninput; i++)
        if (is_read(w, g->input[i])) {
            name_value(w, g->input[i]);
            w->given[w->slot[g->input[i]->id]] = true;
        }
}

// static tn_network *NAME(tn_network *net, captured values...)
static void put_body_function(codegen *c, const char *name, const char *attribute, tn_graph *body,
                              tni_value **captured, size_t count) {
    writer w;
    begin(&w, c, NULL, body, "body");
    tni_text head = {.env = c->g->root->env};
    if (c->nomem) return;
    tni_text_printf(&head, "static tn_network *%s(tn_network *net", name);
    for (size_t i = 0; i < count; i++) {
        w.var[captured[i]->id] = name_value(&w, captured[i]);
        w.given[w.slot[captured[i]->id]] = true;
        w.slot[captured[i]->id] = -1; // for as long as the body is
        tni_text_printf(&head, ", tn_value *%s", w.var[captured[i]->id]);
    }
    name_inputs(&w, body);
    tni_text_printf(&head, ") {\ntn_network *body = tn_body(net, \"%s\", %s);\n", attribute,
                    cg_string(c, body->name, strlen(body->name)));
    put_graph_inputs(c, &head, body, "body", w.var);
    put_nodes(&w);
    put_graph_outputs(&w);
    put_declarations(&w, &head);
    tni_text_printf(&w.t, "return body;\n}\n");
    c->nomem |= w.t.failed || head.failed;
    tni_text_printf(&c->bodies, "\n%s%s", head.data ? head.data : "", w.t.data ? w.t.data : "");
    tni_text_free(&head);
    tni_text_free(&w.t);
}

static void put_bodies(writer *w, const tni_node *n) {
    codegen *c = w->c;
    for (size_t i = 0; n->op->attrs[i].name; i++) {
        tn_graph *body = n->attr[i].graph;
        if (!body) continue;
        tni_value **captured = NULL;
        size_t count = 0, room = 0;
        find_captures(c, body, n->graph, &captured, &count, &room);
        const char *attribute = n->op->attrs[i].name;
        const char *function = cg_function_name(c, cg_print(c, "%s", attribute));
        put_body_function(c, function, attribute, body, captured, count);
        tni_text_printf(&w->t, "tn_network *%s = %s(%s", body_name(w, n, attribute), function, w->net);
        for (size_t k = 0; k < count; k++)
            tni_text_printf(&w->t, ", %s", w->var[captured[k]->id] ? w->var[captured[k]->id] : "NULL");
        tni_text_puts(&w->t, ");\n");
    }
}

// ---- inputs and outputs of modules

static void add_value(codegen *c, tni_value ***list, size_t *n, size_t *room, tni_value *v) {
    for (size_t i = 0; i < *n; i++)
        if ((*list)[i] == v) return;
    if (tni_arena_grow(c->arena, list, *n, room, sizeof v))
        (*list)[(*n)++] = v;
    else
        c->nomem = true;
}

static bool made_in(const cg_module *m, const tni_value *v) {
    return v->def && (size_t)v->def->mark >= m->begin && (size_t)v->def->mark < m->end;
}

static void read_value(codegen *c, cg_module *m, tni_value *v) {
    if (v && v->graph == c->g && !cg_constant_of(c, v) && !made_in(m, v))
        add_value(c, &m->in, &m->nin, &m->cin, v);
}

static void read_body(codegen *c, cg_module *m, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) read_value(c, m, n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) read_body(c, m, body);
    }
    for (size_t i = 0; i < g->noutput; i++) read_value(c, m, g->output[i]->value);
}

static void find_edges(codegen *c, cg_module *m) {
    for (const tni_node *n = c->g->first; n; n = n->next) {
        tn_graph *body;
        if ((size_t)n->mark < m->begin || (size_t)n->mark >= m->end) continue;
        for (int i = 0; i < n->nin; i++) read_value(c, m, n->in[i].value);
        for (size_t i = 0; (body = tni_next_body(n, &i));) read_body(c, m, body);
        for (int i = 0; i < n->nout; i++)
            if (n->out[i] && cg_read_from(c, n->out[i], m->end))
                add_value(c, &m->out, &m->nout, &m->cout, n->out[i]);
    }
}

// ---- modules

static void put_items(writer *w) {
    for (size_t i = 0; i < w->m->items && !w->c->nomem; i++) {
        const cg_item *item = &w->m->item[i];
        if (item->node)
            put_node(w, item->node);
        else if (item->count > 1)
            put_loop(w, item);
        else
            put_call(w, item);
    }
}

static void put_module(codegen *c, cg_module *m) {
    writer w;
    bool whole = m == c->main;
    begin(&w, c, m, c->g, "net");
    if (c->nomem) return;
    tni_text head = {.env = c->g->root->env};
    if (whole) {
        name_inputs(&w, c->g);
        put_graph_inputs(c, &head, c->g, "net", w.var);
    }
    for (size_t i = 0; i < m->nin && !whole; i++) {
        name_value(&w, m->in[i]);
        w.given[w.slot[m->in[i]->id]] = true;
    }
    put_items(&w);
    if (whole) {
        put_graph_outputs(&w);
    } else {
        for (size_t i = 1; i < m->nout; i++)
            tni_text_printf(&w.t, "*out%zu = %s;\n", i, w.var[m->out[i]->id]);
        tni_text_printf(&w.t, "tn_scope_pop(net);\nreturn %s;\n", w.var[m->out[0]->id]);
    }
    put_declarations(&w, &head);
    if (!whole) tni_text_puts(&head, "tn_scope_push(net, \"%s\", name);\n");
    tni_text_puts(&head, w.t.data ? w.t.data : "");
    c->nomem |= w.t.failed;
    tni_text_free(&w.t);
    m->text = tni_arena_keep(c->arena, &head);
    if (!m->text) c->nomem = true;
}

// Calls first: their classes are part of a module's text.
static void write_module(codegen *c, cg_module *m) {
    for (size_t i = 0; i < m->items; i++)
        if (m->item[i].call) write_module(c, m->item[i].call);
    if (c->nomem) return;
    if (m != c->main) find_edges(c, m);
    find_runs(c, m);
    put_module(c, m);
    if (!c->nomem) cg_class_of(c, m);
}

tn_status cg_functions(codegen *c) {
    write_module(c, c->main);
    return c->nomem ? TN_NOMEM : TN_OK;
}
