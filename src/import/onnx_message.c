// SPDX-License-Identifier: Apache-2.0
// onnx_message.c - ModelProto and what lies in it, from bytes to the structs of onnx.h. Field numbers are
// those of onnx.proto; fields that mean nothing to us are skipped.
#include "import/onnx.h"

#include <string.h>

// A zeroed T in the arena at the end of a list.
#define APPEND(a, T, end) ((*(end) = tni_arena_zalloc(a, sizeof(T))) ? *(end) : NULL)

bool tni_onnx_parse_texts(tni_arena *a, tni_wire w, uint32_t field, tn_str **texts, size_t *count) {
    tni_field f;
    *count = 0;
    for (tni_wire scan = w; tni_wire_next(&scan, &f);) *count += f.number == field;
    *texts = tni_arena_alloc(a, (*count + 1) * sizeof **texts);
    if (!*texts) return false;
    for (size_t n = 0; tni_wire_next(&w, &f);)
        if (f.number == field && !tni_wire_text(&w, &f, &(*texts)[n++])) return false;
    return !w.fault->what;
}

// StringStringEntryProto
static bool parse_pair(tni_wire w, tn_str *key, tn_str *value) {
    tni_field f;
    *key = *value = (tn_str){0};
    while (tni_wire_next(&w, &f)) {
        if (f.number == 1) tni_wire_bytes(&w, &f, key);
        if (f.number == 2) tni_wire_bytes(&w, &f, value);
    }
    return !w.fault->what;
}

// ---- tensors

static void add_dims(tni_wire *w, const tni_field *f, int64_t *dim, size_t *rank) {
    tni_wire values;
    size_t count;
    tni_wire_values(w, f, TNI_WIRE_VARINT, &values, &count);
    for (; count; count--, ++*rank) {
        int64_t value = (int64_t)tni_wire_varint(&values);
        if (*rank < TN_MAX_RANK) dim[*rank] = value;
    }
}

static void add_external(tni_onnx_tensor *t, tni_wire *w, const tni_field *f) {
    tni_wire pair;
    tn_str key, value;
    if (!tni_wire_message(w, f, &pair) || !parse_pair(pair, &key, &value)) return;
    if (!value.text) value = (tn_str){"", 0};
    if (key.text && tni_str_is(key, "location")) t->location = value;
    if (key.text && tni_str_is(key, "offset")) t->offset = value;
    if (key.text && tni_str_is(key, "length")) t->length = value;
}

bool tni_onnx_parse_tensor(tni_onnx_tensor *t, tni_arena *a, tni_wire w) {
    tni_onnx_body **end = &t->body;
    while (*end) end = &(*end)->next;
    tni_onnx_body *body = APPEND(a, tni_onnx_body, end);
    if (!body) return false;
    body->wire = w;
    tni_field f;
    int64_t location;
    while (tni_wire_next(&w, &f)) {
        switch (f.number) {
        case 1: add_dims(&w, &f, t->dim, &t->rank); break;
        case 2: tni_wire_int(&w, &f, &t->dtype); break;
        case 8: tni_wire_text(&w, &f, &t->name); break;
        case 9: tni_wire_bytes(&w, &f, &t->raw); break;
        case 13: add_external(t, &w, &f); break;
        case 14:
            if (tni_wire_int(&w, &f, &location)) t->external = location == 1;
            break;
        default: break;
        }
    }
    return !w.fault->what;
}

static bool parse_sparse(tni_onnx_sparse *t, tni_arena *a, tni_wire w) {
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 1 && (!tni_wire_message(&w, &f, &sub) || !tni_onnx_parse_tensor(&t->values, a, sub)))
            return false;
        if (f.number == 2 && (!tni_wire_message(&w, &f, &sub) || !tni_onnx_parse_tensor(&t->indices, a, sub)))
            return false;
        if (f.number == 3) add_dims(&w, &f, t->dim, &t->rank);
    }
    return !w.fault->what;
}

// ---- types

// TensorShapeProto.Dimension
static bool parse_dim(tni_onnx_dim *d, tni_wire w) {
    tni_field f;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 1 && tni_wire_int(&w, &f, &d->value)) d->kind = TNI_DIM_VALUE;
        if (f.number == 2 && tni_wire_text(&w, &f, &d->param)) d->kind = TNI_DIM_PARAM;
    }
    return !w.fault->what;
}

// TensorShapeProto; the dims of a second piece go behind those of the first.
static bool parse_shape(tni_onnx_type *t, tni_arena *a, tni_wire w) {
    tni_field f;
    size_t more = 0;
    for (tni_wire scan = w; tni_wire_next(&scan, &f);) more += f.number == 1;
    tni_onnx_dim *dim = tni_arena_zalloc(a, (t->rank + more + 1) * sizeof *dim);
    if (!dim) return false;
    if (t->rank) memcpy(dim, t->dim, t->rank * sizeof *dim);
    t->dim = dim;
    t->has_shape = true;
    while (tni_wire_next(&w, &f)) {
        tni_wire sub;
        if (f.number == 1 && (!tni_wire_message(&w, &f, &sub) || !parse_dim(&dim[t->rank++], sub)))
            return false;
    }
    return !w.fault->what;
}

// TypeProto.Tensor
static bool parse_tensor_type(tni_onnx_type *t, tni_arena *a, tni_wire w) {
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 1) tni_wire_int(&w, &f, &t->dtype);
        if (f.number == 2 && (!tni_wire_message(&w, &f, &sub) || !parse_shape(t, a, sub))) return false;
    }
    return !w.fault->what;
}

// TypeProto.Sequence and TypeProto.Optional
static bool parse_item_type(tni_onnx_type *t, tni_arena *a, tni_wire w) {
    tni_field f;
    tni_wire sub;
    if (!t->item && !(t->item = tni_arena_zalloc(a, sizeof *t->item))) return false;
    while (tni_wire_next(&w, &f))
        if (f.number == 1 && (!tni_wire_message(&w, &f, &sub) || !tni_onnx_parse_type(t->item, a, sub)))
            return false;
    return !w.fault->what;
}

// TypeProto.Map
static bool parse_map_type(tni_onnx_type *t, tni_arena *a, tni_wire w) {
    tni_field f;
    tni_wire sub;
    if (!t->item && !(t->item = tni_arena_zalloc(a, sizeof *t->item))) return false;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 1) tni_wire_int(&w, &f, &t->key);
        if (f.number == 2 && (!tni_wire_message(&w, &f, &sub) || !tni_onnx_parse_type(t->item, a, sub)))
            return false;
    }
    return !w.fault->what;
}

bool tni_onnx_parse_type(tni_onnx_type *t, tni_arena *a, tni_wire w) {
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 6 || f.number > 9 || f.number < 1 || f.number == 2 || f.number == 3) continue;
        if ((unsigned)t->kind != f.number) *t = (tni_onnx_type){0}; // one of: another kind replaces the first
        t->kind = f.number;
        if (!tni_wire_message(&w, &f, &sub)) return false;
        bool fine = true;
        if (t->kind == TNI_TYPE_TENSOR) fine = parse_tensor_type(t, a, sub);
        if (t->kind == TNI_TYPE_SEQUENCE || t->kind == TNI_TYPE_OPTIONAL) fine = parse_item_type(t, a, sub);
        if (t->kind == TNI_TYPE_MAP) fine = parse_map_type(t, a, sub);
        if (!fine) return false;
    }
    return !w.fault->what;
}

static bool parse_value(tni_onnx_value *v, tni_arena *a, tni_wire w) {
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 1) tni_wire_text(&w, &f, &v->name);
        if (f.number != 2) continue;
        if (!v->type && !(v->type = tni_arena_zalloc(a, sizeof *v->type))) return false;
        if (!tni_wire_message(&w, &f, &sub) || !tni_onnx_parse_type(v->type, a, sub)) return false;
    }
    return !w.fault->what;
}

// ---- attributes and nodes

static bool parse_graph(tni_onnx_graph *g, tni_arena *a, tni_wire w);

static void count_lists(tni_onnx_attr *attr, tni_wire w) {
    tni_field f;
    tni_wire values;
    size_t n;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 7 && tni_wire_values(&w, &f, TNI_WIRE_FIXED32, &values, &n)) attr->nfloats += n;
        if (f.number == 8 && tni_wire_values(&w, &f, TNI_WIRE_VARINT, &values, &n)) attr->nints += n;
        attr->nstrings += f.number == 9;
    }
}

static bool parse_lists(tni_onnx_attr *attr, tni_arena *a, tni_wire w) {
    count_lists(attr, w);
    attr->floats = tni_arena_alloc(a, attr->nfloats * sizeof *attr->floats);
    attr->ints = tni_arena_alloc(a, attr->nints * sizeof *attr->ints);
    attr->strings = tni_arena_zalloc(a, attr->nstrings * sizeof *attr->strings);
    if (!attr->floats || !attr->ints || !attr->strings) return false;
    tni_field f;
    tni_wire values;
    for (size_t nf = 0, ni = 0, ns = 0, n; tni_wire_next(&w, &f);) {
        if (f.number == 7 && tni_wire_values(&w, &f, TNI_WIRE_FIXED32, &values, &n))
            for (; n; n--) attr->floats[nf++] = tni_bits_float(tni_wire_fixed32(&values));
        if (f.number == 8 && tni_wire_values(&w, &f, TNI_WIRE_VARINT, &values, &n))
            for (; n; n--) attr->ints[ni++] = (int64_t)tni_wire_varint(&values);
        if (f.number == 9) tni_wire_bytes(&w, &f, &attr->strings[ns++]);
    }
    return !w.fault->what;
}

// The members of an attribute that are messages themselves.
static bool parse_member(tni_onnx_attr *attr, tni_arena *a, uint32_t number, tni_wire w) {
    switch (number) {
    case 5:
        return (attr->t || (attr->t = tni_arena_zalloc(a, sizeof *attr->t))) &&
               tni_onnx_parse_tensor(attr->t, a, w);
    case 6:
        return (attr->g || (attr->g = tni_arena_zalloc(a, sizeof *attr->g))) && parse_graph(attr->g, a, w);
    case 14:
        return (attr->tp || (attr->tp = tni_arena_zalloc(a, sizeof *attr->tp))) &&
               tni_onnx_parse_type(attr->tp, a, w);
    default:
        return (attr->sparse || (attr->sparse = tni_arena_zalloc(a, sizeof *attr->sparse))) &&
               parse_sparse(attr->sparse, a, w);
    }
}

// Very old files leave the type out: it is the member that is there.
static int64_t implied_type(uint32_t number) {
    static const unsigned char type[] = {
        [2] = TNI_ONNX_FLOAT,    [3] = TNI_ONNX_INT,     [4] = TNI_ONNX_STRING, [5] = TNI_ONNX_TENSOR,
        [6] = TNI_ONNX_GRAPH,    [7] = TNI_ONNX_FLOATS,  [8] = TNI_ONNX_INTS,   [9] = TNI_ONNX_STRINGS,
        [10] = TNI_ONNX_TENSORS, [11] = TNI_ONNX_GRAPHS, [14] = TNI_ONNX_TYPE,  [15] = TNI_ONNX_TYPES,
        [22] = TNI_ONNX_SPARSE,  [23] = TNI_ONNX_SPARSES};
    return number < sizeof type ? type[number] : 0;
}

bool tni_onnx_parse_attr(tni_onnx_attr *attr, tni_arena *a, tni_wire w) {
    if (!parse_lists(attr, a, w)) return false;
    tni_field f;
    tni_wire sub;
    int64_t implied = 0;
    while (tni_wire_next(&w, &f)) {
        if (implied_type(f.number)) implied = implied_type(f.number);
        switch (f.number) {
        case 1: tni_wire_text(&w, &f, &attr->name); break;
        case 2: tni_wire_float(&w, &f, &attr->f); break;
        case 3: tni_wire_int(&w, &f, &attr->i); break;
        case 4: tni_wire_bytes(&w, &f, &attr->s); break;
        case 5:
        case 6:
        case 14:
        case 22:
            if (!tni_wire_message(&w, &f, &sub) || !parse_member(attr, a, f.number, sub)) return false;
            break;
        case 20: tni_wire_int(&w, &f, &attr->type); break;
        case 21: tni_wire_text(&w, &f, &attr->ref); break;
        default: break;
        }
    }
    if (!attr->type) attr->type = implied;
    return !w.fault->what;
}

// The traceback and the modules that PyTorch's exporter leaves among a node's properties.
static void parse_property(tni_onnx_node *n, tni_wire *w, const tni_field *f) {
    tni_wire pair;
    tn_str key, value;
    if (!tni_wire_message(w, f, &pair) || !parse_pair(pair, &key, &value) || !key.text || !value.text) return;
    if (tni_str_is(key, "pkg.torch.onnx.stack_trace")) n->stack = value;
    if (tni_str_is(key, "pkg.torch.onnx.name_scopes")) n->scopes = value;
}

static bool parse_node(tni_onnx_node *n, tni_arena *a, tni_wire w) {
    if (!tni_onnx_parse_texts(a, w, 1, &n->in, &n->nin)) return false;
    if (!tni_onnx_parse_texts(a, w, 2, &n->out, &n->nout)) return false;
    tni_onnx_attr **end = &n->attrs;
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        switch (f.number) {
        case 3: tni_wire_text(&w, &f, &n->name); break;
        case 4: tni_wire_text(&w, &f, &n->op); break;
        case 5:
            if (!APPEND(a, tni_onnx_attr, end) || !tni_wire_message(&w, &f, &sub) ||
                !tni_onnx_parse_attr(*end, a, sub))
                return false;
            end = &(*end)->next;
            break;
        case 6: tni_wire_bytes(&w, &f, &n->doc); break;
        case 7: tni_wire_text(&w, &f, &n->domain); break;
        case 8: tni_wire_text(&w, &f, &n->overload); break;
        case 9: parse_property(n, &w, &f); break;
        default: break;
        }
    }
    return !w.fault->what;
}

// ---- graphs, functions, the model

static void begin_lists(tni_onnx_graph *g) {
    if (g->node_end) return;
    g->node_end = &g->nodes;
    g->initializer_end = &g->initializers;
    g->sparse_end = &g->sparse;
    g->input_end = &g->inputs;
    g->output_end = &g->outputs;
    g->value_end = &g->values;
}

static bool add_node(tni_onnx_graph *g, tni_arena *a, tni_wire w) {
    tni_onnx_node *n = APPEND(a, tni_onnx_node, g->node_end);
    if (!n) return false;
    g->node_end = &n->next;
    g->nnodes++;
    return parse_node(n, a, w);
}

static bool add_value(tni_onnx_value ***end, tni_arena *a, tni_wire w) {
    tni_onnx_value *v = APPEND(a, tni_onnx_value, *end);
    if (!v) return false;
    *end = &v->next;
    return parse_value(v, a, w);
}

static bool add_initializer(tni_onnx_graph *g, tni_arena *a, tni_wire w) {
    tni_onnx_tensor *t = APPEND(a, tni_onnx_tensor, g->initializer_end);
    if (!t) return false;
    g->initializer_end = &t->next;
    return tni_onnx_parse_tensor(t, a, w);
}

static bool add_sparse(tni_onnx_graph *g, tni_arena *a, tni_wire w) {
    tni_onnx_sparse *t = APPEND(a, tni_onnx_sparse, g->sparse_end);
    if (!t) return false;
    g->sparse_end = &t->next;
    return parse_sparse(t, a, w);
}

static bool parse_graph(tni_onnx_graph *g, tni_arena *a, tni_wire w) {
    begin_lists(g);
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 2) tni_wire_text(&w, &f, &g->name);
        if (f.number != 1 && f.number != 5 && f.number != 15 && (f.number < 11 || f.number > 13)) continue;
        if (!tni_wire_message(&w, &f, &sub)) return false;
        bool fine = true;
        switch (f.number) {
        case 1: fine = add_node(g, a, sub); break;
        case 5: fine = add_initializer(g, a, sub); break;
        case 11: fine = add_value(&g->input_end, a, sub); break;
        case 12: fine = add_value(&g->output_end, a, sub); break;
        case 13: fine = add_value(&g->value_end, a, sub); break;
        default: fine = add_sparse(g, a, sub); break;
        }
        if (!fine) return false;
    }
    return !w.fault->what;
}

static bool parse_opset(tni_onnx_opset **list, tni_arena *a, tni_wire w) {
    tni_onnx_opset *o = tni_arena_zalloc(a, sizeof *o);
    if (!o) return false;
    o->domain = (tn_str){"", 0};
    o->next = *list; // the last one of a domain is found first
    *list = o;
    tni_field f;
    while (tni_wire_next(&w, &f)) {
        if (f.number == 1) tni_wire_text(&w, &f, &o->domain);
        if (f.number == 2) tni_wire_int(&w, &f, &o->version);
    }
    return !w.fault->what;
}

static bool parse_function(tni_onnx_function *fn, tni_arena *a, tni_wire w) {
    begin_lists(&fn->body);
    if (!tni_onnx_parse_texts(a, w, 4, &fn->in, &fn->nin)) return false;
    if (!tni_onnx_parse_texts(a, w, 5, &fn->out, &fn->nout)) return false;
    tni_onnx_attr **end = &fn->defaults;
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        bool fine = true;
        if (f.number == 1) tni_wire_text(&w, &f, &fn->name);
        if (f.number == 10) tni_wire_text(&w, &f, &fn->domain);
        if (f.number == 13) tni_wire_text(&w, &f, &fn->overload);
        if (f.number != 7 && f.number != 9 && f.number != 11 && f.number != 12) continue;
        if (!tni_wire_message(&w, &f, &sub)) return false;
        if (f.number == 7) fine = add_node(&fn->body, a, sub);
        if (f.number == 9) fine = parse_opset(&fn->opsets, a, sub);
        if (f.number == 12) fine = add_value(&fn->body.value_end, a, sub);
        if (f.number == 11) {
            fine = APPEND(a, tni_onnx_attr, end) && tni_onnx_parse_attr(*end, a, sub);
            if (fine) end = &(*end)->next;
        }
        if (!fine) return false;
    }
    return !w.fault->what;
}

static bool add_function(tni_onnx_model *m, tni_arena *a, tni_wire w) {
    tni_onnx_function *fn = APPEND(a, tni_onnx_function, m->function_end);
    if (!fn) return false;
    m->function_end = &fn->next;
    return parse_function(fn, a, w);
}

bool tni_onnx_parse_model(tni_onnx_model *m, tni_arena *a, tni_wire w) {
    m->function_end = &m->functions;
    tni_field f;
    tni_wire sub;
    while (tni_wire_next(&w, &f)) {
        bool fine = true;
        if (f.number == 1) tni_wire_int(&w, &f, &m->ir_version);
        if (f.number == 2) tni_wire_bytes(&w, &f, &m->producer);
        if (f.number != 7 && f.number != 8 && f.number != 25) continue;
        if (!tni_wire_message(&w, &f, &sub)) return false;
        if (f.number == 7) fine = m->has_graph = true, parse_graph(&m->graph, a, sub);
        if (f.number == 8) fine = parse_opset(&m->opsets, a, sub);
        if (f.number == 25) fine = add_function(m, a, sub);
        if (!fine) return false;
    }
    return !w.fault->what;
}
