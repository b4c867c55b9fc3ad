// SPDX-License-Identifier: Apache-2.0
// function_name.c - what operators, their inputs and attributes are called in C. The generated header, the
// code generator and the names of layers all ask here.
#include "net/net.h"

#include "ir/registry.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

// Words that the field writes in one piece.
static const struct {
    const char *cut, *whole;
} joined[] = {{"mat_mul", "matmul"}, {"top_k", "topk"},     {"is_na_n", "isnan"},
              {"is_inf", "isinf"},   {"arg_m", "argm"},     {"cum_", "cum"},
              {"swi_glu", "swiglu"}, {"col2_im", "col2im"}, {"n_bits", "nbits"}};

static const struct {
    const char *domain, *prefix;
} prefixes[] = {{"", ""},
                {"ai.onnx.ml", "ml_"},
                {"com.microsoft", "ms_"},
                {"ai.onnx.preview", "preview_"},
                {"tn", "fused_"}};

static const char *prefix_of(const tn_op_def *op) {
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (tni_same_domain(op->domain, prefixes[i].domain)) return prefixes[i].prefix;
    return NULL;
}

// "MaxPool" is max_pool, "GRUCell" gru_cell, "QLinearConv" qlinear_conv, "Conv2D" conv2d.
static void snake(const char *name, char *to, size_t size) {
    size_t n = 0;
    for (const char *c = name; *c && n + 2 < size; c++) {
        bool upper = isupper((unsigned char)*c);
        bool starts = upper && c > name && (islower((unsigned char)c[-1]) || isdigit((unsigned char)c[-1]));
        bool ends = upper && c > name + 1 && isupper((unsigned char)c[-1]) && islower((unsigned char)c[1]);
        if (starts || ends) to[n++] = '_';
        to[n++] = (char)(isalnum((unsigned char)*c) ? tolower((unsigned char)*c) : '_');
    }
    to[n] = 0;
}

static void join_words(char *name) {
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
        char *at = strstr(name, joined[i].cut);
        size_t cut = strlen(joined[i].cut), whole = strlen(joined[i].whole);
        if (!at) continue;
        memcpy(at, joined[i].whole, whole);
        memmove(at + whole, at + cut, strlen(at + cut) + 1);
    }
}

const char *tni_layer_name(const tn_op_def *op, char buffer[TNI_FUNCTION]) {
    snake(op->name, buffer, TNI_FUNCTION);
    join_words(buffer);
    return buffer;
}

const char *tni_function_name(const tn_op_def *op, char buffer[TNI_FUNCTION]) {
    char name[TNI_FUNCTION];
    const char *prefix = prefix_of(op);
    tni_layer_name(op, name);
    if (prefix && !*prefix && !strcmp(name, "shape")) strcpy(name, "shape_of"); // tn_shape is a type
    snprintf(buffer, TNI_FUNCTION, "%.30s%.60s", prefix ? prefix : "", name);
    return buffer;
}

static bool is_built_in(const tn_op_def *op) {
    for (size_t i = 0; i < tni_op_count; i++)
        if (tni_ops[i] == op) return true;
    return false;
}

bool tni_has_function(const tn_op_def *op) {
    return is_built_in(op) && op->ref && op->infer && prefix_of(op) && strcmp(op->name, "Constant") != 0;
}

static bool is_input(const tn_op_def *op, const char *name) {
    for (size_t i = 0; i < sizeof op->in / sizeof *op->in && op->in[i].name; i++)
        if (!strcmp(op->in[i].name, name)) return true;
    return false;
}

const char *tni_field_name(const tn_op_def *op, const char *name, bool attribute, char buffer[TNI_FUNCTION]) {
    static const char *const words[] = {"auto",   "break",  "case",     "char",  "const",  "default",
                                        "do",     "double", "else",     "float", "for",    "if",
                                        "int",    "long",   "register", "short", "signed", "static",
                                        "switch", "union",  "while",    "net",   "named",  "outs"};
    size_t n = 0;
    for (const char *c = name; *c && n + 8 < TNI_FUNCTION; c++)
        buffer[n++] = (char)(isalnum((unsigned char)*c) ? *c : '_');
    buffer[n] = 0;
    bool taken = attribute && is_input(op, name);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) taken |= !strcmp(buffer, words[i]);
    if (taken) strcpy(buffer + n, attribute ? "_attr" : "_in");
    return buffer;
}

const char *const tni_python_words[] = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",    NULL};

const char *tni_python_name(const char *name, char buffer[TNI_FUNCTION]) {
    bool taken = !strcmp(name, "self");
    for (const char *const *word = tni_python_words; *word; word++) taken |= !strcmp(name, *word);
    snprintf(buffer, TNI_FUNCTION, "%.90s%s", name, taken ? "_" : "");
    return buffer;
}
