// SPDX-License-Identifier: Apache-2.0
// symbol.c - PyTorch's symbolic sizes as ours. The file's symbols are hashes ("s77"); a symbol gets its
// meaning, and a name, from the first dimension of an input that it is, and one that only the data tell
// ("u0") from the tensor whose size or item it is.
#include "import/pt2/pt2.h"
#include "import/pt2/sympy.h"

#include "base/ck.h"
#include "ir/dim_expr.h"

#include <stdio.h>
#include <string.h>

static tni_pt2_symbol *find_symbol(tni_pt2 *x, const char *name) {
    tni_pt2_symbol *s = tni_map_get(&x->symbols, name, strlen(name));
    if (s) return s;
    s = tni_arena_zalloc(&x->scratch, sizeof *s);
    if (!s || !(s->name = tni_arena_text(&x->scratch, name, strlen(name))) ||
        !tni_map_set(&x->symbols, s->name, strlen(name), s))
        return x->nomem = true, NULL;
    s->factor = 1;
    s->next = x->first_symbol;
    return x->first_symbol = s;
}

// Older files write plain "s0" and "2*s0 + 1".
static bool known_symbol(void *user, const char *name, size_t size, tn_dim *to) {
    tni_pt2 *x = user;
    const tni_pt2_symbol *s = tni_map_get(&x->symbols, name, size);
    if (!s || !s->bound) return false;
    *to = s->dim;
    return true;
}

// The text of {"as_expr": {...}} or {"as_int": k}; an integer goes to *k.
static const char *expr_text(const json_t *symint, int64_t *k) {
    const char *tag = "";
    const json_t *value = tni_json_union(symint, &tag);
    if (value && tni_json_int(value, k)) return "";
    const char *text = json_string_value(json_object_get(value, "expr_str"));
    return text && *text ? text : NULL;
}

// ---- to a dimension

static bool to_dim(tni_pt2 *x, const tni_sympy *e, tn_dim *to);

static bool fold(tni_pt2 *x, const tni_sympy *e, tn_dim (*op)(tn_dims *, tn_dim, tn_dim), tn_dim *to) {
    tn_dim d;
    if (!e->n || !to_dim(x, e->arg[0], to)) return false;
    for (size_t i = 1; i < e->n; i++) {
        if (!to_dim(x, e->arg[i], &d)) return false;
        *to = op(&x->graph->root->dims, *to, d);
    }
    return true;
}

// floor or ceil of p/q * the rest, and of what is whole anyway.
static bool rounded(tni_pt2 *x, const tni_sympy *e, tn_dim (*div)(tn_dims *, tn_dim, tn_dim), tn_dim *to) {
    tn_dims *dims = &x->graph->root->dims;
    tn_dim d, p = tn_k(1);
    int64_t q = 1;
    const tni_sympy *in = e->n == 1 ? e->arg[0] : NULL;
    if (!in) return false;
    if (tni_sympy_is(in, "IntTrueDiv")) return fold(x, in, div, to);
    if (!tni_sympy_is(in, "Mul")) return to_dim(x, in, to);
    for (size_t i = 0; i < in->n; i++) {
        if (tni_sympy_is(in->arg[i], "Rational"))
            d = tn_k(in->arg[i]->k), q *= in->arg[i]->q;
        else if (!to_dim(x, in->arg[i], &d))
            return false;
        p = tn_dim_mul(dims, p, d);
    }
    *to = q == 1 ? p : div(dims, p, tn_k(q));
    return true;
}

static bool power(tni_pt2 *x, const tni_sympy *e, tn_dim *to) {
    tn_dim base;
    if (e->n != 2 || !tni_sympy_is(e->arg[1], "Integer") || e->arg[1]->k < 0 || e->arg[1]->k > 8 ||
        !to_dim(x, e->arg[0], &base))
        return false;
    *to = tn_k(1);
    for (int64_t i = 0; i < e->arg[1]->k; i++) *to = tn_dim_mul(&x->graph->root->dims, *to, base);
    return true;
}

static bool nonzero(tn_dim d) { return d.e || d.k; }

static bool divided(tni_pt2 *x, const tni_sympy *e, tn_dim (*op)(tn_dims *, tn_dim, tn_dim), tn_dim *to) {
    tn_dim d;
    return e->n == 2 && to_dim(x, e->arg[1], &d) && nonzero(d) && fold(x, e, op, to);
}

static bool to_dim(tni_pt2 *x, const tni_sympy *e, tn_dim *to) {
    static const struct {
        const char *op;
        tn_dim (*fn)(tn_dims *, tn_dim, tn_dim);
        bool divides;
    } table[] = {
        {"Add", tn_dim_add, false}, {"Mul", tn_dim_mul, false},      {"Max", tn_dim_max, false},
        {"Min", tn_dim_min, false}, {"FloorDiv", tn_dim_div, true},  {"CleanDiv", tn_dim_div, true},
        {"Mod", tn_dim_mod, true},  {"PythonMod", tn_dim_mod, true}, {"CeilDiv", tn_dim_ceil_div, true}};
    tn_dims *dims = &x->graph->root->dims;
    if (tni_sympy_is(e, "Integer")) return *to = tn_k(e->k), true;
    if (tni_sympy_is(e, "Symbol")) {
        tni_pt2_symbol *s = find_symbol(x, e->name);
        return s && s->bound && (*to = s->dim, true);
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (tni_sympy_is(e, table[i].op)) return (table[i].divides ? divided : fold)(x, e, table[i].fn, to);
    if (tni_sympy_is(e, "Pow") || tni_sympy_is(e, "PowByNatural")) return power(x, e, to);
    if (tni_sympy_is(e, "Identity")) return e->n == 1 && to_dim(x, e->arg[0], to);
    if (tni_sympy_is(e, "floor") || tni_sympy_is(e, "FloorToInt") || tni_sympy_is(e, "TruncToInt"))
        return rounded(x, e, tn_dim_div, to);
    if (tni_sympy_is(e, "ceiling") || tni_sympy_is(e, "CeilToInt")) return rounded(x, e, tn_dim_ceil_div, to);
    if (tni_sympy_is(e, "ModularIndexing") && e->n == 3) {
        tn_dim a, b, c;
        if (!to_dim(x, e->arg[0], &a) || !to_dim(x, e->arg[1], &b) || !to_dim(x, e->arg[2], &c) ||
            !nonzero(b) || !nonzero(c))
            return false;
        return *to = tn_dim_mod(dims, tn_dim_div(dims, a, b), c), true;
    }
    return false;
}

bool tni_pt2_dim(tni_pt2 *x, const json_t *symint, tn_dim *to) {
    int64_t k;
    const char *text = expr_text(symint, &k);
    if (!text) return false;
    if (!*text) return *to = tn_k(k), true;
    const tni_sympy *e = tni_sympy_parse(&x->scratch, text);
    if (e) return to_dim(x, e, to);
    return tni_dim_parse_with(&x->graph->root->dims, text, known_symbol, x, to) == TN_OK;
}

// ---- where symbols come from

// `e` without the integer that it is added to or multiplied with, on either side; without one *k stays.
static const tni_sympy *without_integer(const tni_sympy *e, const char *op, int64_t *k) {
    if (!tni_sympy_is(e, op) || e->n != 2) return e;
    for (size_t i = 0; i < 2; i++)
        if (tni_sympy_is(e->arg[i], "Integer")) return *k = e->arg[i]->k, e->arg[1 - i];
    return e;
}

// The symbol that `e` is, or factor * symbol + offset of.
static tni_pt2_symbol *linear(tni_pt2 *x, const tni_sympy *e, int64_t *factor, int64_t *offset) {
    *factor = 1;
    *offset = 0;
    e = without_integer(without_integer(e, "Add", offset), "Mul", factor);
    return tni_sympy_is(e, "Symbol") && *factor > 0 ? find_symbol(x, e->name) : NULL;
}

// "x.0" for the first dimension of input x: what ONNX's unnamed dimensions are called as well.
static tn_dim named(tni_pt2 *x, const tni_value *v, int axis) {
    tn_dims *dims = &x->graph->root->dims;
    char name[96];
    size_t n = (size_t)snprintf(name, sizeof name, "%.60s.%d", v->name, axis);
    for (unsigned k = 1; tni_map_get(&dims->symbols, name, n); k++)
        n = (size_t)snprintf(name, sizeof name, "%.60s.%d.%u", v->name, axis, k);
    for (size_t i = 0; i < n; i++) // characters that every symbol may have
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.", name[i]))
            name[i] = '_';
    if (name[0] == '.' || (name[0] >= '0' && name[0] <= '9')) name[0] = '_';
    return tn_dim_symbol(dims, name);
}

// PyTorch lets sizes 0 and 1 pass whatever the smallest is, and writes its largest integers for "any".
static void note_range(tni_pt2 *x, const json_t *range, const char *symbol) {
    int64_t least = 0, most = 0;
    tni_json_int(json_object_get(range, "min_val"), &least);
    tni_json_int(json_object_get(range, "max_val"), &most);
    if (least <= 2) least = 0;
    if (most < 0 || most >= INT64_MAX / 4) most = 0;
    if (symbol && (!most || least <= most)) tni_dim_set_range(&x->graph->root->dims, symbol, least, most);
}

// The size that an input's symbol had when the model was exported, held to the range it may have.
static void note_usual(tni_pt2 *x, const json_t *symint, const tni_pt2_symbol *s) {
    const json_t *range = json_object_get(json_object_get(x->program, "range_constraints"), s->name);
    const char *tag = "", *name = tni_dim_symbol_name(s->dim);
    int64_t size = 0, bound;
    tni_json_int(json_object_get(json_object_get(tni_json_union(symint, &tag), "hint"), "as_int"), &size);
    size = ck_sub64(size, s->offset, &size) ? size / s->factor : 0;
    if (tni_json_int(json_object_get(range, "min_val"), &bound) && size < bound) size = bound;
    if (tni_json_int(json_object_get(range, "max_val"), &bound) && size > bound) size = bound;
    if (name && size > 0) tni_dim_set_usual(&x->graph->root->dims, name, size);
    note_range(x, range, name);
}

void tni_pt2_bind_dim(tni_pt2 *x, const json_t *symint, tni_value *v, int axis) {
    int64_t k, factor, offset;
    const char *text = expr_text(symint, &k);
    if (!text || !*text) return;
    const tni_sympy *e = tni_sympy_parse(&x->scratch, text);
    tni_pt2_symbol *s = e ? linear(x, e, &factor, &offset) : NULL;
    if (!s || s->bound) return;
    if (v->is_input)
        s->dim = named(x, v, axis);
    else if (v->info.type.rank > axis && factor == 1 && !offset)
        s->dim = v->info.type.dim[axis];
    else
        s->dim = tn_dim_fresh(&x->graph->root->dims);
    *s = (tni_pt2_symbol){s->name, s->dim, v, axis, factor, offset, true, s->next};
    if (v->is_input) note_usual(x, symint, s);
}

void tni_pt2_bind_scalar(tni_pt2 *x, const json_t *symint, tni_value *v) {
    int64_t k, factor, offset;
    const char *text = expr_text(symint, &k);
    const tni_sympy *e = text && *text ? tni_sympy_parse(&x->scratch, text) : NULL;
    tni_pt2_symbol *s = e ? linear(x, e, &factor, &offset) : NULL;
    if (!s || s->bound || factor != 1 || offset) return;
    tn_dim d = v->info.ncontent == 1 ? v->info.content[0] : tn_dim_fresh(&x->graph->root->dims);
    *s = (tni_pt2_symbol){s->name, d, v, -1, 1, 0, true, s->next};
}

const json_t *tni_pt2_sym(const tni_pt2_scope *s, const char *name) {
    static const char *const table[] = {"sym_int_values", "sym_float_values", "sym_bool_values"};
    for (; s; s = s->parent)
        for (size_t i = 0; i < 3; i++) {
            const json_t *found = json_object_get(json_object_get(s->json, table[i]), name);
            if (found) return found;
        }
    return NULL;
}
