// SPDX-License-Identifier: Apache-2.0
// spec.c - the way of a raw node into the graph: upgrade, look up, bind attributes, check types, place,
// infer.
#include "ir/spec.h"

#include "ir/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TN_PRINTF(5, 0)
static tn_status vfail(tni_spec *s, tn_severity severity, const char *tensor, const char *hint,
                       const char *message, va_list args) {
    char op[128];
    const char *domain = tni_domain(s->domain);
    snprintf(op, sizeof op, "%s%s%s", domain, *domain ? "." : "", s->op);
    const char *name = s->name && *s->name ? s->name : s->nout && s->outs && s->outs[0] ? s->outs[0] : "";
    tn_diag d = {.severity = severity,
                 .status = TN_INVALID,
                 .file = s->graph->root->file,
                 .node = name,
                 .op = op,
                 .opset = s->opset,
                 .tensor = tensor,
                 .source = s->source,
                 .hint = hint};
    return tni_vdiag(s->diags, &d, message, args);
}

tn_status tni_spec_fail(tni_spec *s, const char *hint, const char *message, ...) {
    va_list args;
    va_start(args, message);
    vfail(s, TN_ERROR, NULL, hint, message, args);
    va_end(args);
    return TN_INVALID;
}

void tni_spec_warn(tni_spec *s, const char *message, ...) {
    va_list args;
    va_start(args, message);
    vfail(s, TN_WARNING, NULL, NULL, message, args);
    va_end(args);
}

TN_PRINTF(4, 5)
static tn_status fail_at(tni_spec *s, const char *tensor, const char *hint, const char *message, ...) {
    va_list args;
    va_start(args, message);
    vfail(s, TN_ERROR, tensor, hint, message, args);
    va_end(args);
    return TN_INVALID;
}

tni_value **tni_spec_room(tni_arena *a, size_t nin) {
    size_t room = nin > TNI_SPEC_IN ? nin : TNI_SPEC_IN;
    return tni_arena_zalloc(a, room * sizeof(tni_value *));
}

// ---- editing, for upgrades

tn_attr *tni_spec_attr(tni_spec *s, const char *name) {
    for (size_t i = 0; i < s->nattr; i++)
        if (!strcmp(s->attr[i].name, name)) return &s->attr[i];
    return NULL;
}

void tni_spec_drop(tni_spec *s, const char *name) {
    tn_attr *a = tni_spec_attr(s, name);
    if (a) memmove(a, a + 1, (size_t)(s->attr + --s->nattr - a) * sizeof *a);
}

static bool copy_attr(tni_arena *a, tn_attr *t) {
    if (t->kind == TN_ATTR_INTS) t->ints = tni_arena_copy(a, t->ints, t->n * sizeof *t->ints);
    if (t->kind == TN_ATTR_FLOATS) t->floats = tni_arena_copy(a, t->floats, t->n * sizeof *t->floats);
    if (t->kind == TN_ATTR_STRING) t->s.text = tni_arena_text(a, t->s.text, t->s.size);
    return !(t->kind == TN_ATTR_INTS && !t->ints) && !(t->kind == TN_ATTR_FLOATS && !t->floats) &&
           !(t->kind == TN_ATTR_STRING && !t->s.text);
}

tn_status tni_spec_put(tni_spec *s, tn_attr attr) {
    if (!copy_attr(&s->graph->root->arena, &attr)) return TN_NOMEM;
    tn_attr *old = tni_spec_attr(s, attr.name);
    if (old) {
        *old = attr;
        return TN_OK;
    }
    if (!tni_arena_grow(&s->graph->root->arena, &s->attr, s->nattr, &s->cattr, sizeof attr)) return TN_NOMEM;
    s->attr[s->nattr++] = attr;
    return TN_OK;
}

int64_t tni_spec_int(tni_spec *s, const char *name, int64_t otherwise) {
    const tn_attr *a = tni_spec_attr(s, name);
    return a && a->kind == TN_ATTR_INT ? a->i : otherwise;
}

tn_status tni_spec_input(tni_spec *s, int i, tni_value *v) {
    if (!v) return TN_NOMEM;
    if (i >= TNI_SPEC_IN && i >= s->nin) return TN_LIMIT;
    while (s->nin <= i) s->in[s->nin++] = NULL;
    s->in[i] = v;
    return TN_OK;
}

tn_status tni_spec_input_ints(tni_spec *s, int i, const int64_t *v, size_t n) {
    return tni_spec_input(s, i, tni_value_ints(s->graph, NULL, v, n));
}

tn_status tni_spec_input_scalar(tni_spec *s, int i, tn_dtype dtype, double value) {
    tn_tensor *t = tni_tensor_new(&s->graph->root->arena, dtype, 0, NULL);
    if (!t) return TN_NOMEM;
    tni_set(t, 0, value);
    return tni_spec_input(s, i, tni_value_const(s->graph, NULL, t));
}

tn_status tni_spec_ints_to_input(tni_spec *s, const char *name, int i) {
    tn_attr *a = tni_spec_attr(s, name);
    if (!a) return TN_OK;
    if (a->kind != TN_ATTR_INTS)
        return tni_spec_fail(s, NULL, "attribute '%s' is not a list of integers", name);
    TN_TRY(tni_spec_input_ints(s, i, a->ints, a->n));
    tni_spec_drop(s, name);
    return TN_OK;
}

// ---- binding

static const tn_attr_def *attr_row(const tn_op_def *op, const char *name, size_t *at) {
    for (*at = 0; op->attrs[*at].name; ++*at)
        if (!strcmp(op->attrs[*at].name, name)) return &op->attrs[*at];
    return NULL;
}

static tn_status check_range(tni_spec *s, const tn_attr_def *row, int64_t value) {
    if ((!row->min && !row->max) || (value >= row->min && value <= row->max)) return TN_OK;
    return fail_at(s, row->name, NULL, "attribute '%s' is %lld, outside [%lld, %lld]", row->name,
                   (long long)value, (long long)row->min, (long long)row->max);
}

static const char *const kind_text[] = {
    "nothing",          "an integer",        "a float",  "a string", "a list of integers",
    "a list of floats", "a list of strings", "a tensor", "a graph",  "a type"};

static tn_status bind_attr(tni_spec *s, const tn_op_def *op, const tn_attr *raw, tn_attr *slots) {
    size_t at;
    const tn_attr_def *row = attr_row(op, raw->name, &at);
    if (!row)
        return fail_at(s, raw->name, "the attribute may belong to another opset or be misspelt",
                       "the operator has no attribute '%s'", raw->name);
    tn_attr a = *raw;
    bool empty_list =
        (a.kind == TN_ATTR_INTS || a.kind == TN_ATTR_FLOATS || a.kind == TN_ATTR_STRINGS) && !a.n;
    if (a.kind != row->kind && empty_list && row->kind >= TN_ATTR_INTS && row->kind <= TN_ATTR_STRINGS)
        a.kind = row->kind; // an empty list says nothing of its type
    if (a.kind != row->kind)
        return fail_at(s, row->name, NULL, "attribute '%s' is %s, expected %s", row->name, kind_text[a.kind],
                       kind_text[row->kind]);
    if (a.kind == TN_ATTR_INT) TN_TRY(check_range(s, row, a.i));
    for (size_t i = 0; a.kind == TN_ATTR_INTS && i < a.n; i++) TN_TRY(check_range(s, row, a.ints[i]));
    a.name = row->name;
    a.present = true;
    slots[at] = a;
    return TN_OK;
}

static tn_status bind_attrs(tni_spec *s, const tn_op_def *op, tn_attr **to) {
    size_t rows = 0;
    while (op->attrs[rows].name) rows++;
    tn_attr *slots = tni_arena_zalloc(&s->graph->root->arena, (rows + 1) * sizeof *slots);
    if (!slots) return TN_NOMEM;
    for (size_t i = 0; i < rows; i++) {
        const tn_attr_def *row = &op->attrs[i];
        slots[i] = (tn_attr){.name = row->name, .kind = row->kind, .i = row->i, .f = (double)(float)row->f};
        if (row->s) slots[i].s = (tn_str){row->s, strlen(row->s)};
    }
    for (size_t i = 0; i < s->nattr; i++) TN_TRY(bind_attr(s, op, &s->attr[i], slots));
    for (size_t i = 0; i < rows; i++)
        if ((op->attrs[i].flags & TN_REQUIRED) && !slots[i].present)
            return fail_at(s, op->attrs[i].name, NULL, "attribute '%s' is required", op->attrs[i].name);
    *to = slots;
    return TN_OK;
}

// The row of the parameter table for position i; a variadic last row repeats.
static const tn_param *param_at(const tn_param *row, size_t rows, int at) {
    for (size_t i = 0; i < rows && row[i].name; i++)
        if (i == (size_t)at || (row[i].flags & TN_VARIADIC)) return &row[i];
    return NULL;
}

enum {
    MAX_IN = sizeof((tn_op_def *)0)->in / sizeof(tn_param),
    MAX_OUT = sizeof((tn_op_def *)0)->out / sizeof(tn_param)
};

// A list of values of one type has at least one.
static bool may_lack(const tn_param *p) {
    return p->flags & TN_OPTIONAL_IN || (p->flags & TN_VARIADIC && p->flags & TN_MIXED);
}

static tn_status check_arity(tni_spec *s, const tn_op_def *op) {
    while (s->nin && !s->in[s->nin - 1]) s->nin--; // omitted at the end says nothing
    while (s->nout && (!s->outs[s->nout - 1] || !*s->outs[s->nout - 1])) s->nout--;
    for (int i = 0; i < s->nin; i++)
        if (!param_at(op->in, MAX_IN, i))
            return fail_at(s, NULL, NULL, "%d inputs are more than it takes", s->nin);
    for (int i = 0; i < s->nout; i++)
        if (!param_at(op->out, MAX_OUT, i))
            return fail_at(s, NULL, NULL, "%d outputs are more than it has", s->nout);
    for (int i = 0; i < MAX_IN && op->in[i].name; i++)
        if (!may_lack(&op->in[i]) && (i >= s->nin || !s->in[i]))
            return fail_at(s, op->in[i].name, NULL, "input '%s' is required", op->in[i].name);
    for (int i = 0; i < s->nin; i++) {
        const tn_param *p = param_at(op->in, MAX_IN, i);
        if (!s->in[i] && p && (p->flags & TN_VARIADIC))
            return fail_at(s, NULL, NULL, "input %d of a variadic list is omitted", i);
    }
    return TN_OK;
}

static void list_types(uint64_t set, char *text, size_t size) {
    tni_fixed f = {text, size, 0};
    for (int d = 1; d < TN_DTYPE_COUNT; d++)
        if (set >> d & 1) tni_fixed_printf(&f, "%s%s", f.length ? ", " : "", tn_dtype_text((tn_dtype)d));
}

static const tn_type_set *type_row(const tn_op_def *op, const char *name) {
    for (size_t i = 0; i < sizeof op->types / sizeof *op->types && op->types[i].name; i++)
        if (!strcmp(op->types[i].name, name)) return &op->types[i];
    return NULL;
}

typedef struct typed { // the first input of a type parameter
    const tn_param *p;
    tn_dtype dtype;
} typed;

static tn_status check_type(tni_spec *s, const tn_op_def *op, const tn_param *p, const tni_value *v,
                            typed *seen) {
    const tn_type *t = &v->info.type;
    if (t->dtype == TN_UNDEFINED) return TN_OK; // what made it is in error already
    const tn_type_set *row = type_row(op, p->type);
    tn_dtype fixed = TN_UNDEFINED;
    if (!row) tni_dtype_parse(p->type, strlen(p->type), &fixed);
    uint64_t dtypes = row ? row->dtypes : TN_BIT(fixed);
    unsigned kinds = row && row->kinds ? row->kinds : 1u << TN_TENSOR;
    char list[256];
    if (!(kinds >> t->kind & 1))
        return fail_at(s, v->name, NULL, "input '%s' cannot be a %s", p->name,
                       t->kind == TN_TENSOR     ? "tensor"
                       : t->kind == TN_SEQUENCE ? "sequence"
                                                : "optional");
    if (!(dtypes >> t->dtype & 1)) {
        list_types(dtypes, list, sizeof list);
        return fail_at(s, v->name, "insert a Cast before this node", "input '%s' is %s, allowed are %s",
                       p->name, tn_dtype_text(t->dtype), list);
    }
    if (!row || (p->flags & TN_MIXED)) return TN_OK;
    typed *first = &seen[row - op->types];
    if (first->p && first->dtype != t->dtype)
        return fail_at(s, v->name, "insert a Cast so that both have one type",
                       "input '%s' is %s, but '%s' is %s", p->name, tn_dtype_text(t->dtype), first->p->name,
                       tn_dtype_text(first->dtype));
    if (!first->p) *first = (typed){p, t->dtype};
    return TN_OK;
}

static tn_status check_types(tni_spec *s, const tn_op_def *op) {
    typed seen[sizeof op->types / sizeof *op->types] = {{NULL, TN_UNDEFINED}};
    for (int i = 0; i < s->nin; i++)
        if (s->in[i]) TN_TRY(check_type(s, op, param_at(op->in, MAX_IN, i), s->in[i], seen));
    return TN_OK;
}

static bool makes_nothing(const tni_node *n) {
    for (int i = 0; i < n->nout; i++)
        if (n->out[i]) return false;
    return true;
}

// Infers the new node; on failure it goes again and its outputs stay as values of unknown type. In a
// conditional graph it stays, and what is wrong with it is a warning.
static tn_status infer_new(tni_spec *s, tni_node *n) {
    size_t before = tn_diags_count(s->diags);
    tn_status status = tni_node_infer(n, s->diags);
    if (status == TN_INVALID && n->graph->conditional && !makes_nothing(n)) {
        tni_diags_soften(s->diags, before, "it stands in a branch of an If: it fails only when that runs");
        return TN_OK;
    }
    if (status == TN_OK) return TN_OK;
    tni_node_remove(n);
    for (int i = 0; i < n->nout; i++)
        if (n->out[i]) n->out[i]->def = NULL;
    return status;
}

static tn_status no_operator(tni_spec *s) {
    const char *domain = *tni_domain(s->domain) ? s->domain : "ai.onnx";
    if (tni_only_runs)
        return fail_at(s, NULL,
                       "add it to TN_ONLY_OPS: 'tenon embed --list-ops' prints all that an engine needs",
                       "operator '%s' of domain '%s' was left out of this library", s->op, domain);
    return fail_at(s, NULL, "provide it as a plug-in (--plugin), or export the model with operators of ONNX",
                   "there is no operator '%s' in domain '%s'", s->op, domain);
}

static tn_status upgrade(tni_spec *s, const tn_op_def **op) {
    enum { MAX_CHAIN = 8 };
    for (int i = 0; i < MAX_CHAIN; i++) {
        const tn_op_def *def = tni_op_find(s->graph->root->env, s->domain, s->op);
        if (!def) return no_operator(s);
        *op = def;
        if (!def->upgrade || s->newest) return TN_OK;
        TN_TRY(def->upgrade(s));
        if (!strcmp(s->op, def->name) && tni_same_domain(s->domain, def->domain)) return TN_OK;
    }
    return fail_at(s, NULL, NULL, "its older forms lead in a circle");
}

tn_status tni_spec_add(tni_spec *s, tni_node **node) {
    const tn_op_def *op = NULL;
    tn_attr *slots = NULL;
    TN_TRY(upgrade(s, &op));
    TN_TRY(check_arity(s, op));
    TN_TRY(bind_attrs(s, op, &slots));
    TN_TRY(check_types(s, op));
    if (!op->ref || !op->infer) return fail_at(s, NULL, NULL, "this form of the operator is not supported");
    tni_node proto = {.op = op,
                      .name = s->name,
                      .source = s->source,
                      .module = s->module,
                      .opset = s->opset,
                      .attr = slots,
                      .nin = s->nin,
                      .nout = s->nout};
    tni_node *n;
    TN_TRY(tni_node_place(&n, s->graph, &proto, s->in, s->outs, s->before));
    TN_TRY(infer_new(s, n));
    if (node) *node = n;
    return TN_OK;
}

// "com.microsoft.Gelu" into its two parts, the domain in the arena.
static bool split_op(tn_graph *g, const char *text, const char **domain, const char **op) {
    const char *dot = strrchr(text, '.');
    *op = dot ? dot + 1 : text;
    *domain = dot ? tni_arena_text(&g->root->arena, text, (size_t)(dot - text)) : "";
    return *domain != NULL;
}

// A spec's own copies of what it may edit.
static tn_status own_lists(tni_spec *s, tni_value *const *in, size_t nattr, const tn_attr *attr) {
    s->in = tni_spec_room(&s->graph->root->arena, (size_t)s->nin);
    if (!s->in) return TN_NOMEM;
    if (s->nin) memcpy(s->in, in, (size_t)s->nin * sizeof(tni_value *));
    for (size_t i = 0; i < nattr; i++) TN_TRY(tni_spec_put(s, attr[i]));
    return TN_OK;
}

tn_status tni_spec_emit_all(tni_spec *s, const char *op, int nin, tni_value *const *in, size_t nattr,
                            const tn_attr *attr, int nout, const char *const *names, tni_value **to) {
    const char *outs[TNI_SPEC_OUT];
    tni_arena *a = &s->graph->root->arena;
    for (int i = 0; i < nout; i++) {
        outs[i] = names && names[i] ? names[i]
                                    : tni_arena_printf(a, "%s.%u", s->name && *s->name ? s->name : s->op,
                                                       ++s->graph->root->fresh);
        if (!outs[i]) return TN_NOMEM;
    }
    tni_spec t = {.graph = s->graph,
                  .before = s->before,
                  .diags = s->diags,
                  .name = s->name,
                  .source = s->source,
                  .module = s->module,
                  .opset = TN_OPSET,
                  .nin = nin,
                  .nout = nout,
                  .outs = outs};
    tni_node *n;
    if (!split_op(s->graph, op, &t.domain, &t.op)) return TN_NOMEM;
    TN_TRY(own_lists(&t, in, nattr, attr));
    TN_TRY(tni_spec_add(&t, &n));
    for (int i = 0; i < nout; i++) to[i] = n->out[i];
    return TN_OK;
}

tni_value *tni_spec_emit(tni_spec *s, const char *op, int nin, tni_value *const *in, size_t nattr,
                         const tn_attr *attr) {
    tni_value *v;
    return tni_spec_emit_all(s, op, nin, in, nattr, attr, 1, NULL, &v) == TN_OK ? v : NULL;
}

tn_status tni_node_new(tni_node **node, tn_graph *g, const tni_new_node *d, tn_diags *diags) {
    tni_arena *a = &g->root->arena;
    tni_spec s = {.graph = g,
                  .before = d->before,
                  .diags = diags,
                  .name = d->name,
                  .opset = TN_OPSET,
                  .nin = d->nin,
                  .nout = d->nout};
    if (d->like) s.source = d->like->source, s.module = d->like->module;
    if (d->like && !d->name) s.name = d->like->name;
    s.outs = tni_arena_zalloc(a, ((size_t)d->nout + 1) * sizeof(char *));
    if (!s.outs || !split_op(g, d->op, &s.domain, &s.op)) return TN_NOMEM;
    for (int i = 0; i < d->nout; i++) {
        s.outs[i] = d->outs ? d->outs[i] : tni_arena_printf(a, "t.%u", ++g->root->fresh);
        if (!d->outs && !s.outs[i]) return TN_NOMEM;
    }
    TN_TRY(own_lists(&s, d->in, d->nattr, d->attr));
    return tni_spec_add(&s, node);
}
