// SPDX-License-Identifier: Apache-2.0
// onnx_dims.c - tn.Dims (numbers computed from sizes) as ONNX's own operators: Shape of one dimension, and
// integer arithmetic as the expressions have it. The graph is changed; it computes the same.
#include "export/onnx.h"

#include "ir/dim_expr.h"

#include <string.h>

typedef struct lowering {
    tni_node *node; // tn.Dims
    tn_graph *g;
    tn_dims *dims;
    tn_diags *diags;
    const tn_str *symbol;
    const int64_t *input, *axis;
    size_t symbols;
    tni_value **size; // of each symbol, once made
    tn_status status;
} lowering;

static tni_value *emit(lowering *l, const char *op, int nin, tni_value *const *in, size_t nattr,
                       const tn_attr *attr) {
    tni_node *n = NULL;
    for (int i = 0; i < nin; i++)
        if (!in[i]) return NULL;
    tni_new_node spec = {.op = op,
                         .like = l->node,
                         .before = l->node,
                         .nin = nin,
                         .nout = 1,
                         .in = in,
                         .nattr = nattr,
                         .attr = attr};
    if (l->status == TN_OK) l->status = tni_node_new(&n, l->g, &spec, l->diags);
    return l->status == TN_OK ? n->out[0] : NULL;
}

static tni_value *two(lowering *l, const char *op, tni_value *a, tni_value *b) {
    return emit(l, op, 2, (tni_value *[]){a, b}, 0, NULL);
}

static tni_value *number(lowering *l, int64_t k) {
    tni_value *v = tni_value_ints(l->g, NULL, &k, 1);
    if (!v) l->status = TN_NOMEM;
    return v;
}

// i64[1]: the dimension that the symbol stands for.
static tni_value *size_of(lowering *l, const char *symbol) {
    size_t i = 0;
    while (i < l->symbols && !tni_str_is(l->symbol[i], symbol)) i++;
    if (i == l->symbols) return l->status = TN_INVALID, NULL;
    const tn_attr range[] = {TN_A_INT("start", l->axis[i]), TN_A_INT("end", l->axis[i] + 1)};
    tni_value *of = tni_in(l->node, (int)l->input[i]);
    if (!l->size[i]) l->size[i] = emit(l, "Shape", 1, &of, 2, range);
    return l->size[i];
}

static tni_value *lower(lowering *l, tn_dim d);

// Rounded down: (a - a mod b) / b, where ONNX's integer Mod has the divisor's sign.
static tni_value *floor_div(lowering *l, tn_dim a, tn_dim b) {
    tni_value *x = lower(l, a), *y = lower(l, b);
    return two(l, "Div", two(l, "Sub", x, two(l, "Mod", x, y)), y);
}

static tni_value *lower_atom(lowering *l, const atom *t) {
    switch (t->kind) {
    case SYMBOL: return size_of(l, t->name);
    case FLOOR_DIV: return floor_div(l, t->a, t->b);
    case MAX: return two(l, "Max", lower(l, t->a), lower(l, t->b));
    case MIN: return two(l, "Min", lower(l, t->a), lower(l, t->b));
    }
    return NULL;
}

static tni_value *lower_term(lowering *l, const term *t) {
    tni_value *product = NULL;
    for (unsigned i = 0; i < t->natoms; i++) {
        tni_value *factor = lower_atom(l, t->atom[i]);
        product = product ? two(l, "Mul", product, factor) : factor;
    }
    if (!product) return number(l, t->coefficient);
    return t->coefficient == 1 ? product : two(l, "Mul", product, number(l, t->coefficient));
}

static tni_value *lower(lowering *l, tn_dim d) {
    if (!d.e) return number(l, d.k);
    tni_value *sum = NULL;
    for (unsigned i = 0; i < d.e->nterms; i++) {
        tni_value *t = lower_term(l, &d.e->term[i]);
        sum = sum ? two(l, "Add", sum, t) : t;
    }
    return sum;
}

static bool same_symbol(void *user, const char *symbol, size_t size, tn_dim *value) {
    char name[256];
    if (size >= sizeof name) return false;
    memcpy(name, symbol, size);
    name[size] = 0;
    *value = tn_dim_symbol(user, name);
    return true;
}

static tni_value *lower_all(lowering *l) {
    size_t n;
    const tn_str *expr = tn_attr_strings(tni_attrs(l->node), "exprs", &n);
    tni_value *part[TN_MAX_CONTENT];
    for (size_t i = 0; i < n; i++) {
        tn_dim d;
        l->status = tni_dim_parse_with(l->dims, expr[i].text, same_symbol, l->dims, &d);
        part[i] = l->status == TN_OK ? lower(l, d) : NULL;
        if (!part[i]) return NULL;
    }
    if (!n) return tni_value_ints(l->g, NULL, NULL, 0);
    if (tn_attr_int(tni_attrs(l->node), "scalar")) return emit(l, "Squeeze", 1, part, 0, NULL);
    return n == 1 ? part[0] : emit(l, "Concat", (int)n, part, 1, &TN_A_INT("axis", 0));
}

static tn_status lower_node(tni_node *n, tn_dims *dims, tn_diags *diags) {
    lowering l = {.node = n, .g = n->graph, .dims = dims, .diags = diags};
    l.symbol = tn_attr_strings(tni_attrs(n), "symbols", &l.symbols);
    l.input = tn_attr_ints(tni_attrs(n), "inputs", &l.symbols);
    l.axis = tn_attr_ints(tni_attrs(n), "axes", &l.symbols);
    l.size = tni_arena_zalloc(&n->graph->root->arena, (l.symbols + 1) * sizeof(tni_value *));
    if (!l.size) return TN_NOMEM;
    tni_value *made = lower_all(&l);
    if (!made) return l.status != TN_OK ? l.status : TN_NOMEM;
    tni_replace_value(n->out[0], made);
    tni_node_remove(n);
    return TN_OK;
}

static tn_status lower_graph(tn_graph *g, tn_dims *dims, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        tn_graph *body;
        next = n->next;
        for (size_t i = 0; (body = tni_next_body(n, &i));) TN_TRY(lower_graph(body, dims, diags));
        if (tni_is(n, "tn.Dims") && tni_out(n, 0)) TN_TRY(lower_node(n, dims, diags));
    }
    return TN_OK;
}

// The symbols' names mean something within one node only, so they live in a pool of their own.
tn_status tni_onnx_lower_dims(tn_graph *g, tn_diags *diags) {
    tn_dims dims;
    tni_dims_init(&dims, g->root->env);
    tn_status status = lower_graph(g, &dims, diags);
    tni_dims_free(&dims);
    return status;
}
