// SPDX-License-Identifier: Apache-2.0
// text_print.c - the graph as text; text_parse.c reads it back. The form is described in text.h.
#include "base/ck.h"
#include "ir/dim.h"
#include "ir/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { ELIDE_ABOVE = 16, INLINE_UPTO = 64 };

static void print_quoted(tni_text *t, const char *s, size_t n) {
    tni_text_puts(t, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\')
            tni_text_printf(t, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            tni_text_printf(t, "\\x%02x", c);
        else
            tni_text_add(t, &s[i], 1);
    }
    tni_text_puts(t, "\"");
}

static bool plain(const char *name) {
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("_.:/-", *name)) return false;
    return true;
}

static void print_name(tni_text *t, const char *name) {
    tni_text_puts(t, "%");
    if (*name && plain(name))
        tni_text_puts(t, name);
    else
        print_quoted(t, name, strlen(name));
}

// "[?]" is an unknown rank; one dimension without a name is "['?']".
static bool reads_as_no_rank(const tn_type *type) {
    const char *name = type->rank == 1 ? tni_dim_symbol_name(type->dim[0]) : NULL;
    return name && !strcmp(name, "?");
}

void tni_type_print(tni_text *t, const tn_type *type) {
    static const char *const open[] = {"", "seq(", "optional(", "optional(seq("};
    static const char *const close[] = {"", ")", ")", "))"};
    tni_text_printf(t, "%s%s[", open[type->kind], tn_dtype_text(type->dtype));
    if (type->rank < 0) tni_text_puts(t, "?");
    for (int i = 0; i < type->rank; i++) {
        if (i) tni_text_puts(t, ",");
        if (reads_as_no_rank(type))
            tni_text_puts(t, "'?'");
        else
            tni_dim_print(t, type->dim[i]);
    }
    tni_text_printf(t, "]%s", close[type->kind]);
}

static void print_float(tni_text *t, double x, int digits) {
    if (isnan(x))
        tni_text_puts(t, "nan");
    else if (isinf(x))
        tni_text_puts(t, x < 0 ? "-inf" : "inf");
    else
        tni_text_printf(t, "%.*g", digits, x);
}

// Float attributes are told from integers by their point; from `large` on there is an exponent.
static void print_float_attr(tni_text *t, double x, int digits, double large) {
    print_float(t, x, digits);
    if (isfinite(x) && x == trunc(x) && fabs(x) < large) tni_text_puts(t, ".0");
}

static void print_element(tni_text *t, const tn_tensor *x, int64_t i) {
    if (x->dtype == TN_STRING) {
        const tn_str *s = (const tn_str *)x->data + i;
        print_quoted(t, s->text, s->size);
    } else if (x->dtype == TN_U64) {
        tni_text_printf(t, "%llu", (unsigned long long)tni_get_int(x, i));
    } else if (tni_is_float(x->dtype) || (TN_FLOAT8S | TN_BIT(TN_F4E2M1)) >> x->dtype & 1) {
        print_float(t, tni_get(x, i), x->dtype == TN_F64 ? 17 : 9);
    } else {
        tni_text_printf(t, "%lld", (long long)tni_get_int(x, i));
    }
}

// NaN payloads and signed zeros need the bits; the value is enough for the rest.
static bool is_splat(const tn_tensor *x, int64_t n) {
    size_t size = tn_dtype_bits(x->dtype) / 8;
    if (n < 3 || !size || x->dtype == TN_STRING || x->dtype == TN_C64 || x->dtype == TN_C128) return false;
    return !memcmp(x->data, (const char *)x->data + size, x->bytes - size) && !isnan(tni_get(x, 0));
}

static bool exact_as_text(const tn_tensor *x, int64_t n) {
    if (x->dtype == TN_C64 || x->dtype == TN_C128) return false;
    for (int64_t i = 0; x->dtype != TN_STRING && i < n; i++)
        if (isnan(tni_get(x, i))) return false;
    return true;
}

static void print_hex(tni_text *t, const unsigned char *data, size_t bytes) {
    static const char digit[] = "0123456789abcdef";
    tni_text_puts(t, "hex\"");
    for (size_t i = 0; i < bytes; i++) tni_text_add(t, (char[]){digit[data[i] >> 4], digit[data[i] & 15]}, 2);
    tni_text_puts(t, "\"");
}

// "f32[2] = {1, 0.5}"
static void print_tensor(tni_text *t, const tn_tensor *x, bool elide) {
    tn_type type = tni_tensor_type(x);
    int64_t n = tn_count(x);
    tni_type_print(t, &type);
    tni_text_puts(t, " = ");
    if (is_splat(x, n)) {
        tni_text_puts(t, "{");
        print_element(t, x, 0);
        tni_text_puts(t, "...}");
    } else if (elide && n > ELIDE_ABOVE) {
        tni_text_puts(t, "...");
    } else if (x->dtype == TN_STRING || (n <= INLINE_UPTO && exact_as_text(x, n))) {
        tni_text_puts(t, "{");
        for (int64_t i = 0; i < n; i++) {
            if (i) tni_text_puts(t, ", ");
            print_element(t, x, i);
        }
        tni_text_puts(t, "}");
    } else {
        print_hex(t, x->data, x->bytes);
    }
}

void tni_tensor_print(tni_text *t, const tn_tensor *x) { print_tensor(t, x, false); }

static void indent(tni_text *t, int depth) { tni_text_printf(t, "%*s", depth * 2, ""); }

static void print_graph(tni_text *t, const tn_graph *g, bool elide, int depth);

static void print_list(tni_text *t, const tn_attr *a) {
    tni_text_puts(t, "[");
    for (size_t i = 0; i < a->n; i++) {
        if (i) tni_text_puts(t, ",");
        if (a->kind == TN_ATTR_INTS)
            tni_text_printf(t, "%lld", (long long)a->ints[i]);
        else if (a->kind == TN_ATTR_STRINGS)
            print_quoted(t, a->strings[i].text, a->strings[i].size);
        else
            print_float_attr(t, (double)a->floats[i], 9, 1e9);
    }
    tni_text_puts(t, "]");
}

static void print_attr(tni_text *t, const tn_attr *a, bool elide, int depth) {
    tni_text_printf(t, "%s=", a->name);
    switch (a->kind) {
    case TN_ATTR_INT: tni_text_printf(t, "%lld", (long long)a->i); break;
    case TN_ATTR_FLOAT: print_float_attr(t, a->f, 17, 1e15); break;
    case TN_ATTR_STRING: print_quoted(t, a->s.text, a->s.size); break;
    case TN_ATTR_TENSOR:
        tni_text_puts(t, "tensor ");
        print_tensor(t, a->tensor, elide);
        break;
    case TN_ATTR_TYPE:
        tni_text_puts(t, "type ");
        tni_type_print(t, a->type);
        break;
    case TN_ATTR_GRAPH:
        tni_text_puts(t, "graph ");
        print_graph(t, a->graph, elide, depth + 1);
        break;
    default: print_list(t, a);
    }
}

static void print_attrs(tni_text *t, const tni_node *n, bool elide, int depth) {
    bool any = false;
    for (size_t i = 0; n->op->attrs[i].name; i++) {
        if (!n->attr[i].present) continue;
        tni_text_puts(t, any ? ", " : " {");
        any = true;
        print_attr(t, &n->attr[i], elide, depth);
    }
    if (any) tni_text_puts(t, "}");
}

void tni_attrs_print(tni_text *t, const tni_node *n) {
    for (size_t i = 0, any = 0; n->op->attrs[i].name; i++) {
        if (!n->attr[i].present) continue;
        if (any++) tni_text_puts(t, ", ");
        print_attr(t, &n->attr[i], false, 0);
    }
}

static void print_operand(tni_text *t, const tni_value *v, int i) {
    if (i) tni_text_puts(t, ", ");
    if (v)
        print_name(t, v->name);
    else
        tni_text_puts(t, "_");
}

static void print_node(tni_text *t, const tni_node *n, bool elide, int depth) {
    char op[96];
    for (int i = 0; i < n->nout; i++) print_operand(t, n->out[i], i);
    tni_text_printf(t, " = %s(", tni_op_text(n->op, op));
    for (int i = 0; i < n->nin; i++) print_operand(t, n->in[i].value, i);
    tni_text_puts(t, ")");
    print_attrs(t, n, elide, depth);
    for (int i = 0, first = 1; i < n->nout; i++) {
        if (!n->out[i]) continue;
        tni_text_puts(t, first ? " : " : ", ");
        first = 0;
        tni_type_print(t, &n->out[i]->info.type);
    }
    if (n->source) {
        tni_text_puts(t, " @");
        print_quoted(t, n->source, strlen(n->source));
    }
}

void tni_node_print(tni_text *t, const tni_node *n) { print_node(t, n, true, 0); }

static bool is_constant(const tni_value *v) { return v && !v->def && !v->is_input && v->info.constant; }

// Constants are written once each, before the first node of their graph that needs them, in order of use.
static void print_constant(tni_text *t, tni_value *v, const tn_graph *g, bool elide, int depth) {
    if (!is_constant(v) || v->graph != g || v->mark == -1) return;
    v->mark = -1;
    indent(t, depth + 1);
    tni_text_puts(t, "const ");
    print_name(t, v->name);
    tni_text_puts(t, ": ");
    print_tensor(t, v->info.constant, elide);
    tni_text_puts(t, "\n");
}

// Applies to the constants of `g` that `body` (or what is nested in it) reads.
static void print_constants(tni_text *t, const tn_graph *body, const tn_graph *g, bool elide, int depth) {
    for (const tni_node *n = body->first; n; n = n->next) {
        tn_graph *inner;
        for (int i = 0; i < n->nin; i++) print_constant(t, n->in[i].value, g, elide, depth);
        for (size_t i = 0; (inner = tni_next_body(n, &i));) print_constants(t, inner, g, elide, depth);
    }
    for (size_t i = 0; i < body->noutput; i++) print_constant(t, body->output[i]->value, g, elide, depth);
}

// Of constants: what others have is somebody's, as the places in an engine that runs.
static void clear_marks(const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++)
            if (is_constant(n->in[i].value)) n->in[i].value->mark = 0;
        for (size_t i = 0; (body = tni_next_body(n, &i));) clear_marks(body);
    }
    for (size_t i = 0; i < g->noutput; i++)
        if (is_constant(g->output[i]->value)) g->output[i]->value->mark = 0;
}

// What the model says of its sizes and which inputs hold state: of the main graph.
static void print_presets(tni_text *t, const tn_graph *g, bool elide) {
    tni_size size;
    for (size_t at = 0; tni_graph_next_size(g, &at, &size);) {
        tni_text_puts(t, "  size ");
        tni_dim_print(t, tn_dim_symbol(&g->root->dims, size.name));
        tni_text_printf(t, " = %lld, %lld to %lld\n", (long long)size.usual, (long long)size.least,
                        (long long)size.most);
    }
    for (size_t i = 0, output; i < g->ninput; i++) {
        const tni_preset *state = tni_graph_state(g, i, &output);
        if (!state) continue;
        tni_text_puts(t, "  state ");
        print_name(t, state->input);
        tni_text_puts(t, " = ");
        print_name(t, state->next);
        tni_text_puts(t, " after ");
        print_tensor(t, state->value, elide);
        tni_text_puts(t, "\n");
    }
}

static void print_graph(tni_text *t, const tn_graph *g, bool elide, int depth) {
    tni_text_puts(t, "{\n");
    for (size_t i = 0; i < g->ninput; i++) {
        indent(t, depth + 1);
        tni_text_puts(t, "in ");
        print_name(t, g->input[i]->name);
        tni_text_puts(t, ": ");
        tni_type_print(t, &g->input[i]->info.type);
        tni_text_puts(t, "\n");
    }
    print_constants(t, g, g, elide, depth);
    for (const tni_node *n = g->first; n; n = n->next) {
        indent(t, depth + 1);
        print_node(t, n, elide, depth);
        tni_text_puts(t, "\n");
    }
    for (size_t i = 0; i < g->noutput; i++) {
        indent(t, depth + 1);
        tni_text_puts(t, "out ");
        print_name(t, g->output[i]->value->name);
        tni_text_puts(t, "\n");
    }
    if (!g->parent) print_presets(t, g, elide);
    indent(t, depth);
    tni_text_puts(t, "}");
}

void tni_graph_print(tni_text *t, const tn_graph *g, bool elide) {
    clear_marks(g);
    tni_text_puts(t, "graph ");
    print_quoted(t, g->name, strlen(g->name));
    tni_text_puts(t, " ");
    print_graph(t, g, elide, 0);
    tni_text_puts(t, "\n");
}
