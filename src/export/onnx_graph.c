// SPDX-License-Identifier: Apache-2.0
// onnx_graph.c - a tn_graph as GraphProto: the main one, and the bodies of If, Loop and Scan alike.
#include "export/onnx.h"

#include <string.h>

enum { // AttributeProto.AttributeType
    ONNX_FLOAT = 1,
    ONNX_INT,
    ONNX_STRING,
    ONNX_TENSOR,
    ONNX_GRAPH,
    ONNX_FLOATS,
    ONNX_INTS,
    ONNX_STRINGS,
    ONNX_TYPE = 13
};

// ---- nodes

static void put_strings(tni_proto *p, unsigned field, const tn_attr *a) {
    for (size_t i = 0; i < a->n; i++) tni_proto_bytes(p, field, a->strings[i].text, a->strings[i].size);
}

// AttributeProto: name 1, f 2, i 3, s 4, t 5, g 6, floats 7, ints 8, strings 9, tp 14, type 20.
static tn_status put_attr(tni_onnx_out *o, tni_proto *to, const char *name, const tn_attr *a) {
    static const int types[] = {
        [TN_ATTR_INT] = ONNX_INT,       [TN_ATTR_FLOAT] = ONNX_FLOAT,   [TN_ATTR_STRING] = ONNX_STRING,
        [TN_ATTR_INTS] = ONNX_INTS,     [TN_ATTR_FLOATS] = ONNX_FLOATS, [TN_ATTR_STRINGS] = ONNX_STRINGS,
        [TN_ATTR_TENSOR] = ONNX_TENSOR, [TN_ATTR_GRAPH] = ONNX_GRAPH,   [TN_ATTR_TYPE] = ONNX_TYPE};
    tni_proto p = tni_proto_new(&o->a), type;
    tn_status status = TN_OK;
    tni_proto_text(&p, 1, name);
    switch (a->kind) {
    case TN_ATTR_INT: tni_proto_int(&p, 3, a->i); break;
    case TN_ATTR_FLOAT: tni_proto_float(&p, 2, (float)a->f); break;
    case TN_ATTR_STRING: tni_proto_bytes(&p, 4, a->s.text, a->s.size); break;
    case TN_ATTR_INTS: tni_proto_ints(&p, 8, a->ints, a->n); break;
    case TN_ATTR_FLOATS: tni_proto_floats(&p, 7, a->floats, a->n); break;
    case TN_ATTR_STRINGS: put_strings(&p, 9, a); break;
    case TN_ATTR_TENSOR: status = tni_onnx_put_tensor(o, &p, 5, NULL, a->tensor, false); break;
    case TN_ATTR_GRAPH: status = tni_onnx_put_graph(o, &p, 6, a->graph); break;
    case TN_ATTR_TYPE:
        type = tni_onnx_type(o, a->type);
        tni_proto_message(&p, 14, &type);
        break;
    case TN_ATTR_NONE: break;
    }
    tni_proto_int(&p, 20, types[a->kind]);
    tni_proto_message(to, 5, &p);
    return status;
}

// Names of what is omitted are empty; at the end of the list they are not written.
static void put_names(tni_proto *p, const tni_node *n) {
    int nin = n->nin, nout = n->nout;
    while (nin && !n->in[nin - 1].value) nin--;
    while (nout && !n->out[nout - 1]) nout--;
    for (int i = 0; i < nin; i++) tni_proto_text(p, 1, n->in[i].value ? n->in[i].value->name : "");
    for (int i = 0; i < nout; i++) tni_proto_text(p, 2, n->out[i] ? n->out[i]->name : "");
}

// The user's line as the older exporter leaves it, which readers know.
static void put_source(tni_onnx_out *o, tni_proto *p, const tni_node *n) {
    const char *colon = n->source ? strrchr(n->source, ':') : NULL;
    if (!colon || colon[strspn(colon + 1, "0123456789") + 1]) return;
    const char *doc = tni_arena_printf(&o->a, "%.*s(%s): ", (int)(colon - n->source), n->source, colon + 1);
    if (doc)
        tni_proto_text(p, 6, doc);
    else
        p->failed = true;
}

// Readers want node names that occur once.
static const char *node_name(tni_onnx_out *o, const tni_node *n) {
    const char *name = n->name;
    for (unsigned i = 2; name && tni_map_get(&o->nodes, name, strlen(name)); i++)
        name = tni_arena_printf(&o->a, "%s/%u", n->name, i);
    return name && tni_map_set(&o->nodes, name, strlen(name), o) ? name : NULL;
}

// NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, doc_string 6, domain 7.
static tn_status put_node(tni_onnx_out *o, tni_proto *to, const tni_node *n) {
    tni_proto p = tni_proto_new(&o->a);
    put_names(&p, n);
    const char *name = n->name && *n->name ? node_name(o, n) : "";
    if (!name) return TN_NOMEM;
    if (*name) tni_proto_text(&p, 3, name);
    tni_proto_text(&p, 4, n->op->name);
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (n->attr[i].present) TN_TRY(put_attr(o, &p, n->op->attrs[i].name, &n->attr[i]));
    put_source(o, &p, n);
    if (n->op->domain && *n->op->domain) tni_proto_text(&p, 7, n->op->domain);
    tni_proto_message(to, 1, &p);
    return TN_OK;
}

// A name that no value of the model has.
static const char *fresh_name(tni_onnx_out *o, const tni_node *n, const char *part) {
    const char *name;
    do name = tni_arena_printf(&o->a, "%s/%s%u", n->out[0]->name, part, ++o->fresh);
    while (name && tni_value_find(n->graph, name));
    return name ? name : "";
}

static void put_simple(tni_onnx_out *o, tni_proto *to, const char *op, const char *a, const char *b,
                       const char *out) {
    tni_proto p = tni_proto_new(&o->a);
    tni_proto_text(&p, 1, a);
    if (b) tni_proto_text(&p, 1, b);
    tni_proto_text(&p, 2, out);
    tni_proto_text(&p, 4, op);
    tni_proto_message(to, 1, &p);
}

// Swish(x) = x * Sigmoid(alpha * x).
static tn_status put_swish(tni_onnx_out *o, tni_proto *to, const tni_node *n) {
    const char *x = n->in[0].value->name, *scaled = x, *gate = fresh_name(o, n, "gate");
    double alpha = tn_attr_float(tni_attrs(n), "alpha");
    if (alpha < 1 || alpha > 1) {
        tn_tensor *t = tni_tensor_new(&o->a, n->in[0].value->info.type.dtype, 0, NULL);
        const char *name = fresh_name(o, n, "alpha");
        if (!t) return TN_NOMEM;
        tni_set(t, 0, alpha);
        TN_TRY(tni_onnx_put_tensor(o, to, 5, name, t, false));
        scaled = fresh_name(o, n, "scaled");
        put_simple(o, to, "Mul", x, name, scaled);
    }
    put_simple(o, to, "Sigmoid", scaled, NULL, gate);
    put_simple(o, to, "Mul", x, gate, n->out[0]->name);
    return TN_OK;
}

static tn_status refuse(const tni_onnx_out *o, const tni_node *n) {
    bool fused = n->op->domain && !strcmp(n->op->domain, "tn");
    return tni_node_diag(n, o->diags, TN_ERROR, TN_UNSUPPORTED, NULL,
                         fused ? "write the graph before the passes of level 2 and above have run "
                                 "('tenon list passes' names them); 'tenon simplify' does"
                               : NULL,
                         fused ? "a fusion pass made this operator, which ONNX does not have"
                               : "the model uses operators of too many domains");
}

static tn_status put_any_node(tni_onnx_out *o, tni_proto *to, const tni_node *n) {
    if (!tni_onnx_need(o, n)) return refuse(o, n);
    return tni_onnx_is_written_out(n) ? put_swish(o, to, n) : put_node(o, to, n);
}

// ---- constants

// A constant sequence is built from its items by a node.
static tn_status put_sequence(tni_onnx_out *o, tni_proto *to, const tni_value *v) {
    const tn_tensor *t = v->info.constant;
    tni_proto p = tni_proto_new(&o->a);
    for (size_t i = 0; i < t->nitems; i++) {
        const char *name = tni_arena_printf(&o->a, "%s/item%zu", v->name, i);
        if (!name) return TN_NOMEM;
        TN_TRY(tni_onnx_put_tensor(o, to, 5, name, t->item[i], true));
        tni_proto_text(&p, 1, name);
    }
    tni_proto_text(&p, 2, v->name);
    tni_proto_text(&p, 4, t->nitems ? "SequenceConstruct" : "SequenceEmpty");
    if (!t->nitems) TN_TRY(put_attr(o, &p, "dtype", &TN_A_INT("dtype", t->dtype)));
    tni_proto_message(to, 1, &p);
    return TN_OK;
}

static tn_status put_constant(tni_onnx_out *o, tni_proto *to, tni_value *v, const tn_graph *g) {
    if (!v || v->graph != g || v->def || v->is_input || !v->info.constant || v->mark == -1) return TN_OK;
    v->mark = -1;
    if (v->info.constant->kind == TN_TENSOR)
        return tni_onnx_put_tensor(o, to, 5, v->name, v->info.constant, true);
    if (v->info.constant->kind == TN_SEQUENCE) return put_sequence(o, to, v);
    return tni_error(o->diags, TN_UNSUPPORTED, "constant '%s' is an optional, which ONNX cannot store",
                     v->name);
}

// The constants of `g` that `body` (or what is nested in it) reads.
static tn_status put_constants(tni_onnx_out *o, tni_proto *to, const tn_graph *body, const tn_graph *g) {
    for (const tni_node *n = body->first; n; n = n->next) {
        tn_graph *inner;
        for (int i = 0; i < n->nin; i++) TN_TRY(put_constant(o, to, n->in[i].value, g));
        for (size_t i = 0; (inner = tni_next_body(n, &i));) TN_TRY(put_constants(o, to, inner, g));
    }
    for (size_t i = 0; i < body->noutput; i++) TN_TRY(put_constant(o, to, body->output[i]->value, g));
    return TN_OK;
}

static void clear_marks(const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++)
            if (n->in[i].value) n->in[i].value->mark = 0;
        for (size_t i = 0; (body = tni_next_body(n, &i));) clear_marks(body);
    }
    for (size_t i = 0; i < g->noutput; i++) g->output[i]->value->mark = 0;
}

// What comes into a body need not say its type, and a sequence must not: the Loop around it may bring it as
// an optional the first time.
static void put_input(tni_onnx_out *o, tni_proto *to, const tn_graph *g, const tni_value *v) {
    tni_value untyped = {.name = v->name};
    bool bare = g->parent && v->info.type.kind != TN_TENSOR;
    tni_onnx_put_value(o, to, 11, bare ? &untyped : v);
}

// GraphProto: node 1, name 2, initializer 5, input 11, output 12.
tn_status tni_onnx_put_graph(tni_onnx_out *o, tni_proto *to, unsigned field, const tn_graph *g) {
    tni_proto p = tni_proto_new(&o->a);
    if (!g->parent) clear_marks(g);
    tni_proto_text(&p, 2, g->name && *g->name ? g->name : "graph");
    TN_TRY(put_constants(o, &p, g, g));
    for (const tni_node *n = g->first; n; n = n->next) TN_TRY(put_any_node(o, &p, n));
    for (size_t i = 0; i < g->ninput; i++) put_input(o, &p, g, g->input[i]);
    for (size_t i = 0; i < g->noutput; i++) tni_onnx_put_value(o, &p, 12, g->output[i]->value);
    tni_proto_message(to, field, &p);
    return to->failed ? TN_NOMEM : TN_OK;
}
