// SPDX-License-Identifier: Apache-2.0
// formula.c - the reader of formulas (see formula.h). Mistakes in a formula are ours and asserted; what the
// operators in it refuse is the model's.
#include "op/formula.h"

#include "ir/registry.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMES = 64, NAME = 40, ATTRS = 32, INTS = 16, OUTS = TNI_SPEC_OUT };

typedef struct formula {
    tni_spec *s;
    const char *at;
    int nin, nout; // of the node as it was
    tni_value *in[TNI_SPEC_IN];
    const char **outs;
    struct {
        char name[NAME];
        tni_value *value;
    } known[NAMES];
    int nknown;
    bool failed; // out of memory
} formula;

static void space(formula *f) {
    while (isspace((unsigned char)*f->at)) f->at++;
}

static bool take(formula *f, char c) {
    space(f);
    if (*f->at != c) return false;
    f->at++;
    return true;
}

static bool is_name(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$'; }

static void name(formula *f, char to[], size_t room) {
    size_t n = 0;
    space(f);
    while (is_name(*f->at) && n + 1 < room) to[n++] = *f->at++;
    to[n] = 0;
    assert(n > 0 && !is_name(*f->at));
}

static size_t ints(formula *f, int64_t to[INTS]) {
    size_t n = 0;
    while (!take(f, ']')) {
        char *end;
        assert(n < INTS);
        to[n++] = strtoll(f->at, &end, 10);
        assert(end != f->at);
        f->at = end;
        take(f, ',');
    }
    return n;
}

// ---------------------------------------------------------------------------------------------- operands

static tni_value *checked(formula *f, tni_value *v) {
    f->failed |= !v;
    return v;
}

static tni_value *number(formula *f) {
    char *end;
    double v = strtod(f->at, &end);
    assert(end != f->at);
    f->at = end;
    bool whole = take(f, 'i');
    tn_dtype dtype = whole || !f->nin || !f->in[0] ? TN_I64 : f->in[0]->info.type.dtype;
    tn_tensor *t = tni_tensor_new(&f->s->graph->root->arena, dtype, 0, NULL);
    if (t) tni_set(t, 0, v);
    return checked(f, t ? tni_value_const(f->s->graph, NULL, t) : NULL);
}

static tni_value *operand(formula *f) {
    char text[NAME];
    int64_t list[INTS];
    if (take(f, '[')) {
        size_t n = ints(f, list);
        return checked(f, tni_value_ints(f->s->graph, NULL, list, n));
    }
    if (take(f, '#')) {
        long i = strtol(f->at, (char **)(uintptr_t)&f->at, 10);
        return i < f->nin ? f->in[i] : NULL;
    }
    space(f);
    if (*f->at == '-' || isdigit((unsigned char)*f->at)) return number(f);
    name(f, text, sizeof text);
    if (!strcmp(text, "_")) return NULL;
    for (int i = f->nknown; i-- > 0;)
        if (!strcmp(f->known[i].name, text)) return f->known[i].value;
    assert(!"a name that no statement before gives");
    return NULL;
}

// -------------------------------------------------------------------------------------------- attributes

typedef struct attributes {
    tn_attr attr[ATTRS];
    int64_t list[ATTRS][INTS];
    char name[ATTRS][NAME], text[ATTRS][NAME];
    size_t n;
} attributes;

static void one_attribute(formula *f, attributes *a) {
    size_t i = a->n++;
    char *end;
    assert(i < ATTRS);
    name(f, a->name[i], NAME);
    bool equals = take(f, '=');
    assert(equals);
    (void)equals;
    if (take(f, '[')) {
        size_t n = ints(f, a->list[i]);
        a->attr[i] = TN_A_INTS(a->name[i], a->list[i], n);
    } else if (take(f, '\'')) {
        size_t n = 0;
        while (*f->at != '\'' && n + 1 < NAME) a->text[i][n++] = *f->at++;
        f->at++;
        a->attr[i] = TN_A_STRING(a->name[i], a->text[i]);
    } else {
        space(f);
        size_t n = strspn(f->at, "-0123456789.e+");
        bool real = memchr(f->at, '.', n) || memchr(f->at, 'e', n);
        if (real)
            a->attr[i] = TN_A_FLOAT(a->name[i], strtod(f->at, &end));
        else
            a->attr[i] = TN_A_INT(a->name[i], strtoll(f->at, &end, 10));
        assert(end != f->at);
        f->at = end;
    }
}

static void read_attributes(formula *f, attributes *a) {
    a->n = 0;
    if (!take(f, '{')) return;
    while (!take(f, '}')) {
        if (take(f, '*')) {
            for (size_t i = 0; i < f->s->nattr; i++) {
                assert(a->n < ATTRS);
                a->attr[a->n++] = f->s->attr[i];
            }
            f->s->nattr = 0;
        } else {
            one_attribute(f, a);
        }
        take(f, ',');
    }
}

// -------------------------------------------------------------------------------------------- statements

typedef struct statement {
    char out[OUTS][NAME];
    int nout, nin;
    char op[64];
    tni_value *in[TNI_SPEC_IN];
    attributes attrs;
} statement;

static void read_statement(formula *f, statement *t) {
    t->nout = t->nin = 0;
    while (!take(f, '=')) {
        assert(t->nout < OUTS);
        name(f, t->out[t->nout++], NAME);
        take(f, ':');
    }
    name(f, t->op, sizeof t->op);
    bool open = take(f, '(');
    assert(open);
    (void)open;
    while (!take(f, ')')) {
        assert(t->nin < TNI_SPEC_IN);
        t->in[t->nin++] = operand(f);
        take(f, ',');
    }
    while (t->nin && !t->in[t->nin - 1]) t->nin--;
    read_attributes(f, &t->attrs);
}

static tn_status add_statement(formula *f, const statement *t) {
    const char *outs[OUTS] = {NULL};
    tni_value *made[OUTS];
    for (int i = 0; i < t->nout; i++) {
        long given = t->out[i][0] == '$' ? strtol(t->out[i] + 1, NULL, 10) : -1;
        outs[i] = given >= 0 && given < f->nout ? f->outs[given] : NULL;
    }
    TN_TRY(tni_spec_emit_all(f->s, t->op, t->nin, t->in, t->attrs.n, t->attrs.attr, t->nout, outs, made));
    for (int i = 0; i < t->nout; i++) {
        assert(f->nknown < NAMES);
        memcpy(f->known[f->nknown].name, t->out[i], NAME);
        f->known[f->nknown++].value = made[i];
    }
    return TN_OK;
}

// The node itself becomes the last statement.
static tn_status become(formula *f, statement *t) {
    tni_spec *s = f->s;
    char *dot = strrchr(t->op, '.');
    const char *op =
        tni_arena_text(&s->graph->root->arena, dot ? dot + 1 : t->op, strlen(dot ? dot + 1 : t->op));
    const char *domain = tni_arena_text(&s->graph->root->arena, t->op, dot ? (size_t)(dot - t->op) : 0);
    if (!op || !domain) return TN_NOMEM;
    s->op = op;
    s->domain = domain;
    s->opset = *domain ? 1 : TN_OPSET;
    s->nin = t->nin;
    memcpy(s->in, t->in, (size_t)t->nin * sizeof *s->in);
    for (size_t i = 0; i < t->attrs.n; i++) {
        tn_attr a = t->attrs.attr[i];
        a.name = tni_arena_text(&s->graph->root->arena, a.name, strlen(a.name));
        if (!a.name) return TN_NOMEM;
        TN_TRY(tni_spec_put(s, a));
    }
    return TN_OK;
}

static tn_status run(formula *f, statement *t) {
    for (;;) {
        read_statement(f, t);
        if (f->failed) return TN_NOMEM;
        if (!t->nout) break;
        TN_TRY(add_statement(f, t));
        bool more = take(f, ';');
        assert(more);
        (void)more;
    }
    space(f);
    assert(!*f->at);
    return become(f, t);
}

tn_status tni_formula(tni_spec *s, const char *format, ...) {
    va_list args;
    tni_arena *a = &s->graph->root->arena;
    char text[2048];
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(n > 0 && (size_t)n < sizeof text);
    (void)n;
    formula *f = tni_arena_zalloc(a, sizeof *f);
    statement *t = tni_arena_zalloc(a, sizeof *t);
    if (!f || !t) return TN_NOMEM;
    *f = (formula){.s = s, .at = text, .nout = s->nout, .outs = s->outs};
    f->nin = s->nin < TNI_SPEC_IN ? s->nin : TNI_SPEC_IN;
    memcpy(f->in, s->in, (size_t)f->nin * sizeof *f->in);
    return run(f, t);
}

// ------------------------------------------------------------------------------- what formulas are made of

const char *tni_formula_ints(tni_spec *s, const char *attr) {
    const tn_attr *a = tni_spec_attr(s, attr);
    tni_text t = {.env = s->graph->root->env};
    for (size_t i = 0; a && a->kind == TN_ATTR_INTS && i < a->n; i++)
        tni_text_printf(&t, "%s%lld", i ? "," : "[", (long long)a->ints[i]);
    const char *to = t.data ? tni_arena_printf(&s->graph->root->arena, "%s]", t.data) : "[]";
    tni_text_free(&t);
    return to;
}

const char *tni_formula_perm(tni_spec *s, bool to_front) {
    int rank = tni_spec_has(s, 0) ? s->in[0]->info.type.rank : -1;
    char text[8 * TN_MAX_RANK];
    size_t n = 0;
    if (rank < 3) {
        tni_spec_fail(s, NULL, "the input must have a known rank, 3 or more");
        return NULL;
    }
    for (int d = 0; d < rank; d++) {
        int from = d == 0 ? 0 : to_front ? (d == 1 ? rank - 1 : d - 1) : d == rank - 1 ? 1 : d + 1;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d", d ? "," : "[", from);
    }
    return tni_arena_printf(&s->graph->root->arena, "%s]", text);
}

double tni_spec_float(tni_spec *s, const char *attr, double otherwise) {
    const tn_attr *a = tni_spec_attr(s, attr);
    return a && a->kind == TN_ATTR_FLOAT ? a->f : otherwise;
}

const char *tni_spec_string(tni_spec *s, const char *attr, const char *otherwise) {
    const tn_attr *a = tni_spec_attr(s, attr);
    return a && a->kind == TN_ATTR_STRING ? a->s.text : otherwise;
}
