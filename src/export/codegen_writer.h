// SPDX-License-Identifier: Apache-2.0
// codegen_writer.h - what writes a function: its text so far and the variables in force.
#ifndef TN_EXPORT_CODEGEN_WRITER_H
#define TN_EXPORT_CODEGEN_WRITER_H

#include "export/codegen.h"

typedef struct tni_cg_writer {
    codegen *c;
    tni_cg_module *m; // NULL: a body
    tn_graph *g;
    const char *net; // "net", "body"
    tni_text t;
    const char **var;              // by value: what it is called here
    int *slot;                     // by value: its place among `busy`, or -1
    bool *busy, *declared, *given; // by variable
    size_t *last;                  // by value that comes in: the last node of the module that reads it
    size_t variables;
    const tni_cg_block *block; // that the node being written is; NULL: none
    int arrays;                // of outputs, so far
} tni_cg_writer;

enum {
    CG_MAX_IN = sizeof((tn_op_def *)0)->in / sizeof(tn_param),
    CG_MAX_OUT = sizeof((tn_op_def *)0)->out / sizeof(tn_param)
};

// ---- codegen_variable.c
void tni_cg_begin(tni_cg_writer *w, codegen *c, tni_cg_module *m, tn_graph *g, const char *net);
const char *tni_cg_variable(codegen *c, size_t i);
const char *tni_cg_name_value(tni_cg_writer *w, const tni_value *v);
void tni_cg_declare(tni_cg_writer *w, const tni_value *v);
void tni_cg_put_declarations(const tni_cg_writer *w, tni_text *t);
bool tni_cg_is_read(const tni_cg_writer *w, const tni_value *v,
                    size_t next); // from node `next` on, or by who called
void tni_cg_release(tni_cg_writer *w, const tni_value *v, size_t next); // the variable, when it is not read

// ---- codegen_operand.c
void tni_cg_leave_open(tni_cg_writer *w, tni_cg_kind kind, const char *name, const char *text,
                       tni_cg_module *callee);
// `n` NULL: an output of the graph.
void tni_cg_put_operand(tni_cg_writer *w, const tni_node *n, int i, const tni_value *v, const char *what);
void tni_cg_put_inputs(tni_cg_writer *w, const tni_node *n, bool all); // `all`: everything is in a list
void tni_cg_put_own(tni_cg_writer *w, const char *what, const char *name);
void tni_cg_put_comma(tni_cg_writer *w); // unless the call has just been opened
void tni_cg_put_attributes(tni_cg_writer *w, const tni_node *n);
const char *tni_cg_body_name(tni_cg_writer *w, const tni_node *n, const char *attribute);
bool tni_cg_is_variadic(const tn_param *row, int rows, int i);

// ---- codegen_node.c
void tni_cg_put_node(tni_cg_writer *w, tni_node *n);
void tni_cg_put_linear(tni_cg_writer *w, const tni_cg_item *item);
void tni_cg_put_sizes(tni_cg_writer *w, const tni_node *n); // but for the bracket at the end

// ---- codegen_call.c
void tni_cg_find_runs(codegen *c, tni_cg_module *m);
void tni_cg_put_call(tni_cg_writer *w, const tni_cg_item *item);

// ---- codegen_body.c
void tni_cg_put_bodies(tni_cg_writer *w, const tni_node *n);
void tni_cg_put_graph_inputs(codegen *c, tni_text *t, const tn_graph *g, const char *net,
                             const char *const *var);
void tni_cg_put_graph_outputs(tni_cg_writer *w);
void tni_cg_name_inputs(tni_cg_writer *w, const tn_graph *g);

// ---- codegen_preset.c
void tni_cg_put_known_sizes(codegen *c, tni_text *t);
void tni_cg_put_state(tni_cg_writer *w);

#endif
