// SPDX-License-Identifier: Apache-2.0
// argument.c - the arguments of a call, by PyTorch's names. The file leaves out what has its default value:
// those are in schema.inc, which scripts/make_aten_schema.py writes from PyTorch.
#include "import/aten/aten.h"

#include "base/plugin.h"
#include "ir/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct schema {
    const char *target, *defaults; // a JSON object: {"stride": 1, "bias": null}
} schema;

static const schema schemas[] = {
#include "import/aten/schema.inc"
};

static int compare(const void *key, const void *row) { return strcmp(key, ((const schema *)row)->target); }

// What a row is for ends where its signature, if it has one, begins.
static bool is_for(const char *row, const char *target, size_t n) {
    return !strncmp(row, target, n) && (!row[n] || row[n] == '(');
}

// The row of the target, else *packet is the one for all its overloads.
static const tn_aten_def *row_of(const tn_aten_def *table, const char *target, size_t n,
                                 const tn_aten_def **packet) {
    for (const tn_aten_def *d = table; d && d->target; d++) {
        if (is_for(d->target, target, strlen(target))) return d;
        if (is_for(d->target, target, n)) *packet = d;
    }
    return NULL;
}

const tn_aten_def *tni_aten_find(const tn_env *env, const char *target) {
    const char *name = strchr(target, '.'), *end = name ? strrchr(name + 1, '.') : NULL;
    size_t n = end ? (size_t)(end - target) : strlen(target);
    const tn_aten_def *found, *packet = NULL;
    for (const tni_plugin *p = env->plugins; p; p = p->next)
        if ((found = row_of(p->def->atens, target, n, &packet))) return found;
    if (packet) return packet;
    for (size_t i = 0; i < tni_aten_count; i++)
        if ((found = row_of(tni_atens[i], target, n, &packet))) return found;
    return packet;
}

// ---- finding an argument

typedef struct argument {
    const char *tag;     // of the union; "" for a default
    const json_t *value; // NULL: None
} argument;

static const json_t *default_of(tn_aten *c, const char *name) {
    const schema *s = bsearch(c->target, schemas, sizeof schemas / sizeof *schemas, sizeof *schemas, compare);
    if (!s) return NULL;
    json_t *all = json_object_get(c->x->defaults, c->target);
    if (!all) {
        all = json_loads(s->defaults, 0, NULL);
        if (!all || json_object_set_new(c->x->defaults, c->target, all)) return c->x->nomem = true, NULL;
    }
    return json_object_get(all, name);
}

// False: neither given nor known.
static bool find(tn_aten *c, const char *name, argument *to) {
    const json_t *inputs = json_object_get(c->call, "inputs");
    *to = (argument){"", NULL};
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        const json_t *input = json_array_get(inputs, i);
        bool meant =
            *name == '#' ? i == (size_t)(name[1] - '0') : !strcmp(tni_json_text(input, "name"), name);
        if (!meant) continue;
        to->value = tni_json_union(json_object_get(input, "arg"), &to->tag);
        if (!to->value || json_is_null(to->value) || !strcmp(to->tag, "as_none")) to->value = NULL;
        if (!strcmp(to->tag, "as_optional_tensor")) { // a union within
            to->value = tni_json_union(to->value, &to->tag);
            if (!strcmp(to->tag, "as_none")) to->value = NULL;
        }
        return true;
    }
    to->value = default_of(c, name);
    if (!to->value) return false;
    if (json_is_null(to->value)) to->value = NULL;
    return true;
}

static void bad(tn_aten *c, const char *name, const char *what) {
    tni_at_fail(c, NULL, "argument '%s' is %s", name, what);
}

static bool need(tn_aten *c, const char *name, argument *to) {
    if (find(c, name, to) && to->value) return true;
    bad(c, name, "missing");
    return false;
}

bool tni_at_has(tn_aten *c, const char *name) {
    argument a;
    return find(c, name, &a) && a.value;
}

tn_attr_kind tni_at_kind(tn_aten *c, const char *name) {
    argument a;
    if (!find(c, name, &a) || !a.value) return TN_ATTR_NONE;
    if (!strcmp(a.tag, "as_tensor")) return TN_ATTR_TENSOR;
    if (json_is_array(a.value)) return TN_ATTR_INTS;
    if (json_is_real(a.value) || !strcmp(a.tag, "as_float") || !strcmp(a.tag, "as_sym_float"))
        return TN_ATTR_FLOAT;
    return json_is_string(a.value) ? TN_ATTR_STRING : TN_ATTR_INT;
}

// A symbolic number's name, or NULL for a plain one (which is then in *value).
static const char *symbolic(const argument *a, const json_t **value) {
    const char *tag = "";
    *value = a->value;
    if (strncmp(a->tag, "as_sym", 6)) return NULL;
    *value = tni_json_union(a->value, &tag);
    return strcmp(tag, "as_name") ? NULL : json_string_value(*value);
}

// ---- tensors

static tni_value *tensor_named(tn_aten *c, const char *name) {
    tni_pt2_tensor *t = tni_pt2_find(c->scope, name);
    tni_value *v = NULL;
    for (size_t i = 0; t && !v && i < 2; i++)
        if (t == c->instead_of[i]) v = c->instead[i];
    if (!v && t) v = tni_pt2_read(c->x, t);
    if (!v) c->failed = true; // told where it should have been made
    return v;
}

bool tni_at_is_tensor(tn_aten *c, const char *name) {
    argument a;
    return find(c, name, &a) && a.value && !strcmp(a.tag, "as_tensor");
}

bool tni_at_is_plain(tn_aten *c, const char *name) {
    argument a;
    const json_t *value;
    return find(c, name, &a) && json_is_number(a.value ? (symbolic(&a, &value), value) : NULL);
}

bool tni_at_is_dense(tn_aten *c, const char *name) {
    argument a;
    int64_t size[TN_MAX_RANK], stride[TN_MAX_RANK], expect = 1;
    int rank;
    tni_pt2_tensor *t =
        find(c, name, &a) && a.value ? tni_pt2_find(c->scope, tni_json_text(a.value, "name")) : NULL;
    if (!t || !tni_pt2_strides(c->x, t->meta, size, stride, &rank)) return true;
    for (int i = rank - 1; i >= 0; i--) {
        if (size[i] != 1 && stride[i] != expect) return false;
        expect = (int64_t)((uint64_t)expect * (uint64_t)size[i]);
    }
    return true;
}

tni_value *tni_at_tensor(tn_aten *c, const char *name) {
    argument a;
    if (!find(c, name, &a) || !a.value) return NULL;
    if (strcmp(a.tag, "as_tensor")) return bad(c, name, "no tensor"), NULL;
    return tensor_named(c, tni_json_text(a.value, "name"));
}

size_t tni_at_tensors(tn_aten *c, const char *name, tni_value *to[TNI_AT_LIST]) {
    argument a;
    if (!need(c, name, &a)) return 0;
    size_t n = json_array_size(a.value);
    if (n > TNI_AT_LIST) return bad(c, name, "too long"), 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(a.value, i);
        const char *tag = "as_tensor";
        if (strcmp(a.tag, "as_tensors")) item = tni_json_union(item, &tag);
        to[i] = strcmp(tag, "as_tensor") ? NULL : tensor_named(c, tni_json_text(item, "name"));
    }
    return n;
}

// ---- numbers

bool tni_at_dim(tn_aten *c, const char *name, tn_dim *to) {
    argument a;
    const json_t *value;
    int64_t k;
    *to = tn_k(0);
    if (!need(c, name, &a)) return false;
    const char *sym = symbolic(&a, &value);
    if (sym) return tni_pt2_dim(c->x, tni_pt2_sym(c->scope, sym), to);
    if (!tni_json_int(value, &k)) return bad(c, name, "no integer"), false;
    *to = tn_k(k);
    return true;
}

int64_t tni_at_int(tn_aten *c, const char *name) {
    tn_dim d;
    bool known = tni_at_dim(c, name, &d);
    if (!c->failed && (!known || d.e)) bad(c, name, "only known when the model runs");
    return c->failed ? 0 : d.k;
}

static bool as_float(const json_t *value, double *to) {
    int64_t k;
    const char *text = json_string_value(value);
    if (json_is_real(value)) return *to = json_real_value(value), true;
    if (tni_json_int(value, &k)) return *to = (double)k, true;
    if (!text) return false;
    if (!strcmp(text, "NaN")) return *to = (double)NAN, true;
    if (strcmp(text, "Infinity") && strcmp(text, "-Infinity")) return false;
    return *to = *text == '-' ? -HUGE_VAL : HUGE_VAL, true;
}

double tni_at_float(tn_aten *c, const char *name) {
    argument a;
    const json_t *value;
    double f = 0;
    tn_dim d;
    if (!need(c, name, &a)) return 0;
    const char *sym = symbolic(&a, &value);
    if (sym && tni_pt2_dim(c->x, tni_pt2_sym(c->scope, sym), &d) && !d.e) return (double)d.k;
    if (sym)
        bad(c, name, "only known when the model runs");
    else if (!as_float(value, &f))
        bad(c, name, "no number");
    return f;
}

bool tni_at_complex_number(tn_aten *c, const char *name, double *re, double *im) {
    argument a;
    if (!find(c, name, &a) || !a.value || strcmp(a.tag, "as_complex")) return false;
    if (as_float(json_object_get(a.value, "real"), re) && as_float(json_object_get(a.value, "imag"), im))
        return true;
    bad(c, name, "no number");
    return false;
}

bool tni_at_bool(tn_aten *c, const char *name) {
    argument a;
    int64_t k = 0;
    if (!find(c, name, &a) || !a.value) return false;
    if (!tni_json_int(a.value, &k)) bad(c, name, "no truth value");
    return k != 0;
}

const char *tni_at_string(tn_aten *c, const char *name) {
    argument a;
    if (!find(c, name, &a) || !a.value) return "";
    const char *text = json_string_value(a.value);
    if (!text) bad(c, name, "no text");
    return text ? text : "";
}

tn_dtype tni_at_dtype(tn_aten *c, const char *name, tn_dtype none) {
    argument a;
    int64_t k;
    if (!find(c, name, &a) || !a.value) return none;
    tn_dtype dtype = tni_json_int(a.value, &k) ? tni_pt2_dtype(k) : TN_UNDEFINED;
    if (!dtype) bad(c, name, "an element type that is not known");
    return dtype;
}

const json_t *tni_at_graph(tn_aten *c, const char *name) {
    argument a;
    if (!need(c, name, &a)) return NULL;
    const json_t *graph = json_object_get(a.value, "graph");
    if (strcmp(a.tag, "as_graph") || !graph) return bad(c, name, "no graph"), NULL;
    return graph;
}

// ---- lists

// The dimensions in a list, or the single one. False: some depend on data.
static bool read_dims(tn_aten *c, const char *name, tn_dim to[TNI_AT_LIST], size_t *n) {
    argument a;
    *n = 0;
    if (!need(c, name, &a)) return false;
    bool list = json_is_array(a.value), symbols = !strcmp(a.tag, "as_sym_ints");
    *n = list ? json_array_size(a.value) : 1;
    if (*n > TNI_AT_LIST) return bad(c, name, "too long"), false;
    for (size_t i = 0; i < *n; i++) {
        argument item = {symbols ? "as_sym_int"
                         : list  ? ""
                                 : a.tag,
                         list ? json_array_get(a.value, i) : a.value};
        const json_t *value;
        int64_t k;
        const char *sym = symbolic(&item, &value);
        if (sym && !tni_pt2_dim(c->x, tni_pt2_sym(c->scope, sym), &to[i])) return false;
        if (!sym && !tni_json_int(value, &k)) return bad(c, name, "no list of integers"), false;
        if (!sym) to[i] = tn_k(k);
    }
    return true;
}

size_t tni_at_ints(tn_aten *c, const char *name, int64_t to[TNI_AT_LIST]) {
    tn_dim dim[TNI_AT_LIST];
    size_t n;
    bool known = read_dims(c, name, dim, &n);
    for (size_t i = 0; known && i < n; i++) {
        known = !dim[i].e;
        to[i] = dim[i].k;
    }
    if (!known && !c->failed) bad(c, name, "only known when the model runs");
    return c->failed ? 0 : n;
}

void tni_at_spatial(tn_aten *c, const char *name, int n, int64_t *to) {
    int64_t all[TNI_AT_LIST];
    size_t count = tni_at_ints(c, name, all);
    if (!c->failed && count != 1 && count != (size_t)n)
        bad(c, name, "of another length than there are dimensions");
    for (int i = 0; i < n; i++) to[i] = c->failed ? 1 : all[count == 1 ? 0 : i];
}

size_t tni_at_floats(tn_aten *c, const char *name, double to[TNI_AT_LIST]) {
    argument a;
    if (!need(c, name, &a)) return 0;
    size_t n = json_array_size(a.value);
    if (n > TNI_AT_LIST) return bad(c, name, "too long"), 0;
    for (size_t i = 0; i < n; i++)
        if (!as_float(json_array_get(a.value, i), &to[i])) bad(c, name, "no list of numbers");
    return c->failed ? 0 : n;
}

// A vector of which some elements come from data.
static tni_value *mixed_size(tn_aten *c, const char *name) {
    argument a;
    tni_value *part[TNI_AT_LIST];
    if (!need(c, name, &a)) return NULL;
    bool list = json_is_array(a.value);
    size_t n = list ? json_array_size(a.value) : 1;
    for (size_t i = 0; i < n; i++) {
        argument item = {list ? "as_sym_int" : a.tag, list ? json_array_get(a.value, i) : a.value};
        const json_t *value;
        int64_t k = 0;
        const char *sym = symbolic(&item, &value);
        if (!sym) tni_json_int(value, &k);
        tni_value *v = sym ? tni_pt2_sym_value(c->x, c->scope, sym) : tni_at_scalar(c, TN_I64, (double)k);
        if (!v) return bad(c, name, "a size that cannot be computed"), NULL;
        part[i] = tni_at_expr(c, "Unsqueeze($0, [0])", v);
    }
    tni_at_set_int(c, "axis", 0);
    tni_value *v = n == 1 ? part[0] : tni_at_list(c, "Concat", n, part);
    tni_at_clear(c);
    return v;
}

tni_value *tni_at_size(tn_aten *c, const char *name) {
    tn_dim dim[TNI_AT_LIST];
    size_t n;
    if (c->failed) return NULL;
    bool known = read_dims(c, name, dim, &n);
    if (c->failed) return NULL;
    tni_value *v = known ? tni_pt2_dims_value(c->x, c->graph, dim, n, false) : NULL;
    return v ? v : mixed_size(c, name);
}

int tni_at_axis(tn_aten *c, const char *name, int rank) {
    int64_t axis = tni_at_int(c, name), all = rank ? rank : 1; // PyTorch gives a scalar one dimension
    if (!c->failed && (axis < -all || axis >= all)) bad(c, name, "no dimension of the tensor");
    return c->failed ? 0 : (int)(axis < 0 ? axis + all : axis);
}

size_t tni_at_axes(tn_aten *c, const char *name, int rank, int64_t to[TN_MAX_RANK]) {
    int64_t axis[TNI_AT_LIST];
    size_t n = tni_at_ints(c, name, axis);
    for (size_t i = 0; i < n && !c->failed; i++) {
        if (n > TN_MAX_RANK || axis[i] < -rank || axis[i] >= rank)
            bad(c, name, "no dimension of the tensor");
        else
            to[i] = axis[i] < 0 ? axis[i] + rank : axis[i];
    }
    return c->failed ? 0 : n;
}

// ---- numbers as tensors

static tni_value *number_value(tn_aten *c, const char *name, const argument *a, tn_dtype dtype) {
    const json_t *value;
    double f;
    int64_t k;
    const char *sym = symbolic(a, &value);
    if (sym) {
        tni_value *v = tni_pt2_sym_value(c->x, c->scope, sym);
        if (!v) bad(c, name, "a number that cannot be computed");
        return tni_at_cast(c, v, dtype);
    }
    if (tni_json_int(value, &k) && !tni_is_float(dtype)) {
        tn_tensor *t = tni_tensor_new(&c->graph->root->arena, dtype, 0, NULL);
        if (!t) return c->x->nomem = true, NULL;
        tni_set_int(t, 0, k);
        return tni_value_const(c->graph, NULL, t);
    }
    if (!as_float(value, &f)) return bad(c, name, "no number"), NULL;
    return tni_at_scalar(c, dtype, f);
}

tni_value *tni_at_number(tn_aten *c, const char *name, tn_dtype dtype) {
    argument a;
    if (c->failed || !need(c, name, &a)) return NULL;
    if (!strcmp(a.tag, "as_tensor"))
        return tni_at_cast(c, tensor_named(c, tni_json_text(a.value, "name")), dtype);
    return number_value(c, name, &a, dtype);
}

// ---- type promotion: https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc

enum { BOOLEAN, INTEGER, FLOATING, COMPLEX };

static int category(tn_dtype t) {
    return t == TN_BOOL ? BOOLEAN : TN_COMPLEX >> t & 1 ? COMPLEX : tni_is_float(t) ? FLOATING : INTEGER;
}

// How much a participant weighs: tensors with dimensions before those without before numbers.
typedef struct operand {
    tn_dtype dtype;
    int weight;
} operand;

static operand operand_of(tn_aten *c, const char *name) {
    argument a;
    const json_t *value;
    if (!find(c, name, &a) || !a.value) return (operand){TN_BOOL, 0};
    if (!strcmp(a.tag, "as_tensor")) {
        const tni_value *v = tensor_named(c, tni_json_text(a.value, "name"));
        return (operand){tni_at_type(v), v && v->info.type.rank == 0 ? 1 : 2};
    }
    const char *sym = symbolic(&a, &value);
    if (sym) return (operand){strcmp(a.tag, "as_sym_float") ? TN_I64 : TN_F32, 0};
    return (operand){json_is_boolean(value) ? TN_BOOL : json_is_integer(value) ? TN_I64 : TN_F32, 0};
}

// Of one category and weight: the wider; u8 with a signed type, and f16 with bf16, need a third.
static tn_dtype wider(tn_dtype a, tn_dtype b) {
    if (a == b) return a;
    size_t p = tn_dtype_bits(a), q = tn_dtype_bits(b);
    if (tni_is_float(a) && p == q) return TN_F32;
    if (!tni_is_float(a) && tni_is_unsigned(a) != tni_is_unsigned(b)) {
        size_t u = tni_is_unsigned(a) ? p : q, s = tni_is_unsigned(a) ? q : p;
        if (s > u) return tni_is_unsigned(a) ? b : a;
        return u == 8 ? TN_I16 : u == 16 ? TN_I32 : TN_I64;
    }
    return p > q ? a : b;
}

tn_dtype tni_at_promote(tn_aten *c, const char *a, const char *b) {
    operand p = operand_of(c, a), q = operand_of(c, b);
    int pc = category(p.dtype), qc = category(q.dtype);
    if (pc != qc) return pc > qc ? p.dtype : q.dtype;
    if (p.weight != q.weight) return p.weight > q.weight ? p.dtype : q.dtype;
    return wider(p.dtype, q.dtype);
}
