// SPDX-License-Identifier: Apache-2.0
// layers_header.c - writes tenon/layers.h from the operators' definitions: one struct of arguments and one
// function-like macro each, with the definition's own words. Run by the build; src/net/layer.c reads what the
// macros pass.
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

static void print_default(FILE *f, const tn_attr_def *a) {
    if (a->flags & TN_REQUIRED)
        fprintf(f, " // required");
    else if (a->kind == TN_ATTR_INT)
        fprintf(f, " // %lld", (long long)a->i);
    else if (a->kind == TN_ATTR_FLOAT)
        fprintf(f, " // %g", a->f);
    else if (a->kind == TN_ATTR_STRING && a->s)
        fprintf(f, " // \"%s\"", a->s);
    else if (a->kind == TN_ATTR_TYPE)
        fprintf(f, " // as \"f32[N,3]\"");
    fprintf(f, "\n");
}

static void print_args(FILE *f, const tn_op_def *op, const char *function) {
    char name[TNI_FUNCTION];
    fprintf(f, "typedef struct tn_%s_args {\n    const char *named;\n    int args_;\n    tn_network *net;\n",
            function);
    for (int i = 0; i < MAX_IN && op->in[i].name; i++) {
        const tn_param *p = &op->in[i];
        fprintf(f, "    %s%s;%s\n", p->flags & TN_VARIADIC ? "tn_value_list " : "tn_value *",
                tni_field_name(op, p->name, false, name), p->flags & TN_OPTIONAL_IN ? " // optional" : "");
    }
    for (const tn_attr_def *a = op->attrs; a->name; a++) {
        fprintf(f, "    %s%s;", field_type[a->kind], tni_field_name(op, a->name, true, name));
        print_default(f, a);
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

static void print_op(FILE *f, const tn_op_def *op) {
    char function[TNI_FUNCTION], text[2 * TNI_FUNCTION];
    const char *domain = tni_domain(op->domain);
    tni_function_name(op, function);
    snprintf(text, sizeof text, "%s%s%s", domain, *domain ? "." : "", op->name);
    fprintf(f, "\n// %s: %s", text, op->doc ? op->doc : "");
    if (op->out[0].name && !(op->out[0].flags & TN_VARIADIC)) fprintf(f, " Returns %s.", op->out[0].name);
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

int main(int argc, char **argv) {
    FILE *f = argc == 2 ? fopen(argv[1], "w") : NULL;
    const tn_op_def **ops = calloc(tni_op_count + 1, sizeof *ops);
    size_t n = 0;
    if (!f || !ops) return fprintf(stderr, "usage: layers_header FILE\n"), 1;
    for (size_t i = 0; i < tni_op_count; i++)
        if (tni_has_function(tni_ops[i])) ops[n++] = tni_ops[i];
    qsort(ops, n, sizeof *ops, by_function);
    fprintf(
        f,
        "// SPDX-License-Identifier: Apache-2.0\n"
        "// tenon/layers.h - one function per operator, written by the build from the operators' "
        "definitions.\n"
        "// The network and the inputs come in order, everything else by name; what is left out is the\n"
        "// operator's default (in the comments), inputs that are left out are omitted ones:\n"
        "//\n"
        "//     tn_value *y = tn_conv(net, x, w, .strides = tn_ints(2, 2), .pads = tn_ints(1, 1, 1, 1));\n"
        "//     tn_value *k, *best = tn_topk(net, y, tn_index(net, 5), .axis = 1, .out_Indices = &k);\n"
        "//\n"
        "// A call returns its first output; `.out_X = &x` asks for another one. `.named` names the layer.\n"
        "#ifndef TENON_LAYERS_H\n#define TENON_LAYERS_H\n\n#include \"tenon/network.h\"\n");
    for (size_t i = 0; i < n; i++) print_op(f, ops[i]);
    fprintf(f, "\n#endif\n");
    free(ops);
    return fclose(f) != 0;
}
