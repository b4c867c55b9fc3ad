// SPDX-License-Identifier: Apache-2.0
// symbol_value.c - symbolic numbers as tensors, for operators that take them as inputs. What depends on sizes
// alone is one tn.Dims; what depends on an item of a tensor, and floats, is arithmetic on scalars.
#include "import/pt2/pt2.h"
#include "import/pt2/sympy.h"

#include "ir/dim_expr.h"

#include <string.h>

enum { MAX_SYMBOLS = 32 };

static tni_value *node(tni_pt2 *x, tn_graph *g, const char *op, int nin, tni_value *const *in, size_t nattr,
                       const tn_attr *attr) {
    tni_node *n;
    for (int i = 0; i < nin; i++)
        if (!in[i]) return NULL;
    tni_new_node spec = {.op = op, .nin = nin, .nout = 1, .in = in, .nattr = nattr, .attr = attr};
    tn_status status = tni_node_new(&n, g, &spec, x->diags);
    if (status == TN_OK) return n->out[0];
    x->nomem |= status == TN_NOMEM;
    x->errors++;
    return NULL;
}

static tni_value *pair(tni_pt2 *x, tn_graph *g, const char *op, tni_value *a, tni_value *b) {
    return node(x, g, op, 2, (tni_value *[]){a, b}, 0, NULL);
}

static tni_value *cast(tni_pt2 *x, tn_graph *g, tni_value *v, tn_dtype to) {
    if (!v || v->info.type.dtype == to) return v;
    return node(x, g, "Cast", 1, &v, 1, &TN_A_INT("to", to));
}

static tni_value *number(tni_pt2 *x, tn_graph *g, tn_dtype dtype, int64_t k, double f) {
    tn_tensor *t = tni_tensor_new(&g->root->arena, dtype, 0, NULL);
    tni_value *v = NULL;
    if (t) {
        if (tni_is_float(dtype))
            tni_set(t, 0, f);
        else
            tni_set_int(t, 0, k);
        v = tni_value_const(g, NULL, t);
    }
    if (!v) x->nomem = true;
    return v;
}

// ---- dimensions

// The symbols that occur, and what they are in terms of whole sizes.
typedef struct collect {
    tni_pt2 *x;
    size_t n;
    const char *name[MAX_SYMBOLS]; // in the expressions
    const tni_pt2_symbol *from[MAX_SYMBOLS];
    bool scalars, unknown;
} collect;

static const tni_pt2_symbol *origin(const tni_pt2 *x, const char *name) {
    for (const tni_pt2_symbol *s = x->first_symbol; s; s = s->next) {
        const char *own = s->bound ? tni_dim_symbol_name(s->dim) : NULL;
        if (own && !strcmp(own, name)) return s;
    }
    return NULL;
}

static bool collect_symbol(void *user, const char *name, tn_dim *value) {
    collect *c = user;
    tn_dims *dims = &c->x->graph->root->dims;
    const tni_pt2_symbol *s = origin(c->x, name);
    size_t i = 0;
    while (i < c->n && c->from[i] != s) i++;
    if (!s || i == MAX_SYMBOLS) return c->unknown = true, false;
    bool whole = s->factor == 1 && !s->offset;
    if (i == c->n) {
        c->from[c->n] = s;
        c->name[c->n++] = whole ? name : tni_arena_printf(&c->x->graph->root->arena, "%s.size", name);
        if (!c->name[i]) return c->x->nomem = c->unknown = true, false;
    }
    c->scalars |= s->axis < 0;
    if (whole) return false;
    *value =
        tn_dim_div(dims, tn_dim_sub(dims, tn_dim_symbol(dims, c->name[i]), tn_k(s->offset)), tn_k(s->factor));
    return true;
}

static tni_value *by_arithmetic(tni_pt2 *x, tn_graph *g, tn_dim d);

static tni_value *whole_size(tni_pt2 *x, tn_graph *g, const tni_pt2_symbol *s) {
    if (s->axis < 0) return cast(x, g, s->value, TN_I64);
    tni_value *shape = node(x, g, "Shape", 1, &(tni_value *){s->value}, 0, NULL);
    return pair(x, g, "Gather", shape, number(x, g, TN_I64, s->axis, 0));
}

static tni_value *atom_value(tni_pt2 *x, tn_graph *g, const atom *a) {
    if (a->kind == SYMBOL) {
        const tni_pt2_symbol *s = origin(x, a->name);
        if (!s) return NULL;
        tni_value *size = whole_size(x, g, s);
        if (s->offset) size = pair(x, g, "Sub", size, number(x, g, TN_I64, s->offset, 0));
        return s->factor == 1 ? size : pair(x, g, "Div", size, number(x, g, TN_I64, s->factor, 0));
    }
    tni_value *p = by_arithmetic(x, g, a->a), *q = by_arithmetic(x, g, a->b);
    if (a->kind == MAX) return pair(x, g, "Max", p, q);
    if (a->kind == MIN) return pair(x, g, "Min", p, q);
    return pair(x, g, "Div", pair(x, g, "Sub", p, pair(x, g, "Mod", p, q)), q); // Div alone would truncate
}

static tni_value *by_arithmetic(tni_pt2 *x, tn_graph *g, tn_dim d) {
    if (!d.e) return number(x, g, TN_I64, d.k, 0);
    tni_value *sum = NULL;
    for (unsigned i = 0; i < d.e->nterms; i++) {
        const term *t = &d.e->term[i];
        tni_value *product = NULL;
        for (unsigned k = 0; k < t->natoms; k++) {
            tni_value *v = atom_value(x, g, t->atom[k]);
            if (!v) return NULL;
            product = product ? pair(x, g, "Mul", product, v) : v;
        }
        if (!product || t->coefficient != 1) {
            tni_value *k = number(x, g, TN_I64, t->coefficient, 0);
            product = product ? pair(x, g, "Mul", product, k) : k;
        }
        sum = sum ? pair(x, g, "Add", sum, product) : product;
    }
    return sum;
}

static tni_value *dims_node(tni_pt2 *x, tn_graph *g, const collect *c, const tn_str *expr, size_t n,
                            bool scalar) {
    tni_value *in[MAX_SYMBOLS];
    int64_t index[MAX_SYMBOLS], axis[MAX_SYMBOLS];
    tn_str symbol[MAX_SYMBOLS];
    int nin = 0;
    for (size_t i = 0; i < c->n; i++) {
        int at = 0;
        while (at < nin && in[at] != c->from[i]->value) at++;
        if (at == nin) in[nin++] = c->from[i]->value;
        index[i] = at;
        axis[i] = c->from[i]->axis;
        symbol[i] = (tn_str){c->name[i], strlen(c->name[i])};
    }
    tni_arena *a = &g->root->arena;
    const tn_str *symbols = tni_arena_copy(a, symbol, c->n * sizeof *symbol);
    if (!symbols) return x->nomem = true, NULL;
    tn_attr attr[] = {
        {.name = "exprs", .kind = TN_ATTR_STRINGS, .present = true, .strings = expr, .n = n},
        {.name = "symbols", .kind = TN_ATTR_STRINGS, .present = true, .strings = symbols, .n = c->n},
        TN_A_INTS("inputs", index, c->n),
        TN_A_INTS("axes", axis, c->n),
        TN_A_INT("scalar", scalar)};
    return node(x, g, "tn.Dims", nin, in, sizeof attr / sizeof *attr, attr);
}

static tni_value *vector_by_arithmetic(tni_pt2 *x, tn_graph *g, const tn_dim *dims, size_t n, bool scalar) {
    tni_value **part = tni_arena_alloc(&x->scratch, (n + 1) * sizeof *part);
    if (!part) return x->nomem = true, NULL;
    if (scalar) return by_arithmetic(x, g, dims[0]);
    for (size_t i = 0; i < n; i++)
        part[i] =
            pair(x, g, "Unsqueeze", by_arithmetic(x, g, dims[i]), tni_value_ints(g, NULL, (int64_t[]){0}, 1));
    return node(x, g, "Concat", (int)n, part, 1, &TN_A_INT("axis", 0));
}

tni_value *tni_pt2_dims_value(tni_pt2 *x, tn_graph *g, const tn_dim *dims, size_t n, bool scalar) {
    tni_arena *a = &g->root->arena;
    tn_str *expr = tni_arena_zalloc(a, (n + 1) * sizeof *expr);
    int64_t *k = tni_arena_zalloc(&x->scratch, (n + 1) * sizeof *k);
    collect c = {.x = x};
    bool constant = true;
    if (!expr || !k) return x->nomem = true, NULL;
    for (size_t i = 0; i < n; i++) {
        constant &= !dims[i].e;
        k[i] = dims[i].k;
    }
    if (constant) return scalar ? number(x, g, TN_I64, k[0], 0) : tni_value_ints(g, NULL, k, n);
    for (size_t i = 0; i < n && !c.unknown; i++) {
        tni_text t = {.env = x->env};
        tni_dim_print(&t, tni_dim_substitute(&g->root->dims, dims[i], collect_symbol, &c));
        expr[i].size = t.length;
        if (!(expr[i].text = tni_arena_keep(a, &t))) return x->nomem = true, NULL;
    }
    if (c.unknown) return NULL;
    if (c.scalars || n > TN_MAX_CONTENT) return vector_by_arithmetic(x, g, dims, n, scalar);
    return dims_node(x, g, &c, expr, n, scalar);
}

// ---- numbers

static tni_value *emit(tni_pt2 *x, tn_graph *g, const tni_sympy *e);

static const struct {
    const char *sympy, *op;
    bool floats; // computed in f64 whatever the operands are
} operators[] = {
    {"Add", "Add"},
    {"Mul", "Mul"},
    {"Max", "Max"},
    {"Min", "Min"},
    {"IntTrueDiv", "Div", true},
    {"FloatTrueDiv", "Div", true},
    {"Pow", "Pow"},
    {"FloatPow", "Pow", true},
    {"PowByNatural", "Pow"},
    {"Mod", "Mod"},
    {"PythonMod", "Mod"},
    {"FloorDiv", "Div"},
    {"CleanDiv", "Div"},
    {"Equality", "Equal"},
    {"GreaterThan", "GreaterOrEqual"},
    {"StrictGreaterThan", "Greater"},
    {"LessThan", "LessOrEqual"},
    {"StrictLessThan", "Less"},
    {"And", "And"},
    {"Or", "Or"},
};

static tni_value *emit_operator(tni_pt2 *x, tn_graph *g, const tni_sympy *e, const char *op, bool floats) {
    tni_value *sum = NULL;
    for (size_t i = 0; i < e->n; i++) {
        tni_value *v = emit(x, g, e->arg[i]);
        if (!v) return NULL;
        if (floats) v = cast(x, g, v, TN_F64);
        if (sum && v && sum->info.type.dtype != v->info.type.dtype) {
            sum = cast(x, g, sum, TN_F64);
            v = cast(x, g, v, TN_F64);
        }
        sum = sum ? pair(x, g, op, sum, v) : v;
    }
    return sum;
}

static tni_value *emit_rounded(tni_pt2 *x, tn_graph *g, const tni_sympy *e) {
    static const char *const table[][2] = {{"FloorToInt", "Floor"},
                                           {"floor", "Floor"},
                                           {"CeilToInt", "Ceil"},
                                           {"ceiling", "Ceil"},
                                           {"RoundToInt", "Round"}};
    tni_value *v = emit(x, g, e->arg[0]);
    for (size_t i = 0; v && i < sizeof table / sizeof *table; i++)
        if (tni_sympy_is(e, table[i][0]) && v->info.type.dtype == TN_F64)
            v = node(x, g, table[i][1], 1, &v, 0, NULL);
    return cast(x, g, v, TN_I64);
}

static tni_value *emit(tni_pt2 *x, tn_graph *g, const tni_sympy *e) {
    if (tni_sympy_is(e, "Integer")) return number(x, g, TN_I64, e->k, 0);
    if (tni_sympy_is(e, "Float")) return number(x, g, TN_F64, 0, e->f);
    if (tni_sympy_is(e, "Rational")) return number(x, g, TN_F64, 0, (double)e->k / (double)e->q);
    if (tni_sympy_is(e, "true")) return number(x, g, TN_BOOL, 1, 0);
    if (tni_sympy_is(e, "false")) return number(x, g, TN_BOOL, 0, 0);
    if (tni_sympy_is(e, "Symbol")) {
        const tni_pt2_symbol *s = tni_map_get(&x->symbols, e->name, strlen(e->name));
        if (!s || !s->bound) return NULL;
        return s->axis < 0 ? s->value : tni_pt2_dims_value(x, g, &s->dim, 1, true);
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (e->n && tni_sympy_is(e, operators[i].sympy))
            return emit_operator(x, g, e, operators[i].op, operators[i].floats);
    if (e->n == 1 && (tni_sympy_is(e, "ToFloat") || tni_sympy_is(e, "Identity"))) {
        tni_value *v = emit(x, g, e->arg[0]);
        return tni_sympy_is(e, "ToFloat") ? cast(x, g, v, TN_F64) : v;
    }
    if (e->n == 1 && tni_sympy_is(e, "Not"))
        return node(x, g, "Not", 1, &(tni_value *){emit(x, g, e->arg[0])}, 0, NULL);
    if (e->n == 2 && tni_sympy_is(e, "Unequality"))
        return node(x, g, "Not", 1, &(tni_value *){emit_operator(x, g, e, "Equal", false)}, 0, NULL);
    if (e->n == 3 && tni_sympy_is(e, "Where"))
        return node(x, g, "Where", 3,
                    (tni_value *[]){emit(x, g, e->arg[0]), emit(x, g, e->arg[1]), emit(x, g, e->arg[2])}, 0,
                    NULL);
    return e->n == 1 ? emit_rounded(x, g, e) : NULL;
}

static tni_value *make_sym(tni_pt2 *x, tn_graph *g, const json_t *sym) {
    const char *tag = "";
    const json_t *value = tni_json_union(sym, &tag);
    int64_t k;
    tn_dim d;
    if (json_is_real(value)) return number(x, g, TN_F64, 0, json_real_value(value));
    if (json_is_boolean(value)) return number(x, g, TN_BOOL, json_is_true(value), 0);
    if (tni_json_int(value, &k)) return number(x, g, TN_I64, k, 0);
    if (tni_pt2_dim(x, sym, &d)) {
        tni_value *v = tni_pt2_dims_value(x, g, &d, 1, true);
        if (v) return v;
    }
    const char *text = json_string_value(json_object_get(value, "expr_str"));
    const tni_sympy *e = text ? tni_sympy_parse(&x->scratch, text) : NULL;
    return e ? emit(x, g, e) : NULL;
}

tni_value *tni_pt2_sym_value(tni_pt2 *x, tni_pt2_scope *s, const char *name) {
    tni_value *v = NULL;
    for (const tni_pt2_scope *at = s; at && !v; at = at->parent)
        v = tni_map_get(&at->scalars, name, strlen(name));
    if (v) return v;
    v = make_sym(x, s->graph, tni_pt2_sym(s, name));
    char *key = tni_arena_text(&x->scratch, name, strlen(name));
    if (!key || (v && !tni_map_set(&s->scalars, key, strlen(key), v))) return x->nomem = true, NULL;
    return v;
}
