// SPDX-License-Identifier: Apache-2.0
// codegen_literal.c - values as C writes them. What is printed is read back to the same bits.
#include "export/codegen.h"

#include "ir/registry.h"
#include "ir/text.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tni_cg_keep(codegen *c, tni_text *t) {
    bool empty = !t->length && !t->failed;
    if (empty) tni_text_free(t);
    const char *text = empty ? "" : tni_arena_keep(c->arena, t);
    if (!text) c->nomem = true;
    return text ? text : "";
}

void tni_cg_put(const codegen *c, tni_text *t, const char *in_c, const char *in_python, ...) {
    const char *text = c->python ? in_python : in_c;
    va_list args;
    va_start(args, in_python);
    for (const char *hole; (hole = strchr(text, '$')); text = hole + 1) {
        tni_text_add(t, text, (size_t)(hole - text));
        tni_text_puts(t, va_arg(args, const char *));
    }
    va_end(args);
    tni_text_puts(t, text);
}

static void put_escaped(tni_text *t, const char *text, size_t size, bool python) {
    for (size_t i = 0; i < size; i++) {
        unsigned char b = (unsigned char)text[i];
        if (b == '"' || b == '\\')
            tni_text_printf(t, "\\%c", b);
        else if (b == '\n')
            tni_text_puts(t, "\\n");
        else if (python && (b < 0x20 || b >= 0x7f))
            tni_text_printf(t, "\\x%02x", b);
        else if (b < 0x20 || b >= 0x7f || (b == '?' && i && text[i - 1] == '?')) // no trigraphs
            tni_text_printf(t, "\\%03o", b);
        else
            tni_text_add(t, &text[i], 1);
    }
}

// Python's texts are bytes when there is more in them than ASCII.
static void put_string(const codegen *c, tni_text *t, const char *text, size_t size) {
    bool ascii = true;
    for (size_t i = 0; i < size; i++) ascii &= (unsigned char)text[i] < 0x80;
    tni_text_puts(t, c->python && !ascii ? "b\"" : "\"");
    put_escaped(t, text, size, c->python);
    tni_text_puts(t, "\"");
}

const char *tni_cg_string(codegen *c, const char *text, size_t size) {
    tni_text t = {.env = c->g->root->env};
    put_string(c, &t, text, size);
    return tni_cg_keep(c, &t);
}

const char *tni_cg_tensor(codegen *c, const tn_tensor *x) {
    tni_text t = {.env = c->g->root->env};
    tni_tensor_print(&t, x);
    const char *text = tni_cg_keep(c, &t);
    return tni_cg_string(c, text, strlen(text));
}

// The shortest text that reads back as the same float, or else the same double.
static void put_float(const codegen *c, tni_text *t, double x, bool is_float, const char *suffix) {
    char text[40];
    bool single = is_float && (double)(float)x == x;
    if (isnan(x) || isinf(x)) {
        tni_cg_put(c, t,
                   isnan(x) ? "NAN"
                   : x < 0  ? "-INFINITY"
                            : "INFINITY",
                   isnan(x) ? "math.nan"
                   : x < 0  ? "-math.inf"
                            : "math.inf");
        return;
    }
    if (!c->python && single && fabs(x) == (double)FLT_MAX) {
        tni_text_puts(t, x < 0 ? "-FLT_MAX" : "FLT_MAX");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (single ? strtof(text, NULL) == (float)x : strtod(text, NULL) == x) break;
    }
    tni_text_puts(t, text);
    if (!strpbrk(text, ".e")) tni_text_puts(t, ".0");
    if (!c->python) tni_text_puts(t, suffix);
}

const char *tni_cg_number(codegen *c, double x, bool single, bool whole) {
    tni_text t = {.env = c->g->root->env};
    if (whole) return tni_cg_integer(c, (int64_t)x);
    put_float(c, &t, x, single, "");
    return tni_cg_keep(c, &t);
}

const char *tni_cg_dtype(codegen *c, tn_dtype dtype) {
    char upper[16] = {0};
    const char *text = tn_dtype_text(dtype);
    for (size_t i = 0; text[i] && i + 1 < sizeof upper; i++) upper[i] = (char)toupper((unsigned char)text[i]);
    return tni_cg_print(c, "TN_%s", upper);
}

const char *tni_cg_integer(codegen *c, int64_t x) {
    if (x == INT64_MAX) return c->python ? "2**63 - 1" : "INT64_MAX";
    if (x == INT64_MIN) return c->python ? "-2**63" : "INT64_MIN";
    return tni_cg_print(c, "%lld", (long long)x);
}

static void put_list(const codegen *c, tni_text *t, const tn_attr *a) {
    bool floats = a->kind == TN_ATTR_FLOATS;
    if (!a->n) {
        tni_cg_put(c, t, "{0}", "[]");
        return;
    }
    tni_cg_put(c, t, floats ? "tn_floats(" : "tn_texts(", "[");
    for (size_t i = 0; i < a->n; i++) {
        if (i) tni_text_puts(t, ", ");
        if (floats)
            put_float(c, t, (double)a->floats[i], true, "f");
        else
            put_string(c, t, a->strings[i].text, a->strings[i].size);
    }
    tni_cg_put(c, t, ")", "]");
}

// `.to = TN_F32`, `to="f32"`: ONNX's numbers of element types are those of tn_dtype.
static const char *dtype_name(codegen *c, const tn_attr *a) {
    static const char *const names[] = {"to", "dtype", "output_dtype", "output_datatype"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(a->name, names[i]) && a->i > TN_UNDEFINED && a->i < TN_DTYPE_COUNT)
            return c->python ? tni_cg_print(c, "\"%s\"", tn_dtype_text((tn_dtype)a->i))
                             : tni_cg_dtype(c, (tn_dtype)a->i);
    return NULL;
}

const char *tni_cg_attribute(codegen *c, const tn_op_def *op, const tn_attr *a, tni_cg_kind *kind) {
    tni_text t = {.env = c->g->root->env};
    const char *name;
    switch (a->kind) {
    case TN_ATTR_INT: return *kind = CG_INT, (name = dtype_name(c, a)) ? name : tni_cg_integer(c, a->i);
    case TN_ATTR_FLOAT:
        *kind = CG_FLOAT;
        put_float(c, &t, a->f, !tni_same_domain(op->domain, "tn"), "");
        break;
    case TN_ATTR_STRING: return *kind = CG_TEXT, tni_cg_string(c, a->s.text, a->s.size);
    case TN_ATTR_TYPE: {
        tni_text type = {.env = c->g->root->env};
        *kind = CG_TEXT;
        tni_type_print(&type, a->type);
        put_string(c, &t, type.data ? type.data : "", type.length);
        tni_text_free(&type);
        break;
    }
    default: *kind = a->kind == TN_ATTR_FLOATS ? CG_FLOATS : CG_TEXTS; put_list(c, &t, a);
    }
    return tni_cg_keep(c, &t);
}

const char *tni_cg_kind_type(tni_cg_kind kind) {
    static const char *const type[] = {"int64_t ",       "double ",       "const char *", "tn_int_list ",
                                       "tn_float_list ", "tn_text_list ", "int ",         ""};
    return type[kind];
}
