// SPDX-License-Identifier: Apache-2.0
// codegen_literal.c - values as C writes them. What is printed is read back to the same bits.
#include "export/codegen.h"

#include "ir/registry.h"
#include "ir/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *keep(codegen *c, tni_text *t) {
    const char *text = tni_arena_keep(c->arena, t);
    if (!text) c->nomem = true;
    return text ? text : "";
}

static void put_string(tni_text *t, const char *text, size_t size) {
    tni_text_puts(t, "\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char b = (unsigned char)text[i];
        if (b == '"' || b == '\\')
            tni_text_printf(t, "\\%c", b);
        else if (b == '\n')
            tni_text_puts(t, "\\n");
        else if (b < 0x20 || b >= 0x7f || (b == '?' && i && text[i - 1] == '?')) // no trigraphs
            tni_text_printf(t, "\\%03o", b);
        else
            tni_text_add(t, &text[i], 1);
    }
    tni_text_puts(t, "\"");
}

const char *cg_string(codegen *c, const char *text, size_t size) {
    tni_text t = {.env = c->g->root->env};
    put_string(&t, text, size);
    return keep(c, &t);
}

const char *cg_tensor(codegen *c, const tn_tensor *x) {
    tni_text t = {.env = c->g->root->env};
    tni_tensor_print(&t, x);
    const char *text = keep(c, &t);
    return cg_string(c, text, strlen(text));
}

// The shortest text that reads back as the same float, or else the same double.
static void put_float(tni_text *t, double x, bool is_float, const char *suffix) {
    char text[40];
    bool single = is_float && (double)(float)x == x;
    if (isnan(x) || isinf(x)) {
        tni_text_puts(t, isnan(x) ? "NAN" : x < 0 ? "-INFINITY" : "INFINITY");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (single ? strtof(text, NULL) == (float)x : strtod(text, NULL) == x) break;
    }
    tni_text_puts(t, text);
    if (!strpbrk(text, ".e")) tni_text_puts(t, ".0");
    tni_text_puts(t, suffix);
}

static void put_list(tni_text *t, const tn_attr *a) {
    static const char *const open[] = {"tn_ints(", "tn_floats(", "tn_texts("};
    if (!a->n) {
        tni_text_puts(t, "{0}");
        return;
    }
    tni_text_puts(t, open[a->kind - TN_ATTR_INTS]);
    for (size_t i = 0; i < a->n; i++) {
        if (i) tni_text_puts(t, ", ");
        if (a->kind == TN_ATTR_INTS)
            tni_text_printf(t, "%lld", (long long)a->ints[i]);
        else if (a->kind == TN_ATTR_FLOATS)
            put_float(t, (double)a->floats[i], true, "f");
        else
            put_string(t, a->strings[i].text, a->strings[i].size);
    }
    tni_text_puts(t, ")");
}

const char *cg_attribute(codegen *c, const tn_op_def *op, const tn_attr *a, cg_kind *kind) {
    tni_text t = {.env = c->g->root->env};
    switch (a->kind) {
    case TN_ATTR_INT:
        *kind = CG_INT;
        tni_text_printf(&t, "%lld", (long long)a->i);
        break;
    case TN_ATTR_FLOAT:
        *kind = CG_FLOAT;
        put_float(&t, a->f, !tni_same_domain(op->domain, "tn"), "");
        break;
    case TN_ATTR_STRING:
        *kind = CG_TEXT;
        put_string(&t, a->s.text, a->s.size);
        break;
    case TN_ATTR_TYPE: {
        tni_text type = {.env = c->g->root->env};
        *kind = CG_TEXT;
        tni_type_print(&type, a->type);
        put_string(&t, type.data ? type.data : "", type.length);
        tni_text_free(&type);
        break;
    }
    default:
        *kind = a->kind == TN_ATTR_INTS ? CG_INTS : a->kind == TN_ATTR_FLOATS ? CG_FLOATS : CG_TEXTS;
        put_list(&t, a);
    }
    return keep(c, &t);
}

const char *cg_kind_type(cg_kind kind) {
    static const char *const type[] = {"int64_t ",       "double ",       "const char *", "tn_int_list ",
                                       "tn_float_list ", "tn_text_list ", "int ",         ""};
    return type[kind];
}
