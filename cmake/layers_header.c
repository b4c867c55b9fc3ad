// SPDX-License-Identifier: Apache-2.0
// layers_header.c - writes tenon/layers.h and the Python package's layers.py from the operators' definitions:
// one struct of arguments and one function-like macro each, and one method each, with the definition's own
// words. Run by the build; src/net/layer.c reads what macros and methods pass.
#include "attribute_words.h"
#include "ir/registry.h"
#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_IN = sizeof((tn_op_def *)0)->in / sizeof(tn_param),
    MAX_OUT = sizeof((tn_op_def *)0)->out / sizeof(tn_param)
};

static const char *const field_type[] = {
    "void *",         "int64_t ",      "double ",           "const char *", "tn_int_list ",
    "tn_float_list ", "tn_text_list ", "const tn_tensor *", "tn_network *", "const char *"};

// What an attribute is when it is not given; "" when nothing.
static const char *default_text(const tn_attr_def *a, char text[64]) {
    *text = 0;
    if (a->flags & TN_REQUIRED)
        strcpy(text, "required");
    else if (a->flags & (TN_ONES | TN_ZEROS))
        strcpy(text, a->flags & TN_ONES ? "all 1" : "all 0");
    else if (a->flags & TN_PRESENCE)
        strcpy(text, "absent");
    else if (a->kind == TN_ATTR_INT)
        snprintf(text, 64, "%lld", (long long)a->i);
    else if (a->kind == TN_ATTR_FLOAT)
        snprintf(text, 64, "%g", a->f);
    else if (a->kind == TN_ATTR_STRING && a->s)
        snprintf(text, 64, "\"%s\"", a->s);
    else if (a->kind == TN_ATTR_TYPE)
        strcpy(text, "as \"f32[N,3]\"");
    return text;
}

// What it means; "" when its name has to do.
static const char *words_of(const tn_op_def *op, const tn_attr_def *a) {
    size_t n = strlen(op->name);
    const char *words = "";
    for (size_t i = 0; i < sizeof attribute_words / sizeof *attribute_words; i++) {
        const char *name = attribute_words[i][0];
        if (!strncmp(name, op->name, n) && name[n] == '.' && !strcmp(name + n + 1, a->name))
            return attribute_words[i][1];
        if (!strcmp(name, a->name)) words = attribute_words[i][1];
    }
    return words;
}

static void print_args(FILE *f, const tn_op_def *op, const char *function) {
    char name[TNI_FUNCTION], text[64];
    fprintf(f, "typedef struct tn_%s_args {\n    const char *named;\n    int args_;\n    tn_network *net;\n",
            function);
    for (int i = 0; i < MAX_IN && op->in[i].name; i++) {
        const tn_param *p = &op->in[i];
        fprintf(f, "    %s%s;%s\n", p->flags & TN_VARIADIC ? "tn_value_list " : "tn_value *",
                tni_field_name(op, p->name, false, name), p->flags & TN_OPTIONAL_IN ? " // optional" : "");
    }
    for (const tn_attr_def *a = op->attrs; a->name; a++) {
        const char *words = words_of(op, a);
        default_text(a, text);
        fprintf(f, "    %s%s;%s%s%s%s%s\n", field_type[a->kind], tni_field_name(op, a->name, true, name),
                *text || *words ? " // " : "", *text ? "[" : "", text,
                !*text   ? ""
                : *words ? "] "
                         : "]",
                words);
    }
    for (int i = 0; i < MAX_OUT && op->out[i].name; i++) {
        if (op->out[i].flags & TN_VARIADIC) {
            fprintf(f, "    tn_out_list outs; // %s\n", op->out[i].name);
            break;
        }
        if (i) fprintf(f, "    tn_value **out_%s;\n", tni_field_name(op, op->out[i].name, false, name));
    }
    fprintf(f, "} tn_%s_args;\n", function);
}

static const char *full_name(const tn_op_def *op, char text[2 * TNI_FUNCTION]) {
    const char *domain = tni_domain(op->domain);
    snprintf(text, 2 * TNI_FUNCTION, "%s%s%s", domain, *domain ? "." : "", op->name);
    return text;
}

static void print_op(FILE *f, const tn_op_def *op) {
    char function[TNI_FUNCTION], text[2 * TNI_FUNCTION];
    tni_function_name(op, function);
    full_name(op, text);
    fprintf(f, "\n// %s: %s", text, op->doc ? op->doc : "");
    if (op->out[0].name && !(op->out[0].flags & TN_VARIADIC)) fprintf(f, ". Returns %s.", op->out[0].name);
    fprintf(f, "\n");
    print_args(f, op, function);
    fprintf(f,
            "#define tn_%s(...) \\\n    tn_layer_call(\"%s\", TN_SITE_(#__VA_ARGS__), \\\n"
            "                  &(const tn_%s_args){.args_ = 0, __VA_ARGS__})\n",
            function, text, function);
}

static int by_function(const void *a, const void *b) {
    char x[TNI_FUNCTION], y[TNI_FUNCTION];
    return strcmp(tni_function_name(*(const tn_op_def *const *)a, x),
                  tni_function_name(*(const tn_op_def *const *)b, y));
}

// ---- Python

// The letters of python/tenon/network.py, by tn_attr_kind.
static const char attr_letter[] = " ifsIFSxgy";

static void print_parameters(FILE *f, const tn_op_def *op) {
    char field[TNI_FUNCTION], name[TNI_FUNCTION];
    bool optional = false;
    fprintf(f, "self");
    for (int i = 0; i < MAX_IN && op->in[i].name; i++) {
        optional |= (op->in[i].flags & TN_OPTIONAL_IN) != 0;
        fprintf(f, ", %s%s", tni_python_name(tni_field_name(op, op->in[i].name, false, field), name),
                optional ? "=None" : "");
    }
    fprintf(f, ", *");
    for (const tn_attr_def *a = op->attrs; a->name; a++)
        fprintf(f, ", %s=None", tni_python_name(tni_field_name(op, a->name, true, field), name));
    fprintf(f, ", outs=None, named=None");
}

static void print_values(FILE *f, const tn_op_def *op) {
    char field[TNI_FUNCTION], name[TNI_FUNCTION];
    fprintf(f, "\"");
    for (int i = 0; i < MAX_IN && op->in[i].name; i++) fputc(op->in[i].flags & TN_VARIADIC ? 'T' : 't', f);
    fprintf(f, "\", [");
    for (int i = 0; i < MAX_IN && op->in[i].name; i++)
        fprintf(f, "%s%s", i ? ", " : "",
                tni_python_name(tni_field_name(op, op->in[i].name, false, field), name));
    fprintf(f, "], \"");
    for (const tn_attr_def *a = op->attrs; a->name; a++) fputc(attr_letter[a->kind], f);
    fprintf(f, "\", {");
    for (const tn_attr_def *a = op->attrs; a->name; a++) {
        tni_field_name(op, a->name, true, field);
        fprintf(f, "%s\"%s\": %s", a == op->attrs ? "" : ", ", field, tni_python_name(field, name));
    }
    fprintf(f, "}, (");
    for (int i = 0; i < MAX_OUT && op->out[i].name; i++)
        fprintf(f, "%s\"%s\"", i ? ", " : "", op->out[i].flags & TN_VARIADIC ? "*" : op->out[i].name);
    fprintf(f, "%s), outs, named", op->out[0].name && !op->out[1].name ? "," : "");
}

static void print_doc(FILE *f, const tn_op_def *op, const char *text) {
    fprintf(f, "        r\"\"\"%s: %s.", text, op->doc ? op->doc : "");
    for (int i = 0; i < MAX_OUT && op->out[i].name; i++)
        fprintf(f, "%s%s%s", i ? ", " : " Returns ", op->out[i].flags & TN_VARIADIC ? "*" : "",
                op->out[i].name);
    if (op->out[0].name) fprintf(f, ".");
    char field[TNI_FUNCTION], value[64];
    for (const tn_attr_def *a = op->attrs; a->name; a++) {
        const char *words = words_of(op, a);
        default_text(a, value);
        fprintf(f, "%s        %s%s%s%s%s%s\n", a == op->attrs ? "\n\n" : "",
                tni_field_name(op, a->name, true, field), *value ? " (" : "", value, *value ? ")" : "",
                *words ? ": " : "", words);
    }
    fprintf(f, "%s\"\"\"\n", op->attrs[0].name ? "        " : "");
}

static void print_method(FILE *f, const tn_op_def *op) {
    char function[TNI_FUNCTION], name[TNI_FUNCTION], text[2 * TNI_FUNCTION];
    fprintf(f, "\n    def %s(", tni_python_name(tni_function_name(op, function), name));
    print_parameters(f, op);
    fprintf(f, "):\n");
    print_doc(f, op, full_name(op, text));
    fprintf(f, "        return self._layer(\"%s\", ", text);
    print_values(f, op);
    fprintf(f, ")\n");
}

static const char python_head[] = "# SPDX-License-Identifier: Apache-2.0\n"
                                  "\"\"\"One method per operator, written by the build from the operators' "
                                  "definitions. Inputs come in order (None:\n"
                                  "omitted), lists where there are any number of them; attributes by name, "
                                  "and None is the operator's default.\n"
                                  "\n"
                                  "    y = net.conv(x, w, strides=[2, 2], pads=[1, 1, 1, 1])\n"
                                  "    best, which = net.topk(y, net.index(5), axis=1, outs=2)\n"
                                  "\n"
                                  "A call returns the first output. With `outs`, how many or their names, it "
                                  "returns a tuple. `named` names the\n"
                                  "layer.\n"
                                  "\"\"\"\n\n\n"
                                  "class Layers:\n"
                                  "    \"\"\"What a Network has for each operator.\"\"\"\n";

// ---- the two files

static const char header_head[] =
    "// SPDX-License-Identifier: Apache-2.0\n"
    "// tenon/layers.h - one function per operator, written by the build from the operators' "
    "definitions.\n"
    "// The network and the inputs come in order, everything else by name; what is left out is the\n"
    "// operator's default (in brackets in the comments), inputs that are left out are omitted ones:\n"
    "//\n"
    "//     tn_value *y = tn_conv(net, x, w, .strides = tn_ints(2, 2), .pads = tn_ints(1, 1, 1, 1));\n"
    "//     tn_value *k, *best = tn_topk(net, y, tn_index(net, 5), .axis = 1, .out_Indices = &k);\n"
    "//\n"
    "// A call returns its first output; `.out_X = &x` asks for another one. `.named` names the layer.\n"
    "#ifndef TENON_LAYERS_H\n#define TENON_LAYERS_H\n\n#include \"tenon/network.h\"\n";

static bool save(const char *path, const char *head, void (*print)(FILE *, const tn_op_def *),
                 const tn_op_def *const *ops, size_t n, const char *tail) {
    FILE *f = fopen(path, "w");
    if (!f) return false;
    fputs(head, f);
    for (size_t i = 0; i < n; i++) print(f, ops[i]);
    fputs(tail, f);
    return !fclose(f);
}

int main(int argc, char **argv) {
    const tn_op_def **ops = calloc(tni_op_count + 1, sizeof *ops);
    size_t n = 0;
    if (argc != 3 || !ops) return fprintf(stderr, "usage: layers_header LAYERS.H LAYERS.PY\n"), 1;
    for (size_t i = 0; i < tni_op_count; i++)
        if (tni_has_function(tni_ops[i])) ops[n++] = tni_ops[i];
    qsort(ops, n, sizeof *ops, by_function);
    bool fine = save(argv[1], header_head, print_op, ops, n, "\n#endif\n") &&
                save(argv[2], python_head, print_method, ops, n, "");
    free(ops);
    return !fine;
}
