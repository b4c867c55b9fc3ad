// SPDX-License-Identifier: Apache-2.0
// layer.c - from the arguments of a call to a node. The arguments of an operator's function are a struct that
// is laid out as its definition lists things: the layer's name, args_, the network, inputs, attributes,
// further outputs. The header that declares these structs is written from the same definitions
// (cmake/layers_header.c), so this one walk serves all of them.
#include "net/net.h"

#include "ir/registry.h"
#include "ir/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum {
    MAX_PARAMS = sizeof((tn_op_def *)0)->in / sizeof(tn_param),
    MAX_RESULTS = sizeof((tn_op_def *)0)->out / sizeof(tn_param)
};

typedef struct call {
    tn_network *net;
    const tn_op_def *op;
    const tn_site *site;
    const char *layer; // its name
    const unsigned char *base;
    size_t at; // in the struct
    tni_spec spec;
    tn_value **to[64]; // where outputs are wanted; NULL: not
    tn_value_list in;  // one after the other
} call;

static const void *field(call *c, size_t align, size_t size) {
    size_t at = (c->at + align - 1) / align * align;
    c->at = at + size;
    return c->base + at;
}
#define FIELD(type) (*(type const *)field(c, _Alignof(type), sizeof(type)))

// True when the call's text gives `.name`: at the top level, after a comma.
static bool is_written(const char *text, const char *name) {
    int depth = 0;
    bool fresh = true; // at the start of an argument
    for (const char *t = text; *t; t++) {
        if (*t == '"' || *t == '\'') {
            char quote = *t++;
            while (*t && *t != quote) t += *t == '\\' && t[1] ? 2 : 1;
            if (!*t) return false;
        } else if (strchr("([{", *t)) {
            depth++;
        } else if (strchr(")]}", *t)) {
            depth--;
        } else if (*t == '.' && fresh && !depth) {
            size_t n = strlen(name);
            const char *word = t + 1 + strspn(t + 1, " \t\n");
            if (!strncmp(word, name, n) && !isalnum((unsigned char)word[n]) && word[n] != '_') return true;
        }
        fresh = (*t == ',' && !depth) || (fresh && isspace((unsigned char)*t));
    }
    return false;
}

// ---- inputs

static tn_status check_value(call *c, const tn_value *v, const char *input) {
    if (!v) return TN_OK;
    for (const tn_graph *g = c->net->graph; g; g = g->parent)
        if (v->graph == g) return TN_OK;
    return tni_net_fail(c->net, TN_INVALID, c->layer, v->name,
                        "input '%s' belongs to another network, or to a body that is not around this layer",
                        input);
}

static tn_status add_input(call *c, tn_value *v, const char *name) {
    if (c->spec.nin == TNI_SPEC_IN && !c->in.n)
        return tni_net_fail(c->net, TN_LIMIT, c->layer, NULL, "it has too many inputs");
    TN_TRY(check_value(c, v, name));
    c->spec.in[c->spec.nin++] = v;
    return TN_OK;
}

static tn_status add_list(call *c, tn_value_list list, const char *name) {
    tni_value **in = tni_spec_room(tni_net_arena(c->net), list.n + (size_t)c->spec.nin);
    if (!in) return tni_net_fail(c->net, TN_NOMEM, c->layer, NULL, "out of memory");
    memcpy(in, c->spec.in, (size_t)c->spec.nin * sizeof *in);
    c->spec.in = in;
    c->in = list;
    for (size_t i = 0; i < list.n; i++) TN_TRY(add_input(c, list.v[i], name));
    return TN_OK;
}

static tn_status read_inputs(call *c) {
    c->spec.in = tni_spec_room(tni_net_arena(c->net), MAX_PARAMS);
    if (!c->spec.in) return tni_net_fail(c->net, TN_NOMEM, c->layer, NULL, "out of memory");
    for (int i = 0; i < MAX_PARAMS && c->op->in[i].name; i++) {
        const tn_param *p = &c->op->in[i];
        if (p->flags & TN_VARIADIC)
            TN_TRY(add_list(c, FIELD(tn_value_list), p->name));
        else
            TN_TRY(add_input(c, FIELD(tn_value *), p->name));
    }
    return TN_OK;
}

// ---- attributes

static bool texts(call *c, tn_attr *a, tn_text_list list) {
    tni_arena *arena = tni_net_arena(c->net);
    tn_str *strings = tni_arena_zalloc(arena, (list.n + 1) * sizeof *strings);
    for (size_t i = 0; strings && i < list.n; i++) {
        if (!tni_net_given(c->net, list.v[i], "a text of an attribute is none")) return false;
        strings[i] = (tn_str){tni_arena_text(arena, list.v[i], strlen(list.v[i])), strlen(list.v[i])};
        if (!strings[i].text) return false;
    }
    a->strings = strings;
    a->n = list.n;
    return strings != NULL;
}

static tn_status body(call *c, tn_attr *a, const tn_network *net) {
    if (!net) return TN_OK;
    if (net->root != c->net->root || !net->graph || net->graph->parent != c->net->graph)
        return tni_net_fail(c->net, TN_INVALID, c->layer, a->name,
                            "'%s' is not a body that tn_body made for this network", a->name);
    a->graph = net->graph;
    return TN_OK;
}

// ONNX's floats are f32; the project's own operators keep what they are given.
static double rounded(const tn_op_def *op, double x) {
    return tni_same_domain(op->domain, "tn") ? x : (double)(float)x;
}

// Reads the field of one attribute; *given tells whether it holds anything.
static tn_status read_attr(call *c, const tn_attr_def *row, tn_attr *a, bool *given) {
    *a = (tn_attr){.name = row->name, .kind = row->kind, .present = true};
    tn_network *net = c->net;
    switch (row->kind) {
    case TN_ATTR_INT: *given = (a->i = FIELD(int64_t)) != 0; return TN_OK;
    case TN_ATTR_FLOAT:
        a->f = rounded(c->op, FIELD(double));
        *given = a->f != 0 || signbit(a->f);
        return TN_OK;
    case TN_ATTR_STRING: {
        const char *text = FIELD(const char *);
        *given = text != NULL;
        a->s = (tn_str){text ? text : "", text ? strlen(text) : 0};
        return TN_OK;
    }
    case TN_ATTR_INTS: {
        tn_int_list list = FIELD(tn_int_list);
        a->ints = list.v, a->n = list.n, *given = list.n != 0;
        return TN_OK;
    }
    case TN_ATTR_FLOATS: {
        tn_float_list list = FIELD(tn_float_list);
        a->floats = list.v, a->n = list.n, *given = list.n != 0;
        return TN_OK;
    }
    case TN_ATTR_STRINGS: {
        tn_text_list list = FIELD(tn_text_list);
        *given = list.n != 0;
        return texts(c, a, list) ? TN_OK : tni_net_fail(net, TN_NOMEM, c->layer, NULL, "out of memory");
    }
    case TN_ATTR_TENSOR: {
        const tn_tensor *t = FIELD(const tn_tensor *);
        *given = t != NULL;
        a->tensor = t ? tni_tensor_copy(tni_net_arena(net), t) : NULL;
        return !t || a->tensor ? TN_OK : tni_net_fail(net, TN_NOMEM, c->layer, NULL, "out of memory");
    }
    case TN_ATTR_GRAPH: TN_TRY(body(c, a, FIELD(tn_network *))); return *given = a->graph != NULL, TN_OK;
    case TN_ATTR_TYPE: {
        const char *text = FIELD(const char *);
        tn_type *type = tni_arena_zalloc(tni_net_arena(net), sizeof *type);
        *given = text != NULL;
        a->type = type;
        if (text && (!type || tni_type_parse(net->graph, text, type, net->root->diags) != TN_OK))
            return tni_net_fail(net, TN_INVALID, c->layer, row->name, "'%s' is no type: '%s'", row->name,
                                text);
        return TN_OK;
    }
    case TN_ATTR_NONE: break;
    }
    return TN_OK;
}

static tn_status read_attrs(call *c) {
    char name[TNI_FUNCTION];
    for (const tn_attr_def *row = c->op->attrs; row->name; row++) {
        tn_attr a;
        bool given = false;
        TN_TRY(read_attr(c, row, &a, &given));
        if (!given && !is_written(c->site->written, tni_field_name(c->op, row->name, true, name))) continue;
        if (row->kind == TN_ATTR_GRAPH && !a.graph) continue;
        if (tni_spec_put(&c->spec, a) != TN_OK)
            return tni_net_fail(c->net, TN_NOMEM, c->layer, NULL, "out of memory");
    }
    return TN_OK;
}

// ---- outputs

enum { MAX_OUTS = sizeof((call *)0)->to / sizeof(tn_value **) };

// Until the layer is made they are NULL, whatever happens.
static void want(call *c, tn_out_list list) {
    for (size_t i = 0; i < list.n; i++) list.v[i] = NULL;
    for (size_t i = 0; i < list.n && i < MAX_OUTS; i++) c->to[i] = &list.v[i];
    c->spec.nout = list.n > MAX_OUTS ? -1 : list.n ? (int)list.n : 1;
}

static void read_outputs(call *c) {
    c->spec.nout = 1;
    for (int i = 0; i < MAX_RESULTS && c->op->out[i].name; i++) {
        if (c->op->out[i].flags & TN_VARIADIC) {
            want(c, FIELD(tn_out_list));
            break;
        }
        if (!i || !(c->to[i] = FIELD(tn_value **))) continue;
        *c->to[i] = NULL;
        c->spec.nout = i + 1;
    }
}

// Outputs stand last.
static void skip_to_outputs(call *c) {
    for (int i = 0; i < MAX_PARAMS && c->op->in[i].name; i++) {
        if (c->op->in[i].flags & TN_VARIADIC)
            (void)FIELD(tn_value_list);
        else
            (void)FIELD(tn_value *);
    }
    for (const tn_attr_def *row = c->op->attrs; row->name; row++) {
        if (row->kind == TN_ATTR_INT)
            (void)FIELD(int64_t);
        else if (row->kind == TN_ATTR_FLOAT)
            (void)FIELD(double);
        else if (row->kind == TN_ATTR_INTS || row->kind == TN_ATTR_FLOATS || row->kind == TN_ATTR_STRINGS)
            (void)FIELD(tn_int_list);
        else
            (void)FIELD(const void *);
    }
}

static bool name_outputs(call *c) {
    tni_arena *arena = tni_net_arena(c->net);
    const char **names = tni_arena_zalloc(arena, ((size_t)c->spec.nout + 1) * sizeof *names);
    for (int i = 0; names && i < c->spec.nout; i++) {
        const tn_param *p = i < MAX_RESULTS ? &c->op->out[i] : NULL;
        if (!i)
            names[i] = c->layer;
        else if (!c->to[i])
            names[i] = "";
        else
            names[i] = p && p->name && !(p->flags & TN_VARIADIC)
                           ? tni_arena_printf(arena, "%s.%s", c->layer, p->name)
                           : tni_arena_printf(arena, "%s.%d", c->layer, i);
        if (!names[i]) return false;
    }
    c->spec.outs = names;
    return names != NULL;
}

// ---- the call

static bool name_layer(call *c, const char *named) {
    char buffer[TNI_FUNCTION];
    char *path = tni_net_path(c->net, named ? named : tni_layer_name(c->op, buffer));
    c->layer = path ? tni_net_unique(c->net, path) : NULL;
    c->spec.name = c->layer;
    c->spec.source = tni_net_source(c->net, c->site);
    return c->layer && c->spec.source;
}

static bool begin(call *c, tn_network *net) {
    c->net = net;
    int nout = c->spec.nout;
    c->spec = (tni_spec){.graph = net->graph,
                         .diags = net->root->diags,
                         .domain = c->op->domain,
                         .op = c->op->name,
                         .opset = TN_OPSET,
                         .newest = true,
                         .nout = nout};
    if (nout < 0)
        return !tni_net_fail(net, TN_LIMIT, NULL, NULL, "a layer has more than %d outputs", (int)MAX_OUTS);
    return true;
}

// What was made goes where the caller wants it. The first output is returned.
static tn_value *add(call *c) {
    tni_node *n = NULL;
    tni_net_root *r = c->net->root;
    size_t told = tni_diags_errors(r->diags);
    tn_status status = name_outputs(c) ? tni_spec_add(&c->spec, &n) : TN_NOMEM;
    if (status != TN_OK) {
        if (tni_diags_errors(r->diags) > told) // the sentence is there already
            r->status = status;
        else
            tni_net_fail(c->net, status, c->layer, NULL, "it cannot be made");
        return NULL;
    }
    for (int i = 0; i < c->spec.nout && i < MAX_OUTS; i++)
        if (c->to[i]) *c->to[i] = tni_out(n, i);
    return tni_out(n, 0);
}

static const tn_op_def *find_op(const tn_network *net, const char *op) {
    char domain[TNI_FUNCTION] = "";
    const char *dot = op ? strrchr(op, '.') : NULL;
    if (!op) return NULL;
    if (dot && (size_t)(dot - op) < sizeof domain) memcpy(domain, op, (size_t)(dot - op));
    return tni_op_find(net ? net->root->env : NULL, domain, dot ? dot + 1 : op);
}

tn_value *tn_layer_call(const char *op, const tn_site *site, const void *args) {
    call it = {.site = site, .base = args}, *c = &it;
    const char *named = FIELD(const char *);
    (void)FIELD(int);
    tn_network *net = FIELD(tn_network *);
    c->op = find_op(net, op);
    if (!c->op) { // another version of the library than of the header
        if (!tni_net_stopped(net))
            tni_net_fail(net, TN_UNSUPPORTED, NULL, NULL, "this library has no operator '%s'", op ? op : "");
        return NULL;
    }
    size_t inputs = c->at;
    skip_to_outputs(c);
    read_outputs(c);
    c->at = inputs;
    if (tni_net_stopped(net) || !begin(c, net)) return NULL;
    bool fine = name_layer(c, named) && read_inputs(c) == TN_OK && read_attrs(c) == TN_OK;
    if (!fine) tni_net_fail(net, TN_NOMEM, NULL, NULL, "out of memory"); // or it is told already
    return fine ? add(c) : NULL;
}

static tn_status read_named_attrs(call *c, const char *text) {
    enum { ROOM = 32 };
    tn_attr attr[ROOM];
    size_t nattr = 0;
    if (text && tni_attrs_parse(c->net->graph, text, attr, ROOM, &nattr, c->net->root->diags) != TN_OK)
        return tni_net_fail(c->net, TN_INVALID, c->layer, NULL, "its attributes cannot be read: %s", text);
    for (size_t i = 0; i < nattr; i++) TN_TRY(tni_spec_put(&c->spec, attr[i]));
    return TN_OK;
}

tn_value *tn_layer_by_name(const tn_site *site, const tn_layer_args *args) {
    tn_network *net = args->net;
    call it = {.op = find_op(net, args->op), .site = site}, *c = &it;
    want(c, args->outs);
    if (tni_net_stopped(net)) return NULL;
    if (!c->op) {
        tni_net_fail(net, TN_UNSUPPORTED, NULL, NULL,
                     "there is no operator '%s': a plug-in has to be loaded before it is used",
                     args->op ? args->op : "");
        return NULL;
    }
    if (!begin(c, net)) return NULL;
    c->spec.in = tni_spec_room(tni_net_arena(net), args->inputs.n);
    bool fine = c->spec.in && name_layer(c, args->named) && add_list(c, args->inputs, "inputs") == TN_OK &&
                read_named_attrs(c, args->attributes) == TN_OK;
    if (!fine) tni_net_fail(net, TN_NOMEM, NULL, NULL, "out of memory"); // or it is told already
    return fine ? add(c) : NULL;
}
