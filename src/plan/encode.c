// SPDX-License-Identifier: Apache-2.0
// encode.c - a graph as records. decode.c is its mirror: both list the fields in the same order.
//
//     whole:  graph | state: (input's place, output's name, tensor)*
//     graph:  name | inputs: (name, type)* | nodes* | outputs: value number*
//     node:   op | domain | name | source | module | opset | inputs: operand* | outputs: name* | attributes*
//             [| step]
//     operand: 0 omitted, 1 value number, 2 constant (name, tensor)
//     step:   tactic's name | piece that is packed
//
// Values are numbered as they appear.
#include "plan/writer.h"

#include "ir/dim_expr.h"

#include <string.h>

// ---- records

typedef struct encoder {
    tni_text *t;
    tni_writer *w;
    const tni_encoded_step *step;
    uint32_t next; // value number
} encoder;

static void put_text(encoder *e, const char *s) { tni_put_string(e->t, s, s ? strlen(s) : 0); }

// In a body, sizes that only data will tell are told anew by what it is given; their names have numbers that
// depend on how the graph was made. Without them an engine is what its source's engine is.
static void put_type(encoder *e, const tn_type *type, bool inner) {
    tni_put_u8(e->t, (uint8_t)type->kind);
    tni_put_u8(e->t, (uint8_t)type->dtype);
    tni_put_u8(e->t, (uint8_t)(type->rank + 1));
    for (int i = 0; i < type->rank; i++) {
        tni_text dim = {.env = e->t->env};
        if (inner && tni_dim_depends_on_data(type->dim[i]))
            tni_text_puts(&dim, TNI_UNTOLD);
        else
            tni_dim_print(&dim, type->dim[i]);
        e->t->failed |= dim.failed;
        tni_put_string(e->t, dim.data, dim.length);
        tni_text_free(&dim);
    }
}

// `part` is where it lies unless something else wants it elsewhere.
static void put_tensor(encoder *e, const tn_tensor *x, tni_part part) {
    tni_put_u8(e->t, (uint8_t)x->kind);
    tni_put_u8(e->t, (uint8_t)x->dtype);
    tni_put_u8(e->t, x->has_item);
    if (x->kind != TN_TENSOR) {
        tni_put_u32(e->t, (uint32_t)x->nitems);
        for (size_t i = 0; i < x->nitems; i++) put_tensor(e, x->item[i], part);
        return;
    }
    tni_put_u8(e->t, (uint8_t)x->rank);
    for (int i = 0; i < x->rank; i++) tni_put_u64(e->t, (uint64_t)x->dim[i]);
    if (x->dtype == TN_STRING) {
        const tn_str *s = x->data;
        for (size_t i = 0; i < x->bytes / sizeof *s; i++) tni_put_string(e->t, s[i].text, s[i].size);
        return;
    }
    tni_put_u32(e->t, tni_writer_add(e->w, x, part));
}

static void put_operand(encoder *e, tni_value *v) {
    if (!v)
        tni_put_u8(e->t, TNI_OMITTED);
    else if (v->mark >= 0) {
        tni_put_u8(e->t, TNI_NUMBERED);
        tni_put_u32(e->t, (uint32_t)v->mark);
    } else {
        tni_put_u8(e->t, TNI_INLINE);
        put_text(e, v->name);
        put_tensor(e, v->info.constant, TNI_SPARE); // who runs it as it is has said so: tni_writer_add
        v->mark = (int)e->next++;
    }
}

static void put_graph(encoder *e, const tn_graph *g);

static void put_attr(encoder *e, const tn_attr *a) {
    put_text(e, a->name);
    tni_put_u8(e->t, (uint8_t)a->kind);
    switch (a->kind) {
    case TN_ATTR_INT: tni_put_u64(e->t, (uint64_t)a->i); break;
    case TN_ATTR_FLOAT: tni_put_double(e->t, a->f); break;
    case TN_ATTR_STRING: tni_put_string(e->t, a->s.text, a->s.size); break;
    case TN_ATTR_TENSOR: put_tensor(e, a->tensor, e->step ? TNI_RUN : TNI_SPARE); break;
    case TN_ATTR_TYPE: put_type(e, a->type, true); break;
    case TN_ATTR_GRAPH: put_graph(e, a->graph); break;
    default:
        tni_put_u32(e->t, (uint32_t)a->n);
        for (size_t i = 0; i < a->n; i++) {
            if (a->kind == TN_ATTR_INTS)
                tni_put_u64(e->t, (uint64_t)a->ints[i]);
            else if (a->kind == TN_ATTR_FLOATS)
                tni_put_double(e->t, (double)a->floats[i]);
            else
                tni_put_string(e->t, a->strings[i].text, a->strings[i].size);
        }
    }
}

static void put_attrs(encoder *e, const tni_node *n) {
    uint32_t count = 0;
    for (size_t i = 0; n->op->attrs[i].name; i++) count += n->attr[i].present;
    tni_put_u32(e->t, count);
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (n->attr[i].present) put_attr(e, &n->attr[i]);
}

static void put_step(encoder *e, const tni_encoded_step *s) {
    put_text(e, s->tactic);
    tni_put_u32(e->t, s->packed);
}

static void put_node(encoder *e, const tni_node *n) {
    put_text(e, n->op->name);
    put_text(e, n->op->domain);
    put_text(e, n->name);
    put_text(e, n->source);
    put_text(e, n->module);
    tni_put_u32(e->t, (uint32_t)n->opset);
    tni_put_u32(e->t, (uint32_t)n->nin);
    for (int i = 0; i < n->nin; i++) put_operand(e, n->in[i].value);
    tni_put_u32(e->t, (uint32_t)n->nout);
    for (int i = 0; i < n->nout; i++) put_text(e, n->out[i] ? n->out[i]->name : "");
    put_attrs(e, n);
    if (e->step) put_step(e, &e->step[n->mark]);
    for (int i = 0; i < n->nout; i++)
        if (n->out[i]) n->out[i]->mark = (int)e->next++;
}

static void put_graph(encoder *e, const tn_graph *g) {
    put_text(e, g->name);
    tni_put_u32(e->t, (uint32_t)g->ninput);
    for (size_t i = 0; i < g->ninput; i++) {
        put_text(e, g->input[i]->name);
        put_type(e, &g->input[i]->info.type, g->parent != NULL);
        g->input[i]->mark = (int)e->next++;
    }
    tni_put_u32(e->t, (uint32_t)g->nnodes);
    for (const tni_node *n = g->first; n; n = n->next) put_node(e, n);
    tni_put_u32(e->t, (uint32_t)g->noutput);
    for (size_t i = 0; i < g->noutput; i++) put_operand(e, g->output[i]->value);
}

static void put_state(encoder *e, const tn_graph *g) {
    const tni_preset *s;
    size_t output;
    uint32_t n = 0;
    for (size_t i = 0; i < g->ninput; i++) n += tni_graph_state(g, i, &output) != NULL;
    tni_put_u32(e->t, n);
    for (size_t i = 0; i < g->ninput; i++) {
        if (!(s = tni_graph_state(g, i, &output))) continue;
        tni_put_u32(e->t, (uint32_t)i);
        put_text(e, s->next);
        put_tensor(e, s->value, e->step ? TNI_RUN : TNI_SPARE);
    }
}

static void put_sizes(encoder *e, const tn_graph *g) {
    tni_size s;
    uint32_t n = 0;
    for (size_t at = 0; tni_graph_next_size(g, &at, &s);) n++;
    tni_put_u32(e->t, n);
    for (size_t at = 0; tni_graph_next_size(g, &at, &s);) {
        put_text(e, s.name);
        tni_put_u64(e->t, (uint64_t)s.usual);
        tni_put_u64(e->t, (uint64_t)s.least);
        tni_put_u64(e->t, (uint64_t)s.most);
    }
}

static void unnumber(const tn_graph *g) {
    for (size_t i = 0; i < g->ninput; i++) g->input[i]->mark = -1;
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++)
            if (n->in[i].value) n->in[i].value->mark = -1;
        for (size_t i = 0; (body = tni_next_body(n, &i));) unnumber(body);
    }
    for (size_t i = 0; i < g->noutput; i++) g->output[i]->value->mark = -1;
}

tn_status tni_encode_graph(tni_text *t, tni_writer *w, const tn_graph *g, const tni_encoded_step *step) {
    unnumber(g);
    encoder e = {t, w, step, 0};
    put_graph(&e, g);
    put_state(&e, g);
    put_sizes(&e, g);
    return t->failed || w->failed ? TN_NOMEM : TN_OK;
}

void tni_encode_tuned(tni_text *t, const tn_type *type, const tn_dims *pool, const int64_t *dims) {
    tni_put_u8(t, (uint8_t)(type->rank + 1));
    for (int i = 0; i < type->rank; i++) {
        int64_t least, most;
        tni_dim_range(pool, type->dim[i], &least, &most);
        tni_put_u64(t, (uint64_t)dims[i]);
        tni_put_u64(t, (uint64_t)least);
        tni_put_u64(t, (uint64_t)most);
    }
}
