// SPDX-License-Identifier: Apache-2.0
// problem.c - the key of a problem.
#include "tactic/problem.h"

#include "ir/graph.h"

#include <math.h>

static void key_string(tni_text *t, const char *s, size_t n) {
    tni_text_puts(t, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < ' ' || c == '"' || c == '\\' || c >= 127)
            tni_text_printf(t, "\\%02x", c);
        else
            tni_text_add(t, &s[i], 1);
    }
    tni_text_puts(t, "\"");
}

static void key_tensor(tni_text *t, const tn_tensor *x) {
    if (!x) {
        tni_text_puts(t, "_");
        return;
    }
    if (x->kind != TN_TENSOR) tni_text_printf(t, "kind%d:", (int)x->kind);
    tni_text_printf(t, "%s[", x->dtype ? tn_dtype_text(x->dtype) : "?");
    for (int i = 0; i < x->rank; i++) tni_text_printf(t, i ? ",%lld" : "%lld", (long long)x->dim[i]);
    tni_text_puts(t, "]");
    if (!x->data) return;
    tni_text_puts(t, "c");
    if (x->kind != TN_TENSOR || !(TN_INTEGERS >> x->dtype & 1) || tn_count(x) > TN_MAX_CONTENT) return;
    for (int64_t i = 0; i < tn_count(x); i++)
        tni_text_printf(t, "%s%lld", i ? "," : "{", (long long)tni_get_int(x, i));
    if (tn_count(x)) tni_text_puts(t, "}");
}

static void key_graph(tni_text *t, const tn_graph *g);

static void key_attr(tni_text *t, const tn_attr *a) {
    tni_text_printf(t, "%s=", a->name);
    switch (a->kind) {
    case TN_ATTR_INT: tni_text_printf(t, "%lld", (long long)a->i); break;
    case TN_ATTR_FLOAT: tni_text_printf(t, "%.9g", a->f); break;
    case TN_ATTR_STRING: key_string(t, a->s.text, a->s.size); break;
    case TN_ATTR_INTS:
        for (size_t i = 0; i < a->n; i++) tni_text_printf(t, "%s%lld", i ? "," : "[", (long long)a->ints[i]);
        tni_text_puts(t, a->n ? "]" : "[]");
        break;
    case TN_ATTR_FLOATS:
        for (size_t i = 0; i < a->n; i++) {
            double f = (double)a->floats[i]; // a list of floats reads as one, whole numbers too
            tni_text_printf(t, f == floor(f) && fabs(f) < 1e6 ? "%s%.1f" : "%s%.9g", i ? "," : "[", f);
        }
        tni_text_puts(t, a->n ? "]" : "[]");
        break;
    case TN_ATTR_STRINGS:
        for (size_t i = 0; i < a->n; i++) {
            tni_text_puts(t, i ? "," : "[");
            key_string(t, a->strings[i].text, a->strings[i].size);
        }
        tni_text_puts(t, a->n ? "]" : "[]");
        break;
    case TN_ATTR_TENSOR: key_tensor(t, a->tensor); break;
    case TN_ATTR_GRAPH: key_graph(t, a->graph); break;
    default: tni_text_puts(t, "..."); // types: no kernel looks at them
    }
}

// What a body's node reads: "0" is the first input, "2.0" the first output of the second node.
static void key_operand(tni_text *t, const tn_graph *g, const tni_value *v) {
    int node = 0;
    size_t i = 0;
    while (i < g->ninput && g->input[i] != v) i++;
    if (i < g->ninput) {
        tni_text_printf(t, "%zu", i);
        return;
    }
    for (const tni_node *n = g->first; n && v; n = n->next) {
        node++;
        if (n == v->def) {
            tni_text_printf(t, "%d.%d", node, v->def_index);
            return;
        }
    }
    key_tensor(t, v ? v->info.constant : NULL);
}

static void key_attrs(tni_text *t, tn_attrs a) {
    bool first = true;
    for (size_t i = 0; a.op->attrs[i].name; i++) {
        if (!a.slot[i].present) continue;
        tni_text_puts(t, first ? " {" : ",");
        first = false;
        key_attr(t, &a.slot[i]);
    }
    if (!first) tni_text_puts(t, "}");
}

static void key_graph(tni_text *t, const tn_graph *g) {
    char op[96];
    tni_text_puts(t, "(");
    for (const tni_node *n = g->first; n; n = n->next) {
        tni_text_printf(t, "%s(", tni_op_text(n->op, op));
        for (int i = 0; i < n->nin; i++) {
            if (i) tni_text_puts(t, ",");
            key_operand(t, g, n->in[i].value);
        }
        tni_text_puts(t, ")");
        key_attrs(t, tni_attrs(n));
        tni_text_puts(t, " ");
    }
    for (size_t i = 0; i < g->noutput; i++) {
        if (i) tni_text_puts(t, ",");
        key_operand(t, g, g->output[i]->value);
    }
    tni_text_puts(t, ")");
}

void tni_problem_key(tni_text *t, const tn_problem *p) {
    char op[96];
    tni_text_printf(t, "%s(", tni_op_text(p->attrs.op, op));
    for (int i = 0; i < p->nin; i++) {
        if (i) tni_text_puts(t, ", ");
        key_tensor(t, p->in[i]);
    }
    tni_text_puts(t, ")");
    for (int i = 0; i < p->nout; i++) {
        tni_text_puts(t, " ");
        key_tensor(t, p->out[i]);
    }
    key_attrs(t, p->attrs);
}
