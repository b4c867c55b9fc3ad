// SPDX-License-Identifier: Apache-2.0
// codegen_operand.c - what a call of a layer is given: variables, weights, constants written out, attributes.
// Literals are left open: what differs between modules of the same text becomes a parameter.
#include "export/codegen_writer.h"

#include "ir/registry.h"
#include "net/net.h"

#include <string.h>

void tni_cg_leave_open(tni_cg_writer *w, tni_cg_kind kind, const char *name, const char *text,
                       tni_cg_module *callee) {
    tni_cg_module *m = w->m;
    codegen *c = w->c;
    if (!m) { // bodies stand by themselves
        tni_text_puts(&w->t, text);
        return;
    }
    if (!tni_arena_grow(c->arena, &m->open, m->nopen, &m->copen, sizeof *m->open)) {
        c->nomem = true;
        return;
    }
    m->open[m->nopen++] = (tni_cg_open){.kind = kind, .name = name, .text = text, .callee = callee};
    if (kind != CG_CALL) tni_text_puts(&w->t, CG_OPEN);
}

// ---- constants

static const char *below_path(const tni_cg_writer *w, const char *key) {
    const char *path = w->m ? w->m->path : "";
    size_t n = strlen(path);
    if (!n) return w->m ? key : NULL;
    return !strncmp(key, path, n) && key[n] == '.' ? key + n + 1 : NULL;
}

// What lies in one of the modules around: "../attn_mask"; else a complete name.
static const char *beside_path(tni_cg_writer *w, const char *key) {
    const char *path = w->m ? w->m->path : "", *up = "";
    for (size_t n = strlen(path); n;) {
        while (n && path[n - 1] != '.') n--;
        up = tni_cg_print(w->c, "../%s", up);
        if (n && !strncmp(key, path, n)) return tni_cg_print(w->c, "%s%s", up, key + n);
        if (n) n--;
    }
    return tni_cg_print(w->c, "/%s", key);
}

// What one of "strides" is called.
static const char *one_of(codegen *c, const char *list) {
    static const char *const words[][2] = {
        {"kernel_shape", "kernel"}, {"shape", "size"}, {"axes", "axis"}, {"split", "part"}};
    size_t n = strlen(list);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(list, words[i][0])) return words[i][1];
    return n > 2 && list[n - 1] == 's' ? tni_cg_print(c, "%.*s", (int)n - 1, list) : list;
}

static void put_index(tni_cg_writer *w, const tni_node *n, int i, const tn_tensor *t, const char *net,
                      const char *what) {
    codegen *c = w->c;
    tni_cg_put(c, &w->t, "tn_index($, ", "$.index(", net);
    for (int64_t k = 0; k < t->dim[0]; k++) {
        int64_t value = tni_get_int(t, k);
        const char *name = n ? tni_cg_size_name(c, n, i, value) : NULL;
        if (k) tni_text_puts(&w->t, ", ");
        tni_cg_leave_open(w, CG_INT, one_of(c, what), name ? name : tni_cg_integer(c, value), NULL);
    }
    tni_text_puts(&w->t, ")");
}

static void put_scalar(tni_cg_writer *w, const tn_tensor *t, const char *net, const char *what) {
    tni_cg_put(w->c, &w->t, "tn_scalar($, $, ", "$.scalar(\"$\", ", net,
               w->c->python ? tn_dtype_text(t->dtype) : tni_cg_dtype(w->c, t->dtype));
    bool whole = (TN_INTEGERS | TN_BIT(TN_BOOL)) >> t->dtype & 1;
    tni_cg_leave_open(w, CG_FLOAT, what, tni_cg_number(w->c, tni_get(t, 0), t->dtype == TN_F32, whole), NULL);
    tni_text_puts(&w->t, ")");
}

static void put_literal(tni_cg_writer *w, const tni_node *n, int i, const tni_cg_constant *k, const char *net,
                        const char *what) {
    codegen *c = w->c;
    const tn_tensor *t = k->value->info.constant;
    tni_cg_form form = tni_cg_form_of(k);
    if (form == CG_INDEX) {
        put_index(w, n, i, t, net, what);
    } else if (form == CG_SCALAR) {
        put_scalar(w, t, net, what);
    } else {
        tni_cg_put(c, &w->t, "tn_const($, \"$\", ", "$.const(", net, what);
        tni_cg_leave_open(w, CG_TEXT, what, tni_cg_tensor(c, t), NULL);
        tni_cg_put(c, &w->t, ")", ", \"$\")", what);
    }
}

// A name below the module: parts of it may differ in theirs.
void tni_cg_put_own(tni_cg_writer *w, const char *what, const char *name) {
    const char *text = tni_cg_string(w->c, name, strlen(name));
    if (w->m && w->m->part)
        tni_cg_leave_open(w, CG_TEXT, what, text, NULL);
    else
        tni_text_puts(&w->t, text);
}

static void put_constant(tni_cg_writer *w, const tni_node *n, int i, const tni_cg_constant *k,
                         const char *what) {
    codegen *c = w->c;
    const char *rest = k->key ? below_path(w, k->key) : NULL;
    const char *net = w->net;
    if (rest) {
        tni_cg_put(c, &w->t, "tn_weight($, ", "$.weight(", net);
        tni_cg_put_own(w, what, rest);
        tni_cg_put(c, &w->t, ", NULL)", ")");
    } else if (k->key) {
        const char *full = beside_path(w, k->key);
        tni_cg_put(c, &w->t, "tn_weight($, ", "$.weight(", net);
        tni_cg_leave_open(w, CG_TEXT, what, tni_cg_string(c, full, strlen(full)), NULL);
        tni_cg_put(c, &w->t, ", NULL)", ")");
    } else {
        put_literal(w, n, i, k, net, what);
    }
}

// ---- inputs

void tni_cg_put_operand(tni_cg_writer *w, const tni_node *n, int i, const tni_value *v, const char *what) {
    const tni_cg_constant *k = tni_cg_constant_of(w->c, n, i, v);
    if (k) {
        put_constant(w, n, i, k, what);
    } else if (v && v->def && v->graph == w->c->g && w->c->inlined[v->def->mark]) {
        tni_cg_put_sizes(w, v->def);
        tni_text_puts(&w->t, ")");
    } else
        tni_cg_put(w->c, &w->t, v && w->var[v->id] ? w->var[v->id] : "NULL",
                   v && w->var[v->id] ? w->var[v->id] : "None");
}

bool tni_cg_is_variadic(const tn_param *row, int rows, int i) {
    for (int k = 0; k < rows && row[k].name && k <= i; k++)
        if (row[k].flags & TN_VARIADIC) return true;
    return false;
}

void tni_cg_put_inputs(tni_cg_writer *w, const tni_node *n, bool all) {
    bool list = all;
    if (all) tni_cg_put(w->c, &w->t, ", tn_list(", ", [");
    for (int i = 0; i < n->nin; i++) {
        bool opens = !list && tni_cg_is_variadic(n->op->in, CG_MAX_IN, i);
        if (opens) tni_cg_put(w->c, &w->t, ", tn_list(", i ? ", [" : "[");
        if (!opens && (i || (!all && !w->c->python))) tni_text_puts(&w->t, ", ");
        list |= opens;
        tni_cg_put_operand(w, n, i, n->in[i].value, tni_cg_role(w->c, n, i));
    }
    if (list) tni_cg_put(w->c, &w->t, ")", "]");
}

// ---- attributes

void tni_cg_put_comma(tni_cg_writer *w) {
    size_t n = w->t.length;
    while (n && w->t.data[n - 1] == *CG_MAYBE) n--;
    if (n && w->t.data[n - 1] != '(') tni_text_puts(&w->t, ", ");
}

// An order of dimensions is one thing, where its numbers are passed.
static void put_order(tni_cg_writer *w, const tn_attr *a) {
    tni_text t = {.env = w->t.env};
    for (size_t i = 0; i < a->n; i++) tni_text_printf(&t, i ? ", %lld" : "%lld", (long long)a->ints[i]);
    const char *list = tni_cg_keep(w->c, &t);
    tni_cg_leave_open(w, CG_INTS, a->name, tni_cg_print(w->c, w->c->python ? "[%s]" : "tn_ints(%s)", list),
                      NULL);
}

static void put_ints(tni_cg_writer *w, const tn_attr *a) {
    if (!a->n) {
        tni_cg_put(w->c, &w->t, "{0}", "[]");
        return;
    }
    if (!strcmp(a->name, "perm")) {
        put_order(w, a);
        return;
    }
    tni_cg_put(w->c, &w->t, "tn_ints(", "[");
    for (size_t i = 0; i < a->n; i++) {
        if (i) tni_text_puts(&w->t, ", ");
        tni_cg_leave_open(w, CG_INT, one_of(w->c, a->name), tni_cg_integer(w->c, a->ints[i]), NULL);
    }
    tni_cg_put(w->c, &w->t, ")", "]");
}

static void put_attribute(tni_cg_writer *w, const tni_node *n, const tn_attr *a, const char *field) {
    codegen *c = w->c;
    tni_cg_kind kind;
    if (a->kind == TN_ATTR_GRAPH) {
        tni_text_puts(&w->t, tni_cg_body_name(w, n, a->name));
    } else if (a->kind == TN_ATTR_TENSOR) {
        tni_cg_put(c, &w->t, "tn_literal($, ", "", w->net);
        tni_cg_leave_open(w, CG_TEXT, tni_cg_print(c, "%s", field), tni_cg_tensor(c, a->tensor), NULL);
        tni_cg_put(c, &w->t, ")", "");
    } else if (a->kind == TN_ATTR_INTS) {
        put_ints(w, a);
    } else if (a->kind >= TN_ATTR_FLOATS && a->kind <= TN_ATTR_STRINGS && !a->n) {
        tni_cg_put(c, &w->t, "{0}", "[]");
    } else {
        const char *text = tni_cg_attribute(c, n->op, a, &kind);
        tni_cg_leave_open(w, kind, tni_cg_print(c, "%s", field), text, NULL);
    }
}

static void put_named(tni_cg_writer *w, const tni_node *n, const tn_attr *a) {
    char field[TNI_FUNCTION], word[TNI_FUNCTION];
    tni_field_name(n->op, a->name, true, field);
    if (w->block) strcpy(field, w->block->field);
    tni_cg_put_comma(w);
    tni_cg_put(w->c, &w->t, ".$ = ", "$=", w->c->python ? tni_python_name(field, word) : field);
    put_attribute(w, n, a, field);
}

// What the attribute of a row is without being given; false: it cannot be said.
static bool default_of(const tni_node *n, const tn_attr_def *row, int64_t room[2 * TN_MAX_RANK], tn_attr *a) {
    const tni_value *x = n->nin ? n->in[0].value : NULL;
    *a = (tn_attr){
        .name = row->name, .kind = row->kind, .i = row->i, .f = (double)(float)row->f, .ints = room};
    if (row->flags & (TN_REQUIRED | TN_PRESENCE)) return false;
    if (row->kind == TN_ATTR_STRING && row->s) a->s = (tn_str){row->s, strlen(row->s)};
    if (row->kind == TN_ATTR_INT || row->kind == TN_ATTR_FLOAT) return true;
    if (row->kind == TN_ATTR_STRING) return row->s != NULL;
    if (!(row->flags & (TN_ONES | TN_ZEROS)) || !x || x->info.type.rank < 3) return false;
    a->n = (size_t)(x->info.type.rank - 2) * (row->flags & TN_ONES ? 1 : 2);
    for (size_t i = 0; i < a->n; i++) room[i] = (row->flags & TN_ONES) != 0;
    return true;
}

// An attribute that may be left out is written either way, so that modules which differ in it alone are one;
// where all say the default it vanishes again.
void tni_cg_put_attributes(tni_cg_writer *w, const tni_node *n) {
    int64_t room[2 * TN_MAX_RANK];
    for (size_t i = 0; n->op->attrs[i].name; i++) {
        const tn_attr *a = &n->attr[i];
        tn_attr otherwise;
        if (w->block && strcmp(n->op->attrs[i].name, w->block->attribute)) continue;
        bool maybe =
            w->m && default_of(n, &n->op->attrs[i], room, &otherwise) && (!a->present || a->n == otherwise.n);
        if (!maybe) {
            if (a->present) put_named(w, n, a);
            continue;
        }
        size_t from = w->m->nopen;
        tni_text_puts(&w->t, CG_MAYBE);
        put_named(w, n, a->present ? a : &otherwise);
        tni_text_puts(&w->t, CG_SURE);
        for (size_t k = from; k < w->m->nopen; k++) {
            tni_cg_kind kind;
            w->m->open[k].otherwise = otherwise.kind == TN_ATTR_INTS
                                          ? tni_cg_integer(w->c, room[k - from])
                                          : tni_cg_attribute(w->c, n->op, &otherwise, &kind);
        }
    }
}
